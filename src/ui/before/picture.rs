//! Painting of tasks and ideal schedules before a run, by the timeline's own painter and on one time axis.

use eframe::egui::{Align2, Color32, CornerRadius, Painter, Rect, Sense, Shape, Ui, Vec2, pos2};

use crate::chart::IdealEnd;
use crate::lab::draft_picture::{DraftPicture, Ideal, MOST_LANES, ModelPicture};
use crate::lab::draft_words;
use crate::lab::lanes::Lanes;
use crate::lab::view::Range;
use crate::model::Family;
use crate::ui::theme;
use crate::ui::timeline::Drawn;
use crate::ui::timeline::span_painter::{SpanPainter, SpanStyle};
use crate::ui::timeline::time_axis::{TimeAxis, tick_label, ticks};
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, hue, painted};
use crate::units;

/// Width of the names left of the lanes.
pub const NAMES_WIDTH: f32 = 240.0;
/// Width of the times right of the lanes.
const TIMES_WIDTH: f32 = 96.0;
/// Height of a row without lanes.
const ROW_HEIGHT: f32 = 26.0;
/// Least height of a row with lanes: a name and a line below it.
const LEAST_HEIGHT: f32 = 40.0;

/// Rectangles and the axis of the picture.
pub struct Canvas {
    axis: TimeAxis,
    /// True if the axis has a scale.
    has_scale: bool,
    /// True if the ideal schedules are drawn.
    pub reveals: bool,
}

impl Canvas {
    /// Returns the canvas over the width of the page.
    pub fn over(ui: &Ui, cx: &ViewContext<'_>, reveals: bool) -> Self {
        let rect = ui.available_rect_before_wrap();
        let end = cx.lab.picture.as_ref().map_or(1.0, |picture| picture.axis_end(reveals));
        let width = (rect.width() - NAMES_WIDTH - TIMES_WIDTH).max(60.0);
        let axis =
            TimeAxis { range: Range { from: 0.0, to: end }, left: rect.left() + NAMES_WIDTH, width, cursor: None };
        let has_scale = cx.lab.picture.as_ref().is_some_and(DraftPicture::has_scale);
        Self { axis, has_scale, reveals }
    }

    /// Returns the width of names, lanes and times.
    pub fn width(&self) -> f32 {
        NAMES_WIDTH + self.axis.width + TIMES_WIDTH
    }

    /// Returns the part of a row that holds the lanes.
    pub fn plot(&self, row: Rect) -> Rect {
        Rect::from_min_max(pos2(self.axis.left, row.top()), pos2(self.axis.left + self.axis.width, row.bottom()))
    }

    /// Draws the background of lanes, with the grid.
    fn ground(&self, painter: &Painter, plot: Rect, palette: &theme::Palette) {
        painter.rect_filled(plot, CornerRadius::same(2), palette.panel);
        if self.has_scale {
            for nanos in ticks(self.axis.range, self.axis.width) {
                painter.vline(self.axis.x(nanos), plot.y_range(), (1.0, palette.hairline));
            }
        }
    }
}

/// Draws the time axis.
pub fn ruler(ui: &mut Ui, cx: &ViewContext<'_>, canvas: &Canvas) {
    if cx.lab.picture.is_none() || !canvas.has_scale {
        return;
    }
    let palette = theme::palette(ui);
    let axis = canvas.axis;
    let sentence = format!("Time axis from 0 to {}, for tasks and ideals", units::duration(axis.range.to));
    let (response, painter) = figure(ui, Vec2::new(canvas.width(), 16.0), Sense::hover(), &sentence);
    for nanos in ticks(axis.range, axis.width) {
        let at = pos2(axis.x(nanos), response.rect.center().y);
        let style = (theme::small(), palette.tertiary);
        painted(&painter, at, Align2::CENTER_CENTER, &tick_label(nanos, axis.range), style, 80.0);
    }
}

