//! The types of the step table: a kind of step, its keys, and what a model must be able to do for it.
//! The entries are in `kinds`. Files, their JSON schema, validation, the window's form, descriptions and
//! the list of what models can't do read the table.

use std::fmt;

use super::phase::Phase;
use super::template::Template;
use super::{LONGEST_TEXT, PlanStep, Step};
use crate::printable;
use crate::units;
use crate::workload::{Kernel, LONGEST_STEP_MS};

/// Milliseconds of a new timed step.
pub(super) const NEW_MS: f64 = 5.0;

/// A kind of step.
pub struct StepKind {
    /// The name in files.
    pub name: &'static str,
    /// The name in lists of choices.
    pub title: &'static str,
    /// Action of a task in such a step, as one sentence.
    pub help: &'static str,
    /// The keys in files and fields in the form, most important first.
    pub keys: &'static [Key],
    /// Makes a step with every key at its default, and at a common value where the key is required.
    pub new: fn() -> Step,
    /// Describes a step in a few words: "fetch 10 kB after 50 ms".
    pub describe: fn(&Step) -> String,
    /// The nominal amount of work of one step.
    pub amount: fn(&Step) -> Amount,
    /// The step of the plan that a runner performs.
    pub plan: fn(&Step) -> PlanStep,
    /// Most tasks that may be in the step at once; `None` for all of them.
    pub permits: fn(&Step) -> Option<u32>,
    /// Timestamps that a task takes inside the step, beside the one at its end.
    pub inner_timestamps: usize,
    /// The phases of a step. Each ends at the inner timestamp of the same index, or with the step.
    pub phases: fn(&PlanStep) -> &'static [Phase],
    /// True where an event loop has something to await in it.
    pub awaits: fn(&PlanStep) -> bool,
    /// Capabilities that a model needs.
    pub needs: &'static [Need],
}

impl StepKind {
    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key that holds the nominal duration of a timed step.
    #[must_use]
    pub fn duration(&self) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.value == ValueType::Milliseconds)
    }

    /// The value of a key that a file leaves out; `None` for a required one.
    #[must_use]
    pub fn default_of(&self, key: &Key) -> Option<Value> {
        if key.required { None } else { key.get(&(self.new)()) }
    }
}

impl PartialEq for StepKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for StepKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StepKind({})", self.name)
    }
}

/// One key of a kind of step.
pub struct Key {
    /// The name in files.
    pub name: &'static str,
    /// The name of the field in the form.
    pub label: &'static str,
    /// Noun phrase for a sentence: "the length of the body".
    pub what: &'static str,
    /// The help text of the field, and of the key in schema and reference. Without a full stop.
    pub help: &'static str,
    /// Type and bounds.
    pub value: ValueType,
    /// A file has to give it.
    pub required: bool,
    /// Condition under which the key means something; otherwise it has to keep its default.
    pub condition: Option<Condition>,
    /// Reads and sets it in a step.
    pub access: Access,
}

/// Condition under which a key of a step means something.
#[derive(Clone, Copy)]
pub struct Condition {
    /// True for the steps that the key means something to.
    pub holds: fn(&Step) -> bool,
    /// Reason why the key is fixed in the others, as a part of a sentence.
    pub otherwise: &'static str,
}

/// Functions that read and set a key.
#[derive(Clone, Copy)]
pub struct Access {
    /// The value, for a step of the kind that has the key.
    pub get: fn(&Step) -> Option<Value>,
    /// Sets it; returns false for a step of another kind and a value of another type.
    pub set: fn(&mut Step, &Value) -> bool,
}

impl Key {
    /// The value in a step; `None` for a step of a kind without this key.
    #[must_use]
    pub fn get(&self, step: &Step) -> Option<Value> {
        (self.access.get)(step)
    }

    /// Sets the value; returns false for a step of a kind without this key and a value of another type.
    pub fn set(&self, step: &mut Step, value: &Value) -> bool {
        (self.access.set)(step, value)
    }

    /// True where the key means something to this step.
    #[must_use]
    pub fn applies(&self, step: &Step) -> bool {
        self.condition.is_none_or(|condition| (condition.holds)(step))
    }
}

/// The type of a key's value, with its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueType {
    /// A nominal duration in milliseconds, 0 to [`LONGEST_STEP_MS`].
    Milliseconds,
    /// A whole number.
    Whole {
        /// The smallest one allowed.
        least: u64,
        /// The largest one allowed.
        most: u64,
        /// Noun that is counted.
        unit: Unit,
    },
    /// True or false.
    Flag,
    /// One of a few names.
    Choice(&'static [Choice]),
    /// A text on one line.
    Text(TextKind),
    /// A list of texts that may contain the number of the task.
    Templates {
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
}

/// Content of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// The path of a file.
    Path,
    /// The name of a Python function.
    Function,
}

/// Noun that an integer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Mebibytes.
    Mib,
}

