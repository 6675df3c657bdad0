//! The comparison of two runs as a JSON document. Durations are in milliseconds, shares in percent.

use serde::Serialize;

use crate::analysis::finding::Finding;
use crate::analysis::run_comparison::{
    Changed, ContenderChange, EnvironmentDifference, RunComparison, Side, UnpairedRatio,
};
use crate::experiment::sweep::SweepPoint;
use crate::record::Head;
use crate::units;

/// Version of the document.
const FORMAT: u32 = 1;

/// The whole document.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    format: u32,
    old: Run,
    new: Run,
    differences: Vec<Difference>,
    headline: String,
    sentences: Vec<String>,
    models: Vec<Row>,
    geometric_mean: Option<Ratio>,
    not_compared: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Run {
    id: String,
    name: String,
    started_at: String,
}

#[derive(Debug, Serialize)]
struct Difference {
    what: String,
    old: Option<String>,
    new: Option<String>,
    percent: Option<f64>,
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Row {
    model: String,
    sweep_key: Option<String>,
    sweep_value: Option<f64>,
    wall_ms_median_old: f64,
    wall_ms_median_new: f64,
    wall: Ratio,
    finding: &'static str,
    detectable_percent: Option<f64>,
    cpu: Option<Ratio>,
    peak_memory: Option<Ratio>,
    trials_old: u32,
    trials_new: u32,
    failed_old: u32,
    failed_new: u32,
}

/// A ratio NEW / OLD.
#[derive(Debug, Serialize)]
struct Ratio {
    ratio: f64,
    ci95_low: Option<f64>,
    ci95_high: Option<f64>,
}

impl Ratio {
    fn new(ratio: f64, ci95: Option<(f64, f64)>) -> Self {
        Self { ratio, ci95_low: ci95.map(|(low, _)| low), ci95_high: ci95.map(|(_, high)| high) }
    }

    fn of(ratio: &UnpairedRatio) -> Self {
        Self::new(ratio.ratio, ratio.ci95)
    }
}

/// Makes the document.
pub(super) fn document(old: &Head, new: &Head, comparison: &RunComparison) -> Document {
    Document {
        format: FORMAT,
        old: run(old),
        new: run(new),
        differences: comparison.differences.iter().map(difference).collect(),
        headline: comparison.headline(),
        sentences: comparison.sentences(),
        models: comparison.rows.iter().map(row).collect(),
        geometric_mean: comparison.mean.map(|mean| Ratio::new(mean.ratio, mean.ci95)),
        not_compared: comparison.unmatched_sentences(),
    }
}

fn run(head: &Head) -> Run {
    Run { id: head.id.clone(), name: head.name.clone(), started_at: units::rfc3339(head.started_at_ms) }
}

fn difference(difference: &EnvironmentDifference) -> Difference {
    let (old, new) = difference.values().map(|Changed { old, new }| (old, new)).unzip();
    let percent = match difference {
        EnvironmentDifference::Calibration { ratio, .. } => Some((ratio - 1.0) * 100.0),
        EnvironmentDifference::Disturbed(Side::Old | Side::New, percent) => Some(*percent),
        _ => None,
    };
    Difference { what: difference.label(), old, new, percent, sentence: difference.to_string() }
}

fn row(row: &ContenderChange) -> Row {
    let detectable = match row.finding {
        Finding::NotDistinguishable { detectable_share } => Some(detectable_share * 100.0),
        _ => None,
    };
    Row {
        model: row.contender.to_string(),
        sweep_key: row.point.as_ref().map(|point: &SweepPoint| point.key.to_string()),
        sweep_value: row.point.as_ref().map(|point| point.value),
        wall_ms_median_old: row.median_nanos.old / units::NANOS_PER_MS,
        wall_ms_median_new: row.median_nanos.new / units::NANOS_PER_MS,
        wall: Ratio::of(&row.wall),
        finding: finding(row),
        detectable_percent: detectable,
        cpu: row.cpu.as_ref().map(Ratio::of),
        peak_memory: row.memory.as_ref().map(Ratio::of),
        trials_old: row.wall.trials.0,
        trials_new: row.wall.trials.1,
        failed_old: row.failed.old,
        failed_new: row.failed.new,
    }
}

/// The finding as scripts read it.
fn finding(row: &ContenderChange) -> &'static str {
    match row.finding {
        _ if row.is_slower() => "slower",
        _ if row.is_faster() => "faster",
        Finding::TooFew { .. } => "too-few-trials",
        _ => "not-distinguishable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::run_comparison::compare_runs;
    use crate::analysis::testing::full;
    use crate::export::json_writer;
    use crate::record::RunStatus;
    use crate::results::RunResults;

    #[test]
    fn the_document_of_two_fixed_runs_stays_as_it_is() {
        let old = RunResults::from(full());
        let mut new = old.clone();
        let machine = std::sync::Arc::make_mut(new.points[0].machine.as_mut().expect("known"));
        machine.lab_version = "2.0.0".to_owned();
        for trial in &mut new.points[0].trials {
            let name = trial.contender.to_string();
            if let Some(measured) = trial.measured.as_mut().filter(|_| name == "sequential") {
                measured.wall_nanos += measured.wall_nanos / 5;
            }
        }
        let head = |id: &str| Head {
            id: id.to_owned(),
            name: "Everything".to_owned(),
            title: "Everything".to_owned(),
            started_at_ms: 1_795_233_605_123,
            status: RunStatus::Completed,
            failure: None,
            headline: None,
            models: Vec::new(),
            trials: 35,
            pinned: false,
            is_unmeasured: false,
            headline_lab: None,
            note: None,
            experiment_id: "test".to_owned(),
            machine: None,
        };
        let comparison = compare_runs(&old, &new).expect("one workload");
        let mut text = Vec::new();
        json_writer::write(&mut text, &document(&head("old"), &head("new"), &comparison)).expect("memory");
        insta::assert_snapshot!("document", String::from_utf8(text).expect("UTF-8"));
    }
}
