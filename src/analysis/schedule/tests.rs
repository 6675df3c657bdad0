//! Tests of the schedules: against the ideals, the capacities, and by example.

use proptest::prelude::*;

use super::*;
use crate::analysis::ideal::{ideal_nanos, usable_cpus};
use crate::analysis::testing::{workload_alike, workload_list, workload_of};
use crate::experiment::capabilities::unsupported;
use crate::model::{Contender, ModelId};
use crate::trial::{Spans, TaskLanes};
use crate::workload::{
    Awaiting, Class, Classes, DurationDistribution, Kernel, Lock, LockAccess, LockOrder, Phase, SectionWork, Step,
};

const CPUS: u32 = 3;

fn ideal(contender: &Contender, workload: &Workload, cpus: u32) -> f64 {
    let workers = contender.workers(workload, cpus.into());
    let usable = usable_cpus(contender.model, workload, contender.expects_gil(), cpus);
    ideal_nanos(contender.model, &contender.workload(workload), &workload.nominal(), workers, usable).expect("timed")
}

/// Returns the schedule of a model and its end in milliseconds, after checking it.
fn scheduled(contender: &str, workload: &Workload, cpus: u32) -> (Schedule, f64) {
    let contender: Contender = contender.parse().expect("a contender");
    let schedule = checked(&contender, workload, cpus);
    let end = schedule.end_nanos as f64 / 1e6;
    (schedule, end)
}

/// Returns a schedule that does all the work of the workload, within the model's capacity, and not before its ideal.
fn checked(contender: &Contender, workload: &Workload, cpus: u32) -> Schedule {
    let tasks = NominalTasks::of(workload);
    let capacity = Capacity::of(contender, workload, cpus);
    let schedule = tasks.under(capacity);
    let (spans, name) = (&schedule.spans, contender.to_string());
    assert_eq!(spans.tasks.len(), workload.task_count() as usize);
    // A nanosecond for each task and step that was rounded.
    let rounding = f64::from(workload.task_count()) * 8.0;
    let least = ideal(contender, workload, cpus);
    assert!(schedule.end_nanos as f64 >= least - rounding, "{name}: {} before {least}", schedule.end_nanos);
    // All computing is done, and never more at once than there are cores.
    let all = |wanted: Phase| -> f64 { (0..spans.tasks.len()).map(|task| spans.nanos_in(task, wanted) as f64).sum() };
    let nominal = workload.nominal();
    assert!((all(Phase::Compute) - nominal.compute_nanos).abs() <= rounding, "{name}: computing is missing");
    assert!(all(Phase::Wait) + all(Phase::Http) >= nominal.wait_nanos - rounding, "{name}: waiting is missing");
    let cores = usable_cpus(contender.model, workload, contender.expects_gil(), cpus);
    assert!(at_once(spans, |phase| phase == Phase::Compute) <= cores, "{name}: more computing than cores");
    if let Some(slots) = capacity.slots {
        let in_flight = spans.tasks.iter().map(|span| (span.started, span.finished));
        assert!(most_at_once(in_flight) <= slots, "{name}: more tasks in flight than slots");
        for worker in 0..slots {
            let own = spans.tasks.iter().filter(|span| span.worker == worker).map(|span| (span.started, span.finished));
            assert!(most_at_once(own) <= 1, "{name}: worker {worker} does two things at once");
        }
    }
    schedule
}

/// Returns the largest number of spans of such phases at one moment.
fn at_once(spans: &Spans, wanted: impl Fn(Phase) -> bool) -> u32 {
    let phases = (0..spans.tasks.len()).flat_map(|task| spans.phases(task));
    most_at_once(phases.filter(|(_, phase, _, _)| wanted(*phase)).map(|(_, _, from, to)| (from, to)))
}

