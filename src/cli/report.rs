//! After the last trial, and for a stored run: the table, the exports, and the exit status.

use super::exit::{FAILED, SUCCESS};
use super::outputs::Outputs;
use super::signals::Abort;
use super::terminal::{complain, print};
use super::terminal::{print_aside, width};
use super::{sweep_table, table};
use crate::analysis::RunAnalysis;
use crate::record::{Recorder, Source};
use crate::results::{Results, RunResults};
use crate::session::Outcome;
use crate::trial::Status;

/// Prints and writes what was asked for of a run that is over. Returns the exit status.
pub(super) fn report(
    run: &RunResults,
    recorder: Option<&Recorder>,
    outputs: &Outputs,
    quiet: bool,
    abort: &Abort,
) -> u8 {
    let analysis = RunAnalysis::of(run);
    if let Some(Err(error)) = recorder.map(|recorder| recorder.set_headline(analysis.headline())) {
        complain(SUCCESS, &format!("the headline is not stored: {error}"));
    }
    let source = recorder.and_then(Recorder::source);
    if !write(run, &analysis, source.as_deref(), outputs, quiet, abort) {
        return FAILED;
    }
    if let Some(Outcome::Failed(failure)) = &run.first().outcome {
        return complain(FAILED, &failure.to_string());
    }
    let mut trials = run.points.iter().flat_map(|results| &results.trials);
    let failed_trial = trials.any(|trial| trial.status == Status::Failed);
    let has_completed =
        |results: &Results, contender| results.measured(contender).any(|trial| trial.completed().is_some());
    let complete = (run.points.iter())
        .all(|results| results.experiment.models.iter().all(|contender| has_completed(results, contender)));
    if complete && !failed_trial { SUCCESS } else { FAILED }
}

/// Prints and writes what was asked for. False where anything could not be written.
pub(super) fn write(
    run: &RunResults,
    analysis: &RunAnalysis,
    source: Option<&Source>,
    outputs: &Outputs,
    quiet: bool,
    abort: &Abort,
) -> bool {
    if !quiet {
        let aside = outputs.to_stdout();
        let text = match &analysis.scaling {
            Some(scaling) => sweep_table::render(run, analysis, scaling, width(aside)),
            None => table::render(run, analysis, width(aside)),
        };
        if aside {
            print_aside(&text);
        } else if print(&text) != SUCCESS {
            return false;
        }
    }
    let failures = outputs.write(run, analysis, source, abort);
    if abort.is_asked() {
        return false;
    }
    for message in &failures {
        complain(FAILED, message);
    }
    failures.is_empty()
}
