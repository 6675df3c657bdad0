//! What session and runner say to each other over the runner's stdin and stdout: the messages here, how
//! they are framed in `frames`, the block of spans in `spans`.

mod frames;
mod spans;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::StampClock;
use crate::failure::{Failure, LockGraph};
use crate::model::ModelId;
use crate::python::StartMethod;
use crate::trial::{Counted, Runtime, ServerUse, Spans, Usage};
use crate::workload::{Calibration, Kernel, Plan};

pub use frames::{failure_from_json, read_request, write_request};
pub use spans::{spans_from_bytes, spans_to_bytes, u64s};

/// Changes whenever either side could misread the other.
pub const VERSION: u32 = 6;

/// The hidden subcommand of a runner; the protocol runs over its stdin and stdout.
pub const RUNNER_ARGUMENT: &str = "__runner";
/// The hidden subcommand of one worker of the process pool.
pub const WORKER_ARGUMENT: &str = "__worker";
/// The hidden subcommand of one task of the `processes` model.
pub const TASK_ARGUMENT: &str = "__task";
/// The environment variable that tells such a task all it has to know: arguments can be read by anyone.
pub const TASK_VARIABLE: &str = "CONCURRENCY_LAB_TASK";
/// The hidden subcommand of the HTTP server of one trial.
pub const SERVER_ARGUMENT: &str = "__server";
/// The hidden subcommand that guards the interpreters of a runner.
pub const WATCH_ARGUMENT: &str = "__watch";
/// The environment variable that marks an interpreter and all that it starts with the folder of its trial, so that
/// daemons are found when their runner is no more.
pub const TRIAL_VARIABLE: &str = "CONCURRENCY_LAB_TRIAL";
/// The hidden subcommand that does nothing: what a bare program of the `processes` model spawns.
pub const NO_OP_ARGUMENT: &str = "__no-op";

/// What a runner is asked to do. The first frame on its stdin, and the only one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunnerRequest {
    /// Execute one trial.
    Trial(TrialRequest),
    /// Calibrate these kernels.
    Calibrate {
        /// Which.
        kernels: Vec<Kernel>,
        /// On this interpreter; in the runner itself where there is none.
        python: Option<InterpreterLocation>,
    },
}

/// An interpreter to calibrate on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpreterLocation {
    /// What is run.
    pub program: PathBuf,
    /// A folder for the program that it runs. The session removes it.
    pub folder: PathBuf,
}

/// The interpreter of a Python model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonRequest {
    /// What is run.
    pub program: PathBuf,
    /// "Python 3.11", for reasons.
    pub title: String,
    /// How `multiprocessing` starts processes.
    pub start_method: StartMethod,
    /// Threads share an interpreter whose lock is in force: how long each task waited for it is to be derived.
    pub gil_wait: bool,
}

/// One trial to execute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// Under which model.
    pub model: ModelId,
    /// The exact work. Its amounts follow in a frame of their own.
    pub plan: Plan,
    /// Workers for models that have a pool.
    pub workers: u32,
    /// Cap for per-task models.
    pub in_flight: Option<u32>,
    /// Repeat the work until so many milliseconds have passed, for the CPU view (warm-up rounds).
    pub repeat_ms: Option<u64>,
    /// Run a ticker beside the work.
    pub ticker: bool,
    /// What steps need of the machine.
    pub environment: TrialEnvironment,
    /// For models of Python.
    pub python: Option<PythonRequest>,
}

/// What steps need of the machine, beside cores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialEnvironment {
    /// An empty folder for this trial alone, for files and for locks between processes. The session removes it.
    pub folder: Option<PathBuf>,
    /// Length of the buffer that `memory` steps stream through: more than the last-level cache holds.
    pub buffer_bytes: u64,
    /// Where `http` steps fetch from. Started by the runner.
    pub server: Option<ServerAddress>,
}

/// The HTTP server of one trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// On 127.0.0.1.
    pub port: u16,
    /// Requests have to carry it.
    pub token: String,
}

/// Sent to a runner that is to say who holds which lock, and who waits, before it is ended.
pub const ASK_FOR_LOCKS: u8 = b'?';

/// What a runner says, in this order: hello, clock started, progress or reached, clock stopped,
/// report, spans; or failed at any point.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The first frame.
    Hello(Hello),
    /// Setup is over.
    ClockStarted,
    /// How many tasks are done, estimated.
    Progress {
        /// Of the plan's tasks.
        done: u32,
    },
    /// How many threads or processes are alive, so that an abort can be explained.
    Reached {
        /// Alive at this moment.
        alive: u32,
    },
    /// The work, repeats included, is over.
    ClockStopped,
    /// The measurement.
    Report(Box<Report>),
    /// One span per task; the last frame of a trial.
    Spans(Spans),
    /// The speeds asked for; the last frame of a calibration.
    Calibrated(Vec<Calibration>),
    /// Who held which lock and who waited; the answer to [`ASK_FOR_LOCKS`]. Empty where nobody did.
    Locks(LockGraph),
    /// The trial can't be done; the last frame.
    Failed(Failure),
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the runner.
    pub protocol: u32,
    /// Version of the lab that the runner belongs to.
    pub lab_version: String,
}

/// What was measured. Nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Building the model, up to one empty task on every worker.
    pub setup_nanos: u64,
    /// The first pass.
    pub wall_nanos: u64,
    /// Taking the model apart.
    pub teardown_nanos: u64,
    /// All passes after the first, with what lay between them.
    pub repeat_nanos: u64,
    /// 1, or more where the work was repeated.
    pub passes: u32,
    /// Pool workers that the model really had.
    pub workers: Option<u32>,
    /// Runner and workers, within the clock of the first pass.
    pub usage: Usage,
    /// Runner and workers, from their start to this report.
    pub tree_usage: Usage,
    /// Runner plus workers.
    pub peak_memory_bytes: Option<u64>,
    /// Proportional set size of the runner and its worker processes right after the clock, with all of them up.
    pub pss_bytes: Option<u64>,
    /// The span records of the runner and its workers.
    pub record_bytes: u64,
    /// What the lab's stamps and record add to one task, measured before the clock.
    pub stamp_nanos: Option<f64>,
    /// The same for the first task recorded in the process, whose code and memory were in no cache.
    pub first_stamp_nanos: Option<f64>,
    /// Wrapping sum over all tasks of the first pass.
    pub checksum: u64,
    /// What spans were stamped with.
    pub stamp_clock: StampClock,
    /// The HTTP server's share, within the clock of the first pass.
    pub server: Option<ServerUse>,
    /// What became of the increments of the first pass.
    pub counted: Option<Counted>,
    /// What ran it; `None` for the lab's own executable.
    pub runtime: Option<Runtime>,
}
