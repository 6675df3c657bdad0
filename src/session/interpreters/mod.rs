//! Finds CPython interpreters: collects candidates (`candidates`), checks that other users can't change them (`trust`),
//! asks each one what it is (`probe`), and merges the answers. Blocks for a short time, so never called on the window's
//! thread.

mod candidates;
pub mod function_check;
pub mod functions;
mod probe;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use self::candidates::Candidate;
pub use self::probe::ANSWERS_WITHIN;
use crate::code::doubt;
use crate::python::{Interpreter, Interpreters, NotStarted, Rejected};

/// Number of interpreters that are asked at the same time.
const AT_ONCE: usize = 8;

/// Selection of the interpreters to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All interpreters.
    All,
    /// The first one that can be used.
    First,
    /// Only these, in this order.
    These(Vec<PathBuf>),
}

/// Finds interpreters. Takes about a tenth of a second for each one found.
#[must_use]
pub fn find(wanted: &Wanted) -> Interpreters {
    find_with(wanted, &[])
}

/// Finds interpreters; those of `confirmed` may be started although they are near the current folder.
#[must_use]
pub fn find_with(wanted: &Wanted, confirmed: &[PathBuf]) -> Interpreters {
    if let Wanted::These(paths) = wanted {
        return merge(ask_all(paths.iter().map(|path| Candidate::named(path)).collect()));
    }
    let (near, others): (Vec<Candidate>, Vec<Candidate>) =
        candidates::candidates().into_iter().partition(|one| one.near && !confirmed.contains(&one.path));
    let mut found = merge(if *wanted == Wanted::First { ask_until_usable(others) } else { ask_all(others) });
    found.not_started = near.into_iter().map(not_started).collect();
    found
}

/// Returns the entry of a candidate near the current folder, which is not started.
fn not_started(candidate: Candidate) -> NotStarted {
    let Candidate { path, found, .. } = candidate;
    let doubt = doubt(&path);
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

/// Asks a program what it is, unless other users could have changed it.
fn ask(candidate: &Candidate) -> Result<Interpreter, Rejected> {
    if candidate.own_choice {
        return probe::ask(candidate);
    }
    match doubt(&candidate.path) {
        None => probe::ask(candidate),
        Some(doubt) => Err(Rejected {
            path: candidate.path.clone(),
            found: candidate.found.clone(),
            reason: format!("{doubt}; not started. If you trust it, name it with --python PATH"),
            passed_over: false,
        }),
    }
}

fn ask_all(candidates: Vec<Candidate>) -> Vec<Result<Interpreter, Rejected>> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, Result<Interpreter, Rejected>)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(candidates.len()) {
            scope.spawn(|| {
                while let Some((index, candidate)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    candidates.get(index).map(|candidate| (index, candidate))
                } {
                    let answer = ask(candidate);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((index, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Merges the answers: each interpreter once, in the order found, with a unique tag.
fn merge(answers: Vec<Result<Interpreter, Rejected>>) -> Interpreters {
    let mut all = Interpreters::default();
    let mut seen = HashSet::new();
    for answer in answers {
        match answer {
            Ok(one) => {
                // A virtual environment shares the executable of another interpreter and has a different prefix; one
                // installation may have several names for its executable.
                let prefix = one.prefix.canonicalize().unwrap_or_else(|_| one.prefix.clone());
                if seen.insert((prefix, one.version.clone(), one.build.clone(), one.free_threaded)) {
                    all.usable.push(one);
                }
            }
            Err(mut rejected) => {
                rejected.passed_over &= all.usable.is_empty();
                all.rejected.push(rejected);
            }
        }
    }
    let mut taken = HashSet::new();
    for one in &mut all.usable {
        let suffix = if one.free_threaded { "t" } else { "" };
        let short = format!("{}.{}{suffix}", one.series.0, one.series.1);
        let full = format!("{}{suffix}", one.version);
        let numbered = (2..).map(|number| format!("{full}-{number}"));
        one.tag =
            [short, full.clone()].into_iter().chain(numbered).find(|tag| taken.insert(tag.clone())).unwrap_or(full);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::testing::interpreter;

    #[test]
    fn each_interpreter_is_listed_once_with_a_unique_tag() {
        let again = Interpreter { found: "pyenv".to_owned(), ..interpreter("3.11.7") };
        let environment = Interpreter { prefix: PathBuf::from("/home/ada/.venv"), ..interpreter("3.11.7") };
        let third = Interpreter { prefix: PathBuf::from("/home/ada/other"), ..interpreter("3.11.7") };
        let free = Interpreter { free_threaded: true, ..interpreter("3.13.1") };
        let all = merge([environment, interpreter("3.11.7"), again, free, third].into_iter().map(Ok).collect());
        let tags: Vec<&str> = all.usable.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(tags, ["3.11", "3.11.7", "3.13t", "3.11.7-2"]);
    }

    #[test]
    fn what_gave_no_answer_is_passed_over_only_before_the_first_that_can_be_used() {
        let silent = |path: &str| {
            let (path, reason) = (PathBuf::from(path), "it did not answer within 15 s".to_owned());
            Err(Rejected { path, found: "PATH".to_owned(), reason, passed_over: true })
        };
        let all = merge(vec![silent("/a/python3"), Ok(interpreter("3.11.7")), silent("/b/python3")]);
        let passed_over: Vec<bool> = all.rejected.iter().map(|one| one.passed_over).collect();
        assert_eq!(passed_over, [true, false]);
        let sentence = all.passed_over().map(|passed| passed.to_string()).expect("one was passed over");
        assert!(sentence.contains("/a/python3") && sentence.contains("Python 3.11.7"), "{sentence}");
        assert!(!sentence.contains("/b/python3"), "{sentence}");
        let mut chosen = merge(vec![silent("/a/python3"), Ok(interpreter("3.11.7")), Ok(interpreter("3.14.1"))]);
        chosen.put_first("3.14");
        assert!(chosen.passed_over().is_none(), "the user has chosen");
    }

    #[test]
    fn a_named_program_that_is_no_interpreter_is_reported() {
        let found = find(&Wanted::These(vec![PathBuf::from("/no/such/python")]));
        assert!(found.usable.is_empty());
        assert_eq!(found.rejected.len(), 1);
        assert!(found.rejected[0].reason.contains("could not be started"), "{:?}", found.rejected);
    }
}
