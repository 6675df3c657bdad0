//! The catalogue of concurrency models: id, title, how it schedules, what it is good for and the
//! code a programmer would write for it. What a model *does* lives in `runner/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

/// Where a model runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// This executable.
    Rust,
    /// A CPython interpreter.
    Python(Python),
}

/// Which interpreter is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Python {
    /// Its tag, "3.11" or "3.14t"; empty until it is known which one the first is.
    pub tag: String,
    /// True where it was asked for by name (`py-threads@3.14t`), false for the first one found.
    pub named: bool,
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

/// What the catalogue says of a model.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ModelInfo {
    /// The id.
    pub id: ModelId,
    /// One title everywhere.
    pub title: &'static str,
    /// How it schedules.
    pub family: Family,
    /// What `workers` means to it.
    pub workers: Workers,
    /// All tasks are in flight unless the workload sets `in_flight`.
    pub per_task: bool,
    /// What it is, in half a sentence.
    pub what: &'static str,
    /// What it is good for, and what not.
    pub good_for: &'static str,
    /// The equivalent code to show; of a Python model it stands in the program that runs it.
    pub code: &'static str,
}

/// Every model, in the order of the matrix.
pub const CATALOGUE: [ModelInfo; 19] = [
    ModelInfo {
        id: ModelId::Sequential,
        title: "Sequential",
        family: Family::Sequential,
        workers: Workers::None,
        per_task: false,
        what: "one after the other",
        good_for: "The yardstick. Nothing to synchronise, nothing overlaps: waits add up and one core works.",
        code: "for task in tasks {\n    task.run();\n}",
    },
    ModelInfo {
        id: ModelId::Threads,
        title: "Threads",
        family: Family::Threads,
        workers: Workers::None,
        per_task: true,
        what: "one OS thread per task, all started at once",
        good_for: "A few hundred blocking tasks. Each thread costs tens of microseconds and some 10 kB to start; the system caps their number.",
        code: "for task in tasks {\n    thread::spawn(move || task.run());\n}\nall_done.wait();",
    },
    ModelInfo {
        id: ModelId::ThreadPool,
        title: "Thread pool",
        family: Family::Pools,
        workers: Workers::Threads,
        per_task: false,
        what: "fixed threads fed by a channel",
        good_for: "Blocking or computing tasks in a bounded number at a time. Waits overlap only as far as there are threads.",
        code: "for _ in 0..workers {\n    let queue = queue.clone();\n    thread::spawn(move || for task in queue { task.run() });\n}\nfor task in tasks {\n    send.send(task);\n}\ndrop(send);",
    },
    ModelInfo {
        id: ModelId::Rayon,
        title: "Work stealing (rayon)",
        family: Family::Pools,
        workers: Workers::Threads,
        per_task: false,
        what: "a scope and one spawn per task; idle threads steal",
        good_for: "Computing on all cores, with tasks of unequal length. A wait blocks one of its few threads.",
        code: "rayon::scope(|scope| {\n    for task in tasks {\n        scope.spawn(move |_| task.run());\n    }\n});",
    },
    ModelInfo {
        id: ModelId::Async,
        title: "Async",
        family: Family::EventLoops,
        workers: Workers::None,
        per_task: true,
        what: "tokio current-thread event loop, one spawned task each",
        good_for: "Very many waits at once on one core. A compute step blocks the loop and every other task with it.",
        code: "let all: Vec<_> = tasks.map(|task| tokio::spawn(task.run())).collect();\nfor task in all {\n    task.await;\n}",
    },
    ModelInfo {
        id: ModelId::AsyncMulti,
        title: "Async, multi-thread",
        family: Family::EventLoops,
        workers: Workers::Threads,
        per_task: true,
        what: "tokio multi-thread runtime, one spawned task each",
        good_for: "Very many waits with computing in between, spread over the cores.",
        code: "#[tokio::main(worker_threads = workers)]\nasync fn main() {\n    let all: Vec<_> = tasks.map(|task| tokio::spawn(task.run())).collect();\n    for task in all {\n        task.await;\n    }\n}",
    },
    ModelInfo {
        id: ModelId::AsyncBlocking,
        title: "Async, blocking pool",
        family: Family::EventLoops,
        workers: Workers::BlockingPool,
        per_task: true,
        what: "event loop that runs each task's blocking code in spawn_blocking",
        good_for: "Blocking code inside an async program: the loop stays responsive, the blocking pool bounds what runs at once.",
        code: "let all: Vec<_> = tasks.map(|task| spawn_blocking(move || task.run())).collect();\nfor task in all {\n    task.await;\n}",
    },
    ModelInfo {
        id: ModelId::ProcessPool,
        title: "Process pool",
        family: Family::Processes,
        workers: Workers::Processes,
        per_task: false,
        what: "worker processes, one task in flight each",
        good_for: "Computing on all cores with separate memory. Every task crosses a pipe twice.",
        code: "for worker in workers {\n    thread::spawn(move || {\n        while let Some(task) = next_task() {\n            worker.send(task);\n            worker.receive();\n        }\n    });\n}",
    },
    ModelInfo {
        id: ModelId::Processes,
        title: "Processes",
        family: Family::Processes,
        workers: Workers::None,
        per_task: true,
        what: "one OS process per task, all started at once",
        good_for: "A few long, isolated tasks. Each process costs hundreds of microseconds to start.",
        code: "let all: Vec<_> = tasks.map(|task| Command::new(program).arg(task).spawn()).collect();\nfor child in all {\n    child.wait();\n}",
    },
    ModelInfo {
        id: ModelId::PySequential,
        title: "Plain loop",
        family: Family::Sequential,
        workers: Workers::None,
        per_task: false,
        what: "one task after the other in a for loop",
        good_for: "The yardstick of Python: one task after the other, waits add up, one core works.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyThreads,
        title: "threading",
        family: Family::Threads,
        workers: Workers::None,
        per_task: true,
        what: "one thread per task, all started at once",
        good_for: "Up to a few hundred blocking tasks. The interpreter lock (GIL) lets one thread compute at a time, so computing gains nothing, except on a free-threaded build.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyThreadPool,
        title: "ThreadPoolExecutor",
        family: Family::Pools,
        workers: Workers::Threads,
        per_task: false,
        what: "fixed threads fed by a queue, of concurrent.futures",
        good_for: "Blocking tasks in a bounded number at a time. Computing takes turns at the interpreter lock (GIL).",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyProcesses,
        title: "multiprocessing",
        family: Family::Processes,
        workers: Workers::None,
        per_task: true,
        what: "one process per task, all started at once",
        good_for: "A few long computations with separate memory. Each process costs milliseconds to start, more so with `spawn`.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyProcessPool,
        title: "ProcessPoolExecutor",
        family: Family::Processes,
        workers: Workers::Processes,
        per_task: false,
        what: "worker processes fed by a queue, of concurrent.futures",
        good_for: "Computing on all cores: every worker has an interpreter lock of its own. Every task and its result are pickled.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyAsyncio,
        title: "asyncio",
        family: Family::EventLoops,
        workers: Workers::None,
        per_task: true,
        what: "one task each on one event loop",
        good_for: "Very many waits at once in one thread. A computation blocks the loop and every other task with it.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyAsyncioThreads,
        title: "asyncio.to_thread",
        family: Family::EventLoops,
        workers: Workers::BlockingPool,
        per_task: true,
        what: "event loop that hands each task's blocking code to a thread of its pool",
        good_for: "Blocking code inside an async program: the loop stays responsive, the pool of threads bounds what runs at once.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyInterpreters,
        title: "InterpreterPoolExecutor",
        family: Family::SubInterpreters,
        workers: Workers::Threads,
        per_task: false,
        what: "from Python 3.14 on: threads that each have an interpreter of their own",
        good_for: "Computing on all cores in one process: every interpreter has a lock of its own, and shares no objects.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyTrio,
        title: "trio",
        family: Family::EventLoops,
        workers: Workers::None,
        per_task: true,
        what: "one task each in a nursery",
        good_for: "Very many waits at once, with structured lifetimes. A computation blocks the loop.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyGevent,
        title: "gevent",
        family: Family::EventLoops,
        workers: Workers::None,
        per_task: true,
        what: "one greenlet each, the standard library patched",
        good_for: "Code that was written to block, on one event loop: its waits switch to other greenlets by themselves.",
        code: "",
    },
];

