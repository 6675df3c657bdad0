//! Builds the chart of a kind.

use super::description::Chart;
use super::kind::ChartKind;
use super::{comparison, cpu, distribution, scaling};
use crate::analysis::RunAnalysis;
use crate::results::RunResults;

/// Returns the chart of a run; `None` where there is no such chart, see [`ChartKind::applies`].
#[must_use]
pub fn chart(kind: ChartKind, run: &RunResults, analysis: &RunAnalysis) -> Option<Chart> {
    match kind {
        ChartKind::Comparison => Some(comparison::chart(run, analysis)),
        ChartKind::Cpu => Some(cpu::chart(run)),
        ChartKind::Distribution => Some(distribution::chart(run, analysis)),
        ChartKind::Scaling => scaling::charts(run, analysis).into_iter().next(),
    }
}

/// Returns the curves of each metric over the swept setting, wall time first; empty without a sweep.
#[must_use]
pub fn curve(run: &RunResults, analysis: &RunAnalysis) -> Vec<Chart> {
    scaling::charts(run, analysis)
}
