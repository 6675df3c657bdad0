//! Positions of the columns of the comparison. Draws nothing.

use eframe::egui::{Rect, pos2};

use crate::analysis::metric::{LOST_UPDATES, Metric};

/// Width of the column of lost updates, in points.
pub const LOST_WIDTH: f32 = 142.0;

/// Positions of the columns, measured from the left edge of the table.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Left and right edge.
    pub plot: (f32, f32),
    /// Right edge; the same for the columns below.
    pub wall: f32,
    pub times: f32,
    pub cores: f32,
    /// Width of the bar beside the number of cores; 0 in a narrow table.
    pub cores_bar: f32,
    pub memory: f32,
    /// `None` if a narrow table has no room for it.
    pub switches: Option<f32>,
    /// The metric that this workload is about.
    pub highlight: Option<(&'static Metric, f32)>,
}

impl Columns {
    /// Returns the columns of a table of this width.
    pub fn of(width: f32, highlight: Option<&'static Metric>) -> Self {
        let narrow = width < 800.0;
        let name = if narrow { 168.0 } else { 206.0 };
        // "10 to 39 million" takes more room than a time.
        let is_range = highlight.is_some_and(|metric| metric.id == LOST_UPDATES.id);
        let highlight_width = if is_range { LOST_WIDTH } else { 96.0 };
        let widths = match (narrow, highlight) {
            (false, None) => [82.0, 86.0, 104.0, 98.0, 84.0, 0.0],
            (false, Some(_)) => [82.0, 86.0, 104.0, 98.0, 84.0, highlight_width],
            (true, None) => [72.0, 58.0, 44.0, 94.0, 58.0, 0.0],
            // There is room for one of the two: the highlighted metric replaces the switches.
            (true, Some(_)) => [72.0, 58.0, 44.0, 94.0, 0.0, highlight_width],
        };
        let mut right = width;
        let [wall, times, cores, memory, switches, highlight_right] = {
            let mut ends = [0.0; 6];
            for (end, taken) in ends.iter_mut().zip(widths).rev() {
                *end = right;
                right -= taken;
            }
            ends
        };
        let cores_bar = if narrow { 0.0 } else { 44.0 };
        let switches = (!narrow || highlight.is_none()).then_some(switches);
        let highlight = highlight.map(|metric| (metric, highlight_right));
        Self { plot: (name, right - 8.0), wall, times, cores, cores_bar, memory, switches, highlight }
    }
}

/// Returns the part of a row that holds the plot.
pub fn plot_rect(row: Rect, columns: Columns) -> Rect {
    Rect::from_min_max(pos2(row.left() + columns.plot.0, row.top()), pos2(row.left() + columns.plot.1, row.bottom()))
}