fn most_at_once(intervals: impl Iterator<Item = (u64, u64)>) -> u32 {
    let mut events: Vec<(u64, i32)> =
        intervals.filter(|(from, to)| to > from).flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    // Ends come first: one follows the other.
    events.sort_unstable();
    let mut now = 0;
    let most = events.into_iter().map(|(_, change)| {
        now += change;
        now
    });
    most.max().unwrap_or(0) as u32
}

fn models(workload: &Workload) -> impl Iterator<Item = Contender> + '_ {
    ModelId::all().filter(|model| unsupported(*model, workload).is_none()).map(Contender::of)
}

#[test]
fn the_families_differ_as_they_should() {
    let work = Workload { workers: Some(2.into()), ..workload_alike(16, 2.0, 8.0) };
    for (model, expected) in [
        ("sequential", 160.0),
        ("threads", 24.0),
        ("thread-pool", 80.0),
        ("rayon", 80.0),
        ("async", 40.0),
        ("async-multi", 24.0),
        ("async-blocking", 80.0),
        ("process-pool", 80.0),
        ("processes", 24.0),
        ("py-threads", 40.0),
        ("py-threads@3.14t", 24.0),
        ("py-asyncio", 40.0),
        ("py-processes", 24.0),
    ] {
        let contender: Contender = model.parse().expect("a contender");
        assert_eq!(scheduled(model, &work, 2).1, expected, "{model}");
        assert!((ideal(&contender, &work, 2) / 1e6 - expected).abs() < 1e-6, "{model}: the ideal is the same");
    }
}

#[test]
fn settings_of_a_contender_are_its_own() {
    let work = Workload { workers: Some(2.into()), ..workload_alike(16, 0.0, 10.0) };
    assert_eq!(scheduled("thread-pool{workers=8}", &work, 2).1, 20.0);
    assert_eq!(scheduled("async{in_flight=4}", &work, 2).1, 40.0);
    let (chunks, end) = scheduled("py-pool{chunk=8}", &work, 2);
    assert_eq!(end, 80.0);
    let worker = |task: usize| chunks.spans.tasks[task].worker;
    assert_eq!([worker(0), worker(7), worker(8), worker(15)], [0, 0, 1, 1], "eight in a row");
    assert_eq!(scheduled("py-pool{chunk=16}", &work, 2).1, 160.0, "one worker has them all");
    let turns = Workload { awaits: Awaiting::InTurn, ..work };
    assert_eq!((scheduled("async", &turns, 2).1, scheduled("threads", &turns, 2).1), (160.0, 10.0));
}

#[test]
fn a_loop_computes_one_step_after_the_other_and_waits_go_on_beside() {
    let compute = Step::Compute { ms: 3.0, kernel: Kernel::Splitmix };
    let work = workload_of(4, vec![Step::wait(5.0), compute]);
    let (schedule, end) = scheduled("async", &work, 2);
    assert_eq!(end, 17.0);
    let phases: Vec<_> = schedule.spans.phases(2).map(|(_, phase, from, to)| (phase, from, to)).collect();
    // Until the loop has time for it, a task is still shown as waiting.
    assert_eq!(phases, [(Phase::Wait, 0, 11_000_000), (Phase::Compute, 11_000_000, 14_000_000)]);
    let blocking = workload_of(4, vec![Step::Wait { ms: 5.0, blocking: true }, Step::wait(10.0)]);
    assert_eq!(scheduled("async", &blocking, 2).1, 30.0);
    assert_eq!(scheduled("threads", &blocking, 2).1, 15.0);
    // Who stands still on the loop and then computes goes on before those who wait for the loop.
    let compute = Step::Compute { ms: 3.0, kernel: Kernel::Splitmix };
    let both = workload_of(4, vec![compute.clone(), Step::Wait { ms: 5.0, blocking: true }, compute]);
    assert_eq!(scheduled("async", &both, 2).1, 44.0);
}

