//! False sharing: the cost of counters of different workers on one cache line, or on two lines of 64 bytes that are fetched
//! as a pair. Other findings on increments are in `updates`.
//!
//! The ratio of the time side by side to the time apart is no evidence by itself: the two steps may differ for other
//! reasons. The effect is that ratio with workers that count at the same time, divided by the same ratio with one that
//! counts after the other, paired by round.

use super::increments::{Increments, nanos_each, steps};
use super::ranking::Ranking;
use crate::analysis::comparison::range;
use crate::analysis::finding::Evidence;
use crate::analysis::phrasing::times;
use crate::analysis::ratio::PairedRatio;
use crate::analysis::summary::Summary;
use crate::model::Contender;
use crate::units;
use crate::workload::Protection;

/// Ratio of ratios from which false sharing is reported: 10 %.
const CLEAR_EFFECT: f64 = 1.10;
/// Fewest pairs for a claim.
const LEAST_PAIRS: u32 = 3;

/// Layout of counters that may share something, compared with counters 128 bytes apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// 8 bytes apart, on one cache line.
    SideBySide,
    /// 64 bytes apart: on two lines of most processors, which may fetch both.
    Padded64,
}

impl Layout {
    const ALL: [Self; 2] = [Self::SideBySide, Self::Padded64];

    /// Describes the counters that may share, and those that don't: "side by side", "apart".
    const fn distances(self) -> (&'static str, &'static str) {
        match self {
            Self::SideBySide => ("side by side", "apart"),
            Self::Padded64 => ("64 bytes apart", "128 bytes apart"),
        }
    }

    /// Begins the sentence about an effect.
    const fn subject(self) -> &'static str {
        match self {
            Self::SideBySide => "Sharing a cache line makes",
            Self::Padded64 => "Padding to 64 bytes in place of 128 makes",
        }
    }

    /// Sentence for less than 10 % in all forms.
    const fn without_effect(self) -> &'static str {
        match self {
            Self::SideBySide => {
                "No false sharing shows: counters side by side take less than 10 % longer than counters apart"
            }
            Self::Padded64 => {
                "Padding to 64 bytes is enough here: counters 64 bytes apart take less than 10 % longer than counters \
                 128 bytes apart"
            }
        }
    }

    /// Question that the intervals leave open.
    const fn question(self) -> &'static str {
        match self {
            Self::SideBySide => "sharing a cache line costs time",
            Self::Padded64 => "counters 64 bytes apart take longer than counters 128 bytes apart",
        }
    }
}

/// One way to add 1 in one layout, with the step whose counters may share cache lines and the step whose counters don't.
#[derive(Clone, Copy)]
struct Form {
    layout: Layout,
    /// Name in sentences: "a plain addition".
    addition: &'static str,
    packed: Increments,
    padded: Increments,
}

/// Ratio of ratios of one model for one form.
struct Effect<'a> {
    summary: &'a Summary,
    ratio: PairedRatio,
}

/// Conclusion on one form.
enum Finding<'a> {
    /// False sharing costs at least 10 %.
    Shares(Effect<'a>),
    /// It can't cost 10 % under any model.
    None,
    /// The intervals allow both; holds the model whose interval reaches highest.
    Unclear(Effect<'a>),
}

/// Returns the interval of the ratio, or its range if there is none.
fn ends(ratio: &PairedRatio) -> (f64, f64) {
    ratio.ci95.unwrap_or(ratio.range)
}

fn forms(ranking: &Ranking<'_>) -> Vec<Form> {
    let steps = steps(ranking);
    let of = |wanted| steps.iter().copied().find(|step| step.protection == wanted);
    let form =
        |layout, addition, packed, padded| Some(Form { layout, addition, packed: of(packed)?, padded: of(padded)? });
    let (plain, atomic) = ("a plain addition", "an atomic addition");
    [
        form(Layout::SideBySide, plain, Protection::PerWorker, Protection::PerWorkerPadded),
        form(Layout::SideBySide, atomic, Protection::PerWorkerAtomic, Protection::PerWorkerPaddedAtomic),
        form(Layout::Padded64, plain, Protection::PerWorkerPadded64, Protection::PerWorkerPadded),
        form(Layout::Padded64, atomic, Protection::PerWorkerPadded64Atomic, Protection::PerWorkerPaddedAtomic),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn in_turn(summary: &Summary) -> bool {
    summary.peak_in_flight == Some(1)
}

/// Returns the model whose tasks count one after the other: the reference, else the fastest of them.
fn baseline<'a>(ranking: &Ranking<'a>) -> Option<&'a Summary> {
    let is_reference = |summary: &&&Summary| summary.contender == ranking.results.experiment.reference;
    let mut alone = ranking.order.iter().filter(|summary| in_turn(summary));
    alone.clone().find(is_reference).or_else(|| alone.next()).copied()
}

/// Returns the models whose tasks count at the same time in one memory.
fn at_once<'a>(ranking: &Ranking<'a>) -> impl Iterator<Item = &'a Summary> {
    let shares = |summary: &&Summary| summary.peak_in_flight > Some(1) && !summary.contender.model.separate_memory();
    ranking.order.iter().copied().filter(shares)
}

