//! Edits of the steps of a task: fractions of computing, kernels, and the bounds of every edit.

use crate::experiment::class_rules;
use crate::workload::{Kernel, MOST_STEPS, MOST_TASKS, MOST_WORKERS, Step, Tasks, Workload, scale_steps};

/// Returns the fraction of computing in one task, 0 to 1. `None` for a list, without timed steps, and if a timed step
/// is neither plain computing nor plain waiting.
pub(super) fn share(workload: &Workload) -> Option<f64> {
    let total = workload.task_ms()?;
    let steps = workload.steps();
    let plain = |step: &Step| matches!(step, Step::Compute { .. } | Step::Wait { .. });
    if !steps.iter().all(|step| step.ms().is_none() || plain(step)) {
        return None;
    }
    let compute = sum(steps, true);
    // Adding 0.0 turns the -0.0 of an empty sum into 0.0.
    Some(if total > 0.0 { compute / total + 0.0 } else { f64::from(u8::from(compute > 0.0)) })
}

fn sum(steps: &[Step], computing: bool) -> f64 {
    steps.iter().filter(|step| matches!(step, Step::Compute { .. }) == computing).filter_map(Step::ms).sum()
}

/// Scales compute and wait steps so that computing is `wanted_share` of the task, whose length stays the same. Does
/// nothing to a workload without such a fraction.
pub(super) fn set_share(workload: &mut Workload, wanted_share: f64) {
    if share(workload).is_none() {
        return;
    }
    let Some(total) = workload.task_ms() else { return };
    let Tasks::Alike { steps, .. } = &mut workload.tasks else { return };
    let is = |computing: bool| {
        move |step: &Step| {
            if computing { matches!(step, Step::Compute { .. }) } else { matches!(step, Step::Wait { .. }) }
        }
    };
    let parts = [(true, total * wanted_share), (false, total * (1.0 - wanted_share))];
    let lacks = |steps: &[Step]| parts.iter().any(|(computing, ms)| *ms > 0.0 && !steps.iter().any(is(*computing)));
    if steps.len() >= MOST_STEPS && lacks(steps) {
        // There is no room for a step of the other kind, and none may be removed.
        return;
    }
    for (computing, wanted) in parts {
        if scale_steps(steps, wanted, is(computing)) || wanted <= 0.0 {
            continue;
        }
        if computing {
            steps.insert(0, Step::Compute { ms: wanted, kernel: Kernel::default() });
        } else {
            steps.push(Step::wait(wanted));
        }
    }
}

/// Returns true for durations and shares that differ by rounding alone.
pub(super) fn is_close(now: f64, was: f64) -> bool {
    (now - was).abs() <= was.abs() * 1e-9
}

/// Makes steps that differ from the preset's by rounding alone equal to them, so that they count as unedited.
pub(super) fn snap(workload: &mut Workload, origin: &Workload) {
    let (Tasks::Alike { steps, .. }, Tasks::Alike { steps: old, .. }) = (&mut workload.tasks, &origin.tasks) else {
        return;
    };
    let is_near = |(step, old): (&Step, &Step)| {
        let mut same = step.clone();
        old.ms().into_iter().for_each(|ms| same.set_ms(ms));
        same == *old && step.ms().zip(old.ms()).is_none_or(|(now, was)| is_close(now, was))
    };
    if steps.len() == old.len() && steps.iter().zip(old).all(is_near) {
        steps.clone_from(old);
    }
}

/// Sets the kernel of all compute steps.
pub(super) fn set_kernel(workload: &mut Workload, chosen: Kernel) {
    if let Some(steps) = workload.steps_mut() {
        for step in steps {
            if let Step::Compute { kernel, .. } = step {
                *kernel = chosen;
            }
        }
    }
}

/// Limits all steps to the bounds of `experiment::validate`, so that every edited experiment can run.
pub(super) fn bound(workload: &mut Workload) {
    if let Tasks::Alike { count, steps } = &mut workload.tasks {
        *count = (*count).clamp(1, MOST_TASKS);
        steps.truncate(MOST_STEPS);
        steps.iter_mut().for_each(Step::bound);
    }
    if let Tasks::Classes(classes) = &mut workload.tasks {
        classes.steps.iter_mut().for_each(Step::bound);
        for class in &mut classes.list {
            class.tasks = class.tasks.clamp(1, class_rules::most_tasks(class));
            class.workers = class.workers.map(|workers| workers.clamp(1, MOST_WORKERS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::validate;
    use crate::workload::{Lock, SectionWork};

    fn workload(steps: Vec<Step>) -> Workload {
        let mut workload = crate::preset::built_in()[0].workload.clone();
        workload.tasks = Tasks::Alike { count: 4, steps };
        workload
    }

    #[test]
    fn a_share_that_needs_a_ninth_step_changes_nothing() {
        let full = vec![Step::Compute { ms: 1.0, kernel: Kernel::default() }; MOST_STEPS];
        let mut work = workload(full.clone());
        set_share(&mut work, 0.5);
        assert_eq!(work.steps(), full);
        let mut work = workload(full[1..].to_vec());
        set_share(&mut work, 0.5);
        assert_eq!(work.steps().len(), MOST_STEPS);
        assert!(work.task_ms().is_some_and(|ms| (ms - 7.0).abs() < 1e-9));
    }

    #[test]
    fn only_plain_computing_and_waiting_has_a_share() {
        let wait = Step::wait(5.0);
        assert_eq!(share(&workload(vec![wait.clone(), Step::memory(1)])), Some(0.0));
        for kind in ["http", "critical", "two-locks"] {
            let steps = vec![wait.clone(), Step::of_kind(kind, 5.0).expect("a kind")];
            let mut work = workload(steps.clone());
            assert_eq!(share(&work), None, "{kind}");
            set_share(&mut work, 0.5);
            assert_eq!(work.steps(), steps, "{kind}");
        }
        assert_eq!(share(&workload(vec![Step::memory(1)])), None);
    }

    #[test]
    fn whatever_is_typed_stays_within_the_bounds_of_files() {
        let wild = vec![
            Step::Compute { ms: f64::NAN, kernel: Kernel::default() },
            Step::wait(f64::INFINITY),
            Step::http(-1.0, u64::MAX),
            Step::file(u64::MAX, true),
            Step::memory(0),
            Step::critical(1.0, Lock::Mutex, 5, SectionWork::Wait),
            Step::critical(1e99, Lock::Condvar, 0, SectionWork::Wait),
            Step::Increment { count: 0, protection: crate::workload::Protection::None },
            Step::memory(u32::MAX),
        ];
        assert!(wild.iter().all(|step| validate::step(step).is_err() || *step == wild[3]), "each is out of bounds");
        let mut work = workload(wild);
        bound(&mut work);
        assert_eq!(work.steps().len(), MOST_STEPS);
        for step in work.steps() {
            assert_eq!(validate::step(step), Ok(()), "{step:?}");
        }
        assert!(matches!(work.steps()[5], Step::Critical { permits: 1, .. }));
    }
}
