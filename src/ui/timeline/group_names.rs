//! Texts beside and in the lanes of one model: its name, how many tasks are shown, when it began and ended, and the
//! sentence for assistive clients.

use eframe::egui::{Align2, Painter, Pos2, Rect, Sense, Ui, Vec2, pos2};

use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis};
use crate::lab::descriptions::{full_name, no_time};
use crate::lab::lanes::{Lanes, WORST_BEAT};
use crate::lab::run::Run;
use crate::model::{Contender, Family};
use crate::trial::{NO_SPANS, Trial};
use crate::ui::theme;
use crate::ui::widgets::{hue, line, mark, painted};
use crate::units::{self, plural};

/// Height of a line below a model's name.
pub const LINE_HEIGHT: f32 = 14.0;
/// Height of the button "Show fewer lanes".
pub const FOLD_HEIGHT: f32 = 18.0;

/// Draws the reason why each model has no lanes.
pub fn reasons(ui: &mut Ui, run: &Run, contenders: &[Contender]) {
    for contender in contenders {
        missing(ui, run, contender, None);
    }
}

/// Draws the reason why a model has no lanes.
pub fn missing(ui: &mut Ui, run: &Run, contender: &Contender, round: Option<i32>) {
    let palette = theme::palette(ui);
    let label = match run.lanes_key(contender, round).map(|key| run.lanes.get(&key)) {
        Some(Some(Some(Err(error)))) => error.to_string(),
        Some(_) => "arranging the tasks".to_owned(),
        None if run.shown_trial(contender, round).is_some_and(Trial::has_no_spans) => NO_SPANS.to_owned(),
        None if round.is_some() => "no completed trial in this round".to_owned(),
        None => no_time(run, run.summary(contender)),
    };
    ui.horizontal(|ui| {
        let (mark_rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), mark_rect.center(), 10.0, hue(ui, contender), &contender.host);
        line(ui, contender.title(), theme::strong(), palette.secondary);
        line(ui, label, theme::note(), palette.tertiary);
    });
}

/// Returns the lanes of a model in words.
pub fn alternative(run: &Run, contender: &Contender, round: Option<i32>, lanes: &Lanes, workers: u32) -> String {
    let tasks = plural(lanes.spans.tasks.len() as u64, "task");
    let end = units::duration(lanes.wall_nanos as f64);
    let workers = plural(u64::from(workers), "worker");
    let measured = run.shown_trial(contender, round).and_then(Trial::completed);
    let peak = measured.map_or(0, |measured| u64::from(measured.span_summary.peak_in_flight));
    // A worker that waits has a lane, too.
    let at_once = if peak == 0 { lanes.lanes.len() as u64 } else { peak };
    let mut sentence = format!(
        "Timeline of {}: {tasks} on {workers}, {} at most at once, done after {end}",
        full_name(contender),
        units::count(at_once)
    );
    if is_warmup(run, contender, round) {
        sentence.push_str(", a trial of the warm-up");
    }
    if let Some(nanos) = measured.and_then(|measured| measured.span_summary.lock_wait_nanos) {
        let waited = units::duration(nanos as f64);
        sentence.push_str(&format!(", {waited} of lock wait over all tasks"));
    }
    let transfer = measured.map(|measured| measured.span_summary.transfer).unwrap_or_default();
    if let Some(nanos) = transfer.input_nanos.into_iter().chain(transfer.output_nanos).reduce(|one, other| one + other)
    {
        sentence.push_str(&format!(", {} of transfer over all tasks", units::duration(nanos as f64)));
    }
    if let Some(nanos) = measured.and_then(|measured| measured.span_summary.gil_wait_nanos) {
        sentence.push_str(&format!(", an estimated {} of GIL wait over all tasks", units::duration(nanos as f64)));
    }
    if let Some(worst) = lanes.worst_beat() {
        sentence.push_str(&format!(", {worst}"));
    }
    sentence
}

/// Returns true where no measured trial is shown but one of the warm-up.
pub fn is_warmup(run: &Run, contender: &Contender, round: Option<i32>) -> bool {
    run.shown_trial(contender, round).is_some_and(Trial::is_warmup)
}

/// Returns the number of threads or processes of the model: those of its pool, or those that its tasks ended on.
pub fn workers(run: &Run, contender: &Contender, round: Option<i32>, lanes: &Lanes) -> u32 {
    let trial = run.shown_trial(contender, round);
    trial.and_then(Trial::completed).and_then(|measured| measured.workers).unwrap_or(lanes.workers)
}

