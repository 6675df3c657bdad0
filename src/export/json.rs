//! JSON document with everything but tasks and CPU samples, streamed: the columns of summary and trials under the same
//! names, numbers as numbers, `null` for missing measurements.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::cell::Cell;
use super::{classes_csv, json_writer};
use crate::analysis::metric::{ModelContext, TrialContext, summary_columns, trial_columns};
use crate::analysis::step_times::{StepTime, step_times};
use crate::analysis::time_budget::{self, Stack, TimeBudget};
use crate::analysis::{Caveat, ClassFigures, RunAnalysis, Summary};
use crate::experiment::Experiment;
use crate::results::{Results, RunResults};
use crate::session::{HostCalibrations, Machine};

/// Name and version of the document's format.
#[derive(Serialize)]
struct Format {
    name: &'static str,
    version: u32,
}

#[derive(Serialize)]
struct Document<'a> {
    format: Format,
    machine: Option<&'a Machine>,
    experiment: &'a Experiment,
    /// The user's note on the stored run.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep: Option<SweepEntry<'a>>,
    calibrations: &'a HostCalibrations,
    caveats: Vec<CaveatEntry>,
    verdict: VerdictEntry<'a>,
    models: Models<'a>,
}

/// Findings over all points of a sweep.
#[derive(Serialize)]
struct SweepEntry<'a> {
    key: String,
    values: &'a [f64],
    headline: &'a str,
    sentences: &'a [String],
}

#[derive(Serialize)]
struct CaveatEntry {
    label: String,
    remedy: String,
}

#[derive(Serialize)]
struct VerdictEntry<'a> {
    disturbance: Option<&'a str>,
    headline: &'a str,
    cause: &'a str,
    uncertainty: &'a str,
    fastest: Vec<String>,
    remarks: Vec<&'a str>,
}

/// All models at all points; each is built when it is written.
struct Models<'a> {
    run: &'a RunResults,
    analysis: &'a RunAnalysis,
}

impl Serialize for Models<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let points = self.run.points.iter().zip(&self.analysis.points);
        let all = points
            .flat_map(|(results, analysis)| analysis.summaries.iter().map(move |summary| (results, analysis, summary)));
        serializer.collect_seq(all.map(|(results, analysis, summary)| {
            let model = ModelContext::new(results, analysis, summary);
            let columns = summary_columns().iter().map(|column| (column.key, (column.value)(&model).into()));
            Model {
                columns: Columns(columns.collect()),
                classes: Classes(&summary.classes),
                steps: step_times(results, summary).into_iter().map(StepEntry::of).collect(),
                trials: Trials { results, summary },
            }
        }))
    }
}

/// A row as an object with the keys of its columns.
struct Columns(Vec<(&'static str, Cell)>);

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, cell)| (key, cell)))
    }
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(flatten)]
    columns: Columns,
    #[serde(skip_serializing_if = "Classes::is_empty")]
    classes: Classes<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepEntry>,
    trials: Trials<'a>,
}

/// Classes of tasks, with the names of their table.
struct Classes<'a>(&'a [ClassFigures]);

impl Classes<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Classes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|class| Columns(classes_csv::figures(class).to_vec())))
    }
}

/// Time of one of several steps.
#[derive(Serialize)]
struct StepEntry {
    /// Its name among the settings of steps: "step.1".
    step: String,
    what: &'static str,
    ms_mean: Option<f64>,
}

impl StepEntry {
    fn of(time: StepTime) -> Self {
        Self { step: time.label.key, what: time.label.what, ms_mean: time.nanos.map(|nanos| nanos / 1e6) }
    }
}

#[derive(Serialize)]
struct TrialEntry {
    #[serde(flatten)]
    columns: Columns,
    time_budget: Option<BudgetEntry>,
}

/// Time budget of a completed trial. The parts that are not `null` add up to the total.
#[derive(Serialize)]
struct BudgetEntry {
    cores: u32,
    core_ms: Columns,
    /// `null` where the phases of the tasks are not known.
    task_ms: Option<Columns>,
    notes: Vec<String>,
}

impl BudgetEntry {
    fn of(budget: &TimeBudget) -> Self {
        let columns = |stack: &Stack| {
            let parts = stack.parts.iter().map(|(part, nanos)| (part.key(), *nanos));
            let all = std::iter::once(("total", Some(stack.total))).chain(parts);
            Columns(all.map(|(key, nanos)| (key, nanos.map(|nanos| nanos as f64 / 1e6).into())).collect())
        };
        Self {
            cores: budget.cores,
            core_ms: columns(&budget.core_seconds),
            task_ms: budget.task_seconds.as_ref().map(columns),
            notes: time_budget::notes(budget),
        }
    }
}

struct Trials<'a> {
    results: &'a Results,
    summary: &'a Summary,
}

impl Serialize for Trials<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.results.measured(&self.summary.contender);
        serializer.collect_seq(own.map(|trial| {
            let budget = TimeBudget::of_trial(self.results, trial);
            let trial = TrialContext { results: self.results, trial };
            let columns = trial_columns().iter().map(|column| (column.key, (column.value)(&trial).into()));
            TrialEntry { columns: Columns(columns.collect()), time_budget: budget.as_ref().map(BudgetEntry::of) }
        }))
    }
}

/// Writes the document.
pub(super) fn write(run: &RunResults, analysis: &RunAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let (results, first) = (run.first(), analysis.first());
    let entry = |caveat: &Caveat| CaveatEntry { label: caveat.label(), remedy: caveat.remedy() };
    let mut caveats: Vec<CaveatEntry> = Vec::new();
    for caveat in analysis.points.iter().flat_map(|point| &point.caveats) {
        let caveat = entry(caveat);
        if caveats.iter().all(|known| known.label != caveat.label) {
            caveats.push(caveat);
        }
    }
    let (verdict, disturbance) = (&first.verdict, analysis.disturbance());
    let document = Document {
        format: Format { name: "concurrency-lab", version: 1 },
        machine: results.machine.as_deref(),
        experiment: &run.experiment,
        note: run.note.as_deref(),
        sweep: analysis.scaling.as_ref().map(|scaling| SweepEntry {
            key: scaling.key.to_string(),
            values: &scaling.values,
            headline: &scaling.headline,
            sentences: &scaling.sentences,
        }),
        calibrations: &results.calibrations,
        caveats,
        verdict: match &analysis.scaling {
            // The verdict of one point would be taken for that of the sweep.
            Some(scaling) => VerdictEntry {
                disturbance: disturbance.as_deref(),
                headline: &scaling.headline,
                cause: "",
                uncertainty: "",
                fastest: Vec::new(),
                remarks: scaling.sentences.iter().map(String::as_str).collect(),
            },
            None => VerdictEntry {
                disturbance: verdict.disturbance.as_deref(),
                headline: &verdict.headline,
                cause: &verdict.cause,
                uncertainty: &verdict.uncertainty,
                fastest: verdict.fastest.iter().map(ToString::to_string).collect(),
                remarks: verdict.remarks.iter().map(|remark| remark.sentence.as_str()).collect(),
            },
        },
        models: Models { run, analysis },
    };
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    json_writer::write(&mut out, &document)?;
    out.flush()
}
