//! A report made of fixed figures, for tests.

use super::*;
use crate::analysis::{self, Finding};
use crate::clock::StampClock;
use crate::failure::{Action, Failure};
use crate::model::ModelId;
use crate::session::Machine;
use crate::trial::BackgroundShares;
use crate::workload::Kernel;

/// Returns a machine of fixed properties: a virtual machine with two cores.
pub fn machine() -> Machine {
    Machine {
        lab_version: "1.0.0".to_owned(),
        debug_build: false,
        os: "Linux".to_owned(),
        kernel: Some("6.1".to_owned()),
        arch: "x86_64".to_owned(),
        cpu: Some("CPU".to_owned()),
        cpus: crate::cpus::Cpus {
            online: Some(2),
            physical: Some(2),
            one_per_core: None,
            performance: None,
            usable: 2,
        },
        memory_bytes: None,
        last_level_cache_bytes: None,
        cpu_quota: None,
        governor: None,
        clock_source: Some("tsc".to_owned()),
        span_clock: "CPU counter".to_owned(),
        virtual_machine: Some(true),
        load_average: None,
        on_battery: None,
        limits: crate::session::machine::Limits::default(),
    }
}

/// Returns figures with an interval of a tenth on both sides.
pub fn measured(unit: Unit, value: f64, floor: Option<f64>, limit: f64) -> Measurement {
    let ci95 = Some((value - value.abs() * 0.1, value + value.abs() * 0.1));
    Measurement { unit, value, ci95, repetitions: 11, floor, limit: Some(limit), details: Details::None }
}

fn tasks(model: Measurement, lab_nanos: f64, bare_nanos: f64) -> Measurement {
    let details = Details::Tasks { tasks: 20_000, units: 0, workers: 2, lab_nanos, bare_nanos };
    Measurement { details, ..model }
}

/// Returns one check of each kind, with every conclusion.
pub fn report() -> Report {
    let clock = |value, limit| Measurement {
        details: Details::Clock(StampClock::CpuCounter),
        ..measured(Unit::Nanos, value, None, limit)
    };
    let spread =
        |value, limit| Measurement { ci95: None, repetitions: 5, ..measured(Unit::Percent, value, None, limit) };
    let added = |value, floor, limit| measured(Unit::AddedNanosPerTask, value, Some(floor), limit);
    let ratio = Measurement { ci95: Some((1.001, 1.012)), ..measured(Unit::Ratio, 1.006, Some(1.0), 1.02) };
    let same = Measurement {
        ci95: Some((0.995, 1.004)),
        repetitions: 15,
        limit: None,
        details: Details::Compared(Finding::NotDistinguishable { detectable_share: 0.012 }),
        ..measured(Unit::Ratio, 1.0, None, 0.0)
    };
    let lacks = "trio is not installed for Python 3.11".to_owned();
    let refused = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let checks = [
        (CheckId::ClockResolution, Outcome::Measured(Measurement { ci95: None, repetitions: 1, ..clock(21.3, 100.0) })),
        (CheckId::ClockReading, Outcome::Measured(clock(20.1, 15.0))),
        (CheckId::SystemClockReading, Outcome::Measured(clock(31.0, 100.0))),
        (CheckId::Calibration(Kernel::Splitmix), Outcome::Measured(spread(0.4, 1.0))),
        (CheckId::Calibration(Kernel::Sha256), Outcome::Measured(spread(7.5, 1.0))),
        (CheckId::Recording(2), Outcome::Measured(measured(Unit::NanosPerTask, 44.0, Some(41.0), 51.0))),
        (CheckId::RunnerStart, Outcome::Measured(measured(Unit::Nanos, 3.4e6, None, 50e6))),
        (CheckId::EmptyTasks(ModelId::Sequential), Outcome::Measured(tasks(added(-1.5, 41.0, 51.0), 0.5, 2.0))),
        (CheckId::EmptyTasks(ModelId::Rayon), Outcome::Measured(tasks(added(190.0, 61.0, 76.0), 340.0, 150.0))),
        (CheckId::BusyTasks(ModelId::ThreadPool), Outcome::Measured(tasks(ratio, 503_000.0, 500_000.0))),
        (
            CheckId::EmptyTasks(ModelId::PyThreads),
            Outcome::Measured(tasks(added(1_450.0, 1_400.0, 4_500.0), 33_000.0, 31_000.0)),
        ),
        (CheckId::BusyTasks(ModelId::PyTrio), Outcome::NotMeasured(NotMeasured::Lacks(lacks))),
        (CheckId::BusyTasks(ModelId::Processes), Outcome::Failed(Failure::system(Action::StartBareProgram, &refused))),
        (CheckId::SameModel, Outcome::Measured(same)),
        (CheckId::Sampling, Outcome::Measured(spread(1.2, 5.0))),
        (CheckId::Window, Outcome::NotMeasured(NotMeasured::NoWindow)),
    ];
    let machine = machine();
    let checks = checks.into_iter().map(|(id, outcome)| Check::judged(id, outcome, &machine)).collect();
    let shares = BackgroundShares { foreign_percent: 3.5, lab_percent: 0.5, steal_percent: Some(0.0) };
    let caveats = caveat::of_machine(&machine, Some(shares));
    assert!(caveats.contains(&Caveat::Machine(analysis::Caveat::VirtualMachine)));
    let python = Some(("CPython 3.11.7, GIL".to_owned(), "/usr/bin/python3.11".into()));
    Report { machine, python, checks, caveats, seconds: 31.4 }
}
