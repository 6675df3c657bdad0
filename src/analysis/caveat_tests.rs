//! Tests of the caveats: each appears where it should and nowhere else.

use std::sync::Arc;

use crate::analysis::caveat::Noun;
use crate::analysis::caveats::{self, CpuLimit};
use crate::analysis::testing::{Synthetic, machine, workload_alike, workload_of};
use crate::analysis::{Analysis, Caveat, analyse};
use crate::clock::StampClock;
use crate::cpus::Cpus;
use crate::model::{Host, ModelId};
use crate::python::testing::interpreters;
use crate::python::{Interpreters, Rejected};
use crate::results::Results;
use crate::session::{HostCalibrations, Outcome};
use crate::trial::{ServerUse, Status};
use crate::workload::{Calibration, Calibrations, Kernel, Lock, SectionWork, Step, Workload};

/// Ten waits, seven rounds of two models, no caveat.
fn quiet() -> Synthetic {
    Synthetic::new(workload_alike(10, 0.0, 50.0), &["sequential", "threads"]).rounds(
        7,
        0.001,
        &[("sequential", 500.0, 1, 0.01), ("threads", 150.0, 10, 0.1)],
    )
}

fn with_background(results: &mut Results, model: ModelId, change: impl Fn(&mut crate::trial::Background)) {
    for trial in results.trials.iter_mut().filter(|trial| trial.contender.model == model) {
        change(trial.background.as_mut().expect("built with one"));
    }
}

fn oversubscribed(computing: u32) -> Caveat {
    Caveat::Oversubscribed { computing, noun: Noun::Thread, cores: 2 }
}

fn of(analysis: &Analysis, model: usize) -> &[Caveat] {
    &analysis.summaries[model].caveats
}

#[test]
fn a_quiet_run_has_none() {
    let analysis = analyse(&quiet().results);
    assert_eq!((of(&analysis, 0), of(&analysis, 1), analysis.caveats.as_slice()), (&[][..], &[][..], &[][..]));
    assert_eq!(analysis.foreign_percent, Some(0.0));
}

#[test]
fn foreign_cpu_is_a_share_of_all_cores_without_tree_and_lab() {
    let mut built = quiet();
    with_background(&mut built.results, ModelId::Sequential, |background| {
        background.lab_nanos = background.wall_nanos / 10;
        background.busy_nanos += background.wall_nanos / 10 + background.wall_nanos * 14 / 100;
    });
    let analysis = analyse(&built.results);
    let [Caveat::ForeignCpu { percent }, Caveat::LabCpu { percent: lab }] = of(&analysis, 0) else {
        panic!("{:?}", of(&analysis, 0))
    };
    assert!((percent - 7.0).abs() < 0.01 && (lab - 5.0).abs() < 0.01, "{percent} {lab}");
    assert_eq!(of(&analysis, 0)[0].label(), "other programs used 7.0 %");
    assert_eq!(of(&analysis, 0)[1].label(), "the lab itself used 5.0 %");
    assert!(of(&analysis, 0)[1].remedy().contains("terminal"), "{}", of(&analysis, 0)[1].remedy());
    assert!(of(&analysis, 1).is_empty());
    assert!((analysis.lab_percent.expect("enough measured") - 5.0 * 3500.0 / 4550.0).abs() < 0.05);
}

#[test]
fn below_a_second_of_measuring_there_is_no_caveat_on_foreign_cpu() {
    let mut built = Synthetic::new(workload_alike(10, 0.0, 50.0), &["sequential"]).rounds(
        7,
        0.0,
        &[("sequential", 140.0, 1, 0.01)],
    );
    with_background(&mut built.results, ModelId::Sequential, |background| background.busy_nanos += 1_000_000_000);
    let analysis = analyse(&built.results);
    assert_eq!((analysis.summaries[0].foreign_percent, of(&analysis, 0)), (None, &[][..]));
}

#[test]
fn steal_and_throttling_are_caveats_of_a_model() {
    let mut built = quiet();
    with_background(&mut built.results, ModelId::Threads, |background| {
        background.steal_nanos = Some(background.wall_nanos / 10);
        background.throttled = Some(2);
    });
    let analysis = analyse(&built.results);
    assert!(matches!(of(&analysis, 1)[0], Caveat::Steal { percent } if (percent - 5.0).abs() < 0.01));
    assert_eq!(of(&analysis, 1)[1], Caveat::Throttled { periods: 14 });
}

