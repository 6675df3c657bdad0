//! Where the steps of a process run: in threads, on an event loop, or in a process for itself.

use crate::model::ModelId;

/// How the tasks of a process wait and lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Threads of one process, which block.
    Blocking,
    /// Tasks on an event loop, which await.
    EventLoop,
    /// Tasks in processes of their own, which block and share no memory.
    SeparateProcess,
}

impl Flavour {
    /// Of a model's tasks.
    pub const fn of(model: ModelId) -> Self {
        match model {
            ModelId::Async | ModelId::AsyncMulti => Self::EventLoop,
            ModelId::ProcessPool | ModelId::Processes => Self::SeparateProcess,
            // Interpreters have resources of their own.
            _ => Self::Blocking,
        }
    }
}
