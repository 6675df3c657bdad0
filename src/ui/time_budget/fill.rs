//! Paints the parts of a stacked bar with the looks that reports have.

use eframe::egui::{Color32, Mesh, Painter, Rect, Shape, Vec2, pos2};

use crate::chart::{BarState, Fill, Ink};
use crate::model::Family;
use crate::trial::Phase;
use crate::ui::theme::Palette;
use crate::ui::timeline::hatch;

/// Width below which stripes are replaced by a tint.
const LEAST_HATCHED: f32 = 5.0;
/// Width below which a fetch is drawn without caps.
const LEAST_CAPPED: f32 = 8.0;
/// Length of a dash, and of the gap after it.
const DASH: (f32, f32) = (4.0, 3.0);
/// Distance between dots.
const DOTS: f32 = 4.0;

/// Paints a part.
pub fn paint(painter: &Painter, rect: Rect, fill: Fill, hue: Color32, palette: &Palette) {
    painter.add(Shape::mesh(mesh(rect, fill, hue, palette)));
}

fn mesh(rect: Rect, fill: Fill, hue: Color32, palette: &Palette) -> Mesh {
    let mut mesh = Mesh::default();
    match fill {
        Fill::State(state) => paint_state(&mut mesh, rect, state, hue, palette),
        Fill::Hue { height, opacity } => {
            mesh.add_colored_rect(
                within(rect, f32::from(height) / 100.0),
                hue.gamma_multiply(f32::from(opacity) / 100.0),
            );
        }
        Fill::HatchedHue => stripes(&mut mesh, rect, hue, false),
        Fill::Solid { ink, height, opacity } => {
            let colour = match ink {
                Ink::Text => palette.text,
                Ink::Secondary => palette.secondary,
                Ink::Tertiary => palette.tertiary,
            };
            mesh.add_colored_rect(
                within(rect, f32::from(height) / 100.0),
                colour.gamma_multiply(f32::from(opacity) / 100.0),
            );
        }
        Fill::HatchedGrey => stripes(&mut mesh, rect, palette.queue, true),
        Fill::Empty => {
            mesh.add_colored_rect(rect, palette.raised);
            mesh.add_colored_rect(rect.with_min_y(rect.bottom() - 1.0), palette.queue);
        }
    }
    mesh
}

fn paint_state(mesh: &mut Mesh, rect: Rect, state: BarState, hue: Color32, palette: &Palette) {
    match state {
        BarState::Queue => {
            let middle = rect.center().y;
            repeated(mesh, rect.with_min_y(middle - 1.0).with_max_y(middle + 1.0), (1.5, DOTS - 1.5), palette.queue);
        }
        BarState::GilWait => stripes(mesh, rect, palette.family(Family::SubInterpreters), true),
        BarState::Phase(phase) => match phase {
            Phase::Compute => mesh.add_colored_rect(rect, hue),
            Phase::Wait => mesh.add_colored_rect(within(rect, 0.34), hue),
            Phase::File => mesh.add_colored_rect(within(rect, 0.6), hue),
            Phase::OwnCode => mesh.add_colored_rect(within(rect, 0.86), hue),
            Phase::Http => {
                mesh.add_colored_rect(within(rect, 0.34), hue);
                if rect.width() >= LEAST_CAPPED {
                    let cap = within(rect, 0.86);
                    mesh.add_colored_rect(cap.with_max_x(cap.left() + 2.0), hue);
                    mesh.add_colored_rect(cap.with_min_x(cap.right() - 2.0), hue);
                }
            }
            Phase::LockWait => stripes(mesh, rect, palette.lock_wait, false),
            Phase::Payload => mesh.add_colored_rect(within(rect, 0.8), hue.gamma_multiply(0.55)),
            Phase::Transfer => repeated(mesh, within(rect, 0.34), DASH, hue),
        },
    }
}

/// Returns the middle of a rectangle, over a share of its height.
fn within(rect: Rect, share: f32) -> Rect {
    let height = (rect.height() * share).max(2.0);
    Rect::from_center_size(rect.center(), Vec2::new(rect.width(), height))
}

fn repeated(mesh: &mut Mesh, rect: Rect, (length, gap): (f32, f32), colour: Color32) {
    let mut left = rect.left();
    while left < rect.right() {
        let right = (left + length).min(rect.right());
        mesh.add_colored_rect(Rect::from_x_y_ranges(left..=right, rect.y_range()), colour);
        left += length + gap;
    }
}

/// Draws stripes that rise from left to right, or fall.
fn stripes(mesh: &mut Mesh, rect: Rect, colour: Color32, fall: bool) {
    if rect.width() < LEAST_HATCHED {
        mesh.add_colored_rect(rect, colour.gamma_multiply(0.7));
        return;
    }
    let begin = mesh.vertices.len();
    hatch(mesh, rect, colour);
    if fall {
        let middle = rect.center().y;
        for vertex in &mut mesh.vertices[begin..] {
            vertex.pos = pos2(vertex.pos.x, 2.0 * middle - vertex.pos.y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::time_budget::Part;
    use crate::ui::theme;

    fn drawn(part: Part) -> Vec<(i32, i32, Color32)> {
        let rect = Rect::from_min_size(pos2(10.0, 10.0), Vec2::new(60.0, 14.0));
        let mesh = mesh(rect, Fill::of(part), theme::DARK.family(Family::Pools), &theme::DARK);
        mesh.vertices.iter().map(|one| ((one.pos.x * 8.0) as i32, (one.pos.y * 8.0) as i32, one.color)).collect()
    }

    #[test]
    fn no_two_parts_of_a_total_look_alike() {
        let cores = [
            Part::CoreTasks,
            Part::CoreStamps,
            Part::CoreOverhead,
            Part::CoreOwn,
            Part::CoreServer,
            Part::CoreLab,
            Part::CoreOthers,
            Part::CoreIdle,
            Part::CoreRest,
        ];
        let tasks = [
            Part::TaskQueue,
            Part::TaskCompute,
            Part::TaskWait,
            Part::TaskHttp,
            Part::TaskFile,
            Part::TaskMemory,
            Part::TaskShared,
            Part::TaskLock,
            Part::TaskGil,
            Part::TaskPayload,
            Part::TaskTransfer,
            Part::TaskOwnCode,
            Part::TaskRest,
        ];
        for parts in [&cores[..], &tasks[..]] {
            for (index, part) in parts.iter().enumerate() {
                for other in &parts[index + 1..] {
                    assert_ne!(drawn(*part), drawn(*other), "{part:?} and {other:?}");
                }
            }
        }
    }
}
