//! CPython interpreters as the lab knows them: what each is and can do, and the program that runs
//! its models. Looking for them is the session's affair, running them the runner's.

mod program;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::program::{PROGRAM, PROGRAM_FOLDER, PROGRAM_START, code_of};
use crate::model::{Contender, Host, ModelId, Python};
use crate::printable;

/// The oldest version that the program runs on: major, minor.
pub const OLDEST: (u32, u32) = (3, 9);

/// How `multiprocessing` starts processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartMethod {
    /// As the interpreter has it: `fork` on Linux up to 3.13, `forkserver` from 3.14, `spawn` elsewhere.
    #[default]
    Default,
    /// A copy of the running process.
    Fork,
    /// A new interpreter.
    Spawn,
    /// A copy of a process that was started for this purpose.
    Forkserver,
}

impl StartMethod {
    /// All, in the order shown.
    pub const ALL: [Self; 4] = [Self::Default, Self::Fork, Self::Spawn, Self::Forkserver];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::Forkserver => "forkserver",
        }
    }
}

/// A CPython interpreter that can be used, as it answered when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// What it is called in `py-threads@TAG`: its version, as short as keeps it apart from the others.
    pub tag: String,
    /// `sys.executable`: what is run, never a shim that leads to it.
    pub path: PathBuf,
    /// Where it was found, in words: "PATH", "pyenv", "virtual environment".
    pub found: String,
    /// "3.11.7".
    pub version: String,
    /// Major and minor version.
    pub series: (u32, u32),
    /// When and with what it was built, as `sys.version` says.
    pub build: String,
    /// `sys.prefix`: tells a virtual environment from the interpreter that it was made from.
    pub prefix: PathBuf,
    /// It belongs to a virtual environment.
    pub virtual_environment: bool,
    /// Built so that it can do without the interpreter lock.
    pub free_threaded: bool,
    /// The interpreter lock is in force, asked after the imports.
    pub gil: bool,
    /// `concurrent.futures.InterpreterPoolExecutor` is there.
    pub sub_interpreters: bool,
    /// Version of trio, where it is installed.
    pub trio: Option<String>,
    /// Version of gevent, where it is installed.
    pub gevent: Option<String>,
    /// What `multiprocessing` can do here; the default first. Empty where it is missing.
    pub start_methods: Vec<String>,
    /// Modules of the standard library that models need and this build lacks.
    pub missing: Vec<String>,
}

/// Something that was found and can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// What was tried.
    pub path: PathBuf,
    /// Where it was found, in words.
    pub found: String,
    /// Why it can't be used.
    pub reason: String,
}

/// An interpreter that was found near the current folder and was not started: whoever wrote that folder may have put
/// any program there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotStarted {
    /// The program.
    pub path: PathBuf,
    /// Where it was found, in words.
    pub found: String,
    /// Why it was not started, and how to use it.
    pub reason: String,
    /// The window may offer to use it: its files belong to this user or root and no one else can change them.
    pub may_be_confirmed: bool,
}

/// All that was found. The first is the one that `py-threads` without a tag means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreters {
    /// Usable ones.
    pub usable: Vec<Interpreter>,
    /// The others, with the reason.
    pub rejected: Vec<Rejected>,
    /// Those that the user has to name first.
    pub not_started: Vec<NotStarted>,
}

impl Interpreter {
    /// Why it can't run a model, whatever the workload; `None` where it can.
    #[must_use]
    pub fn lacks(&self, model: ModelId) -> Option<String> {
        let needs: &[&str] = match model {
            ModelId::PyThreads | ModelId::PyGevent => &["threading"],
            ModelId::PyThreadPool => &["threading", "concurrent.futures"],
            ModelId::PyProcesses => &["multiprocessing"],
            ModelId::PyProcessPool => &["multiprocessing", "concurrent.futures"],
            ModelId::PyAsyncio | ModelId::PyTrio => &["asyncio"],
            ModelId::PyAsyncioThreads => &["asyncio", "concurrent.futures"],
            _ => &[],
        };
        if let Some(module) = needs.iter().find(|module| self.missing.iter().any(|missing| missing == *module)) {
            return Some(format!(
                "Python {} at {} lacks the module {module}",
                self.version,
                printable::path(&self.path)
            ));
        }
        let install = |what: &str| {
            format!(
                "{what} is not installed for Python {}; `{} -m pip install {what}` in a virtual environment adds it",
                self.tag,
                printable::path(&self.path)
            )
        };
        match model {
            ModelId::PyInterpreters if !self.sub_interpreters => Some(format!(
                "InterpreterPoolExecutor came with Python 3.14, and this is {}; add a newer one with --python",
                self.version
            )),
            ModelId::PyTrio if self.trio.is_none() => Some(install("trio")),
            ModelId::PyGevent if self.gevent.is_none() => Some(install("gevent")),
            _ => None,
        }
    }

