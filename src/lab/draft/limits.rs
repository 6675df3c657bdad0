//! Limits of the machine that the draft may reach.

use std::sync::Arc;

use super::{Draft, nominal_for_estimates};
use crate::analysis::preflight::{Outlook, Warning, planned, warnings};
use crate::python::PassedOver;
use crate::session::{Headroom, Machine};

/// Warnings that are shown in full.
const MOST_SHOWN: usize = 3;

impl Draft {
    /// Returns the machine; `None` until it was examined.
    #[must_use]
    pub fn machine(&self) -> Option<&Machine> {
        self.headroom.as_ref().map(|headroom| &headroom.machine)
    }

    /// Sets what the machine has to give, once it was examined.
    pub fn set_headroom(&mut self, headroom: Arc<Headroom>) {
        self.headroom = Some(headroom);
        self.warn();
    }

    /// Compares the needs of the run with the limits. Nothing is said before the machine was examined.
    pub(super) fn warn(&mut self) {
        let Some(headroom) = &self.headroom else { return };
        let points = planned(&self.to_run, nominal_for_estimates);
        self.warnings = warnings(&points, &self.interpreters, headroom);
        self.outlook = Outlook::of(&self.to_run, &points, &self.interpreters, headroom);
    }

    /// Returns what the sweep is expected to take; `None` without a sweep, or before the machine was examined.
    #[must_use]
    pub const fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }

    /// Returns the interpreters that gave no answer and in whose place models of the draft would run on another one.
    #[must_use]
    pub fn passed_over(&self) -> Option<PassedOver> {
        self.interpreters.passed_over().filter(|_| self.to_run.uses_first_python())
    }

    /// Returns one sentence about the limits that chosen models may reach; `None` if there is none.
    #[must_use]
    pub fn limits_sentence(&self) -> Option<String> {
        let shown: Vec<String> = self.warnings.iter().take(MOST_SHOWN).map(Warning::to_string).collect();
        let more = self.warnings.len() - shown.len();
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        (!shown.is_empty()).then(|| format!("The run may reach a limit: {}{rest}.", shown.join("; ")))
    }
}
