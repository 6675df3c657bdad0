//! Chart of the spread of the trials: how far each lies from the median of its model.

use super::axis::Axis;
use super::comparison::{absent, nanos_label, with_stop};
use super::description::{Body, Chart, Group, Legend, Quartiles, Row, Symbol};
use super::kind::ChartKind;
use super::part::Part;
use super::series::Series;
use super::task_times;
use crate::analysis::statistics::quartiles;
use crate::analysis::{RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::results::RunResults;
use crate::units;

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Chart {
    let series = Series::of(&run.experiment.models);
    let groups: Vec<Group<Row>> = run
        .points
        .iter()
        .zip(&analysis.points)
        .map(|(results, analysis)| Group {
            title: results.point.as_ref().map(SweepPoint::title),
            items: analysis
                .fastest_first()
                .into_iter()
                .filter_map(|summary| {
                    let index = run.experiment.models.iter().position(|one| *one == summary.contender)?;
                    Some(row(series.get(index)?.clone(), summary, part.wall_times))
                })
                .collect(),
        })
        .collect();
    let (axis, origin) = axis(&groups, part.wall_times);
    let mut legend = vec![
        Legend { symbol: Symbol::Dot, text: "trial".into() },
        Legend { symbol: Symbol::Median, text: "median".into() },
    ];
    if groups.iter().flat_map(|group| &group.items).any(|row| row.quartiles.is_some()) {
        let text = "middle half of the trials, from 4 on; the line through it: shortest to longest";
        legend.push(Legend { symbol: Symbol::Quartiles, text: text.into() });
    }
    Chart {
        id: ChartKind::Distribution.name().to_owned(),
        title: if part.wall_times { "Wall time of each trial" } else { "Spread of the trials" }.to_owned(),
        sentence: sentence(analysis, part.wall_times),
        body: Body::Rows { axis, origin, groups },
        legend,
        subtitle: None,
        below: part.tasks.and_then(|tasks| task_times::chart(run, analysis, tasks)).map(Box::new),
    }
}

/// Returns the axis, and the value of the line across all rows.
fn axis(groups: &[Group<Row>], wall_times: bool) -> (Axis, Option<f64>) {
    let rows = || groups.iter().flat_map(|group| &group.items);
    if wall_times {
        let all: Vec<f64> = rows().flat_map(|row| &row.dots).map(|(_, nanos)| *nanos).collect();
        return (Axis::around("wall time", &all, &[], &nanos_label), None);
    }
    let dots = || groups.iter().flat_map(|group| &group.items).flat_map(|row| &row.dots);
    let least = dots().map(|(_, share)| *share).fold(0.0, f64::min);
    let most = dots().map(|(_, share)| *share).fold(0.0, f64::max);
    let room = ((most - least) * 0.05).max(0.1);
    let axis = Axis::linear("difference from the median of the model", least - room, most + room, &percent);
    (axis, Some(0.0))
}

/// Formats a difference: "+2 %", "0", "-0.5 %".
fn percent(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    if value == 0.0 { "0".to_owned() } else { format!("{sign}{} %", units::short(value)) }
}

fn row(series: Series, summary: &Summary, wall_times: bool) -> Row {
    let median = summary.wall.map(|wall| wall.median);
    let share = |nanos: f64| if wall_times { nanos } else { from_median(median, nanos) };
    let dots: Vec<(i32, f64)> = summary.walls.iter().map(|(round, nanos)| (*round, share(*nanos))).collect();
    let values: Vec<f64> = dots.iter().map(|(_, value)| *value).collect();
    let figure = summary.wall.map(|wall| {
        let (low, high) = (units::duration(wall.min), units::duration(wall.max));
        if low == high { low } else { format!("{low} to {high}") }
    });
    Row {
        series,
        dots,
        median: median.map(share),
        interval: None,
        ideal: None,
        quartiles: boxed(&values),
        figure: figure.unwrap_or_default(),
        absent: absent(summary),
    }
}

/// Returns a difference from the median in percent of it.
fn from_median(median: Option<f64>, nanos: f64) -> f64 {
    median.map_or(0.0, |median| (nanos / median - 1.0) * 100.0)
}

/// Returns the box of the trials and the shortest and longest one; `None` below four.
fn boxed(values: &[f64]) -> Option<Quartiles> {
    let (first, third) = quartiles(values)?;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Quartiles { low, first, third, high })
}

fn sentence(analysis: &RunAnalysis, wall_times: bool) -> String {
    let spread = |summary: &Summary| {
        let wall = summary.wall?;
        (summary.trials > 1 && wall.min > 0.0).then(|| (wall.max / wall.min, summary.contender.title()))
    };
    let mut all: Vec<(f64, String)> =
        analysis.points.iter().flat_map(|point| &point.summaries).filter_map(spread).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let lead = match wall_times {
        true => "Wall time of each trial",
        false => "How far trials lie from the median of their model",
    };
    match (all.first(), all.last()) {
        (Some(least), Some(most)) => with_stop(format!(
            "{lead}. Slowest trial by fastest: from {} ({}) to {} ({})",
            units::ratio(least.0),
            least.1,
            units::ratio(most.0),
            most.1
        )),
        _ => format!("{lead}. No model has completed two trials."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_needs_four_trials_and_its_line_reaches_all() {
        assert_eq!(boxed(&[1.0, 2.0, 3.0]), None);
        let found = boxed(&[100.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(found, Some(Quartiles { low: 0.0, first: 1.0, third: 3.0, high: 100.0 }));
        let equal = boxed(&[5.0; 6]);
        assert_eq!(equal, Some(Quartiles { low: 5.0, first: 5.0, third: 5.0, high: 5.0 }));
    }
}
