//! Task lists as CSV: `name,compute_ms,wait_ms`, header required, columns found by name. What spreadsheets
//! write is read as well: `;` or tabs between columns, a decimal comma, a `sep=` line, UTF-16.

mod number;

use csv::StringRecord;
use number::{DecimalSign, Evidence};

use super::{LONGEST_STEP_MS, ListedTask, MOST_TASKS};
use crate::{encoding, printable};

/// The columns that a task list has to have.
const COLUMNS: [&str; 3] = ["name", "compute_ms", "wait_ms"];
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Characters of a path in messages.
const LONGEST_PATH: usize = 500;
/// Bytes of the largest file read: a million tasks with names of 100 letters fit.
pub const LARGEST_FILE: u64 = 256_000_000;

/// A mistake in a task list: file and line, what was wrong, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TaskListError {
    /// The whole message.
    pub message: String,
}

/// Reads a task list. `source` names the file in messages.
///
/// # Errors
/// The first mistake, with file and line.
pub fn parse(bytes: Vec<u8>, source: &str) -> Result<Vec<ListedTask>, TaskListError> {
    let source = printable::without_middle(source, LONGEST_PATH);
    let error = |line: usize, message: &str| TaskListError {
        message: printable::line(&format!("{source}:{line}: {message}")).into_owned(),
    };
    let text = encoding::decode(bytes).map_err(|bad| error(bad.line(), &bad.to_string()))?;
    parse_text(&text).map_err(|mistake| error(mistake.line, &mistake.message))
}

/// Longest header that is looked at, bytes.
const LONGEST_HEADER: usize = 10_000;

/// Mistake in one line of a task list.
struct Mistake {
    line: usize,
    message: String,
}

/// Text of a table, and how its columns are separated.
struct Table<'a> {
    text: &'a str,
    /// Offset of the header in `text`.
    start: usize,
    separator: u8,
}

fn parse_text(text: &str) -> Result<Vec<ListedTask>, Mistake> {
    // Without a line end the whole file would be one header.
    if text.trim_start().lines().next().is_some_and(|header| header.len() > LONGEST_HEADER) {
        let message = format!("the first line has more than {LONGEST_HEADER} bytes: this is no task list");
        return Err(Mistake { line: 1, message });
    }
    let table = Table::of(text);
    let mut rows = table.rows();
    let header = match rows.next() {
        Some(row) => row.map_err(|bad| table.unreadable(&bad))?,
        None => return Err(table.wrong_header(1, "")),
    };
    let places = table.columns(&header)?;
    let sign = table.decimal_sign(places)?;
    let mut tasks = Vec::new();
    for row in rows {
        let row = row.map_err(|bad| table.unreadable(&bad))?;
        if row.iter().all(str::is_empty) {
            continue;
        }
        if tasks.len() == MOST_TASKS as usize {
            return Err(Mistake { line: table.line(&row), message: format!("more than {MOST_TASKS} tasks") });
        }
        tasks.push(table.task(&row, places, sign)?);
    }
    if tasks.is_empty() {
        let line = table.line(&header) + 1;
        return Err(Mistake { line, message: "no task: at least one row is needed".to_owned() });
    }
    Ok(tasks)
}

impl<'a> Table<'a> {
    fn of(text: &'a str) -> Self {
        if let Some((separator, start)) = separator_line(text) {
            return Self { text, start, separator };
        }
        let header = text.trim_start().lines().next().unwrap_or_default();
        Self { text, start: 0, separator: separator_of(header) }
    }

    fn rows(&self) -> impl Iterator<Item = csv::Result<StringRecord>> {
        let reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(&self.text.as_bytes()[self.start..]);
        // A line of blanks is no row either.
        let blank = |row: &csv::Result<StringRecord>| row.as_ref().is_ok_and(|row| row.len() == 1 && row[0].is_empty());
        reader.into_records().filter(move |row| !blank(row))
    }

    /// The line that a row begins in, counted from 1 in the whole file.
    fn line(&self, row: &StringRecord) -> usize {
        self.line_after(row.position())
    }

    fn line_after(&self, position: Option<&csv::Position>) -> usize {
        let offset = position.map_or(0, |position| position.byte() as usize) + self.start;
        let rest = self.text.get(offset..).unwrap_or_default();
        // The reader takes the line ends before a row for a part of it.
        let row = offset + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        encoding::line_at(&self.text.as_bytes()[..row])
    }

    fn unreadable(&self, bad: &csv::Error) -> Mistake {
        Mistake { line: self.line_after(bad.position()), message: "this row can't be read as CSV".to_owned() }
    }

    /// Indices of the three columns.
    fn columns(&self, header: &StringRecord) -> Result<[usize; 3], Mistake> {
        let line = self.line(header);
        let wrong = |hint: &str| Err(self.wrong_header(line, hint));
        let known = |name: &str| COLUMNS.contains(&name);
        if let Some(twice) = COLUMNS.iter().find(|column| header.iter().filter(|name| name == *column).count() > 1) {
            return wrong(&format!(": the column {twice} is there twice"));
        }
        if let Some(capital) = header.iter().find(|name| !known(name) && known(&name.to_lowercase())) {
            return wrong(&format!(": write {} in lower case", printable::value(&capital.to_lowercase())));
        }
        if header.len() > COLUMNS.len() && header.iter().any(str::is_empty) {
            return wrong(&format!(": there is an empty column, after {} too many", named(self.separator)));
        }
        if let Some(unknown) = header.iter().find(|name| !known(name)) {
            let other = header.len() == 1 && COLUMNS.iter().all(|column| unknown.contains(column));
            return wrong(if other { ": columns are separated by a comma, a semicolon or a tab" } else { "" });
        }
        match COLUMNS.map(|column| header.iter().position(|name| name == column)) {
            [Some(name), Some(compute), Some(wait)] => Ok([name, compute, wait]),
            _ => wrong(""),
        }
    }

