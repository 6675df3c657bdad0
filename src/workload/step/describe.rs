//! Descriptions of steps with several keys, for hover texts and summaries.

use super::options::{Lock, LockOrder, Protection, SectionWork};
use crate::printable;
use crate::units::{self, milliseconds, size};

/// Longest part of a path or an argument that a description shows, in characters.
const LONGEST_SHOWN: usize = 60;

pub(super) fn file(bytes: u64, sync: bool) -> String {
    let flushed = if sync { "write, flush and read" } else { "write and read" };
    format!("{flushed} {}", size(bytes))
}

pub(super) fn critical(ms: f64, lock: Lock, permits: u32, holds: SectionWork) -> String {
    let permits = units::count(permits.into());
    let guard = match lock {
        Lock::Mutex => "a mutex".to_owned(),
        Lock::Semaphore => format!("a semaphore of {permits}"),
        Lock::Condvar => format!("a condition variable with room for {permits}"),
    };
    format!("{} {} under {guard}", holds.name(), milliseconds(ms))
}

pub(super) fn increment(count: u64, protection: Protection) -> String {
    let times = units::count(count);
    match protection {
        Protection::None => format!("add 1 to a shared counter {times} times, unprotected"),
        Protection::NoneCall => {
            format!("add 1 to a shared counter {times} times, unprotected and with a call in between")
        }
        Protection::Mutex => format!("add 1 to a shared counter {times} times under a mutex"),
        Protection::Atomic => format!("add 1 to a shared counter {times} times atomically"),
        Protection::PerWorker => format!("add 1 to its worker's counter {times} times, side by side"),
        Protection::PerWorkerPadded => format!("add 1 to its worker's counter {times} times, kept apart"),
        Protection::PerWorkerAtomic => format!("add 1 to its worker's counter {times} times atomically, side by side"),
        Protection::PerWorkerPaddedAtomic => {
            format!("add 1 to its worker's counter {times} times atomically, kept apart")
        }
    }
}

pub(super) fn two_locks(ms: f64, order: LockOrder) -> String {
    let order = match order {
        LockOrder::Opposite => "opposite orders",
        LockOrder::Same => "the same order",
    };
    format!("take two locks {} apart, in {order}", milliseconds(ms))
}

pub(super) fn call(file: &str, function: &str, arguments: &[String]) -> String {
    let file = printable::without_middle(file, LONGEST_SHOWN);
    let arguments = printable::shortened(&arguments.join(", "), LONGEST_SHOWN).into_owned();
    format!("call {function}({arguments}) of {}", printable::line(&file))
}

pub(super) fn command(argv: &[String]) -> String {
    format!("run {}", printable::shortened(&argv.join(" "), LONGEST_SHOWN))
}
