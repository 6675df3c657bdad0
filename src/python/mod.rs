//! CPython interpreters: their versions and capabilities, and the program that runs models on them. The search for
//! interpreters is in `session`, their execution in `runner`.

mod dask_scheduler;
mod program;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::dask_scheduler::{DaskScheduler, InvalidScheduler, SchedulerProblem};
pub use self::program::{BARE_PROGRAMS, PROGRAM, PROGRAM_FOLDER, PROGRAM_START, code_of, code_of_contender};
pub use crate::model::StartMethod;
use crate::model::{Contender, Host, ModelId, Python};
use crate::printable;

/// Oldest supported version: major, minor.
pub const OLDEST: (u32, u32) = (3, 9);

/// A usable CPython interpreter, as it described itself when it was probed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// Tag in `py-threads@TAG`: the version, as short as is unique.
    pub tag: String,
    /// `sys.executable`: the executable itself, never a shim that leads to it.
    pub path: PathBuf,
    /// Place where it was found: "PATH", "pyenv", "virtual environment".
    pub found: String,
    /// Version: "3.11.7".
    pub version: String,
    /// Major and minor version.
    pub series: (u32, u32),
    /// Date and compiler of the build, from `sys.version`.
    pub build: String,
    /// `sys.prefix`, which differs between a virtual environment and the interpreter that it was created from.
    pub prefix: PathBuf,
    /// True if it belongs to a virtual environment.
    pub virtual_environment: bool,
    /// True for a free-threaded build, which can run without the GIL.
    pub free_threaded: bool,
    /// True if the GIL is enabled after the imports.
    pub gil: bool,
    /// True if it has `concurrent.futures.InterpreterPoolExecutor`.
    pub sub_interpreters: bool,
    /// Version of trio; `None` if not installed.
    pub trio: Option<String>,
    /// Version of gevent; `None` if not installed.
    pub gevent: Option<String>,
    /// Start methods of `multiprocessing`, the default first; empty if it is missing.
    pub start_methods: Vec<String>,
    /// Modules of the standard library that models need and that are missing.
    pub missing: Vec<String>,
    /// Versions of other packages that models need, of those that are installed.
    pub packages: BTreeMap<String, String>,
}

/// A program that was found and can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The program.
    pub path: PathBuf,
    /// Place where it was found.
    pub found: String,
    /// Reason why it can't be used.
    pub reason: String,
    /// True if it did not answer in time and was found before all usable interpreters: models of Python without a tag
    /// would run on it.
    #[serde(default)]
    pub passed_over: bool,
}

/// An interpreter that was found near the current folder and was not started, since the author of that folder may have
/// put any program there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotStarted {
    /// The program.
    pub path: PathBuf,
    /// Place where it was found.
    pub found: String,
    /// Reason why it was not started, and how to use it.
    pub reason: String,
    /// True if the window may offer to use it: its files belong to this user or root, and no other user can change them.
    pub may_be_confirmed: bool,
}

/// Interpreters that gave no answer, and the one that models of Python without a tag run on in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Version of the interpreter that is used: "3.11.7".
    pub used: String,
    /// Programs that gave no answer in time, each with the place where it was found.
    pub silent: Vec<(PathBuf, String)>,
}

impl fmt::Display for PassedOver {
    /// "Models of Python without a tag run on Python 3.11.7: ~/.venv/bin/python3 (PATH) comes first and gave no answer
    /// in time"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent: Vec<String> = self
            .silent
            .iter()
            .map(|(path, found)| format!("{} ({})", printable::path(path), printable::line(found)))
            .collect();
        let (come, silent) = (if silent.len() == 1 { "comes" } else { "come" }, silent.join(", "));
        write!(
            f,
            "models of Python that name no interpreter run on Python {}: {silent} {come} first and gave no answer in time",
            self.used
        )
    }
}

/// All interpreters that were found. Contenders without a tag run on the first usable one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreters {
    /// Usable interpreters.
    pub usable: Vec<Interpreter>,
    /// Unusable programs, with the reason.
    pub rejected: Vec<Rejected>,
    /// Interpreters that the user has to name before they are started.
    pub not_started: Vec<NotStarted>,
    /// True while they are searched for, so that nothing is known to be absent.
    #[serde(skip)]
    pub searching: bool,
    /// Scheduler that models of dask use instead of a cluster of their own. Named on the command line only, and in no file.
    #[serde(skip)]
    pub dask_scheduler: Option<DaskScheduler>,
}