#[test]
fn computing_threads_beyond_the_cores_hide_core_occupancy() {
    let built = Synthetic::new(workload_alike(10, 5.0, 0.0), &["sequential", "threads", "thread-pool"]).rounds(
        6,
        0.0,
        &[("sequential", 50.0, 1, 1.0), ("threads", 26.0, 10, 1.9), ("thread-pool", 25.0, 2, 1.9)],
    );
    let analysis = analyse(&built.results);
    assert_eq!(of(&analysis, 1), [oversubscribed(10)]);
    assert!(of(&analysis, 0).is_empty() && of(&analysis, 2).is_empty());
    assert_eq!(analysis.summaries[1].core_occupancy, None);
    let pool = analysis.summaries[2].core_occupancy.as_ref().expect("stated");
    assert_eq!(pool.iter().map(|(core, _)| *core).collect::<Vec<_>>(), [0, 1]);
    assert!(pool.iter().all(|(_, share)| (0.9..=1.0).contains(share)), "{pool:?}");
}

#[test]
fn workers_that_never_had_a_task_do_not_share_the_cores() {
    let caveats = |in_flight| {
        let rows = [("sequential", 50.0, 1, 1.0), ("thread-pool", 26.0, in_flight, 1.9)];
        let workload = Workload { workers: Some(4.into()), ..workload_alike(10, 5.0, 0.0) };
        let mut built = Synthetic::new(workload, &["sequential", "thread-pool"]).rounds(6, 0.0, &rows);
        built.adjust("thread-pool", |measured| measured.workers = Some(4));
        of(&analyse(&built.results), 1).to_vec()
    };
    assert_eq!(caveats(4), [oversubscribed(4)]);
    assert_eq!(caveats(3), [oversubscribed(3)], "only three had something to do");
    assert_eq!(caveats(2), []);
}

#[test]
fn processes_that_the_code_left_are_counted() {
    let mut built = quiet();
    built.adjust("threads", |measured| measured.left_processes = Some(0));
    assert_eq!(of(&analyse(&built.results), 1), []);
    built.adjust("threads", |measured| measured.left_processes = Some(3));
    built.adjust("sequential", |measured| measured.left_processes = Some(1));
    let analysis = analyse(&built.results);
    assert_eq!(of(&analysis, 1), [Caveat::LeftProcesses { count: 3 }]);
    let texts = [0, 1].map(|model| (of(&analysis, model)[0].label(), of(&analysis, model)[0].remedy()));
    assert_eq!(texts.each_ref().map(|(label, _)| label.as_str()), ["left 1 process", "left 3 processes"]);
    assert!(texts[0].1.starts_with("A process that the code had started was still running"), "{}", texts[0].1);
    assert!(texts[1].1.starts_with("Up to 3 processes that the code had started were still running"), "{}", texts[1].1);
}

#[test]
fn few_rounds_are_a_caveat_once_no_more_will_come() {
    let mut built = Synthetic::new(workload_alike(10, 0.0, 50.0), &["sequential"]).rounds(
        3,
        0.0,
        &[("sequential", 500.0, 1, 0.01)],
    );
    assert_eq!(analyse(&built.results).caveats, [Caveat::FewRounds { rounds: 3, missing: 3 }]);
    built.results.rounds = Some(15);
    assert!(analyse(&built.results).caveats.is_empty(), "twelve more are on their way");
    built.results.outcome = Some(Outcome::Cancelled);
    let caveats = analyse(&built.results).caveats;
    assert!(caveats[0].remedy().contains("Run 3 more rounds"), "{}", caveats[0].remedy());
}

#[test]
fn a_model_that_lost_trials_has_the_caveat_itself() {
    let mut built = quiet();
    for trial in built.results.trials.iter_mut().filter(|trial| trial.contender.model == ModelId::Threads).skip(4) {
        trial.status = Status::Failed;
    }
    let analysis = analyse(&built.results);
    assert_eq!(of(&analysis, 1), [Caveat::FewRounds { rounds: 3, missing: 3 }]);
    assert!(analysis.caveats.is_empty());
}

#[test]
fn outliers_are_counted_not_deleted() {
    let mut built = quiet();
    built.trial("threads", 8, 400.0, 10, 0.1);
    built.trial("sequential", 8, 500.0, 1, 0.01);
    let analysis = analyse(&built.results);
    assert_eq!(of(&analysis, 1), [Caveat::Outliers { count: 1, trials: 8 }]);
    assert_eq!(analysis.summaries[1].wall.expect("completed").max, 400e6);
}

