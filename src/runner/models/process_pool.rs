//! `process-pool`: worker processes over pipes, one task in flight each. One feeder thread per
//! worker takes the next task, sends it and waits for its result. Classes have a queue for each pool; those with workers
//! of their own have their own pool.

use std::env;
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::model::{Latch, Model, PoolSizes, Teardown, no_thread};
use crate::failure::{Action, Failure, LimitedUnit, MissingPart, WorkerTask};
use crate::process_tree;
use crate::protocol::{TrialEnvironment, WORKER_ARGUMENT};
use crate::runner::repetition::Repetition;
use crate::runner::task_recorder::{TaskRecorder, worker_and_core};
use crate::runner::worker::{self, Link, WorkerReport};
use crate::trial::Usage;

/// Time within which a worker whose pipe broke has ended.
const ENDS_WITHIN: Duration = Duration::from_millis(500);

/// Command to a feeder: feed its worker until all tasks are taken.
struct Pass {
    recorder: &'static TaskRecorder,
    source: Source,
    done: Arc<Latch>,
}

/// Tasks of a pass, as a feeder takes them.
enum Source {
    /// All tasks alike: the index of the next one.
    Next(Arc<AtomicU32>),
    /// Classes: the queue of the pool.
    Queue(Queue),
}

/// Queue of a pool, to be read and to be written by its feeders.
#[derive(Clone)]
struct Queue {
    send: Sender<Item>,
    receive: Receiver<Item>,
}

impl Queue {
    fn new() -> Self {
        let (send, receive) = unbounded();
        Self { send, receive }
    }
}

enum Item {
    Task(u32),
    Repeat(Repetition),
    /// Ends the pass of one feeder.
    End,
}

pub(super) struct ProcessPool {
    workers: Vec<Worker>,
    lost: Arc<Mutex<Option<Lost>>>,
    sizes: PoolSizes,
    /// Queue of each pool, used with classes.
    queues: Vec<Queue>,
    /// Feeders that are in a pass of classes.
    feeding: Option<Arc<Latch>>,
    /// Bytes that each worker allocates for the lab's records.
    record_bytes: u64,
}

/// A worker that did not reply, as its feeder saw it.
struct Lost {
    worker: u32,
    task: u32,
    error: io::Error,
}

struct Worker {
    child: Child,
    link: Arc<Mutex<Link>>,
    passes: Sender<Pass>,
    feeder: JoinHandle<()>,
    last: Option<WorkerReport>,
}

impl ProcessPool {
    pub(super) fn build(
        workers: u32,
        recorder: &'static TaskRecorder,
        environment: &TrialEnvironment,
    ) -> Result<Self, Failure> {
        let program = env::current_exe().map_err(|error| Failure::system(Action::FindExecutable, &error))?;
        let lost = Arc::new(Mutex::new(None));
        let sizes = PoolSizes::of(&recorder.plan.classes, workers);
        let workers = sizes.total();
        let mut pool = Self {
            workers: Vec::with_capacity(workers as usize),
            lost,
            queues: sizes.sizes.iter().map(|_| Queue::new()).collect(),
            feeding: None,
            sizes,
            record_bytes: worker::record_bytes(recorder.plan),
        };
        for number in 0..workers {
            let mut child = Command::new(&program)
                .arg(WORKER_ARGUMENT)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|error| Failure::limit(number, LimitedUnit::WorkerProcesses, &error))?;
            let link = child.stdin.take().zip(child.stdout.take()).map(|(stdin, stdout)| Link::new(stdin, stdout));
            let link = Arc::new(Mutex::new(link.ok_or_else(|| Failure::incomplete(MissingPart::Pipes))?));
            let (passes, receive) = unbounded();
            let feeder = thread::Builder::new()
                .name(format!("feeder-{number}"))
                .spawn({
                    let (link, lost) = (Arc::clone(&link), Arc::clone(&pool.lost));
                    move || feed(number, &link, &receive, &lost)
                })
                .map_err(|error| no_thread(number, &error))?;
            pool.workers.push(Worker { child, link, passes, feeder, last: None });
        }
        // The processes start in parallel; then each gets its plan and one empty task.
        for worker in &mut pool.workers {
            worker.call(|link| link.send_plan(recorder.plan, recorder.stamp_clock, environment))?;
        }
        for worker in &mut pool.workers {
            worker.call(Link::empty_task)?;
        }
        Ok(pool)
    }
}

