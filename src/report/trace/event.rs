//! Events of a trace, as Chrome's format has them. Times are in microseconds.

use serde::{Serialize, Serializer};

/// Nanoseconds, written as microseconds without loss.
#[derive(Clone, Copy)]
pub(super) struct Micros(pub(super) u64);

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1e3)
    }
}

/// A complete slice.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    ph: &'static str,
    name: &'a str,
    cat: &'static str,
    pid: u32,
    tid: u32,
    ts: Micros,
    dur: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<TaskArguments>,
}

impl<'a> Event<'a> {
    pub(super) fn new(
        name: &'a str,
        cat: &'static str,
        pid: u32,
        tid: u32,
        (from, to): (u64, u64),
        args: Option<TaskArguments>,
    ) -> Self {
        Self { ph: "X", name, cat, pid, tid, ts: Micros(from), dur: Micros(to.saturating_sub(from)), args }
    }
}

/// Arguments of a task's slice.
#[derive(Serialize)]
pub(super) struct TaskArguments {
    pub(super) task: u32,
    pub(super) worker: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) core: Option<u32>,
    /// Time from submission to start, without the transfer of the input where that was measured.
    pub(super) queue_us: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input_transfer_us: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output_transfer_us: Option<Micros>,
}

/// Name of a process or thread.
#[derive(Serialize)]
pub(super) struct Name<'a> {
    pub(super) ph: &'static str,
    pub(super) name: &'static str,
    pub(super) pid: u32,
    pub(super) tid: u32,
    pub(super) args: NameArguments<'a>,
}

#[derive(Serialize)]
pub(super) struct NameArguments<'a> {
    pub(super) name: &'a str,
}

/// Position of a process or thread.
#[derive(Serialize)]
pub(super) struct Order {
    pub(super) ph: &'static str,
    pub(super) name: &'static str,
    pub(super) pid: u32,
    pub(super) tid: u32,
    pub(super) args: OrderArguments,
}

#[derive(Serialize)]
pub(super) struct OrderArguments {
    pub(super) sort_index: u32,
}

/// Value of a counter from a moment on.
#[derive(Serialize)]
pub(super) struct Counter<'a> {
    pub(super) ph: &'static str,
    pub(super) name: &'a str,
    pub(super) pid: u32,
    pub(super) tid: u32,
    pub(super) ts: Micros,
    pub(super) args: Percent,
}

#[derive(Serialize)]
pub(super) struct Percent {
    pub(super) percent: f32,
}
