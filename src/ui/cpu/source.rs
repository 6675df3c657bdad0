//! Data of a model's panel: the system's counters, or the tasks' own records if trials are too short for those.

use std::borrow::Cow;

use super::words::lab_share;
use crate::analysis::cpu_usage::{CpuUsage, UsageMeans};
use crate::lab::descriptions::no_time;
use crate::lab::run::{Activity, Run};
use crate::model::Contender;
use crate::trial::Trial;
use crate::units::{self, plural};

/// Data of a panel, and a text about its origin.
pub enum Source<'a> {
    /// Samples of the system's counters, trial by trial.
    Counters { usage: Cow<'a, CpuUsage>, means: UsageMeans, warmup: bool, origin: String },
    /// Fraction of the trial in which tasks computed on each core, from their records.
    Occupancy { cores: Vec<(u32, f64)>, length_ms: f64, origin: String },
    /// No data, with the reason.
    Nothing(String),
}

impl<'a> Source<'a> {
    /// Returns the best data of a model: counters of measured trials, then of the warm-up, then task records.
    pub fn of(run: &'a Run, contender: &Contender) -> Self {
        let is_running = matches!(&run.doing, Some(Activity::Trial { contender: running, .. }) if running == contender);
        if is_running && !run.live.is_empty() {
            let usage = CpuUsage::of([(run.live.as_slice(), None)].into_iter());
            let means = usage.means();
            let origin = "live".to_owned() + &lab_share(&means);
            return Self::Counters { usage: Cow::Owned(usage), means, warmup: false, origin };
        }
        if let Some(counted) = run.counted_usage(contender) {
            let origin = match counted.warmup_passes {
                None => {
                    let shown = counted.usage.trial_ends_ms.len();
                    let completed = run.results().measured(contender).filter(|one| one.completed().is_some()).count();
                    let length = units::duration(counted.usage.length_ms() * 1e6);
                    match shown < completed {
                        true => {
                            let all = plural(completed as u64, "trial");
                            format!("{shown} of {all}, {length}; the others are too short for the counters")
                        }
                        false => format!("{}, {length}", plural(shown as u64, "trial")),
                    }
                }
                Some(passes) => {
                    let repeated = match passes {
                        ..=1 => String::new(),
                        passes => format!(", repeated {} times", units::count(u64::from(passes))),
                    };
                    format!("from the warm-up{repeated}: trials are too short for the counters")
                }
            };
            return Self::Counters {
                usage: Cow::Borrowed(&counted.usage),
                means: counted.means,
                warmup: counted.warmup_passes.is_some(),
                origin: origin + &lab_share(&counted.means),
            };
        }
        Self::from_tasks(run, contender)
    }

    fn from_tasks(run: &Run, contender: &Contender) -> Self {
        let shown = run.shown_trial(contender, None).and_then(Trial::completed);
        match shown.and_then(|measured| Some((measured.span_summary.core_busy_nanos.as_ref()?, measured.wall_nanos))) {
            Some((busy, wall_nanos)) if !busy.is_empty() => {
                let share = |nanos: u64| (nanos as f64 / wall_nanos.max(1) as f64).min(1.0);
                let cores = busy.iter().map(|(core, nanos)| (*core, share(*nanos))).collect();
                let origin = "from the tasks' own records: too short for the counters".to_owned();
                Self::Occupancy { cores, length_ms: wall_nanos as f64 / 1e6, origin }
            }
            Some(_) => Self::Nothing("not measured: too short for the counters, and no computing".to_owned()),
            None if shown.is_some() => Self::Nothing(
                "not measured: too short for the counters, and not known on which core each task computed".to_owned(),
            ),
            _ if run.is_running() => Self::Nothing("no trial yet".to_owned()),
            _ => Self::Nothing(no_time(run, run.summary(contender))),
        }
    }

    /// Returns the text about its origin.
    pub fn origin(&self) -> &str {
        match self {
            Self::Counters { origin, .. } | Self::Occupancy { origin, .. } | Self::Nothing(origin) => origin,
        }
    }

    /// Returns the length of its time axis in milliseconds.
    pub fn length_ms(&self) -> f64 {
        match self {
            Self::Counters { usage, .. } => usage.length_ms(),
            Self::Occupancy { length_ms, .. } => *length_ms,
            Self::Nothing(_) => 0.0,
        }
    }
}
