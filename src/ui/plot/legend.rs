//! The legend above a plot: a button for each model, which hides or shows its curves.

use eframe::egui::{Role, Sense, Ui, Vec2, WidgetInfo, accesskit};

use super::marker;
use crate::lab::Command;
use crate::model::Contender;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{focus_ring, hue, part};

/// Side of a model's mark.
const MARK: f32 = 10.0;

/// Draws a button for each model in its hue.
pub fn legend(ui: &mut Ui, cx: &mut ViewContext<'_>, contenders: &[Contender]) {
    part(ui, Role::Group, "Legend", |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(4.0, 2.0);
            for contender in contenders {
                one(ui, cx, contender, contenders);
            }
        });
    });
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, contender: &Contender, all: &[Contender]) {
    let palette = theme::palette(ui);
    let shown = !cx.lab.view.hidden_curves.contains(contender);
    let colour = if shown { palette.text } else { palette.tertiary };
    let title = contender.title();
    let galley = ui.painter().layout_no_wrap(title.clone(), theme::note(), colour);
    let size = Vec2::new(galley.size().x + MARK + 18.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Curve of {title}")));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_toggled(accesskit::Toggled::from(shown)));
    let hue = if shown { hue(ui, contender) } else { palette.hairline };
    let centre = rect.left_center() + Vec2::new(6.0 + MARK / 2.0, 0.0);
    let form = marker::form(contender, all);
    marker::paint(ui.painter(), centre, MARK / 2.0, hue, form, marker::is_filled(contender));
    let at = rect.left_center() + Vec2::new(MARK + 12.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
    focus_ring(ui, &response);
    if response.on_hover_text("Hides or shows the curve of this model").clicked() {
        cx.push(Command::ToggleCurve(contender.clone()));
    }
}
