//! Card of a model: its facts, its cost of a task as measured, and the code that runs, in sentences.

use crate::analysis::TaskCost;
use crate::model::{Contender, ModelFacts, Parallel, Schedule, Switching, Use, Wait};
use crate::python::code_of_contender;
use crate::units;
use crate::workload::Workload;

/// A row of a card: its name and its sentence.
pub type Row = (&'static str, String);

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCard {
    /// Title with the host: "Threads on Rust".
    pub title: String,
    /// The model in half a sentence.
    pub what: &'static str,
    /// Facts, in the order read.
    pub rows: Vec<Row>,
    /// Code that runs; for native models equivalent code.
    pub code: &'static str,
    /// Description of the code.
    pub code_note: &'static str,
}

/// State of the search for a cost.
#[derive(Debug, Clone, Copy)]
pub enum Cost<'a> {
    /// Measured.
    Known(&'a TaskCost),
    /// The stored runs are being searched.
    Searching,
    /// No run of empty tasks has this model.
    Unknown,
}

/// Name of the row with the cost.
pub const COST: &str = "Cost of a task";
/// Text of that row before any run of empty tasks.
pub const NOT_MEASURED: &str = "not measured here yet";

impl ModelCard {
    /// Makes the card of a contender. `gil` is true if its interpreter has the GIL.
    #[must_use]
    pub fn of(contender: &Contender, workload: &Workload, gil: bool, cost: Cost<'_>, now_ms: u64) -> Self {
        let (model, facts) = (contender.model, contender.model.facts());
        let in_turn = gil && model.shares_an_interpreter();
        let mut rows = vec![
            ("How it schedules", schedule(facts.schedule).to_owned()),
            ("Switching", switching(facts.switching).to_owned()),
            ("Parallel", parallel(facts, in_turn, model.is_python() && gil).to_owned()),
            ("A wait", wait(facts.wait).to_owned()),
        ];
        let memory = match (model.separate_memory(), facts.schedule) {
            (true, _) => "Each worker has its own: data is copied to it and back.",
            (false, Schedule::InOrder) => "Shared, but one task runs at a time: nothing needs protection.",
            (false, _) => "Shared by all tasks: what they change together needs protection.",
        };
        rows.push(("Memory", memory.to_owned()));
        rows.push((COST, cost_text(cost, now_ms)));
        let (good, bad) = uses(facts, model.shares_an_interpreter(), in_turn);
        rows.push(("Good for", list(&good)));
        rows.push(("Bad for", list(&bad)));
        rows.push(("Needs", needs(contender)));
        Self {
            // A check box has the name "Threads, Rust".
            title: contender.name_on_host(),
            what: model.info().what,
            rows,
            code: code_of_contender(contender, workload.awaits, workload.payload.is_some()),
            code_note: match model.is_python() {
                true => "The code that ran, or would run: the lab's own program, without its records.",
                false => {
                    "The same in a few lines; the lab's own code has its records and its error handling beside it."
                }
            },
        }
    }
}

const fn schedule(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::InOrder => "The caller runs one task after the other.",
        Schedule::ThreadEach => "Each task has an OS thread of its own; all are started at once.",
        Schedule::ProcessEach => "Each task has an OS process of its own; all are started at once.",
        Schedule::QueueToThreads => "A fixed number of threads take tasks from one queue.",
        Schedule::Stealing => "A fixed number of threads have a queue each; an idle thread steals from another's.",
        Schedule::OneLoop => "All tasks are on one event loop in one thread.",
        Schedule::Greenlets => "All tasks are greenlets on one event loop in one thread.",
        Schedule::LoopThreads => "All tasks are on one runtime of several threads; an idle thread steals from another.",
        Schedule::SeveralLoops => "Tasks are dealt in turn to several event loops, each in a thread of its own.",
        Schedule::LoopToThreads => "An event loop hands the blocking code of each task to a pool of threads.",
        Schedule::PipeToProcesses => "A fixed number of worker processes are sent one task at a time.",
        Schedule::ChunksToProcesses => "A fixed number of worker processes are sent chunks of tasks.",
        Schedule::BatchesToProcesses => {
            "A fixed number of worker processes are sent batches of tasks, which grow where tasks are short."
        }
        Schedule::Scheduler => "A scheduler sends each task to one of a fixed number of worker processes.",
        Schedule::QueueToInterpreters => {
            "A fixed number of threads, each with its own interpreter, take tasks from one queue."
        }
    }
}

