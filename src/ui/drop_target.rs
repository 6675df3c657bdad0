//! The answer to files that are held over the window: what will happen when they are dropped.

use eframe::egui::{Align2, Area, Frame, Id, Order, Stroke, StrokeKind, Ui};

use super::theme;
use super::view_context::ViewContext;
use super::widgets::{polite, text};
use crate::lab::Command;
use crate::lab::dropped::Dropped;

/// Draws the answer while files are held over the window, and opens those that were dropped.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let (held, dropped) = ui.input(|input| {
        let held: Vec<_> = input.raw.hovered_files.iter().map(|file| file.path.clone()).collect();
        let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
        (held, dropped)
    });
    if !dropped.is_empty() {
        cx.push(Command::Drop(dropped));
        return;
    }
    if held.is_empty() {
        return;
    }
    let named: Vec<_> = held.iter().flatten().cloned().collect();
    let dropped = match (held.len(), named.len()) {
        // The system says how many files there are, but not which.
        (several @ 2.., _) => Dropped::Several(several),
        _ => Dropped::of(&named),
    };
    let palette = theme::palette(ui);
    let window = ui.ctx().content_rect();
    let colour = if dropped.is_refused() { palette.caveat } else { palette.accent };
    let area = Area::new(Id::unique("drop target")).order(Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_CENTER, [0.0, 0.0]).show(ui.ctx(), |ui| {
        ui.set_max_width((window.width() - 80.0).min(520.0));
        let painter = ui.ctx().layer_painter(ui.layer_id());
        painter.rect_filled(window, 0.0, palette.background.gamma_multiply(0.75));
        painter.rect_stroke(window.shrink(6.0), 6.0, Stroke::new(2.0, colour), StrokeKind::Inside);
        let frame = Frame::popup(ui.style()).inner_margin(20).fill(palette.panel);
        frame.show(ui, |ui| {
            let response = text(ui, dropped.outlook(), theme::title(), palette.text);
            polite(ui, &response);
        });
    });
}
