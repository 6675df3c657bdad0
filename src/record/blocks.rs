//! Blocks of spans and heartbeats, laid out as the documentation of [`super`] states: column by column, each integer as
//! the difference from one that is close to it, then compressed.

use std::io;
use std::ops::Range;
use std::thread;

use super::codec::{Input, LONGEST_INTEGER, Malformed, compress, decompress, put_difference};
use super::limits::{MOST_CORES, MOST_NANOS};
use crate::trial::{Beat, Handover, Span, Spans};

/// Tasks in a block: few enough to decode at once, enough for both compression and threads.
const TASKS_A_BLOCK: usize = 1 << 16;
/// Heartbeats in a block.
pub(super) const BEATS_A_BLOCK: usize = 1 << 16;

/// Stamps per task, beside those that every task has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Ends of all steps but the last.
    pub(super) step_ends: usize,
    /// Stamps inside steps.
    pub(super) inner_stamps: usize,
    /// The waits for the interpreter are known.
    pub(super) gil_waits: bool,
    /// The tasks have a payload.
    pub(super) handovers: bool,
}

impl Shape {
    pub(super) fn of(spans: &Spans) -> Self {
        Self {
            step_ends: spans.steps.len().saturating_sub(1),
            inner_stamps: spans.steps.iter().map(|step| step.inner_timestamps()).sum(),
            gil_waits: !spans.gil_waits.is_empty(),
            handovers: !spans.handovers.is_empty(),
        }
    }

    /// Columns of a block.
    const fn columns(self) -> usize {
        5 + self.step_ends + self.inner_stamps + self.gil_waits as usize + 4 * self.handovers as usize
    }
}

/// A compressed block of consecutive tasks or heartbeats.
#[derive(Debug)]
pub(super) struct Block {
    /// Index of the first.
    pub(super) first: usize,
    /// Their number.
    pub(super) count: usize,
    /// Compressed columns.
    pub(super) data: Vec<u8>,
}

/// Encodes all tasks of a trial, on as many threads as there are CPUs: no trial runs meanwhile.
pub(super) fn encode_spans(spans: &Spans) -> io::Result<Vec<Block>> {
    let shape = Shape::of(spans);
    let ranges: Vec<Range<usize>> = (0..spans.tasks.len())
        .step_by(TASKS_A_BLOCK)
        .map(|first| first..(first + TASKS_A_BLOCK).min(spans.tasks.len()))
        .collect();
    let encode = |range: &Range<usize>| -> io::Result<Block> {
        Ok(Block {
            first: range.start,
            count: range.len(),
            data: compress(&span_columns(spans, shape, range.clone()))?,
        })
    };
    let threads = (crate::cpus::usable() as usize).min(ranges.len());
    if threads <= 1 {
        return ranges.iter().map(encode).collect();
    }
    let share = ranges.len().div_ceil(threads);
    thread::scope(|scope| {
        let mut helpers = Vec::new();
        for ranges in ranges.chunks(share) {
            let work = move || ranges.iter().map(encode).collect::<io::Result<Vec<Block>>>();
            // A system that has no thread left encodes here.
            match thread::Builder::new().name("record-blocks".into()).spawn_scoped(scope, work) {
                Ok(helper) => helpers.push(Ok(helper)),
                Err(_) => helpers.push(Err(ranges)),
            }
        }
        let mut blocks = Vec::new();
        for helper in helpers {
            match helper {
                Ok(helper) => blocks.extend(helper.join().map_err(|_| io::Error::other("encoding failed"))??),
                Err(ranges) => {
                    for range in ranges {
                        blocks.push(encode(range)?);
                    }
                }
            }
        }
        Ok(blocks)
    })
}

