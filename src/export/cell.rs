//! Cells of exported tables: the format of a value in CSV and JSON. A missing measurement is an empty cell in CSV and
//! `null` in JSON, never 0.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::analysis::metric::Value;
use crate::printable;
use crate::units;

/// A value as one cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell(Value);

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

impl Cell {
    /// Formats the value for CSV with this decimal separator.
    #[must_use]
    pub fn text(&self, decimal: char) -> Cow<'_, str> {
        match &self.0 {
            Value::Missing => "".into(),
            Value::Text(text) => escaped(text),
            Value::Integer(number) => number.to_string().into(),
            Value::Count(number) => number.to_string().into(),
            Value::Timestamp(moment) => units::rfc3339(*moment).into(),
            Value::Number(number) if !number.is_finite() => "".into(),
            Value::Number(number) if decimal == '.' => decimals(*number).into(),
            Value::Number(number) => decimals(*number).replace('.', decimal.encode_utf8(&mut [0; 4])).into(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Missing => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Count(number) => serializer.serialize_u64(*number),
            Value::Timestamp(moment) => serializer.serialize_str(&units::rfc3339(*moment)),
            Value::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            Value::Number(_) => serializer.serialize_none(),
        }
    }
}

/// Formats a number with at least one decimal: readers take a column for one of integers by its first rows.
fn decimals(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.1}") } else { number.to_string() }
}

/// Longest text of a cell, characters: the limit of Excel.
const LONGEST_CELL: usize = 32_000;

/// Escapes text for CSV: on one line, and with an apostrophe in front if a spreadsheet could take it for a formula.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    let shown = printable::shortened(text, LONGEST_CELL);
    let shown = if could_be_formula(text) { format!("'{shown}").into() } else { shown };
    // A reader that expects another separator takes the text behind it for a cell.
    if !shown.contains(SEPARATED) {
        return shown;
    }
    let mut guarded = String::with_capacity(shown.len() + 4);
    // Blanks, and quotation marks of which the reader takes some away, may stand between the two.
    let mut begins = false;
    for letter in shown.chars() {
        if begins && SIGNS.contains(&letter) {
            guarded.push('\'');
        }
        guarded.push(letter);
        begins = SEPARATED.contains(&letter) || begins && (letter.is_whitespace() || letter == '"');
    }
    guarded.into()
}

/// Separators of all dialects.
const SEPARATED: [char; 3] = [';', ',', '\t'];
/// Characters that begin a formula in spreadsheets.
const SIGNS: &[char] =
    &['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{fe66}', '\u{fe62}', '\u{fe63}', '\u{fe6b}', '\u{2212}'];

/// Returns true for text that a spreadsheet may evaluate: a leading sign, its full-width, small and mathematical forms,
/// and any of them behind blanks and invisible characters.
fn could_be_formula(text: &str) -> bool {
    let blank = |letter: char| letter.is_whitespace() || letter == '\u{2800}' || printable::is_hidden(letter);
    text.starts_with(['\t', '\r', '\n', '\0']) || text.trim_start_matches(blank).starts_with(SIGNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standard(cell: &Cell) -> String {
        cell.text('.').into_owned()
    }

    #[test]
    fn formulas_are_escaped_and_numbers_are_not_text() {
        for text in
            ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠A", "\u{2212}1", " =1", "\u{a0}=1", "  \u{3000}-1"]
        {
            assert_eq!(standard(&Cell::from(text)), format!("'{text}"));
        }
        assert_eq!(standard(&Cell::from("a;=1+1;b")), "a;'=1+1;b", "behind the separator of another dialect");
        assert_eq!(standard(&Cell::from("a, =1;\"-1")), "a, '=1;\"'-1", "behind blanks and quotation marks");
        assert_eq!(standard(&Cell::from("a, b; c 1,5")), "a, b; c 1,5");
        let hidden = ["\t", "\r", "\n", "\0", "\u{200b}", "\u{feff}", "\u{202e}", " \r\n"];
        for before in hidden {
            let text = standard(&Cell::from(format!("{before}=1").as_str()));
            assert!(text.starts_with('\'') && text.ends_with("=1"), "{text:?}");
            assert_eq!(printable::first_hidden(&text), None, "{text:?}");
        }
        assert_eq!(standard(&Cell::from("\tx")), "'\\tx");
        for text in ["a=b", "Müller", "3.14t", " x", "(-1)"] {
            assert_eq!(standard(&Cell::from(text)), text);
        }
        assert_eq!(standard(&Cell::from(Value::Number(-1.5))), "-1.5");
        assert_eq!(standard(&Cell::from(Value::Integer(-3))), "-3");
    }

    #[test]
    fn a_decimal_comma_is_used_in_numbers_only() {
        let cells = [
            Cell::from(Value::Number(-1.5)),
            Cell::from(Value::Number(1e15)),
            Cell::from(Value::Integer(-3)),
            Cell::from(Value::Count(1000)),
            Cell::from("1.5"),
        ];
        assert_eq!(cells.map(|cell| cell.text(',').into_owned()), ["-1,5", "1000000000000000", "-3", "1000", "1.5"]);
    }

    #[test]
    fn texts_are_visible_and_bounded() {
        assert_eq!(standard(&Cell::from("a\u{1b}[2J\u{9b}\u{202e}\nb")), "a\\u{1b}[2J\\u{9b}\\u{202e}\\nb");
        assert!(standard(&Cell::from("x".repeat(10_000_000).as_str())).len() < 32_100);
    }

    #[test]
    fn numbers_read_back_as_the_same_and_never_use_an_exponent() {
        for number in [0.1 + 0.2, 1e-9, 53.210_001, 4_100_000.000_001, 1e15] {
            let text = standard(&Cell::from(Value::Number(number)));
            assert_eq!(text.parse::<f64>(), Ok(number));
            assert!(!text.contains('e'), "{text}");
        }
        assert_eq!(standard(&Cell::from(Value::ms(Some(53_210_001.0)))), "53.210001");
    }

    #[test]
    fn missing_is_empty_and_null() {
        for cell in [
            Cell::from(None::<f64>),
            Cell::from(Some(f64::NAN)),
            Cell::from(Value::Number(f64::INFINITY)),
            Cell::from(""),
        ] {
            assert_eq!(standard(&cell), "");
            assert_eq!(serde_json::to_string(&cell).expect("serialisable"), "null");
        }
    }
}
