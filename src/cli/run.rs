//! `run`: an experiment in the terminal, from flags to exports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::RunArguments;
use super::exit::{FAILED, SUCCESS, USAGE};
use super::outputs::Outputs;
use super::own_code::{self, NamedFunction};
use super::progress::Progress;
use super::refused::{Refused, Unscaled};
use super::signals::{self, Signals};
use super::terminal::{complain, print};
use super::{dry_run, interpreters, report};
use crate::clock;
use crate::code::{self, OwnCode};
use crate::cpus;
use crate::experiment::capabilities::unavailable;
use crate::experiment::file::{self, Origin};
use crate::experiment::sweep::SweepPoint;
use crate::experiment::validate::MOST_MODELS;
use crate::experiment::{Experiment, describe};
use crate::model::{Contender, Family, Host, ModelId, contenders, split_names};
use crate::preset::{self, UserPresets};
use crate::python::{Interpreters, StartMethod};
use crate::record::{self, NewRun, Recorder, Store};
use crate::results::RunResults;
use crate::session::interpreters::Wanted;
use crate::session::{Headroom, NotStored, Outcome, QuietWait, RealSessions, Request, Sessions, TrialSink};
use crate::workload::{Step, Workload};

pub(super) fn run(arguments: &RunArguments) -> u8 {
    let signals = match signals::install() {
        Ok(signals) => signals,
        Err(error) => return complain(FAILED, &format!("signals can't be handled: {error}")),
    };
    let what = arguments.what.as_deref().unwrap_or("--command");
    let function = arguments.what.as_deref().and_then(NamedFunction::of);
    let found = match (&arguments.command, &function) {
        _ if function.is_none() && !arguments.argument.is_empty() => Err(Refused::NoFunctionForArguments),
        (Some(line), _) => own_code::command(line),
        (None, Some(function)) => Ok(function.experiment(arguments)),
        (None, None) => find(what),
    };
    let mut experiment = match found.and_then(|experiment| apply_flags(experiment, arguments, what)) {
        Ok(experiment) => experiment,
        Err(refused) => return refused.complain(USAGE),
    };
    let mut interpreters = find_interpreters(&experiment, &arguments.python);
    interpreters.dask_scheduler.clone_from(&arguments.dask_scheduler);
    let interpreters = Arc::new(interpreters);
    if let Some(refusal) = interpreters::refusal(&arguments.python, &interpreters) {
        return complain(USAGE, &refusal);
    }
    experiment.resolve_interpreters(&interpreters);
    let mut note = None;
    if let Some(function) = &function {
        note = match function.settle(&mut experiment, arguments, &interpreters) {
            Ok(found) => found,
            Err(refused) => return refused.complain(USAGE),
        };
        if arguments.models.is_none() && !interpreters.usable.is_empty() {
            let able = |one: &Contender| unavailable(one, &experiment, &interpreters).is_none();
            let models = experiment.models.iter().filter(|one| able(one)).cloned().collect();
            experiment.models = models;
        }
    }
    // Two names may turn out to mean the same interpreter.
    if let Err(error) = experiment.validate() {
        return Refused::Invalid { what: what.to_owned(), error }.complain(USAGE);
    }
    if !arguments.python.is_empty() && !experiment.uses_python() {
        return complain(
            USAGE,
            "--python: no model of Python is chosen; name one, as in --models sequential,py-threads",
        );
    }
    let uses_dask = || experiment.models.iter().any(|one| one.model == ModelId::PyDask);
    if arguments.dask_scheduler.is_some() && !uses_dask() {
        return complain(
            USAGE,
            "--dask-scheduler: py-dask is not chosen; name it, as in --models py-sequential,py-dask",
        );
    }
    if let Some(method) = arguments.start_method
        && let Err(refused) = can_start(method, &experiment, &interpreters)
    {
        return refused.complain(USAGE);
    }
    let read = match &function {
        Some(function) => vec![(function.file().to_owned(), "Python file")],
        None => inputs(what, &experiment),
    };
    let outputs = match Outputs::from(&arguments.outputs, &read, experiment.sweep.is_some()) {
        Ok(outputs) => outputs,
        Err(error) => return complain(USAGE, &error.to_string()),
    };
    let is_named = function.is_some() || arguments.command.is_some();
    let code = match own_code::read(&experiment, &interpreters, arguments, is_named) {
        Ok(code) => code,
        Err(refused) => return refused.complain(USAGE),
    };
    if arguments.dry_run {
        return print(&dry_run::text(&experiment, &interpreters, &headroom(arguments)));
    }
    if !arguments.quiet {
        let note = note.filter(|note| experiment.models.iter().any(|one| note.is_about(one.model)));
        if let (Some(function), Some(note)) = (&function, note) {
            complain(SUCCESS, &format!("{} is a {}", function.name(), note.text()));
        }
        for one in &interpreters.not_started {
            complain(
                SUCCESS,
                &format!(
                    "{} ({}): {}",
                    crate::printable::path(&one.path),
                    one.found,
                    crate::printable::line(&one.reason)
                ),
            );
        }
        if let Some(passed_over) = interpreters.passed_over().filter(|_| experiment.uses_first_python()) {
            complain(SUCCESS, &passed_over.to_string());
        }
    }
    if let Err(error) = outputs.check() {
        return complain(FAILED, &error.to_string());
    }
    if !arguments.quiet {
        let headroom = headroom(arguments);
        if let Some(outlook) = dry_run::outlook(&experiment, &interpreters, &headroom) {
            complain(SUCCESS, &outlook.to_string());
        }
        for warning in dry_run::warnings(&experiment, &interpreters, &headroom) {
            complain(SUCCESS, &warning.to_string());
        }
    }
    let code = match own_code::agreed(code, arguments, is_named) {
        Ok(code) => code,
        Err(refused) => return refused.complain(USAGE),
    };
    match execute(experiment, interpreters, arguments, &signals, code) {
        Ok((results, recorder)) => signals.write_results(|abort| match measured_nothing(&results) {
            true => outputs.nothing_written(),
            false => report::report(&results, recorder.as_deref(), &outputs, arguments.quiet, abort),
        }),
        Err(refused) => refused.complain(FAILED),
    }
}