impl Worker {
    fn call<T>(&mut self, request: impl FnOnce(&mut Link) -> std::io::Result<T>) -> Result<T, Failure> {
        let reply = request(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner));
        reply.map_err(|error| self.explain_loss(None, &error))
    }

    /// Returns the failure of a worker that did not reply, with its exit status if its process has ended.
    fn explain_loss(&mut self, at: Option<WorkerTask>, error: &io::Error) -> Failure {
        // A broken pipe means that the process is ending; its status follows at once.
        let deadline = Instant::now() + ENDS_WITHIN;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    return Failure::WorkerLost { at, exit: Some(status.into()), error: error.into() };
                }
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
                _ => return Failure::WorkerLost { at, exit: None, error: error.into() },
            }
        }
    }
}

fn feed(number: u32, link: &Mutex<Link>, passes: &Receiver<Pass>, lost: &Mutex<Option<Lost>>) {
    for Pass { recorder, source, done } in passes {
        let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match source {
            Source::Next(next) => next,
            Source::Queue(queue) => {
                feed_from(number, &mut link, recorder, &queue, lost);
                drop(link);
                done.arrive();
                continue;
            }
        };
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= recorder.tasks() {
                break;
            }
            let result = match recorder.payloads {
                None => link.run(task),
                Some(payloads) => {
                    recorder.sent(task, recorder.stamp_clock.now());
                    link.run_with(task, payloads).map(|(state, output)| {
                        recorder.received(task);
                        recorder.take_output(task, &output);
                        state
                    })
                }
            };
            match result {
                // A provisional record for the progress replies; the worker's own record replaces it.
                Ok(state) => recorder.record(task, 0, 1, worker_and_core(number, None), state),
                Err(error) => {
                    note_loss(lost, Lost { worker: number, task, error });
                    // The trial has failed: the other feeders stop.
                    next.store(recorder.tasks(), Ordering::Relaxed);
                    break;
                }
            }
        }
        drop(link);
        done.arrive();
    }
}

/// Records that a worker was lost; the first one counts.
fn note_loss(first: &Mutex<Option<Lost>>, lost: Lost) {
    first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(lost);
}

/// Feeds a worker from the queue of its pool until the pass ends.
fn feed_from(number: u32, link: &mut Link, recorder: &'static TaskRecorder, queue: &Queue, lost: &Mutex<Option<Lost>>) {
    let mut run = |task: u32| match link.run(task) {
        Ok(state) => {
            recorder.record(task, 0, 1, worker_and_core(number, None), state);
            true
        }
        Err(error) => {
            note_loss(lost, Lost { worker: number, task, error });
            // The trial has failed: nobody waits for the other tasks.
            recorder.repeats.give_up();
            false
        }
    };
    for item in &queue.receive {
        match item {
            Item::Task(task) => {
                if !run(task) {
                    return;
                }
                recorder.repeats.task_done(recorder.stamp_clock);
            }
            Item::Repeat(repetition) => {
                if !run(repetition.task()) {
                    repetition.abandon();
                    return;
                }
                if let Some(next) = repetition.next() {
                    recorder.submit(next.task());
                    // This feeder holds a receiver, so sending can't fail.
                    let _ = queue.send.send(Item::Repeat(next));
                }
            }
            Item::End => return,
        }
    }
}

