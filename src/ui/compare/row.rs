//! One model's row: its mark, name, trials on the axis, and figures in columns.

use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Id, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2,
};

use super::axis::Scale;
use super::columns::{Columns, WIDE, plot_rect};
use crate::analysis::Summary;
use crate::analysis::metric::{CORES_USED, OS_SWITCHES, PEAK_MEMORY, TIMES_AS_FAST, WALL_TIME};
use crate::experiment::Excluded;
use crate::experiment::capabilities::unavailable;
use crate::lab::Command;
use crate::lab::descriptions::{no_time, row as sentence};
use crate::lab::run::{Activity, Run};
use crate::model::{Contender, Host};
use crate::trial::Status;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{focus_ring, hue, mark, painted, painted_title};
use crate::units::{self, plural};

const HEIGHT: f32 = 30.0;
/// Strength of the hue with which a running model's row fills; text on it stays readable.
const FILL: f32 = 0.16;

/// Returns done and all tasks of the running trial; the inner `None` before the first count, the outer one if the model
/// is not running at the point shown.
fn tasks_done(run: &Run, contender: &Contender) -> Option<Option<(u32, u32)>> {
    match &run.doing {
        Some(Activity::Trial { point, contender: running, done, .. })
            if running == contender && *point == run.point =>
        {
            Some(*done)
        }
        _ => None,
    }
}

fn done_words(tasks: Option<(u32, u32)>) -> String {
    tasks.map_or_else(String::new, |(done, tasks)| {
        format!(", {} of {} tasks", units::count(u64::from(done)), units::count(u64::from(tasks)))
    })
}

/// Draws the row; a click unfolds its details.
pub fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    run: &Run,
    contender: &Contender,
    columns: &Columns,
    scale: &Scale,
) -> Response {
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), HEIGHT));
    let response = ui.interact(rect, Id::unique(("row", contender)), Sense::click());
    let description = match tasks_done(run, contender) {
        None => sentence(run, contender),
        Some(tasks) => format!("{}; running now{}", sentence(run, contender), done_words(tasks)),
    };
    let open = cx.lab.view.open_rows.contains(contender);
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &description));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    if ui.is_rect_visible(rect) {
        paint(ui, run, contender, rect, columns, scale, response.hovered() || open);
    }
    focus_ring(ui, &response);
    if response.clicked() {
        cx.push(Command::ToggleRow(contender.clone()));
    }
    let dot = response
        .hover_pos()
        .and_then(|pointer| trial_at(run.summary(contender)?, plot_rect(rect, columns), scale, pointer));
    let dot = dot.map_or_else(String::new, |trial| format!("{trial}\n\n"));
    response.on_hover_text(format!("{dot}{description}. Click for details"))
}

fn paint(ui: &Ui, run: &Run, contender: &Contender, rect: Rect, columns: &Columns, scale: &Scale, highlighted: bool) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    if highlighted {
        painter.rect_filled(rect, CornerRadius::same(theme::CORNER), palette.raised.gamma_multiply(0.7));
    }
    if let Some(Some((done, tasks))) = tasks_done(run, contender) {
        // The row fills from the left with its tasks.
        let share = (done as f32 / tasks.max(1) as f32).clamp(0.0, 1.0);
        let filled = Rect::from_min_size(rect.min, Vec2::new(rect.width() * share, rect.height()));
        let colour = hue(ui, contender).gamma_multiply(FILL);
        painter.rect_filled(filled, CornerRadius::same(theme::MARK_CORNER), colour);
    }
    let summary = run.summary(contender);
    let plot = plot_rect(rect, columns);
    name(ui, run, contender, rect, columns, summary);
    let Some(summary) = summary.filter(|summary| summary.wall.is_some() || summary.first_look.is_some()) else {
        let label = no_time(run, summary);
        let failed = summary.is_some_and(|summary| summary.status == Some(Status::Failed));
        let style = (theme::note(), if failed { palette.failure } else { palette.tertiary });
        let width = rect.width() - columns.plot.0;
        painted(painter, plot.left_center(), Align2::LEFT_CENTER, &label, style, width);
        return;
    };
    for (share, _) in &scale.ticks {
        painter.vline(plot.left() + share * plot.width(), plot.y_range(), (1.0, palette.hairline));
    }
    trials(ui, summary, plot, scale, hue(ui, contender), &contender.host);
    figures(ui, run, summary, rect, columns);
}

/// Space between settings and the number of caveats, points.
const GAP: f32 = 8.0;

