//! The self-check against independent bare programs: those of the benches `floors` and `python`, run in turn with the
//! checks. Prints the figures of both and whether they agree within 5 % or 10 ns a task; enforces no limit. Where the
//! 95 % interval of what bare programs alone differ by is wider than 5 %, the figures agree if that of their difference
//! reaches the limit.
//!
//! `cargo bench --bench selfcheck [-- MODEL…] [--blocks N] [--empty | --busy]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod bare;
mod pairs;
#[allow(dead_code, reason = "the settings of benches with scripts alone")]
mod scripts;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use concurrency_lab::analysis::statistics;
use concurrency_lab::clock::StampClock;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::python::Interpreters;
use concurrency_lab::selfcheck::{Amounts, CheckId, Details, Measurement, Selfcheck};
use concurrency_lab::session::interpreters::{Wanted, find};
use concurrency_lab::session::{CancelFlag, RealSessions};
use concurrency_lab::workload::{Kernel, Step};
use pairs::median;

/// Pairs in each block of a self-check, and bare programs in the block that follows it.
const PAIRS: u32 = 3;
/// Share of a figure that two measurements of it may differ by.
const SHARE: f64 = 0.05;
/// Nanoseconds per task that two measurements may differ by.
const NANOS: f64 = 10.0;
/// Models of Python that `plain.py` has.
const SCRIPTED: [ModelId; 5] =
    [ModelId::PySequential, ModelId::PyThreads, ModelId::PyThreadPool, ModelId::PyProcessPool, ModelId::PyAsyncio];

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == pairs::BARE) {
        bare::main(&arguments.skip(1).collect::<Vec<_>>(), env!("CARGO_BIN_EXE_concurrency-lab").as_ref());
        return;
    }
    let (mut models, mut blocks, mut kinds) = (Vec::new(), 7, vec![Kind::Empty, Kind::Busy]);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--blocks" => blocks = arguments.next().and_then(|text| text.parse().ok()).expect("--blocks N"),
            "--empty" => kinds = vec![Kind::Empty],
            "--busy" => kinds = vec![Kind::Busy],
            "--bench" => {}
            name => models.push(name.parse::<ModelId>().expect("a model's name")),
        }
    }
    let interpreters = Arc::new(find(&Wanted::First));
    if models.is_empty() {
        models = ModelId::all().filter(|model| !model.is_python()).collect();
        match interpreters.usable.first() {
            Some(_) => models.extend(SCRIPTED),
            None => println!("no CPython on this machine: native models only"),
        }
    }
    clock(blocks);
    let (mut close, mut agreeing, mut all) = (0, 0, 0);
    for kind in kinds {
        println!("\n{}", kind.title());
        for model in &models {
            all += 1;
            match compare(&interpreters, kind, *model, blocks) {
                Agreement::Close => close += 1,
                Agreement::WithinSpread => agreeing += 1,
                Agreement::None => {}
            }
        }
    }
    println!(
        "\n{close} of {all} agree within {} % or {NANOS} ns a task, {agreeing} within the spread of bare programs",
        SHARE * 100.0
    );
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Empty,
    Busy,
}

impl Kind {
    const fn title(self) -> &'static str {
        match self {
            Self::Empty => "Empty tasks: ns a task that the lab adds, by the self-check and by hand",
            Self::Busy => "Tasks of 1 ms: trial / bare program, by the self-check and by hand",
        }
    }

    const fn check(self, model: ModelId) -> CheckId {
        match self {
            Self::Empty => CheckId::EmptyTasks(model),
            Self::Busy => CheckId::BusyTasks(model),
        }
    }

    fn steps(self) -> Vec<Step> {
        match self {
            Self::Empty => vec![],
            Self::Busy => vec![Step::Compute { ms: 1.0, kernel: Kernel::Splitmix }],
        }
    }
}

/// Takes one check of the self-check with few repetitions.
fn check(interpreters: &Arc<Interpreters>, id: CheckId) -> Measurement {
    let sessions = RealSessions::new(env!("CARGO_BIN_EXE_concurrency-lab").into());
    let amounts = Amounts { pairs: PAIRS, ..Amounts::default() };
    let interpreters = Arc::clone(interpreters);
    let selfcheck = Selfcheck { sessions, interpreters, checks: vec![id], amounts, window: None };
    let report = selfcheck.run(&CancelFlag::default(), |_| ());
    let check = report.checks.first().expect("one check");
    check.measurement().unwrap_or_else(|| panic!("{}", check.conclusion())).clone()
}

/// Compares one reading of the clock.
fn clock(blocks: u32) {
    let (mut checked, mut own) = (Vec::new(), Vec::new());
    let clock = StampClock::detect();
    for _ in 0..blocks {
        checked.push(check(&Arc::default(), CheckId::ClockReading).value);
        let begun = Instant::now();
        for _ in 0..100_000 {
            black_box(clock.now());
        }
        own.push(begun.elapsed().as_nanos() as f64 / 1e5);
    }
    println!(
        "One reading of the clock: {:.1} ns by the self-check, {:.1} ns by hand",
        median(&mut checked),
        median(&mut own)
    );
}

