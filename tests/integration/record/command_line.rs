//! Stored runs on the command line: recorded by default, shown again, listed, changed, and read by other programs.

use std::path::Path;
use std::process::{Command, Output};

use concurrency_lab::record::DATA_VARIABLE;

use crate::common;

struct Lab(tempfile::TempDir);

impl Lab {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn call(&self, arguments: &[&str]) -> Output {
        common::lab().args(arguments).env(DATA_VARIABLE, self.0.path()).output().expect("the lab starts")
    }

    /// The stdout of a call that succeeds.
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The stderr of a call that ends with this status.
    fn refusal(&self, arguments: &[&str], status: i32) -> String {
        let output = self.call(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    fn list(&self) -> serde_json::Value {
        serde_json::from_str(&self.text(&["runs", "--json"])).expect("JSON")
    }
}

const RUN: [&str; 6] = ["run", "io-bound", "--models", "sequential,threads,async", "--task-ms", "2"];

/// A run of so many rounds without a warm-up.
fn rounds<'a>(rounds: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], &["--trials", rounds, "--warmups", "0"], more].concat()
}

#[test]
fn show_prints_and_exports_what_run_did() {
    let lab = Lab::new();
    const OUTPUTS: [&str; 5] = ["--summary-csv", "--trials-csv", "--tasks-csv", "--cpu-csv", "--json"];
    let outputs = |folder: &str| -> Vec<String> {
        std::fs::create_dir(lab.path(folder)).expect("created");
        OUTPUTS.iter().flat_map(|flag| [(*flag).to_owned(), lab.path(&format!("{folder}/{flag}"))]).collect()
    };
    let call = |begin: &[&str], folder: &str| {
        let outputs = outputs(folder);
        let arguments: Vec<&str> = begin.iter().copied().chain(outputs.iter().map(String::as_str)).collect();
        lab.text(&arguments)
    };
    let saved = lab.path("saved.clab");
    let live = call(&[&RUN[..], &["--trials", "2", "--warmups", "1", "--save", &saved]].concat(), "live");
    assert!(live.contains("Sequential") && live.contains("times as fast"), "{live}");
    for (run, folder) in [("last", "by-id"), (saved.as_str(), "by-file")] {
        assert_eq!(call(&["show", run], folder), live, "{run}");
        for flag in OUTPUTS {
            let read = |folder: &str| std::fs::read(lab.path(&format!("{folder}/{flag}"))).expect("written");
            assert!(!read("live").is_empty() && read(folder) == read("live"), "{run} {flag}");
        }
    }
    assert_eq!(
        lab.text(&["show", "last", "--quiet", "--json", "-"]),
        String::from_utf8(std::fs::read(lab.path("live/--json")).expect("written")).expect("UTF-8")
    );
    let again = lab.path("again.clab");
    lab.text(&["show", &saved, "--quiet", "--save", &again]);
    assert_eq!(lab.text(&["show", &again]), live);
    let own = lab.refusal(&["show", &saved, "--json", &saved], 2);
    assert!(own.contains("is the stored run itself"), "{own}");
}

#[test]
fn runs_are_kept_unless_asked_otherwise() {
    let lab = Lab::new();
    assert!(lab.text(&["runs"]).starts_with("No run is stored in "));
    let run = |more: &[&str]| lab.call(&rounds("1", more));
    run(&["--no-save"]);
    assert!(!Path::new(&lab.path("runs")).exists());
    let only = lab.path("only.clab");
    run(&["--no-save", "--save", &only]);
    assert!(!Path::new(&lab.path("runs")).exists());
    assert!(lab.text(&["show", &only]).contains("Sequential"));
    let output = run(&[]);
    let list = lab.list();
    let id = list[0]["id"].as_str().expect("an id");
    let words = format!("stored as {id}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&words), "{words}");
    assert_eq!((list[0]["status"].as_str(), list[0]["trials"].as_u64()), (Some("completed"), Some(3)));
    assert_eq!(list[0]["models"].as_array().map(Vec::len), Some(3));
    assert!(list[0]["headline"].as_str().is_some_and(|headline| !headline.is_empty()));
    lab.text(&["runs", "rename", "last", "Mine"]);
    lab.text(&["runs", "note", "last", " more workers "]);
    assert_eq!(lab.list()[0]["note"].as_str(), Some("more workers"));
    let document = || serde_json::from_str::<serde_json::Value>(&lab.text(&["show", "last", "--quiet", "--json", "-"]));
    assert_eq!(document().expect("JSON")["note"].as_str(), Some("more workers"));
    for text in [&"x".repeat(501), "a\u{202e}b"] {
        assert!(lab.refusal(&["runs", "note", "last", text], 2).contains("TEXT"), "{text:?}");
    }
    assert!(lab.text(&["runs"]).contains("Mine (more workers): "));
    lab.text(&["runs", "note", "last", ""]);
    assert_eq!(document().expect("JSON").get("note"), None);
    lab.text(&["runs", "pin", &id[..12]]);
    assert_eq!((lab.list()[0]["name"].as_str(), lab.list()[0]["pinned"].as_bool()), (Some("Mine"), Some(true)));
    assert!(lab.text(&["runs"]).contains("Mine: "));
    lab.text(&["runs", "unpin", "last"]);
    assert_eq!(lab.list()[0]["pinned"].as_bool(), Some(false));
    let outside = lab.refusal(&["runs", "delete", &only], 2);
    assert!(outside.contains("is a file outside the stored runs"), "{outside}");
    let unknown = lab.refusal(&["show", "zebra"], 2);
    assert!(unknown.contains(id) && unknown.contains("last~1"), "{unknown}");
    lab.text(&["runs", "delete", "last"]);
    assert_eq!(lab.list(), serde_json::json!([]));
    assert_eq!(std::fs::read_dir(lab.path("runs")).expect("readable").count(), 0);
    assert!(lab.refusal(&["run", "quick-tour", "--save", "-"], 2).contains("name a file"));
    assert!(lab.refusal(&["run", "quick-tour", "--save", "out.toml"], 2).contains("ends in .clab"));
    assert!(lab.refusal(&["show", "/dev/null/x.clab"], 2).contains("x.clab: "));
}

#[test]
fn no_output_replaces_a_stored_run() {
    let lab = Lab::new();
    lab.text(&rounds("1", &["--quiet"]));
    lab.text(&rounds("1", &["--quiet"]));
    let ids: Vec<String> = lab.list().as_array().expect("a list").iter().map(|run| run["id"].to_string()).collect();
    let runs = std::fs::read_dir(lab.0.path().join("runs")).expect("a folder");
    let stored: Vec<_> = runs.map(|entry| entry.expect("an entry").path()).collect();
    let stored: Vec<_> = stored.into_iter().filter(|path| path.extension().is_some_and(|one| one == "clab")).collect();
    assert_eq!(stored.len(), 2);
    let before: Vec<_> = stored.iter().map(|path| std::fs::read(path).expect("readable")).collect();
    for path in stored.iter().map(|path| path.to_str().expect("UTF-8")) {
        for flag in ["--markdown", "--json", "--save"] {
            let refusal = lab.refusal(&["show", "last", flag, path], 2);
            assert!(refusal.contains(flag) && refusal.contains("stored run"), "{refusal}");
        }
        let refusal = lab.refusal(&rounds("1", &["--tasks-csv", path]), 2);
        assert!(refusal.contains("the stored runs"), "{refusal}");
    }
    // Neither does one elsewhere, except by a save.
    let saved = lab.path("saved.clab");
    lab.text(&["show", "last", "--quiet", "--save", &saved]);
    let refusal = lab.refusal(&["show", "last~1", "--markdown", &saved], 2);
    assert!(refusal.contains("only --save writes one"), "{refusal}");
    lab.text(&["show", "last~1", "--quiet", "--save", &saved]);
    let after: Vec<_> = stored.iter().map(|path| std::fs::read(path).expect("readable")).collect();
    assert!(before == after && ids.len() == 2);
}

#[test]
fn a_run_that_can_not_be_stored_goes_on() {
    let lab = Lab::new();
    std::fs::write(lab.path("runs"), "in the way").expect("written");
    let output = lab.call(&rounds("1", &[]));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr.matches("this run is not being stored: ").count(), 1, "{stderr}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Sequential"));
    let saved = lab.path("saved.clab");
    let output = lab.call(&rounds("1", &["--save", &saved]));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (output.status.code(), stderr.matches("this run is not being stored: ").count()),
        (Some(0), 1),
        "{stderr}"
    );
    assert_eq!(lab.text(&["show", &saved]), String::from_utf8_lossy(&output.stdout), "the file is another place");
}