impl Interpreter {
    /// Returns the reason why it can't run a model, whatever the workload; `None` if it can.
    #[must_use]
    pub fn lacks(&self, model: ModelId) -> Option<String> {
        let needs: &[&str] = match model {
            ModelId::PyThreads | ModelId::PyGevent => &["threading"],
            ModelId::PyThreadPool => &["threading", "concurrent.futures"],
            ModelId::PyProcesses | ModelId::PyPool => &["multiprocessing"],
            ModelId::PyProcessPool => &["multiprocessing", "concurrent.futures"],
            ModelId::PyAsyncio | ModelId::PyTrio | ModelId::PyUvloop => &["asyncio"],
            ModelId::PyAsyncioMulti => &["asyncio", "threading", "concurrent.futures"],
            ModelId::PyJoblib | ModelId::PyDask => &["multiprocessing", "concurrent.futures", "threading"],
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
        let install = |package: &str| {
            format!(
                "{package} is not installed for Python {}; `{} -m pip install {package}` in a virtual environment adds it",
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
            ModelId::PyUvloop => self.lacks_package("uvloop").then(|| install("uvloop")),
            ModelId::PyJoblib => self.lacks_package("joblib").then(|| install("joblib")),
            ModelId::PyDask => self.lacks_package("distributed").then(|| install("distributed")),
            _ => None,
        }
    }

    fn lacks_package(&self, name: &str) -> bool {
        !self.packages.contains_key(name)
    }

    /// Returns the reason why it can't start the processes of a model by this start method; `None` if it can.
    #[must_use]
    pub fn unsupported_start_method(&self, model: ModelId, method: StartMethod) -> Option<String> {
        let starts = model.has_start_method();
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

    /// Describes it in one line: "CPython 3.13.15, free-threaded, trio 0.35.0".
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = format!("CPython {}", self.version);
        match (self.free_threaded, self.gil) {
            (true, false) => text.push_str(", free-threaded"),
            (true, true) => text.push_str(", free-threaded build with the GIL on"),
            (false, _) => text.push_str(", GIL"),
        }
        if self.sub_interpreters {
            text.push_str(", sub-interpreters");
        }
        let named = [("trio", &self.trio), ("gevent", &self.gevent)];
        let named = named.into_iter().filter_map(|(name, version)| Some((name, version.as_ref()?)));
        for (name, version) in named.chain(self.packages.iter().map(|(name, version)| (name.as_str(), version))) {
            text.push_str(&format!(", {name} {version}"));
        }
        if self.virtual_environment {
            text.push_str(", virtual environment");
        }
        text
    }
}

/// The reason why a host has no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoInterpreter {
    /// The host is the lab's own executable.
    #[error("native models need no interpreter")]
    Native,
    /// The search for interpreters has not ended.
    #[error("Python interpreters are still being looked for")]
    Searching,
    /// No CPython that can be used was found.
    #[error("no CPython {}.{} or newer was found{}; install one, or name one with --python", OLDEST.0, OLDEST.1, because(first))]
    NoneUsable {
        /// The first interpreter that was found and can't be used, with the reason.
        first: Option<(PathBuf, String)>,
    },
    /// There are interpreters, and none of this name.
    #[error("no Python \"{tag}\" was found; there are {}", usable.join(", "))]
    NoneOfThatName {
        /// Tag or version that was asked for.
        tag: String,
        /// Tags of those that can be used.
        usable: Vec<String>,
    },
}

fn because(first: &Option<(PathBuf, String)>) -> String {
    first.as_ref().map_or_else(String::new, |(path, reason)| {
        format!(" ({} can't be used: {})", printable::path(path), printable::without_home(reason))
    })
}

impl Interpreters {
    /// Returns the interpreter of a host.
    ///
    /// # Errors
    /// The reason why there is none; also for the native host, which needs none.
    pub fn of(&self, host: &Host) -> Result<&Interpreter, NoInterpreter> {
        let Host::Python(python) = host else { return Err(NoInterpreter::Native) };
        let found = match python.named {
            true => self.find(&python.tag),
            false => self.usable.iter().find(|one| one.tag == python.tag).or_else(|| self.usable.first()),
        };
        found.ok_or_else(|| self.not_found(python))
    }

    /// Finds an interpreter by its tag, else by its version.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Interpreter> {
        let by = |is: &dyn Fn(&&Interpreter) -> bool| self.usable.iter().find(|one| is(one));
        let version_and_build =
            |one: &Interpreter| format!("{}{}", one.version, if one.free_threaded { "t" } else { "" });
        by(&|one| one.tag == name)
            .or_else(|| by(&|one| version_and_build(one) == name))
            .or_else(|| by(&|one| one.version == name))
    }

    fn not_found(&self, python: &Python) -> NoInterpreter {
        if !self.usable.is_empty() {
            let usable = self.usable.iter().map(|one| one.tag.clone()).collect();
            return NoInterpreter::NoneOfThatName { tag: python.tag.clone(), usable };
        }
        if self.searching {
            return NoInterpreter::Searching;
        }
        let rejected = self.rejected.first().map(|one| (one.path.clone(), one.reason.clone()));
        let not_started = || self.not_started.first().map(|one| (one.path.clone(), one.reason.clone()));
        NoInterpreter::NoneUsable { first: rejected.or_else(not_started) }
    }

