//! CPU usage of the last half minute, under the rows while a run is under way: all cores together and each core, in the
//! hue of the model that ran.

use std::time::Instant;

use eframe::egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2};

use super::legend::{self, Shown};
use super::live_words;
use super::strips::{Strips, of_total};
use super::usage_item::{hatched, trial_end};
use crate::lab::live_usage::{LiveTrial, SHOWN};
use crate::lab::run::Run;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{figure, hue, painted, text};

/// Height of the labels of the time below the strips.
const AXIS_HEIGHT: f32 = 16.0;
/// Height of the marks of trials above the strips.
const MARKS_HEIGHT: f32 = 6.0;
/// Least distance between the marks of two ends of trials.
const LEAST_BETWEEN_ENDS: f32 = 4.0;
/// Seconds before now at the labels of the axis.
const LABELS: [u64; 4] = [30, 20, 10, 0];

/// Draws the usage; the plot begins at `left`, as the plot of the rows does, and ends at `right`. Draws nothing while the
/// run waits for other programs: nothing is sampled yet.
pub fn show(ui: &mut Ui, run: &Run, (left, right): (f32, f32)) {
    if run.waits_for_quiet() {
        return;
    }
    let palette = theme::palette(ui);
    let now = Instant::now();
    let trials: Vec<&LiveTrial> = run.live_usage.trials(now).collect();
    let strips = Strips { cores: cores(run, &trials) };
    ui.add_space(theme::STEP * 4.0);
    text(ui, "CPU usage, last 30 s", theme::title(), palette.text);
    ui.add_space(theme::STEP);
    let sentence = live_words::sentence(&trials, strips.cores, now);
    let height = MARKS_HEIGHT + strips.height() + AXIS_HEIGHT;
    let (response, painter) = figure(ui, Vec2::new(ui.available_width(), height), Sense::hover(), &sentence);
    let top = response.rect.top() + MARKS_HEIGHT;
    let plot = Rect::from_min_max(
        pos2(response.rect.left() + left, top),
        pos2(response.rect.left() + right, top + strips.height()),
    );
    let live = Live { trials: &trials, strips, now, plot, palette };
    if ui.is_rect_visible(response.rect) {
        live.names(&painter);
        live.grounds(&painter);
        live.usage(ui, &painter);
        live.marks(&painter);
    }
    live.read_out(response);
    let lab = trials.iter().flat_map(|trial| &trial.samples).any(|sample| sample.lab_percent.is_some());
    legend::show(ui, Shown { lab, heat_map: strips.is_heat_map() });
    text(ui, live_words::HINT, theme::small(), palette.tertiary);
}

/// Returns the number of cores to draw: as sampled, else as the machine has.
fn cores(run: &Run, trials: &[&LiveTrial]) -> usize {
    let samples = trials.iter().flat_map(|trial| &trial.samples);
    let sampled = samples.map(|sample| sample.usage_percent.len()).max();
    let online = || run.results().cpus().online.unwrap_or_else(|| run.results().logical_cpus());
    sampled.unwrap_or_else(|| online() as usize)
}

/// The plot: trials, and where they are drawn.
struct Live<'a> {
    trials: &'a [&'a LiveTrial],
    strips: Strips,
    now: Instant,
    plot: Rect,
    palette: &'static Palette,
}

