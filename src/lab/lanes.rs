//! The spans of one trial packed on lanes for the timeline, and the list of its starts and ends. Computed once per
//! trial, outside the window's thread.

use std::collections::HashSet;
use std::sync::Arc;

use super::step_format;
use crate::model::Contender;
use crate::trial::{Beat, LaneIndex, LaneSource, Phase, Span, Spans, TaskLanes, longest_phases};
use crate::units;
use crate::workload::Workload;

/// Largest number of tasks with a list of starts and ends. It takes 32 bytes per task, and longer lists are not read.
const MOST_ORDERED_TASKS: usize = 100_000;

/// Least lateness of a beat that is drawn; smaller values are the system's timer resolution.
const LATE_NANOS: u64 = 1_000_000;

/// Number of lanes shown before the user asks for all.
pub const FEW_LANES: usize = 8;

/// Label of the lateness of the latest beat.
pub const WORST_BEAT: &str = "longest standstill of this trial";

/// Key of a packed trial.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LanesKey {
    /// Number of the run in this session.
    pub run: u64,
    /// The model.
    pub contender: Contender,
    /// Round of the trial.
    pub round: i32,
    /// Position of the trial, unique within a run.
    pub position: u32,
}

/// The tasks of one trial on lanes.
#[derive(Debug)]
pub struct Lanes {
    /// Spans of the tasks.
    pub spans: Arc<Spans>,
    /// Wall time of the trial.
    pub wall_nanos: u64,
    /// Lanes from top to bottom.
    pub lanes: TaskLanes,
    /// Index over the lanes, so that many tasks are drawn as fast as few.
    pub index: LaneIndex,
    /// Starts and ends in order of time; `None` if there are too many tasks.
    pub order: Option<Vec<SpanEvent>>,
    /// Start of the first task, in nanoseconds since the trial's clock started.
    pub begins: u64,
    /// Number of threads, processes or loops that finished a task.
    pub workers: u32,
    /// Longest phase of each task, drawn if the task is too narrow for more.
    pub longest_phase: Vec<Phase>,
    /// Beats that came at least 1 ms late, in the order in which they were due.
    pub late: Vec<Beat>,
    /// The latest beat; `None` if no ticker ran.
    pub worst: Option<Beat>,
}

/// The start or end of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanEvent {
    /// Nanoseconds since the trial's clock started.
    pub nanos: u64,
    /// True for the start.
    pub start: bool,
    /// Index of the task.
    pub task: u32,
}

impl SpanEvent {
    /// Returns the key of the order: a start before the end of the same task.
    const fn key(&self) -> (u64, u32, bool) {
        (self.nanos, self.task, !self.start)
    }
}

/// Returns the number of workers that have done a task.
fn distinct_workers(spans: &[Span]) -> u32 {
    let most = spans.iter().map(|span| span.worker as usize + 1).max().unwrap_or(0);
    if most <= spans.len() {
        let mut seen = vec![false; most];
        spans.iter().for_each(|span| seen[span.worker as usize] = true);
        return seen.into_iter().filter(|seen| *seen).count() as u32;
    }
    spans.iter().map(|span| span.worker).collect::<HashSet<u32>>().len() as u32
}

impl Lanes {
    /// Packs the tasks. Those of a per-task model go to the first free lane, those of other models to the lane of
    /// their worker, or to further lanes if a worker's tasks overlap.
    #[must_use]
    pub fn pack(spans: Arc<Spans>, wall_nanos: u64, per_task: bool) -> Self {
        let lanes = TaskLanes::pack(&spans.tasks, per_task);
        let order = (spans.tasks.len() <= MOST_ORDERED_TASKS).then(|| order(&spans.tasks));
        let longest_phase = longest_phases(&spans);
        let index = LaneIndex::build(&spans, &lanes, &longest_phase);
        let mut late: Vec<Beat> = spans.beats.iter().copied().filter(|beat| beat.late >= LATE_NANOS).collect();
        late.sort_by_key(|beat| beat.due);
        // The first of equally late beats.
        let worst = spans.beats.iter().copied().rev().max_by_key(|beat| beat.late);
        let begins = spans.tasks.iter().map(|span| span.started).min().unwrap_or(0);
        let workers = distinct_workers(&spans.tasks);
        Self { wall_nanos, begins, lanes, index, order, workers, longest_phase, late, worst, spans }
    }

