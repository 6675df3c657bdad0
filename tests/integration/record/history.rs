//! The history: which run a text means, what is removed when it grows, who may read it, and what two labs do at once.

use std::fs;
use std::path::Path;

use concurrency_lab::record::{
    NewRun, Recorder, ResolveError, Retention, RunReference, RunStatus, Store, open, open_path, resolve,
};
use concurrency_lab::session::{Outcome, SessionEvent, TrialSink};
use concurrency_lab::trial::{Status, Trial};

use super::{STARTED, exports, history, new_run, record, store};
use crate::scripted;

/// Runs that were started so many seconds apart; the ids, the oldest first.
fn several(history: &Store, count: u64) -> Vec<String> {
    let run = |at: u64| {
        let run = NewRun { started_at_ms: STARTED + at * 1_000, ..new_run(&scripted::scraper()) };
        let recorder = Recorder::in_history(history.clone(), run);
        for event in scripted::whole_run() {
            store(&recorder, &event).expect("stored");
        }
        recorder.recorded().expect("recorded").id
    };
    (0..count).map(run).collect()
}

#[test]
fn a_run_is_found_by_id_beginning_position_and_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let none = resolve("last", Some(&history)).expect_err("none yet").to_string();
    assert_eq!(none, "there is no \"last\": no run is stored");
    let none = resolve("2026", Some(&history)).expect_err("none yet").to_string();
    assert!(none.contains("there is no run \"2026\": none is stored in "), "{none}");
    let ids = several(&history, 3);
    let found = |text: &str| match resolve(text, Some(&history)) {
        Ok(RunReference::Id(id)) => id,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!((found("last"), found("last~1"), found("last~2")), (ids[2].clone(), ids[1].clone(), ids[0].clone()));
    assert_eq!((found(&ids[1]), found(&ids[1][..16])), (ids[1].clone(), ids[1].clone()));
    assert_eq!(
        found(history.path(&ids[0]).to_str().expect("UTF-8")),
        ids[0],
        "a file of the history is of the history"
    );
    let ambiguous = resolve(&ids[0][..13], Some(&history)).expect_err("several").to_string();
    assert!(ids.iter().all(|id| ambiguous.contains(id)) && ambiguous.contains("3 runs"), "{ambiguous}");
    let unknown = resolve("zebra", Some(&history)).expect_err("none").to_string();
    assert!(
        unknown.contains("\"zebra\"; there are ") && unknown.contains(&ids[2]) && unknown.contains("last~1"),
        "{unknown}"
    );
    let back = resolve("last~3", Some(&history)).expect_err("too far").to_string();
    assert_eq!(back, "there is no \"last~3\": 3 runs are stored");
    for text in ["last~", "last~x", "last~-1", "lastly", ""] {
        assert!(matches!(resolve(text, Some(&history)), Err(ResolveError::Unknown { .. })), "{text}");
    }
    assert_eq!(resolve("a/b.clab", None).expect("a path"), RunReference::File("a/b.clab".into()));
    assert!(matches!(resolve("last", None), Err(ResolveError::NoHistory)));
}

#[test]
fn the_oldest_go_first_and_pinned_open_and_newest_ones_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = history(folder.path());
    let ids = several(&all, 6);
    all.pin(&ids[0], true).expect("pinned");
    let open = all.open(&ids[1]).expect("readable");
    let two = all.clone().keeping(Retention { most_runs: 2, ..Retention::default() });
    assert_eq!(two.enforce_retention().expect("done"), ids[2..5]);
    assert_eq!(two.ids().expect("readable"), [ids[5].clone(), ids[1].clone(), ids[0].clone()]);
    drop(open);
    assert_eq!(two.enforce_retention().expect("done"), [ids[1].clone()]);
    all.pin(&ids[0], false).expect("let go");
    let small = all.clone().keeping(Retention { most_bytes: 1, ..Retention::default() });
    assert_eq!(small.enforce_retention().expect("done"), [ids[0].clone()]);
    assert_eq!(small.ids().expect("readable"), [ids[5].clone()], "the newest stays, however large");
    // What can't be read may be a run of a newer lab.
    fs::write(all.path("20200101-000000-aaaa"), "no run").expect("written");
    assert!(small.enforce_retention().expect("done").is_empty());
    let left: Vec<_> = fs::read_dir(all.folder()).expect("readable").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 2, "no lock and no log is left: {left:?}");
}

