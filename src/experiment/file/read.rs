//! TOML to experiment. All mistakes of a file are found in one pass; `keys` and the step table say what is
//! allowed.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::cursor::{Mistakes, Table};
use super::diagnostic::{Collector, FileError};
use super::keys::FORMAT;
use super::problem::Problem;
use super::read_classes::{classes, first_span};
use super::{read_contender, read_quiz, read_step, read_sweep};
use crate::bounded_read;
use crate::experiment::payload_rules::payload_problem;
use crate::experiment::validate::{self, MOST_MODELS};
use crate::experiment::{Excluded, Experiment, SamplingPlan, SourceText, TrialCount, native_models};
use crate::model::{Contender, Family, ModelId, SettingKey, number_copies};
use crate::python::StartMethod;
use crate::workload::{
    Awaiting, DurationDistribution, ListedTask, MOST_STEPS, Payload, PayloadKind, Step, Tasks, Work, Workload,
    task_list,
};

/// Reads an experiment. `source` names the text in messages; a relative `task_list` is looked for in `folder`.
///
/// # Errors
/// All mistakes, with line, column and the allowed values.
pub fn parse(text: &str, source: &str, folder: &Path) -> Result<Experiment, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mistakes = Mistakes::default();
    let experiment = Reader { folder }.experiment(&Table::root(&mistakes, document.get_ref()));
    let mistakes = mistakes.into_inner();
    let mistakes = if errors.is_empty() { mistakes } else { unreadable(text, &errors, mistakes) };
    match experiment {
        Some(mut experiment) if mistakes.is_empty() => {
            experiment.source = SourceText::of(text, source, folder);
            Ok(experiment)
        }
        _ => Err(mistakes.finish(text, source)),
    }
}

/// Mistakes of the syntax, and the others in the lines above the first of them: what follows may have been read as
/// something that it is not.
fn unreadable(text: &str, errors: &[toml::de::Error], others: Collector) -> Collector {
    let mut syntax = Collector::default();
    let mut first = text.len();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        first = first.min(span.start);
        syntax.add(span, || (String::new(), Problem::Syntax(error.message().to_owned())));
    }
    let line_start = text.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    syntax.and(others.before(line_start))
}

struct Reader<'a> {
    folder: &'a Path,
}

