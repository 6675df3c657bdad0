//! Rules that classes of tasks can break, as sentences.

use crate::printable;
use crate::units;
use crate::workload::{FEWEST_CLASSES, MOST_CLASSES, MOST_STEPS, MOST_TASKS};

/// A rule that classes break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassProblem {
    /// Too few classes, or too many.
    #[error("there {}: allowed are {FEWEST_CLASSES} to {MOST_CLASSES}", if *.0 == 1 { "is 1 class".to_owned() } else { format!("are {} classes", .0) })]
    Count(usize),
    /// Two classes have the same name.
    #[error("two classes have the name \"{}\": each needs a name of its own", printable::value(.0))]
    SameName(String),
    /// No class ends.
    #[error("every class repeats: at least one must not, since a run ends with the others")]
    NothingEnds,
    /// A class with code of the user's: results are compared for tasks that are alike.
    #[error(
        "the class \"{}\" has a step with code of your own, whose results are compared for tasks that are alike: leave out \
         the classes, or the code",
        printable::value(.0)
    )]
    OwnCode(String),
    /// A class that repeats without a step.
    #[error("the class \"{}\" repeats and has no step: it needs one", printable::value(.0))]
    RepeatsNothing(String),
    /// A step that a class that repeats can't do.
    #[error("the class \"{}\" repeats: {reason}", printable::value(.name))]
    CanNotRepeat {
        /// Name of the class.
        name: String,
        /// Reason.
        reason: &'static str,
    },
    /// More steps in all classes than a span has timestamps for.
    #[error("{0} steps in all classes: at most {MOST_STEPS} are allowed")]
    TooManySteps(usize),
    /// More tasks than a run can have.
    #[error("{0} tasks in all classes: at most {most} are allowed", most = units::count(MOST_TASKS.into()))]
    TooManyTasks(u64),
}
