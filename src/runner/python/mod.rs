//! Trials under a Python model: the runner supervises the interpreter that runs the lab's program. It creates the shared
//! files, starts the HTTP server, measures the usage of the process tree, and turns the interpreter's report and records
//! into the runner's. The program itself is in `crate::python`.

mod config;
mod guard;
mod process;
mod reported;

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use self::config::{Config, Layout, WAITED};
use self::guard::Guard;
pub use self::guard::run_guard;
use self::process::Process;
use super::reply_writer::ReplyWriter;
use super::resources::TaskResources;
use super::resources::mix_in;
use super::server::{self, Server};
use crate::clock::{self, StampClock};
use crate::failure::{Action, Failure, InterpreterFailure, MissingPart};
use crate::model::ModelId;
use crate::private_files;
use crate::process_tree;
use crate::protocol::{self, InterpreterLocation, PythonRequest, Reply, Report, TrialRequest};
use crate::trial::{
    Beat, Counted, Handover, Runtime, ServerUse, Span, SpanClasses, SpanSummary, Spans, TaskResults, Usage,
};
use crate::usage;
use crate::workload::kernel::checksum_part;
use crate::workload::{Calibration, Kernel, Plan, PlanStep};

/// Interval between two progress replies.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);
/// Number of rows that progress is estimated from.
const SAMPLED_ROWS: u32 = 64;
/// Time within which an interpreter ends after its report; then it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(3);
/// Time within which the interpreter's helper processes end after it.
const HELPERS_END_WITHIN: Duration = Duration::from_millis(500);
/// Time limit for a calibration; one kernel takes about a tenth of a second.
const CALIBRATES_WITHIN: Duration = Duration::from_secs(20);

/// Report of the program at the end of a trial. Times on the monotonic clock, durations and CPU times in nanoseconds.
#[derive(Debug, Deserialize)]
struct PythonReport {
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
}

fn present<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(input).map(Some)
}

/// Calibrates kernels on an interpreter.
pub(super) fn calibrate(location: &InterpreterLocation, kernels: &[Kernel]) -> Result<Vec<Calibration>, Failure> {
    let _guard = Guard::start(&location.folder)?;
    let _daemons = EndDaemons;
    let names: Vec<&str> = kernels.iter().map(|kernel| kernel.name()).collect();
    let request = serde_json::json!({ "calibrate": names });
    let mut process = Process::start(&location.program, "the interpreter", &location.folder, &request, None)?;
    let reply = process.recv(CALIBRATES_WITHIN)?;
    let list = reply.and_then(|mut reply| reply.get_mut("calibrated").map(Value::take));
    let seconds = CALIBRATES_WITHIN.as_secs();
    let list = list.ok_or_else(|| process.failure(InterpreterFailure::NoCalibration { seconds }))?;
    serde_json::from_value(list)
        .map_err(|error| process.failure(InterpreterFailure::BadReport { detail: error.to_string() }))
}

/// Ends daemons that an interpreter has started, before the runner sends its last reply.
struct EndDaemons;

impl Drop for EndDaemons {
    fn drop(&mut self) {
        process_tree::end_daemons();
    }
}

/// Executes the request and sends report and spans.
pub(super) fn trial(
    replies: &'static ReplyWriter,
    request: TrialRequest,
    python: &PythonRequest,
) -> Result<(), Failure> {
    let fetches = request.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. }));
    let mut server = fetches.then(|| Server::start(request.settings.lab_cpus.as_deref())).transpose()?;
    let result = with_server(replies, &request, python, &mut server);
    result.map_err(|failure| server::explain(server.as_mut(), failure))
}

fn with_server(
    replies: &'static ReplyWriter,
    request: &TrialRequest,
    python: &PythonRequest,
    server: &mut Option<Server>,
) -> Result<(), Failure> {
    let folder = request.environment.folder.clone();
    let folder = folder.ok_or_else(|| Failure::incomplete(MissingPart::Folder))?;
    let plan = &request.plan;
    let daemons = EndDaemons;
    let guard = Guard::start(&folder)?;
    let layout = Layout::of(request.model, plan);
    let records = folder.join("records");
    layout
        .create_records(&records, plan.tasks + plan.classes.repeat_records())
        .and_then(|()| config::write_amounts(&folder, plan))
        .map_err(|error| Failure::system(Action::SharedRecords { folder: (&folder).into() }, &error))?;
    TaskResources::prepare_files(plan, Some(&folder))?;
    let config = Config::of(request, python, &layout, &folder, server.as_ref().map(|server| &server.address));
    let started = clock::monotonic_nanos();
    let mut process = Process::start(&python.program, &python.title, &folder, &config, request.settings.gil)?;
    let mut requests = None;
    let mut running: Option<File> = None;
    let mut last_progress = Instant::now();
    let reported: PythonReport = loop {
        let Some(line) = process.recv(PROGRESS_EVERY)? else {
            if let Some(file) = running.as_mut().filter(|_| last_progress.elapsed() >= PROGRESS_EVERY) {
                last_progress = Instant::now();
                replies.send(&Reply::Progress { done: layout.estimate_done(file, plan.tasks) });
            }
            continue;
        };
        match line.get("clock").and_then(Value::as_str) {
            Some("started") => {
                requests = server.as_mut().map(Server::report).transpose()?;
                running = File::open(&records).ok();
                replies.send(&Reply::ClockStarted);
                process.go_on()?;
            }
            Some("first pass") => {
                let after = server.as_mut().map(Server::report).transpose()?;
                requests = requests.zip(after).map(|(before, after)| used_by_server(before, after));
                process.go_on()?;
            }
            Some(_) => {
                running = None;
                replies.send(&Reply::ClockStopped);
            }
            None => {
                let report = line.get("report").cloned().unwrap_or_default();
                break serde_json::from_value(report)
                    .map_err(|error| process.failure(InterpreterFailure::BadReport { detail: error.to_string() }))?;
            }
        }
    };
    if let Some(server) = &requests {
        server::check_request_count(plan, server.requests)?;
    }
    drop(server.take());
    let rows = layout.read(&records).map_err(|error| Failure::system(Action::ReadSharedRecords, &error))?;
    // The report is complete: the wait for the end of the process is limited, and the session kills what remains.
    process.wait(ENDS_WITHIN);
    drop(guard);
    drop(daemons);
    process_tree::reap_orphans(HELPERS_END_WITHIN);
    let of_lab = request.settings.lab_cpus.as_ref().map_or(0, Vec::len);
    let cpus = u64::from(crate::cpus::usable()).max(of_lab as u64);
    let model = request.model;
    let outcome = Outcome { plan, layout: &layout, rows: &rows, reported: &reported, python, model, cpus };
    let mut spans = outcome.spans()?;
    replies.send(&Reply::Report(Box::new(outcome.report(started, requests, &spans))));
    spans.steps.clone_from(&plan.steps);
    replies.send(&Reply::Spans(Box::new(spans)));
    Ok(())
}

