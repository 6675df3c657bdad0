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
