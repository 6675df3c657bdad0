//! Scales of plot axes: linear, or logarithmic by plotting log10 with its own grid and labels, since egui_plot has no
//! logarithmic axis.

use std::rc::Rc;

use egui_plot::{GridInput, GridMark, Plot};

use crate::chart::{apart, round_values};

/// Formats a value of an axis for people.
type Format<'a> = Rc<dyn Fn(f64) -> String + 'a>;

/// Scale of an axis.
#[derive(Clone)]
pub struct Scale<'a> {
    logarithmic: bool,
    /// Values with a grid line, instead of evenly spaced ones.
    ticks: Option<Vec<f64>>,
    format: Format<'a>,
}

/// Ratio of the largest to the smallest value from which an axis is logarithmic.
const LOGARITHMIC_FROM: f64 = 20.0;
/// Width of a logarithmic axis, in powers of ten, below which its grid lines are evenly spaced values.
const NARROW: f64 = 0.7;

/// Most steps between evenly spaced values.
const MOST_STEPS: u32 = 7;

/// Least distance between two labels of a horizontal axis, as a share of it.
const LEAST_DISTANCE: f64 = 0.065;

impl<'a> Scale<'a> {
    /// Chooses the scale for these values: logarithmic where all are above 0 and they span more than 20 to 1.
    pub fn of(values: impl Iterator<Item = f64>, format: impl Fn(f64) -> String + 'a) -> Self {
        Self::beyond(LOGARITHMIC_FROM, values, format)
    }

    /// Chooses the scale for these values: logarithmic where all are above 0 and they span more than `ratio` to 1.
    pub fn beyond(ratio: f64, values: impl Iterator<Item = f64>, format: impl Fn(f64) -> String + 'a) -> Self {
        let (least, most) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
        Self { logarithmic: least > 0.0 && most / least > ratio, ticks: None, format: Rc::new(format) }
    }

    /// Creates a logarithmic scale.
    pub fn logarithmic(format: impl Fn(f64) -> String + 'a) -> Self {
        Self { logarithmic: true, ticks: None, format: Rc::new(format) }
    }

    /// Creates a linear scale.
    pub fn linear(format: impl Fn(f64) -> String + 'a) -> Self {
        Self { logarithmic: false, ticks: None, format: Rc::new(format) }
    }

    /// Draws grid lines at these values alone.
    pub fn with_ticks(self, ticks: Vec<f64>) -> Self {
        Self { ticks: Some(ticks), ..self }
    }

    /// Returns the position of a value in the plot; `None` for one that a logarithmic scale does not have.
    pub fn position(&self, value: f64) -> Option<f64> {
        let position = if self.logarithmic { value.log10() } else { value };
        position.is_finite().then_some(position)
    }

    /// Returns the value at a position.
    pub fn value(&self, position: f64) -> f64 {
        if self.logarithmic { 10_f64.powf(position) } else { position }
    }

    /// Formats the value at a position.
    pub fn show(&self, position: f64) -> String {
        (self.format)(self.value(position))
    }

    /// Grid lines within the bounds: the given ticks, or 1, 2 and 5 times the powers of ten, or evenly spaced round values
    /// where the bounds are too close for those.
    fn marks(&self, input: &GridInput) -> Vec<GridMark> {
        let (from, to) = input.bounds;
        let mut marks = self.all_marks(from, to);
        // egui_plot would write the label of one outside beside the plot.
        let margin = (to - from) * 1e-9;
        marks.retain(|mark| (from - margin..=to + margin).contains(&mark.value));
        marks
    }

    /// Grid lines that leave room for the label of each. The first and the last value keep theirs.
    fn apart(&self, input: &GridInput) -> Vec<GridMark> {
        let mut marks = self.marks(input);
        if self.ticks.is_none() {
            return marks;
        }
        marks.sort_by(|one, other| one.value.total_cmp(&other.value));
        let (from, to) = input.bounds;
        let positions: Vec<f64> = marks.iter().map(|mark| (mark.value - from) / (to - from)).collect();
        let mut chosen = apart(&positions, LEAST_DISTANCE).into_iter();
        marks.retain(|_| chosen.next().unwrap_or(false));
        marks
    }