    /// Returns what the lanes are drawn from.
    #[must_use]
    pub fn source(&self) -> LaneSource<'_> {
        LaneSource {
            spans: &self.spans,
            lanes: &self.lanes,
            longest_phase: &self.longest_phase,
            index: Some(&self.index),
        }
    }

    /// Returns the bytes that the tasks take, with their spans.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let spans = &self.spans;
        let stamps = spans.step_ends.capacity() + spans.inner_timestamps.capacity() + spans.gil_waits.capacity();
        spans.tasks.capacity() * size_of::<Span>()
            + stamps * size_of::<u64>()
            + spans.handovers.capacity() * size_of::<crate::trial::Handover>()
            + spans.classes.of.capacity()
            + self.longest_phase.capacity() * size_of::<Phase>()
            + self.order.as_ref().map_or(0, |order| order.capacity() * size_of::<SpanEvent>())
            + self.lanes.bytes()
            + self.index.bytes()
    }

    /// Returns true for a beat that had not come when the work ended; its lateness is then a lower bound.
    #[must_use]
    pub const fn never_came(&self, beat: Beat) -> bool {
        // The trial's clock stops shortly after the work.
        beat.due + beat.late + LATE_NANOS >= self.wall_nanos
    }

    /// Describes the latest beat: "longest standstill of this trial 412 ms"; `None` if no ticker ran.
    #[must_use]
    pub fn worst_beat(&self) -> Option<String> {
        Some(format!("{WORST_BEAT} {}", self.worst_lateness()?))
    }

    /// Returns the lateness of the latest beat: "412 ms", "at least 6.00 ms"; `None` if no ticker ran.
    #[must_use]
    pub fn worst_lateness(&self) -> Option<String> {
        let worst = self.worst?;
        let least = if self.never_came(worst) { "at least " } else { "" };
        Some(format!("{least}{}", units::duration(worst.late as f64)))
    }

    /// Returns the task of a lane at a time: the one running, else the one queueing.
    #[must_use]
    pub fn task_at(&self, lane: usize, nanos: f64, reach: f64) -> Option<u32> {
        let range = self.source().visible(lane, nanos - reach, nanos + reach);
        let distance = |task: &u32| {
            let span = &self.spans.tasks[*task as usize];
            let (from, to) = (span.started as f64, span.finished as f64);
            (from - nanos).max(nanos - to).max(0.0)
        };
        self.lanes.all()[range]
            .iter()
            .filter(|task| self.spans.tasks[**task as usize].submitted as f64 <= nanos + reach)
            .min_by(|left, right| distance(left).total_cmp(&distance(right)))
            .copied()
    }

    /// Returns one line of the list: "0.000 s A started on worker 0".
    #[must_use]
    pub fn order_line(&self, event: SpanEvent, workload: &Workload) -> String {
        let span = &self.spans.tasks[event.task as usize];
        let name = workload.task_title(event.task);
        let verb = if event.start { "started" } else { "finished" };
        // Only as many digits as differ between neighbours.
        let decimals = match self.wall_nanos {
            1_000_000_000.. => 3,
            1_000_000.. => 6,
            _ => 9,
        };
        format!("{:.decimals$} s {name} {verb} on worker {}", event.nanos as f64 / 1e9, span.worker)
    }

    /// Returns the position of a task's start in the list of starts and ends.
    #[must_use]
    pub fn start_in_order(&self, task: u32) -> Option<usize> {
        let started = self.spans.tasks.get(task as usize)?.started;
        self.order.as_ref()?.binary_search_by_key(&(started, task, false), SpanEvent::key).ok()
    }

    /// Returns names and values for the hover text of a task.
    #[must_use]
    pub fn describe(&self, task: u32, workload: &Workload) -> Vec<(String, String)> {
        let span = self.spans.tasks[task as usize];
        let time = |nanos: u64| units::duration(nanos as f64);
        let class = self.class_of(workload, task);
        let name = match &class {
            Some(_) if self.spans.is_repetition(task as usize) => format!("repetition {task}"),
            _ => workload.task_title(task),
        };
        let mut rows = vec![
            ("Task".to_owned(), name),
            ("Started at".to_owned(), time(span.started)),
            ("Queue".to_owned(), time(self.spans.queue_nanos(task as usize))),
        ];
        rows.extend(self.phase_durations(task).into_iter().map(|(name, nanos)| (name, time(nanos))));
        if let Some(wait) = self.spans.gil_waits.get(task as usize) {
            rows.push(("GIL wait, estimated".to_owned(), time(*wait)));
        }
        if let Some(class) = class {
            rows.insert(1, ("Class".to_owned(), class));
        }
        let core = span.core.map_or_else(|| "not measured".to_owned(), |core| core.to_string());
        rows.extend([
            ("Finished at".to_owned(), time(span.finished)),
            ("Worker".to_owned(), span.worker.to_string()),
            ("Core at finish".to_owned(), core),
        ]);
        rows
    }

    /// Returns the name of the class of a task, if there are classes.
    fn class_of(&self, workload: &Workload, task: u32) -> Option<String> {
        let class = self.spans.classes.class_of(task as usize)?;
        Some(workload.classes()?.list.get(class)?.name.clone())
    }

    /// Returns the duration of each phase of a task; with the number of the step if several steps have the same
    /// phase.
    fn phase_durations(&self, task: u32) -> Vec<(String, u64)> {
        let own = self.spans.steps_of(task as usize);
        let steps = &self.spans.steps[own.clone()];
        let steps_with = |wanted: Phase| steps.iter().filter(|step| step.phases().contains(&wanted)).count();
        let mut durations = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            for phase in step_format::distinct_phases(step) {
                let spans_of_step = self
                    .spans
                    .phases(task as usize)
                    .filter(|(of, did, _, _)| (*of, *did) == (own.start + index, phase));
                let nanos = spans_of_step.map(|(_, _, from, to)| to - from).sum();
                let name = step_format::phase_title(phase);
                let name = if steps_with(phase) > 1 { format!("{name}, step {}", index + 1) } else { name.to_owned() };
                durations.push((name, nanos));
            }
        }
        if !self.spans.handovers.is_empty() {
            durations.push(("Payload read and made".to_owned(), self.spans.nanos_in(task as usize, Phase::Payload)));
            let (input, output) = self.spans.transfer_nanos(task as usize);
            durations.extend(input.map(|nanos| ("Input transfer".to_owned(), nanos)));
            durations.extend(output.map(|nanos| ("Output transfer".to_owned(), nanos)));
        }
        durations
    }
}

