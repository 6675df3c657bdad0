//! The parts of a panel of the CPU view: the ruler, the stacked strip of all cores, the strips of single cores, and
//! the hover text.

use eframe::egui::{Align2, Color32, CornerRadius, Mesh, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, pos2};

use super::axis::{Axis, NAMES_WIDTH};
use super::samples::{SampledTrial, busy_cores, own_cores};
use crate::lab::view::Range;
use crate::trial::CpuSample;
use crate::ui::theme;
use crate::ui::timeline::hatch;
use crate::ui::timeline::time_axis::{tick_label, ticks};
use crate::ui::widgets::{line, painted};
use crate::units;

/// Height of the strip of all cores together.
const TOTAL_HEIGHT: f32 = 44.0;
/// Gap between it and the strips of single cores.
const GAP: f32 = 6.0;

/// Draws the axis above the panels.
pub fn ruler(ui: &mut Ui, axis: Axis) {
    let palette = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(axis.right(), 18.0), Sense::hover());
    let plot = axis.plot_of(rect);
    let range = Range { from: 0.0, to: axis.longest_ms * 1e6 };
    for nanos in ticks(range, axis.width) {
        let x = axis.x(plot, nanos / 1e6);
        ui.painter().vline(x, rect.bottom() - 4.0..=rect.bottom(), (1.0, palette.tertiary));
        let style = (theme::small(), palette.tertiary);
        painted(
            ui.painter(),
            pos2(x, rect.center().y - 2.0),
            Align2::CENTER_CENTER,
            &tick_label(nanos, range),
            style,
            80.0,
        );
    }
}

/// Draws the legend.
pub fn legend(ui: &mut Ui) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let sample = |ui: &mut Ui, label: &str, draw: &dyn Fn(&Painter, Rect)| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
            draw(ui.painter(), rect.shrink2(Vec2::new(0.0, 1.0)));
            line(ui, label, theme::small(), palette.secondary);
            ui.add_space(theme::STEP);
        };
        sample(ui, "this model's own processes, in its colour", &|painter, rect| {
            painter.rect_filled(rect, CornerRadius::ZERO, palette.secondary);
        });
        sample(ui, "everything else: other programs and the lab", &|painter, rect| {
            let mut mesh = Mesh::default();
            hatch(&mut mesh, rect, palette.queue);
            painter.add(Shape::mesh(mesh));
        });
        sample(ui, "end of a trial", &|painter, rect| trial_end(painter, rect.center().x, rect, palette));
    });
}

fn pitch(cores: usize) -> f32 {
    (64.0 / cores.max(1) as f32).clamp(4.0, 14.0).floor()
}

/// Returns the height of a panel's strips.
pub fn height(cores: usize, counters: bool) -> f32 {
    if counters { TOTAL_HEIGHT + GAP + pitch(cores) * cores as f32 } else { 24.0 * cores as f32 }
}

fn total_of(plot: Rect) -> Rect {
    Rect::from_min_size(plot.min, Vec2::new(plot.width(), TOTAL_HEIGHT))
}

fn core_of(plot: Rect, core: usize, pitch: f32) -> Rect {
    let top = plot.top() + TOTAL_HEIGHT + GAP + core as f32 * pitch;
    Rect::from_min_size(pos2(plot.left(), top), Vec2::new(plot.width(), pitch - 1.5))
}

/// Returns all samples with their start and end on the axis, and the ends of the trials.
fn samples_on_axis<'a>(trials: &'a [SampledTrial<'a>]) -> (Vec<(f64, f64, &'a CpuSample)>, Vec<f64>) {
    let (mut all, mut ends, mut before) = (Vec::new(), Vec::new(), 0.0);
    for trial in trials {
        for sample in trial.samples {
            all.push((before + (sample.at_ms - sample.width_ms).max(0.0), before + sample.at_ms, sample));
        }
        before += trial.length_ms;
        ends.push(before);
    }
    (all, ends)
}

