//! CPU usage of the last half minute of a run, trial by trial, while it runs. Keeps what events delivered and draws
//! nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::Contender;
use crate::session::SessionEvent;
use crate::trial::{CpuSample, Measured, Trial};

/// Time that is shown.
pub const SHOWN: Duration = Duration::from_secs(30);
/// Most trials that are kept; a screen has fewer columns.
const MOST_TRIALS: usize = 2000;

/// Usage during the trials of the last half minute, oldest first.
#[derive(Debug, Default)]
pub struct LiveUsage {
    trials: VecDeque<LiveTrial>,
    announced: Option<(Contender, i32)>,
}

/// Usage during one trial.
#[derive(Debug)]
pub struct LiveTrial {
    /// Model of the trial.
    pub contender: Contender,
    /// Round of the trial; 0 and below are warm-ups.
    pub round: i32,
    /// Start of its clock.
    pub started: Instant,
    /// End of its clock; `None` while it runs.
    pub ended: Option<Instant>,
    /// Samples of the system's counters.
    pub samples: Vec<CpuSample>,
    /// Usage of a finished trial that was too short for a sample.
    pub brief: Option<BriefUsage>,
}

/// Usage of a trial from its own CPU time and the records of its tasks. Says nothing of other programs.
#[derive(Debug, PartialEq)]
pub struct BriefUsage {
    /// Cores that its own processes used on average; `None` if the system did not report it.
    pub own_cores: Option<f64>,
    /// Cores on which tasks computed, with the share of the trial, 0 to 1.
    pub cores: Vec<(u32, f64)>,
}

impl BriefUsage {
    fn of(measured: &Measured) -> Self {
        let wall = measured.wall_nanos.max(1) as f64;
        let busy = measured.span_summary.core_busy_nanos.as_deref().unwrap_or_default();
        Self {
            own_cores: measured.cores_used(),
            cores: busy.iter().map(|(core, nanos)| (*core, (*nanos as f64 / wall).min(1.0))).collect(),
        }
    }
}

impl LiveUsage {
    /// Applies an event of the session.
    pub fn apply(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::TrialStarted { contender, round, .. } => self.announced = Some((contender.clone(), *round)),
            SessionEvent::ClockStarted { at } => {
                let Some((contender, round)) = self.announced.take() else { return };
                let (samples, ended, brief) = (Vec::new(), None, None);
                self.trials.push_back(LiveTrial { contender, round, started: *at, ended, samples, brief });
                self.forget(*at);
            }
            SessionEvent::CpuSampled(sample) => {
                if let Some(trial) = self.running_mut() {
                    trial.samples.push(sample.clone());
                }
            }
            SessionEvent::TrialFinished(finished) => {
                if let Some(trial) = self.running_mut() {
                    trial.end(finished);
                }
            }
            _ => {}
        }
    }

    /// Returns the trials that ran within the last half minute before `now`, oldest first.
    pub fn trials(&self, now: Instant) -> impl Iterator<Item = &LiveTrial> {
        self.trials.iter().filter(move |trial| !trial.is_before(now))
    }

    fn running_mut(&mut self) -> Option<&mut LiveTrial> {
        self.trials.back_mut().filter(|trial| trial.ended.is_none())
    }

    fn forget(&mut self, now: Instant) {
        while self.trials.len() > MOST_TRIALS || self.trials.front().is_some_and(|trial| trial.is_before(now)) {
            self.trials.pop_front();
        }
    }
}

impl LiveTrial {
    fn end(&mut self, finished: &Trial) {
        let sampled = self.samples.last().map_or(0.0, |sample| sample.at_ms) / 1e3;
        let measured = finished.completed();
        // Repeats of a warm-up take longer than its one timed pass.
        let timed = measured.map_or(0.0, |measured| measured.wall_nanos as f64 / 1e9);
        self.ended = Some(self.started + Duration::from_secs_f64(sampled.max(timed)));
        self.brief = measured.filter(|_| self.samples.is_empty()).map(BriefUsage::of);
    }

    fn is_before(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now.saturating_duration_since(ended) > SHOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::model::ModelId;

    fn started(model: ModelId) -> SessionEvent {
        let contender = Contender::of(model);
        SessionEvent::TrialStarted { point: 0, contender, round: 1, position: 1, seconds_left: None }
    }

    fn finished(model: &str, wall_ms: f64) -> SessionEvent {
        let mut made = Synthetic::new(workload_alike(4, 1.0, 0.0), &["threads", "async"]);
        SessionEvent::TrialFinished(Box::new(made.trial(model, 1, wall_ms, 1, 1.0).clone()))
    }

    fn sample(at_ms: f64) -> SessionEvent {
        let usage_percent = vec![100.0, 50.0];
        SessionEvent::CpuSampled(CpuSample {
            at_ms,
            width_ms: 250.0,
            usage_percent,
            lab_percent: None,
            tree_percent: Some(120.0),
        })
    }

    #[test]
    fn a_trial_has_its_samples_and_a_short_one_its_own_cpu_time() {
        let mut live = LiveUsage::default();
        let begun = Instant::now();
        live.apply(&sample(250.0));
        assert_eq!(live.trials(begun).count(), 0, "no clock runs");
        live.apply(&started(ModelId::Threads));
        live.apply(&SessionEvent::ClockStarted { at: begun });
        live.apply(&sample(250.0));
        live.apply(&sample(500.0));
        live.apply(&finished("threads", 400.0));
        live.apply(&started(ModelId::Async));
        live.apply(&SessionEvent::ClockStarted { at: begun + Duration::from_secs(1) });
        live.apply(&finished("async", 400.0));
        let all: Vec<&LiveTrial> = live.trials(begun).collect();
        assert_eq!((all[0].samples.len(), &all[0].brief), (2, &None));
        assert_eq!(all[0].ended, Some(begun + Duration::from_millis(500)));
        assert!(all[1].samples.is_empty() && all[1].brief.is_some(), "{:?}", all[1]);
        assert_eq!(all[1].ended, Some(begun + Duration::from_millis(1400)));
        let later = |ms| live.trials(begun + SHOWN + Duration::from_millis(ms)).count();
        assert_eq!((later(400), later(600), later(1500)), (2, 1, 0));
    }

    #[test]
    fn what_is_no_longer_shown_is_forgotten() {
        let mut live = LiveUsage::default();
        let begun = Instant::now();
        for trial in 0..5000 {
            live.apply(&started(ModelId::Threads));
            live.apply(&SessionEvent::ClockStarted { at: begun + Duration::from_millis(trial * 10) });
            live.apply(&finished("threads", 1.0));
        }
        assert!(live.trials.len() <= MOST_TRIALS, "{}", live.trials.len());
        live.apply(&started(ModelId::Threads));
        live.apply(&SessionEvent::ClockStarted { at: begun + Duration::from_secs(3600) });
        assert_eq!(live.trials.len(), 1);
    }
}
