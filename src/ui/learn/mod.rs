//! The tab Learn: which model for a workload like this one, a quiz, the lesson of the preset, and a card of each model.
//! Before a run there is no advice.

mod advice;
mod cards;
mod choices;
mod heading;
mod quiz;

use eframe::egui::{CollapsingHeader, Rect, Ui, UiBuilder, Vec2};

use super::view_context::ViewContext;
use super::{explain, theme, view_scroll};

/// Width of the view from which cards are beside advice and quiz.
const TWO_COLUMNS: f32 = 900.0;
/// Width of a column of text, at most.
const MOST_WIDTH: f32 = 680.0;

/// Width of the sign of a fold.
const FOLD_WIDTH: f32 = 24.0;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let of_run = cx.lab.run.as_ref().map_or(0, |run| run.results().started_at_ms);
    view_scroll::show(ui, cx, ("learn", of_run), |ui, cx| {
        ui.spacing_mut().item_spacing.y = theme::STEP * 1.5;
        if ui.available_width() >= TWO_COLUMNS {
            let (all, gap) = (ui.available_rect_before_wrap(), theme::STEP * 6.0);
            let width = (all.width() - gap) / 2.0;
            let beside = |index: f32| {
                let from = all.min + Vec2::new(index * (width + gap), 0.0);
                UiBuilder::new().max_rect(Rect::from_min_size(from, Vec2::new(width, all.height())))
            };
            let left_end = ui.scope_builder(beside(0.0), |ui| left(ui, cx)).response.rect;
            let right_end = ui.scope_builder(beside(1.0), |ui| cards::show(ui, cx)).response.rect;
            ui.advance_cursor_after_rect(left_end.union(right_end));
        } else {
            ui.set_max_width(ui.available_width().min(MOST_WIDTH));
            left(ui, cx);
            ui.add_space(theme::STEP * 4.0);
            cards::show(ui, cx);
        }
        ui.add_space(theme::STEP * 4.0);
    });
}

fn left(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if cx.lab.run.is_some() {
        advice::show(ui, cx);
        ui.add_space(theme::STEP * 4.0);
        quiz::show(ui, cx);
        ui.add_space(theme::STEP * 4.0);
        lesson(ui, cx);
    } else {
        lesson(ui, cx);
        ui.add_space(theme::STEP * 4.0);
        quiz::show(ui, cx);
    }
}

/// Draws the explanation of the preset.
fn lesson(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let lab = cx.lab;
    let explanation = &lab.explained().explanation;
    if explanation.is_empty() {
        return;
    }
    // Laid out here, since the header of a fold does not wrap.
    let width = ui.available_width() - FOLD_WIDTH;
    let heading = ui.painter().layout(lab.explained_title(), theme::title(), palette.text, width);
    let folded = CollapsingHeader::new(heading).id_salt("lesson").default_open(true);
    folded.show_unindented(ui, |ui| explain::markdown(ui, cx, explanation));
}
