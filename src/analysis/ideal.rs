//! Ideal wall time: the least that a model could take for a workload with its workers if scheduling cost nothing.
//! A lower bound computed from nominal durations, not a prediction.

use crate::model::{Family, ModelId, Workers};
use crate::workload::{Awaiting, Edges, Nominal, Step, Workload};

/// Returns the least wall time of a model in nanoseconds; `None` if the workload has no timed step, or a step without
/// a nominal duration.
///
/// `workers` is the size of the pool, `logical_cpus` the number of CPUs that this process may use.
#[must_use]
pub fn ideal_nanos(
    model: ModelId,
    workload: &Workload,
    nominal: &Nominal,
    workers: u32,
    logical_cpus: u32,
) -> Option<f64> {
    let all = nominal.compute_nanos + nominal.wait_nanos;
    if all <= 0.0 || nominal.tasks == 0 || nominal.untimed {
        return None;
    }
    if model.info().family == Family::Sequential {
        return Some(all);
    }
    let cores = cores(model, workers, logical_cpus);
    let within = |nanos: f64, at_once: u32, edges: Edges| {
        if nanos > 0.0 { nanos / f64::from(at_once) + edges.nanos() } else { 0.0 }
    };
    let computing = within(nominal.compute_nanos, cores, nominal.compute_edges);
    let longest = nominal.longest_nanos;
    let held = match loops(model, workers) {
        Some(loops) => within(nominal.compute_nanos + nominal.blocking_nanos, loops, nominal.held_edges),
        None => 0.0,
    };
    let slots = slots(model, workload, workers).map_or(0.0, |slots| slots_nanos(nominal, slots));
    let locked = within(nominal.locked_nanos, 1, nominal.locked_edges);
    Some(computing.max(longest).max(held).max(slots).max(locked))
}

/// Returns the number of cores that the tasks of a model can compute on: one if its threads share a GIL that no kernel
/// releases.
#[must_use]
pub fn usable_cpus(model: ModelId, workload: &Workload, gil: bool, logical_cpus: u32) -> u32 {
    let releases_gil = workload.kernels().iter().any(|kernel| kernel.releases_gil());
    if model.shares_an_interpreter() && gil && !releases_gil { 1 } else { logical_cpus }
}

/// Returns the most tasks that a model can have in flight at once; `None` if all of them can be.
#[must_use]
pub fn slots(model: ModelId, workload: &Workload, workers: u32) -> Option<u32> {
    let info = model.info();
    if workload.awaits == Awaiting::InTurn && info.family == Family::EventLoops {
        // Several loops go on beside each other; each awaits one task at a time.
        return Some(if model == ModelId::PyAsyncioMulti { workers.max(1) } else { 1 });
    }
    let in_flight = workload.in_flight.filter(|_| info.per_task);
    let pool = match (info.family, info.workers) {
        (Family::Sequential, _) => Some(1),
        // A blocking pool holds its thread through a wait, whatever the event loop around it does.
        (_, Workers::BlockingPool) => Some(workers),
        _ if info.per_task => None,
        _ => Some(workers),
    };
    match (pool, in_flight) {
        (Some(pool), Some(in_flight)) => Some(pool.min(in_flight).max(1)),
        (one, other) => one.or(other).map(|slots| slots.max(1)),
    }
}

/// Returns how many threads or processes of a model can compute at once if there are enough cores.
#[must_use]
pub fn computing_threads(model: ModelId, workload: &Workload, workers: u32) -> u32 {
    let slots = slots(model, workload, workers).unwrap_or(u32::MAX).min(workload.task_count()).max(1);
    let threads = match (model.info().family, model.info().workers) {
        (Family::Sequential, _) | (Family::EventLoops, Workers::None) => 1,
        (Family::EventLoops, Workers::Threads) => slots.min(workers.max(1)),
        _ => slots,
    };
    threads.min(computing_at_once(workload.steps()).unwrap_or(u32::MAX))
}

/// Returns how many tasks can compute at once if they compute only under locks: the sum of the locks' permits. `None`
/// if tasks also compute outside of locks, or not at all.
fn computing_at_once(steps: &[Step]) -> Option<u32> {
    let mut permitted: Option<u32> = None;
    for step in steps.iter().filter(|step| step.keeps_a_core()) {
        permitted = Some(permitted.unwrap_or(0).saturating_add(step.permits()?));
    }
    permitted
}

