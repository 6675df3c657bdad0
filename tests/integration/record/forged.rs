//! Forged runs by the hundred: other bytes in the file, and other values in its tables. Each is readable or an error, and
//! what is read can be analysed, exported and drawn. `CONCURRENCY_LAB_FUZZ=10` tries ten times as many.

use std::fs;
use std::path::{Path, PathBuf};

use concurrency_lab::lab::{Action, Command, Tab};
use concurrency_lab::record::open_file;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use rusqlite::Connection;

use super::sealing::seal_again;
use super::strangers::stored;
use super::{arbitrary, history, record};
use crate::entries::use_run;
use crate::scripted::Window;

/// A run of some kind, with everything that there can be in one, outside any history.
fn rich(folder: &Path, runner: &mut TestRunner) -> PathBuf {
    loop {
        let (experiment, events) = arbitrary::run().new_tree(runner).expect("a run").current();
        if experiment.validate().is_err() {
            continue;
        }
        let history = history(folder);
        let (id, _) = record(&history, &experiment, &events);
        let path = folder.join("rich.clab");
        fs::copy(history.path(&id), &path).expect("copied");
        return path;
    }
}

/// Every column of every table.
fn columns(path: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(path).expect("opened");
    let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut statement = connection.prepare(sql).expect("prepared");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("queried");
    rows.map(|row| row.expect("a row")).collect()
}

/// Values that a column may be given.
const VALUES: [&str; 27] = [
    "4611686018427387904",
    "4503599627370497",
    "NULL",
    "-1",
    "0",
    "1",
    "2",
    "80",
    "65536",
    "140737488355328",
    "140737488355327",
    "9007199254740992",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "-0.5",
    "0.5",
    "''",
    "'x'",
    "'[]'",
    "'[1e18]'",
    "'{}'",
    "'\u{1b}[2J'",
    "zeroblob(10)",
    "randomblob(30)",
    "x'789c030000000001'",
    "hex(zeroblob(60000))",
];

/// Gives one to three columns another value, in all rows.
fn forge(from: &Path, columns: &[(String, String)], random: &mut fastrand::Rng) -> PathBuf {
    let copy = from.with_file_name("forged.clab");
    fs::copy(from, &copy).expect("copied");
    let connection = Connection::open(&copy).expect("opened");
    connection.execute_batch("PRAGMA synchronous = OFF").expect("set");
    for _ in 0..random.usize(1..4) {
        let (table, column) = &columns[random.usize(..columns.len())];
        let value = VALUES[random.usize(..VALUES.len())];
        // A row number takes no text.
        let _ = connection.execute(&format!("UPDATE OR IGNORE {table} SET {column} = {value}"), []);
    }
    // Some values can't be sealed.
    let _ = seal_again(&connection);
    copy
}

#[test]
fn values_of_any_kind_in_any_column_are_readable_or_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut runner = TestRunner::deterministic();
    let mut random = fastrand::Rng::with_seed(4);
    let mut readable = 0;
    for number in 0..mutations() / 40 {
        let path = if number == 0 { stored(folder.path()) } else { rich(folder.path(), &mut runner) };
        let columns = columns(&path);
        assert!(columns.len() > 100, "{columns:?}");
        for _ in 0..40 {
            if let Ok(run) = open_file(&forge(&path, &columns, &mut random)) {
                readable += 1;
                use_run(&run);
            }
        }
    }
    assert!(readable > 0 && readable < mutations(), "{readable}");
}

#[test]
fn what_is_read_can_be_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut runner = TestRunner::deterministic();
    let mut random = fastrand::Rng::with_seed(5);
    let mut window = Window::with(None);
    let mut drawn = 0;
    for _ in 0..mutations() / 100 {
        let path = rich(folder.path(), &mut runner);
        let columns = columns(&path);
        for _ in 0..10 {
            let Ok(run) = open_file(&forge(&path, &columns, &mut random)) else { continue };
            window.harness.state_mut().show_stored(run);
            for tab in [Tab::Compare, Tab::Cpu, Tab::Timeline, Tab::Distribution] {
                window.harness.state_mut().apply(Command::Do(Action::Tab(tab)));
                window.harness.run_ok();
            }
            drawn += 1;
        }
    }
    assert!(drawn > 0);
}

/// Number of mutations that are tried.
fn mutations() -> u64 {
    let factor = std::env::var("CONCURRENCY_LAB_FUZZ").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    400 * factor
}

#[test]
fn a_file_with_other_bytes_is_readable_or_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let valid = fs::read(&path).expect("readable");
    let mutant = folder.path().join("mutant.clab");
    let mut random = fastrand::Rng::with_seed(9);
    let mut readable = 0;
    for _ in 0..mutations() {
        let mut bytes = valid.clone();
        match random.u8(0..10) {
            0 => bytes.truncate(random.usize(..bytes.len())),
            1 => {
                // A page in the place of another one.
                let (from, to) = (random.usize(..bytes.len() / 4096) * 4096, random.usize(..bytes.len() / 4096) * 4096);
                bytes.copy_within(from..from + 4096, to);
            }
            _ => {
                for _ in 0..random.usize(1..20) {
                    // Mostly where the structure is: the start of a page, or text.
                    let page = random.usize(..bytes.len() / 4096) * 4096;
                    let at = if random.bool() { page + random.usize(..100) } else { random.usize(..bytes.len()) };
                    bytes[at] = random.u8(..);
                }
            }
        }
        fs::write(&mutant, bytes).expect("written");
        if let Ok(run) = open_file(&mutant) {
            readable += 1;
            use_run(&run);
        }
    }
    assert!(readable > 0 && readable < mutations(), "{readable}");
}
