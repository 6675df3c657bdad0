//! Painting of lanes into one mesh per model; tasks narrower than a pixel are merged.

use eframe::egui::{Color32, Mesh, Rect, Vec2, pos2};

use super::drawn_shapes::Drawn;
pub use super::span_shapes::SpanStyle;
use super::span_shapes::{draw_gil_wait, draw_span};
use super::time_axis::TimeAxis;
use crate::chart::{ColourBy, ColourKey};
use crate::lab::lanes::Lanes;
use crate::trial::{LanePart, MergedTasks, Phase, Resolution};
use crate::ui::theme::Palette;

/// Width in pixels below which tasks are merged with their neighbours.
const SUB_PIXEL: f64 = 1.5;
/// Least width of a task with its name on it.
const LEAST_NAMED: f32 = 40.0;
/// Least height of a lane with names.
const LEAST_NAMED_HEIGHT: f32 = 12.0;
/// Most names on the lanes of one model.
const MOST_NAMES: usize = 150;

/// Painter of lanes into a mesh.
pub struct SpanPainter<'a> {
    pub mesh: Mesh,
    pub drawn: Drawn,
    pub style: SpanStyle,
    pub axis: TimeAxis,
    pub plot: Rect,
    pub palette: &'a Palette,
    /// True if the tasks have no steps.
    pub empty: bool,
    /// Meaning of the colours.
    pub colour_by: ColourBy,
    /// Tasks wide enough for their name, with the visible part of their bar.
    pub named: Vec<(u32, Rect)>,
}

impl<'a> SpanPainter<'a> {
    /// Creates a painter without anything painted yet, whose colours stand for the model.
    pub fn new(style: SpanStyle, (axis, plot): (TimeAxis, Rect), palette: &'a Palette, empty: bool) -> Self {
        Self {
            mesh: Mesh::default(),
            drawn: Drawn::default(),
            style,
            axis,
            plot,
            palette,
            empty,
            colour_by: ColourBy::State,
            named: Vec::new(),
        }
    }

    /// Draws one lane: its tasks, and the queueing before each.
    pub fn lane(&mut self, lanes: &Lanes, lane: usize, top: f32, height: f32) {
        let pixel = self.axis.nanos_per_pixel();
        let resolution = Resolution { narrow: pixel * SUB_PIXEL, gap: pixel };
        let range = (self.axis.range.from, self.axis.range.to);
        lanes.source().visit(lane, range, resolution, |part| match part {
            LanePart::Queue(from, to) => {
                self.dots(self.axis.x(from as f64), self.axis.x(to as f64), top + height / 2.0);
            }
            LanePart::Merged(merged) => self.merged(&merged, top, height),
            LanePart::Task(task) => self.task(lanes, task, top, height),
        });
    }

    /// Returns the style with the colour of a key, and records its meaning if the shape is on screen.
    fn style_of(&mut self, key: Option<ColourKey>, on_screen: bool) -> SpanStyle {
        let Some(key) = key else { return self.style };
        if on_screen {
            self.drawn.mark_key(key);
        }
        SpanStyle { hue: self.palette.key(key), ..self.style }
    }

    fn task(&mut self, lanes: &Lanes, task: u32, top: f32, height: f32) {
        let (index, span) = (task as usize, lanes.spans.tasks[task as usize]);
        let (left, right) = self.clipped(span.started, span.finished);
        let style = self.style_of(self.colour_by.key_of(&lanes.spans, task), right > left);
        if right - left >= LEAST_NAMED && height >= LEAST_NAMED_HEIGHT && self.named.len() < MOST_NAMES {
            self.named.push((task, Rect::from_min_max(pos2(left, top), pos2(right, top + height))));
        }
        if self.empty {
            self.bar(Phase::Compute, (span.started, span.finished), top, height, style);
            return;
        }
        for (_, phase, from, to) in lanes.spans.phases(index) {
            // A skipped step still takes some nanoseconds.
            if (to - from) as f64 >= self.axis.nanos_per_pixel() * 0.3 {
                self.bar(phase, (from, to), top, height, style);
            }
        }
        if let Some(wait) = lanes.spans.gil_waits.get(index) {
            let from = span.finished.saturating_sub(*wait).max(span.started);
            let left = self.axis.x(from as f64).max(self.plot.left());
            let right = (self.axis.x(span.finished as f64) - 0.75).min(self.plot.right());
            if right - left >= 1.0 {
                self.drawn.gil_wait = true;
                let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
                draw_gil_wait(&mut self.mesh, lane, style, self.palette.panel);
            }
        }
    }

    /// Returns the positions of two moments within the plot.
    fn clipped(&self, from: u64, to: u64) -> (f32, f32) {
        (self.axis.x(from as f64).max(self.plot.left()), self.axis.x(to as f64).min(self.plot.right()))
    }

    /// Draws one span. A gap of one point at its end separates it from the next: of a narrower one some would fall
    /// between two pixels.
    fn bar(&mut self, phase: Phase, (from, to): (u64, u64), top: f32, height: f32, style: SpanStyle) {
        let (left, right) = self.clipped(from, to);
        if right > left {
            let right = if right - left > 4.0 { right - 1.0 } else { right.max(left + 0.75) };
            let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
            draw_span(&mut self.mesh, phase, lane, style);
            self.mark(phase);
        }
    }

    /// Records a shape for the legend. A task without steps looks like compute but is not.
    const fn mark(&mut self, phase: Phase) {
        if self.empty { self.drawn.empty_task = true } else { self.drawn.mark(phase) }
    }

    fn merged(&mut self, merged: &MergedTasks, top: f32, height: f32) {
        let (left, right) = self.clipped(merged.from, merged.to);
        let right = right.max(left + 1.0);
        let on_screen = self.axis.x(merged.to as f64) >= self.plot.left() && left < self.plot.right();
        if !on_screen {
            return;
        }
        let style = self.style_of(self.colour_by.key_of_several(&merged.sums), true);
        let phase = merged.phase();
        self.mark(phase);
        let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
        let faint = SpanStyle { hue: style.hue.gamma_multiply(0.75), ..style };
        match phase {
            // Caps would suggest a single fetch.
            Phase::Http => draw_span(&mut self.mesh, Phase::Wait, lane, faint),
            other => draw_span(&mut self.mesh, other, lane, faint),
        }
    }

    fn dots(&mut self, from: f32, to: f32, middle: f32) {
        let (from, to) = (from.max(self.plot.left()), to.min(self.plot.right()));
        let mut x = from;
        while x + 2.0 <= to {
            let dot = Rect::from_min_size(pos2(x, middle - 0.75), Vec2::new(1.5, 1.5));
            self.mesh.add_colored_rect(dot, self.style.queue);
            self.drawn.queue = true;
            x += 4.0;
        }
    }

    /// Draws a vertical line of the grid.
    pub fn grid_line(&mut self, x: f32, colour: Color32) {
        if self.plot.x_range().contains(x) {
            let line = Rect::from_min_max(pos2(x - 0.5, self.plot.top()), pos2(x + 0.5, self.plot.bottom()));
            self.mesh.add_colored_rect(line, colour);
        }
    }
}
