//! Styles of curves: the hue is the family's, and the members of a family differ by dashes and markers, so that colour is
//! never alone.

use eframe::egui::{Color32, Painter, Rect, Shape, Stroke, Ui, Vec2, pos2};
use egui_plot::{LineStyle, MarkerShape};

use crate::model::{Contender, Host};
use crate::ui::widgets::hue;

/// Style of one model's curve.
#[derive(Clone, Copy)]
pub struct SeriesStyle {
    /// Hue of the family.
    pub colour: Color32,
    /// Dashes.
    pub line: LineStyle,
    /// Shape of the marks.
    pub marker: MarkerShape,
    /// True if marks are filled: models of Rust.
    pub filled: bool,
}

/// Width of a curve.
pub const LINE_WIDTH: f32 = 1.8;

/// Dashes and markers of the first, second, … member of a family.
const MEMBERS: [(LineStyle, MarkerShape); 4] = [
    (LineStyle::Solid, MarkerShape::Circle),
    (LineStyle::Dashed { length: 9.0 }, MarkerShape::Diamond),
    (LineStyle::Dotted { spacing: 5.0 }, MarkerShape::Square),
    (LineStyle::Dashed { length: 4.0 }, MarkerShape::Up),
];

/// Returns the styles of these models, which are in the experiment's order.
pub fn series_styles(ui: &Ui, contenders: &[Contender]) -> Vec<SeriesStyle> {
    let family = |contender: &Contender| contender.model.info().family;
    let style = |(index, contender): (usize, &Contender)| {
        let before = contenders[..index].iter().filter(|other| family(other) == family(contender)).count();
        let (line, marker) = MEMBERS[before % MEMBERS.len()];
        SeriesStyle { colour: hue(ui, contender), line, marker, filled: contender.host == Host::Rust }
    };
    contenders.iter().enumerate().map(style).collect()
}

impl SeriesStyle {
    /// Draws a piece of the curve with a mark, for legends. A curve that is not shown is drawn faintly.
    pub fn sample(&self, painter: &Painter, rect: Rect, shown: bool) {
        let colour = if shown { self.colour } else { self.colour.gamma_multiply(0.4) };
        let stroke = Stroke::new(LINE_WIDTH, colour);
        let ends = [rect.left_center(), rect.right_center()];
        match self.line {
            LineStyle::Solid => {
                painter.line_segment(ends, stroke);
            }
            LineStyle::Dashed { length } => {
                painter.extend(Shape::dashed_line(&ends, stroke, length, length * 0.6));
            }
            LineStyle::Dotted { spacing } => {
                painter.extend(Shape::dotted_line(&ends, colour, spacing, LINE_WIDTH / 2.0));
            }
        }
        let (fill, stroke) = if self.filled { (colour, Stroke::NONE) } else { (Color32::TRANSPARENT, stroke) };
        let (centre, radius) = (rect.center(), 3.5);
        let corners = |offsets: &[(f32, f32)]| {
            offsets.iter().map(|(x, y)| pos2(centre.x + x * radius, centre.y + y * radius)).collect::<Vec<_>>()
        };
        match self.marker {
            MarkerShape::Diamond => {
                let diamond = corners(&[(0.0, 1.2), (-1.2, 0.0), (0.0, -1.2), (1.2, 0.0)]);
                painter.add(Shape::convex_polygon(diamond, fill, stroke));
            }
            MarkerShape::Square => {
                let square = Rect::from_center_size(centre, Vec2::splat(radius * 1.7));
                painter.rect(square, 0.0, fill, stroke, eframe::egui::StrokeKind::Middle);
            }
            MarkerShape::Up => {
                let triangle = corners(&[(0.0, -1.1), (1.0, 0.8), (-1.0, 0.8)]);
                painter.add(Shape::convex_polygon(triangle, fill, stroke));
            }
            _ => {
                painter.circle(centre, radius, fill, stroke);
            }
        }
    }
}
