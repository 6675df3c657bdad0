//! Simulates the tasks of a workload from event to event: who computes, holds a loop, waits for a lock or for a free slot.
//! Whoever asks first comes first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use super::capacity::Capacity;
use super::operations::{OfStep, Operation, Operations};
use super::spans::{Schedule, Times};
use crate::trial::Span;
use crate::workload::PlanStep;

#[derive(Debug, Clone, Copy, Default)]
struct Task {
    next: usize,
    started: Option<u64>,
    finished: u64,
    worker: u32,
    holds_core: bool,
    holds_loop: bool,
}

struct Lock {
    free: u32,
    queue: VecDeque<(u32, u32)>,
}

pub(super) struct Simulation<'a> {
    operations: &'a Operations,
    capacity: Capacity,
    has_locks: bool,
    now: u64,
    /// Ends of operations: time, order in which they were begun, task.
    ends: BinaryHeap<Reverse<(u64, u64, u32)>>,
    sequence: u64,
    tasks: Vec<Task>,
    times: Times,
    free_cores: u32,
    free_loops: u32,
    /// Tasks that wait for a core, and those that wait for a loop to stand still on, in the order in which they asked.
    for_core: VecDeque<(u64, u32)>,
    for_loop: VecDeque<(u64, u32)>,
    locks: Vec<Lock>,
    /// Tasks whose next operation may begin.
    ready: VecDeque<u32>,
    /// Tasks that were given to each worker and have not begun.
    given: Vec<Range<u32>>,
    /// First task that no worker has.
    next_task: u32,
}

impl<'a> Simulation<'a> {
    pub(super) fn new(operations: &'a Operations, capacity: Capacity, has_locks: bool) -> Self {
        let tasks = operations.tasks as usize;
        let first = |task: u32| Task { next: operations.range(task).start, ..Task::default() };
        Self {
            operations,
            capacity,
            has_locks,
            now: 0,
            ends: BinaryHeap::new(),
            sequence: 0,
            tasks: (0..operations.tasks).map(first).collect(),
            times: Times {
                begins: vec![None; tasks * operations.plan.steps.len()],
                inner_timestamps: vec![0; tasks * operations.inner_timestamps()],
            },
            free_cores: capacity.cores.max(1),
            free_loops: capacity.loops.unwrap_or(0).max(1),
            for_core: VecDeque::new(),
            for_loop: VecDeque::new(),
            locks: operations.locks.iter().map(|free| Lock { free: *free, queue: VecDeque::new() }).collect(),
            ready: VecDeque::new(),
            given: Vec::new(),
            next_task: 0,
        }
    }

    pub(super) fn run(mut self) -> Schedule {
        let workers = self.capacity.slots.unwrap_or(u32::MAX).min(self.operations.tasks);
        self.given = vec![0..0; workers as usize];
        for worker in 0..workers {
            self.take_next(worker);
        }
        loop {
            while let Some(task) = self.ready.pop_front() {
                self.advance(task);
            }
            if self.begin_waiting() {
                continue;
            }
            let Some(Reverse((end, _, task))) = self.ends.pop() else { break };
            self.now = end;
            self.tasks[task as usize].next += 1;
            self.ready.push_back(task);
        }
        let span = |task: &Task| {
            let started = task.started.unwrap_or(task.finished);
            Span { submitted: started, started, finished: task.finished, worker: task.worker, core: None }
        };
        let spans = self.tasks.iter().map(span).collect();
        Schedule::new(self.operations, spans, self.times)
    }

    /// Gives a worker its next task: of those that it has, or else of those that nobody has.
    fn take_next(&mut self, worker: u32) {
        let given = &mut self.given[worker as usize];
        if given.start >= given.end {
            let end = self.next_task.saturating_add(self.capacity.chunk).min(self.operations.tasks);
            *given = self.next_task..end;
            self.next_task = end;
        }
        if let Some(task) = given.next() {
            self.tasks[task as usize].worker = worker;
            self.ready.push_back(task);
        }
    }

    /// Goes on with a task until it has to wait for something.
    fn advance(&mut self, task: u32) {
        let end = self.operations.range(task).end;
        loop {
            let index = self.tasks[task as usize].next;
            if index == end {
                self.let_go(task);
                self.tasks[task as usize].finished = self.now;
                let worker = self.tasks[task as usize].worker;
                self.take_next(worker);
                return;
            }
            let OfStep { step, operation } = self.operations.get(index);
            match operation {
                Operation::Wait(nanos) => return self.wait(task, step, nanos),
                Operation::Block(nanos) if self.capacity.loops.is_none() => return self.wait(task, step, nanos),
                Operation::Block(nanos) if self.tasks[task as usize].holds_loop => {
                    self.let_go_of_core(task);
                    return self.begin(task, step, nanos);
                }
                Operation::Compute(nanos) if self.tasks[task as usize].holds_core => {
                    return self.begin(task, step, nanos);
                }
                // Whoever stands still on a loop keeps all others from it, and so comes first.
                Operation::Compute(_) if self.tasks[task as usize].holds_loop => {
                    self.for_core.push_front((0, task));
                    return;
                }
                Operation::Block(_) | Operation::Compute(_) => {
                    self.sequence += 1;
                    let waiting = (self.sequence, task);
                    let computes = matches!(operation, Operation::Compute(_));
                    if computes {
                        self.for_core.push_back(waiting)
                    } else {
                        self.for_loop.push_back(waiting)
                    }
                    return;
                }
                Operation::Acquire { lock, parts } => {
                    self.let_go(task);
                    self.mark_begin(task, step);
                    if !self.acquire(task, lock, parts) {
                        return;
                    }
                    self.got_lock(task, step);
                }
                Operation::Release { lock, parts } => {
                    self.releases(task, step);
                    self.release(lock, parts);
                }
            }
            self.tasks[task as usize].next += 1;
        }
    }

