//! The parts that a lane is drawn from at a resolution: tasks that are wide enough, neighbours that are too narrow merged
//! into one, and the queueing before them. Window and charts draw the same parts.

use std::ops::Range;

use super::lane_index::{LaneIndex, TaskSums};
use super::lanes::TaskLanes;
use super::longest_phase::most;
use super::spans::Spans;
use crate::workload::Phase;

/// Widths below which things are not drawn one by one, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Tasks shorter than this are merged with their neighbours.
    pub narrow: f64,
    /// Gaps shorter than this are not seen, and queueing shorter than this is not drawn.
    pub gap: f64,
}

/// Neighbouring tasks that are too narrow to draw one by one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergedTasks {
    /// Start of the first.
    pub from: u64,
    /// End of the last.
    pub to: u64,
    /// Sums over them.
    pub sums: TaskSums,
}

impl MergedTasks {
    /// Returns the phase in which they spent most time, each counted with its longest phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        most(&self.sums.nanos).unwrap_or(Phase::Compute)
    }
}

/// A part of a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LanePart {
    /// A task waited from one moment to the other: it was submitted, and the lane was free.
    Queue(u64, u64),
    /// A task of this index.
    Task(u32),
    /// Several tasks, or one that is narrow.
    Merged(MergedTasks),
}

/// The tasks of a trial on lanes, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct LaneSource<'a> {
    /// The spans.
    pub spans: &'a Spans,
    /// Their lanes.
    pub lanes: &'a TaskLanes,
    /// Longest phase of each task.
    pub longest_phase: &'a [Phase],
    /// Index over the lanes; `None` looks at each task.
    pub index: Option<&'a LaneIndex>,
}

