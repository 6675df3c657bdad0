//! The lanes of one model. Only what is on screen is drawn; tasks narrower than a pixel are merged.

use eframe::egui::{
    CornerRadius, Event, Grid, Id, Key, PointerButton, Pos2, Rect, Response, Sense, Shape, Ui, UiBuilder, Vec2, pos2,
};

use super::drawn_shapes::Drawn;
use super::group_names::{
    FOLD_HEIGHT, LINE_HEIGHT, alternative, beyond, is_warmup, missing, name_lines, names, outside, workers,
};
use super::marks::{LaneRows, Marks};
use super::navigation::{Drag, pan_and_zoom};
use super::span_painter::{SpanPainter, SpanStyle};
use super::ticker;
use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, lanes_rect, ticks};
use crate::lab::Command;
use crate::lab::lane_details::LaneDetails;
use crate::lab::lanes::{FEW_LANES, Lanes};
use crate::lab::run::Run;
use crate::lab::timeline_view::{Selection, TimelineCommand};
use crate::model::Contender;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, hue, quiet_button, uncut};
use crate::ui::{frame_of_change, theme};
use crate::units;
use crate::workload::Tasks;

/// Distance between two lanes: of one or two, of few with names on them, of many.
pub const WIDE_PITCH: f32 = 18.0;
const NAMED_PITCH: f32 = 15.0;
const NARROW_PITCH: f32 = 9.0;

/// Draws the lanes and returns what is on screen.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run, contender: &Contender, axis: TimeAxis) -> Drawn {
    let round = cx.lab.view.timeline_round;
    let Some(lanes) = run.lanes_of(contender, round) else {
        missing(ui, run, contender, round);
        return Drawn::default();
    };
    let details = run.details_of(contender, round).map(AsRef::as_ref);
    let workers = workers(run, contender, round, lanes);
    let all = cx.lab.view.open_lanes.contains(contender);
    let count = if all { lanes.lanes.len() } else { lanes.lanes.len().min(FEW_LANES) };
    let pitch = pitch(run, count);
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
    let rows = LaneRows::within(visible, plot.top() + 2.0 + beats, pitch, count);
    let style = SpanStyle::of(hue(ui, contender), palette);
    let empty = lanes.spans.steps.is_empty() && lanes.spans.handovers.is_empty();
    let mut span_painter = SpanPainter::new(style, (axis, plot), palette, empty);
    span_painter.colour_by = cx.lab.view.timeline.colour_of(&run.results().experiment.workload);
    for nanos in ticks(axis.range, axis.width) {
        span_painter.grid_line(axis.x(nanos), palette.hairline);
    }
    for lane in rows.shown.clone() {
        span_painter.lane(lanes, lane, rows.top(lane), pitch - 2.0);
    }
    let SpanPainter { mesh, mut drawn, named, .. } = span_painter;
    let in_plot = painter.with_clip_rect(plot.intersect(ui.clip_rect()));
    in_plot.add(Shape::mesh(mesh));
    let workload = &run.results().experiment.workload;
    for (task, bar) in named {
        // A number alone hides the least of a bar.
        let name = workload.task_name(task).map_or_else(|| task.to_string(), str::to_owned);
        super::marks::name_on(&in_plot, bar, &name, palette);
    }
    outside(&painter, lanes, axis, plot, palette);
    beyond(&painter, lanes, axis, plot, palette);
    let beats_lane = Rect::from_min_max(plot.min, pos2(plot.right(), plot.top() + beats));
    ticker::draw(&painter, lanes, axis, beats_lane, palette);
    drawn.late_beat = ui.is_rect_visible(beats_lane) && ticker::any_visible(lanes, axis);
    let marks = Marks { painter: &in_plot, lanes, details, axis, plot, rows: &rows, palette };
    drawn.handover = marks.selection(cx.lab.view.timeline.selection.as_ref(), contender);
    reveal(ui, cx, contender, &rows);
    steps(ui, cx, contender, &response);
    pan_and_zoom(ui, cx, &response, axis, Drag::Pans);
    crate::ui::widgets::focus_ring(ui, &response);
    axis.draw_cursor(&painter, plot.y_range(), palette);
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
        let lane = rows.lane_at(pointer.y)?;
        let task = lanes.task_at(lane, axis.nanos(pointer.x), axis.nanos_per_pixel() * 3.0)?;
        Some((lane, task))
    });
    if response.clicked_by(PointerButton::Primary) {
        let selection = hit.map(|(lane, task)| Selection::Task { contender: contender.clone(), task, lane });
        let command = selection.map_or(TimelineCommand::Clear, TimelineCommand::Select);
        cx.push(Command::Timeline(command));
    } else if response.clicked() {
        // Enter, or an assistive client.
        let contender = contender.clone();
        cx.push(Command::Timeline(TimelineCommand::Step { contender, along: 0, down: 0 }));
    }
    if let Some((lane, task)) = hit {
        marks.outline(lane, task, palette.text, 1.0);
        drawn.handover |= marks.handovers(lane, task);
        explain(response, run, lanes, details, task);
    }
    more_lanes(ui, cx, contender, lanes, all.then_some(foot));
    drawn
}

