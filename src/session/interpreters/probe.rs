//! Asks a program whether it is a CPython and what it can do: within a time limit, in a separate process tree, and
//! ignoring its other output. Finding programs to ask is in `candidates`.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use serde::Deserialize;

use super::candidates::Candidate;
use crate::failure::Exit;
use crate::printable;
use crate::process_tree;
use crate::protocol::TRIAL_VARIABLE;
use crate::python::{Interpreter, OLDEST, Rejected};
use crate::supervised_child::{Decoded, RecvError, SpawnError, SupervisedChild, Supervision, Waited};

/// Time limit for the answer. An interpreter answers within a tenth of a second; on a busy machine, from a cold disk or a
/// network file system it may take many times that.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// First characters of the line with the answer.
const MARK: &str = "concurrency-lab-probe:";
/// Most output before the answer, bytes.
const MOST_PRINTED: u64 = 1 << 20;
/// Threads of a probed program, and the length of its stderr that is kept.
const SUPERVISION: Supervision = Supervision { name: "probe", stderr_bytes: 1 << 20 };
/// Longest quotation of a program's stderr, characters.
const LONGEST_QUOTATION: usize = 200;
/// First line of the traceback of an exception in Python.
const TRACEBACK_HEAD: &str = "Traceback (most recent call last):";
/// First characters of a line of a traceback that names a position; a syntax error has no other head.
const TRACEBACK_FRAME: &str = "  File \"";

/// Number of the next probe of this process.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Question to the program, for Python 2 as well, so that it can report its version.
const QUESTION: &str = r#"
import sys
# Nothing is imported from the folder in which the lab was started.
sys.path[:] = [folder for folder in sys.path if folder]
try:
    import platform
    implementation = platform.python_implementation()
except Exception:
    implementation = "unknown"
answer = {"implementation": implementation, "version": list(sys.version_info[:3]), "words": sys.version,
          "executable": sys.executable or "", "prefix": sys.prefix,
          "base_prefix": getattr(sys, "base_prefix", sys.prefix), "missing": [], "start_methods": [],
          "free_threaded": False, "gil": True, "sub_interpreters": False, "trio": None, "gevent": None, "packages": {}}
if implementation == "CPython" and sys.version_info[:2] >= (3, 9):
    import importlib
    for name, parts in (("threading", ("threading",)), ("multiprocessing", ("multiprocessing.synchronize",)),
                        ("concurrent.futures", ("concurrent.futures.thread", "concurrent.futures.process")),
                        ("asyncio", ("asyncio",))):
        try:
            for part in parts:
                importlib.import_module(part)
        except Exception:
            answer["missing"].append(name)
    try:
        import multiprocessing
        answer["start_methods"] = multiprocessing.get_all_start_methods()
    except Exception:
        pass
    try:
        importlib.import_module("concurrent.futures.interpreter")
        answer["sub_interpreters"] = True
    except Exception:
        pass
    import importlib.metadata
    for name in ("trio", "gevent"):
        try:
            answer[name] = importlib.metadata.version(name)
        except Exception:
            pass
    for name in ("uvloop", "joblib", "distributed"):
        try:
            answer["packages"][name] = importlib.metadata.version(name)
        except Exception:
            pass
    import sysconfig
    answer["free_threaded"] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    answer["gil"] = getattr(sys, "_is_gil_enabled", lambda: True)()
import json
sys.stdout.write("\nMARK" + json.dumps(answer) + "\n")
sys.stdout.flush()
"#;

#[derive(Debug, Deserialize)]
struct Answer {
    implementation: String,
    version: (u32, u32, u32),
    words: String,
    executable: PathBuf,
    prefix: PathBuf,
    base_prefix: PathBuf,
    missing: Vec<String>,
    start_methods: Vec<String>,
    free_threaded: bool,
    gil: bool,
    sub_interpreters: bool,
    trio: Option<String>,
    gevent: Option<String>,
    packages: BTreeMap<String, String>,
}

