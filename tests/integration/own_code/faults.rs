//! Faulty functions: each fault is a stated failure of its trial, the other models complete, and no process is left.

use super::{call, command, measured, module, python_models, reason, run_everywhere, run_in};
use crate::common::{experiment, python, skipped};
use concurrency_lab::analysis::{Caveat, analyse};
use concurrency_lab::failure::{Failure, InterpreterFailure, ReportedProblem, StepFailure, TrialState};
use concurrency_lab::model::ModelId;
use concurrency_lab::results::Results;
use concurrency_lab::session::Outcome;

/// True for models that run tasks in other processes.
fn is_apart(model: ModelId) -> bool {
    use ModelId::{PyDask, PyInterpreters, PyJoblib, PyPool, PyProcessPool, PyProcesses};
    matches!(model, PyProcesses | PyProcessPool | PyInterpreters | PyPool | PyJoblib | PyDask)
}

fn all_failed(results: &Results, expected: &str) {
    assert_eq!(results.outcome, Some(Outcome::Done));
    for trial in &results.trials {
        let reason = reason(trial);
        assert!(reason.contains(expected), "{}: {reason}", trial.contender);
    }
}

#[test]
fn an_exception_is_stated_with_the_task_and_the_end_of_its_traceback() {
    let Some(interpreters) = python() else { return };
    let text = "
def work(task):
    return helper(task)

def helper(task):
    if task == 2:
        raise ValueError('no \\x1b[31m two')
    return task
";
    let results = run_everywhere(text, "work", 4, &interpreters);
    for trial in &results.trials {
        let Some(Failure::Step(StepFailure { task: 2, step: 0, .. })) = &trial.failure else {
            panic!("{}: {:?}", trial.contender, trial.failure)
        };
        let reason = reason(trial);
        let expected = "task 2 failed at step 1 (call): ValueError: no \\u{1b}[31m two (work.py, line 3, in work: \
                        return helper(task); work.py, line 7, in helper: raise ValueError(";
        assert!(reason.starts_with(expected), "{}: {reason}", trial.contender);
    }
}

#[test]
fn a_reason_survives_a_closed_stderr_and_exceptions_that_loops_use_themselves() {
    let Some(interpreters) = python() else { return };
    let cases = [
        ("os.close(2)\n    raise ValueError('closed')", "ValueError: closed"),
        ("raise GeneratorExit('own')", "GeneratorExit: own"),
        ("raise asyncio.CancelledError('own')", "CancelledError: own"),
    ];
    for (body, expected) in cases {
        let folder = module(&format!("import asyncio, os\ndef work(task):\n    {body}\n"));
        let models = [ModelId::PySequential, ModelId::PyThreadPool, ModelId::PyAsyncio];
        let results = run_in(folder.path(), experiment(1, vec![call("work")], &models), &interpreters);
        all_failed(&results, &format!("task 0 failed at step 1 (call): {expected}"));
    }
}

#[test]
fn what_the_lab_imports_is_never_from_the_folder_of_the_code() {
    let Some(interpreters) = python() else { return };
    let folder = module("import beside\ndef work(task):\n    return beside.double(task)\n");
    std::fs::write(folder.path().join("beside.py"), "def double(task): return 2 * task").expect("written");
    let names = ["hashlib", "resource", "traceback", "linecache", "queue", "heapq", "pickle", "tokenize", "selectors"];
    for name in names {
        let text = "open(__file__ + '.ran', 'w').close()\nraise ImportError('not asked for')\n";
        std::fs::write(folder.path().join(format!("{name}.py")), text).expect("written");
    }
    let models = python_models(&call("work"), &interpreters);
    let results = run_in(folder.path(), experiment(4, vec![call("work")], &models), &interpreters);
    for trial in &results.trials {
        measured(trial);
    }
    let ran: Vec<&str> =
        names.into_iter().filter(|name| folder.path().join(format!("{name}.py.ran")).exists()).collect();
    assert!(ran.is_empty(), "{ran:?}");
}

#[test]
fn leaving_the_program_is_a_failure_of_the_task_or_its_process() {
    let Some(interpreters) = python() else { return };
    let exits = "import sys\ndef work(task): sys.exit('enough')";
    all_failed(&run_everywhere(exits, "work", 3, &interpreters), "failed at step 1 (call): SystemExit: enough");
    let interrupts = "def work(task): raise KeyboardInterrupt";
    all_failed(&run_everywhere(interrupts, "work", 3, &interpreters), "failed at step 1 (call): KeyboardInterrupt");
    for raised in ["asyncio.CancelledError('enough')", "GeneratorExit('enough')", "Stop('enough')"] {
        let leaves =
            format!("import asyncio\nclass Stop(BaseException): pass\nasync def work(task):\n    raise {raised}");
        let name = raised.trim_start_matches("asyncio.").trim_end_matches("('enough')");
        let results = run_everywhere(&leaves, "work", 3, &interpreters);
        all_failed(&results, &format!("failed at step 1 (call): {name}: enough ("));
        all_failed(&results, "work.py, line 4, in work: raise ");
    }
    for code in [0, 7] {
        let quits = format!("import os\ndef work(task): os._exit({code})");
        for trial in &run_everywhere(&quits, "work", 3, &interpreters).trials {
            let reason = reason(trial);
            let stated = match trial.contender.model {
                ModelId::PyProcessPool | ModelId::PyPool | ModelId::PyDask => {
                    reason.contains("a worker process died: by its own code, by another process, or by the system, for example because memory ran out")
                }
                // Its own words for a worker that has ended.
                ModelId::PyJoblib => true,
                ModelId::PyProcesses => reason.contains(&format!("of task 0 ended with exit code {code}")),
                _ => reason.contains(&format!("ended without a result (exit code {code})")),
            };
            assert!(stated, "{}: {reason}", trial.contender);
        }
    }
}

