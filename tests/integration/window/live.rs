//! The window while a run is under way: when it draws, how it answers, and what it shows of the progress.

use std::thread;
use std::time::{Duration, Instant};

use concurrency_lab::lab::view::Tab;
use concurrency_lab::lab::{Action, Command};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::{SessionEvent, Waited};
use concurrency_lab::trial::{BackgroundShares, CpuSample};
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has};
use crate::scripted::{Window, scraper, trial};

fn started(model: ModelId, round: i32, seconds_left: Option<f64>) -> SessionEvent {
    let contender = Contender::of(model);
    SessionEvent::TrialStarted { point: 0, contender, round, position: 1, seconds_left }
}

fn sample(at_ms: f64) -> SessionEvent {
    SessionEvent::CpuSampled(CpuSample {
        at_ms,
        width_ms: 250.0,
        usage_percent: vec![100.0, 80.0],
        lab_percent: Some(1.0),
        tree_percent: Some(150.0),
    })
}

/// Plays the moment before a trial: the session waits until the window has drawn.
fn before_trial(window: &mut Window) {
    let observer = window.script.observer();
    let session = thread::spawn(move || observer.before_trial());
    while !session.is_finished() {
        if window.harness.ctx.has_requested_repaint() {
            window.harness.step();
        }
        thread::yield_now();
    }
    session.join().expect("the session goes on");
}

/// Returns a window whose helping threads have reported.
fn settled() -> Window {
    let mut window = Window::with(Some(scraper()));
    window.until(|app| app.lab().interpreters.is_some());
    for _ in 0..20 {
        window.harness.run();
        thread::sleep(Duration::from_millis(10));
    }
    window
}

fn long_trial(window: &mut Window) {
    click(window, "Run");
    window.script.send([started(ModelId::Threads, 1, Some(8.0))]);
    before_trial(window);
    window.harness.run();
    window.script.observer().clock_started();
    window.script.send([SessionEvent::ClockStarted { at: Instant::now() }]);
}

#[test]
fn frames_come_between_trials_and_not_while_a_clock_runs() {
    let mut window = settled();
    click(&mut window, "Run");
    window.script.send([SessionEvent::RoundsFixed { rounds: 3 }, started(ModelId::Threads, 1, Some(8.0))]);
    assert!(window.harness.ctx.has_requested_repaint(), "nothing is measured yet");
    before_trial(&mut window);
    assert!(has(&window, "Running Threads, round 1 of 3"), "drawn before the runner is started");
    window.harness.run();
    let observer = window.script.observer();
    let begun = Instant::now();
    let is_calm = |window: &Window, what: &str| {
        let calm = !window.harness.ctx.has_requested_repaint();
        // A frame a second is allowed, if the machine is so slow.
        assert!(calm || begun.elapsed() >= Duration::from_secs(1), "{what}");
    };
    window.script.send([sample(0.0)]);
    is_calm(&window, "setup");
    observer.clock_started();
    window.script.send([SessionEvent::ClockStarted { at: Instant::now() }]);
    for done in 0..80 {
        window.script.send([SessionEvent::Progress { done, tasks: 80 }, sample(250.0)]);
        is_calm(&window, "a trial under a second");
    }
    observer.clock_stopped();
    let finished = trial(ModelId::Threads, 1, 1, 60, 80);
    window.script.send([SessionEvent::TrialFinished(Box::new(finished)), started(ModelId::Async, 1, Some(7.0))]);
    is_calm(&window, "between two trials the session says when");
    thread::sleep(Duration::from_millis(1050));
    before_trial(&mut window);
    assert!(has(&window, "Running Async, round 1 of 3"));
    assert!(has(&window, "Threads, Rust: 60.0 ms"));
    window.harness.run();
    observer.ended();
    assert!(window.harness.ctx.has_requested_repaint(), "the end is shown at once");
}

