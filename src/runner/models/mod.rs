//! The native models, one per file, each written as a program would use it. `model` has the trait that they implement;
//! the Python models are in `runner/python`.

mod async_blocking;
mod async_classes;
mod async_current;
mod async_multi;
mod async_runtime;
pub(super) mod model;
mod process_pool;
mod processes;
mod rayon_classes;
mod rayon_scope;
mod sequential;
mod start_barrier;
mod thread_pool;
mod threads;

use self::model::Model;
use super::task_recorder::TaskRecorder;
use crate::failure::{Failure, MissingPart};
use crate::model::ModelId;
use crate::protocol::{TrialEnvironment, TrialSettings};

/// Builds a model, up to one untimed empty task on every worker.
pub(super) fn build(
    model: ModelId,
    (workers, settings): (u32, &TrialSettings),
    recorder: &'static TaskRecorder,
    environment: &TrialEnvironment,
) -> Result<Box<dyn Model>, Failure> {
    let workers = workers.max(1);
    // None: the library chooses.
    let asked = (!settings.library_workers).then_some(workers);
    Ok(match model {
        ModelId::Sequential => Box::new(sequential::Sequential),
        ModelId::Threads => Box::new(threads::Threads),
        ModelId::ThreadPool => Box::new(thread_pool::ThreadPool::build(workers, recorder)?),
        ModelId::Rayon if !recorder.plan.classes.is_empty() => {
            Box::new(rayon_classes::RayonClasses::build(asked, recorder)?)
        }
        ModelId::Rayon => Box::new(rayon_scope::Rayon::build(asked, settings.chunk)?),
        ModelId::Async => Box::new(async_current::Async::build(recorder)?),
        ModelId::AsyncMulti => Box::new(async_multi::AsyncMulti::build(asked, recorder)?),
        ModelId::AsyncBlocking => {
            Box::new(async_blocking::AsyncBlocking::build(workers, settings.library_workers, recorder)?)
        }
        ModelId::ProcessPool => Box::new(process_pool::ProcessPool::build(workers, recorder, environment)?),
        ModelId::Processes => Box::new(processes::Processes::build(environment.clone())?),
        _ => return Err(Failure::incomplete(MissingPart::Interpreter)),
    })
}

/// Returns true if the model has an event loop for the heartbeat to run on.
pub(super) const fn has_event_loop(model: ModelId) -> bool {
    matches!(model, ModelId::Async | ModelId::AsyncMulti | ModelId::AsyncBlocking)
}
