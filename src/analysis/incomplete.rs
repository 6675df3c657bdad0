//! Runs that did not reach their end, or whose file has lost trials: how they ended, and how many of their rounds are there.

use std::fmt;

use crate::results::{Results, RunResults};
use crate::session::Outcome;
use crate::trial::Status;
use crate::units;

/// A run without all of its rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Incomplete {
    /// Outcome of the run; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// Fewest and most measured rounds of a model at a value.
    pub made: (u32, u32),
    /// Measured rounds planned; `None` where they were not fixed yet.
    pub planned: Option<u32>,
    /// Trials that its damaged file no longer contains.
    pub lost: u32,
}

impl Incomplete {
    /// Returns what is missing; `None` for a run that reached its end.
    #[must_use]
    pub fn of(run: &RunResults) -> Option<Self> {
        let outcome = run.first().outcome.clone();
        if outcome == Some(Outcome::Done) && run.lost_trials == 0 {
            return None;
        }
        let counts = || run.points.iter().flat_map(rounds_made);
        let made = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        Some(Self { outcome, made, planned: run.first().rounds, lost: run.lost_trials })
    }

    /// Returns the rounds: "2 to 4 of 6 rounds", "no round".
    #[must_use]
    pub fn rounds(&self) -> String {
        let (least, most) = self.made;
        let made = if least == most { units::count(most.into()) } else { format!("{least} to {most}") };
        match self.planned {
            _ if most == 0 => "no measured round".to_owned(),
            Some(planned) => format!("{made} of {}", units::plural(planned.into(), "round")),
            None if least == most => units::plural(most.into(), "round"),
            None => format!("{made} rounds"),
        }
    }
}

/// Measured rounds of each model; a model that failed is not tried again in later rounds, and does not count.
pub(super) fn rounds_made(results: &Results) -> impl Iterator<Item = u32> {
    results.experiment.models.iter().filter_map(|contender| {
        let ended = |status| results.trials.iter().filter(move |trial| trial.status == status);
        let of_model = |trial: &&crate::trial::Trial| trial.contender == *contender;
        let completed = ended(Status::Completed).filter(of_model).filter(|trial| !trial.is_warmup()).count();
        let failed = results
            .trials
            .iter()
            .filter(of_model)
            .any(|trial| trial.status != Status::Completed && trial.status != Status::Cancelled);
        (completed > 0 || !failed).then_some(completed as u32)
    })
}

/// "was cancelled with 2 to 4 of 6 rounds made", after the name of the run.
impl fmt::Display for Incomplete {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rounds();
        if self.lost > 0 {
            let lost = units::plural(self.lost.into(), "trial");
            write!(out, "is in a damaged file that has lost {lost}; it ")?;
        }
        match &self.outcome {
            Some(Outcome::Failed(failure)) => write!(out, "did not finish, with {rounds} made: {failure}"),
            Some(Outcome::Done) => write!(out, "is read with {rounds}"),
            Some(_) => write!(out, "was cancelled with {rounds} made"),
            None => write!(out, "is still under way, with {rounds} made so far"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::swept;
    use crate::failure::Failure;

    #[test]
    fn the_rounds_made_are_those_of_the_trials() {
        let mut run = swept("tasks=1,10", &["sequential", "threads"], 4, 0.01, 1, |_, value| Some(value));
        for point in &mut run.points {
            point.rounds = Some(6);
            point.outcome = Some(Outcome::Cancelled);
        }
        run.points[1].trials.retain(|trial| trial.round < 3);
        let said = |run: &RunResults| Incomplete::of(run).map(|one| one.to_string());
        assert_eq!(said(&run).as_deref(), Some("was cancelled with 2 to 4 of 6 rounds made"));
        run.points[0].outcome = Some(Outcome::Failed(Failure::LabEnded));
        assert!(said(&run).is_some_and(|text| text.starts_with("did not finish, with 2 to 4 of 6 rounds made: ")));
        run.points[0].outcome = Some(Outcome::Done);
        assert_eq!(said(&run), None);
        run.lost_trials = 3;
        let lost = "is in a damaged file that has lost 3 trials; it is read with 2 to 4 of 6 rounds";
        assert_eq!(said(&run).as_deref(), Some(lost));
    }
}