/// One of the names that a key may have as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The name in files.
    pub name: &'static str,
    /// The name in the form.
    pub title: &'static str,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Milliseconds.
    Number(f64),
    /// A whole number.
    Whole(u64),
    /// True or false.
    Flag(bool),
    /// One of a few names.
    Choice(&'static str),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

impl TextKind {
    /// True for a text of this kind.
    #[must_use]
    pub fn allows(self, text: &str) -> bool {
        let visible = printable::first_hidden(text).is_none() && text.chars().count() <= LONGEST_TEXT;
        let is_name = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        match self {
            Self::Path => visible && !text.trim().is_empty(),
            Self::Function => visible && text.split('.').all(is_name),
        }
    }
}

impl ValueType {
    /// True for a value of this type within the bounds.
    #[must_use]
    pub fn allows(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Milliseconds, Value::Number(ms)) => (0.0..=LONGEST_STEP_MS).contains(ms),
            (Self::Whole { least, most, .. }, Value::Whole(number)) => (least..=most).contains(&number),
            (Self::Flag, Value::Flag(_)) => true,
            (Self::Choice(choices), Value::Choice(name)) => choices.iter().any(|choice| choice.name == *name),
            (Self::Text(kind), Value::Text(text)) => kind.allows(text),
            (Self::Templates { least, most }, Value::Texts(texts)) => {
                (*least..=*most).contains(&texts.len())
                    && texts.first().is_none_or(|first| *least == 0 || !first.trim().is_empty())
                    && texts.iter().all(|text| Template::parse(text).is_some())
            }
            _ => false,
        }
    }

    /// The nearest value that is allowed; a text, and another type's value, stay as they are.
    #[must_use]
    pub fn bounded(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Milliseconds, Value::Number(ms)) if ms.is_nan() => Value::Number(0.0),
            (Self::Milliseconds, Value::Number(ms)) => Value::Number(ms.clamp(0.0, LONGEST_STEP_MS)),
            (Self::Whole { least, most, .. }, Value::Whole(number)) => Value::Whole(number.clamp(*least, *most)),
            (_, value) => value,
        }
    }
}

/// Allowed values, as a part of a sentence: "whole numbers from 1 to 1,000,000".
impl fmt::Display for ValueType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Milliseconds => write!(out, "0 to {LONGEST_STEP_MS} milliseconds"),
            Self::Whole { least, most, .. } => {
                write!(out, "whole numbers from {} to {}", units::count(*least), units::count(*most))
            }
            Self::Flag => out.write_str("true and false"),
            Self::Choice(choices) => {
                for (index, choice) in choices.iter().enumerate() {
                    write!(out, "{}{}", if index == 0 { "" } else { ", " }, choice.name)?;
                }
                Ok(())
            }
            Self::Text(TextKind::Path) => {
                write!(out, "paths of visible characters, at most {}", units::count(LONGEST_TEXT as u64))
            }
            Self::Text(TextKind::Function) => out.write_str("names of Python functions"),
            Self::Templates { least, most } => write!(
                out,
                "{least} to {most} texts, in which {{index}} is the number of the task and {{{{ is a brace{}",
                if *least > 0 { "; the first names the program" } else { "" }
            ),
        }
    }
}

/// The nominal amount of work of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// As many units of a kernel as take so long.
    Computing {
        /// Nominal milliseconds.
        ms: f64,
        /// Kernel that computes.
        kernel: Kernel,
    },
    /// A wait.
    Waiting {
        /// Nominal milliseconds.
        ms: f64,
    },
    /// So many bytes or increments, without a nominal duration.
    Untimed(u64),
}

impl Default for Amount {
    fn default() -> Self {
        Self::Untimed(0)
    }
}

/// Something that not every model can do, and that some steps need.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The steps, in words: "critical steps with a condvar".
    pub steps: &'static str,
    /// True for the steps that need it.
    pub applies: fn(&Step) -> bool,
    /// Capabilities that they need.
    pub capability: Capability,
    /// Reason why a model without it can't run them, as a part of a sentence.
    pub reason: &'static str,
}

/// Something that not every model can do. `experiment::capabilities` knows which model can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Reading memory faster than an interpreter runs a loop.
    MemoryStreaming,
    /// A buffer larger than the cache that outlives a task.
    LongLivedBuffer,
    /// A report of who holds which lock once all tasks have stopped.
    DeadlockReport,
    /// Integers with atomic instructions.
    AtomicIntegers,
    /// A say in where values are in memory.
    MemoryLayout,
    /// A lock that all tasks reach.
    SharedLock,
    /// A lock that tasks of all event loops reach.
    LockAcrossLoops,
    /// A lock that works on a cluster.
    LockInCluster,
    /// A semaphore that all tasks reach.
    SharedSemaphore,
    /// A condition variable that all tasks reach.
    SharedCondvar,
    /// A lock that tells readers from writers.
    ReadWriteLock,
    /// Objects of a Python interpreter.
    PythonObjects,
    /// Objects that all tasks reach.
    SharedObjects,
    /// A Python interpreter that tasks run in.
    PythonFunctions,
    /// Programs that get the three standard streams and nothing else.
    PlainPrograms,
}
