//! Builds the chart of a kind.

use super::description::Chart;
use super::kind::ChartKind;
use super::part::Part;
use super::{comparison, cpu, distribution, scaling, timeline};
use crate::analysis::RunAnalysis;
use crate::results::RunResults;

/// Returns the chart of a run, or of a part of it; `None` where there is no such chart, see [`ChartKind::applies`]. The
/// timeline may read spans back from disk, so call it off the UI thread.
#[must_use]
pub fn chart(kind: ChartKind, run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Option<Chart> {
    let point = (part.point.is_some() && kind != ChartKind::Scaling).then(|| part.of(run, analysis)).flatten();
    let (run, analysis) = point.as_ref().map_or((run, analysis), |(run, analysis)| (run, analysis));
    let chart = match kind {
        ChartKind::Comparison => Some(comparison::chart(run, analysis)),
        ChartKind::Cpu => Some(cpu::chart(run)),
        ChartKind::Timeline => Some(timeline::chart(run, analysis, part)),
        ChartKind::Distribution => Some(distribution::chart(run, analysis)),
        ChartKind::Scaling => {
            let mut charts = scaling::charts(run, analysis);
            let wanted = part.metric.map(|metric| format!("{}-{metric}", ChartKind::Scaling.name()));
            let index = charts.iter().position(|chart| Some(&chart.id) == wanted.as_ref()).unwrap_or(0);
            (index < charts.len()).then(|| charts.swap_remove(index))
        }
    };
    chart.map(|chart| chart.without(&part.hidden))
}

/// Returns the curves of each metric over the swept setting, wall time first; empty without a sweep.
#[must_use]
pub fn curve(run: &RunResults, analysis: &RunAnalysis) -> Vec<Chart> {
    scaling::charts(run, analysis)
}
