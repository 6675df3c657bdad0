//! The keyboard focus: F6 from pane to pane, and scrolling to the focused widget. The order of Tab is egui's.

use eframe::egui::{self, Id, Rect};

use super::theme;
use super::view_context::{Pane, ViewContext};

/// Scrolls to the widget that has just received the focus, if the current scroll area contains it. Called at
/// the end of the scrolled content.
pub fn follow_focus(ui: &egui::Ui) {
    let within = ui.min_rect();
    follow_focus_within(ui, within);
}

/// Does the same as [`follow_focus`] for one part of the scrolled content.
pub fn follow_focus_within(ui: &egui::Ui, within: Rect) {
    let Some(focused) = ui.memory(|memory| memory.focused()) else { return };
    let Some(response) = ui.ctx().read_response(focused) else { return };
    if response.gained_focus() && response.layer_id == ui.layer_id() && within.contains(response.rect.center()) {
        ui.scroll_to_rect(response.rect.expand(theme::STEP), None);
    }
}

/// Handles F6: moves the focus from the focused pane to the first widget of the next one.
pub fn move_focus(ctx: &egui::Context, cx: &ViewContext<'_>) {
    let served_id = Id::unique("pane requests served");
    let served = ctx.data(|data| data.get_temp::<u64>(served_id)).unwrap_or(0);
    let requests = cx.lab.view.pane_requests;
    let pane_id = Id::unique("pane with focus");
    let current = ctx.data(|data| data.get_temp::<usize>(pane_id));
    if requests == served || cx.panes.is_empty() {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(served_id, requests));
    let focused = ctx.memory(|memory| memory.focused());
    let inside = focused.and_then(|id| {
        let rect = ctx.read_response(id)?.rect;
        cx.panes.iter().position(|pane| pane.first == id).or_else(|| nearest_pane(cx, rect))
    });
    let next = inside.or(current).map_or(0, |index| (index + 1) % cx.panes.len());
    ctx.data_mut(|data| data.insert_temp(pane_id, next));
    ctx.memory_mut(|memory| memory.request_focus(cx.panes[next].first));
}

/// Returns the pane whose first widget is the closest one above or left of a widget.
fn nearest_pane(cx: &ViewContext<'_>, rect: Rect) -> Option<usize> {
    let distance = |pane: &Pane| {
        (rect.min - pane.top_left).length() + if pane.layer.order > egui::Order::Middle { 1e6 } else { 0.0 }
    };
    (0..cx.panes.len()).min_by(|left, right| distance(&cx.panes[*left]).total_cmp(&distance(&cx.panes[*right])))
}
