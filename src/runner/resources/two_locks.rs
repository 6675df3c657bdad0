//! The `two-locks` step: two locks that each task acquires one after the other, and a board on which it records what it
//! holds and waits for. In a deadlock, the board names the tasks. The sentence about it is made in `failure/lock_graph`.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::flavour::Flavour;
use super::sleep::{sleep, sleep_async};
use crate::failure::{Failure, HeldLock, LockGraph, LockHolder, StepAction, StepProblem};
use crate::runner::trial_clock::TrialClock;
use crate::workload::LockOrder;

/// A task whose entry on the board does not change for this long counts as stuck.
const STUCK_AFTER: std::time::Duration = std::time::Duration::from_millis(50);
/// Most tasks that are named; further ones are counted.
const MOST_HOLDERS: usize = 4;

/// Paths of the two lock files of a step, for tasks in separate processes.
fn lock_paths(folder: &Path, step: usize) -> [PathBuf; 2] {
    HeldLock::ALL.map(|lock| folder.join(format!("lock-{step}-{}", lock.name())))
}

/// Path of the board of a step, for tasks in separate processes.
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

/// Board of what each task holds and waits for.
#[derive(Debug)]
enum Board {
    Memory(Vec<SharedEntry>),
    File(PathBuf),
}

/// A task on the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry {
    /// Bits 1 and 2 for the lock held, 4 and 8 for the lock waited for.
    state: u8,
    /// Ticks since when it holds the one lock, and waits for the other one.
    since: [u64; 2],
}

/// Bytes of an entry in a file.
const ENTRY_BYTES: usize = 17;

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [self.state; ENTRY_BYTES];
        bytes[1..9].copy_from_slice(&self.since[0].to_le_bytes());
        bytes[9..].copy_from_slice(&self.since[1].to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let number = |at: usize| (0..8).rev().fold(0, |number, byte| number << 8 | u64::from(bytes[at + byte]));
        Self { state: bytes[0], since: [number(1), number(9)] }
    }
}

/// An entry that the tasks' threads write and the thread that answers the lab reads.
#[derive(Debug, Default)]
struct SharedEntry {
    state: AtomicU8,
    since: [AtomicU64; 2],
}

impl SharedEntry {
    fn load(&self) -> Entry {
        let [held, waiting] = &self.since;
        Entry { state: self.state.load(Relaxed), since: [held.load(Relaxed), waiting.load(Relaxed)] }
    }

    fn store(&self, entry: Entry) {
        self.state.store(entry.state, Relaxed);
        for (place, ticks) in self.since.iter().zip(entry.since) {
            place.store(ticks, Relaxed);
        }
    }
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
        let memory = || Board::Memory((0..tasks).map(|_| SharedEntry::default()).collect());
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

    /// Acquires the first lock, waits, acquires the second, and releases both. Calls `stamp` when it holds the first (0),
    /// starts waiting for the second (1), and holds that (2).
    pub(super) fn take_both(
        &self,
        task: u32,
        nanos: u64,
        mut stamp: impl FnMut(usize) -> u64,
    ) -> Result<(), StepProblem> {
        let [first, second] = self.order.of_task(task);
        let mut entry = BoardEntry::open(&self.board, task)?;
        entry.set(waits_for(first), [0, 0])?;
        let _one = self.lock(first)?;
        let held = stamp(0);
        entry.set(holds(first), [held, 0])?;
        sleep(nanos);
        let waiting = stamp(1);
        entry.set(holds(first) | waits_for(second), [held, waiting])?;
        let _other = self.lock(second)?;
        stamp(2);
        entry.set(0, [0, 0])
    }

    /// Does the same on an event loop.
    pub(super) async fn take_both_async(
        &self,
        task: u32,
        nanos: u64,
        mut stamp: impl FnMut(usize) -> u64,
    ) -> Result<(), StepProblem> {
        let Locks::Async(locks) = &self.locks else {
            return Err(StepProblem::WrongResource);
        };
        let [first, second] = self.order.of_task(task);
        let mut entry = BoardEntry::open(&self.board, task)?;
        entry.set(waits_for(first), [0, 0])?;
        let _one = locks[first].lock().await;
        let held = stamp(0);
        entry.set(holds(first), [held, 0])?;
        sleep_async(nanos).await;
        let waiting = stamp(1);
        entry.set(holds(first) | waits_for(second), [held, waiting])?;
        let _other = locks[second].lock().await;
        stamp(2);
        entry.set(0, [0, 0])
    }

