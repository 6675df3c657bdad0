//! What session and runner say to each other over the runner's stdin and stdout: frames of a
//! length, a kind and a payload. Control messages are JSON, amounts and spans little-endian binary.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::TickSource;
use crate::model::ModelId;
use crate::python::StartMethod;
use crate::trial::{Counted, Runtime, ServerUse, Span, Spans, Tick, Usage};
use crate::workload::{Amounts, Calibration, Kernel, Plan, PlanStep};

/// Changes whenever either side could misread the other.
pub const VERSION: u32 = 3;

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
/// The hidden subcommand that does nothing: what a bare program of the `processes` model spawns.
pub const NO_OP_ARGUMENT: &str = "__no-op";

/// Longest frame: amounts of 1,000,000 tasks of 8 steps, or their spans, with room to spare.
const LONGEST_FRAME: u64 = 1 << 29;

/// What a runner is asked to do. The first frame on its stdin, and the only one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Execute one trial.
    Trial(TrialOrder),
    /// Calibrate these kernels.
    Calibrate {
        /// Which.
        kernels: Vec<Kernel>,
        /// On this interpreter; in the runner itself where there is none.
        python: Option<PathBuf>,
    },
}

/// The interpreter of a Python model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonOrder {
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
pub struct TrialOrder {
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
    pub surroundings: Surroundings,
    /// For models of Python.
    pub python: Option<PythonOrder>,
}

/// What steps need of the machine, beside cores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
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
    /// Who held which lock and who waited, in words; the answer to [`ASK_FOR_LOCKS`]. Empty where nobody did.
    Locks(String),
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
    /// The runner's span records.
    pub record_bytes: u64,
    /// Wrapping sum over all tasks of the first pass.
    pub checksum: u64,
    /// What spans were stamped with.
    pub tick_source: TickSource,
    /// The HTTP server's share, within the clock of the first pass.
    pub server: Option<ServerUse>,
    /// What became of the increments of the first pass.
    pub counted: Option<Counted>,
    /// What ran it; `None` for the lab's own executable.
    pub runtime: Option<Runtime>,
}

/// Why a trial can't be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In words: what happened, where, at which number.
    pub reason: String,
}

impl Failure {
    /// From words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

const ORDER: u8 = 1;
const AMOUNTS: u8 = 2;
const HELLO: u8 = 10;
const CLOCK_STARTED: u8 = 11;
const PROGRESS: u8 = 12;
const REACHED: u8 = 13;
const CLOCK_STOPPED: u8 = 14;
const REPORT: u8 = 15;
const SPANS: u8 = 16;
const CALIBRATED: u8 = 17;
const FAILED: u8 = 18;
const LOCKS: u8 = 19;

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn write_frame(out: &mut impl Write, kind: u8, payload: &[u8]) -> io::Result<()> {
    // One write for head and small payloads, so that no reader sees half a message for long.
    let mut frame = Vec::with_capacity(9 + payload.len());
    frame.extend((payload.len() as u64).to_le_bytes());
    frame.push(kind);
    frame.extend(payload);
    out.write_all(&frame)?;
    out.flush()
}

fn read_frame(input: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0_u8; 9];
    input.read_exact(&mut head)?;
    let mut length = [0_u8; 8];
    length.copy_from_slice(&head[..8]);
    let length = u64::from_le_bytes(length);
    if length > LONGEST_FRAME {
        return Err(invalid(format!("a frame of {length} bytes: not the lab's protocol")));
    }
    let mut payload = vec![0; length as usize];
    input.read_exact(&mut payload)?;
    Ok((head[8], payload))
}

fn write_json(out: &mut impl Write, kind: u8, message: &impl Serialize) -> io::Result<()> {
    write_frame(out, kind, &serde_json::to_vec(message)?)
}

fn from_json<T: for<'de> Deserialize<'de>>(payload: &[u8]) -> io::Result<T> {
    serde_json::from_slice(payload).map_err(|error| invalid(format!("a message that can't be read: {error}")))
}