fn span_columns(spans: &Spans, shape: Shape, range: Range<usize>) -> Vec<u8> {
    let tasks = &spans.tasks[range.clone()];
    let mut out = Vec::with_capacity(tasks.len() * shape.columns() * 2);
    let mut before = 0;
    for task in tasks {
        put_difference(&mut out, task.submitted, before);
        before = task.submitted;
    }
    tasks.iter().for_each(|task| put_difference(&mut out, task.started, task.submitted));
    tasks.iter().for_each(|task| put_difference(&mut out, task.finished, task.started));
    let mut before = 0;
    for task in tasks {
        put_difference(&mut out, task.worker.into(), before);
        before = task.worker.into();
    }
    let mut before = 0;
    for task in tasks {
        let core = task.core.map_or(0, |core| u64::from(core) + 1);
        put_difference(&mut out, core, before);
        before = core;
    }
    // Each end from the end before it, each stamp from the start of the task.
    for column in 0..shape.step_ends {
        for index in range.clone() {
            let ends = &spans.step_ends[index * shape.step_ends..];
            let before = if column == 0 { spans.tasks[index].started } else { ends[column - 1] };
            put_difference(&mut out, ends[column], before);
        }
    }
    for column in 0..shape.inner_stamps {
        for index in range.clone() {
            put_difference(
                &mut out,
                spans.inner_timestamps[index * shape.inner_stamps + column],
                spans.tasks[index].started,
            );
        }
    }
    if shape.gil_waits {
        spans.gil_waits[range.clone()].iter().for_each(|wait| put_difference(&mut out, *wait, 0));
    }
    if shape.handovers {
        put_handovers(&mut out, &spans.handovers[range], tasks);
    }
    out
}

/// Writes four columns: from the transfer of the input to the start of the task plus 1 (0 = not measured), reading the
/// input, the steps, and from the end of the task to the arrival of the output plus 1 (0 = not measured).
fn put_handovers(out: &mut Vec<u8>, handovers: &[Handover], tasks: &[Span]) {
    let all = || handovers.iter().zip(tasks);
    for (handover, task) in all() {
        put_difference(out, handover.sent.map_or(0, |sent| task.started.saturating_sub(sent) + 1), 0);
    }
    all().for_each(|(handover, task)| put_difference(out, handover.read, task.started));
    all().for_each(|(handover, _)| put_difference(out, handover.worked, handover.read));
    for (handover, task) in all() {
        put_difference(out, handover.received.map_or(0, |received| received.saturating_sub(task.finished) + 1), 0);
    }
}

/// Reads the columns of [`put_handovers`].
fn read_handovers(input: &mut Input<'_>, tasks: &[Span], into: &mut Vec<Handover>) -> Result<(), Malformed> {
    let nanos = |value: u64| if value <= MOST_NANOS { Ok(value) } else { Err(Malformed) };
    let first = into.len();
    into.reserve(tasks.len());
    for task in tasks {
        let sent = match input.difference(0)?.checked_sub(1) {
            None => None,
            Some(before) => Some(task.started.checked_sub(before).ok_or(Malformed)?),
        };
        into.push(Handover { sent, ..Handover::default() });
    }
    let handovers = &mut into[first..];
    for (handover, task) in handovers.iter_mut().zip(tasks) {
        handover.read = nanos(input.difference(task.started)?)?;
    }
    for handover in &mut *handovers {
        handover.worked = nanos(input.difference(handover.read)?)?;
    }
    for (handover, task) in handovers.iter_mut().zip(tasks) {
        let after = input.difference(0)?.checked_sub(1);
        handover.received = after.map(|after| nanos(task.finished.saturating_add(after))).transpose()?;
    }
    Ok(())
}

