//! Details that the timeline shows beside the lanes of a trial: tasks in flight, usage of the cores, who held the
//! locks, and the patterns. Computed after the lanes are packed, outside the window's thread.

use std::sync::Arc;

use super::core_usage::CoreUsage;
use super::lanes::Lanes;
use super::range::Range;
use super::timeline_view::{Found, MomentTasks};
use crate::analysis::patterns::{Pattern, TrialFacts, patterns};
use crate::model::Contender;
use crate::trial::{CpuSample, InFlight, LockHolders, Phase};
use crate::workload::{Tasks, Workload};

/// Most tasks of a moment that are named.
const MOST_NAMED: usize = 8;

/// Facts of the trial that the details need beside its spans.
#[derive(Debug, Clone)]
pub struct DetailFacts {
    /// Samples of the cores; empty if the trial is too short for the system's counters.
    pub cpu: Vec<CpuSample>,
    /// Number of workers of the model's pool; `None` without a pool.
    pub workers: Option<u32>,
    /// CPUs that the model may use; `None` if they are not known.
    pub cpus: Option<u32>,
    /// CPU time of runner and workers; `None` if it was not measured.
    pub cpu_nanos: Option<u64>,
    /// True for an event loop.
    pub is_loop: bool,
}

/// The details of one trial.
#[derive(Debug)]
pub struct LaneDetails {
    /// Tasks in flight over time.
    pub in_flight: InFlight,
    /// Usage of each core; `None` if it is not known.
    pub usage: Option<CoreUsage>,
    /// Holders of the locks.
    pub holders: LockHolders,
    /// Badly behaved patterns.
    pub patterns: Vec<Pattern>,
}

impl LaneDetails {
    /// Computes the details.
    #[must_use]
    pub fn of(lanes: &Lanes, facts: &DetailFacts) -> Self {
        let spans = &lanes.spans;
        let holders = LockHolders::of(spans);
        let usage = CoreUsage::of_counters(&facts.cpu).or_else(|| CoreUsage::of_tasks(spans, lanes.wall_nanos));
        let patterns = patterns(&TrialFacts {
            spans,
            holders: &holders,
            wall_nanos: lanes.wall_nanos,
            workers: facts.workers,
            cpus: facts.cpus,
            cpu_nanos: facts.cpu_nanos,
            is_loop: facts.is_loop,
        });
        Self { in_flight: InFlight::of(spans, lanes.wall_nanos), usage, holders, patterns }
    }
}

/// Counts the tasks that ran in a part of the time. Looks through all tasks.
#[must_use]
pub fn tasks_of_moment(lanes: &Lanes, contender: Contender, range: Range) -> MomentTasks {
    let spans = &lanes.spans;
    let within = |from: u64, to: u64| (from as f64) < range.to && (to as f64) > range.from;
    let mut moment = MomentTasks { contender, range, ran: 0, computed: 0, waited_for_lock: 0, first: Vec::new() };
    let mut first: Vec<(u64, u32)> = Vec::new();
    for (task, span) in spans.tasks.iter().enumerate() {
        if !within(span.started, span.finished) {
            continue;
        }
        moment.ran += 1;
        let did = |wanted: fn(Phase) -> bool| {
            spans.phases(task).any(|(_, phase, from, to)| wanted(phase) && within(from, to))
        };
        moment.computed += u64::from(did(Phase::keeps_core_busy));
        moment.waited_for_lock += u64::from(did(|phase| phase == Phase::LockWait));
        first.push((span.started, task as u32));
    }
    first.sort_unstable();
    moment.first = first.into_iter().take(MOST_NAMED).map(|(_, task)| task).collect();
    moment
}

/// Finds a task by its number or its name, the next one after `after` if several fit: those of this very name, else those
/// whose name contains the words.
#[must_use]
pub fn find_task(words: &str, workload: &Workload, after: Option<u32>, tasks: u32) -> Found {
    let words = words.trim().to_lowercase();
    let none = Found::None { tasks: u64::from(tasks) };
    if words.is_empty() {
        return Found::Nothing;
    }
    let mut fits: Vec<u32> = Vec::new();
    if let Tasks::List(list) = &workload.tasks {
        let named = |fit: &dyn Fn(&str) -> bool| -> Vec<u32> {
            let all = list.iter().zip(0_u32..).filter(|(task, _)| fit(&task.name.to_lowercase()));
            all.map(|(_, index)| index).filter(|index| *index < tasks).collect()
        };
        fits = named(&|name| name == words);
        if fits.is_empty() && number(&words).is_none() {
            fits = named(&|name| name.contains(&words));
        }
    }
    if fits.is_empty() {
        fits.extend(number(&words).filter(|index| *index < tasks));
    }
    let Some(first) = fits.first() else { return none };
    let next = after.and_then(|after| fits.iter().position(|task| *task > after)).unwrap_or(0);
    let task = fits.get(next).copied().unwrap_or(*first);
    Found::Task { task, position: next as u64 + 1, of: fits.len() as u64 }
}

