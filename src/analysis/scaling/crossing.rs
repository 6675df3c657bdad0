//! The sentence on where two models change places. It claims a lead only at values where it is clear.

use super::crossover::Crossover;
use super::findings::Scaling;
use crate::analysis::phrasing;
use crate::experiment::FEWEST_PAIRS;
use crate::experiment::sweep::{SweepKey, ValueRange};
use crate::results::RunResults;
use crate::units;

/// Counts below which a crossover is said as the last value of one model and the first of the other.
const SMALL_COUNT: f64 = 10.0;

/// Position of a value in a sentence.
struct Values<'a> {
    scaling: &'a Scaling,
    range: Option<ValueRange>,
}

impl Values<'_> {
    fn is_whole(&self) -> bool {
        self.range.is_some_and(ValueRange::is_whole)
    }

    /// A value without its unit.
    fn bare(&self, value: f64) -> String {
        match self.range {
            None => value.to_string(),
            Some(range) if range.is_whole() => range.show(value.round()),
            Some(range) => range.show(units::significant(value, 3).replace(',', "").parse().unwrap_or(value)),
        }
    }

    /// A value with its unit: "4 workers", "1 task", "3.1 ms a task".
    fn with_unit(&self, value: f64) -> String {
        self.scaling.key.value_words(&self.bare(value))
    }

    /// An interval that contains the values: "95 % 2.7 ms to 3.6 ms"; of whole numbers those around it.
    fn interval(&self, (low, high): (f64, f64)) -> String {
        let (low, high) = if self.is_whole() { (low.floor(), high.ceil()) } else { (low, high) };
        let (low, high) = (self.bare(low), self.bare(high));
        if low == high { format!("95 % {low}") } else { format!("95 % {low} to {high}") }
    }

    /// A block of values: "1 task", "1 to 5 tasks".
    fn block(&self, (first, last): (f64, f64)) -> String {
        let last_words = self.with_unit(last);
        if first == last { last_words } else { format!("{} to {last_words}", self.bare(first)) }
    }
}

/// "Threads are faster than Processes below 3.1 ms a task, Processes above it (95 % 2.7 ms to 3.6 ms)".
pub(super) fn crossing(run: &RunResults, scaling: &Scaling, one: &Crossover) -> String {
    let values = Values { scaling, range: scaling.key.range(&run.experiment.workload).ok() };
    let (below, above) = (one.below.title(), one.above.title());
    let verb = if phrasing::is_plural(&one.below) { "are" } else { "is" };
    let faster = format!("{below} {verb} faster than {above}");
    let (left, right) = one.between;
    if !one.is_clear_throughout {
        let (low, high) = (values.block(one.clear_below), values.block(one.clear_above));
        let medians = match one.ci95 {
            _ if values.is_whole() && one.value < SMALL_COUNT => String::new(),
            Some(interval) => {
                format!("; their medians cross at {} ({})", values.with_unit(one.value), values.interval(interval))
            }
            None => String::new(),
        };
        return format!("{faster} at {low}, {above} at {high}, and neither clearly at the other values{medians}.");
    }
    // Between two small counts there is nothing to interpolate.
    if matches!(scaling.key, SweepKey::Workers | SweepKey::ClassWorkers(_) | SweepKey::InFlight) && right < SMALL_COUNT
    {
        return format!("{faster} with up to {}, {above} from {} on.", values.with_unit(left), values.bare(right));
    }
    let Some(interval) = one.ci95 else {
        let (low, high) = (values.with_unit(left), values.bare(right));
        return format!("{faster} at {low}, {above} at {high}; {FEWEST_PAIRS} rounds tell where between.");
    };
    let shown = values.interval(interval);
    if values.is_whole() && one.value < SMALL_COUNT {
        let last = one.value.floor().clamp(left, (right - 1.0).max(left));
        let at = if last == 1.0 { "at" } else { "up to" };
        let (low, high) = (values.with_unit(last), values.with_unit(last + 1.0));
        // Neighbouring numbers leave nothing open.
        let interval = if right - left <= 1.0 { String::new() } else { format!(" ({shown})") };
        return format!("{faster} {at} {low}, {above} from {high} on{interval}.");
    }
    format!("{faster} below {}, {above} above it ({shown}).", values.with_unit(one.value))
}
