//! Classes of tasks: groups with steps of their own that share one model. The order in which the tasks of the classes
//! are handed over, and which task belongs to which class.

use serde::{Deserialize, Serialize};

use super::{MOST_TASKS, Step};

/// Fewest classes of a workload that has any.
pub const FEWEST_CLASSES: usize = 2;
/// Most classes of a workload.
pub const MOST_CLASSES: usize = 4;
/// Most tasks at a time of a class that repeats.
pub const MOST_REPEATERS: u32 = 256;
/// Most repetitions of which a trial keeps a span; further ones are counted.
pub const MOST_REPEATS_RECORDED: u32 = 20_000;
/// Factors of the spread that repetitions take in turn.
pub(super) const REPEAT_FACTORS: u32 = 256;

/// A group of tasks that do the same steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Unique in the workload.
    pub name: String,
    /// Number of tasks; of a class that repeats, the number at a time.
    pub tasks: u32,
    /// True if each task is submitted again when it ends, until all other classes are done.
    pub repeat: bool,
    /// Size of a pool of its own; `None` shares the model's pool with the other classes.
    pub workers: Option<u32>,
    /// Number of its steps, which follow those of the class before it in [`Classes::steps`].
    pub steps: usize,
}

/// All classes of a workload.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Classes {
    /// Two to four classes.
    pub list: Vec<Class>,
    /// Steps of all classes, in the order of the classes.
    pub steps: Vec<Step>,
}

impl Classes {
    /// Adds a class with its steps.
    pub fn push(&mut self, class: Class, steps: Vec<Step>) {
        self.list.push(Class { steps: steps.len(), ..class });
        self.steps.extend(steps);
    }

    /// Returns the indices of the steps of a class; empty for a class that does not exist.
    #[must_use]
    pub fn range(&self, class: usize) -> std::ops::Range<usize> {
        let first = self.list.iter().take(class).map(|class| class.steps).sum();
        first..first + self.list.get(class).map_or(0, |class| class.steps)
    }

    /// Returns the steps of a class.
    #[must_use]
    pub fn steps_of(&self, class: usize) -> &[Step] {
        self.steps.get(self.range(class)).unwrap_or_default()
    }

    /// Returns the class that a step belongs to.
    #[must_use]
    pub fn class_of_step(&self, step: usize) -> Option<usize> {
        (0..self.list.len()).find(|class| self.range(*class).contains(&step))
    }

    /// Returns the number of tasks of the classes that do not repeat.
    #[must_use]
    pub fn task_count(&self) -> u32 {
        self.list.iter().filter(|class| !class.repeat).fold(0, |sum, class| sum.saturating_add(class.tasks))
    }

    /// Returns true if a class repeats.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.list.iter().any(|class| class.repeat)
    }

    /// Returns the classes as a runner needs them.
    #[must_use]
    pub fn plan(&self) -> PlanClasses {
        let planned = |(class, one): (usize, &Class)| PlanClass {
            name: one.name.clone(),
            first_step: self.range(class).start,
            steps: one.steps,
            tasks: one.tasks,
            repeat: one.repeat,
            workers: one.workers,
        };
        PlanClasses::new(self.list.iter().enumerate().map(planned).collect())
    }
}

/// A class of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanClass {
    /// Name in messages.
    pub name: String,
    /// Index of its first step in the plan.
    pub first_step: usize,
    /// Number of its steps.
    pub steps: usize,
    /// Number of tasks; at a time if it repeats.
    pub tasks: u32,
    /// True if its tasks are submitted again when they end.
    pub repeat: bool,
    /// Size of a pool of its own.
    pub workers: Option<u32>,
}

/// The classes of a plan, and the class of each task. Empty for tasks that are all alike.
///
/// Tasks with an index below the number of tasks are those of the classes that do not repeat. Indices from there on are
/// repetitions: repetition `k` of repeater `r` has the index `tasks + k × repeaters + r`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PlanClass>", into = "Vec<PlanClass>")]
pub struct PlanClasses {
    /// The classes.
    pub list: Vec<PlanClass>,
    /// Class of each task that does not repeat, by index.
    of_task: Vec<u8>,
    /// Class of each repeater: of each task that runs at a time of a class that repeats.
    of_repeater: Vec<u8>,
}

/// Classes that no workload has.
#[derive(Debug, thiserror::Error)]
#[error("more classes or tasks than a workload can have")]
pub struct TooManyClasses;

impl TryFrom<Vec<PlanClass>> for PlanClasses {
    type Error = TooManyClasses;

    fn try_from(list: Vec<PlanClass>) -> Result<Self, TooManyClasses> {
        let tasks: u64 = list.iter().map(|class| u64::from(class.tasks)).sum();
        if list.len() > MOST_CLASSES || tasks > 2 * u64::from(MOST_TASKS) {
            Err(TooManyClasses)
        } else {
            Ok(Self::new(list))
        }
    }
}

impl From<PlanClasses> for Vec<PlanClass> {
    fn from(classes: PlanClasses) -> Self {
        classes.list
    }
}

impl PlanClasses {
    fn new(list: Vec<PlanClass>) -> Self {
        let of_task = interleaved(&list);
        let of_repeater = (0_u8..)
            .zip(&list)
            .filter(|(_, class)| class.repeat)
            .flat_map(|(index, class)| std::iter::repeat_n(index, class.tasks as usize))
            .collect();
        Self { list, of_task, of_repeater }
    }

    /// Returns the classes for a process that runs one task, which is of this class.
    #[must_use]
    pub fn only(list: Vec<PlanClass>, class: usize, repeaters: u32) -> Self {
        let of_repeater = if list.is_empty() { Vec::new() } else { vec![class as u8; repeaters.max(1) as usize] };
        Self { list, of_task: Vec::new(), of_repeater }
    }

