//! Expected extent of a sweep before it starts: time, rounds, memory.

use std::fmt;

use super::needs::peak_memory_bytes;
use super::{PlannedPoint, seconds_of_a_pass};
use crate::analysis::estimate;
use crate::experiment::capabilities::unavailable;
use crate::experiment::sweep::SweepPoint;
use crate::experiment::{Experiment, TrialCount};
use crate::model::Contender;
use crate::python::Interpreters;
use crate::session::Headroom;
use crate::units;
use crate::workload::Workload;

/// Expected extent of a sweep. All figures are estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Number of values of the swept setting.
    pub values: usize,
    /// Number of models.
    pub models: usize,
    /// Measured rounds and seconds of the whole run; `None` where the tasks run code of the user's, of which nothing is
    /// known before the first round.
    pub extent: Option<(u32, f64)>,
    /// Budget in seconds, where the least number of rounds takes longer than that.
    pub exceeded_budget: Option<f64>,
    /// Largest peak memory of a trial, bytes, with its model and point.
    pub memory: Option<(u64, Contender, SweepPoint)>,
}

impl Outlook {
    /// Estimates the extent of a sweep; `None` for an experiment that sweeps nothing.
    #[must_use]
    pub fn of(
        experiment: &Experiment,
        points: &[PlannedPoint],
        interpreters: &Interpreters,
        headroom: &Headroom,
    ) -> Option<Self> {
        experiment.sweep.as_ref()?;
        let cpus = headroom.machine.cpus;
        let pass = seconds_of_a_pass(points, cpus);
        let known = !estimate::is_unknown(&experiment.workload);
        let plan = &experiment.trials;
        let least = f64::from(plan.minimum) * pass;
        let exceeded = plan.count == TrialCount::Auto && least > plan.budget_seconds;
        let runnable = |planned: &&PlannedPoint, contender: &&Contender| {
            unavailable(contender, &planned.experiment, interpreters).is_none()
        };
        let memory = points.iter().flat_map(|planned| {
            let models = planned.experiment.models.iter().filter(move |contender| runnable(&planned, contender));
            models.filter_map(move |contender| {
                let bytes = peak_memory_bytes(contender, &planned.experiment, &planned.nominal, headroom);
                Some((bytes, contender.clone(), planned.point.clone()?))
            })
        });
        Some(Self {
            values: points.len(),
            models: experiment.models.len(),
            extent: known.then(|| {
                let seconds = estimate::run_seconds(experiment, &Workload::nominal(&experiment.workload), cpus);
                (plan.rounds((plan.warmups > 0).then_some(pass)), seconds)
            }),
            exceeded_budget: (exceeded && known).then_some(plan.budget_seconds),
            memory: memory.max_by_key(|(bytes, ..)| *bytes).filter(|_| known),
        })
    }

    /// Returns a sentence about a budget that the least number of rounds exceeds.
    #[must_use]
    pub fn budget_sentence(&self) -> Option<String> {
        let budget = units::duration(self.exceeded_budget? * 1e9);
        let rounds = units::plural(self.extent?.0.into(), "round");
        Some(format!("at least {rounds}, which exceeds the budget of {budget}; every value is measured"))
    }
}

impl fmt::Display for Outlook {
    /// "4 values, 3 models, about 7 rounds: about 1 min, up to about 35 MB of memory (Threads at 8 workers)"; a second
    /// sentence where the budget is exceeded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: u64, noun: &str| units::plural(number, noun);
        let (values, models) = (count(self.values as u64, "value"), count(self.models as u64, "model"));
        let Some((rounds, seconds)) = self.extent else {
            return write!(f, "{values}, {models}: {}", estimate::UNKNOWN);
        };
        write!(f, "{values}, {models}, {} expected: {}", count(rounds.into(), "round"), units::about(seconds))?;
        if let Some((bytes, contender, point)) = &self.memory {
            let (bytes, model) = (units::bytes(*bytes as f64), contender.title());
            write!(f, ", up to about {bytes} of memory at once ({model} at {})", point.words())?;
        }
        if let Some(sentence) = self.budget_sentence() {
            write!(f, ". {sentence}")?;
        }
        Ok(())
    }
}
