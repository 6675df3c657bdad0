//! The lanes of one model. Draws what is on screen, and merges what is smaller than a pixel.

use eframe::egui::{
    Align2, Color32, CornerRadius, Grid, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2,
};

use super::pen::{Ink, Pen};
use super::{TimeAxis, lanes_rect, moved, ticker};
use crate::lab::Command;
use crate::lab::lanes::Lanes;
use crate::lab::run::Run;
use crate::lab::text::{full_name, no_time, plural};
use crate::model::{Contender, Family};
use crate::trial::Trial;
use crate::ui::widgets::{figure, hue, line, mark, painted, quiet_button, uncut};
use crate::ui::{Cx, theme};
use crate::units;

/// Lanes shown before the user asks for all.
pub const FEW_LANES: usize = 8;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run, contender: &Contender, axis: TimeAxis) {
    let round = cx.lab.view.timeline_round;
    let Some(lanes) = run.lanes_of(contender, round) else {
        missing(ui, run, contender, round);
        return;
    };
    let workers = workers(run, contender, round, lanes);
    let all = cx.lab.view.open_lanes.contains(contender);
    let count = if all { lanes.lanes.len() } else { lanes.lanes.len().min(FEW_LANES) };
    let pitch = if count == 1 { 14.0 } else { 9.0_f32 };
    let beats = if lanes.worst.is_some() { ticker::HEIGHT } else { 0.0 };
    let height = (count as f32 * pitch + 4.0 + beats).max(46.0);
    let (response, painter) = {
        let sentence = alternative(run, contender, round, lanes, workers);
        let width = super::NAMES_WIDTH + axis.width + super::BEYOND_WIDTH;
        figure(ui, Vec2::new(width, height), Sense::click_and_drag(), &sentence)
    };
    let rect = response.rect;
    names(ui, contender, lanes, workers, count, rect);
    let plot = lanes_rect(rect, axis);
    let palette = theme::palette(ui);
    painter.rect_filled(plot, CornerRadius::same(2), palette.panel);
    let visible = ui.clip_rect().intersect(rect);
    let top = plot.top() + 2.0 + beats;
    let first = (((visible.top() - top) / pitch).floor().max(0.0)) as usize;
    let last = ((((visible.bottom() - top) / pitch).ceil()).max(0.0) as usize).min(count);
    let ink = Ink {
        hue: hue(ui, contender),
        queue: palette.queue,
        lock_wait: palette.lock_wait,
        gil_wait: palette.family(Family::SubInterpreters),
    };
    let mut pen = Pen { mesh: Mesh::default(), ink, axis, plot, ground: palette.panel };
    for lane in first..last.max(first) {
        pen.lane(lanes, lane, top + lane as f32 * pitch, pitch - 2.0);
    }
    painter.with_clip_rect(plot.intersect(ui.clip_rect())).add(Shape::mesh(pen.mesh));
    beyond(&painter, lanes, axis, plot, palette);
    let beats_lane = Rect::from_min_max(plot.min, pos2(plot.right(), plot.top() + beats));
    ticker::draw(&painter, lanes, axis, beats_lane, palette);
    moved(ui, cx, &response, axis);
    crate::ui::widgets::focus_ring(ui, &response);
    let pointer = response.hover_pos().filter(|pointer| plot.contains(*pointer));
    if let Some(pointer) = pointer.filter(|pointer| beats_lane.contains(*pointer)) {
        response.on_hover_ui_at_pointer(|ui| {
            uncut(ui, &ticker::told(lanes, axis, pointer.x), theme::note(), palette.text);
        });
        more_lanes(ui, cx, contender, lanes, all);
        return;
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
    more_lanes(ui, cx, contender, lanes, all);
}

fn missing(ui: &mut Ui, run: &Run, contender: &Contender, round: Option<i32>) {
    let palette = theme::palette(ui);
    let words = match run.lanes_key(contender, round).map(|key| run.lanes.get(&key)) {
        Some(Some(Some(Err(problem)))) => problem.clone(),
        Some(_) => "arranging the tasks".to_owned(),
        None if round.is_some() => "no completed trial in this round".to_owned(),
        None => no_time(run, run.summary(contender)),
    };
    ui.horizontal(|ui| {
        let (place, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), place.center(), 10.0, hue(ui, contender), &contender.host);
        line(ui, contender.title(), theme::strong(), palette.secondary);
        line(ui, words, theme::note(), palette.tertiary);
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
    let measured = run.shown_trial(contender, round).and_then(Trial::completed);
    if let Some(nanos) = measured.and_then(|measured| measured.digest.lock_wait_nanos) {
        let waited = units::duration(nanos as f64);
        sentence.push_str(&format!(", {waited} of lock wait over all tasks"));
    }
    if let Some(nanos) = measured.and_then(|measured| measured.digest.gil_wait_nanos) {
        sentence.push_str(&format!(", an estimated {} of GIL wait over all tasks", units::duration(nanos as f64)));
    }
    if let Some(words) = lanes.worst_beat() {
        sentence.push_str(&format!(", {words}"));
    }
    sentence
}

/// How many threads or processes the model had: those of its pool, or those that its tasks ended on.
fn workers(run: &Run, contender: &Contender, round: Option<i32>, lanes: &Lanes) -> u32 {
    let trial = run.shown_trial(contender, round);
    trial.and_then(Trial::completed).and_then(|measured| measured.workers).unwrap_or(lanes.workers)
}

fn names(ui: &Ui, contender: &Contender, lanes: &Lanes, workers: u32, shown: usize, rect: Rect) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let width = super::NAMES_WIDTH - 28.0;
    mark(painter, pos2(rect.left() + 5.0, rect.top() + 9.0), 10.0, hue(ui, contender), &contender.host);
    let at = Pos2::new(rect.left() + 18.0, rect.top());
    painted(painter, at, Align2::LEFT_TOP, &contender.title(), (theme::strong(), palette.text), width);
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
    // Long counts take two lines; lanes that many are tall enough for it.
    let lines =
        if count.len() + workers.len() > 20 { vec![count, workers] } else { vec![format!("{count}, {workers}")] };
    for (place, words) in lines.iter().enumerate() {
        let at = Pos2::new(rect.left() + 18.0, rect.top() + 18.0 + place as f32 * 14.0);
        painted(painter, at, Align2::LEFT_TOP, words, (theme::small(), palette.secondary), width);
    }
}

fn beyond(painter: &eframe::egui::Painter, lanes: &Lanes, axis: TimeAxis, plot: Rect, palette: &theme::Palette) {
    let end = lanes.wall_nanos as f64;
    let words = units::duration(end);
    if end > axis.range.to {
        let at = plot.right_center() + Vec2::new(6.0, 0.0);
        let style = (theme::small(), palette.secondary);
        painted(painter, at, Align2::LEFT_CENTER, &format!("→ {words}"), style, super::BEYOND_WIDTH - 6.0);
    } else if end >= axis.range.from {
        let x = axis.x(end);
        painter.vline(x, plot.y_range(), (1.0, palette.tertiary));
        if plot.right() + super::BEYOND_WIDTH - x > 60.0 {
            let at = pos2(x + 5.0, plot.center().y);
            painted(painter, at, Align2::LEFT_CENTER, &words, (theme::small(), palette.secondary), 70.0);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a place on screen and a task, each of several parts, used once")]
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
    let workload = &run.results.experiment.workload;
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

fn more_lanes(ui: &mut Ui, cx: &mut Cx<'_>, contender: &Contender, lanes: &Lanes, all: bool) {
    let count = lanes.lanes.len();
    if count <= FEW_LANES {
        return;
    }
    ui.horizontal(|ui| {
        ui.add_space(super::NAMES_WIDTH);
        let title = contender.title();
        let words = if all {
            format!("Show fewer lanes of {title}")
        } else {
            format!("Show all {} lanes of {title}", units::count(count as u64))
        };
        if quiet_button(ui, &words).clicked() {
            cx.push(Command::ToggleLanes(contender.clone()));
        }
    });
}
