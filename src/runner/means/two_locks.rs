//! Two locks that each task takes one after the other, and a board on which it says what it holds
//! and what it waits for: when two tasks lock each other up, the board tells who.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::{Flavour, sleep, sleep_async};
use crate::failure::{Failure, HeldLock, LockGraph, LockHolder, StepAction, StepProblem};
use crate::workload::LockOrder;

/// A task whose place on the board does not change for so long stands still.
const STANDS_STILL: std::time::Duration = std::time::Duration::from_millis(50);
/// More tasks than these are only counted.
const MOST_HOLDERS: usize = 4;

/// The two lock files of a step, for tasks in processes of their own.
fn lock_paths(folder: &Path, step: usize) -> [PathBuf; 2] {
    HeldLock::ALL.map(|lock| folder.join(format!("lock-{step}-{}", lock.name())))
}

/// The file in which tasks in processes of their own say what they hold.
fn board_path(folder: &Path, step: usize) -> PathBuf {
    folder.join(format!("board-{step}"))
}

#[derive(Debug)]
pub(super) struct Pair {
    order: LockOrder,
    locks: Locks,
    board: Board,
}

#[derive(Debug)]
enum Locks {
    Blocking([Mutex<()>; 2]),
    Async([tokio::sync::Mutex<()>; 2]),
    Files([PathBuf; 2]),
}

/// One byte per task: 1 and 2 for the locks held, 4 and 8 for the one waited for.
#[derive(Debug)]
enum Board {
    Memory(Vec<AtomicU8>),
    File(PathBuf),
}

pub(super) fn prepare_shared(folder: &Path, step: usize) -> io::Result<Option<File>> {
    for path in lock_paths(folder, step) {
        File::create(path)?;
    }
    File::create(board_path(folder, step)).map(|_| None)
}

impl Pair {
    pub(super) fn build(
        order: LockOrder,
        flavour: Flavour,
        tasks: u32,
        step: usize,
        folder: impl FnOnce() -> Result<PathBuf, Failure>,
    ) -> Result<Self, Failure> {
        let memory = || Board::Memory((0..tasks).map(|_| AtomicU8::new(0)).collect());
        let (locks, board) = match flavour {
            Flavour::Blocking => (Locks::Blocking(Default::default()), memory()),
            Flavour::EventLoop => (Locks::Async(Default::default()), memory()),
            Flavour::SeparateProcess => {
                let folder = folder()?;
                (Locks::Files(lock_paths(&folder, step)), Board::File(board_path(&folder, step)))
            }
        };
        Ok(Self { order, locks, board })
    }

    /// Takes the first lock, waits, takes the second, and gives both back. `mark` is called when
    /// it has the first (0), asks for the second (1), and has that (2).
    pub(super) fn take_both(&self, task: u32, nanos: u64, mut mark: impl FnMut(usize)) -> Result<(), StepProblem> {
        let [first, second] = self.order.of_task(task);
        let mut place = Place::open(&self.board, task)?;
        place.say(wants(first))?;
        let _one = self.lock(first)?;
        mark(0);
        place.say(has(first))?;
        sleep(nanos);
        place.say(has(first) | wants(second))?;
        mark(1);
        let _other = self.lock(second)?;
        mark(2);
        place.say(0)
    }

    /// The same on an event loop.
    pub(super) async fn take_both_async(
        &self,
        task: u32,
        nanos: u64,
        mut mark: impl FnMut(usize),
    ) -> Result<(), StepProblem> {
        let Locks::Async(locks) = &self.locks else {
            return Err(StepProblem::WrongResource);
        };
        let [first, second] = self.order.of_task(task);
        let mut place = Place::open(&self.board, task)?;
        place.say(wants(first))?;
        let _one = locks[first].lock().await;
        mark(0);
        place.say(has(first))?;
        sleep_async(nanos).await;
        place.say(has(first) | wants(second))?;
        mark(1);
        let _other = locks[second].lock().await;
        mark(2);
        place.say(0)
    }

