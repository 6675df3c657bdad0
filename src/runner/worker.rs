//! One worker process of the process pool, and the runner's end of the pipes to it. A request is
//! four bytes (a task's index, or one of three questions); a task's answer is its result.

use std::io::{self, BufWriter, Read, Write};
use std::process::{ChildStdin, ChildStdout};

use super::raw_stdout;
use super::resources::{Flavour, OwnRecord, TaskResources};
use super::run_task::blocking_steps;
use super::task_recorder::{TaskRecorder, place};
use crate::clock::StampClock;
use crate::failure::Failure;
use crate::model::ModelId;
use crate::process_tree;
use crate::protocol::{self, RunnerRequest, TrialEnvironment, TrialRequest};
use crate::trial::Usage;
use crate::usage;
use crate::workload::{MOST_TASKS, Plan};

const EMPTY_TASK: u32 = u32::MAX;
const REPORT: u32 = u32::MAX - 1;
const COLLECT: u32 = u32::MAX - 2;
const _: () = assert!(MOST_TASKS < COLLECT);

/// What a worker says of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkerReport {
    /// CPU time and switches so far.
    pub(super) usage: Usage,
    /// Peak memory so far.
    pub(super) peak_memory_bytes: Option<u64>,
}

/// The runner's end.
#[derive(Debug)]
pub(super) struct Link {
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Link {
    pub(super) const fn new(stdin: ChildStdin, stdout: ChildStdout) -> Self {
        Self { stdin, stdout }
    }

    /// Tells the worker the whole plan; it waits for tasks from then on.
    pub(super) fn introduce(
        &mut self,
        plan: &Plan,
        ticks: StampClock,
        environment: &TrialEnvironment,
    ) -> io::Result<()> {
        self.stdin.write_all(&[u8::from(ticks == StampClock::CpuCounter)])?;
        let order = TrialRequest {
            model: ModelId::ProcessPool,
            plan: plan.clone(),
            workers: 1,
            in_flight: None,
            repeat_ms: None,
            ticker: false,
            environment: environment.clone(),
            python: None,
        };
        protocol::write_request(&mut BufWriter::with_capacity(1 << 16, &mut self.stdin), &RunnerRequest::Trial(order))
    }

    fn word(&mut self) -> io::Result<u64> {
        let mut answer = [0; 8];
        self.stdout.read_exact(&mut answer)?;
        Ok(u64::from_le_bytes(answer))
    }

    fn option(&mut self) -> io::Result<Option<u64>> {
        Ok(self.word()?.checked_sub(1))
    }

    /// Runs one task and returns its result.
    pub(super) fn run(&mut self, task: u32) -> io::Result<u64> {
        self.stdin.write_all(&task.to_le_bytes())?;
        self.word()
    }

    /// Runs nothing, so that the worker is up.
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

    /// Fetches the worker's records into the recorder's, and clears them there.
    pub(super) fn collect(&mut self, recorder: &TaskRecorder, worker: u32) -> io::Result<()> {
        self.stdin.write_all(&COLLECT.to_le_bytes())?;
        let words = self.word()? as usize;
        let mut block = vec![0; words * 8];
        self.stdout.read_exact(&mut block)?;
        let inner = recorder.plan.steps.len().saturating_sub(1);
        for record in protocol::u64s(&block)?.chunks_exact(5 + inner + recorder.inner_timestamps_per_task()) {
            let core = (record[3] as u32).checked_sub(1);
            recorder.record(record[0] as u32, record[1], record[2], place(worker, core), record[4]);
            let (ends, marks) = record[5..].split_at(inner);
            recorder.record_steps(record[0] as u32, ends, marks);
        }
        let mut reason = vec![0; self.word()? as usize];
        self.stdout.read_exact(&mut reason)?;
        if !reason.is_empty() {
            recorder.fail(protocol::failure_from_json(&reason)?);
        }
        Ok(())
    }
}

/// Words of one task's record: index, started, finished, place, result, inner step ends, marks.
fn row_words(plan: &Plan) -> usize {
    5 + plan.steps.len().saturating_sub(1) + plan.steps.iter().map(|step| step.marks()).sum::<usize>()
}

/// Bytes that each worker holds for its records: it may have to run every task.
pub(super) fn record_bytes(plan: &Plan) -> u64 {
    u64::from(plan.tasks) * row_words(plan) as u64 * size_of::<u64>() as u64
}

/// The hidden worker subcommand: tasks from stdin until it closes. Returns the exit code.
#[must_use]
pub fn run_worker() -> u8 {
    process_tree::die_with_parent();
    match work() {
        Ok(()) => 0,
        // Stdin has closed: the runner is done with this worker, or is no more.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
        Err(error) => {
            // The runner's stderr, whose last line the lab keeps.
            let _ = writeln!(io::stderr(), "a worker process could not go on: {error}");
            1
        }
    }
}

fn work() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), raw_stdout::open()?);
    let mut source = [0];
    input.read_exact(&mut source)?;
    let ticks = if source[0] == 1 { StampClock::CpuCounter } else { StampClock::OsClock };
    let RunnerRequest::Trial(TrialRequest { plan, environment, .. }) = protocol::read_request(&mut input)? else {
        return Err(io::Error::other("a worker got no plan"));
    };
    let plan: &'static Plan = Box::leak(Box::new(plan));
    let resources = TaskResources::build(plan, &environment, Flavour::SeparateProcess, 1).map_err(io::Error::other)?;
    let mut failure: Option<Failure> = None;
    let inner = plan.steps.len().saturating_sub(1);
    let row_words = row_words(plan);
    // One row per task run here: index, started, finished, core + 1, result, inner step ends, marks.
    let mut records: Vec<u64> = vec![1; (plan.tasks as usize) * row_words];
    records.clear();
    let mut request = [0; 4];
    loop {
        input.read_exact(&mut request)?;
        let answer = match u32::from_le_bytes(request) {
            EMPTY_TASK => 0,
            REPORT => {
                let usage = usage::of_this_process();
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
                let started = ticks.now();
                let begin = records.len();
                records.resize(begin + row_words, 0);
                let row = &mut records[begin..];
                let (head, stamps) = row.split_at_mut(5);
                let (step_ends, marks) = stamps.split_at_mut(inner);
                let done = blocking_steps(&resources, task, 0, &mut OwnRecord { ticks, step_ends, marks });
                let state = done.unwrap_or_else(|error| {
                    failure.get_or_insert(error.into());
                    0
                });
                head.copy_from_slice(&[u64::from(task), started, ticks.now(), place(0, usage::current_core()), state]);
                state
            }
        };
        output.write_all(&answer.to_le_bytes())?;
    }
}
