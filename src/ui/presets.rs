//! The list of presets in groups, each with its expected time.

use eframe::egui::{Align, Align2, Id, Key, Response, Role, ScrollArea, Ui, Vec2, pos2};

use super::focus::{follow_focus, follow_focus_within};
use super::list_box::{self, Row};
use super::view_context::ViewContext;
use super::widgets::{action_link, focus_ring, line, painted, part, polite, text};
use super::{search_field, theme};
use crate::analysis::estimate;
use crate::experiment::Experiment;
use crate::lab::preset_changes::PresetsCommand;
use crate::lab::{Action, Command};

const ROW_HEIGHT: f32 = 36.0;
/// Height of a group's heading, and of the gap above it.
const HEADING_HEIGHT: f32 = 26.0;
/// Height that is kept for the sections below the list.
const ROOM_BELOW: f32 = 500.0;

/// Groups of the built-in presets. Those in none are in a group behind them; the user's come last.
const GROUPS: [(&str, &[&str]); 7] = [
    (
        "Basics",
        &[
            "quick-tour",
            "task-a-b",
            "io-bound",
            "cpu-bound",
            "cpu-fib",
            "mixed",
            "skewed",
            "tiny-tasks",
            "many-sleepers",
        ],
    ),
    ("Network and files", &["web-scraper", "file-io"]),
    ("Locks and shared state", &["lock-contention", "semaphore", "producer-consumer", "lost-update", "deadlock"]),
    ("Memory", &["memory-bandwidth", "false-sharing", "false-sharing-128"]),
    ("Event loops and pools", &["blocked-loop", "blocking-workers"]),
    ("Classes of tasks", &["gil-convoy", "threadpool-of-40", "default-executor"]),
    (
        "Python",
        &[
            "python-io",
            "python-cpu",
            "python-await",
            "python-scraper",
            "pickling",
            "free-threading",
            "shared-objects",
            "chunksize",
            "start-methods",
            "switch-interval",
            "gil-on-off",
            "sub-interpreters",
        ],
    ),
];

/// Returns the indices of the presets in each group, in the order shown; empty groups are omitted.
fn groups(ids: &[&str], built_in: usize) -> Vec<(&'static str, Vec<usize>)> {
    let shipped = 0..built_in.min(ids.len());
    let named = |id: &str| GROUPS.iter().any(|(_, members)| members.contains(&id));
    let mut all: Vec<(&'static str, Vec<usize>)> = GROUPS
        .iter()
        .map(|(name, members)| (*name, shipped.clone().filter(|index| members.contains(&ids[*index])).collect()))
        .collect();
    all.push(("Others", shipped.clone().filter(|index| !named(ids[*index])).collect()));
    all.push(("Yours", (shipped.end..ids.len()).collect()));
    all.retain(|(_, indices)| !indices.is_empty());
    all
}

/// Draws the list.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let presets = &cx.lab.presets;
    let ids: Vec<&str> = presets.all.iter().map(|(experiment, _)| experiment.id.as_str()).collect();
    let mut groups = groups(&ids, presets.built_in);
    search(ui, cx, &mut groups);
    follow_focus(ui);
    let order: Vec<usize> = groups.iter().flat_map(|(_, indices)| indices.clone()).collect();
    let all = order.len() as f32 * ROW_HEIGHT + groups.len() as f32 * HEADING_HEIGHT;
    let height = (ui.clip_rect().height() - ROOM_BELOW).clamp(ROW_HEIGHT * 4.5, (ROW_HEIGHT * 4.5).max(all));
    let selected = order.iter().position(|index| ids[*index] == cx.lab.draft.experiment().id).unwrap_or(0);
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
}

fn id_of(index: usize) -> Id {
    Id::unique(("preset", index))
}