/// Returns by how much the self-check is above the measurement by hand. What the lab adds is judged by the time of the
/// whole task: a difference of two times has the errors of both.
fn apart(kind: Kind, checked: f64, own: f64, own_bare: f64) -> f64 {
    match kind {
        Kind::Empty => (checked - own) / (own_bare + own.max(0.0)),
        Kind::Busy => checked - own,
    }
}

#[derive(Debug, Clone, Copy)]
enum Agreement {
    Close,
    WithinSpread,
    None,
}

/// Compares the two on what the lab adds.
fn compare(interpreters: &Arc<Interpreters>, kind: Kind, model: ModelId, blocks: u32) -> Agreement {
    let id = kind.check(model);
    let tasks = Amounts::default().tasks(id);
    let mut contender = Contender::of(model);
    interpreters.resolve_tag(&mut contender);
    let (_, results) = pairs::lab_on(interpreters, &contender, kind.steps(), tasks, None);
    let calibrations = results.calibrations.clone();
    let nanos_per_unit = calibrations.nanos_per_unit(&contender.host, Kernel::Splitmix);
    let units = nanos_per_unit.filter(|_| kind == Kind::Busy).map_or(0, |nanos| (1e6 / nanos).round() as u64);
    let arguments = [model.name().to_owned(), tasks.to_string(), units.to_string()];
    let (mut checked, mut checked_bare, mut own, mut own_bare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // Of each block: by how much the two differ, and by how much bare programs alone do.
    let (mut apart_in, mut bare_apart_in) = (Vec::new(), Vec::new());
    for _ in 0..blocks {
        let measured = check(interpreters, id);
        let Details::Tasks { bare_nanos, .. } = measured.details else { panic!("no tasks: {measured:?}") };
        checked.push(measured.value);
        checked_bare.push(bare_nanos);
        for pair in 0..PAIRS {
            let lab = || pairs::lab_on(interpreters, &contender, kind.steps(), tasks, Some(calibrations.clone())).0;
            let bare = || match interpreters.of(&contender.host) {
                Ok(interpreter) => scripts::run(interpreter, "plain.py", &arguments.each_ref().map(String::as_str)),
                Err(_) => pairs::bare_program(&arguments),
            };
            let (lab, bare) = if pair % 2 == 0 {
                let lab = lab();
                (lab, bare())
            } else {
                let bare = bare();
                (lab(), bare)
            };
            own.push(if kind == Kind::Busy { lab / bare } else { (lab - bare) / f64::from(tasks) });
            own_bare.push(bare / f64::from(tasks));
        }
        let in_block = |all: &[f64]| median(&mut all[all.len() - PAIRS as usize..].to_vec());
        let (own, own_bare) = (in_block(&own), in_block(&own_bare));
        apart_in.push(apart(kind, measured.value, own, own_bare));
        bare_apart_in.push(bare_nanos / own_bare - 1.0);
    }
    let (checked, own) = (median(&mut checked), median(&mut own));
    let (checked_bare, own_bare) = (median(&mut checked_bare), median(&mut own_bare));
    let share = apart(kind, checked, own, own_bare);
    let interval = statistics::median_interval(&apart_in);
    let bare_interval = statistics::median_interval(&bare_apart_in);
    let spreads = bare_interval.is_some_and(|(low, high)| high - low > SHARE);
    let includes_limit = interval.is_some_and(|(low, high)| low <= SHARE && high >= -SHARE);
    let close = share.abs() <= SHARE || (kind == Kind::Empty && (checked - own).abs() <= NANOS);
    let agreement = match (close, spreads && includes_limit) {
        (true, _) => Agreement::Close,
        (false, true) => Agreement::WithinSpread,
        (false, false) => Agreement::None,
    };
    let percent = |interval: Option<(f64, f64)>| match interval {
        Some((low, high)) => format!("{:+.1} to {:+.1} %", low * 100.0, high * 100.0),
        None => "unknown".to_owned(),
    };
    let figures = match kind {
        Kind::Empty => format!("{checked:+9.1} and {own:+9.1}"),
        Kind::Busy => format!("{checked:9.3} and {own:9.3}"),
    };
    println!(
        "  {:<24} {figures}   bare {checked_bare:11.1} and {own_bare:11.1} ns a task   apart {:+.1} % (95 % {}; bare programs {})   {}",
        model.name(),
        share * 100.0,
        percent(interval),
        percent(bare_interval),
        match agreement {
            Agreement::Close => "agree",
            Agreement::WithinSpread => "agree within the spread of bare programs",
            Agreement::None => "differ",
        }
    );
    agreement
}