#[test]
fn a_function_that_hangs_is_ended_by_the_time_out_and_leaves_no_process() {
    let Some(interpreters) = python() else { return };
    let text = "
import os, subprocess, time
def work(task):
    if task == 1:
        subprocess.Popen(['sleep', '3600'], start_new_session=True)
        time.sleep(3600)
";
    let folder = module(text);
    for model in [ModelId::PyThreads, ModelId::PyProcessPool, ModelId::PyAsyncio] {
        let mut plan = experiment(2, vec![call("work")], &[model]);
        plan.trials.timeout_seconds = 3.0;
        let results = run_in(folder.path(), plan, &interpreters);
        let failure = results.trials[0].failure.clone();
        let Some(Failure::TimedOut { state: TrialState::Running { .. }, .. }) = failure else { panic!("{failure:?}") };
        assert_eq!(inside(folder.path()), Vec::<String>::new(), "{}", model.name());
    }
}

#[test]
fn a_worker_that_a_thread_of_the_function_holds_up_is_told_from_tasks_that_hang() {
    let Some(interpreters) = python() else { return };
    let text = "
import threading, time
def work(task):
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return task
";
    let folder = module(text);
    let mut plan = experiment(2, vec![call("work")], &[ModelId::PyProcessPool]);
    plan.trials.timeout_seconds = 3.0;
    let results = run_in(folder.path(), plan, &interpreters);
    let failure = results.trials[0].failure.clone();
    let Some(Failure::TimedOut { state: TrialState::Teardown { .. }, .. }) = failure else { panic!("{failure:?}") };
    assert_eq!(inside(folder.path()), Vec::<String>::new());
}

#[test]
fn processes_that_the_code_leaves_running_are_ended_counted_and_said() {
    let Some(interpreters) = python() else { return };
    if !cfg!(target_os = "linux") {
        skipped("only Linux lists the descendants of a process");
        return;
    }
    let left = |results: &Results| -> Vec<Option<u32>> {
        results.trials.iter().map(|trial| measured(trial).left_processes).collect()
    };
    let said = |results: &Results| -> Vec<String> {
        let summaries = analyse(results).summaries;
        summaries.iter().flat_map(|summary| &summary.caveats).map(Caveat::label).collect()
    };
    let leaves = "
import subprocess
def work(task):
    subprocess.Popen(['sleep', '3600'], start_new_session=task == 1)
";
    let waits = "
import subprocess
def work(task):
    subprocess.run(['sleep', '0.01'])
    subprocess.Popen(['sleep', '3600']).kill()
";
    let models = [ModelId::PySequential, ModelId::PyThreads, ModelId::PyProcessPool, ModelId::PyAsyncio];
    for (text, count) in [(leaves, 3), (waits, 0)] {
        let folder = module(text);
        let results = run_in(folder.path(), experiment(3, vec![call("work")], &models), &interpreters);
        assert_eq!(left(&results), vec![Some(count); models.len()]);
        let says = said(&results).iter().filter(|label| *label == "left 3 processes").count();
        assert_eq!(says, if count > 0 { models.len() } else { 0 });
        assert_eq!(inside(folder.path()), Vec::<String>::new());
    }
    // A program that goes on in the background, without the pipe that the model reads to its end.
    let folder = tempfile::tempdir().expect("a folder");
    let models = [ModelId::Sequential, ModelId::ThreadPool, ModelId::ProcessPool, ModelId::Async, ModelId::PyThreads];
    let background = command(&["sh", "-c", "sleep 3600 2>/dev/null & exit 0"]);
    let results = run_in(folder.path(), experiment(2, vec![background], &models), &interpreters);
    assert_eq!(left(&results), vec![Some(2); models.len()]);
    assert_eq!(inside(folder.path()), Vec::<String>::new());
    let quiet = run_in(folder.path(), experiment(2, vec![command(&["true"])], &models), &interpreters);
    assert_eq!(left(&quiet), vec![Some(0); models.len()]);
}

