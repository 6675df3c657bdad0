//! Expected needs of a run before it starts, compared with the limits of this machine: threads, processes, open
//! files, memory, disk. Estimates; a warning never keeps a run from starting.

mod allowed;
mod needs;
mod outlook;
mod overlap;
#[cfg(test)]
mod tests;
mod warning;

pub(super) use allowed::most_threads;
pub use outlook::Outlook;
pub use warning::{Resource, Warning};

use self::allowed::allowed;
use self::needs::needs;
use super::estimate;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::experiment::capabilities::unavailable;
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::python::Interpreters;
use crate::session::Headroom;
use crate::workload::{Nominal, Workload};

/// One point of a planned run.
#[derive(Debug, Clone)]
pub struct PlannedPoint {
    /// The value of the swept setting; `None` without a sweep.
    pub point: Option<SweepPoint>,
    /// The experiment at this point.
    pub experiment: Experiment,
    /// Its nominal durations.
    pub nominal: Nominal,
}

/// Returns the points of an experiment; a sweep that can't be run has none. `nominal` may be an approximation.
#[must_use]
pub fn planned(experiment: &Experiment, nominal: impl Fn(&Workload) -> Nominal) -> Vec<PlannedPoint> {
    let points = experiment.points().unwrap_or_default().into_iter();
    points
        .map(|(point, experiment)| PlannedPoint { point, nominal: nominal(&experiment.workload), experiment })
        .collect()
}

/// Returns a warning for each model and resource of which it may need more than there is, at its worst point. Models
/// that can't run need nothing.
#[must_use]
pub fn warnings(points: &[PlannedPoint], interpreters: &Interpreters, headroom: &Headroom) -> Vec<Warning> {
    let mut all: Vec<Warning> = Vec::new();
    for planned in points {
        for contender in &planned.experiment.models {
            if unavailable(contender, &planned.experiment, interpreters).is_none() {
                for warning in of_model(contender, planned, headroom) {
                    add(&mut all, warning);
                }
            }
        }
    }
    all.extend(history(points, headroom));
    all
}

/// Adds a warning, or joins it with the one of the same model and resource at another point.
fn add(all: &mut Vec<Warning>, warning: Warning) {
    let same = |known: &&mut Warning| known.contender == warning.contender && known.resource == warning.resource;
    match all.iter_mut().find(same) {
        None => all.push(warning),
        Some(known) => {
            let points = known.points + 1;
            if warning.needed > known.needed {
                *known = warning;
            }
            known.points = points;
        }
    }
}

fn of_model(contender: &Contender, planned: &PlannedPoint, headroom: &Headroom) -> Vec<Warning> {
    let PlannedPoint { point, experiment, nominal } = planned;
    let cpus = headroom.machine.cpus;
    let needs = needs(contender, experiment, nominal, headroom);
    let exceeded = |(resource, needed): (Resource, u64)| {
        let allowed = allowed(resource, contender, headroom)?;
        (needed > allowed).then(|| Warning {
            contender: Some(contender.clone()),
            point: point.clone(),
            resource,
            needed,
            allowed,
            folder: (resource == Resource::TrialDisk).then(|| headroom.trial_folder.folder.clone()),
            points: 1,
        })
    };
    let mut all: Vec<Warning> = needs.into_iter().filter_map(exceeded).collect();
    all.extend(time_out(contender, experiment, nominal, cpus).map(|(needed, allowed)| Warning {
        contender: Some(contender.clone()),
        point: point.clone(),
        resource: Resource::Time,
        needed,
        allowed,
        folder: None,
        points: 1,
    }));
    all
}

/// Expected milliseconds of a trial and those of its time-out, if it needs more. A deadlock is meant to be ended by it.
fn time_out(contender: &Contender, experiment: &Experiment, nominal: &Nominal, cpus: Cpus) -> Option<(u64, u64)> {
    let workload = &experiment.workload;
    if estimate::locks_up(contender, workload, cpus) {
        return None;
    }
    let own = estimate::nominal_on(contender, experiment, nominal);
    let seconds = estimate::trial_seconds(contender, workload, &own, cpus);
    let timeout = experiment.trials.timeout_seconds;
    (seconds > timeout).then_some(((seconds * 1e3).ceil() as u64, (timeout * 1e3).round() as u64))
}

/// Returns the expected seconds of one trial of each model at each point.
fn seconds_of_a_pass(points: &[PlannedPoint], cpus: Cpus) -> f64 {
    let of_point = |PlannedPoint { experiment, nominal, .. }: &PlannedPoint| -> f64 {
        experiment.models.iter().map(|one| estimate::ended_seconds(one, experiment, nominal, cpus)).sum()
    };
    points.iter().map(of_point).sum()
}

/// Returns a warning if the record of the run may not fit its file system.
fn history(points: &[PlannedPoint], headroom: &Headroom) -> Option<Warning> {
    let history = headroom.history.as_ref()?;
    let free = history.free_bytes?;
    let pass = seconds_of_a_pass(points, headroom.machine.cpus);
    let plan = &points.first()?.experiment.trials;
    let rounds = plan.rounds((plan.warmups > 0).then_some(pass)) + plan.warmups;
    let tasks = |planned: &PlannedPoint| {
        u64::from(planned.experiment.workload.task_count()) * planned.experiment.models.len() as u64
    };
    let of_tasks = points.iter().map(tasks).sum::<u64>() * u64::from(rounds) * needs::RECORDED_BYTES;
    let needed = of_tasks + needs::EMPTY_RECORD_BYTES;
    (needed > free).then(|| Warning {
        contender: None,
        point: None,
        resource: Resource::RecordDisk,
        needed,
        allowed: free,
        folder: Some(history.folder.clone()),
        points: 1,
    })
}
