//! The timeline: searching and selecting tasks, colours, usage, who held a lock, and patterns with their evidence.

use concurrency_lab::chart::ColourBy;
use concurrency_lab::failure::{Failure, HeldLock, LockGraph, LockHolder, TrialState};
use concurrency_lab::lab::Command;
use concurrency_lab::lab::timeline_view::{Selection, TimelineCommand};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{CpuSample, Spans, Status};
use concurrency_lab::workload::{Lock, PlanStep, SectionWork};
use eframe::egui::{self, Key, Modifiers, Role, accesskit::Live};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::painted_texts;
use super::{click, has};
use crate::scripted::{Window, run_with, scraper, trial, whole_run};

/// Opens the timeline of a run and waits for everything that it shows.
fn open(window: &mut Window, events: Vec<SessionEvent>) {
    click(window, "Run");
    window.script.send(events);
    window.harness.run();
    click(window, "Timeline");
    window.until(|app| {
        app.lab().run.as_ref().is_some_and(|run| run.details.len() == 3 && run.details.values().all(Option::is_some))
    });
    window.harness.run();
}

fn task(window: &Window) -> Option<(ModelId, u32)> {
    match &window.harness.state().lab().view.timeline.selection {
        Some(Selection::Task { contender, task, .. }) => Some((contender.model, *task)),
        _ => None,
    }
}

fn image(window: &Window, start: &str) -> String {
    let images: Vec<String> =
        window.harness.query_all_by_role(Role::Image).filter_map(|node| node.accesskit_node().label()).collect();
    images.iter().find(|label| label.starts_with(start)).cloned().unwrap_or_else(|| panic!("{start} in {images:?}"))
}

fn search(window: &mut Window, words: &str) {
    let field = window.harness.get_by_role_and_label(Role::SearchInput, "Find a task");
    field.focus();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Text(words.to_owned()));
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.harness.run();
}

/// All tasks wait for one lock, which each holds for 1 ms.
fn in_turn(model: ModelId, spans: &mut Spans) {
    if model == ModelId::Sequential {
        return;
    }
    let ms = 1_000_000;
    for (index, span) in (0_u64..).zip(&mut spans.tasks) {
        (span.started, span.finished) = (index, (index + 1) * ms + 200);
    }
    let stamps = |index: u64| [index * ms + 300, (index + 1) * ms + 100];
    spans.inner_timestamps = (0..spans.tasks.len() as u64).flat_map(stamps).collect();
    spans.steps = vec![PlanStep::critical(Lock::Mutex, 1, SectionWork::Wait)];
}

#[test]
fn a_task_is_searched_by_its_number_shown_and_told() {
    let mut window = Window::with(Some(scraper()));
    open(&mut window, whole_run());
    search(&mut window, "71");
    window.until(|app| app.lab().view.timeline.selection.is_some());
    window.harness.run();
    // The lanes of the fastest model come first, and it has a lane for each task.
    assert_eq!(task(&window), Some((ModelId::Async, 71)));
    assert!(window.harness.state().lab().view.open_lanes.contains(&Contender::of(ModelId::Async)));
    let words = window.harness.get_by_label_contains("Async: task 71 ran for ");
    assert_eq!(words.accesskit_node().live(), Live::Polite);
    assert!(has(&window, "s task 71 started on worker"), "the list of starts and ends follows");
    search(&mut window, "80");
    window.until(|app| !has_none(app));
    window.harness.run();
    assert!(has(&window, "No task has this name or number; they are numbered from 0 to 79"));
    click(&mut window, "Clear selection");
    assert_eq!(task(&window), None);
    assert!(!has(&window, "task 71 ran for"));
}

fn has_none(app: &concurrency_lab::app::App) -> bool {
    use concurrency_lab::lab::timeline_view::Found;
    !matches!(app.lab().view.timeline.found, Found::None { .. })
}

