//! Concurrency models: their ids and families here, what is said of each in the catalogue, and models on
//! their hosts as the columns of a comparison. What a model *does* lives in `runner/`.

mod catalogue;
mod contender;
mod host;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::printable;

pub use catalogue::{CATALOGUE, MATRIX, ModelInfo};
pub use contender::{Contender, contenders};
pub use host::{Host, Python};

/// A concurrency model. The names are those of the command line, files and CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelId {
    /// One after the other.
    Sequential,
    /// One OS thread per task.
    Threads,
    /// Fixed threads fed by a channel.
    ThreadPool,
    /// Work stealing: rayon `scope` and one `spawn` per task.
    Rayon,
    /// tokio current-thread event loop.
    Async,
    /// tokio multi-thread runtime.
    AsyncMulti,
    /// Event loop that runs blocking code in `spawn_blocking`.
    AsyncBlocking,
    /// Worker processes, one task in flight each.
    ProcessPool,
    /// One OS process per task.
    Processes,
    /// CPython: a plain loop.
    PySequential,
    /// CPython: `threading`, a thread per task.
    PyThreads,
    /// CPython: `ThreadPoolExecutor`.
    PyThreadPool,
    /// CPython: `multiprocessing`, a process per task.
    PyProcesses,
    /// CPython: `ProcessPoolExecutor`.
    PyProcessPool,
    /// CPython: `asyncio`.
    PyAsyncio,
    /// CPython: `asyncio.to_thread`.
    PyAsyncioThreads,
    /// CPython: `InterpreterPoolExecutor`.
    PyInterpreters,
    /// CPython: trio.
    PyTrio,
    /// CPython: gevent.
    PyGevent,
}

/// How a model schedules: one hue each, in every plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// One after the other.
    Sequential,
    /// A thread per task.
    Threads,
    /// Thread pools and work stealing.
    Pools,
    /// Event loops.
    EventLoops,
    /// Processes.
    Processes,
    /// Several interpreters in one process.
    SubInterpreters,
}

impl Family {
    /// As a legend names it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sequential => "Sequential",
            Self::Threads => "Threads",
            Self::Pools => "Pools and work stealing",
            Self::EventLoops => "Event loops",
            Self::Processes => "Processes",
            Self::SubInterpreters => "Sub-interpreters",
        }
    }
}

/// What the workload's `workers` means to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workers {
    /// The model has no pool.
    None,
    /// Threads of a pool or runtime.
    Threads,
    /// Size of the blocking pool.
    BlockingPool,
    /// Worker processes.
    Processes,
}

impl ModelId {
    /// Every model, in the order of the matrix.
    pub fn all() -> impl Iterator<Item = Self> {
        CATALOGUE.iter().map(|info| info.id)
    }

    /// The catalogue's entry.
    #[must_use]
    pub const fn info(self) -> &'static ModelInfo {
        &CATALOGUE[self as usize]
    }

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Threads => "threads",
            Self::ThreadPool => "thread-pool",
            Self::Rayon => "rayon",
            Self::Async => "async",
            Self::AsyncMulti => "async-multi",
            Self::AsyncBlocking => "async-blocking",
            Self::ProcessPool => "process-pool",
            Self::Processes => "processes",
            Self::PySequential => "py-sequential",
            Self::PyThreads => "py-threads",
            Self::PyThreadPool => "py-thread-pool",
            Self::PyProcesses => "py-processes",
            Self::PyProcessPool => "py-process-pool",
            Self::PyAsyncio => "py-asyncio",
            Self::PyAsyncioThreads => "py-asyncio-threads",
            Self::PyInterpreters => "py-interpreters",
            Self::PyTrio => "py-trio",
            Self::PyGevent => "py-gevent",
        }
    }

    /// True for a model that runs on a CPython interpreter.
    #[must_use]
    pub const fn is_python(self) -> bool {
        self as usize >= Self::PySequential as usize
    }

    /// True where tasks run in memory of their own: processes, sub-interpreters.
    #[must_use]
    pub const fn separate_memory(self) -> bool {
        matches!(self.info().family, Family::Processes | Family::SubInterpreters)
    }

    /// True where several threads share one interpreter, and so wait for its lock.
    #[must_use]
    pub const fn shares_an_interpreter(self) -> bool {
        matches!(self, Self::PyThreads | Self::PyThreadPool | Self::PyAsyncioThreads)
    }
}

/// A model name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", what_is_wrong(.name))]
pub struct UnknownModel {
    /// As typed.
    pub name: String,
}

/// Which part of a name does not fit, and what is allowed there.
fn what_is_wrong(name: &str) -> String {
    let known = |model: &str| ModelId::all().find(|one| one.name() == model);
    let (rest, copy) = name.split_once('#').map_or((name, None), |(rest, copy)| (rest, Some(copy)));
    let (model, tag) = rest.split_once('@').map_or((rest, None), |(model, tag)| (model, Some(tag)));
    let bad_copy = copy.filter(|copy| !copy.parse::<u8>().is_ok_and(|copy| copy >= 1));
    match (known(model), tag, bad_copy) {
        (Some(model), _, Some(copy)) => {
            let copy = printable::value(copy);
            format!("\"{copy}\" is no number of a copy of {}; allowed are 1 to {}", model.name(), u8::MAX)
        }
        (Some(model), Some(tag), None) if !model.is_python() => {
            format!("{} runs on no interpreter; take off \"@{}\"", model.name(), printable::value(tag))
        }
        (Some(_), Some(tag), None) => format!(
            "\"{}\" is no name of an interpreter; allowed are names such as 3.14 and 3.13t, which \
             `concurrency-lab doctor` lists",
            printable::value(tag)
        ),
        // The only other fault of a model that exists.
        (Some(model), None, None) => format!("{} is named more than {} times", model.name(), u8::MAX),
        (None, _, _) => format!("unknown model \"{}\"; allowed are {}", printable::value(name), all_names()),
    }
}

/// All model names, for messages.
#[must_use]
pub fn all_names() -> String {
    ModelId::all().map(ModelId::name).collect::<Vec<_>>().join(", ")
}

impl FromStr for ModelId {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|model| model.name() == name).ok_or_else(|| UnknownModel { name: name.to_owned() })
    }
}
