//! The files that were opened last, offered where a file is opened.

use std::path::{self, Path, PathBuf};

use crate::printable;

/// Number of files that are kept.
const MOST: usize = 8;

/// Files that were opened, the last one first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentFiles(Vec<PathBuf>);

impl RecentFiles {
    /// Reads the stored list; anything else is an empty one.
    #[must_use]
    pub fn stored(list: &str) -> Self {
        let mut paths: Vec<PathBuf> = serde_json::from_str(list).unwrap_or_default();
        paths.truncate(MOST);
        Self(paths)
    }

    /// Returns the list to be stored. A path that is no text is left out.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let paths: Vec<&str> = self.0.iter().filter_map(|path| path.to_str()).collect();
        serde_json::to_string(&paths).unwrap_or_default()
    }

    /// Returns the files, the last one first.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.0
    }

    /// Puts a file that was opened first.
    pub(super) fn add(&mut self, file: &Path) {
        let file = path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.remove(&file);
        self.0.insert(0, file);
        self.0.truncate(MOST);
    }

    /// Removes a file that is gone.
    pub(super) fn remove(&mut self, file: &Path) {
        let file = path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.0.retain(|one| *one != file);
    }
}

/// Returns the name of a file and the folder that it is in, safe to show.
#[must_use]
pub fn named(file: &Path) -> (String, String) {
    let shown = |path: &Path| printable::value(&path.to_string_lossy()).into_owned();
    (
        file.file_name().map_or_else(String::new, |name| shown(Path::new(name))),
        file.parent().map_or_else(String::new, shown),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_files_are_kept_each_once() {
        let mut recent = RecentFiles::default();
        let folder = path::absolute("folder").expect("a path");
        for number in 0..10 {
            recent.add(&folder.join(number.to_string()));
        }
        recent.add(&folder.join("5"));
        let names = |recent: &RecentFiles| -> Vec<String> {
            let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
            recent.paths().iter().map(name).collect()
        };
        assert_eq!(names(&recent), ["5", "9", "8", "7", "6", "4", "3", "2"]);
        recent.remove(&folder.join("9"));
        assert_eq!(names(&recent).len(), 7);
        assert_eq!(RecentFiles::stored(&recent.to_stored()), recent);
        assert_eq!(RecentFiles::stored("no list"), RecentFiles::default());
    }
}
