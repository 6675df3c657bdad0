//! One trial: the runner's order, its measurement taken over, and what is learnt from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{REPEAT_MS, Session, Shared, Stop, TRIES};
use crate::clock;
use crate::failure::Failure;
use crate::model::{Contender, Host};
use crate::protocol::{PythonRequest, Report, RunnerRequest, TrialEnvironment, TrialRequest};
use crate::session::counters::Counters;
use crate::session::folder::Folder;
use crate::session::launcher::{self, ClockEvent, TrialOutcome};
use crate::session::{Outcome, SessionEvent};
use crate::trial::{Measured, SpanStore, SpanSummary, Spans, Status, Trial};
use crate::usage;
use crate::workload::{PlanStep, SectionWork, Step, Tasks, Work};

impl Session {
    pub(super) fn trial(
        &mut self,
        work: &Shared,
        place: usize,
        round: i32,
        position: u32,
        seconds_left: Option<f64>,
    ) -> Result<(), Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop(Outcome::Cancelled));
        }
        let experiment = Arc::clone(&self.request.experiment);
        let contender = experiment.models[place].clone();
        self.events.send(SessionEvent::TrialStarted { contender: contender.clone(), round, position, seconds_left });
        let Some(plan) = work.plans.get(&contender.host.base()) else {
            let unknown = || Failure::NotCalibrated { host: contender.host.title() };
            let failure = self.state.broken.get(&contender.host.base()).cloned().unwrap_or_else(unknown);
            self.give_up(place, &contender, (round, position), failure);
            return Ok(());
        };
        let python = self.python(&contender);
        let folder = match Folder::for_plan(plan, python.is_some()) {
            Ok(folder) => folder,
            // Native models may do the same work without a folder.
            Err(failure) if python.is_some() => {
                self.give_up(place, &contender, (round, position), failure);
                return Ok(());
            }
            Err(failure) => return Err(Stop(Outcome::Failed(failure))),
        };
        let order = RunnerRequest::Trial(TrialRequest {
            model: contender.model,
            plan: plan.clone(),
            workers: work.workers,
            in_flight: experiment.workload.in_flight,
            repeat_ms: (round < 1).then_some(REPEAT_MS),
            ticker: experiment.workload.ticker,
            environment: TrialEnvironment {
                folder: folder.as_ref().map(|folder| folder.path().to_owned()),
                buffer_bytes: work.buffer_bytes,
                server: None,
            },
            python,
        });
        let started_at_ms = clock::unix_millis();
        let (begun, before, reaped) = (Instant::now(), Counters::read(), usage::of_reaped_children());
        let timeout = Duration::from_secs_f64(experiment.trials.timeout_seconds);
        let mut cpu = Vec::new();
        let ending = launcher::run_trial(&self.program, &order, timeout, &self.cancel, |moment| match moment {
            ClockEvent::ClockStarted => work.sampler.clock_started(),
            ClockEvent::ClockStopped => cpu = work.sampler.clock_stopped(),
            ClockEvent::Progress(done) => {
                self.events.send(SessionEvent::Progress { done, tasks: plan.tasks });
            }
        });
        // Where the runner ended inside the clock, the sampler still runs.
        cpu.extend(work.sampler.clock_stopped());
        let elapsed = begun.elapsed();
        let mut trial = Trial {
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
        match ending {
            TrialOutcome::Measured(report, spans) => {
                plain = elapsed.saturating_sub(Duration::from_nanos(report.repeat_nanos));
                // What the system says of the runner once it has been waited for includes its end, in which
                // the memory goes back; where the system does not say, what the runner said has to do.
                let ended = usage::of_reaped_children().since(reaped).cpu_nanos();
                let tree = ended.max(report.tree_usage.cpu_nanos());
                trial.background = Counters::read().since(&before, tree);
                let has_files = plan.steps.iter().any(|step| matches!(step, PlanStep::File { .. }));
                let file_system = folder.as_ref().filter(|_| has_files).and_then(Folder::file_system);
                self.accept(&mut trial, *report, spans, file_system);
            }
            TrialOutcome::Failed(failure) => trial.failure = Some(failure),
            TrialOutcome::Cancelled => {
                // The status says it all: a reason would be the same word again.
                trial.status = Status::Cancelled;
            }
        }
        // The runner's tree is gone; so is its folder before anything else starts.
        drop(folder);
        self.state.seconds.insert(place, plain.as_secs_f64());
        match trial.status {
            Status::Completed => {
                self.state.completed.insert(place);
            }
            _ => *self.state.failures.entry(place).or_default() += 1,
        }
        let cancelled = trial.status == Status::Cancelled;
        self.deliver_trial(trial);
        if cancelled { Err(Stop(Outcome::Cancelled)) } else { Ok(()) }
    }

    /// What the interpreter of a Python model is told; `None` for native ones.
    fn python(&self, contender: &Contender) -> Option<PythonRequest> {
        let interpreter = self.request.interpreters.of(&contender.host).ok()?;
        // In a request, a file or a section nobody can tell waiting for the interpreter from waiting for what was
        // asked. Windows counts a thread's CPU time in ticks of 15.6 ms, and says nothing of less.
        let can_be_told = |step: &Step| {
            matches!(step, Step::Compute { .. } | Step::Wait { .. } | Step::Increment { .. })
                || matches!(step, Step::Critical { holds: SectionWork::Compute, .. })
        };
        let workload = &self.request.experiment.workload;
        let any = matches!(workload.tasks, Tasks::List(_)) || workload.steps().iter().any(can_be_told);
        let told = any && !cfg!(windows);
        Some(PythonRequest {
            program: interpreter.path.clone(),
            title: format!("Python {}", interpreter.tag),
            start_method: self.request.experiment.start_method,
            gil_wait: told && contender.model.shares_an_interpreter() && interpreter.gil,
        })
    }

    /// A model whose interpreter can't be used: its first trial says why, and there is no other.
    fn give_up(&mut self, place: usize, contender: &Contender, (round, position): (i32, u32), failure: Failure) {
        self.state.failures.insert(place, TRIES);
        let trial = Trial {
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

    /// Takes a measurement over into the trial, if the work was the same as everyone's.
    fn accept(&mut self, trial: &mut Trial, report: Report, spans: Spans, file_system: Option<String>) {
        // The same iterations have the same result wherever they run.
        let whose = match self.request.experiment.workload.work {
            Work::SameTime => trial.contender.host.base(),
            Work::SameAlgorithm => Host::Rust,
        };
        let expected = *self.state.checksum.entry(whose).or_insert(report.checksum);
        if report.checksum != expected {
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
        });
    }
}
