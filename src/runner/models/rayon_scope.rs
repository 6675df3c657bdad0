//! `rayon`: a work-stealing pool, with one `scope` per pass and one `spawn` per task, or with a parallel iterator that
//! hands over chunks of tasks.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::model::Model;
use crate::cpus;
use crate::failure::{Action, Failure, SystemError};
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct Rayon {
    pool: ThreadPool,
    /// Least number of tasks that one job runs.
    chunk: Option<u32>,
}

impl Rayon {
    /// Builds a pool with this number of threads, or with as many as rayon chooses.
    pub(super) fn build(workers: Option<u32>, chunk: Option<u32>) -> Result<Self, Failure> {
        let pool = ThreadPoolBuilder::new()
            // 0 is rayon's own default.
            .num_threads(workers.unwrap_or(0) as usize)
            .thread_name(|worker| format!("rayon-{worker}"))
            .build()
            .map_err(|error| Failure::System {
                action: Action::StartRayon { threads: workers.unwrap_or_else(cpus::usable) },
                error: SystemError { code: None, message: error.to_string(), storage: None },
            })?;
        pool.broadcast(|_| ());
        Ok(Self { pool, chunk })
    }
}

impl Model for Rayon {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        let run = move |task| {
            let worker = rayon::current_thread_index().unwrap_or_default();
            run_task::blocking(recorder, task, worker as u32);
        };
        let tasks = 0..recorder.tasks();
        let Some(chunk) = self.chunk else {
            self.pool.scope(|scope| {
                for task in tasks {
                    recorder.submit(task);
                    scope.spawn(move |_| run(task));
                }
            });
            // After the scope, which has all outputs by then, as a parallel iterator that collects.
            recorder.receive_outputs();
            return Ok(());
        };
        // All are handed over at once.
        tasks.clone().for_each(|task| recorder.submit(task));
        self.pool.install(|| tasks.into_par_iter().with_min_len(chunk as usize).for_each(run));
        recorder.receive_outputs();
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.pool.current_num_threads() as u32)
    }
}
