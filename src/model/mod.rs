//! Concurrency models: ids and families here, descriptions in the catalogue, and contenders (models on hosts). The code
//! that executes them is in `runner`.

mod catalogue;
mod contender;
mod effective;
mod facts;
mod host;
mod interpreter_lock;
mod invalid;
mod setting_key;
mod settings;
#[cfg(test)]
pub(crate) mod settings_tests;
mod start_method;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use catalogue::{CATALOGUE, MATRIX, ModelInfo, RAYON_CHUNKS_CODE};
pub use contender::{Contender, contenders, number_copies, split_names};
pub use facts::{ModelFacts, Parallel, Schedule, Switching, Use, Wait};
pub use host::{Host, Python};
pub use interpreter_lock::{Gil, SwitchInterval};
pub use invalid::{InvalidContender, UnknownModel};
pub use setting_key::{InvalidSetting, SettingKey};
pub use settings::ContenderSettings;
pub use start_method::StartMethod;

/// A concurrency model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelId {
    /// One task after the other.
    Sequential,
    /// One OS thread per task.
    Threads,
    /// Fixed number of threads fed by a channel.
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
    /// CPython: `multiprocessing.Pool`.
    PyPool,
    /// CPython: `asyncio` in several threads, each with an event loop.
    PyAsyncioMulti,
    /// CPython: `asyncio` on uvloop.
    PyUvloop,
    /// CPython: `joblib.Parallel` with loky.
    PyJoblib,
    /// CPython: dask.distributed with a local cluster.
    PyDask,
}

/// Kind of scheduling. Each has one colour in every plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// One task after the other.
    Sequential,
    /// One thread per task.
    Threads,
    /// Thread pools and work stealing.
    Pools,
    /// Event loops.
    EventLoops,
    /// One process per task, and process pools.
    Processes,
    /// Several interpreters in one process.
    SubInterpreters,
}

impl Family {
    /// Returns the title in legends.
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

/// Meaning of the workload's `workers` for a model.
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
    /// Iterates over every model, in the order of the matrix.
    pub fn all() -> impl Iterator<Item = Self> {
        CATALOGUE.iter().map(|info| info.id)
    }

    /// Returns the entry in the catalogue.
    #[must_use]
    pub const fn info(self) -> &'static ModelInfo {
        &CATALOGUE[self as usize]
    }

    /// Returns the name in files and on the command line.
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
            Self::PyPool => "py-pool",
            Self::PyAsyncioMulti => "py-asyncio-multi",
            Self::PyUvloop => "py-uvloop",
            Self::PyJoblib => "py-joblib",
            Self::PyDask => "py-dask",
        }
    }

    /// Returns true for a model that runs on a CPython interpreter.
    #[must_use]
    pub const fn is_python(self) -> bool {
        self as usize >= Self::PySequential as usize
    }

    /// Returns true if tasks run in separate memory: processes, sub-interpreters.
    #[must_use]
    pub const fn separate_memory(self) -> bool {
        matches!(self.info().family, Family::Processes | Family::SubInterpreters)
    }

    /// Returns true if `multiprocessing` starts its processes, so that there is a choice of the start method.
    #[must_use]
    pub const fn has_start_method(self) -> bool {
        matches!(self, Self::PyProcesses | Self::PyProcessPool | Self::PyPool)
    }

    /// Returns true if tasks are awaited on an event loop.
    #[must_use]
    pub const fn has_event_loop(self) -> bool {
        matches!(self.info().family, Family::EventLoops)
    }

    /// Returns true if a call that never awaits holds the event loop: it runs on the loop, and not on a pool beside it.
    #[must_use]
    pub fn computes_on_its_loop(self) -> bool {
        self.has_event_loop() && self.info().workers != Workers::BlockingPool
    }

    /// Returns true if several threads share one interpreter, and so wait for its GIL.
    #[must_use]
    pub const fn shares_an_interpreter(self) -> bool {
        matches!(self, Self::PyThreads | Self::PyThreadPool | Self::PyAsyncioThreads | Self::PyAsyncioMulti)
    }
}

/// Lists all model names, for messages.
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
