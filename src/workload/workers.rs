//! Number of workers of a pool, as an experiment states it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::MOST_WORKERS;

/// Number of workers of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkerCount {
    /// The number that the pool's library chooses if it is given none.
    Default,
    /// This number, 1 to [`MOST_WORKERS`].
    Number(u32),
}

impl WorkerCount {
    /// The word for [`WorkerCount::Default`] in files and flags.
    pub const DEFAULT: &'static str = "default";

    /// Parses a number within bounds, or `default`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::DEFAULT {
            return Some(Self::Default);
        }
        let number = text.parse().ok().filter(|_| text.bytes().all(|letter| letter.is_ascii_digit()))?;
        (1..=MOST_WORKERS).contains(&number).then_some(Self::Number(number))
    }

    /// Returns the number; `None` if the library chooses.
    #[must_use]
    pub const fn number(self) -> Option<u32> {
        match self {
            Self::Default => None,
            Self::Number(number) => Some(number),
        }
    }
}

impl fmt::Display for WorkerCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str(Self::DEFAULT),
            Self::Number(number) => number.fmt(out),
        }
    }
}

impl Serialize for WorkerCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Default => serializer.serialize_str(Self::DEFAULT),
            Self::Number(number) => serializer.serialize_u32(*number),
        }
    }
}

impl<'de> Deserialize<'de> for WorkerCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u32),
            Text(String),
        }
        let text = match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Text(text) => text,
        };
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a number of workers"))
    }
}

impl From<u32> for WorkerCount {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}
