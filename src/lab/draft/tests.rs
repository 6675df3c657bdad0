//! Effects of edits on a draft.

use super::*;
use crate::lab::blank_experiment;
use crate::model::ModelId;
use crate::workload::{Lock, SectionWork};

fn draft(steps: Vec<Step>) -> Draft {
    let mut experiment = blank_experiment();
    experiment.workload.tasks = Tasks::Alike { count: 10, steps };
    Draft::of(experiment, 2, Arc::default())
}

#[test]
fn the_share_of_computing_changes_and_the_length_stays() {
    let mut draft = draft(vec![Step::wait(50.0)]);
    assert_eq!(draft.compute_share(), Some(0.0));
    draft.edit(Edit::ComputeShare(0.2));
    let expected = [Step::Compute { ms: 10.0, kernel: Kernel::default() }, Step::wait(40.0)];
    assert_eq!(draft.workload().steps(), expected);
    draft.edit(Edit::ComputeShare(1.0));
    assert_eq!(draft.workload().task_ms(), Some(50.0));
    draft.edit(Edit::ComputeShare(0.5));
    assert_eq!(draft.workload().steps().len(), 2);
    assert_eq!(draft.compute_share(), Some(0.5));
}

#[test]
fn the_sentence_is_the_presets_own_until_the_work_is_another() {
    let quick_tour = crate::preset::built_in()[0].clone();
    let own = quick_tour.summary.clone();
    let mut draft = Draft::of(quick_tour, 2, Arc::default());
    assert_eq!((draft.summary(), draft.name()), (own.clone(), "Quick tour".to_owned()));
    draft.edit(Edit::Trials(crate::experiment::TrialCount::Fixed(3)));
    assert_eq!((draft.summary(), draft.name()), (own.clone(), "Quick tour (edited)".to_owned()));
    draft.edit(Edit::Tasks(1000));
    draft.edit(Edit::TaskMs(7.0));
    assert!(draft.summary().starts_with(&format!("{} tasks: ", units::count(1000))), "{}", draft.summary());
    draft.edit(Edit::Steps(Vec::new()));
    assert!(draft.summary().ends_with(" tasks with nothing to do"), "{}", draft.summary());
    draft.revert();
    assert_eq!(draft.summary(), own);
}

#[test]
fn ticking_what_can_not_be_ticked_is_no_edit() {
    let mut experiment = blank_experiment();
    experiment.models_by_default = true;
    let mut draft = Draft::of(experiment, 2, Arc::default());
    draft.edit(Edit::Select(Contender::of(ModelId::PyThreads), true));
    assert!(!draft.edited());
}

#[test]
fn ticking_back_is_no_edit() {
    let mut draft = draft(vec![Step::wait(1.0)]);
    let threads = Contender::of(ModelId::Threads);
    draft.edit(Edit::Select(threads.clone(), false));
    assert!(draft.edited());
    assert!(!draft.chosen().any(|one| *one == threads));
    draft.edit(Edit::Select(threads, true));
    assert!(!draft.edited());
}

#[test]
fn a_slow_model_is_left_out_with_its_figure() {
    let mut draft = draft(vec![Step::wait(1000.0)]);
    draft.edit(Edit::Tasks(1000));
    let to_run = draft.to_run();
    let sequential = Contender::of(ModelId::Sequential);
    assert!(!to_run.models.contains(&sequential));
    let reason =
        to_run.left_out.iter().find(|one| one.contender.model == ModelId::Sequential).map(|one| one.reason.as_str());
    assert_eq!(reason, Some("one trial would take about 17 min"));
    draft.edit(Edit::Select(sequential.clone(), true));
    assert!(draft.to_run().models.contains(&sequential));
    draft.edit(Edit::Select(sequential, false));
    draft.edit(Edit::Tasks(10));
    assert!(draft.cells().iter().all(|cell| !cell.too_slow));
}

#[test]
fn a_million_heavy_tailed_tasks_are_estimated_at_once() {
    let mut draft = draft(vec![Step::wait(1.0)]);
    draft.edit(Edit::Spread(crate::workload::DurationDistribution::Pareto { shape: 1.5 }));
    let begun = std::time::Instant::now();
    draft.edit(Edit::Tasks(1_000_000));
    assert!(begun.elapsed() < std::time::Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[test]
fn what_a_model_cannot_do_is_left_out_with_the_reason_and_comes_back() {
    let mut draft = draft(vec![Step::memory(8)]);
    let processes = Contender::of(ModelId::Processes);
    let cell = |draft: &Draft| draft.cells().iter().find(|cell| cell.contender == processes).cloned().expect("a cell");
    assert!(!cell(&draft).selected);
    let reason = cell(&draft).unavailable.expect("it can't stream memory");
    draft.edit(Edit::Select(processes.clone(), true));
    let to_run = draft.to_run();
    assert_eq!(to_run.validate(), Ok(()));
    assert!(!to_run.models.contains(&processes));
    assert!(to_run.left_out.iter().any(|one| one.contender.model == ModelId::Processes && one.reason == reason));
    draft.edit(Edit::Step(0, Step::wait(1.0)));
    assert!(cell(&draft).selected && cell(&draft).unavailable.is_none());
    assert!(draft.to_run().left_out.is_empty());
}

#[test]
fn a_mutex_lets_one_in_whatever_stood_there_before() {
    let mut draft = draft(vec![Step::critical(1.0, Lock::Semaphore, 4, SectionWork::Wait)]);
    draft.edit(Edit::Step(0, Step::critical(1.0, Lock::Mutex, 4, SectionWork::Wait)));
    assert_eq!(draft.workload().steps()[0].permits(), Some(1));
    assert_eq!(draft.to_run().validate(), Ok(()));
    draft.edit(Edit::Ticker(true));
    assert!(draft.workload().ticker && draft.edited());
}

#[test]
fn a_million_tasks_in_one_lock_take_as_long_as_their_sections() {
    let mut draft = draft(vec![Step::critical(1.0, Lock::Mutex, 1, SectionWork::Wait)]);
    draft.edit(Edit::Tasks(1_000_000));
    let threads = draft.cells().iter().find(|cell| cell.contender.model == ModelId::Async).expect("a cell");
    assert!((1000.0..1100.0).contains(&threads.seconds), "{}", threads.seconds);
}
