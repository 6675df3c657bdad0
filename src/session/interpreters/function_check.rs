//! Checks that the Python files of steps have the functions that the steps call, before the first trial. Interpreters of
//! the run parse the files (`functions`); nothing is imported or run. What only running could tell passes.

use std::path::{Path, PathBuf};

use super::functions::{Function, FunctionsError, Meaning, Outline, outline};
use crate::code::{self, CodeError, CodeKind, OwnCode};
use crate::experiment::Experiment;
use crate::printable;
use crate::python::Interpreters;

/// Functions of a file that a message names.
const MOST_NAMED: usize = 20;

/// Reason why a function can't be called as a step does it.
#[derive(Debug, thiserror::Error)]
pub enum FunctionFault {
    /// No function is named.
    #[error("no function is named; {}", there_are(known))]
    NotNamed {
        /// The functions of the file.
        known: Vec<String>,
    },
    /// The file has no such name.
    #[error("there is no function \"{}\"; {}", printable::value(function), there_are(known))]
    Missing {
        /// Name of the function.
        function: String,
        /// The functions of the file.
        known: Vec<String>,
    },
    /// It is something else.
    #[error("\"{}\" is no function, but of type {type_name}; {}", printable::value(function), there_are(known))]
    NotCallable {
        /// Name of the value.
        function: String,
        /// Its type in Python.
        type_name: String,
        /// The functions of the file.
        known: Vec<String>,
    },
    /// It needs more arguments.
    #[error("{function} takes {}, and {passed} of them would be passed", parameters.join(", "))]
    TooFewArguments {
        /// Name of the function.
        function: String,
        /// Names of its parameters.
        parameters: Vec<String>,
        /// Number of arguments.
        passed: usize,
    },
    /// It takes fewer arguments.
    #[error("{function} takes {}, and {passed} would be passed", counted(parameters))]
    TooManyArguments {
        /// Name of the function.
        function: String,
        /// Names of its parameters.
        parameters: Vec<String>,
        /// Number of arguments.
        passed: usize,
    },
    /// It needs an argument by name.
    #[error("{function} needs {} by name, and arguments are passed in their order", keywords.join(", "))]
    NeedsKeywords {
        /// Name of the function.
        function: String,
        /// Names of the parameters.
        keywords: Vec<String>,
    },
    /// No interpreter of the run can parse the file.
    #[error("{0}")]
    Unreadable(#[from] FunctionsError),
}

/// Reason why the code of an experiment can't run.
#[derive(Debug, thiserror::Error)]
pub enum UnusableCode {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] CodeError),
    /// A step can't call its function.
    #[error("step {step}: {}: {fault}", printable::path(path))]
    Function {
        /// Number of the step, from 1.
        step: usize,
        /// The file.
        path: PathBuf,
        /// The reason.
        fault: FunctionFault,
    },
}

fn there_are(known: &[String]) -> String {
    let shown: Vec<_> = known.iter().take(MOST_NAMED).map(|name| printable::value(name)).collect();
    match known.len() {
        0 => "the file defines none at its top level".to_owned(),
        1..=MOST_NAMED => format!("there are {}", shown.join(", ")),
        count => format!("there are {} and {} more", shown.join(", "), count - MOST_NAMED),
    }
}

fn counted(parameters: &[String]) -> String {
    match parameters {
        [] => "no arguments".to_owned(),
        [only] => format!("one argument ({only})"),
        several => format!("at most {} arguments ({})", several.len(), several.join(", ")),
    }
}

/// Reads the code of an experiment and checks its functions. Blocks.
///
/// # Errors
/// [`UnusableCode`].
pub fn read_code(experiment: &Experiment, interpreters: &Interpreters) -> Result<Vec<OwnCode>, UnusableCode> {
    let code = code::read(experiment.workload.steps(), &code::folder_of(experiment))?;
    let parsers = parsers(experiment, interpreters);
    for one in &code {
        let CodeKind::Function { source, function, written, .. } = &one.kind else { continue };
        check(source, function, written.len(), &parsers).map_err(|fault| UnusableCode::Function {
            step: one.step + 1,
            path: one.path.clone(),
            fault,
        })?;
    }
    Ok(code)
}

/// Returns the interpreters that an experiment runs on.
#[must_use]
pub fn parsers<'a>(experiment: &Experiment, interpreters: &'a Interpreters) -> Vec<&'a Path> {
    let mut paths: Vec<&Path> = Vec::new();
    for one in &experiment.models {
        if let Ok(interpreter) = interpreters.of(&one.host)
            && !paths.contains(&interpreter.path.as_path())
        {
            paths.push(&interpreter.path);
        }
    }
    paths
}

/// Returns what a file tells about a function, by the first interpreter that can parse the file; `None` if none was asked
/// or none answered. Blocks.
///
/// # Errors
/// If the text is no Python for any of them.
pub fn look_up(source: &[u8], function: &str, parsers: &[&Path]) -> Result<Option<Outline>, FunctionsError> {
    let mut mistake = None;
    for parser in parsers {
        match outline(parser, source, &[function]) {
            Ok(outline) => return Ok(Some(outline)),
            Err(error @ FunctionsError::Syntax { .. }) => mistake = mistake.or(Some(error)),
            // It may still run: its trial says what is wrong.
            Err(FunctionsError::NotStarted(_) | FunctionsError::NoAnswer) => return Ok(None),
        }
    }
    mistake.map_or(Ok(None), Err)
}

fn check(source: &[u8], function: &str, passed: usize, parsers: &[&Path]) -> Result<(), FunctionFault> {
    look_up(source, function, parsers)?.map_or(Ok(()), |outline| fault(&outline, function, passed))
}

/// Returns an error if a file has no such function, or one that can't be called with so many arguments.
///
/// # Errors
/// [`FunctionFault`].
pub fn fault(outline: &Outline, function: &str, passed: usize) -> Result<(), FunctionFault> {
    let known = || outline.functions.iter().map(|one| one.name.clone()).collect();
    let name = || function.to_owned();
    if function.is_empty() {
        return Err(FunctionFault::NotNamed { known: known() });
    }
    match outline.names.first() {
        Some(Meaning::Missing) => Err(FunctionFault::Missing { function: name(), known: known() }),
        Some(Meaning::Value { r#type }) => {
            Err(FunctionFault::NotCallable { function: name(), type_name: r#type.clone(), known: known() })
        }
        Some(Meaning::Function { function }) => arguments(function, passed),
        Some(Meaning::Unknown) | None => Ok(()),
    }
}

fn arguments(one: &Function, passed: usize) -> Result<(), FunctionFault> {
    let (function, parameters) = (one.name.clone(), one.parameters.clone());
    if passed < one.needed {
        return Err(FunctionFault::TooFewArguments { function, parameters, passed });
    }
    if passed > one.parameters.len() && !one.takes_more {
        return Err(FunctionFault::TooManyArguments { function, parameters, passed });
    }
    if one.keywords.is_empty() {
        Ok(())
    } else {
        Err(FunctionFault::NeedsKeywords { function, keywords: one.keywords.clone() })
    }
}
