//! Tasks in flight and usage of each core of one model, below its lanes and on their time axis. A click selects the tasks
//! that ran then, dragging a part of the time.

use eframe::egui::{
    Align2, CornerRadius, Mesh, Painter, PointerButton, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2,
};

use super::navigation::{Drag, dragged_range, pan_and_zoom};
use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, lanes_rect};
use crate::lab::Command;
use crate::lab::core_usage::UsageOrigin;
use crate::lab::descriptions::full_name;
use crate::lab::lane_details::LaneDetails;
use crate::lab::run::Run;
use crate::lab::timeline_view::{Selection, TimelineCommand};
use crate::lab::timeline_words::usage_words;
use crate::lab::view::Range;
use crate::model::Contender;
use crate::ui::theme::{self, Palette};
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, focus_ring, hue, painted, uncut};
use crate::units::{self, plural};

/// Height of the curve of tasks in flight.
const CURVE: f32 = 20.0;
/// Height of the usage of a core, with the gap above it: room for its name.
const CORE: f32 = 14.0;
/// Most cores with bars; more have shades.
const MOST_BARS: usize = 8;
/// Height of a row of shades.
const SHADES: f32 = 3.0;
/// Most rows of shades; of more cores several share a row.
const MOST_SHADES: usize = 32;
/// Width of a cell of usage, at least: of a bar, and of a shade.
const CELL: f32 = 2.0;
const SHADED_CELL: f32 = 4.0;
/// Distance within which a click means the same moment, pixels.
const REACH: f32 = 2.0;

/// Rows of the cores.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CoreRows {
    /// Number of rows.
    count: usize,
    /// Cores in each of them, of which the busiest is shown.
    each: usize,
    /// Height of a row, with the gap above a bar.
    height: f32,
}

impl CoreRows {
    fn of(details: &LaneDetails) -> Self {
        Self::for_cores(details.usage.as_ref().map_or(0, |usage| usage.cores.len()))
    }

    fn for_cores(cores: usize) -> Self {
        if cores <= MOST_BARS {
            return Self { count: cores, each: 1, height: CORE };
        }
        let each = cores.div_ceil(MOST_SHADES);
        Self { count: cores.div_ceil(each), each, height: SHADES }
    }

    fn are_shades(self) -> bool {
        self.height < CORE
    }
}

/// Draws the strip.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, contender: &Contender, axis: TimeAxis) {
    let Some(details) = run.details_of(contender, cx.lab.view.timeline_round) else { return };
    let rows = CoreRows::of(details);
    let height = CURVE + 2.0 + rows.count as f32 * rows.height;
    let sentence = alternative(contender, details, axis.range);
    let size = Vec2::new(NAMES_WIDTH + axis.width + BEYOND_WIDTH, height);
    let (response, painter) = figure(ui, size, Sense::click_and_drag(), &sentence);
    let plot = lanes_rect(response.rect, axis);
    let palette = theme::palette(ui);
    if ui.is_rect_visible(response.rect) {
        let mut mesh = Mesh::default();
        let curve = Rect::from_min_max(plot.min, pos2(plot.right(), plot.top() + CURVE));
        let colour = hue(ui, contender);
        in_flight(&mut mesh, details, axis, curve, colour);
        usage(&mut mesh, details, axis, plot, palette);
        painter.rect_filled(curve, CornerRadius::ZERO, palette.panel);
        painter.with_clip_rect(plot.intersect(ui.clip_rect())).add(Shape::mesh(mesh));
        names(&painter, details, response.rect, plot, palette);
        selected(&painter, cx, contender, axis, plot, palette);
        axis.draw_cursor(&painter, plot.y_range(), palette);
    }
    focus_ring(ui, &response);
    pan_and_zoom(ui, cx, &response, axis, Drag::Selects);
    select(ui, cx, contender, details, &response, &painter, axis, plot);
    hover(response, details, axis, plot);
}

fn alternative(contender: &Contender, details: &LaneDetails, range: Range) -> String {
    let most = details.in_flight.most_between(range.from, range.to);
    let mut sentence =
        format!("Usage under {}: {} in flight at most", full_name(contender), plural(u64::from(most), "task"));
    if let (Some(usage), Some(words)) = (&details.usage, usage_words(details, range)) {
        sentence.push_str(&format!("; {words} on average, {}", origin(usage.origin)));
    }
    sentence
}

const fn origin(origin: UsageOrigin) -> &'static str {
    match origin {
        UsageOrigin::Counters => "of any program, by the system's counters",
        UsageOrigin::Tasks => "of computing tasks, by the core on which they ended",
    }
}

