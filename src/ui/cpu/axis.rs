//! The time axis of the CPU view. Draws nothing.

use eframe::egui::{Rect, Vec2};

/// Width of the names left of the strips.
pub const NAMES_WIDTH: f32 = 62.0;

/// The time axis that all panels share, relative to their left edge.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    pub left: f32,
    pub width: f32,
    /// Time at the right edge, milliseconds.
    pub longest_ms: f64,
}

impl Axis {
    /// Returns the axis within `rect`, whose right edge holds a scroll bar of this width.
    pub fn over(rect: Rect, longest_ms: f64, scroll_bar: f32) -> Self {
        let width = (rect.width() - scroll_bar - NAMES_WIDTH - 8.0).max(40.0);
        Self { left: NAMES_WIDTH, width, longest_ms: longest_ms.max(1e-6) }
    }

    /// Returns the width of names and axis together.
    pub fn right(&self) -> f32 {
        self.left + self.width
    }

    /// Returns the part of a panel that is right of the names.
    pub fn plot_of(&self, panel: Rect) -> Rect {
        Rect::from_min_max(panel.min + Vec2::new(self.left, 0.0), panel.max)
    }

    /// Returns the position of a time.
    pub fn x(&self, plot: Rect, ms: f64) -> f32 {
        plot.left() + (ms / self.longest_ms) as f32 * self.width
    }

    /// Returns the time at a position, milliseconds.
    pub fn ms(&self, plot: Rect, x: f32) -> f64 {
        f64::from((x - plot.left()) / self.width) * self.longest_ms
    }
}