/// Decodes a block of `count` tasks and appends them.
pub(super) fn decode_spans(data: &[u8], count: usize, shape: Shape, spans: &mut Spans) -> Result<(), Malformed> {
    if count == 0 || count > TASKS_A_BLOCK {
        return Err(Malformed);
    }
    let raw = decompress(data, count * shape.columns() * LONGEST_INTEGER)?;
    // Each integer has at least a byte: what is too short is rejected before anything is allocated for it.
    if raw.len() < count * shape.columns() {
        return Err(Malformed);
    }
    let mut input = Input(&raw);
    let nanos = |value: u64| if value <= MOST_NANOS { Ok(value) } else { Err(Malformed) };
    let first = spans.tasks.len();
    spans.tasks.reserve(count);
    let mut before = 0;
    for _ in 0..count {
        before = nanos(input.difference(before)?)?;
        spans.tasks.push(Span { submitted: before, started: 0, finished: 0, worker: 0, core: None });
    }
    let tasks = &mut spans.tasks[first..];
    for task in &mut *tasks {
        task.started = nanos(input.difference(task.submitted)?)?;
    }
    for task in &mut *tasks {
        task.finished = nanos(input.difference(task.started)?)?;
        if task.finished < task.started {
            return Err(Malformed);
        }
    }
    let mut before = 0;
    for task in &mut *tasks {
        before = input.difference(before)?;
        task.worker = u32::try_from(before).map_err(|_| Malformed)?;
    }
    let mut before = 0;
    for task in &mut *tasks {
        before = input.difference(before)?;
        if before > MOST_CORES {
            return Err(Malformed);
        }
        task.core = before.checked_sub(1).map(|core| u16::try_from(core).map_err(|_| Malformed)).transpose()?;
    }
    let (ends_at, stamps_at) = (spans.step_ends.len(), spans.inner_timestamps.len());
    spans.step_ends.resize(ends_at + count * shape.step_ends, 0);
    for column in 0..shape.step_ends {
        for (index, task) in tasks.iter().enumerate() {
            let at = ends_at + index * shape.step_ends + column;
            let before = if column == 0 { task.started } else { spans.step_ends[at - 1] };
            spans.step_ends[at] = nanos(input.difference(before)?)?;
        }
    }
    spans.inner_timestamps.resize(stamps_at + count * shape.inner_stamps, 0);
    for column in 0..shape.inner_stamps {
        for (index, task) in tasks.iter().enumerate() {
            spans.inner_timestamps[stamps_at + index * shape.inner_stamps + column] =
                nanos(input.difference(task.started)?)?;
        }
    }
    if shape.gil_waits {
        spans.gil_waits.reserve(count);
        for _ in 0..count {
            spans.gil_waits.push(nanos(input.difference(0)?)?);
        }
    }
    if shape.handovers {
        read_handovers(&mut input, tasks, &mut spans.handovers)?;
    }
    input.end()
}

/// Encodes heartbeats: when each was due, as the difference from the one before, then how late each was.
pub(super) fn encode_beats(beats: &[Beat]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(beats.len() * 4);
    let mut before = 0;
    for beat in beats {
        put_difference(&mut out, beat.due, before);
        before = beat.due;
    }
    beats.iter().for_each(|beat| put_difference(&mut out, beat.late, 0));
    compress(&out)
}

