//! Has every thread of a runtime do something at the same time: after that all of them are up.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// Where nobody has come for so long, somebody is in the way of who is missing.
const PATIENCE: Duration = Duration::from_millis(20);
/// Threads that have not all come up by then will not.
const LIMIT: Duration = Duration::from_secs(10);

/// Ends when all are there, or for all where nobody comes any more.
struct Meeting {
    wanted: u32,
    present: Mutex<Present>,
    changed: Condvar,
}

#[derive(Default)]
struct Present {
    here: u32,
    over: bool,
}

impl Meeting {
    fn of(wanted: u32) -> Self {
        Self { wanted, present: Mutex::default(), changed: Condvar::new() }
    }

    /// Blocks. True where all have met.
    fn attend(&self) -> bool {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present.over {
            return false;
        }
        present.here += 1;
        self.changed.notify_all();
        while present.here < self.wanted && !present.over {
            let before = present.here;
            let waited = self.changed.wait_timeout(present, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            present = waited.0;
            if waited.1.timed_out() && present.here == before && before < self.wanted {
                present.over = true;
                self.changed.notify_all();
            }
        }
        !present.over
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
        let meeting = Arc::new(Meeting::of(workers));
        let all_met = runtime.block_on(async {
            let meet = |_| {
                let meeting = Arc::clone(&meeting);
                spawn(Box::new(move || meeting.attend()))
            };
            let tasks: Vec<_> = (0..workers).map(meet).collect();
            let mut all_met = true;
            for task in tasks {
                all_met &= task.await.unwrap_or(false);
            }
            all_met
        });
        if all_met {
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
        let meeting = Meeting::of(2);
        assert!(!meeting.attend());
        assert!(!meeting.attend());
    }

    #[test]
    fn all_that_come_meet() {
        let meeting = Arc::new(Meeting::of(8));
        let all: Vec<_> = (0..8).map(|_| Arc::clone(&meeting)).map(|own| thread::spawn(move || own.attend())).collect();
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
