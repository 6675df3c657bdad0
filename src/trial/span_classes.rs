//! Classes of the spans of one trial: which class each span belongs to, and how many tasks of each class were done.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::workload::PlanClasses;

/// Classes of the spans. Empty for tasks that are all alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanClasses {
    /// The classes, in the order of the workload.
    pub list: Vec<SpanClass>,
    /// Class of each span.
    pub of: Vec<u8>,
}

/// One class of the spans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanClass {
    /// Index of its first step.
    pub first_step: usize,
    /// Number of its steps.
    pub steps: usize,
    /// True if its tasks repeat.
    pub repeat: bool,
    /// Number of tasks that ended within the clock; may exceed the number of spans if they repeat.
    pub done: u64,
}

impl SpanClasses {
    /// Creates the classes of recorded tasks and repetitions, given by their indices. `completed` counts the repetitions
    /// of each repeater.
    #[must_use]
    pub fn of(classes: &PlanClasses, recorded: &[usize], completed: &[u64]) -> Self {
        let of: Vec<u8> = recorded.iter().map(|index| classes.of(*index as u32) as u8).collect();
        let kept = u64::from(classes.recorded_per_repeater());
        let list = (0_u8..).zip(&classes.list).map(|(class, planned)| {
            let spans = of.iter().filter(|one| **one == class).count() as u64;
            // Where all were kept, the spans are exact: the stop comes some nanoseconds after the clock has ended.
            let beyond =
                (0..).zip(completed).filter(|(repeater, _)| classes.of_repeater(*repeater) == usize::from(class));
            let beyond = beyond.map(|(_, count)| count.saturating_sub(kept)).fold(0, u64::saturating_add);
            SpanClass {
                first_step: planned.first_step,
                steps: planned.steps,
                repeat: planned.repeat,
                done: spans.saturating_add(if planned.repeat { beyond } else { 0 }),
            }
        });
        Self { list: list.collect(), of }
    }

    /// Returns true for tasks that are all alike.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the class of a span, if there are classes.
    #[must_use]
    pub fn class_of(&self, span: usize) -> Option<usize> {
        self.of.get(span).map(|class| usize::from(*class))
    }

    /// Returns the indices of the steps of a span, of `steps` in all.
    #[must_use]
    pub fn steps_of(&self, span: usize, steps: usize) -> Range<usize> {
        match self.class_of(span).and_then(|class| self.list.get(class)) {
            Some(class) => class.first_step.min(steps)..class.first_step.saturating_add(class.steps).min(steps),
            None => 0..steps,
        }
    }

    /// Returns true for a task of a class that repeats.
    #[must_use]
    pub fn repeats(&self, span: usize) -> bool {
        self.class_of(span).and_then(|class| self.list.get(class)).is_some_and(|class| class.repeat)
    }

    /// Returns true if a class repeats.
    #[must_use]
    pub fn repeats_any(&self) -> bool {
        self.list.iter().any(|class| class.repeat)
    }

    /// Returns the number of repetitions that have no span.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let recorded = |class: usize| self.of.iter().filter(|one| usize::from(**one) == class).count() as u64;
        self.list
            .iter()
            .enumerate()
            .map(|(class, one)| one.done.saturating_sub(recorded(class)))
            .fold(0, u64::saturating_add)
    }
}
