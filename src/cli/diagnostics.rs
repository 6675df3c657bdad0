//! The mistakes of an experiment file as a terminal shows them: message, position, the line and a caret.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::experiment::file::{Diagnostic, FileError};
use crate::printable;
use crate::units;

/// Characters of all mistakes together; at least one is shown.
const LONGEST_TEXT: usize = 3_500;
/// Columns where the width of the terminal is not known.
const COLUMNS: usize = 140;

/// Draws mistakes, as many as fit.
pub(super) fn draw(error: &FileError, columns: Option<usize>, coloured: bool) -> String {
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(columns.unwrap_or(COLUMNS));
    let mut text = String::new();
    let mut shown = 0;
    for diagnostic in &error.diagnostics {
        let drawn = renderer.render(&[group(&error.source, diagnostic)]);
        if shown > 0 && text.chars().count() + drawn.chars().count() > LONGEST_TEXT {
            break;
        }
        text.push_str(&drawn);
        text.push_str("\n\n");
        shown += 1;
    }
    let more = error.count() - shown;
    if more > 0 {
        text.push_str(&format!("and {} more\n", units::count(more as u64)));
    }
    text
}

/// Position and message on the first line, where editors and scripts look for them. The renderer's own position
/// would count the columns of the excerpt.
fn group<'a>(source: &str, diagnostic: &'a Diagnostic) -> Group<'a> {
    let title =
        format!("{}:{}:{}: {}", printable::line(source), diagnostic.line, diagnostic.column, diagnostic.message());
    let mark = AnnotationKind::Primary.span(diagnostic.excerpt.mark.clone()).label(diagnostic.suggestion());
    let snippet = Snippet::source(diagnostic.excerpt.text.as_str()).line_start(diagnostic.line).annotation(mark);
    Level::ERROR.primary_title(title).element(snippet)
}

/// The last line: "mine.toml has 3 mistakes".
pub(super) fn summary(error: &FileError) -> String {
    let count = error.count();
    let mistakes = if count == 1 { "a mistake".to_owned() } else { format!("{} mistakes", units::count(count as u64)) };
    format!("{} has {mistakes}", printable::line(&error.source))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::experiment::file;

    fn drawn(text: &str) -> String {
        let error = file::parse(text, "mine.toml", Path::new("")).expect_err("mistakes");
        format!("{}{}\n", draw(&error, None, false), summary(&error))
    }

    #[test]
    fn all_mistakes_are_drawn_in_the_order_of_the_file() {
        insta::assert_snapshot!(drawn(
            r#"format = 1
id = "My id"
titel = "Mine"

[workload]
tasks = 0
works = "same-time"
spread = { kind = "unifrm", percent = 3 }
seed = 99999999999999999999

[[workload.step]]
kind = "compute"
ms = -1
kernel = "fibb"
mib = 3

[[workload.step]]
kind = "wait"

[trials]
count = "many"
budget_s = "soon"

[models]
include = ["sequential", "thread", "async"]
"#
        ));
    }

    #[test]
    fn a_text_that_is_no_toml_is_drawn_with_what_is_certain() {
        insta::assert_snapshot!(drawn("id = \"My id\"\ntitle = \"Mine\n[workload\ntasks = 0\n"));
    }

    #[test]
    fn a_newer_format_is_the_only_mistake() {
        insta::assert_snapshot!(drawn("format = 2\nid = 3\nnew_key = true\n"));
    }

    #[test]
    fn long_lines_and_hidden_characters_are_shown_within_bounds() {
        let spaces = " ".repeat(300);
        let title = format!("[workload]\nwork = {spaces}\"{}\"\n", "é\\u001b".repeat(100));
        insta::assert_snapshot!(drawn(&format!("id = \"a\"\ntitle = \"a\\u202eb\"\n{title}")));
    }

    #[test]
    fn a_thousand_mistakes_fit_a_screen_or_two() {
        let keys: String = (0..1_000).map(|number| format!("key{number} = 1\n")).collect();
        let text = drawn(&format!("id = \"a\"\ntitle = \"A\"\n[workload]\n{keys}"));
        assert!(text.contains("mine.toml:4:1: unknown key \"key0\": allowed are tasks"), "{text}");
        assert!(text.contains("\nand 9") && text.ends_with("mine.toml has 1,000 mistakes\n"), "{text}");
        assert!(text.chars().count() < 4_000, "{} characters", text.chars().count());
    }

    #[test]
    fn carets_are_below_the_mistake() {
        let text = drawn("id = \"a\"\ntitle = \"A\"\n[workload]\n\ttasks =\t0 # few\n");
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains("# few")).expect("the line");
        assert_eq!(lines[at].find('0'), lines[at + 1].find('^'), "{text}");
        assert!(text.contains("mine.toml:4:10: "), "{text}");
    }
}