    /// Returns true for tasks that are all alike.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the class of each task that does not repeat, by index.
    #[must_use]
    pub fn of_tasks(&self) -> &[u8] {
        &self.of_task
    }

    /// Returns the number of tasks of classes that repeat, at a time.
    #[must_use]
    pub const fn repeaters(&self) -> u32 {
        self.of_repeater.len() as u32
    }

    /// Returns the class of a repeater.
    #[must_use]
    pub fn of_repeater(&self, repeater: u32) -> usize {
        self.of_repeater.get(repeater as usize).map_or(0, |class| usize::from(*class))
    }

    /// Returns the class of a task or a repetition.
    #[inline]
    #[must_use]
    pub fn of(&self, task: u32) -> usize {
        let tasks = self.of_task.len();
        match self.of_task.get(task as usize) {
            Some(class) => usize::from(*class),
            None => self.of_repeater(
                (task as usize).saturating_sub(tasks).checked_rem(self.of_repeater.len()).unwrap_or(0) as u32,
            ),
        }
    }

    /// Returns the number of repetitions of each repeater that are recorded.
    #[must_use]
    pub fn recorded_per_repeater(&self) -> u32 {
        MOST_REPEATS_RECORDED.checked_div(self.repeaters()).unwrap_or(0)
    }

    /// Returns the number of repetitions that are recorded.
    #[must_use]
    pub fn recorded_repeats(&self) -> u32 {
        self.recorded_per_repeater() * self.repeaters()
    }

    /// Returns the number of records of repetitions: those that are kept, and one more per repeater for all others.
    #[must_use]
    pub fn repeat_records(&self) -> u32 {
        self.recorded_repeats() + self.repeaters()
    }

    /// Returns the number of rows of amounts that repetitions take in turn.
    #[must_use]
    pub const fn repeat_amounts(&self) -> u32 {
        if self.repeaters() > 0 { REPEAT_FACTORS } else { 0 }
    }

    /// Returns the index of a repetition. Repetitions beyond the recorded ones share the last index of their repeater.
    #[inline]
    #[must_use]
    pub fn repetition(&self, repeater: u32, count: u64) -> u32 {
        let kept = u64::from(self.recorded_per_repeater());
        self.of_task.len() as u32 + count.min(kept) as u32 * self.repeaters() + repeater
    }
}

/// Returns the class of each task, spread evenly: at any moment each class has had about its share of the tasks so far.
fn interleaved(list: &[PlanClass]) -> Vec<u8> {
    let counts: Vec<u64> = list.iter().map(|class| if class.repeat { 0 } else { u64::from(class.tasks) }).collect();
    let total: u64 = counts.iter().sum();
    let mut taken = vec![0_u64; counts.len()];
    let mut order = Vec::with_capacity(total as usize);
    for _ in 0..total {
        // The class whose next task is due first, if task k of n is due at (2k + 1) / 2n. The first one of equals.
        let due = |class: usize| (2 * taken[class] + 1, counts[class]);
        let next = (0..counts.len()).filter(|class| taken[*class] < counts[*class]).reduce(|best, other| {
            let ((best_at, best_of), (at, of)) = (due(best), due(other));
            if at * best_of < best_at * of { other } else { best }
        });
        let Some(next) = next else { break };
        taken[next] += 1;
        order.push(next as u8);
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class(tasks: u32, repeat: bool) -> PlanClass {
        PlanClass { name: "c".into(), first_step: 0, steps: 0, tasks, repeat, workers: None }
    }

    #[test]
    fn classes_take_turns_by_their_share() {
        let of = |counts: &[u32]| PlanClasses::new(counts.iter().map(|count| class(*count, false)).collect()).of_task;
        assert_eq!(of(&[2, 2]), [0, 1, 0, 1]);
        assert_eq!(of(&[4, 1]), [0, 0, 1, 0, 0]);
        assert_eq!(of(&[1, 3]), [1, 0, 1, 1]);
    }

    #[test]
    fn repetitions_belong_to_the_class_of_their_repeater_and_share_the_last_record() {
        let classes = PlanClasses::new(vec![class(3, false), class(2, true), class(1, true)]);
        assert_eq!((classes.repeaters(), classes.recorded_per_repeater()), (3, 6_666));
        assert_eq!(classes.of_tasks(), [0, 0, 0]);
        for repeater in 0..3 {
            for count in [0, 1, 6_665, 6_666, u64::MAX] {
                let index = classes.repetition(repeater, count);
                assert_eq!(classes.of(index), classes.of_repeater(repeater), "{repeater}, {count}");
                assert!((3..3 + classes.repeat_records()).contains(&index));
            }
        }
        assert_ne!(classes.repetition(0, 6_665), classes.repetition(0, 6_666));
        assert_eq!(classes.repetition(0, 6_666), classes.repetition(0, 6_667));
    }

    proptest! {
        #[test]
        fn every_task_is_there_once_and_each_class_has_had_its_share(counts in proptest::collection::vec(1..200_u32, 2..=4)) {
            let order = PlanClasses::new(counts.iter().map(|count| class(*count, false)).collect()).of_task;
            let total: u32 = counts.iter().sum();
            prop_assert_eq!(order.len(), total as usize);
            let mut seen = vec![0_u32; counts.len()];
            for (index, class) in order.iter().enumerate() {
                seen[usize::from(*class)] += 1;
                for (had, count) in seen.iter().zip(&counts) {
                    let share = f64::from(*count) * (index + 1) as f64 / f64::from(total);
                    prop_assert!((f64::from(*had) - share).abs() <= counts.len() as f64, "{:?}", order);
                }
            }
            prop_assert_eq!(seen, counts);
        }
    }
}
