//! Selection of CPUs: a list such as `0-3,6`, or a kind of CPU that every machine has its own list of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Highest number of a CPU in a list; the most that Linux supports.
pub const HIGHEST_CPU: u32 = 8191;
/// Allowed values of a selection, for messages.
pub const ALLOWED_CPUS: &str = "lists of CPUs such as 0-3,6, physical and performance";

/// CPUs that a run, or one contender, is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CpuSelection {
    /// These CPUs.
    Listed(CpuList),
    /// The first logical CPU of each physical core.
    Physical,
    /// The fast cores of a machine with two kinds of cores; all of them elsewhere.
    Performance,
}

/// A list of CPU numbers: in ascending order, without duplicates, not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CpuList(Vec<u32>);

/// A text that selects no CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("allowed are {ALLOWED_CPUS}, up to CPU {HIGHEST_CPU}")]
pub struct InvalidCpus;

impl CpuList {
    /// Creates a list; `None` if there is no CPU or one with too high a number.
    #[must_use]
    pub fn new(mut cpus: Vec<u32>) -> Option<Self> {
        cpus.sort_unstable();
        cpus.dedup();
        cpus.last().is_some_and(|last| *last <= HIGHEST_CPU).then_some(Self(cpus))
    }

    /// Returns the CPUs, in ascending order.
    #[must_use]
    pub fn cpus(&self) -> &[u32] {
        &self.0
    }

    /// Writes the list with a separator between ranges: `0-3,6` or `0-3+6`.
    #[must_use]
    pub fn joined(&self, separator: &str) -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for cpu in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *cpu => *last = *cpu,
                _ => ranges.push((*cpu, *cpu)),
            }
        }
        let text = |(first, last): (u32, u32)| match last - first {
            0 => first.to_string(),
            _ => format!("{first}-{last}"),
        };
        ranges.into_iter().map(text).collect::<Vec<_>>().join(separator)
    }
}

impl FromStr for CpuList {
    type Err = InvalidCpus;

    /// Parses `0-3,6`, also with `+` between the ranges.
    fn from_str(text: &str) -> Result<Self, InvalidCpus> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit());
            text.parse::<u32>().ok().filter(|cpu| digits && *cpu <= HIGHEST_CPU).ok_or(InvalidCpus)
        };
        let mut cpus = Vec::new();
        for part in text.split([',', '+']) {
            let part = part.trim();
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first.trim())?, number(last.trim())?);
            if first > last {
                return Err(InvalidCpus);
            }
            cpus.extend(first..=last);
            if cpus.len() > 2 * (HIGHEST_CPU as usize + 1) {
                return Err(InvalidCpus);
            }
        }
        Self::new(cpus).ok_or(InvalidCpus)
    }
}

impl FromStr for CpuSelection {
    type Err = InvalidCpus;

    fn from_str(text: &str) -> Result<Self, InvalidCpus> {
        match text.trim() {
            "physical" => Ok(Self::Physical),
            "performance" => Ok(Self::Performance),
            list => list.parse().map(Self::Listed),
        }
    }
}

impl fmt::Display for CpuSelection {
    /// Writes it as in files and flags: `0-3,6`, `physical`, `performance`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(list) => out.write_str(&list.joined(",")),
            Self::Physical => out.write_str("physical"),
            Self::Performance => out.write_str("performance"),
        }
    }
}

impl Serialize for CpuSelection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CpuSelection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_and_written_in_ranges() {
        let shown = |text: &str| text.parse::<CpuSelection>().map(|cpus| cpus.to_string());
        assert_eq!(shown("6,0-3,2").as_deref(), Ok("0-3,6"));
        assert_eq!(shown("0+1 + 5").as_deref(), Ok("0-1,5"));
        assert_eq!(shown("physical").as_deref(), Ok("physical"));
        for wrong in ["", ",", "0,", "3-1", "a", "-1", "+", "0-9999", "1-2-3", "99999999999", "0x1", "Physical"] {
            assert_eq!(shown(wrong), Err(InvalidCpus), "{wrong}");
        }
    }
}
