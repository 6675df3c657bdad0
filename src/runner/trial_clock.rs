//! The clock of the running trial, for what is told about a trial that does not end.

use crate::clock::{Anchor, Scale, StampClock};

/// Start of the trial's clock.
#[derive(Debug)]
pub(super) struct TrialClock {
    source: StampClock,
    anchor: Anchor,
    /// Tick at which the clock started.
    started: u64,
}

impl TrialClock {
    /// Starts now. `anchor` was read before.
    pub fn start(source: StampClock, anchor: Anchor) -> Self {
        Self { source, anchor, started: source.now() }
    }

    /// Returns a function from ticks to nanoseconds since the start.
    pub fn nanos(&self) -> impl Fn(u64) -> u64 {
        let (scale, started) = (Scale::between(self.anchor, Anchor::read(self.source)), self.started);
        move |ticks| scale.span(started, ticks)
    }
}
