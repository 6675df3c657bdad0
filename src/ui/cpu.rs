//! The CPU view: usage over time, one panel per model on one time axis. It shows the model's own processes,
//! everything else, and each core of the machine; or the tasks' own records if trials are too short for the system's
//! counters.

mod axis;
mod samples;
mod strips;

use eframe::egui::{Align, Layout, ScrollArea, Sense, Ui, Vec2};

use self::axis::Axis;
use self::samples::{SampledTrial, busy_cores, own_cores};
use super::view_context::ViewContext;
use super::widgets::{figure, hue, line, mark, text};
use super::{focus, theme};
use crate::lab::descriptions::{full_name, no_time};
use crate::lab::row_order::rows;
use crate::lab::run::{Activity, Run};
use crate::model::Contender;
use crate::trial::SHORTEST_COUNTED_NANOS;
use crate::trial::{CpuSample, Trial};
use crate::units::{self, plural};

/// Data of a panel.
enum Source<'a> {
    /// Samples of the system's counters, trial by trial.
    Counters { trials: Vec<SampledTrial<'a>>, warmup: bool, origin: String },
    /// Fraction of the trial in which tasks computed on each core, from their records.
    Occupancy { cores: Vec<(u32, f64)>, length_ms: f64, origin: String },
    /// No data, with the reason.
    Nothing(String),
}

impl Source<'_> {
    fn origin(&self) -> &str {
        match self {
            Self::Counters { origin, .. } | Self::Occupancy { origin, .. } | Self::Nothing(origin) => origin,
        }
    }

    /// Returns the length of its time axis in milliseconds.
    fn length_ms(&self) -> f64 {
        match self {
            Self::Counters { trials, .. } => trials.iter().map(|trial| trial.length_ms).sum(),
            Self::Occupancy { length_ms, .. } => *length_ms,
            Self::Nothing(_) => 0.0,
        }
    }
}

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let panels: Vec<(Contender, Source<'_>)> =
        rows(cx.lab, run).into_iter().map(|contender| (contender.clone(), source(run, &contender))).collect();
    let longest_ms = panels.iter().map(|(_, source)| source.length_ms()).fold(0.0, f64::max);
    let axis = Axis::over(ui.available_rect_before_wrap(), longest_ms, ui.spacing().scroll.allocated_width());
    strips::ruler(ui, axis);
    ScrollArea::vertical().id_salt(("cpu", run.results().started_at_ms)).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for (contender, source) in &panels {
            panel(ui, contender, source, axis);
            ui.add_space(theme::STEP * 2.0);
        }
        strips::legend(ui);
        let hint = "Upper strip: all cores together. Below: usage of each core by any program, since the system counts it only for the whole machine. The timed parts of the trials follow each other on one time axis for all models. Gaps were not sampled.";
        text(ui, hint, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 4.0);
        focus::follow_focus(ui);
    });
}

fn panel(ui: &mut Ui, contender: &Contender, source: &Source<'_>, axis: Axis) {
    let palette = theme::palette(ui);
    let colour = hue(ui, contender);
    ui.horizontal(|ui| {
        let (mark_rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), mark_rect.center(), 10.0, colour, &contender.host);
        line(ui, contender.title(), theme::strong(), palette.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            line(ui, source.origin(), theme::small(), palette.secondary);
        });
    });
    let (cores, sentence) = match source {
        Source::Counters { trials, .. } => (core_count(trials), usage(trials)),
        Source::Occupancy { cores, .. } => {
            let busy: f64 = cores.iter().map(|(_, share)| share).sum();
            (cores.len(), format!("tasks computed on {busy:.2} cores on average"))
        }
        Source::Nothing(_) => return,
    };
    let height = strips::height(cores, matches!(source, Source::Counters { .. }));
    let alternative = format!("CPU usage of {}: {sentence}; {}", full_name(contender), source.origin());
    let (response, painter) = figure(ui, Vec2::new(axis.right(), height), Sense::hover(), &alternative);
    let panel_rect = response.rect;
    match source {
        Source::Counters { trials, warmup, .. } => {
            strips::counters(&painter, panel_rect, axis, trials, cores, colour, palette);
            if let Some(pointer) = response.hover_pos()
                && let Some(hint) = strips::hover_text(panel_rect, axis, trials, cores, *warmup, pointer)
            {
                response.show_tooltip_text(hint);
            }
        }
        Source::Occupancy { cores, length_ms, .. } => {
            strips::occupancy(&painter, panel_rect, axis, cores, *length_ms, colour, palette);
        }
        Source::Nothing(_) => {}
    }
}

