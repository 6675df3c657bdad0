//! One trial: builds the runner's request, runs it, and checks and delivers the measurement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Cell, FirstResults, MOST_FAILURES, REPEAT_MS, Session, Shared, Stop, settings};
use crate::clock;
use crate::failure::{Failure, ProtocolFailure};
use crate::model::{Contender, Gil, Host, ModelId};
use crate::protocol::{PythonRequest, Report, RunnerRequest, TrialEnvironment, TrialRequest, impossible_figure};
use crate::python::DaskScheduler;
use crate::session::counters::Counters;
use crate::session::folder::Folder;
use crate::session::launcher::{self, ClockEvent, TrialOutcome};
use crate::session::{Outcome, SessionEvent};
use crate::trial::{Measured, ResultCheck, SpanStore, SpanSummary, Spans, Status, TaskResults, Trial};
use crate::usage;
use crate::workload::{PlanStep, SectionWork, SharedObject, Step, Tasks, Work};

impl Session {
    pub(super) fn trial(
        &mut self,
        work: &Shared,
        cell: Cell,
        round: i32,
        position: u32,
        seconds_left: Option<f64>,
    ) -> Result<(), Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop(Outcome::Cancelled));
        }
        let experiment = Arc::clone(&self.points[cell.point]);
        let shared = &work.points[cell.point];
        let contender = experiment.models[cell.model].clone();
        let point = cell.point as u32;
        self.events.send(SessionEvent::TrialStarted {
            point,
            contender: contender.clone(),
            round,
            position,
            seconds_left,
        });
        let Some(plan) = shared.plans.get(&contender.host.base()) else {
            let unknown = || Failure::NotCalibrated { host: contender.host.title() };
            let failure = self.state.broken.get(&contender.host.base()).cloned().unwrap_or_else(unknown);
            self.give_up(cell, &contender, (round, position), failure);
            return Ok(());
        };
        let python = self.python(&contender);
        let folder = match Folder::for_plan(plan, python.is_some()) {
            Ok(folder) => folder,
            // Native models may do the same work without a folder, and other values of a sweep with less space.
            Err(failure) if python.is_some() || matches!(failure, Failure::NoSpace { .. }) => {
                self.give_up(cell, &contender, (round, position), failure);
                return Ok(());
            }
            Err(failure) => return Err(Stop(Outcome::Failed(failure))),
        };
        let code = match self.code_for(plan, folder.as_ref()) {
            Ok(code) => code,
            Err(failure) => {
                self.give_up(cell, &contender, (round, position), failure);
                return Ok(());
            }
        };
        let request = RunnerRequest::Trial(TrialRequest {
            model: contender.model,
            plan: plan.clone(),
            workers: contender.workers(&experiment.workload, shared.cpus),
            in_flight: contender.workload(&experiment.workload).in_flight,
            // With many points repeats would take longer than the measured rounds.
            repeat_ms: (round < 1 && self.points.len() == 1).then(|| repeat_ms(experiment.trials.timeout_seconds)),
            ticker: experiment.workload.ticker,
            environment: TrialEnvironment {
                folder: folder.as_ref().map(|folder| folder.path().to_owned()),
                buffer_bytes: shared.buffer_bytes,
                server: None,
                code,
            },
            python,
            settings: Box::new(settings::of(&contender, &experiment.workload)),
            awaits: experiment.workload.awaits,
        });
        self.events.notify.before_trial();
        let started_at_ms = clock::unix_millis();
        let (begun, before, reaped) = (Instant::now(), Counters::read(), usage::of_reaped_children());
        let timeout = Duration::from_secs_f64(experiment.trials.timeout_seconds);
        let mut cpu = Vec::new();
        let outcome = launcher::run_trial(&self.program, &request, timeout, &self.cancel, |event| match event {
            ClockEvent::ClockStarted => {
                work.sampler.clock_started();
                self.events.notify.clock_started();
                self.events.send(SessionEvent::ClockStarted { at: Instant::now() });
            }
            ClockEvent::ClockStopped => {
                self.events.notify.clock_stopped();
                cpu = work.sampler.clock_stopped();
            }
            ClockEvent::Progress(done) => {
                self.events.send(SessionEvent::Progress { done, tasks: plan.tasks });
            }
        });
        // If the runner ended while its clock ran, the sampler still runs.
        cpu.extend(work.sampler.clock_stopped());
        let elapsed = begun.elapsed();
        let mut trial = Trial {
            point,
            contender,
            round,
            position,
            status: Status::Failed,
            failure: None,
            started_at_ms,
            measured: None,
            cpu,
            background: None,
        };
        let mut plain = elapsed;
        match refused_if_impossible(outcome) {
            TrialOutcome::Measured(report, spans) => {
                plain = elapsed.saturating_sub(Duration::from_nanos(report.repeat_nanos));
                // The usage of the reaped runner includes its exit, in which its memory is freed; if the system doesn't
                // report it, the runner's own figure is used.
                let ended = usage::of_reaped_children().since(reaped).cpu_nanos();
                let tree = ended.max(report.tree_usage.cpu_nanos());
                trial.background = Counters::read().since(&before, tree);
                if report.runtime.as_ref().is_some_and(|runtime| runtime.external.is_some()) {
                    // Workers that the lab did not start are no other programs, and their cores may be elsewhere.
                    (trial.background, trial.cpu) = (None, Vec::new());
                }
                let has_files = plan.steps.iter().any(|step| matches!(step, PlanStep::File { .. }));
                let file_system = folder.as_ref().filter(|_| has_files).and_then(Folder::file_system);
                self.accept(&mut trial, *report, spans, file_system);
            }
            TrialOutcome::Failed(failure) => trial.failure = Some(failure),
            TrialOutcome::Cancelled => {
                // The status is the reason.
                trial.status = Status::Cancelled;
            }
        }
        // The runner's tree has ended; its folder is removed before anything else starts.
        drop(folder);
        self.state.seconds.insert(cell, plain.as_secs_f64());
        match trial.status {
            Status::Completed => {
                self.state.completed.insert(cell);
            }
            _ => *self.state.failures.entry(cell).or_default() += 1,
        }
        let cancelled = trial.status == Status::Cancelled;
        self.deliver_trial(trial);
        if cancelled { Err(Stop(Outcome::Cancelled)) } else { Ok(()) }
    }

    /// Returns the request to the interpreter of a Python model; `None` for native models.
    fn python(&self, contender: &Contender) -> Option<PythonRequest> {
        let interpreter = self.request.interpreters.of(&contender.host).ok()?;
        // In steps that wait for a server, a file or a lock, waiting for the interpreter can't be told from waiting for
        // that. Windows counts a thread's CPU time in units of 15.6 ms, too coarse for this.
        let is_measurable = |step: &Step| {
            matches!(step, Step::Compute { .. } | Step::Wait { .. } | Step::Increment { .. })
                || matches!(step, Step::Critical { holds: SectionWork::Compute, .. })
                || matches!(step, Step::Shared { object, .. } if *object != SharedObject::Lock)
        };
        let workload = &self.request.experiment.workload;
        let any = matches!(workload.tasks, Tasks::List(_)) || workload.steps().iter().any(is_measurable);
        let measurable = any && !cfg!(windows);
        let gil = contender.settings.gil.map_or(interpreter.gil, |gil| gil == Gil::On);
        Some(PythonRequest {
            program: interpreter.path.clone(),
            title: format!("Python {}", interpreter.tag),
            start_method: contender.settings.start_method.unwrap_or(self.request.experiment.start_method),
            gil_wait: measurable && contender.model.shares_an_interpreter() && gil,
            dask_scheduler: (self.request.interpreters.dask_scheduler.as_ref())
                .filter(|_| contender.model == ModelId::PyDask)
                .map(DaskScheduler::to_string),
        })
    }

    /// Excludes a model whose interpreter can't be used: its first trial carries the failure, and there is no other.
    fn give_up(&mut self, cell: Cell, contender: &Contender, (round, position): (i32, u32), failure: Failure) {
        self.state.failures.insert(cell, MOST_FAILURES);
        let trial = Trial {
            point: cell.point as u32,
            contender: contender.clone(),
            round,
            position,
            status: Status::Failed,
            failure: Some(failure),
            started_at_ms: clock::unix_millis(),
            measured: None,
            cpu: Vec::new(),
            background: None,
        };
        self.deliver_trial(trial);
    }

    /// Compares the results of the user's functions with those of the first trial on the same host.
    fn check_results(&mut self, trial: &Trial, results: &TaskResults, checksum: u64) -> ResultCheck {
        if let Some(reason) = results.not_compared {
            return ResultCheck::NotCompared(reason);
        }
        let first = || FirstResults { title: trial.contender.title(), checksum, results: results.clone() };
        let first = self.state.results.entry((trial.point, trial.contender.host.base())).or_insert_with(first);
        if first.checksum == checksum {
            return ResultCheck::Same;
        }
        ResultCheck::Differ(results.difference_from(&first.results, first.title.clone()))
    }

    /// Copies a measurement into the trial, if its checksum shows that the work was the same as the other models'.
    fn accept(&mut self, trial: &mut Trial, report: Report, spans: Spans, file_system: Option<String>) {
        // The same iterations have the same result on every host.
        let base = match self.request.experiment.workload.work {
            Work::SameTime => trial.contender.host.base(),
            Work::SameAlgorithm => Host::Rust,
        };
        let results = report.results.as_ref().map(|results| self.check_results(trial, results, report.checksum));
        let expected = *self.state.checksum.entry((trial.point, base)).or_insert(report.checksum);
        // Functions of the user's may return what they like; that is a finding.
        if report.checksum != expected && results.is_none() {
            trial.failure = Some(Failure::ChecksumDiffers { found: report.checksum, expected });
            return;
        }
        if let Some(task) = spans.tasks.iter().position(|span| span.finished < span.started) {
            trial.failure = Some(Failure::SpanReversed { task: task as u64 });
            return;
        }
        trial.status = Status::Completed;
        let span_summary = Arc::new(SpanSummary::of(&spans));
        trial.measured = Some(Measured {
            setup_nanos: report.setup_nanos,
            wall_nanos: report.wall_nanos,
            teardown_nanos: report.teardown_nanos,
            workers: report.workers,
            usage: report.usage,
            peak_memory_bytes: report.peak_memory_bytes,
            pss_bytes: report.pss_bytes,
            record_bytes: report.record_bytes,
            stamp_nanos: report.stamp_nanos,
            first_stamp_nanos: report.first_stamp_nanos,
            checksum: report.checksum,
            spans: SpanStore::Memory(Arc::new(spans)),
            span_summary,
            passes: report.passes,
            stamp_clock: report.stamp_clock,
            server: report.server,
            counted: report.counted,
            runtime: report.runtime,
            file_system,
            results,
            left_processes: report.left_processes,
        });
    }
}

/// Makes a failure of a measurement that no trial can have.
fn refused_if_impossible(outcome: TrialOutcome) -> TrialOutcome {
    match outcome {
        TrialOutcome::Measured(report, spans) => match impossible_figure(&report, &spans) {
            Some(figure) => {
                TrialOutcome::Failed(Failure::Protocol(ProtocolFailure::Impossible { figure: figure.to_owned() }))
            }
            None => TrialOutcome::Measured(report, spans),
        },
        other => other,
    }
}

/// Returns for how long a warm-up repeats its work: not so long that the repeats reach the time-out.
fn repeat_ms(timeout_seconds: f64) -> u64 {
    REPEAT_MS.min((timeout_seconds * 500.0) as u64)
}