impl Reader<'_> {
    /// The experiment; `None` where something is wrong, which is reported.
    fn experiment(&self, root: &Table<'_, '_>) -> Option<Experiment> {
        if let Some(format) = newer_format(root) {
            let span = root.get("format").map_or(0..0, Spanned::span);
            root.wrong_at("format", span, || Problem::Newer { format });
            return None;
        }
        root.check_keys();
        root.whole("format");
        let text = |name| root.text(name);
        let (id, title, summary, explanation) = (text("id"), text("title"), text("summary"), text("explanation"));
        let mistakes = root.mistakes_so_far();
        let workload = root.table("workload").and_then(|table| self.workload(&table));
        let workload_is_read = root.mistakes_so_far() == mistakes;
        let trials = root.table("trials").map(|table| trials(&table)).unwrap_or_default();
        let models = root.table("models");
        let start_method = models.and_then(|table| table.one_of("start_method", &StartMethod::ALL, StartMethod::name));
        let (chosen, left_out) = chosen(models.as_ref());
        let reference = models.and_then(|table| model(&table, "reference"));
        // With the label that the list gives it.
        let reference = reference.map(|one| chosen.iter().find(|known| known.is_same(&one)).cloned().unwrap_or(one));
        let sweep = read_sweep::sweep(root);
        let quiz = read_quiz::quiz(root);
        let models_by_default = models.is_none_or(|table| table.get("include").is_none());
        Some(Experiment {
            id: id?,
            title: title?,
            summary: summary.unwrap_or_default(),
            explanation: explanation.unwrap_or_default(),
            workload: workload?,
            trials,
            reference: reference.unwrap_or_else(|| default_reference(&chosen)),
            models: chosen,
            left_out,
            start_method: start_method.unwrap_or_default(),
            models_by_default,
            sweep,
            quiz,
            source: SourceText::default(),
        })
        .inspect(|experiment| {
            if workload_is_read {
                read_sweep::check(root, experiment);
            }
        })
    }

    fn workload(&self, table: &Table<'_, '_>) -> Option<Workload> {
        let default = Workload::default();
        let count = table.whole("tasks");
        let own_steps = steps(table);
        let spread = table.table("spread").and_then(|inner| spread(&inner));
        let list = self.list(table);
        let classes = classes(table, steps);
        if classes.is_some() {
            for name in ["tasks", "step", "task", "task_list"] {
                if let Some(value) = table.get(name) {
                    table.wrong_at(name, first_span(value), || Problem::NotWithClasses(name));
                }
            }
        }
        let tasks = match list {
            Some(list) if classes.is_none() => {
                for name in ["tasks", "step", "spread"] {
                    if let Some(value) = table.get(name) {
                        table.wrong_at(name, first_span(value), || Problem::NotWithTaskList(name));
                    }
                }
                Tasks::List(list.into())
            }
            _ => match classes {
                Some(classes) => Tasks::Classes(classes),
                None => Tasks::Alike { count: count.unwrap_or(default.task_count()), steps: own_steps },
            },
        };
        let workload = Workload {
            tasks,
            workers: read_contender::own(table, SettingKey::Workers).workers,
            in_flight: table.whole("in_flight"),
            seed: table.seed("seed").unwrap_or(default.seed),
            spread: spread.unwrap_or_default(),
            ticker: table.flag("ticker").unwrap_or_default(),
            work: table.one_of("work", &Work::ALL, Work::name).unwrap_or_default(),
            awaits: table.one_of("await", &Awaiting::ALL, Awaiting::name).unwrap_or_default(),
            cpus: read_contender::own(table, SettingKey::Cpus).cpus,
            payload: table.table("payload").map(|inner| payload(&inner)),
        };
        if let (Some(value), Some(problem)) = (table.get("payload"), payload_problem(&workload)) {
            table.wrong_at("payload", value.span(), || Problem::Invalid(problem.into()));
        }
        Some(workload)
    }

    /// The task list, in the file or in one of its own.
    fn list(&self, table: &Table<'_, '_>) -> Option<Vec<ListedTask>> {
        let tasks = table.each("task", |task| {
            task.check_keys();
            let name = task.text("name");
            let ms = |name| task.number(name).unwrap_or_default();
            let (compute_ms, wait_ms) = (ms("compute_ms"), ms("wait_ms"));
            Some(ListedTask { name: name?, compute_ms, wait_ms })
        });
        let Some(value) = table.get("task_list") else {
            let is_list =
                table.get("task").is_some_and(|value| value.get_ref().as_array().is_some_and(|all| !all.is_empty()));
            return is_list.then_some(tasks);
        };
        if table.get("task").is_some() {
            table.wrong_at("task_list", value.span(), || Problem::TwoTaskLists);
            return Some(tasks);
        }
        let Some(name) = value.get_ref().as_str() else {
            table.mistyped("task_list", value, "a string");
            return None;
        };
        if leaves_machine(name) {
            table.wrong_at("task_list", value.span(), || Problem::TaskListElsewhere(name.to_owned()));
            return Some(Vec::new());
        }
        // Named by a file, not by the user: a pipe could keep the lab waiting for ever.
        let read = match bounded_read::file(&self.folder.join(name), task_list::LARGEST_FILE) {
            Ok(bytes) => task_list::parse(bytes, name).map_err(|error| Problem::TaskList(error.to_string())),
            Err(error) => Err(Problem::UnreadableTaskList { name: name.to_owned(), reason: error.to_string() }),
        };
        match read {
            Ok(list) => Some(list),
            Err(problem) => {
                table.wrong_at("task_list", value.span(), || problem);
                Some(Vec::new())
            }
        }
    }
}

/// Returns true for a path that Windows takes for one of a network share or a device: opening it tells a host who asks.
/// On every system, so that a file means the same everywhere.
pub(super) fn leaves_machine(name: &str) -> bool {
    let slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    matches!(name.as_bytes(), [first, second, ..] if slash(first) && (slash(second) || *second == b'?'))
}

/// The format of a file that was written for a later version.
fn newer_format(root: &Table<'_, '_>) -> Option<u64> {
    let DeValue::Integer(digits) = root.get("format")?.get_ref() else { return None };
    let format = u64::from_str_radix(digits.as_str(), digits.radix()).ok()?;
    (format > FORMAT.into()).then_some(format)
}

fn steps(table: &Table<'_, '_>) -> Vec<Step> {
    let mut count = 0;
    table.each("step", |step| {
        count += 1;
        if count == MOST_STEPS + 1 {
            let all = table.get("step").and_then(|value| value.get_ref().as_array().map(|list| list.len()));
            step.wrong(step.span(), || Problem::TooManySteps(all.unwrap_or(count)));
        }
        if count > MOST_STEPS { None } else { read_step::step(step) }
    })
}

fn payload(table: &Table<'_, '_>) -> Payload {
    let bytes = |name| table.whole(name).unwrap_or_default().into();
    Payload {
        input_bytes: bytes("input_bytes"),
        output_bytes: bytes("output_bytes"),
        kind: table.one_of("kind", &PayloadKind::ALL, PayloadKind::name).unwrap_or_default(),
    }
}