fn core_count(trials: &[SampledTrial<'_>]) -> usize {
    trials.iter().flat_map(|trial| trial.samples).map(|sample| sample.usage_percent.len()).max().unwrap_or(0)
}

/// Describes the mean usage: "its own processes used 0.47 of 2 cores, everything else 1.20 on average".
fn usage(trials: &[SampledTrial<'_>]) -> String {
    let all: Vec<&CpuSample> = trials.iter().flat_map(|trial| trial.samples).collect();
    let cores = plural(core_count(trials) as u64, "core");
    let busy = mean(&all, busy_cores);
    let own: Option<Vec<f64>> = all.iter().map(|sample| own_cores(sample)).collect();
    match own {
        Some(_) => {
            let own = mean(&all, |sample| own_cores(sample).unwrap_or(0.0));
            let other = mean(&all, |sample| (busy_cores(sample) - own_cores(sample).unwrap_or(0.0)).max(0.0));
            format!("its own processes used {own:.2} of {cores}, everything else {other:.2} on average")
        }
        None => {
            format!("the machine used {busy:.2} of {cores} on average; the share of its own processes was not measured")
        }
    }
}

fn mean(samples: &[&CpuSample], of: impl Fn(&CpuSample) -> f64) -> f64 {
    let width: f64 = samples.iter().map(|sample| sample.width_ms).sum();
    let sum: f64 = samples.iter().map(|sample| of(sample) * sample.width_ms).sum();
    if width > 0.0 { sum / width } else { 0.0 }
}

/// Returns the best data of a model: counters of measured trials, then of the warm-up, then task records.
fn source<'a>(run: &'a Run, contender: &Contender) -> Source<'a> {
    if matches!(&run.doing, Some(Activity::Trial { contender: running, .. }) if running == contender)
        && !run.live.is_empty()
    {
        let origin = "live".to_owned() + &own_share(&run.live);
        return Source::Counters { trials: vec![sampled(&run.live, None)], warmup: false, origin };
    }
    let trials_of_model = || run.results().trials.iter().filter(|trial| trial.contender == *contender);
    // Cancelled and failed trials say nothing about the model's usage.
    let long = |trial: &&Trial| {
        let enough = |wall_nanos: u64| wall_nanos >= SHORTEST_COUNTED_NANOS;
        !trial.is_warmup() && !trial.cpu.is_empty() && trial.completed().is_some_and(|one| enough(one.wall_nanos))
    };
    let trials: Vec<SampledTrial<'_>> = trials_of_model().filter(long).map(of_trial).collect();
    if !trials.is_empty() {
        let shown = plural(trials.len() as u64, "trial");
        let length = units::duration(trials.iter().map(|trial| trial.length_ms).sum::<f64>() * 1e6);
        let all: Vec<CpuSample> = trials.iter().flat_map(|trial| trial.samples).cloned().collect();
        return Source::Counters { origin: format!("{shown}, {length}{}", own_share(&all)), trials, warmup: false };
    }
    if let Some(trial) =
        trials_of_model().find(|trial| trial.is_warmup() && !trial.cpu.is_empty() && trial.completed().is_some())
    {
        let passes = trial.completed().map_or(1, |measured| measured.passes);
        let repeated =
            if passes > 1 { format!(", repeated {} times", units::count(u64::from(passes))) } else { String::new() };
        let origin =
            format!("from the warm-up{repeated}: trials are too short for the counters{}", own_share(&trial.cpu));
        return Source::Counters { trials: vec![of_trial(trial)], warmup: true, origin };
    }
    let shown = run.shown_trial(contender, None).and_then(Trial::completed);
    match shown.and_then(|measured| Some((measured.span_summary.core_busy_nanos.as_ref()?, measured.wall_nanos))) {
        Some((busy, wall_nanos)) if !busy.is_empty() => {
            let share = |nanos: u64| (nanos as f64 / wall_nanos.max(1) as f64).min(1.0);
            let cores = busy.iter().map(|(core, nanos)| (*core, share(*nanos))).collect();
            let origin = "from the tasks' own records: too short for the counters".to_owned();
            Source::Occupancy { cores, length_ms: wall_nanos as f64 / 1e6, origin }
        }
        _ if shown.is_some() => {
            Source::Nothing("not measured: too short for the counters, and no computing".to_owned())
        }
        _ if run.is_running() => Source::Nothing("no trial yet".to_owned()),
        _ => Source::Nothing(no_time(run, run.summary(contender))),
    }
}

fn of_trial(trial: &Trial) -> SampledTrial<'_> {
    // A repeated warm-up is sampled for longer than its one timed pass.
    let timed = trial.completed().filter(|measured| measured.passes <= 1).map(|measured| measured.wall_nanos);
    sampled(&trial.cpu, timed)
}

fn sampled(samples: &[CpuSample], wall_nanos: Option<u64>) -> SampledTrial<'_> {
    let last = samples.last().map_or(0.0, |sample| sample.at_ms);
    SampledTrial { samples, length_ms: wall_nanos.map_or(last, |nanos| (nanos as f64 / 1e6).max(last)) }
}

fn own_share(samples: &[CpuSample]) -> String {
    let known: Vec<&CpuSample> = samples.iter().filter(|sample| sample.lab_percent.is_some()).collect();
    if known.is_empty() {
        return String::new();
    }
    let share = mean(&known, |sample| f64::from(sample.lab_percent.unwrap_or(0.0)));
    format!(" · the lab itself {} of a core", units::percent(share))
}
