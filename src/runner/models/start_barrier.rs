//! A start barrier for the threads of a tokio runtime: once every thread has waited at it, all of them are up.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// If no thread has arrived for this long, a waiting thread blocks a missing one: release all and retry.
const STALL_TIMEOUT: Duration = Duration::from_millis(20);
/// Time limit for all threads to come up.
const LIMIT: Duration = Duration::from_secs(10);

/// Releases its waiting threads when all have arrived, or when no thread arrives any more.
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

    /// Blocks until the barrier releases. Returns true if all threads arrived.
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

/// Makes every thread of a runtime wait at one barrier. `spawn` submits a task to the threads in question. A thread may
/// take two tasks while another one sleeps, and would then wait for itself: in this case the barrier releases all, and
/// they try again.
///
/// # Errors
/// Returns [`Failure::ThreadsNotUp`] if the threads are not up after ten seconds.
pub(super) fn start_all(
    runtime: &Runtime,
    workers: u32,
    spawn: fn(Box<dyn FnOnce() -> bool + Send>) -> JoinHandle<bool>,
) -> Result<(), Failure> {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
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
    fn a_thread_that_waits_alone_is_released_and_so_is_a_late_one() {
        let barrier = StartBarrier::new(2);
        assert!(!barrier.wait());
        assert!(!barrier.wait());
    }

    #[test]
    fn all_threads_wait_for_each_other() {
        let barrier = Arc::new(StartBarrier::new(8));
        let all: Vec<_> =
            (0..8).map(|_| Arc::clone(&barrier)).map(|barrier| thread::spawn(move || barrier.wait())).collect();
        assert!(all.into_iter().all(|thread| thread.join().unwrap_or(false)));
    }

    #[test]
    fn a_runtime_that_lets_one_thread_take_everything_first_still_comes_up() {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        for _ in 0..200 {
            start_all(&runtime, 2, |wait| tokio::spawn(async move { wait() })).expect("up");
        }
    }
}
