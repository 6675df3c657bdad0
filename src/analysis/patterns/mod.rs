//! Badly behaved patterns in the tasks of one trial. Each has a file with an exact criterion over the spans, its evidence
//! in figures, and the part of the timeline that shows it. What is not recorded is never named: where the position of
//! waits is only estimated (the GIL), patterns of overlap are not looked for.

mod convoy;
mod facts;
mod overlap;
mod oversubscribed;
mod serialised;
mod starved_loop;
#[cfg(test)]
mod testing;
mod uneven;

use std::ops::Range;

pub use convoy::Convoy;
pub use facts::TrialFacts;
pub use oversubscribed::Oversubscribed;
pub use serialised::Serialised;
pub use starved_loop::StarvedLoop;
pub use uneven::UnevenWork;

use crate::units;

/// A pattern with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// At most one task at a time, though there are several workers.
    Serialised(Serialised),
    /// Tasks queue for a lock that is handed from one to the next.
    Convoy(Convoy),
    /// More tasks compute than there are CPUs.
    Oversubscribed(Oversubscribed),
    /// One worker is busy long after the others.
    UnevenWork(UnevenWork),
    /// An event loop stands still.
    StarvedLoop(StarvedLoop),
}

impl Pattern {
    /// Returns the name of the pattern.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Serialised(_) => "Serialised",
            Self::Convoy(_) => "Lock convoy",
            Self::Oversubscribed(_) => "Oversubscribed",
            Self::UnevenWork(_) => "Uneven work",
            Self::StarvedLoop(_) => "Starved loop",
        }
    }

    /// Returns the evidence in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Serialised(one) => one.sentence(),
            Self::Convoy(one) => one.sentence(),
            Self::Oversubscribed(one) => one.sentence(),
            Self::UnevenWork(one) => one.sentence(),
            Self::StarvedLoop(one) => one.sentence(),
        }
    }

    /// Returns the part of the trial that shows it, nanoseconds since its clock started.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        match self {
            Self::Serialised(one) => one.from..one.to,
            Self::Convoy(one) => one.from..one.to,
            Self::Oversubscribed(one) => one.from..one.to,
            Self::UnevenWork(one) => one.from..one.to,
            Self::StarvedLoop(one) => one.from..one.to,
        }
    }

    /// Returns the worker whose tasks show it; `None` if those of all workers do.
    #[must_use]
    pub const fn worker(&self) -> Option<u32> {
        match self {
            Self::UnevenWork(one) => Some(one.worker),
            Self::Serialised(_) | Self::Convoy(_) | Self::Oversubscribed(_) | Self::StarvedLoop(_) => None,
        }
    }

    /// Returns true where who handed a lock to whom shows it.
    #[must_use]
    pub const fn is_of_locks(&self) -> bool {
        matches!(self, Self::Serialised(_) | Self::Convoy(_))
    }
}

/// Returns the patterns of a trial.
#[must_use]
pub fn patterns(facts: &TrialFacts<'_>) -> Vec<Pattern> {
    let found = [
        starved_loop::find(facts).map(Pattern::StarvedLoop),
        convoy::find(facts).map(Pattern::Convoy),
        serialised::find(facts).map(Pattern::Serialised),
        oversubscribed::find(facts).map(Pattern::Oversubscribed),
        uneven::find(facts).map(Pattern::UnevenWork),
    ];
    found.into_iter().flatten().collect()
}

/// Returns the limits of the criteria by name, for texts.
#[must_use]
pub fn criteria() -> [(&'static str, String); 14] {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    [
        ("serialised_tasks", serialised::FEWEST_TASKS_EACH.to_string()),
        ("serialised_together", serialised::FEWEST_TOGETHER.to_string()),
        ("serialised_together_percent", percent(serialised::LEAST_TOGETHER)),
        ("serialised_percent", percent(serialised::MOST_SHARED)),
        ("convoy_sections", convoy::FEWEST_SECTIONS.to_string()),
        ("convoy_percent", percent(convoy::LEAST_HANDED_OVER)),
        ("convoy_waiting", convoy::LEAST_WAITING.to_string()),
        ("oversubscribed_percent", percent(oversubscribed::LEAST_SHARE)),
        ("oversubscribed_stretch", oversubscribed::LEAST_STRETCH.to_string()),
        ("uneven_percent", percent(uneven::LEAST_ALONE)),
        ("uneven_busy_percent", percent(uneven::LEAST_BUSY)),
        ("uneven_least", units::duration(uneven::LEAST_NANOS as f64)),
        ("starved_late", units::duration(starved_loop::LATE_NANOS as f64)),
        ("starved_percent", percent(starved_loop::LEAST_SHARE)),
    ]
}

#[cfg(test)]
mod tests {
    use super::testing::{facts, tasks};
    use super::*;
    use crate::trial::Spans;

    #[test]
    fn a_well_behaved_trial_has_no_pattern() {
        let spans = tasks((0..40).map(|task| (task % 2, u64::from(task / 2) * 100, u64::from(task / 2) * 100 + 99)));
        let facts = TrialFacts { cpus: Some(2), cpu_nanos: Some(3_960), ..facts(&spans) };
        assert_eq!(patterns(&facts), []);
        assert_eq!(patterns(&TrialFacts { spans: &Spans::default(), ..facts }), []);
    }
}
