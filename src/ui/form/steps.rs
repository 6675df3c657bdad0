//! The steps of a task: those that a workload is about in the main form, and all of them in a list
//! where they come, go and change their kind.

use eframe::egui::{Ui, Vec2};

use super::fields;
use super::knobs;
use crate::lab::{Command, Edit, step_format};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::line;
use crate::workload::{Kernel, MOST_STEPS, Step, StepKind};

/// Milliseconds of a step that becomes a timed one.
const FRESH_MS: f64 = 5.0;

/// In the main form: the first step of each kind that is more than computing or waiting. Its
/// duration only where "Task duration" does not say the same.
pub fn direct(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let steps = cx.lab.draft.workload().steps();
    let several = steps.iter().filter(|step| step.ms().is_some()).count() > 1;
    for (place, step) in steps.iter().enumerate() {
        let plain = matches!(step, Step::Compute { .. } | Step::Wait { .. });
        if plain || steps[..place].iter().any(|earlier| earlier.kind() == step.kind()) {
            continue;
        }
        for key in knobs::keys(step).filter(|key| several || !knobs::is_duration(key)) {
            let show = |ui: &mut Ui| knobs::control(ui, key, step, key.label);
            if let (Some(step), _) = fields::row(ui, key.label, &knobs::tip(key), true, show) {
                cx.push(Command::Edit(Edit::Step(place, step)));
            }
        }
    }
}

/// The list, to edit.
pub fn list(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let steps = cx.lab.draft.workload().steps();
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    fields::indented(ui, |ui| {
        line(ui, "Steps of each task, in order", theme::note(), palette.secondary)
            .on_hover_text(format!("Each task does: {}", step_format::steps(steps)));
    });
    for (place, step) in steps.iter().enumerate() {
        ui.push_id(("step", place), |ui| one(ui, cx, steps, place, step));
    }
    let room = steps.len() < MOST_STEPS;
    let add = fields::indented(ui, |ui| ui.add_enabled(room, eframe::egui::Button::new("Add step").small()));
    let add = add.on_hover_text("Adds a step at the end of each task");
    if add.on_disabled_hover_text(format!("A task has at most {MOST_STEPS} steps")).clicked() {
        let mut all = steps.to_vec();
        all.push(match steps.last() {
            Some(Step::Compute { .. }) => Step::Wait { ms: FRESH_MS },
            _ => Step::Compute { ms: FRESH_MS, kernel: Kernel::default() },
        });
        cx.push(Command::Edit(Edit::Steps(all)));
    }
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, steps: &[Step], place: usize, step: &Step) {
    let number = place + 1;
    let name = format!("Step {number}");
    let show = |ui: &mut Ui| {
        let remove = format!("Remove step {number}");
        // The button first, from the right, so that the choice gets the room that is left.
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding = Vec2::new(6.0, 2.0);
            let button = ui.small_button("Remove");
            let removed = button.accessible_name(&remove).on_hover_text("Takes this step out of each task").clicked();
            let (picked, response) = fields::choice(ui, "kind", step.kind(), Step::KINDS, |kind| kind.title.to_owned());
            ((picked, removed), response)
        })
        .inner
    };
    let tip = format!("What kind of step this is. Now: {}", step.describe());
    let ((picked, removed), _) = fields::step_head(ui, &name, &tip, show);
    if removed {
        let mut all = steps.to_vec();
        all.remove(place);
        cx.push(Command::Edit(Edit::Steps(all)));
    } else if let Some(step) = picked.map(|kind| of_kind(kind, step)) {
        cx.push(Command::Edit(Edit::Step(place, step)));
    }
    for key in knobs::keys(step) {
        let name = format!("{name} {}", key.label.to_lowercase());
        let show = |ui: &mut Ui| knobs::control(ui, key, step, &name);
        if let (Some(step), _) = fields::step_row(ui, &name, &knobs::tip(key), show) {
            cx.push(Command::Edit(Edit::Step(place, step)));
        }
    }
}

/// A step of another kind, as long as the one that it replaces.
fn of_kind(kind: &StepKind, replaced: &Step) -> Step {
    let mut step = (kind.new)();
    step.set_ms(replaced.ms().unwrap_or(FRESH_MS));
    step
}
