//! Findings of a comparison of two runs, as data.

use super::difference::EnvironmentDifference;
use super::pair::{Changed, Side};
use super::unpaired::UnpairedRatio;
use crate::analysis::finding::Finding;
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;

/// Comparison of two runs of one workload.
#[derive(Debug, Clone, PartialEq)]
pub struct RunComparison {
    /// Moments at which the runs were started, milliseconds since the Unix epoch.
    pub started_at_ms: Changed<u64>,
    /// Differences of machine, versions and settings.
    pub differences: Vec<EnvironmentDifference>,
    /// One for each contender that both runs measured, at each point that both have.
    pub rows: Vec<ContenderChange>,
    /// Contenders that could not be compared.
    pub unmatched: Vec<Unmatched>,
    /// Points of a sweep that only one run has.
    pub points_in_one: Vec<(Side, SweepPoint)>,
    /// Geometric mean of the ratios; `None` below two rows.
    pub mean: Option<MeanChange>,
    /// Drift of the machine that was seen.
    pub drift: Drift,
    /// True if compute steps ran another number of iterations, because the calibration differs by more than 2 %.
    pub amounts_differ: bool,
}

/// A contender in both runs, at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct ContenderChange {
    /// The contender, as in the newer run.
    pub contender: Contender,
    /// The point of a sweep.
    pub point: Option<SweepPoint>,
    /// Median wall times, nanoseconds.
    pub median_nanos: Changed<f64>,
    /// Wall time of NEW / wall time of OLD.
    pub wall: UnpairedRatio,
    /// Conclusion that the ratio supports.
    pub finding: Finding,
    /// Lead that every trial has to show before a difference is claimed without an interval.
    pub least_lead: f64,
    /// CPU time of NEW / of OLD, if clearly different.
    pub cpu: Option<UnpairedRatio>,
    /// Peak memory of NEW / of OLD without the lab's records, if clearly different.
    pub memory: Option<UnpairedRatio>,
    /// Measured trials that did not complete.
    pub failed: Changed<u32>,
}

impl ContenderChange {
    /// Returns true if the newer run clearly takes more time.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        self.finding.is_slower(self.least_lead)
    }

    /// Returns true if the newer run clearly takes less time.
    #[must_use]
    pub fn is_faster(&self) -> bool {
        self.finding.is_faster(self.least_lead)
    }

    /// Returns true if the entire interval lies beyond `percent` above the older run; `None` without an interval.
    #[must_use]
    pub fn is_slower_by(&self, percent: f64) -> Option<bool> {
        self.wall.ci95.map(|(low, _)| low > 1.0 + percent / 100.0)
    }
}

/// A contender that could not be compared at some point.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The contender.
    pub contender: Contender,
    /// The point of a sweep; `None` where all points are meant.
    pub point: Option<SweepPoint>,
    /// The reason.
    pub why: WhyUnmatched,
}

/// Reason why a contender could not be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyUnmatched {
    /// The contender is only in this run.
    OnlyIn(Side),
    /// No measured trial of it completed in this run, for this reason where there is one.
    NoTrial(Side, Option<String>),
    /// Its counter was wrong in these runs, so it did not do the same work.
    WrongResult(Vec<Side>),
}

/// Geometric mean over all rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanChange {
    /// Geometric mean of NEW / OLD.
    pub ratio: f64,
    /// 95 % confidence interval; `None` where a row has fewer than six trials in either run.
    pub ci95: Option<(f64, f64)>,
    /// Number of rows.
    pub rows: u32,
}

/// Changes of speed without a change of anything compared, as shares: 0.01 is 1 %.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Drift {
    /// Between the first and the second half of the rounds of OLD, mean over its contenders.
    pub within_old: Option<f64>,
    /// The same of NEW.
    pub within_new: Option<f64>,
    /// Largest change of a calibration between the runs; `None` if they share one.
    pub calibration: Option<f64>,
}

impl Drift {
    /// Returns the largest drift that was seen.
    #[must_use]
    pub fn largest(&self) -> Option<f64> {
        [self.within_old, self.within_new, self.calibration].into_iter().flatten().reduce(f64::max)
    }
}
