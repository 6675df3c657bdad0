//! Facts of each model as data: how tasks reach what runs them, who switches between them, what runs in parallel, and
//! what the model is good for. The sentences are made where they are shown.

use super::ModelId;

/// Facts of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelFacts {
    /// Way of handing tasks over, and of running them.
    pub schedule: Schedule,
    /// Authority that switches from one task to another: the system or the task.
    pub switching: Switching,
    /// Number of tasks that can compute at the same moment, if no interpreter lock forbids it.
    pub parallel: Parallel,
    /// Effect of a task that waits.
    pub wait: Wait,
    /// Uses that it suits.
    pub good_for: &'static [Use],
    /// Uses that it does not suit.
    pub bad_for: &'static [Use],
    /// Package that the interpreter needs.
    pub package: Option<&'static str>,
    /// Oldest interpreter, major and minor version; `None` for native models.
    pub python: Option<(u32, u32)>,
}

/// Way of handing tasks over, and of running them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// The caller runs one after the other.
    InOrder,
    /// A thread of its own for each task.
    ThreadEach,
    /// A process of its own for each task.
    ProcessEach,
    /// Threads that take tasks from one queue.
    QueueToThreads,
    /// Threads that steal from each other's queues.
    Stealing,
    /// One event loop in one thread.
    OneLoop,
    /// An event loop in one thread whose tasks are greenlets.
    Greenlets,
    /// One runtime of several threads, which take tasks from each other.
    LoopThreads,
    /// Several event loops that tasks are dealt to in turn, each in a thread of its own.
    SeveralLoops,
    /// An event loop that hands each task to a pool of threads.
    LoopToThreads,
    /// Worker processes that get one task at a time.
    PipeToProcesses,
    /// Worker processes that get chunks of tasks.
    ChunksToProcesses,
    /// Worker processes that get batches sized by measuring.
    BatchesToProcesses,
    /// A scheduler that sends tasks to worker processes.
    Scheduler,
    /// Threads with an interpreter each that take tasks from one queue.
    QueueToInterpreters,
}

/// Authority that switches from one task to another: the system or the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switching {
    /// Nobody: each task runs to its end.
    None,
    /// The operating system, at any moment.
    Preemptive,
    /// A worker runs each task to its end; the operating system switches between workers.
    BetweenWorkers,
    /// A task keeps the thread until it awaits.
    Cooperative,
    /// A task keeps the thread until it waits, which switches by itself.
    CooperativeByItself,
    /// Cooperative on a thread, preemptive between the threads.
    Both,
}

/// Number of tasks that can compute at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallel {
    /// One.
    No,
    /// As many as there are usable cores.
    Cores,
    /// As many as there are workers, up to the usable cores.
    Workers,
}

/// Effect of a task that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Every other task waits, too.
    BlocksAll,
    /// Its thread or process waits; others go on.
    BlocksOwn,
    /// One of a bounded number of workers waits.
    BlocksWorker,
    /// Other tasks of the loop go on.
    FreesLoop,
}

/// A use of concurrency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A measure for all others.
    Baseline,
    /// Tasks so short that handing them over costs more than they do.
    TinyTasks,
    /// Up to some hundred tasks that block.
    SomeBlocking,
    /// Tasks that block, a bounded number at a time.
    BoundedBlocking,
    /// Thousands of waits at once.
    ManyWaits,
    /// Computing on all cores.
    Computing,
    /// Computing in tasks of unequal length.
    UnevenComputing,
    /// Computing between waits.
    WaitsAndComputing,
    /// Blocking code in an async program.
    BlockingInAsync,
    /// Memory that no other task can touch.
    Isolation,
    /// State that all tasks change.
    SharedState,
    /// Large inputs or results.
    LargeData,
    /// Many short tasks.
    ManyShort,
    /// Code written to block, without a change.
    UnchangedBlocking,
    /// Several machines.
    SeveralMachines,
}

const fn facts(
    schedule: Schedule,
    (switching, parallel, wait): (Switching, Parallel, Wait),
    good_for: &'static [Use],
    bad_for: &'static [Use],
) -> ModelFacts {
    ModelFacts { schedule, switching, parallel, wait, good_for, bad_for, package: None, python: None }
}

impl ModelFacts {
    const fn on_python(self, python: (u32, u32)) -> Self {
        Self { python: Some(python), ..self }
    }

    const fn with_package(self, package: &'static str) -> Self {
        Self { package: Some(package), ..self }
    }
}

/// Oldest interpreter that the lab runs.
const ANY: (u32, u32) = (3, 9);

