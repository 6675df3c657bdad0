//! `run --dry-run`: what would run, how long it would take, and which limits it may reach. Runs nothing.

use super::fit::{Cells, Head, fitted};
use super::terminal::width;
use crate::analysis::estimate;
use crate::analysis::preflight::{self, Outlook, PlannedPoint, Warning};
use crate::cpus::Cpus;
use crate::experiment::capabilities::unavailable;
use crate::experiment::{Experiment, TrialCount};
use crate::model::Contender;
use crate::printable;
use crate::python::Interpreters;
use crate::session::Headroom;
use crate::units;
use crate::workload::{WorkerCount, Workload};

/// Returns what an experiment may need more of than this machine has.
pub(super) fn warnings(experiment: &Experiment, interpreters: &Interpreters, headroom: &Headroom) -> Vec<Warning> {
    preflight::warnings(&preflight::planned(experiment, Workload::nominal), interpreters, headroom)
}

/// Returns what a sweep is expected to take; `None` without a sweep.
pub(super) fn outlook(experiment: &Experiment, interpreters: &Interpreters, headroom: &Headroom) -> Option<Outlook> {
    Outlook::of(experiment, &preflight::planned(experiment, Workload::nominal), interpreters, headroom)
}

/// Describes the experiment, the expected time of each model at each point, and what may exceed a limit.
pub(super) fn text(experiment: &Experiment, interpreters: &Interpreters, headroom: &Headroom) -> String {
    let nominal = experiment.workload.nominal();
    let cpus = headroom.machine.cpus;
    let workers = match experiment.workload.workers {
        Some(WorkerCount::Default) => "default workers".to_owned(),
        Some(WorkerCount::Number(number)) => units::plural(number.into(), "worker"),
        None => units::plural(cpus.within(experiment.workload.cpus.as_ref()).into(), "worker"),
    };
    let rounds = match experiment.trials.count {
        TrialCount::Fixed(count) => units::plural(count.into(), "measured round"),
        TrialCount::Auto => format!(
            "auto (at least {}, within {}) measured rounds",
            experiment.trials.minimum,
            units::duration(experiment.trials.budget_seconds * 1e9)
        ),
    };
    let counted = |number: u32, noun: &str| units::plural(number.into(), noun);
    let mut text = format!(
        "{} ({})\n{}, {}, seed {}, {}, {rounds}\n",
        printable::line(&experiment.title),
        experiment.id,
        counted(nominal.tasks, "task"),
        workers,
        experiment.workload.seed,
        counted(experiment.trials.warmups, "warm-up round"),
    );
    let points = preflight::planned(experiment, Workload::nominal);
    text.push_str(&payload(&points).unwrap_or_default());
    let named = |contender: &Contender| contender.to_string().chars().count() + 2;
    let left_out = experiment.left_out.iter().map(|left| named(&left.contender));
    let wide = experiment.models.iter().map(named).chain(left_out).fold(20, usize::max);
    match points.as_slice() {
        [one] if one.point.is_none() => {
            for contender in &experiment.models {
                let takes = takes(contender, one, interpreters, cpus);
                let takes = match (*contender == experiment.reference, takes.starts_with(CANT_RUN)) {
                    (false, _) => takes,
                    (true, false) => format!("{takes}, the reference"),
                    // A reason may be a long sentence.
                    (true, true) => format!("the reference {takes}"),
                };
                text.push_str(&format!("  {:<wide$}{takes}\n", contender.to_string()));
            }
        }
        several => {
            let sweep = experiment.sweep.as_ref().map_or_else(String::new, |sweep| sweep.key.to_string());
            let count = units::plural(several.len() as u64, "value");
            text.push_str(&format!(
                "Sweep of {sweep} over {count}. Expected time of a trial, where the model can run:\n"
            ));
            text.push_str(&fitted(table(experiment, several, interpreters, cpus), width(false), "--models with fewer"));
        }
    }
    for left in &experiment.left_out {
        let reason = printable::line(&left.reason);
        text.push_str(&format!("  {:<wide$}left out: {reason}\n", left.contender.to_string()));
    }
    if let Some(scheduler) = &interpreters.dask_scheduler {
        text.push_str(&format!("py-dask would use the scheduler at {scheduler}, which is not asked now\n"));
    }
    for one in &interpreters.not_started {
        text.push_str(&format!("{} ({}): {}\n", printable::path(&one.path), one.found, printable::line(&one.reason)));
    }
    match Outlook::of(experiment, &points, interpreters, headroom) {
        Some(outlook) => text.push_str(&format!("{outlook}\n")),
        None => {
            let seconds = estimate::run_seconds(experiment, &nominal, cpus);
            text.push_str(&format!("In all {}\n", estimate::about(&experiment.workload, seconds)));
        }
    }
    for warning in preflight::warnings(&points, interpreters, headroom) {
        text.push_str(&format!("{warning}\n"));
    }
    if let Some(passed_over) = interpreters.passed_over().filter(|_| experiment.uses_first_python()) {
        text.push_str(&format!("{passed_over}\n"));
    }
    text
}

