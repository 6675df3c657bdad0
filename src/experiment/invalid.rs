//! The values that are not allowed in an experiment: field, value, and what is allowed. Files, flags and the
//! window's form show the same sentences.

use std::borrow::Cow;
use std::fmt;

use super::class_problem::ClassProblem;
use super::payload_rules::PayloadProblem;
use super::quiz::QuizProblem;
use super::sweep::SweepProblem;
use crate::model::{Contender, InvalidSetting};
use crate::printable;
use crate::units;
pub use crate::units::quoted as number;
use crate::workload::{MOST_STEPS, MOST_TASKS, Value, ValueType};

/// Longest budget and time-out, seconds: a day.
pub const LONGEST_SECONDS: f64 = 86_400.0;
/// Most columns of a comparison, copies included.
pub const MOST_MODELS: usize = 64;
/// Longest name of a task, title or id, in characters.
pub const LONGEST_NAME: usize = 100;
/// A value that is not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// The value is out of bounds, or none of the names that are allowed.
    #[error("{field} is {value}: allowed are {allowed}")]
    NotAllowed {
        /// The name of the key, flag or field.
        field: Cow<'static, str>,
        /// The value.
        value: Given,
        /// Allowed values.
        allowed: Allowed,
    },
    /// Another key leaves only one value for this one.
    #[error("{field} is {value}: {reason}")]
    Fixed {
        /// The name of the key.
        field: &'static str,
        /// The value.
        value: Given,
        /// Reason why it can't be set.
        reason: &'static str,
    },
    /// The text is too long.
    #[error("{field} has {length} characters: allowed are at most {most}")]
    TooLong {
        /// The name of the key.
        field: Cow<'static, str>,
        /// Characters.
        length: usize,
        /// The most that are allowed.
        most: usize,
    },
    /// A character in the line shows nothing, or changes how its neighbours are shown.
    #[error("{field} is {value}, with the invisible character {}: allowed are visible characters", .letter.escape_default())]
    Invisible {
        /// The name of the key.
        field: Cow<'static, str>,
        /// The text.
        value: Given,
        /// The character.
        letter: char,
    },
    /// The same in a text of several lines.
    #[error("{field} holds the invisible character {}: allowed are visible characters, line ends and tabs", .letter.escape_default())]
    InvisibleInBlock {
        /// The name of the key.
        field: Cow<'static, str>,
        /// The character.
        letter: char,
    },
    /// More steps than a span has timestamps for.
    #[error("{0} steps: at most {MOST_STEPS} are allowed")]
    TooManySteps(usize),
    /// The task list is empty or too long.
    #[error("the task list has {0} tasks: allowed are 1 to {most}", most = units::count(MOST_TASKS.into()))]
    TaskListLength(usize),
    /// The classes of tasks break a rule.
    #[error(transparent)]
    Class(#[from] ClassProblem),
    /// The tasks can't have a payload.
    #[error(transparent)]
    Payload(#[from] PayloadProblem),
    /// The sweep can't be run.
    #[error(transparent)]
    Sweep(#[from] SweepProblem),
    /// A contender has a setting that its model does not have.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// No model is chosen.
    #[error("no model is chosen: at least one is needed")]
    NoModel,
    /// Too many models are chosen, copies included.
    #[error("{0} models are chosen: at most {MOST_MODELS} are allowed")]
    TooManyModels(usize),
    /// The same contender is chosen twice.
    #[error("{0} is chosen twice")]
    ChosenTwice(Box<Contender>),
    /// A contender is included and left out.
    #[error("{0} is included and left out at once")]
    IncludedAndLeftOut(Box<Contender>),
    /// A question breaks a rule.
    #[error(transparent)]
    Quiz(#[from] QuizProblem),
}

impl Invalid {
    /// A value that is not among those allowed.
    pub fn not_allowed(
        field: impl Into<Cow<'static, str>>,
        value: impl Into<Given>,
        allowed: impl Into<Allowed>,
    ) -> Self {
        Self::NotAllowed { field: field.into(), value: value.into(), allowed: allowed.into() }
    }
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A number with a fraction, or one that is not finite.
    Number(f64),
    /// A whole number of any file, flag or form.
    Whole(i128),
    /// A whole number, as written.
    Digits(String),
    /// True or false.
    Flag(bool),
    /// A text; at most the start of a long one is shown.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

impl fmt::Display for Given {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => out.write_str(&number(*value)),
            Self::Whole(value) => value.fmt(out),
            Self::Digits(digits) => out.write_str(&printable::value(digits)),
            Self::Flag(value) => value.fmt(out),
            Self::Text(text) => write!(out, "\"{}\"", printable::value(text)),
            Self::Texts(texts) => write!(out, "[{}]", printable::value(&texts.join(", "))),
        }
    }
}

impl From<f64> for Given {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Given {
    fn from(value: i64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<u64> for Given {
    fn from(value: u64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<&str> for Given {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Value> for Given {
    fn from(value: Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(number),
            Value::Whole(number) => Self::Whole(number.into()),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Choice(name) => Self::Text(name.to_owned()),
            Value::Text(text) => Self::Text(text),
            Value::Texts(texts) => Self::Texts(texts),
        }
    }
}

/// Allowed values, shown as a part of a sentence: "whole numbers from 1 to 1,000,000".
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// The values of a type of the step table.
    Value(ValueType),
    /// The seeds that a file can hold.
    Seed,
    /// The seconds of a budget or time-out.
    Seconds,
    /// The percent of a uniform spread.
    Percent,
    /// The shape of a Pareto spread.
    Shape,
    /// The letters of an id.
    Id,
    /// A name that people read.
    Name,
    /// "auto", or a whole number from 1.
    CountOrAuto {
        /// The largest number.
        most: u32,
    },
    /// One of a few names.
    Names(Vec<&'static str>),
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(out),
            Self::Seed => write!(out, "whole numbers from 0 to {}", i64::MAX),
            Self::Seconds => write!(out, "seconds above 0, up to {LONGEST_SECONDS}"),
            Self::Percent => out.write_str("0 to 100"),
            Self::Shape => out.write_str("numbers above 1, up to 100"),
            Self::Id => out.write_str("1 to 64 lower-case letters, digits and -"),
            Self::Name => write!(out, "1 to {LONGEST_NAME} characters, not all blank"),
            Self::CountOrAuto { most } => {
                write!(out, "auto and whole numbers from 1 to {}", units::count((*most).into()))
            }
            Self::Names(names) => out.write_str(&names.join(", ")),
        }
    }
}

impl From<ValueType> for Allowed {
    fn from(value: ValueType) -> Self {
        Self::Value(value)
    }
}