/// True for a run that was cancelled before a trial was measured: an empty file would take the place of an earlier one.
fn measured_nothing(run: &RunResults) -> bool {
    run.first().outcome == Some(Outcome::Cancelled) && !run.trials().iter().any(|(_, trial)| trial.counts())
}

/// The files that an experiment is read from, those of its own code among them, and what each is.
fn inputs(what: &str, experiment: &Experiment) -> Vec<(PathBuf, &'static str)> {
    let path = Path::new(what);
    let mut all = Vec::new();
    if is_file_name(path) {
        all.push((path.to_owned(), "experiment file"));
        all.extend(file::task_list(path).map(|list| (list, "task list")));
    }
    let folder = code::folder_of(experiment);
    all.extend(experiment.workload.steps().iter().filter_map(|step| {
        match step {
            Step::Call { file, .. } => Some((folder.join(file), "Python file")),
            // A bare name is looked for in PATH.
            Step::Command { argv } => argv
                .first()
                .filter(|name| name.contains(std::path::is_separator))
                .map(|name| (folder.join(name), "program")),
            _ => None,
        }
    }));
    all
}

/// Returns why no chosen model, or not every chosen one, can start its processes in this way.
fn can_start(method: StartMethod, experiment: &Experiment, interpreters: &Interpreters) -> Result<(), Refused> {
    let starts = |one: &&Contender| one.model.has_start_method();
    let mut starting = experiment.models.iter().filter(starts).peekable();
    if starting.peek().is_none() {
        return Err(Refused::NothingStarts(method));
    }
    // Where there is no interpreter the row says so.
    let found = starting.filter_map(|one| Some((one, interpreters.of(&one.host).ok()?)));
    let lacking = found.filter_map(|(one, interpreter)| interpreter.unsupported_start_method(one.model, method)).next();
    lacking.map_or(Ok(()), |reason| Err(Refused::CanNotStart { method, reason }))
}

/// The user's presets; an unreadable folder is an empty one.
pub(super) fn user_presets() -> UserPresets {
    preset::user_folder().map(|folder| preset::load_user(&folder)).unwrap_or_default()
}

/// A preset that ships with the lab, or the user's own.
pub(super) fn find_preset(id: &str) -> Result<Experiment, Refused> {
    if let Some(found) = preset::find(id) {
        return Ok(found.clone());
    }
    let user = user_presets();
    if let Some(found) = user.presets.iter().find(|preset| preset.id == id) {
        return Ok(found.clone());
    }
    let known = preset::built_in().iter().chain(&user.presets).map(|preset| preset.id.clone()).collect();
    Err(Refused::UnknownPreset { id: id.to_owned(), known })
}

