//! One worker process of the process pool, and the runner's end of the pipes to it. A request is four bytes (a task's
//! index, followed by its input where there is a payload, or one of three commands); the reply to a task is its result,
//! followed by its output. Feeding the workers is in `models/process_pool`.

use std::io::{self, BufWriter, Read, Write};
use std::process::{ChildStdin, ChildStdout};

use super::payload::{Data, Payloads};
use super::raw_stdout;
use super::resources::{Flavour, OwnRecord, PAYLOAD_STAMPS, TaskResources};
use super::run_task::{blocking_steps, blocking_steps_with};
use super::task_recorder::{TaskRecorder, worker_and_core};
use crate::clock::StampClock;
use crate::failure::Failure;
use crate::model::ModelId;
use crate::process_tree;
use crate::protocol::{self, RunnerRequest, TrialEnvironment, TrialRequest};
use crate::trial::Usage;
use crate::usage;
use crate::workload::{MOST_REPEATERS, MOST_REPEATS_RECORDED, MOST_TASKS, Plan};

const EMPTY_TASK: u32 = u32::MAX;
const REPORT: u32 = u32::MAX - 1;
const COLLECT: u32 = u32::MAX - 2;
const _: () = assert!(MOST_TASKS + MOST_REPEATS_RECORDED + MOST_REPEATERS < COLLECT);

/// Usage that a worker reports of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkerReport {
    /// CPU time, context switches and storage bytes so far.
    pub(super) usage: Usage,
    /// Peak memory so far, bytes.
    pub(super) peak_memory_bytes: Option<u64>,
}