impl LaneSource<'_> {
    /// Returns the positions, among the tasks of all lanes, of those of a lane whose run, or the wait before it, touches
    /// `from..=to`.
    #[must_use]
    pub fn visible(&self, lane: usize, from: f64, to: f64) -> Range<usize> {
        let own = self.lanes.range(lane);
        let tasks = self.lanes.tasks(lane);
        let span = |task: &u32| &self.spans.tasks[*task as usize];
        let begin = tasks.partition_point(|task| (span(task).finished as f64) < from);
        let end = tasks.partition_point(|task| (span(task).started as f64) <= to);
        // One more task, which starts later but may be queueing already.
        own.start + begin..own.start + (end + 1).clamp(begin, tasks.len())
    }

    /// Returns the position of a task among those of all lanes, if it is on this lane.
    #[must_use]
    pub fn position(&self, lane: usize, task: u32) -> Option<usize> {
        let started = self.spans.tasks.get(task as usize)?.started;
        let tasks = self.lanes.tasks(lane);
        let first = tasks.partition_point(|one| self.spans.tasks[*one as usize].started < started);
        let same = tasks[first..].iter().take_while(|one| self.spans.tasks[**one as usize].started == started);
        let at = same.into_iter().position(|one| *one == task)?;
        Some(self.lanes.range(lane).start + first + at)
    }

    /// Returns the task of a lane that runs at a moment, else the next one, else the last.
    #[must_use]
    pub fn task_from(&self, lane: usize, nanos: u64) -> Option<u32> {
        let tasks = self.lanes.tasks(lane);
        let at = tasks.partition_point(|task| self.spans.tasks[*task as usize].finished <= nanos);
        tasks.get(at).or(tasks.last()).copied()
    }

    /// Visits the parts of a lane between two moments in order of time.
    pub fn visit(&self, lane: usize, (from, to): (f64, f64), resolution: Resolution, mut visit: impl FnMut(LanePart)) {
        let Resolution { narrow, gap } = resolution;
        let own = self.lanes.range(lane);
        let visible = self.visible(lane, from, to);
        let all = self.lanes.all();
        let span = |at: usize| self.spans.tasks[all[at] as usize];
        let mut free_from = (visible.start > own.start).then(|| span(visible.start - 1).finished);
        let mut merged: Option<MergedTasks> = None;
        let mut at = visible.start;
        while at < visible.end {
            let task = all[at];
            let here = span(at);
            let queued = here.submitted.max(free_from.unwrap_or(0));
            let sent = here.submitted + self.spans.queue_nanos(task as usize);
            if sent.saturating_sub(queued) as f64 >= gap && sent > queued {
                merged.take().into_iter().for_each(|merged| visit(LanePart::Merged(merged)));
                visit(LanePart::Queue(queued, sent));
            }
            let block = self.index.and_then(|index| index.block(at..visible.end, narrow, gap));
            let (count, sums) = match block {
                Some(block) => block,
                None if (here.finished.saturating_sub(here.started) as f64) < narrow => {
                    (1, TaskSums::of(self.spans, self.longest_phase, task))
                }
                None => {
                    merged.take().into_iter().for_each(|merged| visit(LanePart::Merged(merged)));
                    visit(LanePart::Task(task));
                    free_from = Some(here.finished);
                    at += 1;
                    continue;
                }
            };
            let end = span(at + count - 1).finished;
            match merged.as_mut().filter(|merged| (here.started.saturating_sub(merged.to) as f64) < gap) {
                Some(merged) => {
                    merged.to = merged.to.max(end);
                    merged.sums.add(&sums);
                }
                None => {
                    merged.take().into_iter().for_each(|merged| visit(LanePart::Merged(merged)));
                    merged = Some(MergedTasks { from: here.started, to: end, sums });
                }
            }
            free_from = Some(end);
            at += count;
        }
        merged.into_iter().for_each(|merged| visit(LanePart::Merged(merged)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Span, longest_phases};
    use crate::workload::{Kernel, PlanStep};

    /// Makes tasks of very different lengths and gaps, of two steps, some of them queueing.
    fn spans(count: u64, workers: u32, seed: u64) -> Spans {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut free = vec![0_u64; workers as usize];
        let mut spans = Spans { steps: vec![PlanStep::Compute(Kernel::Splitmix), PlanStep::Wait], ..Spans::default() };
        for _ in 0..count {
            let worker = random.u32(0..workers);
            let gap = if random.u32(0..50) == 0 { random.u64(0..50_000) } else { random.u64(0..20) };
            let started = free[worker as usize] + gap;
            let length = if random.u32(0..200) == 0 { random.u64(0..90_000) } else { random.u64(0..400) };
            let finished = started + length;
            free[worker as usize] = finished;
            let submitted = started.saturating_sub(random.u64(0..60));
            spans.step_ends.push(started + random.u64(0..=length));
            spans.tasks.push(Span { submitted, started, finished, worker, core: Some(random.u16(0..2)) });
        }
        spans
    }

    #[test]
    fn the_index_changes_no_part() {
        for (count, workers) in [(3_000, 1), (5_000, 3), (40_000, 2)] {
            let spans = spans(count, workers, count);
            let lanes = TaskLanes::pack(&spans.tasks, false);
            let longest_phase = longest_phases(&spans);
            let index = LaneIndex::build(&spans, &lanes, &longest_phase);
            assert!(index.bytes() > 0 && index.bytes() < 2 * spans.tasks.len(), "{} bytes", index.bytes());
            let plain = LaneSource { spans: &spans, lanes: &lanes, longest_phase: &longest_phase, index: None };
            let indexed = LaneSource { index: Some(&index), ..plain };
            let end = spans.tasks.iter().map(|span| span.finished).max().unwrap_or(0) as f64;
            for (from, to) in [(0.0, end), (end * 0.31, end * 0.62), (end * 0.5, end * 0.501)] {
                let pixel = (to - from) / 900.0;
                for resolution in [
                    Resolution { narrow: 1.5 * pixel, gap: pixel },
                    Resolution { narrow: 0.01 * pixel, gap: pixel },
                    Resolution { narrow: 100.0 * pixel, gap: 0.3 * pixel },
                ] {
                    for lane in 0..lanes.len() {
                        let parts = |source: &LaneSource<'_>| {
                            let mut parts = Vec::new();
                            source.visit(lane, (from, to), resolution, |part| parts.push(part));
                            parts
                        };
                        // The only task of a block of one is known without the index alone.
                        assert_eq!(parts(&plain), parts(&indexed), "{count} tasks, {from} to {to}, {resolution:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_index_spares_looking_at_each_task() {
        let tasks = (0..100_000_u64)
            .map(|task| Span { submitted: 0, started: task * 10, finished: task * 10 + 9, worker: 0, core: Some(0) })
            .collect();
        let spans = Spans { tasks, steps: vec![PlanStep::Wait], ..Spans::default() };
        let lanes = TaskLanes::pack(&spans.tasks, false);
        let longest_phase = longest_phases(&spans);
        let index = LaneIndex::build(&spans, &lanes, &longest_phase);
        let (mut at, mut steps) = (0, 0);
        while at < 100_000 {
            at += index.block(at..100_000, 100.0, 100.0).map_or(1, |(count, _)| count);
            steps += 1;
        }
        assert!(steps < 60, "{steps} steps");
        assert_eq!(index.block(0..100_000, 100.0, 1.0), None, "a gap of 1 ns is seen");
        assert_eq!(index.block(1..100_000, 100.0, 100.0), None, "a block begins at its first task");
        assert_eq!(index.block(0..20, 100.0, 100.0), None, "a block lies within the lane");
    }

    #[test]
    fn a_task_is_found_on_its_lane_and_by_its_time() {
        let spans = spans(500, 3, 4);
        let lanes = TaskLanes::pack(&spans.tasks, false);
        let longest_phase = longest_phases(&spans);
        let source = LaneSource { spans: &spans, lanes: &lanes, longest_phase: &longest_phase, index: None };
        for task in 0..500 {
            let lane = lanes.lane_of(task).expect("on a lane");
            let position = source.position(lane, task).expect("on this lane");
            assert_eq!(lanes.all()[position], task);
            assert_eq!(source.position((lane + 1) % lanes.len(), task), None);
            let span = spans.tasks[task as usize];
            if span.finished > span.started {
                assert_eq!(source.task_from(lane, span.started), Some(task));
            }
        }
        assert_eq!(source.task_from(0, u64::MAX), lanes.tasks(0).last().copied());
        assert_eq!((source.task_from(99, 0), source.position(99, 0)), (None, None));
    }

    #[test]
    fn queueing_is_a_part_where_the_lane_was_free() {
        let span = |submitted, started, finished| Span { submitted, started, finished, worker: 0, core: None };
        let spans = Spans {
            tasks: vec![span(0, 100, 200), span(0, 200, 300), span(350, 500, 501)],
            steps: vec![PlanStep::Wait],
            ..Spans::default()
        };
        let lanes = TaskLanes::pack(&spans.tasks, false);
        let longest_phase = longest_phases(&spans);
        let source = LaneSource { spans: &spans, lanes: &lanes, longest_phase: &longest_phase, index: None };
        let mut parts = Vec::new();
        source.visit(0, (0.0, 600.0), Resolution { narrow: 10.0, gap: 10.0 }, |part| parts.push(part));
        let sums = TaskSums::of(&spans, &longest_phase, 2);
        let last = MergedTasks { from: 500, to: 501, sums };
        let expected = [
            LanePart::Queue(0, 100),
            LanePart::Task(0),
            LanePart::Task(1),
            LanePart::Queue(350, 500),
            LanePart::Merged(last),
        ];
        assert_eq!(parts, expected);
        assert_eq!(last.phase(), Phase::Wait);
    }
}