/// Draws the curve: for each pixel the most tasks at once.
fn in_flight(mesh: &mut Mesh, details: &LaneDetails, axis: TimeAxis, curve: Rect, colour: eframe::egui::Color32) {
    let peak = details.in_flight.peak().max(1) as f32;
    let mut x = curve.left();
    let mut run: Option<(f32, u32)> = None;
    let mut flush = |run: Option<(f32, u32)>, to: f32| {
        if let Some((from, count)) = run.filter(|(_, count)| *count > 0) {
            let height = (count as f32 / peak * (curve.height() - 1.0)).max(1.0);
            let bar = Rect::from_min_max(pos2(from, curve.bottom() - height), pos2(to, curve.bottom()));
            mesh.add_colored_rect(bar, colour.gamma_multiply(0.55));
            let line = Rect::from_min_max(bar.min, pos2(to, bar.top() + 1.0));
            mesh.add_colored_rect(line, colour);
        }
    };
    while x < curve.right() {
        let to = (x + 1.0).min(curve.right());
        let count = details.in_flight.most_between(axis.nanos(x), axis.nanos(to));
        if run.is_none_or(|(_, before)| before != count) {
            flush(run, x);
            run = Some((x, count));
        }
        x = to;
    }
    flush(run, curve.right());
}

/// Draws the usage of each core as bars, or that of many as shades, in cells of a few pixels.
fn usage(mesh: &mut Mesh, details: &LaneDetails, axis: TimeAxis, plot: Rect, palette: &Palette) {
    let Some(usage) = &details.usage else { return };
    let rows = CoreRows::of(details);
    let (room, least) = if rows.are_shades() { (rows.height, SHADED_CELL) } else { (rows.height - 2.0, CELL) };
    for row in 0..rows.count {
        let bottom = plot.top() + CURVE + 2.0 + (row + 1) as f32 * rows.height;
        let cores = row * rows.each..((row + 1) * rows.each).min(usage.cores.len());
        let mut cell: Option<(f32, f32, f32, f32)> = None;
        let mut flush = |cell: Option<(f32, f32, f32, f32)>| {
            if let Some((from, to, sum, length)) = cell {
                let share = (sum / length.max(f32::MIN_POSITIVE) / 100.0).clamp(0.0, 1.0);
                let sampled = Rect::from_min_max(pos2(from, bottom - room), pos2(to, bottom));
                if rows.are_shades() {
                    mesh.add_colored_rect(sampled, palette.usage(share));
                    return;
                }
                mesh.add_colored_rect(sampled, palette.raised);
                let bar = Rect::from_min_max(pos2(from, bottom - share * room), pos2(to, bottom));
                mesh.add_colored_rect(bar, palette.secondary);
            }
        };
        for index in usage.visible(axis.range.from, axis.range.to) {
            let (from, to) = usage.intervals[index];
            let (left, right) = (axis.x(from as f64).max(plot.left()), axis.x(to as f64).min(plot.right()));
            if right <= left {
                continue;
            }
            let percent = cores.clone().map(|core| usage.percent(index, core)).fold(0.0, f32::max);
            let (sum, length) = (percent * (right - left), right - left);
            // A gap that can be seen stays one: nothing was sampled in it.
            match cell.filter(|(from, to, _, _)| right - from <= least && left - to < 0.5) {
                Some((from, _, sums, lengths)) => cell = Some((from, right, sums + sum, lengths + length)),
                None => {
                    flush(cell);
                    cell = Some((left, right, sum, length));
                }
            }
        }
        flush(cell);
    }
}

fn names(painter: &Painter, details: &LaneDetails, rect: Rect, plot: Rect, palette: &Palette) {
    let style = || (theme::small(), palette.tertiary);
    let right = plot.left() - 8.0;
    let width = NAMES_WIDTH - 26.0;
    let at = pos2(right, plot.top() + CURVE / 2.0);
    painted(painter, at, Align2::RIGHT_CENTER, "tasks in flight", style(), width);
    let peak = format!("at most {}", units::count(u64::from(details.in_flight.peak())));
    let at = pos2(plot.right() + 6.0, plot.top() + CURVE / 2.0);
    painted(painter, at, Align2::LEFT_CENTER, &peak, style(), rect.right() - at.x);
    let Some(usage) = &details.usage else { return };
    let rows = CoreRows::of(details);
    let top = plot.top() + CURVE + 2.0;
    if rows.are_shades() {
        for (line, name) in shade_names(&usage.cores, rows.each).iter().enumerate() {
            let at = pos2(right, top + (line as f32 + 0.5) * CORE);
            painted(painter, at, Align2::RIGHT_CENTER, name, style(), width);
        }
        return;
    }
    for (row, core) in usage.cores.iter().enumerate() {
        let at = pos2(right, top + (row as f32 + 0.5) * CORE + 1.0);
        painted(painter, at, Align2::RIGHT_CENTER, &format!("core {core}"), style(), width);
    }
}

/// Names rows of shades: "cores 0 to 63", "busiest of 2 a row".
fn shade_names(cores: &[u32], each: usize) -> Vec<String> {
    let (Some(first), Some(last)) = (cores.first(), cores.last()) else { return Vec::new() };
    let mut names = vec![format!("cores {first} to {last}")];
    if each > 1 {
        names.push(format!("busiest of {each} a row"));
    }
    names
}

