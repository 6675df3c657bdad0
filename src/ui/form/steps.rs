//! The steps of a task, one line each: what, how long, and which come and go.

use eframe::egui::{ComboBox, Ui};

use super::fields::{self, Number};
use crate::lab::{Command, Edit};
use crate::ui::widgets::line;
use crate::ui::{Cx, theme};
use crate::workload::{Kernel, LONGEST_STEP_MS, MOST_STEPS, Step};

fn kind(step: &Step) -> &'static str {
    step.kind()
}

/// "compute 5 ms, wait 45 ms".
#[must_use]
pub fn told(steps: &[Step]) -> String {
    let parts: Vec<String> = steps
        .iter()
        .filter(|step| step.ms() != Some(0.0))
        .map(|step| format!("{} {}", kind(step), fields::milliseconds(step.ms().unwrap_or(0.0))))
        .collect();
    if parts.is_empty() { "empty tasks".to_owned() } else { parts.join(", ") }
}

/// The list, to edit.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, steps: &[Step]) {
    let palette = theme::palette(ui);
    line(ui, "Steps of each task, in order", theme::note(), palette.secondary);
    let mut edited: Option<Vec<Step>> = None;
    for (place, step) in steps.iter().enumerate() {
        ui.push_id(("step", place), |ui| {
            ui.horizontal(|ui| {
                if let Some(step) = one(ui, place, step) {
                    let mut list = steps.to_vec();
                    list[place] = step;
                    edited = Some(list);
                }
                let number = place + 1;
                if ui.small_button("Remove").accessible_name(format!("Remove step {number}")).clicked() {
                    let mut list = steps.to_vec();
                    list.remove(place);
                    edited = Some(list);
                }
            });
        });
    }
    if steps.len() < MOST_STEPS && ui.small_button("Add step").clicked() {
        let mut list = steps.to_vec();
        list.push(match steps.last() {
            Some(Step::Compute { .. }) => Step::Wait { ms: 5.0 },
            _ => Step::Compute { ms: 5.0, kernel: Kernel::default() },
        });
        edited = Some(list);
    }
    if let Some(list) = edited {
        cx.push(Command::Edit(Edit::Steps(list)));
    }
}

fn one(ui: &mut Ui, place: usize, step: &Step) -> Option<Step> {
    let number = place + 1;
    let ms = step.ms().unwrap_or(0.0);
    let mut changed = None;
    let combo = ComboBox::from_id_salt("kind").width(86.0).selected_text(kind(step));
    let response = combo.show_ui(ui, |ui| {
        for choice in [Step::Compute { ms, kernel: Kernel::default() }, Step::Wait { ms }] {
            if ui.selectable_label(kind(&choice) == kind(step), kind(&choice)).clicked() && kind(&choice) != kind(step)
            {
                changed = Some(choice);
            }
        }
    });
    response.response.accessible_name(format!("Kind of step {number}"));
    ui.scope(|ui| {
        ui.set_max_width(84.0);
        let field = Number { value: ms, range: 0.0..=LONGEST_STEP_MS, logarithmic: true };
        let (value, response) = field.show(ui, fields::milliseconds, fields::parse_ms);
        response.accessible_name(format!("Duration of step {number}"));
        if let Some(value) = value {
            let mut step = step.clone();
            step.set_ms(value);
            changed = Some(step);
        }
    });
    changed
}
