//! Metrics that identify a row: experiment, model, host, settings, status.

use super::context::ModelContext;
use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::analysis::Caveat;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::Runtime;

metrics! {
    /// Id of the experiment.
    EXPERIMENT = Metric::new("experiment", "experiment", Unit::Text)
        .summary(0, |model| model.results.experiment.id.as_str().into())
        .trials(0, |trial| trial.results.experiment.id.as_str().into());
    /// Id of the contender.
    MODEL = Metric::new("model", "model", Unit::Text)
        .summary(1, |model| model.results.experiment.row_name(&model.summary.contender).into())
        .trials(1, |trial| trial.results.experiment.row_name(&trial.trial.contender).into());
    /// Host of the contender.
    HOST = Metric::new("host", "host", Unit::Text)
        .summary(2, |model| model.summary.contender.host.name().into())
        .trials(2, |trial| trial.trial.contender.host.name().into());
    /// Version of the lab or of the interpreter that ran the trials.
    RUNTIME = Metric::new("runtime", "runtime", Unit::Text)
        .summary(3, |model| runtime(model).into())
        .trials(29, |trial| trial.runtime().map(Runtime::describe).into())
        .only_if(|model| model.summary.contender.host.is_python())
        .detail(30, "Runtime", |model| model.summary.runtime.as_ref().map(Runtime::describe));
    /// Number of tasks.
    TASKS = Metric::new("tasks", "tasks", Unit::Count)
        .summary(4, |model| model.results.experiment.workload.task_count().into());
    /// Actual number of workers.
    WORKERS = Metric::new("workers", "workers", Unit::Count)
        .summary(5, |model| model.summary.workers.into())
        .detail(21, "Workers", |model| {
            Some(model.summary.workers.map_or_else(|| "no pool".to_owned(), |workers| workers.to_string()))
        });
    /// Completed measured trials. In JSON `trials` is the list of them.
    TRIALS = Metric::new("trials", "trials", Unit::Count)
        .summary(6, |model| model.summary.trials.into())
        .key("completed_trials")
        .terminal(17, 7)
        .text(|model| Some(trials(model)))
        .detail(0, "Trials", |model| Some(model.summary.trials.to_string()));
    /// Number of the round.
    TRIAL = Metric::new("trial", "trial", Unit::Count).trials(3, |trial| Value::Integer(trial.trial.round.into()));
    /// Position in the order of all trials.
    POSITION = Metric::new("position", "position", Unit::Count).trials(4, |trial| trial.trial.position.into());
    /// Status of the model or trial.
    STATUS = Metric::new("status", "status", Unit::Text)
        .summary(7, |model| model.summary.status.map(|status| status.name()).into())
        .trials(5, |trial| trial.trial.status.name().into());
    /// Warnings about the model and about the run, since a row may be read without its neighbours.
    CAVEATS = Metric::new("caveats", "caveats", Unit::Text).summary(33, |model| {
        let caveats = model.summary.caveats.iter().chain(model.run_caveats);
        caveats.map(Caveat::label).collect::<Vec<_>>().join("; ").into()
    });
    /// Contender that the model is compared with.
    REFERENCE = Metric::new("reference", "reference", Unit::Text)
        .summary(34, |model| {
            let name = |reference| model.results.experiment.row_name(reference);
            model.summary.reference.as_ref().map(name).into()
        });
    /// Rule for the amount of work on each host: the same time or the same algorithm.
    WORK = Metric::new("work", "work", Unit::Text)
        .summary(37, |model| model.results.experiment.workload.work.name().into());
    /// Seed of the amounts and of the order.
    SEED = Metric::new("seed", "seed", Unit::Count)
        .summary(38, |model| Value::Count(model.results.experiment.workload.seed));
    /// Version of the lab that measured.
    LAB_VERSION =
        Metric::new("lab_version", "lab version", Unit::Text).summary(42, |model| lab_version(model.results).into());
    /// Start of the run or trial.
    STARTED_AT = Metric::new("started_at", "started at", Unit::Timestamp)
        .summary(43, |model| Value::Timestamp(model.results.started_at_ms))
        .trials(16, |trial| Value::Timestamp(trial.trial.started_at_ms));
    /// Start method of `multiprocessing`.
    START_METHOD = Metric::new("start_method", "start method", Unit::Text)
        .summary(55, |model| model.summary.start_method.as_deref().into())
        .trials(32, |trial| trial.runtime().and_then(|runtime| runtime.start_method.as_deref()).into());
    /// Setting that is swept.
    SWEEP_KEY = Metric::new("sweep_key", "swept", Unit::Text)
        .summary(59, |model| sweep_key(model.results).into())
        .trials(34, |trial| sweep_key(trial.results).into());
    /// Value of the swept setting.
    SWEEP_VALUE = Metric::new("sweep_value", "value", Unit::Number)
        .summary(60, |model| sweep_value(model.results))
        .trials(35, |trial| sweep_value(trial.results));
    /// Settings of the contender alone.
    SETTINGS = Metric::new("settings", "settings", Unit::Text)
        .help("Settings that hold for this row alone")
        .summary(61, |model| settings(&model.summary.contender).into())
        .trials(36, |trial| settings(&trial.trial.contender).into())
        .only_if(|model| !model.summary.contender.settings.is_empty())
        .detail(40, "Settings", |model| settings(&model.summary.contender));
    /// Label of the contender, shown instead of its settings.
    LABEL = Metric::new("label", "label", Unit::Text)
        .json(|model| model.summary.contender.label.as_deref().into());
    /// Sum over the results of all tasks.
    CHECKSUM = Metric::new("checksum", "checksum", Unit::Text)
        .trials(15, |trial| trial.measured().map(|measured| format!("0x{:016x}", measured.checksum)).into());
    /// Reason why it did not complete.
    REASON = Metric::new("reason", "reason", Unit::Text)
        .json(|model| model.summary.reason.as_deref().into())
        .trials(17, |trial| trial.trial.reason().into());
}

