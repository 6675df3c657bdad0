//! The settings of the window in a file that is replaced whole. eframe truncates its own file before it writes: a full
//! disk, or a kill at that moment, would leave neither the old settings nor the new. Its file has the window's geometry
//! and the state of its widgets only.
//!
//! Older versions had all of them in `app.ron`. That file is read and never written: it gets another name once the
//! settings are in their own file, so that outdated ones don't come back.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use eframe::Storage as _;

use super::settings_error::{LastWrite, SettingsError};
use crate::bounded_read::{self, ReadError};
use crate::lab::services::Wake;
use crate::private_files;
use crate::replace_file::{naming, replace_private_file};

/// Name of the file in the folder of the window's state.
const FILE: &str = "settings.json";
/// Name of a settings file that could not be read.
const UNREADABLE: &str = "settings.json.unreadable";
/// Most files that could not be read and are kept.
const MOST_UNREADABLE: usize = 100;
/// Name of eframe's file.
const WINDOW_STATE: &str = "window.ron";
/// Name of the file in which older versions had eframe store everything.
const OLDER: &str = "app.ron";
/// Name of that file once its settings are stored.
const OLDER_DONE: &str = "app.ron.old";
/// Keys of eframe's own in its file.
const KEYS_OF_EFRAME: [&str; 2] = ["window", "egui"];

/// Longest text that is stored, as bytes in the file: an experiment may have a long task list.
const LONGEST_TEXT: usize = 64_000_000;
/// Most bytes that JSON makes of one byte.
const LONGEST_ESCAPE: usize = 6;
/// Largest file that is written and read: the longest experiment, and the other settings, which are short.
const MOST_BYTES: u64 = 2 * LONGEST_TEXT as u64;
/// Longest wait for the file system when the window is closed.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

type Texts = BTreeMap<String, String>;

/// The settings, and the file that they are stored in.
pub struct SettingsFile {
    path: PathBuf,
    texts: Texts,
    /// True if the texts differ from what was last written.
    is_changed: bool,
    /// True unless other users could have written the file.
    is_trusted: bool,
    /// False if the file could neither be read nor be moved out of the way.
    can_write: bool,
    /// Closed by the thread that writes when it ends.
    writing: Option<Receiver<()>>,
    last_write: LastWrite,
    /// Problem that the window has not shown.
    problem: Option<SettingsError>,
    /// True once a text was too long.
    has_left_out: bool,
    wake: Wake,
    /// Longest text that is stored; less in tests.
    longest_text: usize,
    /// Longest wait for the file system; less in tests.
    ends_within: Duration,
}

impl SettingsFile {
    /// Reads the settings in a folder; those of an older version if there is no file yet. A file that can't be read gets
    /// another name; it is left as it is, and nothing is stored, if that fails or if it belongs to another user.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let mut settings = Self {
            path: folder.join(FILE),
            texts: Texts::new(),
            is_changed: false,
            is_trusted: true,
            can_write: true,
            writing: None,
            last_write: LastWrite::default(),
            problem: None,
            has_left_out: false,
            wake: Arc::new(|| ()),
            longest_text: LONGEST_TEXT,
            ends_within: ENDS_WITHIN,
        };
        match read(&settings.path, |text| serde_json::from_slice(text).map_err(io::Error::from)) {
            Ok(Some(content)) => {
                settings.last_write.has_read();
                (settings.texts, settings.is_trusted) = (content.texts, content.is_trusted);
            }
            Ok(None) => {
                // Written at once: a failure is known at the start, and the settings of an older version are safe.
                settings.is_changed = true;
                // An older file that can't be read is never written.
                if let Ok(Some(content)) = read(&folder.join(OLDER), parse_ron) {
                    settings.is_trusted = content.is_trusted;
                    let lab = content.texts.into_iter().filter(|(key, _)| !KEYS_OF_EFRAME.contains(&key.as_str()));
                    lab.for_each(|(key, value)| settings.set_string(&key, value));
                }
            }
            Err(error) => settings.set_aside(&error),
        }
        settings
    }

    fn set_aside(&mut self, error: &io::Error) {
        let reason = format!("{}: {error}", self.path.display());
        self.problem = Some(match set_aside(&self.path) {
            Some(kept_as) => {
                // Those of an older version are outdated, too.
                retire_older(&self.path);
                self.is_changed = true;
                SettingsError::SetAside { reason, kept_as }
            }
            None => {
                self.can_write = false;
                SettingsError::Unreadable(reason)
            }
        });
    }

    /// Returns false if other users could have written what was read.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Returns true if no setting was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns the state of the last attempt to write.
    #[must_use]
    pub fn last_write(&self) -> LastWrite {
        self.last_write.clone()
    }

    /// Returns a problem that the window is to show, once.
    #[must_use]
    pub fn to_show(&mut self) -> Option<SettingsError> {
        self.problem.take().or_else(|| self.last_write.to_show())
    }

    /// Sets what the writing thread calls when it has failed.
    pub fn wake_with(&mut self, wake: Wake) {
        self.wake = wake;
    }

    /// Waits until nothing is being written. Returns false after the given time.
    fn has_ended(&mut self, within: Duration) -> bool {
        if self.writing.as_ref().is_some_and(|end| end.recv_timeout(within) == Err(RecvTimeoutError::Timeout)) {
            return false;
        }
        self.writing = None;
        true
    }

    fn start_writing(&mut self) {
        self.is_changed = false;
        let (path, texts) = (self.path.clone(), self.texts.clone());
        let (last_write, wake) = (self.last_write.clone(), Arc::clone(&self.wake));
        let (ending, end) = bounded(0);
        let write = move || {
            // Dropped last, also by a panic.
            let _ending = ending;
            if last_write.ended(write(&path, &texts)) {
                wake();
            }
        };
        match thread::Builder::new().name("lab-settings".to_owned()).spawn(write) {
            Ok(_) => self.writing = Some(end),
            Err(error) => {
                // The window is drawing, or asks soon.
                let _ = self.last_write.ended(Err(naming(&self.path, error)));
            }
        }
    }
}

