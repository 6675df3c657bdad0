//! Descriptions of steps with several keys, for hover texts and summaries.

use super::Step;
use super::options::{Lock, LockAccess, LockOrder, MemoryAccess, Protection, SharedObject};
use crate::printable;
use crate::units::{self, milliseconds, size};

/// Longest part of a path or an argument that a description shows, in characters.
const LONGEST_SHOWN: usize = 60;

pub(super) fn wait(ms: f64, blocking: bool) -> String {
    let how = if blocking { ", blocking the loop" } else { "" };
    format!("wait {}{how}", milliseconds(ms))
}

pub(super) fn http(latency_ms: f64, bytes: u64, keep_alive: bool) -> String {
    let how = if keep_alive { "" } else { " on a new connection" };
    format!("fetch {} after {}{how}", size(bytes), milliseconds(latency_ms))
}

pub(super) fn file(bytes: u64, sync: bool, read_only: bool) -> String {
    let what = match (read_only, sync) {
        (true, _) => "read a file of",
        (false, true) => "write, flush and read",
        (false, false) => "write and read",
    };
    format!("{what} {}", size(bytes))
}

pub(super) fn memory(mib: u32, access: MemoryAccess) -> String {
    let mib = units::count(mib.into());
    match access {
        MemoryAccess::Sequential => format!("stream {mib} MiB of memory"),
        MemoryAccess::Random => format!("read {mib} MiB of memory at random"),
    }
}

/// Describes a critical section; empty for another step.
pub(super) fn critical(step: &Step) -> String {
    let Step::Critical { ms, lock, permits, holds, access, locks } = step else { return String::new() };
    let permits = units::count((*permits).into());
    let guard = match (lock, access) {
        (Lock::Mutex, _) => "a mutex".to_owned(),
        (Lock::Semaphore, _) => format!("a semaphore of {permits}"),
        (Lock::Condvar, _) => format!("a condition variable with room for {permits}"),
        (Lock::Rwlock, LockAccess::Read) => "a read-write lock, reading".to_owned(),
        (Lock::Rwlock, LockAccess::Write) => "a read-write lock, writing".to_owned(),
    };
    let several = if *locks > 1 { format!(", one of {}", units::count((*locks).into())) } else { String::new() };
    format!("{} {} under {guard}{several}", holds.name(), milliseconds(*ms))
}

pub(super) fn shared(object: SharedObject, count: u64) -> String {
    let times = units::count(count);
    match object {
        SharedObject::Method => format!("call a shared bound method {times} times"),
        SharedObject::List => format!("append to a shared list and pop {times} times"),
        SharedObject::Dict => format!("write an item of a shared dictionary {times} times"),
        SharedObject::Lock => format!("acquire and release a shared lock {times} times"),
    }
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
        Protection::PerWorkerPadded64 => format!("add 1 to its worker's counter {times} times, 64 bytes apart"),
        Protection::PerWorkerPadded64Atomic => {
            format!("add 1 to its worker's counter {times} times atomically, 64 bytes apart")
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
