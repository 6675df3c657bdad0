//! Searching a task, and what is selected in words.

use eframe::egui::{Frame, Id, Key, Margin, Panel, Role, TextEdit, Ui, Vec2, WidgetInfo};

use crate::lab::Command;
use crate::lab::run::Run;
use crate::lab::timeline_view::{Selection, TimelineCommand};
use crate::lab::timeline_words::{found_words, selection_words};
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{line, polite, quiet_button, text};
use crate::ui::{frame_of_change, theme};

/// Width of the search field.
const SEARCH_WIDTH: f32 = 130.0;

/// Draws the search field and the result of the search.
pub fn search(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let view = &cx.lab.view.timeline;
    let mut typed = view.search.clone();
    let hint = "Find a task";
    let edit = TextEdit::singleline(&mut typed)
        .id(Id::unique("find a task"))
        .hint_text(hint)
        .desired_width(SEARCH_WIDTH)
        .margin(Vec2::new(8.0, 4.0));
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, hint));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if typed != view.search {
        cx.push(Command::Timeline(TimelineCommand::SearchText(typed)));
    }
    if entered {
        cx.push(Command::Timeline(TimelineCommand::Search));
        // The next Enter goes to the next task.
        response.request_focus();
    }
    response.on_hover_text("By its number or its name; Enter shows it, Enter again the next one");
    if let Some(words) = found_words(&cx.lab.view.timeline.found) {
        let palette = theme::palette(ui);
        let response = line(ui, words, theme::small(), palette.secondary);
        polite(ui, &response);
    }
}

/// Draws what is selected at the bottom of the view, so that no lane moves while one is pointed at.
pub fn panel(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    // It is there without a selection, too: widgets that follow keep their place, and with it the focus.
    let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 4, bottom: 4 });
    Panel::bottom("selection on the timeline").frame(frame).resizable(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        // A panel is as high as its contents only in the next pass, and lanes are scrolled into what it leaves.
        let words = words(cx, run);
        if frame_of_change::is_new(ui, Id::unique("words on the selection"), &words)
            && ui.ctx().current_pass_index() == 0
        {
            ui.ctx().request_discard("the panel is as high as the words on the selection");
        }
        if let Some(words) = words {
            selected(ui, cx, words);
        } else {
            let hint = "Click a task, or a spike of usage, to select it; Enter does it for the lanes or the usage that has the focus";
            line(ui, hint, theme::small(), theme::palette(ui).tertiary);
        }
    });
}

/// Draws what is selected in words, with what can be done with it.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    if let Some(words) = words(cx, run) {
        selected(ui, cx, words);
    }
}

fn words(cx: &ViewContext<'_>, run: &Run) -> Option<String> {
    selection_words(run, &cx.lab.view.timeline, cx.lab.view.timeline_round)
}

fn selected(ui: &mut Ui, cx: &mut ViewContext<'_>, words: String) {
    let palette = theme::palette(ui);
    let is_task = matches!(cx.lab.view.timeline.selection, Some(Selection::Task { .. }));
    let response = text(ui, words, theme::note(), palette.text);
    polite(ui, &response);
    ui.horizontal(|ui| {
        let zoom = quiet_button(ui, "Zoom to selection").on_hover_text("Shows the selected time in full width");
        if zoom.clicked() {
            cx.push(Command::Timeline(TimelineCommand::ZoomToSelection));
        }
        if quiet_button(ui, "Clear selection").on_hover_text("Selects nothing").clicked() {
            cx.push(Command::Timeline(TimelineCommand::Clear));
        }
        if is_task {
            let hint =
                "With the focus on the lanes, Shift with an arrow key goes to the task before or after, above or below";
            line(ui, hint, theme::small(), palette.tertiary);
        }
    });
}