/// An experiment file.
pub(super) fn read_file(path: &Path) -> Result<Experiment, Refused> {
    Ok(file::load(path, Origin::CommandLine)?)
}

fn find(what: &str) -> Result<Experiment, Refused> {
    let path = Path::new(what);
    if path.extension().is_some_and(|extension| extension == record::EXTENSION) {
        return Err(Refused::IsStoredRun { path: path.to_owned() });
    }
    if is_file_name(path) { read_file(path) } else { find_preset(what) }
}

/// True for what names a file, not a preset.
fn is_file_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml") || path.components().count() > 1
}

fn apply_flags(mut experiment: Experiment, arguments: &RunArguments, what: &str) -> Result<Experiment, Refused> {
    use crate::workload::Tasks;
    let original = (experiment.workload.clone(), experiment.sweep.clone());
    let workload = &mut experiment.workload;
    if let Some(tasks) = arguments.tasks {
        match &mut workload.tasks {
            Tasks::Alike { count, .. } => *count = tasks,
            Tasks::List(list) => {
                return Err(Refused::TasksOfAList { tasks, id: experiment.id, listed: list.len() });
            }
            Tasks::Classes(_) => return Err(Refused::TasksOfClasses { tasks, id: experiment.id }),
        }
    }
    if let Some(task_ms) = arguments.task_ms {
        if workload.task_ms().is_none() {
            let tasks = match &workload.tasks {
                Tasks::Alike { .. } => Unscaled::Untimed,
                Tasks::List(_) => Unscaled::List,
                Tasks::Classes(_) => Unscaled::Classes,
            };
            return Err(Refused::NothingToScale { task_ms, id: experiment.id, tasks });
        }
        workload.set_task_ms(task_ms);
    }
    workload.workers = arguments.workers.or(workload.workers);
    workload.in_flight = arguments.in_flight.or(workload.in_flight);
    if let Some(selection) = &arguments.cpus {
        cpus::select(selection).map_err(|error| Refused::Cpus { flag: "--cpus", error })?;
        workload.cpus = Some(selection.clone());
    }
    workload.seed = arguments.seed.unwrap_or(workload.seed);
    workload.work = arguments.work.unwrap_or(workload.work);
    experiment.start_method = arguments.start_method.unwrap_or(experiment.start_method);
    let trials = &mut experiment.trials;
    trials.count = arguments.trials.unwrap_or(trials.count);
    trials.warmups = arguments.warmups.unwrap_or(trials.warmups);
    trials.budget_seconds = arguments.budget.unwrap_or(trials.budget_seconds);
    trials.timeout_seconds = arguments.timeout.unwrap_or(trials.timeout_seconds);
    if let Some(names) = &arguments.models {
        let names: Vec<&str> = split_names(names).map(str::trim).collect();
        if names.len() > MOST_MODELS {
            return Err(Refused::TooManyModels(names.len()));
        }
        let mut models = contenders(names).map_err(|error| Refused::Model { flag: "--models", error })?;
        for one in &mut models {
            if let Some(selection) = &one.settings.cpus {
                cpus::select(selection).map_err(|error| Refused::Cpus { flag: "--models", error })?;
            }
            // The experiment may have a label for it.
            if let Some(known) = experiment.models.iter().find(|known| known.is_same(one)) {
                one.label.clone_from(&known.label);
            }
        }
        experiment.models = models;
        experiment.models_by_default = false;
        let chosen = &experiment.models;
        // A reference that does not run is none: the plain loop is, or who was named first.
        if !chosen.iter().any(|one| one.is_same(&experiment.reference)) {
            let in_turn = chosen.iter().find(|one| one.model.info().family == Family::Sequential);
            experiment.reference = in_turn.or(chosen.first()).cloned().unwrap_or(experiment.reference);
        }
        experiment.left_out.retain(|left| chosen.iter().all(|contender| !contender.is_like(&left.contender)));
    }
    if let Some(name) = &arguments.reference {
        let named = name.parse::<Contender>().map_err(|error| Refused::Model { flag: "--reference", error })?;
        let known = experiment.models.iter().find(|one| one.is_same(&named)).cloned();
        experiment.reference = known.unwrap_or(named);
    }
    if let Some(sweep) = &arguments.sweep {
        experiment.sweep = Some(sweep.clone());
    }
    // The file's own description is of its own workload.
    let seed = experiment.workload.seed;
    if (&experiment.workload, &experiment.sweep) != (&Workload { seed, ..original.0 }, &original.1) {
        experiment.summary = describe::experiment(&experiment);
    }
    experiment.validate().map_err(|error| Refused::Invalid { what: what.to_owned(), error })?;
    Ok(experiment)
}

