//! Reasons why no ideal is stated for a model. The ideal itself is in `ideal`.

use crate::experiment::Experiment;
use crate::model::{Contender, Gil};
use crate::workload::{Nominal, Step, Work, Workload};

/// Reason why the least time of a model is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoIdeal {
    /// A step has no duration of its own.
    #[error("how long {0} takes is only known after a run")]
    Untimed(&'static str),
    /// Tasks do nothing that takes a stated time.
    #[error("no step of the tasks takes a stated time")]
    Nothing,
    /// A class repeats until the others are done.
    #[error("a class that repeats has no end of its own")]
    Repeats,
    /// A class has a pool of its own.
    #[error("with pools of their own for classes no bound holds for every model")]
    OwnPools,
    /// Another host decides how many iterations a task computes.
    #[error("how long this host takes for the same iterations is only known after a run")]
    OtherSpeed,
    /// A free-threaded build was calibrated with its GIL off.
    #[error("how fast this build computes with its GIL on is only known after a run")]
    GilOn,
}

impl NoIdeal {
    /// Returns the reason why a workload has no ideal under any model, if there is one.
    #[must_use]
    pub fn of_workload(workload: &Workload, nominal: &Nominal) -> Option<Self> {
        let untimed = workload.steps().iter().find(|step| step.ms().is_none());
        let own_pools = workload.classes().is_some_and(|all| all.list.iter().any(|class| class.workers.is_some()));
        match untimed {
            Some(step) => Some(Self::Untimed(a_step(step))),
            None if workload.classes().is_some_and(crate::workload::Classes::repeats) => Some(Self::Repeats),
            None if own_pools => Some(Self::OwnPools),
            None if nominal.compute_nanos + nominal.wait_nanos <= 0.0 => Some(Self::Nothing),
            None => None,
        }
    }

    /// Returns the reason why the ideal of a contender is not known before a run, if there is one.
    #[must_use]
    pub fn before_run(contender: &Contender, experiment: &Experiment, nominal: &Nominal) -> Option<Self> {
        let workload = &experiment.workload;
        let other_host = contender.host.base() != experiment.reference.host.base();
        let computes = !workload.kernels().is_empty();
        match Self::of_workload(workload, nominal) {
            Some(reason) => Some(reason),
            None if computes && other_host && workload.work == Work::SameAlgorithm => Some(Self::OtherSpeed),
            None if !is_calibrated(contender, workload) => Some(Self::GilOn),
            None => None,
        }
    }
}

/// Returns false for a contender that computes at another speed than its host was calibrated at: a free-threaded build is
/// calibrated as it runs by itself.
pub(super) fn is_calibrated(contender: &Contender, workload: &Workload) -> bool {
    contender.settings.gil != Some(Gil::On) || workload.kernels().is_empty()
}

/// Names a step without a duration, with its article.
fn a_step(step: &Step) -> &'static str {
    match step {
        Step::File { .. } => "a file step",
        Step::Memory { .. } => "a memory step",
        Step::Increment { .. } => "an increment step",
        Step::Shared { .. } => "the use of a shared object",
        Step::Call { .. } => "the function",
        Step::Command { .. } => "the command",
        _ => "a step",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{workload_alike, workload_of};
    use crate::workload::{Class, Classes, Tasks};

    fn reason(workload: Workload, contender: &str) -> Option<String> {
        let contender: Contender = contender.parse().expect("a contender");
        let experiment = Experiment { models: vec![contender.clone()], workload, ..Experiment::default() };
        let nominal = experiment.workload.nominal();
        NoIdeal::before_run(&contender, &experiment, &nominal).map(|reason| reason.to_string())
    }

    #[test]
    fn every_workload_without_an_ideal_has_a_reason() {
        let file = || workload_of(4, vec![Step::file(1, false)]);
        assert_eq!(reason(file(), "async").as_deref(), Some("how long a file step takes is only known after a run"));
        assert_eq!(reason(workload_of(4, vec![Step::http(5.0, 1)]), "async"), None, "the server's latency is stated");
        assert!(reason(workload_of(4, Vec::new()), "async").expect("none").starts_with("no step"));
        let same = || Workload { work: Work::SameAlgorithm, ..workload_alike(4, 1.0, 1.0) };
        assert!(reason(same(), "py-threads").expect("another host").starts_with("how long this host"));
        assert_eq!(reason(same(), "threads"), None);
        assert_eq!(reason(Workload { work: Work::SameAlgorithm, ..workload_alike(4, 0.0, 1.0) }, "py-threads"), None);
        assert!(reason(workload_alike(4, 1.0, 1.0), "py-threads@3.14t{gil=on}").expect("GIL").contains("GIL on"));
        let classes = |repeat, workers| {
            let mut classes = Classes::default();
            let class = Class { name: "one".into(), tasks: 2, repeat: false, workers, steps: 0 };
            classes.push(class.clone(), vec![Step::wait(1.0)]);
            classes.push(Class { name: "other".into(), repeat, ..class }, vec![Step::wait(1.0)]);
            Workload { tasks: Tasks::Classes(classes), ..Workload::default() }
        };
        assert_eq!(reason(classes(false, None), "async"), None);
        assert!(reason(classes(true, None), "async").expect("repeats").contains("repeats"));
        assert!(reason(classes(false, Some(1)), "async").expect("pools").contains("pools of their own"));
    }
}
