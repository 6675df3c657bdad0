//! A ticker beside the work: a beat every 10 ms, on the event loop itself or on a thread of its own.
//! How late its beats come is how long a program's other duties would have waited.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::protocol::Failure;
use crate::trial::Tick;

/// Between two beats.
const EVERY: Duration = Duration::from_millis(10);
/// Room for the beats of a minute; more are allowed for as they come.
const ROOM: usize = 6000;

/// The ticker of the first pass.
#[derive(Debug)]
pub struct Ticker {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    begun: Option<Instant>,
    over: bool,
    /// Lateness of each beat that has come.
    late: Vec<Duration>,
}

impl Ticker {
    /// Not beating yet.
    pub fn new() -> &'static Self {
        let state = State { begun: None, over: false, late: Vec::with_capacity(ROOM) };
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
            for beat in 1.. {
                let due = begun + EVERY * beat;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if !self.came(due) {
                    return;
                }
            }
        };
        let started = thread::Builder::new().name("ticker".into()).spawn(beat);
        started.map(|_| ()).map_err(|error| Failure::new(format!("the ticker's thread could not be started: {error}")))
    }

    /// The first beat is due 10 ms from now.
    pub fn begin(&self) {
        self.state().begun = Some(Instant::now());
        self.changed.notify_all();
    }

    /// Beats on the event loop that awaits this, until it is over.
    pub async fn beat_on_loop(&self) {
        let Some(begun) = self.state().begun else { return };
        for beat in 1.. {
            let due = begun + EVERY * beat;
            tokio::time::sleep_until(due.into()).await;
            if !self.came(due) {
                return;
            }
        }
    }

    /// Records a beat; false once it is over.
    fn came(&self, due: Instant) -> bool {
        let late = due.elapsed();
        let mut state = self.state();
        if !state.over {
            state.late.push(late);
        }
        !state.over
    }

    /// Ends it. Beats that were due by now and have not come are counted as late as they are now.
    pub fn end(&self) -> Vec<Tick> {
        let mut state = self.state();
        state.over = true;
        let Some(begun) = state.begun else { return Vec::new() };
        let now = Instant::now();
        let came = state.late.len() as u32;
        let missing = (came + 1..).map(|beat| begun + EVERY * beat).take_while(|due| *due <= now);
        let late = state.late.iter().copied().chain(missing.map(|due| now - due));
        let due = (1..).map(|beat| EVERY * beat);
        due.zip(late).map(|(due, late)| Tick { due: due.as_nanos() as u64, late: late.as_nanos() as u64 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_loop_shows_as_late_beats_even_if_they_never_come() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let ticker = Ticker::new();
        runtime.block_on(async {
            ticker.begin();
            tokio::spawn(ticker.beat_on_loop());
            tokio::task::yield_now().await;
            // Blocks the loop, and the work is over before any beat came.
            thread::sleep(Duration::from_millis(65));
        });
        let ticks = ticker.end();
        assert!(ticks.len() >= 6, "{ticks:?}");
        assert_eq!(ticks[0].due, 10_000_000);
        assert!(ticks[0].late >= 50_000_000, "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].late > pair[1].late), "{ticks:?}");
    }

    #[test]
    fn a_thread_of_its_own_beats_whatever_the_main_thread_does() {
        let ticker = Ticker::new();
        ticker.start_thread().expect("a thread");
        ticker.begin();
        thread::sleep(Duration::from_millis(80));
        let ticks = ticker.end();
        assert!(ticks.len() >= 7, "{ticks:?}");
        let mut late: Vec<u64> = ticks.iter().map(|tick| tick.late).collect();
        late.sort_unstable();
        assert!(late[late.len() / 2] < 40_000_000, "most beats come while the main thread sleeps: {late:?}");
    }
}
