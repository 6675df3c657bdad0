//! The keys of a contender's settings: names, help, allowed values, and which model has which. Their values are in
//! `settings`.

use serde::Serialize;

use super::{Gil, ModelId, StartMethod, SwitchInterval, Workers};
use crate::cpus::ALLOWED_CPUS;
use crate::printable;
use crate::units;
use crate::workload::{MOST_TASKS, MOST_WORKERS};

/// Key of a setting of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingKey {
    /// Workers of the pool.
    Workers,
    /// Most tasks in flight.
    InFlight,
    /// Start method of `multiprocessing`.
    StartMethod,
    /// Tasks per hand-over.
    Chunk,
    /// Switch interval of the interpreter.
    SwitchIntervalMs,
    /// GIL of a free-threaded build.
    Gil,
    /// CPUs of the trial's processes.
    Cpus,
    /// Event loops, one per thread.
    Loops,
}

impl SettingKey {
    /// All keys, in the order shown.
    pub const ALL: [Self; 8] = [
        Self::Workers,
        Self::InFlight,
        Self::StartMethod,
        Self::Chunk,
        Self::SwitchIntervalMs,
        Self::Gil,
        Self::Cpus,
        Self::Loops,
    ];

    /// Iterates over the keys that a model has.
    pub fn of(model: ModelId) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |key| key.is_had_by(model))
    }

    /// Finds a key by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Returns the name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::InFlight => "in_flight",
            Self::StartMethod => "start_method",
            Self::Chunk => "chunk",
            Self::SwitchIntervalMs => "switch_interval_ms",
            Self::Gil => "gil",
            Self::Cpus => "cpus",
            Self::Loops => "loops",
        }
    }

    /// Returns the label of its field.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Workers => "Workers",
            Self::InFlight => "Tasks in flight",
            Self::StartMethod => "Start method",
            Self::Chunk => "Chunk",
            Self::SwitchIntervalMs => "Switch interval (ms)",
            Self::Gil => "GIL",
            Self::Cpus => "CPUs",
            Self::Loops => "Event loops",
        }
    }

    /// Explains it in one sentence.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Workers => "Workers of its pool; `default` means as many as the library itself chooses.",
            Self::InFlight => "Most tasks that it has in flight at once.",
            Self::StartMethod => "How multiprocessing starts its processes.",
            Self::Chunk => {
                "Tasks per hand-over: the least that one job of rayon runs, the chunksize of Pool.map and ProcessPoolExecutor.map, or the batch size of joblib."
            }
            Self::SwitchIntervalMs => {
                "sys.setswitchinterval: milliseconds after which a thread that holds the GIL is asked to let another one run."
            }
            Self::Gil => "Switches the GIL of a free-threaded build on or off.",
            Self::Cpus => {
                "CPUs that its processes may run on: a list such as 0-3,6, `physical` (one per core) or `performance` (the fast cores)."
            }
            Self::Loops => "Event loops, each in a thread of its own.",
        }
    }

    /// Describes the allowed values, as a part of a sentence.
    #[must_use]
    pub fn allowed(self) -> String {
        let whole = |most: u32| format!("whole numbers from 1 to {}", units::count(most.into()));
        match self {
            Self::Workers => format!("{}, and default", whole(MOST_WORKERS)),
            Self::InFlight | Self::Chunk => whole(MOST_TASKS),
            Self::Loops => whole(MOST_WORKERS),
            Self::StartMethod => StartMethod::ALL.map(StartMethod::name).join(", "),
            Self::SwitchIntervalMs => format!("numbers from 0.001 to {}", units::quoted(SwitchInterval::LONGEST_MS)),
            Self::Gil => Gil::ALL.map(Gil::name).join(", "),
            Self::Cpus => ALLOWED_CPUS.to_owned(),
        }
    }

    /// Returns true for a key whose values are numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Workers | Self::InFlight | Self::Chunk | Self::SwitchIntervalMs | Self::Loops)
    }

    /// Parses a whole number within the bounds of the key.
    pub(super) fn parse_count(self, text: &str) -> Option<u32> {
        let most = if self == Self::Loops { MOST_WORKERS } else { MOST_TASKS };
        let digits = text.bytes().all(|letter| letter.is_ascii_digit());
        text.parse().ok().filter(|number| digits && (1..=most).contains(number))
    }

    /// Returns true for a model that has the setting.
    #[must_use]
    pub fn is_had_by(self, model: ModelId) -> bool {
        let info = model.info();
        match self {
            // Its threads are its event loops.
            Self::Workers => info.workers != Workers::None && model != ModelId::PyAsyncioMulti,
            Self::InFlight => info.per_task,
            Self::StartMethod => model.has_start_method(),
            Self::Chunk => {
                matches!(model, ModelId::Rayon | ModelId::PyProcessPool | ModelId::PyPool | ModelId::PyJoblib)
            }
            // Processes and sub-interpreters have a GIL each.
            Self::SwitchIntervalMs => model.is_python() && !model.separate_memory(),
            Self::Gil => model.is_python(),
            Self::Cpus => true,
            Self::Loops => model == ModelId::PyAsyncioMulti,
        }
    }
}

/// Error for a setting that a contender can't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// The model does not have the key.
    #[error("{} has no setting \"{}\"; it has {}", .model.name(), printable::value(.key), names_of(*.model))]
    NoSuchKey {
        /// The model.
        model: ModelId,
        /// The key as typed.
        key: String,
    },
    /// The value is not allowed.
    #[error("{} is {}: allowed are {}", .key.name(), quoted(.value), .key.allowed())]
    Value {
        /// The key.
        key: SettingKey,
        /// The value as typed.
        value: String,
    },
    /// The key is set twice.
    #[error("{} is set twice", .0.name())]
    Twice(SettingKey),
    /// A list of CPUs with a comma.
    #[error("cpus ends at the comma before \"{}\": here parts are joined by +, as in cpus=0-3+6", printable::value(.0))]
    CommaInCpus(String),
    /// There is no `key=value`.
    #[error("\"{}\" is not a setting; expected key=value", printable::value(.0))]
    NotAPair(String),
}

/// Quotes a value, unless it is a number.
fn quoted(value: &str) -> String {
    let shown = printable::value(value);
    if value.parse::<f64>().is_ok() { shown.into() } else { format!("\"{shown}\"") }
}

/// Lists the keys of a model, for messages.
fn names_of(model: ModelId) -> String {
    let names: Vec<&str> = SettingKey::of(model).map(SettingKey::name).collect();
    match names.split_last() {
        Some((last, [])) => format!("only {last}"),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}
