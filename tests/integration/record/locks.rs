//! Locks of runs that another program has replaced, and runs that change hands while somebody waits for their lock.

use std::fs;

use concurrency_lab::record::{self, Retention, Store};

use super::{history, record};
use crate::scripted;

#[cfg(unix)]
#[test]
fn a_lock_that_is_no_file_of_the_lab_is_named_and_keeps_no_other_run_from_use() {
    use std::os::unix::fs::symlink;

    use super::unmeasured::{killed, under_way};

    type Fault = fn(&std::path::Path, &std::path::Path);
    let faults: [(&str, Fault); 3] = [
        ("link", |lock, outside| {
            fs::write(outside, "my text").expect("written");
            symlink(outside, lock).expect("linked");
        }),
        ("dangling link", |lock, outside| symlink(outside, lock).expect("linked")),
        ("folder", |lock, _| fs::create_dir(lock).expect("created")),
    ];
    for (name, fault) in faults {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = history(folder.path());
        let (_recorder, id) = under_way(&recording, &scripted::whole_run()[..10]);
        let history = killed(&recording, &id, folder.path());
        let (other, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
        let (lock, outside) = (history.folder().join(format!("{id}.lock")), folder.path().join("outside"));
        fault(&lock, &outside);
        let entries = history.list().expect("readable");
        assert_eq!(entries.len(), 2, "{name}");
        for entry in entries {
            match entry.head {
                Ok(_) => assert_eq!(entry.id, other, "{name}"),
                Err(error) => assert!(error.to_string().contains("is not a regular file"), "{name}: {error}"),
            }
        }
        let refused = [history.pin(&id, true).err(), history.delete(&id).err(), history.open(&id).err()];
        for refused in refused {
            let reason = refused.expect("refused").to_string();
            let lock = format!("{id}.lock is not a regular file");
            assert!(reason.contains(&lock) && reason.contains("remove it"), "{name}: {reason}");
        }
        record(&history, &scripted::scraper(), &scripted::whole_run());
        match name {
            "link" => assert_eq!(fs::read_to_string(&outside).expect("there"), "my text"),
            _ => assert!(!outside.exists(), "{name}: nothing is created outside"),
        }
        assert!(lock.symlink_metadata().is_ok(), "{name}: it stays");
    }
}

#[test]
fn a_run_that_is_pinned_while_its_deletion_waits_stays() {
    type Delete = fn(&Store, &str) -> Option<String>;
    let deletions: [Delete; 2] = [
        |history, id| history.delete(id).err().map(|error| error.to_string()),
        |history, id| history.delete_for_now(id).err().map(|error| error.to_string()),
    ];
    for delete in deletions {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
        let shown = history.open(&id).expect("readable");
        let refused = std::thread::scope(|scope| {
            let deleting = scope.spawn(|| delete(&history, &id));
            history.pin(&id, true).expect("pinned");
            drop(shown);
            deleting.join().expect("joined")
        });
        let reason = refused.expect("it is kept");
        assert!(reason.contains("is pinned: unpin it first"), "{reason}");
        assert!(history.head(&id).expect("there").pinned);
        history.pin(&id, false).expect("unpinned");
        assert_eq!(delete(&history, &id), None);
    }
}

#[test]
fn retention_removes_no_run_that_was_just_pinned() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = history(folder.path());
    let (id, _) = record(&all, &scripted::scraper(), &scripted::whole_run());
    let few = all.clone().keeping(Retention { most_runs: 1, ..Retention::default() });
    let old = "20200101-000000-aaaa";
    for turn in 0..200 {
        fs::copy(all.path(&id), all.path(old)).expect("copied");
        let pinned = std::thread::scope(|scope| {
            let pinning = scope.spawn(|| all.pin(old, true).is_ok());
            (0..turn * 500).for_each(|_| std::hint::spin_loop());
            few.enforce_retention().expect("readable");
            pinning.join().expect("joined")
        });
        assert_eq!(all.path(old).exists(), pinned, "turn {turn}");
    }
}

#[test]
fn a_run_that_was_just_removed_is_told_as_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    record(&history, &scripted::scraper(), &scripted::whole_run());
    let gone = "20200101-000000-aaaa";
    let reasons = [
        history.delete(gone).err(),
        history.delete_for_now(gone).err(),
        history.open(gone).err(),
        history.without_trials(gone).err(),
        history.head(gone).err(),
    ];
    for reason in reasons {
        let reason = reason.expect("it is not there").to_string();
        assert!(reason.contains(": the run is gone: it was deleted"), "{reason}");
    }
}

#[test]
fn the_last_run_is_the_one_before_where_it_is_just_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let newer = "29991231-235959-aaaa";
    for turn in 0..100 {
        fs::copy(history.path(&id), history.path(newer)).expect("copied");
        std::thread::scope(|scope| {
            scope.spawn(|| history.delete(newer));
            (0..turn * 1_000).for_each(|_| std::hint::spin_loop());
            let last = record::open("last", Some(&history));
            assert!(last.is_ok(), "turn {turn}: {}", last.expect_err("an error"));
        });
    }
}
