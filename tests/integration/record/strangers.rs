//! Files of unknown origin: forged, damaged, newer, or of another kind. Each is readable or an error, never a panic, a
//! hang or a crowd of memory, and nothing that is named inside is opened.

use std::fs;
use std::path::{Path, PathBuf};

use concurrency_lab::record::{FormatVersion, Problem, RecordError, StoredRun, open_file};
use rusqlite::Connection;

use super::sealing::seal_again;
use super::{exports, history, record};
use crate::scripted;

/// A stored run outside any history.
pub fn stored(folder: &Path) -> PathBuf {
    let history = history(folder);
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let path = folder.join("run.clab");
    fs::copy(history.path(&id), &path).expect("copied");
    path
}

fn forged(path: &Path, sql: &str) -> Result<StoredRun, RecordError> {
    let copy = path.with_file_name("forged.clab");
    fs::copy(path, &copy).expect("copied");
    let connection = Connection::open(&copy).expect("opened");
    connection
        .execute_batch(&format!("PRAGMA synchronous = OFF; {sql}"))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    // Where a table is missing nothing can be sealed.
    let _ = seal_again(&connection);
    drop(connection);
    open_file(&copy)
}

#[test]
fn what_a_run_does_not_have_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let cases = [
        ("CREATE VIEW trial_view AS SELECT 1", "a view \"trial_view\""),
        ("CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END", "a trigger \"t\""),
        ("CREATE TABLE more (x)", "a table \"more\""),
        ("CREATE VIRTUAL TABLE v USING fts5(x)", "that a stored run does not have"),
        ("CREATE INDEX i ON trial (model)", "an index \"i\""),
        ("DROP TABLE cpu_block", "\"cpu_block\" is missing"),
        ("ALTER TABLE trial ADD COLUMN more", "\"trial\" is missing or is not the one"),
        ("ALTER TABLE run RENAME TO ran; CREATE VIEW run AS SELECT * FROM ran", "that a stored run does not have"),
        ("DELETE FROM run", "\"run\" has no row"),
        ("DELETE FROM point", "\"point\" has no row"),
        ("INSERT INTO point (id) VALUES (2)", "more point"),
        ("DELETE FROM contender WHERE id = 1", "contender.model in row 2"),
        ("UPDATE contender SET model = 'quantum' WHERE id = 1", "contender.model in row 1"),
        ("UPDATE run SET status = 'flying'", "run.status"),
        ("UPDATE run SET experiment = 'x = ['", "its experiment can't be read"),
        ("UPDATE run SET experiment = zeroblob(9)", "run.experiment"),
        ("UPDATE run SET experiment = replace(experiment, '\"threads\"', '\"quantum\"')", "quantum"),
        ("UPDATE run SET experiment = replace(experiment, 'tasks = 80', 'tasks = 80000000')", "tasks is 80000000"),
        ("PRAGMA application_id = 7", "not a stored run"),
        ("PRAGMA user_version = 7", "not a stored run"),
    ];
    for (sql, wanted) in cases {
        let message = forged(&path, sql).map(|_| ()).expect_err(sql).to_string();
        assert!(message.contains(wanted) && message.contains("forged.clab"), "{sql}: {message}");
    }
    let same = forged(&path, "ANALYZE; VACUUM").expect("what tools of SQLite do is harmless");
    assert!(same.damage.is_none());
}

#[test]
fn a_trial_that_none_can_have_is_left_out_and_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let cases = [
        ("UPDATE trial SET model = 'threads' WHERE id = 1", "trial.model in row 1"),
        ("UPDATE trial SET contender = 9 WHERE id = 1", "trial.contender in row 1"),
        ("UPDATE trial SET contender = -9223372036854775808 WHERE id = 1", "trial.contender in row 1"),
        ("UPDATE trial SET wall_nanos = -1 WHERE id = 2", "trial.wall_nanos in row 2"),
        ("UPDATE trial SET wall_nanos = 9223372036854775807 WHERE id = 2", "trial.wall_nanos in row 2"),
        ("UPDATE trial SET wall_nanos = 'long' WHERE id = 2", "trial.wall_nanos in row 2"),
        ("UPDATE trial SET setup_nanos = NULL WHERE id = 2", "trial.setup_nanos in row 2"),
        ("UPDATE trial SET status = 'unavailable' WHERE id = 2", "trial.status in row 2"),
        ("UPDATE trial SET round = 99999999999 WHERE id = 2", "trial.round in row 2"),
        ("UPDATE trial SET stamp_nanos = 9e999 WHERE id = 2", "trial.stamp_nanos in row 2"),
        ("UPDATE trial SET checksum = 'seven' WHERE id = 2", "trial.checksum in row 2"),
        ("UPDATE trial SET steps = '[\"quantum\"]' WHERE id = 2", "trial.steps in row 2"),
        ("UPDATE trial SET step_ends = 9 WHERE id = 2", "trial.step_ends in row 2"),
        ("UPDATE trial SET tasks = 4000000000 WHERE id = 2", "trial.tasks in row 2"),
        ("UPDATE trial SET queue_histogram = x'00' WHERE id = 2", "queue_histogram can't be decoded"),
        ("UPDATE trial SET step_nanos = '[1,2,3]' WHERE id = 2", "trial.step_nanos in row 2"),
    ];
    let trials = open_file(&path).expect("readable").results.first().trials.len();
    for (sql, wanted) in cases {
        let run = forged(&path, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!((run.results.first().trials.len(), run.results.lost_trials), (trials - 1, 1), "{sql}");
        let message = run.damage.expect("damaged").to_string();
        assert!(message.contains(wanted), "{sql}: {message}");
    }
}

