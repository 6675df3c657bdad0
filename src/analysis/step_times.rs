//! Time of each step under a model, where a task has several. The mean over the tasks, so that the times of a task's steps
//! add up to its own.

use std::borrow::Cow;

use super::summary::Summary;
use crate::results::Results;
use crate::workload::{Step, Workload};

/// Name of a step among several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLabel {
    /// Name in exports, as settings of steps are named: "step.1", "class.Requests.step.2", and in quotation marks for a
    /// name with `;`, `=` or `"` in it: `class."a;b".step.2`.
    pub key: String,
    /// Number in the task, from 1.
    pub number: usize,
    /// Class of the tasks that do it; `None` without classes.
    pub class: Option<String>,
    /// Its kind, "HTTP request", or the object for one that is shared: "list".
    pub what: &'static str,
}

impl StepLabel {
    /// Returns the name for people: "Step 1, list", "Requests, step 2, HTTP request".
    #[must_use]
    pub fn title(&self) -> String {
        match &self.class {
            Some(class) => format!("{class}, step {}, {}", self.number, self.what),
            None => format!("Step {}, {}", self.number, self.what),
        }
    }
}

/// Time of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepTime {
    /// The step.
    pub label: StepLabel,
    /// Mean over all tasks that do it, median over the trials in which one did, nanoseconds; `None` without one.
    pub nanos: Option<f64>,
}

/// Returns the names of all steps; none where a task has one step or none.
#[must_use]
pub fn step_labels(workload: &Workload) -> Vec<StepLabel> {
    let steps = workload.steps();
    if steps.len() < 2 {
        return Vec::new();
    }
    let label = |(step, kind): (usize, &Step)| {
        let what = match kind {
            Step::Shared { object, .. } => object.title(),
            other => other.kind().title,
        };
        let class = workload.classes().and_then(|classes| Some((classes, classes.class_of_step(step)?)));
        match class {
            Some((classes, class)) => {
                let (number, name) = (step - classes.range(class).start + 1, classes.list[class].name.clone());
                StepLabel {
                    key: format!("class.{}.step.{number}", unmistakable(&name)),
                    number,
                    class: Some(name),
                    what,
                }
            }
            None => StepLabel { key: format!("step.{}", step + 1), number: step + 1, class: None, what },
        }
    };
    steps.iter().enumerate().map(label).collect()
}

/// Returns a name that has no separator of the exports outside of quotation marks.
fn unmistakable(name: &str) -> Cow<'_, str> {
    match name.contains([';', '=', '"']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")).into(),
        false => name.into(),
    }
}

/// Returns the times of all steps under a model; none where a task has one step or none, or if they were not measured.
#[must_use]
pub fn step_times(results: &Results, summary: &Summary) -> Vec<StepTime> {
    let labels = step_labels(&results.experiment.workload).into_iter();
    labels
        .zip(&summary.step_nanos)
        .map(|(label, nanos)| StepTime { label, nanos: Some(*nanos).filter(|nanos| !nanos.is_nan()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Tasks;

    #[test]
    fn names_of_classes_are_quoted_where_they_have_separators() {
        let mut workload = crate::analysis::testing::classes::workload();
        let Tasks::Classes(classes) = &mut workload.tasks else { panic!("classes") };
        classes.list[0].name = "a;b=\"c\"".to_owned();
        let keys: Vec<String> = step_labels(&workload).into_iter().map(|label| label.key).collect();
        assert_eq!(
            keys,
            ["class.\"a;b=\"\"c\"\"\".step.1", "class.\"a;b=\"\"c\"\"\".step.2", "class.Computing.step.1"]
        );
    }
}
