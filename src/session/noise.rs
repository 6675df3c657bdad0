//! How quiet this machine is: what other programs use, and how far its cores are apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::counters::Counters;
use crate::trial::Background;

/// What a look at the machine at rest shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Noise {
    /// Other programs' share of the CPUs that this process may use, percent. `None` where the system does not say.
    pub foreign_cpu_percent: Option<f64>,
    /// How long they were watched.
    pub watched_nanos: u64,
    /// A cache line's way to another core and back, nanoseconds; `None` on one core.
    pub round_trip_nanos: Option<f64>,
}

/// Watches for `watch`, then lets two threads play ping-pong for 20 ms.
#[must_use]
pub fn check(watch: Duration) -> Noise {
    let before = Counters::read();
    thread::sleep(watch);
    let background = Counters::read().since(&before, Some(0));
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let shares = Background::shares(background.into_iter());
    Noise {
        foreign_cpu_percent: shares.map(|shares| shares.foreign_percent),
        watched_nanos: watch.as_nanos() as u64,
        round_trip_nanos: if cores > 1 { round_trip_nanos(Duration::from_millis(20)) } else { None },
    }
}

/// Mean round trip of one cache line between two spinning threads.
fn round_trip_nanos(length: Duration) -> Option<f64> {
    const STOP: u32 = u32::MAX;
    let ball = Arc::new(AtomicU32::new(0));
    let far_ball = Arc::clone(&ball);
    let far = thread::Builder::new()
        .name("ping-pong".into())
        .spawn(move || {
            let mut next = 1;
            loop {
                match far_ball.load(Ordering::Acquire) {
                    STOP => return,
                    value if value == next => {
                        far_ball.store(next + 1, Ordering::Release);
                        next += 2;
                    }
                    _ => std::hint::spin_loop(),
                }
            }
        })
        .ok()?;
    let start = Instant::now();
    let (mut trips, mut next) = (0_u32, 1_u32);
    while start.elapsed() < length && next < STOP - 4 {
        ball.store(next, Ordering::Release);
        while ball.load(Ordering::Acquire) != next + 1 {
            std::hint::spin_loop();
        }
        next += 2;
        trips += 1;
    }
    let nanos = start.elapsed().as_nanos() as f64;
    ball.store(STOP, Ordering::Release);
    far.join().ok()?;
    (trips > 0).then(|| nanos / f64::from(trips))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_takes_some_time_and_ends() {
        if thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            let nanos = round_trip_nanos(Duration::from_millis(5)).expect("threads can be started");
            assert!(nanos > 1.0, "{nanos}");
        }
    }
}