impl eframe::Storage for SettingsFile {
    fn get_string(&self, key: &str) -> Option<String> {
        self.texts.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        if is_longer(&value, self.longest_text) {
            self.remove_string(key);
            if !std::mem::replace(&mut self.has_left_out, true) {
                self.problem.get_or_insert(SettingsError::TooLong { most: self.longest_text });
            }
        } else if self.texts.get(key) != Some(&value) {
            self.texts.insert(key.to_owned(), value);
            self.is_changed = true;
        }
    }

    fn remove_string(&mut self, key: &str) {
        self.is_changed |= self.texts.remove(key).is_some();
    }

    /// Starts to write on a thread; the window does not wait for it. While that is still writing nothing else is written.
    fn flush(&mut self) {
        self.is_changed |= self.last_write.has_failed();
        if !self.is_changed || !self.can_write {
            return;
        }
        if self.has_ended(Duration::ZERO) {
            self.start_writing();
        } else {
            self.last_write.failed(SettingsError::NotFinished(self.path.clone()));
        }
    }
}

impl Drop for SettingsFile {
    /// Waits until everything is written, as long as the file system answers.
    fn drop(&mut self) {
        let deadline = Instant::now() + self.ends_within;
        let mut ended = self.has_ended(self.ends_within);
        if ended && self.is_changed && self.can_write {
            self.start_writing();
            ended = self.has_ended(deadline.saturating_duration_since(Instant::now()));
        }
        if !ended {
            self.last_write.failed(SettingsError::NotFinished(self.path.clone()));
        } else if let Some(problem) = self.problem.take()
            && !self.last_write.has_failed()
        {
            self.last_write.failed(problem);
        }
    }
}

/// Returns the file for eframe, the geometry of the window and the state of its widgets. Where there is none it gets what
/// an older version has stored.
#[must_use]
pub fn window_state_file(folder: &Path) -> PathBuf {
    let path = folder.join(WINDOW_STATE);
    if !path.exists()
        && let Ok(Some(mut older)) = read(&folder.join(OLDER), parse_ron)
    {
        older.texts.retain(|key, _| KEYS_OF_EFRAME.contains(&key.as_str()));
        // Without it the window has its usual size.
        let _ = replace_private_file(&path, |out| out.write_all(to_ron(&older.texts).as_bytes()));
    }
    path
}

/// Content of a file.
struct Content {
    texts: Texts,
    is_trusted: bool,
}

/// Reads a file of this user's, through links. `None` if there is none.
fn read(path: &Path, parse: fn(&[u8]) -> io::Result<Texts>) -> io::Result<Option<Content>> {
    let target = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    private_files::check_owner(&target)?;
    let is_trusted = private_files::check_file(&target).is_ok();
    let text = bounded_read::file(&target, MOST_BYTES).map_err(|error| match error {
        ReadError::Io(error) => error,
        other => io::Error::other(other),
    })?;
    Ok(Some(Content { texts: parse(&text)?, is_trusted }))
}

/// Gives a file another name, where none is replaced. `None` if that fails or the file belongs to another user.
fn set_aside(path: &Path) -> Option<PathBuf> {
    let is_of_another = |target: PathBuf| target.is_file() && private_files::check_owner(&target).is_err();
    if path.canonicalize().is_ok_and(is_of_another) {
        return None;
    }
    let names = (1..MOST_UNREADABLE).map(|number| match number {
        1 => path.with_file_name(UNREADABLE),
        _ => path.with_file_name(format!("{UNREADABLE}-{number}")),
    });
    let free = names.into_iter().find(|name| fs::symlink_metadata(name).is_err())?;
    fs::rename(path, &free).ok().map(|()| free)
}

/// Gives the file of an older version another name, so that its outdated settings are not read again.
fn retire_older(path: &Path) {
    // There is none after the first time.
    let _ = fs::rename(path.with_file_name(OLDER), path.with_file_name(OLDER_DONE));
}

/// Returns true if a text has more than this many bytes in a file.
fn is_longer(text: &str, bytes: usize) -> bool {
    text.len() > bytes / LONGEST_ESCAPE && serde_json::to_string(text).is_ok_and(|written| written.len() > bytes)
}

fn write(path: &Path, texts: &Texts) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private_files::create_folders(folder).map_err(|error| naming(path, error))?;
    }
    let text = serde_json::to_vec_pretty(texts)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(naming(path, io::Error::other("the settings are too long")));
    }
    replace_private_file(path, |out| out.write_all(&text))?;
    retire_older(path);
    Ok(())
}

/// A file of eframe's as one value of a storage: eframe offers its format for those.
struct Ron(String);

impl eframe::Storage for Ron {
    fn get_string(&self, _key: &str) -> Option<String> {
        Some(self.0.clone())
    }

    fn set_string(&mut self, _key: &str, value: String) {
        self.0 = value;
    }

    fn remove_string(&mut self, _key: &str) {}

    fn flush(&mut self) {}
}

fn parse_ron(text: &[u8]) -> io::Result<Texts> {
    let text = String::from_utf8(text.to_owned()).map_err(io::Error::other)?;
    eframe::get_value(&Ron(text), "").ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

fn to_ron(texts: &Texts) -> String {
    let mut ron = Ron(String::new());
    eframe::set_value(&mut ron, "", texts);
    ron.0
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
