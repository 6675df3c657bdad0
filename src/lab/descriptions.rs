//! Sentences about the lab's state: status line, rows for screen readers, and text alternatives of plots. Pure
//! functions; no symbol replaces a word.

use super::Lab;
use super::highlight;
use super::run::{Activity, Run};
use crate::analysis::{Summary, estimate, waited_for_quiet};
use crate::clock;
use crate::failure::Failure;
use crate::model::Contender;
use crate::session::Outcome;
use crate::trial::Status;
use crate::units::{self, plural};

/// Returns the name of a contender with its host: "Threads, Rust".
#[must_use]
pub fn full_name(contender: &Contender) -> String {
    contender.full_name()
}

/// Below this ratio the reciprocal ("times as long") is given as well.
const SMALL_RATIO: f64 = 0.1;

/// Names a run by its title and its start: `"Deadlock", run at 11:40`.
#[must_use]
pub fn name_and_start(run: &Run) -> String {
    let started = units::wall_clock(run.results().started_at_ms, clock::unix_millis());
    let verb = match run.is_running() {
        true if run.waits_for_quiet() => "waiting since",
        true => "started at",
        false => "run at",
    };
    format!("\"{}\", {verb} {started}", run.name)
}

/// Returns the status line. Its first word is `Ready`, `Waiting`, `Running`, `Done`, `Cancelled`, `Interrupted` or
/// `Failed`.
#[must_use]
pub fn status(lab: &Lab) -> String {
    if let Some(status) = lab.selfcheck.status().filter(|_| lab.is_selfchecking()) {
        return format!("Self-check · {status}");
    }
    if let Some(run) = &lab.background {
        let doing = run.doing.as_ref().filter(|_| !run.cancelling);
        return format!(
            "{} · \"{}\"",
            doing.map_or_else(|| "Cancelling".to_owned(), |doing| running(run, doing)),
            run.name
        );
    }
    let Some(run) = &lab.run else { return "Ready".to_owned() };
    match (&run.doing, run.outcome()) {
        (Some(_), _) if run.cancelling => "Cancelling".to_owned(),
        (Some(doing), _) => running(run, doing),
        (None, Some(Outcome::Failed(failure @ Failure::LabEnded))) => format!("Interrupted: {failure}"),
        (None, Some(Outcome::Failed(failure))) => format!("Failed: {failure}"),
        (None, outcome) => {
            let word = if matches!(outcome, Some(Outcome::Cancelled)) { "Cancelled" } else { "Done" };
            let rounds = plural(u64::from(run.finished_rounds()), "round");
            let all = plural(run.results().experiment.models.len() as u64, "model");
            let seconds = units::duration(run.seconds() * 1e9);
            match run.measured_models() {
                0 => format!("{word} · no model of {all} measured, {seconds}"),
                some if some < run.results().experiment.models.len() => {
                    format!("{word} · {rounds} of {some} of {all} in {seconds}")
                }
                _ => format!("{word} · {rounds} of {all} in {seconds}"),
            }
        }
    }
}

fn running(run: &Run, doing: &Activity) -> String {
    match doing {
        Activity::Starting => "Running: starting".to_owned(),
        Activity::WaitingForQuiet(_) => "Waiting until other programs are quiet".to_owned(),
        Activity::Calibrating => "Running: calibrating".to_owned(),
        Activity::Trial { point, contender, round, .. } => {
            let point = run.all.points.get(*point).and_then(|results| results.point.as_ref());
            let at = point.map_or_else(String::new, |point| format!(" at {}", point.words()));
            let title = format!("{}{at}", contender.title());
            match (*round, run.results().rounds) {
                (..=0, _) => format!("Running {title}, warm-up round"),
                (round, Some(rounds)) => format!("Running {title}, round {round} of {rounds}"),
                (round, None) => format!("Running {title}, round {round}"),
            }
        }
    }
}

