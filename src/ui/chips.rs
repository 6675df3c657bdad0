//! The marks beside the name of a run.

use eframe::egui::{Color32, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::theme;
use crate::analysis::RemarkKind;
use crate::lab::chips::Chip;
use crate::lab::run::Run;

/// Room around the words.
const PADDING: Vec2 = Vec2::new(6.0, 2.0);

/// Draws the marks of a run in one row, in the direction of the layout.
pub fn show(ui: &mut Ui, run: &Run) {
    for chip in run.chips() {
        one(ui, chip);
    }
}

fn one(ui: &mut Ui, chip: &Chip) {
    let colour = colour(ui, chip.kind());
    let label = chip.label();
    let galley = ui.painter().layout_no_wrap(label.clone(), theme::small(), colour);
    let (rect, response) = ui.allocate_exact_size(galley.size() + 2.0 * PADDING, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &label));
    let edge = Stroke::new(1.0, colour.gamma_multiply(0.6));
    ui.painter().rect_stroke(rect, theme::CORNER, edge, StrokeKind::Inside);
    ui.painter().galley(rect.min + PADDING, galley, colour);
    response.on_hover_text(chip.tip());
}

/// Returns the colour of a remark: failures red, doubts amber.
pub fn colour(ui: &Ui, kind: RemarkKind) -> Color32 {
    let palette = theme::palette(ui);
    match kind {
        RemarkKind::Failure => palette.failure,
        RemarkKind::Doubt => palette.caveat,
        RemarkKind::Note => palette.tertiary,
    }
}