    /// Why it can't start the processes of a model in this way.
    #[must_use]
    pub fn can_not_start(&self, model: ModelId, method: StartMethod) -> Option<String> {
        let starts = matches!(model, ModelId::PyProcesses | ModelId::PyProcessPool);
        let has = method == StartMethod::Default || self.start_methods.iter().any(|one| one == method.name());
        (starts && !has).then(|| {
            format!(
                "Python {} can't start processes by {} here, only by {}",
                self.tag,
                method.name(),
                self.start_methods.join(", ")
            )
        })
    }

    /// One line: "CPython 3.13.15, free-threaded, trio 0.35.0".
    #[must_use]
    pub fn describe(&self) -> String {
        let mut words = format!("CPython {}", self.version);
        match (self.free_threaded, self.gil) {
            (true, false) => words.push_str(", free-threaded"),
            (true, true) => words.push_str(", free-threaded build with the GIL on"),
            (false, _) => words.push_str(", GIL"),
        }
        if self.sub_interpreters {
            words.push_str(", sub-interpreters");
        }
        for (name, version) in [("trio", &self.trio), ("gevent", &self.gevent)] {
            if let Some(version) = version {
                words.push_str(&format!(", {name} {version}"));
            }
        }
        if self.virtual_environment {
            words.push_str(", virtual environment");
        }
        words
    }
}

impl Interpreters {
    /// The interpreter that a host means.
    ///
    /// # Errors
    /// In words, why there is none; also for the native host, which needs none.
    pub fn of(&self, host: &Host) -> Result<&Interpreter, String> {
        let Host::Python(python) = host else { return Err("native models need no interpreter".to_owned()) };
        let found = match python.named {
            true => self.find(&python.tag),
            false => self.usable.iter().find(|one| one.tag == python.tag).or_else(|| self.usable.first()),
        };
        found.ok_or_else(|| self.none(python))
    }

    /// By tag, else by version.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Interpreter> {
        let by = |is: &dyn Fn(&&Interpreter) -> bool| self.usable.iter().find(|one| is(one));
        let whole = |one: &Interpreter| format!("{}{}", one.version, if one.free_threaded { "t" } else { "" });
        by(&|one| one.tag == name).or_else(|| by(&|one| whole(one) == name)).or_else(|| by(&|one| one.version == name))
    }

    fn none(&self, python: &Python) -> String {
        let (major, minor) = OLDEST;
        if self.usable.is_empty() {
            let rejected = self.rejected.first().map(|one| (&one.path, &one.reason));
            let first = rejected.or_else(|| self.not_started.first().map(|one| (&one.path, &one.reason)));
            let why = first.map_or_else(String::new, |(path, reason)| {
                format!(" ({} can't be used: {})", printable::path(path), printable::without_home(reason))
            });
            return format!(
                "no CPython {major}.{minor} or newer was found{why}; install one, or name one with --python"
            );
        }
        let tags: Vec<&str> = self.usable.iter().map(|one| one.tag.as_str()).collect();
        format!("no Python \"{}\" was found; there are {}", python.tag, tags.join(", "))
    }

    /// Fills in the tag of the interpreter that a contender is run on.
    pub fn settle(&self, contender: &mut Contender) {
        let Host::Python(python) = &mut contender.host else { return };
        if !python.named {
            python.tag = self.usable.first().map_or_else(String::new, |first| first.tag.clone());
        } else if let Some(found) = self.find(&python.tag) {
            // Named by its version: from here on by its tag, as all that runs there.
            python.tag.clone_from(&found.tag);
        }
    }

    /// Makes the interpreter of this tag the first.
    pub fn put_first(&mut self, tag: &str) {
        if let Some(place) = self.usable.iter().position(|one| one.tag == tag) {
            let first = self.usable.remove(place);
            self.usable.insert(0, first);
        }
    }
}

