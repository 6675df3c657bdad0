//! Marks of models in plots: hue by family, form by the place within the family, filled for Rust.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2};
use egui_plot::MarkerShape;

use crate::model::{Contender, Host};

/// Forms of the members of a family, in their order.
const FORMS: [MarkerShape; 5] =
    [MarkerShape::Circle, MarkerShape::Diamond, MarkerShape::Square, MarkerShape::Up, MarkerShape::Down];

/// Returns the form of a model among all of a plot: each member of a family on a host has another one.
pub fn form(contender: &Contender, all: &[Contender]) -> MarkerShape {
    let alike = |other: &&Contender| {
        other.model.info().family == contender.model.info().family && other.host.base() == contender.host.base()
    };
    let place = all.iter().filter(alike).position(|other| other == contender).unwrap_or(0);
    FORMS[place % FORMS.len()]
}

/// Returns true for a mark that is filled.
pub fn is_filled(contender: &Contender) -> bool {
    contender.host == Host::Rust
}

/// Paints a mark as plots draw it.
pub fn paint(painter: &Painter, centre: Pos2, radius: f32, hue: Color32, form: MarkerShape, filled: bool) {
    let at = |x: f32, y: f32| centre + Vec2::new(x, y) * radius;
    let points = match form {
        MarkerShape::Diamond => vec![at(0.0, -1.2), at(1.2, 0.0), at(0.0, 1.2), at(-1.2, 0.0)],
        MarkerShape::Square => vec![at(-0.9, -0.9), at(0.9, -0.9), at(0.9, 0.9), at(-0.9, 0.9)],
        MarkerShape::Up => vec![at(0.0, -1.1), at(1.1, 0.9), at(-1.1, 0.9)],
        MarkerShape::Down => vec![at(0.0, 1.1), at(1.1, -0.9), at(-1.1, -0.9)],
        _ if filled => {
            painter.circle_filled(centre, radius, hue);
            return;
        }
        _ => {
            painter.circle_stroke(centre, radius, Stroke::new(1.5, hue));
            return;
        }
    };
    let (fill, stroke) = if filled { (hue, Stroke::NONE) } else { (Color32::TRANSPARENT, Stroke::new(1.5, hue)) };
    painter.add(Shape::convex_polygon(points, fill, stroke));
}
