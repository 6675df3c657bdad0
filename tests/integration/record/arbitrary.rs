//! Runs of any kind: experiments, machines, interpreters and trials whose values are chosen by the test.

use std::sync::Arc;

use concurrency_lab::clock::StampClock;
use concurrency_lab::cpus::Cpus;
use concurrency_lab::experiment::payload_rules::payload_problem;
use concurrency_lab::experiment::quiz::QuizEntry;
use concurrency_lab::experiment::{Excluded, Experiment, SamplingPlan, SourceText, TrialCount};
use concurrency_lab::failure::{Exit, Failure, LimitedUnit};
use concurrency_lab::model::{Contender, Host, ModelId, Python};
use concurrency_lab::python::StartMethod;
use concurrency_lab::session::machine::Limits;
use concurrency_lab::session::{HostCalibrations, Machine, Outcome, SessionEvent};
use concurrency_lab::trial::{
    Background, Beat, Counted, CpuSample, DifferingResult, ExternalScheduler, Handover, Measured, NotCompared,
    ResultCheck, Runtime, ServerUse, Span, SpanClass, SpanClasses, SpanStore, SpanSummary, Spans, Status, Trial, Usage,
};
use concurrency_lab::workload::WorkerCount;
use concurrency_lab::workload::{
    Awaiting, Calibration, Calibrations, Class, Classes, DurationDistribution, Kernel, ListedTask, Lock, LockOrder,
    Payload, PlanStep, Protection, SectionWork, Step, Tasks, Work, Workload,
};
use proptest::prelude::*;

use crate::scripted::interpreters;

/// Steps with what the runner calls them.
fn step() -> impl Strategy<Value = (Step, PlanStep)> {
    let ms = || 0.0..1e4_f64;
    prop_oneof![
        (ms(), 0..5_usize).prop_map(|(ms, kernel)| {
            let kernel = Kernel::ALL[kernel];
            (Step::Compute { ms, kernel }, PlanStep::Compute(kernel))
        }),
        ms().prop_map(|ms| (Step::wait(ms), PlanStep::Wait)),
        (ms(), 0..1_000_u64).prop_map(|(latency_ms, bytes)| { (Step::http(latency_ms, bytes), PlanStep::http(bytes)) }),
        any::<bool>().prop_map(|sync| (Step::file(7, sync), PlanStep::file(sync))),
        Just((Step::memory(3), PlanStep::Memory)),
        (ms(), 0..2_usize).prop_map(|(ms, holds)| {
            let (lock, permits, holds) = (Lock::Semaphore, 2, SectionWork::ALL[holds]);
            (Step::critical(ms, lock, permits, holds), PlanStep::critical(lock, permits, holds))
        }),
        (0..8_usize).prop_map(|kind| {
            let protection = Protection::ALL[kind];
            (Step::Increment { count: 5, protection }, PlanStep::Increment(protection))
        }),
        ms().prop_map(|ms| (Step::TwoLocks { ms, order: LockOrder::Same }, PlanStep::TwoLocks(LockOrder::Same))),
    ]
}

fn tasks() -> impl Strategy<Value = (Tasks, Vec<PlanStep>)> {
    let listed = ("[=A-Za-z ü,\"]{0,9}x", 0.0..1e4_f64, 0.0..1e4_f64)
        .prop_map(|(name, compute_ms, wait_ms)| ListedTask { name, compute_ms, wait_ms });
    prop_oneof![
        (1..20_u32, proptest::collection::vec(step(), 0..4)).prop_map(|(count, steps)| {
            let (steps, plan) = steps.into_iter().unzip();
            (Tasks::Alike { count, steps }, plan)
        }),
        (1..20_u32, proptest::collection::vec(step(), 0..4)).prop_map(|(count, steps)| {
            let (steps, mut plan): (Vec<Step>, Vec<PlanStep>) = steps.into_iter().unzip();
            let class =
                |name: &str, tasks, repeat, workers| Class { name: name.into(), tasks, repeat, workers, steps: 0 };
            let mut classes = Classes::default();
            classes.push(class("Requests, \"all\"", count, false, None), steps);
            classes.push(class("Computing", 2, true, Some(2)), vec![Step::wait(1.0)]);
            plan.push(PlanStep::Wait);
            (Tasks::Classes(classes), plan)
        }),
        proptest::collection::vec(listed, 1..8).prop_map(|list| {
            (Tasks::List(list.into()), vec![PlanStep::Compute(Kernel::default()), PlanStep::Wait])
        }),
    ]
}