/// Returns the number in "1234", "1,234", "#1234" or "task 1234".
fn number(words: &str) -> Option<u32> {
    let digits = words.strip_prefix("task").unwrap_or(words).trim_start().trim_start_matches('#');
    let digits: String = digits.chars().filter(|letter| !matches!(letter, ',' | ' ' | '\u{a0}')).collect();
    digits.parse().ok()
}

/// A task and the lane that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPlace {
    /// The model.
    pub contender: Contender,
    /// Index of the task.
    pub task: u32,
    /// Its lane.
    pub lane: usize,
}

/// Returns the lane of a task under the first of these models that has it.
#[must_use]
pub fn place_of(task: u32, models: &[(Contender, Arc<Lanes>)]) -> Option<TaskPlace> {
    models.iter().find_map(|(contender, lanes)| {
        let lane = lanes.lanes.lane_of(task)?;
        Some(TaskPlace { contender: contender.clone(), task, lane })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Span, Spans};
    use crate::workload::{Kernel, ListedTask, PlanStep};

    fn found(words: &str, names: &[&str], after: Option<u32>) -> Found {
        let mut workload = crate::preset::built_in()[0].workload.clone();
        let listed = |name: &&str| ListedTask { name: (*name).to_owned(), compute_ms: 1.0, wait_ms: 0.0 };
        if !names.is_empty() {
            workload.tasks = Tasks::List(Arc::new(names.iter().map(listed).collect()));
        }
        find_task(words, &workload, after, if names.is_empty() { 5_000 } else { names.len() as u32 })
    }

    #[test]
    fn a_task_is_found_by_its_number_in_any_spelling() {
        for words in ["1234", " 1,234 ", "#1234", "task 1234", "Task #1234"] {
            assert_eq!(found(words, &[], None), Found::Task { task: 1_234, position: 1, of: 1 }, "{words}");
        }
        assert_eq!(found("5000", &[], None), Found::None { tasks: 5_000 });
        assert_eq!(found("nobody", &[], None), Found::None { tasks: 5_000 });
        assert_eq!(found("  ", &[], None), Found::Nothing);
    }

    #[test]
    fn a_name_goes_before_a_number_and_several_are_gone_through() {
        let names = ["fetch", "parse", "Fetch all", "1", "fetch"];
        assert_eq!(found("FETCH", &names, None), Found::Task { task: 0, position: 1, of: 2 });
        assert_eq!(found("fetch", &names, Some(0)), Found::Task { task: 4, position: 2, of: 2 });
        assert_eq!(found("fetch", &names, Some(4)), Found::Task { task: 0, position: 1, of: 2 });
        assert_eq!(found("all", &names, None), Found::Task { task: 2, position: 1, of: 1 });
        assert_eq!(found("1", &names, None), Found::Task { task: 3, position: 1, of: 1 });
        assert_eq!(found("2", &names, None), Found::Task { task: 2, position: 1, of: 1 });
    }

    #[test]
    fn the_tasks_of_a_moment_are_those_that_ran_in_it() {
        let span = |started, finished| Span { submitted: 0, started, finished, worker: 0, core: None };
        let spans = Spans {
            tasks: vec![span(50, 90), span(0, 40), span(30, 60), span(70, 80)],
            step_ends: vec![60, 10, 50, 75],
            steps: vec![PlanStep::Compute(Kernel::Splitmix), PlanStep::Wait],
            ..Spans::default()
        };
        let lanes = Lanes::pack(Arc::new(spans), 100, true);
        let contender = Contender::of(crate::model::ModelId::Threads);
        let range = Range { from: 35.0, to: 60.0 };
        let moment = tasks_of_moment(&lanes, contender.clone(), range);
        assert_eq!((moment.ran, moment.computed, moment.waited_for_lock), (3, 2, 0));
        assert_eq!(moment.first, [1, 2, 0]);
        let models = [(contender.clone(), Arc::new(lanes))];
        let lane = place_of(3, &models).expect("on a lane").lane;
        assert!(models[0].1.lanes.tasks(lane).contains(&3));
        assert_eq!(place_of(4, &models), None);
    }
}
