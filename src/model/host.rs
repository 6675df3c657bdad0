//! Hosts of models: this executable, or a CPython interpreter.

use serde::{Deserialize, Serialize};

/// Host of a model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// This executable.
    Rust,
    /// A CPython interpreter.
    Python(Python),
}

/// An interpreter, by tag or the first one found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Python {
    /// Tag, "3.11" or "3.14t"; empty until the first interpreter is known.
    pub tag: String,
    /// True if it was named (`py-threads@3.14t`), false for the first one found.
    pub named: bool,
}

impl Host {
    /// Returns the name in CSV: `rust`, `python3.11`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Rust => "rust".to_owned(),
            Self::Python(python) => format!("python{}", python.tag),
        }
    }

    /// Returns the title for people: "Rust", "Python 3.11".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Rust => "Rust".to_owned(),
            Self::Python(python) => format!("Python {}", python.tag).trim_end().to_owned(),
        }
    }

    /// Returns the host without the difference between a named interpreter and the first one. Calibrations, plans and
    /// checksums belong to it.
    #[must_use]
    pub fn base(&self) -> Self {
        match self {
            Self::Rust => Self::Rust,
            Self::Python(python) => Self::Python(Python { tag: python.tag.clone(), named: false }),
        }
    }

    /// Returns true for a free-threaded build: "3.14t", "3.14.2t-2".
    #[must_use]
    pub fn is_free_threaded(&self) -> bool {
        let Self::Python(python) = self else { return false };
        python.tag.split('-').next().is_some_and(|version| version.ends_with('t'))
    }

    /// Returns true for an interpreter.
    #[must_use]
    pub const fn is_python(&self) -> bool {
        matches!(self, Self::Python(_))
    }
}
