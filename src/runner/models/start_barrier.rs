//! Has every thread of a runtime do something at the same time: after that all of them are up.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// Where nobody has come for so long, somebody is in the way of who is missing.
const STALL_TIMEOUT: Duration = Duration::from_millis(20);
/// Threads that have not all come up by then will not.
const LIMIT: Duration = Duration::from_secs(10);

/// Ends when all are there, or for all where nobody comes any more.
struct StartBarrier {
    threads: u32,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    arrived: u32,
    released: bool,
}

impl StartBarrier {
    fn new(threads: u32) -> Self {
        Self { threads, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Blocks. True where all have met.
    fn wait(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.released {
            return false;
        }
        state.arrived += 1;
        self.changed.notify_all();
        while state.arrived < self.threads && !state.released {
            let before = state.arrived;
            let waited = self.changed.wait_timeout(state, STALL_TIMEOUT).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.arrived == before && before < self.threads {
                state.released = true;
                self.changed.notify_all();
            }
        }
        !state.released
    }
}

/// Gives every thread of a runtime a task that blocks it until each of them has one. `spawn` puts such a task
/// where the threads in question take theirs from. A thread may take two of them while another sleeps, and
/// would wait for itself: then they meet again.
///
/// # Errors
/// Where the threads have not come up after ten seconds.
pub(super) fn start_all(
    runtime: &Runtime,
    workers: u32,
    spawn: fn(Box<dyn FnOnce() -> bool + Send>) -> JoinHandle<bool>,
) -> Result<(), Failure> {
    let until = Instant::now() + LIMIT;
    while Instant::now() < until {
        let barrier = Arc::new(StartBarrier::new(workers));
        let all_started = runtime.block_on(async {
            let start = |_| {
                let barrier = Arc::clone(&barrier);
                spawn(Box::new(move || barrier.wait()))
            };
            let tasks: Vec<_> = (0..workers).map(start).collect();
            let mut all_started = true;
            for task in tasks {
                all_started &= task.await.unwrap_or(false);
            }
            all_started
        });
        if all_started {
            return Ok(());
        }
    }
    Err(Failure::ThreadsNotUp { threads: workers, seconds: LIMIT.as_secs() })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn who_waits_for_nobody_goes_and_so_does_who_comes_later() {
        let barrier = StartBarrier::new(2);
        assert!(!barrier.wait());
        assert!(!barrier.wait());
    }

    #[test]
    fn all_that_come_meet() {
        let barrier = Arc::new(StartBarrier::new(8));
        let all: Vec<_> = (0..8).map(|_| Arc::clone(&barrier)).map(|own| thread::spawn(move || own.wait())).collect();
        assert!(all.into_iter().all(|one| one.join().unwrap_or(false)));
    }

    #[test]
    fn a_runtime_that_lets_one_thread_take_everything_first_still_comes_up() {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        for _ in 0..200 {
            start_all(&runtime, 2, |meet| tokio::spawn(async move { meet() })).expect("up");
        }
    }
}
