//! The menu of theme and size.

use eframe::egui::{Button, Popup, PopupCloseBehavior, Ui};

use super::view_context::ViewContext;
use super::widgets::{line, radio};
use super::{keys, theme};
use crate::lab::scale::Scale;
use crate::lab::view::Theme;
use crate::lab::{Action, Command};

/// Draws the button and its menu.
pub fn menu(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let tip = "Light or dark, the size of everything, and the results for an audience";
    let response = ui.button("Appearance").on_hover_text(tip);
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick);
    popup.show(|ui| {
        let palette = theme::palette(ui);
        ui.spacing_mut().interact_size.y = 22.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        line(ui, "Theme", theme::small(), palette.tertiary);
        for choice in Theme::ALL {
            if radio(ui, cx.lab.view.theme == choice, choice.title()).clicked() {
                cx.push(Command::Theme(choice));
                ui.close();
            }
        }
        ui.add_space(theme::STEP);
        line(ui, "Size", theme::small(), palette.tertiary);
        for scale in Scale::ALL {
            if radio(ui, cx.lab.view.scale == scale, &scale.title()).clicked() {
                cx.push(Command::Scale(scale));
                ui.close();
            }
        }
        ui.add_space(theme::STEP);
        let presentation = Button::new(Action::Present.info().label);
        let tip = keys::tooltip(ui.ctx(), Action::Present);
        let response = ui.add_enabled(cx.lab.can(Action::Present), presentation);
        if response.on_hover_text(tip).on_disabled_hover_text("There are no results to present").clicked() {
            cx.act(Action::Present);
            ui.close();
        }
    });
}
