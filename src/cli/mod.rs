//! The terminal: the command-line definition, and one file per subcommand. The only place that
//! prints.

mod doctor;
mod models;
mod presets;
mod progress;
mod run;
mod signals;
mod table;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::app;

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
    /// Experiment file to open in the window
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
struct RunArguments {
    /// Id of a preset, or an experiment file
    #[arg(value_name = "PRESET|FILE.toml")]
    what: String,
    /// Models to run instead of the experiment's own; a name given twice makes an A/A check
    #[arg(long, value_delimiter = ',', value_name = "A,B,C")]
    models: Option<Vec<String>>,
    /// Number of tasks
    #[arg(long, value_name = "N")]
    tasks: Option<u32>,
    /// Milliseconds of each task: scales its timed steps so that they sum to it
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    task_ms: Option<f64>,
    /// Workers of the pools
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
    /// Measured rounds
    #[arg(long, value_name = "auto|N", value_parser = trial_count)]
    trials: Option<crate::experiment::TrialCount>,
    /// Warm-up rounds, in no statistic
    #[arg(long, value_name = "N")]
    warmups: Option<u32>,
    /// Seconds that `--trials auto` may spend on measured rounds
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    budget: Option<f64>,
    /// Seed of durations, start states and the order of trials
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// CPython to run Python models on, instead of those that are found; may be given again, and the first
    /// is the one that py-* means
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// How Python's multiprocessing starts processes; the interpreter's own default where it is not given
    #[arg(long, value_name = "default|fork|spawn|forkserver", value_parser = start_method)]
    start_method: Option<crate::python::StartMethod>,
    /// What is the same on all hosts: the time that a computation takes (compares models), or its
    /// iterations (compares languages)
    #[arg(long, value_name = "same-time|same-algorithm", value_parser = work)]
    work: Option<crate::workload::Work>,
    /// What the other models are compared with; the experiment's own, where --models names it, else the
    /// plain loop, else the first of them
    #[arg(long, value_name = "MODEL")]
    reference: Option<String>,
    /// Seconds after which a trial is ended
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    timeout: Option<f64>,
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
    /// Machine, experiment, models and trials in one document
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
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

fn trial_count(text: &str) -> Result<crate::experiment::TrialCount, String> {
    use crate::experiment::{MOST_ROUNDS, TrialCount};
    if text == "auto" {
        return Ok(TrialCount::Auto);
    }
    match text.parse() {
        Ok(count @ 1..=MOST_ROUNDS) => Ok(TrialCount::Fixed(count)),
        _ => Err(format!("allowed are auto and whole numbers from 1 to {MOST_ROUNDS}")),
    }
}

fn work(text: &str) -> Result<crate::workload::Work, String> {
    use crate::workload::Work;
    Work::ALL
        .into_iter()
        .find(|one| one.name() == text)
        .ok_or_else(|| format!("allowed are {}", Work::ALL.map(Work::name).join(" and ")))
}

fn start_method(text: &str) -> Result<crate::python::StartMethod, String> {
    use crate::python::StartMethod;
    StartMethod::ALL
        .into_iter()
        .find(|one| one.name() == text)
        .ok_or_else(|| format!("allowed are {}", StartMethod::ALL.map(StartMethod::name).join(", ")))
}

/// The command line as clap sees it, for man page and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments and does what they ask for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    ExitCode::from(match cli.command {
        None => open_window(cli.preset, cli.file),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Presets(arguments)) => presets::presets(&arguments),
        Some(Command::Models { json }) => models::models(json),
        Some(Command::Doctor { json }) => doctor::doctor(json),
    })
}

fn open_window(preset: Option<String>, file: Option<PathBuf>) -> u8 {
    let experiment = match (preset, file) {
        (None, None) => None,
        (Some(id), _) => match run::find_preset(&id) {
            Ok(experiment) => Some(experiment),
            Err(message) => return complain(USAGE, &message),
        },
        (None, Some(path)) => match run::read_file(&path) {
            Ok(experiment) => Some(experiment),
            Err(message) => return complain(USAGE, &message),
        },
    };
    match app::run(app::LaunchOptions { experiment }) {
        Ok(()) => SUCCESS,
        Err(error) => complain(FAILED, &error.to_string()),
    }
}

/// Says what is wrong on stderr and passes the exit status through.
fn complain(status: u8, message: &str) -> u8 {
    // Without a stderr there is nobody to tell.
    let _ = writeln!(io::stderr(), "concurrency-lab: {message}");
    status
}

/// Prints to stdout. A reader that has gone away (`| head`) is no error.
fn print(text: &str) -> u8 {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Ok(()) => SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => SUCCESS,
        Err(error) => complain(FAILED, &format!("stdout can't be written: {error}")),
    }
}

/// Prints a value as indented JSON.
fn print_json(value: &impl serde::Serialize) -> u8 {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&format!("{text}\n")),
        Err(error) => complain(FAILED, &format!("JSON can't be written: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn trials_are_auto_or_a_number() {
        assert!(trial_count("auto").is_ok() && trial_count("12").is_ok());
        for wrong in ["0", "-1", "many", "10001"] {
            assert!(trial_count(wrong).is_err(), "{wrong}");
        }
    }
}
