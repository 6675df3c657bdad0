//! The lanes of one model. Only what is on screen is drawn; tasks narrower than a pixel are merged.

use eframe::egui::{
    Align2, Color32, CornerRadius, Grid, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, pos2,
};

use super::navigation::pan_and_zoom;
use super::span_painter::{Drawn, SpanPainter, SpanStyle};
use super::ticker;
use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, lanes_rect};
use crate::lab::Command;
use crate::lab::descriptions::{full_name, no_time};
use crate::lab::lanes::{Lanes, WORST_BEAT};
use crate::lab::run::Run;
use crate::model::{Contender, Family};
use crate::trial::{NO_SPANS, Trial};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, hue, line, mark, painted, quiet_button, uncut};
use crate::units::{self, plural};

/// Number of lanes shown before the user asks for all.
const FEW_LANES: usize = 8;
/// Height of a line below a model's name.
const LINE_HEIGHT: f32 = 14.0;
/// Height of the button "Show fewer lanes".
const FOLD_HEIGHT: f32 = 18.0;

/// Draws the lanes and returns the shapes that are on screen.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, contender: &Contender, axis: TimeAxis) -> Drawn {
    let round = cx.lab.view.timeline_round;
    let Some(lanes) = run.lanes_of(contender, round) else {
        missing(ui, run, contender, round);
        return Drawn::default();
    };
    let workers = workers(run, contender, round, lanes);
    let all = cx.lab.view.open_lanes.contains(contender);
    let count = if all { lanes.lanes.len() } else { lanes.lanes.len().min(FEW_LANES) };
    let pitch = if count == 1 { 14.0 } else { 9.0_f32 };
    let beats = if lanes.worst.is_some() { ticker::HEIGHT } else { 0.0 };
    let mut name_lines = name_lines(contender, lanes, workers, count);
    if is_warmup(run, contender, round) {
        name_lines.insert(0, "a trial of the warm-up".to_owned());
    }
    let height = (count as f32 * pitch + 4.0 + beats).max(18.0 + name_lines.len() as f32 * LINE_HEIGHT + 2.0).max(46.0);
    let (response, painter) = {
        let sentence = alternative(run, contender, round, lanes, workers);
        let width = NAMES_WIDTH + axis.width + BEYOND_WIDTH;
        figure(ui, Vec2::new(width, height), Sense::click_and_drag(), &sentence)
    };
    let rect = response.rect;
    let foot = names(ui, contender, &name_lines, rect);
    let plot = lanes_rect(rect, axis);
    let palette = theme::palette(ui);
    painter.rect_filled(plot, CornerRadius::same(2), palette.panel);
    let visible = ui.clip_rect().intersect(rect);
    let top = plot.top() + 2.0 + beats;
    let first = (((visible.top() - top) / pitch).floor().max(0.0)) as usize;
    let last = ((((visible.bottom() - top) / pitch).ceil()).max(0.0) as usize).min(count);
    let style = SpanStyle {
        hue: hue(ui, contender),
        queue: palette.queue,
        lock_wait: palette.lock_wait,
        gil_wait: palette.family(Family::SubInterpreters),
    };
    let (drawn, empty) = (Drawn::default(), lanes.spans.steps.is_empty() && lanes.spans.handovers.is_empty());
    let mut span_painter =
        SpanPainter { mesh: Mesh::default(), drawn, style, axis, plot, ground: palette.panel, empty };
    for lane in first..last.max(first) {
        span_painter.lane(lanes, lane, top + lane as f32 * pitch, pitch - 2.0);
    }
    let SpanPainter { mesh, mut drawn, .. } = span_painter;
    painter.with_clip_rect(plot.intersect(ui.clip_rect())).add(Shape::mesh(mesh));
    outside(&painter, lanes, axis, plot, palette);
    beyond(&painter, lanes, axis, plot, palette);
    let beats_lane = Rect::from_min_max(plot.min, pos2(plot.right(), plot.top() + beats));
    ticker::draw(&painter, lanes, axis, beats_lane, palette);
    drawn.late_beat = ui.is_rect_visible(beats_lane) && ticker::any_visible(lanes, axis);
    pan_and_zoom(ui, cx, &response, axis);
    crate::ui::widgets::focus_ring(ui, &response);
    let pointer = response.hover_pos().filter(|pointer| plot.contains(*pointer));
    // A rectangle without height still contains its edge: without a ticker there is no lane for it.
    let on_beats = pointer.filter(|pointer| lanes.worst.is_some() && beats_lane.contains(*pointer));
    if let Some(pointer) = on_beats {
        response.on_hover_ui_at_pointer(|ui| {
            uncut(ui, &ticker::hover_text(lanes, axis, pointer.x), theme::note(), palette.text);
        });
        more_lanes(ui, cx, contender, lanes, all.then_some(foot));
        return drawn;
    }
    let hit = pointer.and_then(|pointer| {
        let lane = ((pointer.y - top) / pitch).max(0.0) as usize;
        let task =
            (lane < count).then(|| lanes.task_at(lane, axis.nanos(pointer.x), axis.nanos_per_pixel() * 3.0))??;
        Some((lane, task))
    });
    if let Some((lane, task)) = hit {
        outline(&painter, lanes, task, axis, plot, top + lane as f32 * pitch, pitch - 2.0, palette.text);
        explain(response, run, lanes, task);
    }
    more_lanes(ui, cx, contender, lanes, all.then_some(foot));
    drawn
}

