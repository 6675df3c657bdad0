//! Failures that the program sends: their kinds, and what is said about each. The kinds are decided in `failures.py`
//! of the program, by exception class and error number.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::private_files;

/// A file system with less free space than this is full: multiprocessing asks for a few pages at least.
const FULL_BELOW_BYTES: u64 = 1 << 16;
/// The folder in which multiprocessing keeps locks and queues on Linux.
const SHARED_MEMORY: &str = "/dev/shm";

/// A failure, as the program sends it. `text` is the exception with its class.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum ProgramFailure {
    /// A step of a task failed, or the task's process before its first step.
    Task {
        task: u32,
        /// Index and kind of the step.
        #[serde(default)]
        step: Option<u32>,
        #[serde(default)]
        step_kind: Option<String>,
        text: String,
    },
    /// The process of a task ended without a reason of its own.
    TaskProcess { task: u32, exit_code: i64 },
    /// Some workers of a pool did not start.
    WorkersMissing { started: u32, wanted: u32 },
    /// A worker process of a pool ended.
    WorkerDied { text: String },
    /// The system starts no more threads.
    ThreadLimit { text: String },
    /// The system starts no more processes.
    ProcessLimit { text: String },
    /// A file system is full.
    NoSpace { text: String },
    /// Locks and queues between processes can't be made.
    NoSharedMemory { text: String },
    /// Every other exception.
    Other { text: String },
}

impl ProgramFailure {
    /// Reads the failure of a message; `None` where the program did not send it so.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }

    /// Returns the sentence about it. `title` names the interpreter.
    pub(super) fn sentence(&self, title: &str) -> String {
        let stopped = |text: &str, hint: &str| format!("{title} could not go on ({text}){hint}");
        match self {
            Self::Task { task, step, step_kind, text } => {
                let at = step.map(|index| format!(" failed at step {}", index + 1)).unwrap_or_default();
                let kind = step_kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
                format!("task {task}{at}{kind}: {text}")
            }
            Self::TaskProcess { task, exit_code } => {
                format!("the process of task {task} ended with exit code {exit_code}")
            }
            Self::WorkersMissing { started, wanted } => {
                stopped(&format!("only {started} of {wanted} interpreters came up"), "")
            }
            Self::WorkerDied { text } => stopped(text, ": a worker process was ended from outside, or died"),
            Self::ThreadLimit { text } => stopped(text, ": the system allows no more threads here"),
            Self::ProcessLimit { text } => stopped(text, ": the system allows no more processes here"),
            Self::NoSpace { text } => match full_folder() {
                Some(folder) => stopped(text, &format!(": {} is full", folder.display())),
                None => stopped(text, ""),
            },
            Self::NoSharedMemory { text } => stopped(
                text,
                ": multiprocessing keeps its locks and queues in /dev/shm, which has to exist, be writable and have \
                 free space",
            ),
            Self::Other { text } => stopped(text, ""),
        }
    }
}

/// Returns the folder that a trial writes to and that has no space left.
fn full_folder() -> Option<PathBuf> {
    [Path::new(SHARED_MEMORY).to_owned(), private_files::temporary_folder()]
        .into_iter()
        .find(|folder| fs4::available_space(folder).is_ok_and(|free| free < FULL_BELOW_BYTES))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::python::PROGRAM;

    fn sentence(value: &Value) -> String {
        ProgramFailure::read(value).expect("a failure").sentence("Python 3")
    }

    #[test]
    fn a_failure_of_a_task_names_its_step() {
        let mut failed = json!({ "kind": "task", "task": 3, "step": 1, "step_kind": "file", "text": "OSError: full" });
        assert_eq!(sentence(&failed), "task 3 failed at step 2 (file): OSError: full");
        failed["step"] = Value::Null;
        failed["step_kind"] = Value::Null;
        assert_eq!(sentence(&failed), "task 3: OSError: full");
        let died = json!({ "kind": "task-process", "task": 3, "exit_code": -9, "text": "" });
        assert_eq!(sentence(&died), "the process of task 3 ended with exit code -9");
    }

    #[test]
    fn the_text_of_an_exception_decides_nothing() {
        let other = json!({ "kind": "other", "errno": null, "text": "RuntimeError: task can't start new thread" });
        assert_eq!(sentence(&other), "Python 3 could not go on (RuntimeError: task can't start new thread)");
        let threads = json!({ "kind": "thread-limit", "errno": null, "text": "RuntimeError: keins mehr" });
        assert!(sentence(&threads).ends_with("(RuntimeError: keins mehr): the system allows no more threads here"));
        for unreadable in [json!("task 3 failed"), json!({ "kind": "no such", "text": "" }), json!({ "kind": "task" })]
        {
            assert_eq!(ProgramFailure::read(&unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn every_kind_of_the_program_is_known() {
        let (_, source) = PROGRAM.iter().find(|(name, _)| *name == "failures.py").expect("a file of the program");
        let (_, kinds) = source.split_once("KINDS = (\n").expect("the kinds");
        let (kinds, _) = kinds.split_once("\n)").expect("their end");
        let kinds: Vec<&str> =
            kinds.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
        assert!(kinds.len() >= 9, "{kinds:?}");
        for kind in kinds {
            // With the facts of every kind, of which each takes its own.
            let all = json!({ "kind": kind, "text": "x", "task": 1, "exit_code": 1, "started": 1, "wanted": 2 });
            assert!(ProgramFailure::read(&all).is_some(), "{kind}");
        }
    }
}
