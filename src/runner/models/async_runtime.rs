//! Shared by the models on tokio: building a runtime, its heartbeat, and awaiting tasks.

use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use crate::failure::{Action, Failure};
use crate::runner::task_recorder::TaskRecorder;
use crate::workload::PlanStep;

/// Enables timers, and sockets if the work has `http` or `command` steps: a loop without sockets to poll wakes up faster.
pub(super) fn with_drivers<'a>(builder: &'a mut Builder, recorder: &TaskRecorder) -> &'a mut Builder {
    builder.enable_time();
    if recorder.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. } | PlanStep::Command)) {
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

/// Awaits one task and returns its output.
pub(super) async fn await_one<T>(task: u32, handle: JoinHandle<T>) -> Result<T, Failure> {
    handle.await.map_err(|error| Failure::TaskLost { task, message: error.to_string() })
}

/// Awaits all tasks in turn; `take` gets what each returned.
pub(super) async fn await_all<T>(handles: Vec<JoinHandle<T>>, mut take: impl FnMut(u32, T)) -> Result<(), Failure> {
    for (task, handle) in (0..).zip(handles) {
        take(task, await_one(task, handle).await?);
    }
    Ok(())
}

pub(super) fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::system(Action::StartTokio, error)
}
