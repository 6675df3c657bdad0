//! Chart of wall times: one row per model with its trials, median, interval and ideal.

use super::axis::Axis;
use super::description::{Body, Chart, Group, Legend, Row, Symbol};
use super::kind::ChartKind;
use super::part::Part;
use super::series::Series;
use crate::analysis::metric::{ModelContext, TIMES_AS_FAST, WALL_TIME};
use crate::analysis::{RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::results::RunResults;
use crate::units;

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Chart {
    let summaries = || analysis.points.iter().flat_map(|point| &point.summaries);
    let medians: Vec<f64> = summaries().filter_map(|summary| Some(summary.wall?.median)).collect();
    let mut others: Vec<f64> = summaries().flat_map(|summary| summary.walls.iter().map(|(_, nanos)| *nanos)).collect();
    others.extend(summaries().filter(|summary| summary.wall.is_some()).filter_map(|summary| summary.ideal_nanos));
    let axis = Axis::scaled("wall time", &medians, &others, part.logarithmic, &nanos_label);
    let series = Series::of(&run.experiment.models);
    let groups = run.points.iter().zip(&analysis.points).map(|(results, analysis)| {
        let row = |summary: &Summary| {
            let index = run.experiment.models.iter().position(|one| *one == summary.contender);
            let series = index.and_then(|index| series.get(index)).cloned()?;
            let context = ModelContext::new(results, analysis, summary);
            Some(row(series, summary, &context))
        };
        Group {
            title: results.point.as_ref().map(SweepPoint::title),
            items: analysis.fastest_first().into_iter().filter_map(row).collect(),
        }
    });
    let kind = if axis.logarithmic { "logarithmic" } else { "linear" };
    let models = units::plural(run.experiment.models.len() as u64, "model");
    let headline = printable::line(analysis.headline()).into_owned();
    Chart {
        id: ChartKind::Comparison.name().to_owned(),
        title: "Wall time by model".to_owned(),
        sentence: format!("Wall times of {models} on a {kind} axis. {}", with_stop(headline)),
        body: Body::Rows { axis, origin: None, groups: groups.collect() },
        legend: vec![
            Legend { symbol: Symbol::Dot, text: "trial".into() },
            Legend { symbol: Symbol::Median, text: "median".into() },
            Legend { symbol: Symbol::Interval, text: "95 % interval, from 6 rounds on".into() },
            Legend { symbol: Symbol::Ideal, text: "ideal of that model and its workers".into() },
        ],
        subtitle: None,
        below: None,
    }
}

fn row(series: Series, summary: &Summary, context: &ModelContext<'_>) -> Row {
    let wall = summary.wall;
    let figure = WALL_TIME.of_model(context).map(|wall| match TIMES_AS_FAST.of_model(context) {
        Some(times) if times.starts_with(|first: char| first.is_ascii_digit()) => format!("{wall}, × {times}"),
        _ => wall,
    });
    Row {
        series,
        dots: summary.walls.clone(),
        median: wall.map(|wall| wall.median),
        interval: wall.and_then(|wall| wall.ci95),
        ideal: summary.ideal_nanos.filter(|_| wall.is_some()),
        quartiles: None,
        figure: figure.unwrap_or_default(),
        absent: absent(summary),
    }
}

/// Returns why a model has no measured trial; `None` if it has one.
pub(super) fn absent(summary: &Summary) -> Option<String> {
    if summary.wall.is_some() {
        return None;
    }
    let status = summary.status.map_or("not run", |status| status.name());
    Some(match &summary.reason {
        Some(reason) => format!("{status}: {}", printable::shortened(reason, LONGEST_REASON)),
        None => status.to_owned(),
    })
}

/// Longest reason in a chart, characters.
const LONGEST_REASON: usize = 80;

/// Formats a tick of nanoseconds: "20 ms", "1.5 s".
pub(super) fn nanos_label(nanos: f64) -> String {
    if nanos == 0.0 { "0".to_owned() } else { units::milliseconds(nanos / units::NANOS_PER_MS) }
}

/// Ends a sentence with a full stop.
pub(super) fn with_stop(sentence: String) -> String {
    if sentence.ends_with(['.', '!', '?']) { sentence } else { sentence + "." }
}
