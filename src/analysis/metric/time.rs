//! Metrics of wall time: its spread, its ratio to the reference and to the ideal.

use super::context::ModelContext;
use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::analysis::WallTime;
use crate::experiment::FEWEST_PAIRS;
use crate::units;

/// Text of an ideal that can't be computed because a step has no nominal duration.
const NOT_STATED: &str = "not stated";

const fn ms(id: &'static str, head: &'static str) -> Metric {
    Metric::new(id, head, Unit::Milliseconds).lower()
}

metrics! {
    /// Median wall time of the measured trials; in the trials table, that of the trial.
    WALL_TIME = ms("wall_ms_median", "wall time")
        .help("The median over the measured trials")
        .summary(8, |model| wall(model, |wall| Some(wall.median)))
        .trials_as("wall_ms", 7, |trial| Value::integer_ms(trial.measured().map(|measured| measured.wall_nanos)))
        .terminal(0, 16)
        .curve_with_interval(
            0,
            |model| wall(model, |wall| Some(wall.median)),
            |model| model.summary.wall?.ci95.map(|(low, high)| (low / 1e6, high / 1e6)),
        )
        .detail(1, "Median", |model| WALL_TIME.of_model(model));
    /// Mean wall time.
    WALL_MEAN = ms("wall_ms_mean", "mean")
        .summary(9, |model| wall(model, |wall| Some(wall.mean)))
        .detail(3, "Mean", |model| WALL_MEAN.of_model(model));
    /// Sample standard deviation of the wall time.
    WALL_STDDEV = ms("wall_ms_stddev", "deviation")
        .summary(10, |model| wall(model, |wall| wall.stddev))
        .detail(4, "Deviation", |model| WALL_STDDEV.of_model(model));
    /// Shortest wall time.
    WALL_MIN = ms("wall_ms_min", "least").summary(11, |model| wall(model, |wall| Some(wall.min)));
    /// Longest wall time.
    WALL_MAX = ms("wall_ms_max", "most").summary(12, |model| wall(model, |wall| Some(wall.max)));
    /// Lower end of the 95 % interval of the median.
    WALL_CI_LOW = ms("wall_ms_ci95_low", "interval from").summary(13, |model| wall(model, |wall| Some(wall.ci95?.0)));
    /// Upper end of the 95 % interval of the median.
    WALL_CI_HIGH = ms("wall_ms_ci95_high", "interval to").summary(14, |model| wall(model, |wall| Some(wall.ci95?.1)));
    /// 95 % interval of the median.
    WALL_INTERVAL = ms("wall_interval", "95 % interval")
        .help("95 % interval of the median wall time, from 6 rounds on")
        .text(|model| interval(model.summary.wall?.ci95?, false))
        .terminal(1, 12)
        .detail(2, "95 % interval", |model| {
            let (wall, trials) = (model.summary.wall?, model.summary.trials);
            match wall.ci95 {
                Some(ends) => interval(ends, true),
                None => Some(format!("needs {FEWEST_PAIRS} rounds ({trials} so far)")),
            }
        });
    /// Shortest and longest wall time.
    WALL_RANGE = ms("wall_range", "range").detail(5, "Range", |model| {
        let wall = model.summary.wall?;
        interval((wall.min, wall.max), true)
    });
    /// Wall time of the reference / wall time of the model, paired by round.
    TIMES_AS_FAST = Metric::new("speedup", "times as fast", Unit::Number)
        .short("× as fast")
        .higher()
        .help(
            "Wall time of the reference divided by that of the model in the same round: the median over the rounds. \
            If times vary, its order may differ from that of the median times",
        )
        .summary(15, |model| model.summary.times_as_fast.map(|ratio| ratio.median).into())
        .text(|model| {
            if model.summary.reference.as_ref() == Some(&model.summary.contender) {
                return Some("reference".to_owned());
            }
            model.summary.times_as_fast.map(|ratio| units::ratio(ratio.median))
        })
        .terminal(2, 15)
        .curve_with_interval(
            2,
            |model| model.summary.times_as_fast.map(|ratio| ratio.median).into(),
            |model| model.summary.times_as_fast?.ci95,
        )
        .detail(8, "Times as fast", times_as_fast);
    /// Lower end of the 95 % interval of times as fast.
    TIMES_CI_LOW = Metric::new("speedup_ci95_low", "times as fast from", Unit::Number)
        .summary(16, |model| model.summary.times_as_fast.and_then(|ratio| Some(ratio.ci95?.0)).into());
    /// Upper end of the 95 % interval of times as fast.
    TIMES_CI_HIGH = Metric::new("speedup_ci95_high", "times as fast to", Unit::Number)
        .summary(17, |model| model.summary.times_as_fast.and_then(|ratio| Some(ratio.ci95?.1)).into());
    /// Least time that the model could take with its workers.
    IDEAL = ms("ideal_ms", "ideal")
        .summary(18, |model| Value::ms(model.summary.ideal_nanos))
        .detail(6, "Ideal", |model| IDEAL.of_model(model).or_else(|| not_stated(model)));
    /// Ideal / median wall time.
    EFFICIENCY = Metric::new("efficiency", "of ideal", Unit::Share)
        .higher()
        .help("The ideal of the model and its workers divided by its median wall time")
        .summary(19, |model| model.summary.efficiency.into())
        .terminal(3, 11)
        .curve_with_interval(3, |model| model.summary.efficiency.into(), |model| {
            let (ideal, (low, high)) = (model.summary.ideal_nanos?, model.summary.wall?.ci95?);
            Some((ideal / high, ideal / low))
        })
        .detail(7, "Efficiency", |model| EFFICIENCY.of_model(model).or_else(|| not_stated(model)));
    /// Tasks per second of median wall time.
    THROUGHPUT = Metric::new("throughput_per_s", "tasks per second", Unit::Count)
        .higher()
        .summary(20, |model| model.summary.throughput_per_s.into())
        .curve_with_interval(1, |model| model.summary.throughput_per_s.into(), |model| {
            let tasks = f64::from(model.results.experiment.workload.task_count());
            let (low, high) = model.summary.wall?.ci95?;
            Some((tasks * 1e9 / high, tasks * 1e9 / low))
        })
        .detail(11, "Tasks per second", |model| THROUGHPUT.of_model(model));
    /// Time to set the model up, before the clock starts.
    SETUP = ms("setup_ms_median", "setup")
        .summary(35, |model| Value::ms(model.summary.setup_nanos))
        .trials_as("setup_ms", 6, |trial| Value::integer_ms(trial.measured().map(|measured| measured.setup_nanos)))
        .detail(9, "Setup", |model| SETUP.of_model(model));
    /// Time to tear the model down, after the clock stopped.
    TEARDOWN = ms("teardown_ms_median", "teardown")
        .summary(36, |model| Value::ms(model.summary.teardown_nanos))
        .trials_as("teardown_ms", 8, |trial| Value::integer_ms(trial.measured().map(|measured| measured.teardown_nanos)))
        .detail(10, "Teardown", |model| TEARDOWN.of_model(model));
    /// Number of outliers among the trials.
    OUTLIERS = Metric::new("outliers", "outliers", Unit::Count)
        .lower()
        .detail(24, "Outliers", |model| Some(model.summary.outliers.to_string()));
}

fn wall(model: &ModelContext<'_>, figure: fn(WallTime) -> Option<f64>) -> Value {
    Value::ms(model.summary.wall.and_then(figure))
}

/// Formats an interval: "52.1 ms to 53.0 ms"; a single figure if both are the same and `merged`.
fn interval((low, high): (f64, f64), merged: bool) -> Option<String> {
    let (low, high) = (units::duration(low), units::duration(high));
    Some(if merged && low == high { low } else { format!("{low} to {high}") })
}

fn not_stated(model: &ModelContext<'_>) -> Option<String> {
    model.summary.ideal_nanos.is_none().then(|| NOT_STATED.to_owned())
}

/// Formats the 95 % interval, or the range if there is none.
fn times_as_fast(model: &ModelContext<'_>) -> Option<String> {
    let ratio = model.summary.times_as_fast?;
    if let Some((low, high)) = ratio.ci95 {
        return Some(format!("{} to {}", units::ratio(low), units::ratio(high)));
    }
    let (low, high) = (units::ratio(ratio.range.0), units::ratio(ratio.range.1));
    let rounds = units::plural(u64::from(ratio.pairs), "round");
    Some(if low == high { format!("{low} in {rounds}") } else { format!("{low} to {high} in {rounds}") })
}
