//! Names of curves right of their last points, moved apart where they would cover each other, each with a line from its
//! point.

use eframe::egui::{Align2, Color32, Shape, Stroke, Ui, Vec2, pos2};
use egui_plot::{Plot, PlotPoint, PlotTransform};

use crate::chart::spread;
use crate::ui::plot::Painter;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::text_width;

/// Most curves that are named at their ends; more are told apart by the legend alone.
const MOST_NAMED: usize = 8;
/// Height of a name.
const NAME_HEIGHT: f32 = 15.0;
/// Share of the plot's height that the names may take together.
const MOST_HEIGHT: f32 = 0.7;
/// Distance between a point and its name.
const GAP: f32 = 16.0;
/// Radius of a point, from where the line begins.
const POINT: f32 = 5.0;

/// Name of a curve.
pub struct EndName {
    pub title: String,
    /// Its last point, in the coordinates of the plot.
    pub at: PlotPoint,
    pub hue: Color32,
}

/// Names of all curves shown, from the top.
pub struct EndNames {
    names: Vec<EndName>,
    palette: &'static Palette,
}

impl EndNames {
    /// `None` if there are none, or too many for a plot of this height.
    pub fn of(mut names: Vec<EndName>, height: f32, palette: &'static Palette) -> Option<Self> {
        names.sort_by(|one, other| other.at.y.total_cmp(&one.at.y));
        let fits = names.len() <= MOST_NAMED && names.len() as f32 * NAME_HEIGHT < height * MOST_HEIGHT;
        (fits && !names.is_empty()).then_some(Self { names, palette })
    }

    /// Widens the horizontal axis of a plot, `room` points wide, by what the names take right of the last value.
    pub fn with_room<'a>(&self, figure: Plot<'a>, (from, to): (f64, f64), room: f32, ui: &Ui) -> Plot<'a> {
        let width = |name: &EndName| text_width(ui.painter(), &name.title, &theme::small());
        let widest = self.names.iter().map(width).fold(0.0, f32::max);
        let share = f64::from(((widest + GAP + 8.0) / room.max(1.0)).min(0.4));
        if to > from { figure.include_x(to + (to - from) * share / (1.0 - share)) } else { figure }
    }
}

impl Painter for EndNames {
    fn paint(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let bottom = transform.frame().bottom() - NAME_HEIGHT / 2.0;
        let ends: Vec<_> = self.names.iter().map(|name| transform.position_from_point(&name.at)).collect();
        let wanted: Vec<f64> = ends.iter().map(|end| f64::from(end.y)).collect();
        let placed = spread(&wanted, f64::from(NAME_HEIGHT), f64::from(bottom));
        let last = self.names.iter().map(|name| name.at.x).fold(f64::NEG_INFINITY, f64::max);
        for ((name, end), y) in self.names.iter().zip(ends).zip(placed) {
            let beside = pos2(end.x + GAP, y as f32);
            let galley = ui.painter().layout_no_wrap(name.title.clone(), theme::small(), self.palette.text);
            let text = Align2::LEFT_CENTER.anchor_size(beside, galley.size());
            // Lines of the grid would go through the name; of a curve that ends early it may be among others.
            if name.at.x >= last {
                shapes.push(Shape::rect_filled(text.expand2(Vec2::new(2.0, 0.0)), 0.0, self.palette.background));
            }
            let line = [end + Vec2::new(POINT, 0.0), beside - Vec2::new(3.0, 0.0)];
            shapes.push(Shape::line_segment(line, Stroke::new(1.0, name.hue.gamma_multiply(0.7))));
            shapes.push(Shape::galley(text.min, galley, self.palette.text));
        }
    }
}
