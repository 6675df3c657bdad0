//! `presets`: list them, or print one as an experiment file.

use serde::Serialize;

use super::arguments::PresetArguments;
use super::exit::USAGE;
use super::run;
use super::terminal::{complain, print, print_json};
use crate::analysis::estimate;
use crate::cpus::Cpus;
use crate::experiment::{Experiment, file};
use crate::{preset, printable, units};

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    experiment: &'a Experiment,
    expected_seconds: Option<f64>,
    own: bool,
}

pub(super) fn presets(arguments: &PresetArguments) -> u8 {
    let user = run::user_presets();
    for problem in &user.problems {
        complain(0, &problem.to_string());
    }
    if let Some(id) = &arguments.id {
        let experiment = match run::find_preset(id) {
            Ok(experiment) => experiment,
            Err(refused) => return refused.complain(USAGE),
        };
        if arguments.toml {
            return match preset::source(id) {
                Some(source) => print(source),
                None => print(&file::to_toml_with_comments(&experiment, None)),
            };
        }
        let own = preset::find(id).is_none();
        return if arguments.json {
            print_json(&Row { experiment: &experiment, expected_seconds: seconds(&experiment), own })
        } else {
            print(&format!("{}\n{}\n\n{}\n", experiment.title, experiment.summary, experiment.explanation.trim()))
        };
    }
    let all: Vec<(&Experiment, bool)> = preset::built_in()
        .iter()
        .map(|experiment| (experiment, false))
        .chain(user.presets.iter().map(|experiment| (experiment, true)))
        .collect();
    if arguments.json {
        let rows: Vec<Row> = all
            .into_iter()
            .map(|(experiment, own)| Row { experiment, expected_seconds: seconds(experiment), own })
            .collect();
        return print_json(&rows);
    }
    let width = all.iter().map(|(experiment, _)| experiment.id.chars().count()).max().unwrap_or(0) + 2;
    let text: String = all
        .iter()
        .map(|(experiment, own)| {
            let mark = if *own { " (yours)" } else { "" };
            let time = seconds(experiment).map_or_else(|| estimate::UNKNOWN.to_owned(), units::about);
            let (title, summary) = (printable::line(&experiment.title), printable::line(&experiment.summary));
            format!("{:<width$}{title}{mark}: {summary} · {time}\n", experiment.id)
        })
        .collect();
    print(&text)
}

/// The expected seconds of a run; `None` where they are unknown.
fn seconds(experiment: &Experiment) -> Option<f64> {
    let known = !estimate::is_unknown(&experiment.workload);
    known.then(|| estimate::run_seconds(experiment, &experiment.workload.nominal(), Cpus::here()))
}
