//! The time budget view: where the core-seconds and the task-seconds of a trial of each model went, as stacked bars on a
//! common axis and as tables. The details of a row of the comparison have the same bars.

mod bar;
mod fill;
mod legend;
mod rows;
mod tables;

use eframe::egui::{ComboBox, Ui};

use super::view_context::ViewContext;
use super::widgets::{line, list_entry, text};
use super::{theme, view_scroll};
use crate::analysis::time_budget::{self, HINT, TimeBudget, Total};
use crate::lab::Command;
use crate::lab::row_order::rows as order;
use crate::lab::run::Run;
use crate::lab::view::BudgetUnit;
use crate::model::Contender;
use crate::ui::widgets::hue;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let budgets: Vec<&TimeBudget> = order(cx.lab, run).iter().filter_map(|contender| run.budget(contender)).collect();
    if budgets.is_empty() {
        text(ui, "Time budgets appear with the first completed trials", theme::body(), palette.secondary);
        return;
    }
    let (run_id, unit) = (run.results().started_at_ms, cx.lab.view.budget_unit);
    view_scroll::show(ui, cx, ("time budget", run_id), |ui, cx| {
        for total in Total::ALL {
            line(ui, time_budget::heading(total), theme::title(), palette.text);
            text(ui, time_budget::largest(budgets.iter().copied(), total), theme::body(), palette.secondary);
            rows::show(ui, cx, &budgets, total, unit);
            legend::show(ui, &budgets, total);
            ui.add_space(theme::STEP * 3.0);
        }
        text(ui, HINT, theme::note(), palette.secondary);
        for note in time_budget::common_notes(&budgets) {
            text(ui, note, theme::note(), palette.secondary);
        }
        ui.add_space(theme::STEP * 2.0);
        tables::show(ui, &budgets);
        ui.add_space(theme::STEP * 4.0);
    });
}

/// Draws the choice of the unit, beside the tabs.
pub fn choices(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let unit = cx.lab.view.budget_unit;
    let combo = ComboBox::from_id_salt("unit of budgets").width(150.0).selected_text(unit.title());
    let response = combo.show_ui(ui, |ui| {
        for one in BudgetUnit::ALL {
            if list_entry(ui, unit == one, one.title()) {
                cx.push(Command::BudgetUnit(one));
            }
        }
    });
    let tip = "Percent compares what the totals consist of, seconds compares the totals on one axis";
    response.response.accessible_name("Unit").on_hover_text(tip);
}

/// Draws the bars of one model, among its details.
pub fn of_model(ui: &mut Ui, run: &Run, contender: &Contender) {
    let Some(budget) = run.budget(contender) else { return };
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    for total in Total::ALL {
        let Some(stack) = budget.stack(total) else { continue };
        line(ui, time_budget::heading(total), theme::note(), palette.tertiary);
        bar::with_legend(ui, stack, hue(ui, contender), &time_budget::sentence(budget, total));
    }
    let outside =
        format!("Outside the clock: {}. Of one trial, the one nearest the median.", time_budget::outside_clock(budget));
    text(ui, outside, theme::note(), palette.secondary);
    for note in time_budget::notes(budget) {
        text(ui, note, theme::note(), palette.secondary);
    }
}
