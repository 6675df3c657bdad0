//! Spans as one block of little-endian 64-bit words, for the pipe and the spool. Recorded runs have their own format, in
//! `record`.

use std::io;

use serde::{Deserialize, Serialize};

use super::json::{from_json, invalid};
use crate::trial::{Beat, Handover, Span, SpanClass, SpanClasses, Spans};
use crate::workload::PlanStep;

/// Reads little-endian 64-bit integers.
///
/// # Errors
/// Returns [`io::ErrorKind::InvalidData`] if the length is not a multiple of eight.
pub fn u64s(bytes: &[u8]) -> io::Result<Vec<u64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    if rest.is_empty() {
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    } else {
        Err(invalid(format!("{} bytes are not a multiple of 8", bytes.len())))
    }
}

const SPAN_BYTES: usize = 32;
const HANDOVER_WORDS: usize = 4;

/// Head of the block.
#[derive(Serialize, Deserialize)]
struct SpansHead {
    steps: Vec<PlanStep>,
    /// True if the time that each task waited for the interpreter follows the inner timestamps.
    gil_waits: bool,
    /// Classes; if there are any, a byte per task follows the tasks.
    #[serde(default)]
    classes: Vec<SpanClass>,
    /// True if the moments at which payloads changed hands follow.
    handovers: bool,
    /// Moments that the submitter saw, of tasks without spans.
    #[serde(default)]
    seen: Vec<(u64, u64)>,
}

/// Writes spans as one block: the length of the head, the head as JSON, the number of tasks, 32 bytes per task (core
/// 0 = unknown, else core + 1), a byte per task with its class if there are any, the inner step ends, the inner timestamps,
/// the waits for the interpreter if known, four words per task with a payload (the first and the last 0 = not measured,
/// else the moment + 1), then the beats.
///
/// # Errors
/// Returns the error of writing the steps as JSON, which does not happen.
pub fn spans_to_bytes(spans: &Spans) -> io::Result<Vec<u8>> {
    let (gil_waits, handovers) = (!spans.gil_waits.is_empty(), !spans.handovers.is_empty());
    let (steps, classes, seen) = (spans.steps.clone(), spans.classes.list.clone(), spans.seen.clone());
    let head = serde_json::to_vec(&SpansHead { steps, gil_waits, classes, handovers, seen })?;
    let mut out = Vec::with_capacity(16 + head.len() + spans.tasks.len() * SPAN_BYTES + spans.step_ends.len() * 8);
    out.extend((head.len() as u64).to_le_bytes());
    out.extend(&head);
    out.extend((spans.tasks.len() as u64).to_le_bytes());
    for span in &spans.tasks {
        out.extend(span.submitted.to_le_bytes());
        out.extend(span.started.to_le_bytes());
        out.extend(span.finished.to_le_bytes());
        out.extend(span.worker.to_le_bytes());
        out.extend(span.core.map_or(0, |core| u32::from(core) + 1).to_le_bytes());
    }
    if !spans.classes.is_empty() {
        out.extend(&spans.classes.of);
    }
    for stamp in spans.step_ends.iter().chain(&spans.inner_timestamps).chain(&spans.gil_waits) {
        out.extend(stamp.to_le_bytes());
    }
    for handover in &spans.handovers {
        for word in handover_words(handover) {
            out.extend(word.to_le_bytes());
        }
    }
    for beat in &spans.beats {
        out.extend(beat.due.to_le_bytes());
        out.extend(beat.late.to_le_bytes());
    }
    Ok(out)
}

fn handover_words(handover: &Handover) -> [u64; HANDOVER_WORDS] {
    let option = |moment: Option<u64>| moment.map_or(0, |nanos| nanos.saturating_add(1));
    [option(handover.sent), handover.read, handover.worked, option(handover.received)]
}

