//! The numbers of a task list: which decimal sign a file uses, and what a cell then means.

/// Character between the whole part and the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DecimalSign {
    Point,
    Comma,
}

impl DecimalSign {
    const ALL: [Self; 2] = [Self::Point, Self::Comma];

    pub(super) const fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Point => "decimal point",
            Self::Comma => "decimal comma",
        }
    }

    /// The number in a cell; `None` where it is none.
    pub(super) fn parse(self, cell: &str) -> Option<f64> {
        match self {
            Self::Point => cell.parse().ok(),
            Self::Comma if cell.contains('.') => None,
            Self::Comma => cell.replacen(',', ".", 1).parse().ok(),
        }
    }
}

/// The first cell that shows a decimal sign, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    cell: String,
    line: usize,
    /// `1,234` may be a thousand and more as well.
    certain: bool,
}

/// Collects what the cells of a file tell about its decimal sign.
#[derive(Debug, Default)]
pub(super) struct Evidence([Option<Seen>; 2]);

/// Reason why the decimal sign of a file is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unclear {
    pub(super) line: usize,
    pub(super) message: String,
}

impl Evidence {
    /// Takes in one cell of a column of numbers.
    pub(super) fn add(&mut self, cell: &str, line: impl Fn() -> usize) {
        for (sign, seen) in DecimalSign::ALL.into_iter().zip(&mut self.0) {
            let Some(certain) = shows(cell, sign.character()) else { continue };
            if seen.as_ref().is_none_or(|seen| certain && !seen.certain) {
                *seen = Some(Seen { cell: cell.to_owned(), line: line(), certain });
            }
        }
    }

    /// The decimal sign of the file.
    pub(super) fn sign(&self) -> Result<DecimalSign, Unclear> {
        let [point, comma] = &self.0;
        match (point, comma) {
            (None, None) => Ok(DecimalSign::Point),
            (Some(point), Some(comma)) => {
                let (first, second) = if point.line <= comma.line { (point, comma) } else { (comma, point) };
                let message = format!(
                    "\"{}\" has another decimal sign than \"{}\" in line {}: use one in the whole file",
                    second.cell, first.cell, first.line
                );
                Err(Unclear { line: second.line, message })
            }
            (Some(seen), None) => certain(seen, DecimalSign::Point),
            (None, Some(seen)) => certain(seen, DecimalSign::Comma),
        }
    }
}

fn certain(seen: &Seen, sign: DecimalSign) -> Result<DecimalSign, Unclear> {
    if seen.certain {
        return Ok(sign);
    }
    let (decimal, thousands) = (seen.cell.replace(sign.character(), "."), seen.cell.replace(sign.character(), ""));
    let message = format!(
        "\"{}\" may mean {decimal} or {thousands}, and no other number of the file tells which: write {}0 or {thousands}",
        seen.cell, seen.cell
    );
    Err(Unclear { line: seen.line, message })
}

/// Tells if a cell is a number with this decimal sign: `Some(true)` for certain, `Some(false)` where the sign
/// may as well group thousands.
fn shows(cell: &str, sign: char) -> Option<bool> {
    let (whole, decimals) = cell.split_once(sign)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return None;
    }
    let may_group = decimals.len() == 3 && whole.len() <= 3 && !whole.starts_with('0');
    Some(!may_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(cells: &[&str]) -> Result<DecimalSign, Unclear> {
        let mut evidence = Evidence::default();
        for (place, cell) in cells.iter().enumerate() {
            evidence.add(cell, || place + 2);
        }
        evidence.sign()
    }

    #[test]
    fn a_decimal_sign_is_found_where_it_is_unambiguous() {
        assert_eq!(sign(&["1", "20"]), Ok(DecimalSign::Point));
        for cells in [&["1,5"][..], &["0,125"], &["1,234", "2,5"], &["1234,567"], &["1,2345"]] {
            assert_eq!(sign(cells), Ok(DecimalSign::Comma), "{cells:?}");
        }
        for cells in [&["1.5"][..], &["0.125"], &["1.234", "2.5"]] {
            assert_eq!(sign(cells), Ok(DecimalSign::Point), "{cells:?}");
        }
        for cell in ["1,234", "1.234", "999.000"] {
            let unclear = sign(&["7", cell]).expect_err("ambiguous");
            assert!(unclear.line == 3 && unclear.message.contains("may mean"), "{unclear:?}");
        }
        let mixed = sign(&["1,5", "x", "2.5"]).expect_err("two signs");
        assert!(mixed.line == 4 && mixed.message.contains("\"1,5\" in line 2"), "{mixed:?}");
    }

    #[test]
    fn a_cell_is_read_with_the_sign_of_its_file() {
        assert_eq!(DecimalSign::Comma.parse("1,5"), Some(1.5));
        assert_eq!(DecimalSign::Comma.parse("12"), Some(12.0));
        assert_eq!(DecimalSign::Point.parse("1.5"), Some(1.5));
        for cell in ["1.234,5", "1,2,3", "1.5", ""] {
            assert_eq!(DecimalSign::Comma.parse(cell), None, "{cell}");
        }
        assert_eq!(DecimalSign::Point.parse("1,5"), None);
    }
}
