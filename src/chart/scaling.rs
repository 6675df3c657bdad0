//! Charts of a sweep: a figure of each model over the swept setting.

use super::axis::Axis;
use super::comparison::with_stop;
use super::description::{Body, Chart, Curve, CurvePoint, Legend, Symbol};
use super::kind::ChartKind;
use super::series::Series;
use crate::analysis::metric::{CurveAxis, Metric, ModelContext, Value, WALL_TIME, curve_axes};
use crate::analysis::{RunAnalysis, Scaling};
use crate::printable;
use crate::results::RunResults;
use crate::units::{NANOS_PER_MS, capitalised, uncapitalised};

/// Builds a chart of each figure that was measured, wall time first; none without a sweep.
pub(super) fn charts(run: &RunResults, analysis: &RunAnalysis) -> Vec<Chart> {
    let Some(scaling) = &analysis.scaling else { return Vec::new() };
    let axes = curve_axes().into_iter();
    axes.filter_map(|(metric, axis)| chart(run, analysis, scaling, metric, axis)).collect()
}

fn chart(
    run: &RunResults,
    analysis: &RunAnalysis,
    scaling: &Scaling,
    metric: &Metric,
    axis: CurveAxis,
) -> Option<Chart> {
    let is_wall = metric.id == WALL_TIME.id;
    let mut curves = curves(run, analysis, axis, is_wall);
    curves.retain(|curve| !curve.points.is_empty() || !curve.absent.is_empty());
    if curves.iter().all(|curve| curve.points.is_empty()) && !is_wall {
        return None;
    }
    let figures: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.figure)).collect();
    let others = curves.iter().flat_map(|curve| {
        let ends = curve.points.iter().filter_map(|point| point.interval).flat_map(|(low, high)| [low, high]);
        ends.chain(curve.ideal.iter().map(|(_, figure)| *figure))
    });
    let others: Vec<f64> = others.collect();
    let show = |figure: f64| Value::Number(figure).text(metric.unit).unwrap_or_default();
    let tick = |figure: f64| if figure == 0.0 { "0".to_owned() } else { without_zeros(&show(figure)) };
    let range = scaling.key.range(&run.experiment.workload);
    let value = |value: f64| range.as_ref().map_or_else(|_| value.to_string(), |range| range.show(value));
    let label = printable::line(&scaling.key.title()).into_owned();
    let key = uncapitalised(&label);
    let ends = curves.iter().filter(|_| !is_wall).filter_map(|curve| {
        let (first, last) = (curve.points.first()?, curve.points.last()?);
        Some(format!("{} from {} to {}", curve.series.title, show(first.figure), show(last.figure)))
    });
    let ends: Vec<String> = ends.collect();
    let sentence = if is_wall {
        format!("Wall time over {key}. {}", with_stop(printable::line(&scaling.headline).into_owned()))
    } else {
        with_stop(format!("{} over {key}, smallest to largest value: {}", capitalised(metric.head), ends.join("; ")))
    };
    let mut legend = vec![Legend { symbol: Symbol::Filled, text: "median, Rust".into() }];
    if curves.iter().any(|curve| curve.series.hollow) {
        legend.push(Legend { symbol: Symbol::Hollow, text: "median, Python".into() });
    }
    if curves.iter().any(|curve| curve.points.iter().any(|point| point.interval.is_some())) {
        legend.push(Legend { symbol: Symbol::Band, text: "95 % interval".into() });
    }
    if curves.iter().any(|curve| !curve.absent.is_empty()) {
        legend.push(Legend { symbol: Symbol::Failed, text: "failed, or not run".into() });
    }
    if curves.iter().any(|curve| curve.ideal.len() > 1) {
        legend.push(Legend { symbol: Symbol::IdealCurve, text: "ideal".into() });
    }
    Some(Chart {
        id: format!("{}-{}", ChartKind::Scaling.name(), metric.id),
        title: format!("{} over {key}", capitalised(metric.head)),
        sentence,
        body: Body::Curves {
            x: Axis::through(&label, &scaling.values, &value),
            y: Axis::around(metric.head, &figures, &others, &tick),
            curves,
        },
        legend,
        subtitle: None,
        below: None,
    })
}

fn curves(run: &RunResults, analysis: &RunAnalysis, axis: CurveAxis, with_ideal: bool) -> Vec<Curve> {
    let series = Series::of(&run.experiment.models).into_iter().enumerate();
    let curve = |(model, series)| {
        let (mut points, mut ideal, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for (results, analysis) in run.points.iter().zip(&analysis.points) {
            let (Some(point), Some(summary)) = (&results.point, analysis.summaries.get(model)) else { continue };
            let context = ModelContext::new(results, analysis, summary);
            if summary.wall.is_none() {
                absent.push(point.value);
            } else if let Some(figure) = (axis.value)(&context).number() {
                points.push(CurvePoint { value: point.value, figure, interval: (axis.interval)(&context) });
            }
            if let Some(nanos) = summary.ideal_nanos.filter(|_| with_ideal) {
                ideal.push((point.value, nanos / NANOS_PER_MS));
            }
        }
        points.sort_by(|one, other| one.value.total_cmp(&other.value));
        ideal.sort_by(|one, other| one.0.total_cmp(&other.0));
        Curve { series, points, absent, ideal }
    };
    series.map(curve).collect()
}

/// Removes superfluous decimals: "20.0 ms" becomes "20 ms".
fn without_zeros(text: &str) -> String {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != ',');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    if number.contains('.') {
        return format!("{}{unit}", number.trim_end_matches('0').trim_end_matches('.'));
    }
    text.to_owned()
}
