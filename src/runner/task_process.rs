//! The process of one task under `processes`: gets its request in one environment variable, runs its steps, writes one
//! fixed-size record to stdout and exits. A payload comes over stdin, and goes over stdout before the record.

use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::payload::Data;
use super::raw_stdout;
use super::resources::{Flavour, OwnRecord, PAYLOAD_STAMPS, TaskResources};
use super::run_task::{blocking_steps, blocking_steps_with};
use super::task_recorder::{TaskRecorder, worker_and_core};
use crate::clock::StampClock;
use crate::failure::{Action, Failure};
use crate::private_files;
use crate::process_tree;
use crate::protocol::TrialEnvironment;
use crate::usage;
use crate::workload::{Amounts, Kernel, MOST_STEPS, Payload, Plan, PlanClass, PlanClasses, PlanStep};

/// Most inner timestamps of one task: each step may take two locks.
const MOST_INNER_TIMESTAMPS: usize = 3 * MOST_STEPS;
/// Start of the transfer of the input, and the stamps of the task.
const PAYLOAD_WORDS: usize = 1 + PAYLOAD_STAMPS;
const WORDS: usize = 5 + MOST_STEPS - 1 + MOST_INNER_TIMESTAMPS + PAYLOAD_WORDS;
/// Bytes of a record, written by one call: the tasks share the file's offset, so none overwrites another's.
pub(super) const RECORD_BYTES: usize = WORDS * 8;

/// Record of one task, as its process writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskRecord {
    task: u32,
    started: u64,
    finished: u64,
    worker_and_core: u64,
    state: u64,
    step_ends: [u64; MOST_STEPS - 1],
    inner_timestamps: [u64; MOST_INNER_TIMESTAMPS],
    payload: [u64; PAYLOAD_WORDS],
}

impl TaskRecord {
    pub(super) fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let word = |index: usize| u64::from_le_bytes(words[index]);
        Self {
            task: word(0) as u32,
            started: word(1),
            finished: word(2),
            worker_and_core: word(3),
            state: word(4),
            step_ends: std::array::from_fn(|step| word(5 + step)),
            inner_timestamps: std::array::from_fn(|index| word(5 + MOST_STEPS - 1 + index)),
            payload: std::array::from_fn(|index| word(WORDS - PAYLOAD_WORDS + index)),
        }
    }

    fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let head = [u64::from(self.task), self.started, self.finished, self.worker_and_core, self.state];
        let words = head.into_iter().chain(self.step_ends).chain(self.inner_timestamps).chain(self.payload);
        for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// Copies the record into the recorder.
    pub(super) fn copy_to(&self, recorder: &TaskRecorder) {
        recorder.record(self.task, self.started, self.finished, self.worker_and_core, self.state);
        let ends = &self.step_ends[..recorder.plan.steps.len().saturating_sub(1)];
        recorder.record_steps(self.task, ends, &self.inner_timestamps[..recorder.inner_timestamps_per_task()]);
        if recorder.payloads.is_some() {
            recorder.sent(self.task, self.payload[0]);
            recorder.record_payload(self.task, &self.payload[1..]);
        }
    }
}

/// Request to one task's process.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct TaskRequest {
    task: u32,
    ticks: StampClock,
    seed: u64,
    steps: Vec<PlanStep>,
    amounts: Vec<u64>,
    environment: TrialEnvironment,
    /// Number of tasks of the plan.
    tasks: u32,
    /// Classes of the plan; empty if all tasks do all steps.
    classes: Vec<PlanClass>,
    /// Class of the task.
    class: usize,
    repeaters: u32,
    payload: Option<Payload>,
}

/// Encodes a task's request as the value of the environment variable of its process.
pub(super) fn encode_plan(plan: &Plan, stamp_clock: StampClock, task: u32, environment: &TrialEnvironment) -> String {
    let request = TaskRequest {
        task,
        ticks: stamp_clock,
        seed: plan.seed,
        steps: plan.steps.clone(),
        amounts: (0..plan.steps.len()).map(|step| plan.amount(task, step)).collect(),
        environment: environment.clone(),
        tasks: plan.tasks,
        classes: plan.classes.list.clone(),
        class: plan.classes.of(task),
        repeaters: plan.classes.repeaters(),
        payload: plan.payload,
    };
    // Plain data, and the folder's name is UTF-8: the conversion to JSON can't fail.
    serde_json::to_string(&request).unwrap_or_default()
}

fn decode_plan(text: &str) -> Option<TaskRequest> {
    let request: TaskRequest = serde_json::from_str(text).ok()?;
    let fits = |class: &PlanClass| class.first_step + class.steps <= request.steps.len();
    let class = request.classes.get(request.class);
    let complete = request.steps.len() <= MOST_STEPS && request.amounts.len() == request.steps.len();
    (complete && (request.classes.is_empty() || class.is_some_and(fits))).then_some(request)
}

