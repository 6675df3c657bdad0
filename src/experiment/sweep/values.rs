//! The values of a sweep: a list, or a range that is divided evenly on a linear or logarithmic scale.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::MOST_POINTS;
use super::problem::SweepProblem;
use crate::printable;

/// Values as they are written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SweepValues {
    /// Each value.
    List(Vec<f64>),
    /// A range.
    Range {
        /// First value.
        from: f64,
        /// Last value.
        to: f64,
        /// Number of values, first and last included.
        points: u32,
        /// Spacing of the values between.
        scale: Scale,
    },
}

/// Spacing of the values of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
}

impl Scale {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Linear, Self::Log];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
        }
    }
}

impl SweepValues {
    /// Returns the values in their order; values of a range are rounded if `whole`, and duplicates dropped.
    pub(super) fn expand(&self, whole: bool) -> Result<Vec<f64>, SweepProblem> {
        let values: Vec<f64> = match *self {
            Self::List(ref list) => list.clone(),
            Self::Range { from, to, points, scale } => {
                if !(2..=MOST_POINTS as u32).contains(&points) {
                    return Err(SweepProblem::Points { points: points as usize });
                }
                if scale == Scale::Log && (from <= 0.0 || to <= 0.0) {
                    return Err(SweepProblem::LogOfZero);
                }
                let last = points - 1;
                let at = |index: u32| {
                    // The ends exactly as written.
                    if index == 0 {
                        return from;
                    } else if index == last {
                        return to;
                    }
                    let share = f64::from(index) / f64::from(last);
                    match scale {
                        Scale::Linear => from + (to - from) * share,
                        Scale::Log => from * (to / from).powf(share),
                    }
                };
                let rounded = |value: f64| if whole { value.round() } else { value };
                (0..points).map(at).map(rounded).collect()
            }
        };
        let mut distinct: Vec<f64> = Vec::with_capacity(values.len());
        for value in values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        if (2..=MOST_POINTS).contains(&distinct.len()) {
            Ok(distinct)
        } else {
            Err(SweepProblem::Points { points: distinct.len() })
        }
    }
}

/// As it is written on the command line: "1,2,4", "10..100000/9log".
impl fmt::Display for SweepValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    write!(out, "{}{}", if index == 0 { "" } else { "," }, Written(*value))?;
                }
                Ok(())
            }
            Self::Range { from, to, points, scale } => {
                let log = if *scale == Scale::Log { "log" } else { "" };
                write!(out, "{}..{}/{points}{log}", Written(*from), Written(*to))
            }
        }
    }
}

/// A number as it is written: one near 0 has a power of ten instead of hundreds of zeros.
struct Written(f64);

impl fmt::Display for Written {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        if *value != 0.0 && value.abs() < 1e-6 { write!(out, "{value:e}") } else { write!(out, "{value}") }
    }
}

impl FromStr for SweepValues {
    type Err = SweepProblem;

    fn from_str(text: &str) -> Result<Self, SweepProblem> {
        let malformed = || SweepProblem::Malformed { text: printable::value(text).to_string() };
        let number = |text: &str| {
            let plain = text.trim().replace('_', "");
            plain.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(malformed)
        };
        let Some((from, rest)) = text.split_once("..") else {
            return text.split(',').map(number).collect::<Result<_, _>>().map(Self::List);
        };
        let (to, points) = rest.split_once('/').ok_or_else(malformed)?;
        let points = points.trim();
        let (points, scale) = match points.strip_suffix("log") {
            Some(points) => (points, Scale::Log),
            None => (points, Scale::Linear),
        };
        let points = points.trim().parse::<u64>().map_err(|_| malformed())?;
        // Of a range with that many values nothing else matters.
        let points = u32::try_from(points).map_err(|_| SweepProblem::Points { points: points as usize })?;
        Ok(Self::Range { from: number(from)?, to: number(to)?, points, scale })
    }
}
