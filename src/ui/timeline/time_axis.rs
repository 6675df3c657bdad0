//! The time axis of the timeline, its ticks, the line at the pointer, and the widths left and right of it.

use eframe::egui::{Painter, Pos2, Rangef, Rect, Ui, pos2};

use crate::lab::view::Range;
use crate::ui::theme::Palette;

/// Width of the names left of the lanes.
pub const NAMES_WIDTH: f32 = 186.0;
/// Width of the margin right of the lanes, which shows when a longer model ended.
pub const BEYOND_WIDTH: f32 = 64.0;

/// Mapping of times to horizontal positions.
#[derive(Debug, Clone, Copy)]
pub struct TimeAxis {
    /// Times shown.
    pub range: Range,
    /// Left edge of the lanes.
    pub left: f32,
    /// Width of the lanes.
    pub width: f32,
    /// Position of the pointer, while it is over the timeline of any model.
    pub cursor: Option<f32>,
}

impl TimeAxis {
    /// Returns the axis of the lanes within `rect`, whose right edge holds a scroll bar of this width. Ruler
    /// and lanes share one axis, so that a time has the same position in both.
    pub fn over(rect: Rect, range: Range, scroll_bar: f32) -> Self {
        let width = (rect.width() - scroll_bar - NAMES_WIDTH - BEYOND_WIDTH).max(40.0);
        Self { range, left: rect.left() + NAMES_WIDTH, width, cursor: None }
    }

    /// Returns the axis with the pointer's position, if that is over this part of the window and nothing is above it.
    pub fn with_cursor(self, ui: &Ui, region: Rect) -> Self {
        let within = |at: &Pos2| region.contains(*at) && (self.left..=self.left + self.width).contains(&at.x);
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(within);
        let uncovered = pointer.filter(|at| ui.ctx().layer_id_at(*at).is_none_or(|layer| layer == ui.layer_id()));
        Self { cursor: uncovered.map(|at| at.x), ..self }
    }

    /// Draws the line at the pointer, which goes through the lanes of all models.
    pub fn draw_cursor(&self, painter: &Painter, rows: Rangef, palette: &Palette) {
        if let Some(x) = self.cursor {
            painter.vline(x, rows, (1.0, palette.tertiary));
        }
    }

    /// Returns the position of a time.
    pub fn x(&self, nanos: f64) -> f32 {
        self.left + ((nanos - self.range.from) / (self.range.to - self.range.from)) as f32 * self.width
    }

    /// Returns the time at a position.
    pub fn nanos(&self, x: f32) -> f64 {
        self.range.from + f64::from((x - self.left) / self.width) * (self.range.to - self.range.from)
    }

    pub fn nanos_per_pixel(&self) -> f64 {
        (self.range.to - self.range.from) / f64::from(self.width.max(1.0))
    }
}

/// Returns the times at round values, about 90 pixels apart.
pub fn ticks(range: Range, width: f32) -> Vec<f64> {
    let rough = (range.to - range.from) / f64::from((width / 90.0).max(1.0));
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough);
    let first = (range.from / step).ceil();
    (0..64).map(|index| (first + f64::from(index)) * step).take_while(|nanos| *nanos <= range.to).collect()
}

/// Returns the label of a tick, in the unit of the right edge and with the digits that differ between neighbours.
pub fn tick_label(nanos: f64, range: Range) -> String {
    let (factor, unit) = match range.to {
        ..1e3 => (1.0, "ns"),
        ..1e6 => (1e3, "µs"),
        ..1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let step = (range.to - range.from) / factor / 8.0;
    let decimals = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
    format!("{:.decimals$} {unit}", nanos / factor)
}

/// Returns the part of a row that holds the lanes.
pub fn lanes_rect(row: Rect, axis: TimeAxis) -> Rect {
    Rect::from_min_max(pos2(axis.left, row.top()), pos2(axis.left + axis.width, row.bottom()))
}
