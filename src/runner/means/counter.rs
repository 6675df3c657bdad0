//! A counter that all tasks of a process share, with and without protection.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::workload::Protection;

/// On cache lines of its own: 128 bytes, since processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Padded(AtomicU64);

#[derive(Debug)]
pub(super) enum Counter {
    Unprotected(Box<Padded>),
    WithCall(Box<Padded>),
    Mutex(Box<Mutex<u64>>),
    Atomic(Box<Padded>),
    Packed(Vec<AtomicU64>),
    Padded(Vec<Padded>),
}

impl Counter {
    /// At 0, for so many workers.
    pub(super) fn new(protection: Protection, workers: u32) -> Self {
        match protection {
            Protection::None => Self::Unprotected(Box::default()),
            Protection::NoneCall => Self::WithCall(Box::default()),
            Protection::Mutex => Self::Mutex(Box::default()),
            Protection::Atomic => Self::Atomic(Box::default()),
            Protection::PerWorker => Self::Packed((0..workers).map(|_| AtomicU64::new(0)).collect()),
            Protection::PerWorkerPadded => Self::Padded((0..workers).map(|_| Padded::default()).collect()),
        }
    }

    /// Adds 1 so many times.
    #[inline(never)]
    pub(super) fn add(&self, worker: u32, count: u64) {
        match self {
            Self::Unprotected(counter) => read_add_write(&counter.0, count),
            Self::WithCall(counter) => read_call_write(&counter.0, count),
            Self::Mutex(counter) => {
                for _ in 0..black_box(count) {
                    *counter.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                }
            }
            Self::Atomic(counter) => {
                for _ in 0..black_box(count) {
                    counter.0.fetch_add(1, Relaxed);
                }
            }
            Self::Packed(slots) => read_add_write(&slots[worker as usize % slots.len()], count),
            Self::Padded(slots) => read_add_write(&slots[worker as usize % slots.len()].0, count),
        }
    }

    /// The sum.
    pub(super) fn value(&self) -> u64 {
        match self {
            Self::Unprotected(counter) | Self::WithCall(counter) | Self::Atomic(counter) => counter.0.load(Relaxed),
            Self::Mutex(counter) => *counter.lock().unwrap_or_else(PoisonError::into_inner),
            Self::Packed(slots) => slots.iter().map(|slot| slot.load(Relaxed)).sum(),
            Self::Padded(slots) => slots.iter().map(|slot| slot.0.load(Relaxed)).sum(),
        }
    }
}

/// What `counter += 1` is without a lock: a read, an addition, a write back. Whatever another thread
/// has written in between is overwritten. Each of the two is an atomic access by itself, so that what
/// happens is defined; together they are not.
fn read_add_write(counter: &AtomicU64, count: u64) {
    for _ in 0..black_box(count) {
        let value = counter.load(Relaxed);
        counter.store(value.wrapping_add(1), Relaxed);
    }
}

/// The same with a call in between that is not inlined, as `int(x)` is one in Python.
fn read_call_write(counter: &AtomicU64, count: u64) {
    #[inline(never)]
    fn as_it_is(value: u64) -> u64 {
        black_box(value)
    }
    for _ in 0..black_box(count) {
        let value = as_it_is(counter.load(Relaxed));
        counter.store(value.wrapping_add(1), Relaxed);
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
    fn alone_nothing_is_lost_without_protection_either() {
        let counter = Counter::new(Protection::None, 1);
        counter.add(0, 1000);
        counter.add(7, 1000);
        assert_eq!(counter.value(), 2000);
    }
}