/// Sends an order with its amounts.
///
/// # Errors
/// Whatever the pipe says.
pub fn write_order(out: &mut impl Write, order: &Order) -> io::Result<()> {
    write_json(out, ORDER, order)?;
    if let Order::Trial(trial) = order {
        write_amounts(out, &trial.plan.amounts)?;
    }
    Ok(())
}

/// Receives an order with its amounts.
///
/// # Errors
/// Whatever the pipe says, and [`io::ErrorKind::InvalidData`] for anything but an order.
pub fn read_order(input: &mut impl Read) -> io::Result<Order> {
    let (kind, payload) = read_frame(input)?;
    if kind != ORDER {
        return Err(invalid(format!("frame kind {kind} where an order was expected")));
    }
    let mut order: Order = from_json(&payload)?;
    if let Order::Trial(trial) = &mut order {
        trial.plan.amounts = read_amounts(input, &trial.plan)?;
    }
    Ok(order)
}

fn write_amounts(out: &mut impl Write, amounts: &Amounts) -> io::Result<()> {
    let (tag, values) = match amounts {
        Amounts::Same(row) => (0, row),
        Amounts::PerTask(all) => (1, all),
    };
    let mut payload = Vec::with_capacity(1 + values.len() * 8);
    payload.push(tag);
    for value in values {
        payload.extend(value.to_le_bytes());
    }
    write_frame(out, AMOUNTS, &payload)
}

fn read_amounts(input: &mut impl Read, plan: &Plan) -> io::Result<Amounts> {
    let (kind, payload) = read_frame(input)?;
    let Some((tag, values)) = payload.split_first().filter(|_| kind == AMOUNTS) else {
        return Err(invalid("amounts were expected"));
    };
    let values = u64s(values)?;
    let (amounts, wanted) = match tag {
        0 => (Amounts::Same(values), plan.steps.len()),
        _ => (Amounts::PerTask(values), plan.steps.len() * plan.tasks as usize),
    };
    let (Amounts::Same(values) | Amounts::PerTask(values)) = &amounts;
    if values.len() == wanted {
        Ok(amounts)
    } else {
        Err(invalid(format!("{} amounts where {wanted} were expected", values.len())))
    }
}

/// Little-endian 64-bit integers.
///
/// # Errors
/// Where the length is not a multiple of eight.
pub fn u64s(bytes: &[u8]) -> io::Result<Vec<u64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    if rest.is_empty() {
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    } else {
        Err(invalid(format!("{} bytes are no whole number of 64-bit integers", bytes.len())))
    }
}

impl Reply {
    /// Sends the reply in one write.
    ///
    /// # Errors
    /// Whatever the pipe says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Hello(hello) => write_json(out, HELLO, hello),
            Self::ClockStarted => write_frame(out, CLOCK_STARTED, &[]),
            Self::Progress { done } => write_frame(out, PROGRESS, &done.to_le_bytes()),
            Self::Reached { alive } => write_frame(out, REACHED, &alive.to_le_bytes()),
            Self::ClockStopped => write_frame(out, CLOCK_STOPPED, &[]),
            Self::Report(report) => write_json(out, REPORT, report),
            Self::Spans(spans) => write_frame(out, SPANS, &spans_to_bytes(spans)?),
            Self::Calibrated(list) => write_json(out, CALIBRATED, list),
            Self::Locks(words) => write_json(out, LOCKS, words),
            Self::Failed(failure) => write_json(out, FAILED, failure),
        }
    }

    /// Receives a reply.
    ///
    /// # Errors
    /// Whatever the pipe says, and [`io::ErrorKind::InvalidData`] for anything but a reply.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let (kind, payload) = read_frame(input)?;
        let number = || -> io::Result<u32> {
            payload
                .as_slice()
                .try_into()
                .map(u32::from_le_bytes)
                .map_err(|_| invalid("a number of four bytes was expected"))
        };
        Ok(match kind {
            HELLO => Self::Hello(from_json(&payload)?),
            CLOCK_STARTED => Self::ClockStarted,
            PROGRESS => Self::Progress { done: number()? },
            REACHED => Self::Reached { alive: number()? },
            CLOCK_STOPPED => Self::ClockStopped,
            REPORT => Self::Report(from_json(&payload)?),
            SPANS => Self::Spans(spans_from_bytes(&payload)?),
            CALIBRATED => Self::Calibrated(from_json(&payload)?),
            LOCKS => Self::Locks(from_json(&payload)?),
            FAILED => Self::Failed(from_json(&payload)?),
            _ => return Err(invalid(format!("unknown frame kind {kind}"))),
        })
    }
}

