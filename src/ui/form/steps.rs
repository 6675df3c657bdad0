//! The fields of steps: of those that the workload is about, and of one step. The row of all steps is in `strip`.

use eframe::egui::{Ui, Vec2};

use super::fields::{self, PartLabel};
use super::knobs;
use super::step_change::{self, Possible, StepChange};
use super::step_selection;
use crate::lab::{Command, Edit};
use crate::ui::at_the_right::at_the_right;
use crate::ui::view_context::ViewContext;
use crate::workload::{Kernel, Key, Step, StepKind};

/// Duration of a new timed step, milliseconds.
const FRESH_MS: f64 = 5.0;

/// Draws, in the form, the first step of each kind other than computing and waiting. Its duration is omitted if it is
/// the "Task duration". The step that is selected has its fields below the row of steps.
pub fn direct(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let steps = cx.lab.draft.workload().steps();
    let several = steps.iter().filter(|step| step.ms().is_some()).count() > 1;
    for (index, step) in steps.iter().enumerate() {
        let plain = matches!(step, Step::Compute { .. } | Step::Wait { .. });
        if plain
            || step_selection::selected(ui) == Some(index)
            || steps[..index].iter().any(|earlier| earlier.kind() == step.kind())
        {
            continue;
        }
        for key in knobs::keys(step).filter(|key| several || !knobs::is_duration(key)) {
            let show = |ui: &mut Ui| knobs::control(ui, key, step, key.label);
            let reset = reset(cx, index, step, key);
            let ((changed, _), pressed) =
                fields::resettable(ui, key.label, &knobs::tip(key), true, reset.is_some(), show);
            if let Some(step) = changed.or(reset.filter(|_| pressed)) {
                cx.push(Command::Edit(Edit::Step(index, step)));
            }
        }
    }
}

/// Returns a step to add behind the others: waits and computations alternate.
pub fn fresh(steps: &[Step]) -> Step {
    match steps.last() {
        Some(Step::Compute { .. }) => Step::wait(FRESH_MS),
        _ => Step::Compute { ms: FRESH_MS, kernel: Kernel::default() },
    }
}

/// Draws one step. Returns a change of its place.
pub fn one(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    label: PartLabel<'_>,
    (index, step): (usize, &Step),
    possible: Possible,
) -> Option<StepChange> {
    let name = label.name();
    let show = |ui: &mut Ui| {
        let mut change = None;
        let kind = |ui: &mut Ui| fields::choice(ui, "kind", step.kind(), Step::KINDS, |kind| kind.title.to_owned());
        let (picked, response) = at_the_right(ui, kind, |ui| {
            ui.spacing_mut().button_padding = Vec2::new(6.0, 2.0);
            change = step_change::menu(ui, &name, possible);
        });
        ((picked, change), response)
    };
    let tip = format!("What kind of step this is. Now: {}", step.describe());
    let ((picked, change), _) = fields::step_head(ui, label, &tip, show);
    if let Some(step) = picked.map(|kind| of_kind(kind, step)) {
        cx.push(Command::Edit(Edit::Step(index, step)));
    }
    for key in knobs::keys(step) {
        let field = key.label.to_lowercase();
        let label = PartLabel { part: &name, field: &field };
        let show = |ui: &mut Ui| knobs::control(ui, key, step, &label.name());
        let reset = reset(cx, index, step, key);
        let ((changed, _), pressed) = fields::resettable_part(ui, label, &knobs::tip(key), reset.is_some(), show);
        if let Some(step) = changed.or(reset.filter(|_| pressed)) {
            cx.push(Command::Edit(Edit::Step(index, step)));
        }
    }
    change
}

/// Returns the step with the preset's value of one key; `None` if it has that value, or if the preset has another kind of
/// step there.
fn reset(cx: &ViewContext<'_>, index: usize, step: &Step, key: &Key) -> Option<Step> {
    let old = cx.lab.draft.origin().workload.steps().get(index).filter(|old| old.kind().name == step.kind().name)?;
    let value = key.get(old).filter(|value| key.get(step).as_ref() != Some(value))?;
    let mut step = step.clone();
    key.set(&mut step, &value);
    Some(step)
}

/// Returns a step of another kind with the duration of the step it replaces.
fn of_kind(kind: &StepKind, replaced: &Step) -> Step {
    let mut step = (kind.new)();
    step.set_ms(replaced.ms().unwrap_or(FRESH_MS));
    step
}
