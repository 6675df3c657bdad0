//! The search for interpreters, which says so where it takes long.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use super::exit::SUCCESS;
use super::terminal::complain;
use crate::printable;
use crate::python::{Interpreters, OLDEST, Rejected};
use crate::session::interpreters::{self, ANSWERS_WITHIN, Wanted};

/// Time after which the terminal says what it is waiting for.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// Returns why interpreters that were named by `--python` can't be used; `None` where all can, or none was named.
pub(super) fn refusal(named: &[PathBuf], found: &Interpreters) -> Option<String> {
    let words = |one: &Rejected| format!("--python {}: {}", printable::path(&one.path), printable::line(&one.reason));
    let words: Vec<String> = found.rejected.iter().filter(|_| !named.is_empty()).map(words).collect();
    let (major, minor) = OLDEST;
    (!words.is_empty()).then(|| format!("{}; allowed is CPython {major}.{minor} or newer", words.join("; ")))
}

/// Finds interpreters.
pub(super) fn find(wanted: &Wanted) -> Interpreters {
    let (searching, ends) = crossbeam_channel::bounded::<()>(0);
    thread::scope(|scope| {
        let wait = move || {
            if ends.recv_timeout(SILENT_FOR) == Err(RecvTimeoutError::Timeout) {
                let limit = ANSWERS_WITHIN.as_secs();
                complain(SUCCESS, &format!("looking for Python: a program has not answered yet; each has {limit} s"));
            }
        };
        // Where no thread can be started, nothing is said.
        let _ = thread::Builder::new().name("cli-search".to_owned()).spawn_scoped(scope, wait);
        let interpreters = interpreters::find(wanted);
        drop(searching);
        interpreters
    })
}
