//! The heartbeat, a latency probe beside the work: a beat is due every 10 ms, on the event loop itself or on a
//! separate thread. The lateness of its beats is the latency that other work of the program would have seen.
//!
//! Beats that fall due while an earlier one is late are skipped: they would queue behind it, and a queue that grows
//! with the length of the run does not measure latency.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Action, Failure};
use crate::trial::Beat;

/// Interval between two beats.
const EVERY: Duration = Duration::from_millis(10);
/// Beats that are allocated for in advance: one minute. More reallocate.
const CAPACITY: usize = 6000;

/// Heartbeat of the first pass.
#[derive(Debug)]
pub struct Heartbeat {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    started_at: Option<Instant>,
    over: bool,
    /// Time since the start at which the next beat is due.
    due: Duration,
    /// Beats so far.
    beats: Vec<Beat>,
}

impl State {
    /// Records the beat that was due, `at` after the start; the next is due at the following multiple of 10 ms.
    fn came(&mut self, at: Duration) {
        let late = at.saturating_sub(self.due);
        self.beats.push(Beat { due: self.due.as_nanos() as u64, late: late.as_nanos() as u64 });
        let periods = at.max(self.due).as_nanos() / EVERY.as_nanos();
        self.due = EVERY * (periods as u32 + 1);
    }
}

impl Heartbeat {
    /// Creates a heartbeat that has not started.
    pub fn new() -> &'static Self {
        let state = State { started_at: None, over: false, due: EVERY, beats: Vec::with_capacity(CAPACITY) };
        Box::leak(Box::new(Self { state: Mutex::new(state), changed: Condvar::new() }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread for models without an event loop. It waits for [`Self::begin`].
    ///
    /// # Errors
    /// Returns the system's error if the thread can't be started.
    pub fn start_thread(&'static self) -> Result<(), Failure> {
        let beat = move || {
            let mut state = self.state();
            let started_at = loop {
                if let Some(started_at) = state.started_at {
                    break started_at;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            let mut due = started_at + EVERY;
            loop {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let Some(next) = self.came(started_at) else { return };
                due = next;
            }
        };
        let started = thread::Builder::new().name("heartbeat".into()).spawn(beat);
        started.map(|_| ()).map_err(|error| Failure::system(Action::StartHeartbeat, &error))
    }

    /// Starts it: the first beat is due 10 ms from now.
    pub fn begin(&self) {
        self.state().started_at = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Beats on the event loop that awaits this, until [`Self::end`].
    pub async fn beat_on_loop(&self) {
        let Some(started_at) = self.state().started_at else { return };
        let mut due = started_at + EVERY;
        loop {
            tokio::time::sleep_until(due.into()).await;
            let Some(next) = self.came(started_at) else { return };
            due = next;
        }
    }

    /// Records the beat that was due. Returns the time of the next one, or `None` after [`Self::end`].
    fn came(&self, started_at: Instant) -> Option<Instant> {
        let at = started_at.elapsed();
        let mut state = self.state();
        if state.over {
            return None;
        }
        state.came(at);
        Some(started_at + state.due)
    }

    /// Ends it and returns its beats. A beat that is overdue counts as late as it is now.
    pub fn end(&self) -> Vec<Beat> {
        let mut state = self.state();
        state.over = true;
        let Some(started_at) = state.started_at else { return Vec::new() };
        let now = started_at.elapsed();
        if state.due <= now {
            state.came(now);
        }
        std::mem::take(&mut state.beats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_loop_shows_as_one_late_beat_even_if_it_never_comes() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let heartbeat = Heartbeat::new();
        runtime.block_on(async {
            heartbeat.begin();
            tokio::spawn(heartbeat.beat_on_loop());
            tokio::task::yield_now().await;
            // Blocks the loop; the work is over before the first beat.
            thread::sleep(Duration::from_millis(65));
        });
        let beats = heartbeat.end();
        assert_eq!(beats.len(), 1, "the beats behind it would only queue: {beats:?}");
        assert_eq!(beats[0].due, 10_000_000);
        assert!(beats[0].late >= 50_000_000, "{beats:?}");
    }

    /// Beats of a loop that is blocked again and again for these milliseconds, each time just before a beat.
    fn held_up(stretches: &[u64]) -> Vec<Beat> {
        let mut state = State { started_at: None, over: false, due: EVERY, beats: Vec::new() };
        for stretch in stretches {
            let at = state.due + Duration::from_millis(*stretch);
            state.came(at);
        }
        state.beats
    }

    #[test]
    fn lateness_does_not_grow_with_the_length_of_the_run() {
        for run in [&[80, 95, 70][..], &[80, 95, 70].repeat(20)] {
            let beats = held_up(run);
            assert_eq!(beats.len(), run.len());
            assert_eq!(beats.iter().map(|beat| beat.late).max(), Some(95_000_000), "no backlog");
            let queued = |pair: &[Beat]| pair[1].due < pair[0].due + pair[0].late;
            assert!(!beats.windows(2).any(queued), "{beats:?}");
        }
    }

    #[test]
    fn beats_keep_to_multiples_and_an_early_timer_is_on_time() {
        let mut state = State { started_at: None, over: false, due: EVERY, beats: Vec::new() };
        for at in [9_999, 20_300, 45_000, 50_000] {
            state.came(Duration::from_micros(at));
        }
        let beats: Vec<(u64, u64)> = state.beats.iter().map(|beat| (beat.due / 1000, beat.late / 1000)).collect();
        assert_eq!(beats, [(10_000, 0), (20_000, 300), (30_000, 15_000), (50_000, 0)]);
        assert_eq!(state.due, EVERY * 6);
    }

    #[test]
    fn a_thread_of_its_own_beats_whatever_the_main_thread_does() {
        let heartbeat = Heartbeat::new();
        heartbeat.start_thread().expect("a thread");
        heartbeat.begin();
        thread::sleep(Duration::from_millis(80));
        let beats = heartbeat.end();
        // Their number depends on the machine's other programs.
        assert!(!beats.is_empty(), "{beats:?}");
        let mut late: Vec<u64> = beats.iter().map(|beat| beat.late).collect();
        late.sort_unstable();
        assert!(late[late.len() / 2] < 40_000_000, "most beats come while the main thread sleeps: {late:?}");
    }
}
