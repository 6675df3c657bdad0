//! The search for interpreters, which says so where it takes long.

use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use super::exit::SUCCESS;
use super::terminal::complain;
use crate::python::Interpreters;
use crate::session::interpreters::{self, ANSWERS_WITHIN, Wanted};

/// Time after which the terminal says what it is waiting for.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// Finds interpreters.
pub(super) fn find(wanted: &Wanted) -> Interpreters {
    let (found, ends) = crossbeam_channel::bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            if ends.recv_timeout(SILENT_FOR) == Err(RecvTimeoutError::Timeout) {
                let limit = ANSWERS_WITHIN.as_secs();
                complain(SUCCESS, &format!("looking for Python: a program has not answered yet; each has {limit} s"));
            }
        });
        let interpreters = interpreters::find(wanted);
        let _ = found.send(());
        interpreters
    })
}
