//! Rules for classes of tasks: how many there are, their names, and what a class that repeats can't do.

use super::class_problem::ClassProblem;
use super::invalid::Invalid;
use crate::workload::{
    Class, Classes, FEWEST_CLASSES, MOST_CLASSES, MOST_REPEATERS, MOST_STEPS, MOST_TASKS, MOST_WORKERS, Step, Unit,
    ValueType,
};

/// Returns why a class that repeats can't do a step.
#[must_use]
pub const fn unrepeatable(step: &Step) -> Option<&'static str> {
    match step {
        Step::Increment { .. } => {
            Some("it can't have increment steps, because how many updates are expected is not known before")
        }
        Step::TwoLocks { .. } => Some("it can't have two-locks steps, because the report of a deadlock names tasks"),
        _ => None,
    }
}

/// Returns the most tasks of a class.
#[must_use]
pub const fn most_tasks(class: &Class) -> u32 {
    if class.repeat { MOST_REPEATERS } else { MOST_TASKS }
}

const fn counts(most: u32) -> ValueType {
    ValueType::Whole { least: 1, most: most as u64, unit: Unit::Count }
}

/// Checks the values of one class, apart from its name.
///
/// # Errors
/// The first that is not allowed.
pub fn class(one: &Class, steps: &[Step]) -> Result<(), Invalid> {
    let most = most_tasks(one);
    if !(1..=most).contains(&one.tasks) {
        return Err(Invalid::not_allowed("tasks", i64::from(one.tasks), counts(most)));
    }
    if let Some(workers) = one.workers.filter(|workers| !(1..=MOST_WORKERS).contains(workers)) {
        return Err(Invalid::not_allowed("workers", i64::from(workers), counts(MOST_WORKERS)));
    }
    if steps.iter().any(Step::is_own_code) {
        return Err(ClassProblem::OwnCode(one.name.clone()).into());
    }
    if !one.repeat {
        return Ok(());
    }
    if steps.is_empty() {
        return Err(ClassProblem::RepeatsNothing(one.name.clone()).into());
    }
    match steps.iter().find_map(unrepeatable) {
        Some(reason) => Err(ClassProblem::CanNotRepeat { name: one.name.clone(), reason }.into()),
        None => Ok(()),
    }
}

/// Checks what concerns all classes together.
///
/// # Errors
/// The first rule that they break.
pub fn together(classes: &Classes) -> Result<(), ClassProblem> {
    let list = &classes.list;
    if !(FEWEST_CLASSES..=MOST_CLASSES).contains(&list.len()) {
        return Err(ClassProblem::Count(list.len()));
    }
    let twice = list.iter().enumerate().find(|(at, one)| list[..*at].iter().any(|other| other.name == one.name));
    if let Some((_, twice)) = twice {
        return Err(ClassProblem::SameName(twice.name.clone()));
    }
    if list.iter().all(|class| class.repeat) {
        return Err(ClassProblem::NothingEnds);
    }
    if classes.steps.len() > MOST_STEPS {
        return Err(ClassProblem::TooManySteps(classes.steps.len()));
    }
    let tasks: u64 = list.iter().filter(|class| !class.repeat).map(|class| u64::from(class.tasks)).sum();
    if tasks > MOST_TASKS.into() {
        return Err(ClassProblem::TooManyTasks(tasks));
    }
    Ok(())
}
