//! Whether the interpreter lock was in force.

use crate::model::Contender;
use crate::results::Results;

/// True where the interpreter lock was in force: as the trials report, else as the interpreter did when it was found.
pub(super) fn has_gil(results: &Results, contender: &Contender) -> bool {
    let reported = results.measured(contender).find_map(|trial| trial.completed()?.runtime.as_ref().map(|one| one.gil));
    reported.unwrap_or_else(|| results.interpreters.of(&contender.host).is_ok_and(|one| one.gil))
}
