//! Contenders: models on their hosts, and their names on the command line.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ContenderSettings, Host, InvalidContender, InvalidSetting, ModelId, Python, SettingKey};

/// A model on a host with settings: one row of a comparison. An experiment may have the same one more than once (an A/A
/// check); `copy` distinguishes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contender {
    /// The model.
    pub model: ModelId,
    /// The host that it runs on.
    pub host: Host,
    /// Number of the copy, from 1.
    pub copy: u8,
    /// Settings that hold for it alone.
    #[serde(default, skip_serializing_if = "ContenderSettings::is_empty")]
    pub settings: ContenderSettings,
    /// Shown in titles instead of the settings. Not part of its name: see [`Contender::is_same`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Arc<str>>,
}

impl Contender {
    /// Creates the first copy of a model: a native one in this executable, a Python model on the first interpreter found.
    #[must_use]
    pub const fn of(model: ModelId) -> Self {
        let host = match model.is_python() {
            true => Host::Python(Python { tag: String::new(), named: false }),
            false => Host::Rust,
        };
        Self { model, host, copy: 1, settings: ContenderSettings::NONE, label: None }
    }

    /// Creates the first copy of a Python model on a named interpreter.
    #[must_use]
    pub fn on(model: ModelId, tag: &str) -> Self {
        Self { host: Host::Python(Python { tag: tag.to_owned(), named: true }), ..Self::of(model) }
    }

    /// Returns true for a copy of the same model on the same host with the same settings.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.model == other.model && self.host == other.host && self.settings == other.settings
    }

    /// Returns true for the same row: only the label may differ.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_like(other) && self.copy == other.copy
    }

    /// Returns true unless it is the first copy of a model without settings and label.
    #[must_use]
    pub fn is_variant(&self) -> bool {
        self.copy > 1 || self.label.is_some() || !self.settings.is_empty()
    }

    /// Returns the title for people: "Threads", "Threads (2)", "threading 3.11", "Thread pool (8 workers)". It has
    /// no comma outside of brackets, so that titles can stand in lists.
    #[must_use]
    pub fn title(&self) -> String {
        self.model_and_tag() + &self.distinction()
    }

    /// Returns the parts of the title: "threading 3.11", and the label or the settings with the copy, "8 workers (2)".
    /// A copy without them is part of the first.
    #[must_use]
    pub fn title_parts(&self) -> (String, Option<String>) {
        match self.words() {
            Some(words) => (self.model_and_tag(), Some(words + &self.copy_words())),
            None => (self.model_and_tag() + &self.copy_words(), None),
        }
    }

    fn model_and_tag(&self) -> String {
        let title = self.model.info().title;
        match &self.host {
            Host::Python(Python { tag, .. }) if !tag.is_empty() => format!("{title} {tag}"),
            _ => title.to_owned(),
        }
    }

    /// Returns title and host, for check boxes: "Threads, Rust", "threading, Python 3.11".
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}{}, {}", self.model.info().title, self.distinction(), self.host.title())
    }

    /// Returns title and host without a comma between them, for cards: "Threads on Rust", "threading on Python 3.11".
    #[must_use]
    pub fn name_on_host(&self) -> String {
        format!("{}{} on {}", self.model.info().title, self.distinction(), self.host.title())
    }

    /// Returns what distinguishes it from others of its model: label or settings, and the copy.
    fn distinction(&self) -> String {
        let words = self.words().map_or_else(String::new, |words| format!(" ({words})"));
        words + &self.copy_words()
    }

    /// Returns the label, else the settings in words.
    fn words(&self) -> Option<String> {
        let settings = || (!self.settings.is_empty()).then(|| self.settings.describe());
        self.label.as_deref().map(str::to_owned).or_else(settings)
    }

    fn copy_words(&self) -> String {
        if self.copy > 1 { format!(" ({})", self.copy) } else { String::new() }
    }
}

