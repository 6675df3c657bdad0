//! Legend of the parts that are there.

use eframe::egui::{Sense, Ui, Vec2};

use super::fill;
use crate::analysis::time_budget::{TimeBudget, Total, parts_of};
use crate::chart::Fill;
use crate::ui::theme;
use crate::ui::widgets::line;

/// Draws the legend.
pub fn show(ui: &mut Ui, budgets: &[&TimeBudget], total: Total) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(5.0, 2.0);
        for part in parts_of(budgets, total) {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(22.0, 14.0), Sense::hover());
            fill::paint(ui.painter(), rect.shrink2(Vec2::new(0.0, 1.0)), Fill::of(part), palette.secondary, palette);
            line(ui, part.title(), theme::small(), palette.secondary).on_hover_text(part.metric().help);
            ui.add_space(theme::STEP * 2.0);
        }
    });
}
