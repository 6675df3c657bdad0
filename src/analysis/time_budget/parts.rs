//! Definition of every part of a time budget: its formula and its error. A budget has two totals, and the parts of each
//! add up to it exactly, to the nanosecond:
//!
//! - **core-seconds**: C × wall, where C is the number of cores that the model may use and wall the time of the trial's
//!   clock.
//! - **task-seconds**: the sum over all tasks of the time from submission to completion (to the arrival of the output
//!   where that was measured). Repetitions of classes that repeat are not in it.
//!
//! Start-up and teardown are outside the clock and in neither total.
//!
//! A part is never scaled and never negative. What is left when all parts are subtracted is the part "not attributed".
//! A part that could not be measured is `None`, its time is then in "not attributed", and a [`super::Note`] says why.

use crate::analysis::metric::{self, Metric};

/// A part of the core-seconds or the task-seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Core-seconds: time of all tasks in phases that keep a core busy (computing, memory, shared objects, payloads), less
    /// the wait for the GIL where that was measured; at most the CPU time of the processes. It stands for the CPU time of
    /// the tasks, which is not measured per task, and is stated only where the phases can't be much longer than that: no
    /// more tasks computed at once than there were cores, or the interpreter measured each thread's CPU time. Error: time
    /// in which other programs interrupted a computing task; above 5 % of the CPU time of the processes the part is
    /// missing.
    CoreTasks,
    /// Core-seconds: cost of the stamps per task × tasks, at most what computing left of the CPU time. Error: the cost is
    /// measured in the same process before the clock, with warm caches; half a stamp lies within the computing.
    CoreStamps,
    /// Core-seconds: CPU time of the processes − computing − stamps.
    CoreOverhead,
    /// Core-seconds: user + system time of the runner, the interpreter and the workers between both ends of the clock,
    /// where the three parts before can't be told apart. Error: the counters are read some microseconds outside the clock;
    /// where they exceed C × wall by up to 2 %, that excess is left out, and beyond that nothing is attributed.
    CoreOwn,
    /// Core-seconds: CPU time of the lab's HTTP server between both ends of the clock.
    CoreServer,
    /// Core-seconds: CPU time of the lab's process while samples were taken.
    CoreLab,
    /// Core-seconds: busy − processes of the trial (with the server) − lab, over the samples. Error: that of the counters
    /// of 10 ms per core and per process: 10 ms a core + 2.5 % of what was sampled.
    CoreOthers,
    /// Core-seconds: C − busy cores, over the samples, each within the clock. Error as for other programs: where idle time
    /// and exact CPU times together exceed C × wall within that error, idle gives way; beyond it both are missing.
    CoreIdle,
    /// Core-seconds: C × wall − all other parts: the part of the clock without samples, CPU time of programs that tasks
    /// started, and the disagreement of the counters.
    CoreRest,
    /// Task-seconds: start − submission, or the start of the transfer where that was measured.
    TaskQueue,
    /// Task-seconds: phases of computing − GIL wait in them. Includes waiting for a core.
    TaskCompute,
    /// Task-seconds: phases of waiting − GIL wait at the end of sleeps.
    TaskWait,
    /// Task-seconds: phases of fetches.
    TaskHttp,
    /// Task-seconds: file steps.
    TaskFile,
    /// Task-seconds: memory steps.
    TaskMemory,
    /// Task-seconds: steps that use a shared counter or object.
    TaskShared,
    /// Task-seconds: phases of waiting for locks.
    TaskLock,
    /// Task-seconds: wall − CPU time of the thread in phases that compute, and lateness of sleeps. Error: waiting for a
    /// core counts as waiting for the GIL, up to the figure `gil_wait_error_ms`. Missing where it can't be told which
    /// phases it was in.
    TaskGil,
    /// Task-seconds: reading inputs and making outputs.
    TaskPayload,
    /// Task-seconds: transfers of payloads.
    TaskTransfer,
    /// Task-seconds: functions and programs of the user's.
    TaskOwnCode,
    /// Task-seconds: total − all other parts.
    TaskRest,
}

impl Part {
    /// Returns its name and explanation.
    #[must_use]
    pub fn metric(self) -> &'static Metric {
        match self {
            Self::CoreTasks => &metric::CORE_TASKS,
            Self::CoreStamps => &metric::CORE_STAMPS,
            Self::CoreOverhead => &metric::CORE_OVERHEAD,
            Self::CoreOwn => &metric::CORE_OWN,
            Self::CoreServer => &metric::CORE_SERVER,
            Self::CoreLab => &metric::CORE_LAB,
            Self::CoreOthers => &metric::CORE_OTHERS,
            Self::CoreIdle => &metric::CORE_IDLE,
            Self::CoreRest => &metric::CORE_REST,
            Self::TaskQueue => &metric::TASK_QUEUE,
            Self::TaskCompute => &metric::TASK_COMPUTE,
            Self::TaskWait => &metric::TASK_WAIT,
            Self::TaskHttp => &metric::TASK_HTTP,
            Self::TaskFile => &metric::TASK_FILE,
            Self::TaskMemory => &metric::TASK_MEMORY,
            Self::TaskShared => &metric::TASK_SHARED,
            Self::TaskLock => &metric::TASK_LOCK,
            Self::TaskGil => &metric::TASK_GIL,
            Self::TaskPayload => &metric::TASK_PAYLOAD,
            Self::TaskTransfer => &metric::TASK_TRANSFER,
            Self::TaskOwnCode => &metric::TASK_OWN_CODE,
            Self::TaskRest => &metric::TASK_REST,
        }
    }

    /// Returns its name in sentences and legends: "tasks computing".
    #[must_use]
    pub fn title(self) -> &'static str {
        self.metric().head
    }

    /// Returns its key in JSON: "tasks".
    #[must_use]
    pub fn key(self) -> &'static str {
        let id = self.metric().id;
        id.strip_prefix("budget_core_").or_else(|| id.strip_prefix("budget_task_")).unwrap_or(id)
    }

    /// Returns true for the part that nothing accounts for.
    #[must_use]
    pub const fn is_rest(self) -> bool {
        matches!(self, Self::CoreRest | Self::TaskRest)
    }
}
