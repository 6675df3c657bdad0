//! Files of a run while it is recorded: other programs remove or replace them, the disk is full or
//! read-only, other labs look at the history.

use std::fs;
use std::path::{Path, PathBuf};

use concurrency_lab::record::{Listing, NewRun, Recorder, RunStatus, Store, resolve};
use concurrency_lab::results::Results;
use concurrency_lab::session::{SessionEvent, TrialSink as _};
use concurrency_lab::trial::Trial;

use super::{STARTED, exports, history, new_run, record, results, store};
use crate::scripted;

/// The log beside the file of a run.
#[cfg(unix)]
pub(super) fn log(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

#[cfg(unix)]
pub(super) type Fault = fn(&Path);

/// Records a run whose files a fault hits before an event. Returns the id before the fault, the recorder, the reasons why
/// something was not stored, and what was live.
#[cfg(unix)]
pub(super) fn record_with(history: &Store, fault: Fault, at: usize) -> (String, Recorder, Vec<String>, Results) {
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let mut live = results(&scripted::scraper());
    let (mut before, mut reasons) = (String::new(), Vec::new());
    for (number, mut event) in scripted::whole_run().into_iter().enumerate() {
        if number == at {
            let recorded = recorder.recorded().expect("recorded");
            fault(&recorded.path);
            before = recorded.id;
        }
        // As a session does: spans of stored trials are read from the record.
        let stored = match &mut event {
            SessionEvent::TrialFinished(trial) => recorder.trial(trial).map(|spans| {
                if let (Some(measured), Some(spans)) = (&mut trial.measured, spans) {
                    measured.spans = spans;
                }
            }),
            other => recorder.event(other),
        };
        if let Err(reason) = stored {
            reasons.push(reason.to_string());
            if let SessionEvent::TrialFinished(trial) = &event {
                recorder.keep(trial);
            }
        }
        live.apply(event);
    }
    (before, recorder, reasons, live)
}

#[cfg(unix)]
#[test]
fn a_run_whose_files_vanish_is_reported_and_stored_anew() {
    let faults: [(&str, Fault); 4] = [
        ("removed", |path| fs::remove_file(path).expect("removed")),
        ("replaced", |path| {
            let other = path.with_extension("other");
            fs::write(&other, "my only copy").expect("written");
            fs::rename(other, path).expect("renamed");
        }),
        ("without its log", |path| fs::remove_file(log(path)).expect("removed")),
        ("without its folder", |path| fs::remove_dir_all(path.parent().expect("a folder")).expect("removed")),
    ];
    let last = scripted::whole_run().len() - 1;
    let (_, expected) =
        record(&history(tempfile::tempdir().expect("a folder").path()), &scripted::scraper(), &scripted::whole_run());
    for ((name, fault), at) in faults.into_iter().flat_map(|fault| [(fault, 8), (fault, last)]) {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (before, recorder, reasons, live) = record_with(&history, fault, at);
        if at == last {
            assert!(reasons.is_empty(), "{name}: it was stored in the end: {reasons:?}");
        } else {
            assert_eq!(reasons.len(), 1, "{name}: {reasons:?}");
            assert!(reasons[0].contains("has removed or replaced it"), "{name}: {}", reasons[0]);
        }
        assert_eq!(exports(&live), exports(&expected), "{name}, {at}");
        let id = recorder.recorded().expect("stored anew").id;
        assert_ne!(id, before, "{name}: what has the name now is not touched");
        assert!(recorder.source().is_some() && recorder.unstored().is_none(), "{name}");
        drop((recorder, live));
        let read = history.open(&id).expect("readable");
        assert_eq!(
            (read.head.id.as_str(), read.head.status, read.damage.is_none()),
            (id.as_str(), RunStatus::Completed, true),
            "{name}"
        );
        assert_eq!(exports(read.results.first()), exports(&expected), "{name}, {at}");
        if name == "replaced" {
            assert_eq!(fs::read_to_string(history.path(&before)).expect("there"), "my only copy");
        }
        drop(read);
        // The next list removes what is left beside a file that is gone.
        if name == "removed" {
            assert_eq!(history.list().expect("readable").len(), 1, "{name}");
            let left: Vec<_> =
                fs::read_dir(history.folder()).expect("there").flatten().map(|entry| entry.path()).collect();
            assert_eq!(left, [history.path(&id)], "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_run_whose_file_is_cut_off_is_stored_whole_or_not_at_all() {
    let faults: [(&str, Fault); 2] = [
        ("with a log", |path| cut_off(path)),
        ("with an empty log", |path| {
            let connection = rusqlite::Connection::open(path).expect("opened");
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("emptied");
            drop(connection);
            cut_off(path);
        }),
    ];
    for (name, fault) in faults {
        let folder = tempfile::tempdir().expect("a folder");
        let history = history(folder.path());
        let (_, recorder, reasons, _live) = record_with(&history, fault, 8);
        assert!(!reasons.is_empty() && reasons[0].contains("has removed or replaced it"), "{name}: {reasons:?}");
        match recorder.recorded() {
            Some(recorded) => {
                let read = history.open(&recorded.id).expect("readable");
                assert!(read.damage.is_none() && read.results.first().trials.len() == 12, "{name}");
                let spans = |trial: &Trial| trial.completed().expect("completed").spans.load().expect("spans");
                assert!(read.results.first().trials.iter().all(|trial| spans(trial).tasks.len() == 80), "{name}");
            }
            None => assert_eq!(recorder.unstored().expect("most of it").trials, 9, "{name}"),
        }
    }
}

#[cfg(unix)]
pub(super) fn cut_off(path: &Path) {
    fs::File::options().write(true).open(path).expect("open").set_len(100).expect("cut off");
}

#[test]
fn a_run_that_is_just_being_created_is_not_in_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = history(folder.path());
    history.prepare().expect("created");
    let id = "20261127-120000-aaaa";
    let lock_path = history.folder().join(format!("{id}.lock"));
    let mut listing = Listing::default();
    for tables in ["no bytes", "no tables"] {
        let lock = fs::File::create(&lock_path).expect("created");
        lock.lock_shared().expect("free");
        fs::write(history.path(id), "").expect("created");
        if tables == "no tables" {
            let connection = rusqlite::Connection::open(history.path(id)).expect("opened");
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("a log");
        }
        assert!(history.list().expect("readable").is_empty(), "{tables}");
        assert!(history.ids().expect("readable").is_empty(), "{tables}");
        assert!(listing.update(&history).expect("readable").is_empty(), "{tables}");
        assert!(listing.is_outdated(&history), "{tables}: it may get them at any moment");
        let none = resolve("last", Some(&history)).expect_err("none yet").to_string();
        assert!(none.contains("no run is stored"), "{tables}: {none}");
        // Its lab was killed.
        drop(lock);
        assert!(history.list().expect("readable").is_empty(), "{tables}");
        assert!(!history.path(id).exists(), "{tables}: nobody will fill it");
    }
    let run = NewRun { started_at_ms: STARTED, ..new_run(&scripted::scraper()) };
    let recorder = Recorder::in_history(history.clone(), run);
    store(&recorder, &scripted::whole_run()[0]).expect("stored");
    assert_eq!(listing.update(&history).expect("readable").len(), 1, "now it is one");
    // A run that another lab has deleted since it was found is no damaged one.
    let path = history.path(&recorder.recorded().expect("recorded").id);
    drop(recorder);
    fs::remove_file(path).expect("removed");
    assert!(Store::list(&history).expect("readable").is_empty());
}

#[cfg(target_os = "linux")]
mod limits {
    use std::fs;

    use concurrency_lab::record::{DATA_VARIABLE, RunStatus};

    use crate::common;
    use crate::common::marked::Marked;
    use crate::record::unmeasured::{killed, under_way};

    /// Runs a script on a file system of its own, which `options` limit and which is mounted on `$DISK`. Returns `None`
    /// where that is not permitted.
    fn on_a_disk_of_its_own(test: &str, options: &str, script: &str) -> Option<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = folder.path().join("disk");
        fs::create_dir(&disk).expect("created");
        let mount = format!("mount -t tmpfs -o mode=700,{options} none \"$DISK\" || exit 77; ");
        let script = format!("exec unshare -m sh -c '{mount}{script}'");
        let environment = [("DISK", disk.as_path()), (DATA_VARIABLE, disk.as_path())];
        let (code, stdout, stderr) = Marked::shell(test, &script, &environment).finish();
        if code != Some(0) && !stdout.contains("it ran") {
            common::skipped("mounting a small file system needs root and unshare");
            return None;
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        Some((stdout, stderr))
    }

    fn run(models: &str) -> String {
        format!("\"$LAB\" run quick-tour --models {models} --tasks 4 --task-ms 0.1 --warmups 0")
    }

    #[test]
    fn a_full_disk_of_the_history_is_named_and_the_run_goes_on() {
        for size in ["40k", "120k"] {
            let script =
                format!("{} --trials 60; echo it ran $?; \"$LAB\" runs; \"$LAB\" show last", run("sequential,async"));
            let Some((stdout, stderr)) = on_a_disk_of_its_own("full-history", &format!("size={size}"), &script) else {
                return;
            };
            assert!(stdout.contains("it ran 0"), "{size}: {stdout}{stderr}");
            let told: Vec<&str> = stderr.lines().filter(|line| line.contains("not being stored")).collect();
            assert_eq!(told.len(), 1, "{size}: {stderr}");
            for part in ["/disk/runs", "no space is left on its disk", "CONCURRENCY_LAB_DATA"] {
                assert!(told[0].contains(part), "{size}: {}", told[0]);
            }
            assert!(stdout.contains("Async"), "{size}: the table is printed: {stdout}");
        }
    }

    #[test]
    fn a_disk_that_is_full_for_a_while_costs_no_trial() {
        let filled = |then: &str| {
            let run = run("sequential,async");
            let script = format!(
                "told=\"$DISK\"/../told; {run} --trials 40 --progress plain 2>\"$told\" & \
                 until grep -q \"^round 2\" \"$told\"; do sleep 0.01; done; \
                 dd if=/dev/zero of=\"$DISK\"/fill bs=1k 2>/dev/null; \
                 until grep -q \"not being stored\" \"$told\"; do sleep 0.01; done; {then} \
                 wait $!; echo it ran $?; \"$LAB\" runs --json; \"$LAB\" show last --quiet; cat \"$told\" >&2"
            );
            on_a_disk_of_its_own("filled-history", "size=2000k", &script)
        };
        let Some((stdout, stderr)) = filled("rm \"$DISK\"/fill;") else { return };
        for part in ["it ran 0", "\"status\": \"completed\"", "\"trials\": 80"] {
            assert!(stdout.contains(part), "{part}: {stdout}{stderr}");
        }
        assert_eq!(stderr.matches("not being stored").count(), 1, "{stderr}");
        assert!(stderr.contains("what could not be stored before is stored now"), "{stderr}");
        let Some((stdout, stderr)) = filled("") else { return };
        assert!(stdout.contains("it ran 0") && stdout.contains("\"status\": \"interrupted\""), "{stdout}{stderr}");
    }

    #[test]
    fn a_run_with_all_its_trials_is_completed_though_its_end_does_not_fit_on_the_disk() {
        let whole = crate::scripted::whole_run();
        // Without the end, and without the last trial too.
        for (events, status) in [(whole.len() - 1, RunStatus::Completed), (whole.len() - 2, RunStatus::Interrupted)] {
            let folder = tempfile::tempdir().expect("a folder");
            let running = super::history(folder.path());
            let (_recorder, id) = under_way(&running, &whole[..events]);
            let killed = killed(&running, &id, folder.path());
            let folder = killed.folder().display();
            // A full disk gets the space of the log first.
            let connection = rusqlite::Connection::open(killed.path(&id)).expect("opened");
            connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).expect("no log");
            drop(connection);
            let script = format!(
                "mkdir -m 700 \"$DISK\"/runs; cp {folder}/* \"$DISK\"/runs; \
                 dd if=/dev/zero of=\"$DISK\"/fill bs=512 2>/dev/null; \
                 echo it ran; \"$LAB\" runs --json; rm \"$DISK\"/fill; \"$LAB\" runs --json; \"$LAB\" runs --json"
            );
            let Some((stdout, stderr)) = on_a_disk_of_its_own("full-end", "size=400k", &script) else { return };
            let told = stdout.matches(&format!("\"status\": \"{}\"", status.name())).count();
            assert_eq!(told, 3, "{stdout}{stderr}");
        }
    }

    #[test]
    fn a_run_of_which_no_measured_trial_fits_on_the_disk_leaves_no_file() {
        let script = format!(
            "told=\"$DISK\"/../told; {} --task-ms 30 --warmups 4 --trials 3 --progress plain >/dev/null 2>\"$told\" & \
             until grep -q \"^warm-up\" \"$told\"; do sleep 0.01; done; \
             dd if=/dev/zero of=\"$DISK\"/fill bs=1k 2>/dev/null; \
             wait $!; echo it ran $?; ls -A \"$DISK\"/runs; cat \"$told\" >&2",
            run("sequential,async").replace("--task-ms 0.1 --warmups 0", "")
        );
        let Some((stdout, stderr)) = on_a_disk_of_its_own("unmeasured-history", "size=2000k", &script) else { return };
        assert_eq!(stdout.lines().last(), Some("it ran 0"), "{stdout}{stderr}");
        assert!(stderr.contains(": 6 of 6 measured trials are not stored"), "{stderr}");
        assert!(stderr.contains("no space is left on its disk"), "{stderr}");
    }

    #[test]
    fn a_run_that_fits_on_a_small_disk_is_stored_whole() {
        let script =
            format!("{} --trials 15; echo it ran $?; \"$LAB\" runs --json; ls -A \"$DISK\"/runs", run("threads,async"));
        let Some((stdout, stderr)) = on_a_disk_of_its_own("small-history", "size=300k", &script) else { return };
        for part in ["it ran 0", "\"status\": \"completed\"", "\"trials\": 30"] {
            assert!(stdout.contains(part), "{part}: {stdout}{stderr}");
        }
        assert!(!stderr.contains("not being stored") && stderr.contains("stored as"), "{stderr}");
        assert!(!stdout.contains("-wal") && !stdout.contains("-journal"), "the file stands alone: {stdout}");
    }

    #[test]
    fn what_a_full_disk_keeps_from_being_stored_is_told_in_the_end_and_in_the_files() {
        let script = format!(
            "cd \"$DISK\"/..; {} --trials 40 --save saved.clab --json all.json >/dev/null; echo it ran $?; \
             echo stored; \"$LAB\" runs --json; echo saved; \"$LAB\" show saved.clab --quiet --json - | grep -c \"\\\"position\\\"\"; \
             grep -c \"\\\"position\\\"\" all.json",
            run("threads,async")
        );
        let Some((stdout, stderr)) = on_a_disk_of_its_own("end-of-history", "size=120k", &script) else { return };
        assert!(stdout.contains("it ran 0"), "{stdout}{stderr}");
        let (stored, saved) = stdout.split_once("saved\n").expect("both");
        assert_eq!(saved.lines().collect::<Vec<_>>(), ["80", "80"], "{stdout}{stderr}");
        let trials = stored.lines().find_map(|line| line.trim().strip_prefix("\"trials\": ")).expect("a run");
        let trials: usize = trials.trim_end_matches(',').parse().expect("a number");
        assert!(trials > 0, "{stdout}");
        let told = stderr.lines().find(|line| line.contains("measured trials are not stored")).expect("told");
        for part in [&format!(": {} of 80 measured trials are not stored", 80 - trials), "no space is left on its disk"]
        {
            assert!(told.contains(part), "{part}: {stderr}");
        }
    }

    #[test]
    fn a_read_only_disk_stops_no_run() {
        let everywhere = "export XDG_CACHE_HOME=\"$DISK\" XDG_CONFIG_HOME=\"$DISK\" HOME=\"$DISK\" TMPDIR=\"$DISK\"";
        let script = format!("{everywhere}; {} --trials 2; echo it ran $?", run("sequential,async"));
        let Some((stdout, stderr)) = on_a_disk_of_its_own("read-only", "ro", &script) else { return };
        assert!(stdout.contains("it ran 0"), "{stdout}{stderr}");
        assert!(stderr.contains("not being stored") && stderr.contains("Read-only file system"), "{stderr}");
    }
}
