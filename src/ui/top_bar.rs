//! The top bar: the loaded experiment, its duration, and the main buttons.

use eframe::egui::{
    self, Align, Button, CornerRadius, Frame, Layout, Margin, Panel, Rect, RichText, Sense, Stroke, Ui, Vec2,
};

use super::panel_fold::{fold, is_folded, is_narrow};
use super::view_context::ViewContext;
use super::widgets::{action_button, action_link, line, primary_button, uncut};
use super::{appearance, keys, theme};
use crate::analysis::estimate;
use crate::lab::Action;
use crate::units;

/// Narrowest window with the program's name in the bar; the title bar has it anyway.
const ROOM_FOR_NAME: f32 = 860.0;

/// Narrowest window with the button of the command palette, which also has a key.
const ROOM_FOR_COMMANDS: f32 = 1000.0;

/// Narrowest window with more than the buttons.
const ROOM_FOR_TITLE: f32 = 720.0;

fn is_tight(ui: &Ui) -> bool {
    ui.ctx().content_rect().width() < ROOM_FOR_TITLE
}

/// Draws the bar.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 10));
    Panel::top("top bar").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            // The buttons are at the right but are reached from left to right, so the width of the previous frame is
            // used; a frame in which it changes is discarded.
            let memory = ui.scope_id().with("width of the buttons");
            let width = ui.data(|data| data.get_temp::<f32>(memory)).unwrap_or(480.0);
            let room = (ui.available_width() - width - ui.spacing().item_spacing.x).max(0.0);
            ui.allocate_ui_with_layout(Vec2::new(room, 28.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(room);
                names(ui, cx);
            });
            let drawn = ui.scope(|ui| buttons(ui, cx)).response.rect.width();
            if (drawn - width).abs() > 0.5 {
                ui.data_mut(|data| data.insert_temp(memory, drawn));
                ui.ctx().request_discard("the buttons of the top bar have changed");
            }
        });
    });
}

fn names(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let tight = is_tight(ui);
    if !tight {
        logo(ui);
    }
    if ui.ctx().content_rect().width() >= ROOM_FOR_NAME {
        line(ui, "Concurrency Lab", theme::title(), palette.text);
    }
    if is_folded(ui, cx) && ui.button("Show panel").clicked() {
        fold(cx, is_narrow(ui), false);
    }
    if tight {
        return;
    }
    ui.add_space(theme::STEP);
    let edited = cx.lab.draft.edited();
    let room = ui.available_width() - if edited { 124.0 } else { 0.0 };
    ui.scope(|ui| {
        ui.set_max_width(room.max(40.0));
        line(ui, &cx.lab.draft.experiment().title, theme::lead(), palette.secondary);
    });
    if edited {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        line(ui, "edited ·", theme::note(), palette.tertiary);
        action_link(ui, cx, Action::Revert);
    }
}

/// Draws the logo: three bars of different lengths in the hues of three families.
fn logo(ui: &mut Ui) {
    use crate::model::Family;
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(20.0, 20.0), Sense::hover());
    let bars = [(Family::EventLoops, 0.0, 1.0), (Family::Pools, 0.0, 0.62), (Family::Processes, 0.2, 0.85)];
    for (index, (family, from, to)) in bars.into_iter().enumerate() {
        let top = rect.top() + 2.0 + index as f32 * 6.0;
        let x = |share: f32| rect.left() + share * rect.width();
        let bar = Rect::from_min_max(egui::pos2(x(from), top), egui::pos2(x(to), top + 4.0));
        ui.painter().rect_filled(bar, CornerRadius::same(theme::MARK_CORNER), palette.family(family));
    }
}

fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if !cx.lab.is_running() && !cx.lab.waits_for_python() && cx.lab.draft.chosen().next().is_some() && !is_tight(ui) {
        let palette = theme::palette(ui);
        let label = estimate::about(cx.lab.draft.workload(), cx.lab.draft.run_seconds());
        uncut(ui, &label, theme::note(), palette.secondary).on_hover_text("Expected time of the whole run");
    }
    let run = ui.push_id("run or cancel", |ui| run_or_cancel(ui, cx)).inner;
    cx.pane(&run);
    if cx.lab.can(Action::MoreRounds) {
        action_button(ui, cx, Action::MoreRounds);
    }
    action_button(ui, cx, Action::Export);
    appearance::menu(ui, cx);
    if ui.ctx().content_rect().width() >= ROOM_FOR_COMMANDS {
        action_button(ui, cx, Action::Palette);
    }
    action_button(ui, cx, Action::Help);
}

/// Draws one button for both actions, so that the focus stays on it.
fn run_or_cancel(ui: &mut Ui, cx: &mut ViewContext<'_>) -> egui::Response {
    let palette = theme::palette(ui);
    let action = if cx.lab.is_running() { Action::Cancel } else { Action::Run };
    let mut tooltip = keys::tooltip(ui.ctx(), action);
    if action == Action::Run && !cx.lab.waits_for_python() {
        let unknown = estimate::is_unknown(cx.lab.draft.workload());
        let time = units::about(cx.lab.draft.run_seconds());
        tooltip.push_str(&if unknown { format!("; {}", estimate::UNKNOWN) } else { format!("; {time} in all") });
    }
    let response = if action == Action::Run {
        primary_button(ui, action.info().label, cx.lab.can(action))
    } else {
        let label = RichText::new(action.info().label).font(theme::strong()).color(palette.accent);
        let button = Button::new(label).stroke(Stroke::new(1.0, palette.accent)).min_size(Vec2::new(76.0, 28.0));
        ui.add_enabled(cx.lab.can(action), button)
    };
    let disabled = match action {
        Action::Run if cx.lab.is_selfchecking() => "The self-check is still running",
        Action::Run if cx.lab.waits_for_python() => "The search for Python interpreters is still running",
        Action::Run if cx.lab.draft.all_too_slow() => "Every chosen model would need more than a minute a trial",
        Action::Run => "Choose at least one model",
        _ => "The run is being stopped",
    };
    let response = response.on_hover_text(tooltip).on_disabled_hover_text(disabled);
    if response.clicked() {
        cx.act(action);
    }
    response
}
