//! The pace of the frames that a run causes: between trials, so that drawing disturbs no measurement; within a trial only
//! while its clock has run for more than a second, and then at most once a second, and less often where a frame takes
//! much CPU time, as without a graphics card. Frames that the user's input causes are never delayed. Knows no widget
//! library: it asks for a frame through a closure.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::session::Observer;

/// Least time between two frames while no trial runs.
const STREAMING: Duration = Duration::from_millis(400);
/// Running time of a trial's clock before its first frame, and the least time between two frames within a trial.
const WITHIN_TRIAL: Duration = Duration::from_secs(1);
/// Part of one core that frames within a trial may take. Measured on two cores with software rendering, where a frame
/// takes 70 ms of CPU time, one frame a second made trials on all cores take 6 % longer.
const SHARE_WITHIN_TRIAL: u32 = 100;
/// Longest time between two frames within a trial: the work of other threads can be taken for that of a frame.
const LONGEST_WITHIN_TRIAL: Duration = Duration::from_secs(10);
/// Least time between two frames between trials: a trial of a millisecond needs no frame of its own.
const BETWEEN_TRIALS: Duration = Duration::from_millis(250);
/// Part of a run's time that frames between trials may take: with a break of 10 ms the next comes 100 ms later.
const SHARE: u32 = 10;
/// Time within which a visible window draws a frame that it was asked for. One that does not is hidden: the session
/// does not wait for it again until it draws.
const DRAWS_WITHIN: Duration = Duration::from_millis(300);
/// Time within which this process becomes idle after a frame: the picture is rendered, on the CPU if there is no
/// graphics card, and helping threads have ended.
const IDLE_WITHIN: Duration = Duration::from_millis(200);
/// Interval over which idleness is judged, and the CPU time that an idle process uses in it at most.
const IDLE_FOR: Duration = Duration::from_millis(4);
const IDLE_NANOS: u64 = 400_000;

/// Asks the window for one frame after this time.
pub type AskForFrame = Arc<dyn Fn(Duration) + Send + Sync>;

/// CPU time of this process so far, nanoseconds, if it is known.
pub type CpuTime = fn() -> Option<u64>;

/// Decides when a run's events are drawn.
pub struct FramePace {
    state: Mutex<State>,
    frame_ended: Condvar,
    ask: AskForFrame,
    cpu_nanos: CpuTime,
}

/// State of the pace, with the time passed in.
struct State {
    phase: Phase,
    /// Frames drawn so far.
    frames: u64,
    /// End of the last frame, or of the break in which it was drawn.
    last_frame: Option<Instant>,
    /// Duration of the last break with a frame.
    last_break: Duration,
    /// CPU time of this process for the last frame that was drawn in a break, its rendering included.
    frame_cpu: Duration,
    /// True while a frame of a running trial has been asked for and was not drawn yet.
    asked: bool,
    /// True for a window that did not draw in time.
    hidden: bool,
}

enum Phase {
    /// No trial runs: drawing disturbs nothing.
    Free,
    /// A trial runs; the moment at which its clock started, while it runs.
    Trial(Option<Instant>),
}

impl State {
    /// Returns the delay after which an event is to be drawn; `None` if the next frame will show it.
    fn on_event(&mut self, now: Instant) -> Option<Duration> {
        let since_frame = self.last_frame.map(|last| now.saturating_duration_since(last));
        match self.phase {
            Phase::Free => Some(since_frame.map_or(Duration::ZERO, |since| STREAMING.saturating_sub(since))),
            Phase::Trial(None) => None,
            Phase::Trial(Some(started)) => {
                let least = (self.frame_cpu * SHARE_WITHIN_TRIAL).clamp(WITHIN_TRIAL, LONGEST_WITHIN_TRIAL);
                let long = now.saturating_duration_since(started) >= least;
                let due = long && !self.asked && since_frame.is_none_or(|since| since >= least);
                self.asked |= due;
                due.then_some(Duration::ZERO)
            }
        }
    }

    /// Begins a trial. Returns true if there is to be a frame before it.
    fn on_trial(&mut self, now: Instant) -> bool {
        let first = matches!(self.phase, Phase::Free);
        self.phase = Phase::Trial(None);
        self.asked = false;
        let least = (self.last_break * SHARE).clamp(BETWEEN_TRIALS, WITHIN_TRIAL);
        first || self.last_frame.is_none_or(|last| now.saturating_duration_since(last) >= least)
    }

    fn on_frame(&mut self, now: Instant) {
        self.frames += 1;
        self.last_frame = Some(now);
        self.asked = false;
        self.hidden = false;
    }
}

impl FramePace {
    /// Creates the pace of a window.
    #[must_use]
    pub fn new(ask: AskForFrame, cpu_nanos: CpuTime) -> Self {
        let state = State {
            phase: Phase::Free,
            frames: 0,
            last_frame: None,
            last_break: Duration::ZERO,
            frame_cpu: Duration::ZERO,
            asked: false,
            hidden: false,
        };
        Self { state: Mutex::new(state), frame_ended: Condvar::new(), ask, cpu_nanos }
    }

    /// Notes that the window has drawn a frame.
    pub fn frame_ended(&self) {
        self.state().on_frame(Instant::now());
        self.frame_ended.notify_all();
    }

