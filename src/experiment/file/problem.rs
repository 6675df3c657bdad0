//! Mistakes in an experiment file. Sentences are made here, and only here.

use std::fmt;

use toml::de::DeValue;

use super::keys::FORMAT;
use crate::experiment::sweep::SweepProblem;
use crate::experiment::validate::{Invalid, MOST_MODELS};
use crate::model::{InvalidContender, InvalidSetting, ModelId, UnknownModel};
use crate::printable;
use crate::workload::{MOST_STEPS, StepKind};

/// Characters of a name that a similar one is looked for.
const LONGEST_NAME: usize = 40;

/// Something that is wrong in a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// The file was written for a later version.
    #[error(
        "format is {format}: this version of Concurrency Lab reads format {FORMAT}; a newer one is needed for this file"
    )]
    Newer {
        /// The file's format.
        format: u64,
    },
    /// There is no such key in this table.
    #[error("unknown key {}{}", shown(.key), allowed_keys(.allowed))]
    UnknownKey {
        /// As written.
        key: String,
        /// A similar key that exists.
        nearest: Option<&'static str>,
        /// All keys of the table; empty where an earlier mistake has named them.
        allowed: Vec<&'static str>,
    },
    /// A required key is missing.
    #[error("the key {key} is missing; it is required")]
    MissingKey {
        /// Its name.
        key: &'static str,
    },
    /// A required table is missing.
    #[error("the table {header} is missing; it is required")]
    MissingTable {
        /// As it would be written.
        header: &'static str,
    },
    /// A value of the wrong type.
    #[error("{key}: invalid type: {found}, expected {expected}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// The value.
        found: Found,
        /// Value that the key needs.
        expected: &'static str,
    },
    /// Not a table, or not a list of tables.
    #[error("{key} is {found}: {expected} is needed, {header}")]
    WrongShape {
        /// The key.
        key: &'static str,
        /// Value found.
        found: &'static str,
        /// Value that the key needs.
        expected: &'static str,
        /// Its form in a file.
        header: &'static str,
    },
    /// A value that is not allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A value of a table that is not allowed.
    #[error("leave_out: {0}")]
    InvalidReason(Invalid),
    /// A sweep that can't be run.
    #[error(transparent)]
    Sweep(#[from] SweepProblem),
    /// None of the names that are allowed.
    #[error("{key} is \"{}\": allowed are {}", printable::value(.name), .allowed.join(", "))]
    UnknownName {
        /// The key.
        key: &'static str,
        /// As written.
        name: String,
        /// A similar name that exists.
        nearest: Option<&'static str>,
        /// All names.
        allowed: Vec<&'static str>,
    },
    /// A model that does not exist.
    #[error("{key}: {error}")]
    Model {
        /// The key.
        key: &'static str,
        /// The reason.
        error: InvalidContender,
    },
    /// A setting of a contender that can't be used.
    #[error(transparent)]
    Setting(InvalidSetting),
    /// A step of an existing kind without a key that it needs.
    #[error("a {} step needs {key}, {what}", .kind.name)]
    StepNeeds {
        /// The kind.
        kind: &'static StepKind,
        /// The key.
        key: &'static str,
        /// Kind of value.
        what: &'static str,
    },
    /// A key that belongs to other kinds of steps.
    #[error("{key} belongs to {} steps; a {} step has {}", .owners.join(" and "), .kind.name, key_names(.kind))]
    ForeignStepKey {
        /// The key.
        key: String,
        /// The kind of the step.
        kind: &'static StepKind,
        /// The kinds that have the key.
        owners: Vec<&'static str>,
    },
    /// More steps than a span has timestamps for.
    #[error("{0} steps: at most {MOST_STEPS} are allowed")]
    TooManySteps(usize),
    /// A spread without its parameter.
    #[error("a {kind} spread needs {key}")]
    SpreadNeeds {
        /// The kind.
        kind: &'static str,
        /// The parameter.
        key: &'static str,
    },
    /// The parameter of another spread.
    #[error("{key} belongs to a {owner} spread; this one is {kind}")]
    ForeignSpreadKey {
        /// The parameter.
        key: &'static str,
        /// The kind that has it.
        owner: &'static str,
        /// The kind of this spread.
        kind: &'static str,
    },
    /// Steps or the like beside a task list.
    #[error("{0} does not go with a task list, whose tasks have durations of their own")]
    NotWithTaskList(&'static str),
    /// Tasks or steps beside classes.
    #[error("{0} does not go with classes, which have tasks and steps of their own")]
    NotWithClasses(&'static str),
    /// A list in the file and one in another.
    #[error("task_list does not go with [[workload.task]]: one list, not two")]
    TwoTaskLists,
    /// A task list on another machine.
    #[error(
        "task_list \"{}\" is the path of a network share or a device, which opening an experiment does not contact: \
         put the list beside the experiment",
        printable::value(.0)
    )]
    TaskListElsewhere(String),
    /// The file of a task list can't be read.
    #[error("task_list \"{}\" can't be read: {reason}", printable::value(.name))]
    UnreadableTaskList {
        /// As written.
        name: String,
        /// The reason.
        reason: String,
    },
    /// Something is wrong in the file of a task list.
    #[error("{0}")]
    TaskList(String),
    /// A model that is included and left out.
    #[error("{} is included and left out at once", printable::value(.0))]
    IncludedAndLeftOut(String),
    /// No model is left.
    #[error("leave_out takes out every Rust model: name the models to run in include")]
    NoModelLeft,
    /// An empty list of models.
    #[error("include is empty: at least one model is needed")]
    NoModel,
    /// Too many models.
    #[error("include has {0} entries: at most {MOST_MODELS} are allowed")]
    TooManyModels(usize),
}

