//! A counter that all tasks of a process share, with and without protection.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::workload::Protection;

/// Counters that fit on one [`Pair`].
const PER_PAIR: usize = 16;

/// 128 bytes that start at a multiple of 128: two cache lines as a rule, which many processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Pair([AtomicU64; PER_PAIR]);

/// Distances from one counter to the next, in counters.
const SIDE_BY_SIDE: usize = 1;
const BYTES_64: usize = PER_PAIR / 2;
const BYTES_128: usize = PER_PAIR;

/// Counters at a fixed distance from each other. Layouts that are compared differ in this distance alone: the loops
/// below get a reference to one counter and run the same instructions.
#[derive(Debug)]
pub(super) struct Slots {
    pairs: Vec<Pair>,
    count: usize,
    /// Distance from one counter to the next, in counters.
    distance: usize,
}

impl Slots {
    /// Creates `count` counters, at least one, at a distance from each other.
    fn new(count: u32, distance: usize) -> Self {
        let count = count.max(1) as usize;
        let pairs = (count * distance).div_ceil(PER_PAIR);
        Self { pairs: (0..pairs).map(|_| Pair::default()).collect(), count, distance }
    }

    fn slot(&self, index: usize) -> &AtomicU64 {
        let position = index * self.distance;
        &self.pairs[position / PER_PAIR].0[position % PER_PAIR]
    }

    fn of(&self, worker: u32) -> &AtomicU64 {
        self.slot(worker as usize % self.count)
    }

    fn sum(&self) -> u64 {
        (0..self.count).map(|index| self.slot(index).load(Relaxed)).sum()
    }
}

/// Counters of one step, by the way in which 1 is added to them.
#[derive(Debug)]
pub(super) enum Counter {
    LoadAddStore(Slots),
    LoadCallStore(Slots),
    FetchAdd(Slots),
    Mutex(Box<Mutex<u64>>),
}

impl Counter {
    /// Creates the counters at 0, for `workers` workers.
    pub(super) fn new(protection: Protection, workers: u32) -> Self {
        match protection {
            Protection::None => Self::LoadAddStore(Slots::new(1, BYTES_128)),
            Protection::NoneCall => Self::LoadCallStore(Slots::new(1, BYTES_128)),
            Protection::Mutex => Self::Mutex(Box::default()),
            Protection::Atomic => Self::FetchAdd(Slots::new(1, BYTES_128)),
            Protection::PerWorker => Self::LoadAddStore(Slots::new(workers, SIDE_BY_SIDE)),
            Protection::PerWorkerPadded => Self::LoadAddStore(Slots::new(workers, BYTES_128)),
            Protection::PerWorkerPadded64 => Self::LoadAddStore(Slots::new(workers, BYTES_64)),
            Protection::PerWorkerAtomic => Self::FetchAdd(Slots::new(workers, SIDE_BY_SIDE)),
            Protection::PerWorkerPaddedAtomic => Self::FetchAdd(Slots::new(workers, BYTES_128)),
            Protection::PerWorkerPadded64Atomic => Self::FetchAdd(Slots::new(workers, BYTES_64)),
        }
    }

    /// Adds 1 `count` times.
    pub(super) fn add(&self, worker: u32, count: u64) {
        match self {
            Self::LoadAddStore(slots) => load_add_store(slots.of(worker), count),
            Self::LoadCallStore(slots) => load_call_store(slots.of(worker), count),
            Self::FetchAdd(slots) => fetch_add(slots.of(worker), count),
            Self::Mutex(counter) => lock_add_unlock(counter, count),
        }
    }

