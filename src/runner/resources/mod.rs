//! What the steps of one process need beside a core: an HTTP client, a folder, a buffer, locks,
//! counters. Built once before the clock, shared by all tasks of the process. One file per kind.

mod counter;
mod file;
mod flavour;
mod http;
mod lock;
mod memory;
mod sleep;
mod two_locks;

use std::io;
use std::path::Path;

use self::counter::Counter;
use self::file::Folder;
pub use self::flavour::Flavour;
use self::http::Client;
use self::lock::StepLock;
use self::memory::Buffer;
pub use self::sleep::{sleep, sleep_async};
use self::two_locks::Pair;
use crate::clock::StampClock;
use crate::failure::{Action, Failure, LockGraph, MissingPart, StepFailure, StepProblem};
use crate::protocol::TrialEnvironment;
use crate::trial::Counted;
use crate::workload::{Kernel, Plan, PlanStep, SectionWork};

/// Where a task's stamps go while it runs: into slots of the runner, or into a worker's own list.
pub trait Record {
    /// Stamps the end of a step that is not the last.
    fn step_ended(&mut self, step: usize);
    /// Stamps a moment inside a step; `mark` counts over all steps.
    fn mark(&mut self, mark: usize);
}

/// All that the tasks of one process need.
#[derive(Debug)]
pub struct TaskResources {
    /// The exact work.
    pub plan: &'static Plan,
    steps: Vec<StepResource>,
    /// The first mark of each step.
    first_inner_timestamps: Vec<usize>,
}

#[derive(Debug)]
enum StepResource {
    /// A core or the clock will do.
    None,
    Http(Box<Client>),
    File(Folder),
    Memory(Buffer),
    Lock(StepLock),
    Counter(Counter),
    Pair(Pair),
}

impl TaskResources {
    /// Gets everything ready for a process whose tasks run on `workers` different workers at most.
    pub fn build(
        plan: &'static Plan,
        environment: &TrialEnvironment,
        flavour: Flavour,
        workers: u32,
    ) -> Result<Self, Failure> {
        Self::build_some(plan, environment, flavour, workers, |_| true)
    }

    fn build_some(
        plan: &'static Plan,
        environment: &TrialEnvironment,
        flavour: Flavour,
        workers: u32,
        wanted: impl Fn(&PlanStep) -> bool,
    ) -> Result<Self, Failure> {
        let folder = || environment.folder.as_deref().ok_or_else(|| Failure::incomplete(MissingPart::Folder));
        let mut first_inner_timestamps = Vec::with_capacity(plan.steps.len());
        let mut marks = 0;
        let mut steps = Vec::with_capacity(plan.steps.len());
        for (place, step) in plan.steps.iter().enumerate() {
            first_inner_timestamps.push(marks);
            marks += step.marks();
            if !wanted(step) {
                steps.push(StepResource::None);
                continue;
            }
            steps.push(match step {
                PlanStep::Compute(_) | PlanStep::Wait => StepResource::None,
                PlanStep::Http { bytes } => {
                    let server = environment.server.as_ref();
                    let server = server.ok_or_else(|| Failure::incomplete(MissingPart::Server))?;
                    StepResource::Http(Box::new(Client::new(server, *bytes, flavour)))
                }
                PlanStep::File { sync } => {
                    let largest = (0..plan.tasks).map(|task| plan.amount(task, place)).max().unwrap_or(0);
                    StepResource::File(Folder::new(folder()?.to_owned(), place, *sync, largest))
                }
                PlanStep::Memory => StepResource::Memory(Buffer::of(environment.buffer_bytes)),
                PlanStep::Critical { lock, permits, .. } => {
                    let path = || Ok::<_, Failure>(folder()?.join(format!("lock-{place}")));
                    StepResource::Lock(StepLock::build(*lock, *permits, flavour, path)?)
                }
                PlanStep::Increment(protection) => StepResource::Counter(Counter::new(*protection, workers)),
                PlanStep::TwoLocks(order) => {
                    StepResource::Pair(Pair::build(*order, flavour, plan.tasks, place, || {
                        folder().map(Path::to_owned)
                    })?)
                }
            });
        }
        Ok(Self { plan, steps, first_inner_timestamps })
    }

    /// What stands in the runner where the tasks run in processes of their own: its counters, which stay
    /// at 0, and the board of locks.
    pub fn for_parent(plan: &'static Plan, environment: &TrialEnvironment) -> Result<Self, Failure> {
        let kept = |step: &PlanStep| matches!(step, PlanStep::Increment(_) | PlanStep::TwoLocks(_));
        Self::build_some(plan, environment, Flavour::SeparateProcess, 1, kept)
    }

    /// What processes of their own share has to exist before the first of them starts.
    pub fn prepare_shared(plan: &Plan, environment: &TrialEnvironment) -> Result<Vec<std::fs::File>, Failure> {
        let Some(folder) = &environment.folder else { return Ok(Vec::new()) };
        let mut kept = Vec::new();
        for (place, step) in plan.steps.iter().enumerate() {
            let made = match step {
                PlanStep::Critical { lock, permits, .. } => {
                    lock::prepare_shared(*lock, *permits, &folder.join(format!("lock-{place}")))
                }
                PlanStep::TwoLocks(_) => two_locks::prepare_shared(folder, place),
                _ => continue,
            };
            let failed = |error: io::Error| Failure::system(Action::SharedLocks { folder: folder.into() }, &error);
            kept.extend(made.map_err(failed)?);
        }
        Ok(kept)
    }