/// Draws the samples of all trials.
pub fn counters(
    painter: &Painter,
    panel: Rect,
    axis: Axis,
    trials: &[SampledTrial<'_>],
    cores: usize,
    hue: Color32,
    palette: &theme::Palette,
) {
    let plot = axis.plot_of(panel);
    let total = total_of(plot);
    let pitch = pitch(cores);
    let (samples, ends) = samples_on_axis(trials);
    let end = ends.last().map_or(plot.left(), |end| axis.x(plot, *end));
    let ground = |strip: Rect| Rect::from_min_max(strip.min, pos2(end, strip.bottom()));
    painter.rect_filled(ground(total), CornerRadius::ZERO, palette.raised);
    let (mut own, mut other, mut single) = (Mesh::default(), Mesh::default(), Mesh::default());
    for (from, to, sample) in samples {
        let (left, right) = (axis.x(plot, from), axis.x(plot, to));
        let y = |used: f64| total.bottom() - (used / cores.max(1) as f64).clamp(0.0, 1.0) as f32 * total.height();
        let (mine, busy) = (own_cores(sample).unwrap_or(0.0), busy_cores(sample));
        if mine > 0.0 {
            own.add_colored_rect(Rect::from_min_max(pos2(left, y(mine)), pos2(right, total.bottom())), hue);
        }
        if busy > mine {
            hatch(&mut other, Rect::from_min_max(pos2(left, y(busy)), pos2(right, y(mine))), palette.queue);
        }
        for (core, percent) in sample.usage_percent.iter().enumerate() {
            let strip = core_of(plot, core, pitch);
            let height = (percent / 100.0).clamp(0.0, 1.0) * strip.height();
            let bar = Rect::from_min_max(pos2(left, strip.bottom() - height), pos2(right, strip.bottom()));
            single.add_colored_rect(bar, palette.queue);
        }
    }
    let small = |at: Pos2, label: &str| {
        painted(painter, at, Align2::LEFT_CENTER, label, (theme::small(), palette.tertiary), NAMES_WIDTH - 4.0);
    };
    for core in 0..cores {
        let strip = core_of(plot, core, pitch);
        painter.rect_filled(ground(strip), CornerRadius::ZERO, palette.raised);
        if pitch >= 12.0 || core % 4 == 0 {
            small(pos2(panel.left(), strip.center().y), &format!("core {core}"));
        }
    }
    for mesh in [other, own, single] {
        painter.add(Shape::mesh(mesh));
    }
    for (share, label) in [(0.5, "50 %"), (1.0, "100 %")] {
        let y = total.bottom() - share * total.height();
        painter.hline(total.left()..=end, y, (1.0, palette.hairline));
        small(pos2(panel.left(), y.max(total.top() + 5.0)), label);
    }
    for at in ends {
        let strips = Rect::from_min_max(plot.min, pos2(plot.right(), plot.top() + height(cores, true)));
        trial_end(painter, axis.x(plot, at), strips, palette);
    }
}

/// Draws the end of a trial: a dashed line with a head, unlike gaps and bars.
fn trial_end(painter: &Painter, x: f32, strips: Rect, palette: &theme::Palette) {
    let line = [pos2(x, strips.top()), pos2(x, strips.bottom())];
    painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, palette.text), 3.0, 2.0));
    let head = vec![pos2(x - 3.0, strips.top()), pos2(x + 3.0, strips.top()), pos2(x, strips.top() + 4.0)];
    painter.add(Shape::convex_polygon(head, palette.text, Stroke::NONE));
}

/// Describes the sample under the pointer; `None` outside the plot.
pub fn hover_text(
    panel: Rect,
    axis: Axis,
    trials: &[SampledTrial<'_>],
    cores: usize,
    warmup: bool,
    pointer: Pos2,
) -> Option<String> {
    let plot = axis.plot_of(panel);
    if !plot.contains(pointer) {
        return None;
    }
    let wanted = axis.ms(plot, pointer.x);
    let (samples, ends) = samples_on_axis(trials);
    let trial = ends.iter().position(|end| wanted <= *end)?;
    let name = if warmup { "the warm-up".to_owned() } else { format!("trial {}", trial + 1) };
    let Some((_, _, sample)) = samples.iter().find(|(from, to, _)| (*from..=*to).contains(&wanted)) else {
        return Some(format!("Nothing was sampled here, in {name}"));
    };
    let time = units::duration(sample.at_ms * 1e6);
    let pitch = pitch(cores);
    let core = (0..cores).find(|core| core_of(plot, *core, pitch).y_range().contains(pointer.y));
    Some(match core.and_then(|core| Some((core, sample.usage_percent.get(core)?))) {
        Some((core, percent)) => {
            format!("core {core}: {} busy up to {time} of {name}", units::percent(f64::from(*percent)))
        }
        None => {
            let busy = busy_cores(sample);
            let own = own_cores(sample).map_or_else(
                || format!("{busy:.2} cores busy; the share of own processes was not measured"),
                |own| format!("own processes {own:.2} cores, everything else {:.2}", (busy - own).max(0.0)),
            );
            format!("{own}, up to {time} of {name}")
        }
    })
}

/// Draws the fraction of the trial that tasks computed on each core.
pub fn occupancy(
    painter: &Painter,
    panel: Rect,
    axis: Axis,
    cores: &[(u32, f64)],
    length_ms: f64,
    hue: Color32,
    palette: &theme::Palette,
) {
    let plot = axis.plot_of(panel);
    let end = axis.x(plot, length_ms);
    for (row, (core, share)) in cores.iter().enumerate() {
        let top = plot.top() + row as f32 * 24.0;
        let strip = Rect::from_min_max(pos2(plot.left(), top), pos2(end.max(plot.left() + 1.0), top + 22.0));
        painter.rect_filled(strip, CornerRadius::ZERO, palette.raised);
        let used = Rect::from_min_size(strip.min, Vec2::new(strip.width() * *share as f32, strip.height()));
        painter.rect_filled(used, CornerRadius::ZERO, hue.gamma_multiply(0.6));
        let style = (theme::small(), palette.tertiary);
        let name = pos2(panel.left(), strip.center().y);
        painted(painter, name, Align2::LEFT_CENTER, &format!("core {core}"), style, NAMES_WIDTH - 4.0);
        let label = format!("computed {} of {}", units::percent(share * 100.0), units::duration(length_ms * 1e6));
        let style = (theme::small(), palette.text);
        // Beside the bar if that is short.
        let left = if strip.width() > 190.0 { strip.left() + 6.0 } else { strip.right() + 6.0 };
        painted(painter, pos2(left, strip.center().y), Align2::LEFT_CENTER, &label, style, plot.width());
    }
}