#[test]
fn a_trial_of_more_than_a_second_is_followed() {
    let mut window = settled();
    long_trial(&mut window);
    thread::sleep(Duration::from_millis(1050));
    window.script.send([SessionEvent::Progress { done: 20, tasks: 80 }]);
    assert!(window.harness.ctx.has_requested_repaint(), "a second has passed");
    window.harness.step();
    let drawn = Instant::now();
    assert!(has(&window, "20 of 80 tasks"));
    window.script.send([SessionEvent::Progress { done: 40, tasks: 80 }]);
    let calm = !window.harness.ctx.has_requested_repaint();
    assert!(calm || drawn.elapsed() >= Duration::from_secs(1), "one frame a second");
}

#[test]
fn cancel_is_answered_by_the_next_frame_while_a_clock_runs() {
    let mut window = Window::with(Some(scraper()));
    long_trial(&mut window);
    window.harness.event(egui::Event::Key {
        key: Key::Escape,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    });
    window.harness.step();
    assert!(window.script.played()[0].cancel.is_cancelled(), "in the frame of the key");
    assert!(has(&window, "Cancelling"), "the same frame says so");
}

#[test]
fn a_run_can_wait_for_other_programs() {
    let mut window = Window::with(Some(scraper()));
    window.harness.state_mut().apply(Command::Do(Action::RunWhenQuiet));
    window.harness.run();
    assert!(window.script.played()[0].request.when_quiet.is_some());
    assert!(has(&window, "Looking at the CPU usage of other programs") && has(&window, "Run now"));
    let waited = |seconds, foreign_percent| {
        let shares = BackgroundShares { foreign_percent, lab_percent: 1.0, steal_percent: None };
        SessionEvent::WaitingForQuiet(Waited { seconds, shares })
    };
    window.script.send([waited(7, 35.0)]);
    window.harness.run();
    assert!(has(&window, "Waiting until other programs are quiet") && has(&window, "waiting since"));
    assert!(!has(&window, "CPU usage, last 30 s") && !has(&window, "Running"), "nothing runs yet");
    assert!(has(
        &window,
        "Waited for 7 s so far; in the last second other programs used 35 % of the usable cores; the run starts once they have used at most 2.0 % for 3 s"
    ));
    window.script.send([waited(125, 35.0)]);
    window.harness.run();
    assert!(has(&window, "Waited for 2 min so far; in the last second"));
    assert!(!has(&window, "left"), "nobody knows for how long");
    let order = window.script.played()[0].request.when_quiet.clone().expect("an order to wait");
    assert!(!order.is_ended());
    click(&mut window, "Run now");
    assert!(order.is_ended());
    let began = SessionEvent::Began { at_ms: 1_795_000_000_000 };
    window.script.send([waited(8, 30.0), began]);
    window.harness.run();
    let lab = window.harness.state().lab();
    assert_eq!(lab.run.as_ref().map(|run| run.results().started_at_ms), Some(1_795_000_000_000), "the wait is over");
    assert!(!lab.can(Action::RunNow) && !has(&window, "waiting since"));
    window.script.send([started(ModelId::Threads, 1, Some(8.0))]);
    window.harness.run();
    assert!(has(&window, "Running Threads, round 1") && has(&window, "about 8 s left"));
    assert!(!window.harness.state().lab().can(Action::RunNow) && has(&window, "CPU usage, last 30 s"));
    click(&mut window, "Cancel");
    assert!(window.script.played()[0].cancel.is_cancelled());
}

#[test]
fn a_text_cursor_does_not_blink_while_trials_run() {
    let mut window = Window::with(Some(scraper()));
    let blinks = |window: &Window| window.harness.ctx.global_style().visuals.text_cursor.blink;
    assert!(blinks(&window));
    long_trial(&mut window);
    assert!(!blinks(&window));
}

#[test]
fn rounds_are_squares_with_a_sentence() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.script.send([SessionEvent::RoundsFixed { rounds: 3 }, started(ModelId::Async, 0, None)]);
    window.harness.run();
    let image =
        |window: &Window, sentence: &str| window.harness.query_by_role_and_label(Role::Image, sentence).is_some();
    assert!(image(&window, "Warm-up round: 0 of 3 trials done; then 3 measured rounds"));
    let warmup = [ModelId::Async, ModelId::Threads, ModelId::Sequential];
    window.script.send(warmup.map(|model| SessionEvent::TrialFinished(Box::new(trial(model, 0, 1, 60, 80)))));
    let first = SessionEvent::TrialFinished(Box::new(trial(ModelId::Async, 1, 4, 60, 80)));
    window.script.send([started(ModelId::Async, 1, Some(5.0)), first, started(ModelId::Threads, 1, Some(4.0))]);
    window.harness.run();
    assert!(image(&window, "Round 1 of 3: 1 of 3 trials done"));
}