const fn switching(switching: Switching) -> &'static str {
    match switching {
        Switching::None => "None: a task runs to its end before the next one starts.",
        Switching::Preemptive => "Preemptive: the operating system can switch to another task at any moment.",
        Switching::BetweenWorkers => {
            "Preemptive between the workers; each of them runs a task to its end before it takes the next."
        }
        Switching::Cooperative => "Cooperative: a task keeps the thread until it awaits something.",
        Switching::CooperativeByItself => {
            "Cooperative: a task keeps the thread until it waits; a patched wait switches by itself."
        }
        Switching::Both => {
            "Cooperative on a thread, where a task keeps it until it awaits something; preemptive between the threads."
        }
    }
}

/// `in_turn` is true for threads that share an interpreter with the GIL.
const fn parallel(facts: &ModelFacts, in_turn: bool, gil: bool) -> &'static str {
    match (facts.parallel, in_turn) {
        (_, true) => {
            "Not for Python code: the GIL lets one thread at a time run it. Waits overlap, and so does code that releases \
             the GIL."
        }
        (Parallel::No, _) => "No: one task at a time computes.",
        (Parallel::Cores, _) if gil => "Yes, on all usable cores: every process has its own GIL.",
        (Parallel::Cores, _) => "Yes, on all usable cores.",
        (Parallel::Workers, _) if gil => "Yes, on as many cores as there are workers: each has its own GIL.",
        (Parallel::Workers, _) => "Yes, on as many cores as there are workers.",
    }
}

const fn wait(wait: Wait) -> &'static str {
    match wait {
        Wait::BlocksAll => "Stops everything: waits add up.",
        Wait::BlocksOwn => "Stops the task's own thread or process; all others go on.",
        Wait::BlocksWorker => "Stops one of the workers: as many waits overlap as there are workers.",
        Wait::FreesLoop => "Lets the other tasks go on, if it is awaited: all waits overlap.",
    }
}

/// Returns good and bad uses. Threads of one interpreter compute only without the GIL.
fn uses(facts: &ModelFacts, shares: bool, in_turn: bool) -> (Vec<Use>, Vec<Use>) {
    let (mut good, mut bad) = (facts.good_for.to_vec(), facts.bad_for.to_vec());
    if in_turn {
        good.retain(|one| *one != Use::Computing);
        bad.push(Use::Computing);
    } else if shares && !bad.contains(&Use::Computing) && !good.contains(&Use::Computing) {
        good.push(Use::Computing);
    }
    (good, bad)
}

const fn use_name(one: Use) -> &'static str {
    match one {
        Use::Baseline => "a baseline for all others",
        Use::TinyTasks => "tasks shorter than their handing over",
        Use::SomeBlocking => "up to some hundred tasks that block",
        Use::BoundedBlocking => "blocking tasks, a bounded number at a time",
        Use::ManyWaits => "thousands of waits at once",
        Use::Computing => "computing on several cores",
        Use::UnevenComputing => "computing in tasks of unequal length",
        Use::WaitsAndComputing => "waits with computing in between",
        Use::BlockingInAsync => "blocking code in an async program",
        Use::Isolation => "memory of their own for the tasks",
        Use::SharedState => "state that all tasks change",
        Use::LargeData => "large inputs and results",
        Use::ManyShort => "many short tasks",
        Use::UnchangedBlocking => "code that was written to block, unchanged",
        Use::SeveralMachines => "more than one machine",
    }
}

fn list(uses: &[Use]) -> String {
    uses.iter().map(|one| use_name(*one)).collect::<Vec<_>>().join("; ")
}

fn needs(contender: &Contender) -> String {
    let facts = contender.model.facts();
    let Some((major, minor)) = facts.python else { return "nothing but this program".to_owned() };
    let package = facts.package.map_or_else(String::new, |package| format!(" with the package {package}"));
    format!("Python {major}.{minor} or newer{package}")
}