#[test]
fn a_short_task_is_shown_large_enough_to_be_seen() {
    let mut window = Window::with(Some(scraper()));
    let short = |model: ModelId, spans: &mut Spans| {
        if model == ModelId::Async {
            spans.tasks.iter_mut().for_each(|span| span.finished = span.started + 1_000);
        }
    };
    open(&mut window, run_with(|model, spans, _| short(model, spans)));
    search(&mut window, "#5");
    window.until(|app| app.lab().view.timeline.selection.is_some());
    let (range, _) = window.harness.state().lab().timeline_range();
    assert!(range.to - range.from < 10_000.0 && range.from <= 5.0 && range.to >= 1_005.0, "{range:?}");
}

#[test]
fn lanes_are_walked_by_keys_and_a_click_selects() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1100.0));
    open(&mut window, whole_run());
    let lanes = image(&window, "Timeline of Sequential, Rust");
    window.harness.get_by_label(&lanes).focus();
    window.harness.run();
    for (modifiers, key, wanted) in [
        (Modifiers::NONE, Key::Enter, 0),
        (Modifiers::SHIFT, Key::ArrowRight, 1),
        (Modifiers::SHIFT, Key::ArrowRight, 2),
        (Modifiers::SHIFT, Key::ArrowLeft, 1),
        (Modifiers::SHIFT, Key::ArrowDown, 1),
    ] {
        window.harness.key_press_modifiers(modifiers, key);
        window.harness.run();
        assert_eq!(task(&window), Some((ModelId::Sequential, wanted)), "{key:?}");
    }
    assert!(has(&window, "Sequential: task 1 ran for 50.0 ms"));
    let lanes = image(&window, "Timeline of Async, Rust");
    let rect = window.harness.get_by_label(&lanes).rect();
    let at = egui::pos2(rect.left() + 240.0, rect.top() + 5.0);
    window.harness.drag_at(at);
    window.harness.drop_at(at);
    window.harness.run();
    assert_eq!(task(&window).map(|one| one.0), Some(ModelId::Async));
}

#[test]
fn colours_stand_for_what_was_chosen_and_the_legend_lists_those_on_screen() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1100.0));
    open(
        &mut window,
        run_with(|model, spans, _| {
            let core = |task: usize| if model == ModelId::Sequential { None } else { Some((task % 2) as u16 * 3) };
            spans.tasks.iter_mut().enumerate().for_each(|(task, span)| span.core = core(task));
        }),
    );
    assert!(!painted_texts(&window).iter().any(|(text, _)| text == "core 3"), "{:?}", painted_texts(&window));
    window.harness.get_by_label("Colour").click();
    window.harness.run();
    assert!(window.harness.query_by_role_and_label(Role::Button, "class").is_none(), "there are no classes");
    window.harness.get_by_label("core").click();
    window.harness.run();
    for there in ["core 0", "core 3", "not known"] {
        assert!(window.harness.query_by_label(there).is_some(), "{there}");
    }
    assert!(window.harness.query_by_label("core 1").is_none());
    assert!(window.harness.query_by_label("wait").is_some(), "shapes still stand for states");
    // Chosen for another run that had classes.
    window.harness.state_mut().apply(Command::Timeline(TimelineCommand::ColourBy(ColourBy::Class)));
    window.harness.run();
    assert!(painted_texts(&window).iter().any(|(text, _)| text == "colour: state"), "{:?}", painted_texts(&window));
    assert!(window.harness.query_by_label("not known").is_none());
}

