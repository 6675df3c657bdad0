//! Marks over the lanes of one model: the selected task, who handed it a lock, a selected part of the time, and names on
//! wide bars. Looks only at lanes that are on screen.

use std::ops::Range;

use eframe::egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, pos2, text::LayoutJob,
    text::TextWrapping,
};

use super::time_axis::TimeAxis;
use crate::lab::lane_details::LaneDetails;
use crate::lab::lanes::Lanes;
use crate::lab::timeline_view::Selection;
use crate::model::Contender;
use crate::ui::theme::{self, Palette};

/// Most tasks of a selected part of the time that are outlined.
const MOST_OUTLINED: usize = 300;
/// Least width of a name.
const LEAST_NAME: f32 = 18.0;

/// Vertical positions of the lanes of one model.
pub struct LaneRows {
    /// Lanes on screen.
    pub shown: Range<usize>,
    /// Number of lanes drawn, on screen or not.
    pub count: usize,
    top: f32,
    pub pitch: f32,
}

impl LaneRows {
    /// Returns those of `count` lanes below `top`, of which a part is visible.
    pub fn within(visible: Rect, top: f32, pitch: f32, count: usize) -> Self {
        let at = |y: f32| f64::from(y - top) / f64::from(pitch);
        let first = at(visible.top()).floor().max(0.0) as usize;
        let last = (at(visible.bottom()).ceil().max(0.0) as usize).min(count);
        Self { shown: first.min(last)..last, count, top, pitch }
    }

    /// Returns the top of a lane. With a million lanes the positions exceed what `f32` can tell apart.
    pub fn top(&self, lane: usize) -> f32 {
        (f64::from(self.top) + lane as f64 * f64::from(self.pitch)) as f32
    }

    /// Returns the lane at a height.
    pub fn lane_at(&self, y: f32) -> Option<usize> {
        let lane = (f64::from(y - self.top) / f64::from(self.pitch)).max(0.0) as usize;
        (lane < self.count).then_some(lane)
    }
}

/// Painter of the marks of one model.
pub struct Marks<'a> {
    /// Painter that is limited to the lanes.
    pub painter: &'a Painter,
    pub lanes: &'a Lanes,
    pub details: Option<&'a LaneDetails>,
    pub axis: TimeAxis,
    pub plot: Rect,
    pub rows: &'a LaneRows,
    pub palette: &'a Palette,
}

