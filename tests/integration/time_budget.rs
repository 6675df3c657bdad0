//! Time budgets of real trials. Asserts what holds on every machine: which part is the largest, what adds up to what, and
//! what is not measured.

use crate::common::{compute, experiment, lab, python, run, run_on, skipped, wait};
use concurrency_lab::analysis::time_budget::{Note, Part, Stack, TimeBudget, Total, Unsplit};
use concurrency_lab::model::ModelId;
use concurrency_lab::results::Results;
use concurrency_lab::trial::{Measured, SHORTEST_COUNTED_NANOS};
use concurrency_lab::workload::Step;

/// Returns the budget of a model after checking that its parts add up, and the measurement that it is of.
fn budget(results: &Results, model: ModelId) -> (TimeBudget, &Measured) {
    let trial = results.trials.iter().find(|trial| trial.contender.model == model).expect("it ran");
    let measured = trial.completed().unwrap_or_else(|| panic!("{}: {:?}", model.name(), trial.failure));
    let budget = TimeBudget::of_trial(results, trial).expect("completed");
    assert_eq!(budget.core_seconds.total, measured.wall_nanos * u64::from(results.cpus_of(&trial.contender)));
    let latencies = {
        let spans = measured.spans.load().expect("readable");
        (0..spans.tasks.len()).map(|task| spans.latency_nanos(task)).sum::<u64>()
    };
    assert_eq!(tasks(&budget).total, latencies, "{}", model.name());
    for total in Total::ALL {
        let stack = budget.stack(total).expect("recorded");
        let sum: u64 = stack.parts.iter().filter_map(|(_, nanos)| *nanos).sum();
        assert_eq!(sum, stack.total, "{}: {stack:?}", model.name());
    }
    (budget, measured)
}

fn tasks(budget: &TimeBudget) -> &Stack {
    budget.task_seconds.as_ref().expect("recorded")
}

/// Returns the CPU time of the processes in all parts that hold it.
fn own(stack: &Stack) -> u64 {
    let parts = [Part::CoreTasks, Part::CoreStamps, Part::CoreOverhead, Part::CoreOwn];
    parts.into_iter().filter_map(|part| stack.nanos(part)).sum()
}

fn largest(stack: &Stack) -> Option<Part> {
    stack.largest().map(|(part, _)| part)
}

#[test]
fn a_loop_that_computes_spends_its_cpu_time_on_its_tasks() {
    let results = run(experiment(6, vec![compute(60.0)], &[ModelId::Sequential]));
    let (budget, measured) = budget(&results, ModelId::Sequential);
    let (cores, cpu) = (&budget.core_seconds, measured.usage.cpu_nanos().expect("measured"));
    assert_eq!(own(cores), cpu.min(cores.total));
    assert!(own(cores) <= measured.wall_nanos + measured.wall_nanos / 20, "one thread on one core: {cores:?}");
    match cores.nanos(Part::CoreTasks) {
        Some(computing) => assert!(computing as f64 > 0.9 * cpu as f64, "{cores:?}"),
        // Other programs kept it from its core.
        None => assert!(cores.notes.contains(&Note::Unsplit(Unsplit::Interrupted)), "{cores:?}"),
    }
    assert_eq!(tasks(&budget).nanos(Part::TaskWait), Some(0));
    // Five of six tasks wait for those before them: 15 durations of a task in the queue, 6 of computing.
    assert_eq!(largest(tasks(&budget)), Some(Part::TaskQueue));
    let least = measured.wall_nanos / 10 * 9;
    assert!(tasks(&budget).nanos(Part::TaskCompute).is_some_and(|nanos| nanos >= least), "{budget:?}");
    assert!(measured.wall_nanos >= SHORTEST_COUNTED_NANOS, "long enough for the counters");
}