/// The query in the documentation of the format.
fn documented_query() -> String {
    let documentation = include_str!("../../../src/record/mod.rs");
    let (_, from) = documentation.split_once("```sql").expect("a query");
    let (query, _) = from.split_once("```").expect("an end");
    query.replace("//!", "")
}

#[test]
fn other_programs_read_the_file() {
    let lab = Lab::new();
    let saved = lab.path("saved.clab");
    lab.text(&rounds("3", &["--save", &saved, "--summary-csv", &lab.path("summary.csv")]));
    let read = std::fs::read_to_string(lab.path("summary.csv")).expect("written");
    let expected: Vec<(String, f64)> = csv::Reader::from_reader(read.as_bytes())
        .deserialize::<std::collections::HashMap<String, String>>()
        .map(|row| row.expect("a row"))
        .map(|row| (row["model"].clone(), row["wall_ms_median"].parse().expect("a number")))
        .collect();
    let sqlite = Command::new("sqlite3").args(["-readonly", "-csv", &saved, &documented_query()]).output();
    let Ok(sqlite) = sqlite else {
        common::skipped("there is no sqlite3 shell on this machine");
        return;
    };
    let text = String::from_utf8(sqlite.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 3, "{text} {}", String::from_utf8_lossy(&sqlite.stderr));
    for (model, ms) in expected {
        let line = text.lines().find(|line| line.starts_with(&format!("{model},"))).expect("a line");
        let median: f64 = line.split(',').nth(1).expect("a cell").trim().parse().expect("a number");
        assert!((median - ms).abs() < 1e-6, "{line} {ms}");
    }
}