/// Interpreters for the Python models of an experiment; none is looked for where there are no such models.
fn find_interpreters(experiment: &Experiment, named: &[PathBuf]) -> Interpreters {
    // Not every interpreter can switch its GIL.
    let by_name =
        |one: &Contender| matches!(&one.host, Host::Python(python) if python.named || one.settings.gil.is_some());
    if !named.is_empty() {
        interpreters::find(&Wanted::These(named.to_vec()))
    } else if experiment.models.iter().any(by_name) || by_name(&experiment.reference) {
        interpreters::find(&Wanted::All)
    } else if experiment.uses_python() || experiment.models_by_default {
        interpreters::find(&Wanted::First)
    } else {
        Interpreters::default()
    }
}

/// Limits and free space for this run.
fn headroom(arguments: &RunArguments) -> Headroom {
    let history = if arguments.no_save { None } else { Store::of_user() };
    Headroom::probe(history.as_ref().map(Store::folder))
}

/// Runs to the end, or to a signal.
fn execute(
    experiment: Experiment,
    interpreters: Arc<Interpreters>,
    arguments: &RunArguments,
    signals: &Signals,
    code: Arc<[OwnCode]>,
) -> Result<(RunResults, Option<Arc<Recorder>>), Refused> {
    let sessions = RealSessions::of_this_executable().map_err(Refused::NoExecutable)?;
    let experiment = Arc::new(experiment);
    let started_at_ms = clock::unix_millis();
    let mut results = RunResults::new(Arc::clone(&experiment), &interpreters, started_at_ms);
    let points = results.points.iter().map(|point| point.point.as_ref().map(SweepPoint::title)).collect();
    let mut progress = Progress::new(arguments.progress, arguments.quiet, points);
    let run = NewRun {
        name: experiment.title.clone(),
        experiment: Arc::clone(&experiment),
        interpreters: Arc::clone(&interpreters),
        started_at_ms,
    };
    let again = run.clone();
    let recorder = recorder(arguments, run).map(Arc::new);
    let sink = recorder.clone().map(|recorder| recorder as Arc<dyn TrialSink>);
    let session = sessions.start(Request {
        experiment,
        interpreters,
        when_quiet: arguments.when_quiet.then(QuietWait::default),
        more: None,
        sink,
        notify: Arc::new(|| ()),
        code,
    });
    signals.session(session.cancel.clone());
    for event in &session.events {
        progress.show(&event);
        results.apply(event);
    }
    let unstored = recorder.as_ref().and_then(|recorder| recorder.unstored());
    if let Some(unstored) = unstored {
        progress.not_stored(&unstored, results.trials().iter().filter(|(_, trial)| trial.counts()).count());
    }
    // What could not be stored in the history may still be saved elsewhere.
    let lost = arguments.outputs.save.is_some() && recorder.as_ref().is_none_or(|recorder| recorder.source().is_none());
    let recorder = match lost.then(|| Recorder::of_results(again, &results)) {
        Some(Ok(recorder)) => Some(Arc::new(recorder)),
        Some(Err(reason)) => {
            complain(SUCCESS, &reason.to_string());
            recorder
        }
        None => recorder,
    };
    if let Some(recorded) = recorder.as_ref().and_then(|recorder| recorder.recorded()) {
        progress.stored(&recorded.id);
    }
    Ok((results, recorder))
}

/// Recorder of this run: in the history, or in memory where it is only saved to a file or there is no history.
fn recorder(arguments: &RunArguments, run: NewRun) -> Option<Recorder> {
    let only_saved = || arguments.outputs.save.is_some().then(|| Recorder::in_memory(run.clone()));
    if arguments.no_save {
        return only_saved();
    }
    let Some(history) = Store::of_user() else {
        complain(SUCCESS, "this run is not being stored: there is no home folder");
        return only_saved();
    };
    if arguments.outputs.save.is_some()
        && let Err(error) = history.prepare()
    {
        complain(SUCCESS, &NotStored::new(error).to_string());
        return only_saved();
    }
    Some(Recorder::in_history(history, run))
}
