//! Painter of counted CPU usage, as an item of a plot: filled areas for all cores together, and each core below as an area
//! or as a row of a heat map.

use eframe::egui::{Color32, CornerRadius, Id, Mesh, Rangef, Rect, Shape, Stroke, Ui, pos2};
use egui_plot::PlotTransform;

use super::heat_map;
use super::strips::{Strips, of_total};
use crate::analysis::cpu_usage::CpuUsage;
use crate::ui::plot::Painter;
use crate::ui::theme::Palette;
use crate::ui::timeline::hatch;

/// Least width of a sample in points; more samples are thinned.
const COLUMN: f32 = 2.0;
/// Distance between the stripes of the hatching, and their height.
const STRIPES: f32 = 5.0;
const STRIPE: f32 = 2.0;
/// Least distance between the marks of two ends of trials.
const LEAST_BETWEEN_ENDS: f32 = 4.0;

/// Counted usage of one model. Horizontal positions are milliseconds on the common axis, vertical ones points below the
/// top.
pub struct UsageItem<'a> {
    usage: &'a CpuUsage,
    strips: Strips,
    hue: Color32,
    palette: &'static Palette,
    /// Id of the heat map's picture.
    picture: Id,
}

impl<'a> UsageItem<'a> {
    pub fn new(id: &str, usage: &'a CpuUsage, hue: Color32, palette: &'static Palette) -> Self {
        let strips = Strips { cores: usage.cores };
        Self { usage, strips, hue, palette, picture: Id::unique(("picture", id)) }
    }

    /// Draws all cores together: the own processes at the bottom, then the lab, then everything else.
    fn total(&self, thin: &CpuUsage, at: &Positions<'_>, shapes: &mut Vec<Shape>) {
        let (mut own, mut other) = (Mesh::default(), Mesh::default());
        let cores = self.strips.cores.max(1) as f64;
        let y = |used: f64| at.y(of_total(used / cores));
        for sample in &thin.samples {
            let area = |low: f64, high: f64| {
                Rect::from_min_max(pos2(at.x(sample.from_ms), y(high)), pos2(at.x(sample.to_ms), y(low)))
            };
            let mine = sample.own_cores.unwrap_or(0.0);
            let lab = sample.lab_cores.unwrap_or(0.0).min((sample.busy_cores - mine).max(0.0));
            if mine > 0.0 {
                own.add_colored_rect(area(0.0, mine), self.hue);
            }
            if lab > 0.0 {
                own.add_colored_rect(area(mine, mine + lab), self.palette.text);
            }
            if sample.busy_cores > mine + lab {
                hatched(&mut other, area(mine + lab, sample.busy_cores), self.palette.queue);
            }
        }
        shapes.extend([Shape::mesh(other), Shape::mesh(own)]);
    }

    fn single_cores(&self, thin: &CpuUsage, at: &Positions<'_>, shapes: &mut Vec<Shape>) {
        let mut mesh = Mesh::default();
        for (index, sample) in thin.samples.iter().enumerate() {
            let (left, right) = (at.x(sample.from_ms), at.x(sample.to_ms));
            for (core, percent) in thin.core_percent(index).iter().enumerate() {
                let (top, bottom) = self.strips.of_core(core);
                let height = (percent / 100.0).clamp(0.0, 1.0) * (bottom - top);
                if height >= 0.25 {
                    let bar = Rect::from_min_max(pos2(left, at.y(bottom - height)), pos2(right, at.y(bottom)));
                    mesh.add_colored_rect(bar, self.palette.queue);
                }
            }
        }
        shapes.push(Shape::mesh(mesh));
    }

    /// Draws the ground where trials ran, and above it the 50 and 100 % lines and the ends of the trials.
    fn ground(&self, at: &Positions<'_>, shapes: &mut Vec<Shape>) {
        let (from, to) = (at.x(0.0), at.x(self.usage.length_ms()));
        let mut filled = |(top, bottom): (f32, f32)| {
            let strip = Rect::from_min_max(pos2(from, at.y(top)), pos2(to, at.y(bottom)));
            shapes.push(Shape::rect_filled(strip, CornerRadius::ZERO, self.palette.raised));
        };
        filled((of_total(1.0), of_total(0.0)));
        if self.strips.is_heat_map() {
            filled((self.strips.of_core(0).0, self.strips.height()));
        } else {
            (0..self.strips.cores).for_each(|core| filled(self.strips.of_core(core)));
        }
    }