/// Reads the spans of the first trial, as documented.
const PYTHON: &str = r"
import sqlite3, sys, zlib
run = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
run.row_factory = sqlite3.Row
trial = run.execute('SELECT * FROM trial WHERE status = ? ORDER BY id', ['completed']).fetchone()
def integers(raw):
    value = shift = 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0
for block in run.execute('SELECT * FROM span_block WHERE trial = ? ORDER BY first_task', [trial['id']]):
    column = integers(zlib.decompress(block['data']))
    n = block['tasks']
    submitted, at = [], 0
    for _ in range(n):
        at += next(column)
        submitted.append(at)
    started = [submitted[i] + next(column) for i in range(n)]
    finished = [started[i] + next(column) for i in range(n)]
    for i in range(n):
        print(submitted[i], started[i], finished[i])
";

#[test]
fn the_spans_are_read_by_python() {
    let Ok(version) = Command::new("python3").arg("--version").output() else {
        common::skipped("there is no python3 on this machine");
        return;
    };
    assert!(version.status.success());
    let lab = Lab::new();
    let saved = lab.path("saved.clab");
    lab.text(&rounds("1", &["--save", &saved, "--tasks-csv", &lab.path("tasks.csv")]));
    let output = Command::new("python3").args(["-c", PYTHON, &saved]).output().expect("python3");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let tasks = std::fs::read_to_string(lab.path("tasks.csv")).expect("written");
    let expected: Vec<String> = csv::Reader::from_reader(tasks.as_bytes())
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| format!("{} {} {}", &row[8], &row[9], &row[10]))
        .take(text.lines().count())
        .collect();
    assert!(!expected.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[cfg(unix)]
#[test]
fn the_home_folder_is_in_no_record() {
    let lab = Lab::new();
    let home = lab.path("home/ada-lovelace");
    let venv = format!("{home}/venv");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip", &venv]).output();
    if !made.is_ok_and(|made| made.status.success()) {
        common::skipped("there is no python3 with venv on this machine");
        return;
    }
    let saved = lab.path("saved.clab");
    let call = |arguments: &[&str]| {
        let output = common::lab().args(arguments).env(DATA_VARIABLE, lab.0.path()).env("HOME", &home).output();
        String::from_utf8(output.expect("the lab starts").stdout).expect("UTF-8")
    };
    let python = format!("{venv}/bin/python3");
    let models = "sequential,py-threads,py-trio";
    let live = call(&[
        "run", "io-bound", "--models", models, "--python", &python, "--trials", "1", "--save", &saved, "--json", "-",
    ]);
    assert!(live.contains("trio is not installed") && live.contains("~/venv/bin/python3"), "{live}");
    let file = std::fs::read(&saved).expect("written");
    assert!(file.windows(6).any(|bytes| bytes == b"~/venv"), "the interpreter is recorded");
    assert!(!file.windows(12).any(|bytes| bytes == b"ada-lovelace"), "without the name of the user");
    assert_eq!(call(&["show", &saved, "--json", "-"]), live);
}

#[test]
fn a_file_argument_is_read_before_there_is_a_window() {
    let lab = Lab::new();
    let (saved, broken) = (lab.path("saved.clab"), lab.path("broken.clab"));
    lab.text(&rounds("1", &["--save", &saved]));
    std::fs::write(&broken, "no run").expect("written");
    let message = lab.refusal(&[&broken], 2);
    assert!(message.contains("broken.clab: this is not a stored run"), "{message}");
    let mut window = common::lab();
    window.arg(&saved).env(DATA_VARIABLE, lab.0.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    if cfg!(target_os = "linux") {
        let output = window.output().expect("the lab starts");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("no window can be opened here"), "it got as far as that: {message}");
    }
}

#[test]
fn show_advises_or_says_why_not() {
    let lab = Lab::new();
    lab.text(&rounds("2", &[]));
    let plain = lab.text(&["show", "last"]);
    let advised = lab.text(&["show", "last", "--advice"]);
    let added = advised.strip_prefix(&plain).expect("the table comes first");
    assert!(added.starts_with("\nWhich model for a workload like this one?\nNo advice"), "{added}");
    let alone = lab.text(&["show", "last", "--advice", "--quiet"]);
    assert_eq!(alone, added.trim_start_matches('\n'));
    // Beside an output on stdout it makes way for it, as the table does.
    let output = lab.call(&["show", "last", "--advice", "--json", "-"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Which model for a workload like this one?"));
}