const SPAN_BYTES: usize = 32;

/// What stands before the spans.
#[derive(Serialize, Deserialize)]
struct SpansHead {
    steps: Vec<PlanStep>,
    /// How long each task waited for the interpreter stands behind the marks.
    gil_waits: bool,
}

/// Spans as one block: steps and kind as JSON behind their length, the number of tasks, 32 bytes a
/// task (core 0 = unknown, else core + 1), the inner step ends, the marks, the waits for the interpreter
/// where they are known, then the ticks.
///
/// # Errors
/// Where the steps can't be written as JSON, which does not happen.
pub fn spans_to_bytes(spans: &Spans) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(&SpansHead { steps: spans.steps.clone(), gil_waits: !spans.gil_waits.is_empty() })?;
    let mut out = Vec::with_capacity(16 + head.len() + spans.tasks.len() * SPAN_BYTES + spans.step_ends.len() * 8);
    out.extend((head.len() as u64).to_le_bytes());
    out.extend(&head);
    out.extend((spans.tasks.len() as u64).to_le_bytes());
    for span in &spans.tasks {
        out.extend(span.submitted.to_le_bytes());
        out.extend(span.started.to_le_bytes());
        out.extend(span.finished.to_le_bytes());
        out.extend(span.worker.to_le_bytes());
        out.extend(span.core.map_or(0, |core| core + 1).to_le_bytes());
    }
    for stamp in spans.step_ends.iter().chain(&spans.marks).chain(&spans.gil_waits) {
        out.extend(stamp.to_le_bytes());
    }
    for tick in &spans.ticks {
        out.extend(tick.due.to_le_bytes());
        out.extend(tick.late.to_le_bytes());
    }
    Ok(out)
}

