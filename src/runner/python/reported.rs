//! Failures that the program sends. Their kinds are decided in `failures.py`, by exception class, error number and the
//! call that raised them; nothing here reads the text of an exception.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Exit, Failure, InterpreterFailure, ReportedProblem, StepFailure, StepProblem};
use crate::private_files;

/// Free bytes below which a file system counts as full: multiprocessing needs a few pages at least.
const FULL_BELOW_BYTES: u64 = 1 << 16;
/// Folder of the locks and queues of multiprocessing on Linux.
const SHARED_MEMORY: &str = "/dev/shm";

/// A failure, as the program sends it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Step(Tagged),
    Problem {
        #[serde(flatten)]
        problem: ReportedProblem,
        /// The exception with its class.
        message: String,
    },
}

/// The one problem that is a failure of a step, not of the interpreter.
#[derive(Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
enum Tagged {
    Step {
        task: u32,
        step: u32,
        step_kind: String,
        message: String,
        /// Of a program of the user's that failed.
        #[serde(default)]
        exit_code: Option<i32>,
        #[serde(default)]
        last_lines: Vec<String>,
    },
}

/// Returns the failure that a message describes. `of_interpreter` adds the interpreter's title and path.
pub(super) fn reported_failure(sent: &Value, of_interpreter: impl FnOnce(InterpreterFailure) -> Failure) -> Failure {
    match Sent::deserialize(sent) {
        Ok(Sent::Step(Tagged::Step { task, step, step_kind, message, exit_code, last_lines })) => {
            let problem = match exit_code {
                Some(code) => StepProblem::CommandFailed { exit: Exit::of_python(code), last_lines },
                None => StepProblem::Raised { message },
            };
            StepFailure { task, step, kind: step_kind, problem }.into()
        }
        Ok(Sent::Problem { problem: ReportedProblem::NoSpace { .. }, message }) => {
            let problem = ReportedProblem::NoSpace { folder: full_folder().map(Into::into) };
            of_interpreter(InterpreterFailure::Reported { problem, message })
        }
        Ok(Sent::Problem { problem, message }) => of_interpreter(InterpreterFailure::Reported { problem, message }),
        Err(_) => of_interpreter(InterpreterFailure::Unreadable),
    }
}

/// Returns the folder that a trial writes to and that has no space left.
fn full_folder() -> Option<PathBuf> {
    [PathBuf::from(SHARED_MEMORY), private_files::temporary_folder()]
        .into_iter()
        .find(|folder| fs4::available_space(folder).is_ok_and(|free| free < FULL_BELOW_BYTES))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::python::PROGRAM;

    fn failure(sent: &Value) -> Failure {
        reported_failure(sent, |failure| Failure::Interpreter {
            title: "Python 3".to_owned(),
            program: "/usr/bin/python3".into(),
            failure,
        })
    }

    #[test]
    fn a_failure_of_a_task_names_it() {
        let step = json!({ "problem": "step", "task": 3, "step": 1, "step_kind": "file", "message": "OSError: full" });
        assert!(matches!(failure(&step), Failure::Step(StepFailure { task: 3, step: 1, .. })));
        assert_eq!(failure(&step).to_string(), "task 3 failed at step 2 (file): OSError: full");
        let before = json!({ "problem": "task", "task": 3, "message": "OSError: full" });
        assert_eq!(failure(&before).to_string(), "task 3: OSError: full");
        let died = json!({ "problem": "task-process", "task": 3, "exit_code": -9, "message": "" });
        let end = if cfg!(windows) { "exit code 0xFFFFFFF7" } else { "signal 9 (killed)" };
        assert_eq!(failure(&died).to_string(), format!("the process of task 3 ended with {end}"));
        let missing = json!({ "problem": "workers-missing", "started": 1, "wanted": 2, "message": "" });
        assert_eq!(failure(&missing).to_string(), "Python 3 could not go on: only 1 of 2 interpreters started");
    }

    #[test]
    fn the_text_of_an_exception_does_not_decide_its_kind() {
        let text = "RuntimeError: task 3 can't start new thread: [Errno 28] /dev/shm, terminated abruptly";
        let other = json!({ "problem": "other", "message": text });
        assert_eq!(failure(&other).to_string(), format!("Python 3 could not go on ({text})"));
        let threads = json!({ "problem": "thread-limit", "message": "RuntimeError: x" });
        let sentence = "Python 3 could not go on (RuntimeError: x): the system allows no more threads here";
        assert_eq!(failure(&threads).to_string(), sentence);
        let unreadable =
            [json!("task 3 failed"), json!({ "problem": "none", "message": "" }), json!({ "problem": "task" })];
        for sent in unreadable {
            let unread = matches!(failure(&sent), Failure::Interpreter { failure: InterpreterFailure::Unreadable, .. });
            assert!(unread, "{sent}");
        }
    }

    #[test]
    fn every_problem_that_the_program_sends_is_known() {
        let (_, source) = PROGRAM.iter().find(|(name, _)| *name == "failures.py").expect("a file of the program");
        let (_, list) = source.split_once("PROBLEMS = (\n").expect("the problems");
        let (list, _) = list.split_once("\n)").expect("their end");
        let names: Vec<&str> =
            list.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
        let known = [
            "step",
            "task",
            "task-process",
            "workers-missing",
            "worker-died",
            "thread-limit",
            "process-limit",
            "no-space",
            "no-shared-memory",
            "code",
            "result",
            "forked",
            "scheduler-unreachable",
            "versions-differ",
            "no-workers",
            "worker-lost",
            "worker-joined",
            "scheduler-lost",
            "other",
        ];
        assert_eq!(names, known);
        for problem in names {
            // Has the fields of all problems; each reads only its own.
            let sent = json!({ "problem": problem, "message": "x", "task": 1, "step": 0, "step_kind": "wait",
                "exit_code": 1, "started": 1, "wanted": 2, "address": "tcp://x:1", "package": "dask", "here": "1",
                "there": "2", "worker": "tcp://x:2" });
            let read = failure(&sent);
            let unread = matches!(read, Failure::Interpreter { failure: InterpreterFailure::Unreadable, .. });
            assert!(!unread, "{problem}");
            assert_eq!(matches!(read, Failure::Step(_)), problem == "step", "{problem}");
        }
    }
}
