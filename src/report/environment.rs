//! Environment of a run: the facts that its figures depend on, the same in every report and above the terminal's table.

use crate::analysis::{Incomplete, RunAnalysis};
use crate::experiment::sweep::{Sweep, SweepKey};
use crate::experiment::{TrialCount, describe};
use crate::model::Workers;
use crate::results::RunResults;
use crate::session::{Machine, Outcome};
use crate::units;

/// A fact with its label.
pub type Fact = (&'static str, String);

/// Text of what the system does not report.
const UNKNOWN: &str = "not known";

/// Returns the facts, most important first.
#[must_use]
pub fn facts(run: &RunResults, analysis: &RunAnalysis) -> Vec<Fact> {
    let first = run.first();
    let mut facts = vec![("Workload", describe::experiment(&run.experiment))];
    if run.experiment.models.iter().any(|contender| contender.model.info().workers != Workers::None) {
        facts.push(("Workers", workers(run)));
    }
    if let Some(machine) = &first.machine {
        of_machine(machine, &mut facts);
    } else {
        facts.push(("Machine", UNKNOWN.to_owned()));
    }
    facts.push(("Lab", lab(run)));
    if let Some(note) = &run.note {
        facts.push(("Note", note.clone()));
    }
    let interpreters = interpreters(run);
    if !interpreters.is_empty() {
        facts.push(("Interpreters", interpreters.join("; ")));
    }
    if let Some(scheduler) = scheduler(run) {
        facts.push(("Dask scheduler", format!("{scheduler}, which the lab did not start")));
    }
    for code in &first.code {
        facts.push(("Own code", format!("step {}, SHA-256 {}", code.step, code.sha256)));
    }
    facts.push(("Seed", run.experiment.workload.seed.to_string()));
    facts.push(("Started", units::utc(first.started_at_ms, "%Y-%m-%d %H:%M:%S UTC")));
    facts.push(("Rounds", rounds(run)));
    match &first.outcome {
        None => facts.push(("Outcome", "still running when this was written".to_owned())),
        Some(Outcome::Cancelled) => facts.push(("Outcome", "cancelled; trials that were over are here".to_owned())),
        Some(Outcome::Failed(failure)) => facts.push(("Outcome", format!("failed: {failure}"))),
        Some(Outcome::Done) => {}
    }
    let upto = if run.points.len() > 1 { "up to " } else { "" };
    let of_time = |percent: f64| format!("{upto}{} of the usable CPUs' time", units::percent(percent));
    let not_measured = || "not measured".to_owned();
    facts.push(("Other programs", analysis.foreign_percent().map_or_else(not_measured, of_time)));
    facts.push(("The lab itself", analysis.lab_percent().map_or_else(not_measured, of_time)));
    facts
}

/// "8", "2, one for each usable CPU".
fn workers(run: &RunResults) -> String {
    let swept = |sweep: &Sweep| sweep.key == SweepKey::Workers;
    match (run.experiment.sweep.as_ref().filter(|sweep| swept(sweep)), run.experiment.workload.workers) {
        (Some(sweep), _) => sweep.values.to_string(),
        (None, Some(workers)) => workers.to_string(),
        (None, None) => match &run.first().machine {
            Some(machine) => format!("{}, one for each usable CPU", machine.cpus.usable),
            None => "one for each usable CPU".to_owned(),
        },
    }
}

fn of_machine(machine: &Machine, facts: &mut Vec<Fact>) {
    let cpu = machine.cpu.as_deref().unwrap_or(UNKNOWN);
    facts.push(("CPU", format!("{cpu}, {}", machine.arch)));
    let count = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let cpus = machine.cpus;
    let mut cores = format!("{} usable of {} logical", cpus.usable, count(cpus.online));
    if let Some(physical) = cpus.physical {
        cores.push_str(&format!(", {}", units::plural(physical.into(), "physical core")));
    }
    if let Some(quota) = machine.cpu_quota {
        cores.push_str(&format!(", quota of {} CPUs", units::short(quota)));
    }
    facts.push(("CPUs", cores));
    if let Some(bytes) = machine.memory_bytes {
        facts.push(("Memory", units::bytes(bytes as f64)));
    }
    facts.push(("Frequency governor", machine.governor.clone().unwrap_or_else(|| UNKNOWN.to_owned())));
    let virtual_machine = match machine.virtual_machine {
        Some(true) => "yes",
        Some(false) => "no",
        None => UNKNOWN,
    };
    facts.push(("Virtual machine", virtual_machine.to_owned()));
    facts.push(("System", system(machine)));
}

/// "Debian 12, kernel 6.1".
fn system(machine: &Machine) -> String {
    match &machine.kernel {
        Some(kernel) => format!("{}, kernel {kernel}", machine.os),
        None => machine.os.clone(),
    }
}

/// "concurrency-lab 1.2.3, debug build".
fn lab(run: &RunResults) -> String {
    match &run.first().machine {
        Some(machine) if machine.debug_build => format!("concurrency-lab {}, debug build", machine.lab_version),
        Some(machine) => format!("concurrency-lab {}", machine.lab_version),
        None => format!("concurrency-lab {}", env!("CARGO_PKG_VERSION")),
    }
}

/// Interpreters of the chosen models, as they reported themselves, else as they were found.
fn interpreters(run: &RunResults) -> Vec<String> {
    // Each version once; with and without its GIL, as far as trials have told.
    let mut found: Vec<(String, bool, bool)> = Vec::new();
    for contender in run.experiment.models.iter().filter(|contender| contender.host.is_python()) {
        let reported = run.points.iter().find_map(|point| point.runtime(contender));
        let (version, gil) = match (reported, run.first().interpreters.of(&contender.host)) {
            (Some(runtime), _) => (&runtime.version, Some(runtime.gil)),
            (None, Ok(interpreter)) => (&interpreter.version, None),
            (None, Err(_)) => continue,
        };
        let (with, without) = (gil == Some(true), gil == Some(false));
        match found.iter_mut().find(|(known, ..)| known == version) {
            Some(known) => (known.1, known.2) = (known.1 || with, known.2 || without),
            None => found.push((version.clone(), with, without)),
        }
    }
    let described = |(version, with, without): (String, bool, bool)| match (with, without) {
        (true, true) => format!("CPython {version}, with and without GIL"),
        (false, true) => format!("CPython {version}, no GIL"),
        (_, false) => format!("CPython {version}"),
    };
    found.into_iter().map(described).collect()
}

/// Address of the dask scheduler of others that trials ran on.
fn scheduler(run: &RunResults) -> Option<&str> {
    let mut runtimes =
        run.points.iter().flat_map(|point| &point.trials).filter_map(|trial| trial.completed()?.runtime.as_ref());
    runtimes.find_map(|runtime| Some(runtime.external.as_ref()?.address.as_str()))
}

/// "7 measured, 1 warm-up".
fn rounds(run: &RunResults) -> String {
    let plan = &run.experiment.trials;
    let incomplete = Incomplete::of(run);
    let measured = match (run.first().rounds, plan.count) {
        (Some(rounds), _) => {
            incomplete.map_or_else(|| format!("{rounds} measured"), |one| format!("{} made", one.rounds()))
        }
        (None, TrialCount::Fixed(count)) => format!("{count} planned"),
        (None, TrialCount::Auto) => "not yet fixed".to_owned(),
    };
    format!("{measured}, {}", units::plural(plan.warmups.into(), "warm-up"))
}

/// Returns the most important facts as one line of at most `width` characters; what does not fit is left out from the
/// end.
#[must_use]
pub fn line(run: &RunResults, width: Option<usize>) -> String {
    let mut parts = parts(run);
    parts.push(started(run));
    joined(parts, width)
}

/// Longest title of an experiment in a caption, characters.
const LONGEST_TITLE: usize = 60;
/// Longest caption, characters.
const LONGEST_CAPTION: usize = 140;

/// Returns the line below the title of a picture: experiment, date and machine.
#[must_use]
pub fn caption(run: &RunResults) -> String {
    let title = crate::printable::shortened(&run.experiment.title, LONGEST_TITLE);
    let head = [title.to_string(), started(run)].into_iter();
    joined(head.chain(parts(run)).collect(), Some(LONGEST_CAPTION))
}

fn started(run: &RunResults) -> String {
    units::utc(run.first().started_at_ms, "%Y-%m-%d %H:%M UTC")
}

/// Facts of the line but the date, most important first.
fn parts(run: &RunResults) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(machine) = &run.first().machine {
        parts.push(machine.cpu.clone().unwrap_or_else(|| machine.arch.clone()));
        let cpus = machine.cpus;
        parts.push(match cpus.online {
            Some(online) if online != cpus.usable => format!("{} of {online} CPUs", cpus.usable),
            _ => units::plural(cpus.usable.into(), "CPU"),
        });
        parts.extend(machine.governor.as_ref().map(|governor| format!("governor {governor}")));
        parts.extend((machine.virtual_machine == Some(true)).then(|| "virtual machine".to_owned()));
        parts.push(system(machine));
    }
    parts.push(lab(run));
    parts.extend(interpreters(run));
    parts.push(format!("seed {}", run.experiment.workload.seed));
    parts
}