#[test]
fn the_machine_the_calibration_and_the_clock_are_caveats_of_the_run() {
    let mut built = quiet();
    built.results.machine = Some(Arc::new(crate::session::Machine {
        debug_build: true,
        cpus: Cpus { online: Some(8), ..machine().cpus },
        cpu_quota: Some(1.5),
        governor: Some("powersave".to_owned()),
        virtual_machine: Some(true),
        on_battery: Some(true),
        ..machine()
    }));
    let disturbed = Calibration { kernel: Kernel::Splitmix, nanos_per_unit: 2.0, wall_over_cpu: 1.08 };
    built.results.calibrations.put(&Host::Rust, Calibrations::from(vec![disturbed]));
    built.results.trials[3].measured.as_mut().expect("completed").stamp_clock = StampClock::OsClock;
    let caveats = analyse(&built.results).caveats;
    let labels: Vec<String> = caveats.iter().map(Caveat::label).collect();
    assert_eq!(
        labels,
        [
            "debug build",
            "quota of 1.5 CPUs",
            "on battery",
            "governor powersave",
            "virtual machine hides clock speed",
            "disturbed calibration",
            "spans from the system clock"
        ]
    );
    for caveat in caveats {
        let remedy = caveat.remedy();
        assert!(remedy.ends_with('.') && remedy.len() > caveat.label().len(), "{remedy}");
        assert!(!caveat.is_per_model());
    }
    built.results.machine = Some(Arc::new(crate::session::Machine {
        governor: None,
        virtual_machine: None,
        on_battery: None,
        cpu_quota: Some(2.0),
        ..machine()
    }));
    built.results.calibrations = HostCalibrations::default();
    assert_eq!(analyse(&built.results).caveats, [Caveat::OsClock], "what is not known is no caveat");
}

#[test]
fn a_busy_server_is_a_caveat_of_the_models_that_it_may_have_limited() {
    let steps = vec![Step::http(50.0, 10)];
    let mut built = Synthetic::new(workload_of(10, steps), &["sequential", "threads"]).rounds(
        7,
        0.001,
        &[("sequential", 500.0, 1, 0.01), ("threads", 50.0, 10, 0.1)],
    );
    let server = |cpu_nanos| Some(ServerUse { cpu_nanos, requests: 10, most_connections: 10 });
    built.adjust("sequential", |measured| measured.server = server(Some(4_000_000)));
    built.adjust("threads", |measured| measured.server = server(Some(measured.wall_nanos / 10 * 9)));
    let analysis = analyse(&built.results);
    assert!(of(&analysis, 0).is_empty());
    let [busy @ Caveat::ServerBusy { .. }] = of(&analysis, 1) else { panic!("{:?}", of(&analysis, 1)) };
    assert_eq!(busy.label(), "HTTP server 90 % busy");
    assert!(busy.is_per_model() && !busy.is_unreliable() && busy.remedy().contains("its one core"));
    built.adjust("threads", |measured| measured.server = server(None));
    assert!(of(&analyse(&built.results), 1).is_empty(), "what is not known is no caveat");
}

#[test]
fn pinned_to_a_quiet_core_beside_a_busy_one_a_run_is_undisturbed() {
    // One of two CPUs is allowed; the other program runs on the other one and is not counted by the session.
    let mut built = quiet();
    with_background(&mut built.results, ModelId::Sequential, |background| background.cpus = 1);
    built.results.machine =
        Some(Arc::new(crate::session::Machine { cpus: Cpus { usable: 1, ..machine().cpus }, ..machine() }));
    let analysis = analyse(&built.results);
    assert!(of(&analysis, 0).is_empty(), "{:?}", of(&analysis, 0));
    assert_eq!(analysis.caveats, [Caveat::AffinityBelowCpus { allowed: 1, online: 2 }]);
    assert_eq!(analysis.caveats[0].label(), "1 of 2 CPUs allowed");
}

#[test]
fn the_limit_on_cpus_is_named_for_what_it_is() {
    let limited = |usable, online, cpu_quota| {
        let cpus = Cpus { usable, online, ..machine().cpus };
        caveats::cpu_limit(&crate::session::Machine { cpus, cpu_quota, ..machine() })
    };
    assert_eq!(limited(2, Some(2), None), None);
    assert_eq!(limited(1, Some(2), None), Some(CpuLimit::Affinity));
    assert_eq!(limited(1, Some(2), Some(0.5)), Some(CpuLimit::Quota(0.5)));
    assert_eq!(limited(1, Some(8), Some(4.0)), Some(CpuLimit::Affinity), "the affinity is the narrower one");
    assert_eq!(limited(1, None, None), None, "what is not known is no limit");
}

