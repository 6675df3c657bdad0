//! Sentences about a sweep. None claims more than the measurement supports.

use super::curve::Curve;
use super::findings::Scaling;
use super::fit::{Fit, FitProblem, Interval};
use super::knee::{COARSE, Knee};
use super::{crossing, leaders};
use crate::analysis::phrasing;
use crate::analysis::statistics::median;
use crate::experiment::FEWEST_PAIRS;
use crate::experiment::sweep::SweepKey;
use crate::failure::{Failure, TrialState};
use crate::model::Contender;
use crate::results::RunResults;
use crate::trial::Status;
use crate::units;

/// Most crossovers that are written out.
const MOST_CROSSOVERS: usize = 4;

/// Values that a sentence lists before it counts them.
const MOST_VALUES: usize = 6;

/// Reasons of one model's failures that are written out.
const MOST_REASONS: usize = 3;

/// Returns the finding and further sentences.
pub(super) fn words(run: &RunResults, scaling: &Scaling, leaders_at: &[&[Contender]]) -> (String, Vec<String>) {
    let mut sentences = knees(scaling);
    if !sentences.is_empty() && scaling.key == SweepKey::Workers {
        let results = run.first();
        let cpus = results.cpus().within(results.experiment.workload.cpus.as_ref());
        if results.experiment.models.iter().all(|one| one.settings.cpus.is_none()) {
            sentences.push(format!("The workers had {} to run on.", units::plural(cpus.into(), "CPU")));
        }
    }
    sentences.extend(match scaling.curves.as_slice() {
        [alone] => took(scaling, alone),
        _ => leaders::leaders(run, scaling, leaders_at),
    });
    let crossovers: Vec<String> = scaling.crossovers.iter().map(|one| crossing::crossing(run, scaling, one)).collect();
    let more = crossovers.len().saturating_sub(MOST_CROSSOVERS);
    sentences.extend(crossovers.into_iter().take(MOST_CROSSOVERS));
    if more > 0 {
        sentences.push(format!("{more} more pairs of models change places."));
    }
    sentences.extend(fits(&scaling.fits));
    sentences.extend(scaling.memory.iter().map(|one| {
        let name = one.contender.title();
        let interval = one.ci95.map_or_else(
            || format!(" ({FEWEST_PAIRS} rounds give an interval)"),
            |(low, high)| format!(" (95 % {} to {})", units::bytes(low), units::bytes(high)),
        );
        let bound = if one.is_a_sum { "up to " } else { "" };
        format!("{name}: {bound}{} of memory for each further task{interval}.", units::bytes(one.bytes_per_task))
    }));
    sentences.extend(failed(run, scaling));
    let mut sentences = sentences.into_iter();
    let headline = sentences.next().unwrap_or_else(|| nothing(run));
    (headline, sentences.collect())
}

/// The headline until the findings are there.
pub(super) fn measuring(scaling: &Scaling) -> String {
    let (values, key) = (scaling.values.len(), scaling.key.title());
    format!("Measuring at {values} values of {key}; what they show follows at the end")
}

/// The headline where no trial has completed.
fn nothing(run: &RunResults) -> String {
    let ended = run.first().outcome.is_some();
    if ended { "No measured trial has completed." } else { "No measured trial has completed yet." }.to_owned()
}

/// "Threads took 68 ms at 1 worker and 35 ms at 8 workers": a model without another one to compare it with.
fn took(scaling: &Scaling, curve: &Curve) -> Option<String> {
    let at = |point: usize| {
        let walls: Vec<f64> = curve.walls[point].values().copied().collect();
        Some(format!("{} at {}", units::duration(median(&walls)?), scaling.at(point)))
    };
    let measured = curve.measured();
    let ends = match measured.as_slice() {
        [] => return None,
        [only] => at(*only)?,
        [first, .., last] => format!("{} and {}", at(*first)?, at(*last)?),
    };
    Some(format!("{} took {ends}.", curve.contender.title()))
}

/// Lists values, shortened where there are many: "2, 3 and 96 other values".
fn listed(scaling: &Scaling, points: &[usize]) -> String {
    let shown = if points.len() > MOST_VALUES { 2 } else { points.len() };
    let mut parts: Vec<String> = points[..shown].iter().map(|point| scaling.shown[*point].clone()).collect();
    if shown < points.len() {
        parts.push(format!("{} other values", points.len() - shown));
    }
    phrasing::join(&parts)
}

