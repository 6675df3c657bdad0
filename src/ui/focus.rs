//! The keyboard focus: F6 from pane to pane, scrolling to the focused widget, and back to the button of a dialog. The
//! order of Tab is egui's.

use eframe::egui::{self, Id, Rect, Response};

use super::view_context::{Pane, ViewContext};
use super::{frame_of_change, sheet_rect, theme};

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
    // The content goes on below the area: a button of a bar there, which is seen, is none of it.
    let is_elsewhere = response.interact_rect.is_positive() && !response.interact_rect.intersects(ui.clip_rect());
    let is_content = response.layer_id == ui.layer_id() && within.contains(response.rect.center()) && !is_elsewhere;
    if response.gained_focus() && is_content {
        ui.scroll_to_rect(response.rect.expand(theme::STEP), None);
    }
}

/// Gives a widget the focus in the first frame in which it is drawn. Returns true in that frame.
pub fn first_focus(ui: &egui::Ui, response: &Response) -> bool {
    let first = !frame_of_change::was_drawn(ui, response.id.with("drawn"));
    if first {
        response.request_focus();
    }
    first
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

/// The focus at the end of the frame before. Escape takes it away before a frame is drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// Widget with the focus.
    pub id: Option<Id>,
    /// True if it is in the sheet.
    pub in_sheet: bool,
    /// True if it is a text field.
    pub in_text: bool,
    /// Button that was pressed in that frame.
    pressed: Option<Id>,
}

/// Dialogs and sheets that are open, and the widgets that opened them.
#[derive(Debug, Clone, Copy, Default)]
struct Openers {
    /// The opener of the dialog; the inner `None` if it is unknown.
    dialog: Option<Option<Id>>,
    /// The same of the sheet.
    sheet: Option<Option<Id>>,
}

fn before_id() -> Id {
    Id::unique("focus of the frame before")
}

/// Returns the focus at the end of the frame before.
pub fn before(ctx: &egui::Context) -> Before {
    ctx.data(|data| data.get_temp(before_id())).unwrap_or_default()
}

/// Remembers that a button was pressed: what it opens returns the focus to it. Pressing by pointer gives no focus.
pub fn remember_pressed(response: &Response) {
    response.ctx.data_mut(|data| data.insert_temp(Id::unique("button pressed"), response.id));
}

/// Remembers the buttons of the presentation that go on, for its keys.
pub fn remember_bar(ctx: &egui::Context, buttons: [Id; 2]) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("buttons of the presentation"), buttons));
}

/// Returns true for a button of the presentation that goes on.
pub fn is_in_bar(ctx: &egui::Context, id: Id) -> bool {
    let buttons = ctx.data(|data| data.get_temp::<[Id; 2]>(Id::unique("buttons of the presentation")));
    buttons.is_some_and(|buttons| buttons.contains(&id))
}

/// Widest edge of a panel that can be dragged, in points.
const WIDEST_EDGE: f32 = 8.0;
/// Shortest one.
const LEAST_EDGE: f32 = 100.0;

/// Draws a line on the edge of a panel that has the focus: egui shows the pointer over it, not the focus.
pub fn show_on_edges(ui: &egui::Ui) {
    let focused = ui.memory(|memory| memory.focused()).and_then(|id| ui.ctx().read_response(id));
    let Some(edge) = focused.map(|one| one.rect) else { return };
    let (is_vertical, is_horizontal) = (
        edge.width() <= WIDEST_EDGE && edge.height() > LEAST_EDGE,
        edge.height() <= WIDEST_EDGE && edge.width() > LEAST_EDGE,
    );
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Foreground, Id::unique("edge with focus")));
    let line = (2.0, theme::palette(ui).accent);
    if is_vertical {
        painter.vline(edge.center().x, edge.y_range(), line);
    } else if is_horizontal {
        painter.hline(edge.x_range(), edge.center().y, line);
    }
}

/// Gives the focus back to the button of a dialog or sheet that was closed. Called at the end of each frame.
pub fn give_back(ctx: &egui::Context, cx: &ViewContext<'_>) {
    let openers_id = Id::unique("openers");
    let before = before(ctx);
    let mut openers: Openers = ctx.data(|data| data.get_temp(openers_id)).unwrap_or_default();
    let opener = before.pressed.or(before.id);
    let is_open = [cx.lab.dialog.is_some(), cx.lab.view.sheet.is_some()];
    for (kept, open) in [&mut openers.dialog, &mut openers.sheet].into_iter().zip(is_open) {
        match (&kept, open) {
            (None, true) => *kept = Some(opener),
            (Some(by), false) => {
                // Something that appeared in this frame may have asked for the focus.
                let asked = ctx.memory(|memory| memory.focused()).is_some_and(|id| Some(id) != before.id);
                if let Some(id) = by.filter(|id| !asked && ctx.read_response(*id).is_some()) {
                    ctx.memory_mut(|memory| memory.request_focus(id));
                }
                *kept = None;
            }
            _ => {}
        }
    }
    let focused = ctx.memory(|memory| memory.focused());
    let pressed_id = Id::unique("button pressed");
    let now = Before {
        id: focused,
        in_sheet: focused.and_then(|id| ctx.read_response(id)).is_some_and(|one| sheet_rect::contains(ctx, one.rect)),
        in_text: ctx.text_edit_focused(),
        pressed: ctx.data(|data| data.get_temp::<Id>(pressed_id)),
    };
    ctx.data_mut(|data| {
        data.remove::<Id>(pressed_id);
        data.insert_temp(openers_id, openers);
        data.insert_temp(before_id(), now);
    });
}
