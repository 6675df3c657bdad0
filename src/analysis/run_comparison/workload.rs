//! Decides whether two runs have the same nominal workload, and which points of two sweeps belong together.

use super::mismatch::NotComparable;
use super::pair::{Changed, Side};
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::results::{Results, RunResults};
use crate::units;
use crate::workload::{DurationDistribution, Key, Payload, Step, Tasks, Value, WorkerCount, Workload};

/// Largest relative difference of two values of a sweep that are the same: a logarithmic range rounds.
const SAME_VALUE: f64 = 1e-9;

/// Checks that two runs can be compared: the same nominal workload, and a contender in common. Reads no trial.
///
/// # Errors
/// The first difference found.
pub fn check(old: &RunResults, new: &RunResults) -> Result<(), NotComparable> {
    match (&old.experiment.sweep, &new.experiment.sweep) {
        (None, None) => {}
        (Some(_), None) => return Err(NotComparable::OneSweep(Side::Old)),
        (None, Some(_)) => return Err(NotComparable::OneSweep(Side::New)),
        (Some(one), Some(other)) if one.key != other.key => {
            return Err(NotComparable::SweepKey(Changed { old: one.key.to_string(), new: other.key.to_string() }));
        }
        (Some(_), Some(_)) => {}
    }
    let mut pairs = common_points(old, new).peekable();
    if let (None, Some(sweep)) = (pairs.peek(), &new.experiment.sweep) {
        return Err(NotComparable::NoCommonValue(sweep.key.to_string()));
    }
    for (old, new) in pairs {
        same_workload(old, new)?;
    }
    let ids = |run: &RunResults| run.experiment.models.iter().map(ToString::to_string).collect::<Vec<_>>();
    let known = ids(old);
    if ids(new).iter().any(|id| known.contains(id)) { Ok(()) } else { Err(NotComparable::NoCommonContender) }
}

/// Returns the points that both runs have, in the order of the newer one. Without a sweep that is the only one.
pub(super) fn common_points<'a>(
    old: &'a RunResults,
    new: &'a RunResults,
) -> impl Iterator<Item = (&'a Results, &'a Results)> {
    new.points.iter().filter_map(|point| Some((old.points.iter().find(|other| is_same_point(other, point))?, point)))
}

/// Returns the points that only one run has.
pub(super) fn points_in_one(old: &RunResults, new: &RunResults) -> Vec<(Side, SweepPoint)> {
    let lacking = |side, of: &RunResults, other: &RunResults| {
        let missing = of.points.iter().filter(|point| !other.points.iter().any(|one| is_same_point(one, point)));
        missing.filter_map(|point| Some((side, point.point.clone()?))).collect::<Vec<_>>()
    };
    let mut all = lacking(Side::Old, old, new);
    all.extend(lacking(Side::New, new, old));
    all
}

fn is_same_point(one: &Results, other: &Results) -> bool {
    match (&one.point, &other.point) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            (one.value - other.value).abs() <= SAME_VALUE * one.value.abs().max(other.value.abs())
        }
        _ => false,
    }
}

fn same_workload(old: &Results, new: &Results) -> Result<(), NotComparable> {
    let (before, after) = (&old.experiment.workload, &new.experiment.workload);
    same_tasks(before, after, new.point.is_some())?;
    // A task list has durations of its own.
    if !matches!(before.tasks, Tasks::List(_)) && before.spread != after.spread {
        let change = Changed { old: spread(&before.spread), new: spread(&after.spread) };
        return Err(NotComparable::Spread(change));
    }
    // One worker per CPU is the same setting on another machine, whose CPUs are listed as a difference.
    let planned = |workers: Option<WorkerCount>, run: &Results| match workers {
        Some(WorkerCount::Default) => None,
        Some(WorkerCount::Number(number)) => Some(number),
        None => Some(run.logical_cpus()),
    };
    let same_number = || {
        let number = planned(before.workers, old);
        number.is_some() && number == planned(after.workers, new)
    };
    if before.workers != after.workers && !(old.machine.is_some() && new.machine.is_some() && same_number()) {
        let workers = |workers: Option<WorkerCount>| match workers {
            Some(WorkerCount::Default) => "the library's default".to_owned(),
            other => number(other.and_then(WorkerCount::number), "one per CPU"),
        };
        return Err(NotComparable::Workers(Changed { old: workers(before.workers), new: workers(after.workers) }));
    }
    if before.in_flight != after.in_flight {
        let limit = |limit: Option<u32>| number(limit, "no limit");
        return Err(NotComparable::InFlight(Changed { old: limit(before.in_flight), new: limit(after.in_flight) }));
    }
    if before.work != after.work {
        return Err(NotComparable::Work(Changed { old: before.work, new: after.work }));
    }
    if before.awaits != after.awaits {
        return Err(NotComparable::Await(Changed { old: before.awaits, new: after.awaits }));
    }
    if before.ticker != after.ticker {
        return Err(NotComparable::Ticker(if before.ticker { Side::Old } else { Side::New }));
    }
    if before.payload != after.payload {
        let payload = |payload: Option<Payload>| payload.map_or_else(|| "none".to_owned(), |one| one.describe());
        let change = Changed { old: payload(before.payload), new: payload(after.payload) };
        return Err(NotComparable::Payload(change));
    }
    Ok(())
}

