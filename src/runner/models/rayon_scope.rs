//! `rayon`: a work-stealing pool, with one `scope` per pass and one `spawn` per task.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::model::Model;
use crate::failure::{Action, Failure, SystemError};
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct Rayon(ThreadPool);

impl Rayon {
    pub(super) fn build(workers: u32) -> Result<Self, Failure> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(workers as usize)
            .thread_name(|worker| format!("rayon-{worker}"))
            .build()
            .map_err(|error| Failure::System {
                action: Action::StartRayon { threads: workers },
                error: SystemError { code: None, message: error.to_string(), storage: None },
            })?;
        pool.broadcast(|_| ());
        Ok(Self(pool))
    }
}

impl Model for Rayon {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        self.0.scope(|scope| {
            for task in 0..recorder.tasks() {
                recorder.submit(task);
                scope.spawn(move |_| {
                    let worker = rayon::current_thread_index().unwrap_or_default();
                    run_task::blocking(recorder, task, worker as u32);
                });
            }
        });
        Ok(())
    }

    fn workers(&self) -> Option<u32> {
        Some(self.0.current_num_threads() as u32)
    }
}
