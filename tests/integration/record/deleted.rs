//! Deleting with undo: until the value is dropped the run can come back, and what a killed lab leaves is removed.

use std::fs;

use concurrency_lab::record::Listing;

use super::{exports, history, record};
use crate::scripted;

fn files(history: &concurrency_lab::record::Store) -> Vec<String> {
    let entries = fs::read_dir(history.folder()).expect("readable").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_deleted_run_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, live) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let mut deleted = history.delete_for_now(&id).expect("deleted");
    assert_eq!((deleted.id(), history.ids().expect("readable").len()), (id.as_str(), 0));
    assert!(history.list().expect("readable").is_empty());
    deleted.restore().expect("brought back");
    drop(deleted);
    assert_eq!(exports(history.open(&id).expect("readable").results.first()), exports(&live));
    assert_eq!(files(&history), [format!("{id}.clab")]);
}

#[test]
fn a_deleted_run_is_gone_with_its_value_and_with_a_killed_lab() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    drop(history.delete_for_now(&id).expect("deleted"));
    assert!(files(&history).is_empty(), "{:?}", files(&history));
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let deleted = history.delete_for_now(&id).expect("deleted");
    history.list().expect("readable");
    assert!(files(&history).contains(&format!("{id}.deleted")), "its lab can still bring it back");
    // As after kill -9: the files are there, and nobody has the lock.
    std::mem::forget(deleted);
    fs::remove_file(history.folder().join(format!("{id}.lock"))).expect("there");
    history.list().expect("readable");
    assert!(files(&history).is_empty(), "{:?}", files(&history));
}

#[test]
fn a_run_in_use_and_one_that_is_not_there_are_not_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    let open = history.open(&id).expect("readable");
    assert!(history.delete_for_now(&id).is_err_and(|error| error.to_string().contains("in use")));
    drop(open);
    assert!(history.delete_for_now("20200101-000000-aaaa").is_err());
    assert_eq!(files(&history), [format!("{id}.clab")]);
    // What can't be read can be deleted, and comes back as it was.
    fs::write(history.path("20200101-000000-aaaa"), "no run").expect("written");
    let mut broken = history.delete_for_now("20200101-000000-aaaa").expect("deleted");
    broken.restore().expect("brought back");
    assert_eq!(fs::read(history.path("20200101-000000-aaaa")).expect("there"), b"no run");
}

#[test]
fn a_listing_reads_again_what_has_changed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let mut listing = Listing::default();
    assert!(listing.is_outdated(&history) && listing.update(&history).expect("no folder is no run").is_empty());
    assert!(!listing.is_outdated(&history), "a missing folder is looked at, not listed, each time");
    let (first, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    assert!(listing.is_outdated(&history));
    let before = listing.update(&history).expect("readable");
    let (second, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    history.rename(&second, "Renamed").expect("renamed");
    let after = listing.update(&history).expect("readable");
    let entry = |entries: &[std::sync::Arc<concurrency_lab::record::Entry>], id: &str| {
        entries.iter().find(|entry| entry.id == id).cloned().expect("listed")
    };
    assert!(std::sync::Arc::ptr_eq(&entry(&before, &first), &entry(&after, &first)), "not read again");
    assert_eq!(entry(&after, &second).head.as_ref().expect("readable").name, "Renamed");
    history.pin(&first, true).expect("pinned");
    let pinned = listing.update(&history).expect("readable");
    assert!(entry(&pinned, &first).head.as_ref().expect("readable").pinned);
    history.delete(&second).expect("deleted");
    assert_eq!(listing.update(&history).expect("readable").len(), 1);
}

#[test]
fn more_rounds_make_the_headline_unknown_until_they_are_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    let (id, _) = record(&history, &scripted::scraper(), &scripted::whole_run());
    history.set_headline(&id, "Async is fastest").expect("stored");
    let head = history.head(&id).expect("readable");
    assert_eq!(head.headline_lab.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    let recorder = concurrency_lab::record::Recorder::in_history(history.clone(), super::new_run(&scripted::scraper()));
    let machine = || {
        concurrency_lab::session::SessionEvent::Machine(std::sync::Arc::new(concurrency_lab::session::Machine::probe()))
    };
    super::store(&recorder, &machine()).expect("stored");
    recorder.set_headline("Of the first rounds").expect("stored");
    super::store(&recorder, &machine()).expect("stored");
    let other = recorder.recorded().expect("recorded").id;
    assert_eq!(history.head(&other).expect("readable").headline, None);
}