/// One sentence for each knee, with all contenders that have it, then the evidence and what more costs.
fn knees(scaling: &Scaling) -> Vec<String> {
    let mut groups: Vec<(usize, Vec<&Knee>)> = Vec::new();
    for knee in &scaling.knees {
        match groups.iter_mut().find(|(point, _)| *point == knee.point) {
            Some((_, group)) => group.push(knee),
            None => groups.push((knee.point, vec![knee])),
        }
    }
    let users = scaling.curves.iter().filter(|curve| scaling.key.is_used_by(curve.contender.model)).count();
    let all = if groups.len() == 1 && scaling.knees.len() == users { users } else { 0 };
    let mut sentences: Vec<String> = groups.iter().map(|(point, group)| knee(scaling, *point, group, all)).collect();
    let sought = || scaling.knees.iter().filter(|knee| !knee.beyond.is_empty());
    let detectable = sought().map(|knee| knee.detectable_share).fold(0.0, f64::max);
    if let Some(rounds) = sought().map(|knee| knee.rounds).min() {
        let (count, gain) = (units::plural(rounds.into(), "round"), units::percent(detectable * 100.0));
        sentences.push(match rounds as usize >= FEWEST_PAIRS {
            true => format!("In {count} a gain of {gain} or more would have been detected."),
            false => format!("In {count} a gain is told only if it is {gain} or more in each."),
        });
    }
    let unused: Vec<String> = (scaling.curves.iter())
        .filter(|curve| !scaling.knees.is_empty() && !scaling.key.is_used_by(curve.contender.model))
        .map(|curve| curve.contender.title())
        .collect();
    if !unused.is_empty() {
        let verb = if unused.len() == 1 { "does" } else { "do" };
        sentences.push(format!("{} {verb} not use this setting.", phrasing::join(&unused)));
    }
    sentences.extend(scaling.knees.iter().filter_map(|knee| costs(scaling, knee)));
    sentences
}

/// "Thread pool: 2 workers are enough; 4 and 8 gain nothing measurable". With `all` above 2 the contenders are counted.
fn knee(scaling: &Scaling, point: usize, group: &[&Knee], all: usize) -> String {
    let names = match (all, &scaling.key) {
        (3.., SweepKey::Workers) => format!("All {all} models with workers"),
        (3.., _) => format!("All {all} models that have it"),
        _ => phrasing::join(&group.iter().map(|knee| knee.contender.title()).collect::<Vec<_>>()),
    };
    let (value, beyond) = (scaling.at(point), &group[0].beyond);
    if beyond.is_empty() {
        return format!("{names}: {value} was the most that was measured, and the fastest.");
    }
    let detectable = group.iter().map(|knee| knee.detectable_share).fold(0.0, f64::max);
    if detectable > COARSE {
        let rounds = group.iter().map(|knee| knee.rounds).min().unwrap_or(0);
        let rounds = units::plural(rounds.into(), "round");
        return format!("{names}: {rounds} can't tell whether anything beyond {value} is faster.");
    }
    let be = if scaling.shown[point] == "1" { "is" } else { "are" };
    let gain = if beyond.len() == 1 { "gains" } else { "gain" };
    format!("{names}: {value} {be} enough; {} {gain} nothing measurable.", listed(scaling, beyond))
}

/// Returns the cost of the largest value for a contender, if there is one.
fn costs(scaling: &Scaling, knee: &Knee) -> Option<String> {
    let largest = scaling.at(*knee.beyond.last()?);
    let (be, takes) = if phrasing::is_plural(&knee.contender) { ("are", "take") } else { ("is", "takes") };
    let mut costs = Vec::new();
    if !knee.slower.is_empty() {
        costs.push(format!("{be} slower with {}", listed(scaling, &knee.slower)));
    }
    let more = |ratio: f64, what: &str| match ratio {
        ..2.0 => format!("{takes} {} more {what} with {largest}", units::percent((ratio - 1.0) * 100.0)),
        _ => format!("{takes} {} times the {what} with {largest}", units::ratio(ratio)),
    };
    costs.extend(knee.cpu_ratio.map(|ratio| more(ratio, "CPU time")));
    let memory = if knee.memory_is_pss { "memory (PSS)" } else { "memory" };
    costs.extend(knee.memory_ratio.map(|ratio| more(ratio, memory)));
    let than = scaling.at(knee.point);
    (!costs.is_empty()).then(|| {
        let name = knee.contender.title();
        format!("Compared with {than}, {name} {}, medians of the ratios by round.", phrasing::join(&costs))
    })
}

