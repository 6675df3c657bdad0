//! Contenders: models on their hosts, and their names on the command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Host, ModelId, Python, UnknownModel};

/// A model on a host: one row of a comparison. An experiment may have the same model more than once (an A/A check);
/// `copy` distinguishes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contender {
    /// The model.
    pub model: ModelId,
    /// The host that it runs on.
    pub host: Host,
    /// Number of the copy, from 1.
    pub copy: u8,
}

impl Contender {
    /// Creates the first copy of a model: a native one in this executable, a Python model on the first interpreter found.
    #[must_use]
    pub const fn of(model: ModelId) -> Self {
        let host = match model.is_python() {
            true => Host::Python(Python { tag: String::new(), named: false }),
            false => Host::Rust,
        };
        Self { model, host, copy: 1 }
    }

    /// Creates the first copy of a Python model on a named interpreter.
    #[must_use]
    pub fn on(model: ModelId, tag: &str) -> Self {
        Self { host: Host::Python(Python { tag: tag.to_owned(), named: true }), ..Self::of(model) }
    }

    /// Returns true for a copy of the same model on the same host.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.model == other.model && self.host == other.host
    }

    /// Returns the title for people: "Threads", "Threads (2)", "threading 3.11".
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.model.info().title.to_owned();
        if let Host::Python(Python { tag, .. }) = &self.host
            && !tag.is_empty()
        {
            title.push(' ');
            title.push_str(tag);
        }
        if self.copy > 1 { format!("{title} ({})", self.copy) } else { title }
    }

    /// Returns title and host, for check boxes: "Threads, Rust", "threading, Python 3.11".
    #[must_use]
    pub fn full_name(&self) -> String {
        let copy = if self.copy > 1 { format!(" ({})", self.copy) } else { String::new() };
        format!("{}{copy}, {}", self.model.info().title, self.host.title())
    }
}

impl fmt::Display for Contender {
    /// Writes the id used on the command line and in CSV: `threads`, `threads#2`, `py-threads@3.14t`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name())?;
        if let Host::Python(Python { tag, named: true }) = &self.host {
            write!(f, "@{tag}")?;
        }
        if self.copy > 1 {
            write!(f, "#{}", self.copy)?;
        }
        Ok(())
    }
}

impl FromStr for Contender {
    type Err = UnknownModel;

    /// Parses `threads`, `threads#2`, `py-threads@3.14t`, `py-threads@3.14t#2`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownModel { name: name.to_owned() };
        let (rest, copy) = match name.split_once('#') {
            None => (name, 1),
            Some((rest, copy)) => (rest, copy.parse().ok().filter(|copy| *copy >= 1).ok_or_else(unknown)?),
        };
        let (model, tag) = rest.split_once('@').map_or((rest, None), |(model, tag)| (model, Some(tag)));
        let model: ModelId = model.parse().map_err(|_| unknown())?;
        match tag {
            None => Ok(Self { copy, ..Self::of(model) }),
            Some(tag) if model.is_python() && is_tag(tag) => Ok(Self { copy, ..Self::on(model, tag) }),
            Some(_) => Err(unknown()),
        }
    }
}

/// Returns true for a possible tag of an interpreter: "3.14t", "3.11.7-2".
fn is_tag(tag: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    (1..=32).contains(&tag.len()) && tag.chars().all(fits)
}

/// Parses a list of model names; a name given twice becomes a second copy (an A/A check).
///
/// # Errors
/// [`UnknownModel`] for the first name that does not exist.
pub fn contenders<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Contender>, UnknownModel> {
    let mut list: Vec<Contender> = Vec::new();
    for name in names {
        let mut contender: Contender = name.parse()?;
        while list.contains(&contender) {
            // More copies than a `u8` can count.
            contender.copy = contender.copy.checked_add(1).ok_or_else(|| UnknownModel { name: name.to_owned() })?;
        }
        list.push(contender);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_a_second_copy() {
        let list = contenders(["threads", "async", "threads"]).expect("known names");
        let names: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["threads", "async", "threads#2"]);
        assert_eq!(names[2].parse(), Ok(list[2].clone()));
        assert_eq!(list[2].title(), "Threads (2)");
    }

    #[test]
    fn an_interpreter_is_named_behind_an_at_sign() {
        let named: Contender = "py-threads@3.14t#2".parse().expect("known");
        assert_eq!(named.to_string(), "py-threads@3.14t#2");
        assert_eq!((named.title().as_str(), named.host.name().as_str()), ("threading 3.14t (2)", "python3.14t"));
        assert_eq!(named.full_name(), "threading (2), Python 3.14t");
        let first: Contender = "py-asyncio".parse().expect("known");
        assert_eq!((first.to_string().as_str(), first.title().as_str()), ("py-asyncio", "asyncio"));
        for wrong in ["threads@3.11", "py-threads@", "py-threads@a b", "py-none@3.11"] {
            assert!(wrong.parse::<Contender>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn far_too_many_copies_end_in_an_error() {
        assert_eq!(contenders(["async"; 255]).map(|list| list.len()), Ok(255));
        assert!(contenders(["async"; 256]).is_err());
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = contenders(["thread"]).expect_err("unknown").to_string();
        assert!(message.contains("\"thread\"") && message.contains("thread-pool"), "{message}");
    }
}
