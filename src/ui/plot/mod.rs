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

use super::frame_of_change;
use super::theme;
use super::widgets::focus_ring;

/// Width to leave free right of a plot for the half of its last label.
pub const RIGHT_MARGIN: f32 = 26.0;

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

/// Requests of the plots drawn so far in this pass.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    /// The axes of one have changed.
    pass: bool,
    /// One has not yet drawn its labels where the screen shows them.
    frame: bool,
}

/// Notes whether the axes of a plot have changed: egui_plot gives an axis the room that its labels needed before, so that
/// new ones would cover the axis' title. Axes that the user is moving are left until they rest. In a pass that is to be
/// discarded egui_plot draws no labels and so forgets their room: such a pass tells nothing.
fn settle<R>(ui: &Ui, shown: &PlotResponse<R>, is_discarded: bool) {
    let bounds = shown.transform.bounds();
    let now: Layout = (*shown.transform.frame(), bounds.min(), bounds.max());
    let id = shown.response.id.with("at rest");
    if is_discarded {
        ui.data_mut(|data| data.insert_temp(id, None::<Layout>));
        return;
    }
    let moves = ui.input(|input| input.pointer.any_down() || input.is_scrolling() || input.zoom_delta() != 1.0);
    let before: Option<Layout> = ui.data(|data| data.get_temp(id)).flatten();
    if !moves && before != Some(now) {
        ui.data_mut(|data| {
            data.insert_temp(id, Some(now));
            let wanted: &mut Wanted = data.get_temp_mut_or_default(wanted_id());
            wanted.pass = true;
            wanted.frame |= before.is_none();
        });
    }
}

fn wanted_id() -> Id {
    Id::unique("wanted by plots")
}

/// Has everything laid out once more where the axes of a plot have changed. To be called when all is drawn: no other plot
/// loses the room for its labels then. A second pass is part of the same frame, and so falls into no trial; where another
/// widget took it, the next frame follows at once.
pub fn lay_out_again(ui: &Ui) {
    let wanted: Wanted = ui.data_mut(|data| std::mem::take(data.get_temp_mut_or_default(wanted_id())));
    if wanted.pass {
        ui.ctx().request_discard("the axes of a plot have changed");
    }
    // Not without end, where something takes each second pass.
    if wanted.frame && !ui.ctx().will_discard() && !frame_of_change::was_drawn(ui, wanted_id().with("frame")) {
        ui.ctx().request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use eframe::egui::{Context, RawInput};
    use egui_plot::{Line, PlotPoints};

    use super::*;

    /// Draws a frame with two plots up to this value, whose labels are as wide as its digits, or without them; another
    /// widget takes the second pass or not. Returns the widths between their axes, and whether another frame is asked for.
    fn frame(ctx: &Context, most: Option<f64>, another_discards: bool) -> ([f32; 2], bool) {
        let widths = Cell::new([0.0; 2]);
        let mut pass = 0;
        let mut output = ctx.run_ui(RawInput::default(), |ui| {
            if pass == 0 && another_discards {
                ui.ctx().request_discard("another reason");
            }
            pass += 1;
            if let Some(most) = most {
                widths.set(["one", "two"].map(|id| {
                    let scale = || Scale::linear(|value| format!("{value:.0} of something"));
                    let figure = plot(id, scale(), scale(), ("time".to_owned(), "share".to_owned())).height(400.0);
                    let line = Line::new("line", PlotPoints::from(vec![[0.0, 0.0], [most, most]]));
                    show(ui, figure, "a line", |plot| plot.line(line)).transform.frame().width()
                }));
            }
            lay_out_again(ui);
        });
        output.textures_delta.clear();
        (widths.get(), ctx.has_requested_repaint())
    }

    #[test]
    fn plots_that_change_are_laid_out_in_the_same_frame_and_else_in_the_next_one() {
        let ctx = Context::default();
        let rest = |most| (0..9).map(|_| frame(&ctx, most, false)).find(|(_, again)| !again).expect("at rest").0;
        rest(None);
        let (narrow, again) = frame(&ctx, Some(1e3), true);
        assert!(again, "they come into sight without room for their labels");
        let ([one, two], again) = frame(&ctx, Some(1e3), false);
        assert!(!again && one == two && one < narrow[0], "{one} and {two}, not {narrow:?}");
        let (wider, again) = frame(&ctx, Some(1e12), false);
        assert!(
            !again && wider[0] == wider[1] && wider[0] < one,
            "both in the frame of the change: {wider:?}, not {one}"
        );
        assert_eq!(rest(Some(1e12)), wider);
        assert!(frame(&ctx, Some(1e12), true).1, "the room is lost: it is laid out once more");
        assert_eq!(rest(Some(1e12)), wider);
        assert!((0..9).any(|_| !frame(&ctx, Some(1e12), true).1), "no frame after the other without end");
    }
}
