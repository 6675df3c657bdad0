//! Kinds of files that a run is written to, with their names. The command line, the window and file names have them from
//! here.

use std::path::Path;

use crate::chart::ChartKind;
use crate::export;
use crate::results::RunResults;

/// Format of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// Vector graphics.
    Svg,
    /// Pixels.
    Png,
}

impl Picture {
    /// Returns the format that the ending of a path means.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let ends_in = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        [(Self::Svg, "svg"), (Self::Png, "png")].into_iter().find(|(_, ending)| ends_in(ending)).map(|(one, _)| one)
    }
}

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A table or document for other programs.
    Export(export::Kind),
    /// Report as Markdown.
    Markdown,
    /// Report as one HTML file.
    Html,
    /// Tasks of a trial of each model, for trace viewers.
    Trace,
    /// A chart.
    Chart(ChartKind, Picture),
}

impl Kind {
    /// All kinds, in the order offered. A chart becomes a PNG by the ending of its file.
    pub const ALL: [Self; 15] = [
        Self::Export(export::Kind::SummaryCsv),
        Self::Export(export::Kind::TrialsCsv),
        Self::Export(export::Kind::TasksCsv),
        Self::Export(export::Kind::CpuCsv),
        Self::Export(export::Kind::ClassesCsv),
        Self::Export(export::Kind::Json),
        Self::Html,
        Self::Markdown,
        Self::Trace,
        Self::Chart(ChartKind::Comparison, Picture::Svg),
        Self::Chart(ChartKind::Cpu, Picture::Svg),
        Self::Chart(ChartKind::Timeline, Picture::Svg),
        Self::Chart(ChartKind::TimeBudget, Picture::Svg),
        Self::Chart(ChartKind::Distribution, Picture::Svg),
        Self::Chart(ChartKind::Scaling, Picture::Svg),
    ];

    /// Endings that [`Self::of_path`] knows.
    pub const ENDINGS: &'static str = ".md, .html, .svg, .png, .trace.json";

    /// Returns the kind of report that the ending of a path means; `chart` is the chart of a picture.
    #[must_use]
    pub fn of_path(path: &Path, chart: ChartKind) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let ends_in = |ending: &str| name.ends_with(ending);
        match () {
            () if ends_in(".md") => Some(Self::Markdown),
            () if ends_in(".html") => Some(Self::Html),
            () if ends_in(".trace.json") => Some(Self::Trace),
            () => Picture::of_path(path).map(|picture| Self::Chart(chart, picture)),
        }
    }

    /// Returns the kind to write to a path: a chart in the format of its ending.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::Chart(chart, picture) => Self::Chart(chart, Picture::of_path(path).unwrap_or(picture)),
            other => other,
        }
    }

    /// Returns true if a run has it.
    #[must_use]
    pub fn applies(self, run: &RunResults) -> bool {
        if let Self::Chart(chart, _) = self { chart.applies(run) } else { true }
    }

    /// Returns true for a table with the separators of a dialect.
    #[must_use]
    pub const fn is_table(self) -> bool {
        matches!(self, Self::Export(kind) if !matches!(kind, export::Kind::Json))
    }

    /// Returns the title on buttons.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Export(kind) => kind.title(),
            Self::Markdown => "Report (Markdown)",
            Self::Html => "Report (HTML)",
            Self::Trace => "Timeline (trace)",
            Self::Chart(ChartKind::Comparison, _) => "Chart: comparison",
            Self::Chart(ChartKind::Cpu, _) => "Chart: CPU",
            Self::Chart(ChartKind::Timeline, _) => "Chart: timeline",
            Self::Chart(ChartKind::TimeBudget, _) => "Chart: time budget",
            Self::Chart(ChartKind::Distribution, _) => "Chart: distribution",
            Self::Chart(ChartKind::Scaling, _) => "Chart: scaling",
        }
    }

    /// Describes the content.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Export(export::Kind::SummaryCsv) => "one row per model: times, intervals, ratios, CPU, memory",
            Self::Export(export::Kind::TrialsCsv) => "one row per trial, in the order in which they ran",
            Self::Export(export::Kind::TasksCsv) => "one row per task of every trial",
            Self::Export(export::Kind::CpuCsv) => "one row per core and sample",
            Self::Export(export::Kind::ClassesCsv) => "one row per class of tasks and model",
            Self::Export(export::Kind::Json) => "machine, experiment, summaries and trials",
            Self::Markdown => "findings, table, caveats and environment",
            Self::Html => "one page with charts, tables and the data",
            Self::Trace => "a trial of each model, for Perfetto and Chrome",
            Self::Chart(ChartKind::Comparison, _) => "wall times by model; .svg or .png",
            Self::Chart(ChartKind::Cpu, _) => "CPU usage over time; .svg or .png",
            Self::Chart(ChartKind::Timeline, _) => "tasks of a trial of each model on lanes; .svg or .png",
            Self::Chart(ChartKind::TimeBudget, _) => "where core-seconds and task-seconds went; .svg or .png",
            Self::Chart(ChartKind::Distribution, _) => "spread of the trials; .svg or .png",
            Self::Chart(ChartKind::Scaling, _) => "wall time over the swept setting; .svg or .png",
        }
    }

    /// Suggests a file name for an experiment: `quick-tour-summary.csv`.
    #[must_use]
    pub fn file_name(self, experiment: &str) -> String {
        match self {
            Self::Export(kind) => kind.file_name(experiment),
            Self::Markdown => format!("{experiment}.md"),
            Self::Html => format!("{experiment}.html"),
            Self::Trace => format!("{experiment}.trace.json"),
            Self::Chart(chart, Picture::Svg) => format!("{experiment}-{}.svg", chart.name()),
            Self::Chart(chart, Picture::Png) => format!("{experiment}-{}.png", chart.name()),
        }
    }
}