/// Returns the lines below a model's name: settings, tasks, workers, the latest beat.
pub fn name_lines(contender: &Contender, lanes: &Lanes, workers: u32, shown: usize) -> Vec<String> {
    let tasks = lanes.spans.tasks.len() as u64;
    let on_screen = lanes.lanes.tasks_on(shown) as u64;
    let count = if on_screen < tasks {
        format!("{} of {} tasks", units::count(on_screen), units::count(tasks))
    } else {
        plural(tasks, "task")
    };
    let unit = match contender.model.info().family {
        Family::Processes => "process",
        Family::SubInterpreters => "interpreter",
        Family::Sequential | Family::Threads | Family::Pools | Family::EventLoops => "thread",
    };
    let workers = match (workers, unit) {
        (1, unit) => format!("1 {unit}"),
        (many, "process") => format!("{} processes", units::count(u64::from(many))),
        (many, unit) => format!("{} {unit}s", units::count(u64::from(many))),
    };
    // Long counts take two lines.
    let mut lines: Vec<String> = contender.title_parts().1.into_iter().collect();
    if count.len() + workers.len() > 20 {
        lines.extend([count, workers]);
    } else {
        lines.push(format!("{count}, {workers}"));
    }
    if let Some(lateness) = lanes.worst_lateness() {
        lines.extend([WORST_BEAT.to_owned(), lateness]);
    }
    lines
}

/// Draws the names beside the lanes, visible while the lanes are scrolled. Returns the position below them.
pub fn names(ui: &Ui, contender: &Contender, lines: &[String], rect: Rect) -> Pos2 {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let width = NAMES_WIDTH - 28.0;
    let height = 18.0 + lines.len() as f32 * LINE_HEIGHT;
    let lowest = (rect.bottom() - height - FOLD_HEIGHT).max(rect.top());
    let top = rect.top().max(ui.clip_rect().top()).min(lowest);
    mark(painter, pos2(rect.left() + 5.0, top + 9.0), 10.0, hue(ui, contender), &contender.host);
    let at = Pos2::new(rect.left() + 18.0, top);
    painted(painter, at, Align2::LEFT_TOP, &contender.title_parts().0, (theme::strong(), palette.text), width);
    for (index, label) in lines.iter().enumerate() {
        let at = Pos2::new(rect.left() + 18.0, top + 18.0 + index as f32 * LINE_HEIGHT);
        painted(painter, at, Align2::LEFT_TOP, label, (theme::small(), palette.secondary), width);
    }
    Pos2::new(rect.left() + 14.0, top + height + 2.0)
}

/// Says when the tasks begin or ended, if none of them is in the visible range.
pub fn outside(painter: &Painter, lanes: &Lanes, axis: TimeAxis, plot: Rect, palette: &theme::Palette) {
    let style = (theme::small(), palette.secondary);
    let (begins, ends) = (lanes.begins as f64, lanes.wall_nanos as f64);
    if begins > axis.range.to {
        let label = format!("begins at {} →", units::duration(begins));
        painted(painter, plot.right_center() - Vec2::new(6.0, 0.0), Align2::RIGHT_CENTER, &label, style, plot.width());
    } else if ends < axis.range.from {
        let label = format!("← ended at {}", units::duration(ends));
        painted(painter, plot.left_center() + Vec2::new(6.0, 0.0), Align2::LEFT_CENTER, &label, style, plot.width());
    }
}

/// Says when a model ended, in the margin right of its lanes or at its end.
pub fn beyond(painter: &Painter, lanes: &Lanes, axis: TimeAxis, plot: Rect, palette: &theme::Palette) {
    let end = lanes.wall_nanos as f64;
    let label = units::duration(end);
    if end > axis.range.to {
        let at = plot.right_center() + Vec2::new(6.0, 0.0);
        let style = (theme::small(), palette.secondary);
        painted(painter, at, Align2::LEFT_CENTER, &format!("→ {label}"), style, BEYOND_WIDTH - 6.0);
    } else if end >= axis.range.from {
        let x = axis.x(end);
        painter.vline(x, plot.y_range(), (1.0, palette.tertiary));
        if plot.right() + BEYOND_WIDTH - x > 60.0 {
            let at = pos2(x + 5.0, plot.center().y);
            painted(painter, at, Align2::LEFT_CENTER, &label, (theme::small(), palette.secondary), 70.0);
        }
    }
}
