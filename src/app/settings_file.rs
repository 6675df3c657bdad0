//! The settings of the window in a file that is replaced whole. eframe truncates its own file before it writes: a full
//! disk, or a kill at that moment, would leave neither the old settings nor the new. That file has the window's geometry
//! and the state of its widgets only, and settings of older versions.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::private_files;
use crate::replace_file::{naming, replace_private_file};

/// Name of the file in the folder of the window's state.
const FILE: &str = "settings.json";
/// Largest file that is read: an experiment may have a long task list.
const MOST_BYTES: u64 = 64 << 20;

/// Error of the last attempt to write the settings, shared with the thread that writes.
#[derive(Debug, Clone, Default)]
pub struct WriteError(Arc<Mutex<LastAttempt>>);

#[derive(Debug, Default)]
struct LastAttempt {
    error: Option<io::Error>,
    /// True once the window has shown an error since the last success.
    is_shown: bool,
}

impl WriteError {
    fn lock(&self) -> MutexGuard<'_, LastAttempt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the error for the window, once until writing has succeeded again.
    #[must_use]
    pub fn to_show(&self) -> Option<io::Error> {
        let mut last = self.lock();
        if last.is_shown {
            return None;
        }
        let error = last.error.as_ref().map(|error| io::Error::new(error.kind(), error.to_string()));
        last.is_shown = error.is_some();
        error
    }

    /// Takes the error.
    #[must_use]
    pub fn take(&self) -> Option<io::Error> {
        self.lock().error.take()
    }

    fn set(&self, result: io::Result<()>) {
        let mut last = self.lock();
        last.is_shown &= result.is_err();
        last.error = result.err();
    }
}

/// The settings, and the file that they are stored in.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    texts: BTreeMap<String, String>,
    /// True if the texts differ from what was last written.
    is_changed: bool,
    writing: Option<JoinHandle<()>>,
    error: WriteError,
}

impl SettingsFile {
    /// Reads the settings in a folder. A file that is missing, or that others could have written, holds none.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let content = private_files::read(&path, MOST_BYTES).unwrap_or_default();
        let texts = serde_json::from_slice(&content).unwrap_or_default();
        Self { path, texts, is_changed: false, writing: None, error: WriteError::default() }
    }

    /// Returns true if nothing was stored yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns where the error of an attempt to write appears.
    #[must_use]
    pub fn error(&self) -> WriteError {
        self.error.clone()
    }

    fn wait(&mut self) {
        if let Some(writing) = self.writing.take() {
            // A panic of it was reported.
            let _ = writing.join();
        }
    }
}

impl eframe::Storage for SettingsFile {
    fn get_string(&self, key: &str) -> Option<String> {
        self.texts.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        if self.texts.get(key) != Some(&value) {
            self.texts.insert(key.to_owned(), value);
            self.is_changed = true;
        }
    }

    fn remove_string(&mut self, key: &str) {
        self.is_changed |= self.texts.remove(key).is_some();
    }

    /// Starts to write on a thread; the window does not wait for it.
    fn flush(&mut self) {
        let is_behind = self.error.lock().error.is_some();
        if !std::mem::take(&mut self.is_changed) && !is_behind {
            return;
        }
        self.wait();
        let (path, texts, error) = (self.path.clone(), self.texts.clone(), self.error.clone());
        let write = move || error.set(write(&path, &texts));
        match thread::Builder::new().name("lab-settings".to_owned()).spawn(write) {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => self.error.set(Err(naming(&self.path, error))),
        }
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        self.wait();
    }
}

fn write(path: &Path, texts: &BTreeMap<String, String>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private_files::create_folders(folder).map_err(|error| naming(path, error))?;
    }
    let text = serde_json::to_vec_pretty(texts)?;
    replace_private_file(path, |out| out.write_all(&text))
}
