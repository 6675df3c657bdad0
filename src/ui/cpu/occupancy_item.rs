//! Painter of the share of a short trial in which tasks computed on each core, as an item of a plot.

use eframe::egui::{Align2, Color32, CornerRadius, Rect, Shape, Ui, Vec2, pos2};
use egui_plot::PlotTransform;

use super::strips::occupancy_bar;
use crate::ui::plot::Painter;
use crate::ui::theme::{self, Palette};
use crate::units;

/// Least width of a bar whose label is on it instead of beside it.
const LABEL_ON_BAR: f32 = 190.0;

/// Bars of one model: core, and share of the trial. Horizontal positions are milliseconds on the common axis.
pub struct OccupancyItem<'a> {
    cores: &'a [(u32, f64)],
    length_ms: f64,
    hue: Color32,
    palette: &'static Palette,
}

impl<'a> OccupancyItem<'a> {
    pub fn new(cores: &'a [(u32, f64)], length_ms: f64, hue: Color32, palette: &'static Palette) -> Self {
        Self { cores, length_ms, hue, palette }
    }
}

impl Painter for OccupancyItem<'_> {
    fn paint(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let frame = *transform.frame();
        let (from, to) = (transform.position_from_point_x(0.0), transform.position_from_point_x(self.length_ms));
        for (row, (_, share)) in self.cores.iter().enumerate() {
            let (top, bottom) = occupancy_bar(row);
            let y = |below_top: f32| transform.position_from_point_y(f64::from(-below_top));
            let strip = Rect::from_min_max(pos2(from, y(top)), pos2(to.max(from + 1.0), y(bottom)));
            let used = Rect::from_min_size(strip.min, Vec2::new(strip.width() * *share as f32, strip.height()));
            shapes.push(Shape::rect_filled(strip, CornerRadius::ZERO, self.palette.raised));
            shapes.push(Shape::rect_filled(used, CornerRadius::ZERO, self.hue.gamma_multiply(0.6)));
            let label =
                format!("computed {} of {}", units::percent(share * 100.0), units::duration(self.length_ms * 1e6));
            let galley = ui.painter().layout_no_wrap(label, theme::small(), self.palette.text);
            // Beside the bar if that is short.
            let left = if strip.width() > LABEL_ON_BAR { strip.left() } else { strip.right() };
            let at = pos2(left.max(frame.left()) + 6.0, strip.center().y);
            let at = Align2::LEFT_CENTER.anchor_size(at, galley.size());
            shapes.push(Shape::galley(at.min, galley, self.palette.text));
        }
    }
}
