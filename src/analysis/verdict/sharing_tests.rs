//! The verdict's sentences on false sharing.

use std::sync::Arc;

use crate::analysis::testing::{Synthetic, workload_of};
use crate::analysis::{Verdict, analyse};
use crate::trial::{Counted, SpanStore, SpanSummary};
use crate::workload::{Protection, Step, Workload};

fn verdict(built: &Synthetic) -> Verdict {
    analyse(&built.results).verdict
}

/// Two counters in two forms, side by side and apart: `(model, in flight, [plain, atomic] as packed / padded)`.
fn side_by_side(rounds: i32, noise: f64, rows: &[(&str, u32, [f64; 2])]) -> Synthetic {
    let steps = [
        Protection::PerWorker,
        Protection::PerWorkerPadded,
        Protection::PerWorkerAtomic,
        Protection::PerWorkerPaddedAtomic,
    ];
    compared(steps, rounds, noise, rows)
}

/// The same 64 and 128 bytes apart.
fn padded(rounds: i32, noise: f64, rows: &[(&str, u32, [f64; 2])]) -> Synthetic {
    let steps = [
        Protection::PerWorkerPadded64,
        Protection::PerWorkerPadded,
        Protection::PerWorkerPadded64Atomic,
        Protection::PerWorkerPaddedAtomic,
    ];
    compared(steps, rounds, noise, rows)
}

fn compared(steps: [Protection; 4], rounds: i32, noise: f64, rows: &[(&str, u32, [f64; 2])]) -> Synthetic {
    let steps = steps.map(|protection| Step::Increment { count: 10_000_000, protection }).to_vec();
    let work = Workload { workers: Some(2.into()), ..workload_of(2, steps) };
    let names: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    let walls: Vec<(&str, f64, u32, f64)> =
        rows.iter().map(|(name, in_flight, _)| (*name, 80.0, *in_flight, 1.0)).collect();
    let mut built = Synthetic::new(work, &names).rounds(rounds, 0.0, &walls);
    for trial in &mut built.results.trials {
        let row = rows.iter().position(|(name, ..)| *name == trial.contender.to_string()).expect("a row");
        let wobble = 1.0 + noise * (f64::from((trial.round * 7 + row as i32 * 5) % 11) / 5.0 - 1.0);
        let [plain, atomic] = rows[row].2;
        let measured = trial.measured.as_mut().expect("completed");
        measured.counted = Some(Counted { expected: 80_000_000, got: 80_000_000 });
        let mut spans = (*measured.spans.load().expect("in memory")).clone();
        // Plain: 1 ns apart. Atomic: 5 ns apart.
        let lengths = [10e6 * plain * wobble, 10e6, 50e6 * atomic * wobble, 50e6];
        let (mut ends, mut last) = (Vec::new(), 0);
        for span in &mut spans.tasks {
            // One after the other, or all at once.
            span.started = if rows[row].1 == 1 { last } else { 0 };
            let mut at = span.started;
            for length in lengths {
                at += length as u64;
                ends.push(at);
            }
            span.finished = ends.pop().expect("four steps");
            last = span.finished;
        }
        spans.step_ends = ends;
        measured.span_summary = Arc::new(SpanSummary::of(&spans));
        measured.spans = SpanStore::Memory(Arc::new(spans));
    }
    built
}

#[test]
fn false_sharing_is_a_ratio_of_ratios() {
    let rows = [("sequential", 1, [1.0, 1.0]), ("thread-pool", 2, [1.05, 4.9])];
    let reported = verdict(&side_by_side(7, 0.01, &rows));
    assert_eq!(
        reported.headline,
        "Sharing a cache line makes an atomic addition take 4.8 times as long with Thread pool; \
         a plain addition shows less than 10 %"
    );
    assert!(reported.cause.contains("atomic addition, side by side and apart: Sequential 5.0"), "{}", reported.cause);
    assert!(reported.cause.contains("Thread pool 24."), "{}", reported.cause);
    assert!(
        reported.uncertainty.contains("with Thread pool compared with Sequential: 95 % CI 4.8"),
        "{}",
        reported.uncertainty
    );
    assert!(reported.uncertainty.contains(" in 7 rounds."), "{}", reported.uncertainty);
}

#[test]
fn what_one_worker_pays_as_well_is_no_sharing() {
    // As two differently compiled loops had it: 7 times as long, whoever counts.
    let rows = [("sequential", 1, [7.1, 1.0]), ("thread-pool", 2, [7.5, 1.0]), ("threads", 2, [7.3, 1.0])];
    for rounds in [3, 7] {
        let reported = verdict(&side_by_side(rounds, 0.002, &rows));
        assert_eq!(
            reported.headline,
            "No false sharing shows: counters side by side take less than 10 % longer than counters apart"
        );
        assert!(!reported.uncertainty.contains("side by side"), "{}", reported.uncertainty);
    }
}

