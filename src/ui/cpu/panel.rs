//! The plot of one model's CPU usage. All panels share one time axis, its zoom and the cursor.

use eframe::egui::{Id, Ui, Vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Plot};

use super::occupancy_item::OccupancyItem;
use super::source::Source;
use super::strips::{Strips, occupancy_bar, occupancy_height};
use super::usage_item::UsageItem;
use super::words;
use crate::lab::descriptions::full_name;
use crate::lab::view::Range;
use crate::model::Contender;
use crate::ui::plot::{Painted, RIGHT_MARGIN};
use crate::ui::timeline::time_axis::{tick_label, ticks};
use crate::ui::widgets::hue;
use crate::ui::{plot, theme};

/// Width of the names left of the strips.
const NAMES_WIDTH: f32 = 62.0;
/// Height of the labels below the strips.
const AXIS_HEIGHT: f32 = 18.0;
/// Distance in points of grid lines that egui_plot reports as the least.
const LEAST_GRID: f64 = 8.0;
/// Width in points reported for a grid line, so that its label is not left out for want of space.
const LABELLED: f64 = 1e6;

/// Facts that all panels have in common.
#[derive(Clone, Copy)]
pub struct Shared {
    /// Start of the run, which tells its axis from that of other runs.
    pub run: u64,
    /// Time at the right edge, milliseconds.
    pub longest_ms: f64,
}

/// Draws the panel of a model with data.
pub fn show(ui: &mut Ui, contender: &Contender, source: &Source<'_>, shared: Shared) {
    let (colour, palette) = (hue(ui, contender), theme::palette(ui));
    let id = format!("cpu {contender} {}", shared.run);
    let describe = |what: String| format!("CPU usage of {}: {what}; {}", full_name(contender), source.origin());
    match source {
        Source::Nothing(_) => {}
        Source::Counters { usage, means, warmup, .. } => {
            let (strips, warmup) = (Strips { cores: usage.cores }, *warmup);
            let read_out = move |at: &HoverPosition<'_>| {
                let HoverPosition::Elsewhere { position } = at else { return None };
                words::sample_at(usage, strips, warmup, position.x, -position.y as f32)
            };
            let height = strips.height();
            let figure = time_plot(ui, &id, shared, height, strips.names()).label_formatter(read_out);
            let sentence = describe(words::usage(means, usage.cores));
            plot::show(ui, figure, &sentence, move |plot| {
                plot.set_plot_bounds_y(-f64::from(height)..=0.0);
                plot.add(Painted::new(&id, colour, UsageItem::new(&id, usage, colour, palette)));
            });
        }
        Source::Occupancy { cores, length_ms, .. } => {
            let busy: f64 = cores.iter().map(|(_, share)| share).sum();
            let height = occupancy_height(cores.len());
            let middle = |row: usize| f32::midpoint(occupancy_bar(row).0, occupancy_bar(row).1);
            let names =
                cores.iter().enumerate().map(|(row, (core, _))| (middle(row), format!("core {core}"))).collect();
            let figure = time_plot(ui, &id, shared, height, names);
            let sentence = describe(format!("tasks computed on {busy:.2} cores on average"));
            let length_ms = *length_ms;
            plot::show(ui, figure, &sentence, move |plot| {
                plot.set_plot_bounds_y(-f64::from(height)..=0.0);
                plot.add(Painted::new("occupancy", colour, OccupancyItem::new(cores, length_ms, colour, palette)));
            });
        }
    }
}

/// Creates a plot of this height over the common time axis, with names left of it.
fn time_plot<'a>(ui: &Ui, id: &str, shared: Shared, height: f32, names: Vec<(f32, String)>) -> Plot<'a> {
    let palette = theme::palette(ui);
    let axis = Id::unique(("cpu axis", shared.run));
    let positions: Vec<f64> = names.iter().map(|(below_top, _)| -f64::from(*below_top)).collect();
    let name_at = move |mark: GridMark, _: &_| {
        let name = names.iter().find(|(below_top, _)| -f64::from(*below_top) == mark.value);
        name.map_or_else(String::new, |(_, name)| name.clone())
    };
    let time_at = |mark: GridMark, range: &std::ops::RangeInclusive<f64>| {
        tick_label(mark.value * 1e6, Range { from: range.start() * 1e6, to: range.end() * 1e6 })
    };
    let (times, rows) = (AxisHints::new_x().formatter(time_at), AxisHints::new_y().formatter(name_at));
    let small = |hints: AxisHints<'a>, thickness: f32| {
        hints.tick_label_font(theme::small()).tick_label_color(palette.tertiary).min_thickness(thickness)
    };
    Plot::new(id.to_owned())
        .width((ui.available_width() - RIGHT_MARGIN).max(NAMES_WIDTH + 40.0))
        .height(height + AXIS_HEIGHT)
        .show_background(false)
        .show_grid([true, false])
        .show_y(false)
        .cursor_color(palette.secondary)
        .set_margin_fraction(Vec2::ZERO)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_drag([true, false])
        .allow_zoom([true, false])
        .allow_axis_zoom_drag([true, false])
        .include_x(0.0)
        .include_x(shared.longest_ms)
        .include_y(-f64::from(height))
        .include_y(0.0)
        .link_axis(axis, [true, false])
        .link_cursor(axis, [true, false])
        .custom_x_axes(vec![small(times, AXIS_HEIGHT)])
        .custom_y_axes(vec![small(rows, NAMES_WIDTH)])
        .x_grid_spacer(|input| time_marks(&input))
        .y_grid_spacer(move |_| positions.iter().map(|at| GridMark { value: *at, step_size: LABELLED }).collect())
}

fn time_marks(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let points = (to - from) / (input.base_step_size / LEAST_GRID).max(f64::MIN_POSITIVE);
    let all = ticks(Range { from: from * 1e6, to: to * 1e6 }, points as f32);
    let step = all.get(1).map_or(to - from, |second| (second - all[0]) / 1e6);
    all.into_iter().map(|nanos| GridMark { value: nanos / 1e6, step_size: step }).collect()
}
