//! Typed value of a metric, the same for every table, file and view.

use crate::units;

/// Unit of a value in exports; decides how it is formatted for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Text without a unit.
    Text,
    /// Unix time, milliseconds.
    Timestamp,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// A count.
    Count,
    /// A number without a unit.
    Number,
    /// A share of 1, shown as a percentage.
    Share,
    /// Percent.
    Percent,
    /// 10⁹ bytes per second.
    GigabytesPerSecond,
}

/// A value in the unit of its metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not measured: an empty cell, never 0.
    Missing,
    /// Text of any origin.
    Text(String),
    /// An integer that may be negative.
    Integer(i64),
    /// A count.
    Count(u64),
    /// A number; if not finite, it was not measured.
    Number(f64),
    /// Unix time, milliseconds.
    Timestamp(u64),
}

impl Value {
    /// Converts a duration in nanoseconds to milliseconds.
    #[must_use]
    pub fn ms(nanos: Option<f64>) -> Self {
        nanos.map(|nanos| nanos / 1e6).into()
    }

    /// Converts an integer duration in nanoseconds to milliseconds.
    #[must_use]
    pub fn integer_ms(nanos: Option<u64>) -> Self {
        Self::ms(nanos.map(|nanos| nanos as f64))
    }

    /// Returns the value as a number; `None` for texts, moments, and if it was not measured.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number).filter(|number| number.is_finite()),
            Self::Integer(number) => Some(*number as f64),
            Self::Count(number) => Some(*number as f64),
            Self::Missing | Self::Text(_) | Self::Timestamp(_) => None,
        }
    }

    /// Formats the value for people; `None` if it was not measured.
    #[must_use]
    pub fn text(&self, unit: Unit) -> Option<String> {
        if let Self::Text(text) = self {
            return Some(text.clone());
        }
        let number = self.number()?;
        Some(match unit {
            Unit::Text | Unit::Timestamp => number.to_string(),
            Unit::Milliseconds => units::duration(number * 1e6),
            Unit::Bytes => units::bytes(number),
            Unit::Count => units::count(number.round() as u64),
            Unit::Number => units::ratio(number),
            Unit::Share => units::percent(number * 100.0),
            Unit::Percent => units::percent(number),
            Unit::GigabytesPerSecond => units::bytes_per_second(number * 1e9),
        })
    }
}

impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        value.filter(|number| number.is_finite()).map_or(Self::Missing, Self::Number)
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        value.map_or(Self::Missing, Self::Count)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Count(u64::from(value))
    }
}

impl From<Option<u32>> for Value {
    fn from(value: Option<u32>) -> Self {
        value.map(u64::from).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Missing } else { Self::Text(text.to_owned()) }
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.unwrap_or_default().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Missing } else { Self::Text(text) }
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.unwrap_or_default().into()
    }
}
