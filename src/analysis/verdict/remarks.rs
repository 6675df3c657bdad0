//! Further remarks of the verdict: a cold start, models that did not complete, doubts about the figures.

use super::disturbance::{disturbance, ran_at_their_ideals, shares_of_run};
use super::files;
use super::ranking::Ranking;
use super::remark::{Remark, RemarkKind};
use crate::analysis::caveat::Caveat;
use crate::analysis::comparison::{compare, range};
use crate::analysis::finding::{Evidence, Finding};
use crate::analysis::phrasing::{join, names};
use crate::analysis::ratio::{comparable, paired_ratio};
use crate::analysis::statistics;
use crate::analysis::summary::Summary;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::{FOREIGN_PERCENT, Measured, STEAL_PERCENT, Status};
use crate::units;
use crate::workload::Work;

pub(super) fn remarks(
    ranking: &Ranking<'_>,
    by_host: &[Ranking<'_>],
    summaries: &[Summary],
    caveats: &[Caveat],
) -> Vec<Remark> {
    let mut notes = hosts_apart(by_host);
    notes.extend(languages(ranking));
    match by_host {
        [_, _, ..] => notes.extend(by_host.iter().filter_map(cold_start)),
        _ => notes.extend(cold_start(ranking)),
    }
    let reference = &ranking.results.experiment.reference;
    if !ranking.order.iter().any(|summary| summary.contender == *reference) {
        let reason = match ranking.results.experiment.models.contains(reference) {
            true => "completed no trial",
            false => "is not among the models",
        };
        notes
            .push(format!("{}, the reference, {reason}, so the column \"times as fast\" is empty.", reference.title()));
    }
    notes.extend(files::remarks(ranking));
    let mut remarks: Vec<Remark> = notes.into_iter().map(Remark::note).collect();
    remarks.extend(copies_apart(ranking).into_iter().map(Remark::doubt));
    remarks.extend(incomplete(summaries));
    remarks.extend(unreliable(ranking.results, summaries, caveats));
    remarks
}

/// Explains that the comparison is one of languages if hosts ran the same iterations.
fn languages(ranking: &Ranking<'_>) -> Option<String> {
    let workload = &ranking.results.experiment.workload;
    let mut hosts: Vec<String> = ranking.order.iter().map(|summary| summary.contender.host.title()).collect();
    hosts.sort();
    hosts.dedup();
    let compared = hosts.len() > 1 && workload.work == Work::SameAlgorithm && !workload.kernels().is_empty();
    let what = kind_of(ranking.order.iter().copied());
    compared.then(|| format!("{} ran the same iterations, so their times compare the {what}.", join(&hosts)))
}

/// Names what differs between the hosts of these contenders.
fn kind_of<'a>(mut summaries: impl Iterator<Item = &'a Summary>) -> &'static str {
    if summaries.all(|summary| summary.contender.host.is_python()) { "interpreters" } else { "languages" }
}

/// Explains why contenders on different hosts are not compared, and which hosts have no plain loop to compare with.
fn hosts_apart(by_host: &[Ranking<'_>]) -> Vec<String> {
    let [_, _, ..] = by_host else { return Vec::new() };
    let hosts: Vec<String> = by_host.iter().map(|ranking| ranking.fastest().contender.host.title()).collect();
    let mut remarks = vec![format!(
        "{} are not compared with each other: each ran its own number of iterations, calibrated to take the same time. \
         To compare {}, choose \"same algorithm\".",
        join(&hosts),
        kind_of(by_host.iter().map(Ranking::fastest))
    )];
    for ranking in by_host.iter().filter(|ranking| ranking.order.len() > 1 && ranking.reference.is_none()) {
        remarks.push(format!(
            "On {} no plain loop ran, so its column \"times as fast\" is empty.",
            ranking.fastest().contender.host.title()
        ));
    }
    remarks
}

/// Returns the remarks before any measured trial is complete.
pub(super) fn early(summaries: &[Summary]) -> Vec<Remark> {
    incomplete(summaries)
}

/// Share of the usable cores from which a model competes with the lab for them.
const ALL_CORES: f64 = 0.8;

/// Reason that kept models from completing all their trials.
#[derive(PartialEq)]
struct Loss<'a> {
    kind: RemarkKind,
    status: Status,
    reason: Option<&'a str>,
}

