//! The process of one task under `processes`: told everything by one argument, it runs its steps,
//! writes one fixed-size record to stdout and exits.

use std::fmt::Write as _;
use std::io::Write as _;

use super::job::{Job, place};
use super::perform::blocking_steps;
use super::raw_stdout;
use crate::clock::TickSource;
use crate::process_tree;
use crate::usage;
use crate::workload::{Amounts, Kernel, MOST_STEPS, Plan, PlanStep};

const WORDS: usize = 5 + MOST_STEPS - 1;
/// Bytes of a record, written by one call: the tasks share the file's offset, so none overwrites another's.
pub(super) const RECORD_BYTES: usize = WORDS * 8;

/// What a task's process tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskRecord {
    task: u32,
    started: u64,
    finished: u64,
    place: u64,
    state: u64,
    step_ends: [u64; MOST_STEPS - 1],
}

impl TaskRecord {
    pub(super) fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let word = |at: usize| u64::from_le_bytes(words[at]);
        Self {
            task: word(0) as u32,
            started: word(1),
            finished: word(2),
            place: word(3),
            state: word(4),
            step_ends: std::array::from_fn(|step| word(5 + step)),
        }
    }

    fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let head = [u64::from(self.task), self.started, self.finished, self.place, self.state];
        for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(head.into_iter().chain(self.step_ends)) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// Puts the record into the job's.
    pub(super) fn file(&self, job: &Job) {
        job.record(self.task, self.started, self.finished, self.place, self.state);
        job.record_steps(self.task, &self.step_ends[..job.plan.steps.len().saturating_sub(1)]);
    }
}

/// Everything that one task's process has to know: `task:seed:clock:step=amount,…`.
pub(super) fn encode_plan(plan: &Plan, ticks: TickSource, task: u32) -> String {
    let clock = if ticks == TickSource::CpuCounter { 'c' } else { 'o' };
    let mut text = format!("{task}:{}:{clock}:", plan.seed);
    for (place, step) in plan.steps.iter().enumerate() {
        let name = match step {
            PlanStep::Compute(kernel) => kernel.name(),
            _ => "wait",
        };
        // Writing to a string can't fail.
        let _ = write!(text, "{name}={},", plan.amount(task, place));
    }
    text
}

fn decode_plan(text: &str) -> Option<(u32, TickSource, Plan)> {
    let mut parts = text.splitn(4, ':');
    let task = parts.next()?.parse().ok()?;
    let seed = parts.next()?.parse().ok()?;
    let ticks = match parts.next()? {
        "c" => TickSource::CpuCounter,
        "o" => TickSource::OsClock,
        _ => return None,
    };
    let (mut steps, mut row) = (Vec::new(), Vec::new());
    for part in parts.next()?.split_terminator(',') {
        let (name, amount) = part.split_once('=')?;
        steps.push(match name {
            "wait" => PlanStep::Wait,
            name => PlanStep::Compute(*Kernel::ALL.iter().find(|kernel| kernel.name() == name)?),
        });
        row.push(amount.parse().ok()?);
    }
    (steps.len() <= MOST_STEPS).then_some((task, ticks, Plan { tasks: 1, seed, steps, amounts: Amounts::Same(row) }))
}

/// The hidden task subcommand. Returns the exit code.
#[must_use]
pub fn run_task(argument: &str) -> u8 {
    process_tree::die_with_parent();
    let Some((task, ticks, plan)) = decode_plan(argument) else { return 2 };
    let mut step_ends = [0; MOST_STEPS - 1];
    let started = ticks.now();
    let state = blocking_steps(&plan, task, |step| step_ends[step] = ticks.now());
    let finished = ticks.now();
    // The worker is the task's own process.
    let place = place(task, usage::current_core());
    let record = TaskRecord { task, started, finished, place, state, step_ends };
    u8::from(raw_stdout::open().and_then(|mut stdout| stdout.write_all(&record.to_bytes())).is_err())
}

/// The hidden no-op subcommand: so many units of the default kernel, no record. What a bare program
/// of the `processes` model spawns.
#[must_use]
pub fn run_no_op(units: u64) -> u8 {
    std::hint::black_box(Kernel::default().run(units, 1));
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_its_own_amounts() {
        let plan = Plan {
            tasks: 2,
            seed: 7,
            steps: vec![PlanStep::Compute(Kernel::Sha256), PlanStep::Wait],
            amounts: Amounts::PerTask(vec![1, 2, 30, 40]),
        };
        let (task, ticks, decoded) = decode_plan(&encode_plan(&plan, TickSource::OsClock, 1)).expect("own writing");
        assert_eq!((task, ticks), (1, TickSource::OsClock));
        assert_eq!(decoded.steps, plan.steps);
        assert_eq!(decoded.amounts, Amounts::Same(vec![30, 40]));
        assert_eq!(decoded.seed, 7);
    }

    #[test]
    fn an_empty_task_has_no_steps_and_noise_is_refused() {
        let plan = Plan { tasks: 1, seed: 7, steps: vec![], amounts: Amounts::Same(vec![]) };
        assert!(decode_plan(&encode_plan(&plan, TickSource::CpuCounter, 0)).is_some());
        for noise in ["", "1", "1:2:x:", "1:2:c:nap=3,", "1:2:c:wait=long,"] {
            assert!(decode_plan(noise).is_none(), "{noise}");
        }
    }

    #[test]
    fn a_record_survives_the_pipe() {
        let record =
            TaskRecord { task: 5, started: 6, finished: 7, place: 8, state: 9, step_ends: [1, 2, 3, 4, 5, 6, 7] };
        assert_eq!(TaskRecord::from_bytes(&record.to_bytes()), record);
    }
}
