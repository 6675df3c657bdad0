//! Real self-checks of few tasks: what is measured and told, how one ends early, and the command line. Properties, never
//! milliseconds.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use concurrency_lab::model::ModelId;
use concurrency_lab::python::NoInterpreter;
use concurrency_lab::selfcheck::{
    Amounts, Check, CheckId, Details, NotMeasured, Outcome, Report, Selfcheck, SelfcheckEvent, Unit, Verdict,
};
use concurrency_lab::session::{CancelFlag, Observer, RealSessions};
use concurrency_lab::workload::Kernel;

use crate::common::{lab, program, python};

/// As few of everything as there can be.
const TINY: Amounts = Amounts {
    pairs: 1,
    calibrations: 2,
    starts: 1,
    empty_tasks: 40,
    busy_tasks: 4,
    rounds: 6,
    sampled_trials: 1,
    sampled_ms: 300,
};

const NONE: NoInterpreter = NoInterpreter::NoneUsable { first: None };

fn tiny(checks: Vec<CheckId>) -> Selfcheck {
    let sessions = RealSessions::new(program());
    Selfcheck { sessions, interpreters: Arc::default(), checks, amounts: TINY, window: None }
}

fn take(checks: Vec<CheckId>) -> Report {
    tiny(checks).run(&CancelFlag::default(), |_| ())
}

fn pairs_of(wanted: impl Fn(ModelId) -> bool) -> Vec<CheckId> {
    let models = || ModelId::all().filter(|model| wanted(*model));
    models().map(CheckId::EmptyTasks).chain(models().map(CheckId::BusyTasks)).collect()
}

fn assert_compared(check: &Check) {
    let measured = check.measurement().unwrap_or_else(|| panic!("{}", check.sentence()));
    let Details::Tasks { tasks, units, lab_nanos, bare_nanos, .. } = measured.details else {
        panic!("no tasks: {measured:?}")
    };
    assert_eq!(tasks, TINY.tasks(check.id), "{}", check.sentence());
    assert!(lab_nanos > 0.0 && bare_nanos > 0.0, "{measured:?}");
    match check.id {
        CheckId::EmptyTasks(_) => {
            assert_eq!((measured.unit, units), (Unit::AddedNanosPerTask, 0));
            assert!(measured.floor < measured.limit && measured.floor > Some(0.0), "{measured:?}");
        }
        _ => assert!(measured.unit == Unit::Ratio && units > 0 && measured.value > 0.0, "{measured:?}"),
    }
    assert_judged(check);
}

fn assert_judged(check: &Check) {
    let debug = cfg!(debug_assertions);
    assert_eq!(check.verdict == Some(Verdict::NotJudged), debug, "{}", check.sentence());
}

#[test]
fn every_native_model_runs_beside_a_bare_program_of_the_same_tasks() {
    let checks = pairs_of(|model| !model.is_python());
    let report = take(checks.clone());
    assert_eq!(report.checks.iter().map(|check| check.id).collect::<Vec<_>>(), checks);
    report.checks.iter().for_each(assert_compared);
}

