//! Questions, choices, answers and their evidence as data.

use crate::experiment::quiz::QuizEntry;
use crate::model::Contender;

/// A question with its choices and the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Subject of the question.
    pub subject: Subject,
    /// The choices, in the order shown; at least two.
    pub choices: Vec<Choice>,
    /// Index of the right choice.
    pub answer: usize,
    /// Figure or explanation that shows why it is right.
    pub evidence: Evidence,
}

/// Subject of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// Contender that was clearly faster than all others.
    Fastest,
    /// Contender that kept the most cores busy.
    MostCores,
    /// Tasks that a contender had in flight at once.
    InFlight(Contender),
    /// Effect of twice the workers on a contender's ideal.
    DoubleWorkers {
        /// The contender.
        contender: Contender,
        /// Its workers.
        workers: u32,
    },
    /// Time of the reference / time of a contender.
    TimesAsFast {
        /// The contender.
        contender: Contender,
        /// The reference.
        reference: Contender,
    },
    /// Contender that needed the most memory.
    MostMemory,
    /// Contender that lost updates.
    LostUpdates,
    /// Contender whose trials deadlocked.
    Deadlocked,
    /// Contender beside which the timer stood still longest.
    LongestStandstill,
    /// Time per task of a contender, where tasks do next to nothing.
    PerTask(Contender),
    /// A question of the experiment file.
    Written(String),
}

/// A choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// A contender.
    Contender(Contender),
    /// A number of tasks; the second field is true if it is all of them.
    Tasks(u32, bool),
    /// The ideal becomes shorter, or stays.
    Shorter(bool),
    /// A ratio.
    Times(f64),
    /// A duration, nanoseconds.
    Duration(f64),
    /// A choice of the experiment file.
    Written(String),
}

/// Figure or explanation behind an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Ratio of the next to the fastest: median and interval.
    Lead {
        /// The next.
        next: Contender,
        /// Its time / that of the fastest.
        ratio: f64,
        /// 95 % interval.
        ci95: (f64, f64),
        /// Rounds that both completed.
        rounds: u32,
    },
    /// Intervals of the medians of the right contender and of the nearest other.
    Apart {
        /// Quantity.
        quantity: Quantity,
        /// Right contender: interval of its median.
        right: (f64, f64),
        /// Nearest other and the interval of its median.
        other: (Contender, (f64, f64)),
        /// Trials of the right contender.
        trials: u32,
    },
    /// Count that was the same in all trials.
    InEveryTrial {
        /// Number of trials.
        trials: u32,
        /// Tasks in all.
        tasks: u32,
    },
    /// Calculated ideals with the workers and with twice as many.
    Ideals {
        /// With the workers.
        now_nanos: f64,
        /// With twice as many.
        then_nanos: f64,
    },
    /// Median and 95 % interval.
    Interval {
        /// Median.
        median: f64,
        /// Interval.
        ci95: (f64, f64),
        /// Trials or rounds.
        rounds: u32,
    },
    /// Updates lost by the right contender in its trials: fewest and most; the others lost none.
    Lost {
        /// Fewest and most.
        range: (f64, f64),
        /// Updates made in a trial.
        expected: f64,
    },
    /// Trials that deadlocked.
    Deadlocks {
        /// Number of them.
        trials: u32,
    },
    /// Explanation of the experiment file.
    Written(String),
}

/// A quantity whose intervals are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Cores used on average.
    Cores,
    /// Peak memory without the lab's records, bytes.
    Memory,
    /// Longest standstill of the timer, nanoseconds.
    Standstill,
}

impl Question {
    pub(super) fn written(entry: &QuizEntry) -> Option<Self> {
        Some(Self {
            subject: Subject::Written(entry.question.clone()),
            choices: entry.choices.iter().cloned().map(Choice::Written).collect(),
            answer: entry.right()?,
            evidence: Evidence::Written(entry.because.clone()),
        })
    }

    /// Returns true if the answer follows from the figures of the run, and not from the file.
    #[must_use]
    pub const fn is_of_run(&self) -> bool {
        !matches!(self.subject, Subject::Written(_))
    }
}
