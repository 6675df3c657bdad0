//! The steps of a task: in the form those that the workload is about, and all of them in a list, where they can be
//! added, removed and changed.

use eframe::egui::{Ui, Vec2};

use super::fields;
use super::knobs;
use super::step_change::{self, Possible, StepChange};
use crate::lab::{Command, Edit, step_format};
use crate::ui::at_the_right::at_the_right;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::line;
use crate::workload::{Kernel, MOST_STEPS, Step, StepKind};

/// Duration of a new timed step, milliseconds.
const FRESH_MS: f64 = 5.0;

/// Draws, in the form, the first step of each kind other than computing and waiting. Its duration is omitted if it is
/// the "Task duration".
pub fn direct(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let steps = cx.lab.draft.workload().steps();
    let several = steps.iter().filter(|step| step.ms().is_some()).count() > 1;
    for (index, step) in steps.iter().enumerate() {
        let plain = matches!(step, Step::Compute { .. } | Step::Wait { .. });
        if plain || steps[..index].iter().any(|earlier| earlier.kind() == step.kind()) {
            continue;
        }
        for key in knobs::keys(step).filter(|key| several || !knobs::is_duration(key)) {
            let show = |ui: &mut Ui| knobs::control(ui, key, step, key.label);
            if let (Some(step), _) = fields::row(ui, key.label, &knobs::tip(key), true, show) {
                cx.push(Command::Edit(Edit::Step(index, step)));
            }
        }
    }
}

/// Draws the list of steps.
pub fn list(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let steps = cx.lab.draft.workload().steps();
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    fields::indented(ui, |ui| {
        line(ui, "Steps of each task, in order", theme::note(), palette.secondary)
            .on_hover_text(format!("Each task does: {}", step_format::steps(steps)));
    });
    let has_room = steps.len() < MOST_STEPS;
    for (index, step) in steps.iter().enumerate() {
        let name = format!("Step {}", index + 1);
        let possible = Possible::at(index, steps.len(), has_room);
        let change = ui.push_id(("step", index), |ui| one(ui, cx, &name, (index, step), possible)).inner;
        if let Some(change) = change {
            let mut all = steps.to_vec();
            change.apply(&mut all, index);
            cx.push(Command::Edit(Edit::Steps(all)));
        }
    }
    let add = fields::indented(ui, |ui| ui.add_enabled(has_room, eframe::egui::Button::new("Add step").small()));
    let add = add.on_hover_text("Adds a step at the end of each task");
    if add.on_disabled_hover_text(format!("A task has at most {MOST_STEPS} steps")).clicked() {
        let mut all = steps.to_vec();
        all.push(match steps.last() {
            Some(Step::Compute { .. }) => Step::wait(FRESH_MS),
            _ => Step::Compute { ms: FRESH_MS, kernel: Kernel::default() },
        });
        cx.push(Command::Edit(Edit::Steps(all)));
    }
}

/// Draws one step. Returns a change of its place.
pub fn one(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    name: &str,
    (index, step): (usize, &Step),
    possible: Possible,
) -> Option<StepChange> {
    let show = |ui: &mut Ui| {
        let mut change = None;
        let kind = |ui: &mut Ui| fields::choice(ui, "kind", step.kind(), Step::KINDS, |kind| kind.title.to_owned());
        let (picked, response) = at_the_right(ui, kind, |ui| {
            ui.spacing_mut().button_padding = Vec2::new(6.0, 2.0);
            change = step_change::menu(ui, name, possible);
        });
        ((picked, change), response)
    };
    let tip = format!("What kind of step this is. Now: {}", step.describe());
    let ((picked, change), _) = fields::step_head(ui, name, &tip, show);
    if let Some(step) = picked.map(|kind| of_kind(kind, step)) {
        cx.push(Command::Edit(Edit::Step(index, step)));
    }
    for key in knobs::keys(step) {
        let name = format!("{name} {}", key.label.to_lowercase());
        let show = |ui: &mut Ui| knobs::control(ui, key, step, &name);
        if let (Some(step), _) = fields::step_row(ui, &name, &knobs::tip(key), show) {
            cx.push(Command::Edit(Edit::Step(index, step)));
        }
    }
    change
}

/// Returns a step of another kind with the duration of the step it replaces.
fn of_kind(kind: &StepKind, replaced: &Step) -> Step {
    let mut step = (kind.new)();
    step.set_ms(replaced.ms().unwrap_or(FRESH_MS));
    step
}
