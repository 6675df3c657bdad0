//! The tables `[[workload.class]]` of a file.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::cursor::Table;
use super::problem::Problem;
use crate::experiment::class_problem::ClassProblem;
use crate::experiment::class_rules;
use crate::experiment::validate::Invalid;
use crate::workload::{Class, Classes, MOST_STEPS, Step};

/// Number of tasks of a class that gives none.
const DEFAULT_TASKS: u32 = 20;

/// Reads the classes of a workload; `None` if there are none. `steps` reads the steps of a class.
pub(super) fn classes(workload: &Table<'_, '_>, steps: impl Fn(&Table<'_, '_>) -> Vec<Step>) -> Option<Classes> {
    let given = workload.get("class")?;
    let mut classes = Classes::default();
    let mut all_steps_are_read = true;
    workload.each("class", |table| {
        table.check_keys();
        let name = table.text("name");
        let (tasks, workers) = (table.whole("tasks"), table.whole("workers"));
        let repeat = table.flag("repeat").unwrap_or_default();
        let mistakes = table.mistakes_so_far();
        let steps = steps(&table);
        let steps_are_read = table.mistakes_so_far() == mistakes;
        all_steps_are_read &= steps_are_read;
        // What was wrong is reported; the others are still checked together.
        let class = Class {
            name: name?,
            tasks: tasks.unwrap_or(if repeat { workers.unwrap_or(1) } else { DEFAULT_TASKS }),
            repeat,
            workers,
            steps: steps.len(),
        };
        let follows =
            |invalid: &Invalid| !steps_are_read && matches!(invalid, Invalid::Class(ClassProblem::RepeatsNothing(_)));
        if let Err(invalid) = class_rules::class(&class, &steps)
            && !follows(&invalid)
        {
            let key = match invalid {
                Invalid::NotAllowed { .. } => "tasks",
                Invalid::Class(ClassProblem::OwnCode(_)) => "step",
                _ => "repeat",
            };
            let span = table.get(key).map_or_else(|| table.span(), Spanned::span);
            table.wrong_at(key, span, || invalid.into());
        }
        classes.push(class, steps);
        Some(())
    });
    let written = given.get_ref().as_array().map_or(0, |list| list.len());
    // A class that could not be read is one mistake, not also one class too few.
    if classes.list.len() == written
        && let Err(problem) = class_rules::together(&classes)
        && (all_steps_are_read || !matches!(problem, ClassProblem::TooManySteps(_)))
    {
        let span = first_span(given);
        workload.wrong_at("class", span, || Problem::Invalid(problem.into()));
    }
    classes.steps.truncate(MOST_STEPS);
    Some(classes)
}

/// The span of a value; of a list, that of its first entry.
pub(super) fn first_span(value: &Spanned<DeValue<'_>>) -> Range<usize> {
    let first = value.get_ref().as_array().and_then(|list| list.iter().next());
    first.map_or_else(|| value.span(), Spanned::span)
}
