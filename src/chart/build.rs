//! Builds the chart of a kind.

use super::description::Chart;
use super::kind::ChartKind;
use super::part::Part;
use super::{comparison, cpu, distribution, scaling, time_budget, timeline};
use crate::analysis::RunAnalysis;
use crate::results::RunResults;

/// Returns the chart of a run, or of a part of it; `None` where there is no such chart, see [`ChartKind::applies`]. The
/// timeline may read spans back from disk, so call it off the UI thread.
#[must_use]
pub fn chart(kind: ChartKind, run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Option<Chart> {
    let point = (part.point.is_some() && kind != ChartKind::Scaling).then(|| part.of(run, analysis)).flatten();
    let (run, analysis) = point.as_ref().map_or((run, analysis), |(run, analysis)| (run, analysis));
    let all = run.points.len();
    let some = Part::some(run, analysis, most_points(kind, run.experiment.models.len()));
    let (run, analysis) = some.as_ref().map_or((run, analysis), |(run, analysis)| (run, analysis));
    let chart = match kind {
        ChartKind::Comparison => Some(comparison::chart(run, analysis, part)),
        ChartKind::Cpu => Some(cpu::chart(run, analysis)),
        ChartKind::Timeline => Some(timeline::chart(run, analysis, part)),
        ChartKind::TimeBudget => Some(time_budget::chart(run, analysis, part)),
        ChartKind::Distribution => Some(distribution::chart(run, analysis, part)),
        ChartKind::Scaling => {
            let mut charts = scaling::charts(run, analysis);
            let wanted = part.metric.map(|metric| format!("{}-{metric}", ChartKind::Scaling.name()));
            let index = charts.iter().position(|chart| Some(&chart.id) == wanted.as_ref()).unwrap_or(0);
            (index < charts.len()).then(|| charts.swap_remove(index))
        }
    };
    let chart = chart.map(|chart| chart.without(&part.hidden));
    let chart = chart.map(|chart| if part.order.is_empty() { chart } else { chart.in_order(&part.order) });
    chart.map(|mut chart| {
        if some.is_some() {
            chart.title = format!("{}, at {} of {all} values", chart.title, run.points.len());
        }
        chart
    })
}

/// Returns the most points of a sweep that a chart has room for: more would be a picture that no viewer shows whole.
fn most_points(kind: ChartKind, models: usize) -> usize {
    let rows = match kind {
        ChartKind::Comparison | ChartKind::Distribution => 72,
        ChartKind::Cpu => 36,
        ChartKind::TimeBudget => 27,
        ChartKind::Timeline => 18,
        ChartKind::Scaling => return usize::MAX,
    };
    rows / models.max(1)
}

/// Returns the curves of each metric over the swept setting, wall time first; empty without a sweep.
#[must_use]
pub fn curve(run: &RunResults, analysis: &RunAnalysis) -> Vec<Chart> {
    scaling::charts(run, analysis)
}
