//! The locks of a `critical` step: standard library and crossbeam for threads, tokio's primitives on event loops, file
//! locks and a pipe of tokens between processes.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::flavour::Flavour;
use crate::failure::{Action, Failure, MissingPart, StepAction, StepProblem};
use crate::private_files;
use crate::process_tree;
use crate::workload::{Lock, LockAccess};

/// Tokens that a pipe between processes holds for certain: one page, the smallest buffer that a system gives a pipe.
const MOST_TOKENS: u32 = 4096;

#[derive(Debug)]
pub(super) enum StepLock {
    Mutex(Mutex<()>),
    /// Permits are messages in a channel: the standard library has no semaphore.
    Semaphore(Sender<()>, Receiver<()>),
    /// Free permits, and a condition variable for the waiting threads.
    Condvar(Mutex<u32>, Condvar),
    AsyncMutex(tokio::sync::Mutex<()>),
    AsyncSemaphore(tokio::sync::Semaphore),
    /// The async counterpart of a condition variable.
    AsyncNotify(Mutex<u32>, tokio::sync::Notify),
    ReadWrite(RwLock<()>),
    AsyncReadWrite(tokio::sync::RwLock<()>),
    /// A lock on a file, which each process opens: shared by readers, or exclusive.
    File(PathBuf),
    /// A named pipe with one byte per permit, as in make's job server.
    Pipe(File),
}

/// The locks of one step, each on cache lines of its own: two locks that are side by side would make tasks wait for
/// each other that never take the same one.
#[derive(Debug)]
pub(super) struct StepLocks(Vec<Padded>);

#[derive(Debug)]
#[repr(align(128))]
struct Padded(StepLock);

impl StepLocks {
    /// Builds `count` locks, at least one.
    pub(super) fn build(count: u32, mut one: impl FnMut(u32) -> Result<StepLock, Failure>) -> Result<Self, Failure> {
        (0..count.max(1)).map(|number| one(number).map(Padded)).collect::<Result<_, _>>().map(Self)
    }

    /// The lock of a task.
    pub(super) fn of(&self, task: u32) -> &StepLock {
        &self.0[task as usize % self.0.len()].0
    }
}

/// Path of one of the locks of a step between processes.
pub(super) fn shared_path(folder: &Path, step: usize, number: u32) -> PathBuf {
    folder.join(format!("lock-{step}-{number}"))
}

/// Creates the lock that the processes of a trial share. The runner keeps the returned file until they have ended.
pub(super) fn prepare_shared(lock: Lock, permits: u32, path: &Path) -> io::Result<Option<File>> {
    match lock {
        Lock::Mutex | Lock::Rwlock => private_files::create_new(path).map(|_| None),
        Lock::Semaphore => {
            process_tree::make_named_pipe(path)?;
            let mut pipe = File::options().read(true).write(true).open(path)?;
            if permits > MOST_TOKENS {
                let message =
                    format!("a semaphore between processes has at most {MOST_TOKENS} permits, and this one {permits}");
                return Err(io::Error::other(message));
            }
            pipe.write_all(&vec![b'+'; permits as usize])?;
            Ok(Some(pipe))
        }
        Lock::Condvar => Ok(None),
    }
}

impl StepLock {
    pub(super) fn build(
        lock: Lock,
        permits: u32,
        flavour: Flavour,
        path: impl FnOnce() -> Result<PathBuf, Failure>,
    ) -> Result<Self, Failure> {
        Ok(match (flavour, lock) {
            (Flavour::Blocking, Lock::Mutex) => Self::Mutex(Mutex::default()),
            (Flavour::Blocking, Lock::Semaphore) => {
                let (release, acquire) = bounded(permits as usize);
                for _ in 0..permits {
                    // The channel's capacity is the number of permits.
                    let _ = release.send(());
                }
                Self::Semaphore(release, acquire)
            }
            (Flavour::Blocking, Lock::Condvar) => Self::Condvar(Mutex::new(permits), Condvar::new()),
            (Flavour::EventLoop, Lock::Mutex) => Self::AsyncMutex(tokio::sync::Mutex::default()),
            (Flavour::EventLoop, Lock::Semaphore) => {
                Self::AsyncSemaphore(tokio::sync::Semaphore::new(permits as usize))
            }
            (Flavour::EventLoop, Lock::Condvar) => Self::AsyncNotify(Mutex::new(permits), tokio::sync::Notify::new()),
            (Flavour::SeparateProcess, Lock::Mutex | Lock::Rwlock) => Self::File(path()?),
            (Flavour::Blocking, Lock::Rwlock) => Self::ReadWrite(RwLock::default()),
            (Flavour::EventLoop, Lock::Rwlock) => Self::AsyncReadWrite(tokio::sync::RwLock::default()),
            (Flavour::SeparateProcess, Lock::Semaphore) => {
                let path = path()?;
                let pipe = File::options().read(true).write(true).open(&path);
                Self::Pipe(pipe.map_err(|error| Failure::system(Action::OpenSemaphore { path: path.into() }, &error))?)
            }
            (Flavour::SeparateProcess, Lock::Condvar) => {
                return Err(Failure::incomplete(MissingPart::SharedCondvar));
            }
        })
    }

