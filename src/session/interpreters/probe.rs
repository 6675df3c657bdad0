//! Asking a program whether it is a CPython and what it can do: within a time limit, in a process tree
//! of its own, and whatever it prints beside its answer.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use serde::Deserialize;

use super::candidates::Candidate;
use crate::failure::Exit;
use crate::process_tree::{self, Tree};
use crate::protocol::TRIAL_VARIABLE;
use crate::python::{Interpreter, OLDEST, Rejected};

/// A program that has not answered by then hangs.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// How often it is asked whether it has ended, once its pipes are closed.
const POLL: Duration = Duration::from_millis(5);
/// What begins the line of the answer.
const MARK: &str = "concurrency-lab-probe:";
/// What a program may print.
const MOST_PRINTED: u64 = 1 << 20;

/// Number of the next probe of this process.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// The question, for Python 2 as well, so that it can say what it is.
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
          "free_threaded": False, "gil": True, "sub_interpreters": False, "trio": None, "gevent": None}
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
}

/// Asks one program.
pub(super) fn ask(candidate: &Candidate) -> Result<Interpreter, Rejected> {
    let rejected = |reason: String| Rejected { path: candidate.path.clone(), found: candidate.found.clone(), reason };
    let answer = answer_of(candidate).map_err(rejected)?;
    let (major, minor, patch) = answer.version;
    let version = format!("{major}.{minor}.{patch}");
    if answer.implementation != "CPython" {
        return Err(rejected(format!("it is {} ({version}), not CPython", answer.implementation)));
    }
    if (major, minor) < OLDEST {
        return Err(rejected(format!("Python {version} is older than {}.{}", OLDEST.0, OLDEST.1)));
    }
    // The one that answered, not a shim that led to it.
    let path = if answer.executable.is_file() { answer.executable } else { candidate.path.clone() };
    Ok(Interpreter {
        tag: format!("{major}.{minor}"),
        path,
        found: candidate.found.clone(),
        series: (major, minor),
        build: answer.words.split_whitespace().skip(1).collect::<Vec<_>>().join(" "),
        virtual_environment: answer.prefix != answer.base_prefix,
        prefix: answer.prefix,
        free_threaded: answer.free_threaded,
        gil: answer.gil,
        sub_interpreters: answer.sub_interpreters,
        trio: answer.trio,
        gevent: answer.gevent,
        start_methods: answer.start_methods,
        missing: answer.missing,
        version,
    })
}

