//! Measured facts about the choice. A fact about two contenders is stated only where their trials do not overlap.

use super::costs::{self, Memory};
use super::field::{Field, median};
use super::finding::{Choice, Ground};
use super::ideals;
use crate::analysis::ideal::usable_cpus;
use crate::analysis::interpreter_lock::has_gil;
use crate::analysis::summary::Summary;
use crate::analysis::verdict::{ONE_CORE, Regime, tells_cost_of_a_task};
use crate::model::Contender;
use crate::trial::Measured;
use crate::workload::Step;

/// Efficiency from which a contender counts as near its ideal.
const NEAR: f64 = 0.95;
/// Factor between two figures from which the difference is worth a sentence.
const WORTH: f64 = 1.2;
/// Factor by which a leader's memory has to be below that of the others.
const LESS_MEMORY: f64 = 0.8;
/// Least difference of memory that is worth a sentence, bytes.
pub(super) const LEAST_MEMORY: f64 = 4e6;

/// Returns the facts.
pub(super) fn grounds(field: &Field<'_>, choice: &Choice) -> Vec<Ground> {
    let Some(fastest) = choice.leaders.first().and_then(|leader| field.summary(&leader.contender)) else {
        return Vec::new();
    };
    let leads = choice.next.iter().chain(&choice.reference);
    let slower: Vec<&Summary> = leads.filter_map(|lead| field.summary(&lead.over)).collect();
    let regime = Regime::of(field.results);
    let mut all = Vec::new();
    // The reference, or else the next.
    if let Some(rival) = slower.last().copied() {
        match regime {
            Regime::Overhead => all.extend(per_task(field, fastest, rival)),
            Regime::Computing => {
                all.extend(memory_rate(field, fastest, rival).or_else(|| cores(field, fastest, &slower)));
            }
            Regime::Waiting => all.extend(in_flight(field, fastest, &slower)),
            Regime::Mixed | Regime::Unstated => {
                all.extend(in_flight(field, fastest, &slower));
                all.extend(cores(field, fastest, &slower));
            }
        }
    }
    all.extend(gil(field, choice));
    all.extend(near_ideal(field, fastest));
    all.extend(least_memory(field, choice));
    all
}

fn in_flight(field: &Field<'_>, fastest: &Summary, slower: &[&Summary]) -> Option<Ground> {
    let peak = |measured: &Measured| Some(f64::from(measured.span_summary.peak_in_flight));
    let (least, _) = field.range(&fastest.contender, peak)?;
    let fewer = |other: &&Summary| {
        let (_, most) = field.range(&other.contender, peak)?;
        (least > most * WORTH).then_some((other.contender.clone(), other.peak_in_flight?))
    };
    let others: Vec<(Contender, u32)> = slower.iter().filter_map(fewer).collect();
    let (tasks, of) = (fastest.peak_in_flight?, field.results.nominal.tasks);
    (!others.is_empty()).then(|| Ground::InFlight { contender: fastest.contender.clone(), tasks, of, others })
}

fn cores(field: &Field<'_>, fastest: &Summary, slower: &[&Summary]) -> Option<Ground> {
    let (least, _) = field.range(&fastest.contender, Measured::cores_used)?;
    let fewer = |other: &&Summary| {
        let (_, most) = field.range(&other.contender, Measured::cores_used)?;
        (least > most * WORTH).then_some((other.contender.clone(), other.cpu_cores_used?))
    };
    let others: Vec<(Contender, f64)> = slower.iter().filter_map(fewer).collect();
    let cores = fastest.cpu_cores_used?;
    let is_more = least > ONE_CORE && !others.is_empty();
    is_more.then(|| Ground::Cores { contender: fastest.contender.clone(), cores, others })
}

fn per_task(field: &Field<'_>, fastest: &Summary, rival: &Summary) -> Option<Ground> {
    let tasks = f64::from(field.results.nominal.tasks.max(1));
    let are_enough = [fastest, rival].iter().all(|summary| tells_cost_of_a_task(field.results, summary));
    are_enough.then(|| Ground::PerTask {
        contender: fastest.contender.clone(),
        nanos: median(fastest) / tasks,
        other: (rival.contender.clone(), median(rival) / tasks),
    })
}

/// Returns true if the tasks only read memory.
pub(super) fn only_streams(field: &Field<'_>) -> bool {
    let steps = field.results.experiment.workload.steps();
    !steps.is_empty() && steps.iter().all(|step| matches!(step, Step::Memory { .. }))
}

fn memory_rate(field: &Field<'_>, fastest: &Summary, rival: &Summary) -> Option<Ground> {
    let of =
        |summary: &Summary| Some((summary.contender.clone(), summary.streamed_bytes_per_s?, summary.cpu_cores_used?));
    only_streams(field).then(|| Some(Ground::MemoryRate { fastest: of(fastest)?, other: of(rival)? }))?
}

/// Returns true if a contender's threads take turns at a GIL that no kernel of the workload releases.
pub(super) fn takes_turns(field: &Field<'_>, contender: &Contender) -> bool {
    let results = field.results;
    let cpus = results.cpus_of(contender);
    let workload = &*results.workload_of(contender);
    cpus > 1
        && has_gil(results, contender)
        && !workload.kernels().is_empty()
        && usable_cpus(contender.model, workload, true, cpus) == 1
}

/// The fastest of the slower contenders whose threads computed in turn.
fn gil(field: &Field<'_>, choice: &Choice) -> Option<Ground> {
    let slower = field.eligible.iter().filter(|summary| !choice.leads(&summary.contender));
    let mut slower = slower.filter(|summary| takes_turns(field, &summary.contender));
    let of = |summary: &&Summary| {
        let (_, most) = field.range(&summary.contender, Measured::cores_used)?;
        let used = summary.cpu_cores_used.filter(|_| most <= ONE_CORE)?;
        Some(Ground::Gil { contender: summary.contender.clone(), cores: used })
    };
    slower.find_map(of)
}

fn near_ideal(field: &Field<'_>, fastest: &Summary) -> Option<Ground> {
    let share = fastest.efficiency.filter(|share| (NEAR..=1.0).contains(share))?;
    ideals::are_bounds(&field.members).then(|| Ground::NearIdeal {
        contender: fastest.contender.clone(),
        ideal_nanos: share * median(fastest),
        median_nanos: median(fastest),
    })
}

/// One of several leaders that needed clearly less memory than each of the others.
fn least_memory(field: &Field<'_>, choice: &Choice) -> Option<Ground> {
    if choice.leaders.len() < 2 {
        return None;
    }
    let of = |contender: &Contender| Some((contender.clone(), costs::memory(field, contender)?));
    let mut all: Vec<(Contender, Memory)> =
        choice.leaders.iter().map(|leader| of(&leader.contender)).collect::<Option<_>>()?;
    all.sort_by(|a, b| a.1.most.total_cmp(&b.1.most));
    let (first, others) = all.split_first()?;
    let others_bytes = others.iter().map(|(_, memory)| memory.least).fold(f64::INFINITY, f64::min);
    let is_less = first.1.most <= LESS_MEMORY * others_bytes && others_bytes - first.1.most >= LEAST_MEMORY;
    is_less.then(|| Ground::LeastMemory { contender: first.0.clone(), bytes: first.1.most, others_bytes })
}
