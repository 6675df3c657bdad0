//! Reports from the command line: of a run that has just ended and of a stored one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use concurrency_lab::model::ModelId;

use crate::common;

fn lab(arguments: &[&str]) -> Output {
    common::lab().args(arguments).output().expect("the lab starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Runs a small experiment with these flags, and saves it.
fn run(folder: &Path, flags: &[&str]) -> (Output, PathBuf) {
    let models = [ModelId::Sequential, ModelId::ThreadPool];
    let steps = vec![common::compute(1.0), common::wait(2.0)];
    let file = common::write_experiment(folder, &common::experiment(6, steps, &models));
    let stored = folder.join("run.clab");
    let mut arguments = vec!["run", file.to_str().expect("text"), "--trials", "2", "--progress", "none", "--no-save"];
    arguments.extend(["--save", stored.to_str().expect("text")]);
    arguments.extend(flags);
    (lab(&arguments), stored)
}

#[test]
fn a_run_and_its_record_give_the_same_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let live = ["a.md", "a.html", "a.trace.json", "a.svg", "a.cpu.png"].map(path);
    let charts = [live[3].clone(), format!("cpu={}", live[4])];
    let flags =
        ["--markdown", &live[0], "--html", &live[1], "--trace", &live[2], "--chart", &charts[0], "--chart", &charts[1]];
    let (output, stored) = run(folder.path(), &flags);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let head = table.lines().next().expect("a line");
    assert!(head.contains("CPU") && head.contains("concurrency-lab ") && head.contains(" · seed 7 · "), "{table}");
    let again = ["b.md", "b.html", "b.trace.json", "b.svg", "b.png"].map(path);
    for (index, file) in again.iter().enumerate() {
        let mut arguments = vec!["report", stored.to_str().expect("text"), "-o", file];
        if index == 4 {
            arguments.extend(["--chart", "cpu"]);
        }
        let output = lab(&arguments);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{file}");
    }
    for (one, other) in live.iter().zip(&again) {
        assert!(fs::read(one).expect("there") == fs::read(other).expect("there"), "{one} and {other} differ");
    }
    assert!(fs::read_to_string(&live[0]).expect("there").starts_with("# Test\n"));
    assert!(fs::read(&live[4]).expect("there").starts_with(b"\x89PNG"));
    let trace: serde_json::Value = serde_json::from_slice(&fs::read(&live[2]).expect("there")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    assert_eq!(events.iter().filter(|event| event["cat"] == "task").count(), 12, "six tasks of two models");
    assert_eq!(events.iter().filter(|event| event["cat"] == "step").count(), 24);
}

#[test]
fn a_report_goes_to_stdout_and_the_table_makes_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let (output, stored) = run(folder.path(), &["--markdown", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("# Test\n") && text(&output.stderr).contains(" · seed 7 · "));
    let shown = lab(&["show", stored.to_str().expect("text"), "--html", "-", "--quiet"]);
    assert!(text(&shown.stdout).starts_with("<!DOCTYPE html>") && shown.stderr.is_empty());
}

#[test]
fn a_sweep_has_a_scaling_chart_and_others_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let chart = folder.path().join("usual.svg");
    let (output, stored) = run(folder.path(), &["--sweep", "workers=1,2", "--chart", chart.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(fs::read_to_string(&chart).expect("there").contains("Wall time over workers"));
    let page = folder.path().join("sweep.html");
    let report = lab(&["report", stored.to_str().expect("text"), "-o", page.to_str().expect("text")]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report.stderr));
    assert!(fs::read_to_string(&page).expect("there").contains("<summary>Workers 2</summary>"));
    let (plain, stored) = run(folder.path(), &["--chart", "scaling=x.svg"]);
    assert_eq!(plain.status.code(), Some(2));
    assert!(text(&plain.stderr).contains("nothing is swept"), "{}", text(&plain.stderr));
    assert!(stored.exists(), "the record of the sweep is still there");
}

#[test]
fn mistakes_are_refused_before_anything_runs_and_name_what_is_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, stored) = run(folder.path(), &[]);
    let stored = stored.to_str().expect("text");
    let file = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    for (arguments, message) in [
        (vec!["report", stored, "-o", "x.pdf"], "allowed are .md, .html, .svg, .png, .trace.json"),
        (vec!["report", stored, "-o", "-"], "allowed are .md"),
        (vec!["report", stored, "-o", "x.md", "--chart", "cpu"], "needs a file that ends in .svg or .png"),
        (vec!["report", stored, "-o", "x.svg", "--chart", "scaling"], "nothing is swept"),
        (
            vec!["report", stored, "-o", "x.svg", "--chart", "pie"],
            "comparison, cpu, timeline, time-budget, distribution, scaling",
        ),
        (
            vec!["run", "quick-tour", "--chart", "pie=x.svg"],
            "comparison, cpu, timeline, time-budget, distribution, scaling",
        ),
        (vec!["run", "quick-tour", "--chart", "cpu=x.jpg"], ".svg or .png"),
        (vec!["run", "quick-tour", "--html", "x.html", "--markdown", "x.html"], "are the same file"),
    ] {
        let output = lab(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(message), "{arguments:?}: {}", text(&output.stderr));
    }
    let missing = file("none/x.html");
    let output = lab(&["report", stored, "-o", &missing]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no folder"), "{}", text(&output.stderr));
    let over = lab(&["report", stored, "-o", &file("x.md")]);
    assert_eq!(over.status.code(), Some(0), "{}", text(&over.stderr));
}

#[test]
fn a_report_states_the_workload_that_ran_and_not_that_of_the_preset() {
    let arguments = ["run", "io-bound", "--tasks", "7", "--task-ms", "3", "--workers", "4", "--models", "thread-pool"];
    let output = lab(&[&arguments[..], &["--trials", "1", "--no-save", "--quiet", "--markdown", "-"]].concat());
    let report = text(&output.stdout);
    assert!(!report.contains("100 ms, a pool of 5"), "{report}");
    assert!(report.contains("| Workload | 7 tasks: wait 3 ms |") && report.contains("| Workers | 4 |"), "{report}");
}
