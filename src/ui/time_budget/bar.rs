//! One stacked bar, with what the pointer is at.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Sense, Ui, Vec2, pos2};

use super::{fill, legend};
use crate::analysis::time_budget::{self, Part, Stack};
use crate::chart::Fill;
use crate::ui::theme;
use crate::ui::widgets::{figure, painted};
use crate::units;

/// Height of a bar.
pub const HEIGHT: f32 = 16.0;
/// Space between two parts.
const GAP: f32 = 1.0;

/// Paints the bar; all of its total has the width of `rect`.
pub fn paint(ui: &Ui, painter: &Painter, rect: Rect, stack: &Stack, hue: Color32) {
    let palette = theme::palette(ui);
    for (part, of_part) in segments(rect, stack) {
        let of_part = if of_part.width() > 4.0 * GAP { of_part.with_max_x(of_part.right() - GAP) } else { of_part };
        // A part of less than a pixel is still there.
        let of_part = if of_part.width() < 0.75 { of_part.with_max_x(of_part.left() + 0.75) } else { of_part };
        fill::paint(painter, of_part, Fill::of(part), hue, palette);
    }
}

/// Returns the part at a position of the pointer, with its help.
pub fn part_at(rect: Rect, stack: &Stack, pointer: Pos2) -> Option<String> {
    if !rect.expand(1.0).contains(pointer) {
        return None;
    }
    let (part, _) = segments(rect, stack).find(|(_, of_part)| pointer.x <= of_part.right())?;
    Some(time_budget::part(stack, part, stack.nanos(part)?))
}

fn segments(rect: Rect, stack: &Stack) -> impl Iterator<Item = (Part, Rect)> {
    let mut before = 0_u64;
    stack.shown().map(move |(part, nanos)| {
        let x = |at: u64| rect.left() + (at as f64 / stack.total.max(1) as f64) as f32 * rect.width();
        let (left, right) = (x(before), x(before + nanos));
        before += nanos;
        (part, Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom())))
    })
}

/// Draws a bar over the width with its total, and the legend of its parts below.
pub fn with_legend(ui: &mut Ui, stack: &Stack, hue: Color32, sentence: &str) {
    let palette = theme::palette(ui);
    let (response, painter) = figure(ui, Vec2::new(ui.available_width(), HEIGHT), Sense::hover(), sentence);
    let total = units::duration(stack.total as f64);
    let at = response.rect.right_center();
    painted(&painter, at, Align2::RIGHT_CENTER, &total, (theme::figures(), palette.text), 80.0);
    let rect = response.rect.with_max_x(response.rect.right() - 88.0);
    paint(ui, &painter, rect, stack, hue);
    let tip = response.hover_pos().and_then(|pointer| part_at(rect, stack, pointer));
    response.on_hover_text(tip.unwrap_or_else(|| sentence.to_owned()));
    legend::with_shares(ui, stack, hue);
}