/// Reads what [`spans_to_bytes`] wrote.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] where lengths do not fit.
pub fn spans_from_bytes(bytes: &[u8]) -> io::Result<Spans> {
    let short = || invalid("spans that end too early");
    let length = |bytes: &[u8]| -> io::Result<usize> {
        Ok(u64::from_le_bytes(*bytes.first_chunk::<8>().ok_or_else(short)?) as usize)
    };
    let head_length = length(bytes)?;
    let rest = bytes.get(8..).ok_or_else(short)?;
    let (head, rest) = rest.split_at_checked(head_length).ok_or_else(short)?;
    let SpansHead { steps, gil_waits } = from_json(head)?;
    let count = length(rest)?;
    let rest = rest.get(8..).ok_or_else(short)?;
    let (tasks, rest) = rest.split_at_checked(count.checked_mul(SPAN_BYTES).ok_or_else(short)?).ok_or_else(short)?;
    let stamps = |per_task: usize| count.checked_mul(per_task * 8).ok_or_else(short);
    let (step_ends, rest) = rest.split_at_checked(stamps(steps.len().saturating_sub(1))?).ok_or_else(short)?;
    let (marks, rest) =
        rest.split_at_checked(stamps(steps.iter().map(|step| step.marks()).sum())?).ok_or_else(short)?;
    let (gil_waits, ticks) = rest.split_at_checked(stamps(usize::from(gil_waits))?).ok_or_else(short)?;
    let ticks = u64s(ticks)?;
    let (ticks, odd) = ticks.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(short());
    }
    Ok(Spans {
        tasks: tasks
            .as_chunks::<SPAN_BYTES>()
            .0
            .iter()
            .map(|record| {
                let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| record[at + byte]));
                let half = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| record[at + byte]));
                Span {
                    submitted: word(0),
                    started: word(8),
                    finished: word(16),
                    worker: half(24),
                    core: half(28).checked_sub(1),
                }
            })
            .collect(),
        step_ends: u64s(step_ends)?,
        marks: u64s(marks)?,
        gil_waits: u64s(gil_waits)?,
        ticks: ticks.iter().map(|[due, late]| Tick { due: *due, late: *late }).collect(),
        steps,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workload::{Holds, Lock, LockOrder, Protection};

    fn arbitrary_steps() -> impl Strategy<Value = Vec<PlanStep>> {
        let step = prop_oneof![
            Just(PlanStep::Wait),
            Just(PlanStep::Http { bytes: 7 }),
            Just(PlanStep::Critical { lock: Lock::Semaphore, permits: 3, holds: Holds::Wait }),
            Just(PlanStep::Increment(Protection::PerWorkerPadded)),
            Just(PlanStep::TwoLocks(LockOrder::Opposite)),
        ];
        proptest::collection::vec(step, 0..4)
    }

    fn arbitrary_spans() -> impl Strategy<Value = Spans> {
        (arbitrary_steps(), 0..20_usize).prop_flat_map(|(steps, tasks)| {
            let span =
                (any::<u64>(), any::<u64>(), any::<u64>(), any::<u32>(), proptest::option::of(0..4096_u32)).prop_map(
                    |(submitted, started, finished, worker, core)| Span { submitted, started, finished, worker, core },
                );
            let tick = (any::<u64>(), any::<u64>()).prop_map(|(due, late)| Tick { due, late });
            let inner = steps.len().saturating_sub(1);
            let marks: usize = steps.iter().map(|step| step.marks()).sum();
            (
                proptest::collection::vec(span, tasks),
                proptest::collection::vec(any::<u64>(), tasks * inner),
                proptest::collection::vec(any::<u64>(), tasks * marks),
                prop_oneof![Just(Vec::new()), proptest::collection::vec(any::<u64>(), tasks)],
                proptest::collection::vec(tick, 0..5),
            )
                .prop_map(move |(tasks, step_ends, marks, gil_waits, ticks)| Spans {
                    tasks,
                    step_ends,
                    marks,
                    gil_waits,
                    ticks,
                    steps: steps.clone(),
                })
        })
    }

    proptest! {
        #[test]
        fn spans_survive_the_wire(spans in arbitrary_spans()) {
            let mut wire = Vec::new();
            Reply::Spans(spans.clone()).write(&mut wire).expect("memory");
            prop_assert_eq!(Reply::read(&mut wire.as_slice()).expect("own writing"), Reply::Spans(spans));
        }

        #[test]
        fn noise_is_an_error_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reply::read(&mut noise.as_slice());
            let _ = read_order(&mut noise.as_slice());
            let _ = spans_from_bytes(&noise);
        }

        #[test]
        fn amounts_survive_the_wire(all in proptest::collection::vec(any::<u64>(), 6), same in any::<bool>()) {
            let plan = Plan {
                tasks: 3,
                seed: 1,
                steps: vec![PlanStep::Compute(Kernel::Sha256), PlanStep::Wait],
                amounts: if same { Amounts::Same(all[..2].to_vec()) } else { Amounts::PerTask(all) },
            };
            let order = Order::Trial(TrialOrder { model: ModelId::Rayon, plan, workers: 2, in_flight: None, repeat_ms: Some(1000), ticker: true, surroundings: Surroundings::default(), python: None });
            let mut wire = Vec::new();
            write_order(&mut wire, &order).expect("memory");
            prop_assert_eq!(read_order(&mut wire.as_slice()).expect("own writing"), order);
        }
    }

    #[test]
    fn amounts_that_do_not_fit_the_plan_are_refused() {
        let plan = Plan { tasks: 2, seed: 1, steps: vec![PlanStep::Wait], amounts: Amounts::PerTask(vec![1]) };
        let order = Order::Trial(TrialOrder {
            model: ModelId::Async,
            plan,
            workers: 1,
            in_flight: None,
            repeat_ms: None,
            ticker: true,
            surroundings: Surroundings::default(),
            python: None,
        });
        let mut wire = Vec::new();
        write_order(&mut wire, &order).expect("memory");
        let error = read_order(&mut wire.as_slice()).expect_err("one amount for two tasks");
        assert!(error.to_string().contains("1 amounts where 2 were expected"), "{error}");
    }
}
