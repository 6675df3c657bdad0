//! One trial of a native model, from setup to report: builds the model, starts the clock, runs the work, stops the
//! clock, tears the model down. The clock covers submitting and doing the work, nothing else. Contains no model; those
//! are in `models`.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::heartbeat::Heartbeat;
use super::models;
use super::models::model::Model;
use super::reply_writer::ReplyWriter;
use super::resources::{Flavour, TaskResources};
use super::server::{self, Server};
use super::stamps;
use super::stdin_watch::{CLOCK, RESOURCES};
use super::task_recorder::TaskRecorder;
use super::trial_clock::TrialClock;
use crate::clock::{self, Anchor, Scale, StampClock};
use crate::failure::{Action, Failure};
use crate::model::ModelId;
use crate::process_tree;
use crate::protocol::{Reply, Report, TrialEnvironment, TrialRequest};
use crate::trial::{ServerUse, is_measured};
use crate::usage;
use crate::workload::{Plan, PlanStep};

/// Open files besides the tasks' connections.
const OTHER_OPEN_FILES: u32 = 64;
/// Interval between two progress replies.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// Executes the request and sends report and spans.
pub(super) fn trial(replies: &'static ReplyWriter, request: TrialRequest) -> Result<(), Failure> {
    let fetches = request.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. }));
    let mut server = fetches.then(|| Server::start(request.settings.lab_cpus.as_deref())).transpose()?;
    let result = with_server(replies, request, &mut server);
    result.map_err(|failure| server::explain(server.as_mut(), failure))
}