impl fmt::Display for Contender {
    /// Writes the name used on the command line: `threads`, `threads#2`, `py-threads@3.14t`, `thread-pool{workers=8}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.name())?;
        if let Host::Python(Python { tag, named: true }) = &self.host {
            write!(f, "@{tag}")?;
        }
        if !self.settings.is_empty() {
            write!(f, "{{{}}}", self.settings)?;
        }
        if self.copy > 1 {
            write!(f, "#{}", self.copy)?;
        }
        Ok(())
    }
}

impl FromStr for Contender {
    type Err = InvalidContender;

    /// Parses `MODEL[@INTERPRETER][{key=value,…}][#COPY]`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let (head, settings, tail) = split_braces(name)?;
        let (rest, copy) = match (settings, head.split_once('#')) {
            (None, Some((rest, copy))) => (rest, Some(copy)),
            _ => (head, tail.strip_prefix('#')),
        };
        let (model, tag) = rest.split_once('@').map_or((rest, None), |(model, tag)| (model, Some(tag)));
        let model: ModelId = model.trim_end().parse()?;
        if copy.is_none() && !tail.is_empty() {
            return Err(InvalidContender::AfterSettings { model, rest: tail.to_owned() });
        }
        let invalid_copy = |copy: &str| InvalidContender::Copy { model, copy: copy.to_owned() };
        let number = |copy: &str| {
            let plain = copy.bytes().all(|letter| letter.is_ascii_digit());
            copy.parse().ok().filter(|number| plain && *number >= 1).ok_or_else(|| invalid_copy(copy))
        };
        let copy = copy.map_or(Ok(1), number)?;
        let base = match tag {
            None => Self::of(model),
            Some(tag) if !model.is_python() => {
                return Err(InvalidContender::NotPython { model, tag: tag.to_owned() });
            }
            Some(tag) if is_tag(tag) => Self::on(model, tag),
            Some(tag) => return Err(InvalidContender::Tag(tag.to_owned())),
        };
        Ok(Self { copy, settings: settings.map_or(Ok(ContenderSettings::NONE), |text| parse(model, text))?, ..base })
    }
}

/// Splits a name at its braces: the part before, the settings between, the part behind.
fn split_braces(name: &str) -> Result<(&str, Option<&str>, &str), InvalidContender> {
    let lone = || InvalidContender::Braces(name.to_owned());
    let Some((head, rest)) = name.split_once('{') else {
        return if name.contains('}') { Err(lone()) } else { Ok((name, None, "")) };
    };
    let (settings, tail) = rest.split_once('}').ok_or_else(lone)?;
    let nested = |text: &str| text.contains(['{', '}']);
    if nested(settings) || nested(tail) || head.contains('}') {
        return Err(lone());
    }
    Ok((head, Some(settings), tail.trim()))
}

/// Parses the text between braces: `workers=8,cpus=0-3+6`.
fn parse(model: ModelId, text: &str) -> Result<ContenderSettings, InvalidSetting> {
    let mut settings = ContenderSettings::NONE;
    for pair in text.split(',').filter(|_| !text.trim().is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            let pair = pair.trim().to_owned();
            // A comma ends a setting; a list of CPUs has one elsewhere.
            let is_cpu = settings.cpus.is_some() && pair.starts_with(|letter: char| letter.is_ascii_digit());
            if is_cpu { InvalidSetting::CommaInCpus(pair) } else { InvalidSetting::NotAPair(pair) }
        })?;
        let name = name.trim();
        let known = SettingKey::named(name).filter(|key| key.is_had_by(model));
        let key = known.ok_or_else(|| InvalidSetting::NoSuchKey { model, key: name.to_owned() })?;
        if settings.get(key).is_some() {
            return Err(InvalidSetting::Twice(key));
        }
        settings.set(key, value)?;
    }
    Ok(settings)
}

/// Splits a list of contenders at the commas outside braces.
pub fn split_names(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    list.split(move |letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth <= 0
    })
}

/// Returns true for a possible tag of an interpreter: "3.14t", "3.11.7-2".
fn is_tag(tag: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    (1..=32).contains(&tag.len()) && tag.chars().all(fits)
}

