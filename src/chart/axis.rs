//! Axes of charts: linear or logarithmic, with round ticks.

/// Ratio of the largest to the smallest value beyond which an axis is logarithmic.
const LINEAR_UP_TO: f64 = 20.0;
/// Width of a logarithmic axis, in powers of ten, below which its ticks are evenly spaced values.
const NARROW: f64 = 0.7;
/// Least distance between the labels of two ticks, as a share of the axis.
const LEAST_DISTANCE: f64 = 0.07;

/// Most steps between round values on a side of an axis of ratios, and the least distance of one from 1.
const STEPS_A_SIDE: u32 = 3;
const LEAST_FROM_ONE: f64 = 1e-9;

/// A tick of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Its value.
    pub value: f64,
    /// Its label; empty where there is no room for one.
    pub label: String,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Label below or beside it.
    pub label: String,
    /// True for a logarithmic axis.
    pub logarithmic: bool,
    /// Value at its start.
    pub from: f64,
    /// Value at its end.
    pub to: f64,
    /// Ticks, from the start.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// Covers the main values, and those of the others that are near them: an outlier must not compress the rest. It is
    /// logarithmic beyond a range of 20 to 1, else linear from 0.
    #[must_use]
    pub fn around(label: &str, main: &[f64], others: &[f64], format: &dyn Fn(f64) -> String) -> Self {
        Self::scaled(label, main, others, None, format)
    }

    /// Covers the values as [`Self::around`] does, on a logarithmic or linear axis as chosen.
    #[must_use]
    pub fn scaled(
        label: &str,
        main: &[f64],
        others: &[f64],
        logarithmic: Option<bool>,
        format: &dyn Fn(f64) -> String,
    ) -> Self {
        let positive = |values: &[f64]| -> Vec<f64> {
            values.iter().copied().filter(|value| *value > 0.0 && value.is_finite()).collect()
        };
        let main = positive(main);
        let (least, most) = ends(&main);
        if main.is_empty() {
            return Self::linear(label, 0.0, 1.0, &|_| String::new());
        }
        let near = |value: &f64| *value >= least / 4.0 && *value <= most * 3.0;
        let others: Vec<f64> = positive(others).into_iter().filter(near).collect();
        let (lowest, highest) = ends(&others);
        let (lowest, highest) = (lowest.min(least), highest.max(most));
        if logarithmic.unwrap_or(most / least > LINEAR_UP_TO) {
            Self::logarithmic(label, lowest / 1.3, highest * 1.3, format)
        } else {
            Self::linear(label, 0.0, highest * 1.06, format)
        }
    }

    /// Covers all values that are measured at; each is a tick.
    #[must_use]
    pub fn through(label: &str, values: &[f64], format: &dyn Fn(f64) -> String) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = ends(&sorted);
        if sorted.is_empty() || least >= most {
            let at = sorted.first().copied().unwrap_or(0.0);
            let ticks = sorted.first().map(|value| Tick { value: *value, label: format(*value) });
            let ticks = ticks.into_iter().collect();
            return Self { label: label.to_owned(), logarithmic: false, from: at - 1.0, to: at + 1.0, ticks };
        }
        // Values that double are as far apart as each other on a logarithmic axis.
        let logarithmic = least > 0.0 && (most / least > LINEAR_UP_TO || doubles(&sorted));
        let mut axis = Self { label: label.to_owned(), logarithmic, from: least, to: most, ticks: Vec::new() };
        let shares: Vec<f64> = sorted.iter().map(|value| axis.share(*value)).collect();
        let labelled = apart(&shares, LEAST_DISTANCE);
        let label = |(value, labelled): (&f64, &bool)| if *labelled { format(*value) } else { String::new() };
        let ticks = sorted.iter().zip(&labelled).map(|one| Tick { value: *one.0, label: label(one) });
        axis.ticks = ticks.collect();
        axis
    }

    /// A linear axis between two values.
    #[must_use]
    pub fn linear(label: &str, from: f64, to: f64, format: &dyn Fn(f64) -> String) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let ticks = round_values(from, to, 5).map(|value| Tick { value, label: format(value) }).collect();
        Self { label: label.to_owned(), logarithmic: false, from, to, ticks }
    }

    /// A logarithmic axis between two values above 0.
    #[must_use]
    pub fn logarithmic(label: &str, from: f64, to: f64, format: &dyn Fn(f64) -> String) -> Self {
        let decades = (to / from).log10();
        if decades < NARROW {
            return Self { logarithmic: true, ..Self::linear(label, from, to, format) };
        }
        let steps: &[f64] = match decades {
            wide if wide > 3.5 => &[1.0],
            middle if middle > 1.5 => &[1.0, 3.0],
            _ => &[1.0, 2.0, 5.0],
        };
        let (first, last) = (from.log10().floor() as i32, to.log10().ceil() as i32);
        // More than ten decades have a label at every other one, and so on.
        let every = ((decades / 10.0).ceil() as i32).max(1);
        let powers = (first..=last).filter(|power| power.rem_euclid(every) == 0);
        let values = powers.flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        let ticks = values.filter(|value| (from..=to).contains(value));
        let ticks = ticks.map(|value| Tick { value, label: format(value) }).collect();
        Self { label: label.to_owned(), logarithmic: true, from, to, ticks }
    }

    /// Covers ratios up to `most` either way, on a logarithmic axis with 1 in the middle. A narrow one has round values on
    /// both sides of it: evenly spaced ones would nearly all be above 1.
    #[must_use]
    pub fn of_ratios(label: &str, most: f64, format: &dyn Fn(f64) -> String) -> Self {
        let axis = Self::logarithmic(label, 1.0 / most, most, format);
        if (most * most).log10() >= NARROW {
            return axis;
        }
        let below = round_values(1.0 / most, 1.0, STEPS_A_SIDE).filter(|value| *value < 1.0 - LEAST_FROM_ONE);
        let above = round_values(1.0, most, STEPS_A_SIDE).filter(|value| *value > 1.0 + LEAST_FROM_ONE);
        let values = below.chain([1.0]).chain(above);
        Self { ticks: values.map(|value| Tick { value, label: format(value) }).collect(), ..axis }
    }

    /// Returns the position of a value: 0 at the start, 1 at the end; it may lie outside.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        if self.logarithmic {
            (value.max(f64::MIN_POSITIVE) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        }
    }
}

