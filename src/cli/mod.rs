//! The terminal: dispatch of the command line to one file per subcommand. The only module that prints.

mod advice;
mod arguments;
mod class_table;
mod compare;
mod compare_json;
mod diagnostics;
mod doctor;
mod dry_run;
mod exit;
mod fit;
mod interpreters;
mod models;
mod numbers;
mod outputs;
mod own_code;
mod presets;
mod progress;
mod refused;
mod report;
mod run;
mod runs;
mod selfcheck;
mod show;
mod signals;
mod step_table;
mod sweep_table;
pub mod table;
mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::arguments::{Cli, Command};
use self::exit::{FAILED, SUCCESS, USAGE};
use self::terminal::{complain, printed};
use crate::{app, printable, process_tree, record};

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
    process_tree::end_trees_with_this_process();
    ExitCode::from(match cli.command {
        None => open_window(cli.preset, cli.file),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::Runs(arguments)) => runs::runs(&arguments),
        Some(Command::Show(arguments)) => show::show(&arguments),
        Some(Command::Compare(arguments)) => compare::compare(&arguments),
        Some(Command::Report(arguments)) => show::write_report(&arguments),
        Some(Command::Presets(arguments)) => presets::presets(&arguments),
        Some(Command::Models { json }) => models::models(json),
        Some(Command::Doctor { json }) => doctor::doctor(json),
        Some(Command::Selfcheck { python, json }) => selfcheck::selfcheck(python, json),
    })
}

/// Parses the arguments; the exit status of a mistake that has been reported.
fn parse() -> Result<Cli, u8> {
    let error = match Cli::try_parse() {
        Ok(cli) => return Ok(cli),
        // The help and the version, for which `exit` would end with success even if nobody could read them.
        Err(error) if !error.use_stderr() => return Err(printed(error.print())),
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
    use std::fmt::Write as _;

    /// Appends the long help of a command and of its subcommands.
    fn append_help(text: &mut String, command: &mut clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        writeln!(text, "== {} --help ==\n{}", path.trim(), command.render_long_help()).expect("a string");
        for subcommand in command.get_subcommands_mut().filter(|subcommand| subcommand.get_name() != "help") {
            append_help(text, subcommand, &path);
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_help_stays_as_it_is() {
        let mut root = command().term_width(100);
        root.build();
        let mut text = String::new();
        append_help(&mut text, &mut root, "");
        let text: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
        let quiet = format!("only after {} s in which", crate::session::QUIET_SECONDS);
        assert!(text.contains(&quiet), "the help of --when-quiet names its time");
        insta::assert_snapshot!("help", text);
    }
}