fn spread() -> impl Strategy<Value = DurationDistribution> {
    prop_oneof![
        Just(DurationDistribution::Constant),
        Just(DurationDistribution::Exponential),
        (0.0..=100.0_f64).prop_map(|percent| DurationDistribution::Uniform { percent }),
        (1.01..9.0_f64).prop_map(|shape| DurationDistribution::Pareto { shape }),
    ]
}

/// Models of both hosts, a second copy, and one on an interpreter by name.
fn models() -> Vec<Contender> {
    let mut models =
        [ModelId::Sequential, ModelId::Threads, ModelId::ProcessPool, ModelId::PyThreads].map(Contender::of).to_vec();
    models.push(Contender { copy: 2, ..Contender::of(ModelId::Threads) });
    models.push(Contender::on(ModelId::PyProcesses, "3.14t"));
    models.push("process-pool{workers=3,cpus=0-1+5}".parse().expect("a contender"));
    models.push("py-processes@3.14t{start_method=spawn,gil=on}".parse().expect("a contender"));
    models.push(Contender { label: Some("wide \"one\"".into()), ..models[4].clone() });
    models[8].copy = 3;
    models.push(Contender::of(ModelId::PyGevent));
    models
}

fn experiment() -> impl Strategy<Value = (Experiment, Vec<PlanStep>)> {
    let texts = ("[a-z0-9-]{1,20}", "[A-Z\"'ü=]{1,30}", "[a-z =\"\\\\]{0,40}", "[a-z \n\"\\\\*#]{0,90}");
    let numbers = (proptest::option::of(1..99_u32), proptest::option::of(1..99_u32), 0..u64::MAX / 2);
    let plan = (proptest::option::of(1..9_u32), 1..9_u32, 0..3_u32, 0.5..100.0_f64, 1.0..1000.0_f64);
    (texts, tasks(), spread(), numbers, plan, any::<[bool; 3]>()).prop_map(
        |((id, title, summary, explanation), (tasks, steps), spread, (workers, in_flight, seed), plan, flags)| {
            let models = models();
            let payload = Payload { input_bytes: seed % 1_000, ..Payload::default() };
            let mut experiment = Experiment {
                id,
                title,
                summary,
                explanation,
                workload: Workload {
                    tasks,
                    workers: workers.map(WorkerCount::Number),
                    cpus: (seed % 3 == 0).then(|| "0-3,6".parse().expect("a list")),
                    in_flight,
                    seed,
                    spread,
                    ticker: flags[0],
                    work: if flags[1] { Work::SameAlgorithm } else { Work::SameTime },
                    payload: None,
                    awaits: if flags[0] { Awaiting::InTurn } else { Awaiting::Together },
                },
                trials: SamplingPlan {
                    count: plan.0.map_or(TrialCount::Auto, TrialCount::Fixed),
                    minimum: plan.1,
                    warmups: plan.2,
                    budget_seconds: plan.3,
                    timeout_seconds: plan.4,
                },
                reference: models[seed as usize % models.len()].clone(),
                models,
                left_out: vec![Excluded { contender: Contender::of(ModelId::PyTrio), reason: "\"too\" slow".into() }],
                start_method: StartMethod::ALL[seed as usize % 4],
                source: SourceText::default(),
                sweep: None,
                quiz: quiz(),
                models_by_default: flags[2],
            };
            if flags[1] && payload_problem(&experiment.workload).is_none() {
                experiment.workload.payload = Some(payload);
            }
            experiment.resolve_interpreters(&interpreters());
            (experiment, steps)
        },
    )
}

