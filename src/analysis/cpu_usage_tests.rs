//! Tests of CPU usage over time: trials in a row, gaps, and what thinning keeps.

use super::*;

fn sample(at_ms: f64, percent: [f32; 2], own: Option<f32>) -> CpuSample {
    CpuSample { at_ms, width_ms: 250.0, usage_percent: percent.to_vec(), lab_percent: Some(1.0), tree_percent: own }
}

fn one(samples: &[CpuSample], wall_nanos: Option<u64>) -> CpuUsage {
    CpuUsage::of([(samples, wall_nanos)].into_iter())
}

#[test]
fn trials_follow_each_other_with_the_gap_at_their_end() {
    let samples = [sample(250.0, [100.0, 0.0], Some(60.0)), sample(500.0, [50.0, 50.0], Some(500.0))];
    let usage = CpuUsage::of([(&samples[..], Some(800_000_000)), (&samples[..1], None)].into_iter());
    assert_eq!((usage.cores, &usage.trial_ends_ms[..]), (2, &[800.0, 1050.0][..]));
    let times: Vec<(usize, f64, f64)> = usage.samples.iter().map(|one| (one.trial, one.from_ms, one.to_ms)).collect();
    assert_eq!(times, [(0, 0.0, 250.0), (0, 250.0, 500.0), (1, 800.0, 1050.0)]);
    assert_eq!(usage.samples[1].own_cores, Some(2.0), "no more than there are");
    assert!((usage.samples[0].other_cores().expect("known") - 0.4).abs() < 1e-6);
    assert_eq!(usage.core_percent(1), [50.0, 50.0]);
    assert_eq!((usage.sample_at(300.0), usage.sample_at(600.0), usage.sample_at(900.0)), (Some(1), None, Some(2)));
    let means = usage.means();
    assert_eq!(means.busy_cores, 1.0);
    assert_eq!(means.lab_cores.map(|cores| (cores * 1000.0).round()), Some(10.0));
    let (own, other) = means.own_and_other.expect("known in all");
    assert!((own - 3.2 / 3.0).abs() < 1e-6 && (other - 0.8 / 3.0).abs() < 1e-6, "{means:?}");
    assert_eq!(one(&[], Some(5)).means().lab_cores, None);
}

#[test]
fn an_unknown_own_share_stays_unknown() {
    let usage = one(&[sample(250.0, [10.0, 0.0], None), sample(500.0, [10.0, 0.0], Some(1.0))], None);
    assert_eq!(usage.means().own_and_other, None);
    assert_eq!(usage.samples[0].other_cores(), None);
    assert_eq!(usage.thinned(0.0, 500.0, 1).samples[0].own_cores, None);
}

#[test]
fn thinning_keeps_means_and_gaps() {
    let mut samples: Vec<CpuSample> = Vec::new();
    for index in 1..=10_000_u32 {
        // A gap of 100 s in the middle.
        let pause = if index > 5_000 { 100_000.0 } else { 0.0 };
        let busy = if index % 2 == 0 { 100.0 } else { 0.0 };
        samples.push(sample(f64::from(index) * 250.0 + pause, [busy, 100.0 - busy], Some(busy)));
    }
    let usage = one(&samples, None);
    let thin = usage.thinned(0.0, usage.length_ms(), 500);
    assert!((400..=510).contains(&thin.samples.len()), "{}", thin.samples.len());
    let (own, other) = thin.means().own_and_other.expect("known");
    assert!((own - 0.5).abs() < 0.01 && (other - 0.5).abs() < 0.01, "{own} {other}");
    assert!(thin.samples.iter().all(|one| (one.busy_cores - 1.0).abs() < 1e-6));
    assert!((0..thin.samples.len()).all(|index| (thin.core_percent(index)[0] - 50.0).abs() < 10.0));
    let widest = thin.samples.windows(2).map(|pair| pair[1].from_ms - pair[0].to_ms).fold(0.0, f64::max);
    assert!((widest - 100_000.0).abs() < 1.0, "{widest}");
    assert_eq!(usage.thinned_totals(0.0, usage.length_ms(), 500).samples, thin.samples);
    // Few visible samples stay as they are.
    let close = usage.thinned(1_000.0, 2_000.0, 500);
    assert_eq!(close.samples[..], usage.samples[4..8]);
    assert_eq!(close.core_percent(0), usage.core_percent(4));
    assert!(usage.thinned(1e9, 2e9, 500).samples.is_empty());
}
