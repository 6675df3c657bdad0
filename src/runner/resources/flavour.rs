//! The three flavours of step execution: in threads, on an event loop, or in a separate process.

use crate::model::ModelId;

/// Way in which the tasks of a process wait and lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Threads of one process, which block.
    Blocking,
    /// Tasks on an event loop, which await.
    EventLoop,
    /// Tasks in separate processes, which block and share no memory.
    SeparateProcess,
}

impl Flavour {
    /// Flavour of a model's tasks.
    pub const fn of(model: ModelId) -> Self {
        match model {
            ModelId::Async | ModelId::AsyncMulti => Self::EventLoop,
            ModelId::ProcessPool | ModelId::Processes => Self::SeparateProcess,
            // Python models build their resources in the interpreter.
            _ => Self::Blocking,
        }
    }
}
