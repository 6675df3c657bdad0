//! The protocol between session and runner over the runner's stdin and stdout: the messages are here, their framing is
//! in `frames`, the block of spans in `spans`. Starting and reading a runner is the session's work (`launcher`).

mod bare;
mod frames;
mod json;
mod plausible;
mod spans;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::StampClock;
use crate::code::StepCode;
use crate::failure::{Failure, LockGraph};
use crate::model::ModelId;
use crate::python::StartMethod;
use crate::trial::{Counted, Runtime, ServerUse, Spans, TaskResults, Usage};
use crate::workload::{Awaiting, Calibration, Kernel, Plan};

pub use bare::{BareReply, BareRequest, ClockReadings};
pub use frames::{failure_from_json, read_request, write_request};
pub use plausible::impossible_figure;
pub use spans::{spans_from_bytes, spans_to_bytes, u64s};

/// Version of the protocol; changes whenever either side could misread the other.
pub const VERSION: u32 = 12;

/// The hidden subcommand of a runner; the protocol runs over its stdin and stdout.
pub const RUNNER_ARGUMENT: &str = "__runner";
/// The hidden subcommand of one worker of the process pool.
pub const WORKER_ARGUMENT: &str = "__worker";
/// The hidden subcommand of one task of the `processes` model.
pub const TASK_ARGUMENT: &str = "__task";
/// The environment variable with the request of such a task: other users can read arguments, but not variables.
pub const TASK_VARIABLE: &str = "CONCURRENCY_LAB_TASK";
/// The hidden subcommand of the HTTP server of one trial.
pub const SERVER_ARGUMENT: &str = "__server";
/// The hidden subcommand that guards the interpreters of a runner.
pub const WATCH_ARGUMENT: &str = "__watch";
/// The environment variable that marks an interpreter and its descendants with the folder of their trial, so that
/// daemons are found after the death of their runner.
pub const TRIAL_VARIABLE: &str = "CONCURRENCY_LAB_TRIAL";
/// The hidden subcommand that only computes: the bare program that the `processes` model is compared with spawns it.
pub const NO_OP_ARGUMENT: &str = "__no-op";
/// The hidden subcommand of the bare programs that the self-check compares the lab with; a [`BareRequest`] follows.
pub const BARE_ARGUMENT: &str = "__bare";
/// Environment variable of a random length that each runner gets, every program of its trial, and the bare programs that
/// trials are compared with. The bytes of the environment shift what a program allocates, and with it its speed
/// (Mytkowicz et al., "Producing wrong data without doing anything obviously wrong!", 2009). Drawn anew for each trial,
/// this is noise that the intervals show; otherwise it is a bias of all trials of a run.
pub const LAYOUT_VARIABLE: &str = "CONCURRENCY_LAB_LAYOUT";
/// Largest length of that variable's value.
const LAYOUT_BYTES: usize = 4096;

/// Returns a value for that variable. The seed of the run does not choose it: where a system places memory at random, no
/// run has the layout of another.
#[must_use]
pub fn random_layout() -> String {
    "x".repeat(fastrand::usize(..=LAYOUT_BYTES))
}

/// Request to a runner. The first frame on its stdin, and the only one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "a process has one request")]
pub enum RunnerRequest {
    /// Execute one trial.
    Trial(TrialRequest),
    /// Calibrate kernels.
    Calibrate {
        /// Kernels to calibrate.
        kernels: Vec<Kernel>,
        /// Interpreter to calibrate on; `None` for the runner itself.
        python: Option<InterpreterLocation>,
    },
}

/// Interpreter to calibrate on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpreterLocation {
    /// Path of the interpreter.
    pub program: PathBuf,
    /// Folder for the lab's program. The session removes it.
    pub folder: PathBuf,
}

/// Interpreter of a Python model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonRequest {
    /// Path of the interpreter.
    pub program: PathBuf,
    /// Name in failures, e.g. "Python 3.11".
    pub title: String,
    /// Start method of `multiprocessing`.
    pub start_method: StartMethod,
    /// True if threads share an interpreter with a GIL, and the time that each task waited for it is to be derived.
    pub gil_wait: bool,
    /// Address of a dask scheduler that others run; `None` for all other models, and for a cluster of the trial's own.
    pub dask_scheduler: Option<String>,
}

/// Trial to execute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// Model to run it under.
    pub model: ModelId,
    /// Exact work of every task. The amounts follow in a separate frame.
    pub plan: Plan,
    /// Number of workers for models with a pool.
    pub workers: u32,
    /// Limit on tasks in flight for models with a thread, process or async task per task.
    pub in_flight: Option<u32>,
    /// Repeats the work until this many milliseconds have passed, for the CPU view (warm-up rounds).
    pub repeat_ms: Option<u64>,
    /// Runs a heartbeat beside the work.
    pub ticker: bool,
    /// Folder, buffer and server for the steps.
    pub environment: TrialEnvironment,
    /// Interpreter of a Python model; `None` for native models.
    pub python: Option<PythonRequest>,
    /// Settings of the contender that no other field holds.
    pub settings: Box<TrialSettings>,
    /// Way in which a model with an event loop awaits its tasks.
    pub awaits: Awaiting,
}