fn cost_text(cost: Cost<'_>, now_ms: u64) -> String {
    let cost = match cost {
        Cost::Known(cost) => cost,
        Cost::Searching => return "looking through the stored runs".to_owned(),
        Cost::Unknown => return NOT_MEASURED.to_owned(),
    };
    let interval = match cost.ci95 {
        Some((low, high)) => {
            format!("95 % interval {} to {}", units::duration(low), units::duration(high))
        }
        None => units::plural(cost.trials.into(), "round"),
    };
    let stamps = match cost.stamp_nanos {
        Some(stamps) => format!(", of which the lab's record takes about {}", units::duration(stamps)),
        None => String::new(),
    };
    let disturbed = if cost.is_disturbed { "; other programs disturbed that run" } else { "" };
    format!(
        "{} ({interval}){stamps}; measured at {} with {} empty tasks{disturbed}",
        units::duration(cost.nanos),
        units::wall_clock(cost.started_at_ms, now_ms),
        units::count(cost.tasks.into())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelId;
    use crate::workload::Step;

    fn row(card: &ModelCard, name: &str) -> String {
        card.rows.iter().find(|(known, _)| *known == name).expect("a row").1.clone()
    }

    fn card(contender: &Contender, gil: bool) -> ModelCard {
        ModelCard::of(contender, &Workload::of(10, vec![Step::wait(1.0)]), gil, Cost::Unknown, 0)
    }

    #[test]
    fn threads_of_an_interpreter_compute_in_parallel_only_without_the_gil() {
        let with = card(&Contender::on(ModelId::PyThreads, "3.13"), true);
        assert!(row(&with, "Parallel").starts_with("Not for Python code"), "{with:?}");
        assert!(row(&with, "Bad for").contains("computing on several cores"));
        let without = card(&Contender::on(ModelId::PyThreads, "3.13t"), false);
        assert_eq!(row(&without, "Parallel"), "Yes, on all usable cores.");
        assert!(row(&without, "Good for").contains("computing on several cores"));
        assert_eq!(row(&card(&Contender::of(ModelId::Threads), false), "Parallel"), "Yes, on all usable cores.");
        let pool = card(&Contender::on(ModelId::PyProcessPool, "3.13"), true);
        assert!(row(&pool, "Parallel").contains("its own GIL"), "{pool:?}");
        let event_loop = card(&Contender::on(ModelId::PyAsyncio, "3.13t"), false);
        assert!(row(&event_loop, "Parallel").starts_with("No"), "one thread, GIL or not");
        assert!(!row(&event_loop, "Good for").contains("computing"));
    }

    #[test]
    fn every_card_has_the_code_that_runs_and_a_sentence_for_every_fact() {
        for model in ModelId::all() {
            let contender = if model.is_python() { Contender::on(model, "3.13") } else { Contender::of(model) };
            let card = card(&contender, model.is_python());
            assert!(!card.code.is_empty(), "{}", card.title);
            assert_eq!(card.code, code_of_contender(&contender, Default::default(), false));
            assert_eq!(card.rows.len(), 9);
            assert!(card.rows.iter().all(|(_, text)| !text.is_empty()), "{card:?}");
        }
    }

    #[test]
    fn a_cost_has_its_interval_its_date_and_its_doubt() {
        let cost = TaskCost {
            contender: Contender::of(ModelId::Threads),
            nanos: 31_000.0,
            ci95: Some((30_500.0, 31_900.0)),
            stamp_nanos: Some(40.0),
            tasks: 100_000,
            trials: 7,
            started_at_ms: 1_795_233_605_123,
            is_disturbed: false,
        };
        let text = cost_text(Cost::Known(&cost), 1_795_233_605_123);
        assert!(text.starts_with("31.0 µs (95 % interval 30.5 µs to 31.9 µs), of which"), "{text}");
        assert!(text.ends_with("with 100,000 empty tasks"), "{text}");
        let few = TaskCost { ci95: None, trials: 2, is_disturbed: true, ..cost };
        let text = cost_text(Cost::Known(&few), 1_795_233_605_123);
        assert!(text.contains("(2 rounds)") && text.ends_with("; other programs disturbed that run"), "{text}");
        assert_eq!(cost_text(Cost::Unknown, 0), NOT_MEASURED);
    }

    #[test]
    fn what_a_model_needs_is_named() {
        assert_eq!(needs(&Contender::of(ModelId::Threads)), "nothing but this program");
        assert_eq!(needs(&Contender::on(ModelId::PyInterpreters, "3.14")), "Python 3.14 or newer");
        assert_eq!(needs(&Contender::on(ModelId::PyTrio, "3.11")), "Python 3.9 or newer with the package trio");
    }
}
