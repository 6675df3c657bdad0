//! Sentences of the distribution view: the main finding of each plot, and what is under the pointer.

use crate::analysis::Summary;
use crate::analysis::distribution::{TaskDistributions, TaskTime, TaskTimes, TrialDot, TrialSpread};
use crate::experiment::FEWEST_PAIRS;
use crate::lab::run::Run;
use crate::lab::view::TaskPlot;
use crate::model::Contender;
use crate::trial::Percentiles;
use crate::units::{self, plural};

/// Models named in a read-out at most.
const MOST_NAMED: usize = 12;

/// Heading above the plot of the tasks.
pub const fn task_heading(time: TaskTime) -> &'static str {
    match time {
        TaskTime::Latency => "Latency of the tasks",
        TaskTime::Queue => "Queue time of the tasks",
    }
}

/// The main finding of the plot of trials.
pub fn trials<'a>(spreads: impl Iterator<Item = &'a TrialSpread>) -> String {
    let mut all: Vec<&TrialSpread> = spreads.collect();
    let count: usize = all.iter().map(|spread| spread.dots.len()).sum();
    let of = format!("Wall times of {} of {}", plural(count as u64, "trial"), plural(all.len() as u64, "model"));
    all.sort_by(|left, right| right.relative_range().total_cmp(&left.relative_range()));
    let range = |spread: &TrialSpread| {
        let share = units::percent(spread.relative_range() * 100.0);
        let (least, most) = (units::duration(spread.least), units::duration(spread.most));
        format!("{}, {least} to {most} ({share} of its median)", spread.contender.title())
    };
    match all.as_slice() {
        [] => "Wall times of trials: every model is left out".to_owned(),
        [only] => format!("{of}: {}", range(only)),
        [widest, .., narrowest] => format!("{of}: widest range {}; narrowest {}", range(widest), range(narrowest)),
    }
}

/// All outliers with their position in the run.
pub fn outliers(spreads: &[TrialSpread]) -> String {
    let named = |spread: &TrialSpread| {
        let title = spread.contender.title();
        let one = |dot: &TrialDot| {
            format!("{title} {} in round {}, trial {} of the run", units::duration(dot.nanos), dot.round, dot.position)
        };
        spread.outliers().map(one).collect::<Vec<_>>()
    };
    let all: Vec<String> = spreads.iter().flat_map(named).collect();
    if all.is_empty() {
        let enough = spreads.iter().any(|spread| spread.dots.len() >= FEWEST_PAIRS);
        return if enough {
            format!("No outliers among the trials; they are looked for from {FEWEST_PAIRS} trials of a model on.")
        } else {
            format!("Too few trials to tell outliers: it takes {FEWEST_PAIRS} of a model.")
        };
    }
    format!("{}: {}.", plural(all.len() as u64, "outlier"), all.join("; "))
}

/// Describes a trial.
pub fn dot(spread: &TrialSpread, dot: &TrialDot) -> String {
    let outlier = if dot.outlier { ", an outlier" } else { "" };
    let (title, time) = (spread.contender.title(), units::duration(dot.nanos));
    format!("{title}: {time}{outlier}\nround {}, trial {} of the run", dot.round, dot.position)
}

/// Describes the trials of a model.
pub fn spread(spread: &TrialSpread) -> String {
    let show = units::duration;
    let middle = spread
        .quartiles
        .map_or_else(String::new, |(low, high)| format!("\nmiddle half {} to {}", show(low), show(high)));
    let trials = plural(spread.dots.len() as u64, "trial");
    format!(
        "{}: median {} of {trials}{middle}\n{} to {} in all",
        spread.contender.title(),
        show(spread.median),
        show(spread.least),
        show(spread.most)
    )
}

/// Returns the percentiles of a time of a model's tasks.
pub fn percentiles(summary: Option<&Summary>, time: TaskTime) -> Option<Percentiles> {
    match time {
        TaskTime::Latency => summary?.latency,
        TaskTime::Queue => summary?.queue,
    }
}

/// The main finding of the plot of tasks.
pub fn tasks<'a>(
    run: &Run,
    form: TaskPlot,
    tasks: &TaskDistributions,
    shown: impl Iterator<Item = &'a Contender>,
) -> String {
    let all = shown.filter_map(|contender| Some((contender, percentiles(run.summary(contender), tasks.time)?.p99)));
    let mut all: Vec<(&Contender, f64)> = all.collect();
    all.sort_by(|left, right| left.1.total_cmp(&right.1));
    let name = task_heading(tasks.time);
    let of = format!("{name} of {} as a {}", plural(all.len() as u64, "model"), form.title());
    match all.as_slice() {
        [] => format!("{name}: every model is left out"),
        [(only, p99)] => format!("{of}: 99 % of the tasks of {} took at most {}", only.title(), units::duration(*p99)),
        [(low, least), .., (high, most)] => format!(
            "{of}: the 99th percentile is {} under {} and {} under {}",
            units::duration(*least),
            low.title(),
            units::duration(*most),
            high.title()
        ),
    }
}

/// States the tasks that a logarithmic axis can't show; `None` if there is none.
pub fn zeros(tasks: &TaskDistributions) -> Option<String> {
    let with_zeros = tasks.models.iter().filter(|times| times.zero_share > 0.0);
    let share = |times: &TaskTimes| {
        format!("{} of the tasks under {}", units::percent(times.zero_share * 100.0), times.contender.title())
    };
    let all: Vec<String> = with_zeros.map(share).collect();
    (!all.is_empty())
        .then(|| format!("A {} of 0 ns has no place on this axis: {}.", tasks.time.title(), all.join(", ")))
}

/// Describes a marked percentile.
pub fn mark(contender: &Contender, percentiles: Option<Percentiles>, time: TaskTime, index: usize) -> Option<String> {
    let percentiles = percentiles?;
    let (share, nanos) = match index {
        0 => ("50 %", percentiles.p50),
        1 => ("95 %", percentiles.p95),
        2 => ("99 %", percentiles.p99),
        _ => ("99.9 %", percentiles.p999),
    };
    Some(format!("{}\n{} of {share} of its tasks: at most {}", contender.title(), time.title(), units::duration(nanos)))
}

/// Lists the share of each model's tasks that took at most this long.
pub fn shares_up_to<'a>(nanos: f64, models: impl Iterator<Item = (&'a Contender, &'a TaskTimes)>) -> Option<String> {
    let rows = models.map(|(contender, times)| (contender.title(), times.share_up_to(nanos)));
    listed(format!("at most {}", units::duration(nanos)), rows.collect())
}

/// Lists the share of each model's tasks in the bin here; `None` if no model has one here.
pub fn shares_in_bin<'a>(nanos: f64, models: impl Iterator<Item = (&'a Contender, &'a TaskTimes)>) -> Option<String> {
    let here: Vec<_> = models.filter_map(|(one, times)| Some((one.title(), *times.bin_at(nanos)?))).collect();
    let bin = here.first()?.1;
    let head = format!("{} to {}", units::duration(bin.from), units::duration(bin.to));
    listed(head, here.into_iter().map(|(title, bin)| (title, bin.share)).collect())
}

fn listed(head: String, mut rows: Vec<(String, f64)>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    rows.truncate(MOST_NAMED);
    let lines = rows.into_iter().map(|(title, share)| format!("{title} {}", units::percent(share * 100.0)));
    Some(std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n"))
}
