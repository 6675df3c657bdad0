//! State of the interpreter lock (GIL) of a contender's host.

use crate::model::{Contender, Gil};
use crate::results::Results;

/// Returns true if the GIL was enabled: as the trials reported it, or else as the interpreter did when it was found.
#[must_use]
pub fn has_gil(results: &Results, contender: &Contender) -> bool {
    let reported = results.measured(contender).find_map(|trial| trial.completed()?.runtime.as_ref().map(|one| one.gil));
    let set = || contender.settings.gil.map(|gil| gil == Gil::On);
    let found = || results.interpreters.of(&contender.host).is_ok_and(|one| one.gil);
    reported.or_else(set).unwrap_or_else(found)
}
