//! Kinds of faults that no other module shows: suspended processes, folders and programs that vanish, exhausted handles and
//! memory, a killed guard, two labs on one history. Each ends in a stated failure or does not matter; nothing is left.
//! Also the list of all kinds, with the test that shows each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use concurrency_lab::experiment::TrialCount;
use concurrency_lab::model::ModelId;
use concurrency_lab::record::{DATA_VARIABLE, RunStatus, Store};
use concurrency_lab::workload::{Lock, SectionWork, Step};

use crate::common;
use crate::common::marked::{Marked, SOON, signal};

/// Kinds of faults: what fails, the file of the test below `tests/integration` or `src`, and the name of the test.
const KINDS: [(&str, &str, &str); 65] = [
    ("a process of any kind is killed at a random moment", "random_kills.rs", "kills_at_random_moments_lose_nothing"),
    ("the runner is killed", "faults.rs", "a_killed_runner_is_a_stated_failure"),
    ("the lab is killed", "faults.rs", "a_killed_lab_leaves_no_process_behind"),
    ("the lab is killed while it stores", "record/killed.rs", "no_finished_trial_is_lost"),
    ("lab and runner are killed together", "leftovers.rs", "the_next_run_removes_the_folder_of_a_lab_killed"),
    ("all with the lab's name are killed", "fault_kinds.rs", "all_that_have_the_name_of_the_lab_are_killed"),
    ("the window is killed", "display.rs", "a_killed_window_loses_no_trial"),
    ("a pool worker is killed", "faults.rs", "a_killed_worker_is_a_stated_failure"),
    ("the HTTP server is killed", "faults.rs", "a_killed_server_is_named_and_not_its_clients"),
    ("the interpreter is killed", "leftovers.rs", "nothing_is_left_of_an_interpreter_and_its_workers"),
    ("the lab is killed in a self-check", "selfcheck.rs", "a_plain_script_ends_with_the_lab"),
    ("the guard is killed", "fault_kinds.rs", "a_killed_guard_changes_nothing"),
    ("a worker of a Python library is killed", "own_code/libraries.rs", "a_killed_worker_is_a_stated_failure"),
    ("a dask scheduler is killed", "dask_scheduler.rs", "a_scheduler_that_is_killed_is_a_stated_failure"),
    ("dask workers are killed", "dask_scheduler.rs", "workers_that_are_killed_are_a_stated_failure"),
    ("a worker dies while it is sent data", "payload.rs", "a_worker_that_dies_in_the_middle_of_a_transfer"),
    ("the user's function ends its process", "own_code/faults.rs", "leaving_the_program_is_a_failure_of_the_task"),
    ("signals of a terminal and a session", "faults.rs", "signals_end_the_tree_and_finished_trials_are_exported"),
    ("signals inherited as ignored", "doors.rs", "a_parent_that_ignores_the_end_of_children"),
    ("a runner that does not read hangs", "session/launcher/tests.rs", "a_runner_that_does_not_read_its_request"),
    ("a runner that says nothing hangs", "session/launcher/tests.rs", "a_cancel_ends_the_wait_for_a_hello"),
    ("the user's function hangs", "own_code/faults.rs", "a_function_that_hangs_is_ended_by_the_time_out"),
    ("the user's program hangs", "own_code/commands.rs", "a_program_that_is_killed_or_hangs_is_stated"),
    ("tasks deadlock", "steps.rs", "two_locks_in_opposite_order_deadlock"),
    ("a result arrives when the time is over", "session/launcher/tests.rs", "a_result_that_is_on_its_way"),
    ("the lab is suspended", "fault_kinds.rs", "a_trial_that_finished_while_the_lab_was_suspended_counts"),
    ("the runner is suspended", "faults.rs", "a_runner_that_is_stopped_early_ends_by_the_time_out"),
    ("a worker, server, interpreter or guard is suspended", "fault_kinds.rs", "whatever_is_suspended"),
    ("floods and garbage of a runner", "session/launcher/tests.rs", "every_way_of_talking_nonsense"),
    ("floods and garbage of an interpreter", "python.rs", "output_before_the_program_begins_is_not_read"),
    ("what a function prints", "own_code/faults.rs", "what_a_function_prints_and_reads_does_not_disturb"),
    ("a runner of another version", "session/launcher/tests.rs", "every_way_of_talking_nonsense"),
    ("a record of another version", "record/strangers.rs", "a_newer_format_names_the_version_that_reads_it"),
    ("frames with other bytes", "fuzz.rs", "mutated_frames_are_read_or_refused"),
    ("connections of strangers", "faults.rs", "connections_of_other_users_do_not_starve_the_server"),
    ("a full disk of the history", "record/beside.rs", "a_full_disk_of_the_history_is_named"),
    ("a full disk of temporary files", "doors.rs", "a_full_folder_for_temporary_files_is_named"),
    ("a full disk of an export", "faults.rs", "a_full_disk_for_the_export_is_reported"),
    ("the end of a run does not fit on the disk", "record/beside.rs", "a_run_with_all_its_trials_is_completed"),
    (
        "a full or read-only disk of presets, consents, settings and exports",
        "full_disk.rs",
        "what_does_not_fit_on_a_disk_leaves_the_old_file",
    ),
    ("a preset that can't be deleted or brought back", "full_disk.rs", "a_preset_deleted_on_a_read_only_disk"),
    ("a full disk of presets, in the window", "full_disk.rs", "the_window_says_that_a_preset_does_not_fit"),
    ("a full disk of the calibration cache", "full_disk.rs", "a_calibration_cache_that_does_not_fit"),
    ("a full or read-only disk of a stored run's changes and copies", "full_disk.rs", "changes_of_a_stored_run"),
    ("a full shared memory", "doors.rs", "a_shared_memory_that_python_can_not_use_is_named"),
    ("a limit on the size of files", "doors.rs", "a_limit_on_the_size_of_files_is_a_stated_reason"),
    ("a read-only disk of history, cache and settings", "record/beside.rs", "a_read_only_disk_stops_no_run"),
    ("an output that can't be written", "terminal.rs", "an_output_that_can_not_be_written_is_reported"),
    ("a history that can't be created", "record/history.rs", "a_record_that_fails_says_why"),
    ("a cache that is a pipe", "doors.rs", "a_fifo_as_calibration_cache_does_not_stop_a_run"),
    ("no handles for the server", "faults.rs", "a_server_without_file_descriptors_fails_at_once"),
    ("no handles for the lab", "fault_kinds.rs", "with_few_handles_or_little_memory"),
    ("no memory for the lab", "fault_kinds.rs", "with_few_handles_or_little_memory"),
    ("no memory for a function", "own_code/faults.rs", "much_memory_is_measured_or_a_failed_allocation"),
    ("no threads", "faults.rs", "a_limit_on_threads_is_a_result"),
    ("no processes", "fault_kinds.rs", "without_processes_the_reason_is_stated"),
    ("no folder for temporary files", "fault_kinds.rs", "a_missing_folder_for_temporary_files_is_named"),
    ("the folder of a trial is removed", "fault_kinds.rs", "a_folder_of_a_trial_that_is_removed"),
    ("the record is removed, replaced or cut off", "record/beside.rs", "a_run_whose_files_vanish_is_reported"),
    ("a stored run is cut off", "record/damaged.rs", "a_file_that_is_cut_off_keeps_the_trials"),
    ("a stored run has other bytes", "record/damaged.rs", "a_file_with_other_bytes_is_read_as_it_was_written"),
    ("the lab's program is replaced during a run", "fault_kinds.rs", "a_program_that_vanishes_during_a_run"),
    ("two labs use one history", "fault_kinds.rs", "two_labs_share_a_history"),
    ("there is no display", "terminal.rs", "without_a_display_the_window_names_the_terminal_command"),
    ("the display is lost", "display.rs", "a_lost_display_loses_no_trial"),
];

