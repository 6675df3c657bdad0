//! Task lists as CSV: `name,compute_ms,wait_ms`, header required, columns found by name.

use super::{LONGEST_STEP_MS, ListedTask, MOST_TASKS};

/// The columns that a task list has to have.
const COLUMNS: [&str; 3] = ["name", "compute_ms", "wait_ms"];
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A mistake in a task list: file and line, what was wrong, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TaskListError {
    /// The whole message.
    pub message: String,
}

/// Reads a task list. `source` names the text in messages.
///
/// # Errors
/// The first mistake, with file and line.
pub fn parse(text: &str, source: &str) -> Result<Vec<ListedTask>, TaskListError> {
    let error = |line: u64, message: String| TaskListError { message: format!("{source}:{line}: {message}") };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|bad| error(1, format!("the header can't be read: {bad}")))?.clone();
    let place = |column: &str| {
        header.iter().position(|name| name == column).ok_or_else(|| {
            error(1, format!("the column {column} is missing; the header must name {}", COLUMNS.join(", ")))
        })
    };
    let places = (place("name")?, place("compute_ms")?, place("wait_ms")?);
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(error(1, format!("unknown column \"{unknown}\"; allowed are {}", COLUMNS.join(", "))));
    }
    let mut tasks = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|bad| {
            let line = bad.position().map_or(0, csv::Position::line);
            error(line, format!("a row needs {} cells: {bad}", COLUMNS.len()))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let ms = |column: &str, place: usize| {
            cell(place).parse().ok().filter(|ms| (0.0..=LONGEST_STEP_MS).contains(ms)).ok_or_else(|| {
                error(line, format!("{column} is \"{}\": allowed are 0 to {LONGEST_STEP_MS} milliseconds", cell(place)))
            })
        };
        let name = cell(places.0);
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(error(line, format!("name is \"{name}\": allowed are 1 to {LONGEST_NAME} characters")));
        }
        if tasks.len() == MOST_TASKS as usize {
            return Err(error(line, format!("more than {MOST_TASKS} tasks")));
        }
        tasks.push(ListedTask {
            name: name.to_owned(),
            compute_ms: ms("compute_ms", places.1)?,
            wait_ms: ms("wait_ms", places.2)?,
        });
    }
    if tasks.is_empty() {
        return Err(error(2, "no task: at least one row is needed".to_owned()));
    }
    Ok(tasks)
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_read_by_the_names_of_its_columns() {
        let text = "\u{feff}wait_ms,name,compute_ms\r\n2000, A ,0\r\n3000,\"B, the second\",1.5\r\n";
        let list = parse(text, "list.csv").expect("valid");
        assert_eq!(list[0], ListedTask { name: "A".into(), compute_ms: 0.0, wait_ms: 2000.0 });
        assert_eq!(list[1].name, "B, the second");
    }

    #[test]
    fn mistakes_name_line_value_and_what_is_allowed() {
        let cases: &[(&str, &[&str])] = &[
            ("", &["list.csv:1", "name"]),
            ("name,wait_ms\n", &["list.csv:1", "compute_ms", "missing"]),
            ("name,compute_ms,wait_ms,colour\n", &["colour", "allowed"]),
            ("name,compute_ms,wait_ms\n", &["list.csv:2", "at least one"]),
            ("name,compute_ms,wait_ms\nA,1,2\nB,x,2\n", &["list.csv:3", "compute_ms", "\"x\"", "0 to 3600000"]),
            ("name,compute_ms,wait_ms\nA,1,-2\n", &["list.csv:2", "wait_ms", "-2"]),
            ("name,compute_ms,wait_ms\nA,1,inf\n", &["wait_ms"]),
            ("name,compute_ms,wait_ms\nA,1\n", &["list.csv:2", "3 cells"]),
            ("name,compute_ms,wait_ms\n,1,2\n", &["list.csv:2", "name"]),
        ];
        for (text, wanted) in cases {
            let message = parse(text, "list.csv").expect_err(text).to_string();
            for part in *wanted {
                assert!(message.contains(part), "{text:?} gave {message:?}, without {part:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn noise_is_an_error_and_no_panic(noise in "\\PC{0,200}", rows in "[a-z0-9,.\"\n-]{0,80}") {
            let _ = parse(&noise, "noise");
            let _ = parse(&format!("name,compute_ms,wait_ms\n{rows}"), "noise");
        }

        #[test]
        fn what_is_written_is_read_again(
            rows in proptest::collection::vec(("[a-zA-Z0-9,\";=+-][a-zA-Z0-9 ,\"\n;=+-]{0,20}[a-zA-Z0-9]", 0.0..1e6_f64, 0.0..1e6_f64), 1..9),
        ) {
            let list: Vec<ListedTask> = rows
                .into_iter()
                .map(|(name, compute_ms, wait_ms)| ListedTask { name, compute_ms, wait_ms })
                .collect();
            prop_assert_eq!(parse(&to_csv(&list), "written"), Ok(list));
        }
    }
}