fn answer_of(candidate: &Candidate) -> Result<Answer, String> {
    let mut command = Command::new(&candidate.path);
    // Shims of version managers run what files in the current folder and above name, and those may be anybody's.
    if cfg!(unix) {
        command.current_dir("/");
    }
    let mark = format!("probe-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    command.env(TRIAL_VARIABLE, &mark);
    let _daemons = EndMarked(mark);
    // Nearly what `-I` means, in words that Python 2 knows as well; the question does the rest.
    command.args(["-E", "-s", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tree = Tree::spawn(&mut command).map_err(|error| format!("it could not be started: {error}"))?;
    let leader = tree.leader();
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (leader.stdin.take(), leader.stdout.take(), leader.stderr.take())
    else {
        return Err("it was started without pipes".to_owned());
    };
    let (send, receive) = bounded(2);
    let answered = send.clone();
    let started = thread::Builder::new().name("probe".into()).spawn(move || {
        // One that has ended without reading says so by its exit.
        let _ = stdin.write_all(QUESTION.replace("MARK", MARK).as_bytes());
        drop(stdin);
        let _ = answered.send((true, answer_in(stdout)));
    });
    let also_started =
        thread::Builder::new().name("probe-stderr".into()).spawn(move || send.send((false, text_of(stderr))));
    if started.is_err() || also_started.is_err() {
        return Err("the system could not start a thread to ask it".to_owned());
    }
    let deadline = Instant::now() + ANSWERS_WITHIN;
    let (mut printed, mut complained) = (false, String::new());
    while let Ok((is_answer, text)) = receive.recv_deadline(deadline) {
        if is_answer {
            let found = text.lines().find_map(|line| line.strip_prefix(MARK));
            if let Some(answer) = found.map(serde_json::from_str) {
                return answer.map_err(|error| format!("its answer can't be read: {error}"));
            }
            printed = true;
        } else {
            complained = text;
        }
    }
    let ended = loop {
        match tree.leader().try_wait() {
            Ok(Some(status)) if printed => break status,
            Ok(_) if Instant::now() < deadline => thread::sleep(POLL),
            // It goes with all that it has started.
            _ => return Err(format!("it did not answer within {} s", ANSWERS_WITHIN.as_secs())),
        }
    };
    let ended = format!("it ended with {} and without an answer", Exit::from(ended));
    let mut lines = complained.lines().map(str::trim).filter(|line| !line.is_empty());
    // A traceback ends with what it is about; a shell or a shim begins with it.
    let said = if complained.contains("Traceback") { lines.next_back() } else { lines.next() };
    Err(said.map_or(ended.clone(), |said| format!("{ended}: {}", said.chars().take(200).collect::<String>())))
}

/// The text up to the line of the answer, or all of it where there is none: what comes after the answer is not
/// waited for.
fn answer_in(pipe: impl Read) -> String {
    let mut input = BufReader::new(pipe.take(MOST_PRINTED));
    let mut text = String::new();
    let mut line = Vec::new();
    // What was read until an error is all that there is.
    while let Ok(1..) = input.read_until(b'\n', &mut line) {
        let complete = line.starts_with(MARK.as_bytes()) && line.ends_with(b"\n");
        text.push_str(&String::from_utf8_lossy(&line));
        if complete {
            break;
        }
        line.clear();
    }
    text
}

/// Ends processes that a probed program has left in a session of their own.
struct EndMarked(String);

impl Drop for EndMarked {
    fn drop(&mut self) {
        process_tree::end_marked(TRIAL_VARIABLE, self.0.as_ref());
    }
}

fn text_of(pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read until an error is all that there is.
    let _ = pipe.take(MOST_PRINTED).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// What becomes of a program that is this script of the shell.
    fn asked(script: &str) -> Result<Interpreter, Rejected> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("python3");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
        ask(&Candidate { path, found: "a test".to_owned(), near: false, own_choice: true })
    }

    fn answer(implementation: &str, version: &str) -> String {
        format!(
            r#"cat >/dev/null; echo noise; echo '{MARK}{{"implementation": "{implementation}", "version": {version},
            "words": "x main", "executable": "", "prefix": "/p", "base_prefix": "/b", "missing": ["asyncio"],
            "start_methods": ["fork"], "free_threaded": false, "gil": true, "sub_interpreters": false,
            "trio": null, "gevent": "25.1"}}'; echo more"#
        )
        .replace('\n', " ")
    }

    #[test]
    fn an_answer_is_found_among_noise() {
        let one = asked(&answer("CPython", "[3, 12, 4]")).expect("usable");
        assert_eq!((one.version.as_str(), one.series, one.virtual_environment), ("3.12.4", (3, 12), true));
        assert_eq!((one.gevent.as_deref(), one.trio, one.missing), (Some("25.1"), None, vec!["asyncio".to_owned()]));
        assert!(one.path.ends_with("python3"), "it has not said where it is: {}", one.path.display());
    }

    #[test]
    fn an_answer_counts_before_the_program_has_ended() {
        let slow = format!("{}; sleep 1000", answer("CPython", "[3, 12, 4]"));
        let begun = Instant::now();
        assert_eq!(asked(&slow).expect("it has answered").version, "3.12.4");
        assert!(begun.elapsed() < ANSWERS_WITHIN, "{:?}", begun.elapsed());
        let half = format!("cat >/dev/null; printf '{MARK}{{'; sleep 1000");
        assert_eq!(asked(&half).expect_err("half an answer").reason, "it did not answer within 3 s");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_daemon_of_a_program_does_not_outlive_the_question() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = folder.path().join("id");
        let script = format!("setsid sleep 1000 & echo $! > '{}'; {}", id.display(), answer("CPython", "[3, 12, 4]"));
        asked(&script).expect("it has answered");
        let id = std::fs::read_to_string(id).expect("written");
        let command = || std::fs::read(format!("/proc/{}/cmdline", id.trim())).unwrap_or_default();
        let begun = Instant::now();
        while !command().is_empty() && begun.elapsed() < ANSWERS_WITHIN {
            thread::sleep(POLL);
        }
        assert!(command().is_empty(), "{id}");
    }

    #[test]
    fn what_can_not_be_used_says_why() {
        let cases = [
            (answer("PyPy", "[3, 10, 14]"), "it is PyPy (3.10.14), not CPython"),
            (answer("CPython", "[2, 7, 18]"), "Python 2.7.18 is older than 3.9"),
            (
                "echo 'no such version' >&2; echo 'try another' >&2; exit 127".to_owned(),
                "exit code 127 and without an answer: no such version",
            ),
            ("echo Traceback >&2; echo 'ValueError: x' >&2; exit 1".to_owned(), "ValueError: x"),
            (format!("cat >/dev/null; echo '{MARK}{{'"), "its answer can't be read"),
            ("kill -9 $$".to_owned(), "signal 9 (killed)"),
        ];
        for (script, reason) in cases {
            let rejected = asked(&script).expect_err("not usable");
            assert!(rejected.reason.contains(reason), "{script}: {}", rejected.reason);
        }
    }

    #[test]
    fn one_that_hangs_is_given_up_with_all_that_it_has_started() {
        let begun = Instant::now();
        for script in ["sleep 1000 & sleep 1000", "exec >&- 2>&-; sleep 1000"] {
            let rejected = asked(script).expect_err("it hangs");
            assert_eq!(rejected.reason, "it did not answer within 3 s", "{script}");
        }
        assert!(begun.elapsed() < ANSWERS_WITHIN * 4, "{:?}", begun.elapsed());
    }
}
