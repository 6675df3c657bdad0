//! Changes of the draft, each a step that can be undone and redone.

use super::Lab;
use super::command::Edit;
use super::draft::DraftState;
use super::guess::DraftGuess;
use crate::experiment::Experiment;

impl Lab {
    /// Applies a change to the draft.
    pub(super) fn edit(&mut self, edit: Edit) {
        let (what, field) = (edit.what(), edit.field().map(|field| (field, self.gesture)));
        let before = self.draft.state();
        self.draft.edit(edit);
        self.undo.record(before, &self.draft.state(), what, field);
    }

    /// Makes a change of the draft that is a step of its own.
    pub(super) fn change_draft(&mut self, what: impl Into<String>, change: impl FnOnce(&mut Self)) {
        let before = self.draft.state();
        change(self);
        self.undo.record(before, &self.draft.state(), what.into(), None);
    }

    /// Makes an experiment the draft. Edits that this discards can be brought back.
    pub(super) fn open_in_draft(&mut self, experiment: Experiment) {
        let title = format!("Open {}", experiment.title);
        let open = |lab: &mut Self| lab.draft = lab.draft.with(experiment);
        if self.draft.edited() || self.undo.undoes().is_some() {
            self.change_draft(title, open);
        } else {
            open(self);
        }
    }

    /// Takes the last change back.
    pub(super) fn undo(&mut self) {
        if let Some(state) = self.undo.undo(self.draft.state()) {
            self.bring_back(state);
        }
    }

    /// Makes the change again that was taken back last.
    pub(super) fn redo(&mut self) {
        if let Some(state) = self.undo.redo(self.draft.state()) {
            self.bring_back(state);
        }
    }

    fn bring_back(&mut self, state: DraftState) {
        let is_another = state.id() != self.draft.experiment().id;
        if is_another {
            self.archive_run();
            self.guess = DraftGuess::default();
            self.history.opening = None;
        }
        self.draft.set_state(state);
        if is_another {
            self.show_last_run();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lab::draft::Draft;
    use crate::lab::undo::Undo;
    use crate::python::Interpreters;
    use crate::workload::Kernel;

    /// A draft with its steps, as the lab applies edits, without a lab.
    struct Form {
        draft: Draft,
        undo: Undo,
    }

    impl Form {
        fn new() -> Self {
            let preset = crate::preset::find("quick-tour").expect("it ships").clone();
            Self { draft: Draft::of(preset, 2, Arc::new(Interpreters::default())), undo: Undo::default() }
        }

        fn edit(&mut self, gesture: u64, edit: Edit) {
            let (what, field, before) = (edit.what(), edit.field(), self.draft.state());
            self.draft.edit(edit);
            self.undo.record(before, &self.draft.state(), what, field.map(|field| (field, gesture)));
        }

        fn tasks(&self) -> u32 {
            self.draft.workload().task_count()
        }

        fn undo(&mut self) -> bool {
            let state = self.undo.undo(self.draft.state());
            state.map(|state| self.draft.set_state(state)).is_some()
        }

        fn redo(&mut self) -> bool {
            let state = self.undo.redo(self.draft.state());
            state.map(|state| self.draft.set_state(state)).is_some()
        }
    }

    #[test]
    fn a_drag_is_one_step_and_two_fields_are_two() {
        let mut form = Form::new();
        let before = form.tasks();
        for count in [20, 30, 40] {
            form.edit(1, Edit::Tasks(count));
        }
        form.edit(1, Edit::Seed(7));
        form.edit(2, Edit::Seed(8));
        assert_eq!((form.undo.undoes(), form.undo.redoes()), (Some("Seed"), None));
        assert!(form.undo() && form.undo());
        assert_eq!((form.tasks(), form.undo.undoes()), (40, Some("Tasks")));
        assert!(form.undo() && !form.undo());
        assert_eq!((form.tasks(), form.draft.edited(), form.undo.message()), (before, false, Some("Undone: Tasks")));
        assert!(form.redo() && form.redo());
        assert_eq!((form.tasks(), form.draft.workload().seed), (40, 7));
        assert_eq!(form.undo.message(), Some("Redone: Seed"));
        form.edit(3, Edit::Tasks(50));
        assert!(!form.redo(), "a new change ends what could be redone");
    }

    #[test]
    fn what_changes_nothing_is_no_step() {
        let mut form = Form::new();
        let before = form.tasks();
        form.edit(1, Edit::Tasks(before));
        assert_eq!(form.undo.undoes(), None);
        form.edit(2, Edit::Tasks(before + 10));
        form.edit(2, Edit::Tasks(before));
        assert_eq!(form.undo.undoes(), None, "dragged back");
    }

    #[test]
    fn every_press_of_a_choice_is_a_step() {
        let mut form = Form::new();
        form.edit(1, Edit::Kernel(Kernel::Sha256));
        form.edit(1, Edit::Kernel(Kernel::Fib));
        assert!(form.undo());
        assert_eq!(form.draft.kernel(), Some(Kernel::Sha256));
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut form = Form::new();
        for count in 1..=150 {
            form.edit(u64::from(count), Edit::Tasks(1000 + count));
        }
        let mut steps = 0;
        while form.undo() {
            steps += 1;
        }
        assert_eq!((steps, form.tasks()), (100, 1050));
    }
}
