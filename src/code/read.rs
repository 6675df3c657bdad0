//! Reading and hashing the code that an experiment names.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::digest::Digest;
use super::file_state::FileState;
use super::step_code::{CodeKind, OwnCode};
use super::trust::{Doubt, doubt, foreign_link};
use crate::bounded_read::{self, ReadError};
use crate::experiment::Experiment;
use crate::printable;
use crate::workload::{Step, Tasks, Template};

/// Bytes of the largest Python file that is read.
pub const LARGEST_SOURCE: u64 = 4_000_000;
/// Bytes of the largest program that is hashed.
const LARGEST_PROGRAM: u64 = 4_000_000_000;

/// Reason why the code of an experiment can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The file can't be read.
    #[error("step {step}: {} can't be read: {error}", printable::path(path))]
    Unreadable {
        /// Number of the step, from 1.
        step: usize,
        /// The file.
        path: PathBuf,
        /// The reason.
        error: ReadError,
    },
    /// The path is not UTF-8, which requests to runners are.
    #[error("step {step}: the path {} is not valid UTF-8", printable::path(path))]
    NotUtf8 {
        /// Number of the step, from 1.
        step: usize,
        /// The path.
        path: PathBuf,
    },
    /// No folder of PATH has the program.
    #[error("step {step}: there is no program \"{}\" in the folders of PATH", printable::value(program))]
    NoProgram {
        /// Number of the step, from 1.
        step: usize,
        /// As written.
        program: String,
    },
    /// Another user's link leads to the file.
    #[error("step {step}: the way to {} leads through a link in a shared folder: {doubt}", printable::path(path))]
    ForeignLink {
        /// Number of the step, from 1.
        step: usize,
        /// The file.
        path: PathBuf,
        /// The link and its owner.
        doubt: Doubt,
    },
    /// The file is no program.
    #[error("step {step}: {} may not be executed: its permissions allow nobody to", printable::path(path))]
    NotExecutable {
        /// Number of the step, from 1.
        step: usize,
        /// The file.
        path: PathBuf,
    },
    /// The program would be another one for each task.
    #[error(
        "step {step}: the program \"{}\" depends on the task: {{index}} may be in its arguments only",
        printable::value(program)
    )]
    ProgramVaries {
        /// Number of the step, from 1.
        step: usize,
        /// As written.
        program: String,
    },
    /// An argument is not allowed.
    #[error(
        "step {step}: the argument \"{}\" has a brace that is neither doubled nor part of {{index}}",
        printable::value(text)
    )]
    Argument {
        /// Number of the step, from 1.
        step: usize,
        /// As written.
        text: String,
    },
}

/// Returns the folder in which relative paths of an experiment start: that of its file, else the current one.
#[must_use]
pub fn folder_of(experiment: &Experiment) -> PathBuf {
    let folder = experiment.source.get().map_or_else(|| PathBuf::from("."), |source| source.folder.clone());
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    // Without a current folder the relative path remains, and reading fails.
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Reads and hashes the code of all steps. Blocks.
///
/// # Errors
/// The first that can't be used.
pub fn read(steps: &[Step], folder: &Path) -> Result<Vec<OwnCode>, CodeError> {
    let mut all = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Call { file, function, arguments } => all.push(call(index, folder, file, function, arguments)?),
            Step::Command { argv } => all.push(command(index, folder, argv)?),
            _ => {}
        }
    }
    Ok(all)
}

fn templates(index: usize, texts: &[String]) -> Result<Vec<Template>, CodeError> {
    let parse = |text: &String| {
        Template::parse(text).ok_or_else(|| CodeError::Argument { step: index + 1, text: text.clone() })
    };
    texts.iter().map(parse).collect()
}

fn checked(index: usize, path: PathBuf) -> Result<PathBuf, CodeError> {
    if path.to_str().is_some() { Ok(path) } else { Err(CodeError::NotUtf8 { step: index + 1, path }) }
}

/// Returns the path unless another user's link in a shared folder leads there.
fn followed(index: usize, path: PathBuf) -> Result<PathBuf, CodeError> {
    match foreign_link(&path) {
        None => Ok(path),
        Some(doubt) => Err(CodeError::ForeignLink { step: index + 1, path, doubt }),
    }
}

