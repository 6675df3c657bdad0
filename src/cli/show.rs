//! `show`: a stored run, printed and exported as it was when it ended.

use super::arguments::ShowArguments;
use super::exit::{FAILED, SUCCESS, USAGE};
use super::outputs::Outputs;
use super::terminal::complain;
use super::{report, signals};
use crate::analysis::RunAnalysis;
use crate::record::{self, Store};
use crate::session::Outcome;

pub(super) fn show(arguments: &ShowArguments) -> u8 {
    let signals = match signals::install() {
        Ok(signals) => signals,
        Err(error) => return complain(FAILED, &format!("signals can't be handled: {error}")),
    };
    let run = match record::open(&arguments.run, Store::of_user().as_ref()) {
        Ok(run) => run,
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    let outputs = match Outputs::from(&arguments.outputs, Some((run.source.path(), "stored run"))) {
        Ok(outputs) => outputs,
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    if let Err(error) = outputs.check() {
        return complain(FAILED, &error.to_string());
    }
    if run.source.has_unread_log() {
        let path = run.source.path().display();
        complain(
            SUCCESS,
            &format!("{path}: there is a log beside this file, which is not read: trials may be missing"),
        );
    }
    signals.write_results(|abort| {
        let analysis = RunAnalysis::of(&run.results);
        let ended = match &run.results.first().outcome {
            Some(Outcome::Done) => None,
            Some(Outcome::Cancelled) => {
                Some("this run was cancelled; it shows the trials that were finished".to_owned())
            }
            Some(Outcome::Failed(failure)) => Some(format!("this run did not finish: {failure}")),
            None => Some("this run is under way; it shows the trials that are finished".to_owned()),
        };
        if let Some(ended) = ended.filter(|_| !arguments.quiet) {
            complain(SUCCESS, &ended);
        }
        let written = report::write(&run.results, &analysis, Some(&run.source), &outputs, arguments.quiet, abort);
        if written { SUCCESS } else { FAILED }
    })
}
