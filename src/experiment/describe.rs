//! A workload in one sentence: the headline of an edited draft, and the description that a saved
//! preset begins with.

use super::Experiment;
use super::sweep::SweepKey;
use crate::units;
use crate::workload::{Awaiting, Classes, DurationDistribution, ListedTask, Step, Tasks, Workload};

/// Longest list whose tasks are named one by one.
const MOST_NAMED_TASKS: usize = 3;

/// Largest number of steps that are all named.
const MOST_NAMED_STEPS: usize = 3;

/// Most values of a sweep that are listed one by one.
const MOST_LISTED_VALUES: usize = 6;

/// Describes an experiment's workload, and its sweep: "20 tasks: compute 20 ms, at workers 1, 2 and 4".
#[must_use]
pub fn experiment(experiment: &Experiment) -> String {
    let sentence = workload(&experiment.workload);
    let Some(sweep) = &experiment.sweep else { return sentence };
    let points = sweep.points(&experiment.workload).unwrap_or_default();
    let shown: Vec<&str> = points.iter().map(|point| point.shown.as_str()).collect();
    let values = match shown.as_slice() {
        [] => return sentence,
        [rest @ .., last] if rest.len() < MOST_LISTED_VALUES => format!("{} and {last}", rest.join(", ")),
        [first, .., last] => format!("{first} to {last}, {} values", shown.len()),
        [one] => (*one).to_owned(),
    };
    let count = tasks(u64::from(experiment.workload.task_count()));
    let sentence = match sweep.key {
        // The number of tasks of the file itself may be none of those measured.
        SweepKey::Tasks => sentence.replacen(&count, "Tasks", 1),
        _ => sentence,
    };
    format!("{sentence} · {}: {values}", sweep.key.title())
}

/// Describes a workload: "16 tasks: compute 2 ms, then wait 8 ms".
#[must_use]
pub fn workload(workload: &Workload) -> String {
    let mut sentence = match &workload.tasks {
        Tasks::Alike { count, steps } => {
            let steps: Vec<String> = steps.iter().filter(|step| does_anything(step)).map(Step::describe).collect();
            let tasks = tasks(u64::from(*count));
            if steps.is_empty() && workload.payload.is_some() {
                tasks
            } else if steps.is_empty() {
                format!("{tasks} with nothing to do")
            } else if steps.len() > MOST_NAMED_STEPS {
                let (shown, rest) = steps.split_at(MOST_NAMED_STEPS - 1);
                format!("{tasks}: {}, then {} more steps", shown.join(", then "), rest.len())
            } else {
                format!("{tasks}: {}", steps.join(", then "))
            }
        }
        Tasks::List(list) => listed(list),
        Tasks::Classes(all) => classes(all),
    };
    // The spread scales timed steps; without any it has no effect.
    let timed = |step: &Step| step.ms().is_some_and(|ms| ms > 0.0);
    if workload.steps().iter().any(timed) {
        match workload.spread {
            DurationDistribution::Constant => {}
            DurationDistribution::Uniform { percent } => {
                sentence.push_str(&format!(", durations ± {} %", rounded(percent)))
            }
            DurationDistribution::Exponential => sentence.push_str(", durations spread exponentially"),
            DurationDistribution::Pareto { .. } => sentence.push_str(", most of them short and a few long"),
        }
    }
    if let Some(payload) = &workload.payload {
        sentence.push_str(&format!("; {}", payload.describe()));
    }
    if let Some(most) = workload.in_flight {
        sentence.push_str(&format!("; at most {} at once", units::count(u64::from(most))));
    }
    if workload.awaits == Awaiting::InTurn {
        sentence.push_str("; event loops await one after the other");
    }
    if workload.ticker {
        sentence.push_str("; a ticker beats every 10 ms beside them");
    }
    sentence
}

/// Describes classes: "400 tasks in 2 classes: 400 × Requests (wait 5 ms) beside 2 × Computing (compute 5 ms, again and
/// again)".
fn classes(classes: &Classes) -> String {
    let each = classes.list.iter().enumerate().map(|(index, class)| {
        let steps: Vec<String> =
            classes.steps_of(index).iter().filter(|step| does_anything(step)).map(Step::describe).collect();
        let steps = if steps.is_empty() { "nothing to do".to_owned() } else { steps.join(", then ") };
        let repeat = if class.repeat { ", again and again" } else { "" };
        let own = class.workers.map_or_else(String::new, |workers| {
            format!(", with {} of their own", units::plural(workers.into(), "worker"))
        });
        format!("{} × {} ({steps}{repeat}{own})", units::count(class.tasks.into()), class.name)
    });
    let tasks = tasks(u64::from(classes.task_count()));
    format!("{tasks} in {} classes: {}", classes.list.len(), each.collect::<Vec<_>>().join(" beside "))
}