/// Describes the payload, and the memory that the inputs take before the clock starts.
fn payload(points: &[PlannedPoint]) -> Option<String> {
    let inputs = |point: &PlannedPoint| {
        let workload = &point.experiment.workload;
        workload.payload.map(|one| u64::from(one.distinct_inputs(workload.task_count())) * one.input_bytes)
    };
    let (least, most) = (points.iter().filter_map(inputs).min()?, points.iter().filter_map(inputs).max()?);
    let [least, most] = [least, most].map(units::size);
    let range = if least == most { least } else { format!("{least} to {most}") };
    let described = match points {
        [one] => one.experiment.workload.payload?.describe(),
        _ => "each task has a payload".to_owned(),
    };
    Some(format!("{described}; {range} of inputs exist before the clock\n"))
}

/// Beginning of what is said of a model that has no trial.
const CANT_RUN: &str = "can't run";

/// Describes how long a trial takes, or why there is none.
fn takes(contender: &Contender, planned: &PlannedPoint, interpreters: &Interpreters, cpus: Cpus) -> String {
    let PlannedPoint { experiment, nominal, .. } = planned;
    if let Some(reason) = unavailable(contender, experiment, interpreters) {
        return format!("{CANT_RUN}: {reason}");
    }
    if estimate::is_unknown(&experiment.workload) {
        return estimate::UNKNOWN.to_owned();
    }
    let seconds = estimate::ended_seconds(contender, experiment, nominal, cpus);
    let locks_up = estimate::locks_up(contender, &experiment.workload, cpus);
    let timeout = if locks_up { ", until the time-out ends it" } else { "" };
    format!("about {} a trial{timeout}", units::duration(seconds * 1e9))
}

/// One row per point, one column per model.
fn table(experiment: &Experiment, points: &[PlannedPoint], interpreters: &Interpreters, cpus: Cpus) -> Cells {
    let key = experiment.sweep.as_ref().map_or_else(String::new, |sweep| sweep.key.title());
    let mut header = vec![Head { title: key, rank: u8::MAX }];
    header.extend(experiment.models.iter().enumerate().map(|(index, model)| Head {
        title: model.title(),
        rank: u8::MAX - 1 - u8::try_from(index).unwrap_or(u8::MAX - 1),
    }));
    let rows = points.iter().map(|planned| {
        let cell = |contender: &Contender| {
            if unavailable(contender, &planned.experiment, interpreters).is_some() {
                return "–".to_owned();
            }
            if estimate::is_unknown(&planned.experiment.workload) {
                return "unknown".to_owned();
            }
            let seconds = estimate::ended_seconds(contender, &planned.experiment, &planned.nominal, cpus);
            units::duration(seconds * 1e9)
        };
        let shown = planned.point.as_ref().map_or_else(String::new, |point| point.shown.clone());
        std::iter::once(shown).chain(planned.experiment.models.iter().map(cell)).collect()
    });
    Cells { header, rows: rows.collect() }
}
