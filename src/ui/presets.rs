//! The list of presets, each with its expected time.

use eframe::egui::{Align2, CornerRadius, Id, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::left_panel::heading;
use super::widgets::{action_link, focus_ring, painted, part, quiet_button};
use super::{Cx, theme};
use crate::experiment::Experiment;
use crate::lab::{Action, Command};
use crate::units;

const ROW_HEIGHT: f32 = 36.0;
/// Height of everything below the list that should stay in sight.
const ROOM_BELOW: f32 = 560.0;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, "PRESETS", |ui| {
        if quiet_button(ui, "Hide panel").on_hover_text("Folds the panel away").clicked() {
            cx.push(Command::Panel(false));
        }
    });
    let presets = &cx.lab.presets;
    let all = presets.all.len() as f32 * ROW_HEIGHT;
    let height = (ui.clip_rect().height() - ROOM_BELOW).clamp(ROW_HEIGHT * 4.5, (ROW_HEIGHT * 4.5).max(all));
    ScrollArea::vertical().id_salt("presets").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        part(ui, Role::ListBox, "Presets", |ui| {
            for (place, (experiment, seconds)) in presets.all.iter().enumerate() {
                if place == presets.built_in {
                    ui.add_space(theme::STEP * 2.0);
                }
                row(ui, cx, place, experiment, *seconds);
            }
        });
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        action_link(ui, cx, Action::Open);
        action_link(ui, cx, Action::SavePreset);
    });
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, place: usize, experiment: &Experiment, seconds: f64) {
    let palette = theme::palette(ui);
    let selected = cx.lab.draft.experiment().id == experiment.id;
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("preset", place)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &experiment.title));
    let told = format!("{} · {}", experiment.summary, units::about(seconds));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(selected);
        node.set_description(told.clone());
    });
    if place == 0 {
        cx.pane(&response);
    }
    if selected {
        // Brought into sight when it becomes the chosen one, and left alone afterwards.
        let known = Id::unique("preset brought into sight");
        if ui.data(|data| data.get_temp::<String>(known)).as_deref() != Some(experiment.id.as_str()) {
            response.scroll_to_me(None);
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
        let time = units::about(seconds);
        let note = (theme::small(), palette.secondary);
        let bottom = rect.bottom() - 3.0;
        let taken = painted(ui.painter(), pos2(left + width, bottom), Align2::RIGHT_BOTTOM, &time, note.clone(), width);
        let room = width - taken.width() - 8.0;
        painted(ui.painter(), pos2(left, bottom), Align2::LEFT_BOTTOM, &experiment.summary, note, room);
    }
    focus_ring(ui, &response);
    let response = response.on_hover_text(told);
    if response.clicked() {
        cx.push(Command::SelectPreset(place));
    }
}
