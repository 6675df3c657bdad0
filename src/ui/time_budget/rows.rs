//! The bars of all models on one axis. One tab stop: the arrow keys move from bar to bar.

use eframe::egui::{Align2, Id, Painter, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::bar;
use crate::analysis::time_budget::{self, TimeBudget, Total};
use crate::chart::Axis;
use crate::lab::view::BudgetUnit;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{focus_ring, hue, mark, painted, painted_title, part};
use crate::ui::{list_box, theme};
use crate::units;

/// Width of the names, in a wide and in a narrow view.
const NAMES: (f32, f32) = (190.0, 160.0);
/// Width of the view below which names have less room.
const NARROW: f32 = 640.0;
/// Width of the view from which the words have room below the bars.
const WIDE: f32 = 860.0;
/// Width of the totals right of the bars.
const TOTALS: f32 = 76.0;
/// Height of a row.
const ROW: f32 = 40.0;
/// Height of the axis.
const AXIS: f32 = 20.0;

/// Draws the rows and the axis.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, budgets: &[&TimeBudget], total: Total, unit: BudgetUnit) {
    let most = budgets.iter().filter_map(|budget| budget.stack(total)).map(|stack| stack.total).max().unwrap_or(0);
    let axis = match unit {
        BudgetUnit::Percent => Axis::linear("", 0.0, 100.0, &units::percent),
        BudgetUnit::Seconds => Axis::linear("", 0.0, most.max(1) as f64, &seconds),
    };
    let title = format!("{} by model", total.title());
    part(ui, Role::List, &title, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let ids: Vec<Id> = budgets.iter().map(|budget| Id::unique(("budget", total, &budget.contender))).collect();
        let known = Id::unique(("budget shown", total));
        let before = ui.data(|data| data.get_temp::<usize>(known)).unwrap_or(0);
        let current = list_box::tab_stop(ui, ids.len(), |index| ids[index], before, ids.len());
        ui.data_mut(|data| data.insert_temp(known, current));
        for (index, budget) in budgets.iter().enumerate() {
            let response = row(ui, budget, total, (unit, &axis), (ids[index], index == current));
            if index == current {
                cx.pane(&response);
            }
        }
    });
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), AXIS));
    ticks(ui, ui.painter(), plot_of(rect), &axis, rect.center().y);
}

/// Formats a tick of nanoseconds: "20 ms", "1.5 s".
fn seconds(nanos: f64) -> String {
    if nanos == 0.0 { "0".to_owned() } else { units::milliseconds(nanos / units::NANOS_PER_MS) }
}

fn plot_of(rect: Rect) -> Rect {
    let names = if rect.width() < NARROW { NAMES.1 } else { NAMES.0 };
    Rect::from_min_max(pos2(rect.left() + names, rect.top()), pos2(rect.right() - TOTALS, rect.bottom()))
}

fn ticks(ui: &Ui, painter: &Painter, plot: Rect, axis: &Axis, y: f32) {
    let palette = theme::palette(ui);
    for tick in &axis.ticks {
        let at = pos2(plot.left() + axis.share(tick.value) as f32 * plot.width(), y);
        painted(painter, at, Align2::CENTER_CENTER, &tick.label, (theme::small(), palette.tertiary), 70.0);
    }
}

fn row(
    ui: &mut Ui,
    budget: &TimeBudget,
    total: Total,
    (unit, axis): (BudgetUnit, &Axis),
    (id, is_tab_stop): (Id, bool),
) -> Response {
    let palette = theme::palette(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW));
    let sense = if is_tab_stop { Sense::HOVER | Sense::FOCUSABLE } else { Sense::HOVER };
    let response = ui.interact(rect, id, sense);
    let sentence = time_budget::sentence(budget, total);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let plot = plot_of(rect);
    let middle = rect.top() + 6.0 + bar::HEIGHT / 2.0;
    let whole =
        Rect::from_min_size(pos2(plot.left(), middle - bar::HEIGHT / 2.0), Vec2::new(plot.width(), bar::HEIGHT));
    let stack = budget.stack(total);
    let bar_rect = stack.map_or(whole, |stack| match unit {
        BudgetUnit::Percent => whole,
        BudgetUnit::Seconds => whole.with_max_x(whole.left() + axis.share(stack.total as f64) as f32 * whole.width()),
    });
    if ui.is_rect_visible(rect) {
        let (painter, colour) = (ui.painter(), hue(ui, &budget.contender));
        mark(painter, pos2(rect.left() + 8.0, middle), 10.0, colour, &budget.contender.host);
        let (left, room) = (rect.left() + 20.0, plot.left() - rect.left() - 28.0);
        painted_title(painter, pos2(left, middle), &budget.contender, (theme::strong(), palette.text), room);
        let small = (theme::small(), palette.secondary);
        let below = middle + bar::HEIGHT / 2.0 + 8.0;
        for tick in &axis.ticks {
            let x = plot.left() + axis.share(tick.value) as f32 * plot.width();
            painter.vline(x, whole.y_range().expand(3.0), (1.0, palette.hairline));
        }
        match stack {
            Some(stack) => {
                painter.rect_filled(bar_rect, 0.0, palette.background);
                bar::paint(ui, painter, bar_rect, stack, colour);
                let sum = units::duration(stack.total as f64);
                let at = pos2(rect.right() - 4.0, middle);
                painted(painter, at, Align2::RIGHT_CENTER, &sum, (theme::figures(), palette.text), TOTALS);
                let outside = match total {
                    Total::CoreSeconds => format!("; outside the clock: {}", time_budget::outside_clock(budget)),
                    Total::TaskSeconds => String::new(),
                };
                let warmup = if budget.is_warmup() { "warm-up: " } else { "" };
                let words = format!("{warmup}{}{outside}", time_budget::listing(stack, 0.5));
                // Below the name, too, where the bar is too short for them.
                let from = if rect.width() < WIDE { left } else { plot.left() };
                painted(painter, pos2(from, below), Align2::LEFT_CENTER, &words, small, rect.right() - from - 4.0);
            }
            None => {
                painted(painter, whole.left_center(), Align2::LEFT_CENTER, "not recorded", small, plot.width());
            }
        }
    }
    focus_ring(ui, &response);
    let tip = response.hover_pos().zip(stack).and_then(|(pointer, stack)| bar::part_at(bar_rect, stack, pointer));
    response.on_hover_text(tip.unwrap_or(sentence))
}