    fn wait(&mut self, task: u32, step: usize, nanos: u64) {
        self.let_go(task);
        self.begin(task, step, nanos);
    }

    /// Begins an operation that ends by itself.
    fn begin(&mut self, task: u32, step: usize, nanos: u64) {
        self.mark_begin(task, step);
        self.sequence += 1;
        self.ends.push(Reverse((self.now.saturating_add(nanos), self.sequence, task)));
    }

    /// Begins the first operation that waits for a core or a loop that is free. Returns false if there is none.
    fn begin_waiting(&mut self) -> bool {
        let has_loops = self.capacity.loops.is_some();
        let free_loop = |holds: bool| !has_loops || holds || self.free_loops > 0;
        let holds_loop = |task: u32| self.tasks[task as usize].holds_loop;
        let core = self.for_core.front().filter(|(_, task)| self.free_cores > 0 && free_loop(holds_loop(*task)));
        let on_loop = self.for_loop.front().filter(|_| free_loop(false));
        let (task, computes) = match (core, on_loop) {
            (Some(core), Some(other)) if other.0 < core.0 => (other.1, false),
            (Some(core), _) => (core.1, true),
            (None, Some(other)) => (other.1, false),
            (None, None) => return false,
        };
        if computes {
            self.for_core.pop_front()
        } else {
            self.for_loop.pop_front()
        };
        let state = &mut self.tasks[task as usize];
        if computes {
            state.holds_core = true;
            self.free_cores -= 1;
        }
        if has_loops && !state.holds_loop {
            state.holds_loop = true;
            self.free_loops -= 1;
        }
        let OfStep { step, operation } = self.operations.get(state.next);
        if matches!(self.operations.plan.steps[step], PlanStep::Critical { .. }) {
            // Whoever has the lock but no core yet is still shown as waiting.
            self.got_lock(task, step);
        }
        if let Operation::Compute(nanos) | Operation::Block(nanos) = operation {
            self.begin(task, step, nanos);
        }
        true
    }

    fn let_go(&mut self, task: u32) {
        self.let_go_of_core(task);
        let state = &mut self.tasks[task as usize];
        if std::mem::take(&mut state.holds_loop) {
            self.free_loops += 1;
        }
    }

    fn let_go_of_core(&mut self, task: u32) {
        if std::mem::take(&mut self.tasks[task as usize].holds_core) {
            self.free_cores += 1;
        }
    }

    /// Takes parts of a lock, or queues for them.
    fn acquire(&mut self, task: u32, lock: usize, parts: u32) -> bool {
        if !self.has_locks {
            return true;
        }
        let lock = &mut self.locks[lock];
        if lock.queue.is_empty() && lock.free >= parts {
            lock.free -= parts;
            return true;
        }
        lock.queue.push_back((task, parts));
        false
    }

    /// Gives parts of a lock back; those that come next get it.
    fn release(&mut self, lock: usize, parts: u32) {
        if !self.has_locks {
            return;
        }
        self.locks[lock].free += parts;
        while let Some((task, parts)) = self.locks[lock].queue.front().copied() {
            if self.locks[lock].free < parts {
                return;
            }
            self.locks[lock].free -= parts;
            self.locks[lock].queue.pop_front();
            let next = self.tasks[task as usize].next;
            self.got_lock(task, self.operations.get(next).step);
            self.tasks[task as usize].next += 1;
            self.ready.push_back(task);
        }
    }

    fn mark_begin(&mut self, task: u32, step: usize) {
        let index = task as usize * self.operations.plan.steps.len() + step;
        self.times.begins[index].get_or_insert(self.now);
        self.tasks[task as usize].started.get_or_insert(self.now);
    }

    fn got_lock(&mut self, task: u32, step: usize) {
        self.stamp(task, step, 0);
    }

    /// Takes the timestamps before a lock is given back: the second lock of two comes just before.
    fn releases(&mut self, task: u32, step: usize) {
        for index in 1..self.operations.plan.steps[step].inner_timestamps() {
            self.stamp(task, step, index);
        }
    }

    fn stamp(&mut self, task: u32, step: usize, index: usize) {
        let at = task as usize * self.operations.inner_timestamps() + self.operations.inner_before[step] + index;
        if let Some(stamp) = self.times.inner_timestamps.get_mut(at) {
            *stamp = self.now;
        }
    }
}