fn name(ui: &Ui, run: &Run, contender: &Contender, rect: Rect, columns: &Columns, summary: Option<&Summary>) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let middle = rect.center().y;
    mark(painter, pos2(rect.left() + 8.0, middle), 10.0, hue(ui, contender), &contender.host);
    let caveats = summary.map_or(0, |summary| summary.caveats.len());
    let note = match (tasks_done(run, contender), caveats) {
        (Some(tasks), _) => Some((format!("running{}", done_words(tasks)), palette.secondary)),
        (None, 0) => None,
        (None, count) => Some((plural(count as u64, "caveat"), palette.caveat)),
    };
    let left = rect.left() + 20.0;
    let room = columns.plot.0 - 28.0;
    let style = (theme::strong(), palette.text);
    let Some((label, colour)) = note else {
        painted_title(painter, pos2(left, middle), contender, style, room);
        return;
    };
    // Always below the name: only short names would leave room beside them. Settings stand there, too.
    let (model, words) = contender.title_parts();
    painted(painter, pos2(left, middle - 6.0), Align2::LEFT_CENTER, &model, style, room);
    let small =
        |words: &str, colour: Color32| painter.layout_no_wrap(words.to_owned(), theme::small(), colour).size().x;
    let below = pos2(left, middle + 8.0);
    let Some(words) = words else {
        painted(painter, below, Align2::LEFT_CENTER, &label, (theme::small(), colour), room);
        return;
    };
    let rest = room - small(&label, colour) - GAP;
    let words = painted(painter, below, Align2::LEFT_CENTER, &words, (theme::small(), palette.secondary), rest);
    let at = pos2(words.right() + GAP, below.y);
    painted(painter, at, Align2::LEFT_CENTER, &label, (theme::small(), colour), left + room - at.x);
}

fn trials(ui: &Ui, summary: &Summary, plot: Rect, scale: &Scale, hue: Color32, host: &Host) {
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(plot.expand2(Vec2::new(5.0, 0.0)));
    let x = |nanos: f64| plot.left() + scale.share(nanos) * plot.width();
    let middle = plot.center().y;
    if let Some(wall) = summary.wall.filter(|_| !scale.logarithmic) {
        let bar = Rect::from_min_max(pos2(plot.left(), middle - 7.0), pos2(x(wall.median), middle + 7.0));
        let corner = CornerRadius::same(theme::MARK_CORNER);
        match host {
            Host::Rust => {
                painter.rect_filled(bar, corner, hue.gamma_multiply(0.45));
            }
            Host::Python(_) => {
                painter.rect_stroke(bar, corner, Stroke::new(1.5, hue.gamma_multiply(0.8)), StrokeKind::Inside);
            }
        }
    }
    if let Some(ideal) = summary.ideal_nanos {
        dashed(&painter, x(ideal), plot.y_range().shrink(5.0), palette.text);
    }
    if let Some(first) = summary.first_look {
        painter.circle_stroke(pos2(x(first), middle), theme::DOT / 2.0, (1.0, palette.secondary));
    }
    for (round, nanos) in &summary.walls {
        dot(&painter, dot_position(plot, scale, *round, *nanos), hue, palette.background);
    }
    let Some(wall) = summary.wall else { return };
    if let Some((low, high)) = wall.ci95 {
        painter.hline(x(low)..=x(high).max(x(low) + 1.0), middle, (2.0, palette.text));
    }
    painter.vline(x(wall.median), plot.y_range().shrink(7.0), (2.0, palette.text));
    if let Some((count, most)) = scale.beyond(summary.walls.iter().map(|(_, nanos)| *nanos)) {
        let words = format!("{} → {}", units::plural(count, "trial"), units::duration(most));
        let galley = painter.layout_no_wrap(words, theme::small(), palette.secondary);
        let rect = Align2::RIGHT_CENTER.anchor_size(plot.right_center(), galley.size());
        painter.rect_filled(rect.expand2(Vec2::new(3.0, 0.0)), CornerRadius::ZERO, palette.background);
        painter.galley(rect.min, galley, palette.secondary);
    }
}

/// Returns the position of a trial's dot. Dots are spread over the height, so that equal times stay visible; the
/// position is the same in every frame.
fn dot_position(plot: Rect, scale: &Scale, round: i32, nanos: f64) -> Pos2 {
    let offset = ((f64::from(round) * 0.618_034).fract() - 0.5) as f32 * 12.0;
    pos2(plot.left() + scale.share(nanos) * plot.width(), plot.center().y + offset)
}

/// Largest distance between pointer and dot, in points.
const REACH: f32 = 5.0;

/// Describes the trial under the pointer: "Round 2: 57.0 ms".
fn trial_at(summary: &Summary, plot: Rect, scale: &Scale, pointer: Pos2) -> Option<String> {
    let near = |(round, nanos): &&(i32, f64)| dot_position(plot, scale, *round, *nanos).distance(pointer);
    let nearest = summary.walls.iter().min_by(|left, right| near(left).total_cmp(&near(right)))?;
    let (round, nanos) = nearest;
    (near(&nearest) <= REACH).then(|| format!("Round {round}: {}", units::duration(*nanos)))
}

