//! Plots with axes, on egui_plot: axis scales, colours, and the sentence that assistive clients read.

mod axis;
mod keyboard;
mod legend;
pub mod marker;
mod painted;
mod series;

use eframe::egui::{Id, Rangef, Rect, Role, Ui, WidgetInfo};
use egui_plot::{AxisHints, Plot, PlotResponse, PlotUi};

pub use axis::Scale;
pub use keyboard::HINT as KEYS_HINT;
pub use legend::legend;
pub use painted::{Painted, Painter};
pub use series::{LINE_WIDTH, SeriesStyle, series_styles};

use super::theme;
use super::widgets::focus_ring;

/// Width to leave free right of a plot for the half of its last label.
pub const RIGHT_MARGIN: f32 = 26.0;

/// Most frames in a row that a plot asks for until it has room for its labels.
const MOST_FRAMES: u32 = 4;

/// Creates a plot with the lab's look and two axes. Positions are in the coordinates of the scales.
pub fn plot<'a>(id: &str, x: Scale<'a>, y: Scale<'a>, labels: (String, String)) -> Plot<'a> {
    // Labels this close still have their full colour.
    let close = AxisHints::new_y().label_spacing(Rangef::new(15.0, 16.0));
    let plot = Plot::new(id.to_owned())
        .custom_y_axes(vec![close])
        .show_background(false)
        .allow_scroll(false)
        .allow_boxed_zoom(true)
        .x_axis_label(labels.0)
        .y_axis_label(labels.1)
        .y_axis_min_width(52.0);
    y.on_y(x.on_x(plot))
}

/// Draws a plot. Assistive clients see it as an image with a sentence; the keyboard moves and zooms it while it has the
/// focus.
pub fn show<'a, R>(
    ui: &mut Ui,
    plot: Plot<'a>,
    sentence: &str,
    add: impl FnOnce(&mut PlotUi<'a>) -> R + 'a,
) -> PlotResponse<R> {
    let palette = theme::palette(ui);
    let is_discarded = ui.ctx().will_discard();
    let shown = plot.grid_color(palette.hairline).show(ui, |plot| {
        keyboard::pan_and_zoom(plot);
        add(plot)
    });
    settle(ui, &shown, is_discarded);
    focus_ring(ui, &shown.response);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence));
    shown
}

/// The room between the axes, and the least and largest values.
type Layout = (Rect, [f64; 2], [f64; 2]);

/// Has a plot laid out once more where its axes have changed: egui_plot gives an axis the room that its labels needed
/// before, so that new ones would cover the axis' title. A second pass is part of the same frame, and so falls into no
/// trial. Axes that the user is moving are left until they rest. A pass that was discarded already when the plot was drawn
/// tells nothing.
fn settle<R>(ui: &Ui, shown: &PlotResponse<R>, is_discarded: bool) {
    let bounds = shown.transform.bounds();
    let now: Layout = (*shown.transform.frame(), bounds.min(), bounds.max());
    let id = shown.response.id.with("at rest");
    if is_discarded {
        ui.data_mut(|data| data.insert_temp(id, None::<Layout>));
        return;
    }
    let moves = ui.input(|input| input.pointer.any_down() || input.is_scrolling() || input.zoom_delta() != 1.0);
    if !moves && ui.data(|data| data.get_temp(id)) != Some(Some(now)) {
        ui.data_mut(|data| data.insert_temp(id, Some(now)));
        ui.ctx().request_discard("the axes of a plot have changed");
        // A frame has two passes. In one that is discarded egui_plot draws no labels and so forgets their room: what
        // another widget has discarded, and what comes into sight in the second pass, is laid out in the next frame.
        // Several plots may wait for each other.
        if !ui.ctx().will_discard() && asks_again(ui, id.with("frames in a row")) {
            ui.ctx().request_repaint();
        }
    }
}

/// Returns true for a few frames in a row: something else may discard every first pass.
fn asks_again(ui: &Ui, id: Id) -> bool {
    let frame = ui.ctx().cumulative_frame_nr();
    let (last, before): (u64, u32) = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let in_a_row = if last + 1 == frame { before + 1 } else { 1 };
    ui.data_mut(|data| data.insert_temp(id, (frame, in_a_row)));
    in_a_row <= MOST_FRAMES
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Context, RawInput};
    use egui_plot::{Line, PlotPoints};

    use super::*;

    #[test]
    fn a_plot_is_laid_out_in_the_next_frame_where_another_widget_took_the_second_pass() {
        let ctx = Context::default();
        let width = std::cell::Cell::new(0.0);
        let frame = |is_shown: bool, another_discards: bool| {
            let mut pass = 0;
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                if pass == 0 && another_discards {
                    ui.ctx().request_discard("another reason");
                }
                pass += 1;
                if !is_shown {
                    return;
                }
                let labels = ("time".to_owned(), "share".to_owned());
                let figure = plot(
                    "figure",
                    Scale::linear(|_| "a wide label".to_owned()),
                    Scale::linear(|_| "a wide label".to_owned()),
                    labels,
                );
                let line = Line::new("line", PlotPoints::from(vec![[0.0, 0.0], [1.0, 1.0]]));
                width.set(show(ui, figure, "a line", |plot| plot.line(line)).transform.frame().width());
            });
            output.textures_delta.clear();
            ctx.has_requested_repaint()
        };
        assert!((0..9).any(|_| !frame(false, false)), "nothing is there");
        assert!(frame(true, true), "it comes into sight without room for its labels");
        let narrow = width.get();
        assert!((0..9).any(|_| !frame(true, false)) && width.get() < narrow, "at rest");
        let settled = width.get();
        assert!(frame(true, true) && width.get() > settled, "it has lost the room: it is laid out once more");
        assert!((0..9).any(|_| !frame(true, false)) && width.get() == settled, "at rest again");
        assert!((0..9).any(|_| !frame(true, true)), "no frame after the other without end");
    }
}
