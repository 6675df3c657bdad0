//! `selfcheck`: what the lab itself costs on this machine, and what this machine can't support.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::{FAILED, SUCCESS, USAGE};
use super::fit::{Cells, Head, fitted};
use super::terminal::{complain, print, print_json, width};
use super::{interpreters, signals};
use crate::printable;
use crate::selfcheck::{Check, CheckId, Report, Selfcheck, SelfcheckEvent};
use crate::session::interpreters::Wanted;
use crate::session::{CancelFlag, RealSessions};
use crate::units;

/// Explanation of the columns.
const LEGEND: &str = "\nFloor: what a program written by hand, or its stamps alone, takes in the same run. Limit: the \
largest figure that is supported. --json says what each check measures.\n";

/// Flag that keeps the columns that a narrow terminal hides.
const KEEPS: &str = "--json";

pub(super) fn selfcheck(python: Option<PathBuf>, json: bool) -> u8 {
    let named: Vec<PathBuf> = python.into_iter().collect();
    let wanted = if named.is_empty() { Wanted::First } else { Wanted::These(named.clone()) };
    let found = interpreters::find(&wanted);
    if let Some(refusal) = interpreters::refusal(&named, &found) {
        return complain(USAGE, &refusal);
    }
    let signals = match signals::install() {
        Ok(signals) => signals,
        Err(error) => return complain(FAILED, &format!("signals can't be handled: {error}")),
    };
    let sessions = match RealSessions::of_this_executable() {
        Ok(sessions) => sessions,
        Err(error) => return complain(FAILED, &format!("the system does not say where this program is: {error}")),
    };
    let cancel = CancelFlag::default();
    signals.session(cancel.clone());
    let progress = Progress::new();
    let report = Selfcheck::new(sessions, Arc::new(found), None).run(&cancel, |event| progress.show(&event));
    let status = if report.has_failed() { FAILED } else { SUCCESS };
    signals.write_results(|_| {
        let printed = if json { print_json(&report) } else { print(&render(&report, width(false))) };
        status.max(printed)
    })
}

/// Progress on stderr: a line that is redrawn, or a line per check.
struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar }
    }

    fn show(&self, event: &SelfcheckEvent) {
        match (event, &self.bar) {
            (SelfcheckEvent::Started { check, position, checks }, Some(bar)) => {
                bar.set_message(started(*check, *position, *checks));
                bar.tick();
            }
            (SelfcheckEvent::Finished(check), None) => {
                // Without a stderr there is nobody to tell.
                let _ = writeln!(io::stderr(), "{}", printable::message(&check.sentence()));
            }
            (SelfcheckEvent::Ended(_), Some(bar)) => bar.finish_and_clear(),
            _ => {}
        }
    }
}

fn started(check: CheckId, position: u32, checks: u32) -> String {
    format!("check {position} of {checks}: {}", check.title())
}

/// The answer, a row per check, then the caveats with what to do about them. The table is no wider than `width`
/// characters.
fn render(report: &Report, width: Option<usize>) -> String {
    let mut text = format!("{}\n\n", report.headline());
    text.push_str(&fitted(table(report), width, KEEPS));
    text.push_str(LEGEND);
    if let Some((description, path)) = &report.python {
        let line = format!("Models of Python ran on {description} at {}.", printable::path(path));
        text.push_str(&format!("{}\n", printable::line(&line)));
    }
    // Many checks may lack a figure for one reason.
    let mut without: Vec<(Vec<String>, String)> = Vec::new();
    for check in report.checks.iter().filter(|check| check.measurement().is_none()) {
        let (title, conclusion) = (check.id.title(), check.conclusion());
        match without.iter_mut().find(|(_, known)| *known == conclusion) {
            Some((titles, _)) => titles.push(title),
            None => without.push((vec![title], conclusion)),
        }
    }
    for (titles, conclusion) in without {
        text.push_str(&format!("\n{}: {}", titles.join("; "), printable::message(&conclusion)));
    }
    text.push('\n');
    for (subject, caveat) in report.caveats_with_subjects() {
        let label = match subject {
            Some(subject) => format!("{subject}: {}", caveat.label()),
            None => units::capitalised(&caveat.label()),
        };
        text.push_str(&printable::line(&format!("{label}. {}", caveat.remedy())));
        text.push('\n');
    }
    text
}

fn table(report: &Report) -> Cells {
    let heads = [
        ("check", u8::MAX),
        ("measured", u8::MAX),
        ("95 % interval", 2),
        ("floor", 3),
        ("limit", 4),
        ("verdict", u8::MAX),
        ("remark", 1),
    ];
    let row = |check: &Check| {
        let title = check.id.title();
        let Some(measured) = check.measurement() else {
            let dash = || "–".to_owned();
            let short = if check.has_failed() { "failed" } else { "not measured" };
            return vec![title, dash(), String::new(), String::new(), String::new(), short.to_owned(), String::new()];
        };
        vec![
            title,
            measured.figure(),
            measured.interval(),
            measured.floor_text(),
            measured.limit_text(),
            check.conclusion(),
            measured.remark(),
        ]
    };
    Cells {
        header: heads.map(|(title, rank)| Head { title: title.to_owned(), rank }).into(),
        rows: report.checks.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::testing;

    #[test]
    fn the_table_of_fixed_figures_stays_as_it_is() {
        let report = testing::report();
        insta::assert_snapshot!("selfcheck", render(&report, None));
        insta::assert_snapshot!("selfcheck_narrow", render(&report, Some(80)));
    }

    #[test]
    fn the_document_of_fixed_figures_stays_as_it_is() {
        let mut text = Vec::new();
        crate::export::json_writer::write(&mut text, &testing::report()).expect("JSON");
        insta::assert_snapshot!("selfcheck_json", String::from_utf8(text).expect("UTF-8"));
    }

    #[test]
    fn progress_names_the_check_and_how_many_there_are() {
        assert_eq!(started(CheckId::Sampling, 3, 27), "check 3 of 27: CPU sampling");
    }
}
