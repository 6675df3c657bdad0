//! Usage of each core over time, one panel per model, with a mark where each trial ends; and what
//! stands in for it where trials are too short for the system's counters.

use eframe::egui::{
    Align, Align2, Color32, CornerRadius, Layout, Mesh, Painter, Rect, ScrollArea, Sense, Shape, Ui, Vec2, pos2,
};

use super::widgets::{figure, hue, line, mark, painted, text};
use super::{Cx, theme};
use crate::lab::order::rows;
use crate::lab::run::{Doing, Run};
use crate::lab::text::{full_name, plural};
use crate::model::Contender;
use crate::trial::{CpuSample, Trial};
use crate::units;

/// Counters are too coarse for trials shorter than this.
const SHORTEST_COUNTED_NANOS: u64 = 200_000_000;

/// What a panel draws.
enum Source<'a> {
    /// Samples of the system's counters, trial by trial.
    Counters { trials: Vec<&'a [CpuSample]>, said: String },
    /// Share of the trial in which tasks computed on each core, from their own records.
    Occupancy { cores: Vec<(u32, f64)>, said: String },
    /// Nothing to draw, and why.
    Nothing(String),
}

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    ScrollArea::vertical().id_salt("cpu").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for contender in &rows(cx.lab, run) {
            panel(ui, run, contender);
            ui.add_space(theme::STEP * 2.0);
        }
        let legend = "Each strip is one core, from 0 to 100 %; a vertical line ends a trial. The counters see the whole machine: other programs and the lab itself included";
        text(ui, legend, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 4.0);
    });
}

fn panel(ui: &mut Ui, run: &Run, contender: &Contender) {
    let palette = theme::palette(ui);
    let source = source(run, contender);
    let colour = hue(ui, contender);
    let said = match &source {
        Source::Counters { said, .. } | Source::Occupancy { said, .. } | Source::Nothing(said) => said.clone(),
    };
    ui.horizontal(|ui| {
        let (place, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), place.center(), 10.0, colour, &contender.host);
        line(ui, contender.title(), theme::strong(), palette.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            line(ui, &said, theme::small(), palette.secondary);
        });
    });
    let (rows, sentence) = match &source {
        Source::Counters { trials, .. } => {
            let all: Vec<&CpuSample> = trials.iter().copied().flatten().collect();
            let cores = all.iter().map(|sample| sample.usage_percent.len()).max().unwrap_or(0);
            let busy: f64 = mean(&all, |sample| sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>());
            (cores, format!("{} of {} busy on average", format_cores(busy / 100.0), plural(cores as u64, "core")))
        }
        Source::Occupancy { cores, .. } => {
            let busy: f64 = cores.iter().map(|(_, share)| share).sum();
            (cores.len(), format!("tasks computed on {} cores on average", format_cores(busy)))
        }
        Source::Nothing(_) => return,
    };
    let pitch = (96.0 / rows.max(1) as f32).clamp(5.0, 24.0).floor();
    let size = Vec2::new(ui.available_width(), pitch * rows as f32 + 2.0);
    let alternative = format!("CPU usage of {}: {sentence}; {said}", full_name(contender));
    let (response, painter) = figure(ui, size, Sense::hover(), &alternative);
    let plot = Rect::from_min_max(response.rect.min + Vec2::new(48.0, 0.0), response.rect.max);
    strips(&painter, plot, response.rect, rows, pitch, palette);
    match &source {
        Source::Counters { trials, .. } => {
            counters(&painter, plot, trials, pitch, colour, palette);
            hover(&response, plot, trials, pitch, said.starts_with("from"));
        }
        Source::Occupancy { cores, .. } => occupancy(&painter, plot, cores, pitch, colour),
        Source::Nothing(_) => {}
    }
}

fn format_cores(cores: f64) -> String {
    format!("{cores:.2}")
}

fn mean(samples: &[&CpuSample], of: impl Fn(&CpuSample) -> f64) -> f64 {
    let width: f64 = samples.iter().map(|sample| sample.width_ms).sum();
    let sum: f64 = samples.iter().map(|sample| of(sample) * sample.width_ms).sum();
    if width > 0.0 { sum / width } else { 0.0 }
}

/// What there is to draw, best first: counters of measured trials, of the warm-up, task records.
fn source<'a>(run: &'a Run, contender: &Contender) -> Source<'a> {
    if matches!(&run.doing, Some(Doing::Trial { contender: running, .. }) if running == contender)
        && !run.live.is_empty()
    {
        return Source::Counters { trials: vec![&run.live], said: "live".to_owned() + &own_share(&run.live) };
    }
    let of_it = || run.results.trials.iter().filter(|trial| trial.contender == *contender);
    let long = |trial: &&Trial| {
        !trial.is_warmup()
            && !trial.cpu.is_empty()
            && trial.completed().is_none_or(|measured| measured.wall_nanos >= SHORTEST_COUNTED_NANOS)
    };
    let trials: Vec<&[CpuSample]> = of_it().filter(long).map(|trial| &*trial.cpu).collect();
    if !trials.is_empty() {
        let shown = plural(trials.len() as u64, "trial");
        let all: Vec<CpuSample> = trials.iter().copied().flatten().cloned().collect();
        return Source::Counters { said: format!("{shown}, {}{}", length(&all), own_share(&all)), trials };
    }
    if let Some(trial) = of_it().find(|trial| trial.is_warmup() && !trial.cpu.is_empty()) {
        let passes = trial.completed().map_or(1, |measured| measured.passes);
        let repeated =
            if passes > 1 { format!(", repeated {} times", units::count(u64::from(passes))) } else { String::new() };
        let said =
            format!("from the warm-up{repeated}: trials are too short for the counters{}", own_share(&trial.cpu));
        return Source::Counters { trials: vec![&trial.cpu], said };
    }
    let shown = run.shown_trial(contender, None).and_then(Trial::completed);
    match shown.and_then(|measured| Some((measured.digest.core_busy_nanos.as_ref()?, measured.wall_nanos))) {
        Some((busy, wall_nanos)) if !busy.is_empty() => {
            let share = |nanos: u64| (nanos as f64 / wall_nanos.max(1) as f64).min(1.0);
            let cores = busy.iter().map(|(core, nanos)| (*core, share(*nanos))).collect();
            let said = "from the tasks' own records: too short for the counters".to_owned();
            Source::Occupancy { cores, said }
        }
        _ if shown.is_some() => {
            Source::Nothing("not measured: too short for the counters, and no computing".to_owned())
        }
        _ => Source::Nothing("no trial yet".to_owned()),
    }
}

