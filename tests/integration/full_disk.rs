//! Full and read-only disks for every file that the lab writes outside of a run: an error that names the file and the
//! reason, the old file unchanged, and no other file beside it. The disks are small file systems, each in a process of its
//! own (skipped visibly without root). Files of runs are in `record/beside`, those of trials in `doors`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use concurrency_lab::analysis::RunAnalysis;
use concurrency_lab::app::{App, SettingsFile};
use concurrency_lab::code::{self, Consents};
use concurrency_lab::export::CsvDialect;
use concurrency_lab::lab::Dialog;
use concurrency_lab::preset;
use concurrency_lab::record::DATA_VARIABLE;
use concurrency_lab::report::{self, Kind};
use concurrency_lab::results::RunResults;
use concurrency_lab::workload::Step;
use eframe::{App as _, Storage as _};
use egui_kittest::kittest::Queryable as _;

use crate::common;
use crate::record::results;
use crate::scripted::{MemoryStorage, Script, Window, scraper, whole_run};

/// Names the folder of the disk in the process that has it.
const DISK: &str = "LAB_TEST_DISK";

/// Runs `inside` with a disk of 400 KB, in a process of its own that runs this test alone.
fn on_a_disk(test: &str, inside: impl FnOnce(&Path)) {
    if let Some(disk) = std::env::var_os(DISK) {
        inside(Path::new(&disk));
        io::stdout().write_all(b"it ran\n").expect("a pipe");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("created");
    let script = format!(
        "mount -t tmpfs -o mode=700,size=400k none \"${DISK}\" || exit 77; \
         exec \"$TEST\" --exact full_disk::{test} --nocapture --test-threads 1"
    );
    let program = std::env::current_exe().expect("this program");
    let output =
        Command::new("unshare").args(["-m", "sh", "-c", &script]).env(DISK, &disk).env("TEST", program).output();
    let output = output.map(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status, text)
    });
    match output {
        Ok((_, text)) if text.contains("running 1 test") => assert!(text.contains("it ran"), "{text}"),
        _ => common::skipped("mounting a small file system needs root and unshare"),
    }
}

/// Fills a disk to the last byte.
fn fill(disk: &Path) {
    let mut file = fs::File::create(disk.join("fill")).expect("created");
    let block = [0_u8; 512];
    while file.write_all(&block).is_ok() {}
    assert_eq!(file.write_all(&block).expect_err("full").kind(), io::ErrorKind::StorageFull);
}

fn remount(disk: &Path, how: &str) {
    let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(disk).status();
    assert!(done.is_ok_and(|status| status.success()), "remounted as {how}");
}

/// All files of a disk, with their content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => all.append(&mut files(&path)),
            false => drop(all.insert(path.clone(), fs::read(&path).expect("readable"))),
        }
    }
    all
}

/// Something that happens to a disk.
type Fault = fn(&Path);

/// Something that the lab writes into a folder, in the `number`th version. Returns the error's message.
type Write = fn(&Path, usize) -> Result<(), String>;

fn save_preset(folder: &Path, number: usize) -> Result<(), String> {
    let mut mine = scraper();
    mine.id = "mine".into();
    mine.summary = format!("version {number}");
    preset::save_user(folder, &mine).map(drop).map_err(|error| error.to_string())
}

fn rename_preset(folder: &Path, number: usize) -> Result<(), String> {
    if number == 0 {
        return save_preset(folder, number);
    }
    preset::rename_user(folder, "mine", &format!("Title {number}")).map_err(|error| error.to_string())
}

fn agree(folder: &Path, number: usize) -> Result<(), String> {
    let step = Step::Command { argv: vec!["/bin/true".to_owned(), number.to_string()] };
    let code = code::read(&[step], Path::new("/")).expect("a program");
    let done = Consents::in_folder(folder).remember(&code).map_err(|error| error.to_string());
    assert_eq!(Consents::in_folder(folder).cover(&code), done.is_ok(), "what is not stored is asked again");
    done
}

fn store_settings(folder: &Path, number: usize) -> Result<(), String> {
    let mut settings = SettingsFile::in_folder(folder);
    assert_eq!(settings.is_empty(), number == 0, "the old settings are still read");
    let error = settings.error();
    settings.set_string("experiment", format!("version {number}"));
    settings.flush();
    drop(settings);
    error.take().map_or(Ok(()), |error| Err(error.to_string()))
}

fn export(folder: &Path, number: usize) -> Result<(), String> {
    let mut live = results(&scraper());
    for event in whole_run().into_iter().take(8 + number) {
        live.apply(event);
    }
    let run = RunResults::from(live);
    let kind = Kind::ALL[0];
    report::write_file(kind, &run, &RunAnalysis::of(&run), CsvDialect::default(), &folder.join("summary.csv"))
        .map_err(|error| error.to_string())
}