impl Problem {
    /// A similar name that exists.
    #[must_use]
    pub fn nearest(&self) -> Option<&'static str> {
        match self {
            Self::UnknownKey { nearest, .. } | Self::UnknownName { nearest, .. } => *nearest,
            Self::Model { error: InvalidContender::Model(UnknownModel { name }), .. } => {
                nearest(name, ModelId::all().map(ModelId::name))
            }
            _ => None,
        }
    }

    /// True where something is missing: that can't be known where a part of the file can't be read.
    pub(super) const fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::MissingKey { .. }
                | Self::MissingTable { .. }
                | Self::StepNeeds { .. }
                | Self::SpreadNeeds { .. }
                | Self::NoModelLeft
        )
    }
}

fn shown(key: &str) -> String {
    format!("\"{}\"", printable::value(key))
}

fn allowed_keys(allowed: &[&str]) -> String {
    if allowed.is_empty() { String::new() } else { format!(": allowed are {}", allowed.join(", ")) }
}

fn key_names(kind: &StepKind) -> String {
    kind.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// The most similar of some names, where one is similar.
pub(super) fn nearest(name: &str, among: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let length = name.chars().count();
    if length > LONGEST_NAME || among.size_hint().0 > 1_000 {
        return None;
    }
    let scored = among.map(|one| (strsim::osa_distance(name, one), one));
    scored.filter(|(distance, _)| (1..=1.max(length / 3)).contains(distance)).min().map(|(_, one)| one)
}

/// A value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A text.
    Text(String),
    /// A whole number, as written.
    Integer(String),
    /// Another number, as written.
    Float(String),
    /// True or false.
    Boolean(bool),
    /// A date or time.
    Date,
    /// A list.
    List,
    /// A table.
    Table,
}

impl From<&DeValue<'_>> for Found {
    fn from(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => Self::Integer(number.to_string()),
            DeValue::Float(number) => Self::Float(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Self::Boolean(*flag),
            DeValue::Datetime(_) => Self::Date,
            DeValue::Array(_) => Self::List,
            DeValue::Table(_) => Self::Table,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(out, "string \"{}\"", printable::value(text)),
            Self::Integer(number) => write!(out, "integer {}", printable::value(number)),
            Self::Float(number) => write!(out, "number {}", printable::value(number)),
            Self::Boolean(flag) => write!(out, "boolean {flag}"),
            Self::Date => out.write_str("a date"),
            Self::List => out.write_str("a list"),
            Self::Table => out.write_str("a table"),
        }
    }
}