#[test]
fn sections_are_serial_and_the_wait_for_the_lock_is_seen() {
    let section = Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute);
    let (schedule, end) = scheduled("threads", &workload_of(4, vec![section]), 8);
    assert_eq!(end, 20.0);
    let phases: Vec<_> = schedule.spans.phases(3).map(|(_, phase, from, to)| (phase, from, to)).collect();
    assert_eq!(phases, [(Phase::LockWait, 0, 15_000_000), (Phase::Compute, 15_000_000, 20_000_000)]);
    let three = Step::critical(20.0, Lock::Semaphore, 3, SectionWork::Wait);
    assert_eq!(scheduled("async", &workload_of(30, vec![three]), 2).1, 200.0);
    let rwlock =
        |access| Step::Critical { ms: 5.0, lock: Lock::Rwlock, permits: 1, holds: SectionWork::Wait, access, locks: 1 };
    assert_eq!(scheduled("threads", &workload_of(6, vec![rwlock(LockAccess::Read)]), 2).1, 5.0);
    assert_eq!(scheduled("threads", &workload_of(6, vec![rwlock(LockAccess::Write)]), 2).1, 30.0);
    let locks = workload_of(4, vec![Step::TwoLocks { ms: 20.0, order: LockOrder::Opposite }]);
    assert_eq!(scheduled("threads", &locks, 2).1, 80.0, "drawn without the circle of waiting");
}

#[test]
fn unequal_tasks_classes_and_empty_ones() {
    let list = Workload {
        workers: Some(2.into()),
        ..workload_list(&[("A", 0.0, 2000.0), ("B", 0.0, 3000.0), ("C", 1000.0, 0.0), ("D", 0.0, 0.0)])
    };
    let (schedule, end) = scheduled("thread-pool", &list, 2);
    assert_eq!((end, schedule.spans.tasks[2].worker), (3000.0, 0), "C follows A");
    assert_eq!(scheduled("async", &list, 2).1, 3000.0);
    let mut classes = Classes::default();
    let class = |name: &str, tasks| Class { name: name.into(), tasks, repeat: false, workers: None, steps: 0 };
    classes.push(class("quick", 4), vec![Step::wait(5.0)]);
    classes.push(class("slow", 8), vec![Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }, Step::wait(100.0)]);
    let work = Workload { workers: Some(4.into()), tasks: Tasks::Classes(classes), ..Workload::default() };
    let (schedule, _) = scheduled("thread-pool", &work, 2);
    let steps: Vec<usize> = (0..12).map(|task| schedule.spans.phases(task).count()).collect();
    assert_eq!(steps, [2, 1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 2], "each does the steps of its class");
    assert_eq!(scheduled("async", &work, 2).1, 108.0);
}

#[test]
fn each_task_by_itself_begins_at_once_and_waits_for_nobody() {
    let section = Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute);
    let tasks = NominalTasks::of(&workload_of(6, vec![Step::wait(1.0), section, Step::file(10, false)]));
    let alone = tasks.alone();
    assert!(alone.spans.tasks.iter().all(|span| (span.started, span.finished) == (0, 11_000_000)));
    assert_eq!(at_once(&alone.spans, |phase| phase == Phase::LockWait), 0);
    assert_eq!(TaskLanes::pack(&alone.spans.tasks, true).len(), 6);
}

#[test]
fn a_million_tasks_are_scheduled_in_part_with_the_same_durations() {
    let spread = DurationDistribution::Exponential;
    let work = |count| Workload { spread, ..workload_alike(count, 0.5, 0.5) };
    let (many, few) = (NominalTasks::of(&work(1_000_000)), NominalTasks::of(&work(MOST_TASKS)));
    assert_eq!((many.all, many.shown()), (1_000_000, MOST_TASKS));
    assert_eq!(many.alone().spans, few.alone().spans);
    let list = Workload {
        tasks: Tasks::List(
            vec![crate::workload::ListedTask { name: "A".into(), compute_ms: 1.0, wait_ms: 0.0 }; 5_000].into(),
        ),
        ..Workload::default()
    };
    assert_eq!(NominalTasks::of(&list).shown(), MOST_TASKS);
}

