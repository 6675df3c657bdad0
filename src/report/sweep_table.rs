//! Table of a sweep: the median wall time of each model at each value.

use crate::analysis::metric::{ModelContext, WALL_TIME};
use crate::analysis::{RunAnalysis, Scaling, Summary};
use crate::results::RunResults;

/// Returns one row per value: the value, then a text for each model in the experiment's order.
#[must_use]
pub fn rows(run: &RunResults, analysis: &RunAnalysis, scaling: &Scaling) -> Vec<Vec<String>> {
    let points = run.points.iter().zip(&analysis.points).zip(&scaling.shown);
    let rows = points.map(|((results, analysis), shown)| {
        let cell = |summary: &Summary| {
            let model = ModelContext::new(results, analysis, summary);
            match (WALL_TIME.of_model(&model), summary.result_is_wrong()) {
                (Some(wall), true) => format!("{wall}, wrong"),
                (Some(wall), false) => wall,
                (None, _) => summary.status.map_or("–", |status| status.name()).to_owned(),
            }
        };
        std::iter::once(shown.clone()).chain(analysis.summaries.iter().map(cell)).collect()
    });
    rows.collect()
}
