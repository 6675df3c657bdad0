//! Shapes of spans: the shape shows the phase, the colour the model, or what the user chose.

use eframe::egui::{Color32, Mesh, Pos2, Rect, Vec2, pos2};

use crate::model::Family;
use crate::trial::Phase;
use crate::ui::theme::Palette;

/// Width below which hatching is replaced by a tint.
const LEAST_HATCHED: f32 = 6.0;
/// Width below which a fetch is drawn without caps.
const LEAST_CAPPED: f32 = 7.0;
/// Distance between stripes.
const STRIPES: f32 = 5.0;
/// Length of a dash of a transfer, and of the gap after it.
const DASH: f32 = 3.0;
const DASH_GAP: f32 = 2.0;
/// Width of a stripe along the time axis.
const STRIPE: f32 = 2.0;

/// The colours of one group of lanes.
#[derive(Clone, Copy)]
pub struct SpanStyle {
    /// Model.
    pub hue: Color32,
    /// Queueing.
    pub queue: Color32,
    /// Waiting for a lock.
    pub lock_wait: Color32,
    /// Waiting for an interpreter.
    pub gil_wait: Color32,
}

impl SpanStyle {
    /// Returns the colours of a model of this hue.
    pub fn of(hue: Color32, palette: &Palette) -> Self {
        Self {
            hue,
            queue: palette.queue,
            lock_wait: palette.lock_wait,
            gil_wait: palette.family(Family::SubInterpreters),
        }
    }
}

/// Draws one span within the height of its lane. Compute fills it, a file step takes half of it, code of the user's a
/// little less than all of it, wait is a thin bar, a fetch a thin bar with caps, lock wait is hatched, reading and making
/// a payload is paler, its transfer a dashed bar.
pub fn draw_span(mesh: &mut Mesh, phase: Phase, lane: Rect, style: SpanStyle) {
    let within = |share: f32| {
        let height = (lane.height() * share).max(2.0).round();
        let top = lane.top() + ((lane.height() - height) / 2.0).round();
        Rect::from_min_size(pos2(lane.left(), top), Vec2::new(lane.width(), height))
    };
    match phase {
        Phase::Compute => mesh.add_colored_rect(lane, style.hue),
        Phase::Wait => mesh.add_colored_rect(within(0.34), style.hue),
        Phase::File => mesh.add_colored_rect(within(0.6), style.hue),
        Phase::Http => {
            mesh.add_colored_rect(within(0.34), style.hue);
            if lane.width() >= LEAST_CAPPED {
                let cap = within(0.86);
                let size = Vec2::new(2.0, cap.height());
                mesh.add_colored_rect(Rect::from_min_size(cap.min, size), style.hue);
                mesh.add_colored_rect(Rect::from_min_size(cap.right_top() - Vec2::new(2.0, 0.0), size), style.hue);
            }
        }
        Phase::LockWait if lane.width() < LEAST_HATCHED => {
            mesh.add_colored_rect(lane, style.lock_wait.gamma_multiply(0.7));
        }
        Phase::LockWait => hatch(mesh, lane, style.lock_wait),
        Phase::Payload => {
            mesh.add_colored_rect(within(0.7), style.hue.gamma_multiply(0.55));
        }
        Phase::Transfer => {
            let bar = within(0.34);
            let mut left = bar.left();
            while left < bar.right() {
                let right = (left + DASH).min(bar.right());
                mesh.add_colored_rect(Rect::from_x_y_ranges(left..=right, bar.y_range()), style.hue);
                left += DASH + DASH_GAP;
            }
        }
        Phase::OwnCode => mesh.add_colored_rect(within(0.86), style.hue),
    }
}

