//! Positions of the columns of the comparison. Draws nothing.

use eframe::egui::{Rect, pos2};

use crate::analysis::metric::{
    CORES_USED, LOST_UPDATES, Metric, OS_SWITCHES, PEAK_MEMORY, TIMES_AS_FAST, WALL_INTERVAL,
};
use crate::lab::table_columns::TableColumns;
use crate::ui::timeline::time_axis::NAMES_WIDTH;

/// Width of a column of ranges, in points: "10 to 39 million" takes more room than a time.
pub const WIDE: f32 = 142.0;
/// Least share of the table for the plot. Where wide columns would take it they are narrow, and then the last ones left
/// out.
const PLOT_SHARE: f32 = 0.4;

/// Positions of the columns, measured from the left edge of the table.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Left and right edge.
    pub plot: (f32, f32),
    /// Right edge of the wall time.
    pub wall: f32,
    /// The metrics beside the wall time, each with its right edge.
    pub metrics: Vec<(&'static Metric, f32)>,
    /// Width of the bar beside the number of cores; 0 in a narrow table.
    pub cores_bar: f32,
    /// Number of columns chosen for which there is no room.
    pub left_out: usize,
}

impl Columns {
    /// Returns the columns of a table of this width. The highlighted metric, which the workload is about, is the last
    /// and always has room.
    pub fn of(width: f32, chosen: &TableColumns, highlight: Option<&'static Metric>) -> Self {
        let name = NAMES_WIDTH;
        let wall_width = |narrow| if narrow { 72.0 } else { 82.0 };
        let mut shown: Vec<_> = chosen.chosen().filter(|metric| highlight != Some(metric)).collect();
        let all = shown.len();
        let taken = |shown: &[&'static Metric], narrow| {
            shown.iter().copied().chain(highlight).map(|metric| column_width(metric, narrow)).sum::<f32>()
        };
        let plot = |shown: &[&'static Metric], narrow| width - name - wall_width(narrow) - taken(shown, narrow);
        let narrow = plot(&shown, false) < PLOT_SHARE * width;
        while !shown.is_empty() && plot(&shown, narrow) < PLOT_SHARE * width {
            shown.pop();
        }
        let left_out = all - shown.len();
        let mut right = width - taken(&shown, narrow);
        let wall = right;
        let metrics = shown.into_iter().chain(highlight).map(|metric| {
            right += column_width(metric, narrow);
            (metric, right)
        });
        let metrics = metrics.collect();
        let cores_bar = if narrow { 0.0 } else { 44.0 };
        Self { plot: (name, wall - wall_width(narrow) - 8.0), wall, metrics, cores_bar, left_out }
    }

    /// Returns the right edge of a metric's column, if it is shown.
    pub fn right_of(&self, wanted: &Metric) -> Option<f32> {
        self.metrics.iter().find(|(metric, _)| *metric == wanted).map(|(_, right)| *right)
    }
}

/// Returns the width of a column in a wide or a narrow table.
fn column_width(metric: &Metric, narrow: bool) -> f32 {
    let widths = [
        (&TIMES_AS_FAST, 86.0, 58.0),
        (&CORES_USED, 104.0, 44.0),
        (&PEAK_MEMORY, 98.0, 94.0),
        (&OS_SWITCHES, 84.0, 58.0),
        (&LOST_UPDATES, WIDE, WIDE),
        (&WALL_INTERVAL, WIDE, WIDE),
    ];
    let known = widths.into_iter().find(|(one, ..)| *one == metric);
    known.map_or(96.0, |(_, wide, tight)| if narrow { tight } else { wide })
}

/// Returns the part of a row that holds the plot.
pub fn plot_rect(row: Rect, columns: &Columns) -> Rect {
    Rect::from_min_max(pos2(row.left() + columns.plot.0, row.top()), pos2(row.left() + columns.plot.1, row.bottom()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plot_keeps_its_share_and_columns_make_way() {
        let chosen = TableColumns::default();
        for width in (520..2_000).step_by(20) {
            let columns = Columns::of(width as f32, &chosen, None);
            let plot = columns.plot.1 - columns.plot.0 + 8.0;
            assert!(plot >= 0.4 * width as f32 - 0.1, "{plot} of {width}");
            assert_eq!(columns.metrics.len() + columns.left_out, 4);
        }
        assert_eq!(Columns::of(900.0, &chosen, None).left_out, 0);
        let highlighted = Columns::of(600.0, &chosen, Some(&LOST_UPDATES));
        let left = (highlighted.metrics.len(), highlighted.left_out);
        assert_eq!(left, (1, 4), "all others make way for what the workload is about");
    }
}