/// The ways to schedule, row by row: the native model and that of Python, where there are such.
pub const MATRIX: [(Option<ModelId>, Option<ModelId>); 12] = [
    (Some(ModelId::Sequential), Some(ModelId::PySequential)),
    (Some(ModelId::Threads), Some(ModelId::PyThreads)),
    (Some(ModelId::ThreadPool), Some(ModelId::PyThreadPool)),
    (Some(ModelId::Rayon), None),
    (Some(ModelId::Async), Some(ModelId::PyAsyncio)),
    (Some(ModelId::AsyncMulti), None),
    (Some(ModelId::AsyncBlocking), Some(ModelId::PyAsyncioThreads)),
    (Some(ModelId::ProcessPool), Some(ModelId::PyProcessPool)),
    (Some(ModelId::Processes), Some(ModelId::PyProcesses)),
    (None, Some(ModelId::PyInterpreters)),
    (None, Some(ModelId::PyTrio)),
    (None, Some(ModelId::PyGevent)),
];

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

impl Host {
    /// As the CSV names it: `rust`, `python3.11`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Rust => "rust".to_owned(),
            Self::Python(python) => format!("python{}", python.tag),
        }
    }

    /// As the window names it: "Rust", "Python 3.11".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Rust => "Rust".to_owned(),
            Self::Python(python) => format!("Python {}", python.tag).trim_end().to_owned(),
        }
    }

    /// The same for every contender that runs there, whether the interpreter was named or is the first:
    /// what calibrations, plans and checksums belong to.
    #[must_use]
    pub fn place(&self) -> Self {
        match self {
            Self::Rust => Self::Rust,
            Self::Python(python) => Self::Python(Python { tag: python.tag.clone(), named: false }),
        }
    }

    /// True for an interpreter.
    #[must_use]
    pub const fn is_python(&self) -> bool {
        matches!(self, Self::Python(_))
    }
}