fn arbitrary_step() -> impl Strategy<Value = Step> {
    let ms = 0.0..9.0_f64;
    prop_oneof![
        ms.clone().prop_map(|ms| Step::Compute { ms, kernel: Kernel::Splitmix }),
        ms.clone().prop_map(Step::wait),
        ms.clone().prop_map(|ms| Step::Wait { ms, blocking: true }),
        ms.clone().prop_map(|ms| Step::http(ms, 100)),
        (ms.clone(), 1..4_u32, any::<bool>(), 1..4_u32).prop_map(|(ms, permits, waits, locks)| {
            let holds = if waits { SectionWork::Wait } else { SectionWork::Compute };
            let access = LockAccess::Write;
            Step::Critical { ms, lock: Lock::Semaphore, permits, holds, access, locks }
        }),
        ms.prop_map(|ms| Step::TwoLocks { ms, order: LockOrder::Same }),
    ]
}

proptest! {
    #[test]
    fn no_schedule_beats_its_ideal_or_its_capacity(
        steps in proptest::collection::vec(arbitrary_step(), 1..5), tasks in 1..40_u32, workers in 1..6_u32,
        in_flight in proptest::option::of(1..6_u32), kind in 0..3_usize, seed in any::<u64>(), in_turn in any::<bool>(),
    ) {
        let spread = [
            DurationDistribution::Constant,
            DurationDistribution::Uniform { percent: 60.0 },
            DurationDistribution::Exponential,
        ][kind];
        let awaits = if in_turn { Awaiting::InTurn } else { Awaiting::Together };
        let workers = Some(workers.into());
        let work = Workload { workers, in_flight, seed, spread, awaits, ..workload_of(tasks, steps) };
        let nominal = work.nominal();
        prop_assume!(nominal.compute_nanos + nominal.wait_nanos > 0.0);
        for contender in models(&work) {
            checked(&contender, &work, CPUS);
        }
    }

    #[test]
    fn equal_tasks_end_at_their_ideal_where_it_is_exact(
        waves in 1..8_u32, compute in 0.0..9.0_f64, before in 0.0..9.0_f64, after in 0.001..9.0_f64, workers in 1..6_u32,
    ) {
        // As many tasks as fill cores and workers evenly.
        let tasks = waves * CPUS * workers;
        let rounding = f64::from(tasks) * 8.0;
        let ends_at_ideal = |work: &Workload, contender: &Contender| {
            let end = checked(contender, work, CPUS).end_nanos as f64;
            (end - ideal(contender, work, CPUS)).abs() <= rounding
        };
        let waits = Workload { workers: Some(workers.into()), ..workload_of(tasks, vec![Step::wait(after)]) };
        for contender in models(&waits) {
            prop_assert!(ends_at_ideal(&waits, &contender), "{contender} waits");
        }
        let steps =
            vec![Step::wait(before), Step::Compute { ms: compute, kernel: Kernel::Splitmix }, Step::wait(after)];
        let mixed = Workload { workers: Some(workers.into()), ..workload_of(tasks, steps) };
        for name in ["sequential", "async", "threads", "processes", "py-threads", "py-asyncio"] {
            prop_assert!(ends_at_ideal(&mixed, &name.parse().expect("a contender")), "{name}");
        }
        // Sections fill their lock; what comes before the first and after the last can't be filled.
        let section = Step::critical(compute + 0.001, Lock::Mutex, 1, SectionWork::Wait);
        let locked = workload_of(tasks, vec![Step::wait(before), section, Step::wait(after)]);
        for name in ["threads", "async", "async-multi"] {
            prop_assert!(ends_at_ideal(&locked, &name.parse().expect("a contender")), "{name} under a lock");
        }
    }
}
