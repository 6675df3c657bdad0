//! Sentences about what is selected on the timeline.

use super::lane_details::LaneDetails;
use super::lanes::Lanes;
use super::range::Range;
use super::run::Run;
use super::timeline_view::{Found, MomentTasks, Selection, TimelineView};
use crate::trial::LockHandover;
use crate::units::{self, plural};
use crate::workload::Workload;

/// Returns one sentence about a wait for a lock: "it waited 5.00 ms for a lock until the section of task 3 ended, 1.20 µs
/// before its own began".
#[must_use]
pub fn handover_words(wait: LockHandover, workload: &Workload) -> String {
    format!(
        "waited {} for a lock until the section of {} ended, {} before its own began",
        units::duration((wait.acquired - wait.asked) as f64),
        workload.task_title(wait.holder),
        units::duration((wait.acquired - wait.released) as f64)
    )
}

/// Returns a task in words: when and where it ran, and what it waited for.
#[must_use]
pub fn task_words(lanes: &Lanes, details: Option<&LaneDetails>, task: u32, workload: &Workload) -> String {
    let spans = &lanes.spans;
    let Some(span) = spans.tasks.get(task as usize) else { return String::new() };
    let time = |nanos: u64| units::duration(nanos as f64);
    let core = span.core.map_or_else(String::new, |core| format!(", ended on core {core}"));
    let mut words = format!(
        "{} ran for {}, from {} to {}, on worker {}{core}, after {} in the queue",
        workload.task_title(task),
        time(span.finished.saturating_sub(span.started)),
        time(span.started),
        time(span.finished),
        span.worker,
        time(spans.queue_nanos(task as usize))
    );
    let waits = details.into_iter().flat_map(|details| details.holders.handovers(spans, task as usize));
    for wait in waits {
        words.push_str(&format!("; it {}", handover_words(wait, workload)));
    }
    words
}

fn range_words(range: Range) -> String {
    format!(
        "{} to {} ({})",
        units::duration(range.from),
        units::duration(range.to),
        units::duration(range.to - range.from)
    )
}

fn moment_words(moment: &MomentTasks, workload: &Workload) -> String {
    let mut words = format!("{} ran", plural(moment.ran, "task"));
    for (count, did) in [(moment.computed, "computed"), (moment.waited_for_lock, "waited for a lock")] {
        match (count, moment.ran) {
            (0, _) => {}
            (1, 1) => words.push_str(&format!(", it {did}")),
            (count, _) => words.push_str(&format!(", {} of them {did}", units::count(count))),
        }
    }
    let names: Vec<String> = moment.first.iter().map(|task| workload.task_title(*task)).collect();
    if !names.is_empty() {
        let more = if (names.len() as u64) < moment.ran { ", …" } else { "" };
        words.push_str(&format!(": {}{more}", names.join(", ")));
    }
    words
}

/// Most cores that a sentence lists: of more, the busiest ones.
const MOST_CORES: usize = 8;

/// Returns the usage of the cores in a part of the time: "core 0 98 %, core 1 40 %"; `None` if it is not known.
#[must_use]
pub fn usage_words(details: &LaneDetails, range: Range) -> Option<String> {
    let usage = details.usage.as_ref()?;
    let cores = usage.cores.iter().enumerate();
    let mut each: Vec<(u32, f64)> =
        cores.map(|(index, core)| Some((*core, usage.mean(index, range.from, range.to)?))).collect::<Option<_>>()?;
    Some(busiest(&mut each))
}

/// Names the busiest cores in the order of their numbers, and counts the others.
fn busiest(each: &mut [(u32, f64)]) -> String {
    each.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let (named, others) = each.split_at_mut(each.len().min(MOST_CORES));
    named.sort_by_key(|(core, _)| *core);
    let mut words: Vec<String> =
        named.iter().map(|(core, percent)| format!("core {core} {}", units::percent(*percent))).collect();
    if let Some((_, most)) = others.first() {
        words.push(format!("each of {} others at most {}", others.len(), units::percent(*most)));
    }
    words.join(", ")
}

