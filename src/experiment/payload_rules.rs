//! Combinations that a payload does not go with, whatever the model.

use crate::workload::{Step, Tasks, Workload};

/// Reason why the tasks of a workload can't have a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadProblem {
    /// A step runs code of the user's.
    #[error("step {step} runs code of your own, which gets its arguments and no payload: leave out one of the two")]
    OwnCode {
        /// Number of the step, from 1.
        step: usize,
    },
    /// The tasks are in classes.
    #[error("tasks of classes are given and return nothing: leave out the classes or the payload")]
    Classes,
}

/// Returns why the tasks of a workload can't have a payload; `None` where they can.
#[must_use]
pub fn payload_problem(workload: &Workload) -> Option<PayloadProblem> {
    if matches!(workload.tasks, Tasks::Classes(_)) {
        return Some(PayloadProblem::Classes);
    }
    let own = workload.steps().iter().position(Step::is_own_code)?;
    Some(PayloadProblem::OwnCode { step: own + 1 })
}
