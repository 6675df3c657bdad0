//! The text that an experiment was read from, so that saving it keeps the user's comments.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the longest text that is kept: task lists of a million tasks have no comments worth the memory.
const LONGEST: usize = 1_000_000;

/// A text, or none. It is no part of what an experiment is: any two are equal.
#[derive(Clone, Default)]
pub struct SourceText(Option<Arc<Source>>);

/// A text and where it comes from.
pub struct Source {
    /// The text.
    pub text: String,
    /// The name of the file as messages have it.
    pub name: String,
    /// The folder that relative names in it start from.
    pub folder: PathBuf,
}

impl SourceText {
    /// Keeps a text, unless it is very long.
    #[must_use]
    pub fn of(text: &str, name: &str, folder: &Path) -> Self {
        let keep = || Arc::new(Source { text: text.to_owned(), name: name.to_owned(), folder: folder.to_owned() });
        Self((text.len() <= LONGEST).then(keep))
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> Option<&Source> {
        self.0.as_deref()
    }
}

impl PartialEq for SourceText {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for SourceText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SourceText({:?})", self.get().map(|source| &source.name))
    }
}
