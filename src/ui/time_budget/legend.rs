//! Legends of the parts that are there: of all models, or of one with its shares.

use eframe::egui::{Color32, Sense, Ui, Vec2};

use super::fill;
use crate::analysis::time_budget::{Part, Stack, TimeBudget, Total, parts_of};
use crate::chart::Fill;
use crate::ui::theme;
use crate::ui::widgets::line;
use crate::units;

/// Least share of a part that the legend of one model names, percent.
const LEAST_PERCENT: f64 = 0.1;

/// Draws the legend of all models.
pub fn show(ui: &mut Ui, budgets: &[&TimeBudget], total: Total) {
    let hue = theme::palette(ui).secondary;
    samples(ui, parts_of(budgets, total).into_iter().map(|part| (part, part.title().to_owned())), hue);
}

/// Draws the legend of one model in its hue, with the share of each part.
pub fn with_shares(ui: &mut Ui, stack: &Stack, hue: Color32) {
    let shares = stack.shown().map(|(part, nanos)| (part, stack.percent(nanos)));
    let shares = shares.filter(|(_, share)| *share >= LEAST_PERCENT);
    samples(ui, shares.map(|(part, share)| (part, format!("{} {}", part.title(), units::percent(share)))), hue);
}

fn samples(ui: &mut Ui, parts: impl Iterator<Item = (Part, String)>, hue: Color32) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(5.0, 2.0);
        for (part, label) in parts {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(22.0, 14.0), Sense::hover());
            fill::paint(ui.painter(), rect.shrink2(Vec2::new(0.0, 1.0)), Fill::of(part), hue, palette);
            line(ui, label, theme::small(), palette.secondary).on_hover_text(part.metric().help);
            ui.add_space(theme::STEP * 2.0);
        }
    });
}