fn length(samples: &[CpuSample]) -> String {
    units::duration(samples.iter().map(|sample| sample.width_ms).sum::<f64>() * 1e6)
}

fn own_share(samples: &[CpuSample]) -> String {
    let known: Vec<&CpuSample> = samples.iter().filter(|sample| sample.lab_percent.is_some()).collect();
    if known.is_empty() {
        return String::new();
    }
    let share = mean(&known, |sample| f64::from(sample.lab_percent.unwrap_or(0.0)));
    format!(" · the lab itself {} of a core", units::percent(share))
}

fn strips(painter: &Painter, plot: Rect, whole: Rect, rows: usize, pitch: f32, palette: &theme::Palette) {
    for core in 0..rows {
        let top = plot.top() + core as f32 * pitch;
        let strip = Rect::from_min_max(pos2(plot.left(), top), pos2(plot.right(), top + pitch - 2.0));
        painter.rect_filled(strip, CornerRadius::same(1), palette.raised);
        if pitch >= 12.0 || core % 4 == 0 {
            let at = pos2(whole.left(), strip.center().y);
            painted(
                painter,
                at,
                Align2::LEFT_CENTER,
                &format!("core {core}"),
                (theme::small(), palette.tertiary),
                46.0,
            );
        }
    }
}

fn counters(
    painter: &Painter,
    plot: Rect,
    trials: &[&[CpuSample]],
    pitch: f32,
    hue: Color32,
    palette: &theme::Palette,
) {
    let total: f64 = trials.iter().copied().flatten().map(|sample| sample.width_ms).sum();
    if total <= 0.0 {
        return;
    }
    let x = |ms: f64| plot.left() + (ms / total) as f32 * plot.width();
    let mut mesh = Mesh::default();
    let mut at = 0.0;
    let mut ends = Vec::new();
    for trial in trials {
        for sample in *trial {
            let (left, right) = (x(at), x(at + sample.width_ms));
            for (core, percent) in sample.usage_percent.iter().enumerate() {
                let bottom = plot.top() + (core + 1) as f32 * pitch - 2.0;
                let height = (percent / 100.0).clamp(0.0, 1.0) * (pitch - 2.0);
                let bar = Rect::from_min_max(pos2(left, bottom - height), pos2((right - 0.5).max(left + 0.5), bottom));
                mesh.add_colored_rect(bar, hue);
            }
            at += sample.width_ms;
        }
        ends.push(x(at));
    }
    painter.add(Shape::mesh(mesh));
    ends.pop();
    for end in ends {
        painter.vline(end, plot.y_range(), (1.0, palette.text));
    }
}

fn hover(response: &eframe::egui::Response, plot: Rect, trials: &[&[CpuSample]], pitch: f32, warmup: bool) {
    let Some(pointer) = response.hover_pos().filter(|pointer| plot.contains(*pointer)) else { return };
    let total: f64 = trials.iter().copied().flatten().map(|sample| sample.width_ms).sum();
    let wanted = f64::from((pointer.x - plot.left()) / plot.width()) * total;
    let core = ((pointer.y - plot.top()) / pitch) as usize;
    let mut at = 0.0;
    for (place, trial) in trials.iter().enumerate() {
        for sample in *trial {
            at += sample.width_ms;
            if at >= wanted {
                if let Some(percent) = sample.usage_percent.get(core) {
                    let used = units::percent(f64::from(*percent));
                    let moment = units::duration(sample.at_ms * 1e6);
                    let trial = if warmup { "the warm-up".to_owned() } else { format!("trial {}", place + 1) };
                    let words = format!("core {core}: {used} at {moment} of {trial}");
                    response.show_tooltip_text(words);
                }
                return;
            }
        }
    }
}

fn occupancy(painter: &Painter, plot: Rect, cores: &[(u32, f64)], pitch: f32, hue: Color32) {
    for (row, (core, share)) in cores.iter().enumerate() {
        let top = plot.top() + row as f32 * pitch;
        let size = Vec2::new(plot.width() * *share as f32, pitch - 2.0);
        let bar = Rect::from_min_size(pos2(plot.left(), top), size);
        painter.rect_filled(bar, CornerRadius::same(1), hue.gamma_multiply(0.6));
        let words = format!("core {core} computed {} of the trial", units::percent(share * 100.0));
        let style = (theme::small(), painter.ctx().global_style().visuals.text_color());
        painted(painter, bar.left_center() + Vec2::new(6.0, 0.0), Align2::LEFT_CENTER, &words, style, plot.width());
    }
}