#[test]
fn processes_are_called_processes() {
    let rows = [("processes", 26.0, 10, 1.9)];
    let built = Synthetic::new(workload_alike(10, 5.0, 0.0), &["processes"]).rounds(6, 0.0, &rows);
    let caveat = analyse(&built.results).summaries[0].caveats[0].clone();
    assert_eq!(caveat.label(), "10 processes on 2 cores");
    assert!(caveat.remedy().starts_with("10 processes shared 2 cores"), "{}", caveat.remedy());
}

#[test]
fn files_in_memory_are_a_caveat_of_the_run() {
    let mut built = Synthetic::new(workload_of(10, vec![Step::file(10, true)]), &["async"]).rounds(
        7,
        0.001,
        &[("async", 50.0, 10, 0.1)],
    );
    built.adjust("async", |measured| measured.file_system = Some("ext4".to_owned()));
    assert!(analyse(&built.results).caveats.is_empty());
    built.adjust("async", |measured| measured.file_system = Some("tmpfs".to_owned()));
    let caveats = analyse(&built.results).caveats;
    assert_eq!(caveats, [Caveat::InMemoryFiles { kind: "tmpfs".to_owned() }]);
    assert!(!caveats[0].is_per_model() && caveats[0].remedy().contains("TMPDIR"), "{}", caveats[0].remedy());
}

#[test]
fn one_lock_lets_no_more_threads_compute_than_there_are_cores() {
    let section = |permits, lock| vec![Step::critical(5.0, lock, permits, SectionWork::Compute)];
    let rows = [("threads", 50.0, 10, 1.0)];
    let caveats = |steps| {
        let built = Synthetic::new(workload_of(10, steps), &["threads"]).rounds(7, 0.0, &rows);
        analyse(&built.results).summaries[0].caveats.clone()
    };
    assert!(caveats(section(1, Lock::Mutex)).is_empty());
    assert_eq!(caveats(section(5, Lock::Semaphore)), [oversubscribed(5)]);
    assert_eq!(caveats(vec![Step::memory(1)]), [oversubscribed(10)]);
}

#[test]
fn calls_that_never_overlap_on_an_event_loop_are_stated() {
    let call = || Step::Call { file: "work.py".to_owned(), function: "work".to_owned(), arguments: Vec::new() };
    let run = |step: Step, in_flight: u32, limit: Option<u32>| {
        let workload = Workload { in_flight: limit, ..workload_of(10, vec![step]) };
        let models = ["py-sequential", "py-asyncio", "py-asyncio-threads"];
        let rows = models.map(|model| (model, 100.0, if model == "py-asyncio" { in_flight } else { 1 }, 1.0));
        analyse(&Synthetic::new(workload, &models).rounds(2, 0.0, &rows).results)
    };
    let held = |analysis: &Analysis| {
        let of = |model: usize| of(analysis, model).contains(&Caveat::LoopHeld { tasks: 10 });
        [of(0), of(1), of(2)]
    };
    assert_eq!(held(&run(call(), 1, None)), [false, true, false], "the loop alone, not the plain loop or threads");
    assert_eq!(held(&run(call(), 10, None)), [false; 3], "they overlap");
    assert_eq!(held(&run(call(), 1, Some(1))), [false; 3], "one at a time was asked for");
    assert_eq!(held(&run(Step::wait(1.0), 1, None)), [false; 3], "no code of the user's");
}

#[test]
fn an_interpreter_without_an_answer_is_named_where_another_one_ran() {
    let with = |models: &[&str]| {
        let rows: Vec<(&str, f64, u32, f64)> = models.iter().map(|model| (*model, 100.0, 1, 1.0)).collect();
        let mut built = Synthetic::new(workload_alike(10, 0.0, 50.0), models).rounds(7, 0.001, &rows);
        let silent = Rejected {
            path: "/opt/slow/python3".into(),
            found: "PATH".to_owned(),
            reason: "it did not answer within 15 s".to_owned(),
            passed_over: true,
        };
        let found = interpreters(&["3.11.7"]);
        built.results.interpreters = Arc::new(Interpreters { rejected: vec![silent], ..found });
        analyse(&built.results).caveats
    };
    let caveats = with(&["py-sequential", "py-threads"]);
    let [Caveat::PythonPassedOver(passed)] = caveats.as_slice() else { panic!("{caveats:?}") };
    assert_eq!(caveats[0].label(), "ran on Python 3.11.7, not the first one");
    assert!(
        caveats[0].remedy().contains("/opt/slow/python3 (PATH) comes first and gave no answer in time"),
        "{passed}"
    );
    assert_eq!(with(&["sequential", "threads"]), [], "no model of Python");
    assert_eq!(with(&["py-sequential@3.11", "py-threads@3.11"]), [], "the interpreter is named");
}