    fn marks(&self, at: &Positions<'_>, shapes: &mut Vec<Shape>) {
        let (from, to) = (at.x(0.0), at.x(self.usage.length_ms()));
        for below_top in [of_total(1.0) + 0.5, of_total(0.5)] {
            let line = [pos2(from, at.y(below_top)), pos2(to, at.y(below_top))];
            shapes.push(Shape::line_segment(line, Stroke::new(1.0, self.palette.tertiary.gamma_multiply(0.5))));
        }
        let mut last = f32::NEG_INFINITY;
        for end in &self.usage.trial_ends_ms {
            let x = at.x(*end);
            if x - last >= LEAST_BETWEEN_ENDS && at.transform.frame().expand(3.0).x_range().contains(x) {
                trial_end(x, (at.y(0.0), at.y(self.strips.height())), self.palette, shapes);
                last = x;
            }
        }
    }
}

/// Shapes of the end of a trial between two heights: a dashed line with a head, unlike gaps and bars.
pub fn trial_end(x: f32, (top, bottom): (f32, f32), palette: &Palette, shapes: &mut Vec<Shape>) {
    shapes.extend(Shape::dashed_line(&[pos2(x, top), pos2(x, bottom)], Stroke::new(1.0, palette.text), 3.0, 2.0));
    let head = vec![pos2(x - 3.0, top), pos2(x + 3.0, top), pos2(x, top + 4.0)];
    shapes.push(Shape::convex_polygon(head, palette.text, Stroke::NONE));
}

/// Hatches a rectangle; one narrower than a stripe gets its part of each stripe.
pub fn hatched(mesh: &mut Mesh, rect: Rect, colour: Color32) {
    if rect.width() >= STRIPES {
        hatch(mesh, rect, colour);
        return;
    }
    mesh.add_colored_rect(rect, colour.gamma_multiply(0.22));
    let slope = rect.center().x;
    let mut top = ((rect.top() + slope) / STRIPES).floor() * STRIPES - slope;
    while top < rect.bottom() {
        let stripe = rect.y_range().intersection(Rangef::new(top, top + STRIPE));
        if stripe.span() > 0.0 {
            mesh.add_colored_rect(Rect::from_x_y_ranges(rect.x_range(), stripe), colour);
        }
        top += STRIPES;
    }
}

/// Positions on screen.
struct Positions<'a> {
    transform: &'a PlotTransform,
}

impl Positions<'_> {
    fn x(&self, ms: f64) -> f32 {
        self.transform.position_from_point_x(ms)
    }

    fn y(&self, below_top: f32) -> f32 {
        self.transform.position_from_point_y(f64::from(-below_top))
    }
}

impl Painter for UsageItem<'_> {
    fn paint(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let frame = *transform.frame();
        // Panels out of sight cost nothing.
        if !ui.is_rect_visible(frame) {
            return;
        }
        let at = Positions { transform };
        let (from, to) = (transform.bounds().min()[0], transform.bounds().max()[0]);
        let columns = (frame.width() / COLUMN).max(1.0) as usize;
        self.ground(&at, shapes);
        if self.strips.is_heat_map() {
            let totals = self.usage.thinned_totals(from, to, columns);
            self.total(&totals, &at, shapes);
            let (top, _) = self.strips.of_core(0);
            let rows = Rect::from_x_y_ranges(frame.x_range(), at.y(top)..=at.y(self.strips.height()));
            let both = (self.usage, &totals);
            shapes.push(heat_map::shape(ui, self.picture, both, rows, (from, to), self.palette));
        } else {
            let thin = self.usage.thinned(from, to, columns);
            self.total(&thin, &at, shapes);
            self.single_cores(&thin, &at, shapes);
        }
        self.marks(&at, shapes);
    }
}