    /// What became of the increments so far; `None` where there are none. In processes of their own the
    /// tasks count where this process can't see it.
    pub fn counted(&self) -> Option<Counted> {
        let mut sum: Option<Counted> = None;
        for (place, step) in self.steps.iter().enumerate() {
            if let StepResource::Counter(counter) = step {
                let expected: u64 = (0..self.plan.tasks).map(|task| self.plan.amount(task, place)).sum();
                let so_far = sum.unwrap_or_default();
                sum = Some(Counted { expected: so_far.expected + expected, got: so_far.got + counter.value() });
            }
        }
        sum
    }

    /// Which task holds which lock and which one waits; empty where none does.
    pub fn lock_graph(&self) -> LockGraph {
        let mut all = LockGraph::default();
        for (index, step) in self.steps.iter().enumerate() {
            if let StepResource::Pair(pair) = step {
                all.extend(pair.graph(index));
            }
        }
        all
    }

    fn explain(&self, task: u32, step: usize, problem: StepProblem) -> StepFailure {
        StepFailure { task, step: step as u32, kind: self.plan.steps[step].kind().name.to_owned(), problem }
    }

    /// One step that needs more than a core or the clock, the blocking way; returns the new state.
    #[inline(never)]
    pub fn blocking(
        &self,
        task: u32,
        place: usize,
        worker: u32,
        state: u64,
        record: &mut impl Record,
    ) -> Result<u64, StepFailure> {
        let amount = self.plan.amount(task, place);
        let first_mark = self.first_inner_timestamps[place];
        let done = match &self.steps[place] {
            StepResource::None => Ok(state),
            StepResource::Http(client) => client.fetch(amount).map(|bytes| mixed(state, bytes)),
            StepResource::File(folder) => folder.write_and_read(task, amount).map(|sum| mixed(state, sum)),
            StepResource::Memory(buffer) => Ok(mixed(state, buffer.stream(task, amount))),
            StepResource::Lock(lock) => {
                let step = &self.plan.steps[place];
                lock.hold(|which| record.mark(first_mark + which), || inside(step, amount, state))
            }
            StepResource::Counter(counter) => {
                counter.add(worker, amount);
                Ok(state)
            }
            StepResource::Pair(pair) => {
                pair.take_both(task, amount, |mark| record.mark(first_mark + mark)).map(|()| state)
            }
        };
        done.map_err(|error| self.explain(task, place, error))
    }

    /// The same on an event loop.
    pub async fn awaited(
        &self,
        task: u32,
        place: usize,
        worker: fn() -> u32,
        state: u64,
        record: &mut impl Record,
    ) -> Result<u64, StepFailure> {
        let amount = self.plan.amount(task, place);
        let first_mark = self.first_inner_timestamps[place];
        let done = match &self.steps[place] {
            StepResource::Http(client) => client.fetch_async(amount).await.map(|bytes| mixed(state, bytes)),
            StepResource::File(folder) => folder.write_and_read_async(task, amount).await.map(|sum| mixed(state, sum)),
            StepResource::Lock(lock) => {
                let step = &self.plan.steps[place];
                let mark = |which: usize| record.mark(first_mark + which);
                lock.hold_async(mark, async || inside_async(step, amount, state).await).await
            }
            StepResource::Pair(pair) => {
                pair.take_both_async(task, amount, |mark| record.mark(first_mark + mark)).await.map(|()| state)
            }
            // Inline: there is nothing to await in them.
            StepResource::None | StepResource::Memory(_) | StepResource::Counter(_) => {
                return self.blocking(task, place, worker(), state, record);
            }
        };
        done.map_err(|error| self.explain(task, place, error))
    }
}

/// What a task does inside a critical section.
fn inside(step: &PlanStep, amount: u64, state: u64) -> u64 {
    match step {
        PlanStep::Critical { holds: SectionWork::Wait, .. } => {
            sleep(amount);
            state
        }
        _ => Kernel::default().run(amount, state),
    }
}

async fn inside_async(step: &PlanStep, amount: u64, state: u64) -> u64 {
    match step {
        PlanStep::Critical { holds: SectionWork::Wait, .. } => {
            sleep_async(amount).await;
            state
        }
        _ => Kernel::default().run(amount, state),
    }
}

/// The task's state after a step with a result.
const fn mixed(state: u64, result: u64) -> u64 {
    crate::workload::kernel::mix(state ^ crate::workload::kernel::mix(result))
}

/// Stamps of a task that runs in a process of its own, or in a worker's.
#[derive(Debug)]
pub struct OwnRecord<'a> {
    /// What stamps are read from.
    pub ticks: StampClock,
    /// Ends of all steps but the last.
    pub step_ends: &'a mut [u64],
    /// Stamps inside steps.
    pub marks: &'a mut [u64],
}

impl Record for OwnRecord<'_> {
    fn step_ended(&mut self, step: usize) {
        self.step_ends[step] = self.ticks.now();
    }

    fn mark(&mut self, mark: usize) {
        self.marks[mark] = self.ticks.now();
    }
}