#[test]
fn a_run_that_is_being_recorded_is_listed_shown_and_not_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path()).keeping(Retention { most_runs: 0, ..Retention::default() });
    let running = Recorder::in_history(
        history.clone(),
        NewRun { started_at_ms: STARTED - 1_000, ..new_run(&scripted::scraper()) },
    );
    let events = scripted::whole_run();
    // All trials, but not the end.
    for event in &events[..events.len() - 1] {
        store(&running, event).expect("stored");
    }
    let id = running.recorded().expect("recorded").id;
    // The end of another run enforces the limits.
    let (newest, _) = record(&history, &scripted::scraper(), &events);
    assert_eq!(history.ids().expect("readable"), [newest.clone(), id.clone()]);
    assert_eq!(history.head(&id).expect("readable").status, RunStatus::Running);
    let shown = history.open(&id).expect("readable");
    assert_eq!((shown.results.first().trials.len(), &shown.results.first().outcome), (12, &None));
    assert!(history.delete(&id).is_err_and(|error| error.to_string().contains("in use")));
    drop(shown);
    running.event(&SessionEvent::Finished(Outcome::Done)).expect("stored");
    assert_eq!(history.head(&id).expect("readable").status, RunStatus::Completed);
    drop(running);
    history.delete(&id).expect("deleted");
    assert!(history.open(&id).is_err());
    assert_eq!(history.ids().expect("readable"), [newest]);
}

#[test]
fn more_rounds_go_into_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let mut live = super::results(&scripted::scraper());
    let mut all = scripted::whole_run();
    all.insert(0, SessionEvent::Machine(std::sync::Arc::new(concurrency_lab::session::Machine::probe())));
    for part in 0..2 {
        for event in &all {
            let mut event = event.clone();
            if let SessionEvent::TrialFinished(trial) = &mut event {
                trial.round += part * 4;
                trial.position += part as u32 * 12;
            }
            store(&recorder, &event).expect("stored");
            live.apply(event);
        }
    }
    let id = recorder.recorded().expect("recorded").id;
    let read = history.open(&id).expect("readable");
    assert_eq!(read.results.first().trials.len(), 24);
    assert_eq!(exports(read.results.first()), exports(&live));
}

#[test]
fn names_are_changed_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, live) = record(&history, &scripted::scraper(), &scripted::whole_run());
    history.rename(&id, "Mine, \"the\" best").expect("renamed");
    history.pin(&id, true).expect("pinned");
    assert_eq!(history.head(&id).expect("readable").note, None);
    history.set_note(&id, "before the change").expect("stored");
    let head = history.head(&id).expect("readable");
    assert_eq!(head.note.as_deref(), Some("before the change"));
    assert_eq!((head.name.as_str(), head.title.as_str(), head.pinned), ("Mine, \"the\" best", "Test scraper", true));
    assert_eq!(exports(history.open(&id).expect("readable").results.first()), exports(&live));
    let listed = history.list().expect("readable");
    assert_eq!((listed.len(), listed[0].head.as_ref().expect("readable")), (1, &head));
    history.set_note(&id, "").expect("taken away");
    assert_eq!(history.head(&id).expect("readable").note, None);
    for missing in [history.rename("20200101-000000-aaaa", "x"), history.set_note("20200101-000000-aaaa", "x")] {
        assert!(missing.is_err());
    }
}

