//! Questions that a run's figures can answer, those nearest its lesson first. A question about the most or the least is
//! asked only where the intervals of the answer and of every other choice do not overlap.

use super::estimates::{Estimate, estimate};
use super::question::{Choice, Evidence, Quantity, Question, Subject};
use crate::analysis::caveat::Caveat;
use crate::analysis::finding::Finding;
use crate::analysis::ideal::{ideal_nanos, usable_cpus};
use crate::analysis::interpreter_lock::has_gil;
use crate::analysis::ratio::comparable;
use crate::analysis::summary::Summary;
use crate::analysis::verdict::{ONE_CORE, Regime};
use crate::analysis::{Analysis, compare};
use crate::experiment::FEWEST_PAIRS;
use crate::model::{Contender, Gil, Workers};
use crate::results::Results;
use crate::trial::Measured;
use crate::workload::MOST_WORKERS;

/// Most contenders that are offered.
const MOST_CHOICES: usize = 4;
/// Factor between the nearest ends of two intervals from which the answer is clear.
const CLEAR: f64 = 1.1;
/// Least ratio that is asked for.
const LEAST_TIMES: f64 = 1.5;

/// Returns the questions; none while the run goes on, if it was disturbed, or if a debug build made it.
pub(super) fn candidates(results: &Results, analysis: &Analysis) -> Vec<Question> {
    let in_doubt = analysis.verdict.disturbance.is_some() || analysis.caveats.contains(&Caveat::DebugBuild);
    if results.outcome.is_none() || results.experiment.workload.classes().is_some() {
        return Vec::new();
    }
    let of = Maker { results, analysis };
    let mut all: Vec<Option<Question>> = vec![of.deadlocked(), of.lost_updates()];
    if !in_doubt {
        let overhead = Regime::of(results) == Regime::Overhead;
        let waiting = matches!(Regime::of(results), Regime::Waiting | Regime::Mixed);
        all.push(of.longest_standstill());
        if overhead {
            all.push(of.per_task());
        }
        if waiting {
            all.extend([of.in_flight(), of.double_workers(), of.most_cores()]);
        } else {
            all.extend([of.most_cores(), of.double_workers()]);
        }
        all.extend([of.times_as_fast(), of.most_memory(), of.fastest()]);
        if !waiting {
            all.push(of.in_flight());
        }
    }
    all.into_iter().flatten().collect()
}

struct Maker<'a> {
    results: &'a Results,
    analysis: &'a Analysis,
}

/// Returns choices in the experiment's order with the answer among them, at most [`MOST_CHOICES`]; `None` if there is
/// nothing to choose from.
fn among(right: &Contender, others: &[Contender], order: &[Contender]) -> Option<(Vec<Choice>, usize)> {
    let mut kept: Vec<&Contender> = others.iter().take(MOST_CHOICES - 1).chain([right]).collect();
    if kept.len() < 2 {
        return None;
    }
    kept.sort_by_key(|contender| order.iter().position(|one| one == *contender));
    let answer = kept.iter().position(|contender| *contender == right)?;
    Some((kept.into_iter().cloned().map(Choice::Contender).collect(), answer))
}