    fn lock(&self, which: usize) -> Result<Held<'_>, StepProblem> {
        match &self.locks {
            Locks::Blocking(locks) => Ok(Held::Mutex(locks[which].lock().unwrap_or_else(PoisonError::into_inner))),
            Locks::Files(paths) => {
                let failed =
                    |error: io::Error| StepProblem::system(StepAction::Lock { path: (&paths[which]).into() }, &error);
                let file = File::options().write(true).open(&paths[which]).map_err(failed)?;
                file.lock().map_err(failed)?;
                Ok(Held::File(file))
            }
            Locks::Async(_) => Err(StepProblem::WrongResource),
        }
    }

    /// Who holds what and waits for what; empty where nobody does either. `step`: this step's index in the task.
    pub(super) fn graph(&self, step: usize) -> LockGraph {
        let board = || -> Vec<u8> {
            match &self.board {
                Board::Memory(places) => places.iter().map(|place| place.load(Relaxed)).collect(),
                Board::File(path) => std::fs::read(path).unwrap_or_default(),
            }
        };
        // Tasks that still move are in nobody's circle: only what stands still is told.
        let before = board();
        std::thread::sleep(STANDS_STILL);
        let still: Vec<u8> =
            before.iter().zip(board()).map(|(before, now)| if *before == now { now } else { 0 }).collect();
        graph(&still, step as u32)
    }
}

/// Kept while a lock is held.
enum Held<'a> {
    Mutex(#[expect(dead_code, reason = "held, not read")] std::sync::MutexGuard<'a, ()>),
    File(#[expect(dead_code, reason = "held, not read")] File),
}

const fn has(lock: usize) -> u8 {
    1 << lock
}

const fn wants(lock: usize) -> u8 {
    4 << lock
}

/// One task's byte.
enum Place<'a> {
    Memory(&'a AtomicU8),
    File(File, u64),
}

impl<'a> Place<'a> {
    fn open(board: &'a Board, task: u32) -> Result<Self, StepProblem> {
        Ok(match board {
            Board::Memory(places) => Self::Memory(&places[task as usize]),
            Board::File(path) => {
                let file = File::options().write(true).open(path);
                Self::File(file.map_err(|error| StepProblem::system(StepAction::OpenLockBoard, &error))?, task.into())
            }
        })
    }

    fn say(&mut self, word: u8) -> Result<(), StepProblem> {
        match self {
            Self::Memory(place) => {
                place.store(word, Relaxed);
                Ok(())
            }
            Self::File(file, at) => file
                .seek(SeekFrom::Start(*at))
                .and_then(|_| io::Write::write_all(file, &[word]))
                .map_err(|error| StepProblem::system(StepAction::WriteLockBoard, &error)),
        }
    }
}

fn graph(board: &[u8], step: u32) -> LockGraph {
    let lock = |of: fn(usize) -> u8, word: u8| {
        HeldLock::ALL.into_iter().enumerate().find(|(index, _)| word & of(*index) != 0).map(|(_, lock)| lock)
    };
    let mut graph = LockGraph::default();
    for (task, word) in (0..).zip(board).filter(|(_, word)| **word != 0) {
        match lock(has, *word) {
            Some(holds) if graph.holders.len() < MOST_HOLDERS => {
                graph.holders.push(LockHolder { task, step, holds, waits_for: lock(wants, *word) });
            }
            _ => graph.others += 1,
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_tells_who_locks_up_whom() {
        let board = [has(0) | wants(1), has(1) | wants(0), wants(0), 0, wants(1)];
        assert_eq!(
            graph(&board, 0).to_string(),
            "task 0 holds lock A and waits for lock B; task 1 holds lock B and waits for lock A; 2 more tasks wait"
        );
        assert!(graph(&[0, 0], 0).is_empty());
    }

    #[test]
    fn locks_in_the_same_order_are_given_back() {
        let pair =
            Pair::build(LockOrder::Same, Flavour::Blocking, 2, 0, || Err(Failure::ThreadPanicked)).expect("built");
        std::thread::scope(|scope| {
            for task in 0..2 {
                let pair = &pair;
                scope.spawn(move || pair.take_both(task, 1_000_000, |_| ()).expect("taken"));
            }
        });
        assert!(pair.graph(0).is_empty());
    }
}
