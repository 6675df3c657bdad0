//! Findings that would change the answer, each from a measured figure, a calculated ideal, or a limit of the machine.

use super::costs;
use super::field::{Field, median};
use super::finding::{Change, Choice, Exclusion, Fault};
use super::grounds::{only_streams, takes_turns};
use super::ideals::{self, Conditions, ideal};
use super::swept;
use crate::analysis::estimate::trial_seconds;
use crate::analysis::ideal::{computing_threads, usable_cpus};
use crate::analysis::interpreter_lock::has_gil;
use crate::analysis::preflight::most_threads;
use crate::analysis::ratio::paired_ratio;
use crate::analysis::scaling::Scaling;
use crate::analysis::summary::Summary;
use crate::analysis::verdict::{ONE_CORE, Regime, tells_cost_of_a_task};
use crate::analysis::{Finding, compare, statistics};
use crate::experiment::capabilities::unavailable;
use crate::experiment::sweep::SweepKey;
use crate::model::{Contender, Family, ModelId, Workers};
use crate::trial::Measured;
use crate::workload::{LockOrder, MOST_WORKERS, Step};

/// Share by which an ideal has to fall before it is worth a sentence.
const WORTH: f64 = 0.9;
/// Share of the fastest's time below which the ideal of a model that was not measured is worth a try.
const UNTRIED: f64 = 0.8;
/// Share of the time from which the sections under a lock take nearly all of it.
const NEARLY_ALL: f64 = 0.9;
/// Factor between the memory of two contenders that is worth a sentence.
const MEMORY_FACTOR: f64 = 2.0;
/// Least difference of memory that is worth a sentence, bytes.
const MEMORY_BYTES: f64 = 16e6;
/// Least standstill of the fastest that is worth a sentence, nanoseconds.
const STANDSTILL_NANOS: f64 = 5e6;
/// Factor by which cores have to grow more than the rate before memory is said to be the limit.
const WASTED: f64 = 1.2;

/// Returns what follows from the workload alone, where there is no choice.
pub(super) fn of_workload(field: &Field<'_>, excluded: &[Exclusion]) -> Vec<Change> {
    let mut all = Vec::new();
    let steps = field.results.experiment.workload.steps();
    let opposite = |step: &Step| matches!(step, Step::TwoLocks { order: LockOrder::Opposite, .. });
    let deadlocked = excluded.iter().any(|one| matches!(one.fault, Fault::Deadlocked { .. }));
    if deadlocked && steps.iter().any(opposite) {
        all.push(Change::LockOrder);
    }
    let lost = excluded.iter().filter(|one| matches!(one.fault, Fault::LostUpdates { .. }));
    let contenders: Vec<Contender> = lost.map(|one| one.contender.clone()).collect();
    if !contenders.is_empty() {
        all.push(Change::Protection { contenders });
    }
    all
}

/// Returns all changes.
pub(super) fn changes(
    field: &Field<'_>,
    choice: &Choice,
    excluded: &[Exclusion],
    scaling: Option<&Scaling>,
) -> Vec<Change> {
    let mut all = of_workload(field, excluded);
    let Some(fastest) = choice.leaders.first().and_then(|leader| field.summary(&leader.contender)) else { return all };
    let is_swept = |key: &SweepKey| scaling.is_some_and(|scaling| scaling.key == *key);
    if let Some(scaling) = scaling {
        all.extend(swept::changes(choice, scaling));
    }
    all.extend(lock_floor(field, fastest));
    if ideals::are_bounds(&field.members) {
        if !is_swept(&SweepKey::Workers) {
            all.extend(more_workers(field, choice, fastest));
        }
        all.extend(free_threaded(field, fastest));
        all.extend(untried(field, fastest));
        all.extend(one_core(field, fastest));
    }
    all.extend(longer_tasks(field, choice, fastest));
    all.extend(memory_bound(field, choice, fastest));
    all.extend(thread_limit(field, choice));
    all.extend(less_memory(field, choice, fastest));
    all.extend(responsive(field, choice, fastest));
    all.extend(cold_start(field, choice, fastest));
    all
}