    /// Acquires the lock, blocking; calls `stamp` with 0 once it holds it, runs `inside`, and calls `stamp` with 1 before
    /// releasing it.
    pub(super) fn hold(
        &self,
        access: LockAccess,
        mut stamp: impl FnMut(usize),
        inside: impl FnOnce() -> u64,
    ) -> Result<u64, StepProblem> {
        Ok(match self {
            Self::Mutex(mutex) => {
                let _guard = guard(mutex);
                run_section(&mut stamp, inside)
            }
            Self::Semaphore(release, acquire) => {
                // Both ends of the channel are in this value: neither call can fail.
                let _ = acquire.recv();
                let state = run_section(&mut stamp, inside);
                let _ = release.send(());
                state
            }
            Self::Condvar(free, changed) => {
                let mut permits = guard(free);
                while *permits == 0 {
                    permits = changed.wait(permits).unwrap_or_else(PoisonError::into_inner);
                }
                *permits -= 1;
                drop(permits);
                let state = run_section(&mut stamp, inside);
                *guard(free) += 1;
                changed.notify_one();
                state
            }
            Self::ReadWrite(lock) if access == LockAccess::Read => {
                let _guard = lock.read().unwrap_or_else(PoisonError::into_inner);
                run_section(&mut stamp, inside)
            }
            Self::ReadWrite(lock) => {
                let _guard = lock.write().unwrap_or_else(PoisonError::into_inner);
                run_section(&mut stamp, inside)
            }
            Self::File(path) => {
                let failed = |error: io::Error| StepProblem::system(StepAction::Lock { path: path.into() }, &error);
                let file = File::options().write(true).open(path).map_err(failed)?;
                match access {
                    LockAccess::Read => file.lock_shared(),
                    LockAccess::Write => file.lock(),
                }
                .map_err(failed)?;
                run_section(&mut stamp, inside)
            }
            Self::Pipe(pipe) => {
                let failed = |error: io::Error| StepProblem::system(StepAction::SemaphorePipe, &error);
                let mut pipe = pipe;
                let mut token = [0];
                pipe.read_exact(&mut token).map_err(failed)?;
                let state = run_section(&mut stamp, inside);
                pipe.write_all(&token).map_err(failed)?;
                state
            }
            Self::AsyncMutex(_) | Self::AsyncSemaphore(_) | Self::AsyncNotify(..) | Self::AsyncReadWrite(_) => {
                return Err(StepProblem::WrongResource);
            }
        })
    }

    /// Does the same on an event loop.
    pub(super) async fn hold_async(
        &self,
        access: LockAccess,
        mut stamp: impl FnMut(usize),
        inside: impl AsyncFnOnce() -> u64,
    ) -> Result<u64, StepProblem> {
        Ok(match self {
            Self::AsyncMutex(mutex) => {
                let _guard = mutex.lock().await;
                stamp(0);
                let state = inside().await;
                stamp(1);
                state
            }
            Self::AsyncReadWrite(lock) if access == LockAccess::Read => {
                let _guard = lock.read().await;
                stamp(0);
                let state = inside().await;
                stamp(1);
                state
            }
            Self::AsyncReadWrite(lock) => {
                let _guard = lock.write().await;
                stamp(0);
                let state = inside().await;
                stamp(1);
                state
            }
            Self::AsyncSemaphore(semaphore) => {
                let _permit = semaphore.acquire().await.map_err(|_| StepProblem::WrongResource)?;
                stamp(0);
                let state = inside().await;
                stamp(1);
                state
            }
            Self::AsyncNotify(free, changed) => {
                loop {
                    // Enabled before the check, so that a permit released in between is not missed.
                    let mut notified = pin!(changed.notified());
                    notified.as_mut().enable();
                    if try_acquire(free) {
                        break;
                    }
                    notified.await;
                }
                stamp(0);
                let state = inside().await;
                stamp(1);
                *guard(free) += 1;
                changed.notify_one();
                state
            }
            _ => return Err(StepProblem::WrongResource),
        })
    }
}