/// Draws the reason why each model has no lanes.
pub fn reasons(ui: &mut Ui, run: &Run, contenders: &[Contender]) {
    for contender in contenders {
        missing(ui, run, contender, None);
    }
}

fn missing(ui: &mut Ui, run: &Run, contender: &Contender, round: Option<i32>) {
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

fn alternative(run: &Run, contender: &Contender, round: Option<i32>, lanes: &Lanes, workers: u32) -> String {
    let tasks = plural(lanes.spans.tasks.len() as u64, "task");
    let end = units::duration(lanes.wall_nanos as f64);
    let workers = plural(u64::from(workers), "worker");
    let mut sentence = format!(
        "Timeline of {}: {tasks} on {workers}, {} at most at once, done after {end}",
        full_name(contender),
        lanes.lanes.len()
    );
    if is_warmup(run, contender, round) {
        sentence.push_str(", a trial of the warm-up");
    }
    let measured = run.shown_trial(contender, round).and_then(Trial::completed);
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

/// True where no measured trial is shown but one of the warm-up.
fn is_warmup(run: &Run, contender: &Contender, round: Option<i32>) -> bool {
    run.shown_trial(contender, round).is_some_and(Trial::is_warmup)
}

/// Returns the number of threads or processes of the model: those of its pool, or those that its tasks ended on.
fn workers(run: &Run, contender: &Contender, round: Option<i32>, lanes: &Lanes) -> u32 {
    let trial = run.shown_trial(contender, round);
    trial.and_then(Trial::completed).and_then(|measured| measured.workers).unwrap_or(lanes.workers)
}

/// Returns the lines below a model's name: tasks, workers, the latest beat.
fn name_lines(contender: &Contender, lanes: &Lanes, workers: u32, shown: usize) -> Vec<String> {
    let tasks = lanes.spans.tasks.len() as u64;
    let on_screen: u64 = lanes.lanes.iter().take(shown).map(|lane| lane.tasks.len() as u64).sum();
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
    let mut lines =
        if count.len() + workers.len() > 20 { vec![count, workers] } else { vec![format!("{count}, {workers}")] };
    if let Some(lateness) = lanes.worst_lateness() {
        lines.extend([WORST_BEAT.to_owned(), lateness]);
    }
    lines
}

/// Draws the names beside the lanes, visible while the lanes are scrolled. Returns the position below them.
fn names(ui: &Ui, contender: &Contender, lines: &[String], rect: Rect) -> Pos2 {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let width = NAMES_WIDTH - 28.0;
    let height = 18.0 + lines.len() as f32 * LINE_HEIGHT;
    let lowest = (rect.bottom() - height - FOLD_HEIGHT).max(rect.top());
    let top = rect.top().max(ui.clip_rect().top()).min(lowest);
    mark(painter, pos2(rect.left() + 5.0, top + 9.0), 10.0, hue(ui, contender), &contender.host);
    let at = Pos2::new(rect.left() + 18.0, top);
    painted(painter, at, Align2::LEFT_TOP, &contender.title(), (theme::strong(), palette.text), width);
    for (index, label) in lines.iter().enumerate() {
        let at = Pos2::new(rect.left() + 18.0, top + 18.0 + index as f32 * LINE_HEIGHT);
        painted(painter, at, Align2::LEFT_TOP, label, (theme::small(), palette.secondary), width);
    }
    Pos2::new(rect.left() + 14.0, top + height + 2.0)
}

/// Says when the tasks begin or ended, if none of them is in the visible range.
fn outside(painter: &eframe::egui::Painter, lanes: &Lanes, axis: TimeAxis, plot: Rect, palette: &theme::Palette) {
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

fn beyond(painter: &eframe::egui::Painter, lanes: &Lanes, axis: TimeAxis, plot: Rect, palette: &theme::Palette) {
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

#[expect(clippy::too_many_arguments, reason = "a rectangle on screen and a task, each of several parts, used once")]
fn outline(
    painter: &eframe::egui::Painter,
    lanes: &Lanes,
    task: u32,
    axis: TimeAxis,
    plot: Rect,
    top: f32,
    height: f32,
    colour: Color32,
) {
    let span = lanes.spans.tasks[task as usize];
    let left = axis.x(span.started as f64).max(plot.left());
    let right = axis.x(span.finished as f64).min(plot.right()).max(left + 1.0);
    let bar = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
    painter.rect_stroke(bar, CornerRadius::same(1), Stroke::new(1.0, colour), StrokeKind::Outside);
}

fn explain(response: Response, run: &Run, lanes: &Lanes, task: u32) {
    let workload = &run.results().experiment.workload;
    response.on_hover_ui_at_pointer(|ui| {
        let palette = theme::palette(ui);
        Grid::new("task").num_columns(2).spacing((12.0, 2.0)).show(ui, |ui| {
            for (name, value) in lanes.describe(task, workload) {
                uncut(ui, &name, theme::note(), palette.secondary);
                uncut(ui, &value, theme::figures(), palette.text);
                ui.end_row();
            }
        });
    });
}

/// Draws the button that shows all lanes below them, or the one that shows fewer beside them, where it stays within
/// reach.
fn more_lanes(ui: &mut Ui, cx: &mut ViewContext<'_>, contender: &Contender, lanes: &Lanes, fold_at: Option<Pos2>) {
    let count = lanes.lanes.len();
    if count <= FEW_LANES {
        return;
    }
    let title = contender.title();
    let clicked = match fold_at {
        Some(at) => {
            let button_rect = Rect::from_min_size(at, Vec2::new(NAMES_WIDTH - 20.0, FOLD_HEIGHT));
            let mut beside = ui.new_child(UiBuilder::new().id_salt(("fold", contender)).max_rect(button_rect));
            quiet_button(&mut beside, "Show fewer lanes")
                .on_hover_text(format!("Shows fewer lanes of {title}"))
                .clicked()
        }
        None => {
            let label = format!("Show all {} lanes of {title}", units::count(count as u64));
            ui.horizontal(|ui| {
                ui.add_space(NAMES_WIDTH);
                quiet_button(ui, &label).clicked()
            })
            .inner
        }
    };
    if clicked {
        cx.push(Command::ToggleLanes(contender.clone()));
    }
}
