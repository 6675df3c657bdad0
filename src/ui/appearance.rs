//! The menu of theme and size.

use eframe::egui::{Popup, PopupCloseBehavior, Ui};

use super::theme;
use super::view_context::ViewContext;
use super::widgets::line;
use crate::lab::Command;
use crate::lab::scale::Scale;
use crate::lab::view::Theme;

/// Draws the button and its menu.
pub fn menu(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let response = ui.button("Appearance").on_hover_text("Light or dark, and the size of everything");
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick);
    popup.show(|ui| {
        let palette = theme::palette(ui);
        ui.spacing_mut().interact_size.y = 22.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        line(ui, "Theme", theme::small(), palette.tertiary);
        for choice in Theme::ALL {
            if ui.radio(cx.lab.view.theme == choice, choice.title()).clicked() {
                cx.push(Command::Theme(choice));
                ui.close();
            }
        }
        ui.add_space(theme::STEP);
        line(ui, "Size", theme::small(), palette.tertiary);
        for scale in Scale::ALL {
            if ui.radio(cx.lab.view.scale == scale, scale.title()).clicked() {
                cx.push(Command::Scale(scale));
                ui.close();
            }
        }
    });
}
