//! Headings of the sections.

use eframe::egui::Ui;

use crate::ui::theme;
use crate::ui::widgets::text;

/// Draws the heading of a section.
pub fn section(ui: &mut Ui, title: &str) {
    text(ui, title, theme::title(), theme::palette(ui).text);
}
