//! The scrolling of a view. Where the page scrolls as a whole a view does not scroll on its own: that would be a second bar
//! beside the first.

use std::hash::Hash;

use eframe::egui::{Id, ScrollArea, Ui, UiBuilder};

use super::focus;
use super::view_context::ViewContext;

/// Draws the contents of a view, with a scroll bar of their own unless the page has one.
pub fn show<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'a>,
    id: impl Hash + std::fmt::Debug,
    add: impl FnOnce(&mut Ui, &mut ViewContext<'a>),
) {
    // With either, the contents are what they are, for the focus and for what is open.
    let contents = Id::unique(("contents of the view", &id));
    let builder = || UiBuilder::new().scope_id(contents);
    if cx.page_scrolls {
        ui.scope_builder(builder(), |ui| add(ui, cx));
        return;
    }
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.scope_builder(builder(), |ui| add(ui, cx));
        focus::follow_focus(ui);
    });
}

/// Returns the width that the contents leave for the bar, whether there is one or not.
pub fn bar_width(ui: &Ui, cx: &ViewContext<'_>) -> f32 {
    if cx.page_scrolls { 0.0 } else { ui.spacing().scroll.allocated_width() }
}