/// Returns the selection in words; `None` if nothing is selected, or if its trial is not shown.
#[must_use]
pub fn selection_words(run: &Run, view: &TimelineView, round: Option<i32>) -> Option<String> {
    let selection = view.selection.as_ref()?;
    let contender = selection.contender();
    let lanes = run.lanes_of(contender, round)?;
    let details = run.details_of(contender, round);
    let workload = &run.results().experiment.workload;
    let title = contender.title();
    match selection {
        Selection::Task { task, .. } => {
            Some(format!("{title}: {}.", task_words(lanes, details.map(AsRef::as_ref), *task, workload)))
        }
        Selection::Moment { range, .. } => {
            let counted =
                view.moment.as_ref().filter(|moment| moment.contender == *contender && moment.range == *range);
            let tasks = counted.map_or_else(|| "counting the tasks".to_owned(), |one| moment_words(one, workload));
            let usage = details.and_then(|details| usage_words(details, *range));
            let usage = usage.map_or_else(String::new, |usage| format!("; {usage}"));
            Some(format!("{title}, {}: {tasks}{usage}.", range_words(*range)))
        }
        Selection::Pattern { index, .. } => {
            let pattern = details?.patterns.get(*index)?;
            let range = pattern.range();
            let range = Range { from: range.start as f64, to: range.end as f64 };
            Some(format!("{title}, {}: {}. Marked: {}.", pattern.name(), pattern.sentence(), range_words(range)))
        }
    }
}

/// Returns the result of the search in words; `None` if there is nothing to say beside the task itself.
#[must_use]
pub fn found_words(found: &Found) -> Option<String> {
    match found {
        Found::Nothing | Found::Searching => None,
        Found::Task { of: 1, .. } => None,
        Found::Task { position, of, .. } => Some(format!("{} of {}", units::count(*position), units::count(*of))),
        Found::None { tasks } => Some(format!(
            "No task has this name or number; they are numbered from 0 to {}",
            units::count(tasks.saturating_sub(1))
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lab::lane_details::DetailFacts;
    use crate::trial::{Span, Spans};
    use crate::workload::{Lock, PlanStep, SectionWork, Tasks};

    #[test]
    fn one_task_is_not_one_of_one() {
        let workload = &crate::preset::built_in()[0].workload;
        let told = |ran, computed, waited_for_lock| {
            let contender = crate::model::Contender::of(crate::model::ModelId::Sequential);
            let range = Range { from: 0.0, to: 1.0 };
            moment_words(&MomentTasks { contender, range, ran, computed, waited_for_lock, first: Vec::new() }, workload)
        };
        assert_eq!(told(1, 1, 0), "1 task ran, it computed");
        assert_eq!(told(1, 1, 1), "1 task ran, it computed, it waited for a lock");
        assert_eq!(told(3, 1, 2), "3 tasks ran, 1 of them computed, 2 of them waited for a lock");
    }

    #[test]
    fn of_many_cores_the_busiest_are_named() {
        let mut two = [(0, 98.0), (1, 40.0)];
        assert_eq!(busiest(&mut two), "core 0 98 %, core 1 40 %");
        // Sixteen cores, of which the last ones work.
        let mut many: Vec<(u32, f64)> = (0..16).map(|core| (core, if core < 8 { 1.0 } else { 90.0 })).collect();
        let words = busiest(&mut many);
        assert!(words.starts_with("core 8 90 %, core 9 90 %, "), "{words}");
        assert!(words.ends_with(", core 15 90 %, each of 8 others at most 1.0 %"), "{words}");
    }

    #[test]
    fn a_wait_for_a_lock_names_the_task_that_had_it() {
        let span = |started, finished| Span { submitted: 0, started, finished, worker: 1, core: Some(2) };
        let spans = Spans {
            tasks: vec![span(0, 5_000_100), span(1_000, 9_000_000)],
            inner_timestamps: vec![10, 5_000_000, 5_001_000, 8_999_000],
            steps: vec![PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute)],
            ..Spans::default()
        };
        let lanes = Lanes::pack(Arc::new(spans), 9_000_000, true);
        let facts = DetailFacts { cpu: Vec::new(), workers: None, cpus: None, cpu_nanos: None, is_loop: false };
        let details = LaneDetails::of(&lanes, &facts);
        let mut workload = crate::preset::built_in()[0].workload.clone();
        workload.tasks = Tasks::Alike { count: 2, steps: vec![] };
        assert_eq!(
            task_words(&lanes, Some(&details), 1, &workload),
            "task 1 ran for 9.00 ms, from 1.00 µs to 9.00 ms, on worker 1, ended on core 2, after 1.00 µs in the queue; it \
             waited 5.00 ms for a lock until the section of task 0 ended, 1.00 µs before its own began"
        );
        assert!(!task_words(&lanes, Some(&details), 0, &workload).contains("lock"));
        assert_eq!(task_words(&lanes, None, 7, &workload), "");
    }

    #[test]
    fn a_search_without_result_says_which_numbers_there_are() {
        assert_eq!(
            found_words(&Found::None { tasks: 80 }).as_deref(),
            Some("No task has this name or number; they are numbered from 0 to 79")
        );
        assert_eq!(found_words(&Found::Task { task: 4, position: 2, of: 3 }).as_deref(), Some("2 of 3"));
        assert_eq!(found_words(&Found::Task { task: 4, position: 1, of: 1 }), None);
    }
}
