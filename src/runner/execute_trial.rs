//! One trial from setup to report: builds the model, starts the clock, runs the work, stops the
//! clock, takes the model apart. The clock covers handing over and doing the work, nothing else.

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
use super::stdin_watch::RESOURCES;
use super::task_recorder::TaskRecorder;
use crate::clock::{Anchor, Scale, StampClock};
use crate::failure::{Action, Failure};
use crate::model::ModelId;
use crate::process_tree;
use crate::protocol::{Reply, Report, TrialEnvironment, TrialRequest};
use crate::trial::ServerUse;
use crate::usage;
use crate::workload::{Plan, PlanStep};

/// Files that are open beside the tasks' connections.
const FILES_BESIDE: u32 = 64;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// Executes the order and sends report and spans.
pub(super) fn trial(replies: &'static ReplyWriter, order: TrialRequest) -> Result<(), Failure> {
    let fetches = order.plan.steps.iter().any(|step| matches!(step, PlanStep::Http { .. }));
    let mut server = fetches.then(Server::start).transpose()?;
    let done = with_server(replies, order, &mut server);
    done.map_err(|failure| server::explain(server.as_mut(), failure))
}

fn with_server(replies: &'static ReplyWriter, order: TrialRequest, server: &mut Option<Server>) -> Result<(), Failure> {
    let ticks = StampClock::detect();
    let first_anchor = Anchor::read(ticks);
    let plan: &'static Plan = Box::leak(Box::new(order.plan));
    let mut environment = order.environment;
    environment.server = server.as_ref().map(|server| server.address.clone());
    if server.is_some() && order.model == ModelId::Async {
        // Such a program has one thread, and this runner has others beside it.
        process_tree::make_room_for_files(plan.tasks.saturating_add(FILES_BESIDE));
    }
    let flavour = Flavour::of(order.model);
    let shared =
        if flavour == Flavour::SeparateProcess { TaskResources::prepare_shared(plan, &environment)? } else { vec![] };
    let before_resources = ticks.now();
    let resources = build_resources(plan, &environment, order.model, order.workers)?;
    let after_resources = ticks.now();
    let ticker = order.ticker.then(Heartbeat::new);
    let recorder = TaskRecorder::new(resources, ticks, order.in_flight, ticker, replies);
    if let Some(ticker) = ticker.filter(|_| !models::has_event_loop(order.model)) {
        ticker.start_thread()?;
    }
    let progress =
        Progress::start(replies, recorder).map_err(|error| Failure::system(Action::ReportProgress, &error))?;

    let stamps = stamps::measure(recorder, order.model != ModelId::Sequential);
    let before_setup = ticks.now();
    let mut model = models::build(order.model, order.workers, recorder, &environment)?;
    let after_setup = ticks.now();

    replies.send(&Reply::ClockStarted);
    progress.resume();
    let server_before = server.as_mut().map(Server::report).transpose()?;
    let workers_before = model.workers_usage()?;
    if let Some(ticker) = ticker {
        ticker.begin();
    }
    let usage_before = usage::of_this_process();
    let clock_started = Instant::now();
    let clock_start = ticks.now();
    model.pass(recorder)?;
    let clock_end = ticks.now();
    let usage_after = usage::of_this_process();
    let beats = ticker.map(Heartbeat::end).unwrap_or_default();
    // Before anything is collected: that takes memory, and is the lab's.
    let own_peak = usage::peak_memory_bytes();
    let workers_after = model.workers_usage()?;
    let pss_bytes = pss(&model.worker_processes());
    let record_bytes = recorder.record_bytes() + model.worker_record_bytes();
    model.collect(recorder)?;
    if let Some(failure) = recorder.take_failure() {
        return Err(failure);
    }
    let server_after = server.as_mut().map(Server::report).transpose()?;
    if let Some((before, after)) = server_before.zip(server_after) {
        server::every_request_came(plan, after.requests - before.requests)?;
    }
    let counted = resources.counted();
    let (passes, repeat_end) = repeat(&mut *model, recorder, order.repeat_ms, clock_started)?;
    progress.stop();
    replies.send(&Reply::ClockStopped);

    let workers = model.workers();
    let before_teardown = ticks.now();
    let ended = model.teardown()?;
    let after_teardown = ticks.now();
    drop(server.take());
    drop(shared);
    let scale = Scale::between(first_anchor, Anchor::read(ticks));

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
    let peak_memory_bytes = match ended.workers_peak_bytes {
        None => own_peak,
        Some(workers) => own_peak.and_then(|own| Some(own + workers?)),
    };
    replies.send(&Reply::Report(Box::new(Report {
        // What the steps need belongs to the setup, as it does in worker processes; the lab's records do not.
        setup_nanos: scale.span(before_resources, after_resources) + scale.span(before_setup, after_setup),
        wall_nanos: scale.span(clock_start, clock_end),
        teardown_nanos: scale.span(before_teardown, after_teardown),
        repeat_nanos: scale.span(clock_end, repeat_end),
        passes,
        workers,
        usage: in_clock,
        tree_usage,
        peak_memory_bytes,
        pss_bytes,
        record_bytes,
        stamp_nanos: Some(stamps.warm_nanos),
        first_stamp_nanos: Some(stamps.first_nanos),
        checksum: recorder.checksum(),
        stamp_clock: ticks,
        server: server_before.zip(server_after).map(|(before, after)| ServerUse {
            cpu_nanos: after.cpu_nanos.zip(before.cpu_nanos).map(|(after, before)| after - before),
            requests: after.requests - before.requests,
            most_connections: after.most_connections,
        }),
        counted,
        runtime: None,
    })));
    let mut spans = recorder.spans(&scale, clock_start);
    spans.beats = beats;
    replies.send(&Reply::Spans(spans));
    Ok(())
}

/// Proportional set size of the runner and its worker processes, where there are any.
fn pss(workers: &[u32]) -> Option<u64> {
    if workers.is_empty() {
        return None;
    }
    let workers: Option<u64> = workers.iter().map(|worker| usage::pss_bytes(*worker)).sum();
    Some(usage::pss_bytes(std::process::id())? + workers?)
}

/// What the tasks need that run in this very process; where they run in others, what is seen from here.
fn build_resources(
    plan: &'static Plan,
    environment: &TrialEnvironment,
    model: ModelId,
    workers: u32,
) -> Result<&'static TaskResources, Failure> {
    let flavour = Flavour::of(model);
    let slots = match model {
        ModelId::Threads => plan.tasks,
        _ => workers.max(1),
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

/// Repeats a short workload until `repeat_ms` have passed since the clock started, on a record of
/// its own. Returns the number of passes, the first included, and the tick at the end.
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
        model.collect(again)?;
        if let Some(failure) = again.take_failure() {
            return Err(failure);
        }
        passes += 1;
    }
    Ok((passes, recorder.ticks.now()))
}

/// The thread that tells progress while the clock runs.
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
        // A panic in there is no reason to lose the measurement.
        let _ = self.thread.join();
    }
}
