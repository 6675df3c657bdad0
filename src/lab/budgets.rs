//! The time budgets of the run shown. Draws nothing.

use super::run::Run;
use crate::analysis::time_budget::TimeBudget;
use crate::model::Contender;

impl Run {
    /// Returns the time budget of a trial of each model, at the point that the views show.
    #[must_use]
    pub fn budgets(&self) -> &[TimeBudget] {
        self.view_data.budgets(self.results())
    }

    /// Returns the time budget of a model; `None` without a completed trial.
    #[must_use]
    pub fn budget(&self, contender: &Contender) -> Option<&TimeBudget> {
        self.budgets().iter().find(|budget| budget.contender == *contender)
    }
}
