//! Texts about steps: for hover texts, titles of fields and rows of figures.

pub use crate::experiment::describe::does_anything;
use crate::trial::Phase;
pub use crate::units::{milliseconds, size as bytes};
use crate::workload::{PlanStep, Step};

/// Returns the title of a phase.
#[must_use]
pub const fn phase_title(phase: Phase) -> &'static str {
    match phase {
        Phase::Compute => "Compute",
        Phase::Wait => "Wait",
        Phase::Http => "HTTP",
        Phase::File => "File",
        Phase::LockWait => "Lock wait",
        Phase::Payload => "Payload",
        Phase::Transfer => "Transfer",
        Phase::OwnCode => "Own code",
    }
}

/// Returns the phases of a step in order, each once. A lock that is free at once still counts as a phase.
#[must_use]
pub fn distinct_phases(step: &PlanStep) -> Vec<Phase> {
    let mut phases = Vec::new();
    for phase in step.phases() {
        if !phases.contains(phase) {
            phases.push(*phase);
        }
    }
    phases
}

/// Lists the steps of a task that do anything: "compute 5 ms, wait 45 ms".
#[must_use]
pub fn steps(steps: &[Step]) -> String {
    let parts: Vec<String> = steps.iter().filter(|one| does_anything(one)).map(Step::describe).collect();
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
    fn every_kind_is_described_with_its_own_numbers() {
        let descriptions: Vec<String> = Step::KINDS.iter().map(|kind| (kind.new)().describe()).collect();
        assert_eq!(
            descriptions,
            [
                "compute 5 ms",
                "wait 5 ms",
                "fetch 10 kB after 5 ms",
                "write and read 1 MB",
                "stream 64 MiB of memory",
                "compute 5 ms under a mutex",
                "add 1 to a shared counter 1,000,000 times, unprotected",
                "take two locks 5 ms apart, in opposite orders",
                "call a shared bound method 100,000 times",
                "call work({index}) of work.py",
                "run ./work {index}",
            ]
        );
        assert_eq!(steps(&[Step::wait(0.0)]), "empty tasks");
        assert_eq!(steps(&[Step::http(0.0, 7)]), "fetch 7 B after 0 ms");
    }
}