fn call(index: usize, folder: &Path, file: &str, function: &str, arguments: &[String]) -> Result<OwnCode, CodeError> {
    let folder = checked(index, folder.to_owned())?;
    let path = followed(index, checked(index, in_folder(&folder, file))?)?;
    let unreadable = |error| CodeError::Unreadable { step: index + 1, path: path.clone(), error };
    let source = bounded_read::file(&path, LARGEST_SOURCE).map_err(unreadable)?;
    Ok(OwnCode {
        step: index,
        folder,
        sha256: Digest::of(&source),
        kind: CodeKind::Function {
            source: source.into(),
            function: function.to_owned(),
            arguments: templates(index, arguments)?,
            written: arguments.to_vec(),
        },
        doubt: doubt(&path),
        path,
    })
}

fn command(index: usize, folder: &Path, argv: &[String]) -> Result<OwnCode, CodeError> {
    let step = index + 1;
    let folder = checked(index, folder.to_owned())?;
    let mut arguments = templates(index, argv)?;
    let written = argv.first().cloned().unwrap_or_default();
    let program = arguments.first().filter(|program| program.is_constant()).map(|program| program.text(0));
    let program = program.ok_or_else(|| CodeError::ProgramVaries { step, program: written.clone() })?;
    arguments.remove(0);
    let path = if Path::new(&program).components().count() > 1 || program.starts_with('~') {
        in_folder(&folder, &program)
    } else {
        on_path(&program).ok_or(CodeError::NoProgram { step, program })?
    };
    let path = followed(index, checked(index, path)?)?;
    let unreadable = |error| CodeError::Unreadable { step, path: path.clone(), error };
    let file = bounded_read::open(&path).map_err(unreadable)?;
    if !is_executable(&file.metadata().map_err(|error| unreadable(error.into()))?) {
        return Err(CodeError::NotExecutable { step, path });
    }
    // Before the bytes: a change while they are read is noticed at the first trial.
    let state = FileState::of(&path).map_err(|error| unreadable(error.into()))?;
    let sha256 = Digest::of_reader(file, LARGEST_PROGRAM).map_err(|error| unreadable(error.into()))?;
    Ok(OwnCode {
        step: index,
        doubt: doubt(&path),
        path,
        folder,
        sha256,
        kind: CodeKind::Program { arguments, written: argv.to_vec(), state },
    })
}

/// Returns a path that starts at a folder, or at the home folder where it begins with `~/`.
fn in_folder(folder: &Path, path: &str) -> PathBuf {
    let at_home = path.strip_prefix("~/").zip(directories::BaseDirs::new());
    let joined = at_home.map_or_else(|| folder.join(path), |(rest, dirs)| dirs.home_dir().join(rest));
    // Without `.`, which would only be noise in a message.
    joined.components().filter(|part| *part != Component::CurDir).collect()
}

/// Finds a program as a shell does. Relative entries of PATH are left out: the folder of a stranger's file is none to
/// look for programs in.
fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let is_program = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file() && is_executable(&found));
    let endings: &[&str] = if cfg!(windows) { &["", ".exe", ".com"] } else { &[""] };
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{program}{ending}"))))
        .find(is_program)
}

#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
const fn is_executable(_found: &fs::Metadata) -> bool {
    true
}

/// Makes the paths of an experiment's code absolute, for a copy of its file in another folder.
pub fn absolute(experiment: &mut Experiment) {
    let folder = folder_of(experiment);
    let text = |path: &str| in_folder(&folder, path).to_str().map(str::to_owned);
    let Tasks::Alike { steps, .. } = &mut experiment.workload.tasks else { return };
    for step in steps {
        match step {
            Step::Call { file, .. } if !file.starts_with("~/") => *file = text(file).unwrap_or_else(|| file.clone()),
            Step::Command { argv } => {
                if let Some(program) = argv.first_mut().filter(|program| Path::new(*program).components().count() > 1) {
                    *program = text(program).unwrap_or_else(|| program.clone());
                }
            }
            _ => {}
        }
    }
}