/// Runs the hidden task subcommand. Returns the exit code.
#[must_use]
pub fn run_task(argument: &str) -> u8 {
    process_tree::die_with_parent();
    let Some(request) = decode_plan(argument) else { return 2 };
    match do_task(request) {
        Ok(()) => 0,
        Err(failure) => {
            // The runner keeps the stderr of its tasks, to explain the failure.
            let _ = writeln!(io::stderr(), "{failure}");
            1
        }
    }
}

fn do_task(request: TaskRequest) -> Result<(), Failure> {
    let TaskRequest { task, ticks: stamp_clock, seed, steps, amounts, environment, tasks, payload, .. } = request;
    let begun = stamp_clock.now();
    let folder = || private_files::temporary_folder().into();
    let not_handed_over = |error: io::Error| Failure::system(Action::TaskPayload { task }, &error);
    // The task begins when its input has arrived.
    let input = payload.map(|payload| Data::read_from(payload.kind, payload.input_bytes, &mut io::stdin().lock()));
    let input = input.transpose().map_err(not_handed_over)?;
    let started = if input.is_some() { stamp_clock.now() } else { begun };
    // The plan has one row, which serves every index.
    let classes = Box::new(PlanClasses::only(request.classes, request.class, request.repeaters));
    let plan = Plan { tasks, seed, steps, amounts: Amounts::Same(amounts), classes, payload };
    let plan: &'static Plan = Box::leak(Box::new(plan));
    let resources = TaskResources::build(plan, &environment, Flavour::SeparateProcess, 1)?;
    let (mut step_ends, mut inner_timestamps) = ([0; MOST_STEPS - 1], [0; MOST_INNER_TIMESTAMPS]);
    let mut handed_over = [0; PAYLOAD_WORDS];
    let (sent, inside) = handed_over.split_at_mut(1);
    sent[0] = begun;
    let mut stamps =
        OwnRecord { stamp_clock, step_ends: &mut step_ends, inner_timestamps: &mut inner_timestamps, payload: inside };
    let (state, output) = match payload.zip(input) {
        None => (blocking_steps(&resources, task, 0, &mut stamps)?, None),
        Some((payload, input)) => {
            let (result, output) = blocking_steps_with(&resources, payload, &input, (task, 0), &mut stamps);
            (result?, Some(output))
        }
    };
    let finished = stamp_clock.now();
    // The task's process is its worker.
    let worker_and_core = worker_and_core(task, usage::current_core());
    let payload = handed_over;
    let record = TaskRecord { task, started, finished, worker_and_core, state, step_ends, inner_timestamps, payload };
    if let Some(output) = output {
        let written = raw_stdout::open().and_then(|mut stdout| {
            output.write_to(&mut stdout)?;
            stdout.write_all(&record.to_bytes())
        });
        return written.map_err(not_handed_over);
    }
    let written = raw_stdout::open().and_then(|mut stdout| stdout.write_all(&record.to_bytes()));
    written.map_err(|error| Failure::system(Action::TaskRecord { task, folder: folder() }, &error))
}

/// Runs the hidden no-op subcommand: `units` of the default kernel, no record. The bare program that the `processes`
/// model is compared with spawns it. Returns the exit code.
#[must_use]
pub fn run_no_op(units: u64) -> u8 {
    std::hint::black_box(Kernel::default().run(units, 1));
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_gets_its_own_amounts() {
        let plan = Plan {
            tasks: 2,
            seed: 7,
            steps: vec![PlanStep::Compute(Kernel::Sha256), PlanStep::http(5)],
            amounts: Amounts::PerTask(vec![1, 2, 30, 40]),
            classes: Box::default(),
            payload: Some(Payload { input_bytes: 5, ..Payload::default() }),
        };
        let environment = TrialEnvironment { buffer_bytes: 9, ..TrialEnvironment::default() };
        let request = decode_plan(&encode_plan(&plan, StampClock::OsClock, 1, &environment)).expect("own writing");
        assert_eq!((request.task, request.ticks, request.seed), (1, StampClock::OsClock, 7));
        assert_eq!((request.steps, request.amounts, request.payload), (plan.steps, vec![30, 40], plan.payload));
        assert_eq!(request.environment, environment);
    }

    #[test]
    fn an_empty_task_has_no_steps_and_noise_is_refused() {
        let (classes, payload) = (Box::default(), None);
        let plan = Plan { tasks: 1, seed: 7, steps: vec![], amounts: Amounts::Same(vec![]), classes, payload };
        let request = encode_plan(&plan, StampClock::CpuCounter, 0, &TrialEnvironment::default());
        assert!(decode_plan(&request).is_some());
        for noise in ["", "1", "{}", &request.replace("[]", "[3]"), &request[1..]] {
            assert!(decode_plan(noise).is_none(), "{noise}");
        }
    }

    #[test]
    fn a_record_survives_the_pipe() {
        let record = TaskRecord {
            task: 5,
            started: 6,
            finished: 7,
            worker_and_core: 8,
            state: 9,
            step_ends: [1, 2, 3, 4, 5, 6, 7],
            inner_timestamps: std::array::from_fn(|index| 10 + index as u64),
            payload: [3, 4, 5],
        };
        assert_eq!(TaskRecord::from_bytes(&record.to_bytes()), record);
    }
}
