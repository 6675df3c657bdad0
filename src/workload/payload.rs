//! Payload: the data that each task is given and returns. How it is handed over is the model's business.

use serde::{Deserialize, Serialize};

use super::kernel::{mix, start_state};
use crate::units::size;

/// Largest input and largest output of one task, bytes.
pub const MOST_PAYLOAD_BYTES: u64 = 1 << 30;
/// Bytes of different inputs that exist before the clock. Further tasks are given one of them again.
const DISTINCT_BYTES: u64 = 256 << 20;
/// The same for lists: a list of Python takes 36 bytes for a number of 8.
const DISTINCT_LIST_BYTES: u64 = 64 << 20;
/// Bytes of one number of a list.
pub const NUMBER_BYTES: u64 = 8;

/// Data that each task is given and returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Bytes that a task is given.
    pub input_bytes: u64,
    /// Bytes that a task returns.
    pub output_bytes: u64,
    /// Type of the data.
    pub kind: PayloadKind,
}

/// Type of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayloadKind {
    /// One block of bytes.
    #[default]
    Bytes,
    /// A list of numbers, 8 bytes each.
    List,
}

impl PayloadKind {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Bytes, Self::List];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::List => "list",
        }
    }
}

impl Payload {
    /// Bytes that a task is given and returns, together.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.input_bytes + self.output_bytes
    }

    /// Number of different inputs that exist before the clock; task `n` is given input `n` modulo this number.
    #[must_use]
    pub fn distinct_inputs(&self, tasks: u32) -> u32 {
        let most = match self.kind {
            PayloadKind::Bytes => DISTINCT_BYTES,
            PayloadKind::List => DISTINCT_LIST_BYTES,
        };
        let fitting = most.checked_div(self.input_bytes).unwrap_or(1).clamp(1, tasks.max(1).into());
        u32::try_from(fitting).unwrap_or(u32::MAX)
    }

    /// Describes it: "each task is given 1 MB and returns 1 MB".
    #[must_use]
    pub fn describe(&self) -> String {
        let amount = |bytes: u64| match self.kind {
            PayloadKind::Bytes => size(bytes),
            PayloadKind::List => format!("a list of {}", crate::units::plural(bytes / NUMBER_BYTES, "number")),
        };
        match (self.input_bytes, self.output_bytes) {
            (0, 0) => "each task is given and returns an empty payload".to_owned(),
            (input, 0) => format!("each task is given {}", amount(input)),
            (0, output) => format!("each task returns {}", amount(output)),
            (input, output) => format!("each task is given {} and returns {}", amount(input), amount(output)),
        }
    }
}

/// Word that the content of an input is made of.
#[must_use]
pub const fn input_word(index: u32) -> u64 {
    start_state(0x7061_796c_6f61_6421, index)
}

/// Result of reading a block of bytes, from its length and its CRC-32.
#[must_use]
pub const fn read_bytes_result(length: u64, crc: u32) -> u64 {
    (length << 32) | crc as u64
}

/// Result of reading a list, from its length and the sum of its numbers.
#[must_use]
pub const fn read_list_result(length: u64, sum: u64) -> u64 {
    sum.wrapping_add(mix(length))
}

/// First number of a list made from a word; the others follow it. All are below 2³¹.
#[must_use]
pub const fn first_number(word: u64) -> u64 {
    word >> 35
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_described_by_what_is_given_and_returned() {
        let of = |input_bytes, output_bytes, kind| Payload { input_bytes, output_bytes, kind }.describe();
        assert_eq!(of(1_000_000, 500, PayloadKind::Bytes), "each task is given 1 MB and returns 500 B");
        assert_eq!(of(10_000, 0, PayloadKind::Bytes), "each task is given 10 kB");
        assert_eq!(of(0, 16, PayloadKind::List), "each task returns a list of 2 numbers");
        assert_eq!(
            of(8, 8_000, PayloadKind::List),
            "each task is given a list of 1 number and returns a list of 1,000 numbers"
        );
    }

    #[test]
    fn inputs_that_exist_at_once_are_bounded() {
        let of = |input_bytes, kind, tasks| Payload { input_bytes, output_bytes: 0, kind }.distinct_inputs(tasks);
        assert_eq!(of(1 << 20, PayloadKind::Bytes, 100), 100);
        assert_eq!(of(1 << 20, PayloadKind::Bytes, 1000), 256);
        assert_eq!(of(1 << 20, PayloadKind::List, 1000), 64);
        assert_eq!(of(1 << 30, PayloadKind::Bytes, 1000), 1);
        assert_eq!(of(0, PayloadKind::Bytes, 1000), 1);
    }
}
