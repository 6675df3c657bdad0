//! Questions on runs whose answer is known, and runs that support none.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Choice, QUESTIONS, Question, Subject, questions, written};
use crate::analysis::analyse;
use crate::analysis::testing::{Synthetic, workload_alike, workload_of};
use crate::experiment::quiz::QuizEntry;
use crate::model::ModelId;
use crate::session::Outcome;
use crate::trial::{Beat, Counted};
use crate::workload::{Protection, Step, Workload};

type Rows = [(&'static str, f64, u32, f64)];

const WAITING: &Rows = &[("sequential", 4010.0, 1, 0.03), ("thread-pool", 806.0, 5, 0.12), ("async", 53.2, 80, 0.71)];
const COMPUTING: &Rows = &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.9), ("async", 1001.0, 1, 1.0)];

fn run(workload: Workload, rounds: i32, noise: f64, rows: &Rows) -> Synthetic {
    let names: Vec<&str> = rows.iter().map(|(name, ..)| *name).collect();
    let mut built = Synthetic::new(workload, &names).rounds(rounds, noise, rows);
    built.results.outcome = Some(Outcome::Done);
    built
}

fn waiting() -> Synthetic {
    let mut built = run(Workload { workers: Some(5.into()), ..workload_alike(80, 0.0, 50.0) }, 15, 0.004, WAITING);
    built.adjust("thread-pool", |measured| measured.workers = Some(5));
    built
}

fn asked(built: &Synthetic) -> Vec<Question> {
    questions(&built.results, &analyse(&built.results))
}

fn find(built: &Synthetic, subject: fn(&Subject) -> bool) -> Option<Question> {
    let all = super::candidates::candidates(&built.results, &analyse(&built.results));
    all.into_iter().find(|question| subject(&question.subject))
}

fn right_model(question: &Question) -> ModelId {
    let Choice::Contender(contender) = &question.choices[question.answer] else { panic!("{question:?}") };
    contender.model
}

#[test]
fn the_questions_on_fixed_runs_stay_as_they_are() {
    let steps = vec![Step::Increment { count: 1_000_000, protection: Protection::None }];
    let counting: &Rows = &[("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9), ("async", 8.5, 1, 1.0)];
    let mut losing = run(workload_of(8, steps), 7, 0.001, counting);
    for (model, got) in [("sequential", 8_000_000), ("threads", 4_560_000), ("async", 8_000_000)] {
        losing.adjust(model, |measured| measured.counted = Some(Counted { expected: 8_000_000, got }));
    }
    let tiny: &Rows = &[("sequential", 5.0, 1, 1.0), ("thread-pool", 16.0, 2, 1.6), ("threads", 3500.0, 4, 1.2)];
    let runs = [
        ("waiting", waiting()),
        ("computing", run(workload_alike(20, 50.0, 0.0), 7, 0.004, COMPUTING)),
        ("lost updates", losing),
        ("tiny tasks", run(workload_alike(100_000, 0.0, 0.0), 7, 0.004, tiny)),
    ];
    let mut text = String::new();
    for (name, built) in runs {
        writeln!(text, "== {name} ==").expect("a string");
        for question in asked(&built) {
            writeln!(text, "{}", question.text()).expect("a string");
            for (index, choice) in question.choices.iter().enumerate() {
                let mark = if index == question.answer { "*" } else { " " };
                writeln!(text, " {mark} {}", choice.text()).expect("a string");
            }
            writeln!(text, "   {}", question.evidence_text()).expect("a string");
        }
    }
    insta::assert_snapshot!(text.trim_end());
}

#[test]
fn a_lesson_has_at_most_three_questions_with_different_choices() {
    for built in [waiting(), run(workload_alike(20, 50.0, 0.0), 7, 0.004, COMPUTING)] {
        let all = asked(&built);
        assert_eq!(all.len(), QUESTIONS);
        for question in all {
            let texts: Vec<String> = question.choices.iter().map(Choice::text).collect();
            assert!(texts.len() >= 2 && question.answer < texts.len(), "{question:?}");
            let differ = texts.iter().enumerate().all(|(index, text)| !texts[..index].contains(text));
            assert!(differ, "{texts:?}");
        }
    }
}

#[test]
fn the_most_is_asked_for_only_where_intervals_do_not_overlap() {
    let cores = |built: &Synthetic| find(built, |subject| *subject == Subject::MostCores);
    let clear = run(workload_alike(20, 50.0, 0.0), 7, 0.004, COMPUTING);
    assert_eq!(right_model(&cores(&clear).expect("clear")), ModelId::Rayon);
    let level: &Rows = &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.9), ("threads", 510.0, 20, 1.85)];
    assert!(cores(&run(workload_alike(20, 50.0, 0.0), 7, 0.004, level)).is_none(), "two kept as many busy");
    assert!(cores(&run(workload_alike(20, 50.0, 0.0), 5, 0.004, COMPUTING)).is_none(), "too few for an interval");
    let idle: &Rows = &[("sequential", 1000.0, 1, 0.1), ("rayon", 510.0, 2, 0.9)];
    assert!(cores(&run(workload_alike(20, 0.0, 50.0), 7, 0.004, idle)).is_none(), "none used a second core");
}