/// Joins as many parts as fit.
fn joined(parts: Vec<String>, width: Option<usize>) -> String {
    let mut line = String::new();
    for part in parts {
        let part = crate::printable::line(&part).into_owned();
        let longer = if line.is_empty() { part } else { format!("{line} · {part}") };
        if !line.is_empty() && width.is_some_and(|width| longer.chars().count() > width) {
            break;
        }
        line = longer;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::analysis::testing::{Synthetic, full, workload_alike};
    use crate::python::{Interpreters, testing::interpreter};
    use crate::trial::Runtime;

    #[test]
    fn the_line_has_what_fits() {
        let run = RunResults::from(full());
        let whole = line(&run, None);
        assert_eq!(
            whole,
            "x86_64 · 2 CPUs · governor performance · Testos 1 · concurrency-lab 1.2.3 · CPython 3.13.5 · seed 42 · \
             2026-11-21 04:00 UTC"
        );
        assert_eq!(line(&run, Some(30)), "x86_64 · 2 CPUs");
    }

    #[test]
    fn an_interpreter_is_named_once_with_what_its_trials_told_of_the_gil() {
        let line_of = |gils: &[(&str, bool)]| {
            let models = ["py-sequential", "py-threads", "py-thread-pool"];
            let rows: Vec<_> = gils.iter().map(|(name, _)| (*name, 8.0, 1, 1.0)).collect();
            let mut built = Synthetic::new(workload_alike(4, 1.0, 0.0), &models).rounds(2, 0.0, &rows);
            for (name, gil) in gils {
                built.adjust(name, |measured| {
                    measured.runtime = Some(Runtime {
                        version: "3.13.5".to_owned(),
                        gil: *gil,
                        start_method: None,
                        gil_wait_error_nanos: None,
                        external: None,
                        gil_wait_asleep_nanos: None,
                    });
                });
            }
            built.results.interpreters =
                Arc::new(Interpreters { usable: vec![interpreter("3.13.5")], ..Interpreters::default() });
            line(&RunResults::from(built.results), None)
        };
        let told = |gils: &[(&str, bool)], expected: &str| {
            let line = line_of(gils);
            assert!(line.contains(&format!(" · {expected} · ")) && line.matches("CPython").count() == 1, "{line}");
        };
        told(&[("py-threads", true), ("py-thread-pool", false)], "CPython 3.13.5, with and without GIL");
        // Of a model without a trial nothing is known.
        told(&[("py-threads", false)], "CPython 3.13.5, no GIL");
        told(&[("py-threads", true)], "CPython 3.13.5");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut results = full();
        results.machine = None;
        results.outcome = None;
        results.trials.clear();
        let run = RunResults::from(results);
        let facts = facts(&run, &RunAnalysis::of(&run));
        let value = |label: &str| facts.iter().find(|(one, _)| *one == label).map(|(_, value)| value.as_str());
        assert_eq!(value("Machine"), Some("not known"));
        assert_eq!(value("Other programs"), Some("not measured"));
        assert_eq!(value("Outcome"), Some("still running when this was written"));
        assert_eq!(value("Rounds"), Some("no measured round made, 1 warm-up"));
    }

    #[test]
    fn a_picture_names_experiment_date_and_machine() {
        let mut run = RunResults::from(full());
        assert!(
            caption(&run).starts_with("Synthetic · 2026-11-21 04:00 UTC · x86_64 · 2 CPUs · "),
            "{}",
            caption(&run)
        );
        std::sync::Arc::make_mut(&mut run.experiment).title = "long ".repeat(100);
        let long = caption(&run);
        assert!(long.chars().count() <= LONGEST_CAPTION && long.contains("2026-11-21"), "{long}");
    }
}
