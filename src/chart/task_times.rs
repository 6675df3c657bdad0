//! Chart of the times of the tasks of all measured trials: cumulative curve or histogram of each model, as the window's
//! distribution view shows them.

use super::axis::Axis;
use super::comparison::nanos_label;
use super::description::{Body, Chart, Legend, ShareLine, Symbol};
use super::kind::ChartKind;
use super::part::TaskPart;
use super::series::Series;
use crate::analysis::RunAnalysis;
use crate::analysis::distribution::{Distributions, TaskTime, TaskTimes};
use crate::results::RunResults;
use crate::trial::Percentiles;
use crate::units;

/// Percentiles marked, as shares.
const MARKED: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// Builds the chart of the first point; `None` where no task took any time.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis, part: TaskPart) -> Option<Chart> {
    let distributions = Distributions::of(run.first());
    let tasks = distributions.tasks(part.time);
    let (least, most) = tasks.range()?;
    let series = Series::of(&run.experiment.models);
    let line = |times: &TaskTimes| {
        let index = run.experiment.models.iter().position(|one| *one == times.contender)?;
        let summary = analysis.first().summaries.iter().find(|one| one.contender == times.contender);
        let percentiles = summary.and_then(|summary| match part.time {
            TaskTime::Latency => summary.latency,
            TaskTime::Queue => summary.queue,
        });
        Some(ShareLine {
            series: series.get(index)?.clone(),
            corners: if part.histogram { outline(times) } else { steps(times, (least, most)) },
            marks: percentiles.map_or_else(Vec::new, |found| marks(times, found, part.histogram)),
            filled: part.histogram,
        })
    };
    let lines: Vec<ShareLine> = tasks.models.iter().filter_map(line).collect();
    let highest = lines.iter().flat_map(|line| &line.corners).map(|(_, share)| *share).fold(0.0, f64::max);
    let share = |share: f64| units::percent(share * 100.0);
    let y = match part.histogram {
        true => Axis::linear("share of the tasks in a bin", 0.0, highest * 1.05, &share),
        false => Axis::linear("share of the tasks, at most so long", 0.0, 1.0, &share),
    };
    // Tasks that all took the same time still need an axis.
    let (from, to) = if most > least { (least, most) } else { (least / 1.5, most * 1.5) };
    let (from, to) = if part.histogram { (from / 1.1, to * 1.1) } else { (from, to) };
    let time = part.time.title();
    let form = if part.histogram { "histogram" } else { "cumulative curve" };
    let medians = lines.iter().filter_map(|line| {
        let (nanos, _) = line.marks.first()?;
        Some(format!("{} {}", line.series.title, units::duration(*nanos)))
    });
    let medians: Vec<String> = medians.collect();
    Some(Chart {
        id: format!("{}-tasks", ChartKind::Distribution.name()),
        title: format!("{}{} of the tasks, all measured trials together", &time[..1].to_uppercase(), &time[1..]),
        sentence: format!("The {time} of the tasks as a {form}. Medians: {}.", medians.join(", ")),
        body: Body::Shares { x: Axis::logarithmic(time, from, to, &nanos_label), y, lines },
        legend: vec![Legend {
            symbol: Symbol::Filled,
            text: "50, 95, 99 and 99.9 % of the tasks took at most so long".into(),
        }],
        subtitle: None,
        below: None,
    })
}

/// Corners of a cumulative curve, up to its longest time.
fn steps(times: &TaskTimes, (least, most): (f64, f64)) -> Vec<(f64, f64)> {
    let mut share = times.zero_share;
    let mut corners = Vec::with_capacity(times.curve.len() * 2 + 2);
    if share > 0.0 {
        corners.push((least, share));
    }
    for (nanos, next) in &times.curve {
        corners.extend([(*nanos, share), (*nanos, *next)]);
        share = *next;
    }
    // A model whose tasks all took 0 ns is a line at the top.
    if times.curve.is_empty() {
        corners.push((most, share));
    }
    corners
}

/// Outline of a histogram.
fn outline(times: &TaskTimes) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for bin in &times.bins {
        match corners.last_mut() {
            // The bin before it ends here.
            Some(last) if (last.0 / bin.from - 1.0).abs() < 1e-9 => *last = (bin.from, bin.share),
            _ => corners.extend([(bin.from, 0.0), (bin.from, bin.share)]),
        }
        corners.extend([(bin.to, bin.share), (bin.to, 0.0)]);
    }
    corners
}

fn marks(times: &TaskTimes, found: Percentiles, histogram: bool) -> Vec<(f64, f64)> {
    let nanos = [found.p50, found.p95, found.p99, found.p999];
    let height = |nanos: f64, share: f64| match histogram {
        true => times.bin_at(nanos).map_or(0.0, |bin| bin.share),
        false => share,
    };
    nanos.into_iter().zip(MARKED).map(|(nanos, share)| (nanos, height(nanos, share))).collect()
}