#[test]
fn the_fastest_is_asked_for_only_where_all_others_are_clearly_slower() {
    let fastest = |built: &Synthetic| find(built, |subject| *subject == Subject::Fastest);
    assert_eq!(right_model(&fastest(&waiting()).expect("clear")), ModelId::Async);
    let level: &Rows = &[("sequential", 4000.0, 1, 0.03), ("threads", 53.0, 80, 0.7), ("async", 53.1, 80, 0.7)];
    assert!(fastest(&run(workload_alike(80, 0.0, 50.0), 7, 0.02, level)).is_none());
    assert!(fastest(&run(workload_alike(80, 0.0, 50.0), 5, 0.0, WAITING)).is_none(), "too few rounds");
}

#[test]
fn tasks_in_flight_are_asked_for_only_if_every_trial_had_as_many() {
    let flight = |built: &Synthetic| find(built, |subject| matches!(subject, Subject::InFlight(_)));
    let question = flight(&waiting()).expect("the same in each");
    assert_eq!(question.choices[question.answer], Choice::Tasks(80, true));
    let mut varied = waiting();
    varied.trial("async", 16, 53.0, 77, 0.7);
    let other = flight(&varied).expect("another model");
    assert!(matches!(&other.subject, Subject::InFlight(contender) if contender.model == ModelId::ThreadPool));
}

#[test]
fn twice_the_workers_help_by_the_ideal_or_do_not() {
    let double = |built: &Synthetic| find(built, |subject| matches!(subject, Subject::DoubleWorkers { .. }));
    let question = double(&waiting()).expect("a pool");
    assert_eq!(question.choices[question.answer], Choice::Shorter(true));
    let question = double(&run(workload_alike(20, 50.0, 0.0), 7, 0.004, COMPUTING)).expect("a pool");
    assert_eq!(question.choices[question.answer], Choice::Shorter(false), "two cores");
    let beyond: &Rows = &[("sequential", 800.0, 1, 1.0), ("rayon", 410.0, 2, 1.9)];
    assert!(double(&run(workload_alike(20, 50.0, 0.0), 7, 0.004, beyond)).is_none(), "ideals are no bounds here");
    let files = run(workload_of(8, vec![Step::file(1, true)]), 7, 0.004, COMPUTING);
    assert!(double(&files).is_none(), "there is no ideal");
}

#[test]
fn wrong_choices_of_a_ratio_lie_outside_of_its_interval() {
    let built = waiting();
    let question = find(&built, |subject| matches!(subject, Subject::TimesAsFast { .. })).expect("clear");
    let super::Evidence::Interval { ci95, .. } = question.evidence else { panic!("{question:?}") };
    for (index, choice) in question.choices.iter().enumerate() {
        let Choice::Times(ratio) = choice else { panic!("{choice:?}") };
        let inside = *ratio >= ci95.0 && *ratio <= ci95.1;
        assert_eq!(inside, index == question.answer, "{ratio} {ci95:?}");
    }
    let level: &Rows = &[("sequential", 100.0, 1, 1.0), ("async", 90.0, 1, 1.0)];
    let near = run(workload_alike(20, 5.0, 0.0), 7, 0.001, level);
    assert!(find(&near, |subject| matches!(subject, Subject::TimesAsFast { .. })).is_none());
}

