//! `show` and `report`: a stored run, printed and written as it was when it ended.

use super::arguments::{ReportArguments, ShowArguments};
use super::exit::{FAILED, SUCCESS, USAGE};
use super::outputs::{OutputError, Outputs};
use super::terminal::complain;
use super::{advice, report, signals};
use crate::analysis::{Incomplete, RunAnalysis};
use crate::chart::ChartKind;
use crate::printable;
use crate::record::{self, Store, StoredRun};
use crate::report::Kind;

pub(super) fn show(arguments: &ShowArguments) -> u8 {
    let prints = Prints { table: !arguments.quiet, end: !arguments.quiet, advice: arguments.advice };
    again(&arguments.run, prints, |run| {
        let swept = run.results.first().point.is_some();
        Outputs::from(&arguments.outputs, &[(run.source.path().to_owned(), "stored run")], swept)
    })
}

pub(super) fn write_report(arguments: &ReportArguments) -> u8 {
    let path = &arguments.output;
    let usual = |swept| arguments.chart.unwrap_or(ChartKind::usual(swept));
    let refused = |reason: &str| complain(USAGE, &format!("--output {}: {reason}", path.display()));
    match (Kind::of_path(path, usual(false)), arguments.chart) {
        (None, _) => {
            return refused(&format!("the ending decides what is written; allowed are {}", Kind::ENDINGS));
        }
        (Some(Kind::Chart(..)), _) | (Some(_), None) => {}
        (Some(_), Some(chart)) => {
            return refused(&format!("--chart {} needs a file that ends in .svg or .png", chart.name()));
        }
    }
    again(&arguments.run, Prints { table: false, end: true, advice: false }, |run| {
        let chart = usual(run.results.first().point.is_some());
        let kind = Kind::of_path(path, chart).unwrap_or(Kind::Markdown);
        if !kind.applies(&run.results) {
            return Err(OutputError::NothingSwept { path: chart.name().to_owned() });
        }
        Outputs::one(kind, path, &[(run.source.path().to_owned(), "stored run")])
    })
}

/// Text printed beside the outputs.
struct Prints {
    /// The table, on stdout.
    table: bool,
    /// That a run did not reach its end, on stderr.
    end: bool,
    /// The advice, where the table goes.
    advice: bool,
}

/// Opens a stored run, prints it, and writes what `outputs` returns.
fn again(run: &str, prints: Prints, outputs: impl FnOnce(&StoredRun) -> Result<Outputs, OutputError>) -> u8 {
    let signals = match signals::install() {
        Ok(signals) => signals,
        Err(error) => return complain(FAILED, &format!("signals can't be handled: {error}")),
    };
    let run = match record::open(run, Store::of_user().as_ref()) {
        Ok(run) => run,
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    let outputs = match outputs(&run) {
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
    if let Some(damage) = &run.damage {
        complain(SUCCESS, &format!("{}: this file is damaged: {damage}", printable::path(run.source.path())));
    }
    if let Some(note) = run.head.note.as_ref().filter(|_| prints.table) {
        complain(SUCCESS, &format!("note on this run: {}", printable::line(note)));
    }
    signals.write_results(|abort| {
        let analysis = RunAnalysis::of(&run.results);
        if let Some(incomplete) = Incomplete::of(&run.results).filter(|_| prints.end) {
            complain(SUCCESS, &format!("this run {incomplete}"));
        }
        let written = report::write(&run.results, &analysis, Some(&run.source), &outputs, !prints.table, abort);
        let printed = !prints.advice || advice::print_advice(&run.results, &analysis, &outputs, prints.table);
        if written && printed { SUCCESS } else { FAILED }
    })
}
