//! Resources that the steps of one process need besides a core: an HTTP client, a folder, a buffer, locks, counters.
//! Built once before the clock, shared by all tasks of the process. One file per kind.

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

/// Receiver of a task's stamps while it runs: slots of the runner, or a worker's own list.
pub trait Record {
    /// Stamps the end of a step that is not the last.
    fn step_ended(&mut self, step: usize);
    /// Takes a timestamp inside a step; `index` counts over all steps.
    fn stamp_inside_step(&mut self, index: usize);
}

/// Resources of the tasks of one process, one entry per step.
#[derive(Debug)]
pub struct TaskResources {
    /// Exact work of every task.
    pub plan: &'static Plan,
    steps: Vec<StepResource>,
    /// Index of the entry in `steps` that each step uses: classes share locks, counters and clients.
    shared: Vec<usize>,
    /// Index of the first inner timestamp of each step.
    first_inner_timestamps: Vec<usize>,
}

#[derive(Debug)]
enum StepResource {
    /// Needs only a core or a timer.
    None,
    Http(Box<Client>),
    File(Folder),
    Memory(Buffer),
    Lock(StepLock),
    Counter(Counter),
    Pair(Pair),
}

impl TaskResources {
    /// Builds the resources of a process whose tasks run on at most `workers` different workers.
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
        let mut inner_timestamps = 0;
        let mut steps = Vec::with_capacity(plan.steps.len());
        let shared = plan.shared_steps();
        for (index, step) in plan.steps.iter().enumerate() {
            first_inner_timestamps.push(inner_timestamps);
            inner_timestamps += step.inner_timestamps();
            if !wanted(step) || shared[index] != index {
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
                    let sharing = (0..plan.steps.len()).filter(|other| shared[*other] == index);
                    let largest = sharing.map(|other| plan.largest(other)).max().unwrap_or(0);
                    StepResource::File(Folder::new(folder()?.to_owned(), index, *sync, largest))
                }
                PlanStep::Memory => StepResource::Memory(Buffer::of(environment.buffer_bytes)),
                PlanStep::Critical { lock, permits, .. } => {
                    let path = || Ok::<_, Failure>(folder()?.join(format!("lock-{index}")));
                    StepResource::Lock(StepLock::build(*lock, *permits, flavour, path)?)
                }
                PlanStep::Increment(protection) => StepResource::Counter(Counter::new(*protection, workers)),
                PlanStep::TwoLocks(order) => {
                    StepResource::Pair(Pair::build(*order, flavour, plan.tasks, index, || {
                        folder().map(Path::to_owned)
                    })?)
                }
            });
        }
        Ok(Self { plan, steps, shared, first_inner_timestamps })
    }

    /// Builds the resources of a runner whose tasks run in other processes: the counters, which stay at 0, and the
    /// lock board.
    pub fn for_parent(plan: &'static Plan, environment: &TrialEnvironment) -> Result<Self, Failure> {
        let observed = |step: &PlanStep| matches!(step, PlanStep::Increment(_) | PlanStep::TwoLocks(_));
        Self::build_some(plan, environment, Flavour::SeparateProcess, 1, observed)
    }

    /// Creates the locks that separate processes share, before the first of them starts. Returns the files that have to
    /// stay open until they have ended.
    pub fn prepare_shared(plan: &Plan, environment: &TrialEnvironment) -> Result<Vec<std::fs::File>, Failure> {
        let Some(folder) = &environment.folder else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        let shared = plan.shared_steps();
        for (index, step) in plan.steps.iter().enumerate().filter(|(index, _)| shared[*index] == *index) {
            let created = match step {
                PlanStep::Critical { lock, permits, .. } => {
                    lock::prepare_shared(*lock, *permits, &folder.join(format!("lock-{index}")))
                }
                PlanStep::TwoLocks(_) => two_locks::prepare_shared(folder, index),
                _ => continue,
            };
            let failed = |error: io::Error| Failure::system(Action::SharedLocks { folder: folder.into() }, &error);
            files.extend(created.map_err(failed)?);
        }
        Ok(files)
    }

    /// Expected and actual value of the counters so far; `None` without `increment` steps. Increments by tasks in other
    /// processes are not seen here.
    pub fn counted(&self) -> Option<Counted> {
        let mut sum: Option<Counted> = None;
        for (index, step) in self.steps.iter().enumerate() {
            if let StepResource::Counter(counter) = step {
                let sharing = (0..self.shared.len()).filter(|step| self.shared[*step] == index);
                let expected: u64 = sharing.map(|step| self.plan.total(step)).sum();
                let so_far = sum.unwrap_or_default();
                sum = Some(Counted { expected: so_far.expected + expected, got: so_far.got + counter.value() });
            }
        }
        sum
    }

    /// Returns the tasks that hold or wait for locks; empty if none does.
    pub fn lock_graph(&self) -> LockGraph {
        let mut graph = LockGraph::default();
        for (index, step) in self.steps.iter().enumerate() {
            if let StepResource::Pair(pair) = step {
                graph.extend(pair.graph(index));
            }
        }
        graph
    }

    fn step_failure(&self, task: u32, step: usize, problem: StepProblem) -> StepFailure {
        StepFailure { task, step: step as u32, kind: self.plan.steps[step].kind().name.to_owned(), problem }
    }

    /// Runs one step that needs more than a core or a timer, blocking. Returns the task's new state.
    #[inline(never)]
    pub fn blocking(
        &self,
        task: u32,
        step: usize,
        worker: u32,
        state: u64,
        record: &mut impl Record,
    ) -> Result<u64, StepFailure> {
        let amount = self.plan.amount(task, step);
        let first_stamp = self.first_inner_timestamps[step];
        let result = match &self.steps[self.shared[step]] {
            StepResource::None => Ok(state),
            StepResource::Http(client) => client.fetch(amount).map(|bytes| mix_in(state, bytes)),
            StepResource::File(folder) => {
                folder.write_and_read(self.plan.file_of(task), amount).map(|sum| mix_in(state, sum))
            }
            StepResource::Memory(buffer) => Ok(mix_in(state, buffer.stream(task, amount))),
            StepResource::Lock(lock) => {
                let planned = &self.plan.steps[step];
                lock.hold(|index| record.stamp_inside_step(first_stamp + index), || inside(planned, amount, state))
            }
            StepResource::Counter(counter) => {
                counter.add(worker, amount);
                Ok(state)
            }
            StepResource::Pair(pair) => {
                pair.take_both(task, amount, |index| record.stamp_inside_step(first_stamp + index)).map(|()| state)
            }
        };
        result.map_err(|error| self.step_failure(task, step, error))
    }

    /// Runs one such step on an event loop. Returns the task's new state.
    pub async fn awaited(
        &self,
        task: u32,
        step: usize,
        worker: fn() -> u32,
        state: u64,
        record: &mut impl Record,
    ) -> Result<u64, StepFailure> {
        let amount = self.plan.amount(task, step);
        let first_stamp = self.first_inner_timestamps[step];
        let result = match &self.steps[self.shared[step]] {
            StepResource::Http(client) => client.fetch_async(amount).await.map(|bytes| mix_in(state, bytes)),
            StepResource::File(folder) => {
                folder.write_and_read_async(self.plan.file_of(task), amount).await.map(|sum| mix_in(state, sum))
            }
            StepResource::Lock(lock) => {
                let planned = &self.plan.steps[step];
                let stamp = |index: usize| record.stamp_inside_step(first_stamp + index);
                lock.hold_async(stamp, async || inside_async(planned, amount, state).await).await
            }
            StepResource::Pair(pair) => pair
                .take_both_async(task, amount, |index| record.stamp_inside_step(first_stamp + index))
                .await
                .map(|()| state),
            // Inline: they have nothing to await.
            StepResource::None | StepResource::Memory(_) | StepResource::Counter(_) => {
                return self.blocking(task, step, worker(), state, record);
            }
        };
        result.map_err(|error| self.step_failure(task, step, error))
    }
}

/// Runs the work inside a critical section. Returns the task's new state.
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

/// Mixes the result of a step into the task's state.
const fn mix_in(state: u64, result: u64) -> u64 {
    crate::workload::kernel::mix(state ^ crate::workload::kernel::mix(result))
}

/// Stamps of a task that runs in a separate process or in a worker process.
#[derive(Debug)]
pub struct OwnRecord<'a> {
    /// Clock of all stamps.
    pub stamp_clock: StampClock,
    /// Ends of all steps but the last.
    pub step_ends: &'a mut [u64],
    /// Timestamps inside steps.
    pub inner_timestamps: &'a mut [u64],
}

impl Record for OwnRecord<'_> {
    fn step_ended(&mut self, step: usize) {
        self.step_ends[step] = self.stamp_clock.now();
    }

    fn stamp_inside_step(&mut self, index: usize) {
        self.inner_timestamps[index] = self.stamp_clock.now();
    }
}
