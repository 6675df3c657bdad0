//! Trials under a Python model: the runner supervises the interpreter that runs the lab's program. It creates the shared
//! files, starts the HTTP server, measures the usage of the process tree, and turns the interpreter's report and records
//! into the runner's. The program itself is in `crate::python`.

mod config;
mod guard;
mod outcome;
mod process;
mod reported;

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::config::{Config, Layout};
pub(super) use self::guard::Guard;
pub use self::guard::run_guard;
pub use self::outcome::read_answer;
use self::outcome::{Outcome, PythonReport};
use self::process::Process;
use super::reply_writer::ReplyWriter;
use super::resources::TaskResources;
use super::server::{self, Server};
use crate::clock;
use crate::failure::{Action, Failure, InterpreterFailure, MissingPart};
use crate::private_files;
use crate::process_tree;
use crate::protocol::{self, InterpreterLocation, PythonRequest, Reply, Report, TrialRequest};
use crate::trial::ServerUse;
use crate::workload::{Calibration, Kernel, PlanStep};

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
pub(super) struct EndDaemons;

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
    let layout = Layout::of(request.model, plan, python.gil_wait);
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
    let has_ended = process.wait(ENDS_WITHIN);
    drop(guard);
    let runs_code = plan.steps.iter().any(|step| matches!(step, PlanStep::Call | PlanStep::Command));
    // Those of an interpreter that has not ended are its own.
    let left_processes = if runs_code && has_ended { process_tree::left_behind() } else { None };
    drop(daemons);
    process_tree::reap_orphans(HELPERS_END_WITHIN);
    let of_lab = request.settings.lab_cpus.as_ref().map_or(0, Vec::len);
    let cpus = u64::from(crate::cpus::usable()).max(of_lab as u64);
    let model = request.model;
    let outcome = Outcome { plan, layout: &layout, rows: &rows, reported: &reported, python, model, cpus };
    let mut spans = outcome.spans()?;
    let report = Report { left_processes, ..outcome.report(started, requests, &spans) };
    replies.send(&Reply::Report(Box::new(report)));
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
