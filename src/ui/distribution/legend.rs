//! Legend of both plots. A click on a model leaves it out of them, or shows it again.

use eframe::egui::{Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::series::Series;
use crate::lab::Command;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::focus_ring;

/// Width of the sample of a curve.
const SAMPLE_WIDTH: f32 = 26.0;
const HEIGHT: f32 = 22.0;

/// Draws the legend.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, series: &[Series]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(4.0, 2.0);
        for one in series {
            entry(ui, cx, one);
        }
    });
}

fn entry(ui: &mut Ui, cx: &mut ViewContext<'_>, series: &Series) {
    let palette = theme::palette(ui);
    let title = series.contender.title();
    let colour = if series.shown { palette.text } else { palette.tertiary };
    let galley = ui.painter().layout_no_wrap(title.clone(), theme::note(), colour);
    let size = Vec2::new(galley.size().x + SAMPLE_WIDTH + 18.0, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, series.shown, &title));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::CORNER, palette.raised);
    }
    let left = rect.left() + 6.0;
    let sample = Rect::from_min_max(pos2(left, rect.top()), pos2(left + SAMPLE_WIDTH, rect.bottom()));
    series.style.sample(ui.painter(), sample, series.shown);
    let at = pos2(sample.right() + 6.0, rect.center().y - galley.size().y / 2.0);
    let text = Rect::from_min_size(at, galley.size());
    ui.painter().galley(at, galley, colour);
    if !series.shown {
        ui.painter().hline(text.x_range(), text.center().y + 1.0, (1.0, palette.tertiary));
    }
    focus_ring(ui, &response);
    let tip = if series.shown { "Leaves this model out of both plots" } else { "Shows this model in both plots again" };
    if response.on_hover_text(tip).clicked() {
        cx.push(Command::ToggleDistribution(series.contender.clone()));
    }
}
