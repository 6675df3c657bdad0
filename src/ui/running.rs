//! Progress of the run under the finding: a bar of its time, a square for each round, and a line with the model, its
//! tasks and the time left.

use eframe::egui::{CornerRadius, Painter, ProgressBar, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2};

use super::theme;
use super::view_context::ViewContext;
use super::widgets::{action_button, figure, line, text};
use crate::lab::Action;
use crate::lab::descriptions::doing_and_progress;
use crate::lab::rounds::{Rounds, Square};
use crate::lab::run::Run;
use crate::units;

/// Side of a round's square, and the distance between two.
const SIDE: f32 = 8.0;
const GAP: f32 = 3.0;
/// Part of the width that the squares take at most.
const MOST_WIDTH: f32 = 0.5;

/// Draws the progress of a running run.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let palette = theme::palette(ui);
    if run.waits_for_quiet() && !run.cancelling {
        // A sentence, and no list; there is nothing yet of which a share could be done.
        text(ui, units::capitalised(&doing_and_progress(run)), theme::note(), palette.secondary);
        ui.add_space(theme::STEP);
        action_button(ui, cx, Action::RunNow);
        return;
    }
    ui.add_space(theme::STEP);
    ui.scope(|ui| {
        // The remaining part of the bar must be visible.
        ui.visuals_mut().extreme_bg_color = palette.hairline;
        let bar = ProgressBar::new(run.share_done() as f32).desired_height(4.0).fill(palette.accent);
        ui.add(bar.desired_width(ui.available_width())).accessible_name("Progress of the run");
    });
    ui.horizontal(|ui| {
        ui.set_min_height(18.0);
        if let Some(rounds) = Rounds::of(run) {
            squares(ui, &rounds);
        }
        let message = if run.cancelling { "Stopping".to_owned() } else { doing_and_progress(run) };
        line(ui, message, theme::note(), palette.secondary);
    });
}

/// Draws a ring for each warm-up and a square for each measured round, filled as far as the round is done.
fn squares(ui: &mut Ui, rounds: &Rounds) {
    let palette = theme::palette(ui);
    let most = (ui.available_width() * MOST_WIDTH / (SIDE + GAP)) as usize;
    let all = rounds.squares(most);
    let width = all.len() as f32 * (SIDE + GAP) - GAP;
    let sentence = rounds.sentence();
    let (response, painter) = figure(ui, Vec2::new(width, SIDE + 4.0), Sense::hover(), &sentence);
    for (index, square) in all.iter().enumerate() {
        let left = response.rect.left() + index as f32 * (SIDE + GAP);
        let rect = Rect::from_min_size(pos2(left, response.rect.center().y - SIDE / 2.0), Vec2::splat(SIDE));
        paint(&painter, rect, *square, palette);
    }
    response.on_hover_text(sentence);
}

fn paint(painter: &Painter, rect: Rect, square: Square, palette: &theme::Palette) {
    let edge = Stroke::new(1.0, palette.tertiary);
    // Filled from below, so that a part of a round looks unlike a whole one at any width.
    let top = rect.bottom() - rect.height() * square.done;
    let filled = painter.with_clip_rect(Rect::from_min_max(pos2(rect.left(), top), rect.max));
    if square.warmup {
        filled.circle_filled(rect.center(), SIDE / 2.0, palette.secondary);
        painter.circle_stroke(rect.center(), SIDE / 2.0 - 0.5, edge);
    } else {
        filled.rect_filled(rect, CornerRadius::same(1), palette.secondary);
        painter.rect_stroke(rect, CornerRadius::same(1), edge, StrokeKind::Inside);
    }
}
