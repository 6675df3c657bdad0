//! The badly behaved patterns of one model, each with its evidence in a sentence. A click marks the evidence.

use eframe::egui::Ui;

use super::time_axis::NAMES_WIDTH;
use crate::lab::Command;
use crate::lab::run::Run;
use crate::lab::timeline_view::{Selection, TimelineCommand};
use crate::model::Contender;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{quiet_button, text};

/// Draws the patterns of a model, if there are any.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, contender: &Contender) {
    let Some(details) = run.details_of(contender, cx.lab.view.timeline_round) else { return };
    for (index, pattern) in details.patterns.iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.add_space(NAMES_WIDTH);
            let label = format!("{} under {}", pattern.name(), contender.title());
            let button = quiet_button(ui, &label).on_hover_text("Marks the evidence on the lanes");
            if button.clicked() {
                let selection = Selection::Pattern { contender: contender.clone(), index };
                cx.push(Command::Timeline(TimelineCommand::Select(selection)));
            }
            text(ui, pattern.sentence(), theme::small(), theme::palette(ui).secondary);
        });
    }
}
