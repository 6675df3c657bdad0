//! Looking for CPython interpreters: where they may be, asking each one what it is, and which of
//! several answers mean the same one. Blocks; never for long, and never on the window's thread.

mod places;
mod probe;
mod trust;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use self::places::Candidate;
use crate::python::{Interpreter, Interpreters, NotStarted, Rejected};

/// Interpreters that are asked at the same time.
const AT_ONCE: usize = 4;

/// Which interpreters to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All that there are.
    All,
    /// The first that can be used, and no more.
    First,
    /// These and no others, in this order.
    These(Vec<PathBuf>),
}

/// Looks for interpreters. Takes about a tenth of a second for each one found.
#[must_use]
pub fn find(wanted: &Wanted) -> Interpreters {
    find_with(wanted, &[])
}

/// Looks for interpreters; those of `confirmed` may be started although they are near the current folder.
#[must_use]
pub fn find_with(wanted: &Wanted, confirmed: &[PathBuf]) -> Interpreters {
    if let Wanted::These(paths) = wanted {
        return sort_out(ask_all(paths.iter().map(|path| Candidate::named(path)).collect()));
    }
    let (near, others): (Vec<Candidate>, Vec<Candidate>) =
        places::candidates().into_iter().partition(|one| one.near && !confirmed.contains(&one.path));
    let mut found = sort_out(if *wanted == Wanted::First { ask_until_usable(others) } else { ask_all(others) });
    found.not_started = near.into_iter().map(not_started).collect();
    found
}

/// An interpreter near the current folder, as it is listed.
fn not_started(candidate: Candidate) -> NotStarted {
    let Candidate { path, found, .. } = candidate;
    let doubt = trust::doubt(&path);
    let reason = match &doubt {
        None => "found near the current folder; not started. Name it with --python PATH to use it".to_owned(),
        Some(doubt) => format!(
            "found near the current folder, and {doubt}; not started. If you trust it, name it with --python PATH"
        ),
    };
    NotStarted { path, found, reason, may_be_confirmed: doubt.is_none() }
}

fn ask_until_usable(candidates: Vec<Candidate>) -> Vec<Result<Interpreter, Rejected>> {
    let mut answers = Vec::new();
    for candidate in candidates {
        let answer = ask(&candidate);
        let usable = answer.is_ok();
        answers.push(answer);
        if usable {
            break;
        }
    }
    answers
}

/// Asks a program what it is, unless others could have changed it.
fn ask(candidate: &Candidate) -> Result<Interpreter, Rejected> {
    if candidate.own_choice {
        return probe::ask(candidate);
    }
    match trust::doubt(&candidate.path) {
        None => probe::ask(candidate),
        Some(doubt) => Err(Rejected {
            path: candidate.path.clone(),
            found: candidate.found.clone(),
            reason: format!("{doubt}; not started. If you trust it, name it with --python PATH"),
        }),
    }
}

fn ask_all(candidates: Vec<Candidate>) -> Vec<Result<Interpreter, Rejected>> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, Result<Interpreter, Rejected>)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(candidates.len()) {
            scope.spawn(|| {
                while let Some((place, candidate)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    candidates.get(place).map(|candidate| (place, candidate))
                } {
                    let answer = ask(candidate);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((place, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Each interpreter once, in the order found, with a tag of its own.
fn sort_out(answers: Vec<Result<Interpreter, Rejected>>) -> Interpreters {
    let mut all = Interpreters::default();
    let mut seen = HashSet::new();
    for answer in answers {
        match answer {
            Ok(one) => {
                // A virtual environment has the executable of another and a prefix of its own; one installation
                // may have its executable under several names.
                let prefix = one.prefix.canonicalize().unwrap_or_else(|_| one.prefix.clone());
                if seen.insert((prefix, one.version.clone(), one.build.clone(), one.free_threaded)) {
                    all.usable.push(one);
                }
            }
            Err(rejected) => all.rejected.push(rejected),
        }
    }
    let mut taken = HashSet::new();
    for one in &mut all.usable {
        let suffix = if one.free_threaded { "t" } else { "" };
        let short = format!("{}.{}{suffix}", one.series.0, one.series.1);
        let whole = format!("{}{suffix}", one.version);
        let numbered = (2..).map(|number| format!("{whole}-{number}"));
        one.tag =
            [short, whole.clone()].into_iter().chain(numbered).find(|tag| taken.insert(tag.clone())).unwrap_or(whole);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::testing::interpreter;

    #[test]
    fn each_is_kept_once_and_gets_a_tag_of_its_own() {
        let again = Interpreter { found: "pyenv".to_owned(), ..interpreter("3.11.7") };
        let environment = Interpreter { prefix: PathBuf::from("/home/ada/.venv"), ..interpreter("3.11.7") };
        let third = Interpreter { prefix: PathBuf::from("/home/ada/other"), ..interpreter("3.11.7") };
        let free = Interpreter { free_threaded: true, ..interpreter("3.13.1") };
        let all = sort_out([environment, interpreter("3.11.7"), again, free, third].into_iter().map(Ok).collect());
        let tags: Vec<&str> = all.usable.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(tags, ["3.11", "3.11.7", "3.13t", "3.11.7-2"]);
    }

    #[test]
    fn what_is_named_and_is_no_interpreter_is_told() {
        let found = find(&Wanted::These(vec![PathBuf::from("/no/such/python")]));
        assert!(found.usable.is_empty());
        assert_eq!(found.rejected.len(), 1);
        assert!(found.rejected[0].reason.contains("could not be started"), "{:?}", found.rejected);
    }
}
