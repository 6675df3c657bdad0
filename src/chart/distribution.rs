//! Chart of the spread of the trials: how far each lies from the median of its model.

use super::axis::Axis;
use super::comparison::{absent, with_stop};
use super::description::{Body, Chart, Group, Legend, Quartiles, Row, Symbol};
use super::kind::ChartKind;
use super::series::Series;
use crate::analysis::{RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::results::RunResults;
use crate::units;

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis) -> Chart {
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
                    Some(row(series.get(index)?.clone(), summary))
                })
                .collect(),
        })
        .collect();
    let dots = || groups.iter().flat_map(|group| &group.items).flat_map(|row| &row.dots);
    let least = dots().map(|(_, share)| *share).fold(0.0, f64::min);
    let most = dots().map(|(_, share)| *share).fold(0.0, f64::max);
    let room = ((most - least) * 0.05).max(0.1);
    let axis = Axis::linear("difference from the median of the model", least - room, most + room, &percent);
    let sentence = sentence(analysis);
    Chart {
        kind: ChartKind::Distribution,
        id: ChartKind::Distribution.name().to_owned(),
        title: "Spread of the trials".to_owned(),
        sentence,
        body: Body::Rows { axis, origin: Some(0.0), groups },
        legend: vec![
            Legend { symbol: Symbol::Dot, text: "trial" },
            Legend { symbol: Symbol::Median, text: "median" },
            Legend { symbol: Symbol::Quartiles, text: "middle half of the trials, from 4 on" },
        ],
    }
}

/// Formats a difference: "+2 %", "0", "-0.5 %".
fn percent(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    if value == 0.0 { "0".to_owned() } else { format!("{sign}{} %", units::short(value)) }
}

fn row(series: Series, summary: &Summary) -> Row {
    let median = summary.wall.map(|wall| wall.median);
    let share = |nanos: f64| median.map_or(0.0, |median| (nanos / median - 1.0) * 100.0);
    let dots: Vec<(i32, f64)> = summary.walls.iter().map(|(round, nanos)| (*round, share(*nanos))).collect();
    let mut sorted: Vec<f64> = dots.iter().map(|(_, share)| *share).collect();
    sorted.sort_by(f64::total_cmp);
    let figure = summary.wall.map(|wall| {
        let (low, high) = (units::duration(wall.min), units::duration(wall.max));
        if low == high { low } else { format!("{low} to {high}") }
    });
    Row {
        series,
        dots,
        median: median.map(|_| 0.0),
        interval: None,
        ideal: None,
        quartiles: quartiles(&sorted),
        figure: figure.unwrap_or_default(),
        absent: absent(summary),
    }
}

/// Returns the box of sorted values; `None` below four.
fn quartiles(sorted: &[f64]) -> Option<Quartiles> {
    if sorted.len() < 4 {
        return None;
    }
    let at = |share: f64| {
        let position = share * (sorted.len() - 1) as f64;
        let (below, above) = (position.floor() as usize, position.ceil() as usize);
        sorted[below] + (sorted[above] - sorted[below]) * position.fract()
    };
    let (first, third) = (at(0.25), at(0.75));
    let reach = (third - first) * 1.5;
    let within = |value: &&f64| **value >= first - reach && **value <= third + reach;
    let low = sorted.iter().find(within).copied().unwrap_or(first).min(first);
    let high = sorted.iter().rev().find(within).copied().unwrap_or(third).max(third);
    Some(Quartiles { low, first, third, high })
}

fn sentence(analysis: &RunAnalysis) -> String {
    let spread = |summary: &Summary| {
        let wall = summary.wall?;
        (summary.trials > 1 && wall.min > 0.0).then(|| (wall.max / wall.min, summary.contender.title()))
    };
    let mut all: Vec<(f64, String)> =
        analysis.points.iter().flat_map(|point| &point.summaries).filter_map(spread).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let lead = "How far trials lie from the median of their model";
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
    fn a_box_needs_four_trials_and_leaves_outliers_outside() {
        assert_eq!(quartiles(&[1.0, 2.0, 3.0]), None);
        let found = quartiles(&[0.0, 1.0, 2.0, 3.0, 100.0]);
        assert_eq!(found, Some(Quartiles { low: 0.0, first: 1.0, third: 3.0, high: 3.0 }));
        let equal = quartiles(&[5.0; 6]);
        assert_eq!(equal, Some(Quartiles { low: 5.0, first: 5.0, third: 5.0, high: 5.0 }));
    }
}