/// Draws GIL wait over the task: hatched in the other direction than lock wait. Its position within the task is
/// unknown, so it is at the end.
pub fn draw_gil_wait(mesh: &mut Mesh, lane: Rect, style: SpanStyle, ground: Color32) {
    mesh.add_colored_rect(lane, ground);
    if lane.width() < LEAST_HATCHED {
        mesh.add_colored_rect(lane, style.gil_wait.gamma_multiply(0.7));
        return;
    }
    let begin = mesh.vertices.len();
    hatch(mesh, lane, style.gil_wait);
    let middle = lane.center().y;
    for vertex in &mut mesh.vertices[begin..] {
        vertex.pos.y = 2.0 * middle - vertex.pos.y;
    }
}

/// Draws stripes at 45° over a faint background. Their positions are fixed in the window, so that the spans of
/// neighbouring lanes join.
pub fn hatch(mesh: &mut Mesh, rect: Rect, colour: Color32) {
    mesh.add_colored_rect(rect, colour.gamma_multiply(0.22));
    let height = rect.height();
    let mut foot = ((rect.left() - height) / STRIPES).floor() * STRIPES;
    while foot < rect.right() {
        let corners = [
            pos2(foot, rect.bottom()),
            pos2(foot + STRIPE, rect.bottom()),
            pos2(foot + STRIPE + height, rect.top()),
            pos2(foot + height, rect.top()),
        ];
        let uncut = foot >= rect.left() && foot + STRIPE + height <= rect.right();
        if uncut {
            polygon(mesh, &corners, colour);
        } else {
            let right_of = cut(&corners, |at| at.x - rect.left());
            polygon(mesh, &cut(&right_of, |at| rect.right() - at.x), colour);
        }
        foot += STRIPES;
    }
}

/// Returns the part of a convex polygon where `inside` is not negative.
fn cut(corners: &[Pos2], inside: impl Fn(Pos2) -> f32) -> Vec<Pos2> {
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (index, from) in corners.iter().enumerate() {
        let to = corners[(index + 1) % corners.len()];
        let (here, there) = (inside(*from), inside(to));
        if here >= 0.0 {
            kept.push(*from);
        }
        if (here < 0.0) != (there < 0.0) {
            kept.push(from.lerp(to, here / (here - there)));
        }
    }
    kept
}

fn polygon(mesh: &mut Mesh, corners: &[Pos2], colour: Color32) {
    let first = mesh.vertices.len() as u32;
    for corner in corners {
        mesh.colored_vertex(*corner, colour);
    }
    for index in 2..corners.len() as u32 {
        mesh.add_triangle(first, first + index - 1, first + index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::ALL_PHASES;

    fn drawn(phase: Phase, width: f32) -> Mesh {
        let style = SpanStyle {
            hue: Color32::from_gray(1),
            queue: Color32::from_gray(2),
            lock_wait: Color32::from_gray(3),
            gil_wait: Color32::from_gray(4),
        };
        let mut mesh = Mesh::default();
        draw_span(&mut mesh, phase, Rect::from_min_size(pos2(103.0, 20.0), Vec2::new(width, 7.0)), style);
        mesh
    }

    #[test]
    fn every_phase_has_its_own_shape() {
        for (index, phase) in ALL_PHASES.into_iter().enumerate() {
            for other in &ALL_PHASES[index + 1..] {
                let (one, other) = (drawn(phase, 40.0), drawn(*other, 40.0));
                let shape =
                    |mesh: &Mesh| mesh.vertices.iter().map(|vertex| (vertex.pos.x, vertex.pos.y)).collect::<Vec<_>>();
                assert_ne!(shape(&one), shape(&other));
            }
        }
    }

    #[test]
    fn hatching_stays_in_its_rectangle_and_is_a_tint_where_it_is_narrow() {
        let wide = drawn(Phase::LockWait, 200.0);
        let inside = Rect::from_min_max(pos2(102.99, 19.99), pos2(303.01, 27.01));
        assert!(wide.vertices.iter().all(|vertex| inside.contains(vertex.pos)));
        assert!((40..60).contains(&(wide.indices.len() / 6)), "{} stripes", wide.indices.len() / 6);
        assert_eq!(drawn(Phase::LockWait, 5.0).indices.len(), 6);
    }
}
