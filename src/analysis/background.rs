//! Shares of the CPU that other programs, the lab and the host of a virtual machine took during a run.

use crate::results::Results;
use crate::session::{QUIET_SECONDS, Waited};
use crate::trial::{Background, BackgroundShares, FOREIGN_PERCENT, STEAL_PERCENT, Trial};
use crate::units;

/// Shares of the usable CPUs over all completed trials together; `None` below [`Background::LEAST_NANOS`].
pub(super) fn background<'a>(trials: impl Iterator<Item = &'a Trial>) -> Option<BackgroundShares> {
    Background::shares(trials.filter(|trial| trial.completed().is_some()).filter_map(|trial| trial.background))
}

/// Shares over the measured trials of a run together; where those are too short for a share, over its warm-ups, too.
pub(super) fn of_run(results: &Results) -> Option<BackgroundShares> {
    let all = || results.trials.iter();
    background(all().filter(|trial| !trial.is_warmup())).or_else(|| background(all()))
}

/// Returns true if this share of CPU time used by other programs is a caveat.
pub(super) fn is_foreign(percent: &f64) -> bool {
    *percent > FOREIGN_PERCENT
}

/// Says for how long a run has waited, and for what: "waited for 7 s so far; in the last second other programs …".
#[must_use]
pub fn waited_for_quiet(waited: &Waited) -> String {
    let duration = match waited.seconds {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    format!("waited for {duration} so far; {}", waiting_for_quiet(&waited.shares))
}

/// Says what a run waits for: "in the last second other programs used 35 % of the usable cores; the run starts once they
/// have used at most 2 % for 3 s".
#[must_use]
pub fn waiting_for_quiet(shares: &BackgroundShares) -> String {
    let foreign = units::percent(shares.foreign_percent);
    let limit = units::percent(FOREIGN_PERCENT);
    let others = format!("in the last second other programs used {foreign} of the usable cores");
    match shares.steal_percent.filter(|percent| *percent > STEAL_PERCENT) {
        Some(steal) => format!(
            "{others} and the host of this virtual machine took {}; the run starts once they have used at most {limit} and {} for {QUIET_SECONDS} s",
            units::percent(steal),
            units::percent(STEAL_PERCENT),
        ),
        None => format!("{others}; the run starts once they have used at most {limit} for {QUIET_SECONDS} s"),
    }
}