/// Parses a list of model names; a name given twice becomes a second copy (an A/A check).
///
/// # Errors
/// The first name that can't be used.
pub fn contenders<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Contender>, InvalidContender> {
    // The first mistake is the first in the list.
    let read: Result<Vec<Contender>, _> = names.into_iter().map(str::parse).collect();
    number_copies(read?)
}

/// Gives each contender that is the same as one before it the number of a further copy.
///
/// # Errors
/// More copies than can be counted.
pub fn number_copies(all: Vec<Contender>) -> Result<Vec<Contender>, InvalidContender> {
    let mut list: Vec<Contender> = Vec::with_capacity(all.len());
    for mut contender in all {
        while list.iter().any(|one| one.is_same(&contender)) {
            let next = contender.copy.checked_add(1);
            contender.copy = next.ok_or(InvalidContender::TooManyCopies(contender.model))?;
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
    fn settings_are_part_of_the_name_and_labels_are_not() {
        let read = |name: &str| name.parse::<Contender>();
        let pool = read("thread-pool{ cpus = 0-3+6 , workers=8 }#2").expect("known");
        assert_eq!(pool.to_string(), "thread-pool{workers=8,cpus=0-3+6}#2");
        assert_eq!(pool.title(), "Thread pool (8 workers, CPUs 0-3 6) (2)");
        let labelled = Contender { label: Some("wide".into()), ..pool.clone() };
        assert_eq!((labelled.title().as_str(), labelled.to_string()), ("Thread pool (wide) (2)", pool.to_string()));
        assert!(labelled.is_same(&pool) && labelled != pool && !pool.is_like(&Contender::of(ModelId::ThreadPool)));
        let python = read("py-processes@3.14{start_method=spawn}").expect("known");
        assert_eq!(python.full_name(), "multiprocessing (spawn), Python 3.14");
        assert_eq!(read("thread-pool{}"), Ok(Contender::of(ModelId::ThreadPool)));
        let list = contenders(["thread-pool{workers=2}", "thread-pool{workers=8}", "thread-pool{workers=2}"]);
        let names: Vec<String> = list.expect("known").iter().map(ToString::to_string).collect();
        assert_eq!(names, ["thread-pool{workers=2}", "thread-pool{workers=8}", "thread-pool{workers=2}#2"]);
    }

    #[test]
    fn a_mistake_in_settings_is_named_with_what_is_allowed() {
        let message = |name: &str| name.parse::<Contender>().expect_err(name).to_string();
        assert_eq!(message("thread-pool{loops=2}"), "thread-pool has no setting \"loops\"; it has workers and cpus");
        assert_eq!(
            message("sequential{cpus=0,1-3}"),
            "cpus ends at the comma before \"1-3\": here parts are joined by +, as in cpus=0-3+6"
        );
        assert_eq!(message("sequential{workers=2}"), "sequential has no setting \"workers\"; it has only cpus");
        let zero = "workers is 0: allowed are whole numbers from 1 to 4,096, and default";
        assert_eq!(message("thread-pool{workers=0}"), zero);
        assert_eq!(message("thread-pool{workers=1,workers=1}"), "workers is set twice");
        assert_eq!(message("thread-pool{8}"), "\"8\" is not a setting; expected key=value");
        assert!(message("thread-pool{workers=8").contains("brace without its counterpart"));
        assert!(message("thread-pool{workers=8}x").contains("\"x\" is not allowed after the settings"));
        assert!(message("thread-pool{workers=8}#0").contains("not a valid copy number"));
        assert!(message("pool{workers=8}").starts_with("unknown model \"pool\""));
    }

    #[test]
    fn a_list_is_split_at_commas_outside_braces() {
        let parts: Vec<&str> = split_names("async,thread-pool{workers=8,cpus=0+1},rayon").collect();
        assert_eq!(parts, ["async", "thread-pool{workers=8,cpus=0+1}", "rayon"]);
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
