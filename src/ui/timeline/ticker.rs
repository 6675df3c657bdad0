//! The ticker's lane above a model's tasks: a mark when a beat was due, and a line until it came.

use eframe::egui::{Mesh, Painter, Rect, Shape, Vec2, pos2};

use super::time_axis::TimeAxis;
use crate::lab::lanes::Lanes;
use crate::trial::Beat;
use crate::ui::theme;
use crate::units;

/// Height of the lane.
pub const HEIGHT: f32 = 15.0;
/// Largest distance between pointer and mark, pixels.
const REACH: f32 = 4.0;

/// Returns the late beats in the visible range.
fn visible(lanes: &Lanes, axis: TimeAxis) -> impl Iterator<Item = &Beat> {
    let end = lanes.late.partition_point(|beat| beat.due as f64 <= axis.range.to);
    lanes.late[..end].iter().filter(move |beat| (beat.due + beat.late) as f64 >= axis.range.from)
}

/// Returns true if a late beat is on screen.
pub fn any_visible(lanes: &Lanes, axis: TimeAxis) -> bool {
    visible(lanes, axis).next().is_some()
}

/// Draws the lane.
pub fn draw(painter: &Painter, lanes: &Lanes, axis: TimeAxis, lane: Rect, palette: &theme::Palette) {
    if lanes.worst.is_none() {
        return;
    }
    let clipped = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
    let middle = lane.center().y;
    let end = axis.x(lanes.wall_nanos as f64).clamp(lane.left(), lane.right());
    clipped.hline(lane.left()..=end, middle, (1.0, palette.hairline));
    let mut mesh = Mesh::default();
    let (mut drawn_to, mut last_mark) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for beat in visible(lanes, axis) {
        let (due, came) = (axis.x(beat.due as f64), axis.x((beat.due + beat.late) as f64).min(lane.right()));
        let from = due.max(drawn_to).max(lane.left());
        if came > from {
            let line = Rect::from_min_max(pos2(from, middle - 1.0), pos2(came, middle + 1.0));
            mesh.add_colored_rect(line, palette.secondary);
            drawn_to = came;
        }
        // Marks that would overlap are drawn once.
        if due - last_mark >= 2.0 {
            mesh.add_colored_rect(Rect::from_center_size(pos2(due, middle), Vec2::new(1.5, 9.0)), palette.text);
            last_mark = due;
        }
    }
    clipped.add(Shape::mesh(mesh));
}

/// Returns the hover text of the lane.
pub fn hover_text(lanes: &Lanes, axis: TimeAxis, x: f32) -> String {
    let distance = |beat: &Beat| (axis.x(beat.due as f64) - x).abs();
    let near = visible(lanes, axis)
        .filter(|beat| axis.x(beat.due as f64) - REACH <= x && axis.x((beat.due + beat.late) as f64) + REACH >= x)
        .min_by(|left, right| distance(left).total_cmp(&distance(right)));
    match near {
        Some(beat) => {
            let least = if lanes.never_came(*beat) { "had not come when the work ended: at least " } else { "came " };
            format!(
                "The beat due at {} {least}{} late",
                units::duration(beat.due as f64),
                units::duration(beat.late as f64)
            )
        }
        None => format!(
            "A ticker was due every 10 ms beside the work; {} of {} beats came 1 ms late or more. Beats missed \
             while one is late are left out",
            units::count(lanes.late.len() as u64),
            units::count(lanes.spans.beats.len() as u64)
        ),
    }
}