#[test]
fn tasks_that_wait_keep_no_core_busy() {
    let models = [ModelId::Threads, ModelId::Async, ModelId::ThreadPool];
    let results = run(experiment(12, vec![wait(60.0)], &models));
    for model in models {
        let (budget, _) = budget(&results, model);
        assert_eq!(budget.core_seconds.nanos(Part::CoreTasks), Some(0), "{}", model.name());
        // Two workers take six turns: most of the time of their tasks is the queue.
        let wanted = if model == ModelId::ThreadPool { Part::TaskQueue } else { Part::TaskWait };
        assert_eq!(largest(tasks(&budget)), Some(wanted), "{}: {budget:?}", model.name());
        assert!(tasks(&budget).nanos(Part::TaskWait).is_some_and(|nanos| nanos >= 12 * 60_000_000), "{budget:?}");
    }
}

#[test]
fn more_computing_threads_than_cores_are_told_and_not_split() {
    let cores = concurrency_lab::cpus::usable();
    if cores > 16 {
        skipped("too many cores for a test with four threads on each");
        return;
    }
    let results = run(experiment(cores * 4, vec![compute(40.0)], &[ModelId::Threads]));
    let (budget, measured) = budget(&results, ModelId::Threads);
    let most = measured.span_summary.phase_sums.expect("recorded").most_busy;
    assert!(most > cores, "{most} tasks at once on {cores} cores");
    let cores = budget.cores;
    assert!(tasks(&budget).notes.contains(&Note::WaitedForCores { most, cores }), "{budget:?}");
    let core_seconds = &budget.core_seconds;
    assert!(core_seconds.notes.contains(&Note::Unsplit(Unsplit::WaitedForCores { most, cores })), "{core_seconds:?}");
    assert_eq!(core_seconds.nanos(Part::CoreTasks), None);
    assert_eq!(core_seconds.nanos(Part::CoreOwn), measured.usage.cpu_nanos().map(|cpu| cpu.min(core_seconds.total)));
    let spans = measured.spans.load().expect("readable");
    let computing: u64 = spans.tasks.iter().map(|span| span.finished - span.started).sum();
    assert!(tasks(&budget).nanos(Part::TaskCompute).is_some_and(|nanos| nanos <= computing), "{budget:?}");
}

#[test]
fn starting_a_process_for_each_task_is_no_computing_of_tasks() {
    let results = run(experiment(8, vec![compute(0.05)], &[ModelId::Processes]));
    let (budget, _) = budget(&results, ModelId::Processes);
    let cores = &budget.core_seconds;
    match cores.nanos(Part::CoreTasks) {
        Some(computing) => assert!(cores.nanos(Part::CoreOverhead).is_some_and(|other| other > computing), "{cores:?}"),
        None => assert!(cores.notes.iter().any(|note| matches!(note, Note::Unsplit(_))), "{cores:?}"),
    }
    assert!(budget.setup_nanos > 0);
}

#[test]
fn the_server_of_fetches_is_a_part_of_its_own() {
    let results = run(experiment(60, vec![Step::http(5.0, 20_000)], &[ModelId::Async]));
    let (budget, measured) = budget(&results, ModelId::Async);
    let server = measured.server.and_then(|server| server.cpu_nanos).expect("measured");
    let cores = &budget.core_seconds;
    assert!(server > 0);
    assert_eq!(cores.nanos(Part::CoreServer), Some(server), "{cores:?}");
    assert_eq!(own(cores), measured.usage.cpu_nanos().expect("measured"), "the server is not in it");
    assert_eq!((cores.nanos(Part::CoreTasks), largest(tasks(&budget))), (Some(0), Some(Part::TaskHttp)));
}

#[test]
fn long_trials_tell_idle_cores_from_other_programs() {
    let results = run(experiment(10, vec![wait(100.0)], &[ModelId::Sequential]));
    let (budget, measured) = budget(&results, ModelId::Sequential);
    let cores = &budget.core_seconds;
    let trial = &results.trials[0];
    let sampled = trial.cpu.first().map(|sample| sample.usage_percent.len());
    if sampled != Some(budget.cores as usize) {
        skipped("the lab may not use all CPUs of this machine, so their counters are not used");
        assert!(cores.notes.iter().any(|note| matches!(note, Note::Unsampled(_))), "{cores:?}");
        return;
    }
    if cores.notes.contains(&Note::CountersDisagree) {
        assert_eq!(cores.nanos(Part::CoreOthers), None);
        return;
    }
    assert!(cores.nanos(Part::CoreIdle).is_some() && measured.wall_nanos >= 1_000_000_000, "{cores:?}");
    // Samples of 250 ms leave less than one of them open.
    let rest = cores.nanos(Part::CoreRest).expect("always there");
    assert!(rest <= u64::from(budget.cores) * 600_000_000, "{cores:?}");
}

