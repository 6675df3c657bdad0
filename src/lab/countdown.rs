//! Countdown of a running session: the time left and the share that is done, between two estimates.

use std::cell::Cell;
use std::time::Instant;

/// Largest share shown of a session that still runs.
const MOST_SHARE: f64 = 0.98;

/// Countdown of one session.
#[derive(Debug)]
pub struct Countdown {
    /// Start of the session.
    created: Instant,
    /// Start of what the share is about.
    began: Instant,
    /// Seconds left and the moment at which that was estimated; `None` while nobody can know.
    left: Option<(f64, Instant)>,
    /// Largest share shown so far: the progress bar never goes back.
    shown: Cell<f64>,
}

impl Countdown {
    /// Starts now with this estimate of the whole session; infinite seconds are an unknown time.
    #[must_use]
    pub fn of(seconds: f64) -> Self {
        let now = Instant::now();
        let mut countdown = Self { created: now, began: now, left: None, shown: Cell::new(0.0) };
        countdown.set(Some(seconds));
        countdown
    }

    /// Begins anew after a wait: nothing is done yet, and all of the estimate is left.
    pub fn restart(&mut self) {
        let left = self.left.map_or(f64::INFINITY, |(seconds, _)| seconds);
        *self = Self::of(left);
    }

    /// Replaces the estimate of the seconds left.
    pub fn set(&mut self, seconds: Option<f64>) {
        self.left = seconds.filter(|seconds| seconds.is_finite()).map(|seconds| (seconds, Instant::now()));
    }

    /// Returns the seconds left, counted down since the last estimate; `None` while nobody can know.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        self.left.map(|(seconds, estimated)| (seconds - estimated.elapsed().as_secs_f64()).max(0.0))
    }

    /// Returns true where the last estimate is over by more than a second.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.left.is_some_and(|(seconds, estimated)| estimated.elapsed().as_secs_f64() > seconds + 1.0)
    }

    /// Returns the seconds since the start, a wait included.
    #[must_use]
    pub fn elapsed_seconds(&self) -> f64 {
        self.created.elapsed().as_secs_f64()
    }

    /// Returns the share of the session's time that has passed, 0 to 1; it never decreases. 0 while the time left is
    /// unknown.
    #[must_use]
    pub fn share_done(&self) -> f64 {
        let elapsed = self.began.elapsed().as_secs_f64();
        let share = self.seconds_left().map_or(0.0, |left| elapsed / (elapsed + left).max(f64::MIN_POSITIVE));
        let share = share.min(MOST_SHARE).max(self.shown.get());
        self.shown.set(share);
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_never_goes_back_and_an_unknown_time_has_none() {
        let mut countdown = Countdown::of(0.0);
        let first = countdown.share_done();
        assert_eq!((countdown.seconds_left(), first), (Some(0.0), MOST_SHARE));
        countdown.set(Some(1000.0));
        assert_eq!(countdown.share_done(), first, "a longer estimate does not turn it back");
        assert!(!countdown.is_overdue());
        let long_ago = Instant::now().checked_sub(std::time::Duration::from_secs(9)).expect("a clock that has run");
        countdown.left = Some((1.0, long_ago));
        assert!(countdown.is_overdue() && countdown.seconds_left() == Some(0.0));
        countdown.set(Some(1000.0));
        countdown.restart();
        assert!(countdown.share_done() < 0.5, "after a wait nothing is done");
        let unknown = Countdown::of(f64::INFINITY);
        assert_eq!((unknown.seconds_left(), unknown.share_done()), (None, 0.0));
    }
}
