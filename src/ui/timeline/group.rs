//! The lanes of one model. Draws what is on screen, and merges what is smaller than a pixel.

use eframe::egui::{
    Align2, Color32, CornerRadius, Grid, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2,
};

use super::{TimeAxis, lanes_rect, moved};
use crate::lab::Command;
use crate::lab::lanes::Lanes;
use crate::lab::run::Run;
use crate::lab::text::{full_name, no_time, plural};
use crate::model::{Contender, Family};
use crate::trial::Trial;
use crate::ui::widgets::{figure, hue, line, mark, painted, quiet_button, uncut};
use crate::ui::{Cx, theme};
use crate::units;
use crate::workload::PlanStep;

/// Lanes shown before the user asks for all.
pub const FEW_LANES: usize = 8;
/// Tasks narrower than this many pixels are drawn as one bar with their neighbours.
const SUB_PIXEL: f32 = 1.5;

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
    let height = (count as f32 * pitch + 4.0).max(46.0);
    let (response, painter) = {
        let sentence = alternative(contender, lanes, workers);
        figure(ui, Vec2::new(ui.available_width(), height), Sense::click_and_drag(), &sentence)
    };
    let rect = response.rect;
    names(ui, contender, lanes, workers, count, rect);
    let plot = lanes_rect(rect, axis);
    let palette = theme::palette(ui);
    painter.rect_filled(plot, CornerRadius::same(2), palette.panel);
    let visible = ui.clip_rect().intersect(rect);
    let top = plot.top() + 2.0;
    let first = (((visible.top() - top) / pitch).floor().max(0.0)) as usize;
    let last = ((((visible.bottom() - top) / pitch).ceil()).max(0.0) as usize).min(count);
    let mut pen = Pen { mesh: Mesh::default(), hue: hue(ui, contender), queue: palette.queue, axis, plot };
    for lane in first..last.max(first) {
        pen.lane(lanes, lane, top + lane as f32 * pitch, pitch - 2.0);
    }
    painter.with_clip_rect(plot.intersect(ui.clip_rect())).add(Shape::mesh(pen.mesh));
    beyond(&painter, lanes, axis, plot, palette);
    moved(ui, cx, &response, axis);
    crate::ui::widgets::focus_ring(ui, &response);
    let hit = response.hover_pos().filter(|pointer| plot.contains(*pointer)).and_then(|pointer| {
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

fn alternative(contender: &Contender, lanes: &Lanes, workers: u32) -> String {
    let tasks = plural(lanes.spans.tasks.len() as u64, "task");
    let end = units::duration(lanes.wall_nanos as f64);
    let workers = plural(u64::from(workers), "worker");
    format!(
        "Timeline of {}: {tasks} on {workers}, {} at most at once, done after {end}",
        full_name(contender),
        lanes.lanes.len()
    )
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

struct Pen {
    mesh: Mesh,
    hue: Color32,
    queue: Color32,
    axis: TimeAxis,
    plot: Rect,
}

/// Tasks too narrow to be seen one by one.
#[derive(Clone, Copy)]
struct Blur {
    from: f32,
    to: f32,
    computes: bool,
}

impl Pen {
    fn lane(&mut self, lanes: &Lanes, lane: usize, top: f32, height: f32) {
        let computes =
            lanes.spans.steps.is_empty() || lanes.spans.steps.iter().any(|step| matches!(step, PlanStep::Compute(_)));
        let places = lanes.visible(lane, self.axis.range.from, self.axis.range.to);
        let mut free_from =
            places.start.checked_sub(1).map_or(f64::NEG_INFINITY, |before| self.finished(lanes, lane, before));
        let mut blur: Option<Blur> = None;
        for place in places {
            let task = lanes.lanes[lane].tasks[place];
            let span = lanes.spans.tasks[task as usize];
            let (from, to) = (self.axis.x(span.started as f64), self.axis.x(span.finished as f64));
            if to - from < SUB_PIXEL {
                blur = match blur {
                    Some(one) if from - one.to < 1.0 => Some(Blur { to: to.max(one.to), ..one }),
                    other => {
                        self.blurred(other, top, height);
                        Some(Blur { from, to, computes })
                    }
                };
            } else {
                self.blurred(blur.take(), top, height);
                let queued = (span.submitted as f64).max(free_from);
                self.dots(self.axis.x(queued), from, top + height / 2.0);
                self.task(lanes, task as usize, top, height);
            }
            free_from = span.finished as f64;
        }
        self.blurred(blur, top, height);
    }

    fn finished(&self, lanes: &Lanes, lane: usize, place: usize) -> f64 {
        lanes.spans.tasks[lanes.lanes[lane].tasks[place] as usize].finished as f64
    }

    fn task(&mut self, lanes: &Lanes, task: usize, top: f32, height: f32) {
        let span = lanes.spans.tasks[task];
        if lanes.spans.steps.is_empty() {
            self.bar(span.started as f64, span.finished as f64, top, height);
            return;
        }
        for (step, (from, to)) in lanes.spans.steps.iter().zip(lanes.spans.step_intervals(task)) {
            // A step that a task leaves out still takes some nanoseconds to be left out.
            if ((to - from) as f64) < self.axis.nanos_per_pixel() * 0.3 {
                continue;
            }
            match step {
                PlanStep::Compute(_) => self.bar(from as f64, to as f64, top, height),
                _ => {
                    let thin = (height * 0.34).max(2.0).round();
                    self.bar(from as f64, to as f64, top + ((height - thin) / 2.0).round(), thin);
                }
            }
        }
    }

    /// Leaves a sliver at the end free, so that neighbours can be told apart.
    fn bar(&mut self, from: f64, to: f64, top: f32, height: f32) {
        let (left, right) = (self.axis.x(from).max(self.plot.left()), self.axis.x(to).min(self.plot.right()));
        if right > left {
            let right = if right - left > 4.0 { right - 0.75 } else { right.max(left + 0.75) };
            self.mesh.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(right, top + height)), self.hue);
        }
    }

    fn blurred(&mut self, blur: Option<Blur>, top: f32, height: f32) {
        let Some(blur) = blur else { return };
        let height_drawn = if blur.computes { height } else { (height * 0.34).max(2.0).round() };
        let top = top + ((height - height_drawn) / 2.0).round();
        let right = blur.to.max(blur.from + 1.0);
        let bar = Rect::from_min_max(pos2(blur.from, top), pos2(right, top + height_drawn));
        self.mesh.add_colored_rect(bar, self.hue.gamma_multiply(0.75));
    }

    fn dots(&mut self, from: f32, to: f32, middle: f32) {
        let (from, to) = (from.max(self.plot.left()), to.min(self.plot.right()));
        let mut x = from;
        while x + 2.0 <= to {
            let dot = Rect::from_min_size(pos2(x, middle - 0.75), Vec2::new(1.5, 1.5));
            self.mesh.add_colored_rect(dot, self.queue);
            x += 4.0;
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
                uncut(ui, name, theme::note(), palette.secondary);
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
