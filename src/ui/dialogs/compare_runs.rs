//! The dialog that compares two runs: a list of stored runs to choose from, then differences of the environment, the
//! verdict, and a row per model with its ratio and interval.

use eframe::egui::{Align2, Id, Rangef, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::footer::{self, Leave};
use crate::analysis::run_comparison::{ContenderChange, RunComparison};
use crate::chart::Axis;
use crate::clock;
use crate::lab::Command;
use crate::lab::run_picker::{CompareDialog, ComparedRuns, RunChoice};
use crate::printable;
use crate::ui::focus::first_focus;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{hue, mark, painted, part, polite, text};
use crate::units::{self, plural};

/// Height of a row.
const ROW_HEIGHT: f32 = 34.0;
/// Share of a row's width that the name takes.
const NAME_SHARE: f32 = 0.36;
/// Width of the ratio at the right.
const RATIO_WIDTH: f32 = 150.0;
/// Least range of the axis, as a factor either way: small differences stay small.
const LEAST_RANGE: f64 = 1.05;

/// Draws the content of the dialog, without its last line.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &CompareDialog) {
    match &dialog.compared {
        Some(compared) => comparison(ui, compared),
        None => choices(ui, cx, dialog),
    }
}

/// Draws the last line: the way back to the list, and the one out.
pub fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &CompareDialog) {
    let again = dialog.compared.is_some();
    footer::show(ui, cx, Leave::Close, |ui, cx| {
        if again && ui.button("Other run").on_hover_text("Shows the stored runs again").clicked() {
            cx.push(Command::ChooseOtherRun);
        }
    });
}

/// Draws the runs to choose from.
fn choices(ui: &mut Ui, cx: &mut ViewContext<'_>, dialog: &CompareDialog) {
    let palette = theme::palette(ui);
    if let Some(problem) = &dialog.problem {
        let response = text(ui, problem, theme::body(), palette.caveat);
        polite(ui, &response);
    }
    let Some(choices) = &dialog.choices else {
        let response = text(ui, "Reading the stored runs", theme::body(), palette.secondary);
        polite(ui, &response);
        return;
    };
    let message = match choices.alike.len() {
        0 => "No other stored run has this workload. Run it again, then compare the two.",
        _ => "Stored runs of this workload, the newest first. The run that started earlier is OLD.",
    };
    text(ui, message, theme::body(), palette.secondary);
    for (index, choice) in choices.alike.iter().enumerate() {
        run(ui, cx, choice, index == 0, dialog.busy);
    }
    if choices.others > 0 {
        let others = plural(choices.others as u64, "stored run");
        let message = format!("Not listed: {others} of other workloads, without trials, or unreadable");
        text(ui, message, theme::note(), palette.tertiary);
    }
}

fn run(ui: &mut Ui, cx: &mut ViewContext<'_>, choice: &RunChoice, first: bool, busy: bool) {
    let palette = theme::palette(ui);
    let label = printable::line(&choice.label()).into_owned();
    let response = ui.add_enabled(!busy, eframe::egui::Button::new(label).truncate());
    if first {
        first_focus(ui, &response);
    }
    if response.on_hover_text("Compares the results shown with this run").clicked() {
        cx.push(Command::CompareWithRun(choice.id.clone()));
    }
    if let Some(headline) = &choice.headline {
        ui.indent(("headline", &choice.id), |ui| {
            text(ui, printable::line(headline), theme::note(), palette.secondary);
        });
    }
}

/// Draws the comparison.
fn comparison(ui: &mut Ui, compared: &ComparedRuns) {
    let palette = theme::palette(ui);
    let ComparedRuns { old, new, comparison } = compared;
    let now = clock::unix_millis();
    for (side, (name, started)) in [("OLD", old), ("NEW", new)] {
        let label = format!("{side}: {name}, run at {}", units::wall_clock(*started, now));
        text(ui, printable::line(&label), theme::note(), palette.secondary);
    }
    differences(ui, comparison);
    ui.add_space(theme::STEP);
    let response = text(ui, printable::line(&comparison.headline()), theme::lead(), palette.text);
    polite(ui, &response);
    rows(ui, comparison);
    for sentence in comparison.unmatched_sentences().iter().chain(&comparison.sentences()) {
        text(ui, printable::line(sentence), theme::note(), palette.secondary);
    }
}

