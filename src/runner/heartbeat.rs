//! A ticker beside the work: a beat is due every 10 ms, on the event loop itself or on a thread of its own.
//! How late its beats come is how long a program's other duties would have waited.
//!
//! Beats that fall due while an earlier one is late are left out: they would queue behind it, and a queue that
//! grows with the length of the run says nothing of how long a duty waits.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Action, Failure};
use crate::trial::Beat;

/// Between two beats.
const EVERY: Duration = Duration::from_millis(10);
/// Room for the beats of a minute; more are allowed for as they come.
const ROOM: usize = 6000;

/// The ticker of the first pass.
#[derive(Debug)]
pub struct Heartbeat {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    begun: Option<Instant>,
    over: bool,
    /// When the beat that has not come yet is due, since the beginning.
    due: Duration,
    /// The beats that have come.
    ticks: Vec<Beat>,
}

impl State {
    /// Records that the beat has come after `at`; the next is due at the following multiple of 10 ms.
    fn came(&mut self, at: Duration) {
        let late = at.saturating_sub(self.due);
        self.ticks.push(Beat { due: self.due.as_nanos() as u64, late: late.as_nanos() as u64 });
        let beats = at.max(self.due).as_nanos() / EVERY.as_nanos();
        self.due = EVERY * (beats as u32 + 1);
    }
}

impl Heartbeat {
    /// Not beating yet.
    pub fn new() -> &'static Self {
        let state = State { begun: None, over: false, due: EVERY, ticks: Vec::with_capacity(ROOM) };
        Box::leak(Box::new(Self { state: Mutex::new(state), changed: Condvar::new() }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread for models without an event loop. It waits for [`Self::begin`].
    pub fn start_thread(&'static self) -> Result<(), Failure> {
        let beat = move || {
            let mut state = self.state();
            let begun = loop {
                if let Some(begun) = state.begun {
                    break begun;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            let mut due = begun + EVERY;
            loop {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let Some(next) = self.came(begun) else { return };
                due = next;
            }
        };
        let started = thread::Builder::new().name("ticker".into()).spawn(beat);
        started.map(|_| ()).map_err(|error| Failure::system(Action::StartHeartbeat, &error))
    }

    /// The first beat is due 10 ms from now.
    pub fn begin(&self) {
        self.state().begun = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Beats on the event loop that awaits this, until it is over.
    pub async fn beat_on_loop(&self) {
        let Some(begun) = self.state().begun else { return };
        let mut due = begun + EVERY;
        loop {
            tokio::time::sleep_until(due.into()).await;
            let Some(next) = self.came(begun) else { return };
            due = next;
        }
    }

    /// Records the beat that was due; returns when the next one is, or nothing once it is over.
    fn came(&self, begun: Instant) -> Option<Instant> {
        let at = begun.elapsed();
        let mut state = self.state();
        if state.over {
            return None;
        }
        state.came(at);
        Some(begun + state.due)
    }

    /// Ends it. A beat that was due by now and has not come is counted as late as it is now.
    pub fn end(&self) -> Vec<Beat> {
        let mut state = self.state();
        state.over = true;
        let Some(begun) = state.begun else { return Vec::new() };
        let now = begun.elapsed();
        if state.due <= now {
            state.came(now);
        }
        std::mem::take(&mut state.ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_loop_shows_as_one_late_beat_even_if_it_never_comes() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let ticker = Heartbeat::new();
        runtime.block_on(async {
            ticker.begin();
            tokio::spawn(ticker.beat_on_loop());
            tokio::task::yield_now().await;
            // Blocks the loop, and the work is over before any beat came.
            thread::sleep(Duration::from_millis(65));
        });
        let ticks = ticker.end();
        assert_eq!(ticks.len(), 1, "the beats behind it would only queue: {ticks:?}");
        assert_eq!(ticks[0].due, 10_000_000);
        assert!(ticks[0].late >= 50_000_000, "{ticks:?}");
    }

    /// Beats of a loop that is held up for so many milliseconds again and again, each time just before a beat.
    fn held_up(stretches: &[u64]) -> Vec<Beat> {
        let mut state = State { begun: None, over: false, due: EVERY, ticks: Vec::new() };
        for stretch in stretches {
            let at = state.due + Duration::from_millis(*stretch);
            state.came(at);
        }
        state.ticks
    }

    #[test]
    fn lateness_does_not_grow_with_the_length_of_the_run() {
        for run in [&[80, 95, 70][..], &[80, 95, 70].repeat(20)] {
            let ticks = held_up(run);
            assert_eq!(ticks.len(), run.len());
            assert_eq!(ticks.iter().map(|tick| tick.late).max(), Some(95_000_000), "no backlog");
            let queued = |pair: &[Beat]| pair[1].due < pair[0].due + pair[0].late;
            assert!(!ticks.windows(2).any(queued), "{ticks:?}");
        }
    }

    #[test]
    fn beats_keep_to_multiples_and_an_early_timer_is_on_time() {
        let mut state = State { begun: None, over: false, due: EVERY, ticks: Vec::new() };
        for at in [9_999, 20_300, 45_000, 50_000] {
            state.came(Duration::from_micros(at));
        }
        let ticks: Vec<(u64, u64)> = state.ticks.iter().map(|tick| (tick.due / 1000, tick.late / 1000)).collect();
        assert_eq!(ticks, [(10_000, 0), (20_000, 300), (30_000, 15_000), (50_000, 0)]);
        assert_eq!(state.due, EVERY * 6);
    }

    #[test]
    fn a_thread_of_its_own_beats_whatever_the_main_thread_does() {
        let ticker = Heartbeat::new();
        ticker.start_thread().expect("a thread");
        ticker.begin();
        thread::sleep(Duration::from_millis(80));
        let ticks = ticker.end();
        // How many come, the machine's other programs decide.
        assert!(!ticks.is_empty(), "{ticks:?}");
        let mut late: Vec<u64> = ticks.iter().map(|tick| tick.late).collect();
        late.sort_unstable();
        assert!(late[late.len() / 2] < 40_000_000, "most beats come while the main thread sleeps: {late:?}");
    }
}
