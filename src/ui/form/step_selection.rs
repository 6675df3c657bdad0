//! The step whose fields are shown below the row of steps.

use eframe::egui::{Id, Ui};

fn selection_id() -> Id {
    Id::unique("selected step")
}

/// Returns the index of the step whose fields are shown.
pub fn selected(ui: &Ui) -> Option<usize> {
    ui.data(|data| data.get_temp::<Option<usize>>(selection_id())).flatten()
}

pub fn select(ui: &Ui, index: Option<usize>) {
    ui.data_mut(|data| data.insert_temp(selection_id(), index));
}

/// Shows the fields of no step, because the steps are those of another experiment.
pub fn forget(ui: &Ui) {
    select(ui, None);
}
