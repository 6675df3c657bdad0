//! Runs without a measured trial: none stays, whoever ended it, unless it is pinned or noted.

use std::fs;
use std::path::Path;

use concurrency_lab::failure::Failure;
use concurrency_lab::model::ModelId;
use concurrency_lab::record::{Listing, Recorder, RunReference, RunStatus, Store, resolve};
use concurrency_lab::session::{Outcome, SessionEvent, TrialSink as _};
use concurrency_lab::trial::Status;

use super::{history, new_run, record, store};
use crate::scripted;

/// Events up to the first measured trial: three warm-ups.
fn warm_ups() -> Vec<SessionEvent> {
    let is_warmup = |event: &SessionEvent| match event {
        SessionEvent::TrialFinished(trial) => trial.is_warmup(),
        _ => true,
    };
    scripted::whole_run().into_iter().take_while(is_warmup).collect()
}

/// A run under way; its recorder and id.
pub(super) fn under_way(history: &Store, events: &[SessionEvent]) -> (Recorder, String) {
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    events.iter().for_each(|event| store(&recorder, event).expect("stored"));
    let id = recorder.recorded().expect("recorded").id;
    (recorder, id)
}

/// The history as a lab leaves it that is killed now.
pub(super) fn killed(history: &Store, id: &str, folder: &Path) -> Store {
    let killed = Store::at(folder.join("killed"));
    killed.prepare().expect("a folder");
    for ending in ["", "-wal"] {
        let [mut from, mut to] = [history, &killed].map(|store| store.path(id).into_os_string());
        from.push(ending);
        to.push(ending);
        fs::copy(from, to).expect("copied");
    }
    killed
}

fn files(history: &Store) -> usize {
    fs::read_dir(history.folder()).expect("readable").count()
}

/// Events of a run without its end, in which a model has failed once, in this round, and has no trials after it.
fn given_up_in(round: i32) -> Vec<SessionEvent> {
    let mut events = scripted::whole_run();
    events.pop();
    events.retain_mut(|event| match event {
        SessionEvent::TrialFinished(trial) if trial.contender.model == ModelId::Threads => {
            if trial.round == round {
                (trial.status, trial.measured) = (Status::Failed, None);
                trial.failure = Some(Failure::SessionLost);
            }
            trial.round <= round
        }
        _ => true,
    });
    events
}

#[test]
fn a_run_whose_end_is_missing_is_complete_where_later_rounds_show_that_a_model_was_given_up() {
    // The last round may have ended before the model's turn came.
    for (round, status) in [(0, RunStatus::Completed), (2, RunStatus::Interrupted)] {
        let folder = tempfile::tempdir().expect("a folder");
        let running = history(folder.path());
        let mut events = given_up_in(round);
        // Without a completed trial before.
        events.retain(|event| {
            !matches!(event, SessionEvent::TrialFinished(trial)
            if trial.contender.model == ModelId::Threads && trial.round < round)
        });
        let (_recorder, id) = under_way(&running, &events);
        let killed = killed(&running, &id, folder.path());
        assert_eq!(killed.head(&id).expect("readable").status, status, "given up in round {round}");
    }
}

#[test]
fn a_killed_lab_leaves_no_run_without_a_measured_trial() {
    let [all, warm_ups] = [scripted::whole_run(), warm_ups()];
    type Look = fn(&Store, &str);
    let looks: [(&str, Look); 4] = [
        ("list", |killed, _| assert!(killed.list().expect("readable").is_empty())),
        ("window", |killed, _| assert!(Listing::default().update(killed).expect("readable").is_empty())),
        ("show", |killed, id| {
            let reason = killed.open(id).expect_err("nothing to show").to_string();
            assert!(reason.contains("no trial was measured"), "{reason}");
        }),
        ("delete", |killed, id| drop(killed.delete_for_now(id).expect_err("it is gone"))),
    ];
    for (name, look) in looks {
        for events in [&all[..1], &warm_ups] {
            let folder = tempfile::tempdir().expect("a folder");
            let history = history(folder.path());
            let (_recorder, id) = under_way(&history, events);
            let killed = killed(&history, &id, folder.path());
            look(&killed, &id);
            assert_eq!(files(&killed), 0, "{name}: no run, no log, no lock");
            assert_eq!(history.list().expect("readable").len(), 1, "{name}: that one is being recorded");
        }
    }
}

#[test]
fn a_killed_lab_leaves_what_was_measured_or_is_wanted() {
    type Wish = fn(&Store, &str);
    let wishes: [(&str, Wish); 3] = [
        ("pinned", |history, id| history.pin(id, true).expect("pinned")),
        ("noted", |history, id| history.set_note(id, "keep").expect("noted")),
        ("measured", |_, _| ()),
    ];
    for (name, wish) in wishes {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let mut events = warm_ups();
        if name == "measured" {
            events.extend_from_slice(&scripted::whole_run()[events.len()..events.len() + 2]);
        }
        let (_recorder, id) = under_way(&history, &events);
        wish(&history, &id);
        let killed = killed(&history, &id, folder.path());
        assert_eq!(killed.list().expect("readable").len(), 1, "{name}");
        assert_eq!(killed.head(&id).expect("readable").status, RunStatus::Interrupted, "{name}");
    }
}