#[test]
fn a_copy_is_a_run_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, live) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let copy = folder.path().join("copy.clab");
    let run = open(&id, Some(&history)).expect("readable");
    run.source.copy_to(&mut fs::File::create(&copy).expect("created")).expect("copied");
    let again = folder.path().join("again.clab");
    let copied = open_path(&copy, Some(&history)).expect("readable");
    copied.source.copy_to(&mut fs::File::create(&again).expect("created")).expect("copied");
    assert_eq!(exports(open_path(&again, None).expect("readable").results.first()), exports(&live));
    let memory = Recorder::in_memory(new_run(&scripted::scraper()));
    for event in scripted::whole_run() {
        store(&memory, &event).expect("stored");
    }
    let mut bytes = Vec::new();
    memory.source().expect("recorded").copy_to(&mut bytes).expect("copied");
    fs::write(&copy, bytes).expect("written");
    assert_eq!(exports(open_path(&copy, None).expect("readable").results.first()), exports(&live));
}

#[test]
fn a_record_that_fails_says_why_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "").expect("written");
    let nowhere = Store::at(folder.path().join("file/runs"));
    let recorder = Recorder::in_history(nowhere, new_run(&scripted::scraper()));
    let events = scripted::whole_run();
    let message = store(&recorder, &events[0]).expect_err("no folder").to_string();
    assert!(message.starts_with("this run is not being stored: ") && message.contains("file/runs"), "{message}");
    assert!(store(&recorder, &events[2]).is_err(), "nor is the rest: it would have a gap");
    assert!(recorder.recorded().is_none() && recorder.source().is_none());
}

#[test]
fn what_a_record_missed_is_stored_once_it_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("file");
    fs::write(&in_the_way, "").expect("written");
    let history = Store::at(in_the_way.join("runs"));
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let mut live = super::results(&scripted::scraper());
    let events = scripted::whole_run();
    for (index, event) in events.iter().enumerate() {
        if index == events.len() / 2 {
            fs::remove_file(&in_the_way).expect("removed");
        }
        assert_eq!(store(&recorder, event).is_ok(), index >= events.len() / 2, "event {index}");
        live.apply(event.clone());
    }
    let read = history.open(&recorder.recorded().expect("recorded").id).expect("readable");
    assert_eq!(exports(read.results.first()), exports(&live));
}

#[test]
fn a_run_that_is_cancelled_before_its_first_trial_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let events = scripted::whole_run();
    let is_trial = |event: &&SessionEvent| matches!(event, SessionEvent::TrialFinished(_));
    let before: Vec<&SessionEvent> = events.iter().take_while(|event| !is_trial(event)).collect();
    before.iter().for_each(|event| store(&recorder, event).expect("stored"));
    assert_eq!(history.ids().expect("readable").len(), 1, "other labs see that it is under way");
    let stopped = events.iter().find_map(|event| match event {
        SessionEvent::TrialFinished(trial) => {
            Some(Trial { status: Status::Cancelled, measured: None, ..(**trial).clone() })
        }
        _ => None,
    });
    recorder.trial(&stopped.expect("a trial")).expect("stored");
    recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect("stored");
    assert!(recorder.recorded().is_none() && recorder.source().is_none());
    assert_eq!(fs::read_dir(history.folder()).expect("readable").count(), 0, "no run, no log, no lock");
    // Rounds that are added later make it a run.
    events.iter().for_each(|event| store(&recorder, event).expect("stored"));
    let read = history.open(&recorder.recorded().expect("recorded").id).expect("readable");
    assert_eq!(read.results.first().trials.len(), 12);
}

/// A run that has begun; its recorder and id.
fn begun(history: &Store) -> (Recorder, String) {
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    recorder.event(&SessionEvent::RoundsFixed { rounds: 3 }).expect("stored");
    let id = recorder.recorded().expect("recorded").id;
    (recorder, id)
}

#[test]
fn a_cancelled_run_that_somebody_pinned_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (recorder, id) = begun(&history);
    history.pin(&id, true).expect("pinned");
    recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect("stored");
    assert_eq!(history.head(&id).expect("readable").status, RunStatus::Cancelled);
}