/// Chooses of sorted positions those that are at least a distance apart. The first and the last one always are among
/// them, where they are that far apart.
#[must_use]
pub fn apart(positions: &[f64], distance: f64) -> Vec<bool> {
    let Some(end) = positions.last().copied() else { return Vec::new() };
    let mut free_from = f64::NEG_INFINITY;
    let last = positions.len() - 1;
    let choose = |(index, position): (usize, &f64)| {
        let chosen = *position >= free_from && (index == last || index == 0 || end - position >= distance);
        free_from = if chosen { position + distance } else { free_from };
        chosen
    };
    positions.iter().enumerate().map(choose).collect()
}

fn ends(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)))
}

/// Returns true if each of at least three values is 1.5 times the one before or more.
fn doubles(sorted: &[f64]) -> bool {
    sorted.len() > 2 && sorted.windows(2).all(|pair| pair[1] >= pair[0] * 1.5)
}

/// Returns the multiples of 1, 2 or 5 times a power of ten from one value to a larger one, at most `most` steps apart.
pub fn round_values(from: f64, to: f64, most: u32) -> impl Iterator<Item = f64> {
    let step = round_step((to - from) / f64::from(most));
    let first = (from / step).ceil() as i64;
    let last = if to > from { (to / step).floor() as i64 } else { i64::MIN };
    (first..=last.min(first.saturating_add(i64::from(most)))).map(move |index| index as f64 * step)
}

/// Rounds a distance up to 1, 2 or 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: f64) -> String {
        value.to_string()
    }

    #[test]
    fn ratios_have_ticks_on_both_sides_of_one() {
        for most in [1.05, 1.2, 1.6, 2.2, 3.0, 20.0] {
            let axis = Axis::of_ratios("", most, &plain);
            let values: Vec<f64> = axis.ticks.iter().map(|tick| tick.value).collect();
            assert!(values.is_sorted() && values.contains(&1.0), "{most}: {values:?}");
            assert!(values[0] < 1.0 && *values.last().expect("ticks") > 1.0, "{most}: {values:?}");
            assert!(values.len() <= 9 && (axis.share(1.0) - 0.5).abs() < 1e-9, "{most}: {values:?}");
        }
    }

    #[test]
    fn a_wide_range_is_logarithmic_and_a_narrow_one_starts_at_zero() {
        let wide = Axis::around("", &[50.0, 4_000.0], &[], &plain);
        assert!(wide.logarithmic && wide.share(50.0) > 0.0 && wide.share(4_000.0) < 1.0);
        let narrow = Axis::around("", &[50.0, 400.0], &[1e9], &plain);
        assert!(!narrow.logarithmic && narrow.to < 500.0);
        assert_eq!((narrow.share(0.0), narrow.ticks[0].label.as_str()), (0.0, "0"));
        assert_eq!(Axis::around("", &[], &[], &plain).ticks.len(), 6);
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (least, most) in [(1e3, 9e9), (50.0, 4_000.0), (10.0, 12.0), (3.0, 5e3), (1e-9, 1e12)] {
            let ticks = Axis::around("", &[least, most], &[], &plain).ticks;
            assert!((3..=12).contains(&ticks.len()), "{least} {most} {ticks:?}");
        }
        let around_zero: Vec<f64> = Axis::linear("", -3.0, 7.5, &plain).ticks.iter().map(|tick| tick.value).collect();
        assert_eq!(around_zero, [0.0, 5.0]);
    }

    #[test]
    fn a_narrow_logarithmic_axis_has_evenly_spaced_ticks() {
        let ratios = Axis::logarithmic("", 1.0 / 1.08, 1.08, &plain);
        let values: Vec<f64> = ratios.ticks.iter().map(|tick| (tick.value * 100.0).round()).collect();
        assert_eq!((ratios.logarithmic, values.as_slice()), (true, &[95.0, 100.0, 105.0][..]));
        assert!((ratios.share(1.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn measured_values_are_ticks_and_crowded_ones_have_no_label() {
        let workers = Axis::through("", &[8.0, 1.0, 2.0, 4.0], &plain);
        assert!(workers.logarithmic && workers.ticks.iter().all(|tick| !tick.label.is_empty()));
        let many: Vec<f64> = (1..=100).map(f64::from).collect();
        let many = Axis::through("", &many, &plain);
        assert_eq!(many.ticks.len(), 100);
        assert!(many.ticks.iter().filter(|tick| !tick.label.is_empty()).count() < 16);
        assert_eq!(many.ticks[99].label, "100", "the last value keeps its label");
        assert_eq!(apart(&[0.0, 0.5, 0.95, 1.0], 0.1), [true, true, false, true]);
        let one = Axis::through("", &[4.0], &plain);
        assert_eq!((one.share(4.0), one.ticks.len()), (0.5, 1));
        let zero = Axis::through("", &[0.0, 0.5, 1.0], &plain);
        assert!(!zero.logarithmic);
    }
}
