//! The mistakes of a file: each with its position, the dotted key and an excerpt. How a terminal draws them is
//! in `cli`.

use std::fmt;
use std::ops::Range;

use super::problem::Problem;
use crate::printable;

/// Mistakes of a file that are described; the others are counted.
pub const MOST_DIAGNOSTICS: usize = 20;
/// Characters of one message before its middle is left out. The longest list of allowed keys fits.
const LONGEST_MESSAGE: usize = 900;
/// Characters of all messages together, as one text.
const LONGEST_TEXT: usize = 1_600;
/// Characters of an excerpt before and from the mistake on.
const EXCERPT: (usize, usize) = (50, 90);

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The dotted key: "workload.step.2.ms" in the second step. Empty for the file.
    pub path: String,
    /// Mistake and allowed values.
    pub problem: Problem,
    /// The line of the mistake.
    pub excerpt: Excerpt,
}

/// The line of a mistake, or a part of a long one. Every character is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The text.
    pub text: String,
    /// The bytes of the text that the mistake is about.
    pub mark: Range<usize>,
}

impl Diagnostic {
    /// Mistake and allowed values, on one line of bounded length.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.problem.to_string();
        printable::line(&printable::without_middle(&message, LONGEST_MESSAGE)).into_owned()
    }

    /// A question that names a similar name: "did you mean \"tasks\"?"
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        self.problem.nearest().map(|name| format!("did you mean \"{name}\"?"))
    }
}

/// The message and the suggestion.
impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message())?;
        self.suggestion().map_or(Ok(()), |suggestion| write!(out, "; {suggestion}"))
    }
}

/// All mistakes of a file, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileError {
    /// The name of the file.
    pub source: String,
    /// The first mistakes; at least one.
    pub diagnostics: Vec<Diagnostic>,
    /// Number of further ones.
    pub more: usize,
}

impl std::error::Error for FileError {}

impl FileError {
    /// The number of all mistakes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.diagnostics.len() + self.more
    }

    /// The mistakes as lines, as many as fit, and how many more there are.
    pub(super) fn lines(&self, line: impl Fn(&Diagnostic) -> String) -> String {
        let mut text = String::new();
        let mut shown = 0;
        for diagnostic in &self.diagnostics {
            let line = line(diagnostic);
            if shown > 0 && text.chars().count() + line.chars().count() > LONGEST_TEXT {
                break;
            }
            text.push_str(if shown > 0 { "\n" } else { "" });
            text.push_str(&line);
            shown += 1;
        }
        match self.count() - shown {
            0 => text,
            1 => format!("{text}\nand 1 more mistake"),
            more => format!("{text}\nand {} more mistakes", crate::units::count(more as u64)),
        }
    }

    /// The mistakes as the window shows them: "line 4: tasks is 0: …".
    #[must_use]
    pub fn by_line(&self) -> String {
        self.lines(|one| format!("line {}: {one}", one.line))
    }
}

/// One line per mistake: "mine.toml:4:9: tasks is 0: …".
impl fmt::Display for FileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = printable::line(&self.source);
        out.write_str(&self.lines(|one| format!("{source}:{}:{}: {one}", one.line, one.column)))
    }
}

/// Collects the first mistakes of a file, in the order of the file, and counts the others.
#[derive(Debug, Default)]
pub(super) struct Collector {
    first: Vec<(Range<usize>, String, Problem)>,
    count: usize,
}

impl Collector {
    /// Adds a mistake. Its description is only made where it is among the first.
    pub(super) fn add(&mut self, span: Range<usize>, describe: impl FnOnce() -> (String, Problem)) {
        self.count += 1;
        let index = self.first.partition_point(|(other, _, _)| other.start <= span.start);
        if index < MOST_DIAGNOSTICS {
            let (path, problem) = describe();
            self.first.insert(index, (span, path, problem));
            self.first.truncate(MOST_DIAGNOSTICS);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The mistakes in front of a byte; what is missing may come behind it.
    pub(super) fn before(mut self, end: usize) -> Self {
        self.first.retain(|(span, _, problem)| span.end <= end && !problem.is_absence());
        self.count = self.first.len();
        self
    }

    /// Both lists as one.
    pub(super) fn and(mut self, other: Self) -> Self {
        let more = other.count - other.first.len();
        for (span, path, problem) in other.first {
            self.add(span, || (path, problem));
        }
        self.count += more;
        self
    }

    pub(super) fn finish(self, text: &str, source: &str) -> FileError {
        let more = self.count - self.first.len();
        // In the order of the file: lines are counted on from the mistake before.
        let (mut line, mut counted) = (1, 0);
        let diagnostics = self.first.into_iter().map(|(span, path, problem)| {
            let before = text.get(..span.start).unwrap_or(text);
            line += before.as_bytes()[counted..].iter().filter(|byte| **byte == b'\n').count();
            counted = before.len();
            let line_start = before.rfind('\n').map_or(0, |end| end + 1);
            let column = before[line_start..].chars().count() + 1;
            let excerpt = excerpt(text, line_start, &span);
            Diagnostic { span, line, column, path, problem, excerpt }
        });
        FileError { source: source.to_owned(), diagnostics: diagnostics.collect(), more }
    }
}

fn excerpt(text: &str, line_start: usize, span: &Range<usize>) -> Excerpt {
    let start = span.start.min(text.len());
    let line = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
    let (before, rest) = line.split_at_checked(start.saturating_sub(line_start)).unwrap_or((line, ""));
    let marked = text.get(start..span.end.min(text.len())).unwrap_or_default().lines().next().unwrap_or_default();
    let (marked, after) = rest.split_at_checked(marked.len()).unwrap_or((rest, ""));
    let visible = |text: &str| printable::line(&text.replace('\t', " ")).into_owned();
    let mut shown = String::new();
    let left_out = before.chars().count().saturating_sub(EXCERPT.0);
    if left_out > 0 {
        shown.push('…');
    }
    shown.push_str(&visible(&before.chars().skip(left_out).collect::<String>()));
    let from = shown.len();
    let (marked, cut) = shortened(marked, EXCERPT.1);
    shown.push_str(&visible(&marked));
    let mark = from..shown.len();
    if cut {
        shown.push('…');
    } else {
        let (after, cut) = shortened(after, EXCERPT.1.saturating_sub(marked.chars().count()));
        shown.push_str(&visible(&after));
        shown.push_str(if cut { "…" } else { "" });
    }
    Excerpt { text: shown, mark }
}

fn shortened(text: &str, most: usize) -> (String, bool) {
    let shown: String = text.chars().take(most).collect();
    let cut = shown.len() < text.len();
    (shown, cut)
}