/// Returns the command lines of processes whose working folder is this one.
pub fn inside(folder: &std::path::Path) -> Vec<String> {
    let folder = folder.canonicalize().expect("there");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let inside = processes.filter(|one| std::fs::read_link(one.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    inside.map(|one| std::fs::read_to_string(one.path().join("cmdline")).unwrap_or_default()).collect()
}

#[test]
fn what_a_function_prints_and_reads_does_not_disturb_the_trial() {
    let Some(interpreters) = python() else { return };
    let text = r#"
import os, sys
def work(task):
    print('{"report": {}}' * 50)
    sys.stdout.buffer.write(b'\x00\xff\n')
    os.write(1, b'{"clock": "stopped"}\n')
    os.write(2, b'to stderr\n' * 1000)
    assert sys.stdin.read() == ''
    return task
"#;
    for trial in &run_everywhere(text, "work", 4, &interpreters).trials {
        measured(trial);
    }
}

#[test]
fn a_process_that_comes_back_from_the_function_is_stated_and_ended() {
    let Some(interpreters) = python() else { return };
    if cfg!(windows) {
        return;
    }
    let text = "import os\ndef work(task):\n    os.fork()\n    return task";
    let folder = module(text);
    // Sub-interpreters refuse to fork: that is an exception.
    let mut models = python_models(&call("work"), &interpreters);
    models.retain(|model| *model != ModelId::PyInterpreters);
    let results = run_in(folder.path(), experiment(3, vec![call("work")], &models), &interpreters);
    for trial in &results.trials {
        let failure = &trial.failure;
        let forked = matches!(
            failure,
            Some(Failure::Interpreter {
                failure: InterpreterFailure::Reported { problem: ReportedProblem::Forked { .. }, .. },
                ..
            })
        );
        assert!(forked, "{}: {failure:?}", trial.contender);
    }
    assert_eq!(inside(folder.path()), Vec::<String>::new());
    let good = "import os\ndef work(task):\n    if os.fork() == 0: os._exit(0)\n    os.wait()\n    return task";
    let folder = module(good);
    let models = [ModelId::PySequential, ModelId::PyProcessPool, ModelId::PyProcesses, ModelId::PyAsyncio];
    for trial in &run_in(folder.path(), experiment(3, vec![call("work")], &models), &interpreters).trials {
        measured(trial);
    }
}

#[test]
fn a_result_that_can_not_be_pickled_fails_only_the_models_that_send_it() {
    let Some(interpreters) = python() else { return };
    let text = "import threading\ndef work(task): return threading.Lock()";
    for trial in &run_everywhere(text, "work", 3, &interpreters).trials {
        if is_apart(trial.contender.model) {
            let reason = reason(trial);
            assert!(reason.contains("can't be sent between processes") && reason.contains("pickle"), "{reason}");
        } else {
            measured(trial);
        }
    }
}

#[test]
fn much_memory_is_measured_or_a_failed_allocation_is_stated() {
    let Some(interpreters) = python() else { return };
    let folder = module("def work(task): return len(bytearray(2 << 30))");
    let results = run_in(folder.path(), experiment(1, vec![call("work")], &[ModelId::PySequential]), &interpreters);
    match results.trials[0].completed() {
        Some(_) => {}
        None => assert!(reason(&results.trials[0]).contains("Memory"), "{}", reason(&results.trials[0])),
    }
    let folder = module("def work(task): return len(bytearray(1 << 60))");
    let results = run_in(folder.path(), experiment(1, vec![call("work")], &[ModelId::PySequential]), &interpreters);
    assert!(reason(&results.trials[0]).contains("MemoryError"), "{}", reason(&results.trials[0]));
}

#[test]
fn code_that_can_not_be_loaded_or_called_says_why() {
    let Some(interpreters) = python() else { return };
    let models = [ModelId::PySequential, ModelId::PyProcessPool, ModelId::PyAsyncio];
    let cases = [
        (
            "def other(task): pass\ndef fetch(task): pass",
            "there is no function work in work.py; there are fetch, other",
        ),
        ("work = 3", "work in work.py is no function, but of type int"),
        ("def work(:\n", "work.py can't be loaded: SyntaxError: "),
        (
            "x = 1\nraise OSError('not today')",
            "work.py can't be loaded: OSError: not today (work.py, line 2, in <module>",
        ),
        ("import sys\nsys.exit(0)", "work.py can't be loaded: SystemExit: 0"),
        ("import no_such_module\n", "work.py can't be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def work(): return 1", "task 0 failed at step 1 (call): TypeError: work() takes 0 positional arguments"),
        ("\u{0}", "work.py can't be loaded: "),
        (
            "def work(task):\n    async def inner(): pass\n    return inner()",
            "returned a coroutine that nothing awaits",
        ),
    ];
    for (text, expected) in cases {
        let folder = module(text);
        let results = run_in(folder.path(), experiment(2, vec![call("work")], &models), &interpreters);
        for trial in &results.trials {
            let reason = reason(trial);
            // A coroutine can't be sent to another process at all.
            let sent = is_apart(trial.contender.model) && text.contains("inner") && reason.contains("can't be sent");
            assert!(reason.contains(expected) || sent, "{}: {reason}", trial.contender);
        }
    }
}