fn with_server(
    replies: &'static ReplyWriter,
    request: TrialRequest,
    server: &mut Option<Server>,
) -> Result<(), Failure> {
    let stamp_clock = StampClock::detect();
    // Measured once for each process, before the clock.
    let cpu_resolution = clock::cpu_time_resolution_nanos();
    let first_anchor = Anchor::read(stamp_clock);
    let plan: &'static Plan = Box::leak(Box::new(request.plan));
    let mut environment = request.environment;
    environment.server = server.as_ref().map(|server| server.address.clone());
    if server.is_some() && request.model == ModelId::Async {
        // A table of open files grows slowly in a process with several threads. This runner has helper threads; a
        // program with a single event loop does not, and would not pay for them.
        process_tree::make_room_for_files(plan.tasks.saturating_add(OTHER_OPEN_FILES));
    }
    let flavour = Flavour::of(request.model);
    let shared =
        if flavour == Flavour::SeparateProcess { TaskResources::prepare_shared(plan, &environment)? } else { vec![] };
    TaskResources::prepare_files(plan, environment.folder.as_deref())?;
    let before_resources = stamp_clock.now();
    let resources = build_resources(plan, &environment, request.model, request.workers)?;
    let after_resources = stamp_clock.now();
    let heartbeat = request.ticker.then(Heartbeat::new);
    let recorder = TaskRecorder::new(resources, stamp_clock, (request.in_flight, request.awaits), heartbeat, replies);
    if let Some(heartbeat) = heartbeat.filter(|_| !models::has_event_loop(request.model)) {
        heartbeat.start_thread()?;
    }
    let progress =
        Progress::start(replies, recorder).map_err(|error| Failure::system(Action::ReportProgress, &error))?;

    let stamps = stamps::measure(recorder, request.model != ModelId::Sequential);
    let before_setup = stamp_clock.now();
    let mut model = models::build(request.model, (request.workers, &request.settings), recorder, &environment)?;
    let after_setup = stamp_clock.now();

    replies.send(&Reply::ClockStarted);
    progress.resume();
    let server_before = server.as_mut().map(Server::report).transpose()?;
    let workers_before = model.workers_usage()?;
    // Without worker processes, the children of this process are the programs that the tasks run.
    let runs_programs = workers_before.is_none() && plan.steps.contains(&PlanStep::Command);
    let own_usage = || {
        let used = usage::of_this_process();
        if runs_programs { used.plus(usage::of_reaped_children()) } else { used }
    };
    if let Some(heartbeat) = heartbeat {
        heartbeat.begin();
    }
    let usage_before = own_usage();
    let _ = CLOCK.set(TrialClock::start(stamp_clock, first_anchor));
    let clock_started = Instant::now();
    let clock_start = stamp_clock.now();
    model.pass(recorder)?;
    let known = stamp_clock.now();
    // Beside tasks that repeat, the clock ends with the last of the others.
    let last_done = recorder.repeats.last_done().filter(|_| plan.classes.repeaters() > 0);
    let clock_end = last_done.unwrap_or(known);
    recorder.repeats.stop();
    let usage_after = own_usage();
    let beats = heartbeat.map(Heartbeat::end).unwrap_or_default();
    // Read before records are collected: the memory for that is the lab's, not the model's.
    let own_peak = usage::peak_memory_bytes();
    model.wait_for_repeats(recorder)?;
    let workers_after = model.workers_usage()?;
    let pss_bytes = pss(&model.worker_processes());
    let record_bytes = recorder.record_bytes() + model.worker_record_bytes();
    model.collect(recorder)?;
    if let Some(failure) = recorder.take_failure() {
        return Err(failure);
    }
    let server_after = server.as_mut().map(Server::report).transpose()?;
    if let Some((before, after)) = server_before.zip(server_after) {
        server::check_request_count(plan, after.requests - before.requests)?;
    }
    let counted = resources.counted();
    let (passes, repeat_end) = repeat(&mut *model, recorder, request.repeat_ms, clock_started)?;
    progress.stop();
    replies.send(&Reply::ClockStopped);

    let workers = model.workers();
    let before_teardown = stamp_clock.now();
    let teardown = model.teardown()?;
    let after_teardown = stamp_clock.now();
    drop(server.take());
    drop(shared);
    let mut left_processes = None;
    if plan.steps.contains(&PlanStep::Command) {
        // What the programs have left behind.
        left_processes = process_tree::left_behind();
        process_tree::end_daemons();
    }
    let scale = Scale::between(first_anchor, Anchor::read(stamp_clock));

    if let Some(task) = recorder.first_missing() {
        return Err(Failure::SpanMissing { task: task as u64 });
    }
    let mut in_clock = usage_after.since(usage_before);
    let mut tree_usage = usage::of_this_process();
    if let (Some(before), Some(after)) = (workers_before, workers_after) {
        in_clock = in_clock.plus(after.since(before));
    }
    if workers_after.is_some() || server_after.is_some() {
        tree_usage = tree_usage.plus(usage::of_reaped_children());
    }
    let peak_memory_bytes = match teardown.workers_peak_bytes {
        None => own_peak,
        Some(workers) => own_peak.and_then(|own| Some(own + workers?)),
    };
    replies.send(&Reply::Report(Box::new(Report {
        // Building the resources is part of the setup, as in worker processes; building the lab's records is not.
        setup_nanos: scale.span(before_resources, after_resources) + scale.span(before_setup, after_setup),
        wall_nanos: scale.span(clock_start, clock_end),
        teardown_nanos: scale.span(before_teardown, after_teardown),
        repeat_nanos: scale.span(clock_end, repeat_end),
        passes,
        workers,
        usage: in_clock.measured_by(cpu_resolution),
        tree_usage,
        peak_memory_bytes,
        pss_bytes,
        record_bytes,
        stamp_nanos: Some(stamps.warm_nanos),
        first_stamp_nanos: Some(stamps.first_nanos),
        checksum: recorder.checksum(),
        stamp_clock,
        server: server_before.zip(server_after).map(|(before, after)| ServerUse {
            cpu_nanos: after
                .cpu_nanos
                .zip(before.cpu_nanos)
                .map(|(after, before)| after.saturating_sub(before))
                .filter(|nanos| is_measured(*nanos, cpu_resolution)),
            requests: after.requests - before.requests,
            most_connections: after.most_connections,
        }),
        counted,
        runtime: None,
        results: None,
        left_processes,
    })));
    let mut spans = recorder.spans(&scale, clock_start, clock_end);
    spans.beats = beats;
    replies.send(&Reply::Spans(Box::new(spans)));
    Ok(())
}

