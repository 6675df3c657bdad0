//! Noise of this machine: CPU usage of other programs, and the latency between its cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::counters::Counters;
use crate::trial::Background;

/// Noise of the machine while the lab is idle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Noise {
    /// Other programs' share of the CPUs that this process may use, percent; `None` if the system doesn't report it.
    pub foreign_cpu_percent: Option<f64>,
    /// Duration of that measurement.
    pub watched_nanos: u64,
    /// Round trip of a cache line to another core and back, nanoseconds: the minimum of several passes. `None` on one
    /// core, or if every pass took so long that one of the two threads must have been without a core.
    pub round_trip_nanos: Option<f64>,
    /// Median of the passes, nanoseconds; `None` on one core.
    pub round_trip_median_nanos: Option<f64>,
    /// True if the passes differ so much that other programs must have shared their cores; `None` on one core.
    pub round_trip_disturbed: Option<bool>,
}

/// Number of ping-pong passes, of which the fastest counts.
const PASSES: usize = 15;
/// Duration of one pass: shorter than a time slice, so that some are undisturbed even beside another program.
const PASS: Duration = Duration::from_millis(2);
/// Upper limit for a round trip, also between sockets: a longer pass waited for a time slice.
const LONGEST_TRIP_NANOS: f64 = 10_000.0;

/// Measures other programs for `duration`, then lets two threads play ping-pong for about 30 ms.
#[must_use]
pub fn check(duration: Duration) -> Noise {
    let before = Counters::read();
    thread::sleep(duration);
    let background = Counters::read().since(&before, Some(0));
    let cores = crate::cpus::usable() as usize;
    let shares = Background::shares(background.into_iter());
    let trip = (cores > 1).then(round_trip);
    Noise {
        foreign_cpu_percent: shares.map(|shares| shares.foreign_percent),
        watched_nanos: duration.as_nanos() as u64,
        round_trip_nanos: trip.and_then(|trip| trip.nanos),
        round_trip_median_nanos: trip.and_then(|trip| trip.median),
        round_trip_disturbed: trip.map(|trip| trip.disturbed),
    }
}

/// Round trip of a cache line between two cores.
#[derive(Debug, Clone, Copy, PartialEq)]
struct RoundTrip {
    nanos: Option<f64>,
    median: Option<f64>,
    disturbed: bool,
}

/// Measures several short passes of ping-pong; the fastest counts, since other programs only make passes slower.
fn round_trip() -> RoundTrip {
    evaluate((0..PASSES).filter_map(|_| pass_nanos(PASS)).collect())
}

fn evaluate(mut passes: Vec<f64>) -> RoundTrip {
    passes.sort_by(f64::total_cmp);
    let minimum = passes.first().copied();
    let median = passes.get(passes.len() / 2).copied();
    let nanos = minimum.filter(|nanos| *nanos < LONGEST_TRIP_NANOS);
    // A pass that waited for a time slice takes many times as long as the fastest one.
    let disturbed = nanos.zip(median).is_none_or(|(minimum, median)| median > 2.0 * minimum);
    RoundTrip { nanos, median, disturbed }
}

/// Returns the mean round trip of one cache line between two spinning threads; `None` if none was completed.
fn pass_nanos(length: Duration) -> Option<f64> {
    const STOP: u32 = u32::MAX;
    let ball = Arc::new(AtomicU32::new(0));
    let shared_ball = Arc::clone(&ball);
    let partner = thread::Builder::new()
        .name("ping-pong".into())
        .spawn(move || {
            let mut next = 1;
            loop {
                match shared_ball.load(Ordering::Acquire) {
                    STOP => return,
                    value if value == next => {
                        shared_ball.store(next + 1, Ordering::Release);
                        next += 2;
                    }
                    _ => std::hint::spin_loop(),
                }
            }
        })
        .ok()?;
    // The first trip waits for the thread to start.
    let (mut trips, mut next) = (0_u32, 1_u32);
    let mut start = Instant::now();
    while trips == 0 || (start.elapsed() < length && next < STOP - 4) {
        ball.store(next, Ordering::Release);
        while ball.load(Ordering::Acquire) != next + 1 {
            std::hint::spin_loop();
        }
        if next == 1 {
            start = Instant::now();
        } else {
            trips += 1;
        }
        next += 2;
    }
    let nanos = start.elapsed().as_nanos() as f64;
    ball.store(STOP, Ordering::Release);
    partner.join().ok()?;
    (trips > 0).then(|| nanos / f64::from(trips))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_takes_some_time_and_ends() {
        if crate::cpus::usable() > 1 {
            let nanos = pass_nanos(Duration::from_millis(2)).expect("threads can be started");
            assert!(nanos > 1.0, "{nanos}");
        }
    }

    #[test]
    fn the_fastest_pass_counts_and_a_time_slice_is_no_cache_line() {
        let quiet = evaluate(vec![320.0, 314.0, 330.0, 316.0]);
        assert_eq!(quiet, RoundTrip { nanos: Some(314.0), median: Some(320.0), disturbed: false });
        let beside_a_spinner = evaluate(vec![8.94e6, 316.0, 15.6e6, 7.45e6, 314.0]);
        assert_eq!(beside_a_spinner, RoundTrip { nanos: Some(314.0), median: Some(7.45e6), disturbed: true });
        assert_eq!(evaluate(vec![8.94e6, 7.45e6]), RoundTrip { nanos: None, median: Some(8.94e6), disturbed: true });
        assert_eq!(evaluate(vec![]), RoundTrip { nanos: None, median: None, disturbed: true });
    }
}
