//! Runs whose file another program has taken away: what is told of them, and what is left of them.

use std::fs;
use std::path::Path;

use concurrency_lab::record::RunStatus;

use super::beside::{Fault, cut_off, log, record_with};
use super::history;
use crate::scripted;

#[test]
fn a_run_that_can_not_be_stored_anew_counts_the_trials_that_are_gone_and_tells_why() {
    let last = scripted::whole_run().len() - 1;
    for at in [8, last] {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let fault: Fault = |path| {
            let folder = path.parent().expect("a folder");
            fs::remove_dir_all(folder).expect("removed");
            fs::write(folder, "my file").expect("written");
        };
        let (_, recorder, reasons, _live) = record_with(&history, fault, at);
        assert!(reasons[0].contains("has removed or replaced it"), "{at}: {reasons:?}");
        let unstored = recorder.unstored().expect("nothing is stored");
        assert_eq!((unstored.trials, unstored.id), (9, None), "{at}");
        let reason = unstored.reason.to_string();
        for part in ["has removed or replaced it", "it can't be stored anew", "is not a folder"] {
            assert!(reason.contains(part), "{at}: {part}: {reason}");
        }
    }
}

#[test]
fn a_run_that_is_stored_anew_is_listed_once() {
    let faults: [(&str, Fault); 3] = [
        ("without its log", |path| fs::remove_file(log(path)).expect("removed")),
        ("cut off", cut_off),
        ("empty", |path| fs::write(path, "").expect("emptied")),
    ];
    for (name, fault) in faults {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (before, recorder, _, live) = record_with(&history, fault, 8);
        let Some(recorded) = recorder.recorded() else {
            assert!(history.path(&before).exists(), "{name}: it is all that there is");
            continue;
        };
        assert!(!history.path(&before).exists(), "{name}: its first file is gone");
        drop((recorder, live));
        let entries = history.list().expect("readable");
        assert_eq!(entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), [recorded.id.as_str()], "{name}");
        assert_eq!(history.head(&recorded.id).expect("readable").status, RunStatus::Completed, "{name}");
        assert_eq!(fs::read_dir(history.folder()).expect("readable").count(), 1, "{name}: no lock, no log");
    }
}

#[test]
fn what_another_program_has_written_into_the_file_of_a_run_stays() {
    let fault: Fault = |path| fs::write(path, "my only copy").expect("written");
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (before, ..) = record_with(&history, fault, 8);
    assert_eq!(fs::read_to_string(history.path(&before)).expect("there"), "my only copy");
    let shown: fn(&Path) = |path| {
        fs::remove_file(log(path)).expect("removed");
        let lock = fs::File::open(path.with_extension("lock")).expect("there");
        lock.lock_shared().expect("shared");
        // Until the test ends: another lab shows the run.
        std::mem::forget(lock);
    };
    let (before, recorder, ..) = record_with(&history, shown, 8);
    assert!(recorder.recorded().is_some() && history.path(&before).exists(), "another lab shows it");
}
