//! The CPU kernels: fixed work, counted in units, the same function in calibration and in runs.
//!
//! Each kernel is a dependent chain, so that it can't be vectorised or hoisted, and each returns
//! a value that depends on every unit, so that skipping work changes the checksum.

use std::hint::black_box;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A calibrated piece of computing. The default is [`Kernel::Splitmix`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// One round of SplitMix64 (Steele, Lea, Flood 2014) a unit: integer multiply and shift, a few nanoseconds.
    #[default]
    Splitmix,
    /// One SHA-256 of 32 bytes a unit: the digest is the next message.
    Sha256,
    /// One naive recursive `fib(15)` a unit: calls and branches. For show: its speed is bimodal between processes.
    Fib,
    /// One SHA-256 of 64 KiB a unit: Python's `hashlib` lets go of the interpreter lock while it works on it.
    #[serde(rename = "sha256-large")]
    Sha256Large,
    /// `fib` whose every call is awaited where there is an event loop, as in a well-known tutorial; the plain
    /// one elsewhere. Calibrated as `fib`: what the awaiting costs is the finding.
    #[serde(rename = "fib-await")]
    FibAwait,
}

impl Kernel {
    /// Every kernel, in the order shown.
    pub const ALL: [Self; 5] = [Self::Splitmix, Self::Sha256, Self::Sha256Large, Self::Fib, Self::FibAwait];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Splitmix => "splitmix",
            Self::Sha256 => "sha256",
            Self::Sha256Large => "sha256-large",
            Self::Fib => "fib",
            Self::FibAwait => "fib-await",
        }
    }

    /// The name in lists of choices: what it computes, and its name in files.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Splitmix => "integer mixing (splitmix)",
            Self::Sha256 => "hashing short blocks (sha256)",
            Self::Sha256Large => "hashing large blocks (sha256-large)",
            Self::Fib => "recursion (fib)",
            Self::FibAwait => "awaited recursion (fib-await)",
        }
    }

    /// True where Python's standard library lets go of the interpreter lock while it works.
    #[must_use]
    pub const fn releases_gil(self) -> bool {
        matches!(self, Self::Sha256Large)
    }

    /// Changes whenever a kernel's unit changes, so that cached calibrations expire.
    pub const VERSION: u32 = 1;

    /// Runs `units` units from `state` and returns the new state. No unit leaves the state as it is.
    #[must_use]
    pub fn run(self, units: u64, state: u64) -> u64 {
        match self {
            Self::Splitmix => splitmix(units, state),
            Self::Sha256 => sha256(units, state),
            Self::Sha256Large => sha256_large(units, state),
            Self::Fib | Self::FibAwait => fib(units, state),
        }
    }

    /// The same on an event loop: computing blocks it, but for the one kernel that awaits.
    pub async fn run_awaited(self, units: u64, state: u64) -> u64 {
        if self != Self::FibAwait {
            return self.run(units, state);
        }
        let mut state = state;
        for _ in 0..units {
            state = mix(state.wrapping_add(awaited_fib(black_box(15)).await));
        }
        state
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64: spreads `value` over all 64 bits.
#[must_use]
pub const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The state a task starts from: derived only from the workload's seed and the task's index.
#[must_use]
pub const fn start_state(seed: u64, task: u32) -> u64 {
    mix(seed.wrapping_add(GOLDEN.wrapping_mul(task as u64 + 1)))
}

/// Summand (wrapping) of one task in the trial's checksum: a mix of its index and its result.
#[must_use]
pub const fn checksum_part(task: u32, state: u64) -> u64 {
    mix(state ^ mix((task as u64).wrapping_add(GOLDEN)))
}

#[inline(never)]
fn splitmix(units: u64, state: u64) -> u64 {
    let mut state = state;
    for _ in 0..black_box(units) {
        state = mix(state.wrapping_add(GOLDEN));
    }
    black_box(state)
}

#[inline(never)]
fn sha256(units: u64, state: u64) -> u64 {
    digests(units, state, |block| Sha256::digest(block).into())
}

/// Padding after the digest in each block of 64 KiB.
static LARGE_TAIL: [u8; 65536 - 32] = [0; 65536 - 32];

#[inline(never)]
fn sha256_large(units: u64, state: u64) -> u64 {
    digests(units, state, |block| Sha256::new_with_prefix(block).chain_update(LARGE_TAIL).finalize().into())
}

/// A chain of digests, each of the one before it, from the state to a state.
fn digests(units: u64, state: u64, next: impl Fn([u8; 32]) -> [u8; 32]) -> u64 {
    let units = black_box(units);
    if units == 0 {
        return state;
    }
    let mut block = [0_u8; 32];
    block[..8].copy_from_slice(&state.to_le_bytes());
    for _ in 0..units {
        block = next(block);
    }
    let block = black_box(block);
    let mut head = [0_u8; 8];
    head.copy_from_slice(&block[..8]);
    u64::from_le_bytes(head)
}

/// Every call is a future of its own on the heap, since its size can't contain itself.
fn awaited_fib(n: u64) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { if n < 2 { n } else { awaited_fib(n - 1).await + awaited_fib(n - 2).await } })
}

#[inline(never)]
fn fib(units: u64, state: u64) -> u64 {
    let mut state = state;
    for _ in 0..black_box(units) {
        // The argument depends on the last result (always 15), so that the calls form a chain.
        let argument = 15 + (state >> 63 & state & (state == 0) as u64);
        state = mix(state.wrapping_add(naive_fib(black_box(argument))));
    }
    black_box(state)
}

fn naive_fib(n: u64) -> u64 {
    if n < 2 { n } else { naive_fib(n - 1) + naive_fib(n - 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_a_chain_that_can_be_cut_anywhere() {
        for kernel in [Kernel::Splitmix, Kernel::Fib] {
            let whole = kernel.run(30, 7);
            let halves = kernel.run(18, kernel.run(12, 7));
            assert_eq!(whole, halves, "{}", kernel.name());
        }
    }

    #[test]
    fn every_kernel_depends_on_units_and_state_and_does_nothing_for_none() {
        for kernel in Kernel::ALL {
            assert_eq!(kernel.run(0, 42), 42);
            assert_ne!(kernel.run(5, 42), kernel.run(6, 42), "{}", kernel.name());
            assert_ne!(kernel.run(5, 42), kernel.run(5, 43), "{}", kernel.name());
        }
    }

    #[test]
    fn splitmix_matches_the_published_sequence() {
        // First outputs of SplitMix64 seeded with 1234567 (reference values of the PRNG's authors).
        let outputs: Vec<u64> = (1..=3).map(|n: u64| mix(1_234_567_u64.wrapping_add(GOLDEN.wrapping_mul(n)))).collect();
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn start_states_differ_by_seed_and_task() {
        assert_ne!(start_state(1, 0), start_state(1, 1));
        assert_ne!(start_state(1, 0), start_state(2, 0));
    }
}
