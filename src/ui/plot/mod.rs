//! Plots with axes, on egui_plot: axis scales, colours, and the sentence that assistive clients read.

mod axis;
mod legend;
pub mod marker;

use eframe::egui::{Role, Ui, WidgetInfo};
use egui_plot::{Plot, PlotResponse, PlotUi};

pub use axis::Scale;
pub use legend::legend;

use super::theme;

/// Creates a plot with the lab's look and two axes. Positions are in the coordinates of the scales.
pub fn plot<'a>(id: &str, x: Scale<'a>, y: Scale<'a>, labels: (String, String)) -> Plot<'a> {
    let plot = Plot::new(id.to_owned())
        .show_background(false)
        .allow_scroll(false)
        .allow_boxed_zoom(true)
        .x_axis_label(labels.0)
        .y_axis_label(labels.1)
        .y_axis_min_width(52.0);
    y.on_y(x.on_x(plot))
}

/// Draws a plot. Assistive clients see it as an image with a sentence.
pub fn show<'a, R>(
    ui: &mut Ui,
    plot: Plot<'a>,
    sentence: &str,
    add: impl FnOnce(&mut PlotUi<'a>) -> R + 'a,
) -> PlotResponse<R> {
    let palette = theme::palette(ui);
    let shown = plot.grid_color(palette.hairline).show(ui, add);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence));
    shown
}
