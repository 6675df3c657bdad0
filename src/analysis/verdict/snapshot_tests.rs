//! Snapshot of all sentences of the verdict on a set of synthetic runs, so that a change of wording is seen in review.

use std::fmt::Write as _;

use crate::analysis::testing::{Synthetic, full, workload_alike, workload_of};
use crate::analysis::{Verdict, analyse};
use crate::failure::{Failure, LimitedUnit};
use crate::results::Results;
use crate::session::Outcome;
use crate::trial::{Beat, Counted, Status};
use crate::workload::{Protection, Step};

/// Models with `(name, wall ms, tasks in flight, cores used)`.
type Rows = [(&'static str, f64, u32, f64)];

const WAITING: &Rows = &[("sequential", 4100.0, 1, 0.03), ("thread-pool", 826.0, 5, 0.12), ("async", 53.2, 80, 0.71)];
const COMPUTING: &Rows = &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.9), ("async", 1001.0, 1, 1.0)];
const LEVEL: &Rows = &[("sequential", 100.0, 1, 1.0), ("async", 100.2, 1, 1.0), ("processes", 310.0, 20, 1.1)];
const COUNTING: &Rows = &[("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9), ("process-pool", 4.5, 2, 1.8)];

fn alike(tasks: u32, compute_ms: f64, wait_ms: f64, rounds: i32, rows: &Rows) -> Synthetic {
    let names: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    Synthetic::new(workload_alike(tasks, compute_ms, wait_ms), &names).rounds(rounds, 0.004, rows)
}

fn unfinished(outcome: Outcome) -> Results {
    let mut built = alike(80, 0.0, 50.0, 0, WAITING);
    built.results.outcome = Some(outcome);
    built.results
}

fn disturbed() -> Results {
    let mut built = alike(20, 50.0, 0.0, 7, COMPUTING);
    built.disturb(50);
    built.results
}

fn limited() -> Results {
    let mut built = alike(20, 50.0, 0.0, 7, COMPUTING);
    let failure = Failure::limit(16_367, LimitedUnit::Threads, &std::io::Error::from_raw_os_error(11));
    for trial in built.results.trials.iter_mut().filter(|trial| trial.contender.to_string() == "rayon") {
        trial.status = Status::Failed;
        trial.measured = None;
        trial.failure = Some(failure.clone());
    }
    built.results
}

fn lost_updates() -> Results {
    let steps = vec![Step::Increment { count: 1_000_000, protection: Protection::None }];
    let names: Vec<&str> = COUNTING.iter().map(|(name, ..)| *name).collect();
    let mut built = Synthetic::new(workload_of(8, steps), &names).rounds(7, 0.001, COUNTING);
    for (model, got) in [("sequential", 8_000_000), ("threads", 4_560_000), ("process-pool", 0)] {
        built.adjust(model, |measured| measured.counted = Some(Counted { expected: 8_000_000, got }));
    }
    built.results
}

fn standstill() -> Results {
    let mut built = alike(8, 40.0, 0.0, 7, &[("async", 320.0, 8, 1.0), ("async-blocking", 165.0, 8, 1.9)]);
    for (model, late) in [("async", 300_000_000), ("async-blocking", 200_000)] {
        built.adjust_spans(model, |spans| spans.beats = (1..=10).map(|beat| Beat { due: beat, late }).collect());
    }
    built.results
}

fn sentences(verdict: &Verdict) -> String {
    let mut text = String::new();
    let mut line = |name: &str, sentence: &str| {
        if !sentence.is_empty() {
            writeln!(text, "{name}: {sentence}").expect("a string");
        }
    };
    line("disturbance", verdict.disturbance.as_deref().unwrap_or_default());
    line("headline", &verdict.headline);
    line("cause", &verdict.cause);
    line("uncertainty", &verdict.uncertainty);
    verdict.remarks.iter().for_each(|remark| line(&format!("{:?}", remark.kind).to_lowercase(), remark));
    text
}

#[test]
fn the_sentences_on_fixed_runs_stay_as_they_are() {
    let runs = [
        ("waiting, 15 rounds", alike(80, 0.0, 50.0, 15, WAITING).results),
        ("waiting, 3 rounds", alike(80, 0.0, 50.0, 3, WAITING).results),
        ("computing on two cores", alike(20, 50.0, 0.0, 7, COMPUTING).results),
        ("level with the reference", alike(20, 5.0, 0.0, 7, LEVEL).results),
        ("a model that failed", limited()),
        ("lost updates", lost_updates()),
        ("a standstill of the event loop", standstill()),
        ("disturbed by other programs", disturbed()),
        ("cancelled during the first round", unfinished(Outcome::Cancelled)),
        ("every column filled", full()),
    ];
    let mut text = String::new();
    for (name, results) in runs {
        writeln!(text, "== {name} ==\n{}", sentences(&analyse(&results).verdict)).expect("a string");
    }
    insta::assert_snapshot!(text.trim_end());
}