/// Describes a run under way: its activity, and its progress as far as that is known.
#[must_use]
pub fn doing_and_progress(run: &Run) -> String {
    let parts = [doing(run), progress(run)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Names the activity of a run: a model, or what precedes the trials.
fn doing(run: &Run) -> String {
    match &run.doing {
        Some(Activity::Trial { contender, .. }) => contender.title(),
        Some(Activity::WaitingForQuiet(None)) => "looking at the CPU usage of other programs".to_owned(),
        Some(Activity::WaitingForQuiet(Some(waited))) => waited_for_quiet(waited),
        Some(Activity::Calibrating) => "calibrating".to_owned(),
        Some(Activity::Starting) | None => "starting".to_owned(),
    }
}

/// Describes the progress: tasks of the trial, time left.
fn progress(run: &Run) -> String {
    let mut parts = Vec::new();
    if let Some(Activity::Trial { done: Some((done, tasks)), .. }) = &run.doing {
        parts.push(format!("{} of {} tasks", units::count(u64::from(*done)), units::count(u64::from(*tasks))));
    }
    let waits = run.waits_for_quiet();
    match run.seconds_left().filter(|_| !waits) {
        Some(_) if run.is_overdue() => parts.push("longer than expected".to_owned()),
        Some(seconds) => parts.push(format!("{} left", units::about(seconds))),
        None if run.is_running() && !waits => parts.push(estimate::UNKNOWN.to_owned()),
        None => {}
    }
    parts.join(" · ")
}

/// Describes the conditions of a run for the status line; shares of the CPU only after a second of measuring.
#[must_use]
pub fn conditions(run: &Run) -> String {
    let mut parts = vec![format!("interleaved, seed {}", run.results().experiment.workload.seed)];
    let upto = if run.all.points.len() > 1 { "up to " } else { "" };
    let share = |who: &str, percent: f64| format!("{who} {upto}{}", units::percent(percent));
    if let Some(analyses) = &run.analyses {
        parts.extend(analyses.foreign_percent().map(|percent| share("other programs", percent)));
        parts.extend(analyses.lab_percent().map(|percent| share("the lab itself", percent)));
    }
    parts.join(" · ")
}

/// Returns the reason why a model has no time.
#[must_use]
pub fn no_time(run: &Run, summary: Option<&Summary>) -> String {
    let Some(summary) = summary else { return "not run yet".to_owned() };
    let word = match summary.status {
        Some(Status::Unavailable) => "unavailable",
        Some(Status::Failed) => "failed",
        Some(Status::Cancelled) => "cancelled",
        Some(Status::Completed) => "no measured round yet",
        None if run.is_running() => "not run yet",
        None => "not run",
    };
    match &summary.reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    }
}

/// Describes a row of the comparison: title, time, interval, times as fast, highlighted metric, caveats.
#[must_use]
pub fn row(run: &Run, contender: &Contender) -> String {
    let name = full_name(contender);
    let summary = run.summary(contender);
    let Some((summary, wall)) = summary.and_then(|summary| Some((summary, summary.wall?))) else {
        let first = summary.and_then(|summary| summary.first_look);
        return match first {
            Some(nanos) => format!("{name}: {} in the warm-up, not measured yet", units::duration(nanos)),
            None => format!("{name}: {}", no_time(run, summary)),
        };
    };
    let (median, least, most) = (units::duration(wall.median), units::duration(wall.min), units::duration(wall.max));
    let trials = plural(u64::from(summary.trials), "trial");
    let mut parts = match wall.ci95 {
        Some((low, high)) => vec![
            format!("{name}: {median}"),
            format!("95 % interval {}", units::from_to(units::duration(low), &units::duration(high))),
        ],
        None if summary.trials == 1 => vec![format!("{name}: {median} in {trials}")],
        None if least == most => vec![format!("{name}: {median} in each of {trials}")],
        None => vec![format!("{name}: {median}"), format!("{least} to {most} in {trials}")],
    };
    let reference = summary.reference.as_ref().filter(|reference| *reference != contender);
    if let Some((ratio, reference)) = summary.times_as_fast.zip(reference) {
        let mut ratio_text = format!("{} times as fast as {}", units::ratio(ratio.median), reference.title());
        if ratio.median < SMALL_RATIO {
            ratio_text.push_str(&format!(" ({} times as long)", units::ratio(1.0 / ratio.median)));
        }
        parts.push(ratio_text);
    }
    if let (Some(metric), Some(model)) = (highlight::of_run(run), run.model(contender)) {
        parts.extend(metric.clause_of(&model));
    }
    parts.push(if summary.caveats.is_empty() {
        "no caveats".to_owned()
    } else {
        let labels: Vec<String> = summary.caveats.iter().map(crate::analysis::Caveat::label).collect();
        format!("caveats: {}", labels.join(", "))
    });
    parts.join(", ")
}

/// Returns the main finding as the end of a plot's text alternative; empty while a presentation does not tell it.
#[must_use]
pub fn then_finding(lab: &Lab, run: &Run) -> String {
    if lab.keeps_secret() { String::new() } else { format!(": {}", finding(run)) }
}

fn finding(run: &Run) -> String {
    let mut timed: Vec<(&Contender, f64)> = run
        .analysis()
        .into_iter()
        .flat_map(|analysis| &analysis.summaries)
        .filter_map(|summary| Some((&summary.contender, summary.wall?.median)))
        .collect();
    timed.sort_by(|left, right| left.1.total_cmp(&right.1));
    match (timed.first(), timed.last()) {
        (Some((fast, least)), Some((slow, most))) if timed.len() > 1 => format!(
            "fastest {} with {}, slowest {} with {}",
            fast.title(),
            units::duration(*least),
            slow.title(),
            units::duration(*most)
        ),
        (Some((only, time)), _) => format!("{} with {}", only.title(), units::duration(*time)),
        _ => "no measured trial yet".to_owned(),
    }
}