fn workers(field: &Field<'_>, summary: &Summary) -> u32 {
    summary.workers.unwrap_or_else(|| field.results.planned_workers(&summary.contender))
}

fn more_workers(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Vec<Change> {
    let results = field.results;
    let change = |summary: &&Summary| -> Option<Change> {
        let contender = &summary.contender;
        if contender.model.info().workers == Workers::None {
            return None;
        }
        let now = workers(field, summary);
        let (cpus, gil) = (results.cpus_of(contender), has_gil(results, contender));
        let at = |workers| ideal(results, contender, Conditions { workers, cpus, gil });
        let most = results.nominal.tasks.clamp(now, MOST_WORKERS.max(now));
        let (before, least) = (at(now)?, at(most)?);
        if least > WORTH * before {
            return None;
        }
        // The ideal never grows with the workers.
        let (mut low, mut high) = (now, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if at(middle)? <= least * 1.001 { high = middle } else { low = middle }
        }
        let leads = choice.leads(contender);
        let may_lead = leads || least < median(fastest);
        let other = (contender != &fastest.contender).then(|| (fastest.contender.clone(), median(fastest)));
        may_lead.then(|| Change::MoreWorkers {
            contender: contender.clone(),
            now: (now, before),
            then: (high, at(high).unwrap_or(least)),
            fastest: other,
        })
    };
    let (leaders, others): (Vec<&Summary>, Vec<&Summary>) =
        field.eligible.iter().copied().partition(|summary| choice.leads(&summary.contender));
    let first = |group: Vec<&Summary>| group.iter().find_map(change);
    [first(leaders), first(others)].into_iter().flatten().collect()
}

fn free_threaded(field: &Field<'_>, fastest: &Summary) -> Option<Change> {
    let results = field.results;
    // Threads that ran without the GIL are in the result already.
    let shares = |contender: &&Contender| contender.model.shares_an_interpreter();
    if results.experiment.models.iter().filter(shares).any(|contender| !has_gil(results, contender)) {
        return None;
    }
    let change = |summary: &&Summary| {
        let contender = &summary.contender;
        let (cpus, workers) = (results.cpus_of(contender), workers(field, summary));
        let at = |gil| ideal(results, contender, Conditions { workers, cpus, gil });
        let (now_nanos, then_nanos) = (at(true)?, at(false)?);
        let worth = takes_turns(field, contender) && then_nanos <= WORTH * now_nanos && then_nanos < median(fastest);
        let installed = || results.interpreters.usable.iter().find(|one| one.free_threaded).map(|one| one.tag.clone());
        worth.then(|| Change::FreeThreaded {
            contender: contender.clone(),
            now_nanos,
            then_nanos,
            cpus: cpus.min(computing_threads(contender.model, &results.workload_of(contender), workers)),
            installed: installed(),
        })
    };
    field.eligible.iter().find_map(change)
}

/// The model with the least ideal of those that were not measured, if that is below every measured one's.
fn untried(field: &Field<'_>, fastest: &Summary) -> Option<Change> {
    let results = field.results;
    let experiment = &results.experiment;
    let least_measured = field.members.iter().filter_map(|one| one.ideal_nanos).reduce(f64::min)?;
    let known = |model: ModelId| {
        let is = |contender: &Contender| contender.model == model;
        experiment.models.iter().any(is) || experiment.left_out.iter().any(|left| is(&left.contender))
    };
    let on_host = |model: ModelId| Contender { host: fastest.contender.host.clone(), ..Contender::of(model) };
    let is_python = fastest.contender.model.is_python();
    let models = ModelId::all().filter(|model| model.is_python() == is_python && !known(*model)).map(on_host);
    let candidate = |contender: Contender| {
        if unavailable(&contender, experiment, &results.interpreters).is_some() {
            return None;
        }
        let (workers, cpus) = (results.planned_workers(&contender), results.cpus_of(&contender));
        let nanos = ideal(results, &contender, Conditions { workers, cpus, gil: has_gil(results, &contender) })?;
        let nominal = results.nominal_on(&contender.host);
        let estimate = trial_seconds(&contender, &experiment.workload, nominal, results.cpus()) * 1e9;
        let limit = UNTRIED * median(fastest);
        (nanos < limit && nanos < UNTRIED * least_measured && estimate < limit).then_some((contender, nanos))
    };
    let (contender, ideal_nanos) = models.filter_map(candidate).min_by(|a, b| a.1.total_cmp(&b.1))?;
    let fastest = (fastest.contender.clone(), median(fastest));
    Some(Change::Untried { model: contender.model, ideal_nanos, fastest })
}

fn one_core(field: &Field<'_>, fastest: &Summary) -> Option<Change> {
    let results = field.results;
    let contender = &fastest.contender;
    let (least, _) = field.range(contender, Measured::cores_used)?;
    if least <= ONE_CORE || Regime::of(results) != Regime::Computing {
        return None;
    }
    let gil = has_gil(results, contender);
    let ideal_nanos = ideal(results, contender, Conditions { workers: workers(field, fastest), cpus: 1, gil })?;
    let nominal = results.nominal_on(&contender.host);
    let one_by_one = nominal.compute_nanos + nominal.wait_nanos;
    (ideal_nanos >= 0.98 * one_by_one).then(|| Change::OneCore {
        contender: contender.clone(),
        ideal_nanos,
        cores: fastest.cpu_cores_used.unwrap_or(least),
    })
}

/// The sections of one lock take nearly all of the time, and no contender took less than their sum.
fn lock_floor(field: &Field<'_>, fastest: &Summary) -> Option<Change> {
    let nominal = field.results.nominal_on(&fastest.contender.host);
    let locked_nanos = nominal.locked_nanos;
    let shortest = field.eligible.iter().filter_map(|one| Some(one.wall?.min)).fold(f64::INFINITY, f64::min);
    let (_, high) = fastest.wall?.ci95?;
    // Sections in which a faster core undercut the calibrated sum are no bound.
    let mut steps = field.results.experiment.workload.steps().iter();
    let has_sections = steps.any(|step| matches!(step, Step::Critical { .. }));
    let is_floor = has_sections && locked_nanos > 0.0 && shortest >= locked_nanos && locked_nanos >= NEARLY_ALL * high;
    is_floor.then(|| Change::LockFloor { locked_nanos, fastest: (fastest.contender.clone(), median(fastest)) })
}

fn longer_tasks(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Option<Change> {
    let results = field.results;
    if Regime::of(results) != Regime::Overhead || fastest.contender.model.info().family != Family::Sequential {
        return None;
    }
    let parallel = |summary: &&Summary| {
        let contender = &summary.contender;
        let cpus = results.cpus_of(contender);
        let workload = &*results.workload_of(contender);
        let usable = usable_cpus(contender.model, workload, has_gil(results, contender), cpus);
        // An empty task has no kernel to release the GIL.
        let in_turn = contender.model.shares_an_interpreter() && has_gil(results, contender);
        usable > 1 && !in_turn && computing_threads(contender.model, workload, workers(field, summary)) > 1
    };
    let mut slower = field.eligible.iter().copied().filter(|one| !choice.leads(&one.contender));
    let other = slower.find(|summary| parallel(summary))?;
    let are_enough = [fastest, other].iter().all(|summary| tells_cost_of_a_task(results, summary));
    let clear = compare(results, &other.contender, &fastest.contender).is_some_and(|one| one.is_clearly_slower());
    let nanos = (median(other) - median(fastest)) / f64::from(results.nominal.tasks.max(1));
    (are_enough && clear).then(|| Change::LongerTasks {
        contender: fastest.contender.clone(),
        other: other.contender.clone(),
        nanos,
    })
}

fn memory_bound(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Option<Change> {
    let slower = choice.reference.as_ref().or(choice.next.as_ref())?;
    let slower = field.summary(&slower.over).filter(|_| only_streams(field))?;
    let (least, _) = field.range(&fastest.contender, Measured::cores_used)?;
    let (_, most) = field.range(&slower.contender, Measured::cores_used)?;
    let cores_ratio = least / most;
    let rate_ratio = fastest.streamed_bytes_per_s? / slower.streamed_bytes_per_s?;
    let is_bound = least > ONE_CORE && cores_ratio > WASTED * rate_ratio;
    is_bound.then_some(Change::MemoryBound { cores_ratio, rate_ratio })
}

fn thread_limit(field: &Field<'_>, choice: &Choice) -> Option<Change> {
    let machine = field.results.machine.as_ref()?;
    let leader = choice.leaders.iter().find(|one| one.contender.model.info().family == Family::Threads)?;
    let limit = most_threads(&machine.limits, None, leader.contender.host.is_python())?;
    let in_flight = field.summary(&leader.contender)?.peak_in_flight?;
    Some(Change::ThreadLimit { contender: leader.contender.clone(), limit, in_flight })
}

/// The fastest contender that needs clearly less memory than the fastest of all.
fn less_memory(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Option<Change> {
    let own = costs::memory(field, &fastest.contender)?;
    let needs_less = |summary: &&&Summary| {
        costs::memory(field, &summary.contender)
            .is_some_and(|other| other.most * MEMORY_FACTOR <= own.least && own.least - other.most >= MEMORY_BYTES)
    };
    let mut others = field.eligible.iter().filter(|summary| summary.contender != fastest.contender);
    let instead = *others.find(needs_less)?;
    let bytes = costs::memory(field, &instead.contender)?.most;
    let comparison = compare(field.results, &instead.contender, &fastest.contender)?;
    comparison.ratio.ci95?;
    let is_leader = choice.leads(&instead.contender);
    Some(Change::LessMemory {
        instead: (instead.contender.clone(), bytes),
        fastest: (fastest.contender.clone(), own.least),
        is_bound: own.is_of_processes,
        times: (!is_leader).then_some(comparison.ratio),
    })
}

fn responsive(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Option<Change> {
    let worst = |measured: &Measured| Some(measured.span_summary.lateness?.worst as f64);
    let (own, _) = field.range(&fastest.contender, worst)?;
    if own < STANDSTILL_NANOS {
        return None;
    }
    let punctual = |summary: &&Summary| {
        let (_, most) = field.range(&summary.contender, worst)?;
        (2.0 * most <= own).then(|| (summary.contender.clone(), most))
    };
    // A leader that can't be told apart from the fastest, or else the fastest that is more punctual.
    let (leaders, others): (Vec<&Summary>, Vec<&Summary>) =
        field.eligible.iter().copied().partition(|summary| choice.leads(&summary.contender));
    let instead = leaders.iter().chain(&others).find_map(punctual)?;
    Some(Change::Responsive { instead, fastest: (fastest.contender.clone(), own) })
}

fn cold_nanos(measured: &Measured) -> f64 {
    measured.setup_nanos as f64 + measured.wall_nanos as f64
}

fn cold_start(field: &Field<'_>, choice: &Choice, fastest: &Summary) -> Option<Change> {
    let cold = |summary: &Summary| {
        let trials = field.results.measured(&summary.contender).filter_map(|trial| trial.completed());
        statistics::median(&trials.map(cold_nanos).collect::<Vec<_>>()).unwrap_or(f64::INFINITY)
    };
    let first = field.eligible.iter().copied().min_by(|a, b| cold(a).total_cmp(&cold(b)))?;
    if choice.leads(&first.contender) {
        return None;
    }
    let ratio = paired_ratio(field.results, &fastest.contender, &first.contender, cold_nanos)?;
    matches!(Finding::of(ratio.measured()), Finding::Slower).then(|| Change::ColdStart {
        instead: (first.contender.clone(), cold(first)),
        fastest: (fastest.contender.clone(), cold(fastest)),
    })
}
