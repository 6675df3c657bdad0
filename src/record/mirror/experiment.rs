//! An experiment as TOML with a row per named task, and the contenders as rows.

use std::path::Path;

use rusqlite::Connection;

use super::row::{RowIn, RowOut};
use crate::experiment::file;
use crate::experiment::{Experiment, SourceText};
use crate::model::Host;
use crate::printable;
use crate::record::error::Problem;
use crate::workload::{ListedTask, MOST_TASKS, Step, Tasks};

/// Parts of an experiment that its TOML does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::record) struct Settled {
    /// Tag of the interpreter that models of Python without a named one ran on.
    pub(in crate::record) first_python: Option<String>,
    /// The models were not named.
    pub(in crate::record) models_by_default: bool,
}

impl Settled {
    pub(in crate::record) fn of(experiment: &Experiment) -> Self {
        let all = experiment.models.iter().chain([&experiment.reference]);
        let all = all.chain(experiment.left_out.iter().map(|left| &left.contender));
        let tag = |host: &Host| match host {
            Host::Python(python) if !python.named => Some(python.tag.clone()),
            _ => None,
        };
        Self {
            first_python: all.filter_map(|one| tag(&one.host)).find(|tag| !tag.is_empty()),
            models_by_default: experiment.models_by_default,
        }
    }
}

/// The text of an experiment, without its task list.
pub(in crate::record) fn to_toml(experiment: &Experiment) -> String {
    let mut plain = experiment.clone();
    // Every model is named: what the default is may change.
    plain.models_by_default = false;
    if matches!(plain.workload.tasks, Tasks::List(_)) {
        plain.workload.tasks = Tasks::Alike { count: 1, steps: Vec::new() };
    }
    if let Tasks::Alike { steps, .. } = &mut plain.workload.tasks {
        steps.iter_mut().for_each(hide_home);
    }
    file::to_toml(&plain)
}

/// Replaces the home folder in paths by `~`, which is read again as the home folder.
fn hide_home(step: &mut Step) {
    let hide = |text: &mut String| *text = printable::without_home(text).into_owned();
    match step {
        Step::Call { file, arguments, .. } => [file].into_iter().chain(arguments).for_each(hide),
        Step::Command { argv } => argv.iter_mut().for_each(hide),
        _ => {}
    }
}

/// One row per named task.
pub(in crate::record) fn write_tasks(experiment: &Experiment, connection: &Connection) -> Result<(), Problem> {
    let Tasks::List(list) = &experiment.workload.tasks else { return Ok(()) };
    let mut statement = connection.prepare("INSERT INTO listed_task VALUES (?1, ?2, ?3, ?4)")?;
    for (index, task) in list.iter().enumerate() {
        statement.execute((index as i64, &task.name, task.compute_ms, task.wait_ms))?;
    }
    Ok(())
}

/// One row per contender, in their order.
pub(in crate::record) fn contenders(experiment: &Experiment) -> Vec<RowOut> {
    let row = |(index, contender): (usize, &crate::model::Contender)| {
        let mut row = RowOut::default();
        row.number("id", index as u64 + 1)
            .put("model", contender.to_string())
            .put("title", contender.title())
            .put("host", contender.host.name())
            .put("is_reference", contender.is_same(&experiment.reference))
            .put("settings", Some(contender.settings.to_string()).filter(|text| !text.is_empty()))
            .text("label", contender.label.as_deref());
        row
    };
    experiment.models.iter().enumerate().map(row).collect()
}

/// Reads the experiment of a run.
pub(in crate::record) fn read(toml: &str, settled: &Settled, connection: &Connection) -> Result<Experiment, Problem> {
    refuse_other_files(toml)?;
    let parsed = file::parse(toml, "run.experiment", Path::new(""));
    let mut experiment = parsed.map_err(|mistakes| Problem::Experiment(Box::new(mistakes)))?;
    // Not a text that the user has written.
    experiment.source = SourceText::default();
    if let Some(list) = read_tasks(connection)? {
        experiment.workload.tasks = Tasks::List(list.into());
    }
    experiment.models_by_default = settled.models_by_default;
    let tag = settled.first_python.clone().unwrap_or_default();
    let left_out = experiment.left_out.iter_mut().map(|left| &mut left.contender);
    for contender in experiment.models.iter_mut().chain([&mut experiment.reference]).chain(left_out) {
        if let Host::Python(python) = &mut contender.host
            && !python.named
        {
            python.tag.clone_from(&tag);
        }
    }
    experiment.validate()?;
    Ok(experiment)
}

/// An experiment file may name a task list; one inside a run may not, since opening a run opens nothing else.
fn refuse_other_files(toml: &str) -> Result<(), Problem> {
    let table: toml::Table = toml.parse().map_err(|error| Problem::NotToml(Box::new(error)))?;
    match table.get("workload").and_then(|workload| workload.get("task_list")) {
        Some(_) => Err(Problem::NamesAFile),
        None => Ok(()),
    }
}

fn read_tasks(connection: &Connection) -> Result<Option<Vec<ListedTask>>, Problem> {
    let mut statement = connection.prepare("SELECT * FROM listed_task ORDER BY task")?;
    let mut rows = statement.query([])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let number = list.len() as i64;
        let row = RowIn { row, table: "listed_task", number };
        if row.signed("task")? != number || list.len() >= MOST_TASKS as usize {
            return Err(row.wrong("task", "the next number, and below 1,000,000"));
        }
        let ms = |column| row.needed(column, row.real(column)?);
        list.push(ListedTask {
            name: row.needed_text("name")?,
            compute_ms: ms("compute_ms")?,
            wait_ms: ms("wait_ms")?,
        });
    }
    Ok((!list.is_empty()).then_some(list))
}

/// Checks that the rows of `contender` are the models of the experiment.
pub(in crate::record) fn check_contenders(experiment: &Experiment, connection: &Connection) -> Result<(), Problem> {
    let mut statement = connection.prepare("SELECT * FROM contender ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut expected = experiment.models.iter().enumerate();
    while let Some(row) = rows.next()? {
        let row = RowIn { row, table: "contender", number: row.get("id")? };
        let (index, contender) = expected.next().ok_or(Problem::TooMany("contenders"))?;
        if row.number != index as i64 + 1 || row.needed_text("model")? != contender.to_string() {
            return Err(row.wrong("model", "the model of the experiment"));
        }
    }
    match expected.next() {
        Some(_) => Err(Problem::MissingRow("contender")),
        None => Ok(()),
    }
}