/// Reason why a program can't be used as an interpreter.
#[derive(Debug, thiserror::Error)]
enum ProbeError {
    #[error("it could not be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("it was started without pipes")]
    NoPipes,
    #[error("the system could not start a thread to ask it")]
    NoThread(#[source] io::Error),
    #[error("it did not answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
    #[error("its answer can't be read: {0}")]
    Unreadable(#[source] serde_json::Error),
    #[error("it ended with {exit} and without an answer{}", quoted(last_words.as_deref()))]
    Exited { exit: Exit, last_words: Option<String> },
    #[error("it is {implementation} ({version}), not CPython")]
    OtherImplementation { implementation: String, version: String },
    #[error("Python {version} is older than {}.{}", OLDEST.0, OLDEST.1)]
    TooOld { version: String },
}

impl From<SpawnError> for ProbeError {
    fn from(error: SpawnError) -> Self {
        match error {
            SpawnError::Process(error) => Self::NotStarted(error),
            SpawnError::Pipes => Self::NoPipes,
            SpawnError::Thread(error) => Self::NoThread(error),
        }
    }
}

fn quoted(last_words: Option<&str>) -> String {
    last_words
        .map_or_else(String::new, |words| format!(": {}", words.chars().take(LONGEST_QUOTATION).collect::<String>()))
}

/// Asks one program.
pub(super) fn ask(candidate: &Candidate) -> Result<Interpreter, Rejected> {
    ask_within(candidate, ANSWERS_WITHIN)
}

/// Asks one program, and waits so long for its answer. One without an answer counts as passed over.
pub(super) fn ask_within(candidate: &Candidate, limit: Duration) -> Result<Interpreter, Rejected> {
    interpreter(candidate, limit).map_err(|error| Rejected {
        path: candidate.path.clone(),
        found: candidate.found.clone(),
        reason: printable::message(&error.to_string()).into_owned(),
        passed_over: matches!(error, ProbeError::NoAnswer(_)),
    })
}

fn interpreter(candidate: &Candidate, limit: Duration) -> Result<Interpreter, ProbeError> {
    let answer = answer_of(&candidate.path, limit)?;
    let (major, minor, patch) = answer.version;
    let version = format!("{major}.{minor}.{patch}");
    if answer.implementation != "CPython" {
        return Err(ProbeError::OtherImplementation { implementation: answer.implementation, version });
    }
    if (major, minor) < OLDEST {
        return Err(ProbeError::TooOld { version });
    }
    // Another program wrote these.
    let shown = |text: String| printable::shortened(&text, LONGEST_QUOTATION).into_owned();
    let all = |texts: Vec<String>| texts.into_iter().map(shown).collect();
    // The executable that answered, not a shim that started it.
    let path = if answer.executable.is_file() { answer.executable } else { candidate.path.clone() };
    Ok(Interpreter {
        tag: format!("{major}.{minor}"),
        path,
        found: candidate.found.clone(),
        series: (major, minor),
        build: shown(answer.words.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")),
        virtual_environment: answer.prefix != answer.base_prefix,
        prefix: answer.prefix,
        free_threaded: answer.free_threaded,
        gil: answer.gil,
        sub_interpreters: answer.sub_interpreters,
        trio: answer.trio.map(shown),
        gevent: answer.gevent.map(shown),
        start_methods: all(answer.start_methods),
        missing: all(answer.missing),
        packages: answer.packages.into_iter().map(|(name, version)| (shown(name), shown(version))).collect(),
        version,
    })
}

fn answer_of(program: &Path, limit: Duration) -> Result<Answer, ProbeError> {
    let mut command = Command::new(program);
    // Shims of version managers run what files in the current folder and its parents name, which other people may have
    // written.
    if cfg!(unix) {
        command.current_dir("/");
    }
    let mark = format!("probe-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    command.env(TRIAL_VARIABLE, &mark);
    let _daemons = EndMarked(mark);
    // Nearly the meaning of `-I`, by flags that Python 2 knows as well; the question does the rest.
    command.args(["-E", "-s", "-"]);
    let deadline = Instant::now() + limit;
    let mut child = SupervisedChild::spawn_tree(&mut command, SUPERVISION, answer_in)?;
    child.write_and_close_stdin(QUESTION.replace("MARK", MARK).into_bytes())?;
    match child.recv(deadline, &never()) {
        Ok(answer) => return serde_json::from_str(&answer).map_err(ProbeError::Unreadable),
        Err(RecvError::TimedOut | RecvError::Cancelled) => return Err(ProbeError::NoAnswer(limit)),
        Err(RecvError::Gone) => {}
    }
    match child.wait_within(deadline.saturating_duration_since(Instant::now())) {
        Waited::Exited(Some(exit)) => Err(ProbeError::Exited { exit, last_words: last_words(&child.stderr()) }),
        Waited::Exited(None) | Waited::StillRunning => Err(ProbeError::NoAnswer(limit)),
    }
}

/// Returns the line of a program's stderr that states the reason. Python writes it last, below a traceback; a shell or a
/// shim writes it first, with advice below.
fn last_words(stderr: &str) -> Option<String> {
    let is_python = stderr.lines().any(|line| line == TRACEBACK_HEAD || line.starts_with(TRACEBACK_FRAME));
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let reason = if is_python { lines.next_back() } else { lines.next() };
    reason.map(str::to_owned)
}

/// Reads a program's output up to the line of the answer, and returns that without its mark. Output after the answer is
/// not waited for.
fn answer_in(pipe: &mut BufReader<ChildStdout>) -> Decoded<String> {
    let mut input = pipe.take(MOST_PRINTED);
    let mut line = Vec::new();
    // An error ends the output like the end of the pipe.
    while let Ok(1..) = input.read_until(b'\n', &mut line) {
        if let Some(answer) = line.strip_prefix(MARK.as_bytes()) {
            return Decoded::Last(String::from_utf8_lossy(answer).into_owned());
        }
        line.clear();
    }
    Decoded::End
}

/// Ends processes that a probed program has left in a session of their own.
struct EndMarked(String);

impl Drop for EndMarked {
    fn drop(&mut self) {
        process_tree::end_marked(TRIAL_VARIABLE, self.0.as_ref());
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// Asks a program that is this shell script.
    fn asked(script: &str) -> Result<Interpreter, Rejected> {
        asked_within(script, ANSWERS_WITHIN)
    }

    /// Asks a program that is this shell script, with a limit of the test's own.
    fn asked_within(script: &str, limit: Duration) -> Result<Interpreter, Rejected> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("python3");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
        let candidate = Candidate { path, found: "a test".to_owned(), near: false, own_choice: true };
        ask_within(&candidate, limit)
    }

    /// Limit for programs that never answer.
    const SHORT: Duration = Duration::from_secs(1);

    fn answer(implementation: &str, version: &str) -> String {
        format!(
            r#"cat >/dev/null; echo noise; echo '{MARK}{{"implementation": "{implementation}", "version": {version},
            "words": "x main", "executable": "", "prefix": "/p", "base_prefix": "/b", "missing": ["asyncio"],
            "start_methods": ["fork"], "free_threaded": false, "gil": true, "sub_interpreters": false,
            "trio": null, "gevent": "25.1", "packages": {{"uvloop": "0.22"}}}}'; echo more"#
        )
        .replace('\n', " ")
    }

    #[test]
    fn an_answer_is_found_among_noise() {
        let one = asked(&answer("CPython", "[3, 12, 4]")).expect("usable");
        assert_eq!((one.version.as_str(), one.series, one.virtual_environment), ("3.12.4", (3, 12), true));
        assert_eq!((one.gevent.as_deref(), one.trio, one.missing), (Some("25.1"), None, vec!["asyncio".to_owned()]));
        assert!(one.path.ends_with("python3"), "it has not named its executable: {}", one.path.display());
    }

    #[test]
    fn an_answer_counts_before_the_program_has_ended() {
        let slow = format!("{}; sleep 1000", answer("CPython", "[3, 12, 4]"));
        let begun = Instant::now();
        assert_eq!(asked(&slow).expect("it has answered").version, "3.12.4");
        assert!(begun.elapsed() < ANSWERS_WITHIN, "{:?}", begun.elapsed());
        let half = format!("cat >/dev/null; printf '{MARK}{{'; sleep 1000");
        let rejected = asked_within(&half, SHORT).expect_err("half an answer");
        assert_eq!(rejected.reason, "it did not answer within 1 s");
    }

    #[test]
    fn an_interpreter_that_takes_seconds_is_waited_for() {
        let slow = format!("sleep 4; {}", answer("CPython", "[3, 12, 4]"));
        assert_eq!(asked(&slow).expect("it has answered").version, "3.12.4");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_daemon_of_a_program_is_killed_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = folder.path().join("id");
        let script = format!("setsid sleep 1000 & echo $! > '{}'; {}", id.display(), answer("CPython", "[3, 12, 4]"));
        asked(&script).expect("it has answered");
        let id = std::fs::read_to_string(id).expect("written");
        let command = || std::fs::read(format!("/proc/{}/cmdline", id.trim())).unwrap_or_default();
        let begun = Instant::now();
        while !command().is_empty() && begun.elapsed() < ANSWERS_WITHIN {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(command().is_empty(), "{id}");
    }

    #[test]
    fn unusable_programs_are_rejected_with_the_reason() {
        let cases = [
            (answer("PyPy", "[3, 10, 14]"), "it is PyPy (3.10.14), not CPython"),
            (answer("CPython", "[2, 7, 18]"), "Python 2.7.18 is older than 3.9"),
            (
                "echo 'no such version' >&2; echo 'try another' >&2; exit 127".to_owned(),
                "exit code 127 and without an answer: no such version",
            ),
            (
                "echo 'Traceback (most recent call last):' >&2; echo 'ValueError: x' >&2; exit 1".to_owned(),
                "exit code 1 and without an answer: ValueError: x",
            ),
            (
                "echo '  File \"<stdin>\", line 3' >&2; echo 'SyntaxError: invalid syntax' >&2; exit 1".to_owned(),
                "without an answer: SyntaxError: invalid syntax",
            ),
            (
                "echo 'python3: no Traceback to show' >&2; echo 'advice' >&2; exit 1".to_owned(),
                ": python3: no Traceback to show",
            ),
            (format!("cat >/dev/null; echo '{MARK}{{'"), "its answer can't be read"),
            ("kill -9 $$".to_owned(), "signal 9 (killed)"),
        ];
        for (script, reason) in cases {
            let rejected = asked(&script).expect_err("not usable");
            assert!(rejected.reason.contains(reason), "{script}: {}", rejected.reason);
            assert!(!rejected.passed_over, "{script}: it has answered, or ended");
        }
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_all_its_children() {
        let begun = Instant::now();
        for script in ["sleep 1000 & sleep 1000", "exec >&- 2>&-; sleep 1000"] {
            let rejected = asked_within(script, SHORT).expect_err("it hangs");
            assert_eq!((rejected.reason.as_str(), rejected.passed_over), ("it did not answer within 1 s", true));
        }
        assert!(begun.elapsed() < ANSWERS_WITHIN * 4, "{:?}", begun.elapsed());
    }
}
