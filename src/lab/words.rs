//! Steps in words: what a task does, for hover texts, titles of fields and rows of figures.

use crate::trial::Phase;
use crate::units;
use crate::workload::{Holds, Kernel, Lock, LockOrder, PlanStep, Protection, Step};

/// Milliseconds with the unit that reads best, without decimals that say nothing: "2 s", "1.5 ms".
#[must_use]
pub fn milliseconds(ms: f64) -> String {
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    trimmed(&units::duration(ms * units::NANOS_PER_MS))
}

/// Bytes as they are typed, to four digits: "10 kB", "1.5 MB".
#[must_use]
pub fn bytes(count: u64) -> String {
    let value = count as f64;
    let (factor, unit) = match count {
        0..1_000 => return format!("{count} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    trimmed(&format!("{} {unit}", units::significant(value / factor, 4)))
}

fn trimmed(told: &str) -> String {
    match told.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => told.to_owned(),
    }
}

/// A kind of step as lists of choices name it.
#[must_use]
pub fn kind_title(kind: &str) -> &str {
    match kind {
        "http" => "HTTP",
        "critical" => "critical section",
        "two-locks" => "two locks",
        other => other,
    }
}

/// What stretches of a task are called.
#[must_use]
pub const fn phase_title(phase: Phase) -> &'static str {
    match phase {
        Phase::Compute => "Compute",
        Phase::Wait => "Wait",
        Phase::Http => "HTTP",
        Phase::File => "File",
        Phase::LockWait => "Lock wait",
    }
}

/// The phases that a step of a trial has, in order; a lock that was free at once leaves none behind.
#[must_use]
pub const fn phases_of(step: PlanStep) -> &'static [Phase] {
    match step {
        PlanStep::Compute(_) | PlanStep::Memory | PlanStep::Increment(_) => &[Phase::Compute],
        PlanStep::Wait => &[Phase::Wait],
        PlanStep::Http { .. } => &[Phase::Http],
        PlanStep::File { .. } => &[Phase::File],
        PlanStep::Critical { holds: Holds::Compute, .. } => &[Phase::LockWait, Phase::Compute],
        PlanStep::Critical { holds: Holds::Wait, .. } | PlanStep::TwoLocks(_) => &[Phase::LockWait, Phase::Wait],
    }
}

/// What a kernel computes, in words, with its name in files.
#[must_use]
pub const fn kernel(kernel: Kernel) -> &'static str {
    match kernel {
        Kernel::Splitmix => "integer mixing (splitmix)",
        Kernel::Sha256 => "hashing short blocks (sha256)",
        Kernel::Sha256Large => "hashing large blocks (sha256-large)",
        Kernel::Fib => "recursion (fib)",
        Kernel::FibAwait => "awaited recursion (fib-await)",
    }
}

/// What protects increments, in words.
#[must_use]
pub const fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::None => "none",
        Protection::NoneCall => "none, with a call",
        Protection::Mutex => "mutex",
        Protection::Atomic => "atomic",
        Protection::PerWorker => "per worker",
        Protection::PerWorkerPadded => "per worker, padded",
        Protection::PerWorkerAtomic => "per worker, atomic",
        Protection::PerWorkerPaddedAtomic => "per worker, padded, atomic",
    }
}

/// One step: "compute 5 ms", "fetch 10 kB after 50 ms".
#[must_use]
pub fn step(step: &Step) -> String {
    match step {
        Step::Compute { ms, .. } => format!("compute {}", milliseconds(*ms)),
        Step::Wait { ms } => format!("wait {}", milliseconds(*ms)),
        Step::Http { latency_ms, bytes: length } => {
            format!("fetch {} after {}", bytes(*length), milliseconds(*latency_ms))
        }
        Step::File { bytes: length, sync } => {
            let flushed = if *sync { "write, flush and read" } else { "write and read" };
            format!("{flushed} {}", bytes(*length))
        }
        Step::Memory { mib } => format!("stream {} MiB of memory", units::count((*mib).into())),
        Step::Critical { ms, lock, permits, holds } => {
            let guard = match (lock, permits) {
                (Lock::Mutex, _) => "a mutex".to_owned(),
                (Lock::Semaphore, permits) => format!("a semaphore of {}", units::count((*permits).into())),
                (Lock::Condvar, permits) => {
                    format!("a condition variable with room for {}", units::count((*permits).into()))
                }
            };
            format!("{} {} under {guard}", holds.name(), milliseconds(*ms))
        }
        Step::Increment { count, protection } => {
            let times = units::count(*count);
            match protection {
                Protection::None => format!("add 1 to a shared counter {times} times, unprotected"),
                Protection::NoneCall => {
                    format!("add 1 to a shared counter {times} times, unprotected and with a call in between")
                }
                Protection::Mutex => format!("add 1 to a shared counter {times} times under a mutex"),
                Protection::Atomic => format!("add 1 to a shared counter {times} times atomically"),
                Protection::PerWorker => format!("add 1 to its worker's counter {times} times, side by side"),
                Protection::PerWorkerPadded => format!("add 1 to its worker's counter {times} times, kept apart"),
                Protection::PerWorkerAtomic => {
                    format!("add 1 to its worker's counter {times} times atomically, side by side")
                }
                Protection::PerWorkerPaddedAtomic => {
                    format!("add 1 to its worker's counter {times} times atomically, kept apart")
                }
            }
        }
        Step::TwoLocks { ms, order } => {
            let order = match order {
                LockOrder::Opposite => "opposite orders",
                LockOrder::Same => "the same order",
            };
            format!("take two locks {} apart, in {order}", milliseconds(*ms))
        }
    }
}

/// False for a compute or wait step without a duration; the other kinds do something even then.
#[must_use]
pub fn does_anything(step: &Step) -> bool {
    !matches!(step, Step::Compute { ms, .. } | Step::Wait { ms } if *ms == 0.0)
}

/// All steps of a task that do anything: "compute 5 ms, wait 45 ms".
#[must_use]
pub fn steps(steps: &[Step]) -> String {
    let parts: Vec<String> = steps.iter().filter(|one| does_anything(one)).map(step).collect();
    if parts.is_empty() { "empty tasks".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_bytes_drop_empty_decimals() {
        assert_eq!(milliseconds(2000.0), "2 s");
        assert_eq!(milliseconds(50.0), "50 ms");
        assert_eq!(milliseconds(0.0), "0 ms");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(10_000), "10 kB");
        assert_eq!(bytes(1_500_000), "1.5 MB");
        assert_eq!(bytes(1 << 30), "1.074 GB");
    }

    #[test]
    fn every_kind_is_told_with_its_own_numbers() {
        let told: Vec<String> =
            Step::KINDS.iter().filter_map(|kind| Step::of_kind(kind, 5.0)).map(|one| step(&one)).collect();
        assert_eq!(
            told,
            [
                "compute 5 ms",
                "wait 5 ms",
                "fetch 10 kB after 5 ms",
                "write and read 1 MB",
                "stream 64 MiB of memory",
                "compute 5 ms under a mutex",
                "add 1 to a shared counter 1,000,000 times, unprotected",
                "take two locks 5 ms apart, in opposite orders",
            ]
        );
        assert_eq!(steps(&[Step::Wait { ms: 0.0 }]), "empty tasks");
        assert_eq!(steps(&[Step::Http { latency_ms: 0.0, bytes: 7 }]), "fetch 7 B after 0 ms");
    }
}
