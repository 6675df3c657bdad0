//! The page at the right: what was found, the tabs, and the view chosen. Where the window is too low for all of it the
//! page scrolls as one, and the view keeps a height in which it can be read.

use eframe::egui::{Align, Id, Layout, Rect, ScrollArea, Ui, Vec2};

use super::view_context::ViewContext;
use super::{
    before, compare, cpu, distribution, focus, frame_of_change, headline, learn, scaling, tabs, time_budget, timeline,
};
use crate::lab::view::Tab;

/// Least height at which the view is drawn below the headline, in points.
const ROOM_FOR_BOTH: f32 = 600.0;
/// Largest share of the height for the headline, so that the view stays in sight.
const MOST_HEADLINE: f32 = 0.42;
/// Least height of the view where the page scrolls, in points.
const LEAST_VIEW: f32 = 320.0;

/// Draws the page.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let height = ui.available_height();
    // Each run and each presentation starts scrolled to the top, where the answer is.
    let run = cx.lab.run.as_ref().map(|run| (run.results().started_at_ms, cx.lab.presented().is_some()));
    if height >= ROOM_FOR_BOTH {
        let most = height * MOST_HEADLINE;
        ScrollArea::vertical().id_salt(("headline", run)).max_height(most).auto_shrink([false, true]).show(ui, |ui| {
            headline::show(ui, cx);
            focus::follow_focus(ui);
        });
        let shown = tabs::show(ui, cx);
        view(ui, cx, shown);
        return;
    }
    ScrollArea::vertical().id_salt(("page", run)).auto_shrink(false).show(ui, |ui| {
        headline::show(ui, cx);
        let top = ui.cursor().top();
        let shown = tabs::show(ui, cx);
        let tabs = ui.cursor().top() - top;
        let size = Vec2::new(ui.available_width(), (height - tabs).max(LEAST_VIEW));
        cx.page_scrolls = true;
        let response = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            view(ui, cx, shown);
        });
        cx.page_scrolls = false;
        focus::follow_focus(ui);
        let page = (cx.lab.run.is_some(), cx.lab.presented().is_some());
        come_into_sight(ui, response.response.rect.with_min_y(top), shown, page);
    });
}

/// Scrolls to a view when it is chosen. A page is of a run or of none, in a presentation or not.
fn come_into_sight(ui: &Ui, rect: Rect, shown: Tab, page: (bool, bool)) {
    let before = frame_of_change::before(ui, Id::unique("view in sight"), &(shown, page)).flatten();
    // The first page, that of a new run, and a presentation are shown from the top.
    if before.is_some_and(|(_, before)| before == page) {
        ui.scroll_to_rect(rect, Some(Align::Min));
    }
}

fn view(ui: &mut Ui, cx: &mut ViewContext<'_>, shown: Tab) {
    match (cx.lab.run.is_some(), shown) {
        (_, Tab::Learn) => learn::show(ui, cx),
        (false, _) => before::show(ui, cx),
        (true, Tab::Compare) => compare::show(ui, cx),
        (true, Tab::Cpu) => cpu::show(ui, cx),
        (true, Tab::Timeline) => timeline::show(ui, cx),
        (true, Tab::TimeBudget) => time_budget::show(ui, cx),
        (true, Tab::Distribution) => distribution::show(ui, cx),
        (true, Tab::Scaling) => scaling::show(ui, cx),
    }
}