impl Maker<'_> {
    fn order(&self) -> &[Contender] {
        &self.results.experiment.models
    }

    /// Contenders that completed every trial of theirs.
    fn complete(&self) -> impl Iterator<Item = &Summary> {
        self.analysis.summaries.iter().filter(|one| one.wall.is_some() && one.reason.is_none() && one.deadlocks == 0)
    }

    fn deadlocked(&self) -> Option<Question> {
        let all = &self.analysis.summaries;
        let right = all.iter().find(|one| one.deadlocks > 0 && one.trials == 0)?;
        let others: Vec<Contender> =
            self.complete().map(|one| one.contender.clone()).filter(|one| *one != right.contender).collect();
        let (choices, answer) = among(&right.contender, &others, self.order())?;
        let evidence = Evidence::Deadlocks { trials: right.deadlocks };
        Some(Question { subject: Subject::Deadlocked, choices, answer, evidence })
    }

    fn lost_updates(&self) -> Option<Question> {
        let counted = || self.complete().filter(|one| !one.contender.model.separate_memory());
        let lost = |one: &&Summary| one.lost_range.is_some_and(|(least, _)| least > 0.0);
        let right = counted()
            .filter(lost)
            .max_by(|a, b| a.lost_updates.unwrap_or(0.0).total_cmp(&b.lost_updates.unwrap_or(0.0)))?;
        let kept = |one: &&Summary| one.lost_range.is_some_and(|(_, most)| most <= 0.0);
        let others: Vec<Contender> = counted().filter(kept).map(|one| one.contender.clone()).collect();
        let (choices, answer) = among(&right.contender, &others, self.order())?;
        let evidence = Evidence::Lost { range: right.lost_range?, expected: right.expected_updates? };
        Some(Question { subject: Subject::LostUpdates, choices, answer, evidence })
    }

    /// The contender with the largest figure, if its interval lies clearly above all others'.
    fn most(
        &self,
        subject: Subject,
        quantity: Quantity,
        members: impl Fn(&Summary) -> bool,
        figure: impl Fn(&Measured) -> Option<f64>,
    ) -> Option<Question> {
        let with =
            |summary: &Summary| Some((summary.contender.clone(), estimate(self.results, &summary.contender, &figure)?));
        let mut all: Vec<(Contender, Estimate)> =
            self.complete().filter(|one| members(one)).map(with).collect::<Option<_>>()?;
        all.sort_by(|a, b| b.1.interval.0.total_cmp(&a.1.interval.0));
        let ((right, first), others) = all.split_first()?;
        let nearest = others.iter().max_by(|a, b| a.1.interval.1.total_cmp(&b.1.interval.1))?;
        if first.interval.0 <= CLEAR * nearest.1.interval.1 {
            return None;
        }
        let names: Vec<Contender> = others.iter().map(|(contender, _)| contender.clone()).collect();
        let (choices, answer) = among(right, &names, self.order())?;
        let evidence = Evidence::Apart {
            quantity,
            right: first.interval,
            other: (nearest.0.clone(), nearest.1.interval),
            trials: first.trials,
        };
        Some(Question { subject, choices, answer, evidence })
    }

    fn most_cores(&self) -> Option<Question> {
        let question = self.most(Subject::MostCores, Quantity::Cores, |_| true, Measured::cores_used)?;
        // Below a second core the difference is how long the submitter was busy.
        let Evidence::Apart { right, .. } = &question.evidence else { return None };
        (right.0 > ONE_CORE).then_some(question)
    }

    fn most_memory(&self) -> Option<Question> {
        let memory = |measured: &Measured| Some(measured.model_memory_bytes()? as f64);
        // The peaks of several processes count shared memory once for each.
        self.most(Subject::MostMemory, Quantity::Memory, |one| !one.memory_is_a_sum(), memory)
    }

    fn longest_standstill(&self) -> Option<Question> {
        let worst = |measured: &Measured| Some(measured.span_summary.lateness?.worst as f64);
        self.most(Subject::LongestStandstill, Quantity::Standstill, |_| true, worst)
    }

    /// Asks for the tasks in flight under a contender that had neither one nor as many as every other.
    fn in_flight(&self) -> Option<Question> {
        let tasks = self.results.nominal.tasks;
        let exact = |summary: &Summary| {
            let trials = || self.results.measured(&summary.contender).filter_map(|trial| trial.completed());
            let peak = summary.peak_in_flight?;
            let same = trials().all(|one| one.span_summary.peak_in_flight == peak);
            (same && trials().count() >= 2).then_some((summary.contender.clone(), peak, trials().count() as u32))
        };
        let mut known: Vec<(Contender, u32, u32)> = self.complete().filter_map(exact).collect();
        known.sort_by_key(|(_, peak, _)| std::cmp::Reverse(*peak));
        let (contender, peak, trials) = known.first().filter(|(_, peak, _)| *peak > 1)?.clone();
        let mut counts: Vec<u32> = known.iter().map(|(_, peak, _)| *peak).chain([1, peak / 2, tasks]).collect();
        counts.retain(|count| *count >= 1 && *count <= tasks);
        counts.sort_unstable();
        counts.dedup();
        // Those next to the answer, so that it is not the only large one.
        let at = counts.iter().position(|count| *count == peak)?;
        let from = at.saturating_sub(2).min(counts.len().saturating_sub(MOST_CHOICES));
        let shown: Vec<u32> = counts.into_iter().skip(from).take(MOST_CHOICES).collect();
        let answer = shown.iter().position(|count| *count == peak)?;
        (shown.len() > 1).then(|| Question {
            subject: Subject::InFlight(contender),
            choices: shown.into_iter().map(|count| Choice::Tasks(count, count == tasks)).collect(),
            answer,
            evidence: Evidence::InEveryTrial { trials, tasks },
        })
    }

    /// Asks whether twice the workers shorten a pool's ideal. Nothing is asked where ideals are not bounds.
    fn double_workers(&self) -> Option<Question> {
        let beyond = |one: &Summary| one.caveats.iter().any(|caveat| matches!(caveat, Caveat::BeyondIdeal { .. }));
        if self.analysis.summaries.iter().any(beyond) {
            return None;
        }
        let summary = self.complete().find(|one| one.contender.model.info().workers != Workers::None)?;
        let (contender, results) = (&summary.contender, self.results);
        let workers = summary.workers.filter(|workers| *workers <= MOST_WORKERS / 2)?;
        let workload = &*results.workload_of(contender);
        let calibrated = contender.settings.gil != Some(Gil::On) || workload.kernels().is_empty();
        let usable = usable_cpus(contender.model, workload, has_gil(results, contender), results.cpus_of(contender));
        let nominal = results.nominal_on(&contender.host);
        let at = |workers| ideal_nanos(contender.model, workload, nominal, workers, usable);
        let (now_nanos, then_nanos) = (at(workers).filter(|_| calibrated)?, at(2 * workers)?);
        let shorter = then_nanos < 0.95 * now_nanos;
        // A small difference is neither a yes nor a no.
        (shorter || then_nanos >= 0.999 * now_nanos).then(|| Question {
            subject: Subject::DoubleWorkers { contender: contender.clone(), workers },
            choices: vec![Choice::Shorter(true), Choice::Shorter(false)],
            answer: usize::from(!shorter),
            evidence: Evidence::Ideals { now_nanos, then_nanos },
        })
    }

    /// Asks how many times as fast as the reference the fastest was.
    fn times_as_fast(&self) -> Option<Question> {
        let fastest = self.analysis.verdict.fastest.first()?;
        let reference = self.results.experiment.reference.clone();
        let comparison = compare(self.results, &reference, fastest).filter(|_| reference != *fastest)?;
        let ci95 = comparison.ratio.ci95?;
        let median = comparison.ratio.median;
        if comparison.finding != Finding::Slower || median < LEAST_TIMES || self.is_incomplete(&[&reference, fastest]) {
            return None;
        }
        let mut values = [median, 1.0, median / 3.0, median * 3.0].to_vec();
        values
            .retain(|value| *value == median || *value >= 1.0 && (*value < ci95.0 / CLEAR || *value > ci95.1 * CLEAR));
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| *a / *b < 1.3);
        let answer = values.iter().position(|value| *value == median)?;
        (values.len() > 1).then(|| Question {
            subject: Subject::TimesAsFast { contender: fastest.clone(), reference },
            choices: values.into_iter().map(Choice::Times).collect(),
            answer,
            evidence: Evidence::Interval { median, ci95, rounds: comparison.ratio.pairs },
        })
    }

    /// Asks for the price of a task, in steps of ten.
    fn per_task(&self) -> Option<Question> {
        let tasks = f64::from(self.results.nominal.tasks.max(1));
        let dearest = |one: &&Summary| one.wall.is_some_and(|wall| wall.ci95.is_some());
        let summary = self.complete().filter(dearest).max_by(|a, b| wall(a).total_cmp(&wall(b)))?;
        let found = summary.wall?;
        let (low, high) = found.ci95?;
        let (median, ci95) = (found.median / tasks, (low / tasks, high / tasks));
        // An interval that reaches a tenth or ten times of the median decides nothing.
        (ci95.0 > median / 3.0 && ci95.1 < median * 3.0).then(|| Question {
            subject: Subject::PerTask(summary.contender.clone()),
            choices: [median / 100.0, median / 10.0, median, median * 10.0].map(Choice::Duration).to_vec(),
            answer: 2,
            evidence: Evidence::Interval { median, ci95, rounds: summary.trials },
        })
    }

    fn fastest(&self) -> Option<Question> {
        let [fastest] = self.analysis.verdict.fastest.as_slice() else { return None };
        let beside = |one: &&Summary| {
            one.contender != *fastest && !one.result_is_wrong() && comparable(self.results, fastest, &one.contender)
        };
        let mut others: Vec<(Contender, f64, (f64, f64), u32)> = Vec::new();
        for summary in self.complete().filter(beside) {
            let comparison = compare(self.results, &summary.contender, fastest)?;
            let clear = comparison.finding == Finding::Slower && comparison.ratio.pairs as usize >= FEWEST_PAIRS;
            let ci95 = comparison.ratio.ci95.filter(|_| clear)?;
            others.push((summary.contender.clone(), comparison.ratio.median, ci95, comparison.ratio.pairs));
        }
        others.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (next, ratio, ci95, rounds) = others.first()?.clone();
        let names: Vec<Contender> = others.into_iter().map(|(contender, ..)| contender).collect();
        let (choices, answer) = among(fastest, &names, self.order())?;
        let evidence = Evidence::Lead { next, ratio, ci95, rounds };
        (!self.is_incomplete(&[fastest])).then_some(Question { subject: Subject::Fastest, choices, answer, evidence })
    }

    fn is_incomplete(&self, contenders: &[&Contender]) -> bool {
        contenders.iter().any(|contender| !self.complete().any(|one| one.contender == **contender))
    }
}

fn wall(summary: &Summary) -> f64 {
    summary.wall.map_or(0.0, |wall| wall.median)
}