/// Draws the symbol of a trial.
pub(super) fn dot(painter: &Painter, at: Pos2, hue: Color32, ground: Color32) {
    painter.circle(at, theme::DOT / 2.0, hue, Stroke::new(0.5, ground));
}

/// Draws the symbol of an ideal.
pub(super) fn dashed(painter: &Painter, x: f32, y: eframe::egui::Rangef, colour: Color32) {
    painter.extend(Shape::dashed_line(&[pos2(x, y.min), pos2(x, y.max)], Stroke::new(1.0, colour), 3.0, 2.5));
}

fn figures(ui: &Ui, run: &Run, summary: &Summary, rect: Rect, columns: &Columns) {
    let palette = theme::palette(ui);
    let middle = rect.center().y;
    let draw = |right: f32, label: &str, colour: Color32, font: FontId| {
        let at = pos2(rect.left() + right, middle);
        painted(ui.painter(), at, Align2::RIGHT_CENTER, label, (font, colour), 110.0);
    };
    if summary.wall.is_none() {
        if let Some(first) = summary.first_look {
            draw(columns.wall, &units::duration(first), palette.secondary, theme::figures());
            let right = columns.right_of(&TIMES_AS_FAST).unwrap_or(columns.plot.1 - 4.0);
            draw(right, "warm-up", palette.tertiary, theme::small());
        }
        return;
    }
    let Some(model) = run.model(&summary.contender) else { return };
    if let Some(value) = WALL_TIME.of_model(&model) {
        draw(columns.wall, &value, palette.text, theme::figures());
    }
    if let Some((right, cores)) = columns.right_of(&CORES_USED).zip(summary.cpu_cores_used) {
        let all = run.results().cpus_of(&summary.contender).max(1) as f32;
        let left = rect.left() + right - 34.0 - columns.cores_bar;
        let bar = Rect::from_min_size(pos2(left, middle - 4.0), Vec2::new(columns.cores_bar, 8.0));
        let corner = CornerRadius::same(theme::MARK_CORNER);
        ui.painter().rect_filled(bar, corner, palette.hairline);
        let share = (cores as f32 / all).clamp(0.0, 1.0);
        let used = Rect::from_min_size(bar.min, Vec2::new(bar.width() * share, bar.height()));
        ui.painter().rect_filled(used, corner, palette.tertiary);
    }
    for (metric, right) in &columns.metrics {
        // The reference shows its 1.00, which its row says in words elsewhere.
        let value = match metric.id == TIMES_AS_FAST.id {
            true => summary.times_as_fast.map(|ratio| units::ratio(ratio.median)),
            false => metric.of_model(&model),
        };
        let Some(value) = value else { continue };
        let at = |offset: f32| pos2(rect.left() + right, middle + offset);
        let painter = ui.painter();
        match metric.warning_of(&model) {
            None => {
                let is_minor = [PEAK_MEMORY.id, OS_SWITCHES.id].contains(&metric.id);
                let colour = if is_minor { palette.secondary } else { palette.text };
                painted(painter, at(0.0), Align2::RIGHT_CENTER, &value, (theme::figures(), colour), WIDE - 8.0);
            }
            Some(warning) => {
                let style = (theme::figures(), palette.failure);
                painted(painter, at(-6.0), Align2::RIGHT_CENTER, &value, style, WIDE);
                painted(painter, at(8.0), Align2::RIGHT_CENTER, warning, (theme::small(), palette.failure), 110.0);
            }
        }
    }
}

/// Draws the row of a model that the experiment excludes, with the reason.
pub fn left_out(ui: &mut Ui, run: &Run, left_out: &Excluded, columns: &Columns) {
    let palette = theme::palette(ui);
    let contender = left_out.contender.clone();
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), HEIGHT - 4.0));
    let response = ui.interact(rect, Id::unique(("left out", &contender)), Sense::hover());
    let results = run.results();
    let available = unavailable(&contender, &results.experiment, &results.interpreters).is_none();
    let state = if available { "left out" } else { "not available" };
    let description = format!("{}: {state}, {}", contender.full_name(), left_out.reason);
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &description));
    let middle = rect.center().y;
    let style = (theme::body(), palette.tertiary);
    let painter = ui.painter();
    mark(painter, pos2(rect.left() + 8.0, middle), 10.0, hue(ui, &contender).gamma_multiply(0.5), &contender.host);
    painted_title(painter, pos2(rect.left() + 20.0, middle), &contender, style, columns.plot.0 - 28.0);
    let label = format!("{state}: {}", left_out.reason);
    let at = pos2(rect.left() + columns.plot.0, middle);
    painted(painter, at, Align2::LEFT_CENTER, &label, (theme::note(), palette.tertiary), rect.width() - columns.plot.0);
    response.on_hover_text(description);
}
