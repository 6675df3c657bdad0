//! Topic of payloads: how long handing them over took, where it was measured.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::phrasing::{join, names, verb};
use crate::analysis::summary::Summary;
use crate::units;
use crate::workload::Payload;

/// Topic of the data that tasks are given and return.
pub(super) struct Payloads;

impl Topic for Payloads {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        let payload = ranking.results.experiment.workload.payload.filter(|payload| payload.bytes() > 0)?;
        let sentences =
            [moved(ranking, payload), returned(ranking, payload), unmeasured(ranking), by_reference(ranking)];
        let all: Vec<String> = sentences.into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

/// Nanoseconds of a task that its transfer took, both ways, and from its start to the arrival of its output. A
/// direction without data is left out.
fn shares(summary: &Summary, payload: Payload) -> Option<(f64, f64)> {
    let input = if payload.input_bytes > 0 { summary.transfer_input_nanos? } else { 0.0 };
    let output = if payload.output_bytes > 0 { summary.transfer_output_nanos? } else { 0.0 };
    let transfer = input + output;
    Some((transfer, transfer + summary.transfer_task_nanos?))
}

/// "Moving 2 MB per task to a worker and back took 1.20 ms of 3.40 ms with Process pool, waits for the submitter
/// included; mean of all tasks."
fn moved(ranking: &Ranking<'_>, payload: Payload) -> Option<String> {
    let known = |summary: &&Summary| {
        let (transfer, whole) = shares(summary, payload)?;
        Some(format!("{} of {} with {}", units::duration(transfer), units::duration(whole), summary.contender.title()))
    };
    let parts: Vec<String> = ranking.order.iter().filter_map(known).collect();
    let moved = units::size(payload.bytes());
    (!parts.is_empty()).then(|| {
        let ways = match (payload.input_bytes, payload.output_bytes) {
            (_, 0) => "to a worker",
            (0, _) => "back from a worker",
            _ => "to a worker and back",
        };
        format!(
            "Moving {moved} per task {ways} took {}, mean of all tasks with their waits for the submitter.",
            join(&parts)
        )
    })
}

/// Reports models of which only the way back was measured: the way there is a part of starting a process, or happens
/// inside a call.
fn returned(ranking: &Ranking<'_>, payload: Payload) -> Option<String> {
    let known = |summary: &&Summary| {
        let nanos = summary.transfer_output_nanos.filter(|_| shares(summary, payload).is_none())?;
        Some(format!("{} with {}", units::duration(nanos), summary.contender.title()))
    };
    let parts: Vec<String> = ranking.order.iter().filter_map(known).collect();
    (!parts.is_empty()).then(|| {
        format!(
            "Per task, the way back alone took {}; the way there can't be told from starting the task and was not measured.",
            join(&parts)
        )
    })
}

/// Names the models that copy and of which neither way was measured: libraries that map a function over the tasks.
fn unmeasured(ranking: &Ranking<'_>) -> Option<String> {
    let unknown = |summary: &&Summary| {
        let nothing = summary.transfer_input_nanos.is_none() && summary.transfer_output_nanos.is_none();
        nothing && summary.contender.model.separate_memory()
    };
    let all: Vec<&Summary> = ranking.order.iter().copied().filter(unknown).collect();
    (!all.is_empty()).then(|| {
        format!("{} {} it too, by a transfer that was not measured.", names(&all), verb(&all, "copies", "copy"))
    })
}

/// "Threads and Thread pool hand it over by reference: nothing is copied."
fn by_reference(ranking: &Ranking<'_>) -> Option<String> {
    let sharing: Vec<&Summary> =
        ranking.order.iter().copied().filter(|summary| !summary.contender.model.separate_memory()).collect();
    let copies = ranking.order.len() > sharing.len();
    (copies && !sharing.is_empty()).then(|| {
        let hand = verb(&sharing, "hands", "hand");
        format!("{} {hand} it over by reference: nothing is copied.", names(&sharing))
    })
}
