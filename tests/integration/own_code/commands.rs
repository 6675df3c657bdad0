//! Commands: an external program per task under every model, native and Python.

use std::sync::Arc;

use super::{command, measured, python_models, reason, run_in};
use crate::common::{experiment, python};
use concurrency_lab::failure::{Exit, Failure, StepFailure, StepProblem};
use concurrency_lab::model::ModelId;
use concurrency_lab::python::Interpreters;
use concurrency_lab::workload::Step;

/// All models of Rust, and those of Python that are here.
fn everywhere(step: &Step) -> (Vec<ModelId>, Arc<Interpreters>) {
    let mut models: Vec<ModelId> = ModelId::all().filter(|model| !model.is_python()).collect();
    let interpreters = python().unwrap_or_default();
    if !interpreters.usable.is_empty() {
        models.extend(python_models(step, &interpreters));
    }
    (models, interpreters)
}

#[cfg(unix)]
fn script(folder: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("work");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
}

#[cfg(unix)]
#[test]
fn a_program_runs_once_per_task_in_the_folder_of_the_experiment() {
    let step = command(&["./work", "{index}", "a b", "{{$HOME}"]);
    let (models, interpreters) = everywhere(&step);
    for model in models {
        let folder = tempfile::tempdir().expect("a folder");
        script(
            folder.path(),
            "test $# = 3 && test \"$2\" = 'a b' && test \"$3\" = '{$HOME}' || exit 9\nread line && exit 8\necho out\necho x >> \"called-$1\"",
        );
        let results = run_in(folder.path(), experiment(4, vec![step.clone()], &[model]), &interpreters);
        let spans = measured(&results.trials[0]).spans.load().expect("in memory");
        assert_eq!(spans.tasks.len(), 4, "{}", model.name());
        for task in 0..4 {
            let called = std::fs::read_to_string(folder.path().join(format!("called-{task}")));
            assert_eq!(called.expect("called"), "x\n", "{}: task {task}", model.name());
        }
    }
}

/// CPU time that a shell says it used (`times`), seconds.
#[cfg(unix)]
fn told_seconds(times: &str) -> f64 {
    let own = times.lines().next().expect("a line").split_whitespace();
    own.map(|time| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').expect("minutes and seconds");
        minutes.parse::<f64>().expect("a number") * 60.0 + seconds.parse::<f64>().expect("a number")
    })
    .sum()
}

#[cfg(unix)]
#[test]
fn the_cpu_time_of_programs_is_that_of_the_model() {
    let step = command(&["./work", "{index}"]);
    let (models, interpreters) = everywhere(&step);
    for model in models {
        let folder = tempfile::tempdir().expect("a folder");
        script(folder.path(), "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; times > \"times-$1\"");
        let results = run_in(folder.path(), experiment(2, vec![step.clone()], &[model]), &interpreters);
        let told =
            [0, 1].map(|task| std::fs::read_to_string(folder.path().join(format!("times-{task}"))).expect("told"));
        let told: f64 = told.iter().map(|times| told_seconds(times)).sum();
        let counted =
            measured(&results.trials[0]).usage.cpu_nanos().expect("this system reports CPU time") as f64 / 1e9;
        // A shell counts in steps of up to 10 ms; starting two programs and what the model does itself are not in its figure.
        assert!(
            counted >= told - 0.05 && counted < 1.5 * told + 1.0,
            "{}: {counted} s, programs {told} s",
            model.name()
        );
    }
}

