//! The terminal: the command-line definition, and one file per subcommand. The only place that
//! prints.

mod diagnostics;
mod doctor;
mod fit;
mod models;
mod numbers;
mod outputs;
mod presets;
mod progress;
mod refused;
mod report;
mod run;
mod runs;
mod show;
mod signals;
mod table;
mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use terminal::{complain, print, print_json};

use crate::experiment::TrialCount;
use crate::export::CsvDialect;
use crate::workload::Work;
use crate::{app, printable, record};

/// Everything ran as asked.
const SUCCESS: u8 = 0;
/// A trial failed, or something could not be written or opened.
const FAILED: u8 = 1;
/// Bad usage, an unknown name, unreadable or invalid input.
const USAGE: u8 = 2;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "concurrency-lab", version, about, long_about = None)]
pub struct Cli {
    /// Experiment file (.toml) or stored run (.clab) to open in the window
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Preset to open in the window
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    preset: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment in the terminal: progress on stderr, result table on stdout
    Run(Box<RunArguments>),
    /// List the stored runs, or rename, pin or delete them
    Runs(RunsArguments),
    /// Print a stored run again: table, verdict and exports
    Show(ShowArguments),
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
}

#[derive(Debug, Args)]
#[command(after_long_help = crate::experiment::file::reference())]
struct PresetArguments {
    /// Only this preset
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Print the preset's file, to edit and run
    #[arg(long, requires = "id", conflicts_with = "json")]
    toml: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
struct RunsArguments {
    #[command(subcommand)]
    action: Option<RunsAction>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum RunsAction {
    /// Give a run another name
    Rename {
        /// Id of the run, the beginning of one, last, or last~1
        #[arg(value_name = "RUN")]
        run: String,
        /// The new name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Keep a run until it is deleted, however many others there are
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
struct ShowArguments {
    /// Id of a stored run, the beginning of one, last, last~1, or a .clab file
    #[arg(value_name = "RUN|FILE.clab")]
    run: String,
    #[command(flatten)]
    outputs: OutputArguments,
    /// No table
    #[arg(long, short)]
    quiet: bool,
}

/// Files to write, the same for a run and for one that is shown again.
#[derive(Debug, Args)]
struct OutputArguments {
    /// One row per model
    #[arg(long, value_name = "FILE|-")]
    summary_csv: Option<PathBuf>,
    /// One row per trial
    #[arg(long, value_name = "FILE|-")]
    trials_csv: Option<PathBuf>,
    /// One row per task of each trial
    #[arg(long, value_name = "FILE|-")]
    tasks_csv: Option<PathBuf>,
    /// One row per core and sample
    #[arg(long, value_name = "FILE|-")]
    cpu_csv: Option<PathBuf>,
    /// For which program the CSVs are: `standard` is RFC 4180; `excel` has a byte order mark and the separators
    /// of the locale, and the other two force them [possible values: standard, excel, excel-comma,
    /// excel-semicolon]
    #[arg(long, value_name = "DIALECT", value_parser = numbers::dialect, default_value = "standard")]
    csv_dialect: CsvDialect,
    /// Machine, experiment, models and trials in one document
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
    /// The whole run, its tasks included, as a file that the lab opens again
    #[arg(long, value_name = "FILE.clab")]
    save: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// Id of a preset, or an experiment file
    #[arg(value_name = "PRESET|FILE.toml")]
    what: String,
    /// Models to run instead of the experiment's own; a name given twice makes an A/A check
    #[arg(long, value_delimiter = ',', value_name = "A,B,C")]
    models: Option<Vec<String>>,
    /// Number of tasks
    #[arg(long, value_name = "N", value_parser = numbers::tasks, allow_negative_numbers = true)]
    tasks: Option<u32>,
    /// Milliseconds of each task: scales its timed steps so that they sum to it
    #[arg(long, value_name = "X", value_parser = numbers::task_ms, allow_negative_numbers = true)]
    task_ms: Option<f64>,
    /// Workers of the pools
    #[arg(long, value_name = "N", value_parser = numbers::workers, allow_negative_numbers = true)]
    workers: Option<u32>,
    /// Measured rounds
    #[arg(long, value_name = "auto|N", value_parser = numbers::trial_count, allow_negative_numbers = true)]
    trials: Option<TrialCount>,
    /// Warm-up rounds, in no statistic
    #[arg(long, value_name = "N", value_parser = numbers::warmups, allow_negative_numbers = true)]
    warmups: Option<u32>,
    /// Seconds that `--trials auto` may spend on measured rounds
    #[arg(long, value_name = "SECONDS", value_parser = numbers::budget, allow_negative_numbers = true)]
    budget: Option<f64>,
    /// Seed of durations, start states and the order of trials
    #[arg(long, value_name = "N", value_parser = numbers::seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// CPython to run Python models on, instead of those that are found; may be given again, and the first
    /// is the one that py-* means
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// How Python's multiprocessing starts processes; the interpreter's own default where it is not given
    #[arg(long, value_name = "default|fork|spawn|forkserver", value_parser = numbers::start_method)]
    start_method: Option<crate::python::StartMethod>,
    /// What is the same on all hosts: the time that a computation takes (compares models), or its
    /// iterations (compares languages)
    #[arg(long, value_name = "same-time|same-algorithm", value_parser = numbers::work)]
    work: Option<Work>,
    /// What the other models are compared with; the experiment's own, where --models names it, else the
    /// plain loop, else the first of them
    #[arg(long, value_name = "MODEL")]
    reference: Option<String>,
    /// Seconds after which a trial is ended
    #[arg(long, value_name = "SECONDS", value_parser = numbers::timeout, allow_negative_numbers = true)]
    timeout: Option<f64>,
    #[command(flatten)]
    outputs: OutputArguments,
    /// Do not keep this run among the stored ones
    #[arg(long)]
    no_save: bool,
    /// Say what would run and how long it would take, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// How to show progress on stderr [default: bar on a terminal, else plain]
    #[arg(long, value_enum)]
    progress: Option<ProgressKind>,
    /// No progress and no table
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProgressKind {
    /// A line that is redrawn
    Bar,
    /// A line per trial
    Plain,
    /// Nothing
    None,
}

/// The command line as clap sees it, for man page and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments and does what they ask for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(status) => return ExitCode::from(status),
    };
    ExitCode::from(match cli.command {
        None => open_window(cli.preset, cli.file),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Runs(arguments)) => runs::runs(&arguments),
        Some(Command::Show(arguments)) => show::show(&arguments),
        Some(Command::Presets(arguments)) => presets::presets(&arguments),
        Some(Command::Models { json }) => models::models(json),
        Some(Command::Doctor { json }) => doctor::doctor(json),
    })
}

/// Parses the arguments; the exit status of a mistake that has been reported.
fn parse() -> Result<Cli, u8> {
    let error = match Cli::try_parse() {
        Ok(cli) => return Ok(cli),
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => error,
    };
    // The message quotes the arguments: the same mistake again, with arguments that are safe to show.
    let printable = std::env::args_os().map(|argument| printable_argument(&argument));
    match Cli::try_parse_from(printable) {
        Err(again) if again.kind() == error.kind() => {
            // Without a stderr there is nobody to write to.
            let _ = again.print();
        }
        _ => {
            complain(USAGE, &error.to_string());
        }
    }
    Err(USAGE)
}

/// Characters of an argument that a message quotes.
const LONGEST_ARGUMENT: usize = 200;

fn printable_argument(argument: &OsString) -> OsString {
    printable::shortened(&argument.to_string_lossy(), LONGEST_ARGUMENT).into_owned().into()
}

fn open_window(preset: Option<String>, file: Option<PathBuf>) -> u8 {
    let is_run = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(record::EXTENSION));
    let mut run = None;
    let experiment = match (preset, file) {
        (None, None) => None,
        (Some(id), _) => match run::find_preset(&id) {
            Ok(experiment) => Some(experiment),
            Err(refused) => return refused.complain(USAGE),
        },
        (None, Some(path)) if is_run(&path) => match record::open_path(&path, record::Store::of_user().as_ref()) {
            Ok(stored) => {
                run = Some(Box::new(stored));
                None
            }
            Err(error) => return complain(USAGE, &error.to_string()),
        },
        (None, Some(path)) => match run::read_file(&path) {
            Ok(experiment) => Some(experiment),
            Err(refused) => return refused.complain(USAGE),
        },
    };
    match app::run(app::LaunchOptions { experiment, run }) {
        Ok(()) => SUCCESS,
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }
}
