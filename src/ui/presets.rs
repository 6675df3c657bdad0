//! The list of presets in groups, each with its expected time.

use eframe::egui::{
    Align, Align2, CornerRadius, Id, Key, Rect, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2,
};

use super::focus::{follow_focus, follow_focus_within};
use super::panel_fold::{fold, is_narrow};
use super::theme;
use super::view_context::ViewContext;
use super::widgets::{action_link, focus_ring, heading, line, painted, part, polite, quiet_button, text};
use crate::analysis::estimate;
use crate::experiment::Experiment;
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
    heading(ui, "PRESETS", |ui| {
        if quiet_button(ui, "Hide panel").on_hover_text("Folds the panel away").clicked() {
            fold(cx, is_narrow(ui), true);
        }
    });
    let presets = &cx.lab.presets;
    let ids: Vec<&str> = presets.all.iter().map(|(experiment, _)| experiment.id.as_str()).collect();
    let mut groups = groups(&ids, presets.built_in);
    search(ui, cx, &mut groups);
    follow_focus(ui);
    let listed: usize = groups.iter().map(|(_, indices)| indices.len()).sum();
    let all = listed as f32 * ROW_HEIGHT + groups.len() as f32 * HEADING_HEIGHT;
    let height = (ui.clip_rect().height() - ROOM_BELOW).clamp(ROW_HEIGHT * 4.5, (ROW_HEIGHT * 4.5).max(all));
    ScrollArea::vertical().id_salt("presets").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        part(ui, Role::ListBox, "Presets", |ui| {
            for (position, (name, indices)) in groups.iter().enumerate() {
                if groups.len() > 1 {
                    group_heading(ui, name, position > 0);
                }
                for index in indices {
                    let (experiment, seconds) = &presets.all[*index];
                    row(ui, cx, *index, experiment, *seconds);
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

/// Draws the search field and keeps the presets that it finds. Enter loads the first of them.
fn search(ui: &mut Ui, cx: &mut ViewContext<'_>, groups: &mut Vec<(&'static str, Vec<usize>)>) {
    let mut typed = cx.lab.view.preset_search.clone();
    let hint = "Search presets";
    let edit = TextEdit::singleline(&mut typed)
        .id(Id::unique("preset search"))
        .hint_text(hint)
        .desired_width(ui.available_width())
        .margin(Vec2::new(8.0, 4.0));
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, hint));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        typed.clear();
    }
    if typed != cx.lab.view.preset_search {
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

fn row(ui: &mut Ui, cx: &mut ViewContext<'_>, index: usize, experiment: &Experiment, seconds: f64) {
    let palette = theme::palette(ui);
    let selected = cx.lab.draft.experiment().id == experiment.id;
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("preset", index)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &experiment.title));
    let running =
        cx.lab.run.as_ref().is_some_and(|run| run.is_running() && run.results().experiment.id == experiment.id);
    let time = if running { "running".to_owned() } else { estimate::about(&experiment.workload, seconds) };
    let description = format!("{} · {time}", experiment.summary);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(selected);
        node.set_description(description.clone());
    });
    if index == 0 {
        cx.pane(&response);
    }
    if response.gained_focus() {
        // The keyboard also reaches presets outside the visible part.
        response.scroll_to_me(None);
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
        let corner = CornerRadius::same(theme::CORNER);
        if selected || response.hovered() {
            ui.painter().rect_filled(rect, corner, palette.raised);
        }
        if selected {
            let bar = Rect::from_min_size(rect.min, Vec2::new(3.0, rect.height()));
            ui.painter().rect_filled(bar, CornerRadius::same(1), palette.accent);
        }
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
    let response = response.on_hover_text(description);
    if response.clicked() {
        cx.push(Command::SelectPreset(index));
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