#[test]
fn every_kind_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (kind, file, test) in KINDS {
        let texts = ["tests/integration", "src"].map(|folder| fs::read_to_string(root.join(folder).join(file)));
        let found = texts.into_iter().flatten().any(|text| text.contains(&format!("fn {test}")));
        assert!(found, "{kind}: {file} has no test {test}");
    }
}

/// Writes an experiment with a file, a lock and a download per task. The server answers after `latency_ms`. Nothing
/// computes, so that nothing is calibrated.
fn write(folder: &Path, latency_ms: f64, timeout_seconds: f64, models: &[ModelId], rounds: u32) -> PathBuf {
    let lock = Step::critical(0.1, Lock::Mutex, 1, SectionWork::Wait);
    let steps = vec![Step::file(20_000, false), lock, Step::http(latency_ms, 100), Step::file(20_000, false)];
    let mut experiment = common::experiment(4, steps, models);
    experiment.trials.timeout_seconds = timeout_seconds;
    experiment.trials.count = TrialCount::Fixed(rounds);
    common::write_experiment(folder, &experiment)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("there").next().is_none()
}

/// Waits until the trial's requests are with its server: its clock runs.
fn wait_for_requests(lab: &Marked, folder: &Path) {
    lab.wait_until("a server", |lab| !lab.with_argument("__server").is_empty());
    let has_files = |folder: &Path| {
        let trial = fs::read_dir(folder).into_iter().flatten().flatten().next();
        trial.is_some_and(|trial| fs::read_dir(trial.path().join("trial")).is_ok_and(|files| files.count() > 2))
    };
    lab.wait_until("files of the tasks", |_| has_files(folder));
}

