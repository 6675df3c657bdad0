//! The tab Learn: which model for a workload like this one, a quiz, the lesson of the preset, and a card of each model.
//! Before a run there is no advice.

mod advice;
mod cards;
mod choices;
mod heading;
mod quiz;

use eframe::egui::{CollapsingHeader, RichText, ScrollArea, Ui};

use super::view_context::ViewContext;
use super::{explain, focus, theme};

/// Width of the view from which cards are beside advice and quiz.
const TWO_COLUMNS: f32 = 900.0;
/// Width of a column of text, at most.
const MOST_WIDTH: f32 = 680.0;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let of_run = cx.lab.run.as_ref().map_or(0, |run| run.results().started_at_ms);
    ScrollArea::vertical().id_salt(("learn", of_run)).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::STEP * 1.5;
        if ui.available_width() >= TWO_COLUMNS {
            ui.columns(2, |columns| {
                // Text beside text needs a gap that a column of figures does not.
                columns[0].set_max_width(columns[0].available_width() - theme::STEP * 4.0);
                left(&mut columns[0], cx);
                cards::show(&mut columns[1], cx);
            });
        } else {
            ui.set_max_width(ui.available_width().min(MOST_WIDTH));
            left(ui, cx);
            ui.add_space(theme::STEP * 4.0);
            cards::show(ui, cx);
        }
        ui.add_space(theme::STEP * 4.0);
        focus::follow_focus(ui);
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

/// Draws the explanation of the preset: unfolded before a run, folded after it.
fn lesson(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let lab = cx.lab;
    let explanation = &lab.explained().explanation;
    if explanation.is_empty() {
        return;
    }
    let (title, before) = (cx.lab.explained_title(), cx.lab.run.is_none());
    let heading = RichText::new(title).font(theme::title()).color(palette.text);
    let folded = CollapsingHeader::new(heading).id_salt(("lesson", before)).default_open(before);
    folded.show_unindented(ui, |ui| explain::markdown(ui, cx, explanation));
}