impl<'a> Loss<'a> {
    fn of(summary: &'a Summary) -> Option<Self> {
        let status = summary.status?;
        let reason = summary.reason.as_deref().map(|reason| reason.trim_end_matches('.'));
        let kind = match status {
            Status::Completed if reason.is_none() => return None,
            Status::Failed => RemarkKind::Failure,
            Status::Completed if summary.failed_trials > 0 => RemarkKind::Failure,
            Status::Completed | Status::Cancelled | Status::Unavailable => RemarkKind::Note,
        };
        Some(Self { kind, status, reason })
    }

    /// Tells it of all models to which it happened.
    fn remark(self, models: &[String]) -> Remark {
        let names = join(models);
        let one = models.len() == 1;
        let fate = match self.status {
            Status::Completed => None,
            Status::Failed => Some("failed"),
            // Several are told by their number.
            Status::Cancelled => Some("was cancelled"),
            Status::Unavailable if one => Some("is not available"),
            Status::Unavailable => Some("are not available"),
        };
        let subject = match fate {
            Some(fate) => format!("{names} {fate}"),
            None if one => names,
            None => format!("Each of {names}"),
        };
        let sentence = self.reason.map_or_else(|| format!("{subject}."), |reason| format!("{subject}: {reason}."));
        Remark { kind: self.kind, sentence }
    }
}

