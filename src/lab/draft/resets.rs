//! Edits that bring single fields of the form back to the preset's values.

use super::{Draft, kernel_of, steps};
use crate::experiment::Experiment;
use crate::lab::command::Edit;
use crate::workload::Tasks;

impl Draft {
    /// Returns the preset that the draft came from.
    #[must_use]
    pub const fn origin(&self) -> &Experiment {
        &self.origin
    }

    /// Returns the edit that brings a field of this name back; `None` if it has the preset's value.
    #[must_use]
    pub fn reset_of(&self, field: &str) -> Option<Edit> {
        self.resets().into_iter().flatten().find(|edit| edit.what() == field)
    }

    /// Returns an edit for each field, `None` for one that has the preset's value.
    fn resets(&self) -> [Option<Edit>; 18] {
        let (now, was) = (&self.experiment, &self.origin);
        let (work, old_work, plan, old_plan) = (&now.workload, &was.workload, &now.trials, &was.trials);
        let (tasks, all_steps) = match (&work.tasks, &old_work.tasks) {
            (Tasks::Alike { count, steps }, Tasks::Alike { count: old_count, steps: old_steps }) => {
                (changed(count, old_count, Edit::Tasks), changed(steps, old_steps, Edit::Steps))
            }
            _ => (None, None),
        };
        [
            tasks,
            all_steps,
            moved(work.task_ms(), old_work.task_ms()).map(Edit::TaskMs),
            moved(steps::share(work), steps::share(old_work)).map(Edit::ComputeShare),
            changed(&kernel_of(work), &kernel_of(old_work), |kernel| kernel).flatten().map(Edit::Kernel),
            changed(&work.ticker, &old_work.ticker, Edit::Ticker),
            changed(&work.awaits, &old_work.awaits, Edit::Await),
            changed(&work.spread, &old_work.spread, Edit::Spread),
            changed(&work.workers, &old_work.workers, Edit::Workers),
            changed(&work.in_flight, &old_work.in_flight, Edit::InFlight),
            changed(&work.seed, &old_work.seed, Edit::Seed),
            changed(&work.work, &old_work.work, Edit::Work),
            changed(&plan.count, &old_plan.count, Edit::Trials),
            changed(&plan.warmups, &old_plan.warmups, Edit::Warmups),
            changed(&plan.budget_seconds, &old_plan.budget_seconds, Edit::BudgetSeconds),
            changed(&plan.timeout_seconds, &old_plan.timeout_seconds, Edit::TimeoutSeconds),
            changed(&now.start_method, &was.start_method, Edit::StartMethod),
            changed(&now.sweep, &was.sweep, Edit::Sweep),
        ]
    }
}

/// Returns what `edit` makes of the old value, if the value is another now.
fn changed<T: PartialEq + Clone, E>(now: &T, was: &T, edit: impl FnOnce(T) -> E) -> Option<E> {
    (now != was).then(|| edit(was.clone()))
}

/// Returns the old value if the value differs by more than rounding.
fn moved(now: Option<f64>, was: Option<f64>) -> Option<f64> {
    was.filter(|was| now.is_some_and(|now| !steps::is_close(now, *was)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::experiment::TrialCount;
    use crate::python::Interpreters;
    use crate::workload::{Awaiting, DurationDistribution, Step, Work, WorkerCount};

    fn draft(preset: &str) -> Draft {
        let preset = crate::preset::find(preset).expect("it ships").clone();
        Draft::of(preset, 2, Arc::new(Interpreters::default()))
    }

    #[test]
    fn each_field_comes_back_by_itself() {
        let edits = [
            Edit::Tasks(99),
            Edit::TaskMs(37.0),
            Edit::ComputeShare(0.7),
            Edit::Ticker(true),
            Edit::Await(Awaiting::InTurn),
            Edit::Spread(DurationDistribution::Exponential),
            Edit::Workers(Some(WorkerCount::Number(7))),
            Edit::InFlight(Some(3)),
            Edit::Seed(12),
            Edit::Work(Work::SameAlgorithm),
            Edit::Trials(TrialCount::Fixed(4)),
            Edit::Warmups(3),
            Edit::BudgetSeconds(1.5),
            Edit::TimeoutSeconds(9.0),
            Edit::Steps(vec![Step::wait(1.0)]),
        ];
        for edit in edits {
            let mut draft = draft("quick-tour");
            let field = edit.what();
            assert_eq!(draft.reset_of(&field), None, "{field}");
            draft.edit(edit);
            draft.edit(Edit::Label(draft.experiment().models[0].clone(), Some("kept".to_owned())));
            let reset = draft.reset_of(&field).unwrap_or_else(|| panic!("{field} was changed"));
            draft.edit(reset);
            assert_eq!(draft.reset_of(&field), None, "{field}");
            assert_eq!(draft.workload(), &draft.origin().workload, "{field}");
            assert!(draft.edited(), "{field}: the label is still another");
        }
    }

    #[test]
    fn a_field_that_the_preset_has_not_is_not_reset() {
        let mut draft = draft("quick-tour");
        draft.edit(Edit::Steps(Vec::new()));
        assert_eq!(draft.reset_of("Task duration"), None, "without a timed step there is no such field");
        draft.edit(draft.reset_of("Steps").expect("changed"));
        assert!(!draft.edited());
    }
}
