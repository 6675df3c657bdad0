//! Synthetic results for tests: trials with wall times that the test chooses.

pub mod classes;
mod full;
mod swept;

use std::sync::Arc;

pub use full::full;
pub use swept::{Noise, swept};

use crate::clock::StampClock;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::failure::{Failure, InterpreterFailure, ReportedProblem};
use crate::model::{Contender, contenders};
use crate::results::Results;
use crate::session::Machine;
use crate::session::machine::Limits;
use crate::trial::{Background, Measured, Span, SpanStore, SpanSummary, Spans, Status, Trial, Usage};
use crate::workload::{Calibration, Calibrations, Kernel, ListedTask, PlanStep, Step, Tasks, Workload};

/// Tasks that each compute, then wait; a step of 0 ms is left out.
pub fn workload_alike(count: u32, compute_ms: f64, wait_ms: f64) -> Workload {
    let mut steps = Vec::new();
    if compute_ms > 0.0 {
        steps.push(Step::Compute { ms: compute_ms, kernel: Kernel::Splitmix });
    }
    if wait_ms > 0.0 {
        steps.push(Step::wait(wait_ms));
    }
    Workload::of(count, steps)
}

/// Tasks that each do these steps.
pub fn workload_of(count: u32, steps: Vec<Step>) -> Workload {
    Workload::of(count, steps)
}

/// Named tasks: name, compute and wait milliseconds.
pub fn workload_list(tasks: &[(&str, f64, f64)]) -> Workload {
    let listed = |(name, compute_ms, wait_ms): &(&str, f64, f64)| ListedTask {
        name: (*name).to_owned(),
        compute_ms: *compute_ms,
        wait_ms: *wait_ms,
    };
    Workload { tasks: Tasks::List(Arc::new(tasks.iter().map(listed).collect())), ..Workload::default() }
}

/// A release build on two cores without any caveat.
pub fn machine() -> Machine {
    Machine {
        lab_version: "1.2.3".to_owned(),
        debug_build: false,
        os: "Testos 1".to_owned(),
        kernel: None,
        arch: "x86_64".to_owned(),
        cpu: None,
        cpus: Cpus { online: Some(2), physical: Some(2), ..Cpus::from(2) },
        memory_bytes: Some(8_000_000_000),
        last_level_cache_bytes: Some(8 << 20),
        cpu_quota: None,
        governor: Some("performance".to_owned()),
        clock_source: None,
        span_clock: "TSC".to_owned(),
        virtual_machine: Some(false),
        load_average: None,
        on_battery: Some(false),
        limits: Limits::default(),
    }
}

/// Sets the timestamps as if every task acquired its locks at its moment in `at` and held the last to the end of the
/// step.
pub fn got_locks(spans: &mut Spans, at: &[u64]) {
    let inner_timestamps = |step: &PlanStep, got: u64, finished: u64| match step {
        PlanStep::Critical { .. } => vec![got, finished],
        other => vec![got; other.inner_timestamps()],
    };
    let tasks = spans.tasks.iter().zip(at);
    let all =
        tasks.flat_map(|(span, got)| spans.steps.iter().flat_map(|step| inner_timestamps(step, *got, span.finished)));
    spans.inner_timestamps = all.collect();
}

/// Builder of synthetic results.
pub struct Synthetic {
    /// Results built so far.
    pub results: Results,
}

impl Synthetic {
    /// Starts with no trial, on the machine of [`machine`]. `models` are names, the first is the reference.
    pub fn new(workload: Workload, models: &[&str]) -> Self {
        let models = contenders(models.iter().copied()).expect("known models");
        let experiment = Experiment {
            id: "synthetic".to_owned(),
            title: "Synthetic".to_owned(),
            workload,
            reference: models[0].clone(),
            models,
            models_by_default: false,
            ..Experiment::default()
        };
        let mut results = Results::new(Arc::new(experiment), Arc::default(), 1_795_233_605_123);
        results.machine = Some(Arc::new(machine()));
        Self { results }
    }

    /// Adds a completed trial with this wall time, tasks in flight and cores used. The round is 0 for a warm-up.
    pub fn trial(&mut self, model: &str, round: i32, wall_ms: f64, in_flight: u32, cores: f64) -> &mut Trial {
        let contender: Contender = model.parse().expect("known model");
        let wall_nanos = (wall_ms * 1e6).round() as u64;
        let cpu = (wall_nanos as f64 * cores) as u64;
        let spans = Arc::new(self.spans(wall_nanos, in_flight));
        let measured = Measured {
            setup_nanos: 1_000_000,
            wall_nanos,
            teardown_nanos: 500_000,
            workers: (contender.model.info().workers != crate::model::Workers::None).then_some(2),
            usage: Usage {
                user_nanos: Some(cpu),
                system_nanos: Some(0),
                voluntary_switches: Some(7),
                involuntary_switches: None,
                ..Usage::default()
            },
            peak_memory_bytes: Some(3_000_000),
            pss_bytes: None,
            record_bytes: 4_096,
            stamp_nanos: Some(40.0),
            first_stamp_nanos: Some(2_000.0),
            checksum: 0xABC,
            span_summary: Arc::new(SpanSummary::of(&spans)),
            spans: SpanStore::Memory(spans),
            passes: 1,
            stamp_clock: StampClock::CpuCounter,
            server: None,
            counted: None,
            runtime: None,
            file_system: None,
            results: None,
            left_processes: None,
        };
        let background = Background {
            wall_nanos,
            cpus: 2,
            busy_nanos: cpu,
            tree_nanos: cpu,
            lab_nanos: 0,
            steal_nanos: Some(0),
            throttled: Some(0),
            throttled_nanos: Some(0),
        };
        self.push(contender, round, Status::Completed, None);
        let last = self.results.trials.last_mut().expect("just pushed");
        last.measured = Some(measured);
        last.background = Some(background);
        last
    }

