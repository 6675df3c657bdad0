//! Facts known after a trial under a Python model: the interpreter's report and the rows of its tasks, turned into the
//! runner's report and spans.

use serde::Deserialize;

use super::config::{self, Layout, WAITED};
use crate::clock::StampClock;
use crate::failure::{Failure, InterpreterFailure};
use crate::model::ModelId;
use crate::protocol::{PythonRequest, Report};
use crate::python::StartMethod;
use crate::runner::resources::mix_in;
use crate::trial::{
    Beat, Counted, ExternalScheduler, Handover, Runtime, ServerUse, Span, SpanClasses, Spans, TaskResults, Usage,
    peak_in_flight,
};
use crate::usage;
use crate::workload::kernel::checksum_part;
use crate::workload::{Plan, PlanStep};

/// Report of the program at the end of a trial. Times on the monotonic clock, durations and CPU times in nanoseconds.
#[derive(Debug, Deserialize)]
pub(super) struct PythonReport {
    version: String,
    gil: bool,
    start_method: Option<String>,
    begun: u64,
    ended: u64,
    repeated_until: u64,
    passes: u32,
    workers: Option<u32>,
    /// Time that the lab itself spent before the clock; not part of the setup.
    own: u64,
    teardown: u64,
    usage: [Option<u64>; 6],
    peak: Option<u64>,
    /// Proportional set size of the interpreter and its worker processes; missing where there are none.
    #[serde(default)]
    pss: Option<u64>,
    /// Cost of recording one task: in a long series of tasks, and for the first one.
    stamp: f64,
    first_stamp: f64,
    /// Missing if there are no worker processes.
    #[serde(default, deserialize_with = "present")]
    workers_peak: Option<Option<u64>>,
    /// The value of the counters of increment steps.
    counted: u64,
    /// Repetitions of each task that repeats, before the clock stopped.
    #[serde(default)]
    repeats: Vec<u64>,
    /// Beats of the heartbeat: when each was due since the clock started, and how late it came.
    #[serde(default)]
    beats: Vec<(u64, u64)>,
    /// Results of the user's functions.
    #[serde(default)]
    results: Option<TaskResults>,
    /// Time in which any thread on the machine was runnable and had no core (PSI).
    pressure: Option<u64>,
    /// Missing where the lab started all workers itself.
    #[serde(default)]
    external: Option<ReportedScheduler>,
}

/// Report of the program on a scheduler and workers that others run.
#[derive(Debug, Clone, Copy, Deserialize)]
struct ReportedScheduler {
    /// True if the workers read the clock of this machine.
    same_clock: bool,
}

fn present<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(input).map(Some)
}

/// Upper bound on the error of the total GIL wait, nanoseconds: time without a core that was counted as waiting for the
/// interpreter. A task was without a core for no longer than any thread of the machine was, and no more tasks at once
/// than were in flight. The kernel's figure (PSI) is a mean over the cores, weighted by their load, so that this is an
/// estimate too.
fn gil_wait_error(cpus: u64, pressure: u64, spans: &Spans) -> u64 {
    let pressure = pressure.saturating_mul(cpus);
    let sum = spans.gil_waits.iter().map(|wait| (*wait).min(pressure)).fold(0, u64::saturating_add);
    pressure.saturating_mul(u64::from(peak_in_flight(spans))).min(sum)
}

/// Everything that is known after a trial.
pub(super) struct Outcome<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) rows: &'a [u64],
    pub(super) reported: &'a PythonReport,
    pub(super) python: &'a PythonRequest,
    pub(super) model: ModelId,
    /// CPUs that the kernel's figure of pressure is a mean over.
    pub(super) cpus: u64,
}

