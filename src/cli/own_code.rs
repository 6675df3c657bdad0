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
use crate::session::interpreters::function_check::{fault, look_up, parsers, read_code};
use crate::session::interpreters::functions::{Function, FunctionNote, Meaning, Outline};
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
    /// was asked for. Nothing is imported. Returns what is special about its calls.
    pub(super) fn settle(
        &self,
        experiment: &mut Experiment,
        arguments: &RunArguments,
        interpreters: &Interpreters,
    ) -> Result<Option<FunctionNote>, Refused> {
        let name = self.file.display().to_string();
        let source = bounded_read::file(&self.file, LARGEST_SOURCE)
            .map_err(|error| Refused::UnreadableCode { name: name.clone(), error })?;
        let refused = |fault| Refused::Function { name: name.clone(), fault };
        let outline = look_up(&source, &self.function, &parsers(experiment, interpreters));
        let Some(outline) = outline.map_err(|error| refused(error.into()))? else { return Ok(None) };
        if let Tasks::Alike { steps, .. } = &mut experiment.workload.tasks
            && let Some(Step::Call { arguments: passed, .. }) = steps.first_mut()
        {
            if arguments.argument.is_empty() && takes_some(&outline, &self.function) {
                passed.push(INDEX.to_owned());
            }
            fault(&outline, &self.function, passed.len()).map_err(refused)?;
        }
        Ok(named(&outline, &self.function).and_then(Function::note))
    }
}

/// Returns the function of a name, also one that is decorated; `None` for other values and what only running tells.
fn named<'a>(outline: &'a Outline, function: &str) -> Option<&'a Function> {
    match outline.names.first() {
        Some(Meaning::Function { function }) => Some(function),
        _ => outline.functions.iter().find(|one| one.name == function),
    }
}

/// True unless a function is known to take nothing.
fn takes_some(outline: &Outline, function: &str) -> bool {
    named(outline, function).is_none_or(|one| !one.parameters.is_empty() || one.takes_more)
}

fn is_python(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("py"))
}

/// Makes the experiment that runs a command under every native model, and under three of Python where there is one.
pub(super) fn command(line: &str) -> Result<Experiment, Refused> {
    let argv = words::split(line).map_err(|error| Refused::Command { line: line.to_owned(), error })?;
    Ok(Experiment::running(argv))
}

/// Reads and checks the code that an experiment names. `is_named`: the user named it on the command line, where
/// [`NamedFunction::settle`] has checked it.
pub(super) fn read(
    experiment: &Experiment,
    interpreters: &Interpreters,
    arguments: &RunArguments,
    is_named: bool,
) -> Result<Vec<OwnCode>, Refused> {
    let read = match is_named {
        true => code::read(experiment.workload.steps(), &code::folder_of(experiment)).map_err(Into::into),
        false => read_code(experiment, interpreters),
    };
    read.map_err(|error| Refused::Code { what: arguments.what.clone().unwrap_or_default(), error: Box::new(error) })
}

/// Returns the code once the user has agreed to run it.
pub(super) fn agreed(read: Vec<OwnCode>, arguments: &RunArguments, is_named: bool) -> Result<Arc<[OwnCode]>, Refused> {
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