#[test]
fn sharing_needs_two_at_once_in_one_memory_and_one_alone() {
    let none = "No two tasks counted at the same time in one memory: no cache line was shared";
    // Whatever the times of the steps: a program with one worker shares nothing, processes share nothing.
    let alone = [("sequential", 1, [7.0, 7.0]), ("async", 1, [3.0, 3.0]), ("process-pool", 2, [5.0, 5.0])];
    assert_eq!(verdict(&side_by_side(7, 0.0, &alone)).headline, none);
    let without = [("threads", 2, [1.0, 4.9]), ("thread-pool", 2, [1.0, 4.9])];
    let reported = verdict(&side_by_side(7, 0.0, &without)).headline;
    assert!(reported.ends_with("without a model that counts with one worker the cause is not known"), "{reported}");
}

#[test]
fn an_interval_that_holds_1_is_no_claim_and_neither_are_two_rounds() {
    let rows = [("sequential", 1, [1.0, 1.0]), ("thread-pool", 2, [1.0, 1.3])];
    let reported = verdict(&side_by_side(7, 0.6, &rows)).headline;
    assert!(reported.starts_with("It is not clear yet if sharing a cache line costs time: "), "{reported}");
    let rows = [("sequential", 1, [1.0, 1.0]), ("thread-pool", 2, [1.0, 4.9])];
    assert!(verdict(&side_by_side(2, 0.0, &rows)).headline.starts_with("It is not clear yet"));
    assert!(verdict(&side_by_side(3, 0.0, &rows)).headline.starts_with("Sharing a cache line makes"));
    // On a busy machine three rounds have to show more.
    let rows = [("sequential", 1, [1.0, 1.0]), ("thread-pool", 2, [1.0, 1.6])];
    for (foreign, begins) in [(0, "Sharing a cache line makes"), (1, "It is not clear yet")] {
        let mut built = side_by_side(3, 0.0, &rows);
        for trial in &mut built.results.trials {
            let background = trial.background.as_mut().expect("built with one");
            background.wall_nanos *= 20;
            background.busy_nanos += foreign * background.wall_nanos;
        }
        let reported = verdict(&built).headline;
        assert!(reported.starts_with(begins), "{reported}");
    }
}

#[test]
fn padding_to_64_bytes_is_judged_as_such_whether_it_costs_or_not() {
    let rows = [("sequential", 1, [1.0, 1.0]), ("threads", 2, [1.02, 1.5])];
    let reported = verdict(&padded(7, 0.01, &rows));
    assert_eq!(
        reported.headline,
        "Padding to 64 bytes in place of 128 makes an atomic addition take 1.5 times as long with Threads; a plain \
         addition shows less than 10 %"
    );
    let cause = reported.cause;
    assert!(cause.contains("Time of a plain addition, 64 bytes apart and 128 bytes apart: Sequential"), "{cause}");
    assert!(!cause.contains("side by side"), "{cause}");
    let uncertainty = reported.uncertainty;
    assert!(uncertainty.contains("an atomic addition 64 bytes apart against 128 bytes apart, with"), "{uncertainty}");
    let same = [("sequential", 1, [1.0, 1.0]), ("threads", 2, [1.0, 1.01])];
    assert_eq!(
        verdict(&padded(7, 0.01, &same)).headline,
        "Padding to 64 bytes is enough here: counters 64 bytes apart take less than 10 % longer than counters 128 bytes \
         apart"
    );
    let open = [("sequential", 1, [1.0, 1.0]), ("threads", 2, [1.0, 1.3])];
    let headline = verdict(&padded(7, 0.6, &open)).headline;
    let question = "It is not clear yet if counters 64 bytes apart take longer than counters 128 bytes apart: ";
    assert!(headline.starts_with(question), "{headline}");
}

#[test]
fn both_layouts_in_one_run_have_a_sentence_each() {
    let rows = [("sequential", 1, [1.0, 1.0]), ("threads", 2, [4.0, 1.0])];
    let steps = [
        Protection::PerWorkerAtomic,
        Protection::PerWorkerPaddedAtomic,
        Protection::PerWorkerPadded64Atomic,
        Protection::PerWorkerAtomic,
    ];
    let headline = verdict(&compared(steps, 7, 0.0, &rows)).headline;
    assert!(headline.starts_with("Sharing a cache line makes an atomic addition take 4"), "{headline}");
    assert!(headline.contains(" times as long with Threads. Padding to 64 bytes is enough here: "), "{headline}");
}
