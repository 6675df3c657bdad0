//! The spans of one trial packed on lanes for the timeline, and its order of starts and ends.
//! Computed once per trial, off the window's thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::Contender;
use crate::trial::{Phase, Span, Spans};
use crate::units;
use crate::workload::Workload;

/// More tasks than this have no printed order: nobody reads it, and it costs 32 bytes a task.
const MOST_ORDERED_TASKS: usize = 100_000;

/// Which trial was packed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LanesKey {
    /// The model.
    pub contender: Contender,
    /// The trial's round.
    pub round: i32,
    /// The trial's position, unique within a run.
    pub position: u32,
}

/// The tasks of one trial on lanes.
#[derive(Debug)]
pub struct Lanes {
    /// The spans themselves.
    pub spans: Arc<Spans>,
    /// Length of the trial.
    pub wall_nanos: u64,
    /// From top to bottom.
    pub lanes: Vec<Lane>,
    /// Starts and ends in order of time; `None` for too many tasks.
    pub order: Option<Vec<Moment>>,
    /// Threads, processes or loops that finished a task.
    pub workers: u32,
}

/// Tasks that did not overlap, in order of time.
#[derive(Debug)]
pub struct Lane {
    /// Their indices.
    pub tasks: Vec<u32>,
}

/// The start or end of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Nanoseconds since the trial's clock started.
    pub nanos: u64,
    /// True for the start.
    pub start: bool,
    /// Which task.
    pub task: u32,
}

impl Lanes {
    /// Packs the tasks: of a per-task model each into the first lane that is free, of the others
    /// on the lane of its worker, and on more lanes where a worker's tasks overlap.
    #[must_use]
    pub fn pack(spans: Arc<Spans>, wall_nanos: u64, per_task: bool) -> Self {
        let mut by_start: Vec<u32> = (0..spans.tasks.len() as u32).collect();
        by_start.sort_by_key(|task| (spans.tasks[*task as usize].started, *task));
        let most_worker = spans.tasks.iter().map(|span| span.worker).max();
        let groups: Vec<Vec<u32>> = if per_task || most_worker.is_none_or(|most| most as usize >= spans.tasks.len()) {
            vec![by_start]
        } else {
            let mut groups = vec![Vec::new(); most_worker.unwrap_or(0) as usize + 1];
            for task in by_start {
                groups[spans.tasks[task as usize].worker as usize].push(task);
            }
            groups
        };
        let lanes = groups.iter().flat_map(|group| first_free(group, &spans.tasks)).collect();
        let order = (spans.tasks.len() <= MOST_ORDERED_TASKS).then(|| order(&spans.tasks));
        let mut workers: Vec<u32> = spans.tasks.iter().map(|span| span.worker).collect();
        workers.sort_unstable();
        workers.dedup();
        Self { wall_nanos, lanes, order, workers: workers.len() as u32, spans }
    }

    /// The places in a lane of all tasks that touch `from..=to` from submitted to finished, or
    /// rather: whose own time and the wait before it do.
    #[must_use]
    pub fn visible(&self, lane: usize, from: f64, to: f64) -> Range<usize> {
        let tasks = &self.lanes[lane].tasks;
        let span = |task: &u32| &self.spans.tasks[*task as usize];
        let begin = tasks.partition_point(|task| (span(task).finished as f64) < from);
        let end = tasks.partition_point(|task| (span(task).started as f64) <= to);
        // One more: it starts later but may be queueing already.
        begin..(end + 1).clamp(begin, tasks.len())
    }

    /// The task of a lane at a moment: running, else queueing.
    #[must_use]
    pub fn task_at(&self, lane: usize, nanos: f64, reach: f64) -> Option<u32> {
        let lane_tasks = &self.lanes.get(lane)?.tasks;
        let places = self.visible(lane, nanos - reach, nanos + reach);
        let distance = |task: &u32| {
            let span = &self.spans.tasks[*task as usize];
            let (from, to) = (span.started as f64, span.finished as f64);
            (from - nanos).max(nanos - to).max(0.0)
        };
        lane_tasks[places]
            .iter()
            .filter(|task| self.spans.tasks[**task as usize].submitted as f64 <= nanos + reach)
            .min_by(|left, right| distance(left).total_cmp(&distance(right)))
            .copied()
    }

    /// One line of the order: "0.000 s A started on worker 0".
    #[must_use]
    pub fn order_line(&self, moment: Moment, workload: &Workload) -> String {
        let span = &self.spans.tasks[moment.task as usize];
        let name = task_name(workload, moment.task);
        let verb = if moment.start { "started" } else { "finished" };
        // Digits that can differ between neighbours, and no more.
        let decimals = match self.wall_nanos {
            1_000_000_000.. => 3,
            1_000_000.. => 6,
            _ => 9,
        };
        format!("{:.decimals$} s {name} {verb} on worker {}", moment.nanos as f64 / 1e9, span.worker)
    }

