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
    /// A cache line's round trip to another core and back, nanoseconds: the least of several passes. `None` on one
    /// core, and where every pass took so long that one of the two threads must have been without a core.
    pub round_trip_nanos: Option<f64>,
    /// The same as the median of the passes; `None` on one core.
    pub round_trip_median_nanos: Option<f64>,
    /// The passes differ so much that not all of them were alone on their cores; `None` on one core.
    pub round_trip_disturbed: Option<bool>,
}

/// Passes of ping-pong, of which the fastest counts.
const PASSES: usize = 15;
/// Length of one of them: shorter than a time slice, so that some are undisturbed beside another program.
const PASS: Duration = Duration::from_millis(2);
/// No cache line takes this long, also not between sockets: what took longer was a time slice.
const LONGEST_TRIP_NANOS: f64 = 10_000.0;

/// Watches for `watch`, then lets two threads play ping-pong for some 30 ms.
#[must_use]
pub fn check(watch: Duration) -> Noise {
    let before = Counters::read();
    thread::sleep(watch);
    let background = Counters::read().since(&before, Some(0));
    let cores = crate::cpus::usable() as usize;
    let shares = Background::shares(background.into_iter());
    let trip = (cores > 1).then(round_trip);
    Noise {
        foreign_cpu_percent: shares.map(|shares| shares.foreign_percent),
        watched_nanos: watch.as_nanos() as u64,
        round_trip_nanos: trip.and_then(|trip| trip.nanos),
        round_trip_median_nanos: trip.and_then(|trip| trip.median),
        round_trip_disturbed: trip.map(|trip| trip.disturbed),
    }
}

/// A cache line's round trip between two cores, as far as it could be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct RoundTrip {
    nanos: Option<f64>,
    median: Option<f64>,
    disturbed: bool,
}

/// Several short passes of ping-pong; the fastest counts, since other programs only ever make one slower.
fn round_trip() -> RoundTrip {
    judge((0..PASSES).filter_map(|_| pass_nanos(PASS)).collect())
}

fn judge(mut passes: Vec<f64>) -> RoundTrip {
    passes.sort_by(f64::total_cmp);
    let least = passes.first().copied();
    let median = passes.get(passes.len() / 2).copied();
    let nanos = least.filter(|nanos| *nanos < LONGEST_TRIP_NANOS);
    // A pass that waited for a time slice takes many times as long as the fastest.
    let disturbed = nanos.zip(median).is_none_or(|(least, median)| median > 2.0 * least);
    RoundTrip { nanos, median, disturbed }
}

/// Mean round trip of one cache line between two spinning threads; `None` where not even one was made.
fn pass_nanos(length: Duration) -> Option<f64> {
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
    far.join().ok()?;
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
        let quiet = judge(vec![320.0, 314.0, 330.0, 316.0]);
        assert_eq!(quiet, RoundTrip { nanos: Some(314.0), median: Some(320.0), disturbed: false });
        let beside_a_spinner = judge(vec![8.94e6, 316.0, 15.6e6, 7.45e6, 314.0]);
        assert_eq!(beside_a_spinner, RoundTrip { nanos: Some(314.0), median: Some(7.45e6), disturbed: true });
        assert_eq!(judge(vec![8.94e6, 7.45e6]), RoundTrip { nanos: None, median: Some(8.94e6), disturbed: true });
        assert_eq!(judge(vec![]), RoundTrip { nanos: None, median: None, disturbed: true });
    }
}
