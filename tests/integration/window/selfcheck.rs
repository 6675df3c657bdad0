//! The self-check in the window: started from the commands, read check by check, ended early.

use concurrency_lab::failure::Failure;
use concurrency_lab::lab::Command;
use concurrency_lab::lab::view::Sheet;
use concurrency_lab::model::ModelId;
use concurrency_lab::selfcheck::{
    Check, CheckId, Details, Measurement, NotMeasured, Outcome, Report, SelfcheckEvent, Unit,
};
use concurrency_lab::session::Machine;
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, headroom, scraper};

fn machine() -> Machine {
    Machine { debug_build: false, virtual_machine: Some(false), ..headroom().machine }
}

/// A check of 11 repetitions with an interval of a hundredth on both sides.
fn check(id: CheckId, unit: Unit, value: f64, limit: f64) -> Check {
    let measurement = Measurement {
        unit,
        value,
        ci95: Some((value * 0.99, value * 1.01)),
        repetitions: 11,
        floor: None,
        limit: Some(limit),
        details: Details::None,
    };
    Check::judged(id, Outcome::Measured(measurement), &machine())
}

fn report(checks: Vec<Check>) -> SelfcheckEvent {
    SelfcheckEvent::Ended(Box::new(Report {
        machine: machine(),
        python: None,
        checks,
        caveats: Vec::new(),
        seconds: 31.0,
    }))
}

fn opened() -> Window {
    let mut window = Window::with(Some(scraper()));
    window.harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::K);
    window.harness.run();
    window.harness.state_mut().apply(Command::PaletteWords("self-check".to_owned()));
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.harness.run();
    assert_eq!(window.harness.state().lab().view.sheet, Some(Sheet::Selfcheck));
    window
}

#[test]
fn it_is_found_by_name_started_by_its_button_and_shows_each_check_with_its_verdict() {
    let mut window = opened();
    assert!(window.script.selfchecks().is_empty(), "opening it starts nothing");
    click(&mut window, "Start self-check");
    let first = check(CheckId::RunnerStart, Unit::Nanos, 3e6, 50e6);
    window.script.send_selfcheck([
        SelfcheckEvent::Finished(Box::new(first.clone())),
        SelfcheckEvent::Started { check: CheckId::BusyTasks(ModelId::Rayon), position: 2, checks: 3 },
    ]);
    window.harness.run();
    assert!(has(&window, "Check 2 of 3: Work stealing (rayon), tasks of 1 ms"));
    let sentence = "Start of a runner: 3.00 ms; 95 % interval 2.97 ms to 3.03 ms; limit 50.0 ms. Supported";
    assert!(has(&window, sentence), "{}", first.sentence());
    let run = window.harness.get_by_role_and_label(Role::Button, "Run");
    assert!(run.accesskit_node().is_disabled(), "nothing else is measured meanwhile");
    let slow = check(CheckId::BusyTasks(ModelId::Rayon), Unit::Ratio, 1.2, 1.02);
    let failed = Check::judged(CheckId::Sampling, Outcome::Failed(Failure::SessionLost), &machine());
    let both = [slow.clone(), failed.clone()].map(|check| SelfcheckEvent::Finished(Box::new(check)));
    window.script.send_selfcheck(both);
    window.script.send_selfcheck([report(vec![first, slow, failed])]);
    window.harness.run();
    assert!(has(&window, "3 checks in 31.0 s: 1 supported, 1 not supported here, 1 failed"));
    assert!(has(&window, "Not supported here") && has(&window, "CPU sampling: failed: "));
    assert!(has(&window, "take 20 % longer than in a program written by hand"));
    assert!(window.harness.query_by_role_and_label(Role::Button, "Start self-check").is_some());
    let run = window.harness.get_by_role_and_label(Role::Button, "Run");
    assert!(!run.accesskit_node().is_disabled());
}

#[test]
fn it_is_stopped_by_its_button_or_by_escape_and_keeps_what_was_measured() {
    let measured = check(CheckId::RunnerStart, Unit::Nanos, 3e6, 50e6);
    let cancelled = Check::judged(CheckId::Sampling, Outcome::NotMeasured(NotMeasured::Cancelled), &machine());
    for by_key in [false, true] {
        let mut window = opened();
        click(&mut window, "Start self-check");
        window.script.send_selfcheck([SelfcheckEvent::Finished(Box::new(measured.clone()))]);
        window.harness.run();
        if by_key {
            // The sheet would be closed by it if it had the focus.
            window.harness.get_by_role_and_label(Role::Button, "Help").focus();
            window.harness.run();
            window.harness.key_press(Key::Escape);
            window.harness.run();
        } else {
            click(&mut window, "Stop self-check");
        }
        assert!(window.script.selfchecks()[0].cancel.is_cancelled());
        assert!(has(&window, "Ending the self-check"));
        window.script.send_selfcheck([SelfcheckEvent::Finished(Box::new(cancelled.clone()))]);
        window.script.send_selfcheck([report(vec![measured.clone(), cancelled.clone()])]);
        window.harness.run();
        assert!(has(&window, "2 checks in 31.0 s: 1 supported, 1 not measured; cancelled"));
        assert!(has(&window, "CPU sampling: not measured: cancelled before it was measured"));
    }
}

#[test]
fn none_is_started_during_a_run_and_no_run_during_one() {
    let mut window = opened();
    click(&mut window, "Run");
    let start = window.harness.get_by_role_and_label(Role::Button, "Start self-check");
    assert!(start.accesskit_node().is_disabled());
    window
        .script
        .send([concurrency_lab::session::SessionEvent::Finished(concurrency_lab::session::Outcome::Cancelled)]);
    window.harness.run();
    click(&mut window, "Start self-check");
    window.harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::R);
    window.harness.run();
    assert_eq!(window.script.played().len(), 1, "the first run alone");
}

#[test]
fn a_self_check_whose_thread_is_lost_is_over() {
    let mut window = opened();
    click(&mut window, "Start self-check");
    window.script.selfchecks().clear();
    window.until(|app| !app.lab().is_selfchecking());
    assert!(window.harness.query_by_role_and_label(Role::Button, "Start self-check").is_some());
}
