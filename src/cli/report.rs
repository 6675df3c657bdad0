//! After the last trial, and for a stored run: the table, the exports, and the exit status.

use super::exit::{FAILED, SUCCESS};
use super::outputs::Outputs;
use super::signals::Abort;
use super::table;
use super::terminal::{complain, print};
use super::terminal::{print_aside, width};
use crate::analysis::{Analysis, analyse};
use crate::record::{Recorder, Source};
use crate::results::Results;
use crate::session::Outcome;
use crate::trial::Status;

/// Prints and writes what was asked for of a run that is over. Returns the exit status.
pub(super) fn report(
    results: &Results,
    recorder: Option<&Recorder>,
    outputs: &Outputs,
    quiet: bool,
    abort: &Abort,
) -> u8 {
    let analysis = analyse(results);
    if let Some(Err(error)) = recorder.map(|recorder| recorder.set_headline(&analysis.verdict.headline)) {
        complain(SUCCESS, &format!("the headline is not stored: {error}"));
    }
    let source = recorder.and_then(Recorder::source);
    if !write(results, &analysis, source.as_deref(), outputs, quiet, abort) {
        return FAILED;
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
    if complete && !failed_trial { SUCCESS } else { FAILED }
}

/// Prints and writes what was asked for. False where anything could not be written.
pub(super) fn write(
    results: &Results,
    analysis: &Analysis,
    source: Option<&Source>,
    outputs: &Outputs,
    quiet: bool,
    abort: &Abort,
) -> bool {
    if !quiet {
        let aside = outputs.to_stdout();
        let text = table::render(results, analysis, width(aside));
        if aside {
            print_aside(&text);
        } else if print(&text) != SUCCESS {
            return false;
        }
    }
    let failures = outputs.write(results, analysis, source, abort);
    if abort.is_asked() {
        return false;
    }
    for message in &failures {
        complain(FAILED, message);
    }
    failures.is_empty()
}