const IN_ORDER: ModelFacts = facts(
    Schedule::InOrder,
    (Switching::None, Parallel::No, Wait::BlocksAll),
    &[Use::Baseline, Use::TinyTasks],
    &[Use::ManyWaits, Use::Computing],
);
const THREADS: ModelFacts = facts(
    Schedule::ThreadEach,
    (Switching::Preemptive, Parallel::Cores, Wait::BlocksOwn),
    &[Use::SomeBlocking, Use::UnchangedBlocking],
    &[Use::TinyTasks, Use::ManyWaits],
);
const THREAD_POOL: ModelFacts = facts(
    Schedule::QueueToThreads,
    (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
    &[Use::BoundedBlocking, Use::Computing],
    &[Use::ManyWaits, Use::TinyTasks],
);
const ONE_LOOP: ModelFacts = facts(
    Schedule::OneLoop,
    (Switching::Cooperative, Parallel::No, Wait::FreesLoop),
    &[Use::ManyWaits],
    &[Use::Computing, Use::UnchangedBlocking],
);
const LOOP_TO_THREADS: ModelFacts = facts(
    Schedule::LoopToThreads,
    (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
    &[Use::BlockingInAsync, Use::BoundedBlocking],
    &[Use::ManyWaits, Use::TinyTasks],
);
const PROCESS_POOL: ModelFacts = facts(
    Schedule::PipeToProcesses,
    (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
    &[Use::Computing, Use::Isolation],
    &[Use::TinyTasks, Use::LargeData, Use::SharedState, Use::ManyWaits],
);
const PROCESSES: ModelFacts = facts(
    Schedule::ProcessEach,
    (Switching::Preemptive, Parallel::Cores, Wait::BlocksOwn),
    &[Use::Isolation],
    &[Use::ManyShort, Use::TinyTasks, Use::LargeData, Use::SharedState, Use::ManyWaits],
);

/// Facts of every model, in the order of the catalogue.
const FACTS: [ModelFacts; 24] = [
    IN_ORDER,
    THREADS,
    THREAD_POOL,
    facts(
        Schedule::Stealing,
        (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
        &[Use::Computing, Use::UnevenComputing, Use::ManyShort],
        &[Use::ManyWaits],
    ),
    ONE_LOOP,
    facts(
        Schedule::LoopThreads,
        (Switching::Both, Parallel::Workers, Wait::FreesLoop),
        &[Use::ManyWaits, Use::WaitsAndComputing],
        &[Use::UnchangedBlocking],
    ),
    LOOP_TO_THREADS,
    PROCESS_POOL,
    PROCESSES,
    IN_ORDER.on_python(ANY),
    THREADS.on_python(ANY),
    THREAD_POOL.on_python(ANY),
    PROCESSES.on_python(ANY),
    PROCESS_POOL.on_python(ANY),
    ONE_LOOP.on_python(ANY),
    LOOP_TO_THREADS.on_python(ANY),
    facts(
        Schedule::QueueToInterpreters,
        (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
        &[Use::Computing],
        &[Use::TinyTasks, Use::LargeData, Use::SharedState, Use::ManyWaits],
    )
    .on_python((3, 14)),
    ONE_LOOP.on_python(ANY).with_package("trio"),
    facts(
        Schedule::Greenlets,
        (Switching::CooperativeByItself, Parallel::No, Wait::FreesLoop),
        &[Use::ManyWaits, Use::UnchangedBlocking],
        &[Use::Computing],
    )
    .on_python(ANY)
    .with_package("gevent"),
    facts(
        Schedule::ChunksToProcesses,
        (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
        &[Use::Computing, Use::ManyShort, Use::Isolation],
        &[Use::UnevenComputing, Use::LargeData, Use::SharedState, Use::ManyWaits],
    )
    .on_python(ANY),
    facts(
        Schedule::SeveralLoops,
        (Switching::Both, Parallel::Workers, Wait::FreesLoop),
        &[Use::ManyWaits],
        &[Use::UnchangedBlocking],
    )
    .on_python(ANY),
    ONE_LOOP.on_python(ANY).with_package("uvloop"),
    facts(
        Schedule::BatchesToProcesses,
        (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
        &[Use::Computing, Use::ManyShort, Use::Isolation],
        &[Use::LargeData, Use::SharedState, Use::ManyWaits],
    )
    .on_python(ANY)
    .with_package("joblib"),
    facts(
        Schedule::Scheduler,
        (Switching::BetweenWorkers, Parallel::Workers, Wait::BlocksWorker),
        &[Use::Computing, Use::SeveralMachines, Use::Isolation],
        &[Use::TinyTasks, Use::ManyShort, Use::SharedState],
    )
    .on_python(ANY)
    .with_package("distributed"),
];

impl ModelId {
    /// Returns the facts of the model.
    #[must_use]
    pub const fn facts(self) -> &'static ModelFacts {
        &FACTS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Family, Workers};

    #[test]
    fn facts_agree_with_the_catalogue() {
        for model in ModelId::all() {
            let (facts, info, name) = (model.facts(), model.info(), model.name());
            assert_eq!(facts.python.is_some(), model.is_python(), "{name}");
            assert_eq!(facts.parallel == Parallel::Workers, info.workers != Workers::None, "{name}");
            assert_eq!(facts.switching == Switching::None, info.family == Family::Sequential, "{name}");
            let on_loop = matches!(facts.wait, Wait::FreesLoop);
            assert_eq!(on_loop, info.family == Family::EventLoops && info.workers != Workers::BlockingPool, "{name}");
            let each = matches!(facts.schedule, Schedule::ThreadEach | Schedule::ProcessEach);
            assert_eq!(each, info.per_task && info.workers == Workers::None && !on_loop, "{name}");
            let shares_state = !facts.bad_for.contains(&Use::SharedState);
            assert_eq!(shares_state, !model.separate_memory(), "{name}");
        }
    }

    #[test]
    fn nothing_is_good_and_bad_for_the_same_use() {
        for model in ModelId::all() {
            let facts = model.facts();
            assert!(!facts.good_for.is_empty() && !facts.bad_for.is_empty(), "{}", model.name());
            assert!(facts.good_for.iter().all(|one| !facts.bad_for.contains(one)), "{}", model.name());
        }
    }

    #[test]
    fn computing_suits_only_what_can_run_in_parallel() {
        for model in ModelId::all().filter(|model| model.facts().good_for.contains(&Use::Computing)) {
            assert_ne!(model.facts().parallel, Parallel::No, "{}", model.name());
        }
    }
}
