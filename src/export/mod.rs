//! Export of results to files for other programs: CSV and JSON.

pub mod cell;
mod classes_csv;
mod cpu_csv;
mod csv_out;
mod dialect;
mod json;
pub mod json_writer;
mod summary_csv;
mod tasks_csv;
mod trials_csv;

use std::io::{self, Write};

use crate::analysis::RunAnalysis;
use crate::results::RunResults;
pub use dialect::CsvDialect;

/// Kind of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One row per model.
    SummaryCsv,
    /// One row per trial.
    TrialsCsv,
    /// One row per task of each trial.
    TasksCsv,
    /// One row per core and CPU sample.
    CpuCsv,
    /// One row per class of tasks and model.
    ClassesCsv,
    /// Everything but tasks and CPU samples, in one document.
    Json,
}

impl Kind {
    /// All kinds, in the order offered.
    pub const ALL: [Self; 6] =
        [Self::SummaryCsv, Self::TrialsCsv, Self::TasksCsv, Self::CpuCsv, Self::ClassesCsv, Self::Json];

    /// Returns the title on buttons.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SummaryCsv => "Summary (CSV)",
            Self::TrialsCsv => "Trials (CSV)",
            Self::TasksCsv => "Tasks (CSV)",
            Self::CpuCsv => "CPU usage (CSV)",
            Self::ClassesCsv => "Classes (CSV)",
            Self::Json => "Everything (JSON)",
        }
    }

    /// Suggests a file name for an experiment: `quick-tour-summary.csv`.
    #[must_use]
    pub fn file_name(self, experiment: &str) -> String {
        match self {
            Self::SummaryCsv => format!("{experiment}-summary.csv"),
            Self::TrialsCsv => format!("{experiment}-trials.csv"),
            Self::TasksCsv => format!("{experiment}-tasks.csv"),
            Self::CpuCsv => format!("{experiment}-cpu.csv"),
            Self::ClassesCsv => format!("{experiment}-classes.csv"),
            Self::Json => format!("{experiment}.json"),
        }
    }
}

/// Writes one export to `out`; the dialect applies to tables only. May read spans back from disk, so call it off the UI
/// thread.
///
/// # Errors
/// The error of writing, or of reading the spans back.
pub fn write(
    kind: Kind,
    run: &RunResults,
    analysis: &RunAnalysis,
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    match kind {
        Kind::SummaryCsv => summary_csv::write(run, analysis, dialect, out),
        Kind::TrialsCsv => trials_csv::write(run, dialect, out),
        Kind::TasksCsv => tasks_csv::write(run, dialect, out),
        Kind::CpuCsv => cpu_csv::write(run, dialect, out),
        Kind::ClassesCsv => classes_csv::write(run, analysis, dialect, out),
        Kind::Json => json::write(run, analysis, out),
    }
}

#[cfg(test)]
mod tests;