#[test]
fn blocks_that_lie_are_errors_when_they_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let cases = [
        "UPDATE span_block SET data = zeroblob(50000000)",
        "UPDATE span_block SET data = x'789c03000000000001'",
        "UPDATE span_block SET tasks = 65536",
        "UPDATE span_block SET first_task = 1",
        "UPDATE span_block SET tasks = -1",
        "DELETE FROM span_block",
        "INSERT INTO span_block (trial, first_task, tasks, data) SELECT trial, 80, tasks, data FROM span_block",
        "INSERT INTO heartbeat_block (trial, first_beat, beats, data) SELECT id, 0, 9, x'00' FROM trial",
    ];
    for sql in cases {
        let run = forged(&path, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        for trial in &run.results.first().trials {
            let error = trial.completed().expect("completed").spans.load().expect_err(sql).to_string();
            assert!(error.contains("damaged") && error.contains("forged.clab"), "{sql}: {error}");
        }
    }
    let bomb = "INSERT INTO cpu_block (trial, first_sample, samples, data) SELECT 1, 0, 1, zeroblob(1000)";
    let damage = forged(&path, bomb).expect("readable").damage.expect("no samples");
    assert_eq!((damage.trials, damage.without_samples), (0, 1));
    assert!(damage.to_string().contains("CPU samples of 1 of"), "{damage}");
}

#[test]
fn a_newer_format_names_the_version_that_reads_it_and_a_newer_minor_one_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let newer = FormatVersion { major: FormatVersion::CURRENT.major + 1, minor: 3 }.user_version();
    let sql = format!("PRAGMA user_version = {newer}; UPDATE format SET lab_version = '9.8.7'; DROP TABLE trial");
    let error = forged(&path, &sql).map(|_| ()).expect_err("newer");
    assert!(matches!(*error.problem, Problem::Newer { .. }), "{error}");
    assert!(error.to_string().contains("Concurrency Lab 9.8.7 or newer reads it"), "{error}");
    let hostile =
        format!("PRAGMA user_version = {newer}; DROP TABLE format; CREATE VIEW format AS SELECT 1 AS lab_version");
    let message = forged(&path, &hostile).map(|_| ()).expect_err("newer").to_string();
    assert!(message.contains("a newer Concurrency Lab reads it"), "{message}");
    let minor = FormatVersion { minor: FormatVersion::CURRENT.minor + 1, ..FormatVersion::CURRENT }.user_version();
    let more =
        format!("PRAGMA user_version = {minor}; CREATE TABLE sweep_value (x); CREATE INDEX x ON sweep_value (x)");
    assert!(forged(&path, &more).is_ok());
    let view = format!("PRAGMA user_version = {minor}; CREATE VIEW trial_view AS SELECT 1");
    assert!(forged(&path, &view).is_err(), "a view is none that a run could have");
}

#[test]
fn text_of_strangers_is_safe_to_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let sql = "UPDATE run SET name = char(27) || '[2Jname', headline = char(8238) || 'headline';
        UPDATE trial SET file_system = char(27) || 'fs', python_version = char(7) || '3', gil = 1;
        UPDATE trial SET status = 'failed', reason = char(27) || 'why', failure = '{\"type\":\"no-such-type\"}' WHERE id = 1";
    let run = forged(&path, sql).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((run.head.name.as_str(), run.head.headline.as_deref()), ("\\u{1b}[2Jname", Some("\\u{202e}headline")));
    assert_eq!(
        run.results.first().trials[0].reason().as_deref(),
        Some("\\u{1b}why"),
        "the sentence of the lab that stored it"
    );
    let measured = run.results.first().trials[1].completed().expect("completed");
    assert_eq!(measured.file_system.as_deref(), Some("\\u{1b}fs"));
    for (_, text) in exports(run.results.first()) {
        assert!(text.chars().all(|letter| letter == '\n' || letter == '\r' || !letter.is_control()), "{text:?}");
    }
}

#[test]
fn nothing_that_is_named_inside_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    fs::write(folder.path().join("secret.csv"), "name,compute_ms,wait_ms\nA,1,1\n").expect("written");
    let secret = folder.path().join("secret.csv");
    let sql = format!(
        "UPDATE run SET experiment = replace(experiment, 'tasks = 80', 'task_list = \"{}\"')",
        secret.display()
    );
    let error = forged(&path, &sql).map(|_| ()).expect_err("another file");
    assert!(matches!(*error.problem, Problem::NamesAFile), "{error}");
}

#[test]
fn a_log_beside_a_file_from_elsewhere_is_neither_read_nor_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = stored(folder.path());
    let before = open_file(&path).expect("readable");
    assert!(!before.source.has_unread_log());
    for ending in ["-wal", "-journal", "-shm"] {
        fs::write(folder.path().join(format!("run.clab{ending}")), [7; 5_000]).expect("written");
    }
    let after = open_file(&path).expect("readable");
    assert!(after.source.has_unread_log());
    assert_eq!(exports(after.results.first()), exports(before.results.first()));
    for ending in ["-wal", "-journal", "-shm"] {
        let content = fs::read(folder.path().join(format!("run.clab{ending}"))).expect("still there");
        assert_eq!(content, [7; 5_000]);
    }
}

#[test]
fn what_is_no_run_is_a_stated_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.clab");
    assert!(open_file(&path).is_err_and(|error| error.to_string().contains("x.clab: ")), "missing");
    assert!(open_file(folder.path()).is_err_and(|error| matches!(*error.problem, Problem::NotARun)), "a folder");
    for content in [&b""[..], b"id = \"a\"", &[0; 100_000], b"SQLite format 3\0"] {
        fs::write(&path, content).expect("written");
        let message = open_file(&path).map(|_| ()).expect_err("no run").to_string();
        assert!(message.contains("not a stored run"), "{message}");
    }
}