fn spread(table: &Table<'_, '_>) -> Option<DurationDistribution> {
    let kind = table.one_of("kind", &DurationDistribution::NAMES, |name| name);
    let (percent, shape) = (table.number("percent"), table.number("shape"));
    let kind = kind?;
    let parameter = |name: &'static str, owner: &'static str, number: Option<f64>| match table.get(name) {
        Some(value) if kind != owner => {
            table.wrong_at(name, value.span(), || Problem::ForeignSpreadKey { key: name, owner, kind });
            None
        }
        None if kind == owner => {
            table.wrong_at(name, table.span(), || Problem::SpreadNeeds { kind, key: name });
            None
        }
        _ => number,
    };
    let (percent, shape) = (parameter("percent", "uniform", percent), parameter("shape", "pareto", shape));
    let spread = match kind {
        "uniform" => DurationDistribution::Uniform { percent: percent? },
        "pareto" => DurationDistribution::Pareto { shape: shape? },
        "exponential" => DurationDistribution::Exponential,
        _ => DurationDistribution::Constant,
    };
    if let Err(invalid) = validate::spread(spread) {
        let value = table.get("percent").or_else(|| table.get("shape"));
        table.wrong(value.map_or_else(|| table.span(), Spanned::span), || invalid.into());
    }
    Some(spread)
}

fn trials(table: &Table<'_, '_>) -> SamplingPlan {
    let default = SamplingPlan::default();
    SamplingPlan {
        count: match table.count_or_auto("count") {
            None => default.count,
            Some(0) => TrialCount::Auto,
            Some(count) => TrialCount::Fixed(count),
        },
        minimum: table.whole("minimum").unwrap_or(default.minimum),
        warmups: table.whole("warmups").unwrap_or(default.warmups),
        budget_seconds: table.number("budget_s").unwrap_or(default.budget_seconds),
        timeout_seconds: table.number("timeout_s").unwrap_or(default.timeout_seconds),
    }
}

/// The model that a key names.
fn model(table: &Table<'_, '_>, key: &'static str) -> Option<Contender> {
    let value = table.get(key)?;
    read_contender::named(table, key, value)
}

/// The models that are chosen, and those that are left out.
fn chosen(table: Option<&Table<'_, '_>>) -> (Vec<Contender>, Vec<Excluded>) {
    let left_out = table.map(left_out).unwrap_or_default();
    let is_left_out = |one: &Contender| left_out.iter().any(|left| left.contender.is_like(one));
    let Some((table, include)) = table.and_then(|table| Some((table, table.get("include")?))) else {
        let kept: Vec<Contender> = native_models().filter(|one| !is_left_out(one)).collect();
        if let Some((table, value)) = table.and_then(|table| Some((table, table.get("leave_out")?)))
            && kept.is_empty()
        {
            table.wrong_at("leave_out", value.span(), || Problem::NoModelLeft);
        }
        return (kept, left_out);
    };
    let Some(list) = include.get_ref().as_array() else {
        table.mistyped("include", include, "a list of models");
        return (Vec::new(), left_out);
    };
    if list.len() > MOST_MODELS {
        table.wrong_at("include", include.span(), || Problem::TooManyModels(list.len()));
        return (Vec::new(), left_out);
    }
    if list.is_empty() {
        table.wrong_at("include", include.span(), || Problem::NoModel);
    }
    let mut included = Vec::with_capacity(list.len());
    for value in list.iter() {
        let Some(contender) = read_contender::entry(table, "include", value) else { continue };
        if is_left_out(&contender) {
            table.wrong_at("include", value.span(), || Problem::IncludedAndLeftOut(contender.to_string()));
        }
        included.push(contender);
    }
    // Together, so that copies are numbered.
    let models = number_copies(included).unwrap_or_else(|error| {
        table.wrong_at("include", include.span(), || Problem::Model { key: "include", error });
        Vec::new()
    });
    (models, left_out)
}

fn left_out(table: &Table<'_, '_>) -> Vec<Excluded> {
    let Some(value) = table.get("leave_out") else { return Vec::new() };
    let DeValue::Table(entries) = value.get_ref() else {
        table.wrong_at("leave_out", value.span(), || Problem::WrongShape {
            key: "leave_out",
            found: "no table",
            expected: "one table",
            header: "[models.leave_out]",
        });
        return Vec::new();
    };
    let mut left_out = Vec::with_capacity(entries.len());
    for (name, reason) in entries {
        let contender = match name.get_ref().parse::<Contender>() {
            Ok(contender) => contender,
            Err(error) => {
                table.wrong_at("leave_out", name.span(), || Problem::Model { key: "leave_out", error });
                continue;
            }
        };
        let Some(text) = reason.get_ref().as_str() else {
            table.mistyped("leave_out", reason, "a string, the reason");
            continue;
        };
        match validate::line(name.get_ref().to_string(), text) {
            Ok(()) => left_out.push(Excluded { contender, reason: text.to_owned() }),
            Err(invalid) => table.wrong_at("leave_out", reason.span(), || Problem::InvalidReason(invalid)),
        }
    }
    left_out
}

/// Reference of a file that names none: the plain loop, or where the file leaves it out, the first plain
/// loop of another host, else the first model.
fn default_reference(models: &[Contender]) -> Contender {
    let sequential = Contender::of(ModelId::Sequential);
    if models.is_empty() || models.contains(&sequential) {
        return sequential;
    }
    let plain_loop = models.iter().find(|one| one.model.info().family == Family::Sequential);
    plain_loop.or(models.first()).cloned().unwrap_or(sequential)
}