    fn wrong_header(&self, line: usize, hint: &str) -> Mistake {
        let has = match self.text[self.start..].trim_start_matches(['\r', '\n', ' ']).lines().next() {
            None | Some("") => "nothing".to_owned(),
            Some(header) => printable::value(header).into_owned(),
        };
        Mistake { line, message: format!("Line {line} must be: {} (this file has: {has}){hint}", COLUMNS.join(",")) }
    }

    /// Between commas there are decimal points; else the numbers tell.
    fn decimal_sign(&self, [_, compute, wait]: [usize; 3]) -> Result<DecimalSign, Mistake> {
        if self.separator == b',' {
            return Ok(DecimalSign::Point);
        }
        let mut evidence = Evidence::default();
        for row in self.rows().skip(1).flatten() {
            for place in [compute, wait] {
                evidence.add(row.get(place).unwrap_or_default(), || self.line(&row));
            }
        }
        evidence.sign().map_err(|unclear| Mistake { line: unclear.line, message: unclear.message })
    }

    fn task(&self, row: &StringRecord, places: [usize; 3], sign: DecimalSign) -> Result<ListedTask, Mistake> {
        let mistake = |message: String| Mistake { line: self.line(row), message };
        if row.len() != COLUMNS.len() {
            let hint = if row.iter().any(|cell| cell.contains(['\n', '\r'])) {
                "; a cell goes on over the end of a line: is its quotation mark closed?"
            } else if self.separator == b',' && row.len() > COLUMNS.len() {
                "; decimals have a point between commas"
            } else {
                ""
            };
            let cells = if row.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", row.len()) };
            let separator = named(self.separator);
            return Err(mistake(format!(
                "{cells}, separated by {separator}; a row needs {} cells{hint}",
                COLUMNS.len()
            )));
        }
        let [name, compute, wait] = places.map(|place| row.get(place).unwrap_or_default());
        let ms = |column: &str, cell: &str| {
            sign.parse(cell).filter(|ms| (0.0..=LONGEST_STEP_MS).contains(ms)).ok_or_else(|| {
                let unexpected = cell.contains([',', '.']) && sign.parse(cell).is_none();
                let how = if unexpected { format!(", with a {}", sign.title()) } else { String::new() };
                mistake(format!(
                    "{column} is \"{}\": allowed are 0 to {LONGEST_STEP_MS} milliseconds{how}",
                    printable::value(cell)
                ))
            })
        };
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            let name = printable::value(name);
            return Err(mistake(format!("name is \"{name}\": allowed are 1 to {LONGEST_NAME} characters")));
        }
        if let Some(letter) = printable::first_hidden(name) {
            return Err(mistake(format!(
                "name is \"{}\", with the invisible character {}: allowed are visible characters",
                printable::value(name),
                letter.escape_default()
            )));
        }
        Ok(ListedTask { name: name.to_owned(), compute_ms: ms("compute_ms", compute)?, wait_ms: ms("wait_ms", wait)? })
    }
}

/// The separator that a first line `sep=;` names, and where the next line begins.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let line = text.split(['\r', '\n']).next()?;
    let bare = line.trim_matches([' ', '"']);
    let named = bare.get(..4).filter(|key| key.eq_ignore_ascii_case("sep=")).map(|_| &bare[4..])?;
    let separator = named.bytes().next().filter(|byte| b",;\t".contains(byte))?;
    // A program that did not know this line may have filled it up with separators.
    if !named[1..].chars().all(|letter| matches!(letter, ',' | ';' | '\t' | ' ' | '"')) {
        return None;
    }
    let rest = &text[line.len()..];
    let end = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
    Some((separator, line.len() + end))
}

/// The separator with which a header names the columns; else the most frequent one.
fn separator_of(header: &str) -> u8 {
    const SEPARATORS: [char; 3] = [',', ';', '\t'];
    let fits = |separator: &&char| {
        let names: Vec<&str> = header.split(**separator).map(|name| name.trim().trim_matches('"')).collect();
        COLUMNS.iter().all(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)))
    };
    // The first of equals is the last that `max_by_key` sees.
    let most = SEPARATORS.iter().rev().max_by_key(|separator| header.matches(**separator).count());
    SEPARATORS.iter().find(fits).or(most).map_or(b',', |separator| *separator as u8)
}

const fn named(separator: u8) -> &'static str {
    match separator {
        b';' => "semicolons",
        b'\t' => "tabs",
        _ => "commas",
    }
}

/// Writes a task list so that [`parse`] reads the same one.
#[must_use]
pub fn to_csv(tasks: &[ListedTask]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory can't fail.
    let _ = writer.write_record(COLUMNS);
    for task in tasks {
        let _ = writer.write_record([&task.name, &task.compute_ms.to_string(), &task.wait_ms.to_string()]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