fn selected(
    painter: &Painter,
    cx: &ViewContext<'_>,
    contender: &Contender,
    axis: TimeAxis,
    plot: Rect,
    palette: &Palette,
) {
    if let Some(Selection::Moment { contender: on, range }) = &cx.lab.view.timeline.selection
        && on == contender
    {
        band(painter, axis, plot, (range.from, range.to), palette);
    }
}

fn band(painter: &Painter, axis: TimeAxis, plot: Rect, (from, to): (f64, f64), palette: &Palette) {
    let within = |nanos: f64| axis.x(nanos).clamp(plot.left(), plot.right());
    let (left, right) = (within(from), within(to));
    let band = Rect::from_x_y_ranges(left..=right.max(left + 1.0), plot.y_range());
    painter.rect(
        band,
        CornerRadius::ZERO,
        palette.accent.gamma_multiply(0.15),
        Stroke::new(1.0, palette.accent),
        eframe::egui::StrokeKind::Inside,
    );
}

#[expect(clippy::too_many_arguments, reason = "what a click on this strip depends on, used once")]
fn select(
    ui: &Ui,
    cx: &mut ViewContext<'_>,
    contender: &Contender,
    details: &LaneDetails,
    response: &Response,
    painter: &Painter,
    axis: TimeAxis,
    plot: Rect,
) {
    let mut chosen = None;
    if let Some((from, to, released)) = dragged_range(ui, response, axis) {
        band(painter, axis, plot, (from, to), theme::palette(ui));
        chosen = released.then_some(Range { from, to });
    } else if response.clicked_by(PointerButton::Primary)
        && let Some(at) = response.interact_pointer_pos().filter(|at| plot.contains(*at))
    {
        chosen = Some(moment_at(details, axis, at.x));
    } else if response.clicked() {
        // Enter, or an assistive client.
        chosen = Some(busiest(details, axis));
    }
    if let Some(range) = chosen {
        let selection = Selection::Moment { contender: contender.clone(), range };
        cx.push(Command::Timeline(TimelineCommand::Select(selection)));
    }
}

/// Returns the time that a click means: the sampled interval there, else some pixels.
fn moment_at(details: &LaneDetails, axis: TimeAxis, x: f32) -> Range {
    let sampled = details.usage.as_ref().filter(|usage| usage.origin == UsageOrigin::Counters);
    let interval = sampled.and_then(|usage| Some(usage.intervals[usage.at(axis.nanos(x))?]));
    interval.map_or_else(
        || Range { from: axis.nanos(x - REACH).max(0.0), to: axis.nanos(x + REACH) },
        |(from, to)| Range { from: from as f64, to: to as f64 },
    )
}

/// Returns the time around the first pixel with the most tasks in flight.
fn busiest(details: &LaneDetails, axis: TimeAxis) -> Range {
    let pixels = (axis.width as u32).max(1);
    let at = |pixel: u32| axis.left + pixel as f32 + 0.5;
    let most = |pixel: &u32| details.in_flight.most_between(axis.nanos(at(*pixel) - 0.5), axis.nanos(at(*pixel) + 0.5));
    // The first of equal ones.
    let busiest = (0..pixels).rev().max_by_key(most).unwrap_or(0);
    moment_at(details, axis, at(busiest))
}

fn hover(response: Response, details: &LaneDetails, axis: TimeAxis, plot: Rect) {
    let Some(pointer) = response.hover_pos().filter(|pointer| plot.contains(*pointer)) else { return };
    let range = moment_at(details, axis, pointer.x);
    let most = details.in_flight.most_between(range.from, range.to);
    let time = format!("{} to {}", units::duration(range.from), units::duration(range.to));
    let mut lines = vec![format!("{time}: {} in flight at most", plural(u64::from(most), "task"))];
    if let (Some(usage), Some(words)) = (&details.usage, usage_words(details, range)) {
        lines.extend([words, origin(usage.origin).to_owned()]);
    } else if details.usage.as_ref().is_some_and(|usage| usage.at(axis.nanos(pointer.x)).is_none()) {
        lines.push("No usage was sampled here".to_owned());
    }
    lines.push("Click to select the tasks that ran then, drag to select a longer time".to_owned());
    response.on_hover_ui_at_pointer(|ui| {
        for label in &lines {
            uncut(ui, label, theme::note(), theme::palette(ui).text);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_core_has_a_part_in_a_row_of_a_strip_that_stays_low() {
        for cores in 0..300 {
            let rows = CoreRows::for_cores(cores);
            assert!(
                rows.count * rows.each >= cores && rows.count.saturating_sub(1) * rows.each < cores.max(1),
                "{rows:?}"
            );
            assert!(rows.count as f32 * rows.height <= MOST_BARS as f32 * CORE, "{rows:?}");
            assert_eq!(rows.are_shades(), cores > MOST_BARS);
        }
        let all: Vec<u32> = (0..64).collect();
        assert_eq!(shade_names(&all[..16], 1), ["cores 0 to 15"]);
        assert_eq!(shade_names(&all, 2), ["cores 0 to 63", "busiest of 2 a row"]);
    }
}