impl Live<'_> {
    /// Returns the position of a moment so many seconds after the start of a trial.
    fn x(&self, trial: &LiveTrial, seconds: f64) -> f32 {
        let shown = SHOWN.as_secs_f64();
        let ago = self.now.saturating_duration_since(trial.started).as_secs_f64() - seconds;
        self.plot.left() + self.plot.width() * (1.0 - ago / shown).clamp(0.0, 1.0) as f32
    }

    fn y(&self, below_top: f32) -> f32 {
        self.plot.top() + below_top
    }

    fn names(&self, painter: &Painter) {
        let style = (theme::small(), self.palette.tertiary);
        for (below_top, name) in self.strips.names() {
            let at = pos2(self.plot.left() - 6.0, self.y(below_top));
            painted(painter, at, Align2::RIGHT_CENTER, &name, style.clone(), 60.0);
        }
        for seconds in LABELS {
            let share = 1.0 - seconds as f32 / SHOWN.as_secs_f32();
            let at = pos2(self.plot.left() + self.plot.width() * share, self.plot.bottom() + AXIS_HEIGHT / 2.0);
            let (align, label) = match seconds {
                30 => (Align2::LEFT_CENTER, "30 s ago".to_owned()),
                0 => (Align2::RIGHT_CENTER, "now".to_owned()),
                _ => (Align2::CENTER_CENTER, format!("{seconds} s ago")),
            };
            painted(painter, at, align, &label, style.clone(), 70.0);
        }
    }

    /// Draws the lines of 50 and 100 %, and the ground of what was sampled or recorded.
    fn grounds(&self, painter: &Painter) {
        for below_top in [of_total(1.0) + 0.5, of_total(0.5), of_total(0.0) - 0.5] {
            painter.hline(self.plot.x_range(), self.y(below_top), (1.0, self.palette.hairline));
        }
        let mut mesh = Mesh::default();
        for (trial, from, to) in self.trials.iter().flat_map(|trial| self.known(trial)) {
            let (left, right) = (self.x(trial, from), self.x(trial, to));
            let mut ground = |top: f32, bottom: f32| {
                let rect = Rect::from_min_max(pos2(left, self.y(top)), pos2(right, self.y(bottom)));
                mesh.add_colored_rect(rect, self.palette.raised);
            };
            ground(of_total(1.0), of_total(0.0));
            (0..self.strips.cores).for_each(|core| {
                let (top, bottom) = self.strips.of_core(core);
                ground(top, bottom);
            });
        }
        painter.add(Shape::mesh(mesh));
    }

    /// Returns the intervals of a trial, in seconds since its start, whose usage is known.
    fn known<'b>(&self, trial: &'b LiveTrial) -> Vec<(&'b LiveTrial, f64, f64)> {
        let sampled =
            trial.samples.iter().map(|sample| (trial, (sample.at_ms - sample.width_ms) / 1e3, sample.at_ms / 1e3));
        let length = |ended: Instant| ended.saturating_duration_since(trial.started).as_secs_f64();
        let brief = trial.brief.iter().filter_map(|_| Some((trial, 0.0, length(trial.ended?))));
        sampled.chain(brief).filter(|(_, _, to)| self.x(trial, *to) > self.plot.left()).collect()
    }

    fn usage(&self, ui: &Ui, painter: &Painter) {
        let (mut own, mut other) = (Mesh::default(), Mesh::default());
        for trial in self.trials {
            let colour = hue(ui, &trial.contender);
            for sample in &trial.samples {
                let x = (self.x(trial, (sample.at_ms - sample.width_ms) / 1e3), self.x(trial, sample.at_ms / 1e3));
                if x.1 <= self.plot.left() {
                    continue;
                }
                let busy = sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>() / 100.0;
                let mine = sample.tree_percent.map_or(0.0, |percent| f64::from(percent) / 100.0).min(busy);
                let lab = sample.lab_percent.map_or(0.0, |percent| f64::from(percent) / 100.0).min(busy - mine);
                own.add_colored_rect(self.area(x, 0.0, mine), colour);
                own.add_colored_rect(self.area(x, mine, mine + lab), self.palette.text);
                if busy > mine + lab {
                    hatched(&mut other, self.area(x, mine + lab, busy), self.palette.queue);
                }
                for (core, percent) in sample.usage_percent.iter().enumerate() {
                    self.core(&mut own, x, core, f64::from(*percent) / 100.0, self.palette.queue);
                }
            }
            if let (Some(brief), Some(ended)) = (&trial.brief, trial.ended) {
                let length = ended.saturating_duration_since(trial.started).as_secs_f64();
                let left = self.x(trial, 0.0);
                // At least half a point, so that the shortest trial is seen.
                let x = (left, self.x(trial, length).max(left + 0.5));
                own.add_colored_rect(self.area(x, 0.0, brief.own_cores.unwrap_or(0.0)), colour);
                for (core, share) in &brief.cores {
                    self.core(&mut own, x, *core as usize, *share, colour);
                }
            }
        }
        painter.extend([Shape::mesh(other), Shape::mesh(own)]);
    }

    /// Returns the area between two numbers of busy cores in the strip of all cores together.
    fn area(&self, (left, right): (f32, f32), low: f64, high: f64) -> Rect {
        let cores = self.strips.cores.max(1) as f64;
        let y = |used: f64| self.y(of_total(used / cores));
        Rect::from_min_max(pos2(left, y(high)), pos2(right, y(low)))
    }

    /// Adds the bar of one core, or its shade where the cores are rows of a heat map.
    fn core(&self, mesh: &mut Mesh, (left, right): (f32, f32), core: usize, share: f64, colour: Color32) {
        if core >= self.strips.cores {
            return;
        }
        let (top, bottom) = self.strips.of_core(core);
        let share = share.clamp(0.0, 1.0) as f32;
        if self.strips.is_heat_map() {
            let cell = Rect::from_min_max(pos2(left, self.y(top)), pos2(right, self.y(bottom)));
            mesh.add_colored_rect(cell, self.palette.raised.lerp_to_gamma(colour, share));
        } else if share * (bottom - top) >= 0.25 {
            let y = self.y(bottom - share * (bottom - top));
            mesh.add_colored_rect(Rect::from_min_max(pos2(left, y), pos2(right, self.y(bottom))), colour);
        }
    }

    /// Marks the ends of trials.
    fn marks(&self, painter: &Painter) {
        let mut shapes = Vec::new();
        let mut last = f32::NEG_INFINITY;
        for trial in self.trials {
            let Some(ended) = trial.ended else { continue };
            let x = self.x(trial, ended.saturating_duration_since(trial.started).as_secs_f64());
            if x > self.plot.left() && x - last >= LEAST_BETWEEN_ENDS {
                trial_end(x, (self.y(-MARKS_HEIGHT + 1.0), self.plot.bottom()), self.palette, &mut shapes);
                last = x;
            }
        }
        if let Some(running) = self.trials.last().filter(|trial| trial.ended.is_none()) {
            let x = self.x(running, 0.0);
            let line = [pos2(x, self.plot.top()), pos2(x, self.plot.bottom())];
            shapes.push(Shape::line_segment(line, Stroke::new(1.0, self.palette.tertiary)));
        }
        painter.extend(shapes);
    }

    /// Describes what is under the pointer.
    fn read_out(&self, response: Response) {
        let found = response.hover_pos().filter(|at| self.plot.contains(*at)).and_then(|at| self.at(at));
        if let Some(found) = found {
            response.on_hover_text_at_pointer(found);
        }
    }

    fn at(&self, at: Pos2) -> Option<String> {
        let ago = f64::from((self.plot.right() - at.x) / self.plot.width()) * SHOWN.as_secs_f64();
        let core = self.strips.core_at(at.y - self.plot.top());
        self.trials.iter().rev().find_map(|trial| {
            let since = self.now.saturating_duration_since(trial.started).as_secs_f64() - ago;
            live_words::at(trial, since, core)
        })
    }
}