    /// Notes that a helping thread has something to show: at once, or with the next frame while a trial runs.
    pub fn work_done(&self) {
        let delay = {
            let mut state = self.state();
            match state.phase {
                Phase::Free => Some(Duration::ZERO),
                Phase::Trial(_) => state.on_event(Instant::now()),
            }
        };
        if let Some(delay) = delay {
            (self.ask)(delay);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a frame after the given number of them. Returns false if none came in time.
    fn wait_for_frame(&self, before: u64) -> bool {
        let waited = self.frame_ended.wait_timeout_while(self.state(), DRAWS_WITHIN, |state| state.frames == before);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.hidden = state.frames == before;
        !state.hidden
    }

    /// Waits until this process uses no more CPU time, since nothing reports the end of rendering on the CPU.
    fn wait_until_idle(&self) {
        let deadline = Instant::now() + IDLE_WITHIN;
        let mut before = (self.cpu_nanos)();
        while Instant::now() < deadline {
            thread::sleep(IDLE_FOR);
            let now = (self.cpu_nanos)();
            if before.zip(now).is_none_or(|(before, now)| now.saturating_sub(before) <= IDLE_NANOS) {
                return;
            }
            before = now;
        }
    }
}

impl Observer for FramePace {
    fn event_sent(&self) {
        let delay = self.state().on_event(Instant::now());
        if let Some(delay) = delay {
            (self.ask)(delay);
        }
    }

    fn before_trial(&self) {
        let began = Instant::now();
        let (due, frames, hidden) = {
            let mut state = self.state();
            (state.on_trial(began), state.frames, state.hidden)
        };
        if !due {
            return;
        }
        let before = (self.cpu_nanos)();
        (self.ask)(Duration::ZERO);
        if hidden || !self.wait_for_frame(frames) {
            return;
        }
        self.wait_until_idle();
        let used = before.zip((self.cpu_nanos)()).map(|(before, now)| now.saturating_sub(before));
        let mut state = self.state();
        state.frame_cpu = Duration::from_nanos(used.unwrap_or(0));
        state.last_break = began.elapsed();
        state.last_frame = Some(Instant::now());
    }

    fn clock_started(&self) {
        self.state().phase = Phase::Trial(Some(Instant::now()));
    }

    fn clock_stopped(&self) {
        self.state().phase = Phase::Trial(None);
    }

    fn ended(&self) {
        self.state().phase = Phase::Free;
        (self.ask)(Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn pace() -> (Arc<FramePace>, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let ask: AskForFrame = Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        (Arc::new(FramePace::new(ask, || None)), asked)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn within_a_trial_the_first_frame_comes_after_a_second_and_then_one_a_second() {
        let (pace, _) = pace();
        let mut state = pace.state();
        let start = Instant::now();
        assert_eq!(state.on_event(start), Some(Duration::ZERO), "nothing runs");
        assert!(state.on_trial(start), "the first trial is announced");
        state.on_frame(start);
        assert_eq!(state.on_event(start + ms(2000)), None, "setup is measured, too");
        state.phase = Phase::Trial(Some(start + ms(2000)));
        let frames: Vec<u64> = (2000..6000)
            .step_by(50)
            .filter(|at| {
                let due = state.on_event(start + ms(*at)).is_some();
                if due {
                    // A frame takes a while; events during it ask for nothing.
                    assert_eq!(state.on_event(start + ms(*at)), None);
                    state.on_frame(start + ms(*at + 20));
                }
                due
            })
            .collect();
        assert_eq!(frames, [3000, 4050, 5100]);
        state.phase = Phase::Trial(None);
        assert_eq!(state.on_event(start + ms(9000)), None, "the runner ends, and the trial is stored");
    }

    #[test]
    fn frames_that_take_much_cpu_time_come_seldom_within_a_trial() {
        let (pace, _) = pace();
        let mut state = pace.state();
        let start = Instant::now();
        state.on_frame(start);
        state.frame_cpu = ms(50);
        state.phase = Phase::Trial(Some(start));
        assert_eq!(state.on_event(start + ms(4900)), None);
        assert_eq!(state.on_event(start + ms(5000)), Some(Duration::ZERO), "50 ms of 5 s are 1 % of a core");
        state.on_frame(start + ms(5000));
        state.frame_cpu = ms(400);
        assert_eq!(state.on_event(start + ms(14_900)), None);
        assert_eq!(state.on_event(start + ms(15_000)), Some(Duration::ZERO), "a picture is never older than 10 s");
    }

    #[test]
    fn short_trials_are_drawn_together_and_frames_take_a_tenth_of_the_time() {
        let (pace, _) = pace();
        let mut state = pace.state();
        let start = Instant::now();
        let mut frames = |last_break: Duration| -> usize {
            state.phase = Phase::Free;
            state.last_frame = Some(start);
            state.last_break = last_break;
            let due = (0..5000).filter(|at| {
                let due = state.on_trial(start + ms(*at));
                if due {
                    state.on_frame(start + ms(*at));
                }
                due
            });
            due.count() - 1
        };
        assert_eq!(frames(ms(8)), 19, "every 250 ms");
        assert_eq!(frames(ms(50)), 9, "every 500 ms");
        assert_eq!(frames(ms(300)), 4, "every second");
    }

    #[test]
    fn a_session_waits_for_the_frame_before_a_trial_and_not_for_a_hidden_window() {
        let (pace, asked) = pace();
        let session = {
            let pace = Arc::clone(&pace);
            thread::spawn(move || pace.before_trial())
        };
        while asked.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        pace.frame_ended();
        session.join().expect("it goes on");
        assert!(!pace.state().hidden);
        pace.ended();
        pace.before_trial();
        assert!(pace.state().hidden, "no frame came");
        pace.ended();
        let begun = Instant::now();
        pace.before_trial();
        assert!(begun.elapsed() < DRAWS_WITHIN, "it is asked for and not waited for");
        pace.frame_ended();
        assert!(!pace.state().hidden);
    }
}