impl ProcessPool {
    fn pass_of_classes(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        recorder.repeats.expect_tasks();
        let done = Arc::new(Latch::new(self.workers.len() as u32));
        self.feeding = Some(Arc::clone(&done));
        let pools = (0..).zip(&self.sizes.sizes).flat_map(|(pool, size)| std::iter::repeat_n(pool, *size as usize));
        for (worker, pool) in self.workers.iter().zip(pools) {
            let queue: &Queue = &self.queues[pool as usize];
            let pass = Pass { recorder, source: Source::Queue(queue.clone()), done: Arc::clone(&done) };
            worker.passes.send(pass).map_err(|_| Failure::incomplete(MissingPart::Feeder))?;
        }
        let send = |class: usize, item: Item| {
            // The queues hold their receivers, so sending can't fail.
            let _ = self.queues[self.sizes.of_class(class)].send.send(item);
        };
        for repetition in Repetition::all(recorder) {
            recorder.submit(repetition.task());
            send(repetition.class, Item::Repeat(repetition));
        }
        for task in 0..recorder.tasks() {
            recorder.submit(task);
            send(recorder.plan.classes.of(task), Item::Task(task));
        }
        recorder.repeats.wait_for_tasks();
        self.first_loss()
    }

    fn first_loss(&mut self) -> Result<(), Failure> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Lost { worker, task, error }) = lost else { return Ok(()) };
        let at = Some(WorkerTask { worker, task });
        Err(match self.workers.get_mut(worker as usize) {
            Some(worker) => worker.explain_loss(at, &error),
            None => Failure::WorkerLost { at, exit: None, error: error.into() },
        })
    }
}

impl Model for ProcessPool {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        if !recorder.plan.classes.is_empty() {
            return self.pass_of_classes(recorder);
        }
        // All are handed over at once; which worker takes which shows as they end.
        (0..recorder.tasks()).for_each(|task| recorder.submit(task));
        let next = Arc::new(AtomicU32::new(0));
        let done = Arc::new(Latch::new(self.workers.len() as u32));
        for worker in &self.workers {
            let source = Source::Next(Arc::clone(&next));
            let pass = Pass { recorder, source, done: Arc::clone(&done) };
            worker.passes.send(pass).map_err(|_| Failure::incomplete(MissingPart::Feeder))?;
        }
        done.wait();
        self.first_loss()
    }

    fn wait_for_repeats(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        recorder.repeats.wait();
        let Some(feeding) = self.feeding.take() else { return Ok(()) };
        for (queue, size) in self.queues.iter().zip(&self.sizes.sizes) {
            for _ in 0..*size {
                // The queue holds its receiver, so sending can't fail.
                let _ = queue.send.send(Item::End);
            }
        }
        feeding.wait();
        self.first_loss()
    }

    fn workers(&self) -> Option<u32> {
        Some(self.workers.len() as u32)
    }

    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        let mut sum: Option<Usage> = None;
        for worker in &mut self.workers {
            let report = worker.call(Link::report)?;
            worker.last = Some(report);
            sum = Some(sum.map_or(report.usage, |sum| sum.plus(report.usage)));
        }
        Ok(sum)
    }

    fn worker_processes(&self) -> Vec<u32> {
        self.workers.iter().map(|worker| worker.child.id()).collect()
    }

    fn worker_record_bytes(&self) -> u64 {
        self.workers.len() as u64 * self.record_bytes
    }

    fn collect(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        for (number, worker) in (0..).zip(&mut self.workers) {
            worker.call(|link| link.collect(recorder, number))?;
        }
        Ok(())
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        let mut peak = Some(0);
        for mut worker in self.workers {
            // As reported when the clock stopped: the memory for fetching the records is the lab's.
            let last = worker.last.and_then(|last| last.peak_memory_bytes);
            peak = peak.zip(last).map(|(sum, peak)| sum + peak);
            drop(worker.passes);
            // The feeder drops its link; then the worker's stdin closes and it exits.
            let _ = worker.feeder.join();
            drop(worker.link);
            let status = process_tree::wait(&mut worker.child)
                .map_err(|error| Failure::system(Action::WaitForProcess, &error))?;
            if !status.success() {
                return Err(Failure::WorkerExited { exit: status.into() });
            }
        }
        Ok(Teardown { workers_peak_bytes: Some(peak) })
    }
}