fn order(spans: &[Span]) -> Vec<SpanEvent> {
    let mut order: Vec<SpanEvent> = spans
        .iter()
        .zip(0_u32..)
        .flat_map(|(span, task)| {
            [
                SpanEvent { nanos: span.started, start: true, task },
                SpanEvent { nanos: span.finished, start: false, task },
            ]
        })
        .collect();
    order.sort_unstable_by_key(SpanEvent::key);
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
        let tasks: Vec<&[u32]> = (0..lanes.lanes.len()).map(|lane| lanes.lanes.tasks(lane)).collect();
        assert_eq!(tasks, [&[0, 2][..], &[1, 3]]);
        assert_eq!(lanes.workers, 2);
    }

    #[test]
    fn overlapping_tasks_of_a_loop_get_lanes_of_their_own() {
        let lanes = Lanes::pack(spans(&[(0, 10, 0), (1, 12, 0), (10, 20, 0)]), 20, true);
        let tasks: Vec<&[u32]> = (0..lanes.lanes.len()).map(|lane| lanes.lanes.tasks(lane)).collect();
        assert_eq!(tasks, [&[0, 2][..], &[1]]);
    }

    #[test]
    fn the_order_is_that_of_time() {
        let lanes = Lanes::pack(spans(&[(5, 10, 0), (0, 12, 1)]), 12, true);
        let order = lanes.order.as_deref().expect("two tasks");
        let listed: Vec<(u64, bool, u32)> = order.iter().map(|event| (event.nanos, event.start, event.task)).collect();
        assert_eq!(listed, [(0, true, 1), (5, true, 0), (10, false, 0), (12, false, 1)]);
    }

    #[test]
    fn a_search_finds_what_is_on_screen() {
        let lanes = Lanes::pack(spans(&[(0, 10, 0), (20, 30, 0), (40, 50, 0), (60, 70, 0)]), 70, true);
        assert_eq!(lanes.source().visible(0, 22.0, 45.0), 1..4);
        assert_eq!(lanes.task_at(0, 25.0, 0.5), Some(1));
        assert_eq!(lanes.task_at(0, 71.0, 2.0), Some(3));
    }

    #[test]
    fn a_hover_tells_the_phases_that_there_are_per_step_where_several_are_alike() {
        use crate::workload::{Lock, PlanStep, SectionWork, Tasks};
        let critical = PlanStep::critical(Lock::Mutex, 1, SectionWork::Wait);
        let spans = Spans {
            tasks: vec![Span { submitted: 0, started: 10, finished: 100, worker: 0, core: None }],
            step_ends: vec![20, 70],
            // Time at which it got the lock; further stamps of the step are at its end.
            inner_timestamps: [60, 70].into_iter().take(critical.inner_timestamps()).collect(),
            steps: vec![PlanStep::Wait, critical, PlanStep::file(false)],
            beats: vec![Beat { due: 5, late: 2_000_000 }, Beat { due: 1, late: 90 }],
            ..Spans::default()
        };
        let lanes = Lanes::pack(Arc::new(spans), 9_000_000, true);
        let mut workload = crate::preset::built_in()[0].workload.clone();
        workload.tasks = Tasks::Alike { count: 1, steps: vec![] };
        let rows: Vec<String> =
            lanes.describe(0, &workload).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            rows[3..7],
            ["Wait, step 1: 10.0 ns", "Lock wait: 40.0 ns", "Wait, step 2: 10.0 ns", "File: 30.0 ns"]
        );
        assert_eq!(lanes.longest_phase, [Phase::LockWait]);
        assert_eq!(lanes.late.len(), 1);
        assert_eq!(lanes.worst_beat().as_deref(), Some("longest standstill of this trial 2.00 ms"));
    }

    #[test]
    fn a_beat_that_never_came_is_late_by_at_least_what_was_seen() {
        let mut spans = Spans::clone(&spans(&[(0, 10_000_000, 0)]));
        spans.beats = vec![Beat { due: 4_000_000, late: 6_000_000 }];
        let lanes = Lanes::pack(Arc::new(spans), 10_000_000, true);
        assert_eq!(lanes.worst_beat().as_deref(), Some("longest standstill of this trial at least 6.00 ms"));
    }
}
