//! The page before a run: the tasks of the draft, the chosen models in the order that the user guesses, their ideal
//! schedules, and what the preset explains.

mod order;
mod picture;

use eframe::egui::{Align, Button, Layout, RichText, Ui};

use self::picture::Canvas;
use super::timeline::{Drawn, drawn, legend, store_drawn};
use super::view_context::ViewContext;
use super::widgets::{polite, small_button, text};
use super::{explain, theme, view_scroll};
use crate::lab::draft_words;
use crate::lab::guess::{GuessEdit, Question};
use crate::lab::{Action, Command};

/// Least width at which the legend is beside the buttons.
const LEGEND_BESIDE: f32 = 800.0;

/// Draws the page below its headline.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    view_scroll::show(ui, cx, "before a run", |ui, cx| {
        ui.spacing_mut().item_spacing.y = theme::STEP;
        let question = Question::of(cx.lab.draft.to_run());
        let reveals = cx.lab.shows_ideals();
        guide(ui, cx, question);
        let beside = ui.available_width() >= LEGEND_BESIDE;
        let at_the_right = |ui: &mut Ui| ui.with_layout(Layout::right_to_left(Align::Center), legend);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if let Some(question) = question {
                buttons(ui, cx, question);
            }
            if beside {
                at_the_right(ui);
            }
        });
        if !beside {
            ui.horizontal(|ui| at_the_right(ui));
        }
        let canvas = Canvas::over(ui, cx, reveals);
        let mut shapes = Drawn::default();
        picture::ruler(ui, cx, &canvas);
        shapes.add(picture::tasks(ui, cx, &canvas));
        shapes.add(order::show(ui, cx, &canvas, question));
        if shapes != drawn(ui) {
            store_drawn(ui, shapes);
            ui.ctx().request_discard("the legend is about what was drawn");
        }
        ui.add_space(theme::STEP * 3.0);
        let is_answered = question.is_none() || cx.lab.guess.reveals();
        explain::before(ui, cx, is_answered);
    });
}

/// Draws the question, and what to do or what is shown.
fn guide(ui: &mut Ui, cx: &ViewContext<'_>, question: Option<Question>) {
    let palette = theme::palette(ui);
    if let Some(question) = question {
        text(ui, question.words(), theme::title(), palette.text);
    }
    let picture = cx.lab.picture.as_ref();
    let response = text(ui, draft_words::guide(picture, question, &cx.lab.guess), theme::note(), palette.secondary);
    polite(ui, &response);
}

/// Draws what can be done with the order.
fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, question: Question) {
    let mut edit = None;
    if matches!(question, Question::Order(_)) {
        edit = moves(ui, cx);
        ui.add_space(theme::STEP * 2.0);
    }
    if !cx.lab.guess.is_placed() {
        let tip = match question {
            Question::Order(_) => "Takes this order as your guess, and shows the ideals",
            Question::Which(_) => "Takes these marks as your guess; none is a guess too",
        };
        if ui.add(button("That is my guess")).on_hover_text(tip).clicked() {
            edit = Some(GuessEdit::Place);
        }
    }
    if let Some(edit) = edit {
        cx.push(Command::Guess(edit));
    }
    let ideals = Action::ShowIdeals;
    if cx.lab.can(ideals) && ui.add(button(ideals.info().label)).on_hover_text(ideals.info().tooltip).clicked() {
        cx.act(ideals);
    }
}

/// Draws the buttons that move the selected model.
fn moves(ui: &mut Ui, cx: &ViewContext<'_>) -> Option<GuessEdit> {
    let guess = &cx.lab.guess;
    let (selected, last) = (guess.selected, guess.order.len().saturating_sub(1));
    let contender = guess.order.get(selected)?;
    let title = contender.title();
    let up = ui.add_enabled(selected > 0, button("Move up"));
    let up = up.on_hover_text(format!("Moves {title} up (Alt and arrow up in the list)"));
    let down = ui.add_enabled(selected < last, button("Move down"));
    let down = down.on_hover_text(format!("Moves {title} down (Alt and arrow down in the list)"));
    let to = match (up.clicked(), down.clicked()) {
        (true, _) => selected.saturating_sub(1),
        (_, true) => selected + 1,
        (false, false) => return None,
    };
    Some(GuessEdit::Move(contender.clone(), to))
}

fn button(label: &str) -> Button<'_> {
    small_button(RichText::new(label).font(theme::body()))
}