#[test]
fn every_python_model_runs_beside_a_plain_script_of_the_same_tasks() {
    let Some(interpreters) = python() else { return };
    let interpreter = interpreters.usable[0].clone();
    let checks = pairs_of(ModelId::is_python);
    let of_clocks = Selfcheck { interpreters: Arc::clone(&interpreters), ..tiny(vec![CheckId::ClockReading]) };
    assert!(of_clocks.run(&CancelFlag::default(), |_| ()).python.is_none(), "nothing ran on it");
    let selfcheck = Selfcheck { interpreters, ..tiny(checks.clone()) };
    let report = selfcheck.run(&CancelFlag::default(), |_| ());
    assert_eq!(report.checks.iter().map(|check| check.id).collect::<Vec<_>>(), checks);
    assert_eq!(report.python, Some((interpreter.describe(), interpreter.path.clone())));
    for check in &report.checks {
        match check.id.model().and_then(|model| interpreter.lacks(model)) {
            None => assert_compared(check),
            Some(reason) => assert_eq!(check.outcome, Outcome::NotMeasured(NotMeasured::Lacks(reason))),
        }
    }
    assert!(report.checks.iter().any(|check| check.measurement().is_some()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_plain_script_ends_with_the_lab_and_with_the_process_that_started_it() {
    use crate::common::marked::{Marked, signal};
    use concurrency_lab::protocol::{BARE_ARGUMENT, BareRequest};
    use concurrency_lab::python::BARE_PROGRAMS;

    let Some(interpreters) = python() else { return };
    for killed in ["lab", "starter"] {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join(BARE_PROGRAMS.0);
        std::fs::write(&script, BARE_PROGRAMS.1).expect("written");
        // Tasks that would take hours, in two workers.
        let request = BareRequest::Python {
            interpreter: interpreters.usable[0].path.clone(),
            script: script.clone(),
            model: ModelId::PyProcessPool,
            tasks: 4,
            units: 1 << 40,
            workers: 2,
        };
        let request = serde_json::to_string(&request).expect("JSON");
        let file = folder.path().join("request");
        std::fs::write(&file, request).expect("written");
        // The pipe stands for the lab's: it closes when the lab is gone.
        let shell = format!("sleep 1000 | setsid \"$LAB\" {BARE_ARGUMENT} \"$(cat \"$REQUEST\")\"");
        let lab = Marked::shell(&format!("script-{killed}"), &shell, &[("REQUEST", &file)]);
        let script = script.to_str().expect("text");
        lab.wait_for_workers(script, 3);
        let victim = if killed == "lab" { "1000" } else { BARE_ARGUMENT };
        lab.with_argument(victim).into_iter().for_each(|process| signal(process, "-KILL"));
        lab.wait_until("the end of the script and its workers", |lab| lab.with_argument(script).is_empty());
        lab.with_argument("1000").into_iter().for_each(|process| signal(process, "-KILL"));
        lab.nothing_is_left();
    }
}

#[test]
fn without_an_interpreter_models_of_python_are_not_measured_and_say_why() {
    let report = take(pairs_of(|model| model == ModelId::PyAsyncio));
    for check in &report.checks {
        assert_eq!(check.outcome, Outcome::NotMeasured(NotMeasured::NoInterpreter(NONE)));
        assert!(check.sentence().contains("no CPython 3.9 or newer was found"), "{}", check.sentence());
    }
    assert!(report.python.is_none() && !report.has_failed());
}

#[test]
fn the_checks_of_clocks_recording_calibration_and_sampling_have_figures() {
    let others: Vec<CheckId> =
        CheckId::all().into_iter().filter(|id| !matches!(id, CheckId::EmptyTasks(_) | CheckId::BusyTasks(_))).collect();
    let report = take(others);
    for check in &report.checks {
        if check.id == CheckId::Window {
            assert_eq!(check.outcome, Outcome::NotMeasured(NotMeasured::NoWindow));
            assert!(check.sentence().contains("there is no window"), "{}", check.sentence());
            continue;
        }
        // Linux reports CPU time.
        if check.outcome == Outcome::NotMeasured(NotMeasured::NoCpuTime) && !cfg!(target_os = "linux") {
            continue;
        }
        let measured = check.measurement().unwrap_or_else(|| panic!("{}", check.sentence()));
        assert!(measured.value.is_finite() && measured.repetitions >= 1, "{measured:?}");
        match check.id {
            CheckId::Calibration(_) | CheckId::Sampling => assert!(measured.value >= 0.0),
            CheckId::SameModel => {
                assert_eq!(measured.repetitions, TINY.rounds);
                assert!(matches!(measured.details, Details::Compared(_)) && measured.ci95.is_some(), "{measured:?}");
            }
            _ => assert!(measured.value > 0.0, "{measured:?}"),
        }
        match check.id {
            CheckId::Recording(_) => assert!(measured.floor > Some(0.0), "{measured:?}"),
            CheckId::RunnerStart => assert_eq!(measured.floor, None, "nothing comparable says hello"),
            _ => {}
        }
        assert_judged(check);
    }
    assert!(!report.has_failed() && !report.is_cancelled());
}

/// Counts what it is told.
#[derive(Default)]
struct Told {
    before_trials: AtomicU32,
    clocks: AtomicU32,
    ended: AtomicU32,
}

impl Observer for Told {
    fn event_sent(&self) {}

    fn before_trial(&self) {
        self.before_trials.fetch_add(1, Ordering::Relaxed);
    }

    fn clock_started(&self) {
        self.clocks.fetch_add(1, Ordering::Relaxed);
    }

    fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_window_draws_before_trials_and_bare_programs_and_is_measured() {
    let told = Arc::new(Told::default());
    let checks = vec![CheckId::Recording(2), CheckId::Window];
    let selfcheck = Selfcheck { window: Some(Arc::clone(&told) as Arc<dyn Observer>), ..tiny(checks) };
    let report = selfcheck.run(&CancelFlag::default(), |_| ());
    assert!(!report.has_failed(), "{}", report.headline());
    let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
    // One trial beside one bare program, and one sampled trial.
    assert_eq!((count(&told.before_trials), count(&told.clocks), count(&told.ended)), (3, 2, 1));
    if cfg!(target_os = "linux") {
        assert_eq!(report.checks[1].measurement().map(|measured| measured.unit), Some(Unit::Percent));
    }
}

#[test]
fn a_cancelled_one_reports_what_was_measured() {
    let checks = vec![CheckId::ClockReading, CheckId::BusyTasks(ModelId::Async), CheckId::Calibration(Kernel::Sha256)];
    let amounts = Amounts { pairs: 10_000, ..TINY };
    let running = Selfcheck { amounts, ..tiny(checks) }.start().expect("a thread");
    let mut events = Vec::new();
    for event in &running.events {
        if matches!(&event, SelfcheckEvent::Started { check: CheckId::BusyTasks(_), .. }) {
            running.cancel.cancel();
        }
        events.push(event);
    }
    let Some(SelfcheckEvent::Ended(report)) = events.last() else { panic!("{events:?}") };
    assert!(report.is_cancelled() && !report.has_failed(), "{}", report.headline());
    assert!(report.checks[0].measurement().is_some());
    assert_eq!(report.checks[2].outcome, Outcome::NotMeasured(NotMeasured::Cancelled));
    assert!(report.headline().ends_with("cancelled"), "{}", report.headline());
}

#[test]
fn a_check_that_fails_says_why_and_stops_no_other() {
    let checks = vec![CheckId::ClockReading, CheckId::RunnerStart, CheckId::EmptyTasks(ModelId::Sequential)];
    let missing = Selfcheck { sessions: RealSessions::new("/there/is/no/lab".into()), ..tiny(checks) };
    let seen = Mutex::new(0);
    let report = missing.run(&CancelFlag::default(), |event| {
        if matches!(event, SelfcheckEvent::Finished(_)) {
            *seen.lock().expect("no panic") += 1;
        }
    });
    assert_eq!(*seen.lock().expect("no panic"), 3);
    assert!(report.has_failed());
    for check in &report.checks {
        assert!(check.has_failed() && check.sentence().contains("could not be started"), "{}", check.sentence());
    }
}

#[test]
fn bad_usage_is_refused_and_the_help_says_what_it_does() {
    let refused = lab().args(["selfcheck", "everything"]).output().expect("the lab starts");
    assert_eq!(refused.status.code(), Some(2));
    let refused = lab().args(["selfcheck", "--python", "/no/such/python"]).output().expect("the lab starts");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && told.contains("--python /no/such/python: "), "{told}");
    let help = lab().args(["selfcheck", "--help"]).output().expect("the lab starts");
    let text = String::from_utf8_lossy(&help.stdout);
    assert!(text.contains("--json") && text.contains("Nothing is stored"), "{text}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_prints_what_was_measured_and_stores_nothing() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut child = lab()
        .args(["selfcheck", "--json"])
        .env(concurrency_lab::record::DATA_VARIABLE, &data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the lab starts");
    let mut progress = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    progress.read_line(&mut line).expect("a line for the first check");
    assert!(line.starts_with("Clock resolution: "), "{line}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill starts");
    assert!(sent.success());
    let rest = std::thread::spawn(move || progress.read_to_string(&mut String::new()));
    let output = child.wait_with_output().expect("it ends");
    rest.join().expect("no panic").expect("readable");
    assert_eq!(output.status.code(), Some(130));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    let checks = json["checks"].as_array().expect("rows");
    assert_eq!(json["cancelled"], true);
    assert_eq!(checks.len(), CheckId::all().len());
    assert_eq!((&checks[0]["status"], &checks[0]["unit"]), (&"measured".into(), &"ns".into()));
    let last = checks.last().expect("rows");
    assert_eq!((&last["check"], &last["status"]), (&"window".into(), &"not-measured".into()));
    assert!(!data.exists(), "nothing is stored");
}
