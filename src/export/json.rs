//! Everything but tasks and CPU samples in one JSON document, streamed: the columns of summary and
//! trials under the same names, numbers as numbers, `null` for what was not measured.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::cell::Cell;
use super::{summary_csv, trials_csv};
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

/// All models; each is built only when its turn comes.
struct Models<'a> {
    results: &'a Results,
    analysis: &'a Analysis,
}

impl Serialize for Models<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { results, analysis } = *self;
        serializer.collect_seq(analysis.summaries.iter().map(|summary| Model {
            columns: Columns { names: &summary_csv::COLUMNS, cells: summary_csv::row(results, analysis, summary) },
            reason: Cell::from(summary.reason.as_deref()),
            trials: Trials { results, summary },
        }))
    }
}

/// A row under the names of its columns. In a model `trials` holds the list, so the count is
/// `completed_trials`; what increments came to is `expected` and `got`, beside `lost_updates`.
struct Columns {
    names: &'static [&'static str],
    cells: Vec<Cell>,
}

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().map(|column| key(column)).zip(&self.cells))
    }
}

/// The key of a column in JSON.
pub(super) fn key(column: &'static str) -> &'static str {
    match column {
        "trials" => "completed_trials",
        "expected_updates" => "expected",
        "got_updates" => "got",
        same => same,
    }
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(flatten)]
    columns: Columns,
    reason: Cell,
    trials: Trials<'a>,
}

struct Trials<'a> {
    results: &'a Results,
    summary: &'a Summary,
}

impl Serialize for Trials<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.results.measured(&self.summary.contender);
        serializer.collect_seq(
            own.map(|trial| Columns { names: &trials_csv::COLUMNS, cells: trials_csv::row(self.results, trial) }),
        )
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
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}