#[test]
fn what_does_not_fit_on_a_disk_leaves_the_old_file() {
    let writes: [(&str, &str, Write); 5] = [
        ("preset", "mine.toml", save_preset),
        ("title", "mine.toml", rename_preset),
        ("consents", "", agree),
        ("settings", "settings.json", store_settings),
        ("export", "summary.csv", export),
    ];
    on_a_disk("what_does_not_fit_on_a_disk_leaves_the_old_file", |disk| {
        for (name, file, write) in writes {
            let folder = disk.join(name);
            fs::create_dir(&folder).expect("created");
            fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("set");
            write(&folder, 0).expect("there is space");
            let faults: [(Fault, &str); 2] = [
                (fill, "No space left on device (os error 28); free some space there"),
                (|disk| remount(disk, "ro"), "Read-only file system"),
            ];
            for (number, (fault, expected)) in faults.into_iter().enumerate() {
                fault(disk);
                let before = files(&folder);
                let message = write(&folder, number + 1).expect_err(name);
                let path = folder.join(file);
                assert!(
                    message.contains(&path.display().to_string()) && message.contains(expected),
                    "{name}: {message}"
                );
                assert_eq!(files(&folder), before, "{name}: {expected}");
                remount(disk, "rw");
                let _ = fs::remove_file(disk.join("fill"));
            }
            let before = files(&folder);
            write(&folder, 3).expect("there is space again");
            assert_ne!(files(&folder), before, "{name}");
            assert_eq!(files(&folder).len(), 1, "{name}: nothing else is left");
        }
    });
}

#[test]
fn settings_of_the_window_go_into_a_file_of_their_own_and_those_of_older_versions_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let ctx = eframe::egui::Context::default();
    let app = |storage: &MemoryStorage, experiment| {
        let services = App::services(&ctx, Arc::new(Script::default()));
        let settings = Some(SettingsFile::in_folder(folder.path()));
        App::with_settings_file(&ctx, Some(storage), settings, services, experiment)
    };
    // As older versions have stored them.
    let mut older = MemoryStorage::default();
    let services = App::services(&ctx, Arc::new(Script::default()));
    App::new(&ctx, Some(&older), services, Some(scraper())).save(&mut older);
    let mut other = scraper();
    other.title = "Changed".into();
    let mut window = app(&older, None);
    assert_eq!(window.lab().draft.experiment().title, "Test scraper");
    drop(window);
    window = app(&older, Some(other));
    window.save(&mut older);
    drop(window);
    assert_eq!(app(&older, None).lab().draft.experiment().title, "Changed", "its own file has the latest");
    let names = files(folder.path()).into_keys().collect::<Vec<_>>();
    assert_eq!(names, [folder.path().join("settings.json")]);
}

#[test]
fn a_preset_deleted_on_a_read_only_disk_stays_and_one_brought_back_on_a_full_disk_can_be_tried_again() {
    on_a_disk(
        "a_preset_deleted_on_a_read_only_disk_stays_and_one_brought_back_on_a_full_disk_can_be_tried_again",
        |disk| {
            let folder = disk.join("presets");
            save_preset(&folder, 0).expect("there is space");
            let before = files(&folder);
            remount(disk, "ro");
            let message = preset::delete_user(&folder, "mine").expect_err("read-only").to_string();
            assert!(message.contains("mine.toml") && message.contains("Read-only file system"), "{message}");
            remount(disk, "rw");
            assert_eq!(files(&folder), before);
            let deleted = preset::delete_user(&folder, "mine").expect("deleted");
            fill(disk);
            let message = preset::restore_user(&deleted).expect_err("full").to_string();
            assert!(message.contains("mine.toml") && message.contains("free some space there"), "{message}");
            assert!(files(&folder).is_empty());
            fs::remove_file(disk.join("fill")).expect("removed");
            preset::restore_user(&deleted).expect("there is space again");
            assert_eq!(files(&folder), before);
        },
    );
}

