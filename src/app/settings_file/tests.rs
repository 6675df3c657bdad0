//! Damaged, linked, foreign and outdated settings, and file systems that fail or do not answer.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Longest wait for what happens at once: a failure, not a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn store(folder: &Path, text: &str) -> Option<SettingsError> {
    let mut settings = SettingsFile::in_folder(folder);
    let last = settings.last_write();
    settings.set_string("key", text.to_owned());
    drop(settings);
    last.take()
}

fn stored(folder: &Path) -> Option<String> {
    SettingsFile::in_folder(folder).get_string("key")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn write_older(folder: &Path) {
    let texts = [("key", "older"), ("window", "(size)"), ("egui", "(memory)")];
    let texts = texts.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    fs::write(folder.join(OLDER), to_ron(&texts)).expect("written");
}

#[test]
fn settings_of_an_older_version_are_stored_at_once_and_never_come_back() {
    let folder = folder();
    write_older(folder.path());
    let state = window_state_file(folder.path());
    let of_eframe = parse_ron(&fs::read(&state).expect("written")).expect("eframe's format");
    assert_eq!(of_eframe.keys().collect::<Vec<_>>(), ["egui", "window"]);
    let mut settings = SettingsFile::in_folder(folder.path());
    assert_eq!(settings.get_string("key").as_deref(), Some("older"));
    assert!(settings.get_string("window").is_none());
    settings.flush();
    drop(settings);
    assert_eq!(names(folder.path()), [OLDER_DONE, FILE, WINDOW_STATE]);
    assert_eq!(stored(folder.path()).as_deref(), Some("older"));
    fs::remove_file(folder.path().join(FILE)).expect("removed");
    assert_eq!(stored(folder.path()), None);
}

#[test]
fn an_older_file_stays_while_its_settings_can_not_be_stored() {
    let folder = folder();
    write_older(folder.path());
    let before = fs::read(folder.path().join(OLDER)).expect("readable");
    let settings = SettingsFile::in_folder(folder.path());
    let last = settings.last_write();
    fs::create_dir(folder.path().join(FILE)).expect("in the way");
    drop(settings);
    let error = last.take().expect("a folder is in the way").to_string();
    assert!(error.starts_with("the settings of the window could not be stored: can't write"), "{error}");
    assert_eq!(fs::read(folder.path().join(OLDER)).expect("readable"), before);
    fs::remove_dir(folder.path().join(FILE)).expect("removed");
    assert_eq!(stored(folder.path()).as_deref(), Some("older"));
}

#[test]
fn only_the_settings_of_a_file_that_was_read_or_written_are_called_unchanged() {
    let folder = folder();
    assert!(store(folder.path(), "first").is_none());
    let mut settings = SettingsFile::in_folder(folder.path());
    let last = settings.last_write();
    fs::remove_file(folder.path().join(FILE)).expect("removed");
    fs::create_dir(folder.path().join(FILE)).expect("in the way");
    settings.set_string("key", "second".to_owned());
    drop(settings);
    let error = last.take().expect("a folder is in the way").to_string();
    assert!(error.contains("could not be stored; the previous ones are unchanged: can't write"), "{error}");
}

#[test]
fn a_file_that_can_not_be_read_is_kept_under_another_name_and_reported() {
    let folder = folder();
    write_older(folder.path());
    let path = folder.path().join(FILE);
    for (number, damaged) in ["{\"key\": \"cut o", "[]"].into_iter().enumerate() {
        fs::write(&path, damaged).expect("written");
        let mut settings = SettingsFile::in_folder(folder.path());
        assert!(settings.is_empty(), "nothing outdated");
        let kept_as = match settings.to_show().expect("a problem") {
            SettingsError::SetAside { kept_as, .. } => kept_as,
            other => panic!("{other}"),
        };
        assert!(settings.to_show().is_none(), "it is shown once");
        let expected = ["settings.json.unreadable", "settings.json.unreadable-2"][number];
        assert_eq!(kept_as, folder.path().join(expected));
        assert_eq!(fs::read_to_string(&kept_as).expect("kept"), damaged);
        settings.set_string("key", "new".to_owned());
        drop(settings);
        assert_eq!(stored(folder.path()).as_deref(), Some("new"));
    }
}

#[test]
fn a_file_that_can_neither_be_read_nor_moved_is_not_replaced() {
    let folder = folder();
    let path = folder.path().join(FILE);
    fs::write(&path, "damaged").expect("written");
    for number in 1..MOST_UNREADABLE {
        let name = if number == 1 { UNREADABLE.to_owned() } else { format!("{UNREADABLE}-{number}") };
        fs::write(folder.path().join(name), "").expect("written");
    }
    let mut settings = SettingsFile::in_folder(folder.path());
    let problem = settings.to_show().expect("a problem").to_string();
    assert!(problem.contains("settings.json") && problem.contains("no settings are stored"), "{problem}");
    settings.set_string("key", "new".to_owned());
    settings.flush();
    drop(settings);
    assert_eq!(fs::read_to_string(&path).expect("readable"), "damaged");
}

#[test]
fn a_file_of_another_user_is_left_alone() {
    let folder = folder();
    assert!(store(folder.path(), "theirs").is_none());
    let path = folder.path().join(FILE);
    // Only root can give a file away.
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_err() {
        return;
    }
    let mut settings = SettingsFile::in_folder(folder.path());
    assert!(settings.is_empty());
    let problem = settings.to_show().expect("a problem").to_string();
    assert!(problem.contains("belongs to another user (id 65534)"), "{problem}");
    settings.set_string("key", "mine".to_owned());
    drop(settings);
    assert!(fs::read_to_string(&path).expect("readable").contains("theirs"));
}

#[test]
fn a_link_is_read_and_written_through_and_what_a_group_can_write_is_read() {
    let (folder, elsewhere) = (folder(), folder());
    let target = elsewhere.path().join("mine.json");
    symlink(&target, folder.path().join(FILE)).expect("linked");
    assert!(store(folder.path(), "first").is_none(), "its target is made");
    assert_eq!(stored(folder.path()).as_deref(), Some("first"));
    assert!(SettingsFile::in_folder(folder.path()).is_trusted());
    fs::set_permissions(&target, fs::Permissions::from_mode(0o660)).expect("set");
    let settings = SettingsFile::in_folder(folder.path());
    assert_eq!(settings.get_string("key").as_deref(), Some("first"));
    assert!(!settings.is_trusted(), "others could have written it");
    drop(settings);
    assert!(store(folder.path(), "second").is_none());
    assert!(folder.path().join(FILE).is_symlink());
    assert!(fs::read_to_string(&target).expect("readable").contains("second"));
    assert_eq!(names(folder.path()), [FILE]);
}

#[test]
fn a_text_that_would_not_be_read_again_is_left_out_with_the_reason() {
    let folder = folder();
    let most = 2_000_000;
    let mut settings = SettingsFile::in_folder(folder.path());
    settings.longest_text = most;
    let longest = "x".repeat(most - 2);
    settings.set_string("key", longest.clone());
    settings.set_string("other", "short".to_owned());
    assert!(settings.to_show().is_none());
    drop(settings);
    assert!(stored(folder.path()).is_some_and(|text| text == longest), "the longest is read");
    let mut settings = SettingsFile::in_folder(folder.path());
    settings.longest_text = most;
    for _ in 0..2 {
        settings.set_string("key", "\n".repeat(most / 2));
    }
    let problem = settings.to_show().expect("too long").to_string();
    assert!(problem.contains("too long") && problem.contains("more than 2 MB"), "{problem}");
    assert!(settings.to_show().is_none(), "it is shown once");
    drop(settings);
    let settings = SettingsFile::in_folder(folder.path());
    assert_eq!((settings.get_string("key"), settings.get_string("other").as_deref()), (None, Some("short")));
}

/// Settings whose first write waits for a reader of a pipe, as for a file system that does not answer.
fn hanging(folder: &Path) -> SettingsFile {
    let mut settings = SettingsFile::in_folder(folder);
    let made = Command::new("mkfifo").arg(folder.join(FILE)).status().expect("mkfifo");
    assert!(made.success());
    settings.ends_within = Duration::from_millis(20);
    settings.set_string("key", "first".to_owned());
    settings.flush();
    settings
}

/// Does something on a thread; fails if it does not end.
fn ends<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, done) = bounded(1);
    thread::spawn(move || send.send(work()));
    done.recv_timeout(PATIENCE).expect("it does not wait for the file system")
}

