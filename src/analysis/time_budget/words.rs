//! Time budgets in sentences.

use super::note::{Note, Unsampled, Unsplit};
use super::parts::Part;
use super::stack::Stack;
use super::{TimeBudget, Total};
use crate::analysis::phrasing::join;
use crate::trial::SHORTEST_COUNTED_NANOS;
use crate::units;

/// Explains which trial the figures are of, and what is outside the clock.
pub const HINT: &str = "One trial of each model, the one nearest its median: its parts add up. Start-up and teardown are outside the clock and in neither total.";

/// Returns the heading of one of the totals, with what it is.
#[must_use]
pub const fn heading(total: Total) -> &'static str {
    match total {
        Total::CoreSeconds => "Core-seconds: cores that the model may use × wall time",
        Total::TaskSeconds => "Task-seconds: from submission to completion, all tasks together",
    }
}

/// Names the largest part of each model with its share: "Largest part of the core-seconds: idle under Async (97 %)."
#[must_use]
pub fn largest<'a>(budgets: impl Iterator<Item = &'a TimeBudget>, total: Total) -> String {
    let name = total.title().to_lowercase();
    let mut groups: Vec<(Part, Vec<String>)> = Vec::new();
    for budget in budgets {
        let Some((part, share)) = budget.stack(total).and_then(|stack| {
            let (part, nanos) = stack.largest()?;
            Some((part, stack.percent(nanos)))
        }) else {
            continue;
        };
        let model = format!("{} ({})", budget.contender.title(), units::percent(share));
        match groups.iter_mut().find(|(known, _)| *known == part) {
            Some((_, models)) => models.push(model),
            None => groups.push((part, vec![model])),
        }
    }
    if groups.is_empty() {
        return format!("No {name} were recorded.");
    }
    let groups: Vec<String> =
        groups.iter().map(|(part, models)| format!("{} under {}", part.title(), join(models))).collect();
    format!("Largest part of the {name}: {}.", groups.join("; "))
}

/// Lists the parts of at least this many percent, the largest first: "tasks computing 83 %, idle 17 %".
#[must_use]
pub fn listing(stack: &Stack, least_percent: f64) -> String {
    let mut shown: Vec<(Part, u64)> = stack.shown().collect();
    shown.sort_by_key(|(_, nanos)| std::cmp::Reverse(*nanos));
    let shares = shown.iter().map(|(part, nanos)| (part, stack.percent(*nanos)));
    let shares = shares.filter(|(_, share)| *share >= least_percent);
    shares.map(|(part, share)| format!("{} {}", part.title(), units::percent(share))).collect::<Vec<_>>().join(", ")
}

/// Describes one of the totals of a model: "Core-seconds of Threads: 8.00 s on 2 cores: idle 97 %, …".
#[must_use]
pub fn sentence(budget: &TimeBudget, total: Total) -> String {
    let (title, model) = (total.title(), budget.contender.title());
    let warmup = if budget.is_warmup() { ", a trial of the warm-up" } else { "" };
    let Some(stack) = budget.stack(total) else { return format!("{title} of {model}{warmup}: not recorded") };
    let on = match total {
        Total::CoreSeconds => format!(" on {}", units::plural(u64::from(budget.cores), "core")),
        Total::TaskSeconds => String::new(),
    };
    let sum = units::duration(stack.total as f64);
    match listing(stack, 0.1) {
        list if list.is_empty() => format!("{title} of {model}{warmup}: {sum}{on}"),
        list => format!("{title} of {model}{warmup}: {sum}{on}: {list}"),
    }
}

/// Returns what limits the figures of a model, a sentence each.
#[must_use]
pub fn notes(budget: &TimeBudget) -> Vec<String> {
    let stacks = [Some(&budget.core_seconds), budget.task_seconds.as_ref()];
    let mut all: Vec<String> = stacks.into_iter().flatten().flat_map(|stack| &stack.notes).map(note).collect();
    let external = |note: &Note| matches!(note, Note::ExternalScheduler { .. });
    if budget.task_seconds.is_none() && !budget.core_seconds.notes.iter().any(external) {
        all.push("What the tasks did was not summed up when this run was stored, by an earlier version.".to_owned());
    }
    all
}

/// Returns what limits the figures of several models, each fact once: "Async and Threads: …".
#[must_use]
pub fn common_notes(budgets: &[&TimeBudget]) -> Vec<String> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for budget in budgets {
        for note in notes(budget) {
            let model = budget.contender.title();
            match all.iter_mut().find(|(known, _)| *known == note) {
                Some((_, models)) => models.push(model),
                None => all.push((note, vec![model])),
            }
        }
    }
    let named = |(note, models): (String, Vec<String>)| match models.len() == budgets.len() && models.len() > 1 {
        true => format!("All models: {note}"),
        false => format!("{}: {note}", join(&models)),
    };
    all.into_iter().map(named).collect()
}

