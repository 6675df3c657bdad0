//! The sheet beside the results: help, explanation, caveats or the self-check, to be read while looking at the results. A narrow window
//! shows it in their place.

mod reading;
mod selfcheck;

use eframe::egui::{self, EventFilter, Frame, Id, Key, Margin, Panel, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use super::at_the_right::at_the_right;
use super::view_context::ViewContext;
use super::widgets::{action_button, focus_ring, line, part};
use super::{focus, frame_of_change, sheet_rect, theme};
use crate::lab::Action;
use crate::lab::view::Sheet;

/// Width of the sheet until it is resized, in points.
const WIDTH: f32 = 344.0;
/// Least width.
const LEAST_WIDTH: f32 = 280.0;
/// Narrowest window that shows the sheet beside the results.
const ROOM_BESIDE: f32 = 860.0;
/// Distance that an arrow key scrolls by, in points.
const SCROLL_STEP: f32 = 48.0;
/// Distance that is beyond every text, in points.
const TO_THE_END: f32 = 1e6;

/// Draws the sheet at the right edge, if one is open and the window is wide enough.
pub fn beside(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let room = ui.ctx().content_rect().width();
    let place = match cx.lab.view.sheet {
        Some(sheet) if room >= ROOM_BESIDE => {
            let palette = theme::palette(ui);
            let frame =
                Frame::new().fill(palette.panel).inner_margin(Margin { left: 16, right: 8, top: 10, bottom: 0 });
            let panel = Panel::right("sheet").frame(frame).default_size(WIDTH).resizable(true);
            let most = (room * 0.45).max(LEAST_WIDTH);
            let shown = panel.size_range(LEAST_WIDTH..=most).show(ui, |ui| contents(ui, cx, sheet));
            let rect = shown.response.rect;
            Some((rect, rect.width()))
        }
        _ => None,
    };
    if sheet_rect::store(ui.ctx(), place) {
        ui.ctx().request_discard("the width of the sheet has changed");
    }
}

/// Draws the sheet in place of the results, if one is open in a narrow window. Returns true if it did.
pub fn instead(ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
    let Some(sheet) = cx.lab.view.sheet.filter(|_| ui.ctx().content_rect().width() < ROOM_BESIDE) else { return false };
    let rect = ui.max_rect();
    contents(ui, cx, sheet);
    sheet_rect::store(ui.ctx(), Some((rect, 0.0)));
    true
}

fn contents(ui: &mut Ui, cx: &mut ViewContext<'_>, sheet: Sheet) {
    let title = match sheet {
        Sheet::Help => "Help".to_owned(),
        Sheet::Explanation => cx.lab.explained_title(),
        Sheet::Caveats => "Caveats and remedies".to_owned(),
        Sheet::Selfcheck => "Self-check".to_owned(),
    };
    part(ui, Role::Complementary, &title, |ui| {
        ui.horizontal(|ui| {
            at_the_right(
                ui,
                |ui| {
                    line(ui, &title, theme::title(), theme::palette(ui).text);
                },
                |ui| {
                    action_button(ui, cx, Action::CloseSheet);
                },
            );
        });
        ui.add_space(theme::STEP);
        let scroll = keys(ui, cx, &title, sheet);
        ScrollArea::vertical().id_salt(("sheet", sheet)).auto_shrink(false).show(ui, |ui| {
            // Room for the ring of a focused link, and beside the bar.
            Frame::new().inner_margin(Margin { left: 10, right: 10, top: 8, bottom: 16 }).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                if scroll != 0.0 {
                    ui.scroll_with_delta_animation(Vec2::new(0.0, scroll), egui::style::ScrollAnimation::none());
                }
                match sheet {
                    Sheet::Help => reading::help(ui, cx),
                    Sheet::Explanation => reading::explanation(ui, cx),
                    Sheet::Caveats => reading::caveats(ui, cx),
                    Sheet::Selfcheck => selfcheck::show(ui, cx),
                }
                focus::follow_focus(ui);
            });
        });
    });
}

/// Lets the text have the focus, from the moment when it is opened. Returns how far its keys scroll.
fn keys(ui: &mut Ui, cx: &mut ViewContext<'_>, title: &str, sheet: Sheet) -> f32 {
    let rect = ui.available_rect_before_wrap();
    let text = ui.interact(rect, Id::unique("text of the sheet"), Sense::focusable_noninteractive());
    text.widget_info(|| WidgetInfo::labeled(Role::ScrollView, true, format!("Text: {title}")));
    cx.pane(&text);
    if !frame_of_change::was_drawn(ui, Id::unique(("sheet drawn", sheet))) {
        text.request_focus();
    }
    focus_ring(ui, &text);
    if !text.has_focus() {
        return 0.0;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(text.id, filter));
    let page = (rect.height() - SCROLL_STEP).max(SCROLL_STEP);
    let distances = [
        (Key::ArrowDown, -SCROLL_STEP),
        (Key::ArrowUp, SCROLL_STEP),
        (Key::PageDown, -page),
        (Key::Space, -page),
        (Key::PageUp, page),
        (Key::End, -TO_THE_END),
        (Key::Home, TO_THE_END),
    ];
    ui.input(|input| distances.iter().map(|(key, distance)| input.num_presses(*key) as f32 * distance).sum())
}