#[test]
fn a_trial_that_finished_while_the_lab_was_suspended_counts() {
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let file = write(here.path(), 700.0, 1.2, &[ModelId::Threads], 1);
    let lab = Marked::start_in("suspended-lab", &["run", text(&file)], &[("TMPDIR", temporary.path())]);
    wait_for_requests(&lab, temporary.path());
    let id = lab.child.id() as i32;
    signal(id, "-STOP");
    std::thread::sleep(Duration::from_millis(2_000));
    signal(id, "-CONT");
    let (code, stdout, stderr) = lab.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(is_empty(temporary.path()));
}

#[test]
fn whatever_is_suspended_the_time_out_ends_the_trial() {
    let mut cases = vec![(ModelId::ProcessPool, "__worker", 1), (ModelId::Threads, "__server", 1)];
    if common::python().is_some() {
        cases.extend([(ModelId::PyProcessPool, "-I", 1), (ModelId::PyThreads, "__watch", 0)]);
    }
    for (model, argument, expected) in cases {
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let file = write(here.path(), 300.0, 2.0, &[model], 1);
        let name = format!("suspended{argument}");
        let lab = Marked::start_in(&name, &["run", text(&file)], &[("TMPDIR", temporary.path())]);
        lab.wait_for_workers("__server", 1);
        lab.wait_for_workers(argument, 1);
        for id in lab.with_argument(argument) {
            // Some may have ended since they were found.
            let _ = std::process::Command::new("kill").args(["-STOP", &id.to_string()]).output();
        }
        let begun = Instant::now();
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(expected), "{argument}: {stdout}{stderr}");
        assert!(begun.elapsed() < SOON, "{argument}");
        assert!(expected == 0 || stdout.contains("timed out after 2.00 s"), "{argument}: {stdout}{stderr}");
        assert!(is_empty(temporary.path()), "{argument}");
    }
}

#[test]
fn a_killed_guard_changes_nothing_and_a_runner_killed_after_it_leaves_nothing() {
    if common::python().is_none() {
        return;
    }
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    for (latency_ms, then) in [(500.0, "nothing"), (60_000.0, "the runner"), (60_000.0, "the lab")] {
        let file = write(here.path(), latency_ms, 100.0, &[ModelId::PyProcessPool], 1);
        let name = format!("guard-{}", then.replace(' ', "-"));
        let mut lab = Marked::start_in(&name, &["run", text(&file)], &[("TMPDIR", temporary.path())]);
        lab.wait_for_workers("__server", 1);
        lab.wait_for_workers("__watch", 1);
        lab.wait_for_workers("-I", 1);
        signal(lab.with_argument("__watch")[0], "-KILL");
        match then {
            "nothing" => {}
            "the runner" => signal(lab.with_argument("__runner")[0], "-KILL"),
            _ => {
                lab.child.kill().expect("SIGKILL");
                lab.child.wait().expect("it is dead");
                lab.nothing_is_left();
                assert!(is_empty(temporary.path()), "{then}");
                continue;
            }
        }
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(i32::from(then != "nothing")), "{then}: {stdout}{stderr}");
        assert!(is_empty(temporary.path()), "{then}");
    }
}