/// Settings of a trial's contender, resolved. A missing one leaves the choice to the model's library.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrialSettings {
    /// True if the model's library chooses the number of workers. [`TrialRequest::workers`] is then the number expected.
    pub library_workers: bool,
    /// Tasks per hand-over.
    pub chunk: Option<u32>,
    /// Event loops, one per thread.
    pub loops: Option<u32>,
    /// Milliseconds for `sys.setswitchinterval`.
    pub switch_interval_ms: Option<f64>,
    /// GIL of a free-threaded build: on or off.
    pub gil: Option<bool>,
    /// CPUs that the runner's tree may use, by number.
    pub cpus: Option<Vec<u32>>,
    /// CPUs that the lab may use where those of the runner's tree are limited. The HTTP server uses them: it is no part of
    /// the model.
    pub lab_cpus: Option<Vec<u32>>,
}

/// Facilities of the machine that steps need besides cores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialEnvironment {
    /// Empty folder for this trial alone, for files and locks between processes. The session removes it.
    pub folder: Option<PathBuf>,
    /// Length of the buffer that `memory` steps stream through, larger than the last-level cache.
    pub buffer_bytes: u64,
    /// Server of `http` steps. Started by the runner.
    pub server: Option<ServerAddress>,
    /// Code of the user's, per step; empty where no step has any.
    pub code: Vec<Option<StepCode>>,
}

impl TrialEnvironment {
    /// Returns the code of a step.
    #[must_use]
    pub fn code_of(&self, step: usize) -> Option<&StepCode> {
        self.code.get(step)?.as_ref()
    }
}

/// Address of the HTTP server of one trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Token that every request has to carry.
    pub token: String,
}

/// Byte that asks a runner for its [`Reply::Locks`] before it is killed.
pub const ASK_FOR_LOCKS: u8 = b'?';

/// Reply of a runner. The order is: hello, clock started, progress or reached, clock stopped, report, spans; or failed
/// at any point.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The first frame.
    Hello(Hello),
    /// The setup is done, the clock runs.
    ClockStarted,
    /// Progress of the work.
    Progress {
        /// Finished tasks, an estimate.
        done: u32,
    },
    /// Count of threads or processes, so that an abort can be explained.
    Reached {
        /// Live threads or processes.
        alive: u32,
    },
    /// The work, repeats included, is done.
    ClockStopped,
    /// The measurement, without spans.
    Report(Box<Report>),
    /// One span per task; the last frame of a trial.
    Spans(Box<Spans>),
    /// The requested calibrations; the last frame of a calibration.
    Calibrated(Vec<Calibration>),
    /// Tasks that hold or wait for locks; the answer to [`ASK_FOR_LOCKS`].
    Locks(LockGraph),
    /// The trial failed; the last frame.
    Failed(Failure),
}

/// First reply of a runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the runner.
    pub protocol: u32,
    /// Version of the runner's executable.
    pub lab_version: String,
}

/// Measurement of a trial. Durations in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Building the model, up to one empty task on every worker.
    pub setup_nanos: u64,
    /// The first pass.
    pub wall_nanos: u64,
    /// Ending the model's threads or processes.
    pub teardown_nanos: u64,
    /// All passes after the first, with the time between them.
    pub repeat_nanos: u64,
    /// Number of passes: 1, or more if the work was repeated.
    pub passes: u32,
    /// Number of pool workers that the model really had.
    pub workers: Option<u32>,
    /// Usage of runner and workers within the clock of the first pass.
    pub usage: Usage,
    /// Usage of runner and workers from their start to this report.
    pub tree_usage: Usage,
    /// Peak memory of the runner plus those of the workers.
    pub peak_memory_bytes: Option<u64>,
    /// Proportional set size (PSS) of the runner and its worker processes right after the clock, with all of them up.
    pub pss_bytes: Option<u64>,
    /// Size of the span records of the runner and its workers.
    pub record_bytes: u64,
    /// Time that the lab's stamps and record add to one task, measured before the clock.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in the process, whose code and memory were in no cache.
    pub first_stamp_nanos: Option<f64>,
    /// Wrapping sum over the results of all tasks of the first pass.
    pub checksum: u64,
    /// Clock of the spans.
    pub stamp_clock: StampClock,
    /// Usage of the HTTP server within the clock of the first pass.
    pub server: Option<ServerUse>,
    /// Expected and actual value of the counters after the first pass.
    pub counted: Option<Counted>,
    /// Interpreter that ran it; `None` for native models.
    pub runtime: Option<Runtime>,
    /// Results of the user's functions.
    pub results: Option<TaskResults>,
    /// Processes that code of the user's had left running at the end; `None` without such code, and if the system does not
    /// list them.
    pub left_processes: Option<u32>,
}