/// Decodes a block of `count` heartbeats and appends them.
pub(super) fn decode_beats(data: &[u8], count: usize, beats: &mut Vec<Beat>) -> Result<(), Malformed> {
    if count == 0 || count > BEATS_A_BLOCK {
        return Err(Malformed);
    }
    let raw = decompress(data, count * 2 * LONGEST_INTEGER)?;
    let mut input = Input(&raw);
    let first = beats.len();
    let mut before = 0;
    for _ in 0..count {
        before = input.difference(before)?;
        beats.push(Beat { due: before, late: 0 });
    }
    for beat in &mut beats[first..] {
        beat.late = input.difference(0)?;
        if beat.due > MOST_NANOS || beat.late > MOST_NANOS {
            return Err(Malformed);
        }
    }
    input.end()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workload::{Kernel, Lock, PlanStep, SectionWork};

    fn arbitrary_spans() -> impl Strategy<Value = Spans> {
        let step = prop_oneof![
            Just(PlanStep::Wait),
            Just(PlanStep::Compute(Kernel::Splitmix)),
            Just(PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute)),
        ];
        (proptest::collection::vec(step, 0..4), 1..40_usize).prop_flat_map(|(steps, count)| {
            let (ends, stamps) =
                (steps.len().saturating_sub(1), steps.iter().map(|step| step.inner_timestamps()).sum::<usize>());
            let nanos = || prop_oneof![0..2_000_u64, 0..=MOST_NANOS];
            let span = (nanos(), nanos(), nanos(), any::<u32>(), proptest::option::of(0..4_096_u16)).prop_map(
                |(submitted, one, other, worker, core)| Span {
                    submitted,
                    started: one.min(other),
                    finished: one.max(other),
                    worker,
                    core,
                },
            );
            let tasks = proptest::collection::vec(span, count);
            let ends = proptest::collection::vec(nanos(), count * ends);
            let inner_timestamps = proptest::collection::vec(nanos(), count * stamps);
            let waits = prop_oneof![Just(Vec::new()), proptest::collection::vec(nanos(), count)];
            let handovers = prop_oneof![
                Just(Vec::new()),
                proptest::collection::vec(
                    (proptest::option::of(nanos()), nanos(), nanos(), proptest::option::of(nanos())),
                    count
                )
            ];
            (tasks, ends, inner_timestamps, waits, handovers).prop_map(
                move |(tasks, step_ends, inner_timestamps, gil_waits, handovers)| {
                    let handover = |((sent, read, worked, received), task): (_, &Span)| Handover {
                        sent: Option::map(sent, |sent: u64| sent.min(task.started)),
                        read,
                        worked,
                        received: Option::map(received, |received: u64| received.max(task.finished)),
                    };
                    let handovers = handovers.into_iter().zip(&tasks).map(handover).collect();
                    let steps = steps.clone();
                    Spans { tasks, step_ends, inner_timestamps, gil_waits, steps, handovers, ..Spans::default() }
                },
            )
        })
    }

    fn decoded(blocks: &[Block], like: &Spans) -> Result<Spans, Malformed> {
        let mut spans = Spans { steps: like.steps.clone(), beats: like.beats.clone(), ..Spans::default() };
        for block in blocks {
            assert_eq!(block.first, spans.tasks.len());
            decode_spans(&block.data, block.count, Shape::of(like), &mut spans)?;
        }
        Ok(spans)
    }

    proptest! {
        #[test]
        fn spans_survive(spans in arbitrary_spans()) {
            let blocks = encode_spans(&spans).expect("memory");
            prop_assert_eq!(decoded(&blocks, &spans), Ok(spans));
        }

        #[test]
        fn heartbeats_survive(beats in proptest::collection::vec((0..=MOST_NANOS, 0..=MOST_NANOS), 1..50)) {
            let beats: Vec<Beat> = beats.into_iter().map(|(due, late)| Beat { due, late }).collect();
            let mut read = Vec::new();
            let data = encode_beats(&beats).expect("memory");
            prop_assert_eq!(decode_beats(&data, beats.len(), &mut read), Ok(()));
            prop_assert_eq!(read, beats);
        }

        #[test]
        fn other_bytes_and_counts_are_errors_and_no_panics(
            spans in arbitrary_spans(), at in any::<prop::sample::Index>(), bits in 1..=255_u8, count in 0..100_000_usize
        ) {
            let mut blocks = encode_spans(&spans).expect("memory");
            let at = at.index(blocks[0].data.len());
            let shape = Shape::of(&spans);
            if count != blocks[0].count {
                prop_assert!(decode_spans(&blocks[0].data, count, shape, &mut Spans::default()).is_err());
            }
            blocks[0].data[at] ^= bits;
            let _ = decoded(&blocks, &spans);
        }
    }

    #[test]
    fn many_tasks_go_into_several_blocks_and_take_few_bytes() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut at = 0;
        let tasks = (0..150_000)
            .map(|_| {
                at += random.u64(100..400);
                let started = at + random.u64(500..200_000);
                let finished = started + random.u64(1_000..3_000);
                Span { submitted: at, started, finished, worker: random.u32(0..4), core: Some(random.u16(0..4)) }
            })
            .collect();
        let spans = Spans { tasks, steps: vec![PlanStep::Compute(Kernel::Splitmix)], ..Spans::default() };
        let blocks = encode_spans(&spans).expect("memory");
        assert_eq!(blocks.len(), 3);
        let bytes: usize = blocks.iter().map(|block| block.data.len()).sum();
        assert!(bytes < 10 * spans.tasks.len(), "{bytes} bytes");
        assert_eq!(decoded(&blocks, &spans), Ok(spans));
    }
}
