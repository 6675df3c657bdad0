//! After the last trial: the table, the exports, and the exit status.

use super::outputs::Outputs;
use super::signals::Abort;
use super::terminal::{print_aside, width};
use super::{FAILED, SUCCESS, complain, print, table};
use crate::analysis::analyse;
use crate::results::Results;
use crate::session::Outcome;
use crate::trial::Status;

/// Prints and writes what was asked for. Returns the exit status.
pub(super) fn report(results: &Results, outputs: &Outputs, quiet: bool, abort: &Abort) -> u8 {
    let analysis = analyse(results);
    if !quiet {
        let aside = outputs.to_stdout();
        let text = table::render(results, &analysis, width(aside));
        if aside {
            print_aside(&text);
        } else if print(&text) != SUCCESS {
            return FAILED;
        }
    }
    let failures = outputs.write(results, &analysis, abort);
    if abort.is_asked() {
        return FAILED;
    }
    for message in &failures {
        complain(FAILED, message);
    }
    if let Some(Outcome::Failed(failure)) = &results.outcome {
        return complain(FAILED, &failure.to_string());
    }
    let failed_trial = results.trials.iter().any(|trial| trial.status == Status::Failed);
    let complete = results
        .experiment
        .models
        .iter()
        .all(|contender| results.measured(contender).any(|trial| trial.completed().is_some()));
    if failures.is_empty() && complete && !failed_trial { SUCCESS } else { FAILED }
}
