//! Sweeps in real runs: every point under every model, exports by point, and the stored run.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use concurrency_lab::model::ModelId;

use crate::common;

fn lab(arguments: &[&str]) -> Output {
    common::lab().args(arguments).output().expect("the lab starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Index of a column, by its name.
fn column(path: &std::path::Path, name: &str) -> usize {
    let mut reader = csv::Reader::from_path(path).expect("written");
    let headers = reader.headers().expect("a header");
    headers.iter().position(|header| header == name).unwrap_or_else(|| panic!("{name} in {headers:?}"))
}

fn rows(path: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(path).expect("there");
    reader.records().map(|row| row.expect("a row")).collect()
}

const SWEPT: &[&str] = &[
    "run",
    "quick-tour",
    "--models",
    "sequential,thread-pool",
    "--task-ms",
    "2",
    "--sweep",
    "workers=1,4",
    "--trials",
    "3",
    "--progress",
    "plain",
];

#[test]
fn every_value_is_measured_in_every_round_and_exported_with_its_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let names = ["summary", "trials", "tasks", "cpu", "json", "save"];
    let files = ["s.csv", "t.csv", "k.csv", "c.csv", "all.json", "run.clab"].map(path);
    let flags =
        names.map(|name| if name == "json" || name == "save" { format!("--{name}") } else { format!("--{name}-csv") });
    let mut arguments = SWEPT.to_vec();
    for (flag, file) in flags.iter().zip(&files) {
        arguments.extend([flag.as_str(), file.to_str().expect("text")]);
    }
    let output = lab(&arguments);
    let (shown, progress) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{shown}{progress}");
    assert!(progress.contains("round 3 of 3, Workers 4"), "{progress}");
    // Time and memory are told before the first trial.
    let progress = progress.replace('\u{a0}', " ");
    let expected = progress.lines().find(|line| line.contains("2 values, 2 models, 3 rounds expected: "));
    assert!(expected.is_some_and(|line| line.contains(" of memory at once (")), "{progress}");
    assert!(shown.contains("Workers") && shown.contains("Wall time, logarithmic"), "{shown}");
    // Two values, two models.
    let summary = rows(&files[0]);
    let key = column(&files[0], "sweep_key");
    let ends: Vec<(String, String)> =
        summary.iter().map(|row| (row[1].to_owned(), format!("{}={}", &row[key], &row[key + 1]))).collect();
    let expected = [("sequential", "1"), ("thread-pool", "1"), ("sequential", "4"), ("thread-pool", "4")];
    assert_eq!(ends, expected.map(|(model, workers)| (model.to_owned(), format!("workers={workers}"))));
    let trials = rows(&files[1]);
    assert_eq!(trials.len(), 12, "two values, two models, three rounds");
    let positions: Vec<u32> = trials.iter().map(|row| row[4].parse().expect("a number")).collect();
    assert!(positions.windows(2).all(|pair| pair[0] < pair[1]), "in run order: {positions:?}");
    // Each round has all four before the next one starts.
    for round in trials.chunks(4) {
        let value = column(&files[1], "sweep_value");
        let cells: BTreeSet<(&str, &str)> = round.iter().map(|row| (&row[1], &row[value])).collect();
        assert_eq!(cells.len(), 4, "{round:?}");
    }
    assert_eq!(rows(&files[2]).len(), 12 * 16);
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&files[4]).expect("there")).expect("JSON");
    assert_eq!(document["sweep"]["values"], serde_json::json!([1.0, 4.0]));
    assert_eq!(document["models"].as_array().map(Vec::len), Some(4));
    // The stored run exports the same.
    let again = files.each_ref().map(|file| file.with_extension("again"));
    let mut arguments = vec!["show", files[5].to_str().expect("text"), "--quiet"];
    for (flag, file) in flags.iter().zip(&again).take(5) {
        arguments.extend([flag.as_str(), file.to_str().expect("text")]);
    }
    let output = lab(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for (live, stored) in files.iter().zip(&again).take(5) {
        assert_eq!(std::fs::read(live).expect("there"), std::fs::read(stored).expect("there"), "{}", live.display());
    }
}

#[test]
fn mistakes_in_a_sweep_are_refused_before_anything_runs() {
    for (sweep, message) in [
        ("workers", "no sweep"),
        ("wrokers=1,2", "can't be swept"),
        ("workers=0,2", "whole numbers from 1"),
        ("step.9.ms=1,2", "counted from 1"),
    ] {
        let output = lab(&["run", "quick-tour", "--sweep", sweep]);
        assert_eq!(output.status.code(), Some(2), "{sweep}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(message) && output.stdout.is_empty(), "{sweep}: {complaint}");
    }
}

#[test]
fn a_point_beyond_a_limit_fails_with_the_limit_and_the_others_are_kept() {
    // Address space for a few thousand stacks.
    let folder = tempfile::tempdir().expect("a folder");
    let models = [ModelId::Async, ModelId::Threads];
    let file = common::write_experiment(folder.path(), &common::experiment(2, vec![common::wait(1_500.0)], &models));
    let (program, file) = (common::program(), file.to_str().expect("text").to_owned());
    let program = program.to_str().expect("text");
    let mut limited = common::shell();
    limited.args([
        "-c",
        &format!(
            "ulimit -v 3000000; exec '{program}' run '{file}' --trials 1 --warmups 0 --sweep tasks=2,20000 \
             --progress none --summary-csv -"
        ),
    ]);
    let output = limited.output().expect("a shell");
    let csv = text(&output.stdout);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let value = headers.iter().position(|header| header == "sweep_value").expect("a swept value");
    let statuses: Vec<(String, String, String)> = reader
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| (row[1].to_owned(), row[value].to_owned(), row[7].to_owned()))
        .collect();
    let status = |model: &str, tasks: &str| {
        statuses.iter().find(|one| one.0 == model && one.1 == tasks).map(|one| one.2.clone()).unwrap_or_default()
    };
    assert_eq!(output.status.code(), Some(1), "{csv}{}", text(&output.stderr));
    assert_eq!((status("threads", "2"), status("async", "20000")), ("completed".to_owned(), "completed".to_owned()));
    assert_eq!(status("threads", "20000"), "failed", "{csv}");
    assert!(text(&output.stderr).contains("Threads failed at 20,000"), "{}", text(&output.stderr));
}

#[test]
fn a_column_is_of_integers_or_of_decimals_from_its_first_row_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tasks.csv");
    for (sweep, expected) in [("task_ms=1,2.5", ["1.0", "2.5"]), ("tasks=2,4", ["2", "4"])] {
        let arguments = ["run", "io-bound", "--models", "async", "--trials", "1", "--no-save", "--quiet"];
        let to = path.to_str().expect("text");
        let output = lab(&[&arguments[..], &["--sweep", sweep, "--tasks-csv", to]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let value = column(&path, "sweep_value");
        let mut values: Vec<String> = rows(&path).iter().map(|row| row[value].to_owned()).collect();
        values.dedup();
        values.sort();
        values.dedup();
        assert_eq!(values, expected);
    }
}
