//! Sentences of questions, choices and evidence.

use super::question::{Choice, Evidence, Quantity, Question, Subject};
use crate::analysis::comparison::{figures, range};
use crate::analysis::phrasing::{from_to, possessive};
use crate::units;

impl Question {
    /// Returns the question.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.subject {
            Subject::Fastest => "Which of these was the fastest?".to_owned(),
            Subject::MostCores => "Which of these kept the most cores busy?".to_owned(),
            Subject::InFlight(contender) => {
                format!("How many tasks were in flight at once under {}?", contender.title())
            }
            Subject::DoubleWorkers { contender, workers } => format!(
                "Would {} workers instead of {} shorten {} ideal time?",
                units::count((workers * 2).into()),
                units::count((*workers).into()),
                possessive(&contender.title())
            ),
            Subject::TimesAsFast { contender, reference } => {
                format!("How many times as long as {} did {} take?", contender.title(), reference.title())
            }
            Subject::MostMemory => "Which of these needed the most memory?".to_owned(),
            Subject::LostUpdates => "Which of these lost updates?".to_owned(),
            Subject::Deadlocked => "Which of these deadlocked?".to_owned(),
            Subject::LongestStandstill => "Beside which of these did the timer stand still longest?".to_owned(),
            Subject::PerTask(contender) => format!("What did one task cost under {}?", contender.title()),
            Subject::Written(question) => question.clone(),
        }
    }

    /// Returns the text of the right choice.
    #[must_use]
    pub fn right(&self) -> String {
        self.choices[self.answer].text()
    }

    /// Returns the evidence in one sentence.
    #[must_use]
    pub fn evidence_text(&self) -> String {
        match &self.evidence {
            Evidence::Lead { next, ratio, ci95, rounds } => {
                let [middle, low, high] = figures([*ratio, ci95.0, ci95.1], *ci95);
                let rounds = units::plural((*rounds).into(), "round");
                format!(
                    "The next, {}, took {middle} times as long (95 % interval {low} to {high}, {rounds}).",
                    next.title()
                )
            }
            Evidence::Apart { quantity, right, other, trials } => {
                let trials = units::plural((*trials).into(), "trial");
                format!(
                    "{}: {} (95 % interval of the median, {trials}); the nearest, {}: {}.",
                    self.right(),
                    quantity.between(*right),
                    other.0.title(),
                    quantity.between(other.1)
                )
            }
            Evidence::InEveryTrial { trials, tasks } => format!(
                "Measured: {} in each of {}; the workload has {}.",
                self.right(),
                units::plural((*trials).into(), "trial"),
                units::plural((*tasks).into(), "task")
            ),
            Evidence::Ideals { now_nanos, then_nanos } => format!(
                "Calculated: {} with these workers, {} with twice as many.",
                units::duration(*now_nanos),
                units::duration(*then_nanos)
            ),
            Evidence::Interval { median, ci95, rounds } => {
                let rounds = units::plural((*rounds).into(), "round");
                match self.subject {
                    Subject::PerTask(_) => format!(
                        "{} (95 % interval {} to {}, {rounds}).",
                        units::duration(*median),
                        units::duration(ci95.0),
                        units::duration(ci95.1)
                    ),
                    _ => {
                        let [middle] = figures([*median], *ci95);
                        format!("{middle} times (95 % interval {}, {rounds}).", range(*ci95))
                    }
                }
            }
            Evidence::Lost { range, expected } => format!(
                "{} lost {} of {} updates in a trial; the others lost none.",
                self.right(),
                units::count_range(range.0, range.1),
                units::count(expected.round() as u64)
            ),
            Evidence::Deadlocks { trials } => format!(
                "{}: {} deadlocked; the others got through.",
                self.right(),
                units::plural((*trials).into(), "trial")
            ),
            Evidence::Written(because) => because.clone(),
        }
    }
}

impl Quantity {
    fn between(self, (low, high): (f64, f64)) -> String {
        match self {
            Self::Cores => {
                let [low, high] = [low, high].map(|cores| units::significant(cores, 2));
                format!("{} cores", from_to(low, &high))
            }
            Self::Memory => from_to(units::bytes(low), &units::bytes(high)),
            Self::Standstill => from_to(units::duration(low), &units::duration(high)),
        }
    }
}

impl Choice {
    /// Returns the label.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Contender(contender) => contender.title(),
            Self::Tasks(count, true) if *count > 1 => format!("all {}", units::count((*count).into())),
            Self::Tasks(count, _) => units::count((*count).into()),
            Self::Shorter(true) => "Yes, it would be shorter".to_owned(),
            Self::Shorter(false) => "No, it would stay the same".to_owned(),
            Self::Times(ratio) if *ratio < 9.95 => format!("{} times", units::significant(*ratio, 2)),
            Self::Times(ratio) => format!("{} times", units::count(ratio.round() as u64)),
            Self::Duration(nanos) => format!("about {}", units::duration(*nanos)),
            Self::Written(text) => text.clone(),
        }
    }
}