/// Runs the section between its two stamps.
fn run_section(stamp: &mut impl FnMut(usize), inside: impl FnOnce() -> u64) -> u64 {
    stamp(0);
    let state = inside();
    stamp(1);
    state
}

/// Locks a mutex, poisoned or not: the lab's own sections never panic.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_acquire(free: &Mutex<u32>) -> bool {
    let mut permits = guard(free);
    let any = *permits > 0;
    *permits -= u32::from(any);
    any
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn most_inside(lock: &StepLock, access: LockAccess) -> u32 {
        let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    lock.hold(
                        access,
                        |_| (),
                        || {
                            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            thread::sleep(Duration::from_millis(5));
                            u64::from(inside.fetch_sub(1, Ordering::SeqCst))
                        },
                    )
                    .expect("a blocking lock");
                });
            }
        });
        most.into_inner()
    }

    fn no_path() -> Result<PathBuf, Failure> {
        Err(Failure::incomplete(MissingPart::Folder))
    }

    #[test]
    fn as_many_are_inside_as_there_are_permits_and_no_more() {
        let all = [(Lock::Mutex, 1), (Lock::Semaphore, 2), (Lock::Condvar, 1), (Lock::Condvar, 3), (Lock::Rwlock, 1)];
        for (lock, permits) in all {
            let built = StepLock::build(lock, permits, Flavour::Blocking, no_path).expect("built");
            assert_eq!(most_inside(&built, LockAccess::Write), permits, "{lock:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn locks_between_processes_exclude_threads_that_open_them_separately() {
        let folder = tempfile::tempdir().expect("a folder");
        for (lock, permits) in [(Lock::Mutex, 1), (Lock::Semaphore, 2), (Lock::Rwlock, 1)] {
            let path = folder.path().join(lock.name());
            let _shared = prepare_shared(lock, permits, &path).expect("made");
            let built = StepLock::build(lock, permits, Flavour::SeparateProcess, || Ok(path)).expect("built");
            assert_eq!(most_inside(&built, LockAccess::Write), permits, "{lock:?}");
        }
    }

    #[test]
    fn readers_are_inside_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        prepare_shared(Lock::Rwlock, 1, &path).expect("made");
        for flavour in [Flavour::Blocking, Flavour::SeparateProcess] {
            let built = StepLock::build(Lock::Rwlock, 1, flavour, || Ok(path.clone())).expect("built");
            // One lock of both: writers of another class exclude each other on it.
            assert!(most_inside(&built, LockAccess::Read) > 1, "{flavour:?}");
            assert_eq!(most_inside(&built, LockAccess::Write), 1, "{flavour:?}");
        }
    }

    #[test]
    fn each_task_has_its_lock() {
        let one = |_| StepLock::build(Lock::Mutex, 1, Flavour::Blocking, no_path);
        let locks = StepLocks::build(3, one).expect("built");
        let address = |task| std::ptr::from_ref(locks.of(task)) as usize;
        assert_eq!((address(0), address(1)), (address(3), address(4)));
        assert!(address(1) - address(0) >= 128, "two locks are never on one cache line");
    }

    #[test]
    fn event_loops_hold_their_locks_across_an_await() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        for (lock, permits) in [(Lock::Mutex, 1), (Lock::Semaphore, 2), (Lock::Condvar, 2), (Lock::Rwlock, 1)] {
            let built = StepLock::build(lock, permits, Flavour::EventLoop, no_path).expect("built");
            let built: &'static StepLock = Box::leak(Box::new(built));
            let (inside, most): (&'static AtomicU32, &'static AtomicU32) =
                (Box::leak(Box::default()), Box::leak(Box::default()));
            runtime.block_on(async {
                let all: Vec<_> = (0..6)
                    .map(|_| {
                        tokio::spawn(async move {
                            built
                                .hold_async(
                                    LockAccess::Write,
                                    |_| (),
                                    async || {
                                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                                        tokio::time::sleep(Duration::from_millis(3)).await;
                                        u64::from(inside.fetch_sub(1, Ordering::SeqCst))
                                    },
                                )
                                .await
                                .expect("an async lock");
                        })
                    })
                    .collect();
                for one in all {
                    one.await.expect("no panic");
                }
            });
            assert_eq!(most.load(Ordering::SeqCst), permits, "{lock:?}");
        }
    }
}
