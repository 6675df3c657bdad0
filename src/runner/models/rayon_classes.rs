//! `rayon` with classes of tasks: those with workers of their own have a pool each.

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use super::model::{Model, PoolSizes};
use crate::cpus;
use crate::failure::{Action, Failure, SystemError};
use crate::runner::repetition::Repetition;
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct RayonClasses {
    pools: Vec<ThreadPool>,
    sizes: PoolSizes,
    first_workers: Vec<u32>,
}

impl RayonClasses {
    /// Builds the pools; that of the model with this number of threads, or with as many as rayon chooses.
    pub(super) fn build(asked: Option<u32>, recorder: &TaskRecorder) -> Result<Self, Failure> {
        // 0 is rayon's own default.
        let mut sizes = PoolSizes::of(&recorder.plan.classes, asked.unwrap_or(0));
        let mut pools = Vec::with_capacity(sizes.sizes.len());
        let mut next = 0;
        for size in &mut sizes.sizes {
            let first = next;
            let pool = ThreadPoolBuilder::new()
                .num_threads(*size as usize)
                .thread_name(move |worker| format!("rayon-{}", first + worker))
                .build()
                .map_err(|error| Failure::System {
                    action: Action::StartRayon { threads: if *size == 0 { cpus::usable() } else { *size } },
                    error: SystemError { code: None, message: error.to_string(), storage: None },
                })?;
            pool.broadcast(|_| ());
            next += pool.current_num_threads();
            *size = pool.current_num_threads() as u32;
            pools.push(pool);
        }
        let first_workers = sizes.first_workers();
        Ok(Self { pools, sizes, first_workers })
    }

    /// Spawns the tasks of all classes: those of the shared pool in its scope, the others in their pools.
    fn spawn_classes<'scope>(&self, recorder: &'static TaskRecorder, scope: Option<&Scope<'scope>>) {
        for repetition in Repetition::all(recorder) {
            let pool = self.sizes.of_class(repetition.class);
            let first = self.first_workers[pool];
            recorder.submit(repetition.task());
            self.pools[pool].spawn(move || repeat(repetition, first));
        }
        for task in 0..recorder.tasks() {
            let pool = self.sizes.of_class(recorder.plan.classes.of(task));
            let first = self.first_workers[pool];
            let run = move || {
                run_task::blocking(recorder, task, worker_from(first));
                recorder.repeats.task_done(recorder.stamp_clock);
            };
            recorder.submit(task);
            match scope.filter(|_| pool == 0) {
                Some(scope) => scope.spawn(move |_| run()),
                None => self.pools[pool].spawn(run),
            }
        }
    }
}

/// Returns the number of the calling worker of a pool whose first one has the number `first`.
fn worker_from(first: u32) -> u32 {
    first + rayon::current_thread_index().unwrap_or_default() as u32
}

/// Runs a repetition, and spawns the next one in the same pool.
fn repeat(repetition: Repetition, first: u32) {
    run_task::blocking(repetition.recorder, repetition.task(), worker_from(first));
    if let Some(next) = repetition.next() {
        next.recorder.submit(next.task());
        rayon::spawn(move || repeat(next, first));
    }
}

impl Model for RayonClasses {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        recorder.repeats.expect_tasks();
        let shared = recorder.plan.classes.list.iter().any(|class| class.workers.is_none());
        match shared {
            true => self.pools[0].scope(|scope| self.spawn_classes(recorder, Some(scope))),
            false => self.spawn_classes(recorder, None),
        }
        recorder.repeats.wait_for_tasks();
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.sizes.total())
    }
}