#[test]
fn lost_updates_are_asked_for_only_if_every_trial_of_one_and_none_of_another_lost_some() {
    let steps = vec![Step::Increment { count: 1_000, protection: Protection::None }];
    let rows: &Rows = &[("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9)];
    let lost = |built: &Synthetic| find(built, |subject| *subject == Subject::LostUpdates);
    let mut built = run(workload_of(8, steps), 3, 0.0, rows);
    built.adjust("sequential", |measured| measured.counted = Some(Counted { expected: 8_000, got: 8_000 }));
    built.adjust("threads", |measured| measured.counted = Some(Counted { expected: 8_000, got: 8_000 }));
    assert!(lost(&built).is_none(), "nobody lost any");
    built.adjust("threads", |measured| measured.counted = Some(Counted { expected: 8_000, got: 5_000 }));
    assert_eq!(right_model(&lost(&built).expect("clear")), ModelId::Threads);
    let last = built.results.trials.iter_mut().rfind(|trial| trial.contender.model == ModelId::Threads);
    let measured = last.and_then(|trial| trial.measured.as_mut()).expect("measured");
    measured.counted = Some(Counted { expected: 8_000, got: 8_000 });
    assert!(lost(&built).is_none(), "one trial lost none");
}

#[test]
fn the_longest_standstill_is_asked_for_where_one_is_clearly_longest() {
    let mut workload = workload_alike(8, 40.0, 0.0);
    workload.ticker = true;
    let rows: &Rows = &[("async", 321.0, 8, 1.0), ("async-blocking", 165.0, 8, 1.9)];
    let ticking = |blocking: u64| {
        let mut built = run(workload.clone(), 7, 0.004, rows);
        for (model, late) in [("async", 300_000_000), ("async-blocking", blocking)] {
            built.adjust_spans(model, |spans| spans.beats = (1..=10).map(|beat| Beat { due: beat, late }).collect());
        }
        built
    };
    let standstill = |built: &Synthetic| find(built, |subject| *subject == Subject::LongestStandstill);
    assert_eq!(right_model(&standstill(&ticking(200_000)).expect("clear")), ModelId::Async);
    assert!(standstill(&ticking(290_000_000)).is_none());
}

#[test]
fn a_run_in_doubt_is_asked_nothing_about_times() {
    let slow: &Rows = &[("sequential", 1300.0, 1, 1.0), ("rayon", 800.0, 2, 1.9)];
    let mut built = run(workload_alike(20, 50.0, 0.0), 7, 0.004, slow);
    assert!(!asked(&built).is_empty());
    built.disturb(50);
    assert!(asked(&built).is_empty());
    let mut running = waiting();
    running.results.outcome = None;
    assert!(asked(&running).is_empty());
}

#[test]
fn the_file_s_questions_fill_up_what_the_figures_do_not_support() {
    let mut built = run(workload_alike(80, 0.0, 50.0), 1, 0.0, &WAITING[..1]);
    let entry = |question: &str| QuizEntry {
        question: question.to_owned(),
        choices: vec!["a".to_owned(), "b".to_owned()],
        answer: "b".to_owned(),
        because: "It is.".to_owned(),
    };
    let experiment = Arc::make_mut(&mut built.results.experiment);
    experiment.quiz = ["One?", "Two?", "Three?", "Four?"].map(entry).to_vec();
    let all = asked(&built);
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|question| !question.is_of_run()));
    assert_eq!((all[0].text(), all[0].answer, all[0].evidence_text()), ("One?".to_owned(), 1, "It is.".to_owned()));
    assert_eq!(written(&built.results.experiment), all);
}

#[test]
fn every_preset_asks_something_before_its_run() {
    for preset in crate::preset::built_in() {
        assert!(!written(preset).is_empty(), "{}", preset.id);
    }
}
