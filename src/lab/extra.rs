//! The one figure that a row shows beyond those of every workload: what this workload is about.

use super::run::Run;
use crate::analysis::Summary;
use crate::units;
use crate::workload::{Step, Workload};

/// Which figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// Updates of a shared counter that do not show.
    Lost,
    /// The longest standstill of the ticker.
    Late,
    /// Memory streamed per second.
    Streamed,
    /// Time that tasks waited for their interpreter.
    GilWait,
}

impl Extra {
    /// The figure of a run: that of its workload, else the waiting for interpreters where it was derived.
    #[must_use]
    pub fn of_run(run: &Run) -> Option<Self> {
        let waits =
            || run.analysis.iter().flat_map(|analysis| &analysis.summaries).any(|one| one.gil_wait_nanos.is_some());
        Self::of(&run.results.experiment.workload).or_else(|| waits().then_some(Self::GilWait))
    }

    /// The figure of a workload; at most one, so that rows stay calm. The others stand in the details.
    #[must_use]
    pub fn of(workload: &Workload) -> Option<Self> {
        let has = |wanted: fn(&Step) -> bool| workload.steps().iter().any(wanted);
        if has(|step| matches!(step, Step::Increment { .. })) {
            Some(Self::Lost)
        } else if workload.ticker {
            Some(Self::Late)
        } else if has(|step| matches!(step, Step::Memory { .. })) {
            Some(Self::Streamed)
        } else {
            None
        }
    }

    /// Head of its column.
    #[must_use]
    pub const fn head(self) -> &'static str {
        match self {
            Self::Lost => "lost updates",
            Self::Late => "standstill",
            Self::Streamed => "memory read",
            Self::GilWait => "GIL wait",
        }
    }

    /// The same where columns are narrow.
    #[must_use]
    pub const fn short_head(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Late => "standstill",
            Self::Streamed => "read",
            Self::GilWait => "GIL wait",
        }
    }

    /// What it means.
    #[must_use]
    pub const fn tip(self) -> &'static str {
        match self {
            Self::Lost => {
                "Increments that were made and that the counter does not show, least and most of one trial: a finding, not a failure"
            }
            Self::Late => {
                "The longest time that a ticker due every 10 ms beside the work was kept waiting, median over the trials"
            }
            Self::Streamed => "Memory that all tasks together read per second of wall time",
            Self::GilWait => {
                "Time that all tasks together were ready to go on and waited for their interpreter: wall time less CPU time of their threads. An estimate; the details of a row tell its error"
            }
        }
    }

    /// The figure of a model; `None` where it was not measured.
    #[must_use]
    pub fn value(self, summary: &Summary) -> Option<String> {
        match self {
            Self::Lost if summary.counts_apart() => Some("own memory".to_owned()),
            Self::Lost => summary.lost_range.map(|(least, most)| units::count_range(least, most)),
            Self::Late => summary.late_worst_nanos.map(units::duration),
            Self::Streamed => summary.streamed_bytes_per_s.map(streamed),
            Self::GilWait => summary.gil_wait_nanos.map(units::duration),
        }
    }

    /// A warning at the figure: "wrong" where the result is.
    #[must_use]
    pub fn warning(self, summary: &Summary) -> Option<&'static str> {
        (self == Self::Lost && summary.result_is_wrong()).then_some("wrong result")
    }

    /// The same as part of a sentence.
    #[must_use]
    pub fn told(self, summary: &Summary) -> Option<String> {
        let value = self.value(summary)?;
        Some(match self {
            Self::Lost if summary.counts_apart() => {
                "wrong result: updates made in memory of its own, the counter stays at 0".to_owned()
            }
            Self::Lost => {
                let expected = units::count(summary.expected_updates.map_or(0, |expected| expected.round() as u64));
                if summary.result_is_wrong() {
                    format!("wrong result: {value} of {expected} updates lost in a trial")
                } else {
                    format!("{value} of {expected} updates lost")
                }
            }
            Self::Late => format!("ticker stood still for up to {value}"),
            Self::Streamed => format!("{value} of memory read"),
            Self::GilWait => format!("{value} of waiting for the interpreter, estimated"),
        })
    }
}

/// Bytes per second as memory is rated: "12.3 GB/s".
#[must_use]
pub fn streamed(bytes_per_s: f64) -> String {
    format!("{} GB/s", units::significant(bytes_per_s / 1e9, 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{Synthetic, workload_of};
    use crate::trial::Counted;
    use crate::workload::{Protection, Tasks};

    #[test]
    fn a_workload_brings_one_figure_at_most() {
        let mut workload = crate::preset::built_in()[0].workload.clone();
        let mut extra = |kinds: &[&str], ticker| {
            let steps = kinds.iter().filter_map(|kind| Step::of_kind(kind, 1.0)).collect();
            workload.tasks = Tasks::Alike { count: 1, steps };
            workload.ticker = ticker;
            Extra::of(&workload)
        };
        assert_eq!(extra(&["wait", "http", "file", "critical"], false), None);
        assert_eq!(extra(&["memory"], false), Some(Extra::Streamed));
        assert_eq!(extra(&["memory"], true), Some(Extra::Late));
        assert_eq!(extra(&["memory", "increment"], true), Some(Extra::Lost));
    }

    #[test]
    fn lost_updates_are_a_range_over_the_trials_and_wrong() {
        let steps = vec![Step::Increment { count: 20_000_000, protection: Protection::None }];
        let rows = [("sequential", 80.0, 1, 1.0), ("threads", 160.0, 8, 1.9), ("process-pool", 40.0, 2, 1.9)];
        let models = ["sequential", "threads", "process-pool"];
        let mut built = Synthetic::new(workload_of(8, steps), &models).rounds(3, 0.0, &rows);
        for (place, trial) in built.results.trials.iter_mut().enumerate() {
            let lost = match place % 3 {
                1 if trial.round == 3 => 39_000_000,
                2 => 160_000_000,
                _ => 0,
            };
            let counted = Counted { expected: 160_000_000, got: 160_000_000 - lost };
            trial.measured.as_mut().expect("completed").counted = Some(counted);
        }
        let summaries = analyse(&built.results).summaries;
        let seen: Vec<_> = summaries
            .iter()
            .map(|one| {
                let (value, told) = (Extra::Lost.value(one).expect("counted"), Extra::Lost.told(one).expect("counted"));
                (value, told.replace('\u{a0}', " "), Extra::Lost.warning(one))
            })
            .collect();
        let own = |value: &str, told: &str, warning| (value.to_owned(), told.to_owned(), warning);
        let wrong = Some("wrong result");
        assert_eq!(seen[0], own("0", "0 of 160,000,000 updates lost", None));
        let told = "wrong result: 0 to 39 million of 160,000,000 updates lost in a trial";
        assert_eq!(seen[1], own("0 to 39 million", told, wrong));
        let told = "wrong result: updates made in memory of its own, the counter stays at 0";
        assert_eq!(seen[2], own("own memory", told, wrong));
    }

    #[test]
    fn memory_is_rated_in_gigabytes_a_second() {
        assert_eq!(streamed(12_345e6), "12.3 GB/s");
        assert_eq!(streamed(0.0), "0 GB/s");
    }
}
