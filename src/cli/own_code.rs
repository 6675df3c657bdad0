//! The user's own code on the command line: `run FILE.py:FUNCTION` and `run --command`, and the question before code that
//! a file names is run.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::RunArguments;
use super::exit::SUCCESS;
use super::refused::Refused;
use super::terminal::complain;
use crate::bounded_read;
use crate::code::{self, Consents, LARGEST_SOURCE, OwnCode, Question, words};
use crate::experiment::Experiment;
use crate::printable;
use crate::python::Interpreters;
use crate::session::interpreters::functions::{Function, functions};
use crate::workload::{Step, Tasks};

/// The argument of a function that takes some, where none is given.
const INDEX: &str = "{index}";

/// A function on the command line.
pub(super) struct NamedFunction {
    file: PathBuf,
    function: String,
}

impl NamedFunction {
    /// Reads `FILE.py:FUNCTION`; `None` for anything else.
    pub(super) fn of(what: &str) -> Option<Self> {
        let (file, function) = match what.rsplit_once(':') {
            Some((file, function)) if is_python(file) => (file, function),
            _ if is_python(what) => (what, ""),
            _ => return None,
        };
        Some(Self { file: PathBuf::from(file), function: function.to_owned() })
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The name of the function, safe to show.
    pub(super) fn name(&self) -> std::borrow::Cow<'_, str> {
        printable::line(&self.function)
    }

    /// Makes the experiment that calls it under every model of Python.
    pub(super) fn experiment(&self, arguments: &RunArguments) -> Experiment {
        // A file without a function is refused with the list of its functions, by `settle`.
        let function = if self.function.is_empty() { "work".to_owned() } else { self.function.clone() };
        Experiment::calling(self.file.display().to_string(), function, arguments.argument.clone())
    }

    /// Checks that the file has the function, and passes it the number of the task where it takes one and nothing else
    /// was asked for. Nothing is imported. Returns what event loops do with its calls, where that is special.
    pub(super) fn settle(
        &self,
        experiment: &mut Experiment,
        arguments: &RunArguments,
        interpreters: &Interpreters,
    ) -> Result<Option<&'static str>, Refused> {
        let name = self.file.display().to_string();
        let source = bounded_read::file(&self.file, LARGEST_SOURCE)
            .map_err(|error| Refused::UnreadableCode { name: name.clone(), error })?;
        let Some(interpreter) = interpreters.usable.first() else { return Ok(None) };
        let list = functions(&interpreter.path, &source)
            .map_err(|error| Refused::NoFunctions { name: name.clone(), error })?;
        let found = list.iter().find(|one| one.name == self.function);
        // A name with a point, and one that is assigned, are found when the file is loaded.
        if self.function.is_empty() || found.is_none() && !mentions(&source, &self.function) {
            let known = list.into_iter().map(|one| one.name).collect();
            return Err(Refused::NoFunction { name, function: self.function.clone(), known });
        }
        let takes_some = found.is_none_or(|one| !one.parameters.is_empty());
        if let Tasks::Alike { steps, .. } = &mut experiment.workload.tasks
            && let Some(Step::Call { arguments: passed, .. }) = steps.first_mut()
        {
            if arguments.argument.is_empty() && takes_some {
                passed.push(INDEX.to_owned());
            }
            if let Some(one) = found.filter(|one| one.needed > passed.len()) {
                return Err(too_few(name, one, passed.len()));
            }
        }
        Ok(found.and_then(Function::on_event_loop))
    }
}

fn too_few(name: String, one: &Function, passed: usize) -> Refused {
    Refused::TooFewArguments { name, function: one.name.clone(), parameters: one.parameters.clone(), passed }
}

fn is_python(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("py"))
}

/// True where a text contains a name, whatever its meaning there.
fn mentions(source: &[u8], name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    !last.is_empty() && String::from_utf8_lossy(source).contains(last)
}

/// Makes the experiment that runs a command under every native model, and under three of Python where there is one.
pub(super) fn command(line: &str) -> Result<Experiment, Refused> {
    let argv = words::split(line).map_err(|error| Refused::Command { line: line.to_owned(), error })?;
    Ok(Experiment::running(argv))
}

/// Reads the code that an experiment names, and returns it once the user has agreed to run it. `is_named`: the user named
/// it on the command line.
pub(super) fn agreed(
    experiment: &Experiment,
    arguments: &RunArguments,
    is_named: bool,
) -> Result<Arc<[OwnCode]>, Refused> {
    let read = code::read(experiment.workload.steps(), &code::folder_of(experiment))
        .map_err(|error| Refused::Code { what: arguments.what.clone().unwrap_or_default(), error })?;
    if read.is_empty() || is_named || arguments.allow_code {
        return Ok(read.into());
    }
    let consents = Consents::of_user();
    if consents.as_ref().is_some_and(|consents| consents.cover(&read)) {
        return Ok(read.into());
    }
    let questions: Vec<Question> = read.iter().map(OwnCode::question).collect();
    show(&questions);
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Refused::NeedsConsent);
    }
    if !answered_yes() {
        return Err(Refused::NotAgreed);
    }
    if let Some(Err(error)) = consents.map(|consents| consents.remember(&read)) {
        complain(SUCCESS, &format!("your consent could not be stored, so you will be asked again: {error}"));
    }
    Ok(read.into())
}

/// Shows all facts in full, each on a line of its own. Hidden characters are escaped.
fn show(questions: &[Question]) {
    let mut text = String::from("This experiment runs code of yours:\n");
    for question in questions {
        for (name, value) in &question.facts {
            text.push_str(&format!("  {name:<10}{value}\n"));
        }
        text.push('\n');
    }
    text.push_str(Question::RIGHTS);
    text.push('\n');
    super::terminal::print_aside(&text);
}

fn answered_yes() -> bool {
    let mut stderr = io::stderr();
    // Without a stderr nobody can answer, and no is the answer.
    let _ = write!(stderr, "Run it? Type yes to agree: ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