impl Marks<'_> {
    /// Marks what is selected. Returns true if a line from a lock's holder was drawn.
    pub fn selection(&self, selection: Option<&Selection>, contender: &Contender) -> bool {
        match selection {
            Some(Selection::Task { contender: on, task, .. }) => {
                let Some(lane) = self.visible_lane(*task) else { return false };
                let own = on == contender;
                let colour = if own { self.palette.accent } else { self.palette.secondary };
                self.outline(lane, *task, colour, if own { 2.0 } else { 1.0 });
                own && self.handovers(lane, *task)
            }
            Some(Selection::Moment { contender: on, range }) if on == contender => {
                self.band(range.from, range.to);
                self.outline_all(&self.tasks_in(range.from, range.to, None));
                false
            }
            Some(Selection::Pattern { contender: on, index }) if on == contender => {
                let Some(pattern) = self.details.and_then(|details| details.patterns.get(*index)) else { return false };
                let (from, to) = (pattern.range().start as f64, pattern.range().end as f64);
                self.band(from, to);
                let tasks = self.tasks_in(from, to, pattern.worker());
                self.outline_all(&tasks);
                // Who handed the lock to whom is what shows a queue for it.
                let mut any = false;
                for (lane, task) in tasks.into_iter().filter(|_| pattern.is_of_locks()) {
                    any |= self.handovers(lane, task);
                }
                any
            }
            _ => false,
        }
    }

    /// Returns the lane of a task, if it is on screen.
    fn visible_lane(&self, task: u32) -> Option<usize> {
        let source = self.lanes.source();
        self.rows.shown.clone().find(|lane| source.position(*lane, task).is_some())
    }

    /// Returns the position of a moment, within what painting can handle.
    fn x(&self, nanos: f64) -> f32 {
        self.axis.x(nanos).clamp(self.plot.left() - 8.0, self.plot.right() + 8.0)
    }

    fn middle(&self, lane: usize) -> f32 {
        self.rows.top(lane) + (self.rows.pitch - 2.0) / 2.0
    }

    /// Draws an outline around a task.
    pub fn outline(&self, lane: usize, task: u32, colour: Color32, width: f32) {
        let span = self.lanes.spans.tasks[task as usize];
        let left = self.x(span.started as f64);
        let right = self.x(span.finished as f64).max(left + 1.0);
        let top = self.rows.top(lane);
        let bar = Rect::from_min_max(pos2(left, top), pos2(right, top + self.rows.pitch - 2.0));
        self.painter.rect_stroke(bar, CornerRadius::same(1), Stroke::new(width, colour), StrokeKind::Outside);
    }

    /// Draws a line from the end of the section that a task waited for to the beginning of its own. Returns true if one
    /// was drawn.
    pub fn handovers(&self, lane: usize, task: u32) -> bool {
        let mut any = false;
        let waits =
            self.details.into_iter().flat_map(|details| details.holders.handovers(&self.lanes.spans, task as usize));
        for wait in waits {
            let Some(from_lane) = self.visible_lane(wait.holder) else { continue };
            let from = pos2(self.x(wait.released as f64), self.middle(from_lane));
            let to = pos2(self.x(wait.acquired as f64), self.middle(lane));
            self.outline(from_lane, wait.holder, self.palette.text, 1.0);
            handover_line(self.painter, from, to, self.palette.text);
            any = true;
        }
        any
    }

    fn band(&self, from: f64, to: f64) {
        let (left, right) = (self.x(from), self.x(to).max(self.x(from) + 1.0));
        let band = Rect::from_x_y_ranges(left..=right, self.plot.y_range());
        self.painter.rect_filled(band, CornerRadius::ZERO, self.palette.accent.gamma_multiply(0.12));
        for x in [left, right] {
            self.painter.vline(x, self.plot.y_range(), (1.0, self.palette.accent));
        }
    }

    fn outline_all(&self, tasks: &[(usize, u32)]) {
        for (lane, task) in tasks {
            self.outline(*lane, *task, self.palette.accent, 1.0);
        }
    }

    /// Returns tasks on screen that ran in a part of the time, or those of one worker, each with its lane.
    fn tasks_in(&self, from: f64, to: f64, worker: Option<u32>) -> Vec<(usize, u32)> {
        // What is off screen needs no outline.
        let (from, to) = (from.max(self.axis.range.from), to.min(self.axis.range.to));
        let mut found = Vec::new();
        let source = self.lanes.source();
        for lane in self.rows.shown.clone() {
            for at in source.visible(lane, from, to).take(MOST_OUTLINED - found.len()) {
                let task = self.lanes.lanes.all()[at];
                let span = self.lanes.spans.tasks[task as usize];
                let ran = (span.started as f64) < to && (span.finished as f64) > from;
                if ran && worker.is_none_or(|worker| span.worker == worker) {
                    found.push((lane, task));
                }
            }
        }
        found
    }
}

/// Draws a line with a dot at its beginning and a head at its end.
pub fn handover_line(painter: &Painter, from: Pos2, to: Pos2, colour: Color32) {
    painter.line_segment([from, to], Stroke::new(1.5, colour));
    painter.circle_filled(from, 2.5, colour);
    let along = (to - from).normalized();
    let side = Vec2::new(-along.y, along.x) * 3.0;
    let back = to - along * 6.0;
    painter.add(eframe::egui::Shape::convex_polygon(vec![to, back + side, back - side], colour, Stroke::NONE));
}

/// Writes a name on a bar, over a ground on which it can be read.
pub fn name_on(painter: &Painter, bar: Rect, name: &str, palette: &Palette) {
    let room = bar.width() - 8.0;
    let mut job = LayoutJob::simple_singleline(name.to_owned(), theme::small(), palette.text);
    job.wrap = TextWrapping::truncate_at_width(room);
    let galley = painter.layout_job(job);
    // The beginning of a number would be another one.
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if galley.elided && (is_number || galley.size().x < LEAST_NAME.min(room)) {
        return;
    }
    let text = Align2::LEFT_CENTER.anchor_size(bar.left_center() + Vec2::new(4.0, 0.0), galley.size());
    let ground =
        Rect::from_x_y_ranges(text.left() - 2.0..=text.right() + 2.0, bar.shrink2(Vec2::new(0.0, 1.0)).y_range());
    painter.rect_filled(ground, CornerRadius::same(2), palette.panel.gamma_multiply(0.7));
    painter.galley(text.min, galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_far_down_a_million_keep_their_distance() {
        let top = -8_999_000.0;
        let rows = LaneRows::within(Rect::from_min_max(pos2(0.0, 100.0), pos2(900.0, 700.0)), top, 9.0, 1_000_000);
        assert!(rows.shown.len() < 75, "{:?}", rows.shown);
        for lane in rows.shown.clone().skip(1) {
            let distance = rows.top(lane) - rows.top(lane - 1);
            assert!((8.0..=10.0).contains(&distance), "{distance}");
            assert_eq!(rows.lane_at(rows.top(lane) + 4.0), Some(lane));
        }
        let none = LaneRows::within(Rect::NOTHING, 0.0, 9.0, 5);
        assert!(none.shown.is_empty());
    }
}