    fn all_marks(&self, from: f64, to: f64) -> Vec<GridMark> {
        let step = (to - from) / 4.0;
        if let Some(ticks) = &self.ticks {
            let positions = ticks.iter().filter_map(|tick| self.position(*tick));
            return positions.map(|value| GridMark { value, step_size: step.max(f64::MIN_POSITIVE) }).collect();
        }
        let even = |value| GridMark { value, step_size: (to - from) / 5.0 };
        if !self.logarithmic {
            return round_values(from, to, MOST_STEPS).map(even).collect();
        }
        if to - from < NARROW {
            let values = round_values(10_f64.powf(from), 10_f64.powf(to), MOST_STEPS);
            return values.map(|value| even(value.log10())).collect();
        }
        let (first, last) = (from.floor().max(-30.0) as i32, to.ceil().min(30.0) as i32);
        let mut marks = Vec::new();
        for exponent in first..=last {
            // Between far ends only the powers of ten.
            let factors: &[f64] = if to - from > 3.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
            for factor in factors {
                let value = f64::from(exponent) + factor.log10();
                marks.push(GridMark { value, step_size: if *factor == 1.0 { 1.0 } else { 0.5 } });
            }
        }
        marks
    }

    pub(super) fn on_x(&self, plot: Plot<'a>) -> Plot<'a> {
        let (labels, marks) = (self.clone(), self.clone());
        let plot = plot.x_axis_formatter(move |mark, _| labels.show(mark.value));
        if self.logarithmic || self.ticks.is_some() {
            plot.x_grid_spacer(move |input| marks.apart(&input))
        } else {
            plot
        }
    }

    pub(super) fn on_y(&self, plot: Plot<'a>) -> Plot<'a> {
        let (labels, marks) = (self.clone(), self.clone());
        let plot = plot.y_axis_formatter(move |mark, _| labels.show(mark.value));
        let plot = plot.y_grid_spacer(move |input| marks.marks(&input));
        if self.logarithmic || self.ticks.is_some() { plot } else { plot.include_y(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_above_zero_is_logarithmic() {
        let scale = |values: &[f64]| Scale::of(values.iter().copied(), |value| value.to_string());
        assert!(scale(&[1.0, 100.0]).logarithmic);
        assert!(!scale(&[1.0, 8.0]).logarithmic && !scale(&[0.0, 100.0]).logarithmic);
        assert!(!scale(&[]).logarithmic);
        let wide = scale(&[1.0, 100.0]);
        assert_eq!(wide.position(100.0), Some(2.0));
        assert_eq!((wide.position(0.0), wide.show(2.0)), (None, "100".to_owned()));
    }

    #[test]
    fn grid_lines_are_powers_of_ten_or_the_values_measured() {
        let wide = Scale::of([1.0, 1e6].into_iter(), |value| value.to_string());
        let input = |bounds| GridInput { bounds, base_step_size: 0.1 };
        let values = |scale: &Scale<'_>, bounds| -> Vec<f64> {
            scale.marks(&input(bounds)).iter().map(|mark| mark.value).collect()
        };
        assert_eq!(values(&wide, (0.0, 6.0)), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(values(&wide.clone().with_ticks(vec![10.0, 1000.0]), (0.0, 6.0)), [1.0, 3.0]);
        assert_eq!(values(&wide, (0.0, 1.0)).len(), 4, "1, 2, 5 and 10");
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let hundred = Scale::linear(|value: f64| value.to_string()).with_ticks(hundred);
        let labelled: Vec<f64> = hundred.apart(&input((1.0, 100.0))).iter().map(|mark| mark.value).collect();
        assert!(labelled.len() < 17, "{labelled:?}");
        assert_eq!((labelled.first(), labelled.last()), (Some(&1.0), Some(&100.0)));
        let narrow: Vec<f64> = values(&wide, (50.0_f64.log10(), 57.5_f64.log10()));
        let shown: Vec<f64> = narrow.iter().map(|position| 10_f64.powf(*position).round()).collect();
        assert_eq!(shown, [50.0, 52.0, 54.0, 56.0]);
    }
}