/// Returns the number of cores that a model can compute on at once.
pub(super) fn cores(model: ModelId, workers: u32, logical_cpus: u32) -> u32 {
    let info = model.info();
    match (info.family, info.workers) {
        (Family::Sequential, _) | (Family::EventLoops, Workers::None) => 1,
        (_, Workers::None) => logical_cpus.max(1),
        _ => workers.min(logical_cpus).max(1),
    }
}

/// Returns how many threads of event loops a model has, which stand still in a blocking wait; `None` for a model whose
/// tasks have threads or processes of their own.
pub(super) fn loops(model: ModelId, workers: u32) -> Option<u32> {
    let info = model.info();
    match (info.family, info.workers) {
        // Greenlets switch in every wait, but not in a blocking one.
        (Family::EventLoops, Workers::None) => Some(1),
        (Family::EventLoops, Workers::Threads) => Some(workers.max(1)),
        _ => None,
    }
}

/// Returns the least time for all tasks, waits included, if at most `slots` of them are in flight.
fn slots_nanos(nominal: &Nominal, slots: u32) -> f64 {
    let shared = (nominal.compute_nanos + nominal.wait_nanos) / f64::from(slots);
    // Equal tasks run in full waves; unequal ones may fill each other's gaps.
    let waves = if nominal.equal { f64::from(nominal.tasks.div_ceil(slots)) * nominal.longest_nanos } else { 0.0 };
    shared.max(waves)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::testing::{workload_alike, workload_list, workload_of};
    use crate::model::Contender;
    use crate::workload::{Kernel, Lock, LockAccess, LockOrder, Protection, SectionWork};

    fn ms(model: ModelId, workload: &Workload, cpus: u32) -> f64 {
        let nanos = ideal_nanos(
            model,
            workload,
            &workload.nominal(),
            Contender::of(model).workers(workload, cpus.into()),
            cpus,
        );
        (nanos.expect("timed") / 1e6 * 1e6).round() / 1e6
    }

    #[test]
    fn eighty_waits_of_50_ms_with_five_workers() {
        let work = Workload { workers: Some(5.into()), ..workload_alike(80, 0.0, 50.0) };
        for (model, expected) in [
            (ModelId::Sequential, 4000.0),
            (ModelId::Threads, 50.0),
            (ModelId::ThreadPool, 800.0),
            (ModelId::Rayon, 800.0),
            (ModelId::Async, 50.0),
            (ModelId::AsyncMulti, 50.0),
            (ModelId::AsyncBlocking, 800.0),
            (ModelId::ProcessPool, 800.0),
            (ModelId::Processes, 50.0),
        ] {
            assert_eq!(ms(model, &work, 2), expected, "{}", model.name());
        }
    }

    #[test]
    fn nine_computations_of_10_ms_on_two_cores() {
        let work = Workload { workers: Some(4.into()), ..workload_alike(9, 10.0, 0.0) };
        for (model, expected) in [
            (ModelId::Sequential, 90.0),
            (ModelId::Threads, 45.0),
            (ModelId::ThreadPool, 45.0),
            (ModelId::Async, 90.0),
            (ModelId::AsyncMulti, 45.0),
            (ModelId::AsyncBlocking, 45.0),
            (ModelId::Processes, 45.0),
        ] {
            assert_eq!(ms(model, &work, 2), expected, "{}", model.name());
        }
        // Two workers for nine equal tasks: five waves.
        let two = Workload { workers: Some(2.into()), ..work };
        assert_eq!(ms(ModelId::ThreadPool, &two, 2), 50.0);
        assert_eq!(ms(ModelId::AsyncMulti, &two, 2), 45.0);
    }

    #[test]
    fn computing_and_waiting_together() {
        // 10 tasks of 4 ms computing and 16 ms waiting, four workers, two cores.
        let work = Workload { workers: Some(4.into()), ..workload_alike(10, 4.0, 16.0) };
        assert_eq!(ms(ModelId::Sequential, &work, 2), 200.0);
        assert_eq!(ms(ModelId::Async, &work, 2), 56.0, "one core computes, and the last task still has to wait");
        assert_eq!(ms(ModelId::AsyncMulti, &work, 2), 36.0);
        assert_eq!(ms(ModelId::Threads, &work, 2), 36.0);
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 60.0, "three waves");
    }

    #[test]
    fn unequal_tasks_need_no_full_waves_but_the_longest() {
        let work = Workload {
            workers: Some(2.into()),
            ..workload_list(&[("A", 0.0, 2000.0), ("B", 0.0, 3000.0), ("C", 0.0, 1.0)])
        };
        assert_eq!(ms(ModelId::Sequential, &work, 2), 5001.0);
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 3000.0);
        assert_eq!(ms(ModelId::Threads, &work, 2), 3000.0);
    }

    #[test]
    fn a_bound_on_tasks_in_flight_acts_like_workers_on_per_task_models_only() {
        let work = Workload { workers: Some(5.into()), in_flight: Some(8), ..workload_alike(80, 0.0, 50.0) };
        assert_eq!(ms(ModelId::Async, &work, 2), 500.0);
        assert_eq!(ms(ModelId::Threads, &work, 2), 500.0);
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 800.0);
        assert_eq!(ms(ModelId::AsyncBlocking, &work, 2), 800.0, "the smaller of pool and bound");
        let few = Workload { in_flight: Some(2), ..work };
        assert_eq!(ms(ModelId::AsyncBlocking, &few, 2), 2000.0);
    }

    #[test]
    fn without_a_timed_step_there_is_no_ideal() {
        let work = workload_alike(100, 0.0, 0.0);
        assert_eq!(ideal_nanos(ModelId::Async, &work, &work.nominal(), 2, 2), None);
    }

    #[test]
    fn computing_threads_are_what_may_compute_at_once() {
        let work = workload_alike(80, 1.0, 0.0);
        assert_eq!(computing_threads(ModelId::Sequential, &work, 4), 1);
        assert_eq!(computing_threads(ModelId::Async, &work, 4), 1);
        assert_eq!(computing_threads(ModelId::AsyncMulti, &work, 4), 4);
        assert_eq!(computing_threads(ModelId::AsyncBlocking, &work, 4), 4);
        assert_eq!(computing_threads(ModelId::ThreadPool, &work, 4), 4);
        assert_eq!(computing_threads(ModelId::Threads, &work, 4), 80);
        assert_eq!(computing_threads(ModelId::Threads, &Workload { in_flight: Some(3), ..work }, 4), 3);
    }

    #[test]
    fn the_latency_of_a_server_is_waiting() {
        let work = Workload { workers: Some(5.into()), ..workload_of(80, vec![Step::http(50.0, 10_000)]) };
        assert_eq!(ms(ModelId::Sequential, &work, 2), 4000.0);
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 800.0);
        assert_eq!(ms(ModelId::Async, &work, 2), 50.0);
    }

    #[test]
    fn the_sections_of_a_lock_add_up_over_its_permits() {
        let section = |lock, permits, holds| workload_of(20, vec![Step::critical(5.0, lock, permits, holds)]);
        let serial = section(Lock::Mutex, 1, SectionWork::Compute);
        for model in ModelId::all() {
            assert_eq!(ms(model, &serial, 8), 100.0, "{}", model.name());
        }
        let four = Workload { workers: Some(10.into()), ..section(Lock::Semaphore, 4, SectionWork::Wait) };
        assert_eq!(ms(ModelId::Sequential, &four, 2), 100.0);
        assert_eq!(ms(ModelId::Threads, &four, 2), 25.0);
        assert_eq!(ms(ModelId::ThreadPool, &four, 2), 25.0);
        let two = Workload { workers: Some(2.into()), ..four };
        assert_eq!(ms(ModelId::ThreadPool, &two, 2), 50.0, "fewer workers than permits");
        let locks = workload_of(4, vec![Step::TwoLocks { ms: 20.0, order: LockOrder::Same }]);
        assert_eq!(ms(ModelId::Async, &locks, 2), 80.0);
    }

    #[test]
    fn a_wait_that_blocks_the_loop_overlaps_with_nothing_on_it() {
        let steps = vec![Step::Wait { ms: 10.0, blocking: true }, Step::wait(30.0)];
        let work = Workload { workers: Some(2.into()), ..workload_of(8, steps) };
        assert_eq!(ms(ModelId::Async, &work, 2), 110.0);
        assert_eq!(ms(ModelId::AsyncMulti, &work, 2), 70.0, "two threads stand still at the same time");
        assert_eq!(ms(ModelId::Threads, &work, 2), 40.0);
        assert_eq!(ms(ModelId::AsyncBlocking, &work, 2), 160.0, "four waves on two threads");
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 160.0);
    }

    #[test]
    fn tasks_that_are_awaited_in_turn_add_up_on_event_loops_only() {
        let work = Workload { workers: Some(2.into()), awaits: Awaiting::InTurn, ..workload_alike(8, 0.0, 10.0) };
        let in_turn =
            [ModelId::Async, ModelId::AsyncMulti, ModelId::AsyncBlocking, ModelId::PyAsyncio, ModelId::PyTrio];
        for model in in_turn {
            assert_eq!(ms(model, &work, 2), 80.0, "{}", model.name());
        }
        assert_eq!(ms(ModelId::PyAsyncioMulti, &work, 2), 40.0, "two loops");
        assert_eq!(ms(ModelId::Threads, &work, 2), 10.0);
        assert_eq!(ms(ModelId::ThreadPool, &work, 2), 40.0);
    }

    #[test]
    fn readers_have_no_floor_and_several_locks_share_it() {
        let section = |lock, access, locks| {
            let step = Step::Critical { ms: 5.0, lock, permits: 1, holds: SectionWork::Wait, access, locks };
            ms(ModelId::Threads, &workload_of(20, vec![step]), 2)
        };
        assert_eq!(section(Lock::Rwlock, LockAccess::Read, 1), 5.0);
        assert_eq!(section(Lock::Rwlock, LockAccess::Write, 1), 100.0);
        assert_eq!(section(Lock::Mutex, LockAccess::Write, 8), 15.0, "three of twenty tasks take the first lock");
    }

    #[test]
    fn steps_without_a_nominal_duration_have_no_ideal() {
        let wait = Step::wait(5.0);
        for step in
            [Step::file(1, false), Step::memory(1), Step::Increment { count: 1, protection: Protection::Atomic }]
        {
            let work = workload_of(4, vec![wait.clone(), step]);
            assert_eq!(ideal_nanos(ModelId::Async, &work, &work.nominal(), 2, 2), None);
        }
    }

    #[test]
    fn under_a_lock_no_more_compute_than_it_lets_in() {
        let section = |permits, holds| Step::critical(5.0, Lock::Semaphore, permits, holds);
        let threads = |steps| computing_threads(ModelId::Threads, &workload_of(20, steps), 2);
        assert_eq!(threads(vec![section(1, SectionWork::Compute), Step::wait(1.0)]), 1);
        assert_eq!(threads(vec![section(3, SectionWork::Compute), section(2, SectionWork::Compute)]), 5);
        let compute = Step::Compute { ms: 1.0, kernel: Kernel::default() };
        assert_eq!(threads(vec![compute, section(1, SectionWork::Compute)]), 20, "computing outside too");
        assert_eq!(threads(vec![Step::memory(1), section(1, SectionWork::Compute)]), 20);
    }

    proptest! {
        #[test]
        fn nothing_beats_the_longest_task_and_nothing_is_slower_than_sequential(
            tasks in 1..200_u32, compute in 0.0..9.0_f64, wait in 0.001..9.0_f64, workers in 1..9_u32, cpus in 1..9_u32,
        ) {
            let work = Workload { workers: Some(workers.into()), ..workload_alike(tasks, compute, wait) };
            let all = ms(ModelId::Sequential, &work, cpus);
            for model in ModelId::all() {
                let ideal = ms(model, &work, cpus);
                prop_assert!(ideal <= all + 1e-5 && ideal >= compute + wait - 1e-5, "{}: {ideal}", model.name());
            }
        }

        #[test]
        fn nothing_beats_the_sections_of_a_lock(
            tasks in 1..100_u32, outside in 0.0..9.0_f64, inside in 0.001..9.0_f64, permits in 1..9_u32,
            waits in any::<bool>(), workers in 1..9_u32, cpus in 1..9_u32,
        ) {
            let holds = if waits { SectionWork::Wait } else { SectionWork::Compute };
            let section = Step::critical(inside, Lock::Semaphore, permits, holds);
            let steps = vec![Step::wait(outside), section];
            let work = Workload { workers: Some(workers.into()), ..workload_of(tasks, steps) };
            let (floor, all) = (f64::from(tasks) * inside / f64::from(permits), ms(ModelId::Sequential, &work, cpus));
            for model in ModelId::all().filter(|model| *model != ModelId::Sequential) {
                let ideal = ms(model, &work, cpus);
                let floor = floor + outside;
                prop_assert!(ideal >= floor - 1e-5 && ideal <= all + 1e-5, "{}: {floor}, {ideal}, {all}", model.name());
            }
        }
    }
}
