//! The list of presets in groups, each with its expected time.

use eframe::egui::{Align, Align2, Id, Key, Response, Role, ScrollArea, Ui, Vec2, pos2};

use super::focus::{follow_focus, follow_focus_within};
use super::list_box::{self, Row};
use super::view_context::ViewContext;
use super::widgets::{action_link, focus_ring, line, painted, part, polite, text};
use super::{frame_of_change, list_height, search_field, theme};
use crate::analysis::estimate;
use crate::lab::preset_changes::PresetsCommand;
use crate::lab::run::Run;
use crate::lab::{Action, Command};

const ROW_HEIGHT: f32 = 36.0;
/// Height of a group's heading, and of the gap above it.
const HEADING_HEIGHT: f32 = 26.0;
/// Height that is kept for the sections below the list.
const ROOM_BELOW: f32 = 500.0;

/// Draws the list. Returns the height of its rows in sight.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) -> f32 {
    search(ui, cx);
    follow_focus(ui);
    let presets = &cx.lab.presets;
    let groups = presets.listed();
    let order: Vec<usize> = groups.iter().flat_map(|(_, indices)| indices.clone()).collect();
    let all = order.len() as f32 * ROW_HEIGHT + groups.len() as f32 * HEADING_HEIGHT;
    let by_default = (ui.clip_rect().height() - ROOM_BELOW).max(ROW_HEIGHT * 4.5);
    let height = list_height::of_list(ui, cx, by_default, all);
    let is_draft = |index: &usize| presets.all[*index].0.id == cx.lab.draft.experiment().id;
    let selected = order.iter().position(is_draft).unwrap_or(0);
    let page = (height / ROW_HEIGHT) as usize;
    let stop = list_box::tab_stop(ui, order.len(), |position| id_of(order[position]), selected, page);
    ScrollArea::vertical().id_salt("presets").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        part(ui, Role::ListBox, "All presets", |ui| {
            let mut position = 0;
            for (nth, (name, indices)) in groups.iter().enumerate() {
                if groups.len() > 1 {
                    group_heading(ui, name, nth > 0);
                }
                for index in indices {
                    row(ui, cx, *index, (position, order.len()), position == stop);
                    position += 1;
                }
            }
            if groups.is_empty() {
                let response = text(ui, "No preset has these words", theme::note(), theme::palette(ui).secondary);
                polite(ui, &response);
            }
        });
    });
    let links = ui.cursor().top();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        action_link(ui, cx, Action::Open);
        action_link(ui, cx, Action::SavePreset);
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        action_link(ui, cx, Action::OwnFunction);
        action_link(ui, cx, Action::OwnCommand);
    });
    follow_focus_within(ui, ui.min_rect().with_min_y(links));
    height
}

fn id_of(index: usize) -> Id {
    Id::unique(("preset", index))
}

/// Draws the search field. Enter loads the first preset that it finds.
fn search(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let presets = &cx.lab.presets;
    let (typed, entered) = search_field::show(ui, "Search presets", presets.search());
    if let Some(typed) = typed {
        cx.push(Command::SearchPresets(typed));
    }
    let found = presets.listed().first().and_then(|(_, indices)| indices.first());
    if let Some(first) = found.filter(|_| entered && !presets.search().trim().is_empty()) {
        cx.push(Command::SelectPreset(*first));
    }
}

fn group_heading(ui: &mut Ui, name: &str, gap: bool) {
    ui.add_space(if gap { theme::STEP * 2.0 } else { 0.0 });
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        line(ui, name, theme::small(), theme::palette(ui).tertiary);
    });
}

fn row(ui: &mut Ui, cx: &mut ViewContext<'_>, index: usize, position: (usize, usize), is_tab_stop: bool) {
    let palette = theme::palette(ui);
    let (experiment, seconds) = &cx.lab.presets.all[index];
    let selected = cx.lab.draft.experiment().id == experiment.id;
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    let active = cx.lab.active().filter(|run| run.results().experiment.id == experiment.id);
    let time = match active.map(Run::waits_for_quiet) {
        Some(true) => "waiting".to_owned(),
        Some(false) => "running".to_owned(),
        None if cx.lab.awaits_models(experiment) => String::new(),
        None => estimate::about(&experiment.workload, *seconds),
    };
    let parts = [experiment.summary.as_str(), &time];
    let description = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let (name, description) = (experiment.title.as_str(), description.as_str());
    let listed = Row { id: id_of(index), name, description, is_selected: selected, position };
    let response = list_box::row(ui, rect, &listed, is_tab_stop);
    if is_tab_stop {
        cx.pane(&response);
    }
    if selected {
        // With its neighbours, but only if it is hidden: it must not move away from the pointer.
        if frame_of_change::is_new(ui, Id::unique("preset brought into sight"), &experiment.id)
            && !ui.clip_rect().contains_rect(rect)
        {
            response.scroll_to_me(Some(Align::Center));
        }
    }
    if ui.is_rect_visible(rect) {
        list_box::ground(ui, rect, selected, response.hovered());
        let left = rect.left() + 12.0;
        let width = rect.width() - 20.0;
        let title = (theme::strong(), palette.text);
        painted(ui.painter(), pos2(left, rect.top() + 3.0), Align2::LEFT_TOP, &experiment.title, title, width);
        let note = (theme::small(), palette.secondary);
        let state = (theme::small(), if active.is_some() { palette.accent } else { palette.secondary });
        let bottom = rect.bottom() - 3.0;
        let time_rect = painted(ui.painter(), pos2(left + width, bottom), Align2::RIGHT_BOTTOM, &time, state, width);
        let room = width - time_rect.width() - 8.0;
        painted(ui.painter(), pos2(left, bottom), Align2::LEFT_BOTTOM, &experiment.summary, note, room);
    }
    focus_ring(ui, &response);
    if index >= cx.lab.presets.built_in {
        own_menu(ui, cx, &experiment.id, &response);
    }
    let keys = if index >= cx.lab.presets.built_in { "\nF2 renames it, Delete deletes it" } else { "" };
    let response = response.on_hover_text(format!("{description}{keys}"));
    if response.clicked() {
        cx.push(Command::SelectPreset(index));
    }
}

/// Handles what can be done with a preset of the user's own: by its context menu, F2 and Delete.
fn own_menu(ui: &Ui, cx: &mut ViewContext<'_>, id: &str, response: &Response) {
    let (rename, delete) = (PresetsCommand::AskTitle(id.to_owned()), PresetsCommand::Delete(id.to_owned()));
    response.context_menu(|ui| {
        if ui.button("Rename…").on_hover_text("Gives the preset another title (F2)").clicked() {
            cx.push(Command::Presets(rename.clone()));
            ui.close();
        }
        let tip = "Deletes the preset; this can be undone until the window is closed (Delete)";
        if ui.button("Delete").on_hover_text(tip).clicked() {
            cx.push(Command::Presets(delete.clone()));
            ui.close();
        }
    });
    if response.has_focus() {
        let pressed = |key: Key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
        if pressed(Key::F2) {
            cx.push(Command::Presets(rename));
        }
        if pressed(Key::Delete) {
            cx.push(Command::Presets(delete));
        }
    }
}