#[cfg(test)]
pub mod testing {
    //! Interpreters that nobody has to have installed.
    use super::*;

    /// A plain one of a version like "3.11.7".
    pub fn interpreter(version: &str) -> Interpreter {
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        let series = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        Interpreter {
            tag: format!("{}.{}", series.0, series.1),
            path: PathBuf::from(format!("/opt/python{version}/bin/python3")),
            found: "PATH".to_owned(),
            version: version.to_owned(),
            series,
            build: "main".to_owned(),
            prefix: PathBuf::from(format!("/opt/python{version}")),
            virtual_environment: false,
            free_threaded: false,
            gil: true,
            sub_interpreters: series >= (3, 14),
            trio: None,
            gevent: None,
            start_methods: vec!["fork".to_owned(), "spawn".to_owned(), "forkserver".to_owned()],
            missing: Vec::new(),
        }
    }

    /// Several of them.
    pub fn interpreters(versions: &[&str]) -> Interpreters {
        Interpreters {
            usable: versions.iter().map(|version| interpreter(version)).collect(),
            ..Interpreters::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{interpreter, interpreters};
    use super::*;

    #[test]
    fn what_an_interpreter_lacks_is_said() {
        let old = interpreter("3.11.7");
        assert_eq!(old.lacks(ModelId::PyThreads), None);
        assert!(old.lacks(ModelId::PyInterpreters).is_some_and(|reason| reason.contains("3.14")));
        assert!(old.lacks(ModelId::PyTrio).is_some_and(|reason| reason.contains("pip install trio")));
        let poor = Interpreter { missing: vec!["multiprocessing".into()], ..interpreter("3.14.1") };
        assert_eq!(poor.lacks(ModelId::PyInterpreters), None);
        assert!(poor.lacks(ModelId::PyProcessPool).is_some_and(|reason| reason.contains("multiprocessing")));
    }

    #[test]
    fn a_version_means_the_build_with_the_lock_where_there_are_both() {
        let free = Interpreter { tag: "3.13t".to_owned(), free_threaded: true, ..interpreter("3.13.0") };
        let all = Interpreters { usable: vec![free, interpreter("3.13.0")], ..Interpreters::default() };
        let tag = |name: &str| all.find(name).map(|one| one.tag.as_str());
        assert_eq!((tag("3.13.0"), tag("3.13.0t"), tag("3.13t")), (Some("3.13"), Some("3.13t"), Some("3.13t")));
    }

    #[test]
    fn a_host_means_the_first_interpreter_or_the_one_that_it_names() {
        let all = interpreters(&["3.11.7", "3.14.1"]);
        let mut first = Contender::of(ModelId::PyThreads);
        all.settle(&mut first);
        assert_eq!(first.title(), "threading 3.11");
        let path = |contender: &Contender| all.of(&contender.host).map(|one| one.version.as_str());
        assert_eq!(path(&first), Ok("3.11.7"));
        assert_eq!(path(&Contender::on(ModelId::PyThreads, "3.14")), Ok("3.14.1"));
        assert_eq!(path(&Contender::on(ModelId::PyThreads, "3.14.1")), Ok("3.14.1"));
        let missing = path(&Contender::on(ModelId::PyThreads, "3.9")).expect_err("not there");
        assert!(missing.contains("\"3.9\"") && missing.contains("3.11, 3.14"), "{missing}");
        let none = Interpreters::default().of(&first.host).expect_err("none at all");
        assert!(none.contains("no CPython 3.9 or newer was found"), "{none}");
        let near = NotStarted {
            path: PathBuf::from("/home/ada/project/.venv/bin/python3"),
            found: "nearby virtual environment".to_owned(),
            reason: "not started".to_owned(),
            may_be_confirmed: true,
        };
        let only_near = Interpreters { not_started: vec![near], ..Interpreters::default() };
        let none = only_near.of(&first.host).expect_err("none that may be started");
        assert!(none.contains("project/.venv") && none.contains("not started"), "{none}");
    }
}