    /// What a hover over a task says.
    #[must_use]
    pub fn describe(&self, task: u32, workload: &Workload) -> Vec<(&'static str, String)> {
        let span = self.spans.tasks[task as usize];
        let compute = self.spans.nanos_in(task as usize, Phase::Compute);
        let wait = self.spans.nanos_in(task as usize, Phase::Wait);
        let time = |nanos: u64| units::duration(nanos as f64);
        vec![
            ("Task", task_name(workload, task)),
            ("Started at", time(span.started)),
            ("Queue", time(span.started.saturating_sub(span.submitted))),
            ("Compute", time(compute)),
            ("Wait", time(wait)),
            ("Finished at", time(span.finished)),
            ("Worker", span.worker.to_string()),
            ("Core at finish", span.core.map_or_else(|| "not measured".to_owned(), |core| core.to_string())),
        ]
    }
}

/// A task's name, or its number from 0 as the CSV has it.
#[must_use]
pub fn task_name(workload: &Workload, task: u32) -> String {
    workload.task_name(task).map_or_else(|| format!("task {task}"), str::to_owned)
}

fn first_free(by_start: &[u32], spans: &[Span]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut busy: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut free: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
    for task in by_start {
        let span = &spans[*task as usize];
        while let Some(Reverse((end, lane))) = busy.peek().copied() {
            if end > span.started {
                break;
            }
            busy.pop();
            free.push(Reverse(lane));
        }
        let lane = free.pop().map_or_else(
            || {
                lanes.push(Lane { tasks: Vec::new() });
                lanes.len() - 1
            },
            |Reverse(lane)| lane,
        );
        lanes[lane].tasks.push(*task);
        busy.push(Reverse((span.finished, lane)));
    }
    lanes
}

fn order(spans: &[Span]) -> Vec<Moment> {
    let mut order: Vec<Moment> = spans
        .iter()
        .zip(0_u32..)
        .flat_map(|(span, task)| {
            [Moment { nanos: span.started, start: true, task }, Moment { nanos: span.finished, start: false, task }]
        })
        .collect();
    order.sort_unstable_by_key(|moment| (moment.nanos, moment.task, !moment.start));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(times: &[(u64, u64, u32)]) -> Arc<Spans> {
        let tasks = times
            .iter()
            .map(|(started, finished, worker)| Span {
                submitted: 0,
                started: *started,
                finished: *finished,
                worker: *worker,
                core: None,
            })
            .collect();
        Arc::new(Spans { tasks, steps: vec![crate::workload::PlanStep::Wait], ..Spans::default() })
    }

    #[test]
    fn a_pool_has_a_lane_per_worker() {
        let lanes = Lanes::pack(spans(&[(0, 10, 0), (0, 12, 1), (10, 20, 0), (12, 22, 1)]), 22, false);
        let tasks: Vec<&[u32]> = lanes.lanes.iter().map(|lane| &*lane.tasks).collect();
        assert_eq!(tasks, [&[0, 2][..], &[1, 3]]);
        assert_eq!(lanes.workers, 2);
    }

    #[test]
    fn overlapping_tasks_of_a_loop_get_lanes_of_their_own() {
        let lanes = Lanes::pack(spans(&[(0, 10, 0), (1, 12, 0), (10, 20, 0)]), 20, true);
        let tasks: Vec<&[u32]> = lanes.lanes.iter().map(|lane| &*lane.tasks).collect();
        assert_eq!(tasks, [&[0, 2][..], &[1]]);
    }

    #[test]
    fn the_order_is_that_of_time() {
        let lanes = Lanes::pack(spans(&[(5, 10, 0), (0, 12, 1)]), 12, true);
        let order = lanes.order.as_deref().expect("two tasks");
        let told: Vec<(u64, bool, u32)> =
            order.iter().map(|moment| (moment.nanos, moment.start, moment.task)).collect();
        assert_eq!(told, [(0, true, 1), (5, true, 0), (10, false, 0), (12, false, 1)]);
    }

    #[test]
    fn a_search_finds_what_is_on_screen() {
        let lanes = Lanes::pack(spans(&[(0, 10, 0), (20, 30, 0), (40, 50, 0), (60, 70, 0)]), 70, true);
        assert_eq!(lanes.visible(0, 22.0, 45.0), 1..4);
        assert_eq!(lanes.task_at(0, 25.0, 0.5), Some(1));
        assert_eq!(lanes.task_at(0, 71.0, 2.0), Some(3));
    }
}