/// Describes start-up and teardown: "start-up 12.0 ms, teardown 1.00 ms".
#[must_use]
pub fn outside_clock(budget: &TimeBudget) -> String {
    let (setup, teardown) = (budget.setup_nanos as f64, budget.teardown_nanos as f64);
    format!("start-up {}, teardown {}", units::duration(setup), units::duration(teardown))
}

/// Describes a part: "idle: 1.23 s, 62 %. Cores with nothing to do, …".
#[must_use]
pub fn part(stack: &Stack, part: Part, nanos: u64) -> String {
    let (time, share) = (units::duration(nanos as f64), units::percent(stack.percent(nanos)));
    format!("{}: {time}, {share}. {}", part.title(), part.metric().help)
}

fn note(note: &Note) -> String {
    match note {
        Note::NoCpuTime => "The CPU time of the processes was not measured, so no core-seconds are attributed.".to_owned(),
        Note::ExternalScheduler { same_clock } => {
            let tasks = if *same_clock { "" } else { ", and when they ran is not known by the clock of this machine" };
            format!("The tasks ran on the workers of a scheduler that others run: their CPU time is not measured{tasks}.")
        }
        Note::CpuTimeExceeds(nanos) => format!(
            "The CPU time ({}) exceeds that of all cores: its counters are read outside the clock, which counts in a short \
             trial, or a CPU quota allows a part of a further core. No core-seconds are attributed.",
            units::duration(*nanos as f64)
        ),
        Note::Unsplit(reason) => {
            format!("Computing of tasks can't be told from other CPU time: {}.", unsplit(*reason))
        }
        Note::Unsampled(reason) => format!("Idle time and other programs were not measured: {}.", unsampled(*reason)),
        Note::NoOthers => {
            "Other programs can't be told from the trial's processes here: their CPU time is in \"not attributed\".".to_owned()
        }
        Note::CountersDisagree => {
            "The system's counters and the CPU times disagree by more than the error of the counters. What they leave open \
             is not attributed."
                .to_owned()
        }
        Note::Programs => {
            "The CPU time of the commands is not measured apart: it is in that of the processes."
                .to_owned()
        }
        Note::WaitedForCores { most, cores } => {
            format!("{}: their time includes waiting for a core.", at_once(*most, *cores))
        }
        Note::GilError(nanos) => {
            format!("Up to {} of the GIL wait may be waiting for a core.", units::duration(*nanos as f64))
        }
        Note::GilSomewhere(nanos) => format!(
            "Tasks waited {} for the GIL. It is within the other parts, and in which of them was not recorded.",
            units::duration(*nanos as f64)
        ),
        Note::GilUnknown => {
            "Tasks shared an interpreter and its GIL. How long they waited for it is not known; it is within the other parts."
                .to_owned()
        }
        Note::Repeats => "Repetitions of classes that repeat are not in the task-seconds.".to_owned(),
    }
}

fn at_once(most: u32, cores: u32) -> String {
    format!("Up to {} tasks computed at once on {}", units::count(most.into()), units::plural(cores.into(), "core"))
}

fn unsplit(reason: Unsplit) -> String {
    match reason {
        Unsplit::NotRecorded => "an earlier version that stored this run did not record it".to_owned(),
        Unsplit::WaitedForCores { most, cores } => {
            let up_to = at_once(most, cores).to_lowercase();
            format!("{up_to}, and for how long each waited for a core is not measured")
        }
        Unsplit::Locks => "tasks may wait for a lock in the same phases".to_owned(),
        Unsplit::Gil => "for how long the tasks waited for the GIL in the same phases is not known".to_owned(),
        Unsplit::Repeats => "repetitions beside the tasks used CPU time as well".to_owned(),
        Unsplit::Interrupted => {
            "the tasks' phases are longer than the CPU time, so for part of them the tasks did not run".to_owned()
        }
    }
}

fn unsampled(reason: Unsampled) -> String {
    match reason {
        Unsampled::TooShort => format!(
            "the trial is shorter than {}, too short for the system's counters",
            units::milliseconds(SHORTEST_COUNTED_NANOS as f64 / units::NANOS_PER_MS)
        ),
        Unsampled::Repeated => "the samples of this warm-up are of its repeats".to_owned(),
        Unsampled::NoSamples => "no samples were taken".to_owned(),
        Unsampled::OtherCpus { machine, usable } => {
            format!("the model may use {}, and the counters are of {machine}", units::plural(u64::from(usable), "CPU"))
        }
    }
}