#[test]
fn the_window_says_that_a_preset_does_not_fit_and_keeps_what_was_typed() {
    on_a_disk("the_window_says_that_a_preset_does_not_fit_and_keeps_what_was_typed", |disk| {
        let mut window = Window::with(Some(scraper()));
        let presets = disk.join("presets");
        fs::create_dir(&presets).expect("created");
        fs::create_dir_all(window.folder.path()).expect("there");
        std::os::unix::fs::symlink(&presets, window.folder.path().join("presets")).expect("linked");
        window.harness.get_by_label("Save preset…").click();
        window.harness.run();
        window.harness.get_by_label("Title").set_text_value_accesskit("Mine");
        window.harness.run();
        fill(disk);
        window.harness.get_by_label("Save").click();
        window.until(|app| matches!(&app.lab().dialog, Some(Dialog::SavePreset(dialog)) if dialog.problem.is_some()));
        let Some(Dialog::SavePreset(dialog)) = &window.harness.state().lab().dialog else { panic!("it is open") };
        let problem = dialog.problem.clone().expect("told");
        for part in ["Could not save the preset in", "mine.toml", "No space left on device", "free some space there"] {
            assert!(problem.contains(part), "{problem}");
        }
        assert!(files(&presets).is_empty());
        fs::remove_file(disk.join("fill")).expect("removed");
        window.harness.run();
        window.harness.get_by_label("Save").click();
        window.until(|app| app.lab().dialog.is_none());
        assert_eq!(files(&presets).len(), 1);
    });
}

#[test]
fn a_calibration_cache_that_does_not_fit_stays_as_it_was_and_the_run_goes_on() {
    on_a_disk("a_calibration_cache_that_does_not_fit_stays_as_it_was_and_the_run_goes_on", |disk| {
        let elsewhere = tempfile::tempdir().expect("a folder");
        let cache = disk.join("concurrencylab/calibrations.json");
        let run = |trials: &str| {
            let output = common::lab()
                .args(["run", "quick-tour", "--models", "async", "--tasks", "2", "--task-ms", "1", "--warmups", "0"])
                .args(["--trials", trials])
                .env("XDG_CACHE_HOME", disk)
                .env(DATA_VARIABLE, elsewhere.path())
                .output()
                .expect("the lab starts");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && !stderr.contains("panicked"), "{stderr}");
        };
        run("1");
        assert!(fs::read_to_string(&cache).expect("written").contains("nanos_per_unit"));
        // Nothing that could be used is in it.
        fs::write(&cache, "[]").expect("written");
        let before = files(&disk.join("concurrencylab"));
        fill(disk);
        run("1");
        assert_eq!(files(&disk.join("concurrencylab")), before);
        fs::remove_file(disk.join("fill")).expect("removed");
        run("1");
        assert!(fs::read_to_string(&cache).expect("written").contains("nanos_per_unit"));
        assert_eq!(files(&disk.join("concurrencylab")).len(), 1);
    });
}

#[test]
fn changes_of_a_stored_run_and_copies_of_it_that_do_not_fit_are_named_and_change_nothing() {
    on_a_disk("changes_of_a_stored_run_and_copies_of_it_that_do_not_fit_are_named_and_change_nothing", |disk| {
        let history = crate::record::history(disk);
        let (id, _) = crate::record::record(&history, &scraper(), &whole_run());
        let lab = |arguments: &[&str]| {
            let output =
                common::lab().args(arguments).env(DATA_VARIABLE, disk.join("data")).output().expect("it starts");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!stderr.contains("panicked"), "{stderr}");
            (output.status.code(), stderr)
        };
        let (copy, json) = (disk.join("copy.clab"), disk.join("all.json"));
        let [copy_text, json_text] = [&copy, &json].map(|path| path.to_str().expect("text"));
        fs::write(&json, "old").expect("written");
        let all: [&[&str]; 5] = [
            &["runs", "rename", &id, "Other"],
            &["runs", "note", &id, "a note"],
            &["runs", "pin", &id],
            &["show", &id, "--quiet", "--save", copy_text],
            &["show", &id, "--quiet", "--json", json_text],
        ];
        let faults: [(Fault, &[&str]); 2] = [
            (fill, &["no space is left on its disk", "No space left on device"]),
            (|disk| remount(disk, "ro"), &["ead-only file system", "readonly database"]),
        ];
        for (fault, expected) in faults {
            fault(disk);
            let before = files(disk);
            for arguments in all {
                let (code, stderr) = lab(arguments);
                assert_eq!(code, Some(1), "{arguments:?}: {stderr}");
                assert!(expected.iter().any(|text| stderr.contains(text)), "{arguments:?}: {stderr}");
                assert!(stderr.contains(disk.to_str().expect("text")), "{arguments:?}: {stderr}");
            }
            let changed = |after: &BTreeMap<PathBuf, Vec<u8>>| {
                after
                    .keys()
                    .chain(before.keys())
                    .filter(|path| after.get(*path) != before.get(*path))
                    .cloned()
                    .collect()
            };
            let changed: Vec<PathBuf> = changed(&files(disk));
            assert!(changed.is_empty(), "{changed:?}");
            remount(disk, "rw");
            let _ = fs::remove_file(disk.join("fill"));
        }
        for arguments in all {
            let (code, stderr) = lab(arguments);
            assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
        }
    });
}