#[test]
fn who_held_the_lock_is_told_and_a_convoy_is_named_with_its_evidence() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1100.0));
    open(&mut window, run_with(|model, spans, _| in_turn(model, spans)));
    search(&mut window, "6");
    window.until(|app| app.lab().view.timeline.selection.is_some());
    window.harness.run();
    let words = "task 6 ran for 7.00 ms, from 6.00 ns to 7.00 ms, on worker ";
    assert!(has(&window, words), "{:?}", painted_texts(&window));
    assert!(has(
        &window,
        "it waited 6.00 ms for a lock until the section of task 5 ended, 200 ns before its own began"
    ));
    assert!(window.harness.query_by_label("lock handed over").is_some(), "its line is on screen and in the legend");
    let evidence =
        "99 % of 80 sections under a lock began only when another task's ended, and 40 tasks waited meanwhile";
    assert!(has(&window, evidence), "{:?}", painted_texts(&window));
    assert!(window.harness.query_by_label("Lock convoy under Sequential").is_none(), "its tasks never waited");
    click(&mut window, "Lock convoy under Threads");
    assert!(has(&window, "Threads, Lock convoy: 99 % of 80 sections"));
    assert!(window.harness.query_by_label("lock handed over").is_some(), "its lanes show who handed it to whom");
    let (range, _) = window.harness.state().lab().timeline_range();
    assert!(range.from < 10.0 && range.to > 79e6, "the evidence is in sight: {range:?}");
}

#[test]
fn the_tasks_of_a_spike_are_selected_by_a_click_by_dragging_and_by_keys() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1100.0));
    let mut events = whole_run();
    for event in &mut events {
        if let SessionEvent::TrialFinished(trial) = event
            && trial.contender.model == ModelId::Sequential
        {
            let sample = |index: u32| CpuSample {
                at_ms: f64::from(index + 1) * 1_000.0,
                width_ms: 1_000.0,
                usage_percent: vec![90.0, 10.0 * index as f32],
                lab_percent: None,
                tree_percent: None,
            };
            trial.cpu = (0..4).map(sample).collect();
        }
    }
    open(&mut window, events);
    click(&mut window, "All");
    let strip = image(&window, "Usage under Sequential, Rust");
    assert!(
        strip.starts_with("Usage under Sequential, Rust: 1 task in flight at most; core 0 90 %, core 1 15 %"),
        "{strip}"
    );
    assert!(strip.ends_with(" on average, of any program, by the system's counters"), "{strip}");
    let rect = window.harness.get_by_label(&strip).rect();
    let (range, _) = window.harness.state().lab().timeline_range();
    let width = rect.width() - 186.0 - 64.0;
    let x = |ms: f64| rect.left() + 186.0 + (ms * 1e6 / (range.to - range.from)) as f32 * width;
    let at = egui::pos2(x(1_500.0), rect.center().y);
    window.harness.drag_at(at);
    window.harness.drop_at(at);
    window.harness.run();
    window.until(|app| app.lab().view.timeline.moment.is_some());
    window.harness.run();
    let words = "Sequential, 1.00 s to 2.00 s (1.00 s): 21 tasks ran: task 19, task 20, ";
    assert!(has(&window, words), "{:?}", painted_texts(&window));
    assert!(has(&window, "; core 0 90 %, core 1 10 %."));
    window.harness.drag_at(egui::pos2(x(500.0), rect.center().y));
    window.harness.run();
    window.harness.hover_at(egui::pos2(x(1_800.0), rect.center().y));
    window.harness.run();
    window.harness.drop_at(egui::pos2(x(2_500.0), rect.center().y));
    window.harness.run();
    let selected = |window: &Window| match &window.harness.state().lab().view.timeline.selection {
        Some(Selection::Moment { range, .. }) => (range.from / 1e6, range.to / 1e6),
        other => panic!("{other:?}"),
    };
    let (from, to) = selected(&window);
    assert!((from - 500.0).abs() < 20.0 && (to - 2_500.0).abs() < 20.0, "{from} to {to}");
    click(&mut window, "Zoom to selection");
    let (range, _) = window.harness.state().lab().timeline_range();
    assert!((range.from / 1e6 - from).abs() < 1.0 && (range.to / 1e6 - to).abs() < 1.0, "{range:?}");
    click(&mut window, "All");
    let strip = image(&window, "Usage under Sequential, Rust");
    window.harness.get_by_label(&strip).focus();
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.harness.run();
    assert_eq!(selected(&window), (0.0, 1_000.0), "the first of equally busy moments");
}

