//! The list of starts and ends of one model's trial, to read, select and copy.

use eframe::egui::{ComboBox, Frame, Id, Label, Margin, Panel, RichText, Role, ScrollArea, TextStyle, Ui, UiBuilder};

use crate::lab::run::Run;
use crate::lab::timeline_view::Selection;
use crate::lab::{Action, Command};
use crate::model::Contender;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{action_button, line, list_entry, part, text};
use crate::ui::{frame_of_change, theme};

/// Height kept for the tools, the ruler and a few lanes.
const ROOM_ABOVE: f32 = 260.0;
/// Least height of the list: its heading and two lines.
const LEAST_HEIGHT: f32 = 86.0;
/// Height of the view below which there is no list.
const LEAST_ROOM: f32 = 330.0;
/// Height of the list that it has unless all lanes leave more.
const USUAL_HEIGHT: f32 = 96.0;
/// Height that is left to the words on a selection, which come and go.
const SELECTION_HEIGHT: f32 = 72.0;
/// Steps in which what the lanes leave is given to the list.
const STEP: f32 = 24.0;

fn needed_id() -> Id {
    Id::unique("height of the lanes and their tools")
}

/// Has the list take what the lanes and their tools, of this height without the words on a selection, leave of the view.
pub fn leave_room(ui: &Ui, needed: f32) {
    let needed = needed.round();
    if ui.data(|data| data.get_temp(needed_id())) != Some(needed) {
        ui.data_mut(|data| data.insert_temp(needed_id(), needed));
        ui.ctx().request_discard("the list has what the lanes leave");
    }
}

/// Draws the list at the bottom of the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 6, bottom: 8 });
    // In a small window the lanes above have priority; without room for both there is no list.
    if ui.available_height() < LEAST_ROOM {
        return;
    }
    let most = (ui.available_height() - ROOM_ABOVE).clamp(LEAST_HEIGHT, 500.0);
    let needed = ui.data(|data| data.get_temp(needed_id())).unwrap_or(f32::INFINITY);
    let free = (ui.available_height() - SELECTION_HEIGHT - needed).min(most);
    let usual = ((free / STEP).floor() * STEP).max(USUAL_HEIGHT);
    // Another height of its own makes it another panel, since a panel keeps the height that it had.
    Panel::bottom(Id::unique(("order of starts and ends", usual as u32)))
        .frame(frame)
        .resizable(true)
        .default_size(usual)
        .size_range(LEAST_HEIGHT..=most)
        .show(ui, |ui| {
            contents(ui, cx, run);
        });
}

fn contents(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    // Of another panel it is still the same list, for the focus and the lines in sight.
    let palette = theme::palette(ui);
    let builder = UiBuilder::new().scope_id(Id::unique("contents of the order"));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let models = &run.results().experiment.models;
        let has_lanes = |one: &&Contender| run.lanes_key(one, cx.lab.view.timeline_round).is_some();
        let chosen = cx.lab.view.order_of.as_ref().filter(|one| models.contains(one));
        let Some(shown) = chosen.or_else(|| models.iter().find(has_lanes)).or(models.first()) else { return };
        ui.horizontal(|ui| {
            line(ui, "Order of starts and ends", theme::strong(), palette.text);
            let combo = ComboBox::from_id_salt("order of").width(170.0).selected_text(shown.title());
            let response = combo.show_ui(ui, |ui| {
                for contender in models {
                    if list_entry(ui, contender == shown, contender.title()) {
                        cx.commands.push(Command::OrderOf(contender.clone()));
                    }
                }
            });
            response.response.accessible_name("Order of");
            action_button(ui, cx, Action::CopyOrder);
        });
        let Some(lanes) = run.lanes_of(shown, cx.lab.view.timeline_round) else {
            text(ui, "No completed trial", theme::note(), palette.tertiary);
            return;
        };
        let Some(order) = &lanes.order else {
            text(ui, "Listed for up to 100,000 tasks; the tasks' CSV has them all", theme::note(), palette.tertiary);
            return;
        };
        let workload = &run.results().experiment.workload;
        ui.spacing_mut().item_spacing.y = 0.0;
        let height = ui.text_style_height(&TextStyle::Monospace);
        let selected = match &cx.lab.view.timeline.selection {
            Some(Selection::Task { contender, task, .. }) if contender == shown => Some(*task),
            _ => None,
        };
        // The list of each model keeps its place.
        let mut area = ScrollArea::vertical().id_salt(("order", shown)).auto_shrink(false).min_scrolled_height(0.0);
        if let Some(index) = newly_selected(ui, shown, selected).and_then(|task| lanes.start_in_order(task)) {
            // A line of what went before stays in sight.
            area = area.vertical_scroll_offset((index as f32 - 1.0).max(0.0) * height);
        }
        area.show_rows(ui, height, order.len(), |ui, range| {
            part(ui, Role::List, "Order of starts and ends", |ui| {
                for event in &order[range] {
                    let is_selected = selected == Some(event.task);
                    let colour = if is_selected { palette.text } else { palette.secondary };
                    let mut line =
                        RichText::new(lanes.order_line(*event, workload)).font(theme::figures()).color(colour);
                    if is_selected {
                        line = line.background_color(palette.raised);
                    }
                    ui.add(Label::new(line));
                }
            });
        });
    });
}

/// Returns the selected task in the frame in which it is selected.
fn newly_selected(ui: &Ui, shown: &Contender, selected: Option<u32>) -> Option<u32> {
    let id = Id::unique("task shown in the order of starts and ends");
    let now = selected.map(|task| (shown.clone(), task));
    selected.filter(|_| frame_of_change::is_new(ui, id, &now))
}