impl Outcome<'_> {
    pub(super) fn report(&self, started: u64, server: Option<ServerUse>, spans: &Spans) -> Report {
        let reported = self.reported;
        let counts = self.plan.steps.iter().any(|step| matches!(step, PlanStep::Increment(_)));
        let expected = (self.plan.steps.iter().enumerate())
            .filter(|(_, step)| matches!(step, PlanStep::Increment(_)))
            .map(|(step, _)| self.plan.total(step))
            .fold(0, u64::saturating_add);
        let peak_memory_bytes = match reported.workers_peak {
            None => reported.peak,
            Some(workers) => reported.peak.and_then(|own| Some(own.saturating_add(workers?))),
        };
        let checksum = (0..self.plan.tasks)
            .zip(self.rows.chunks_exact(self.layout.width))
            .fold(0, |sum: u64, (task, row)| sum.wrapping_add(checksum_part(task, self.result(row))));
        Report {
            // The start of the interpreter and its imports are part of the setup.
            setup_nanos: reported.begun.saturating_sub(started).saturating_sub(reported.own),
            wall_nanos: reported.ended.saturating_sub(reported.begun),
            teardown_nanos: reported.teardown,
            repeat_nanos: reported.repeated_until.saturating_sub(reported.ended),
            passes: reported.passes,
            workers: reported.workers,
            usage: Usage {
                user_nanos: reported.usage[0],
                system_nanos: reported.usage[1],
                voluntary_switches: reported.usage[2],
                involuntary_switches: reported.usage[3],
                storage_read_bytes: reported.usage[4],
                storage_written_bytes: reported.usage[5],
            },
            tree_usage: if cfg!(windows) {
                // Nothing tells what the interpreter's own processes have used.
                Usage::default()
            } else {
                usage::of_this_process().plus(usage::of_reaped_children())
            },
            peak_memory_bytes,
            pss_bytes: reported.pss,
            record_bytes: (self.rows.len() * 8) as u64,
            stamp_nanos: Some(reported.stamp),
            first_stamp_nanos: Some(reported.first_stamp),
            checksum,
            stamp_clock: StampClock::OsClock,
            server,
            counted: counts.then_some(Counted { expected, got: reported.counted }),
            results: reported.results.clone(),
            left_processes: None,
            runtime: Some(Runtime {
                version: reported.version.clone(),
                gil: reported.gil,
                start_method: reported.start_method.clone(),
                external: self.external(),
                gil_wait_error_nanos: reported
                    .pressure
                    .filter(|_| !spans.gil_waits.is_empty())
                    .map(|pressure| gil_wait_error(self.cpus, pressure, spans)),
                gil_wait_asleep_nanos: (!spans.gil_waits.is_empty()).then(|| {
                    let rows = self.rows.chunks_exact(self.layout.width).take(self.plan.tasks as usize);
                    rows.map(|row| self.asleep(row)).fold(0, u64::saturating_add)
                }),
            }),
        }
    }

    /// Returns the scheduler that others run, if there was one.
    fn external(&self) -> Option<ExternalScheduler> {
        let address = self.python.dask_scheduler.clone()?;
        self.reported.external.map(|external| ExternalScheduler { address, same_clock: external.same_clock })
    }

    /// Returns what is known of tasks that ran under another clock: when they were submitted, and when the submitter
    /// learned that they were done.
    fn seen_spans(&self) -> Spans {
        let since = |stamp: u64| stamp.saturating_sub(self.reported.begun);
        let rows = || self.rows.chunks_exact(self.layout.width);
        let known = rows().all(|row| row[config::FINISHED] != 0);
        let seen = |row: &[u64]| (since(row[config::SUBMITTED]), since(row[config::FINISHED]));
        let beats = self.reported.beats.iter().map(|(due, late)| Beat { due: *due, late: *late }).collect();
        Spans { seen: if known { rows().map(seen).collect() } else { Vec::new() }, beats, ..Spans::default() }
    }

    pub(super) fn spans(&self) -> Result<Spans, Failure> {
        if self.reported.external.is_some_and(|external| !external.same_clock) {
            return Ok(self.seen_spans());
        }
        let begun = self.reported.begun;
        let steps = self.plan.steps.len();
        let mut spans = Spans::default();
        let mut workers: Vec<u64> = Vec::new();
        let classes = &self.plan.classes;
        let tasks = self.plan.tasks as usize;
        let kept = tasks + classes.recorded_repeats() as usize;
        let mut recorded = Vec::new();
        for (task, row) in self.rows.chunks_exact(self.layout.width).enumerate().take(kept) {
            let since = |stamp: u64| stamp.saturating_sub(begun);
            let finished = row[config::FINISHED];
            if finished == 0 && task < tasks {
                return Err(Failure::SpanMissing { task: task as u64 });
            }
            if task >= tasks && !(1..=self.reported.ended).contains(&finished) {
                continue;
            }
            recorded.push(task);
            let core = row[config::WORKER_AND_CORE] & 0xFFFF_FFFF;
            spans.tasks.push(Span {
                submitted: since(row[config::SUBMITTED]),
                started: since(row[config::STARTED]),
                finished: since(row[config::FINISHED]),
                worker: self.worker(row[config::WORKER_AND_CORE] >> 32, &mut workers),
                core: core.checked_sub(1).and_then(|core| u16::try_from(core).ok()),
            });
            let (stamps, rest) = row[config::STAMPS..].split_at(steps);
            spans.step_ends.extend(stamps[..steps.saturating_sub(1)].iter().map(|stamp| since(*stamp)));
            spans.inner_timestamps.extend(rest[..self.layout.inner_timestamps].iter().map(|stamp| since(*stamp)));
            if self.python.gil_wait && self.reported.gil {
                spans.gil_waits.push(row[WAITED].saturating_add(self.asleep(row)));
            }
        }
        if spans.tasks.len() < tasks {
            return Err(Failure::SpanMissing { task: spans.tasks.len() as u64 });
        }
        if !classes.is_empty() {
            spans.classes = SpanClasses::of(classes, &recorded, &self.reported.repeats);
        }
        if let Some(first) = self.layout.payload {
            let words = self.rows.chunks_exact(self.layout.width).map(|row| &row[first..]);
            spans.handovers = handovers(begun, &spans.tasks, words);
        }
        spans.beats = self.reported.beats.iter().map(|(due, late)| Beat { due: *due, late: *late }).collect();
        Ok(spans)
    }

    /// Returns the result of a task, with that of reading its output.
    fn result(&self, row: &[u64]) -> u64 {
        let state = row[config::STATE];
        self.layout.payload.map_or(state, |first| mix_in(state, row[first + config::OUTPUT]))
    }

    /// Returns for how long a task waited for the interpreter at the end of its sleeps.
    fn asleep(&self, row: &[u64]) -> u64 {
        self.layout.asleep.map_or(0, |index| row[index])
    }

    /// Returns a worker's number: in order of appearance for pools; as recorded for models with a worker per task.
    fn worker(&self, recorded: u64, known: &mut Vec<u64>) -> u32 {
        if self.model.info().workers == crate::model::Workers::None {
            return recorded as u32;
        }
        let number = known.iter().position(|one| *one == recorded).unwrap_or_else(|| {
            known.push(recorded);
            known.len() - 1
        });
        number as u32
    }
}

