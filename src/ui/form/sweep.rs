//! The sweep in the form: which setting, and its values as text.

use eframe::egui::{ComboBox, Id, TextEdit, Ui};

use super::fields;
use super::reset_row::row;
use crate::experiment::sweep::{Sweep, SweepKey, SweepValues};
use crate::lab::{Command, Draft, Edit};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{list_entry, polite, text};

/// Text being typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
struct Typed {
    text: String,
    problem: Option<String>,
}

/// Values that a newly chosen setting gets.
fn first_values(key: &SweepKey, draft: &Draft) -> SweepValues {
    match key {
        SweepKey::ComputeShare => SweepValues::List(vec![0.0, 0.25, 0.5, 0.75, 1.0]),
        SweepKey::Workers | SweepKey::ClassWorkers(_) => SweepValues::List(vec![1.0, 2.0, 4.0, 8.0]),
        SweepKey::ClassTasks(_) => SweepValues::List(vec![1.0, 2.0, 4.0]),
        SweepKey::InFlight => SweepValues::List(vec![1.0, 10.0, 100.0]),
        SweepKey::Tasks => SweepValues::List(vec![10.0, 100.0, 1_000.0]),
        SweepKey::InputBytes | SweepKey::OutputBytes => SweepValues::List(vec![1e3, 1e4, 1e5, 1e6]),
        SweepKey::TaskMs | SweepKey::Step { .. } | SweepKey::ClassStep { .. } => {
            let base = draft.workload().task_ms().filter(|ms| *ms > 0.0).unwrap_or(1.0).max(1.0).round();
            SweepValues::List(vec![base, base * 2.0, base * 4.0])
        }
    }
}

/// Draws the rows.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let sweep = cx.lab.draft.experiment().sweep.clone();
    let title = sweep.as_ref().map_or_else(|| "nothing".to_owned(), |sweep| sweep.key.title());
    let tip = "Measures the experiment at several values of one setting, all in one run";
    let draft = &cx.lab.draft;
    let mut picked = None;
    row(ui, cx, "Sweep", tip, true, |ui| {
        let combo = ComboBox::from_id_salt("sweep").width(ui.available_width()).truncate().selected_text(title);
        let response = combo.show_ui(ui, |ui| {
            if list_entry(ui, sweep.is_none(), "nothing") {
                picked = Some(None);
            }
            for key in SweepKey::of(draft.workload()) {
                let chosen = sweep.as_ref().is_some_and(|sweep| sweep.key == key);
                if list_entry(ui, chosen, key.title()) && !chosen {
                    let values = first_values(&key, draft);
                    picked = Some(Some(Sweep { key, values }));
                }
            }
        });
        ((), response.response)
    });
    if let Some(chosen) = picked {
        cx.push(Command::Edit(Edit::Sweep(chosen)));
    }
    if let Some(sweep) = sweep {
        values(ui, cx, &sweep);
        if let Some(outlook) = cx.lab.draft.outlook() {
            text(ui, outlook.to_string(), theme::small(), theme::palette(ui).tertiary);
        }
    }
}

fn values(ui: &mut Ui, cx: &mut ViewContext<'_>, sweep: &Sweep) {
    let palette = theme::palette(ui);
    let id = Id::unique(("sweep values", sweep.key.to_string()));
    let written = sweep.values.to_string();
    let mut typed =
        ui.data(|data| data.get_temp::<Typed>(id)).unwrap_or(Typed { text: written.clone(), problem: None });
    let tip = "Values with commas between them, or a range with its number of points: 1..8/4, or 10..100000/9log for equal ratios";
    let (_, response) = fields::row(ui, "Values", tip, true, |ui| {
        let response = ui.add(TextEdit::singleline(&mut typed.text).desired_width(ui.available_width()));
        ((), response)
    });
    if response.changed() {
        let read = typed.text.parse::<SweepValues>().and_then(|values| {
            let sweep = Sweep { key: sweep.key.clone(), values };
            sweep.values(cx.lab.draft.workload()).map(|_| sweep)
        });
        match read {
            Ok(sweep) => {
                typed.problem = None;
                cx.push(Command::Edit(Edit::Sweep(Some(sweep))));
            }
            Err(problem) => typed.problem = Some(problem.to_string()),
        }
    } else if !response.has_focus() && typed.problem.is_none() {
        // Another preset, or a value set elsewhere.
        typed.text = written;
    }
    if let Some(problem) = &typed.problem {
        let response = text(ui, problem.clone(), theme::small(), palette.caveat);
        polite(ui, &response);
    }
    ui.data_mut(|data| data.insert_temp(id, typed));
}
