//! Waiting until other programs leave the CPUs alone.

use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use super::CancelFlag;
use super::counters::Counters;
use super::quiet_wait::{QuietWait, Waited};
use crate::failure::Failure;
use crate::trial::{Background, BackgroundShares};

/// Length of the quiet time that is waited for: programs that wake up once a second are seen.
pub const QUIET_SECONDS: u64 = 3;

/// Time between two looks at the flag that ends the wait.
const LOOK: Duration = Duration::from_millis(50);

/// Returns true if this system reports how much CPU time other programs use.
#[must_use]
pub fn knows_other_programs() -> bool {
    static KNOWN: LazyLock<bool> = LazyLock::new(|| Counters::read().are_known());
    *KNOWN
}

/// Reason why a wait ended before the machine was quiet.
pub(super) enum NotQuiet {
    /// The user stopped it.
    Cancelled,
    /// The system does not report what other programs use.
    Unknown,
}

impl From<NotQuiet> for super::Outcome {
    fn from(reason: NotQuiet) -> Self {
        match reason {
            NotQuiet::Cancelled => Self::Cancelled,
            NotQuiet::Unknown => Self::Failed(Failure::OthersUnknown),
        }
    }
}

/// Waits until neither other programs nor the host of this virtual machine have disturbed [`QUIET_SECONDS`] on end.
/// Reports each second of which something is known. The user may end the wait.
pub(super) fn wait(order: &QuietWait, cancel: &CancelFlag, report: impl FnMut(Waited)) -> Result<(), NotQuiet> {
    if !knows_other_programs() {
        return Err(NotQuiet::Unknown);
    }
    let mut before = Counters::read();
    let second = || {
        let until = Instant::now() + Duration::from_nanos(Background::LEAST_NANOS);
        while Instant::now() < until {
            if cancel.is_cancelled() {
                return Err(NotQuiet::Cancelled);
            }
            if order.is_ended() {
                return Ok(Second::Ended);
            }
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        let after = Counters::read();
        // No trial runs meanwhile. Unknown where the set of usable CPUs has just changed.
        let shares = Background::shares(after.since(&before, Some(0)).into_iter());
        before = after;
        Ok(Second::Passed(shares))
    };
    until_quiet(second, report)
}

/// A second of the wait.
enum Second {
    /// It passed with these shares, if they are known.
    Passed(Option<BackgroundShares>),
    /// The user ended the wait in it.
    Ended,
}

fn until_quiet(
    mut second: impl FnMut() -> Result<Second, NotQuiet>,
    mut report: impl FnMut(Waited),
) -> Result<(), NotQuiet> {
    let (mut quiet, mut seconds) = (0, 0);
    while quiet < QUIET_SECONDS {
        let Second::Passed(shares) = second()? else { return Ok(()) };
        seconds += 1;
        quiet = if shares.is_none_or(|shares| shares.is_disturbed()) { 0 } else { quiet + 1 };
        shares.into_iter().for_each(|shares| report(Waited { seconds, shares }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits through seconds with these shares of other programs and the host; the wait is stopped after them. Returns
    /// how it ended, and the seconds that it took.
    fn through(seconds: &[(f64, f64)]) -> (Result<(), NotQuiet>, usize) {
        let mut left = seconds.iter();
        let mut reported = 0;
        let second = || match left.next() {
            Some((foreign_percent, steal)) => {
                Ok(Second::Passed((*foreign_percent >= 0.0).then_some(BackgroundShares {
                    foreign_percent: *foreign_percent,
                    lab_percent: 50.0,
                    steal_percent: Some(*steal),
                })))
            }
            None => Err(NotQuiet::Cancelled),
        };
        let ended = until_quiet(second, |_| reported += 1);
        (ended, reported)
    }

    #[test]
    fn it_ends_after_three_quiet_seconds_on_end() {
        assert!(matches!(through(&[(0.5, 0.0), (0.0, 0.0), (2.0, 1.0), (90.0, 0.0)]), (Ok(()), 3)));
        let again = [(0.0, 0.0), (0.0, 0.0), (30.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)];
        assert!(matches!(through(&again), (Ok(()), 6)), "a loud second begins the count anew");
        let unknown = [(0.0, 0.0), (0.0, 0.0), (-1.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)];
        assert!(matches!(through(&unknown), (Ok(()), 5)), "so does one of which nothing is known");
    }

    #[test]
    fn it_lasts_as_long_as_something_disturbs_and_can_be_stopped() {
        assert!(matches!(through(&[(2.1, 0.0); 9]), (Err(NotQuiet::Cancelled), 9)));
        assert!(matches!(through(&[(0.0, 1.5); 9]), (Err(NotQuiet::Cancelled), 9)), "the host counts, too");
    }

    #[test]
    fn the_user_can_end_it() {
        let order = QuietWait::default();
        order.clone().end();
        let begun = Instant::now();
        assert!(matches!(wait(&order, &CancelFlag::default(), |_| ()), Ok(()) | Err(NotQuiet::Unknown)));
        assert!(begun.elapsed() < Duration::from_secs(QUIET_SECONDS), "without the quiet time");
        let mut seconds = Vec::new();
        let known = BackgroundShares { foreign_percent: 30.0, lab_percent: 0.0, steal_percent: None };
        let mut left = [Second::Passed(None), Second::Passed(Some(known)), Second::Ended].into_iter();
        let ended = until_quiet(|| left.next().ok_or(NotQuiet::Cancelled), |waited| seconds.push(waited.seconds));
        assert!(ended.is_ok(), "the run begins");
        assert_eq!(seconds, [2], "seconds of which nothing is known count");
    }
}