#[test]
fn the_last_run_is_one_that_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let (recorder, later) = under_way(&history, &warm_ups());
    let killed = killed(&history, &later, folder.path());
    drop(recorder);
    assert!(resolve("last", Some(&killed)).expect_err("none").to_string().contains("no run is stored"));
    let newer = "29991231-235959-aaaa";
    fs::copy(history.path(&later), history.path(newer)).expect("copied");
    fs::remove_file(history.path(&later)).expect("removed");
    assert_eq!(resolve("last", Some(&history)).expect("one"), RunReference::Id(id));
    assert!(!history.path(newer).exists());
}

#[test]
fn a_run_that_is_cancelled_after_its_warm_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (recorder, _) = under_way(&history, &warm_ups());
    recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect("stored");
    assert!(recorder.recorded().is_none() && recorder.source().is_none());
    assert_eq!(files(&history), 0, "no run, no log, no lock");
}

#[test]
fn a_cancelled_run_that_another_lab_shows_goes_with_the_next_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (recorder, id) = under_way(&history, &warm_ups());
    let shown = history.open(&id).expect("readable");
    let mut listing = Listing::default();
    recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect("stored");
    assert_eq!(listing.update(&history).expect("readable").len(), 1, "it is shown");
    drop(shown);
    assert!(listing.is_outdated(&history));
    assert!(listing.update(&history).expect("readable").is_empty());
    assert_eq!(files(&history), 0, "no run, no log, no lock");
}

#[test]
fn the_terminal_says_that_an_unpinned_run_goes() {
    use concurrency_lab::record::DATA_VARIABLE;

    for (events, change) in [(1, "unpin"), (warm_ups().len(), "unpin"), (1, "note"), (whole_run_but_its_end(), "unpin")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let running = history(folder.path());
        let (_recorder, id) = under_way(&running, &scripted::whole_run()[..events]);
        match change {
            "note" => running.set_note(&id, "keep").expect("noted"),
            _ => running.pin(&id, true).expect("pinned"),
        }
        let killed = killed(&running, &id, folder.path());
        let data = folder.path().join("data-of-killed");
        fs::create_dir(&data).expect("created");
        fs::rename(killed.folder(), data.join("runs")).expect("moved");
        let killed = Store::at(data.join("runs"));
        let lab = |arguments: &[&str]| {
            let output =
                crate::common::lab().args(arguments).env(DATA_VARIABLE, &data).output().expect("the lab starts");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        assert!(lab(&["runs"]).contains(&id), "it is kept");
        let told = match change {
            "note" => lab(&["runs", "note", &id, ""]),
            _ => lab(&["runs", "unpin", &id]),
        };
        let goes = events != whole_run_but_its_end();
        assert_eq!(told.contains("so the next list of runs removes it"), goes, "{told}");
        assert!(killed.path(&id).exists(), "not before");
        assert_eq!(lab(&["runs"]).contains(&id), !goes, "{told}");
        assert_eq!(killed.path(&id).exists(), !goes);
    }
}

fn whole_run_but_its_end() -> usize {
    scripted::whole_run().len() - 1
}

#[cfg(target_os = "linux")]
#[test]
fn the_terminal_says_that_nothing_was_measured() {
    use std::io::BufRead as _;

    use concurrency_lab::record::DATA_VARIABLE;

    use crate::common::marked::{Marked, signal};

    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("trials.csv");
    let arguments = ["run", "io-bound", "--models", "async", "--task-ms", "300", "--trials", "500", "--warmups", "1"];
    let arguments = [&arguments[..], &["--trials-csv", csv.to_str().expect("text")]].concat();
    let mut lab = Marked::start_in("unmeasured", &arguments, &[(DATA_VARIABLE, folder.path())]);
    let mut line = String::new();
    while !line.starts_with("warm-up: ") {
        line.clear();
        assert!(lab.stderr.read_line(&mut line).expect("text") > 0, "it ended");
    }
    signal(lab.child.id() as i32, "-INT");
    let (_, _, stderr) = lab.finish();
    assert!(stderr.contains("cancelled before a trial was measured"), "{stderr}");
    assert!(stderr.contains("nothing was measured and nothing is written"), "{stderr}");
    assert!(!csv.exists() && !stderr.contains("stored as"), "{stderr}");
    assert_eq!(files(&Store::at(folder.path().join("runs"))), 0, "no run, no log, no lock");
}

#[test]
fn a_pin_beside_a_cancel_keeps_the_run_or_says_that_it_is_gone() {
    for turn in 0..40 {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (recorder, id) = under_way(&history, &scripted::whole_run()[..1]);
        let refused = std::thread::scope(|scope| {
            let pinning = scope.spawn(|| (0..20).find_map(|_| history.pin(&id, true).err()));
            (0..turn * 1_000).for_each(|_| std::hint::spin_loop());
            recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect("stored");
            pinning.join().expect("joined")
        });
        drop(recorder);
        match refused {
            Some(refused) => {
                assert!(refused.to_string().contains(": the run is gone: "), "{refused}");
                assert_eq!(files(&history), 0, "no run, no log, no lock");
            }
            None => assert!(history.head(&id).expect("readable").pinned),
        }
    }
}
