//! The axis of the wall times: linear from zero, or logarithmic for a wide range.

use crate::lab::run::Run;
use crate::lab::view::Axis;
use crate::units;

/// Largest ratio of slowest to fastest with a linear automatic axis.
const LINEAR_UP_TO: f64 = 20.0;

/// Mapping of nanoseconds to fractions of the plot's width.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// True for a logarithmic axis, which has dots and no bars.
    pub logarithmic: bool,
    from: f64,
    to: f64,
    /// Ticks: position and label.
    pub ticks: Vec<(f32, String)>,
}

impl Scale {
    /// Returns the scale of a run.
    #[must_use]
    pub fn of(run: &Run, axis: Axis) -> Self {
        let (mut medians, mut others) = (Vec::new(), Vec::new());
        for summary in run.analysis().into_iter().flat_map(|analysis| &analysis.summaries) {
            medians.extend(summary.wall.map(|wall| wall.median).or(summary.first_look));
            others.extend(summary.walls.iter().map(|(_, nanos)| *nanos));
            others.extend(summary.ideal_nanos.filter(|_| summary.wall.is_some() || summary.first_look.is_some()));
        }
        Self::around(&medians, &others, axis)
    }

    fn around(medians: &[f64], others: &[f64], axis: Axis) -> Self {
        let positive = |values: &[f64]| -> Vec<f64> { values.iter().copied().filter(|value| *value > 0.0).collect() };
        let medians = positive(medians);
        let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
        let most = medians.iter().copied().fold(0.0, f64::max);
        if medians.is_empty() {
            return Self { logarithmic: false, from: 0.0, to: 1.0, ticks: Vec::new() };
        }
        // Outliers and ideals are on the plot only if they don't compress everything else.
        let is_near = |value: &f64| *value >= least / 4.0 && *value <= most * 3.0;
        let others: Vec<f64> = positive(others).into_iter().filter(is_near).collect();
        let lowest = others.iter().copied().fold(least, f64::min);
        let highest = others.iter().copied().fold(most, f64::max);
        let logarithmic = match axis {
            Axis::Auto => most / least > LINEAR_UP_TO,
            Axis::Linear => false,
            Axis::Logarithmic => true,
        };
        let mut scale = if logarithmic {
            Self { logarithmic, from: lowest / 1.3, to: highest * 1.3, ticks: Vec::new() }
        } else {
            Self { logarithmic, from: 0.0, to: highest * 1.06, ticks: Vec::new() }
        };
        scale.ticks = scale.round_values().into_iter().map(|value| (scale.share(value), short(value))).collect();
        scale
    }

    /// Returns the position of a time: 0 is the left edge, 1 the right one; it may be outside.
    #[must_use]
    pub fn share(&self, nanos: f64) -> f32 {
        let share = if self.logarithmic {
            (nanos.max(1e-3) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (nanos - self.from) / (self.to - self.from)
        };
        share as f32
    }

    /// Returns the number of times beyond the right edge, and the longest of them.
    pub fn beyond(&self, times: impl Iterator<Item = f64>) -> Option<(u64, f64)> {
        let beyond = times.filter(|nanos| self.share(*nanos) > 1.0);
        beyond.fold(None, |found: Option<(u64, f64)>, nanos| {
            let (count, most) = found.unwrap_or((0, nanos));
            Some((count + 1, most.max(nanos)))
        })
    }

    fn round_values(&self) -> Vec<f64> {
        if self.logarithmic {
            let decades = (self.to / self.from).log10();
            let steps: &[f64] = if decades > 3.5 {
                &[1.0]
            } else if decades > 1.5 {
                &[1.0, 3.0]
            } else {
                &[1.0, 2.0, 5.0]
            };
            let first = self.from.log10().floor() as i32;
            let last = self.to.log10().ceil() as i32;
            let all = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
            return all.filter(|value| *value >= self.from && *value <= self.to).collect();
        }
        let rough = self.to / 4.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        (0..).map(|index| f64::from(index) * step).take_while(|value| *value <= self.to).collect()
    }
}

/// Returns the label of a tick, without superfluous decimals: "20 ms", "1.5 s".
#[must_use]
pub fn short(nanos: f64) -> String {
    if nanos == 0.0 {
        return "0".to_owned();
    }
    units::milliseconds(nanos / units::NANOS_PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_is_logarithmic_and_a_narrow_one_starts_at_zero() {
        let wide = Scale::around(&[50e6, 4e9], &[], Axis::Auto);
        assert!(wide.logarithmic && wide.share(50e6) > 0.0 && wide.share(4e9) < 1.0);
        let narrow = Scale::around(&[50e6, 400e6], &[], Axis::Auto);
        assert!(!narrow.logarithmic);
        assert_eq!(narrow.share(0.0), 0.0);
        assert_eq!(narrow.ticks[0].1, "0");
        assert!(Scale::around(&[50e6, 400e6], &[], Axis::Logarithmic).logarithmic);
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (least, most) in [(1e3, 9e9), (50e6, 4e9), (10e6, 12e6), (3.0, 5e3)] {
            for axis in Axis::ALL {
                let ticks = Scale::around(&[least, most], &[], axis).ticks;
                assert!((1..=10).contains(&ticks.len()), "{axis:?} {ticks:?}");
            }
        }
        assert_eq!(short(20e6), "20 ms");
        assert_eq!(short(1.5e9), "1.5 s");
    }

    #[test]
    fn trials_that_would_compress_the_others_are_counted_beyond_the_edge() {
        let walls = [11e6, 900e6, 10e6, 1_200e6];
        let scale = Scale::around(&[11e6, 20e6], &walls, Axis::Auto);
        assert!(scale.share(20e6) < 1.0);
        assert_eq!(scale.beyond(walls.into_iter()), Some((2, 1_200e6)));
        assert_eq!(scale.beyond([11e6, 50e6].into_iter()), Some((1, 50e6)));
        let near = Scale::around(&[11e6, 20e6], &[50e6], Axis::Auto);
        assert_eq!(near.beyond([50e6].into_iter()), None);
    }

    #[test]
    fn nothing_measured_is_no_scale() {
        assert!(Scale::around(&[], &[], Axis::Auto).ticks.is_empty());
    }
}