fn used_by_server(before: ServerUse, after: ServerUse) -> ServerUse {
    ServerUse {
        cpu_nanos: after.cpu_nanos.zip(before.cpu_nanos).map(|(after, before)| after - before),
        requests: after.requests - before.requests,
        most_connections: after.most_connections,
    }
}

/// Upper bound on the error of the total GIL wait, nanoseconds: time without a core that was counted as waiting for the
/// interpreter. A task was without a core for no longer than any thread of the machine was, and no more tasks at once
/// than were in flight. The kernel's figure (PSI) is a mean over the cores, weighted by their load, so that this is an
/// estimate too.
fn gil_wait_error(cpus: u64, pressure: u64, spans: &Spans) -> u64 {
    let pressure = pressure.saturating_mul(cpus);
    let sum = spans.gil_waits.iter().map(|wait| (*wait).min(pressure)).sum();
    pressure.saturating_mul(u64::from(SpanSummary::of(spans).peak_in_flight)).min(sum)
}

/// Everything that is known after a trial.
struct Outcome<'a> {
    plan: &'a Plan,
    layout: &'a Layout,
    rows: &'a [u64],
    reported: &'a PythonReport,
    python: &'a PythonRequest,
    model: ModelId,
    /// CPUs that the kernel's figure of pressure is a mean over.
    cpus: u64,
}

impl Outcome<'_> {
    fn report(&self, started: u64, server: Option<ServerUse>, spans: &Spans) -> Report {
        let reported = self.reported;
        let counts = self.plan.steps.iter().any(|step| matches!(step, PlanStep::Increment(_)));
        let expected = (self.plan.steps.iter().enumerate())
            .filter(|(_, step)| matches!(step, PlanStep::Increment(_)))
            .map(|(step, _)| self.plan.total(step))
            .sum();
        let peak_memory_bytes = match reported.workers_peak {
            None => reported.peak,
            Some(workers) => reported.peak.and_then(|own| Some(own + workers?)),
        };
        let checksum = (0..self.plan.tasks)
            .zip(self.rows.chunks_exact(self.layout.width))
            .fold(0, |sum: u64, (task, row)| sum.wrapping_add(checksum_part(task, self.result(row))));
        Report {
            // The start of the interpreter and its imports are part of the setup.
            setup_nanos: reported.begun.saturating_sub(started).saturating_sub(reported.own),
            wall_nanos: reported.ended - reported.begun,
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
            tree_usage: usage::of_this_process().plus(usage::of_reaped_children()),
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
            runtime: Some(Runtime {
                version: reported.version.clone(),
                gil: reported.gil,
                start_method: reported.start_method.clone(),
                gil_wait_error_nanos: reported
                    .pressure
                    .filter(|_| !spans.gil_waits.is_empty())
                    .map(|pressure| gil_wait_error(self.cpus, pressure, spans)),
            }),
        }
    }

    fn spans(&self) -> Result<Spans, Failure> {
        let begun = self.reported.begun;
        let steps = self.plan.steps.len();
        let mut spans = Spans::default();
        let mut workers: Vec<u64> = Vec::new();
        let classes = &self.plan.classes;
        let tasks = self.plan.tasks as usize;
        let kept = tasks + (classes.recorded_per_repeater() * classes.repeaters()) as usize;
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
                spans.gil_waits.push(row[WAITED]);
            }
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

impl Layout {
    fn create_records(&self, path: &Path, tasks: u32) -> std::io::Result<()> {
        // Written, not only made long enough: page faults inside a task would be measured.
        private_files::write_new(path, &vec![0; self.width * 8 * tasks as usize])
    }

    fn read(&self, path: &Path) -> std::io::Result<Vec<u64>> {
        protocol::u64s(&fs::read(path)?)
    }

    /// Estimates the number of finished tasks from at most [`SAMPLED_ROWS`] of them, evenly chosen.
    fn estimate_done(&self, file: &mut File, tasks: u32) -> u32 {
        let stride = tasks.div_ceil(SAMPLED_ROWS).max(1);
        let (mut seen, mut done) = (0_u64, 0_u64);
        for task in (0..tasks).step_by(stride as usize) {
            let offset = (task as usize * self.width + config::FINISHED) * 8;
            let mut word = [0; 8];
            let read = file.seek(SeekFrom::Start(offset as u64)).and_then(|_| file.read_exact(&mut word));
            seen += 1;
            done += u64::from(read.is_ok() && word != [0; 8]);
        }
        (done * u64::from(tasks)).checked_div(seen).unwrap_or(0) as u32
    }
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
