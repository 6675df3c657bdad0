//! Code of the user's in a trial: exactly what the user has agreed to is copied into the trial's folder.

use super::Session;
use crate::code::StepCode;
use crate::failure::{Action, Failure};
use crate::private_files;
use crate::session::folder::Folder;
use crate::workload::{Plan, PlanStep};

impl Session {
    /// Returns the code of each step, with the sources written into the folder of the trial; empty for a plan without
    /// such steps.
    ///
    /// # Errors
    /// Returns a failure if a step has no code that the user has agreed to, or a program has changed since.
    pub(super) fn code_for(&self, plan: &Plan, folder: Option<&Folder>) -> Result<Vec<Option<StepCode>>, Failure> {
        let runs_code = |step: &PlanStep| matches!(step, PlanStep::Call | PlanStep::Command);
        if !plan.steps.iter().any(runs_code) {
            return Ok(Vec::new());
        }
        let folder = folder.ok_or(Failure::NoConsent)?;
        let mut all = Vec::with_capacity(plan.steps.len());
        for (index, step) in plan.steps.iter().enumerate() {
            if !runs_code(step) {
                all.push(None);
                continue;
            }
            let code = self.request.code.iter().find(|code| code.step == index).ok_or(Failure::NoConsent)?;
            if !code.is_unchanged() {
                return Err(Failure::CodeChanged { path: (&code.path).into() });
            }
            let copy = folder.path().join(format!("code-{}.py", index + 1));
            if let Some(source) = code.source() {
                private_files::write_new(&copy, source)
                    .map_err(|error| Failure::system(Action::WriteCode { path: (&copy).into() }, &error))?;
            }
            all.push(Some(code.to_request(&copy)));
        }
        Ok(all)
    }
}
