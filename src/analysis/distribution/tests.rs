//! Tests of the distributions: counts are kept, few points suffice, and bins and curve agree with the percentiles.

use std::sync::Arc;

use super::*;
use crate::analysis::analyse;
use crate::analysis::testing::{Synthetic, workload_alike};
use crate::trial::SpanSummary;

fn built() -> Synthetic {
    Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "threads"]).rounds(
        7,
        0.02,
        &[("sequential", 4000.0, 1, 0.01), ("threads", 60.0, 80, 0.3)],
    )
}

#[test]
fn outliers_have_their_round_and_position_and_warm_ups_are_left_out() {
    let mut built = built();
    let slow = built.results.trials.iter_mut().filter(|trial| trial.round == 5);
    let slow: Vec<_> = slow.filter(|trial| trial.contender.to_string() == "threads").collect();
    for trial in slow {
        trial.measured.as_mut().expect("completed").wall_nanos = 95_000_000;
    }
    let spreads = Distributions::of(&built.results).trials;
    let threads = &spreads[1];
    assert_eq!((threads.dots.len(), threads.most), (7, 95e6));
    let outliers: Vec<(i32, u32)> = threads.outliers().map(|dot| (dot.round, dot.position)).collect();
    assert_eq!(outliers, [(5, 12)]);
    assert_eq!(analyse(&built.results).summaries[1].outliers, 1, "as many as the summary counts");
    let (low, high) = threads.quartiles.expect("seven trials");
    assert!(threads.least <= low && low <= threads.median && threads.median <= high && high <= threads.most);
    assert!(spreads[0].relative_range() < 0.1 && threads.relative_range() > 0.5);
}

#[test]
fn curve_and_bins_hold_every_task_and_agree_with_the_percentiles() {
    let built = built();
    let distributions = Distributions::of(&built.results);
    let summaries = analyse(&built.results).summaries;
    for (times, summary) in distributions.latency.models.iter().zip(&summaries) {
        assert_eq!(times.tasks, 7 * 80);
        let in_bins: f64 = times.bins.iter().map(|bin| bin.share).sum();
        assert!((in_bins + times.zero_share - 1.0).abs() < 1e-9, "{in_bins}");
        assert_eq!(times.curve.last().map(|point| point.1), Some(1.0));
        assert!(times.curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        let median = summary.latency.expect("tasks").p50;
        // Points of a cell are one, so the curve may be late by its width.
        assert!(times.share_up_to(median * 1.01) >= 0.5 && times.share_up_to(median * 0.99) < 0.5 + 0.5 / 80.0);
        assert!(times.bin_at(median).is_some_and(|bin| bin.share > 0.0));
    }
}

#[test]
fn a_queue_of_zero_is_a_share_and_no_point() {
    let built = built();
    let queue = Distributions::of(&built.results).queue;
    let [sequential, threads] = queue.models.as_slice() else { panic!("two models") };
    // The first task of every trial starts at once; under threads all do.
    assert!((sequential.zero_share - 1.0 / 80.0).abs() < 1e-9);
    assert_eq!((threads.zero_share, threads.curve.len(), threads.bins.len()), (1.0, 0, 0));
    assert_eq!((threads.share_up_to(1.0), sequential.share_up_to(0.5)), (1.0, 1.0 / 80.0));
    assert_eq!(queue.range().map(|range| range.0), sequential.curve.first().map(|point| point.0));
}

#[test]
fn a_million_values_make_few_points_and_bins() {
    let mut built =
        Synthetic::new(workload_alike(2, 0.0, 5.0), &["threads"]).rounds(1, 0.0, &[("threads", 5.0, 2, 1.0)]);
    let wide: Vec<(u64, u64)> = (0..200_000_u64).map(|step| (1 + step * step / 7, 5)).collect();
    built.adjust("threads", |measured| {
        measured.span_summary = Arc::new(SpanSummary::from_histograms(wide.clone(), wide.clone()));
    });
    let latency = Distributions::of(&built.results).latency;
    let times = &latency.models[0];
    assert_eq!(times.tasks, 1_000_000);
    assert!(times.curve.len() <= 515 && times.bins.len() <= 61, "{} {}", times.curve.len(), times.bins.len());
    assert!(times.curve.len() > 300);
    // Where the curve was thinned, its points are still exact.
    let exact = |nanos: f64| wide.iter().filter(|(value, _)| *value as f64 <= nanos).count() as f64 / 200_000.0;
    for (nanos, share) in times.curve.iter().step_by(50) {
        assert!((share - exact(*nanos)).abs() < 2e-3, "{nanos}: {share} and {}", exact(*nanos));
    }
}

#[test]
fn values_close_together_get_bins_of_their_own() {
    let built = built();
    let results = &built.results;
    let bins = &Distributions::of(results).latency.models[1].bins;
    assert!(bins.iter().all(|bin| bin.from < bin.to && bin.to / bin.from < 1.3), "{bins:?}");
}

#[test]
fn nothing_measured_has_no_distribution() {
    let built = Synthetic::new(workload_alike(2, 0.0, 5.0), &["threads"]);
    let none = Distributions::of(&built.results);
    assert!(none.trials.is_empty() && none.tasks(TaskTime::Queue).models.is_empty());
    assert_eq!(none.tasks(TaskTime::Latency).range(), None);
}
