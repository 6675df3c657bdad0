//! Readings of the clocks, and the floor of recording: stamps taken and stored by hand.

use std::hint::black_box;
use std::time::Instant;

use crate::clock::{self, Anchor, Scale, StampClock};
use crate::protocol::ClockReadings;
use crate::usage;

/// Batches of each figure.
const BATCHES: usize = 25;
/// Readings in a batch.
const READINGS: u32 = 10_000;
/// Tasks in a batch, as in the runner's own measurement.
const TASKS: usize = 256;
/// Time for which the clock is compared with the system's.
const COMPARED_NANOS: u64 = 20_000_000;

pub(super) fn readings() -> ClockReadings {
    let stamp_clock = StampClock::detect();
    let start = Anchor::read(stamp_clock);
    let mut least_ticks = u64::MAX;
    let mut before = stamp_clock.now();
    while clock::monotonic_nanos() - start.nanos < COMPARED_NANOS {
        for _ in 0..100 {
            let now = stamp_clock.now();
            let ticks = now.saturating_sub(before);
            if ticks > 0 {
                least_ticks = least_ticks.min(ticks);
            }
            before = now;
        }
    }
    let end = Anchor::read(stamp_clock);
    let nanos_per_tick = match stamp_clock {
        StampClock::CpuCounter => Scale::between(start, end).span(0, 1_000_000) as f64 / 1e6,
        StampClock::OsClock => 1.0,
    };
    ClockReadings {
        stamp_clock,
        resolution_nanos: least_ticks as f64 * nanos_per_tick,
        stamp_read_nanos: match stamp_clock {
            StampClock::CpuCounter => cost_of(|| StampClock::CpuCounter.now()),
            StampClock::OsClock => cost_of(|| StampClock::OsClock.now()),
        },
        os_read_nanos: cost_of(clock::monotonic_nanos),
    }
}

/// Returns the nanoseconds of one reading, for each batch.
fn cost_of(read: impl Fn() -> u64) -> Vec<f64> {
    let batch = || {
        let begun = Instant::now();
        for _ in 0..READINGS {
            black_box(read());
        }
        begun.elapsed().as_nanos() as f64 / f64::from(READINGS)
    };
    // The first batch warms up.
    batch();
    (0..BATCHES).map(|_| batch()).collect()
}

/// Returns the nanoseconds per task of taking and storing its stamps, for each batch.
pub(super) fn stamps(per_task: u32) -> Vec<f64> {
    match (StampClock::detect(), per_task > 2) {
        (StampClock::CpuCounter, true) => batches(|slot| submitted_and_run(slot, StampClock::CpuCounter)),
        (StampClock::CpuCounter, false) => batches(|slot| run(slot, StampClock::CpuCounter)),
        (StampClock::OsClock, true) => batches(|slot| submitted_and_run(slot, StampClock::OsClock)),
        (StampClock::OsClock, false) => batches(|slot| run(slot, StampClock::OsClock)),
    }
}

/// Record of a task: submitted, started, finished, core.
type Slot = [u64; 4];

#[inline(always)]
fn run(slot: &mut Slot, clock: StampClock) {
    slot[1] = clock.now();
    let finished = clock.now();
    slot[3] = usage::current_core().map_or(0, |core| u64::from(core) + 1);
    slot[2] = finished;
}

#[inline(always)]
fn submitted_and_run(slot: &mut Slot, clock: StampClock) {
    slot[0] = clock.now();
    run(slot, clock);
}

fn batches(record: impl Fn(&mut Slot)) -> Vec<f64> {
    let mut slots = vec![[1_u64; 4]; TASKS];
    let mut batch = || {
        let begun = Instant::now();
        for slot in &mut slots {
            record(slot);
        }
        let nanos = begun.elapsed().as_nanos() as f64 / TASKS as f64;
        black_box(&slots);
        nanos
    };
    batch();
    (0..BATCHES).map(|_| batch()).collect()
}
