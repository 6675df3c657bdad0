//! The command line as scripts use it: outputs, messages and exit codes.

use std::fs;
use std::process::{Command, Output};

use crate::common;

fn lab(arguments: &[&str]) -> Output {
    common::lab().args(arguments).output().expect("the lab starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

const QUICK: &[&str] = &["run", "quick-tour", "--models", "async,sequential", "--warmups", "0"];

/// Runs a short experiment, with two rounds unless `more` has `--trials`.
fn quick(more: &[&str]) -> Output {
    let rounds: &[&str] = if more.contains(&"--trials") { &[] } else { &["--trials", "2"] };
    lab(&[QUICK, rounds, more].concat())
}

#[test]
fn a_run_prints_a_table_on_stdout_and_progress_on_stderr() {
    let output = quick(&[]);
    let (table, progress) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{progress}");
    assert!(table.contains("times as fast") && table.contains("Sequential") && table.contains("reference"), "{table}");
    assert!(progress.contains("round 2 of 2"), "{progress}");
    let quiet = quick(&["--quiet"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty());
}

#[test]
fn one_output_may_be_stdout_and_the_table_goes_to_stderr() {
    let output = quick(&["--json", "-"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    assert_eq!(json["experiment"]["id"], "quick-tour");
    assert_eq!(json["models"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["models"][0]["trials"].as_array().map(Vec::len), Some(2));
    assert!(json["machine"]["logical_cpus"].as_u64().is_some_and(|cpus| cpus >= 1));
    assert!(stderr(&output).contains("times as fast"));
    let clash = quick(&["--json", "-", "--summary-csv", "-"]);
    assert_eq!(clash.status.code(), Some(2));
    assert!(stderr(&clash).contains("--summary-csv") && stderr(&clash).contains("--json"));
}

#[test]
fn the_four_csvs_agree_with_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (summary, trials, tasks, cpu) = (path("s.csv"), path("t.csv"), path("k.csv"), path("c.csv"));
    let output = quick(&["--summary-csv", &summary, "--trials-csv", &trials, "--tasks-csv", &tasks, "--cpu-csv", &cpu]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let read = |path: &str| {
        let mut reader = csv::Reader::from_path(path).expect("readable");
        reader.deserialize().collect::<Result<Vec<std::collections::HashMap<String, String>>, _>>().expect("rows")
    };
    let (summary, trials, tasks) = (read(&summary), read(&trials), read(&tasks));
    assert_eq!((summary.len(), trials.len(), tasks.len()), (2, 4, 64));
    for row in &summary {
        let walls: Vec<f64> = trials
            .iter()
            .filter(|trial| trial["model"] == row["model"])
            .map(|trial| trial["wall_ms"].parse().expect("a number"))
            .collect();
        let median: f64 = row["wall_ms_median"].parse().expect("a number");
        assert!((median - f64::midpoint(walls[0], walls[1])).abs() < 1e-9);
        assert_eq!(row["wall_ms_ci95_low"], "", "two trials have no interval");
        assert_eq!(row["gil_wait_ms"], "", "Rust has no interpreter lock to wait for");
    }
    let first = &tasks[0];
    let number = |column: &str| first[column].parse::<u64>().expect("nanoseconds");
    assert!(number("started_ns") <= number("finished_ns") && number("wait_ns") >= 8_000_000);
}

#[test]
fn the_start_method_is_a_flag_and_named_with_the_result() {
    let wrong = quick(&["--start-method", "clone"]);
    assert_eq!(wrong.status.code(), Some(2));
    let message = stderr(&wrong);
    for part in ["--start-method", "clone", "allowed are default, fork, spawn, forkserver"] {
        assert!(message.contains(part), "{message}");
    }
    let unused = quick(&["--start-method", "spawn"]);
    assert_eq!(unused.status.code(), Some(2));
    assert!(stderr(&unused).contains("no chosen model starts processes of Python"), "{}", stderr(&unused));
    if crate::common::python().is_none() {
        return;
    }
    let run = ["run", "quick-tour", "--models", "py-sequential,py-processes", "--tasks", "2", "--trials", "1"];
    for method in ["spawn", "forkserver"] {
        let more = ["--warmups", "0", "--start-method", method, "--summary-csv", "-"];
        let output = lab(&[&run[..], &more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let notes = stderr(&output);
        assert!(notes.contains(&format!("Start method {method}: multiprocessing")), "{notes}");
        let mut rows = csv::Reader::from_reader(output.stdout.as_slice());
        let rows: Vec<std::collections::HashMap<String, String>> =
            rows.deserialize().collect::<Result<_, _>>().expect("rows");
        assert_eq!((rows[0]["start_method"].as_str(), rows[1]["start_method"].as_str()), ("", method));
    }
}

/// Reads the exports with Python's `csv` and recomputes the medians from the trials.
const READER: &str = r#"
import csv, statistics, sys
contract = sys.argv[3:]
rows = lambda path: list(csv.DictReader(open(path, newline="", encoding="utf-8")))
summary, trials = rows(sys.argv[1]), rows(sys.argv[2])
assert list(summary[0]) == contract, list(summary[0])
for row in summary:
    mine = [trial for trial in trials if trial["model"] == row["model"] and trial["status"] == "completed"]
    for column in ("wall_ms", "cpu_user_ms", "cpu_system_ms", "voluntary_switches", "peak_memory_bytes", "setup_ms"):
        name = {"wall_ms": "wall_ms_median", "setup_ms": "setup_ms_median"}.get(column, column)
        again = statistics.median(float(trial[column]) for trial in mine)
        assert abs(float(row[name]) - again) <= 1e-9 * abs(again), (row["model"], name, row[name], again)
print(len(summary))
"#;

const SUMMARY_COLUMNS: &str = "experiment,model,host,runtime,tasks,workers,trials,status,wall_ms_median,wall_ms_mean,\
wall_ms_stddev,wall_ms_min,wall_ms_max,wall_ms_ci95_low,wall_ms_ci95_high,speedup,speedup_ci95_low,speedup_ci95_high,\
ideal_ms,efficiency,throughput_per_s,cpu_user_ms,cpu_system_ms,cpu_cores_used,voluntary_switches,involuntary_switches,\
peak_memory_bytes,queue_ms_p50,queue_ms_p95,queue_ms_p99,latency_ms_p50,latency_ms_p95,latency_ms_p99,caveats,reference,\
setup_ms_median,teardown_ms_median,work,seed,lock_wait_ms,gil_wait_ms,lost_updates,lab_version,started_at,\
expected_updates,got_updates,ticker_late_ms_median,ticker_late_ms_worst,server_cpu_ms,storage_read_bytes,\
storage_written_bytes,memory_gb_per_s,gil_wait_error_ms,pss_bytes,record_bytes,start_method,throttled_ms,\
     latency_ms_p999,latency_ms_max,sweep_key,sweep_value,settings,transfer_input_ms,transfer_output_ms,fairness,step_ms_mean";

#[test]
fn another_program_reads_the_exports_and_finds_the_same_medians() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        crate::common::skipped("no python3 on this machine to read the CSV with");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (summary, trials) = (path("summary.csv"), path("trials.csv"));
    let output = quick(&["--trials", "7", "--summary-csv", &summary, "--trials-csv", &trials]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let read = Command::new("python3")
        .args(["-c", READER, &summary, &trials])
        .args(SUMMARY_COLUMNS.split(','))
        .output()
        .expect("python3 runs");
    assert!(read.status.success(), "{}", stderr(&read));
    assert_eq!(stdout(&read).trim(), "2");
}

#[test]
fn usage_errors_exit_with_2_and_state_the_allowed_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.toml");
    fs::write(&bad, "id = \"bad\"\ntitle = \"Bad\"\n[workload]\ntasks = 0\n").expect("written");
    let cases: &[(&[&str], &[&str])] = &[
        (&["run", "quick-tor"], &["quick-tor", "quick-tour", "many-sleepers"]),
        (&["run", "quick-tour", "--models", "thread"], &["--models", "thread-pool"]),
        (&["run", "quick-tour", "--tasks", "0"], &["tasks is 0", "1 to 1,000,000"]),
        (&["run", "quick-tour", "--task-ms", "-3"], &["--task-ms", "-3"]),
        (&["run", "tiny-tasks", "--task-ms", "3"], &["--task-ms", "no timed step"]),
        (&["run", "task-a-b", "--task-ms", "3"], &["--task-ms", "task list"]),
        (&["run", "task-a-b", "--tasks", "3"], &["--tasks", "list"]),
        (&["run", "quick-tour", "--trials", "0"], &["--trials", "auto"]),
        (&["run", "quick-tour", "--workers", "0"], &["workers is 0"]),
        (&["run", "quick-tour", "--reference", "nobody"], &["--reference", "nobody"]),
        (&["run", "missing.toml"], &["missing.toml"]),
        (&["run", bad.to_str().expect("text")], &["bad.toml:4:9", "tasks is 0"]),
        (&["presets", "nothing"], &["nothing", "quick-tour"]),
        (&["--preset", "nothing"], &["nothing", "quick-tour"]),
    ];
    for (arguments, expected) in cases {
        let output = lab(arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        for part in *expected {
            assert!(message.contains(part), "{arguments:?} gave {message:?}, without {part:?}");
        }
    }
}

#[test]
fn an_output_that_can_not_be_written_is_reported_before_the_first_trial() {
    let output = quick(&["--json", "no-such-folder/out.json"]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("--json no-such-folder/out.json") && !message.contains("round"), "{message}");
}

#[test]
fn a_preset_can_be_printed_edited_and_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = stdout(&lab(&["presets", "quick-tour", "--toml"]));
    let path = folder.path().join("mine.toml");
    fs::write(&path, text.replace("tasks = 16", "tasks = 3")).expect("written");
    let output = lab(&["run", path.to_str().expect("text"), "--models", "async", "--trials", "1", "--tasks-csv", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 4, "a header and three tasks");
}

#[test]
fn a_stored_run_is_no_experiment_and_its_commands_are_named() {
    let output = lab(&["run", "results/last.clab"]);
    assert_eq!(output.status.code(), Some(2));
    let expected =
        "results/last.clab is a stored run, not an experiment: \"concurrency-lab show results/last.clab\" prints it";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn a_reference_that_is_not_chosen_gives_way_to_one_that_is() {
    let reference = |models: &str, more: &[&str]| {
        let output = lab(&[&["run", "io-bound", "--dry-run", "--models", models], more].concat());
        let text = stdout(&output);
        let line = text.lines().find(|line| line.ends_with(", the reference")).map(str::trim);
        line.and_then(|line| line.split_whitespace().next()).unwrap_or("none").to_owned()
    };
    assert_eq!(reference("threads,sequential", &[]), "sequential");
    assert_eq!(reference("threads,async", &[]), "threads");
    assert_eq!(reference("py-threads,py-sequential", &[]), "py-sequential");
    assert_eq!(reference("threads,async", &["--reference", "async"]), "async");
}

#[test]
fn a_task_list_beside_its_file_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("list.csv"), "name,compute_ms,wait_ms\nA,0,20\nB,1,30\n").expect("written");
    let path = folder.path().join("listed.toml");
    fs::write(&path, "id = \"listed\"\ntitle = \"Listed\"\n[workload]\ntask_list = \"list.csv\"\n").expect("written");
    let output = lab(&[
        "run",
        path.to_str().expect("text"),
        "--models",
        "threads",
        "--trials",
        "1",
        "--warmups",
        "0",
        "--tasks-csv",
        "-",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(",1,B,"), "{}", stdout(&output));
}

#[test]
fn lists_and_the_doctor_print_json() {
    for (arguments, key) in [(["presets", "--json"], "id"), (["models", "--json"], "title")] {
        let list: serde_json::Value = serde_json::from_slice(&lab(&arguments).stdout).expect("JSON");
        assert!(list.as_array().is_some_and(|rows| rows.len() >= 9 && rows.iter().all(|row| row[key].is_string())));
    }
    let doctor: serde_json::Value = serde_json::from_slice(&lab(&["doctor", "--json"]).stdout).expect("JSON");
    assert!(doctor["machine"]["limits"].is_object() && doctor["noise"].is_object(), "{doctor}");
}

#[test]
fn a_dry_run_runs_nothing() {
    let output = lab(&["run", "cpu-bound", "--dry-run", "--tasks", "7"]);
    let text = stdout(&output);
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(text.contains("7 tasks") && text.contains("process-pool") && text.contains("In all about"), "{text}");
    let models = "thread-pool{workers=16},async";
    let text = stdout(&lab(&["run", "cpu-bound", "--dry-run", "--models", models]));
    let times: Vec<_> =
        text.lines().filter(|line| line.contains(" a trial")).map(|line| line.find(" about ")).collect();
    assert!(times.len() == 2 && times[0].is_some() && times[0] == times[1], "in one column: {text}");
    let missing = lab(&["run", "--command", "./nothing-here", "--dry-run"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("nothing-here"), "{}", stderr(&missing));
    let folded = stderr(&lab(&["run", "a\nb.py:f", "--dry-run"]));
    assert!(folded.lines().count() == 1 && folded.contains("a\\nb.py"), "{folded}");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_window_names_the_terminal_command() {
    let output = common::lab()
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the lab starts");
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("concurrency-lab run"), "{message}");
    assert!(!message.contains("panicked"), "{message}");
}

/// A program that takes long to answer, in front of one that does: the terminal says what it waits for.
#[cfg(unix)]
#[test]
fn the_terminal_says_that_it_waits_for_an_interpreter() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(interpreters) = common::python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let real = folder.path().join("python3");
    fs::write(&real, format!("#!/bin/sh\nsleep 3\nexec '{}' \"$@\"\n", interpreters.usable[0].path.display()))
        .expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o755)).expect("set");
    let dry = |path: &std::path::Path| {
        let mut command = common::lab();
        command.args(["run", "tiny-tasks", "--models", "py-threads", "--dry-run", "--python"]).arg(path);
        stderr(&command.output().expect("the lab starts"))
    };
    let waits = "looking for Python: a program has not answered yet; each has 15 s";
    assert_eq!(dry(&real).matches(waits).count(), 1);
    assert!(!dry(&interpreters.usable[0].path).contains(waits));
}
