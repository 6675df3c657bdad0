//! The menu that chooses the columns of the comparison.

use eframe::egui::{Popup, PopupCloseBehavior, Ui};

use crate::lab::table_columns::TableColumns;
use crate::lab::{Command, highlight};
use crate::ui::view_context::ViewContext;

/// Draws the button and its menu, which stays open while columns are chosen.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let response = ui.button("Columns").on_hover_text("The figures beside the wall time; kept for the next start");
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ui.spacing_mut().interact_size.y = 22.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        let chosen = &cx.lab.view.columns;
        let of_run = cx.lab.run.as_ref().and_then(highlight::of_run);
        for metric in TableColumns::offered() {
            let is_of_run = of_run.is_some_and(|highlight| highlight.id == metric.id);
            let mut shown = is_of_run || chosen.shows(metric);
            let tip = if is_of_run { "Always shown: this workload is about it" } else { metric.help };
            let row = ui.add_enabled_ui(!is_of_run, |ui| ui.checkbox(&mut shown, metric.head)).inner;
            if row.on_hover_text(tip).on_disabled_hover_text(tip).clicked() {
                cx.push(Command::Column(metric));
            }
        }
    });
}