/// Reads what [`spans_to_bytes`] wrote.
///
/// # Errors
/// Returns [`io::ErrorKind::InvalidData`] if lengths do not fit.
pub fn spans_from_bytes(bytes: &[u8]) -> io::Result<Spans> {
    let short = || invalid("spans that end too early");
    let length = |bytes: &[u8]| -> io::Result<usize> {
        Ok(u64::from_le_bytes(*bytes.first_chunk::<8>().ok_or_else(short)?) as usize)
    };
    let head_length = length(bytes)?;
    let rest = bytes.get(8..).ok_or_else(short)?;
    let (head, rest) = rest.split_at_checked(head_length).ok_or_else(short)?;
    let SpansHead { steps, gil_waits, classes, handovers, seen } = from_json(head)?;
    let count = length(rest)?;
    let rest = rest.get(8..).ok_or_else(short)?;
    let (tasks, rest) = rest.split_at_checked(count.checked_mul(SPAN_BYTES).ok_or_else(short)?).ok_or_else(short)?;
    let (of, rest) = rest.split_at_checked(if classes.is_empty() { 0 } else { count }).ok_or_else(short)?;
    if of.iter().any(|class| usize::from(*class) >= classes.len()) {
        return Err(invalid("a class that does not exist"));
    }
    let stamps = |per_task: usize| count.checked_mul(per_task * 8).ok_or_else(short);
    let (step_ends, rest) = rest.split_at_checked(stamps(steps.len().saturating_sub(1))?).ok_or_else(short)?;
    let (inner_timestamps, rest) =
        rest.split_at_checked(stamps(steps.iter().map(|step| step.inner_timestamps()).sum())?).ok_or_else(short)?;
    let (gil_waits, rest) = rest.split_at_checked(stamps(usize::from(gil_waits))?).ok_or_else(short)?;
    let per_task = if handovers { HANDOVER_WORDS } else { 0 };
    let (handovers, beats) = rest.split_at_checked(stamps(per_task)?).ok_or_else(short)?;
    let beats = u64s(beats)?;
    let (beats, odd) = beats.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(short());
    }
    Ok(Spans {
        seen,
        tasks: tasks
            .as_chunks::<SPAN_BYTES>()
            .0
            .iter()
            .map(|record| {
                let word = |offset: usize| u64::from_le_bytes(std::array::from_fn(|byte| record[offset + byte]));
                let half = |offset: usize| u32::from_le_bytes(std::array::from_fn(|byte| record[offset + byte]));
                Span {
                    submitted: word(0),
                    started: word(8),
                    finished: word(16),
                    worker: half(24),
                    core: half(28).checked_sub(1).and_then(|core| u16::try_from(core).ok()),
                }
            })
            .collect(),
        step_ends: u64s(step_ends)?,
        inner_timestamps: u64s(inner_timestamps)?,
        gil_waits: u64s(gil_waits)?,
        beats: beats.iter().map(|[due, late]| Beat { due: *due, late: *late }).collect(),
        handovers: u64s(handovers)?
            .as_chunks::<HANDOVER_WORDS>()
            .0
            .iter()
            .map(|[sent, read, worked, received]| Handover {
                sent: sent.checked_sub(1),
                read: *read,
                worked: *worked,
                received: received.checked_sub(1),
            })
            .collect(),
        steps,
        classes: SpanClasses { list: classes, of: of.to_vec() },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Reply;
    use crate::workload::{Lock, LockOrder, Protection, SectionWork};

    fn arbitrary_steps() -> impl Strategy<Value = Vec<PlanStep>> {
        let step = prop_oneof![
            Just(PlanStep::Wait),
            Just(PlanStep::http(7)),
            Just(PlanStep::critical(Lock::Semaphore, 3, SectionWork::Wait)),
            Just(PlanStep::Increment(Protection::PerWorkerPadded)),
            Just(PlanStep::TwoLocks(LockOrder::Opposite)),
        ];
        proptest::collection::vec(step, 0..4)
    }

    /// Two classes, the second of which repeats, or none.
    fn classes(steps: usize, tasks: usize, some: bool) -> SpanClasses {
        if !some {
            return SpanClasses::default();
        }
        let half = steps / 2;
        let class = |first_step, steps, done, repeat| SpanClass { first_step, steps, repeat, done };
        SpanClasses {
            list: vec![class(0, half, tasks as u64, false), class(half, steps - half, tasks as u64 + 7, true)],
            of: (0..tasks).map(|task| (task % 2) as u8).collect(),
        }
    }

    fn arbitrary_handover() -> impl Strategy<Value = Handover> {
        let moment = || proptest::option::of(0..u64::MAX);
        (moment(), any::<u64>(), any::<u64>(), moment()).prop_map(|(sent, read, worked, received)| Handover {
            sent,
            read,
            worked,
            received,
        })
    }

    fn arbitrary_spans() -> impl Strategy<Value = Spans> {
        (arbitrary_steps(), 0..20_usize).prop_flat_map(|(steps, tasks)| {
            let span =
                (any::<u64>(), any::<u64>(), any::<u64>(), any::<u32>(), proptest::option::of(0..4096_u16)).prop_map(
                    |(submitted, started, finished, worker, core)| Span { submitted, started, finished, worker, core },
                );
            let beat = (any::<u64>(), any::<u64>()).prop_map(|(due, late)| Beat { due, late });
            let inner = steps.len().saturating_sub(1);
            let inner_timestamps: usize = steps.iter().map(|step| step.inner_timestamps()).sum();
            (
                proptest::collection::vec(span, tasks),
                proptest::collection::vec(any::<u64>(), tasks * inner),
                proptest::collection::vec(any::<u64>(), tasks * inner_timestamps),
                prop_oneof![Just(Vec::new()), proptest::collection::vec(any::<u64>(), tasks)],
                proptest::collection::vec(beat, 0..5),
                any::<bool>(),
                prop_oneof![Just(Vec::new()), proptest::collection::vec(arbitrary_handover(), tasks)],
                proptest::collection::vec(any::<(u64, u64)>(), 0..3),
            )
                .prop_map(
                    move |(tasks, step_ends, inner_timestamps, gil_waits, beats, some, handovers, seen)| Spans {
                        classes: classes(steps.len(), tasks.len(), some),
                        tasks,
                        step_ends,
                        inner_timestamps,
                        gil_waits,
                        beats,
                        handovers,
                        seen,
                        steps: steps.clone(),
                    },
                )
        })
    }

    proptest! {
        #[test]
        fn spans_survive_the_wire(spans in arbitrary_spans()) {
            let mut wire = Vec::new();
            Reply::Spans(Box::new(spans.clone())).write(&mut wire).expect("memory");
            prop_assert_eq!(Reply::read(&mut wire.as_slice()).expect("own writing"), Reply::Spans(Box::new(spans)));
        }

        #[test]
        fn noise_is_an_error_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = spans_from_bytes(&noise);
        }
    }
}
