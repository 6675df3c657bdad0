//! Resources that the steps of one process need besides a core: an HTTP client, a folder, a buffer, locks, counters.
//! Built once before the clock, shared by all tasks of the process. One file per kind.

mod command;
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

use self::command::Program;
use self::counter::Counter;
use self::file::Folder;
pub use self::flavour::Flavour;
use self::http::Client;
use self::lock::{StepLock, StepLocks};
use self::memory::Buffer;
pub use self::sleep::{sleep, sleep_async};
use self::two_locks::Pair;
use crate::clock::StampClock;
use crate::failure::{Action, Failure, LockGraph, MissingPart, StepFailure, StepProblem};
use crate::protocol::TrialEnvironment;
use crate::runner::trial_clock::TrialClock;
use crate::trial::Counted;
use crate::workload::{Kernel, Plan, PlanStep, SectionWork};

/// Receiver of a task's stamps while it runs: slots of the runner, or a worker's own list.
pub trait Record {
    /// Stamps the end of a step that is not the last.
    fn step_ended(&mut self, step: usize);
    /// Takes a timestamp inside a step and returns it; `index` counts over all steps.
    fn stamp_inside_step(&mut self, index: usize) -> u64;
    /// Stamps that the input of the payload was read (0), or that the steps were done (1).
    fn stamp_payload(&mut self, moment: usize);
}

/// Number of stamps that a task takes of its payload.
pub const PAYLOAD_STAMPS: usize = 2;

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
    MemoryRandom(Buffer),
    Lock(StepLocks),
    Counter(Counter),
    Pair(Pair),
    Program(Program),
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
                // No native model has the objects and functions of an interpreter: the step table has the reason.
                PlanStep::Compute(_)
                | PlanStep::Wait
                | PlanStep::BlockingWait
                | PlanStep::Shared(_)
                | PlanStep::Call => StepResource::None,
                PlanStep::Command => StepResource::Program(Program::of(environment, index)?),
                PlanStep::Http { bytes, keep_alive } => {
                    let server = environment.server.as_ref();
                    let server = server.ok_or_else(|| Failure::incomplete(MissingPart::Server))?;
                    StepResource::Http(Box::new(Client::new(server, *bytes, *keep_alive, flavour)))
                }
                PlanStep::File { sync, read_only } => {
                    StepResource::File(files_of(plan, index, folder()?, (*sync, *read_only)))
                }
                PlanStep::Memory => StepResource::Memory(Buffer::of(environment.buffer_bytes)),
                PlanStep::MemoryRandom => StepResource::MemoryRandom(Buffer::of(environment.buffer_bytes)),
                PlanStep::Critical { lock, permits, locks, .. } => {
                    let one = |number| {
                        let path = || Ok::<_, Failure>(lock::shared_path(folder()?, index, number));
                        StepLock::build(*lock, *permits, flavour, path)
                    };
                    StepResource::Lock(StepLocks::build(*locks, one)?)
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
            let failed = |error: io::Error| Failure::system(Action::SharedLocks { folder: folder.into() }, &error);
            match step {
                PlanStep::Critical { lock, permits, locks, .. } => {
                    for number in 0..*locks {
                        let path = lock::shared_path(folder, index, number);
                        files.extend(lock::prepare_shared(*lock, *permits, &path).map_err(failed)?);
                    }
                }
                PlanStep::TwoLocks(_) => files.extend(two_locks::prepare_shared(folder, index).map_err(failed)?),
                _ => {}
            }
        }
        Ok(files)
    }

    /// Writes the files that steps only read, for all tasks. Before the setup of a model: this is the lab's work.
    pub fn prepare_files(plan: &Plan, folder: Option<&Path>) -> Result<(), Failure> {
        for (index, step) in plan.steps.iter().enumerate() {
            if let (PlanStep::File { read_only: true, .. }, Some(folder)) = (step, folder) {
                let tasks =
                    (0..plan.tasks + plan.classes.repeaters()).filter(|task| plan.steps_of(*task).contains(&index));
                let amounts = tasks.map(|task| (task, plan.amount(task, index)));
                let prepared = files_of(plan, index, folder, (false, true)).prepare(amounts);
                prepared.map_err(|error| Failure::system(Action::PrepareFiles { folder: folder.into() }, &error))?;
            }
        }
        Ok(())
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

    /// Returns the tasks that hold or wait for locks; empty if none does. `clock` is that of the trial, if it has started.
    pub fn lock_graph(&self, clock: Option<&TrialClock>) -> LockGraph {
        let mut graph = LockGraph::default();
        for (index, step) in self.steps.iter().enumerate() {
            if let StepResource::Pair(pair) = step {
                graph.extend(pair.graph(index, clock));
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
            StepResource::File(folder) => folder.run(self.plan.file_of(task), amount).map(|sum| mix_in(state, sum)),
            StepResource::Memory(buffer) => Ok(mix_in(state, buffer.stream(task, amount))),
            StepResource::MemoryRandom(buffer) => Ok(mix_in(state, buffer.read_at_random(task, amount))),
            StepResource::Lock(locks) => {
                let planned = &self.plan.steps[step];
                let stamp = |index: usize| {
                    record.stamp_inside_step(first_stamp + index);
                };
                locks.of(task).hold(planned.access(), stamp, || inside(planned, amount, state))
            }
            StepResource::Counter(counter) => {
                counter.add(worker, amount);
                Ok(state)
            }
            StepResource::Pair(pair) => {
                pair.take_both(task, amount, |index| record.stamp_inside_step(first_stamp + index)).map(|()| state)
            }
            StepResource::Program(program) => program.run(task).map(|()| state),
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
                folder.run_async(self.plan.file_of(task), amount).await.map(|sum| mix_in(state, sum))
            }
            StepResource::Lock(locks) => {
                let planned = &self.plan.steps[step];
                let stamp = |index: usize| {
                    record.stamp_inside_step(first_stamp + index);
                };
                locks
                    .of(task)
                    .hold_async(planned.access(), stamp, async || inside_async(planned, amount, state).await)
                    .await
            }
            StepResource::Pair(pair) => pair
                .take_both_async(task, amount, |index| record.stamp_inside_step(first_stamp + index))
                .await
                .map(|()| state),
            StepResource::Program(program) => program.run_async(task).await.map(|()| state),
            // Inline: they have nothing to await.
            StepResource::None | StepResource::Memory(_) | StepResource::MemoryRandom(_) | StepResource::Counter(_) => {
                return self.blocking(task, step, worker(), state, record);
            }
        };
        result.map_err(|error| self.step_failure(task, step, error))
    }
}

/// The files of one step.
fn files_of(plan: &Plan, step: usize, folder: &Path, how: (bool, bool)) -> Folder {
    Folder::new(folder.to_owned(), step, how, plan.largest(step))
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
pub const fn mix_in(state: u64, result: u64) -> u64 {
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
    /// Timestamps of the payload; empty without one.
    pub payload: &'a mut [u64],
}

impl Record for OwnRecord<'_> {
    fn step_ended(&mut self, step: usize) {
        self.step_ends[step] = self.stamp_clock.now();
    }

    fn stamp_inside_step(&mut self, index: usize) -> u64 {
        let now = self.stamp_clock.now();
        self.inner_timestamps[index] = now;
        now
    }

    fn stamp_payload(&mut self, moment: usize) {
        self.payload[moment] = self.stamp_clock.now();
    }
}