/// Returns the distance between two lanes: there is room for names where tasks have them.
fn pitch(run: &Run, count: usize) -> f32 {
    let named = matches!(run.results().experiment.workload.tasks, Tasks::List(_));
    match count {
        ..=2 => WIDE_PITCH,
        3..=FEW_LANES if named => NAMED_PITCH,
        _ => NARROW_PITCH,
    }
}

/// Scrolls to the lane that was asked for, once.
fn reveal(ui: &Ui, cx: &ViewContext<'_>, contender: &Contender, rows: &LaneRows) {
    let Some(wanted) = cx.lab.view.timeline.reveal.as_ref().filter(|wanted| wanted.contender == *contender) else {
        return;
    };
    if wanted.lane >= rows.count || !frame_of_change::is_new(ui, Id::unique("lanes revealed"), &wanted.request) {
        return;
    }
    let clip = ui.clip_rect();
    let top = rows.top(wanted.lane);
    // With its neighbours, but only if it is hidden: it must not move away from the pointer.
    if !clip.y_range().contains(top) || !clip.y_range().contains(top + rows.pitch) {
        ui.scroll_to_rect(Rect::from_x_y_ranges(clip.x_range(), top - 30.0..=top + 40.0), None);
    }
}

/// Goes from task to task by keys: Shift with an arrow key.
fn steps(ui: &Ui, cx: &mut ViewContext<'_>, contender: &Contender, response: &Response) {
    if !response.has_focus() {
        return;
    }
    let of_key = |event: &Event| match event {
        Event::Key { key, pressed: true, modifiers, .. } if modifiers.shift_only() => match key {
            Key::ArrowLeft => Some((-1, 0)),
            Key::ArrowRight => Some((1, 0)),
            Key::ArrowUp => Some((0, -1)),
            Key::ArrowDown => Some((0, 1)),
            _ => None,
        },
        _ => None,
    };
    for (along, down) in ui.input(|input| input.events.iter().filter_map(of_key).collect::<Vec<_>>()) {
        let contender = contender.clone();
        cx.push(Command::Timeline(TimelineCommand::Step { contender, along, down }));
    }
}

fn explain(response: Response, run: &Run, lanes: &Lanes, details: Option<&LaneDetails>, task: u32) {
    let workload = &run.results().experiment.workload;
    let mut rows = lanes.describe(task, workload);
    let waits = details.into_iter().flat_map(|details| details.holders.handovers(&lanes.spans, task as usize));
    rows.extend(waits.map(|wait| {
        let before = units::duration((wait.acquired - wait.released) as f64);
        ("Lock before".to_owned(), format!("{}, until {before} before", workload.task_title(wait.holder)))
    }));
    response.on_hover_ui_at_pointer(|ui| {
        let palette = theme::palette(ui);
        Grid::new("task").num_columns(2).spacing((12.0, 2.0)).show(ui, |ui| {
            for (name, value) in rows {
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