/// Draws the tasks by themselves. Returns the shapes drawn.
pub fn tasks(ui: &mut Ui, cx: &ViewContext<'_>, canvas: &Canvas) -> Drawn {
    let Some(picture) = &cx.lab.picture else {
        ui.allocate_space(Vec2::new(canvas.width(), LEAST_HEIGHT));
        return Drawn::default();
    };
    let palette = theme::palette(ui);
    let lanes = &picture.tasks;
    let (is_named, count) = (picture.is_named(), picture.task_lanes());
    let pitch = if is_named { 14.0 } else { pitch(count) };
    let height = (count as f32 * pitch + 6.0).max(LEAST_HEIGHT);
    let sentence = draft_words::tasks_sentence(picture);
    let (response, painter) = figure(ui, Vec2::new(canvas.width(), height), Sense::hover(), &sentence);
    let plot = canvas.plot(response.rect);
    let width = NAMES_WIDTH - 12.0;
    let at = response.rect.left_top();
    painted(&painter, at, Align2::LEFT_TOP, draft_words::TASKS, (theme::strong(), palette.text), width);
    let below = at + Vec2::new(0.0, 18.0);
    let shown = draft_words::tasks_shown(picture, count);
    painted(&painter, below, Align2::LEFT_TOP, &shown, (theme::small(), palette.secondary), width);
    canvas.ground(&painter, plot, palette);
    let drawn = paint(ui, &painter, canvas.axis, plot, lanes, (count, pitch), palette.secondary);
    for lane in (0..count).filter(|_| is_named) {
        let Some((name, finished)) = picture.named_task(lane) else { continue };
        let at = pos2(canvas.axis.x(finished as f64) + 5.0, plot.top() + 3.0 + (lane as f32 + 0.5) * pitch);
        let room = (canvas.axis.left + canvas.width() - NAMES_WIDTH - at.x).max(10.0);
        painted(&painter, at, Align2::LEFT_CENTER, name, (theme::small(), palette.secondary), room);
    }
    drawn
}

const fn pitch(count: usize) -> f32 {
    if count <= 4 { 9.0 } else { 7.0 }
}

/// Returns the height of a model's row.
pub fn height(canvas: &Canvas, model: Option<&ModelPicture>) -> f32 {
    match model.filter(|_| canvas.reveals).map(|model| &model.ideal) {
        Some(Ok(ideal)) => {
            let count = ideal.lanes.lanes.len().min(MOST_LANES);
            (count as f32 * pitch(count) + 6.0).max(LEAST_HEIGHT)
        }
        _ => ROW_HEIGHT,
    }
}

/// Draws the ideal schedule of a model into its row. Returns the shapes drawn.
pub fn ideal(
    ui: &Ui,
    picture: &DraftPicture,
    model: &ModelPicture,
    ideal: &Ideal,
    canvas: &Canvas,
    row: Rect,
) -> Drawn {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let plot = canvas.plot(row.shrink2(Vec2::new(0.0, 1.0)));
    canvas.ground(painter, plot, palette);
    let count = ideal.lanes.lanes.len().min(MOST_LANES);
    let lanes = (count, pitch(count));
    let drawn = paint(ui, painter, canvas.axis, plot, &ideal.lanes, lanes, hue(ui, &model.contender));
    times(painter, picture.ideal_end(ideal), canvas, plot, palette);
    drawn
}

/// Draws the dashed line of the ideal, and its time.
fn times(painter: &Painter, end: IdealEnd, canvas: &Canvas, plot: Rect, palette: &theme::Palette) {
    let axis = canvas.axis;
    let (label, marked) = end.label(axis.range.to);
    let Some(nanos) = marked else {
        let right = pos2(plot.right() + 5.0, plot.center().y);
        painted(painter, right, Align2::LEFT_CENTER, &label, (theme::small(), palette.secondary), TIMES_WIDTH - 5.0);
        return;
    };
    let x = axis.x(nanos);
    let line = [pos2(x, plot.top()), pos2(x, plot.bottom())];
    painter.extend(Shape::dashed_line(&line, (1.0, palette.text), 3.0, 3.0));
    // The lanes may go on behind the ideal.
    let x = axis.x(end.last_nanos()).min(plot.right());
    let at = pos2(x + 5.0, plot.center().y);
    let label = painter.layout_no_wrap(label, theme::small(), palette.secondary);
    let rect = Align2::LEFT_CENTER.anchor_size(at, label.size());
    // No line of the grid goes through it.
    if at.x < plot.right() {
        painter.rect_filled(rect.expand2(Vec2::new(2.0, 0.0)).intersect(plot), CornerRadius::ZERO, palette.panel);
    }
    painter.galley(rect.min, label, palette.secondary);
}

fn paint(
    ui: &Ui,
    painter: &Painter,
    axis: TimeAxis,
    plot: Rect,
    lanes: &Lanes,
    (count, pitch): (usize, f32),
    hue: Color32,
) -> Drawn {
    let palette = theme::palette(ui);
    let style = SpanStyle {
        hue,
        queue: palette.queue,
        lock_wait: palette.lock_wait,
        gil_wait: palette.family(Family::SubInterpreters),
    };
    let empty = lanes.spans.steps.is_empty();
    let mut span_painter = SpanPainter::new(style, (axis, plot), palette, empty);
    for lane in 0..count {
        span_painter.lane(lanes, lane, plot.top() + 3.0 + lane as f32 * pitch, pitch - 2.0);
    }
    let SpanPainter { mesh, drawn, .. } = span_painter;
    painter.with_clip_rect(plot.intersect(ui.clip_rect())).add(Shape::mesh(mesh));
    drawn
}
