//! The lanes of a model whose trial the time-out ended while tasks held locks: bars that go on to the time-out.

use eframe::egui::{Align2, CornerRadius, Mesh, Rect, Sense, Shape, Ui, Vec2, pos2};

use super::drawn_shapes::Drawn;
use super::group::WIDE_PITCH;
use super::group_names::{LINE_HEIGHT, names};
use super::marks::name_on;
use super::navigation::{Drag, pan_and_zoom};
use super::span_shapes::{SpanStyle, draw_span};
use super::time_axis::{BEYOND_WIDTH, NAMES_WIDTH, TimeAxis, lanes_rect, ticks};
use crate::failure::LockGraph;
use crate::lab::descriptions::full_name;
use crate::model::Contender;
use crate::trial::Stuck;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{figure, focus_ring, hue, painted, uncut};
use crate::units;

/// Draws the lanes and returns what is on screen.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, contender: &Contender, stuck: Stuck<'_>, axis: TimeAxis) -> Drawn {
    let palette = theme::palette(ui);
    let bars: Vec<_> = stuck.bars().collect();
    let others = stuck.graph.describe_others();
    let mut lines = vec![stuck.end()];
    lines.extend(others);
    let height = (bars.len() as f32 * WIDE_PITCH + 4.0).max(18.0 + lines.len() as f32 * LINE_HEIGHT + 2.0).max(46.0);
    let sentence = format!("Timeline of {}: {}: {}", full_name(contender), stuck.end(), stuck.graph);
    let (response, painter) =
        figure(ui, Vec2::new(NAMES_WIDTH + axis.width + BEYOND_WIDTH, height), Sense::click_and_drag(), &sentence);
    let plot = lanes_rect(response.rect, axis);
    let mut drawn = Drawn::default();
    if ui.is_rect_visible(response.rect) {
        names(ui, contender, &lines, response.rect);
        painter.rect_filled(plot, CornerRadius::same(2), palette.panel);
        let in_plot = painter.with_clip_rect(plot.intersect(ui.clip_rect()));
        for nanos in ticks(axis.range, axis.width) {
            in_plot.vline(axis.x(nanos), plot.y_range(), (1.0, palette.hairline));
        }
        let style = SpanStyle::of(hue(ui, contender), palette);
        for (index, (holder, parts)) in bars.iter().enumerate() {
            let top = plot.top() + 2.0 + index as f32 * WIDE_PITCH;
            let mut named = None;
            for part in parts {
                let (left, right) = (axis.x(part.from).max(plot.left()), axis.x(part.to).min(plot.right()));
                if right <= left {
                    continue;
                }
                let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + WIDE_PITCH - 3.0));
                let mut mesh = Mesh::default();
                draw_span(&mut mesh, part.phase, lane, style);
                in_plot.add(Shape::mesh(mesh));
                drawn.mark(part.phase);
                named = Some(lane);
            }
            if let Some(lane) = named {
                name_on(&in_plot, lane, &LockGraph::label(holder), palette);
            }
        }
        // A lane that goes on beyond the picture.
        if stuck.timeout_nanos > axis.range.to {
            let (at, label) = (plot.right_center() + Vec2::new(6.0, 0.0), units::duration(stuck.timeout_nanos));
            let style = (theme::small(), palette.secondary);
            painted(&painter, at, Align2::LEFT_CENTER, &format!("→ {label}"), style, BEYOND_WIDTH - 6.0);
        } else {
            painter.vline(axis.x(stuck.timeout_nanos), plot.y_range(), (1.0, palette.failure));
        }
        axis.draw_cursor(&painter, plot.y_range(), palette);
    }
    focus_ring(ui, &response);
    pan_and_zoom(ui, cx, &response, axis, Drag::Pans);
    response.on_hover_ui_at_pointer(|ui| {
        for holder in &stuck.graph.holders {
            uncut(ui, &units::capitalised(&stuck.graph.describe(holder)), theme::note(), palette.text);
        }
        uncut(ui, &units::capitalised(&stuck.end()), theme::note(), palette.secondary);
    });
    drawn
}
