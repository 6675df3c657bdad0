//! The figures of the bars as tables.

use eframe::egui::{Grid, ScrollArea, Ui};

use crate::analysis::time_budget::{BudgetTable, TimeBudget, Total};
use crate::ui::theme;
use crate::ui::widgets::{line, uncut, uncut_right};

/// Height of a row.
const ROW_HEIGHT: f32 = 22.0;
/// Text of a part that was not measured or does not apply.
const MISSING: &str = "–";

/// Draws both tables.
pub fn show(ui: &mut Ui, budgets: &[&TimeBudget]) {
    let palette = theme::palette(ui);
    for total in Total::ALL {
        line(ui, format!("{} in figures", total.title()), theme::title(), palette.text);
        table(ui, &BudgetTable::of(budgets, total), total);
        ui.add_space(theme::STEP * 2.0);
    }
}

fn table(ui: &mut Ui, table: &BudgetTable, total: Total) {
    let palette = theme::palette(ui);
    ScrollArea::horizontal().id_salt(("budget in figures", total)).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        Grid::new(("budget in figures", total)).striped(true).spacing([20.0, 0.0]).show(ui, |ui| {
            uncut(ui, "model", theme::small(), palette.secondary);
            for (head, help) in &table.heads {
                uncut_right(ui, head, theme::small(), palette.secondary).on_hover_text(*help);
            }
            ui.end_row();
            for (contender, cells) in &table.rows {
                uncut(ui, &contender.title(), theme::body(), palette.text);
                for cell in cells {
                    uncut_right(ui, cell.as_deref().unwrap_or(MISSING), theme::figures(), palette.text);
                }
                ui.end_row();
            }
        });
    });
}