#[cfg(unix)]
#[test]
fn a_file_that_takes_the_place_of_a_run_keeps_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (recorder, id) = begun(&history);
    let other = folder.path().join("other");
    fs::write(&other, "my only copy").expect("written");
    fs::rename(&other, history.path(&id)).expect("moved");
    let message = recorder.event(&SessionEvent::Finished(Outcome::Cancelled)).expect_err("it is gone").to_string();
    assert!(message.contains("is not being stored"), "{message}");
    assert_eq!(fs::read_to_string(history.path(&id)).expect("readable"), "my only copy");
    let names: Vec<_> =
        fs::read_dir(history.folder()).expect("readable").flatten().map(|one| one.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().ends_with("-wal")), "{names:?}");
    let _ = history.list();
    assert_eq!(fs::read_to_string(history.path(&id)).expect("readable"), "my only copy", "a list changes it neither");
}

#[test]
fn a_run_is_read_whole_while_it_is_changed_by_several() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let [id] = &several(&history, 1)[..] else { panic!("one run") };
    std::thread::scope(|scope| {
        let repeat = |action: &'static (dyn Fn(&Store, &str, usize) + Sync)| {
            let history = history.clone();
            scope.spawn(move || (0..60).for_each(|turn| action(&history, id, turn)));
        };
        repeat(&|history, id, turn| history.set_headline(id, &format!("Headline {turn}")).expect("stored"));
        repeat(&|history, id, turn| history.pin(id, turn % 2 == 0).expect("pinned"));
        repeat(&|history, id, turn| history.rename(id, &format!("Name {turn}")).expect("renamed"));
        repeat(&|history, id, _| assert!(history.head(id).expect("readable").name.starts_with(['N', 'T'])));
        for _ in 0..2 {
            repeat(&|history, id, _| assert!(history.open(id).expect("readable").damage.is_none()));
        }
    });
    let head = history.head(id).expect("readable");
    assert_eq!((head.name.as_str(), head.pinned), ("Name 59", false));
}

#[test]
fn a_run_of_a_killed_lab_is_finished_by_several_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let running = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let events = scripted::whole_run();
    for event in &events[..events.len() - 1] {
        store(&running, event).expect("stored");
    }
    let id = running.recorded().expect("recorded").id;
    for turn in 0..12 {
        let killed = Store::at(folder.path().join(format!("killed {turn}")));
        killed.prepare().expect("a folder");
        for ending in ["", "-wal"] {
            let [mut from, mut to] = [&history, &killed].map(|store| store.path(&id).into_os_string());
            from.push(ending);
            to.push(ending);
            fs::copy(from, to).expect("copied");
        }
        let (killed, id) = (&killed, id.as_str());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(move || assert_eq!(killed.list().expect("readable").len(), 1));
                scope.spawn(move || assert_eq!(killed.head(id).expect("readable").name, "Test scraper"));
                scope.spawn(move || assert_eq!(killed.open(id).expect("readable").results.first().trials.len(), 12));
            }
        });
        assert_eq!(killed.head(id).expect("readable").status, RunStatus::Completed);
    }
}

#[cfg(unix)]
mod private {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("exists").permissions().mode() & 0o7777
    }

    #[test]
    fn folder_and_files_are_for_one_user() {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
        let events = scripted::whole_run();
        events[..5].iter().for_each(|event| store(&recorder, event).expect("stored"));
        assert_eq!(mode(history.folder()), 0o700);
        let names: Vec<_> = fs::read_dir(history.folder()).expect("readable").flatten().collect();
        assert!(names.len() >= 3, "the run, its log and its lock: {names:?}");
        for entry in names {
            assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        }
    }

    #[test]
    fn a_folder_that_others_can_enter_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        fs::create_dir_all(history.folder()).expect("created");
        fs::set_permissions(history.folder(), fs::Permissions::from_mode(0o755)).expect("set");
        let recorder = Recorder::in_history(history, new_run(&scripted::scraper()));
        let message = store(&recorder, &scripted::whole_run()[0]).expect_err("open to others").to_string();
        assert!(message.contains("open to other users (mode 755)"), "{message}");
    }
}