#[cfg(unix)]
#[test]
fn an_exit_status_other_than_0_is_stated_with_the_task_and_the_end_of_stderr() {
    let step = command(&["./work", "{index}"]);
    let (models, interpreters) = everywhere(&step);
    let folder = tempfile::tempdir().expect("a folder");
    script(
        folder.path(),
        "test $1 = 2 || exit 0\nyes noise | head -c 300000 >&2\nprintf 'one\\ntwo \\033[31m\\nthree\\n' >&2\nexit 3",
    );
    let results = run_in(folder.path(), experiment(4, vec![step], &models), &interpreters);
    for trial in &results.trials {
        let reason = reason(trial);
        let expected = "task 2 failed at step 1 (command): the program ended with exit code 3. Its stderr: one | two \\u{1b}[31m | three";
        assert!(reason.ends_with(expected), "{}: {reason}", trial.contender);
        if let Some(Failure::Step(StepFailure { problem, .. })) = &trial.failure {
            let exit = Exit { number: 3, signal: None, killed: false, aborted: false };
            assert!(matches!(problem, StepProblem::CommandFailed { exit: found, .. } if *found == exit), "{problem:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_is_killed_or_hangs_is_stated_and_leaves_no_process() {
    let (models, interpreters) = everywhere(&command(&["true"]));
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "kill -9 $$");
    let results = run_in(folder.path(), experiment(1, vec![command(&["./work"])], &models), &interpreters);
    for trial in &results.trials {
        assert!(reason(trial).contains("the program ended with signal 9 (killed)"), "{}", reason(trial));
    }
    script(folder.path(), "(setsid sleep 3600 >/dev/null 2>&1 &)\nsleep 3600");
    for model in [ModelId::Threads, ModelId::Async, ModelId::ProcessPool, ModelId::Processes] {
        let mut plan = experiment(2, vec![command(&["./work"])], &[model]);
        plan.trials.timeout_seconds = 2.0;
        let results = run_in(folder.path(), plan, &interpreters);
        assert!(matches!(results.trials[0].failure, Some(Failure::TimedOut { .. })), "{:?}", results.trials[0].failure);
        assert_eq!(left_in(folder.path()), Vec::<String>::new(), "{}", model.name());
    }
    // What a program leaves behind ends with its trial.
    script(folder.path(), "setsid sleep 3600 >/dev/null 2>&1 &");
    for model in [ModelId::Sequential, ModelId::AsyncMulti, ModelId::ProcessPool, ModelId::Processes] {
        let results = run_in(folder.path(), experiment(2, vec![command(&["./work"])], &[model]), &interpreters);
        measured(&results.trials[0]);
        assert_eq!(left_in(folder.path()), Vec::<String>::new(), "{}", model.name());
    }
}

/// Command lines of processes whose working folder is this one.
#[cfg(unix)]
fn left_in(folder: &std::path::Path) -> Vec<String> {
    let folder = folder.canonicalize().expect("there");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let inside = processes.filter(|one| std::fs::read_link(one.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    inside.map(|one| std::fs::read_to_string(one.path().join("cmdline")).unwrap_or_default()).collect()
}

#[cfg(unix)]
#[test]
fn a_program_that_was_replaced_after_consent_is_not_run() {
    use concurrency_lab::code;
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "exit 0");
    let plan = experiment(1, vec![command(&["./work"])], &[ModelId::Sequential]);
    let read = code::read(plan.workload.steps(), folder.path()).expect("readable");
    script(folder.path(), "touch ran; exit 0");
    let results = super::run_with(plan, &Arc::default(), read);
    let reason = reason(&results.trials[0]);
    assert!(reason.contains("has changed since you agreed to run it"), "{reason}");
    assert!(!folder.path().join("ran").exists());
}

#[cfg(unix)]
#[test]
fn a_program_that_was_rewritten_with_its_size_and_time_set_back_is_not_run() {
    use concurrency_lab::code;
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "touch no1; exit 0");
    let plan = experiment(1, vec![command(&["./work"])], &[ModelId::Sequential]);
    let read = code::read(plan.workload.steps(), folder.path()).expect("readable");
    let file = std::fs::OpenOptions::new().write(true).open(folder.path().join("work")).expect("opened");
    let before = file.metadata().expect("there");
    let text = std::fs::read_to_string(folder.path().join("work")).expect("read").replace("no1", "ran");
    std::io::Write::write_all(&mut &file, text.as_bytes()).expect("written in place");
    file.set_modified(before.modified().expect("known")).expect("set back");
    assert_eq!(file.metadata().expect("there").len(), before.len());
    drop(file);
    let results = super::run_with(plan, &Arc::default(), read);
    let reason = reason(&results.trials[0]);
    assert!(reason.contains("has changed since you agreed to run it"), "{reason}");
    assert!(!folder.path().join("ran").exists());
}
