//! JSON document with everything but tasks and CPU samples, streamed: the columns of summary and trials under the same
//! names, numbers as numbers, `null` for missing measurements.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::cell::Cell;
use super::json_writer;
use crate::analysis::metric::{ModelContext, TrialContext, summary_columns, trial_columns};
use crate::analysis::{Analysis, Caveat, Summary};
use crate::experiment::Experiment;
use crate::results::Results;
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
    calibrations: &'a HostCalibrations,
    caveats: Vec<CaveatEntry>,
    verdict: VerdictEntry<'a>,
    models: Models<'a>,
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
    remarks: &'a [String],
}

/// All models; each is built when it is written.
struct Models<'a> {
    results: &'a Results,
    analysis: &'a Analysis,
}

impl Serialize for Models<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { results, analysis } = *self;
        serializer.collect_seq(analysis.summaries.iter().map(|summary| {
            let model = ModelContext::new(results, analysis, summary);
            let columns = summary_columns().iter().map(|column| (column.key, (column.value)(&model).into()));
            Model { columns: Columns(columns.collect()), trials: Trials { results, summary } }
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
    trials: Trials<'a>,
}

struct Trials<'a> {
    results: &'a Results,
    summary: &'a Summary,
}

impl Serialize for Trials<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.results.measured(&self.summary.contender);
        serializer.collect_seq(own.map(|trial| {
            let trial = TrialContext { results: self.results, trial };
            Columns(trial_columns().iter().map(|column| (column.key, (column.value)(&trial).into())).collect())
        }))
    }
}

/// Writes the document.
pub(super) fn write(results: &Results, analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let entry = |caveat: &Caveat| CaveatEntry { label: caveat.label(), remedy: caveat.remedy() };
    let document = Document {
        format: Format { name: "concurrency-lab", version: 1 },
        machine: results.machine.as_deref(),
        experiment: &results.experiment,
        calibrations: &results.calibrations,
        caveats: analysis.caveats.iter().map(entry).collect(),
        verdict: VerdictEntry {
            disturbance: analysis.verdict.disturbance.as_deref(),
            headline: &analysis.verdict.headline,
            cause: &analysis.verdict.cause,
            uncertainty: &analysis.verdict.uncertainty,
            fastest: analysis.verdict.fastest.iter().map(ToString::to_string).collect(),
            remarks: &analysis.verdict.remarks,
        },
        models: Models { results, analysis },
    };
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    json_writer::write(&mut out, &document)?;
    out.flush()
}
