//! Where a model runs: in this executable, or on a CPython interpreter.

use serde::{Deserialize, Serialize};

/// Where a model runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// This executable.
    Rust,
    /// A CPython interpreter.
    Python(Python),
}

/// Which interpreter is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Python {
    /// Its tag, "3.11" or "3.14t"; empty until it is known which one the first is.
    pub tag: String,
    /// True where it was asked for by name (`py-threads@3.14t`), false for the first one found.
    pub named: bool,
}

impl Host {
    /// As the CSV names it: `rust`, `python3.11`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Rust => "rust".to_owned(),
            Self::Python(python) => format!("python{}", python.tag),
        }
    }

    /// As the window names it: "Rust", "Python 3.11".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Rust => "Rust".to_owned(),
            Self::Python(python) => format!("Python {}", python.tag).trim_end().to_owned(),
        }
    }

    /// The same for every contender that runs there, whether the interpreter was named or is the first:
    /// what calibrations, plans and checksums belong to.
    #[must_use]
    pub fn base(&self) -> Self {
        match self {
            Self::Rust => Self::Rust,
            Self::Python(python) => Self::Python(Python { tag: python.tag.clone(), named: false }),
        }
    }

    /// True for an interpreter built so that it can do without its lock: "3.14t", "3.14.2t-2".
    #[must_use]
    pub fn is_free_threaded(&self) -> bool {
        let Self::Python(python) = self else { return false };
        python.tag.split('-').next().is_some_and(|version| version.ends_with('t'))
    }

    /// True for an interpreter.
    #[must_use]
    pub const fn is_python(&self) -> bool {
        matches!(self, Self::Python(_))
    }
}