    /// Sets the tag of a contender's host to that of the interpreter that it will run on. A contender that switches the GIL
    /// and names no interpreter runs on the first one that can switch it, and names that if it is not the first of all.
    pub fn resolve_tag(&self, contender: &mut Contender) {
        let switches = contender.settings.gil.is_some();
        let Host::Python(python) = &mut contender.host else { return };
        let able = self.usable.iter().position(|one| one.free_threaded).filter(|index| switches && *index > 0);
        if let Some(one) = able.filter(|_| !python.named).and_then(|index| self.usable.get(index)) {
            python.tag.clone_from(&one.tag);
            python.named = true;
        } else if !python.named {
            python.tag = self.usable.first().map_or_else(String::new, |first| first.tag.clone());
        } else if let Some(found) = self.find(&python.tag) {
            // A version is replaced by the tag, so that all contenders of the interpreter have the same host.
            python.tag.clone_from(&found.tag);
        }
    }

    /// Moves the interpreter of this tag to the front, as the user has chosen. None was passed over then.
    pub fn put_first(&mut self, tag: &str) {
        if let Some(index) = self.usable.iter().position(|one| one.tag == tag) {
            let first = self.usable.remove(index);
            self.usable.insert(0, first);
            self.rejected.iter_mut().for_each(|one| one.passed_over = false);
        }
    }

    /// Returns the interpreters without an answer in whose place the first usable one is used; `None` if there are none.
    #[must_use]
    pub fn passed_over(&self) -> Option<PassedOver> {
        let silent = self.rejected.iter().filter(|one| one.passed_over);
        let silent: Vec<_> = silent.map(|one| (one.path.clone(), one.found.clone())).collect();
        let used = self.usable.first()?.version.clone();
        (!silent.is_empty()).then_some(PassedOver { used, silent })
    }
}

#[cfg(test)]
pub mod testing {
    //! Interpreters for tests, which need not be installed.
    use super::*;

    /// Makes an interpreter of a version like "3.11.7".
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
            packages: BTreeMap::new(),
        }
    }

    /// Makes several interpreters.
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
    fn a_missing_module_or_package_is_named() {
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
    fn a_switched_gil_means_the_first_interpreter_that_can_switch_it() {
        let free =
            |version: &str, tag: &str| Interpreter { tag: tag.to_owned(), free_threaded: true, ..interpreter(version) };
        let resolved = |all: &Interpreters, name: &str| {
            let mut contender: Contender = name.parse().expect("a contender");
            all.resolve_tag(&mut contender);
            (contender.to_string(), all.of(&contender.host).map(|one| one.tag.clone()).ok())
        };
        let usable = vec![interpreter("3.11.7"), free("3.13.1", "3.13t"), free("3.14.1", "3.14t")];
        let all = Interpreters { usable, ..Interpreters::default() };
        let on = |name: &str, tag: &str| (name.to_owned(), Some(tag.to_owned()));
        assert_eq!(resolved(&all, "py-threads{gil=off}"), on("py-threads@3.13t{gil=off}", "3.13t"));
        assert_eq!(resolved(&all, "py-threads@3.14t{gil=on}"), on("py-threads@3.14t{gil=on}", "3.14t"));
        assert_eq!(resolved(&all, "py-threads").1.as_deref(), Some("3.11"), "nothing is switched");
        let mut first = all.clone();
        first.put_first("3.14t");
        assert_eq!(resolved(&first, "py-threads{gil=off}"), on("py-threads{gil=off}", "3.14t"));
        let none = interpreters(&["3.11.7"]);
        assert_eq!(resolved(&none, "py-threads{gil=off}"), on("py-threads{gil=off}", "3.11"));
    }

    #[test]
    fn a_host_means_the_first_interpreter_or_the_one_that_it_names() {
        let all = interpreters(&["3.11.7", "3.14.1"]);
        let mut first = Contender::of(ModelId::PyThreads);
        all.resolve_tag(&mut first);
        assert_eq!(first.title(), "threading 3.11");
        let path = |contender: &Contender| all.of(&contender.host).map(|one| one.version.as_str());
        assert_eq!(path(&first), Ok("3.11.7"));
        assert_eq!(path(&Contender::on(ModelId::PyThreads, "3.14")), Ok("3.14.1"));
        assert_eq!(path(&Contender::on(ModelId::PyThreads, "3.14.1")), Ok("3.14.1"));
        let missing = path(&Contender::on(ModelId::PyThreads, "3.9")).expect_err("not there").to_string();
        assert!(missing.contains("\"3.9\"") && missing.contains("3.11, 3.14"), "{missing}");
        let none = Interpreters::default().of(&first.host).expect_err("none at all").to_string();
        assert!(none.contains("no CPython 3.9 or newer was found"), "{none}");
        let near = NotStarted {
            path: PathBuf::from("/home/ada/project/.venv/bin/python3"),
            found: "nearby virtual environment".to_owned(),
            reason: "not started".to_owned(),
            may_be_confirmed: true,
        };
        let only_near = Interpreters { not_started: vec![near], ..Interpreters::default() };
        let none = only_near.of(&first.host).expect_err("none that may be started").to_string();
        assert!(none.contains("project/.venv") && none.contains("not started"), "{none}");
    }
}