/// One sentence for each law that fits a model, and one for all models that it does not describe.
fn fits(fits: &[Fit]) -> Vec<String> {
    let with_interval = |interval: Interval, show: fn(f64) -> String| {
        let (low, high) = interval.ci95;
        format!("{} (95 % {} to {})", show(interval.value), show(low), show(high))
    };
    let share = |value: f64| units::percent(value * 100.0);
    let number = |value: f64| units::significant(value, 2);
    let mut sentences = Vec::new();
    for fit in fits {
        let name = fit.contender.title();
        if let Ok(fitted) = fit.amdahl {
            let serial = with_interval(fitted.law.serial, share);
            let within = share(fitted.residual);
            sentences.push(format!("{name}: Amdahl's law fits within {within} with a serial share of {serial}."));
        }
        if let Ok(fitted) = fit.usl {
            let peak = fitted.law.peak().map_or_else(String::new, |peak| {
                format!("; its throughput peaks at {} workers", units::significant(peak, 2))
            });
            sentences.push(format!(
                "{name}: the Universal Scalability Law fits within {} with contention σ = {} and coherency κ = {}{peak}.",
                share(fitted.residual),
                with_interval(fitted.law.sigma, number),
                with_interval(fitted.law.kappa, number),
            ));
        }
    }
    if fits.iter().any(|fit| fit.amdahl.err() == Some(FitProblem::Uneven)) {
        sentences.push("No scalability law is fitted: the tasks do not divide evenly among the workers.".to_owned());
    }
    sentences.extend(refused("Amdahl's law", fits, |fit| fit.amdahl.err()));
    sentences.extend(refused("The Universal Scalability Law", fits, |fit| fit.usl.err()));
    sentences
}

/// "Amdahl's law does not describe the times of A and B: off by up to 18 %".
fn refused(law: &str, fits: &[Fit], problem: fn(&Fit) -> Option<FitProblem>) -> Option<String> {
    let (mut names, mut most) = (Vec::new(), 0.0_f64);
    for fit in fits {
        if let Some(FitProblem::Residual { residual }) = problem(fit) {
            names.push(fit.contender.title());
            most = most.max(residual);
        }
    }
    let percent = units::percent(most * 100.0);
    (!names.is_empty())
        .then(|| format!("{law} does not describe the times of {}: off by up to {percent}.", phrasing::join(&names)))
}

/// Models that completed no trial at some values, with the reasons at them.
fn failed(run: &RunResults, scaling: &Scaling) -> Vec<String> {
    let mut sentences = Vec::new();
    for curve in &scaling.curves {
        let measured = curve.measured();
        let failed = (0..run.points.len()).filter(|point| {
            let results = &run.points[*point];
            let mut trials = results.measured(&curve.contender);
            !measured.contains(point) && trials.any(|trial| trial.status == Status::Failed)
        });
        let failed: Vec<usize> = failed.collect();
        let name = curve.contender.title();
        let failure =
            |point: usize| run.points[point].measured(&curve.contender).find_map(|trial| trial.failure.as_ref());
        let alike = by_reason(&failed, |point| failure(point).map(|failure| without_count(failure).to_string()));
        let reasons = alike.into_iter().map(|(alike, points)| {
            let mut exact = by_reason(&points, |point| failure(point).map(Failure::to_string));
            if exact.len() == 1 { exact.remove(0) } else { (alike, points) }
        });
        let reasons: Vec<_> = reasons.collect();
        for (reason, points) in reasons.iter().take(MOST_REASONS) {
            let reason = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            sentences.push(format!("{name} failed at {}{reason}.", listed(scaling, points)));
        }
        let others: Vec<usize> = reasons.iter().skip(MOST_REASONS).flat_map(|(_, points)| points.clone()).collect();
        if !others.is_empty() {
            sentences.push(format!("{name} failed at {} for other reasons.", listed(scaling, &others)));
        }
    }
    sentences
}

/// Groups points by their reasons, in the order of the points.
fn by_reason(points: &[usize], reason: impl Fn(usize) -> Option<String>) -> Vec<(Option<String>, Vec<usize>)> {
    let mut groups: Vec<(Option<String>, Vec<usize>)> = Vec::new();
    for point in points {
        let reason = reason(*point);
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, points)) => points.push(*point),
            None => groups.push((reason, vec![*point])),
        }
    }
    groups
}

/// A time-out without its count of tasks, which is another one at each value.
fn without_count(failure: &Failure) -> Failure {
    match failure {
        Failure::TimedOut { after_seconds, state: TrialState::Running { tasks, stalled_seconds: None, .. } } => {
            let state = TrialState::Running { done: 0, tasks: *tasks, stalled_seconds: None };
            Failure::TimedOut { after_seconds: *after_seconds, state }
        }
        other => other.clone(),
    }
}