/// The runner's end of the pipes.
#[derive(Debug)]
pub(super) struct Link {
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Link {
    pub(super) const fn new(stdin: ChildStdin, stdout: ChildStdout) -> Self {
        Self { stdin, stdout }
    }

    /// Sends the worker the full plan; from then on it waits for tasks.
    pub(super) fn send_plan(
        &mut self,
        plan: &Plan,
        stamp_clock: StampClock,
        environment: &TrialEnvironment,
    ) -> io::Result<()> {
        self.stdin.write_all(&[u8::from(stamp_clock == StampClock::CpuCounter)])?;
        let request = TrialRequest {
            model: ModelId::ProcessPool,
            plan: plan.clone(),
            workers: 1,
            in_flight: None,
            repeat_ms: None,
            ticker: false,
            environment: environment.clone(),
            python: None,
            settings: Box::default(),
            awaits: Default::default(),
        };
        protocol::write_request(&mut BufWriter::with_capacity(1 << 16, &mut self.stdin), &RunnerRequest::Trial(request))
    }

    fn word(&mut self) -> io::Result<u64> {
        let mut reply = [0; 8];
        self.stdout.read_exact(&mut reply)?;
        Ok(u64::from_le_bytes(reply))
    }

    fn option(&mut self) -> io::Result<Option<u64>> {
        Ok(self.word()?.checked_sub(1))
    }

    /// Runs one task and returns its result.
    pub(super) fn run(&mut self, task: u32) -> io::Result<u64> {
        self.stdin.write_all(&task.to_le_bytes())?;
        self.word()
    }

    /// Sends a task with its input, runs it, and receives its output. Returns result and output.
    pub(super) fn run_with(&mut self, task: u32, payloads: &Payloads) -> io::Result<(u64, Data)> {
        let payload = payloads.payload;
        let mut request = BufWriter::new(&mut self.stdin);
        request.write_all(&task.to_le_bytes())?;
        payloads.input(task).write_to(&mut request)?;
        request.flush()?;
        drop(request);
        let state = self.word()?;
        Ok((state, Data::read_from(payload.kind, payload.output_bytes, &mut self.stdout)?))
    }

    /// Runs an empty task; after it the worker is up.
    pub(super) fn empty_task(&mut self) -> io::Result<()> {
        self.run(EMPTY_TASK).map(|_| ())
    }

    pub(super) fn report(&mut self) -> io::Result<WorkerReport> {
        self.stdin.write_all(&REPORT.to_le_bytes())?;
        Ok(WorkerReport {
            usage: Usage {
                user_nanos: self.option()?,
                system_nanos: self.option()?,
                voluntary_switches: self.option()?,
                involuntary_switches: self.option()?,
                storage_read_bytes: self.option()?,
                storage_written_bytes: self.option()?,
            },
            peak_memory_bytes: self.option()?,
        })
    }

    /// Moves the worker's records into the recorder.
    pub(super) fn collect(&mut self, recorder: &TaskRecorder, worker: u32) -> io::Result<()> {
        self.stdin.write_all(&COLLECT.to_le_bytes())?;
        let words = self.word()? as usize;
        let mut block = vec![0; words * 8];
        self.stdout.read_exact(&mut block)?;
        let inner = recorder.plan.steps.len().saturating_sub(1);
        for record in protocol::u64s(&block)?.chunks_exact(row_words(recorder.plan)) {
            let core = (record[3] as u32).checked_sub(1);
            recorder.record(record[0] as u32, record[1], record[2], worker_and_core(worker, core), record[4]);
            let (ends, stamps) = record[5..].split_at(inner);
            let (inner_timestamps, payload) = stamps.split_at(recorder.inner_timestamps_per_task());
            recorder.record_steps(record[0] as u32, ends, inner_timestamps);
            if !payload.is_empty() {
                recorder.record_payload(record[0] as u32, payload);
            }
        }
        let mut failure = vec![0; self.word()? as usize];
        self.stdout.read_exact(&mut failure)?;
        if !failure.is_empty() {
            recorder.fail(protocol::failure_from_json(&failure)?);
        }
        Ok(())
    }
}

/// Words of one task's record: index, started, finished, core + 1, result, inner step ends, inner timestamps, stamps of
/// the payload.
fn row_words(plan: &Plan) -> usize {
    let payload = if plan.payload.is_some() { PAYLOAD_STAMPS } else { 0 };
    5 + payload
        + plan.steps.len().saturating_sub(1)
        + plan.steps.iter().map(|step| step.inner_timestamps()).sum::<usize>()
}

/// Records that a worker may have to take: of every task, and of every repetition that is recorded.
fn records(plan: &Plan) -> u32 {
    plan.tasks + plan.classes.recorded_repeats()
}

/// Bytes that each worker allocates for its records: it may have to run every task.
pub(super) fn record_bytes(plan: &Plan) -> u64 {
    u64::from(records(plan)) * row_words(plan) as u64 * size_of::<u64>() as u64
}

/// Runs the hidden worker subcommand: tasks from stdin until it closes. Returns the exit code.
#[must_use]
pub fn run_worker() -> u8 {
    process_tree::die_with_parent();
    match work() {
        Ok(()) => 0,
        // Stdin has closed: the runner is done with this worker, or has died.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
        Err(error) => {
            // This is the runner's stderr, of which the lab keeps the last line.
            let _ = writeln!(io::stderr(), "a worker process could not go on: {error}");
            1
        }
    }
}

fn work() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), raw_stdout::open()?);
    let mut clock = [0];
    input.read_exact(&mut clock)?;
    let stamp_clock = if clock[0] == 1 { StampClock::CpuCounter } else { StampClock::OsClock };
    let RunnerRequest::Trial(TrialRequest { plan, environment, .. }) = protocol::read_request(&mut input)? else {
        return Err(io::Error::other("a worker got no plan"));
    };
    let plan: &'static Plan = Box::leak(Box::new(plan));
    let resources = TaskResources::build(plan, &environment, Flavour::SeparateProcess, 1).map_err(io::Error::other)?;
    let mut failure: Option<Failure> = None;
    let inner = plan.steps.len().saturating_sub(1);
    let inner_timestamps_per_task: usize = plan.steps.iter().map(|step| step.inner_timestamps()).sum();
    let row_words = row_words(plan);
    let last_record = records(plan);
    // Touches the memory of all rows before the clock.
    let mut records: Vec<u64> = vec![1; last_record as usize * row_words];
    records.clear();
    let mut request = [0; 4];
    loop {
        input.read_exact(&mut request)?;
        let mut output_of_task = None;
        let reply = match u32::from_le_bytes(request) {
            EMPTY_TASK => 0,
            REPORT => {
                // Its children are the programs that its tasks have run.
                let usage = usage::of_this_process().plus(usage::of_reaped_children());
                let words = [
                    usage.user_nanos,
                    usage.system_nanos,
                    usage.voluntary_switches,
                    usage.involuntary_switches,
                    usage.storage_read_bytes,
                    usage.storage_written_bytes,
                    usage::peak_memory_bytes(),
                ];
                let bytes: Vec<u8> =
                    words.iter().flat_map(|word| word.map_or(0, |word| word + 1).to_le_bytes()).collect();
                output.write_all(&bytes)?;
                continue;
            }
            COLLECT => {
                let mut bytes = Vec::with_capacity(8 + records.len() * 8);
                bytes.extend((records.len() as u64).to_le_bytes());
                bytes.extend(records.drain(..).flat_map(u64::to_le_bytes));
                let failure = failure.take().map(|failure| serde_json::to_vec(&failure)).transpose()?;
                let failure = failure.unwrap_or_default();
                bytes.extend((failure.len() as u64).to_le_bytes());
                bytes.extend(failure);
                output.write_all(&bytes)?;
                continue;
            }
            task => {
                // The task begins when its input has arrived.
                let input = match plan.payload.filter(|_| task < plan.tasks) {
                    Some(payload) => Some((payload, Data::read_from(payload.kind, payload.input_bytes, &mut input)?)),
                    None => None,
                };
                let started = stamp_clock.now();
                let begin = records.len();
                records.resize(begin + row_words, 0);
                let row = &mut records[begin..];
                let (head, stamps) = row.split_at_mut(5);
                let (step_ends, stamps) = stamps.split_at_mut(inner);
                let (inner_timestamps, payload_stamps) = stamps.split_at_mut(inner_timestamps_per_task);
                let mut record = OwnRecord { stamp_clock, step_ends, inner_timestamps, payload: payload_stamps };
                let (result, made) = match &input {
                    None => (blocking_steps(&resources, task, 0, &mut record), None),
                    Some((payload, input)) => {
                        let (result, made) = blocking_steps_with(&resources, *payload, input, (task, 0), &mut record);
                        (result, Some(made))
                    }
                };
                let state = result.unwrap_or_else(|error| {
                    failure.get_or_insert(error.into());
                    0
                });
                let core = worker_and_core(0, usage::current_core());
                let recorded = task < last_record;
                head.copy_from_slice(&[u64::from(task), started, stamp_clock.now(), core, state]);
                if !recorded {
                    records.truncate(begin);
                }
                output_of_task = made;
                state
            }
        };
        let Some(made) = output_of_task else {
            output.write_all(&reply.to_le_bytes())?;
            continue;
        };
        let mut answer = BufWriter::new(&mut output);
        answer.write_all(&reply.to_le_bytes())?;
        made.write_to(&mut answer)?;
        answer.flush()?;
    }
}
