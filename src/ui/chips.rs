//! The marks beside the name of a run.

use eframe::egui::{Color32, Frame, Margin, Stroke, Ui};

use super::theme;
use super::widgets::uncut;
use crate::analysis::RemarkKind;
use crate::lab::chips::chips;
use crate::lab::run::Run;

/// Draws the marks of a run in one row, in the direction of the layout.
pub fn show(ui: &mut Ui, run: &Run) {
    for chip in chips(run) {
        let colour = colour(ui, chip.kind());
        let frame = Frame::new().stroke(Stroke::new(1.0, colour.gamma_multiply(0.6)));
        let frame = frame.corner_radius(theme::CORNER).inner_margin(Margin::symmetric(6, 1));
        frame.show(ui, |ui| uncut(ui, &chip.label(), theme::small(), colour)).inner.on_hover_text(chip.tip());
    }
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
