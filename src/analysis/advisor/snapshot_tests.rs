//! Snapshot of the advice on fixed runs, so that a change of wording is seen in review.

use super::testing::{computing, deadlocked, locked, losing, python, run, streaming, text, tiny, waiting};
use crate::analysis::testing::{Synthetic, full, workload_alike};
use crate::session::Outcome;

fn level() -> Synthetic {
    run(
        workload_alike(20, 5.0, 0.0),
        7,
        &[("sequential", 100.3, 1, 1.0), ("async", 100.5, 1, 1.0), ("processes", 310.0, 20, 1.1)],
    )
}

fn disturbed() -> Synthetic {
    let mut built = super::testing::slow_computing();
    built.disturb(40);
    built
}

fn everything() -> Synthetic {
    let mut results = full();
    results.outcome = Some(Outcome::Done);
    Synthetic { results }
}

#[test]
fn the_advice_on_fixed_runs_stays_as_it_is() {
    let runs = [
        ("compute-bound", computing()),
        ("wait-bound", waiting()),
        ("bound by the GIL", python()),
        ("bound by a lock", locked()),
        ("tiny tasks", tiny()),
        ("memory-bound", streaming()),
        ("lost updates", losing()),
        ("deadlock", deadlocked()),
        ("level with the reference", level()),
        ("three rounds", run(workload_alike(20, 50.0, 0.0), 3, super::testing::COMPUTING)),
        ("disturbed", disturbed()),
        ("every column filled", everything()),
    ];
    let all: String = runs.iter().map(|(name, built)| format!("== {name} ==\n{}\n", text(built))).collect();
    insta::assert_snapshot!(all.trim_end());
}
