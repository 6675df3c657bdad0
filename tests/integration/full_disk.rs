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
use concurrency_lab::experiment::Experiment;
use concurrency_lab::export::CsvDialect;
use concurrency_lab::lab::pace::FramePace;
use concurrency_lab::lab::{Dialog, Services};
use concurrency_lab::preset;
use concurrency_lab::record::DATA_VARIABLE;
use concurrency_lab::report::{self, Kind};
use concurrency_lab::results::RunResults;
use concurrency_lab::session::Observer as _;
use concurrency_lab::workload::Step;
use eframe::{App as _, Storage as _, egui};
use egui_kittest::kittest::Queryable as _;

use crate::common;
use crate::record::results;
use crate::scripted::{MemoryStorage, Script, Window, scraper, whole_run};

/// Names the folder of the disk in the process that has it.
const DISK: &str = "LAB_TEST_DISK";

/// Runs `inside`, the body of a test, with a disk of 400 KB, in a process of its own that runs this test alone.
fn on_a_disk<F: FnOnce(&Path)>(inside: F) {
    if let Some(disk) = std::env::var_os(DISK) {
        inside(Path::new(&disk));
        io::stdout().write_all(b"it ran\n").expect("a pipe");
        return;
    }
    // "integration::full_disk::NAME::{{closure}}": a name written by hand would run no test once the test is renamed.
    let name = std::any::type_name::<F>();
    let test = name.split("::{{closure}}").next().and_then(|name| name.split_once("::")).expect("a path").1;
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("created");
    let script = format!(
        "mount -t tmpfs -o mode=700,size=400k none \"${DISK}\" || exit 77; echo mounted; \
         exec \"$TEST\" --exact {test} --nocapture --test-threads 1"
    );
    let program = std::env::current_exe().expect("this program");
    let started =
        Command::new("unshare").args(["-m", "sh", "-c", &script]).env(DISK, &disk).env("TEST", program).output();
    let output = match started {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return common::skipped("there is no unshare"),
        started => started.expect("unshare starts"),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if !text.starts_with("mounted") {
        let refused = output.status.code() == Some(77) || text.starts_with("unshare:");
        assert!(refused, "{} {text}", output.status);
        return common::skipped(&format!("mounting a small file system needs root: {}", text.trim()));
    }
    assert!(output.status.success() && text.contains("it ran"), "{test}: {text}");
    assert!(text.contains("running 1 test\n") && text.contains(" 1 passed; 0 failed; 0 ignored"), "{test}: {text}");
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
    let last_write = settings.last_write();
    settings.set_string("experiment", format!("version {number}"));
    settings.flush();
    drop(settings);
    last_write.take().map_or(Ok(()), |error| Err(error.to_string()))
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
    on_a_disk(|disk| {
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

/// Stores the state of a window as older versions did: all of it in eframe's file.
fn store_as_older_versions(folder: &Path, experiment: Experiment) -> PathBuf {
    let (ctx, mut stored) = (egui::Context::default(), MemoryStorage::default());
    let services = App::services(&ctx, Arc::new(Script::default()));
    App::new(&ctx, None, services, Some(experiment)).save(&mut stored);
    stored.set_string("window", "()".to_owned());
    // eframe writes a value of a storage in the format of its file.
    let mut file = MemoryStorage::default();
    eframe::set_value(&mut file, "", stored.texts());
    let path = folder.join("app.ron");
    fs::write(&path, file.get_string("").expect("set")).expect("written");
    path
}

/// A window with the settings of a folder, and the pace that it is woken by.
fn app(folder: &Path, pace: Option<Arc<FramePace>>, experiment: Option<Experiment>) -> App {
    let ctx = egui::Context::default();
    let services = App::services(&ctx, Arc::new(Script::default()));
    let pace = pace.unwrap_or_else(|| Arc::clone(&services.pace));
    App::with_settings_file(&ctx, Some(SettingsFile::in_folder(folder)), Services { pace, ..services }, experiment)
}

fn title(app: &App) -> &str {
    &app.lab().draft.experiment().title
}

#[test]
fn settings_of_the_window_go_into_a_file_of_their_own_and_those_of_older_versions_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    store_as_older_versions(folder, scraper());
    let mut other = scraper();
    other.title = "Changed".into();
    let mut window = app(folder, None, None);
    assert_eq!(title(&window), "Test scraper");
    drop(window);
    let names = || files(folder).into_keys().collect::<Vec<_>>();
    assert_eq!(names(), [folder.join("app.ron.old"), folder.join("settings.json")], "stored at once");
    window = app(folder, None, Some(other));
    let mut of_eframe = MemoryStorage::default();
    window.save(&mut of_eframe);
    assert!(of_eframe.texts().is_empty(), "nothing is stored twice");
    drop(window);
    assert_eq!(title(&app(folder, None, None)), "Changed", "its own file has the latest");
    assert_eq!(names().len(), 2);
}

#[test]
fn settings_of_an_older_version_survive_a_first_start_on_a_full_disk() {
    on_a_disk(|disk| {
        store_as_older_versions(disk, scraper());
        fill(disk);
        let before = files(disk);
        let settings = SettingsFile::in_folder(disk);
        let last_write = settings.last_write();
        let ctx = egui::Context::default();
        let services = App::services(&ctx, Arc::new(Script::default()));
        let mut window = App::with_settings_file(&ctx, Some(settings), services, None);
        assert_eq!(title(&window), "Test scraper");
        window.save(&mut MemoryStorage::default());
        drop(window);
        assert_eq!(files(disk), before);
        let message = last_write.take().expect("full").to_string();
        assert!(message.contains("settings.json") && message.contains("free some space there"), "{message}");
        assert!(!message.contains("unchanged"), "nothing was in its own file: {message}");
        fs::remove_file(disk.join("fill")).expect("removed");
        assert_eq!(title(&app(disk, None, None)), "Test scraper");
        assert!(fs::read_to_string(disk.join("settings.json")).expect("stored").contains("Test scraper"));
    });
}

/// Draws until the window shows a problem with its settings, and returns it.
fn problem(window: &mut Window) -> String {
    window.until(|app| app.lab().notices.last().is_some_and(|last| last.text.contains("settings of the window")));
    let text = window.harness.state().lab().notices.last().expect("shown").text.clone();
    assert!(window.harness.query_all_by_label_contains(&text).next().is_some(), "it is in sight");
    text
}

#[test]
fn the_window_says_once_that_its_settings_can_not_be_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    // A folder that can't be created, for root neither.
    let nowhere = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("missing"), &nowhere).expect("linked");
    let mut window = Window::with_settings(Some(SettingsFile::in_folder(&nowhere)));
    let text = problem(&mut window);
    assert!(text.starts_with("The settings of the window could not be stored: can't write"), "{text}");
    window.harness.state_mut().save(&mut MemoryStorage::default());
    for _ in 0..20 {
        window.harness.run_ok();
    }
    assert_eq!(window.harness.state().lab().notices.list().len(), 1);
    let mut window = Window::with_settings(None);
    assert!(problem(&mut window).contains("names no folder"));
}

#[test]
fn the_window_says_at_its_start_that_the_disk_of_its_settings_is_read_only() {
    on_a_disk(|disk| {
        remount(disk, "ro");
        let mut window = Window::with_settings(Some(SettingsFile::in_folder(disk)));
        let text = problem(&mut window);
        assert!(text.contains("could not be stored: ") && text.contains("Read-only file system"), "{text}");
        remount(disk, "rw");
    });
}

#[test]
fn the_window_says_where_settings_are_that_it_could_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("settings.json"), "damaged").expect("written");
    let mut window = Window::with_settings(Some(SettingsFile::in_folder(folder.path())));
    let text = problem(&mut window);
    assert!(text.contains("can't be read") && text.contains("settings.json.unreadable"), "{text}");
}

#[test]
fn a_failure_to_store_settings_wakes_an_idle_window_and_draws_in_no_trial() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("missing"), &nowhere).expect("linked");
    let (ask, asked) = std::sync::mpsc::channel();
    let ask = move |_: std::time::Duration| ask.send(()).expect("the test reads");
    let pace = Arc::new(FramePace::new(Arc::new(ask), || None));
    // The setup of a trial, or its end.
    pace.clock_stopped();
    drop(app(&nowhere, Some(Arc::clone(&pace)), None));
    assert!(asked.try_recv().is_err(), "a trial runs");
    pace.ended();
    asked.recv().expect("the end of the run");
    // No frame is drawn meanwhile.
    let _window = app(&nowhere, Some(pace), None);
    asked.recv_timeout(std::time::Duration::from_secs(60)).expect("it is woken");
}

#[test]
fn a_preset_deleted_on_a_read_only_disk_stays_and_one_brought_back_on_a_full_disk_can_be_tried_again() {
    on_a_disk(|disk| {
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
    });
}

#[test]
fn the_window_says_that_a_preset_does_not_fit_and_keeps_what_was_typed() {
    on_a_disk(|disk| {
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
    on_a_disk(|disk| {
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
    on_a_disk(|disk| {
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