fn nanos() -> impl Strategy<Value = u64> {
    prop_oneof![0..3_000_u64, 0..10_000_000_000_u64]
}

/// Two classes, the second of which repeats, or none.
fn classes(steps: usize, tasks: usize, some: bool) -> SpanClasses {
    if !some {
        return SpanClasses::default();
    }
    let half = steps / 2;
    let class = |first_step, steps, done, repeat| SpanClass { first_step, steps, repeat, done };
    SpanClasses {
        list: vec![class(0, half, tasks as u64, false), class(half, steps - half, tasks as u64 + 7, true)],
        of: (0..tasks).map(|task| (task % 2) as u8).collect(),
    }
}

fn handover(span: &Span) -> Handover {
    Handover {
        sent: span.core.map(|_| span.started / 2),
        read: span.started / 2 + span.finished / 2,
        worked: span.finished,
        received: (span.worker > 4).then(|| span.finished + u64::from(span.worker)),
    }
}

fn spans(steps: Vec<PlanStep>, count: usize) -> impl Strategy<Value = Spans> {
    let ends = steps.len().saturating_sub(1);
    let inner_timestamps: usize = steps.iter().map(|step| step.inner_timestamps()).sum();
    let span = (nanos(), nanos(), nanos(), 0..9_u32, proptest::option::of(0..64_u16)).prop_map(
        |(submitted, one, other, worker, core)| Span {
            submitted,
            started: one.min(other),
            finished: one.max(other),
            worker,
            core,
        },
    );
    let tick = (nanos(), nanos()).prop_map(|(due, late)| Beat { due, late });
    (
        proptest::collection::vec(span, count),
        proptest::collection::vec(nanos(), count * ends),
        proptest::collection::vec(nanos(), count * inner_timestamps),
        prop_oneof![Just(Vec::new()), proptest::collection::vec(nanos(), count)],
        proptest::collection::vec(tick, 0..5),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(move |(tasks, step_ends, inner_timestamps, gil_waits, beats, payload, some)| Spans {
            classes: classes(steps.len(), tasks.len(), some),
            handovers: tasks.iter().filter(|_| payload).map(handover).collect(),
            tasks,
            step_ends,
            inner_timestamps,
            gil_waits,
            beats,
            steps: steps.clone(),
            seen: Vec::new(),
        })
}

fn measured(steps: Vec<PlanStep>, count: usize) -> impl Strategy<Value = Measured> {
    let some = || proptest::option::of(nanos());
    let usage = (some(), some(), some(), some(), some(), some());
    let memory = (some(), some(), nanos(), proptest::option::of(0.0..9e6_f64), proptest::option::of(0.0..9e6_f64));
    let extras = (some(), some(), some(), any::<[bool; 3]>());
    let whole = (nanos(), nanos(), nanos(), any::<u64>(), 1..9_u32, proptest::option::of(1..9_u32));
    (spans(steps, count), usage, memory, extras, whole).prop_map(|(spans, usage, memory, extras, whole)| Measured {
        setup_nanos: whole.0,
        wall_nanos: whole.1,
        teardown_nanos: whole.2,
        workers: whole.5,
        usage: Usage {
            user_nanos: usage.0,
            system_nanos: usage.1,
            voluntary_switches: usage.2,
            involuntary_switches: usage.3,
            storage_read_bytes: usage.4,
            storage_written_bytes: usage.5,
        },
        peak_memory_bytes: memory.0,
        pss_bytes: memory.1,
        record_bytes: memory.2,
        stamp_nanos: memory.3,
        first_stamp_nanos: memory.4,
        checksum: whole.3,
        span_summary: Arc::new(SpanSummary::of(&spans)),
        spans: SpanStore::Memory(Arc::new(spans)),
        passes: whole.4,
        stamp_clock: if extras.3[0] { StampClock::OsClock } else { StampClock::CpuCounter },
        server: extras.0.map(|requests| ServerUse { cpu_nanos: extras.1, requests, most_connections: 3 }),
        counted: extras.1.map(|expected| Counted { expected, got: expected / 2 }),
        runtime: extras.2.map(|error| Runtime {
            version: "3.14.1".to_owned(),
            gil: extras.3[1],
            start_method: extras.3[2].then(|| "fork".to_owned()),
            gil_wait_error_nanos: extras.3[2].then_some(error),
            external: extras.3[1]
                .then(|| ExternalScheduler { address: "tcp://192.0.2.1:8786".to_owned(), same_clock: extras.3[2] }),
            gil_wait_asleep_nanos: extras.3[2].then_some(error / 2),
        }),
        file_system: extras.3[1].then(|| "ext4".to_owned()),
        left_processes: whole.5.filter(|_| extras.3[1]),
        results: extras.3[0].then(|| match whole.5 {
            None => ResultCheck::Same,
            Some(1..4) => ResultCheck::NotCompared(NotCompared::Address),
            Some(task) => ResultCheck::Differ(DifferingResult {
                task: Some(task),
                found: "[1, 'two']".to_owned(),
                expected: "[1]".to_owned(),
                other: "threading 3.14".to_owned(),
            }),
        }),
    })
}

fn samples() -> impl Strategy<Value = Vec<CpuSample>> {
    let percent = || 0.0..100.0_f32;
    let sample =
        (0.0..1e5_f64, 0.1..1e3_f64, proptest::collection::vec(percent(), 0..5), percent(), any::<[bool; 2]>());
    let sample = sample.prop_map(|(at_ms, width_ms, usage_percent, other, known)| CpuSample {
        at_ms,
        width_ms,
        usage_percent,
        lab_percent: known[0].then_some(other),
        tree_percent: known[1].then_some(other / 3.0),
    });
    proptest::collection::vec(sample, 0..4)
}

fn failure(words: &str, limit: Option<u32>) -> Failure {
    match limit {
        Some(alive) => Failure::limit(alive, LimitedUnit::Threads, &std::io::Error::from_raw_os_error(11)),
        None => Failure::TaskProcessExited {
            exit: Exit { number: 9, signal: None, killed: true, aborted: false },
            first_words: Some(words.to_owned()),
        },
    }
}

fn trial(
    contender: Contender,
    round: i32,
    position: u32,
    steps: Vec<PlanStep>,
    count: usize,
) -> impl Strategy<Value = Trial> {
    let background = (nanos(), 1..9_u32, nanos(), nanos(), nanos(), proptest::option::of(nanos())).prop_map(
        |(wall_nanos, cpus, busy_nanos, tree_nanos, lab_nanos, steal_nanos)| Background {
            wall_nanos,
            cpus,
            busy_nanos,
            tree_nanos,
            lab_nanos,
            steal_nanos,
            throttled: steal_nanos.map(|nanos| nanos % 5),
            throttled_nanos: steal_nanos.map(|nanos| nanos % 7_000),
        },
    );
    let reason = "[ -~\u{1b}\n]{0,80}";
    let outcome = (0..8_u8, measured(steps, count), reason, proptest::option::of(1..9_u32));
    (outcome, samples(), proptest::option::of(background), 0..2_000_000_000_000_u64).prop_map(
        move |((kind, measured, reason, limit), cpu, background, started_at_ms)| {
            let status = match kind {
                0 => Status::Failed,
                1 => Status::Cancelled,
                _ => Status::Completed,
            };
            let completed = status == Status::Completed;
            Trial {
                point: 0,
                contender: contender.clone(),
                round,
                position,
                status,
                failure: (status == Status::Failed).then(|| failure(&reason, limit)),
                started_at_ms,
                measured: completed.then_some(measured),
                cpu,
                background,
            }
        },
    )
}

fn machine() -> impl Strategy<Value = Machine> {
    let text = || proptest::option::of("[A-Za-z0-9 =.]{1,20}");
    let number = || proptest::option::of(0..u64::MAX / 4);
    let small = || proptest::option::of(1..999_u32);
    let real = || proptest::option::of(0.0..99.0_f64);
    let flag = || proptest::option::of(any::<bool>());
    let texts = (text(), text(), text(), text());
    (texts, (small(), small()), [number(), number(), number(), number()], (real(), real()), (flag(), flag())).prop_map(
        |((kernel, cpu, governor, clock_source), small, numbers, real, flags)| Machine {
            lab_version: "1.2.3".to_owned(),
            debug_build: flags.0 == Some(true),
            os: "Testos 1".to_owned(),
            kernel,
            arch: "x86_64".to_owned(),
            cpu,
            cpus: Cpus {
                online: small.1,
                physical: small.0,
                one_per_core: small.1,
                ..Cpus::from(small.0.unwrap_or(2))
            },
            memory_bytes: numbers[0],
            last_level_cache_bytes: numbers[1],
            cpu_quota: real.0,
            governor,
            clock_source,
            span_clock: "OS clock".to_owned(),
            virtual_machine: flags.0,
            load_average: real.1,
            on_battery: flags.1,
            limits: Limits { pid_max: numbers[2], max_open_files: numbers[3], ..Limits::default() },
        },
    )
}

fn calibrations(speeds: &[f64]) -> HostCalibrations {
    let mut all = HostCalibrations::default();
    let python = |tag: &str| Host::Python(Python { tag: tag.to_owned(), named: false });
    for (host, factor) in [(Host::Rust, 1.0), (python("3.11"), 30.1), (python("3.14t"), 40.3)] {
        let one = |(kernel, speed): (&Kernel, &f64)| Calibration {
            kernel: *kernel,
            nanos_per_unit: speed * factor,
            wall_over_cpu: 1.0 + speed / 100.0,
        };
        all.put(&host, Calibrations::from(Kernel::ALL.iter().zip(speeds).map(one).collect::<Vec<_>>()));
    }
    all
}

/// An experiment and all that its session says, up to its end or not.
pub fn run() -> impl Strategy<Value = (Experiment, Vec<SessionEvent>)> {
    (experiment(), proptest::collection::vec(0.1..99.0_f64, 5), machine(), 0..4_u8).prop_flat_map(
        |((experiment, steps), speeds, machine, end)| {
            let count = experiment.workload.task_count() as usize;
            let mut trials = Vec::new();
            for round in [0, 1, 2] {
                for (index, contender) in experiment.models.iter().enumerate() {
                    let position = (round as usize * experiment.models.len() + index + 1) as u32;
                    trials.push(trial(contender.clone(), round, position, steps.clone(), count).boxed());
                }
            }
            trials.prop_map(move |trials| {
                let mut events = vec![
                    SessionEvent::Machine(Arc::new(machine.clone())),
                    SessionEvent::Calibrating,
                    SessionEvent::Calibrated { calibrations: calibrations(&speeds) },
                    SessionEvent::RoundsFixed { rounds: 2 },
                ];
                events.extend(trials.into_iter().map(|trial| SessionEvent::TrialFinished(Box::new(trial))));
                events.push(SessionEvent::Finished(match end {
                    0 => Outcome::Cancelled,
                    1 => Outcome::Failed(failure("it broke", None)),
                    _ => Outcome::Done,
                }));
                (experiment.clone(), events)
            })
        },
    )
}

/// A question that comes back from a stored run.
fn quiz() -> Vec<QuizEntry> {
    vec![QuizEntry {
        question: "Which \"one\"?".to_owned(),
        choices: vec!["this".to_owned(), "that".to_owned()],
        answer: "that".to_owned(),
        because: "It is.".to_owned(),
    }]
}
