//! The command line: subcommands, flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::numbers::{self, ChartFile};
use crate::chart::ChartKind;
use crate::cpus::CpuSelection;
use crate::experiment::TrialCount;
use crate::experiment::sweep::Sweep;
use crate::export::CsvDialect;
use crate::python::DaskScheduler;
use crate::workload::{Work, WorkerCount};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "concurrency-lab", version, about, long_about = None)]
pub(super) struct Cli {
    /// Experiment file (.toml) or stored run (.clab) to open in the window
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Preset to open in the window
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub(super) preset: Option<String>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment in the terminal: progress on stderr, result table on stdout
    Run(Box<RunArguments>),
    /// List the stored runs, or rename, note, pin, unpin or delete them
    Runs(RunsArguments),
    /// Print a stored run again: table, verdict and exports
    Show(Box<ShowArguments>),
    /// Compare two stored runs of one workload: differences of the environment, verdict, and a row per model
    Compare(CompareArguments),
    /// Write a report, a chart or a trace of a stored run
    Report(ReportArguments),
    /// List the presets, or print one as an experiment file
    Presets(PresetArguments),
    /// List the concurrency models and whether this machine can run them
    Models {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what matters for measuring on this machine
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Measure what the lab itself costs on this machine, and what this machine can't support
    ///
    /// Compares trials of every model with bare programs that do the same by hand, in the same run, and takes one to three
    /// minutes. Nothing is stored. Ctrl+C ends it and prints what was measured. Exit status: 0 if no check failed to run,
    /// 1 if one did.
    Selfcheck {
        /// Interpreter of the Python models; otherwise the first one found
        #[arg(long, value_name = "PATH")]
        python: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = crate::experiment::file::reference())]
pub(super) struct PresetArguments {
    /// Only this preset
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,
    /// Print the preset's file, to edit and run
    #[arg(long, requires = "id", conflicts_with = "json")]
    pub(super) toml: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct RunsArguments {
    #[command(subcommand)]
    pub(super) action: Option<RunsAction>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsAction {
    /// Give a run another name
    Rename {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
        /// The new name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Set the note on a run, which lists and its page show; an empty one removes it. It is part of the run's file
    Note {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
        /// One line, at most 500 characters
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Keep a run however many others there are; it has to be unpinned before it can be deleted
    Pin {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Let a run go with the others again when it is old
    Unpin {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
    },
    /// Delete a run for good
    Delete {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Id of a stored run, the beginning of one, last, last~1, or a .clab file
    #[arg(value_name = "RUN|FILE.clab")]
    pub(super) run: String,
    #[command(flatten)]
    pub(super) outputs: OutputArguments,
    /// Say which model suits a workload like this one, on what evidence, and what would change the answer
    #[arg(long)]
    pub(super) advice: bool,
    /// No table
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub(super) struct CompareArguments {
    /// Run to compare with: id, the beginning of one, last, last~1, or a .clab file; where it is not given, the
    /// newest pinned run of the same workload
    #[arg(value_name = "OLD")]
    pub(super) old: Option<String>,
    /// Run that is compared
    #[arg(value_name = "NEW")]
    pub(super) new: String,
    /// End with status 3 where the entire 95 % interval of a model lies more than this beyond OLD
    #[arg(long, value_name = "PERCENT", value_parser = numbers::percent, allow_negative_numbers = true)]
    pub(super) fail_if_slower: Option<f64>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// Id of a stored run, the beginning of one, last, last~1, or a .clab file
    #[arg(value_name = "RUN|FILE.clab")]
    pub(super) run: String,
    /// File to write. Its ending decides what: .md, .html, .svg, .png or .trace.json
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Chart of an .svg or .png: comparison, cpu, timeline, time-budget, distribution or scaling [default: comparison, of a sweep scaling]
    #[arg(long, value_name = "KIND", value_parser = numbers::chart_kind)]
    pub(super) chart: Option<ChartKind>,
}

/// Files to write, the same for a run and for one that is shown again.
#[derive(Debug, Args)]
pub(super) struct OutputArguments {
    /// One row per model
    #[arg(long, value_name = "FILE|-")]
    pub(super) summary_csv: Option<PathBuf>,
    /// One row per trial
    #[arg(long, value_name = "FILE|-")]
    pub(super) trials_csv: Option<PathBuf>,
    /// One row per task of each trial
    #[arg(long, value_name = "FILE|-")]
    pub(super) tasks_csv: Option<PathBuf>,
    /// One row per core and sample
    #[arg(long, value_name = "FILE|-")]
    pub(super) cpu_csv: Option<PathBuf>,
    /// One row per class of tasks and model
    #[arg(long, value_name = "FILE|-")]
    pub(super) classes_csv: Option<PathBuf>,
    /// For which program the CSVs are: `standard` is RFC 4180; `excel` has a byte order mark and the separators
    /// of the locale, and the other two force them [possible values: standard, excel, excel-comma,
    /// excel-semicolon]
    #[arg(long, value_name = "DIALECT", value_parser = numbers::dialect, default_value = "standard")]
    pub(super) csv_dialect: CsvDialect,
    /// Machine, experiment, models and trials in one document
    #[arg(long, value_name = "FILE|-")]
    pub(super) json: Option<PathBuf>,
    /// A report with findings, table, caveats and environment, as GitHub's Markdown
    #[arg(long, value_name = "FILE|-")]
    pub(super) markdown: Option<PathBuf>,
    /// A report with charts, tables and the data, in one HTML file
    #[arg(long, value_name = "FILE|-")]
    pub(super) html: Option<PathBuf>,
    /// The tasks of one trial of each model, for Perfetto and Chrome's viewer
    #[arg(long, value_name = "FILE|-")]
    pub(super) trace: Option<PathBuf>,
    /// A chart, .svg or .png; may be given again. KIND is comparison, cpu, timeline, time-budget, distribution or scaling; without it
    /// comparison, of a sweep scaling
    #[arg(long, value_name = "[KIND=]FILE", value_parser = numbers::chart_file)]
    pub(super) chart: Vec<ChartFile>,
    /// The whole run, its tasks included, as a file that the lab opens again
    #[arg(long, value_name = "FILE.clab")]
    pub(super) save: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Id of a preset, an experiment file, or a Python function of yours to call once per task. The function, and the
    /// command of --command, run with your rights
    #[arg(value_name = "PRESET|FILE.toml|FILE.py:FUNCTION", required_unless_present = "command")]
    pub(super) what: Option<String>,
    /// A command of yours to run once per task, without a shell: './resize {index}.png'. Quoted as in a POSIX shell;
    /// {index} is the number of the task
    #[arg(long, value_name = "ARGV", conflicts_with = "what")]
    pub(super) command: Option<String>,
    /// An argument of FILE.py:FUNCTION; may be given again. {index} alone passes the number of the task as an integer
    /// [default: {index} where the function takes an argument]
    #[arg(long, value_name = "TEXT", requires = "what", allow_hyphen_values = true)]
    pub(super) argument: Vec<String>,
    /// Run the code that the file names without asking. Modules that it imports are not looked at
    #[arg(long)]
    pub(super) allow_code: bool,
    /// Models to run instead of the experiment's own; a name given twice makes an A/A check. A model may have settings of
    /// its own, which go before all other flags, as in 'thread-pool{workers=8},rayon'
    #[arg(long, value_name = "A,B,C")]
    pub(super) models: Option<String>,
    /// Number of tasks
    #[arg(long, value_name = "N", value_parser = numbers::tasks, allow_negative_numbers = true)]
    pub(super) tasks: Option<u32>,
    /// Milliseconds of each task: scales its timed steps so that they sum to it
    #[arg(long, value_name = "X", value_parser = numbers::task_ms, allow_negative_numbers = true)]
    pub(super) task_ms: Option<f64>,
    /// Workers of the pools; `default` means as many as each library chooses
    #[arg(long, value_name = "N|default", value_parser = numbers::workers, allow_negative_numbers = true)]
    pub(super) workers: Option<WorkerCount>,
    /// CPUs that the processes of every trial are limited to: a list such as 0-3,6, `physical` (one of each core) or
    /// `performance` (the fast cores)
    #[arg(long, value_name = "LIST", value_parser = numbers::cpus)]
    pub(super) cpus: Option<CpuSelection>,
    /// Measure at several values of one setting: workers, tasks, task_ms, in_flight, compute_share, input_bytes,
    /// output_bytes, or a number of a step, as in step.1.ms. Values are 1,2,4 or a range with its number of points, 1..8/4, tasks=10..100000/9log
    #[arg(long, value_name = "KEY=VALUES", value_parser = numbers::sweep)]
    pub(super) sweep: Option<Sweep>,
    /// Most tasks at once of models without a pool
    #[arg(long, value_name = "N", value_parser = numbers::in_flight, allow_negative_numbers = true)]
    pub(super) in_flight: Option<u32>,
    /// Measured rounds
    #[arg(long, value_name = "auto|N", value_parser = numbers::trial_count, allow_negative_numbers = true)]
    pub(super) trials: Option<TrialCount>,
    /// Warm-up rounds, in no statistic
    #[arg(long, value_name = "N", value_parser = numbers::warmups, allow_negative_numbers = true)]
    pub(super) warmups: Option<u32>,
    /// Seconds that `--trials auto` may spend on measured rounds
    #[arg(long, value_name = "SECONDS", value_parser = numbers::budget, allow_negative_numbers = true)]
    pub(super) budget: Option<f64>,
    /// Seed of durations, start states and the order of trials
    #[arg(long, value_name = "N", value_parser = numbers::seed, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// CPython to run Python models on, instead of those that are found; may be given again, and the first
    /// is the one that py-* means
    #[arg(long, value_name = "PATH")]
    pub(super) python: Vec<PathBuf>,
    /// Dask scheduler for py-dask to use, as in tcp://192.0.2.1:8786, in place of a cluster of its own. Whoever runs that
    /// scheduler and its workers can run code here with your rights, and the lab's functions, and yours, run there
    #[arg(long, value_name = "ADDRESS")]
    pub(super) dask_scheduler: Option<DaskScheduler>,
    /// How Python's multiprocessing starts processes; the interpreter's own default where it is not given
    #[arg(long, value_name = "default|fork|spawn|forkserver", value_parser = numbers::start_method)]
    pub(super) start_method: Option<crate::python::StartMethod>,
    /// Kept the same on all hosts: the time that a computation takes (compares models), or its
    /// iterations (compares languages)
    #[arg(long, value_name = "same-time|same-algorithm", value_parser = numbers::work)]
    pub(super) work: Option<Work>,
    /// The model that others are compared with; the experiment's own, where --models names it, else the
    /// plain loop, else the first of them
    #[arg(long, value_name = "MODEL")]
    pub(super) reference: Option<String>,
    /// Seconds after which a trial is ended
    #[arg(long, value_name = "SECONDS", value_parser = numbers::timeout, allow_negative_numbers = true)]
    pub(super) timeout: Option<f64>,
    #[command(flatten)]
    pub(super) outputs: OutputArguments,
    /// Begin only after 3 s in which other programs, and the host of a virtual machine, left the CPUs alone
    #[arg(long)]
    pub(super) when_quiet: bool,
    /// Do not keep this run among the stored ones
    #[arg(long)]
    pub(super) no_save: bool,
    /// Say what would run and how long it would take, and run nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How to show progress on stderr [default: bar on a terminal, else plain]
    #[arg(long, value_enum)]
    pub(super) progress: Option<ProgressKind>,
    /// No progress and no table
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressKind {
    /// A line that is redrawn
    Bar,
    /// A line per trial
    Plain,
    /// Nothing
    None,
}
