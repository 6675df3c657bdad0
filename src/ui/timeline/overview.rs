//! The overview: the whole time of all models in one strip, with the part that the lanes show. Dragging moves that part.

use eframe::egui::{CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, lanes_rect};
use crate::lab::Command;
use crate::lab::range::Zoom;
use crate::lab::row_order::rows;
use crate::lab::run::Run;
use crate::trial::Trial;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, hue};
use crate::units;

/// Height of the strip.
const HEIGHT: f32 = 12.0;

/// Draws the strip.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, axis: TimeAxis) {
    let (range, end) = cx.lab.timeline_range();
    let palette = theme::palette(ui);
    let sentence = format!(
        "Overview: the lanes show {} to {} of {}",
        units::duration(range.from),
        units::duration(range.to.min(end)),
        units::duration(end)
    );
    let size = Vec2::new(NAMES_WIDTH + axis.width + BEYOND_WIDTH, HEIGHT);
    let (response, painter) = figure(ui, size, Sense::CLICK | Sense::DRAG, &sentence);
    let track = lanes_rect(response.rect, axis).shrink2(Vec2::new(0.0, 2.0));
    let x = |nanos: f64| track.left() + (nanos / end).clamp(0.0, 1.0) as f32 * track.width();
    painter.rect_filled(track, CornerRadius::same(2), palette.panel);
    for contender in &rows(cx.lab, run) {
        let trial = run.shown_trial(contender, cx.lab.view.timeline_round);
        if let Some(measured) = trial.and_then(Trial::completed) {
            painter.vline(x(measured.wall_nanos as f64), track.y_range(), (2.0, hue(ui, contender)));
        }
    }
    let shown = Rect::from_x_y_ranges(x(range.from)..=x(range.to).max(x(range.from) + 3.0), track.y_range());
    painter.rect(
        shown,
        CornerRadius::same(2),
        palette.accent.gamma_multiply(0.15),
        Stroke::new(1.0, palette.accent),
        StrokeKind::Inside,
    );
    // The middle of the visible part goes to the pointer.
    let at = (response.dragged() || response.clicked()).then(|| response.interact_pointer_pos()).flatten();
    if let Some(at) = at {
        let wanted = f64::from(((at.x - track.left()) / track.width().max(1.0)).clamp(0.0, 1.0)) * end;
        let middle = (range.from + range.to) / 2.0;
        cx.push(Command::Zoom(Zoom::Pan((wanted - middle) / (range.to - range.from))));
    }
    response.on_hover_text("The whole time; click or drag to move the part that the lanes show");
}
