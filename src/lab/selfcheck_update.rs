//! Starting the self-check, and what it keeps from being started meanwhile.

use std::sync::Arc;

use super::Lab;
use super::selfcheck::LabSelfcheck;
use super::view::Sheet;
use crate::python::Interpreters;

impl Lab {
    /// Returns true during a self-check.
    #[must_use]
    pub const fn is_selfchecking(&self) -> bool {
        self.selfcheck.is_running()
    }

    /// Returns true while anything is measured: a run, on the page or behind it, or a self-check.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        self.is_running() || self.is_selfchecking()
    }

    pub(super) fn start_selfcheck(&mut self) {
        self.view.sheet = Some(Sheet::Selfcheck);
        let searching = || Arc::new(Interpreters { searching: true, ..Interpreters::default() });
        let interpreters = self.interpreters.clone().unwrap_or_else(searching);
        match (self.services.start_selfcheck)(interpreters, self.services.observer()) {
            Ok(running) => self.selfcheck = LabSelfcheck::of(running),
            Err(error) => self.problem(format!("The self-check could not be started: {error}")),
        }
    }
}