fn differences(ui: &mut Ui, comparison: &RunComparison) {
    let palette = theme::palette(ui);
    if comparison.differences.is_empty() {
        text(ui, "Differences of the environment: none recorded", theme::note(), palette.secondary);
        return;
    }
    text(ui, "Differences of the environment", theme::strong(), palette.text);
    for difference in &comparison.differences {
        let colour = if difference.hides_the_code() { palette.caveat } else { palette.secondary };
        text(ui, printable::line(&difference.to_string()), theme::note(), colour);
    }
}

/// Draws a row for each contender and point, and the axis below.
fn rows(ui: &mut Ui, comparison: &RunComparison) {
    if comparison.rows.is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    let factor = half_range(comparison).exp();
    let axis = Axis::of_ratios("", factor, &units::ratio);
    part(ui, Role::Table, "Wall time of NEW / OLD", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, change) in comparison.rows.iter().enumerate() {
            row(ui, index, change, &axis);
        }
    });
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), 18.0));
    let plot = plot(rect);
    let style = (theme::small(), palette.tertiary);
    for tick in &axis.ticks {
        let at = pos2(plot.left() + axis.share(tick.value) as f32 * plot.width(), plot.center().y);
        painted(ui.painter(), at, Align2::CENTER_CENTER, &tick.label, style.clone(), 60.0);
    }
    let bars = "thick: the 95 % interval; thin, with too few trials for one: the range seen";
    let message =
        format!("Median of NEW / median of OLD, logarithmic; right of the line NEW takes longer. Bars: {bars}.");
    text(ui, message, style.0, style.1);
}

/// Returns the logarithm of the largest ratio on the axis, either way.
fn half_range(comparison: &RunComparison) -> f64 {
    let ends = comparison.rows.iter().flat_map(|row| {
        let (low, high) = row.wall.ci95.unwrap_or(row.wall.range);
        [low, high, row.wall.ratio]
    });
    ends.map(|ratio| ratio.ln().abs()).filter(|log| log.is_finite()).fold(LEAST_RANGE.ln(), f64::max)
}

fn plot(rect: Rect) -> Rect {
    let left = rect.left() + rect.width() * NAME_SHARE;
    let right = (rect.right() - RATIO_WIDTH).max(left + 40.0);
    Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()))
}

fn row(ui: &mut Ui, index: usize, change: &ContenderChange, axis: &Axis) {
    let palette = theme::palette(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("compared", index)), Sense::hover());
    let sentence = change.sentence();
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &sentence));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let (middle, plot) = (rect.center().y, plot(rect));
        let hue = hue(ui, &change.contender);
        mark(painter, pos2(rect.left() + 8.0, middle), 10.0, hue, &change.contender.host);
        let left = rect.left() + 20.0;
        let style = (theme::strong(), palette.text);
        painted(painter, pos2(left, middle), Align2::LEFT_CENTER, &change.title(), style, plot.left() - left - 8.0);
        let x = |ratio: f64| plot.left() + axis.share(ratio).clamp(0.0, 1.0) as f32 * plot.width();
        for tick in &axis.ticks {
            painter.vline(x(tick.value), plot.y_range(), (1.0, palette.hairline));
        }
        painter.vline(x(1.0), plot.y_range(), (1.0, palette.tertiary));
        let colour = match (change.is_slower(), change.is_faster()) {
            (false, false) => palette.secondary,
            _ => palette.text,
        };
        let (low, high) = change.wall.ci95.unwrap_or(change.wall.range);
        let stroke = if change.wall.ci95.is_some() { 4.0 } else { 1.0 };
        painter.hline(Rangef::new(x(low), x(high).max(x(low) + 1.0)), middle, (stroke, hue));
        painter.vline(x(change.wall.ratio), plot.y_range().shrink(9.0), (2.0, colour));
        let figure = format!("{} times", units::ratio(change.wall.ratio));
        let at = |offset: f32| pos2(rect.right(), middle + offset);
        let style = (theme::figures(), colour);
        painted(painter, at(-7.0), Align2::RIGHT_CENTER, &figure, style, RATIO_WIDTH - 8.0);
        let style = (theme::small(), colour);
        painted(painter, at(8.0), Align2::RIGHT_CENTER, change.finding_words(), style, RATIO_WIDTH - 8.0);
    }
    response.on_hover_text(sentence);
}