/// One column of a comparison: a model on a host. The same model may stand in an experiment more
/// than once (an A/A check); `copy` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contender {
    /// The model.
    pub model: ModelId,
    /// Where it runs.
    pub host: Host,
    /// 1 for the first of its kind.
    pub copy: u8,
}

impl Contender {
    /// The first contender of a model: a native one in this executable, one of Python on the first
    /// interpreter found.
    #[must_use]
    pub const fn of(model: ModelId) -> Self {
        let host = match model.is_python() {
            true => Host::Python(Python { tag: String::new(), named: false }),
            false => Host::Rust,
        };
        Self { model, host, copy: 1 }
    }

    /// The same on an interpreter that is named.
    #[must_use]
    pub fn on(model: ModelId, tag: &str) -> Self {
        Self { host: Host::Python(Python { tag: tag.to_owned(), named: true }), ..Self::of(model) }
    }

    /// The same model on the same host, whichever copy.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.model == other.model && self.host == other.host
    }

    /// The title shown: "Threads", "Threads (2)", "threading 3.11".
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.model.info().title.to_owned();
        if let Host::Python(Python { tag, .. }) = &self.host
            && !tag.is_empty()
        {
            title.push(' ');
            title.push_str(tag);
        }
        if self.copy > 1 { format!("{title} ({})", self.copy) } else { title }
    }

    /// Title and host, as a check box names it: "Threads, Rust", "threading, Python 3.11".
    #[must_use]
    pub fn full_name(&self) -> String {
        let copy = if self.copy > 1 { format!(" ({})", self.copy) } else { String::new() };
        format!("{}{copy}, {}", self.model.info().title, self.host.title())
    }
}

impl fmt::Display for Contender {
    /// The id as on the command line and in the CSV: `threads`, `threads#2`, `py-threads@3.14t`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name())?;
        if let Host::Python(Python { tag, named: true }) = &self.host {
            write!(f, "@{tag}")?;
        }
        if self.copy > 1 {
            write!(f, "#{}", self.copy)?;
        }
        Ok(())
    }
}

/// A model name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown model \"{name}\"; allowed are {}", all_names())]
pub struct UnknownModel {
    /// As typed.
    pub name: String,
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

impl FromStr for Contender {
    type Err = UnknownModel;