/// Returns false for a compute or wait step without a duration; steps of other kinds always do something.
#[must_use]
pub fn does_anything(step: &Step) -> bool {
    !matches!(step, Step::Compute { ms, .. } | Step::Wait { ms, .. } if *ms == 0.0)
}

/// Describes one task of a list: "wait 2 s".
#[must_use]
pub fn listed_task(task: &ListedTask) -> String {
    let parts: Vec<String> = [("compute", task.compute_ms), ("wait", task.wait_ms)]
        .into_iter()
        .filter(|(_, ms)| *ms > 0.0)
        .map(|(verb, ms)| format!("{verb} {}", units::milliseconds(ms)))
        .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

fn listed(list: &[ListedTask]) -> String {
    let tasks = tasks(list.len() as u64);
    if list.len() <= MOST_NAMED_TASKS {
        let each: Vec<String> = list.iter().map(|task| format!("{} ({})", task.name, listed_task(task))).collect();
        return format!("{tasks}: {}", each.join(", "));
    }
    let sum = |of: fn(&ListedTask) -> f64| list.iter().map(of).sum::<f64>();
    let sum_of_all =
        ListedTask { name: String::new(), compute_ms: sum(|task| task.compute_ms), wait_ms: sum(|task| task.wait_ms) };
    format!("{tasks} from a list; all together {}", listed_task(&sum_of_all))
}

fn tasks(count: u64) -> String {
    units::plural(count, "task")
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Kernel, Payload};

    fn base() -> Workload {
        crate::preset::built_in()[0].workload.clone()
    }

    #[test]
    fn a_workload_is_one_sentence() {
        let mut one = base();
        let steps = vec![Step::Compute { ms: 2.0, kernel: Kernel::default() }, Step::wait(8.0)];
        one.tasks = Tasks::Alike { count: 16, steps };
        assert_eq!(workload(&one), "16 tasks: compute 2 ms, then wait 8 ms");
        one.spread = DurationDistribution::Uniform { percent: 50.0 };
        one.in_flight = Some(5);
        one.ticker = true;
        assert_eq!(
            workload(&one),
            "16 tasks: compute 2 ms, then wait 8 ms, durations ± 50 %; at most 5 at once; a ticker beats every 10 ms beside them"
        );
        one.payload = Some(Payload { input_bytes: 1_000_000, output_bytes: 2_000, ..Payload::default() });
        (one.ticker, one.in_flight, one.spread) = (false, None, DurationDistribution::Constant);
        assert_eq!(workload(&one), "16 tasks: compute 2 ms, then wait 8 ms; each task is given 1 MB and returns 2 kB");
        let wait = |ms| Step::wait(ms);
        let mut many = base();
        many.tasks = Tasks::Alike { count: 2, steps: (1..=5).map(|ms| wait(f64::from(ms))).collect() };
        assert_eq!(workload(&many), "2 tasks: wait 1 ms, then wait 2 ms, then 3 more steps");
        let mut empty = base();
        empty.tasks = Tasks::Alike { count: 1, steps: vec![Step::wait(0.0)] };
        empty.spread = DurationDistribution::Exponential;
        assert_eq!(workload(&empty), "1 task with nothing to do");
    }

    #[test]
    fn a_short_list_is_described_task_by_task_and_a_long_one_by_its_sum() {
        let task =
            |name: &str, compute_ms: f64, wait_ms: f64| ListedTask { name: name.to_owned(), compute_ms, wait_ms };
        let mut two = base();
        two.tasks = Tasks::List(vec![task("A", 0.0, 2000.0), task("B", 1.5, 3000.0)].into());
        assert_eq!(workload(&two), "2 tasks: A (wait 2 s), B (compute 1.5 ms, wait 3 s)");
        two.tasks = Tasks::List(vec![task("A", 1.0, 2.0); 200].into());
        assert_eq!(workload(&two), "200 tasks from a list; all together compute 200 ms, wait 400 ms");
        assert_eq!(listed_task(&task("nothing", 0.0, 0.0)), "nothing to do");
    }

    #[test]
    fn every_preset_has_a_sentence_of_its_own_numbers() {
        for preset in crate::preset::built_in() {
            let sentence = workload(&preset.workload);
            assert!(sentence.contains(&units::count(u64::from(preset.workload.task_count()))), "{sentence}");
            assert!(sentence.len() < 200, "{sentence}");
        }
    }
}