/// Returns the moments of the payloads. A worker process begins to receive an input when it is free: not before the
/// submitter has its last output. What a pool has sent ahead waits until then, and is no transfer.
fn handovers<'a>(begun: u64, tasks: &[Span], words: impl Iterator<Item = &'a [u64]>) -> Vec<Handover> {
    let since = |stamp: u64| stamp.saturating_sub(begun);
    let taken = |stamp: u64| (stamp != 0).then(|| since(stamp));
    let mut handovers: Vec<Handover> = words
        .zip(tasks)
        .map(|(words, span)| Handover {
            sent: taken(words[config::SENT]).map(|sent| sent.min(span.started)),
            read: since(words[config::READ]),
            worked: since(words[config::WORKED]),
            received: taken(words[config::RECEIVED]).map(|received| received.max(span.finished)),
        })
        .collect();
    let mut by_start: Vec<usize> = (0..handovers.len()).collect();
    by_start.sort_by_key(|task| (tasks[*task].worker, tasks[*task].started));
    for pair in by_start.windows(2) {
        let (before, task) = (pair[0], pair[1]);
        if tasks[before].worker == tasks[task].worker {
            let free = handovers[before].received.unwrap_or(tasks[before].finished);
            let sent = &mut handovers[task].sent;
            *sent = sent.map(|sent| sent.max(free).min(tasks[task].started));
        }
    }
    handovers
}

/// Reads the answer of an interpreter to a trial of these tasks, of unknown origin: its report as JSON, and the words of its
/// records.
///
/// # Errors
/// If the report can't be read, or a task has no span.
pub fn read_answer(
    model: ModelId,
    plan: &Plan,
    gil_wait: bool,
    report: &[u8],
    rows: &[u64],
) -> Result<(Report, Spans), Failure> {
    let bad = |detail: String| Failure::Interpreter {
        title: model.info().title.to_owned(),
        program: "python3".into(),
        failure: InterpreterFailure::BadReport { detail },
    };
    let reported: PythonReport = serde_json::from_slice(report).map_err(|error| bad(error.to_string()))?;
    let python = PythonRequest {
        program: "python3".into(),
        title: String::new(),
        start_method: StartMethod::Default,
        gil_wait,
        dask_scheduler: None,
    };
    let layout = Layout::of(model, plan, gil_wait);
    let outcome = Outcome { plan, layout: &layout, rows, reported: &reported, python: &python, model, cpus: 1 };
    let mut spans = outcome.spans()?;
    spans.steps.clone_from(&plan.steps);
    Ok((outcome.report(0, None, &spans), spans))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(waits: &[u64], times: &[(u64, u64)]) -> Spans {
        let span = |(started, finished): &(u64, u64)| Span {
            submitted: 0,
            started: *started,
            finished: *finished,
            worker: 0,
            core: None,
        };
        Spans { tasks: times.iter().map(span).collect(), gil_waits: waits.to_vec(), ..Spans::default() }
    }

    #[test]
    fn time_without_a_core_bounds_the_error_of_the_gil_wait() {
        let two_at_once = spans(&[50, 5, 50, 50], &[(0, 100), (0, 100), (100, 200), (100, 200)]);
        assert_eq!(gil_wait_error(2, 0, &two_at_once), 0, "no thread was without a core");
        assert_eq!(gil_wait_error(1, 10, &two_at_once), 20, "two tasks for 10 ns each");
        assert_eq!(gil_wait_error(2, 1000, &two_at_once), 155, "never more than the tasks waited");
    }
}