/// Draws the search field and keeps the presets that it finds. Enter loads the first of them.
fn search(ui: &mut Ui, cx: &mut ViewContext<'_>, groups: &mut Vec<(&'static str, Vec<usize>)>) {
    let (typed, entered) = search_field::show(ui, "Search presets", &cx.lab.view.preset_search);
    if let Some(typed) = typed {
        cx.push(Command::SearchPresets(typed));
    }
    let words: Vec<String> = cx.lab.view.preset_search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return;
    }
    for (group, indices) in groups.iter_mut() {
        indices.retain(|index| matches(&words, group, &cx.lab.presets.all[*index].0));
    }
    groups.retain(|(_, indices)| !indices.is_empty());
    if let Some(first) = groups.first().and_then(|(_, indices)| indices.first()).filter(|_| entered) {
        cx.push(Command::SelectPreset(*first));
    }
}

/// Returns true if group, title, texts and models of a preset have all words between them.
fn matches(words: &[String], group: &str, preset: &Experiment) -> bool {
    let models = preset.models.iter().map(|contender| format!("{} {contender}", contender.title()));
    let texts = [group, &preset.id, &preset.title, &preset.summary, &preset.explanation].map(str::to_owned);
    let all = texts.into_iter().chain(models).collect::<Vec<_>>().join("\n").to_lowercase();
    words.iter().all(|word| all.contains(word))
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
    let running = cx.lab.active().is_some_and(|run| run.results().experiment.id == experiment.id);
    let time = if running { "running".to_owned() } else { estimate::about(&experiment.workload, *seconds) };
    let description = format!("{} · {time}", experiment.summary);
    let (name, description) = (experiment.title.as_str(), description.as_str());
    let listed = Row { id: id_of(index), name, description, is_selected: selected, position };
    let response = list_box::row(ui, rect, &listed, is_tab_stop);
    if is_tab_stop {
        cx.pane(&response);
    }
    if selected {
        // Scroll to it once, when it becomes the selected one.
        let known = Id::unique("preset brought into sight");
        if ui.data(|data| data.get_temp::<String>(known)).as_deref() != Some(experiment.id.as_str()) {
            // With its neighbours, but only if it is hidden: it must not move away from the pointer.
            let hidden = !ui.clip_rect().contains_rect(rect);
            response.scroll_to_me(hidden.then_some(Align::Center));
            ui.data_mut(|data| data.insert_temp(known, experiment.id.clone()));
        }
    }
    if ui.is_rect_visible(rect) {
        list_box::ground(ui, rect, selected, response.hovered());
        let left = rect.left() + 12.0;
        let width = rect.width() - 20.0;
        let title = (theme::strong(), palette.text);
        painted(ui.painter(), pos2(left, rect.top() + 3.0), Align2::LEFT_TOP, &experiment.title, title, width);
        let note = (theme::small(), palette.secondary);
        let state = (theme::small(), if running { palette.accent } else { palette.secondary });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset;

    #[test]
    fn a_preset_is_found_by_its_group_its_texts_and_its_models() {
        let scraper = preset::find("web-scraper").expect("it ships");
        let finds = |words: &str| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            matches(&words, "Network and files", scraper)
        };
        assert!(finds("scraper") && finds("network downloads") && finds("async"));
        assert!(!finds("scraper deadlock"));
    }

    #[test]
    fn every_preset_is_in_one_group_and_those_of_the_lab_have_a_heading() {
        let mut ids: Vec<&str> = preset::built_in().iter().map(|preset| preset.id.as_str()).collect();
        assert!(groups(&ids, ids.len()).iter().all(|(name, _)| *name != "Others"), "the table names all that ship");
        ids.push("brand-new");
        let built_in = ids.len();
        ids.push("web-scraper-mine");
        let all = groups(&ids, built_in);
        let mut indices: Vec<usize> = all.iter().flat_map(|(_, indices)| indices.clone()).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..ids.len()).collect::<Vec<_>>());
        assert_eq!(all[all.len() - 2..], [("Others", vec![built_in - 1]), ("Yours", vec![built_in])]);
    }
}
