//! An item of a plot that paints itself and takes no part in the plot's bounds, hovering and legend.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Shape, Ui};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};

/// Paints an item.
pub trait Painter {
    /// Appends the item's shapes.
    fn paint(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>);
}

/// A painter as an item of a plot.
pub struct Painted<P> {
    base: PlotItemBase,
    hue: Color32,
    painter: P,
}

impl<P: Painter> Painted<P> {
    /// Creates the item with an id of its own.
    pub fn new(id: &str, hue: Color32, painter: P) -> Self {
        Self { base: PlotItemBase::new(id.to_owned()), hue, painter }
    }
}

impl<P: Painter> PlotItem for Painted<P> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        self.painter.paint(ui, transform, shapes);
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.hue
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
