//! What can be set about the GIL of an interpreter.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units;

/// The GIL of a free-threaded build, which can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gil {
    /// One thread at a time executes Python code.
    On,
    /// Threads execute Python code in parallel.
    Off,
}

impl Gil {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::On, Self::Off];

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// Switch interval of an interpreter, which counts it in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SwitchInterval {
    micros: u32,
}

impl SwitchInterval {
    /// Longest interval: 10 s.
    pub const LONGEST_MS: f64 = 10_000.0;

    /// Creates the interval of this many milliseconds; `None` outside 0.001 to [`Self::LONGEST_MS`].
    #[must_use]
    pub fn from_ms(ms: f64) -> Option<Self> {
        (1e-3..=Self::LONGEST_MS).contains(&ms).then(|| Self { micros: (ms * 1e3).round() as u32 })
    }

    /// Returns the interval in milliseconds.
    #[must_use]
    pub fn ms(self) -> f64 {
        f64::from(self.micros) / 1e3
    }
}

impl fmt::Display for SwitchInterval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&units::quoted(self.ms()))
    }
}

impl Serialize for SwitchInterval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.ms())
    }
}

impl<'de> Deserialize<'de> for SwitchInterval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ms = f64::deserialize(deserializer)?;
        Self::from_ms(ms).ok_or_else(|| serde::de::Error::custom("not a switch interval"))
    }
}