#[test]
fn a_file_system_that_does_not_answer_holds_up_neither_the_window_nor_its_end() {
    let folder = folder();
    let mut settings = hanging(folder.path());
    let last = settings.last_write();
    settings = ends(move || {
        settings.set_string("key", "second".to_owned());
        settings.flush();
        settings
    });
    assert!(matches!(settings.to_show(), Some(SettingsError::NotFinished(_))));
    ends(move || drop(settings));
    let error = last.take().expect("not written").to_string();
    assert!(error.contains("not stored yet") && error.contains(FILE), "{error}");
}

#[test]
fn what_was_changed_during_a_write_is_written_by_the_next_one() {
    let folder = folder();
    let mut settings = hanging(folder.path());
    let last = settings.last_write();
    settings.set_string("key", "second".to_owned());
    settings.flush();
    settings.ends_within = PATIENCE;
    let path = folder.path().join(FILE);
    let first = fs::read_to_string(&path).expect("a pipe");
    assert!(first.contains("first"), "{first}");
    fs::remove_file(&path).expect("removed");
    ends(move || drop(settings));
    assert!(last.take().is_none());
    assert_eq!(stored(folder.path()).as_deref(), Some("second"));
}

#[test]
fn the_window_is_woken_by_a_failure_until_it_has_shown_it() {
    let folder = folder();
    let woken = Arc::new(AtomicUsize::new(0));
    let mut settings = SettingsFile::in_folder(folder.path());
    let count = Arc::clone(&woken);
    settings.wake_with(Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    }));
    fs::create_dir(folder.path().join(FILE)).expect("in the way");
    let attempt = |settings: &mut SettingsFile| {
        settings.flush();
        assert!(settings.has_ended(PATIENCE));
        woken.load(Ordering::Relaxed)
    };
    assert_eq!(attempt(&mut settings), 1);
    assert!(matches!(settings.to_show(), Some(SettingsError::NotWritten { .. })));
    assert_eq!(attempt(&mut settings), 1, "it was shown");
    fs::remove_dir(folder.path().join(FILE)).expect("removed");
    assert_eq!(attempt(&mut settings), 1, "a success has nothing to show");
    assert!(settings.to_show().is_none());
}
