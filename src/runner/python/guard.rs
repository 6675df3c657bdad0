//! The guard of a trial's interpreters: a process that ends the runner's process tree when the runner has died. A killed
//! runner can't do it, workers of Python's pools outlive their parent, and the lab may have been killed as well.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::failure::{Action, Failure};
use crate::process_tree;
use crate::protocol::{TRIAL_VARIABLE, WATCH_ARGUMENT};

/// The runner's handle of its guard. Dropping it ends the guard.
pub(in crate::runner) struct Guard {
    /// Its stdin stays open for as long as the runner lives.
    child: Child,
}

impl Guard {
    /// Starts a guard of this runner for the trial in `folder`.
    pub(in crate::runner) fn start(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::system(Action::StartGuard, &error);
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        command.arg(WATCH_ARGUMENT).arg(std::process::id().to_string()).arg(folder);
        Ok(Self { child: command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(failed)? })
    }
}

impl Drop for Guard {
    /// Ends the guard: the runner ends with a report or a failure, and the lab ends any remaining interpreters with the
    /// runner's process group. A runner that is killed drops nothing. Killed and not asked: a guard that is suspended would
    /// not answer.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the hidden guard subcommand for a runner's process id and the folder of its trial. Returns the exit code.
#[must_use]
pub fn run_guard(runner: Option<u32>, folder: Option<&OsStr>) -> u8 {
    // It has a name of its own, so that it is there when all processes with the lab's name are killed. Only Linux can
    // rename a process, and where that fails it guards all the same.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/comm", "lab-guard");
    let mut byte = [0];
    if io::stdin().lock().read_exact(&mut byte).is_err()
        && let Some(runner) = runner
    {
        if let Some(folder) = folder {
            process_tree::end_marked(TRIAL_VARIABLE, folder);
        }
        process_tree::end_tree_of(runner);
    }
    0
}
