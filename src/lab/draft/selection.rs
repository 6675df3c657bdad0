//! Choosing several models at once.

use super::{Draft, SLOW_TRIAL_SECONDS};
use crate::lab::command::ModelSet;
use crate::model::Contender;

impl Draft {
    /// Chooses these models of the matrix; variants stay as they are, and so do models that were chosen although they
    /// are slow.
    pub(super) fn select_models(&mut self, set: ModelSet) {
        let cells = self.cells.iter().filter(|cell| !cell.contender.is_variant() && cell.unavailable.is_none());
        let wanted: Vec<(Contender, bool)> = cells
            .map(|cell| {
                let in_set = match set {
                    ModelSet::All => true,
                    ModelSet::None => false,
                    ModelSet::Rust => !cell.contender.host.is_python(),
                };
                let fast = cell.selected || cell.is_time_unknown || cell.seconds <= SLOW_TRIAL_SECONDS;
                (cell.contender.clone(), in_set && fast)
            })
            .collect();
        for (contender, wanted) in wanted {
            if wanted != self.experiment.models.contains(&contender) && (!wanted || self.has_room()) {
                self.select(&contender, wanted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lab::command::Edit;
    use crate::python::testing;

    #[test]
    fn all_none_and_only_native_models_are_chosen_at_once() {
        let preset = crate::preset::find("quick-tour").expect("it ships").clone();
        let mut draft = Draft::of(preset, 2, Arc::new(testing::interpreters(&["3.11.7"])));
        let before = draft.experiment().clone();
        draft.edit(Edit::SelectModels(ModelSet::None));
        assert_eq!(draft.chosen().count(), 0);
        draft.edit(Edit::SelectModels(ModelSet::Rust));
        assert!(draft.chosen().count() >= 8 && draft.chosen().all(|one| !one.host.is_python()));
        let native = draft.chosen().count();
        draft.edit(Edit::SelectModels(ModelSet::All));
        assert!(draft.chosen().count() > native);
        draft.edit(Edit::TaskMs(100_000.0));
        draft.edit(Edit::SelectModels(ModelSet::None));
        draft.edit(Edit::SelectModels(ModelSet::All));
        assert_eq!(draft.chosen().filter(|one| one.model == crate::model::ModelId::Sequential).count(), 0, "too slow");
        assert_eq!(before.reference, draft.experiment().reference);
    }
}
