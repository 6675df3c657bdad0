//! Exports of a run that was read back equal those of the live run, byte for byte.

use concurrency_lab::model::Contender;
use concurrency_lab::record::{Recorder, RunStatus, open_file};
use concurrency_lab::session::SessionEvent;
use proptest::prelude::*;

use super::{arbitrary, exports, history, new_run, record, results, store};

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn exports_of_a_run_that_was_read_back_are_those_of_the_live_one((experiment, events) in arbitrary::run()) {
        prop_assume!(experiment.validate().is_ok());
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (id, live) = record(&history, &experiment, &events);
        let stored = history.open(&id).expect("readable");
        prop_assert_eq!(&stored.results.first().experiment, &live.experiment);
        prop_assert_eq!(&stored.results.first().interpreters, &live.interpreters);
        prop_assert_eq!(&stored.results.first().calibrations, &live.calibrations);
        prop_assert_eq!(&stored.results.first().machine, &live.machine);
        prop_assert_eq!(&stored.results.first().outcome, &live.outcome);
        prop_assert_eq!(&stored.results.first().rounds, &live.rounds);
        let spans = |trial: &concurrency_lab::trial::Trial| trial.measured.as_ref().map(|one| one.spans.load().expect("spans"));
        for (read, was) in stored.results.first().trials.iter().zip(&live.trials) {
            prop_assert_eq!(spans(read), spans(was));
            prop_assert_eq!(&read.cpu, &was.cpu);
            prop_assert_eq!(read.background, was.background);
        }
        for ((kind, live), (_, read)) in exports(&live).into_iter().zip(exports(stored.results.first())) {
            prop_assert_eq!(read, live, "{:?}", kind);
        }
        // The same from a file that lies elsewhere.
        let elsewhere = folder.path().join("copy.clab");
        std::fs::copy(history.path(&id), &elsewhere).expect("copied");
        let copied = open_file(&elsewhere).expect("readable");
        prop_assert_eq!(exports(copied.results.first()), exports(&live));
    }

    #[test]
    fn every_finished_trial_is_in_the_file_at_once((experiment, events) in arbitrary::run(), end in 3..20_usize) {
        prop_assume!(experiment.validate().is_ok());
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::in_history(history(folder.path()), new_run(&experiment));
        let mut live = results(&experiment);
        for event in &events[..end] {
            store(&recorder, event).expect("stored");
            live.apply(event.clone());
        }
        // As a lab that was killed leaves it: the file with its log.
        let killed = folder.path().join("killed");
        std::fs::create_dir(&killed).expect("created");
        let path = recorder.recorded().expect("recorded").path;
        for ending in ["", "-wal"] {
            let from = format!("{}{ending}", path.display());
            std::fs::copy(from, killed.join(format!("k.clab{ending}"))).expect("copied");
        }
        let history = concurrency_lab::record::Store::at(killed);
        if !live.trials.iter().any(|trial| trial.is_over() && !trial.is_warmup()) {
            let reason = history.open("k").expect_err("nothing to show").to_string();
            prop_assert!(reason.contains("no trial was measured") && !history.path("k").exists(), "{}", reason);
            return Ok(());
        }
        let stored = history.open("k").expect("readable");
        let all_rounds = |contender: &Contender| {
            let rounds = live.measured(contender).filter(|trial| trial.is_over()).count();
            live.rounds.is_some_and(|planned| rounds >= planned as usize)
                || live.trials.iter().all(|trial| trial.contender != *contender || trial.completed().is_none())
        };
        let status = stored.head.status;
        let may_be_complete = experiment.models.iter().all(all_rounds);
        prop_assert!(status == RunStatus::Interrupted || status == RunStatus::Completed && may_be_complete, "{:?}", status);
        prop_assert_eq!(stored.results.first().trials.len(), live.trials.len());
        let finished = events[..end].iter().filter(|event| matches!(event, SessionEvent::TrialFinished(_))).count();
        prop_assert_eq!(live.trials.len(), finished);
        live.apply(SessionEvent::Finished(stored.results.first().outcome.clone().expect("interrupted")));
        prop_assert_eq!(exports(stored.results.first()), exports(&live));
    }
}