    fn lock(&self, index: usize) -> Result<Held<'_>, StepProblem> {
        match &self.locks {
            Locks::Blocking(locks) => Ok(Held::Mutex(locks[index].lock().unwrap_or_else(PoisonError::into_inner))),
            Locks::Files(paths) => {
                let failed =
                    |error: io::Error| StepProblem::system(StepAction::Lock { path: (&paths[index]).into() }, &error);
                let file = File::options().write(true).open(&paths[index]).map_err(failed)?;
                file.lock().map_err(failed)?;
                Ok(Held::File(file))
            }
            Locks::Async(_) => Err(StepProblem::WrongResource),
        }
    }

    /// Returns the tasks that hold or wait for locks; empty if none does. `step` is this step's index in the task.
    pub(super) fn graph(&self, step: usize, clock: Option<&TrialClock>) -> LockGraph {
        let board = || -> Vec<Entry> {
            match &self.board {
                Board::Memory(entries) => entries.iter().map(SharedEntry::load).collect(),
                Board::File(path) => {
                    std::fs::read(path).unwrap_or_default().as_chunks().0.iter().map(Entry::from_bytes).collect()
                }
            }
        };
        // Tasks whose entry changes are not deadlocked: only the others are reported.
        let before = board();
        std::thread::sleep(STUCK_AFTER);
        let same = |(before, now): (&Entry, Entry)| if *before == now { now } else { Entry::default() };
        let stuck: Vec<Entry> = before.iter().zip(board()).map(same).collect();
        let nanos = clock.map(TrialClock::nanos);
        graph(&stuck, step as u32, |ticks| Some(nanos.as_ref()?(ticks)))
    }
}

/// Guard of a lock that is held.
enum Held<'a> {
    Mutex(#[expect(dead_code, reason = "held, not read")] std::sync::MutexGuard<'a, ()>),
    File(#[expect(dead_code, reason = "held, not read")] File),
}

const fn holds(lock: usize) -> u8 {
    1 << lock
}

const fn waits_for(lock: usize) -> u8 {
    4 << lock
}

/// The entry of one task on the board.
enum BoardEntry<'a> {
    Memory(&'a SharedEntry),
    File(File, u64),
}

impl<'a> BoardEntry<'a> {
    fn open(board: &'a Board, task: u32) -> Result<Self, StepProblem> {
        Ok(match board {
            Board::Memory(entries) => Self::Memory(&entries[task as usize]),
            Board::File(path) => {
                let file = File::options().write(true).open(path);
                let file = file.map_err(|error| StepProblem::system(StepAction::OpenLockBoard, &error))?;
                Self::File(file, u64::from(task) * ENTRY_BYTES as u64)
            }
        })
    }

    fn set(&mut self, state: u8, since: [u64; 2]) -> Result<(), StepProblem> {
        let value = Entry { state, since };
        match self {
            Self::Memory(entry) => {
                entry.store(value);
                Ok(())
            }
            Self::File(file, offset) => file
                .seek(SeekFrom::Start(*offset))
                .and_then(|_| io::Write::write_all(file, &value.to_bytes()))
                .map_err(|error| StepProblem::system(StepAction::WriteLockBoard, &error)),
        }
    }
}

fn graph(board: &[Entry], step: u32, nanos: impl Fn(u64) -> Option<u64>) -> LockGraph {
    let lock = |bit: fn(usize) -> u8, entry: u8| {
        HeldLock::ALL.into_iter().enumerate().find(|(index, _)| entry & bit(*index) != 0).map(|(_, lock)| lock)
    };
    let mut graph = LockGraph::default();
    for (task, Entry { state, since }) in (0..).zip(board).filter(|(_, entry)| entry.state != 0) {
        match lock(holds, *state) {
            Some(held) if graph.holders.len() < MOST_HOLDERS => {
                let waits_for = lock(waits_for, *state);
                let waiting_since = waits_for.and_then(|_| nanos(since[1]));
                let held_since = nanos(since[0]);
                graph.holders.push(LockHolder { task, step, holds: held, waits_for, held_since, waiting_since });
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
    fn the_board_shows_the_deadlocked_tasks() {
        let states = [holds(0) | waits_for(1), holds(1) | waits_for(0), waits_for(0), 0, waits_for(1)];
        let board = states.map(|state| Entry { state, since: [5, 9] });
        let found = graph(&board, 0, |ticks| Some(ticks * 10));
        assert_eq!((found.holders[0].held_since, found.holders[0].waiting_since), (Some(50), Some(90)));
        assert_eq!(
            found.to_string(),
            "task 0 holds lock A and waits for lock B; task 1 holds lock B and waits for lock A; 2 more tasks wait"
        );
        assert!(graph(&[Entry::default(); 2], 0, |_| None).is_empty());
    }

    #[test]
    fn an_entry_survives_the_file() {
        let entry = Entry { state: 9, since: [u64::MAX - 5, 1 << 40] };
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), entry);
    }

    #[test]
    fn locks_in_the_same_order_are_released() {
        let pair =
            Pair::build(LockOrder::Same, Flavour::Blocking, 2, 0, || Err(Failure::ThreadPanicked)).expect("built");
        std::thread::scope(|scope| {
            for task in 0..2 {
                let pair = &pair;
                scope.spawn(move || pair.take_both(task, 1_000_000, |_| 0).expect("taken"));
            }
        });
        assert!(pair.graph(0, None).is_empty());
    }
}
