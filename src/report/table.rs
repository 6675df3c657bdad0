//! Table of results: one row per model, fastest first, with the columns that the workload has.

use crate::analysis::metric::{self, Metric, ModelContext, TerminalColumn};
use crate::analysis::{Analysis, Summary};
use crate::export::cell::escaped;
use crate::model::{Contender, ModelId};
use crate::results::Results;
use crate::units;
use crate::workload::Step;

/// A table of results.
pub struct ResultTable<'a> {
    /// Columns after the model's title.
    pub columns: Vec<(&'static Metric, TerminalColumn)>,
    /// One per model.
    pub rows: Vec<ResultRow<'a>>,
}

/// A model's row.
pub struct ResultRow<'a> {
    /// The model.
    pub summary: &'a Summary,
    /// Its figures.
    pub content: RowContent,
}

/// Content of a row.
pub enum RowContent {
    /// One text per column.
    Figures(Vec<String>),
    /// There is no measured trial: the status.
    Status(&'static str),
}

impl<'a> ResultTable<'a> {
    /// Returns the table of one point.
    #[must_use]
    pub fn of(results: &'a Results, analysis: &'a Analysis) -> Self {
        let context = |summary| ModelContext::new(results, analysis, summary);
        let measured = |metric: &Metric| {
            let has_value = |summary| metric.of_model(&context(summary)).is_some();
            analysis.summaries.iter().any(has_value)
        };
        let columns: Vec<_> = metric::terminal_columns()
            .iter()
            .copied()
            .filter(|(metric, column)| column.always || measured(metric))
            .collect();
        let row = |summary: &'a Summary| {
            let model = context(summary);
            let content = match summary.wall {
                None => RowContent::Status(summary.status.map_or("not run", |status| status.name())),
                Some(_) => RowContent::Figures(columns.iter().map(|(metric, _)| cell(metric, &model)).collect()),
            };
            ResultRow { summary, content }
        };
        let rows = analysis.fastest_first().into_iter().map(row).collect();
        Self { columns, rows }
    }
}

impl ResultTable<'_> {
    /// Returns the table as text to paste into a spreadsheet: a line of heads, then one per model, with tabs between the
    /// cells. No cell is a formula.
    #[must_use]
    pub fn tab_separated(&self) -> String {
        let heads = self.columns.iter().map(|(metric, _)| metric.head);
        let mut lines = vec![std::iter::once("model").chain(heads).collect::<Vec<_>>().join("\t")];
        for row in &self.rows {
            let mut cells = vec![escaped(&row.summary.contender.title()).into_owned()];
            match &row.content {
                RowContent::Figures(figures) => cells.extend(figures.iter().map(|figure| escaped(figure).into_owned())),
                RowContent::Status(status) => cells.push((*status).to_owned()),
            }
            lines.push(cells.join("\t"));
        }
        lines.join("\n")
    }
}

fn cell(metric: &Metric, model: &ModelContext<'_>) -> String {
    match (metric.of_model(model), metric.warning_of(model)) {
        (None, _) => "–".to_owned(),
        (Some(value), None) => value,
        (Some(value), Some(_)) => format!("{value}, wrong"),
    }
}

/// Share by which a median of ratios may differ from the ratio of the medians without a note.
const APART_FROM: f64 = 0.05;

/// Returns true if the figure "times as fast" differs visibly from the ratio of the times beside it.
fn ratio_is_apart(analysis: &Analysis, summary: &Summary) -> bool {
    let wall = |contender: &Contender| {
        let of_it = analysis.summaries.iter().find(|one| one.contender == *contender)?;
        Some(of_it.wall.as_ref()?.median)
    };
    let Some(((ratio, reference), own)) =
        summary.times_as_fast.zip(summary.reference.as_ref().and_then(wall)).zip(wall(&summary.contender))
    else {
        return false;
    };
    (ratio.median / (reference / own) - 1.0).abs() > APART_FROM
}

/// Returns notes on figures that do not mean the same for every model.
#[must_use]
pub fn notes(results: &Results, analysis: &Analysis) -> Vec<String> {
    let mut notes = Vec::new();
    let measured = || analysis.summaries.iter().filter(|summary| summary.wall.is_some());
    if measured().any(|summary| summary.memory_is_a_sum() && summary.model_memory_bytes.is_some()) {
        let pss = if measured().any(|summary| summary.pss_bytes.is_some()) {
            "; PSS counts it once, right after the clock with all workers up"
        } else {
            ""
        };
        notes.push(format!(
            "Peak memory \"up to\": the sum over all processes, in which memory that they share counts for each{pss}."
        ));
    }
    if results.experiment.workload.steps().iter().any(|step| matches!(step, Step::Command { .. })) {
        // Of a process that has ended, the system reports the larger of its own peak and those of its children.
        let ended = measured().filter(|summary| summary.contender.model == ModelId::Processes);
        let ended: Vec<String> = ended.map(|summary| summary.contender.title()).collect();
        let except = match ended.is_empty() {
            true => String::new(),
            false => format!("; under {} a task counts as the larger of its process and its program", ended.join(", ")),
        };
        notes.push(format!("Peak memory is that of the processes that run the programs, not of the programs{except}."));
    }
    let apart: Vec<String> =
        measured().filter(|one| ratio_is_apart(analysis, one)).map(|one| one.contender.title()).collect();
    if !apart.is_empty() {
        notes.push(format!(
            "\"Times as fast\" compares the models within each round and is the median of that; the ratio of the median times \
             is another for {}.",
            apart.join(", ")
        ));
    }
    let waits = [
        ("GIL wait", measured().any(|summary| summary.gil_wait_nanos.is_some())),
        ("lock wait", measured().any(|summary| summary.lock_wait_nanos.is_some())),
    ];
    let waits: Vec<&str> = waits.iter().filter(|(_, is_column)| *is_column).map(|(name, _)| *name).collect();
    if !waits.is_empty() {
        let waits = units::capitalised(&waits.join(" and "));
        notes.push(format!("{waits}: summed over all tasks of a trial."));
    }
    let mut methods: Vec<&str> = measured().filter_map(|summary| summary.start_method.as_deref()).collect();
    methods.sort_unstable();
    methods.dedup();
    for method in methods {
        let by = measured().filter(|summary| summary.start_method.as_deref() == Some(method));
        let titles: Vec<String> = by.map(|summary| summary.contender.title()).collect();
        notes.push(format!("Start method {method}: {}.", titles.join(", ")));
    }
    notes
}
