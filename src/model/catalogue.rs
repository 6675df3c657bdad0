//! Catalogue of the models: titles, descriptions and code to show, and pairs of native and Python models.

use serde::Serialize;

use super::{Family, ModelId, Workers};
use crate::workload::Awaiting;

/// Entry of a model in the catalogue.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ModelInfo {
    /// Id of the model.
    pub id: ModelId,
    /// Title, the same everywhere.
    pub title: &'static str,
    /// Kind of scheduling.
    pub family: Family,
    /// Meaning of the workload's `workers`.
    pub workers: Workers,
    /// True if all tasks are in flight unless the workload sets `in_flight`.
    pub per_task: bool,
    /// Description in half a sentence.
    pub what: &'static str,
    /// Strengths and weaknesses.
    pub good_for: &'static str,
    /// Equivalent code to show; empty for a Python model, whose code is in the program that runs it.
    pub code: &'static str,
}

impl ModelInfo {
    /// Returns the equivalent code of a native model that awaits its tasks in this way.
    #[must_use]
    pub const fn code_that_awaits(&self, awaits: Awaiting) -> &'static str {
        match (self.id, awaits) {
            (ModelId::Async, Awaiting::InTurn) => "for task in tasks {\n    task.run().await;\n}",
            (ModelId::AsyncMulti, Awaiting::InTurn) => {
                "#[tokio::main(worker_threads = workers)]\nasync fn main() {\n    for task in tasks {\n        tokio::spawn(task.run()).await;\n    }\n}"
            }
            (ModelId::AsyncBlocking, Awaiting::InTurn) => {
                "for task in tasks {\n    spawn_blocking(move || task.run()).await;\n}"
            }
            _ => self.code,
        }
    }
}

/// Every model, in the order of the matrix.
pub const CATALOGUE: [ModelInfo; 24] = [
    ModelInfo {
        id: ModelId::Sequential,
        title: "Sequential",
        family: Family::Sequential,
        workers: Workers::None,
        per_task: false,
        what: "one after the other",
        good_for: "The baseline. Nothing to synchronise, nothing overlaps: waits add up and one core works.",
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
        title: "Async multi-thread",
        family: Family::EventLoops,
        workers: Workers::Threads,
        per_task: true,
        what: "tokio multi-thread runtime, one spawned task each",
        good_for: "Very many waits with computing in between, spread over the cores.",
        code: "#[tokio::main(worker_threads = workers)]\nasync fn main() {\n    let all: Vec<_> = tasks.map(|task| tokio::spawn(task.run())).collect();\n    for task in all {\n        task.await;\n    }\n}",
    },
    ModelInfo {
        id: ModelId::AsyncBlocking,
        title: "Async blocking pool",
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
        good_for: "The baseline of Python: one task after the other, waits add up, one core works.",
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
        good_for: "Computing on all cores: every worker has its own interpreter lock (GIL). Every task and its result are pickled.",
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
    ModelInfo {
        id: ModelId::PyPool,
        title: "multiprocessing.Pool",
        family: Family::Processes,
        workers: Workers::Processes,
        per_task: false,
        what: "worker processes that are handed chunks of tasks by Pool.map",
        good_for: "Many small computations: a chunk of tasks crosses the pipe at once. Large chunks can leave a worker idle at the end.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyAsyncioMulti,
        title: "asyncio on several loops",
        family: Family::EventLoops,
        workers: Workers::Threads,
        per_task: true,
        what: "an event loop in each of several threads, tasks dealt round robin",
        good_for: "Very many waits on several cores of a free-threaded build. With the interpreter lock (GIL) the loops take turns.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyUvloop,
        title: "asyncio on uvloop",
        family: Family::EventLoops,
        workers: Workers::None,
        per_task: true,
        what: "asyncio on the event loop of libuv",
        good_for: "The same programs as asyncio, with less time per task and per message. A computation blocks the loop as well.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyJoblib,
        title: "joblib (loky)",
        family: Family::Processes,
        workers: Workers::Processes,
        per_task: false,
        what: "worker processes of joblib.Parallel, which sizes its batches by measuring",
        good_for: "Computing on all cores, as scikit-learn does it: batches grow where tasks are short.",
        code: "",
    },
    ModelInfo {
        id: ModelId::PyDask,
        title: "dask.distributed",
        family: Family::Processes,
        workers: Workers::Processes,
        per_task: false,
        what: "worker processes of a local cluster, fed by a scheduler",
        good_for: "Work that may outgrow one machine: the same code runs on a cluster. Every task passes the scheduler.",
        code: "",
    },
];

/// Equivalent code of rayon where tasks are handed over in chunks.
pub const RAYON_CHUNKS_CODE: &str =
    "tasks.into_par_iter()\n    .with_min_len(chunk)\n    .for_each(|task| task.run());";

/// Rows of the matrix of models: a native model and the Python model that schedules in the same way.
pub const MATRIX: [(Option<ModelId>, Option<ModelId>); 16] = [
    (Some(ModelId::Sequential), Some(ModelId::PySequential)),
    (Some(ModelId::Threads), Some(ModelId::PyThreads)),
    (Some(ModelId::ThreadPool), Some(ModelId::PyThreadPool)),
    (Some(ModelId::Rayon), None),
    (Some(ModelId::Async), Some(ModelId::PyAsyncio)),
    (Some(ModelId::AsyncMulti), Some(ModelId::PyAsyncioMulti)),
    (Some(ModelId::AsyncBlocking), Some(ModelId::PyAsyncioThreads)),
    (Some(ModelId::ProcessPool), Some(ModelId::PyProcessPool)),
    (Some(ModelId::Processes), Some(ModelId::PyProcesses)),
    (None, Some(ModelId::PyInterpreters)),
    (None, Some(ModelId::PyTrio)),
    (None, Some(ModelId::PyGevent)),
    (None, Some(ModelId::PyUvloop)),
    (None, Some(ModelId::PyPool)),
    (None, Some(ModelId::PyJoblib)),
    (None, Some(ModelId::PyDask)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_the_order_of_the_ids() {
        for (index, info) in CATALOGUE.iter().enumerate() {
            assert_eq!(info.id as usize, index);
            assert_eq!(info.id.info().title, info.title);
            assert_eq!(info.id.name().parse(), Ok(info.id));
            assert!(!info.title.contains(','), "{} stands in lists", info.title);
        }
    }

    #[test]
    fn every_model_is_in_one_row_with_its_counterpart() {
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
}