    /// Adds a trial that did not complete, with a failure whose sentence is `reason`.
    pub fn failed(&mut self, model: &str, round: i32, status: Status, reason: &str) {
        self.failed_with(model, round, status, failure(reason));
    }

    /// Adds a trial that did not complete.
    pub fn failed_with(&mut self, model: &str, round: i32, status: Status, failure: Failure) {
        self.push(model.parse().expect("known model"), round, status, Some(failure));
    }

    /// Adds a warm-up and `rounds` rounds of all models: `(name, wall ms, in flight, cores)`. Wall times vary by `noise` (a
    /// share) in a fixed pattern that differs from model to model.
    pub fn rounds(mut self, rounds: i32, noise: f64, models: &[(&str, f64, u32, f64)]) -> Self {
        for round in 0..=rounds {
            for (model, (name, wall_ms, in_flight, cores)) in models.iter().enumerate() {
                let wobble = f64::from((round * 7 + model as i32 * 5) % 11) / 5.0 - 1.0;
                self.trial(name, round, wall_ms * (1.0 + noise * wobble), *in_flight, *cores);
            }
        }
        self.results.rounds = u32::try_from(rounds).ok();
        self
    }

    /// Changes the measurement of every completed trial of a model, warm-ups included.
    pub fn adjust(&mut self, model: &str, change: impl Fn(&mut Measured)) {
        let contender: Contender = model.parse().expect("known model");
        let own = self.results.trials.iter_mut().filter(|trial| trial.contender == contender);
        own.filter_map(|trial| trial.measured.as_mut()).for_each(change);
    }

    /// Changes the spans of every completed trial of a model, and their summary.
    pub fn adjust_spans(&mut self, model: &str, change: impl Fn(&mut Spans)) {
        self.adjust(model, |measured| {
            let mut spans = (*measured.spans.load().expect("in memory")).clone();
            change(&mut spans);
            measured.span_summary = Arc::new(SpanSummary::of(&spans));
            measured.spans = SpanStore::Memory(Arc::new(spans));
        });
    }

    /// Has other programs use this share of the usable CPUs during every completed trial.
    pub fn disturb(&mut self, percent: u64) {
        for background in self.results.trials.iter_mut().filter_map(|trial| trial.background.as_mut()) {
            background.wall_nanos = background.wall_nanos.max(Background::LEAST_NANOS);
            let capacity = background.wall_nanos * u64::from(background.cpus);
            background.busy_nanos = background.tree_nanos + capacity * percent / 100;
        }
    }

    fn push(&mut self, contender: Contender, round: i32, status: Status, failure: Option<Failure>) {
        let position = self.results.trials.len() as u32 + 1;
        self.results.trials.push(Trial {
            point: 0,
            contender,
            round,
            position,
            status,
            failure,
            started_at_ms: self.results.started_at_ms + 1_000 * u64::from(position),
            measured: None,
            cpu: Vec::new(),
            background: None,
        });
    }

    /// Makes spans that fill the wall time with `in_flight` tasks at once.
    fn spans(&self, wall_nanos: u64, in_flight: u32) -> Spans {
        let work = &self.results.experiment.workload;
        let tasks = work.task_count();
        let in_flight = in_flight.clamp(1, tasks);
        let wave_nanos = wall_nanos / u64::from(tasks.div_ceil(in_flight));
        let steps = match &work.tasks {
            Tasks::List(_) => vec![PlanStep::Compute(Kernel::Splitmix), PlanStep::Wait],
            Tasks::Alike { .. } | Tasks::Classes(_) => work.expand(&calibrated()).expect("calibrated").steps,
        };
        let span = |task: u32| {
            let started = u64::from(task / in_flight) * wave_nanos;
            Span {
                submitted: 0,
                started,
                finished: started + wave_nanos,
                worker: task % in_flight,
                core: Some((task % 2) as u16),
            }
        };
        let tasks: Vec<Span> = (0..tasks).map(span).collect();
        let step_ends = tasks
            .iter()
            .flat_map(|span| (1..steps.len()).map(|step| span.started + step as u64 * wave_nanos / 4))
            .collect();
        let mut spans = Spans { tasks, step_ends, steps, ..Spans::default() };
        let started: Vec<u64> = spans.tasks.iter().map(|span| span.started).collect();
        // No task waits for a lock.
        got_locks(&mut spans, &started);
        spans
    }
}

/// Calibrations in which every kernel runs one unit in a nanosecond.
pub fn calibrated() -> Calibrations {
    let all = Kernel::ALL.map(|kernel| Calibration { kernel, nanos_per_unit: 1.0, wall_over_cpu: 1.0 });
    Calibrations::from(all.to_vec())
}

/// A failure whose sentence is `reason`.
pub fn failure(reason: &str) -> Failure {
    let problem = ReportedProblem::Task { task: None };
    let failure = InterpreterFailure::Reported { problem, message: reason.to_owned() };
    Failure::Interpreter { title: "Python 3.11".to_owned(), program: "/usr/bin/python3".into(), failure }
}