#[test]
fn threads_of_python_wait_for_the_gil_and_processes_do_not() {
    let Some(interpreters) = python() else { return };
    if !interpreters.usable[0].gil {
        skipped("the first CPython of this machine has no GIL");
        return;
    }
    let steps = vec![compute(30.0), wait(5.0), compute(5.0)];
    let results = run_on(experiment(6, steps, &[ModelId::PyThreads, ModelId::PyProcessPool]), &interpreters);
    let (threads, measured) = budget(&results, ModelId::PyThreads);
    let sums = measured.span_summary.phase_sums.expect("recorded");
    let stack = tasks(&threads);
    let part = |part| stack.nanos(part).unwrap_or_else(|| panic!("{part:?} in {stack:?}"));
    let gil = part(Part::TaskGil);
    assert_eq!(Some(gil), measured.span_summary.gil_wait_nanos);
    assert!(gil > 0, "six threads compute for 35 ms each: {stack:?}");
    assert_eq!(gil + part(Part::TaskCompute) + part(Part::TaskWait), sums.compute + sums.wait);
    // What the threads' own clocks measured is split even though all compute at once.
    let cores = &threads.core_seconds;
    match cores.nanos(Part::CoreTasks) {
        Some(computing) => assert!(computing <= measured.usage.cpu_nanos().expect("measured"), "{cores:?}"),
        // A thread that loses the GIL or its core between two clocks has a phase longer than both show.
        None => assert!(cores.notes.contains(&Note::Unsplit(Unsplit::Interrupted)), "{cores:?}"),
    }
    let (processes, _) = budget(&results, ModelId::PyProcessPool);
    assert_eq!(tasks(&processes).nanos(Part::TaskGil), None);
    assert!(tasks(&processes).notes.iter().all(|note| !matches!(note, Note::GilUnknown | Note::GilSomewhere(_))));
}

#[test]
fn a_stored_run_a_chart_and_json_have_the_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let arguments = ["run", "io-bound", "--tasks", "6", "--task-ms", "2", "--models", "threads,async", "--trials", "1"];
    let chart = format!("time-budget={}", path("first.svg"));
    let outputs =
        ["--warmups", "0", "--quiet", "--save", &path("run.clab"), "--json", &path("first.json"), "--chart", &chart];
    let output = lab().args(arguments).args(outputs).output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = ["show", &path("run.clab"), "--quiet", "--json", &path("again.json"), "--chart"];
    let chart = format!("time-budget={}", path("again.svg"));
    let output = lab().args(again).arg(&chart).output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("written");
    assert_eq!(read("first.json"), read("again.json"), "the stored run has all that the budget needs");
    let svg = read("first.svg");
    assert!(
        svg.contains("Largest part of the task-seconds: ") && svg.contains("outside the clock: start-up "),
        "{svg}"
    );
    let document: serde_json::Value = serde_json::from_str(&read("first.json")).expect("JSON");
    let models = document["models"].as_array().expect("a list");
    assert_eq!(models.len(), 2);
    for model in models {
        let budget = &model["trials"][0]["time_budget"];
        for total in ["core_ms", "task_ms"] {
            let parts = budget[total].as_object().expect("an object");
            let sum: f64 = parts.iter().filter(|(key, _)| *key != "total").filter_map(|(_, part)| part.as_f64()).sum();
            let total = parts["total"].as_f64().expect("a number");
            assert!(total > 0.0 && (sum - total).abs() < 1e-6 * total.max(1.0), "{budget}");
        }
    }
}