/// Returns the logarithm of the time side by side / the time apart for each round.
fn logs(ranking: &Ranking<'_>, contender: &Contender, form: Form) -> Vec<(i32, f64)> {
    let log = |trial: &crate::trial::Trial| {
        let nanos = &trial.completed()?.span_summary.step_nanos;
        let each = |step: Increments| Some(nanos.get(step.step)? / step.count);
        let log = (each(form.packed)? / each(form.padded)?).ln();
        log.is_finite().then_some((trial.round, log))
    };
    ranking.results.measured(contender).filter_map(log).collect()
}

fn effect<'a>(ranking: &Ranking<'_>, summary: &'a Summary, alone: &Summary, form: Form) -> Option<Effect<'a>> {
    let alone = logs(ranking, &alone.contender, form);
    let paired = |(round, log): (i32, f64)| {
        let (_, other) = alone.iter().find(|(other, _)| *other == round)?;
        Some((log, *other))
    };
    let paired: Vec<(f64, f64)> = logs(ranking, &summary.contender, form).into_iter().filter_map(paired).collect();
    Some(Effect { summary, ratio: PairedRatio::of_logs(&paired)? })
}

fn finding<'a>(ranking: &Ranking<'a>, alone: &Summary, form: Form) -> Option<Finding<'a>> {
    let effects: Vec<Effect<'_>> = at_once(ranking).filter_map(|one| effect(ranking, one, alone, form)).collect();
    let shares = |effect: &&Effect<'_>| {
        // Few rounds need a larger effect, and more so on a busy machine, as for every lead.
        let evidence = Evidence::of(ranking.results, &effect.summary.contender, &alone.contender);
        let ratio = &effect.ratio;
        ratio.pairs >= LEAST_PAIRS && ends(ratio).0 > CLEAR_EFFECT && ratio.is_clearly_above(evidence)
    };
    let highest_by = |wanted: &dyn Fn(&&Effect<'_>) -> bool, by: &dyn Fn(&Effect<'_>) -> f64| {
        let chosen = effects.iter().enumerate().filter(|(_, effect)| wanted(effect));
        chosen.max_by(|a, b| by(a.1).total_cmp(&by(b.1))).map(|(index, _)| index)
    };
    let clear = highest_by(&shares, &|effect| effect.ratio.median);
    let highest = highest_by(&|_| true, &|effect| ends(&effect.ratio).1)?;
    let reaches = ends(&effects[highest].ratio).1 > CLEAR_EFFECT;
    let chosen = effects.into_iter().nth(clear.unwrap_or(highest))?;
    Some(match clear {
        Some(_) => Finding::Shares(chosen),
        None if reaches => Finding::Unclear(chosen),
        None => Finding::None,
    })
}

