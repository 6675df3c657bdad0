//! A remark of the verdict, with what it means for the reader.

use std::ops::Deref;

/// Meaning of a remark for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// A model failed, or lost trials.
    Failure,
    /// A reason to doubt the figures.
    Doubt,
    /// Anything else that explains the figures.
    Note,
}

/// A remark. It derefs to its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Meaning for the reader.
    pub kind: RemarkKind,
    /// The sentence, with its full stop.
    pub sentence: String,
}

impl Remark {
    pub(super) const fn note(sentence: String) -> Self {
        Self { kind: RemarkKind::Note, sentence }
    }

    pub(super) const fn doubt(sentence: String) -> Self {
        Self { kind: RemarkKind::Doubt, sentence }
    }
}

impl Deref for Remark {
    type Target = str;

    fn deref(&self) -> &str {
        &self.sentence
    }
}

impl PartialEq<&str> for Remark {
    fn eq(&self, other: &&str) -> bool {
        self.sentence == *other
    }
}