/// A trial that its time-out ended: two tasks, each holding what the other waits for.
fn deadlocked(model: ModelId) -> SessionEvent {
    let holder = |task, holds, waits| LockHolder {
        task,
        step: 0,
        holds,
        waits_for: Some(waits),
        held_since: Some(1_000_000),
        waiting_since: Some(21_000_000),
    };
    let holders = vec![holder(0, HeldLock::A, HeldLock::B), holder(1, HeldLock::B, HeldLock::A)];
    let state = TrialState::Locked(LockGraph { holders, others: 2 });
    let mut trial = trial(model, 1, 1, 80, 4);
    (trial.status, trial.measured) = (Status::Failed, None);
    trial.failure = Some(Failure::TimedOut { after_seconds: 2.0, state });
    SessionEvent::TrialFinished(Box::new(trial))
}

#[test]
fn stuck_tasks_are_bars_that_go_on_to_the_time_out() {
    let mut window = Window::with(preset::find("deadlock").cloned());
    click(&mut window, "Run");
    // No model completes: the axis is that of the tasks that were stuck.
    window.script.send([deadlocked(ModelId::Threads), deadlocked(ModelId::Async)]);
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    window.harness.run();
    click(&mut window, "Timeline");
    let sentence = "Timeline of Threads, Rust: timed out after 2.00 s: task 0 holds lock A and waits for lock B; task 1 holds \
                    lock B and waits for lock A; 2 more tasks wait";
    assert!(has(&window, sentence));
    let texts = |window: &Window| painted_texts(window).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    let painted = texts(&window);
    for text in ["task 0 holds A, waits for B", "task 1 holds B, waits for A", "→ 2.00 s", "2 more tasks wait"] {
        assert!(painted.iter().filter(|painted| *painted == text).count() >= 2, "{text}: {painted:?}");
    }
    assert_eq!(window.harness.state().lab().timeline_range().0.to, 63e6);
    click(&mut window, "All");
    assert!(!texts(&window).iter().any(|painted| painted == "→ 2.00 s"), "the time-out is within the picture");
}

#[test]
fn a_task_clicked_low_in_the_lanes_stays_in_sight() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 690.0));
    open(&mut window, whole_run());
    let hint = "Click a task, or a spike of usage";
    let texts = super::pictures::painted_texts(&window);
    let bottom = texts.iter().find(|(text, _)| text.starts_with(hint)).expect("the hint").1.top();
    let lanes: Vec<egui::Rect> = ["Sequential", "Threads", "Async"]
        .map(|name| window.harness.get_by_label(&image(&window, &format!("Timeline of {name}, Rust"))).rect())
        .to_vec();
    let low = lanes.iter().find(|rect| rect.top() < bottom - 14.0 && rect.bottom() > bottom - 14.0);
    let low = low.unwrap_or_else(|| panic!("lanes at {bottom}: {lanes:?}"));
    let at = egui::pos2(low.left() + 200.0, bottom - 12.0);
    window.harness.drag_at(at);
    window.harness.drop_at(at);
    for _ in 0..4 {
        window.harness.run();
    }
    let (model, _) = task(&window).expect("a task is selected");
    let Some(Selection::Task { lane, .. }) = window.harness.state().lab().view.timeline.selection.clone() else {
        panic!("no task")
    };
    let name = Contender::of(model).full_name();
    let rect = window.harness.get_by_label(&image(&window, &format!("Timeline of {name}"))).rect();
    let texts = super::pictures::painted_texts(&window);
    let words = texts.iter().find(|(text, _)| text.contains(" ran for ")).expect("the words on it").1.top();
    let pitch = 9.0;
    let lane_bottom = rect.top() + 2.0 + (lane as f32 + 1.0) * pitch;
    assert!(lane_bottom <= words, "lane {lane} of {name} ends at {lane_bottom}, the words begin at {words}");
}