    /// Sum of the counters.
    pub(super) fn value(&self) -> u64 {
        match self {
            Self::LoadAddStore(slots) | Self::LoadCallStore(slots) | Self::FetchAdd(slots) => slots.sum(),
            Self::Mutex(counter) => *counter.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

// None of these loops is inlined: two inlined copies of the same loop were compiled differently, one with an addressing
// mode that defeats the core's fast store forwarding and took 7 times as long.

/// Does what `counter += 1` does without a lock: a load, an addition, a store. Values that another thread stored in
/// between are lost. Load and store are each atomic, so that the behaviour is defined; together they are not.
#[inline(never)]
fn load_add_store(counter: &AtomicU64, count: u64) {
    for _ in 0..black_box(count) {
        let value = counter.load(Relaxed);
        counter.store(value.wrapping_add(1), Relaxed);
    }
}

/// Does the same with a call in between that is not inlined, as `int(x)` is in Python.
#[inline(never)]
fn load_call_store(counter: &AtomicU64, count: u64) {
    #[inline(never)]
    fn identity(value: u64) -> u64 {
        black_box(value)
    }
    for _ in 0..black_box(count) {
        let value = identity(counter.load(Relaxed));
        counter.store(value.wrapping_add(1), Relaxed);
    }
}

#[inline(never)]
fn fetch_add(counter: &AtomicU64, count: u64) {
    for _ in 0..black_box(count) {
        counter.fetch_add(1, Relaxed);
    }
}

#[inline(never)]
fn lock_add_unlock(counter: &Mutex<u64>, count: u64) {
    for _ in 0..black_box(count) {
        *counter.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_counters_lose_nothing_between_threads() {
        for protection in Protection::ALL.into_iter().filter(|one| one.is_safe()) {
            let counter = Counter::new(protection, 4);
            std::thread::scope(|scope| {
                for worker in 0..4 {
                    let counter = &counter;
                    scope.spawn(move || counter.add(worker, 20_000));
                }
            });
            assert_eq!(counter.value(), 80_000, "{protection:?}");
        }
    }

    #[test]
    fn a_single_thread_loses_nothing_without_protection() {
        let counter = Counter::new(Protection::None, 1);
        counter.add(0, 1000);
        counter.add(7, 1000);
        assert_eq!(counter.value(), 2000);
    }

    #[test]
    fn layouts_differ_in_distance_alone() {
        let addresses = |protection, workers| {
            let counter = Counter::new(protection, workers);
            let (Counter::LoadAddStore(slots) | Counter::FetchAdd(slots)) = &counter else { panic!("{protection:?}") };
            (0..workers).map(|worker| std::ptr::from_ref(slots.of(worker)) as usize).collect::<Vec<_>>()
        };
        for (packed, half, padded) in [
            (Protection::PerWorker, Protection::PerWorkerPadded64, Protection::PerWorkerPadded),
            (Protection::PerWorkerAtomic, Protection::PerWorkerPadded64Atomic, Protection::PerWorkerPaddedAtomic),
        ] {
            let half = addresses(half, 40);
            assert_eq!(half[0] % 128, 0, "the counters of the first two workers are on one pair of lines");
            assert!(half.windows(2).all(|pair| pair[1] - pair[0] == 64), "{half:?}");
            let packed = addresses(packed, 40);
            assert_eq!(packed[0] % 128, 0, "nothing else is on the first line");
            assert!(packed.windows(2).all(|pair| pair[1] - pair[0] == 8), "{packed:?}");
            let padded = addresses(padded, 40);
            assert_eq!(padded[0] % 128, 0);
            assert!(padded.windows(2).all(|pair| pair[1] - pair[0] == 128), "{padded:?}");
        }
        let kind = |protection| std::mem::discriminant(&Counter::new(protection, 2));
        assert_eq!(kind(Protection::PerWorker), kind(Protection::PerWorkerPadded), "one loop runs both");
        assert_eq!(kind(Protection::PerWorkerAtomic), kind(Protection::PerWorkerPaddedAtomic), "one loop runs both");
        assert_eq!(kind(Protection::PerWorkerPadded64), kind(Protection::PerWorkerPadded), "one loop runs both");
        assert_eq!(kind(Protection::PerWorkerPadded64Atomic), kind(Protection::PerWorkerPaddedAtomic));
        assert_eq!(kind(Protection::PerWorker), kind(Protection::None));
        assert_eq!(kind(Protection::PerWorkerAtomic), kind(Protection::Atomic));
    }
}