/// Reports the cost of sharing a cache line, or a pair of them, if the workload has counters in both layouts.
pub(super) fn headline(ranking: &Ranking<'_>) -> Option<String> {
    let forms = forms(ranking);
    let first = *forms.first()?;
    let Some(busiest) = at_once(ranking).next() else {
        return Some("No two tasks counted at the same time in one memory: no cache line was shared".to_owned());
    };
    let Some(alone) = baseline(ranking) else {
        let own = logs(ranking, &busiest.contender, first).into_iter().map(|(_, log)| (log, 0.0)).collect::<Vec<_>>();
        let own = PairedRatio::of_logs(&own)?;
        let (near, far) = first.layout.distances();
        return Some(format!(
            "With {}, {} takes {} times as long {near} as {far}; without a model that counts with one worker the cause \
             is not known",
            busiest.contender.title(),
            first.addition,
            times(own.median)
        ));
    };
    let of_layout = |layout| {
        let own: Vec<Form> = forms.iter().copied().filter(|form| form.layout == layout).collect();
        headline_of(ranking, alone, layout, &own)
    };
    let sentences: Vec<String> = Layout::ALL.into_iter().filter_map(of_layout).collect();
    (!sentences.is_empty()).then(|| sentences.join(". "))
}

/// Reports what one layout costs.
fn headline_of(ranking: &Ranking<'_>, alone: &Summary, layout: Layout, forms: &[Form]) -> Option<String> {
    let mut shares = Vec::new();
    let (mut none, mut unclear) = (Vec::new(), Vec::new());
    for form in forms.iter().copied() {
        match finding(ranking, alone, form) {
            Some(Finding::Shares(effect)) => {
                let with = effect.summary.contender.title();
                shares.push(format!("{} take {} times as long with {with}", form.addition, times(effect.ratio.median)));
            }
            Some(Finding::None) => none.push(form.addition),
            Some(Finding::Unclear(effect)) => {
                let with = effect.summary.contender.title();
                let (low, high) = ends(&effect.ratio);
                let (low, high) = (units::significant(low, 2), units::significant(high, 2));
                unclear.push(format!("{} takes {low} to {high} times as long with {with}", form.addition));
            }
            None => {}
        }
    }
    let unclear = (!unclear.is_empty()).then(|| unclear.join(", "));
    if shares.is_empty() {
        return match (none.is_empty(), unclear) {
            (true, None) => None,
            (false, None) => Some(layout.without_effect().to_owned()),
            (_, Some(unclear)) => Some(format!("It is not clear yet if {}: {unclear}", layout.question())),
        };
    }
    let mut text = format!("{} {}", layout.subject(), shares.join(", "));
    if !none.is_empty() {
        text.push_str(&format!("; {} shows less than 10 %", none.join(" and ")));
    }
    if let Some(unclear) = unclear {
        text.push_str(&format!("; not clear {unclear}"));
    }
    Some(text)
}

/// Lists the times of each form: "Time of a plain addition, side by side and apart: Sequential 0.35 ns and 0.35 ns,
/// Threads 0.49 ns and 0.46 ns."
pub(super) fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let mut sentences = Vec::new();
    for form in forms(ranking) {
        let each = |summary: &Summary| {
            let packed = units::duration(nanos_each(ranking, summary, form.packed)?);
            let padded = units::duration(nanos_each(ranking, summary, form.padded)?);
            Some(format!("{} {packed} and {padded}", summary.contender.title()))
        };
        let parts: Vec<String> = ranking.order.iter().filter_map(|summary| each(summary)).collect();
        if !parts.is_empty() {
            let (near, far) = form.layout.distances();
            sentences.push(format!("Time of {}, {near} and {far}: {}.", form.addition, parts.join(", ")));
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// States the interval of each effect in the headline.
pub(super) fn uncertainty(ranking: &Ranking<'_>) -> Option<String> {
    let alone = baseline(ranking)?;
    let mut sentences = Vec::new();
    for form in forms(ranking) {
        let Some(Finding::Shares(Effect { summary, ratio })) = finding(ranking, alone, form) else { continue };
        let (kind, interval) = match ratio.ci95 {
            Some(interval) => ("95 % CI", interval),
            None => ("seen", ratio.range),
        };
        let (near, far) = form.layout.distances();
        sentences.push(format!(
            "The time of {} {near} against {far}, with {} compared with {}: {kind} {} in {} rounds.",
            form.addition,
            summary.contender.title(),
            alone.contender.title(),
            range(interval),
            ratio.pairs
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
