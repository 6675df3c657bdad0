//! The part of the time that the timeline shows, and moves of it. Draws nothing.

/// A move of the timeline's axis. Positions are fractions of the visible range, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Zoom {
    /// Zoom by a factor; the time at `around` keeps its position.
    By {
        /// Above 1 to zoom in.
        factor: f64,
        /// Fixed position; 0 is the left edge.
        around: f64,
    },
    /// Move by a fraction of the visible range; positive values show later times.
    Pan(f64),
    /// The range that suits these results.
    Fit,
    /// From 0 to the end of the slowest model.
    All,
}

/// Visible range of the timeline, in nanoseconds since the trials' clocks started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Left edge.
    pub from: f64,
    /// Right edge.
    pub to: f64,
}

impl Range {
    /// Shortest range that zooming in reaches: 100 ns.
    const SHORTEST_NANOS: f64 = 100.0;

    /// Returns the range after a move, clamped to 0 and `end`.
    #[must_use]
    pub fn moved(self, zoom: Zoom, fit: Self, end: f64) -> Self {
        let width = self.to - self.from;
        let (from, width) = match zoom {
            Zoom::Fit => return fit,
            Zoom::All => return Self { from: 0.0, to: end },
            Zoom::Pan(share) => (self.from + share * width, width),
            Zoom::By { factor, around } => {
                let narrower = (width / factor).clamp(Self::SHORTEST_NANOS.min(end), end);
                (self.from + around * (width - narrower), narrower)
            }
        };
        let from = from.clamp(0.0, (end - width).max(0.0));
        Self { from, to: from + width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_its_anchor_and_stays_within_the_trial() {
        let all = Range { from: 0.0, to: 1000.0 };
        let close = all.moved(Zoom::By { factor: 2.0, around: 0.5 }, all, 1000.0);
        assert_eq!(close, Range { from: 250.0, to: 750.0 });
        assert_eq!(close.moved(Zoom::Pan(10.0), all, 1000.0), Range { from: 500.0, to: 1000.0 });
        assert_eq!(close.moved(Zoom::Pan(-10.0), all, 1000.0), Range { from: 0.0, to: 500.0 });
        assert_eq!(close.moved(Zoom::By { factor: 0.01, around: 0.5 }, all, 1000.0), all);
        assert_eq!(close.moved(Zoom::All, all, 2000.0).to, 2000.0);
    }
}