/// Proportional set size (PSS) of the runner and its worker processes, bytes; `None` without worker processes.
fn pss(workers: &[u32]) -> Option<u64> {
    if workers.is_empty() {
        return None;
    }
    let workers: Option<u64> = workers.iter().map(|worker| usage::pss_bytes(*worker)).sum();
    Some(usage::pss_bytes(std::process::id())? + workers?)
}

/// Builds the resources of tasks that run in this process; for tasks in other processes, only those that this process
/// observes.
fn build_resources(
    plan: &'static Plan,
    environment: &TrialEnvironment,
    model: ModelId,
    workers: u32,
) -> Result<&'static TaskResources, Failure> {
    let flavour = Flavour::of(model);
    let slots = match model {
        ModelId::Threads => plan.tasks,
        _ => plan.classes.list.iter().filter_map(|class| class.workers).fold(workers.max(1), u32::saturating_add),
    };
    let resources = match flavour {
        Flavour::SeparateProcess => TaskResources::for_parent(plan, environment)?,
        Flavour::Blocking | Flavour::EventLoop => TaskResources::build(plan, environment, flavour, slots)?,
    };
    let resources: &'static TaskResources = Box::leak(Box::new(resources));
    // Set once: a runner has one trial.
    let _ = RESOURCES.set(resources);
    Ok(resources)
}

/// Repeats a short workload until `repeat_ms` have passed since the clock started, with a separate recorder.
/// Returns the number of passes, the first included, and the stamp at the end.
fn repeat(
    model: &mut dyn Model,
    recorder: &'static TaskRecorder,
    repeat_ms: Option<u64>,
    clock_started: Instant,
) -> Result<(u32, u64), Failure> {
    let mut passes = 1;
    let mut again: Option<&'static TaskRecorder> = None;
    while repeat_ms.is_some_and(|until| clock_started.elapsed() < Duration::from_millis(until)) {
        let again = *again.get_or_insert_with(|| recorder.like());
        again.reset();
        model.pass(again)?;
        again.repeats.stop();
        model.wait_for_repeats(again)?;
        model.collect(again)?;
        if let Some(failure) = again.take_failure() {
            return Err(failure);
        }
        passes += 1;
    }
    Ok((passes, recorder.stamp_clock.now()))
}

/// Thread that sends progress while the clock runs.
struct Progress {
    state: Arc<(Mutex<Phase>, Condvar)>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Parked,
    Running,
    Over,
}

impl Progress {
    fn start(replies: &'static ReplyWriter, recorder: &'static TaskRecorder) -> std::io::Result<Self> {
        let state = Arc::new((Mutex::new(Phase::Parked), Condvar::new()));
        let shared = Arc::clone(&state);
        let thread = thread::Builder::new().name("progress".into()).spawn(move || {
            let (phase, changed) = &*shared;
            let mut guard = phase.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                guard = match *guard {
                    Phase::Over => return,
                    Phase::Parked => changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                    Phase::Running => {
                        let (guard, timeout) =
                            changed.wait_timeout(guard, PROGRESS_EVERY).unwrap_or_else(PoisonError::into_inner);
                        if timeout.timed_out() && *guard == Phase::Running {
                            replies.send(&Reply::Progress { done: recorder.estimate_done() });
                        }
                        guard
                    }
                };
            }
        })?;
        Ok(Self { state, thread })
    }

    fn set(&self, phase: Phase) {
        *self.state.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
        self.state.1.notify_all();
    }

    fn resume(&self) {
        self.set(Phase::Running);
    }

    fn stop(self) {
        self.set(Phase::Over);
        // A panic of that thread is no reason to lose the measurement.
        let _ = self.thread.join();
    }
}
