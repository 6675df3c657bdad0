//! What the models on tokio share: building a runtime, its heartbeat, and awaiting tasks.

use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use crate::failure::{Action, Failure};
use crate::runner::task_recorder::TaskRecorder;
use crate::workload::PlanStep;

/// Enables timers, and sockets if the work has `http` steps: a loop without sockets to poll wakes up faster.
pub(super) fn with_drivers<'a>(builder: &'a mut Builder, recorder: &TaskRecorder) -> &'a mut Builder {
    builder.enable_time();
    if recorder.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. })) {
        builder.enable_io();
    }
    builder
}

/// Starts the heartbeat on the running event loop, if this pass has one.
pub(super) fn start_heartbeat(recorder: &'static TaskRecorder) {
    if let Some(heartbeat) = recorder.heartbeat {
        tokio::spawn(heartbeat.beat_on_loop());
    }
}

pub(super) async fn await_all(handles: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    for (task, handle) in (0..).zip(handles) {
        handle.await.map_err(|error| Failure::TaskLost { task, message: error.to_string() })?;
    }
    Ok(())
}

pub(super) fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::system(Action::StartTokio, error)
}
