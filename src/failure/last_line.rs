//! Last line that another program wrote to its stderr, for the reason of a failure.

use std::fmt;

/// Longest quotation of another program's last line, characters.
const LONGEST_QUOTATION: usize = 300;

/// Returns the last line of a text that is not blank, shortened.
#[must_use]
pub fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(LONGEST_QUOTATION).collect())
}

/// Lines of another program that are quoted at most.
const MOST_LINES: usize = 3;

/// Returns the last lines of a text that are not blank, each shortened.
#[must_use]
pub fn last_lines(text: &str) -> Vec<String> {
    let lines = text.lines().rev().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES);
    let mut lines: Vec<String> = lines.map(|line| line.chars().take(LONGEST_QUOTATION).collect()).collect();
    lines.reverse();
    lines
}

/// Adds a quoted line to a sentence, if there is one.
pub(super) fn write_quotation(f: &mut impl fmt::Write, line: Option<&str>) -> fmt::Result {
    line.map_or(Ok(()), |line| write!(f, ". Its stderr: {line}"))
}
