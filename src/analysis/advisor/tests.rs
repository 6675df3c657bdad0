//! Advice on runs whose right answer is known.

use super::testing::{advice, computing, deadlocked, losing, python, sentences, tiny, waiting};
use super::{Change, Exclusion, Fault, Part, Withheld};
use crate::analysis::testing::Synthetic;
use crate::model::ModelId;

fn models(built: &Synthetic) -> Vec<ModelId> {
    let advice = advice(built);
    let choice = advice.answers[0].choice.as_ref().expect("an answer");
    choice.leaders.iter().map(|leader| leader.contender.model).collect()
}

#[test]
fn the_fastest_is_advised() {
    assert_eq!(models(&waiting()), [ModelId::Async]);
    assert_eq!(models(&computing()), [ModelId::Rayon]);
    assert_eq!(models(&python()), [ModelId::PyProcessPool]);
    assert_eq!(models(&tiny()), [ModelId::Sequential]);
}

#[test]
fn a_wrong_result_is_never_advised_however_fast() {
    let built = losing();
    assert_eq!(models(&built), [ModelId::Sequential]);
    let excluded = &advice(&built).answers[0].excluded;
    let [Exclusion { fault: Fault::LostUpdates { lost, .. }, is_faster: true, .. }, apart] = excluded.as_slice() else {
        panic!("{excluded:?}")
    };
    assert_eq!(*lost, (3_440_000.0, 3_440_000.0));
    assert!(matches!(apart.fault, Fault::CountsApart), "{apart:?}");
}

#[test]
fn a_model_that_deadlocks_is_never_advised_even_if_other_trials_completed() {
    assert_eq!(models(&deadlocked()), [ModelId::Sequential]);
    let mut built = deadlocked();
    for round in 8..20 {
        built.trial("sequential", round, 80.5, 1, 0.01);
        built.trial("threads", round, 20.1, 4, 0.01);
    }
    assert_eq!(models(&built), [ModelId::Sequential]);
    let changes = &advice(&built).answers[0].changes;
    assert!(changes.contains(&Change::LockOrder), "{changes:?}");
}

#[test]
fn without_a_right_model_there_is_no_answer() {
    let mut built = losing();
    built.adjust("sequential", |measured| {
        measured.counted = Some(crate::trial::Counted { expected: 8_000_000, got: 1 });
    });
    let advice = advice(&built);
    assert_eq!(advice.answers[0].choice, Err(Withheld::NoneRight));
    assert!(matches!(advice.answers[0].changes[..], [Change::Protection { .. }]));
}

#[test]
fn hosts_that_are_not_comparable_have_an_answer_each() {
    let mut built = super::testing::run(
        crate::analysis::testing::workload_alike(20, 20.0, 0.0),
        7,
        &[
            ("sequential", 400.0, 1, 1.0),
            ("threads", 205.0, 20, 1.9),
            ("py-sequential", 420.0, 1, 1.0),
            ("py-process-pool", 236.0, 2, 1.9),
        ],
    );
    built.adjust("py-sequential", |_| ());
    let advice = advice(&built);
    let hosts: Vec<_> = advice.answers.iter().map(|answer| answer.host.clone().expect("several")).collect();
    assert_eq!(hosts, ["Rust", "Python"]);
    assert_eq!(sentences(&built, Part::Answer).len(), 2);
}

#[test]
fn two_that_differ_less_than_their_intervals_are_both_advised() {
    let built = super::testing::run(
        crate::analysis::testing::workload_alike(20, 20.0, 0.0),
        9,
        &[("sequential", 400.0, 1, 1.0), ("threads", 205.0, 20, 1.9), ("rayon", 205.2, 2, 1.9)],
    );
    assert_eq!(models(&built), [ModelId::Threads, ModelId::Rayon]);
    let answer = sentences(&built, Part::Answer);
    assert!(answer[0].contains("can't be told apart"), "{answer:?}");
}
