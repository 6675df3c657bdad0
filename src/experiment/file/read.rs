//! TOML to experiment. Every mistake is told with its line and column.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::read_step::RawStep;
use super::{FileError, shape};
use crate::bounded_read;
use crate::experiment::validate::{self, Allowed, Invalid};
use crate::experiment::{Experiment, LeftOut, MOST_ROUNDS, TrialCount, TrialPlan};
use crate::model::{Contender, Family, ModelId, contenders};
use crate::printable;
use crate::python::StartMethod;
use crate::workload::{ListedTask, MOST_STEPS, MOST_TASKS, MOST_WORKERS, Spread, Tasks, Work, Workload, task_list};

/// Tasks where a file does not say.
const DEFAULT_TASKS: u32 = 20;
const DEFAULT_SEED: u64 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    id: Spanned<String>,
    title: Spanned<String>,
    summary: Option<Spanned<String>>,
    explanation: Option<Spanned<String>>,
    workload: RawWorkload,
    #[serde(default)]
    trials: RawTrials,
    #[serde(default)]
    models: RawModels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWorkload {
    tasks: Option<Spanned<i64>>,
    workers: Option<Spanned<i64>>,
    in_flight: Option<Spanned<i64>>,
    seed: Option<Spanned<i64>>,
    #[serde(default)]
    ticker: bool,
    work: Option<Spanned<String>>,
    spread: Option<Spanned<RawSpread>>,
    #[serde(default)]
    step: Vec<Spanned<RawStep>>,
    #[serde(default)]
    task: Vec<Spanned<RawTask>>,
    task_list: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpread {
    kind: Spanned<String>,
    percent: Option<Spanned<f64>>,
    shape: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTask {
    name: Spanned<String>,
    compute_ms: Option<Spanned<f64>>,
    wait_ms: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawTrials {
    count: Option<Spanned<toml::Value>>,
    minimum: Option<Spanned<i64>>,
    warmups: Option<Spanned<i64>>,
    budget_s: Option<Spanned<f64>>,
    timeout_s: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawModels {
    include: Option<Spanned<Vec<Spanned<String>>>>,
    reference: Option<Spanned<String>>,
    leave_out: Option<Spanned<BTreeMap<String, String>>>,
    start_method: Option<Spanned<String>>,
}

/// Reads an experiment. `source` names the text in messages; a relative `task_list` is looked for in `folder`.
///
/// # Errors
/// The first mistake, with file, line, column and the allowed values.
pub fn parse(text: &str, source: &str, folder: &Path) -> Result<Experiment, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = Reader { text, source, folder };
    let document = DeTable::parse(text).map_err(|error| reader.unreadable(&error))?;
    if let Some((span, message)) = shape::misshapen(document.get_ref()) {
        return Err(reader.error(span, &message));
    }
    let raw = RawFile::deserialize(toml::Deserializer::from(document)).map_err(|error| reader.unreadable(&error))?;
    reader.experiment(raw)
}

/// Characters of a message before its middle is left out. The longest list of allowed keys fits.
const LONGEST_MESSAGE: usize = 900;

pub(super) struct Reader<'a> {
    text: &'a str,
    source: &'a str,
    folder: &'a Path,
}

impl Reader<'_> {
    pub(super) fn error(&self, span: Range<usize>, message: &str) -> FileError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        let message = printable::without_middle(message, LONGEST_MESSAGE);
        FileError { message: printable::line(&format!("{}:{line}:{column}: {message}", self.source)).into_owned() }
    }

    /// The parser's own message, in the words of this file.
    fn unreadable(&self, error: &toml::de::Error) -> FileError {
        let message = error
            .message()
            .replace("expected i64", "expected a whole number")
            .replace("expected f64", "expected a number")
            .replace("a sequence", "a list")
            .replace("unknown field", "unknown key")
            .replace("missing field", "missing key");
        let span = error.span().unwrap_or(0..0);
        let key = if message.starts_with("invalid type") {
            DeTable::parse(self.text).ok().and_then(|document| shape::key_at(document.get_ref(), span.start))
        } else {
            None
        };
        match key {
            Some(key) => self.error(span, &format!("{}: {message}", printable::value(&key))),
            None => self.error(span, &message),
        }
    }

    /// Checks a value where it stands.
    pub(super) fn check<T, U>(
        &self,
        value: &Spanned<T>,
        check: impl FnOnce(&T) -> Result<U, Invalid>,
    ) -> Result<U, FileError> {
        check(value.get_ref()).map_err(|invalid| self.error(value.span(), &invalid.to_string()))
    }

    /// One of a few names.
    pub(super) fn one_of<T: Copy>(
        &self,
        field: &str,
        name: &Spanned<String>,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Result<T, FileError> {
        let wanted = name.get_ref();
        all.iter().copied().find(|one| name_of(*one) == wanted).ok_or_else(|| {
            let allowed: Vec<&str> = all.iter().map(|one| name_of(*one)).collect();
            let wanted = printable::value(wanted);
            self.error(name.span(), &format!("{field} is \"{wanted}\": allowed are {}", allowed.join(", ")))
        })
    }

    pub(super) fn whole(
        &self,
        field: &'static str,
        value: Option<&Spanned<i64>>,
        low: u32,
        high: u32,
    ) -> Result<Option<u32>, FileError> {
        value.map(|value| self.check(value, |number| validate::whole(field, *number, low, high))).transpose()
    }

    fn experiment(&self, raw: RawFile) -> Result<Experiment, FileError> {
        self.check(&raw.id, |id| validate::id(id))?;
        self.check(&raw.title, |title| validate::name("title", title))?;
        if let Some(summary) = &raw.summary {
            self.check(summary, |summary| validate::line("summary", summary))?;
        }
        if let Some(explanation) = &raw.explanation {
            self.check(explanation, |explanation| validate::explanation(explanation))?;
        }
        let workload = self.workload(raw.workload)?;
        let trials = self.trials(&raw.trials)?;
        let (models, left_out) = self.models(&raw.models)?;
        let start_method = match &raw.models.start_method {
            None => StartMethod::default(),
            Some(name) => self.one_of("start_method", name, &StartMethod::ALL, StartMethod::name)?,
        };
        let reference = match &raw.models.reference {
            None => default_reference(&models),
            Some(name) => name.get_ref().parse().map_err(|error| self.error(name.span(), &format!("{error}")))?,
        };
        Ok(Experiment {
            id: raw.id.into_inner(),
            title: raw.title.into_inner(),
            summary: raw.summary.map(Spanned::into_inner).unwrap_or_default(),
            explanation: raw.explanation.map(Spanned::into_inner).unwrap_or_default(),
            workload,
            trials,
            models,
            left_out,
            reference,
            start_method,
            models_by_default: raw.models.include.is_none(),
        })
    }

    fn workload(&self, raw: RawWorkload) -> Result<Workload, FileError> {
        let seed = match &raw.seed {
            None => DEFAULT_SEED,
            Some(seed) => self.check(seed, |seed| {
                u64::try_from(*seed).map_err(|_| Invalid::not_allowed("seed", *seed, Allowed::Seed))
            })?,
        };
        let workers = self.whole("workers", raw.workers.as_ref(), 1, MOST_WORKERS)?;
        let in_flight = self.whole("in_flight", raw.in_flight.as_ref(), 1, MOST_TASKS)?;
        let list = self.list(&raw)?;
        let spread = raw.spread.as_ref().map(|spread| self.spread(spread)).transpose()?;
        let tasks = match list {
            Some(list) => {
                let clash = raw.tasks.as_ref().map(|tasks| ("tasks", tasks.span()));
                let clash = clash.or_else(|| raw.step.first().map(|step| ("step", step.span())));
                let clash = clash.or_else(|| raw.spread.as_ref().map(|spread| ("spread", spread.span())));
                if let Some((key, span)) = clash {
                    return Err(self.error(
                        span,
                        &format!("{key} does not go with a task list, whose tasks have durations of their own"),
                    ));
                }
                Tasks::List(list)
            }
            None => {
                let count = self.whole("tasks", raw.tasks.as_ref(), 1, MOST_TASKS)?.unwrap_or(DEFAULT_TASKS);
                if let Some(step) = raw.step.get(MOST_STEPS) {
                    let message = format!("{} steps: at most {MOST_STEPS} are allowed", raw.step.len());
                    return Err(self.error(step.span(), &message));
                }
                let steps = raw.step.iter().map(|step| self.step(step)).collect::<Result<_, _>>()?;
                Tasks::Alike { count, steps }
            }
        };
        let work = match &raw.work {
            None => Work::default(),
            Some(name) => self.one_of("work", name, &Work::ALL, Work::name)?,
        };
        Ok(Workload { tasks, workers, in_flight, seed, spread: spread.unwrap_or_default(), ticker: raw.ticker, work })
    }

    fn list(&self, raw: &RawWorkload) -> Result<Option<Vec<ListedTask>>, FileError> {
        match (&raw.task_list, raw.task.first()) {
            (None, None) => Ok(None),
            (Some(path), Some(_)) => {
                Err(self.error(path.span(), "task_list does not go with [[workload.task]]: one list, not two"))
            }
            (Some(name), None) => {
                // Named by a file, not by the user: a pipe could keep the lab waiting for ever.
                let bytes = bounded_read::file(&self.folder.join(name.get_ref()), task_list::LARGEST_FILE);
                let bytes = bytes.map_err(|error| {
                    let list = printable::value(name.get_ref());
                    self.error(name.span(), &format!("task_list \"{list}\" can't be read: {error}"))
                })?;
                let list = task_list::parse(bytes, name.get_ref());
                list.map(Some).map_err(|error| self.error(name.span(), &error.to_string()))
            }
            (None, Some(_)) => {
                raw.task.iter().map(|task| self.task(task.get_ref())).collect::<Result<_, _>>().map(Some)
            }
        }
    }

    fn task(&self, raw: &RawTask) -> Result<ListedTask, FileError> {
        let ms = |field: &'static str, value: &Option<Spanned<f64>>| match value {
            None => Ok(0.0),
            Some(value) => self.check(value, |ms| validate::step_ms(field, *ms)),
        };
        self.check(&raw.name, |name| validate::name("name", name))?;
        Ok(ListedTask {
            name: raw.name.get_ref().clone(),
            compute_ms: ms("compute_ms", &raw.compute_ms)?,
            wait_ms: ms("wait_ms", &raw.wait_ms)?,
        })
    }

    fn spread(&self, raw: &Spanned<RawSpread>) -> Result<Spread, FileError> {
        let spread = raw.get_ref();
        let kind = spread.kind.get_ref().as_str();
        let needs = |key: &str, value: &Option<Spanned<f64>>| {
            value
                .as_ref()
                .map(|value| *value.get_ref())
                .ok_or_else(|| self.error(raw.span(), &format!("a {kind} spread needs {key}")))
        };
        let made = match kind {
            "constant" => Spread::Constant,
            "exponential" => Spread::Exponential,
            "uniform" => Spread::Uniform { percent: needs("percent", &spread.percent)? },
            "pareto" => Spread::Pareto { shape: needs("shape", &spread.shape)? },
            _ => {
                let kind = printable::value(kind);
                let message = format!("kind is \"{kind}\": allowed are constant, uniform, exponential, pareto");
                return Err(self.error(spread.kind.span(), &message));
            }
        };
        let foreign = [("percent", &spread.percent, "uniform"), ("shape", &spread.shape, "pareto")];
        for (key, value, owner) in foreign {
            if let Some(value) = value.as_ref().filter(|_| kind != owner) {
                return Err(self.error(value.span(), &format!("{key} belongs to a {owner} spread; this one is {kind}")));
            }
        }
        let place = spread.percent.as_ref().or(spread.shape.as_ref()).map_or_else(|| raw.span(), Spanned::span);
        validate::spread(made).map_err(|invalid| self.error(place, &invalid.to_string()))?;
        Ok(made)
    }

    fn trials(&self, raw: &RawTrials) -> Result<TrialPlan, FileError> {
        let default = TrialPlan::default();
        let count = match &raw.count {
            None => default.count,
            Some(count) => match count.get_ref() {
                toml::Value::String(text) if text == "auto" => TrialCount::Auto,
                toml::Value::Integer(number) => {
                    TrialCount::Fixed(self.check(count, |_| validate::whole("count", *number, 1, MOST_ROUNDS))?)
                }
                other => {
                    let other = other.to_string();
                    let message = format!(
                        "count is {}: allowed are \"auto\" and whole numbers from 1 to {MOST_ROUNDS}",
                        printable::value(&other)
                    );
                    return Err(self.error(count.span(), &message));
                }
            },
        };
        let seconds = |field: &'static str, value: &Option<Spanned<f64>>, default: f64| match value {
            None => Ok(default),
            Some(value) => self.check(value, |seconds| validate::seconds(field, *seconds)),
        };
        Ok(TrialPlan {
            count,
            minimum: self.whole("minimum", raw.minimum.as_ref(), 1, MOST_ROUNDS)?.unwrap_or(default.minimum),
            warmups: self.whole("warmups", raw.warmups.as_ref(), 0, validate::MOST_WARMUPS)?.unwrap_or(default.warmups),
            budget_seconds: seconds("budget_s", &raw.budget_s, default.budget_seconds)?,
            timeout_seconds: seconds("timeout_s", &raw.timeout_s, default.timeout_seconds)?,
        })
    }

    fn models(&self, raw: &RawModels) -> Result<(Vec<Contender>, Vec<LeftOut>), FileError> {
        let mut left_out = Vec::new();
        if let Some(table) = &raw.leave_out {
            for (name, reason) in table.get_ref() {
                let contender =
                    name.parse().map_err(|error| self.error(table.span(), &format!("leave_out: {error}")))?;
                validate::line(name.clone(), reason)
                    .map_err(|bad| self.error(table.span(), &format!("leave_out: {bad}")))?;
                left_out.push(LeftOut { contender, reason: reason.clone() });
            }
        }
        let Some(include) = &raw.include else {
            let native = ModelId::all().filter(|model| !model.is_python()).map(Contender::of);
            let kept = native.filter(|one| left_out.iter().all(|left| !left.contender.is_like(one)));
            let kept: Vec<Contender> = kept.collect();
            return match &raw.leave_out {
                Some(table) if kept.is_empty() => {
                    let message = "leave_out takes out every Rust model: name the models to run in include";
                    Err(self.error(table.span(), message))
                }
                _ => Ok((kept, left_out)),
            };
        };
        for name in include.get_ref() {
            let contender: Contender =
                name.get_ref().parse().map_err(|error| self.error(name.span(), &format!("include: {error}")))?;
            if left_out.iter().any(|left| left.contender.is_like(&contender)) {
                return Err(self.error(name.span(), &format!("{} is included and left out at once", name.get_ref())));
            }
        }
        if include.get_ref().is_empty() {
            return Err(self.error(include.span(), "include is empty: at least one model is needed"));
        }
        if include.get_ref().len() > validate::MOST_MODELS {
            let (many, most) = (include.get_ref().len(), validate::MOST_MODELS);
            return Err(self.error(include.span(), &format!("include has {many} entries: at most {most} are allowed")));
        }
        let models = contenders(include.get_ref().iter().map(|name| name.get_ref().as_str()));
        Ok((models.map_err(|error| self.error(include.span(), &error.to_string()))?, left_out))
    }
}

/// What a file that names no reference compares with: the plain loop, or where the file leaves it out, the first plain
/// loop of another host, else the first model.
fn default_reference(models: &[Contender]) -> Contender {
    let sequential = Contender::of(ModelId::Sequential);
    if models.is_empty() || models.contains(&sequential) {
        return sequential;
    }
    let plain_loop = models.iter().find(|one| one.model.info().family == Family::Sequential);
    plain_loop.or(models.first()).cloned().unwrap_or(sequential)
}