#[test]
fn the_time_left_is_known_from_the_first_trial_on() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    assert!(has(&window, "starting · about"), "from the estimate");
    window.script.send([started(ModelId::Sequential, 0, None)]);
    window.harness.run();
    assert!(has(&window, "Sequential · about") && has(&window, "s left"));
    let left = |window: &Window| window.harness.state().lab().run.as_ref().and_then(|run| run.seconds_left());
    let before = left(&window).expect("estimated");
    // It took 8 s instead of the 4 s of the estimate: so will the three rounds that follow.
    let slow = trial(ModelId::Sequential, 0, 1, 8000, 80);
    window.script.send([SessionEvent::TrialFinished(Box::new(slow)), started(ModelId::Threads, 0, None)]);
    window.harness.run();
    let after = left(&window).expect("estimated");
    assert!(after > before + 5.0, "{before} s, then {after} s");
}

#[test]
fn the_row_of_the_running_model_fills_with_its_tasks() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.script.send([started(ModelId::Threads, 1, Some(8.0)), SessionEvent::Progress { done: 20, tasks: 80 }]);
    window.harness.run();
    let rows = |window: &Window| -> Vec<String> {
        window.harness.get_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
    };
    let running: Vec<String> = rows(&window).into_iter().filter(|row| row.contains("running now")).collect();
    assert_eq!(running, ["Threads, Rust: not run yet; running now, 20 of 80 tasks"]);
    window.script.send([SessionEvent::TrialFinished(Box::new(trial(ModelId::Threads, 1, 1, 60, 80)))]);
    window.script.send([started(ModelId::Async, 1, Some(7.0))]);
    window.harness.run();
    let running: Vec<String> = rows(&window).into_iter().filter(|row| row.contains("running now")).collect();
    assert_eq!(running.len(), 1);
    assert!(running[0].starts_with("Async, Rust: ") && running[0].ends_with("; running now"), "{running:?}");
}

#[test]
fn the_live_plot_tells_who_uses_the_cores() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.harness.run();
    assert_eq!(window.harness.state().lab().view.tab, Tab::Compare);
    assert!(has(&window, "CPU usage of the last 30 s: nothing sampled yet"));
    window.script.send([started(ModelId::Threads, 1, Some(8.0))]);
    let clock = |ago: Duration| SessionEvent::ClockStarted { at: Instant::now().checked_sub(ago).expect("up so long") };
    window.script.send([clock(Duration::from_secs(1)), sample(250.0), sample(500.0)]);
    window.harness.run();
    let sampled = "CPU usage of the last 30 s, 1 trial; now Threads: its own processes used 1.50 of 2 cores, \
                   everything else 0.30";
    assert!(window.harness.query_by_role_and_label(Role::Image, sampled).is_some());
    window.script.send([SessionEvent::TrialFinished(Box::new(trial(ModelId::Threads, 1, 1, 600, 80)))]);
    window.script.send([started(ModelId::Async, 1, Some(7.0)), clock(Duration::ZERO)]);
    // Too short for a sample: its own CPU time is known, 3 of 60 ms.
    window.script.send([SessionEvent::TrialFinished(Box::new(trial(ModelId::Async, 1, 2, 60, 80)))]);
    window.harness.run();
    assert!(has(&window, "CPU usage of the last 30 s, 2 trials; "));
    assert!(has(&window, "ago Async: its own processes used 0.05 of 2 cores"));
    window.script.send(crate::scripted::whole_run());
    window.harness.run();
    assert!(!has(&window, "CPU usage of the last 30 s"), "after the run the timeline takes its place");
}
