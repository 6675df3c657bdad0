//! Conclusions from fixed figures.

use super::judge::judge;
use super::testing::{machine, measured, report};
use super::*;
use crate::analysis::Finding;
use crate::clock::StampClock;
use crate::model::ModelId;
use crate::session::Machine;
use crate::workload::Kernel;

fn verdict(id: CheckId, measurement: &Measurement) -> Verdict {
    judge(id, measurement, &machine()).0
}

#[test]
fn a_figure_within_its_limit_is_supported_and_one_wholly_beyond_it_is_not() {
    let id = CheckId::BusyTasks(ModelId::Rayon);
    let ratio = |value: f64, ci95| Measurement { ci95, ..measured(Unit::Ratio, value, None, 1.02) };
    assert_eq!(verdict(id, &ratio(1.01, Some((0.99, 1.019)))), Verdict::Supported);
    assert_eq!(judge(id, &ratio(1.01, Some((0.99, 1.05))), &machine()), (Verdict::WithCaveat, vec![Caveat::Uncertain]));
    assert_eq!(judge(id, &ratio(1.03, Some((1.01, 1.05))), &machine()), (Verdict::WithCaveat, vec![Caveat::Uncertain]));
    let (beyond, caveats) = judge(id, &ratio(1.05, Some((1.03, 1.07))), &machine());
    assert_eq!(beyond, Verdict::NotSupported);
    assert_eq!(caveats, [Caveat::BusyTasks { model: ModelId::Rayon, ratio: 1.05 }]);
}

#[test]
fn without_an_interval_nothing_of_many_repetitions_is_supported_or_refused() {
    let few = |value| Measurement { ci95: None, repetitions: 2, ..measured(Unit::Ratio, value, None, 1.02) };
    for value in [1.0, 3.0] {
        let (verdict, caveats) = judge(CheckId::BusyTasks(ModelId::Async), &few(value), &machine());
        assert_eq!((verdict, caveats), (Verdict::WithCaveat, vec![Caveat::FewRepetitions { repetitions: 2 }]));
    }
}

#[test]
fn a_spread_a_little_beyond_its_limit_is_a_caveat_and_far_beyond_it_is_refused() {
    let id = CheckId::Calibration(Kernel::Sha256);
    let spread = |value| Measurement { ci95: None, ..measured(Unit::Percent, value, None, 1.0) };
    assert_eq!(verdict(id, &spread(0.9)), Verdict::Supported);
    assert_eq!(verdict(id, &spread(3.0)), Verdict::WithCaveat);
    assert_eq!(verdict(id, &spread(8.0)), Verdict::NotSupported);
}

#[test]
fn a_slow_counter_is_a_caveat_that_says_what_recording_costs_instead() {
    let details = Details::Clock(StampClock::CpuCounter);
    let reading = Measurement { details, ..measured(Unit::Nanos, 20.0, None, 15.0) };
    let (verdict, caveats) = judge(CheckId::ClockReading, &reading, &machine());
    assert_eq!(verdict, Verdict::WithCaveat);
    let [caveat] = caveats.as_slice() else { panic!("{caveats:?}") };
    let remedy = caveat.remedy();
    assert!(remedy.contains("20.0 ns on this virtual machine") && remedy.contains("about 60.0 ns"), "{remedy}");
    assert!(remedy.contains("tasks shorter than 6.00 µs"), "{remedy}");
}

#[test]
fn two_copies_of_one_model_that_are_called_different_are_a_false_alarm() {
    let compared =
        |finding| Measurement { details: Details::Compared(finding), ..measured(Unit::Ratio, 1.02, None, 0.0) };
    let same = |finding| judge(CheckId::SameModel, &compared(finding), &machine());
    assert_eq!(same(Finding::NotDistinguishable { detectable_share: 0.02 }), (Verdict::Supported, vec![]));
    let coarse = Finding::NotDistinguishable { detectable_share: 0.2 };
    assert_eq!(same(coarse), (Verdict::WithCaveat, vec![Caveat::Insensitive { percent: 20.0 }]));
    for finding in [Finding::Slower, Finding::Faster] {
        assert_eq!(same(finding), (Verdict::NotSupported, vec![Caveat::FalseAlarm { ratio: 1.02 }]));
    }
    assert!(compared(Finding::Slower).remark().contains("false alarm"));
}

#[test]
fn a_debug_build_is_measured_and_not_judged() {
    let debug = Machine { debug_build: true, ..machine() };
    let figure = Outcome::Measured(measured(Unit::Nanos, 1.0, None, 12.0));
    let check = Check::judged(CheckId::RunnerStart, figure, &debug);
    assert_eq!((check.verdict, check.caveats.len()), (Some(Verdict::NotJudged), 0));
    assert!(check.measurement().is_some());
    let caveats = caveat::of_machine(&debug, None);
    assert!(caveats.contains(&Caveat::Machine(crate::analysis::Caveat::DebugBuild)), "{caveats:?}");
}

#[test]
fn one_core_is_a_caveat() {
    let mut one = machine();
    one.cpus.usable = 1;
    assert!(caveat::of_machine(&one, None).contains(&Caveat::OneCore));
    assert!(!caveat::of_machine(&machine(), None).contains(&Caveat::OneCore));
}

#[test]
fn every_check_is_counted_once() {
    let report = report();
    let VerdictCounts { supported, with_caveat, not_supported, not_judged, not_measured, failed } = report.counts();
    let all = supported + with_caveat + not_supported + not_judged + not_measured + failed;
    assert_eq!(all, report.checks.len());
    assert_eq!((not_judged, not_measured, failed), (0, 2, 1));
    assert!(report.has_failed() && !report.is_cancelled());
    assert!(report.headline().starts_with("16 checks in 31.4 s: "), "{}", report.headline());
}

#[test]
fn every_check_has_a_title_of_its_own_and_says_what_it_is() {
    let all = CheckId::all();
    for (index, id) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other.title() != id.title()), "{}", id.title());
        assert!(!id.meaning().ends_with('.') && id.meaning().len() > 20, "{id:?}");
    }
    // Every model twice.
    assert_eq!(all.len(), 11 + 2 * ModelId::all().count());
}