/// As `killall -9 concurrency-lab` does. Nothing that is left has an end of its own within the test.
#[test]
fn all_that_have_the_name_of_the_lab_are_killed_and_no_interpreter_stays() {
    if common::python().is_none() {
        return;
    }
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let of_name = |lab: &Marked, wanted: &str| -> Vec<i32> {
        let name = |process: &i32| fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        lab.with_argument("").into_iter().filter(|process| name(process).trim_end() == wanted).collect()
    };
    for model in [ModelId::PyThreads, ModelId::PyProcessPool] {
        let mut experiment = common::experiment(4, vec![common::wait(60_000.0)], &[model]);
        experiment.trials.count = TrialCount::Fixed(1);
        let file = common::write_experiment(here.path(), &experiment);
        let mut lab =
            Marked::start_in(&format!("name-{}", model.name()), &["run", text(&file)], &[("TMPDIR", temporary.path())]);
        lab.wait_until("the guard under its own name", |lab| !of_name(lab, "lab-guard").is_empty());
        lab.wait_for_workers("-I", 1);
        let named: Vec<String> = of_name(&lab, "concurrency-lab").iter().map(ToString::to_string).collect();
        assert!(named.len() >= 2, "lab and runner: {named:?}");
        // One that follows another may be gone already.
        let _ = Command::new("kill").arg("-KILL").args(&named).stderr(Stdio::null()).status().expect("kill is there");
        lab.child.wait().expect("it is dead");
        lab.nothing_is_left();
    }
}

#[test]
fn a_missing_folder_for_temporary_files_is_named_and_the_rest_goes_on() {
    let here = tempfile::tempdir().expect("a folder");
    let missing = here.path().join("missing");
    let python = if common::python().is_some() { ",py-threads" } else { "" };
    let models = format!("sequential,processes{python}");
    let arguments = ["run", "quick-tour", "--models", &models, "--tasks", "4", "--task-ms", "1", "--trials", "1"];
    let lab = Marked::start_in("no-temporary", &arguments, &[("TMPDIR", &missing)]);
    let (code, stdout, stderr) = lab.finish();
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("missing") && stdout.contains("Sequential"), "{stdout}{stderr}");
    assert!(!stderr.contains("panicked") && !missing.exists(), "{stderr}");
}

#[test]
fn a_folder_of_a_trial_that_is_removed_is_a_stated_failure() {
    let mut models = vec![ModelId::Threads, ModelId::ProcessPool];
    if common::python().is_some() {
        models.push(ModelId::PyThreads);
    }
    for model in models {
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let file = write(here.path(), 700.0, 30.0, &[model], 1);
        let name = format!("removed-{}", model.name());
        let lab = Marked::start_in(&name, &["run", text(&file)], &[("TMPDIR", temporary.path())]);
        lab.wait_for_workers("__server", 1);
        wait_for_requests(&lab, temporary.path());
        let folder = fs::read_dir(temporary.path()).expect("there").flatten().next().expect("the trial's").path();
        // The trial may put a file there meanwhile.
        let removed = (0..100).any(|_| fs::remove_dir_all(&folder).is_ok() || !folder.exists());
        assert!(removed, "{name}");
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(1), "{name}: {stdout}{stderr}");
        assert!(stderr.contains("No such file or directory"), "{name}: {stdout}{stderr}");
        assert!(!stderr.contains("panicked"), "{name}: {stderr}");
        assert!(is_empty(temporary.path()), "{name}");
    }
}

#[test]
fn a_program_that_vanishes_during_a_run_is_named_and_finished_trials_stay() {
    for replaced in [false, true] {
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let program = here.path().join("lab");
        fs::copy(common::program(), &program).expect("copied");
        let file = write(here.path(), 300.0, 30.0, &[ModelId::Threads], 3);
        let script = format!("exec '{}' run '{}' --progress plain", program.display(), file.display());
        let name = format!("vanishing-{replaced}");
        let data = here.path().join("data");
        let environment = [("TMPDIR", temporary.path()), (DATA_VARIABLE, data.as_path())];
        let mut lab = Marked::shell(&name, &script, &environment);
        wait_for_requests(&lab, temporary.path());
        fs::remove_file(&program).expect("removed");
        if replaced {
            fs::write(&program, "#!/bin/sh\necho another program\n").expect("written");
            fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("set");
        }
        let mut line = String::new();
        std::io::BufRead::read_line(&mut lab.stderr, &mut line).expect("text");
        let (code, stdout, stderr) = lab.finish();
        let stderr = line + &stderr;
        assert!(!stderr.contains("panicked"), "{stderr}");
        let history = Store::at(data.join("runs"));
        let id = history.ids().expect("readable").pop().expect("stored");
        let run = history.open(&id).expect("readable");
        let completed = run.results.first().trials.iter().filter(|trial| trial.completed().is_some()).count();
        assert!(completed >= 1, "replaced: {replaced}: {stdout}{stderr}");
        // Where the system starts the removed program all the same, the run is whole.
        assert!(
            code == Some(0) && completed == 3 || code == Some(1),
            "replaced: {replaced}: {code:?} {stdout}{stderr}"
        );
        assert!(code == Some(0) || stderr.contains("lab"), "replaced: {replaced}: {stderr}");
        assert!(is_empty(temporary.path()));
    }
}