/// Name of the swept setting; `None` without a sweep.
pub fn sweep_key(results: &Results) -> Option<String> {
    results.point.as_ref().map(|point| point.key.to_string())
}

/// Settings of a contender alone, as on the command line: `workers=8,cpus=0-3+6`; `None` if it has none.
pub fn settings(contender: &Contender) -> Option<String> {
    (!contender.settings.is_empty()).then(|| contender.settings.to_string())
}

/// Value of the swept setting, in the unit of its key: an integer where only whole numbers are allowed. Missing without
/// a sweep.
pub fn sweep_value(results: &Results) -> Value {
    let Some(point) = &results.point else { return Value::Missing };
    match point.key.range(&results.experiment.workload) {
        Ok(range) if range.is_whole() => Value::Count(point.value.round() as u64),
        _ => Value::Number(point.value),
    }
}

/// Formats the number of completed trials: "7", "6 (1 failed)".
fn trials(model: &ModelContext<'_>) -> String {
    use crate::trial::Status;
    let own = model.results.measured(&model.summary.contender);
    let failed = own.filter(|trial| trial.status == Status::Failed).count();
    let trials = model.summary.trials;
    if failed > 0 { format!("{trials} ({failed} failed)") } else { trials.to_string() }
}

/// Returns the version of the lab that measured, as recorded with the machine.
fn lab_version(results: &Results) -> &str {
    results.machine.as_ref().map_or(env!("CARGO_PKG_VERSION"), |machine| &machine.lab_version)
}

/// Describes the interpreter that ran the trials, or the lab.
fn runtime(model: &ModelContext<'_>) -> String {
    let (results, summary) = (model.results, model.summary);
    if !summary.contender.host.is_python() {
        return format!("concurrency-lab {}", lab_version(results));
    }
    let found = || results.interpreters.of(&summary.contender.host).ok().map(|one| format!("CPython {}", one.version));
    summary.runtime.as_ref().map(Runtime::describe).or_else(found).unwrap_or_default()
}