    /// `threads`, `threads#2`, `py-threads@3.14t`, `py-threads@3.14t#2`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownModel { name: name.to_owned() };
        let (rest, copy) = match name.split_once('#') {
            None => (name, 1),
            Some((rest, copy)) => (rest, copy.parse().ok().filter(|copy| *copy >= 1).ok_or_else(unknown)?),
        };
        let (model, tag) = rest.split_once('@').map_or((rest, None), |(model, tag)| (model, Some(tag)));
        let model: ModelId = model.parse().map_err(|_| unknown())?;
        match tag {
            None => Ok(Self { copy, ..Self::of(model) }),
            Some(tag) if model.is_python() && is_tag(tag) => Ok(Self { copy, ..Self::on(model, tag) }),
            Some(_) => Err(unknown()),
        }
    }
}

/// What an interpreter may be called: "3.14t", "3.11.7-2".
fn is_tag(tag: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    (1..=32).contains(&tag.len()) && tag.chars().all(fits)
}

/// Contenders from a list of model names; a name given twice becomes a second copy (an A/A check).
///
/// # Errors
/// [`UnknownModel`] for the first name that does not exist.
pub fn contenders<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Contender>, UnknownModel> {
    let mut list: Vec<Contender> = Vec::new();
    for name in names {
        let mut contender: Contender = name.parse()?;
        while list.contains(&contender) {
            // More copies than can be counted are as good as an unknown one.
            contender.copy = contender.copy.checked_add(1).ok_or_else(|| UnknownModel { name: name.to_owned() })?;
        }
        list.push(contender);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_stands_in_the_order_of_the_ids() {
        for (place, info) in CATALOGUE.iter().enumerate() {
            assert_eq!(info.id as usize, place);
            assert_eq!(info.id.info().title, info.title);
            assert_eq!(info.id.name().parse(), Ok(info.id));
        }
    }

    #[test]
    fn every_model_stands_in_one_row_with_its_like() {
        let mut seen: Vec<ModelId> = MATRIX.iter().flat_map(|(native, python)| [*native, *python]).flatten().collect();
        seen.sort_unstable();
        assert_eq!(seen, ModelId::all().collect::<Vec<_>>());
        for (native, python) in MATRIX {
            assert!(!native.is_some_and(ModelId::is_python) && python.is_none_or(ModelId::is_python));
            if let (Some(native), Some(python)) = (native, python) {
                assert_eq!(native.info().family, python.info().family);
                assert_eq!(native.info().per_task, python.info().per_task);
            }
        }
    }

    #[test]
    fn a_repeated_name_is_a_second_copy() {
        let list = contenders(["threads", "async", "threads"]).expect("known names");
        let names: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["threads", "async", "threads#2"]);
        assert_eq!(names[2].parse(), Ok(list[2].clone()));
        assert_eq!(list[2].title(), "Threads (2)");
    }

    #[test]
    fn an_interpreter_is_named_behind_an_at_sign() {
        let named: Contender = "py-threads@3.14t#2".parse().expect("known");
        assert_eq!(named.to_string(), "py-threads@3.14t#2");
        assert_eq!((named.title().as_str(), named.host.name().as_str()), ("threading 3.14t (2)", "python3.14t"));
        assert_eq!(named.full_name(), "threading (2), Python 3.14t");
        let first: Contender = "py-asyncio".parse().expect("known");
        assert_eq!((first.to_string().as_str(), first.title().as_str()), ("py-asyncio", "asyncio"));
        for wrong in ["threads@3.11", "py-threads@", "py-threads@a b", "py-none@3.11"] {
            assert!(wrong.parse::<Contender>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn far_too_many_copies_end_in_an_error() {
        assert_eq!(contenders(["async"; 255]).map(|list| list.len()), Ok(255));
        assert!(contenders(["async"; 256]).is_err());
    }

    #[test]
    fn an_unknown_name_says_what_is_allowed() {
        let message = contenders(["thread"]).expect_err("unknown").to_string();
        assert!(message.contains("\"thread\"") && message.contains("thread-pool"), "{message}");
    }
}