/// Lists models that did not complete, or lost trials, with the reason: one sentence for each reason.
fn incomplete(summaries: &[Summary]) -> Vec<Remark> {
    // A run that the user cancelled is reported once, not for each model; if it concerns all, by the headline.
    let is_stopped = |summary: &&Summary| summary.status == Some(Status::Cancelled);
    let stopped = summaries.iter().filter(is_stopped).count();
    let cancelled = (stopped > 1 && stopped < summaries.len())
        .then(|| Remark::note(format!("{stopped} models were cancelled before they had a trial.")));
    // The headline and its cause report deadlocks.
    let locked_up = |summary: &&Summary| summary.status == Some(Status::Failed) && summary.deadlocks > 0;
    let reported = summaries.iter().filter(|summary| !locked_up(summary) && (stopped == 1 || !is_stopped(summary)));
    let mut losses: Vec<(Loss<'_>, Vec<String>)> = Vec::new();
    for summary in reported {
        let Some(loss) = Loss::of(summary) else { continue };
        let model = summary.contender.title();
        match losses.iter_mut().find(|(other, _)| *other == loss) {
            Some((_, models)) => models.push(model),
            None => losses.push((loss, vec![model])),
        }
    }
    losses.into_iter().map(|(loss, models)| loss.remark(&models)).chain(cancelled).collect()
}

fn cold_nanos(measured: &Measured) -> f64 {
    measured.setup_nanos as f64 + measured.wall_nanos as f64
}

/// Reports that another model would clearly lead if setup were included.
fn cold_start(ranking: &Ranking<'_>) -> Option<String> {
    let cold = |summary: &Summary| {
        let times: Vec<f64> = ranking
            .results
            .measured(&summary.contender)
            .filter_map(|trial| trial.completed().map(cold_nanos))
            .collect();
        statistics::median(&times).unwrap_or(f64::INFINITY)
    };
    let right = ranking.order.iter().copied().filter(|summary| !summary.result_is_wrong());
    let first = right.min_by(|a, b| cold(a).total_cmp(&cold(b)))?;
    let fastest = ranking.fastest();
    if !comparable(ranking.results, &first.contender, &fastest.contender) || ranking.leads(&first.contender) {
        return None;
    }
    let ratio = paired_ratio(ranking.results, &fastest.contender, &first.contender, cold_nanos)?;
    let evidence = Evidence::of(ranking.results, &fastest.contender, &first.contender);
    ratio.is_clearly_above(evidence).then(|| {
        format!(
            "A cold start changes the order: setup included, {} takes {} and {} {}.",
            first.contender.title(),
            units::duration(cold(first)),
            fastest.contender.title(),
            units::duration(cold(fastest))
        )
    })
}

/// Reports copies of one model that differ: noise is then larger than the intervals show (an A/A check).
fn copies_apart(ranking: &Ranking<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    for summary in ranking.order.iter().filter(|summary| summary.contender.copy > 1) {
        let is_first = |one: &&Contender| one.copy == 1 && one.is_like(&summary.contender);
        let Some(first) = ranking.results.experiment.models.iter().find(is_first) else { continue };
        let Some(comparison) = compare(ranking.results, &summary.contender, first) else { continue };
        if let (Finding::Faster | Finding::Slower, Some(interval)) = (comparison.finding, comparison.ratio.ci95) {
            remarks.push(format!(
                "{} and {} are the same model, yet their times differ (ratio {}): trust no difference of this size.",
                first.title(),
                summary.contender.title(),
                range(interval)
            ));
        }
    }
    remarks
}

/// Reports caveats that put the figures themselves in doubt, without repeating the warning before the headline.
fn unreliable(results: &Results, summaries: &[Summary], caveats: &[Caveat]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if caveats.contains(&Caveat::DebugBuild) {
        let sentence = "Unreliable: this is a debug build, whose figures are no measurements.";
        remarks.push(Remark::doubt(sentence.to_owned()));
    }
    type Pick = fn(&Caveat) -> Option<f64>;
    let share = |pick: Pick, among: &dyn Fn(&&Summary) -> bool| -> Option<(String, String)> {
        let percent = |summary: &'_ Summary| summary.caveats.iter().find_map(pick);
        let among = summaries.iter().filter(|summary| among(summary));
        let hit: Vec<(&Summary, f64)> = among.filter_map(|summary| Some((summary, percent(summary)?))).collect();
        let most = hit.iter().map(|(_, percent)| *percent).reduce(f64::max)?;
        let upto = if hit.len() > 1 { "up to " } else { "" };
        let models = names(&hit.iter().map(|(summary, _)| *summary).collect::<Vec<_>>());
        Some((format!("{upto}{}", units::percent(most)), models))
    };
    let foreign = |caveat: &Caveat| if let Caveat::ForeignCpu { percent } = caveat { Some(*percent) } else { None };
    let steal = |caveat: &Caveat| if let Caveat::Steal { percent } = caveat { Some(*percent) } else { None };
    let lab = |caveat: &Caveat| if let Caveat::LabCpu { percent } = caveat { Some(*percent) } else { None };
    // Models that ran for less than a second have no shares of their own; the run may have.
    let run_shares = shares_of_run(results, summaries);
    type Make = fn(String) -> Remark;
    // What else puts the times in doubt also does so for the ideals.
    let doubts = |caveat: &Caveat| caveat.is_unreliable() && !matches!(caveat, Caveat::ForeignCpu { .. });
    let is_doubted = summaries.iter().flat_map(|summary| &summary.caveats).chain(caveats).any(doubts)
        || run_shares.is_some_and(|shares| shares.steal_percent.is_some_and(|percent| percent > STEAL_PERCENT));
    let is_at_ideal = ran_at_their_ideals(summaries) && !is_doubted;
    let (make, doubt, contrast): (Make, _, _) = match is_at_ideal {
        true => (Remark::note, "Beside the run", ", yet every model took hardly longer than its ideal"),
        false => (Remark::doubt, "Unreliable", ""),
    };
    if disturbance(results, summaries).is_none() {
        let disturbing = run_shares.filter(|run_shares| run_shares.foreign_percent > FOREIGN_PERCENT);
        if let Some(run_shares) = disturbing {
            let percent = units::percent(run_shares.foreign_percent);
            remarks.push(make(format!("{doubt}: other programs used {percent} of the usable cores{contrast}.")));
        } else if let Some((percent, models)) = share(foreign, &|_| true).filter(|_| run_shares.is_none()) {
            remarks.push(make(format!(
                "{doubt}: other programs used {percent} of the usable cores while {models} ran{contrast}."
            )));
        }
        if let Some((percent, models)) = share(steal, &|_| true).filter(|_| run_shares.is_none()) {
            let sentence = format!("Unreliable: the host took {percent} of the usable cores while {models} ran.");
            remarks.push(Remark::doubt(sentence));
        }
    }
    let cores = |summary: &Summary| f64::from(results.cpus_of(&summary.contender));
    let busy = |summary: &&Summary| summary.cpu_cores_used.is_some_and(|used| used >= ALL_CORES * cores(summary));
    // Each by its own share: that of the run says nothing of a model with short trials.
    if let Some((percent, models)) = share(lab, &busy).filter(|_| !is_at_ideal) {
        remarks.push(Remark::doubt(format!(
            "The lab itself used {percent} of the usable cores while {models} ran, which kept nearly all cores busy: \
             these times may be too long."
        )));
    }
    remarks
}
