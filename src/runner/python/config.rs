//! What the interpreter is told: one line of JSON, the amounts in a file, and how a task's row is laid
//! out. The other half of this agreement stands at the head of `python/concurrency_lab_tasks.py`.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::ModelId;
use crate::private_files;
use crate::protocol::{PythonOrder, ServerAddress, TrialOrder};
use crate::python::StartMethod;
use crate::workload::{Amounts, Plan, PlanStep};

/// Words of a row.
pub(super) const SUBMITTED: usize = 0;
pub(super) const STARTED: usize = 1;
pub(super) const FINISHED: usize = 2;
/// worker << 32 | core + 1 (0 = unknown).
pub(super) const PLACE: usize = 3;
pub(super) const STATE: usize = 4;
pub(super) const HELD_UP: usize = 5;
/// Where the ends of all steps begin; the marks follow them.
pub(super) const STAMPS: usize = 6;
/// What a process of its own has used, at the end of its row.
const USED: usize = 7;

/// The row of one task, in 64-bit words.
pub(super) struct Layout {
    /// Words.
    pub(super) width: usize,
    /// Stamps inside steps.
    pub(super) marks: usize,
}

impl Layout {
    pub(super) fn of(model: ModelId, plan: &Plan) -> Self {
        let marks = plan.steps.iter().map(|step| step.marks()).sum();
        let used = if model == ModelId::PyProcesses { USED } else { 0 };
        Self { width: STAMPS + plan.steps.len() + marks + used, marks }
    }
}

/// The line.
#[derive(Serialize)]
pub(super) struct Config<'a> {
    model: &'static str,
    tasks: u32,
    seed: u64,
    workers: u32,
    in_flight: Option<u32>,
    repeat_ms: Option<u64>,
    ticker: bool,
    steps: Vec<Value>,
    /// One row of amounts stands for all tasks.
    alike: bool,
    folder: &'a Path,
    /// What semaphores between processes are named after.
    name: String,
    records: &'a Path,
    amounts: &'a Path,
    width: usize,
    held_up: bool,
    cores: bool,
    start_method: Option<&'static str>,
    server: Option<&'a ServerAddress>,
}

impl<'a> Config<'a> {
    pub(super) fn of(
        order: &'a TrialOrder,
        python: &PythonOrder,
        layout: &Layout,
        folder: &'a Path,
        server: Option<&'a ServerAddress>,
    ) -> Self {
        Self {
            model: order.model.name(),
            tasks: order.plan.tasks,
            seed: order.plan.seed,
            workers: order.workers.max(1),
            in_flight: order.in_flight,
            repeat_ms: order.repeat_ms,
            ticker: order.ticker,
            steps: steps(&order.plan),
            alike: matches!(order.plan.amounts, Amounts::Same(_)),
            folder,
            name: name_of(folder),
            // The interpreter's own folder is the trial's.
            records: Path::new("records"),
            amounts: Path::new("amounts"),
            width: layout.width,
            held_up: python.gil_wait,
            cores: cfg!(target_os = "linux"),
            start_method: (python.start_method != StartMethod::Default).then(|| python.start_method.name()),
            server,
        }
    }
}

/// The name of the lab's folder around that of the tasks.
fn name_of(folder: &Path) -> String {
    let whole = folder.parent().and_then(Path::file_name);
    whole.map_or_else(|| "concurrency-lab".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn steps(plan: &Plan) -> Vec<Value> {
    let mut first_mark = 0;
    let mut told = Vec::with_capacity(plan.steps.len());
    for (place, step) in plan.steps.iter().enumerate() {
        told.push(match step {
            PlanStep::Compute(kernel) => json!({ "kind": "compute", "kernel": kernel.name() }),
            PlanStep::Wait => json!({ "kind": "wait" }),
            PlanStep::Http { bytes } => json!({ "kind": "http", "bytes": bytes }),
            PlanStep::File { sync } => {
                let largest = (0..plan.tasks).map(|task| plan.amount(task, place)).max().unwrap_or(0);
                json!({ "kind": "file", "sync": sync, "largest": largest })
            }
            PlanStep::Critical { lock, permits, holds } => json!({
                "kind": "critical",
                "lock": lock.name(),
                "permits": permits,
                "holds": holds.name(),
                "first_mark": first_mark,
            }),
            PlanStep::Increment(protection) => json!({ "kind": "increment", "protection": protection.name() }),
            // No model of Python takes them: `experiment/support` says why.
            PlanStep::Memory => json!({ "kind": "memory" }),
            PlanStep::TwoLocks(_) => json!({ "kind": "two-locks" }),
        });
        first_mark += step.marks();
    }
    told
}

/// Little-endian words, as the plan has them.
pub(super) fn write_amounts(path: &Path, plan: &Plan) -> io::Result<()> {
    let (Amounts::Same(all) | Amounts::PerTask(all)) = &plan.amounts;
    let bytes: Vec<u8> = all.iter().flat_map(|amount| amount.to_le_bytes()).collect();
    private_files::write_new(path, &bytes)
}