#[test]
fn with_few_handles_or_little_memory_the_reason_is_stated() {
    let python = if common::python().is_some() { ",py-threads" } else { "" };
    let run = format!("run quick-tour --models threads,processes{python} --tasks 4 --task-ms 1 --trials 1 --warmups 0");
    // The executable itself takes part of the address space: below that it does not start.
    let handles = [10, 4, 7, 13, 16, 20].map(|count| format!("-n {count}"));
    let memory = [120, 160, 220, 300, 450].map(|megabytes| format!("-v {}", megabytes * 1_000));
    // One of each, unless more is asked for.
    let count = if std::env::var_os("CONCURRENCY_LAB_KILLS").is_some() { handles.len() } else { 1 };
    for limit in handles.into_iter().take(count).chain(memory.into_iter().take(count)) {
        let temporary = tempfile::tempdir().expect("a folder");
        let script = format!("ulimit {limit}; exec \"$LAB\" {run}");
        let name = format!("limit{}", limit.replace(' ', "-"));
        let (code, stdout, stderr) = Marked::shell(&name, &script, &[("TMPDIR", temporary.path())]).finish();
        assert!(!stderr.contains("panicked"), "{limit}: {stderr}");
        let aborted = code.is_none() && stderr.contains("memory allocation of");
        assert!(aborted || matches!(code, Some(0 | 1 | 127)), "{limit}: {code:?} {stdout}{stderr}");
        assert!(code == Some(0) || !stderr.trim().is_empty(), "{limit}: {code:?} {stdout}");
        assert!(is_empty(temporary.path()), "{limit}: {:?} {stderr}", fs::read_dir(temporary.path()));
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_named_and_the_run_goes_on() {
    let (temporary, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let run = "run quick-tour --models threads --tasks 4 --task-ms 1 --trials 2 --warmups 0";
    // Blocks of 512 bytes: less than an empty stored run has.
    let script = format!("ulimit -f 40; exec \"$LAB\" {run}");
    let environment = [("TMPDIR", temporary.path()), (DATA_VARIABLE, data.path())];
    let (code, stdout, stderr) = Marked::shell("file-size", &script, &environment).finish();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("than a file of this process may be (") && stderr.contains("(ulimit -f)"), "{stderr}");
    assert!(stdout.contains("Threads"), "{stdout}");
    assert!(is_empty(temporary.path()));
}

/// Words before a command that run it as a user without privileges.
const ANOTHER_USER: &str = "setpriv --reuid 54321 --regid 54321 --clear-groups --inh-caps=-all";

/// Gives the folders to [`ANOTHER_USER`], and returns a copy of the lab in the first: where the lab is built, others may
/// not reach it. `None`, visibly, where that is not permitted.
fn program_of_another_user(here: &Path, data: &Path) -> Option<PathBuf> {
    for folder in [here, data] {
        let owned = std::process::Command::new("chown").args(["54321:54321", text(folder)]).status();
        if !owned.is_ok_and(|status| status.success()) {
            common::skipped("another user's limits need root");
            return None;
        }
    }
    let program = here.join("lab");
    fs::copy(common::program(), &program).expect("copied");
    Some(program)
}

#[test]
fn folders_that_a_function_makes_read_only_are_removed() {
    // The permissions of files bind users without privileges only.
    let (here, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(program) = program_of_another_user(here.path(), data.path()) else { return };
    let temporary = here.path().join("tmp");
    let function = "import os, tempfile\ndef leave(index):\n    made = os.path.join(tempfile.mkdtemp(), 'inner')\n    \
                    os.mkdir(made)\n    open(os.path.join(made, 'file'), 'w').close()\n    os.chmod(made, 0o555)\n    \
                    os.chmod(os.path.dirname(made), 0)\n    return tempfile.gettempdir()\n";
    fs::write(here.path().join("leaves.py"), function).expect("written");
    let run = "run leaves.py:leave --models py-sequential --tasks 2 --trials 1 --warmups 0 --python /usr/bin/python3";
    let script = format!(
        "cd {here} && mkdir -m 700 tmp && chown 54321:54321 tmp leaves.py && TMPDIR={here}/tmp exec {ANOTHER_USER} {} {run}",
        program.display(),
        here = here.path().display(),
    );
    let environment = [(DATA_VARIABLE, data.path()), ("HOME", here.path())];
    let (code, stdout, stderr) = Marked::shell("read-only-folders", &script, &environment).finish();
    if stderr.contains("setpriv") || stderr.contains("/usr/bin/python3") {
        common::skipped("another user's folders need root, setpriv and /usr/bin/python3");
        return;
    }
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("loop"), "the model ran: {stdout}");
    assert!(
        is_empty(&temporary),
        "{:?} {stderr}",
        fs::read_dir(&temporary).map(|all| all.flatten().collect::<Vec<_>>())
    );
}

#[test]
fn without_processes_the_reason_is_stated() {
    // The limit counts for users without privileges only.
    let (here, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(program) = program_of_another_user(here.path(), data.path()) else { return };
    for processes in [2, 9, 25] {
        let run =
            "run quick-tour --models threads,processes,process-pool --tasks 30 --task-ms 1 --trials 1 --warmups 0";
        let script = format!("exec {ANOTHER_USER} sh -c 'ulimit -u {processes}; exec {} {run}'", program.display());
        let environment = [("TMPDIR", here.path()), (DATA_VARIABLE, data.path()), ("HOME", here.path())];
        let (code, stdout, stderr) = Marked::shell(&format!("processes-{processes}"), &script, &environment).finish();
        if stderr.contains("setpriv") {
            common::skipped("another user's limits need root and setpriv");
            return;
        }
        assert!(!stderr.contains("panicked"), "{processes}: {stderr}");
        assert!(matches!(code, Some(0 | 1)), "{processes}: {code:?} {stdout}{stderr}");
        assert!(code == Some(0) || !stderr.trim().is_empty(), "{processes}: {stdout}");
        let left: Vec<_> = fs::read_dir(here.path()).expect("there").flatten().map(|entry| entry.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("concurrency-lab-")), "{processes}: {left:?}");
    }
}

#[test]
fn two_labs_share_a_history_and_a_third_lists_it_meanwhile() {
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let data = here.path().join("data");
    let environment = [("TMPDIR", temporary.path()), (DATA_VARIABLE, data.as_path())];
    let file = write(here.path(), 5.0, 30.0, &[ModelId::Threads, ModelId::ProcessPool], 6);
    let labs =
        [0, 1, 2].map(|number| Marked::start_in(&format!("two-labs-{number}"), &["run", text(&file)], &environment));
    let history = Store::at(data.join("runs"));
    let mut lists = 0;
    let gives_up = Instant::now() + SOON;
    while history.ids().is_ok_and(|ids| ids.len() < 3) || lists < 20 {
        for entry in history.list().expect("readable") {
            let head = entry.head.unwrap_or_else(|error| panic!("{}: {error}", entry.id));
            assert!(head.status == RunStatus::Running || head.status == RunStatus::Completed, "{:?}", head.status);
        }
        lists += 1;
        std::thread::sleep(Duration::from_millis(20));
        assert!(Instant::now() < gives_up, "three runs");
    }
    for lab in labs {
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert!(!stderr.contains("not being stored"), "{stderr}");
    }
    let ids = history.ids().expect("readable");
    assert_eq!(ids.len(), 3);
    for id in ids {
        let run = history.open(&id).expect("readable");
        assert_eq!((run.head.status, run.results.first().trials.len()), (RunStatus::Completed, 12));
    }
    let left: Vec<PathBuf> =
        fs::read_dir(history.folder()).expect("there").flatten().map(|entry| entry.path()).collect();
    assert!(left.iter().all(|path| path.extension().is_some_and(|ending| ending == "clab")), "{left:?}");
    assert!(is_empty(temporary.path()));
}