fn same_tasks(before: &Workload, after: &Workload, swept: bool) -> Result<(), NotComparable> {
    if before.task_count() != after.task_count() {
        return Err(NotComparable::Tasks(Changed { old: before.task_count(), new: after.task_count() }));
    }
    match (&before.tasks, &after.tasks) {
        (Tasks::List(_), Tasks::Alike { .. }) => Err(NotComparable::OneTaskList(Side::Old)),
        (Tasks::Alike { .. }, Tasks::List(_)) => Err(NotComparable::OneTaskList(Side::New)),
        (Tasks::List(before), Tasks::List(after)) if before == after => Ok(()),
        (Tasks::List(_), Tasks::List(_)) => Err(NotComparable::TaskLists),
        (Tasks::Classes(before), Tasks::Classes(after)) if before == after => Ok(()),
        (Tasks::Classes(_), _) | (_, Tasks::Classes(_)) => Err(NotComparable::Classes),
        (Tasks::Alike { steps: before, .. }, Tasks::Alike { steps: after, .. }) => {
            if before.len() != after.len() {
                return Err(NotComparable::StepCount(Changed { old: before.len(), new: after.len() }));
            }
            let same =
                |one: &Step, other: &Step| one == other || swept && is_nearly(one, other) || is_same_call(one, other);
            match before.iter().zip(after).position(|(one, other)| !same(one, other)) {
                None => Ok(()),
                Some(index) => Err(step_differs(index + 1, &before[index], &after[index])),
            }
        }
    }
}

fn step_differs(step: usize, before: &Step, after: &Step) -> NotComparable {
    let kind = before.kind();
    let differs = |key: &&Key| kind == after.kind() && key.get(before) != key.get(after);
    match kind.keys.iter().find(differs).map(|key| (key.name, key.get(before).zip(key.get(after)))) {
        Some((key, Some((old, new)))) => {
            NotComparable::StepKey { step, key, change: Changed { old: written(&old), new: written(&new) } }
        }
        _ => NotComparable::Step { step, change: Changed { old: before.describe(), new: after.describe() } },
    }
}

/// A value as files have it.
fn written(value: &Value) -> String {
    match value {
        Value::Number(number) => units::quoted(*number),
        Value::Whole(number) => units::count(*number),
        Value::Flag(flag) => flag.to_string(),
        Value::Choice(name) => (*name).to_owned(),
        Value::Text(text) => printable::value(text).into_owned(),
        Value::Texts(texts) => printable::value(&texts.join(" ")).into_owned(),
    }
}

/// Returns true for calls with the same arguments: which function is called, and what is in it, are listed as differences.
fn is_same_call(one: &Step, other: &Step) -> bool {
    match (one, other) {
        (Step::Call { arguments: before, .. }, Step::Call { arguments: after, .. }) => before == after,
        _ => false,
    }
}

/// Returns true for steps that differ by rounding of their duration only.
fn is_nearly(one: &Step, other: &Step) -> bool {
    let (Some(before), Some(after)) = (one.ms(), other.ms()) else { return false };
    let mut moved = one.clone();
    moved.set_ms(after);
    moved == *other && (before - after).abs() <= SAME_VALUE * before.abs().max(after.abs())
}

fn number(number: Option<u32>, none: &str) -> String {
    number.map_or_else(|| none.to_owned(), |number| units::count(number.into()))
}

fn spread(spread: &DurationDistribution) -> String {
    match spread {
        DurationDistribution::Uniform { percent } => format!("uniform, {} %", units::short(*percent)),
        DurationDistribution::Pareto { shape } => format!("Pareto, shape {shape}"),
        other => other.name().to_owned(),
    }
}
