//! Each kind of step in the window: set in the form, refused for models that can't run it, and described in rows,
//! details and text alternatives.

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{Beat, Counted, ServerUse, Span, Spans};
use concurrency_lab::workload::{Lock, LockOrder, PlanStep, Protection, SectionWork, Step, Tasks};
use eframe::egui::{self, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::step_strip::select;
use super::{click, has, run_all};
use crate::scripted::{Window, edit, run_with, scraper, trial};

fn with_steps(steps: Vec<Step>) -> Experiment {
    let mut experiment = scraper();
    experiment.workload.tasks = Tasks::Alike { count: 8, steps };
    experiment
}

fn steps_of(window: &Window) -> Vec<Step> {
    let draft = &window.harness.state().lab().draft;
    assert_eq!(draft.experiment().validate(), Ok(()), "whatever the form does stays valid");
    draft.workload().steps().to_vec()
}

fn set(window: &mut Window, name: &str, value: f64) {
    window.harness.get_by_label(name).set_value_accesskit(value);
    window.harness.run();
}

fn pick(window: &mut Window, name: &str, choice: &str) {
    window.harness.get_by_label(name).click_accesskit();
    window.harness.run();
    window.harness.get_by_role_and_label(Role::Button, choice).click_accesskit();
    window.harness.run();
}

#[test]
fn what_a_workload_is_about_is_set_without_opening_more_settings() {
    let of = |kind: &str| Step::of_kind(kind, 5.0).expect("a kind");
    let mut window = Window::with(Some(with_steps(vec![of("http")])));
    assert!(window.harness.query_by_label("Compute").is_none(), "a scraper has no share of computing");
    set(&mut window, "Task duration", 80.0);
    set(&mut window, "Body", 5e12);
    assert_eq!(steps_of(&window), [Step::http(80.0, 100 << 20)]);

    let mut window = Window::with(Some(with_steps(vec![of("file")])));
    assert!(window.harness.query_by_label("Task duration").is_none(), "no step of it is timed");
    assert!(window.harness.query_by_label("Spread").is_none());
    set(&mut window, "File size", 4096.0);
    click(&mut window, "Flush (fsync)");
    assert_eq!(steps_of(&window), [Step::file(4096, true)]);

    let mut window = Window::with(Some(with_steps(vec![of("memory")])));
    set(&mut window, "Memory read", 0.0);
    assert_eq!(steps_of(&window), [Step::memory(1)]);

    let mut window = Window::with(Some(with_steps(vec![of("critical")])));
    assert!(window.harness.query_by_label("Permits").is_none(), "a mutex lets in one");
    pick(&mut window, "Lock", "semaphore");
    set(&mut window, "Permits", 3.0);
    pick(&mut window, "Inside", "waits");
    let inside = |lock, permits| Step::critical(5.0, lock, permits, SectionWork::Wait);
    assert_eq!(steps_of(&window), [inside(Lock::Semaphore, 3)]);
    pick(&mut window, "Lock", "mutex");
    assert_eq!(steps_of(&window), [inside(Lock::Mutex, 1)]);

    let mut window = Window::with(Some(with_steps(vec![of("increment")])));
    set(&mut window, "Increments", 2000.0);
    pick(&mut window, "Protection", "per worker, padded");
    assert_eq!(steps_of(&window), [Step::Increment { count: 2000, protection: Protection::PerWorkerPadded }]);

    let mut window = Window::with(Some(with_steps(vec![of("two-locks"), of("wait")])));
    set(&mut window, "Between locks", 7.0);
    pick(&mut window, "Lock order", "same");
    assert_eq!(steps_of(&window)[0], Step::TwoLocks { ms: 7.0, order: LockOrder::Same });
}

#[test]
fn steps_come_go_and_change_their_kind_and_stay_within_eight() {
    // Tall enough to show the fields of a step and everything below them.
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 3000.0));
    select(&mut window, 1);
    let titles = [
        "compute",
        "wait",
        "HTTP",
        "file",
        "memory",
        "critical section",
        "increment",
        "two locks",
        "shared object",
        "own function",
        "own command",
    ];
    assert_eq!(titles.len(), Step::KINDS.len());
    for (title, kind) in titles.into_iter().zip(Step::KINDS) {
        if steps_of(&window)[0].kind() != *kind {
            pick(&mut window, "Step 1", title);
        }
        assert_eq!(steps_of(&window)[0].kind(), *kind);
    }
    pick(&mut window, "Step 1", "wait");
    set(&mut window, "Step 1 duration", 9e9);
    assert_eq!(steps_of(&window), [Step::wait(3_600_000.0)]);
    for _ in 1..8 {
        click(&mut window, "Add step");
    }
    assert_eq!(steps_of(&window).len(), 8);
    assert!(window.harness.get_by_label("Add step").accesskit_node().is_disabled());
    select(&mut window, 3);
    set(&mut window, "Step 3 duration", 2.0);
    assert_eq!(steps_of(&window)[2], Step::wait(2.0));
    click(&mut window, "Edit step 3");
    click(&mut window, "Remove step");
    let kinds: Vec<&str> = steps_of(&window).iter().map(|step| step.kind().name).collect();
    assert_eq!(kinds, ["wait", "compute", "compute", "wait", "compute", "wait", "compute"]);
}

#[test]
fn the_ticker_is_in_sight_once_it_is_on() {
    let mut window = Window::with(Some(scraper()));
    assert!(window.harness.query_by_label("Ticker").is_none());
    click(&mut window, "More settings");
    window.harness.get_by_role_and_label(Role::CheckBox, "Ticker").click_accesskit();
    window.harness.run();
    assert!(window.harness.state().lab().draft.to_run().workload.ticker);
    click(&mut window, "More settings");
    assert!(window.harness.query_by_role_and_label(Role::CheckBox, "Ticker").is_some());
}

#[test]
fn no_control_of_the_left_panel_reaches_beyond_it() {
    let every: Vec<Step> = Step::KINDS.iter().map(|kind| (kind.new)()).collect();
    for size in [egui::vec2(1280.0, 800.0), egui::vec2(1024.0, 640.0)] {
        let window = Window::sized(Some(with_steps(every.clone())), size);
        let edge = window.harness.get_by_label("Hide panel").rect().right() + 8.0;
        let mut names: Vec<(String, f32)> = Vec::new();
        for role in [Role::SpinButton, Role::ComboBox, Role::CheckBox, Role::Slider] {
            let controls = window.harness.query_all_by_role(role).filter(|node| node.rect().left() < 280.0);
            names.extend(controls.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect().right())));
        }
        assert!(names.len() > 10, "{names:?}");
        assert!(names.iter().all(|(_, right)| *right <= edge), "{edge}: {names:?}");
    }
}

#[test]
fn what_a_model_cannot_do_is_a_dash_with_the_reason() {
    let mut experiment = with_steps(vec![Step::memory(8)]);
    experiment.models.push(Contender::of(ModelId::Processes));
    let mut window = Window::with(Some(experiment));
    let node = window.harness.get_by_role_and_label(Role::CheckBox, "Processes, Rust");
    assert!(node.accesskit_node().is_disabled());
    let description = node.accesskit_node().description().expect("the reason");
    assert!(description.starts_with("Can't run it: each process would first have to fill a buffer"), "{description}");
    node.click_accesskit();
    window.harness.run();
    click(&mut window, "Run");
    let models: Vec<ModelId> =
        window.script.played()[0].request.experiment.models.iter().map(|contender| contender.model).collect();
    assert_eq!(models, [ModelId::Sequential, ModelId::Threads, ModelId::Async]);
    window.script.send([SessionEvent::Finished(Outcome::Done)]);
    window.harness.run();
    assert!(has(&window, "Processes, Rust: not available, each process would first"));
}

fn described(window: &Window, role: Role, start: &str) -> String {
    let all: Vec<String> =
        window.harness.query_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect();
    all.iter().find(|label| label.starts_with(start)).cloned().unwrap_or_else(|| panic!("{start} in {all:?}"))
}

/// Puts each task under a lock, from the time at which it got the lock to its end.
fn lock(spans: &mut Spans, holds: SectionWork, got: impl Fn(&Span) -> u64) {
    let step = PlanStep::critical(Lock::Mutex, 1, holds);
    let inner_timestamps =
        |span: &Span| [got(span), span.finished].into_iter().take(step.inner_timestamps()).collect::<Vec<_>>();
    spans.inner_timestamps = spans.tasks.iter().flat_map(inner_timestamps).collect();
    spans.steps = vec![step];
}

fn packed(window: &mut Window) {
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
}

#[test]
fn lock_wait_and_the_worst_beat_are_in_the_text_alternatives() {
    let mut experiment = with_steps(vec![Step::critical(5.0, Lock::Mutex, 1, SectionWork::Wait)]);
    experiment.workload.ticker = true;
    let mut window = Window::with(Some(experiment));
    click(&mut window, "Run");
    window.script.send(run_with(|model, spans, _| {
        // Each task of a model that has them all in flight waits 1 ms for the lock.
        let waited = if model == ModelId::Sequential { 0 } else { 1_000_000 };
        lock(spans, SectionWork::Wait, |span| span.started + waited);
        spans.beats = vec![Beat { due: 10_000_000, late: 30_000_000 }, Beat { due: 20_000_000, late: 50_000 }];
    }));
    window.harness.run();
    let row = described(&window, Role::Row, "Async, Rust");
    assert!(row.contains("times as fast as Sequential, longest standstill 30.0 ms (median of the trials), "), "{row}");
    click(&mut window, "Timeline");
    packed(&mut window);
    let description = described(&window, Role::Image, "Timeline of Async, Rust");
    assert!(
        description.ends_with(", 80.0 ms of lock wait over all tasks, longest standstill of this trial 30.0 ms"),
        "{description}"
    );
    let description = described(&window, Role::Image, "Timeline of Sequential, Rust");
    assert!(
        description.ends_with(", 0 ns of lock wait over all tasks, longest standstill of this trial 30.0 ms"),
        "{description}"
    );
    for there in ["lock wait", "wait", "late beat"] {
        assert!(window.harness.query_by_label(there).is_some(), "{there} is on screen and in the legend");
    }
    for absent in ["compute", "HTTP", "file"] {
        assert!(window.harness.query_by_label(absent).is_none(), "{absent} is not on screen");
    }
}

#[test]
fn a_plain_wait_tells_nothing_of_locks_and_tickers() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Timeline");
    packed(&mut window);
    let description = described(&window, Role::Image, "Timeline of Async, Rust");
    assert!(!description.contains("lock") && !description.contains("beat"), "{description}");
    click(&mut window, "Compare");
    window.harness.get_by_label("OS switches");
    for absent in ["lost updates", "standstill", "memory read"] {
        assert!(window.harness.query_by_label(absent).is_none(), "{absent}");
    }
}

#[test]
fn lost_updates_stand_in_the_row_and_in_its_details() {
    let steps = vec![Step::Increment { count: 1000, protection: Protection::None }];
    let mut window = Window::sized(Some(with_steps(steps)), egui::vec2(1280.0, 1200.0));
    click(&mut window, "Run");
    window.script.send(run_with(|model, spans, measured| {
        spans.steps = vec![PlanStep::Increment(Protection::None)];
        let got = if model == ModelId::Threads { 5_200 } else { 8_000 };
        measured.counted = Some(Counted { expected: 8_000, got });
    }));
    window.harness.run();
    window.harness.get_by_role_and_label(Role::ColumnHeader, "lost updates");
    let row = described(&window, Role::Row, "Threads, Rust");
    assert!(row.contains(", wrong result: 2,800 of 8,000 updates lost in a trial, "), "{row}");
    assert!(described(&window, Role::Row, "Async, Rust").contains(", 0 of 8,000 updates lost, "));
    window.harness.get_by_label(&row).click();
    window.harness.run();
    for (name, value) in [("Updates made", "8,000"), ("Updates found", "5,200"), ("Updates lost", "2,800")] {
        assert!(window.harness.query_by_label(name).is_some(), "{name}");
        assert!(window.harness.query_by_label(value).is_some(), "{value}");
    }
    assert!(window.harness.query_by_label("Lock wait, all tasks").is_none(), "there is no lock");
}

#[test]
fn details_tell_the_server_the_page_cache_and_each_step() {
    let steps = vec![Step::http(5.0, 10), Step::file(10, false), Step::memory(1)];
    let mut window = Window::sized(Some(with_steps(steps)), egui::vec2(1280.0, 1200.0));
    click(&mut window, "Run");
    window.script.send(run_with(|_, spans, measured| {
        spans.steps = vec![PlanStep::http(10), PlanStep::file(false), PlanStep::Memory];
        spans.step_ends =
            spans.tasks.iter().flat_map(|span| [span.started + 1_000_000, span.started + 3_500_000]).collect();
        measured.server =
            Some(ServerUse { cpu_nanos: Some(measured.wall_nanos / 4), requests: 80, most_connections: 8 });
        measured.usage.storage_read_bytes = Some(0);
        measured.usage.storage_written_bytes = Some(800);
        measured.file_system = Some("ext4".to_owned());
    }));
    window.harness.run();
    let row = described(&window, Role::Row, "Async, Rust");
    assert!(row.contains("147 MB/s of memory read"), "{row}");
    window.harness.get_by_label(&row).click();
    window.harness.run();
    assert!(has(&window, ", 25 % of a core"));
    assert!(has(&window, "Files on ext4: all reads came from the page cache; 800 B were written to the storage"));
    for step in ["Step 1, HTTP", "Step 2, file", "Step 3, memory"] {
        assert!(window.harness.query_by_label(step).is_some(), "{step}");
    }
    assert!(window.harness.query_by_label("2.50 ms").is_some(), "the mean of the second step");
}

#[test]
fn a_hundred_thousand_tasks_under_a_lock_are_drawn_within_a_frame() {
    let mut experiment = with_steps(vec![Step::of_kind("critical", 5.0).expect("a kind")]);
    experiment.workload.ticker = true;
    let mut window = Window::with(Some(experiment));
    click(&mut window, "Run");
    let trials = [ModelId::Sequential, ModelId::Threads].map(|model| {
        let mut trial = trial(model, 1, 1, 10_000, 100_000);
        edit(&mut trial, |spans, _| {
            lock(spans, SectionWork::Compute, |span| (span.started + span.finished) / 2);
            spans.beats = (0..1000).map(|beat| Beat { due: beat * 10_000_000, late: 2_000_000 }).collect();
        });
        SessionEvent::TrialFinished(Box::new(trial))
    });
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Done)]));
    window.harness.run();
    click(&mut window, "Timeline");
    packed(&mut window);
    click(&mut window, "Show all 100,000 lanes of Threads");
    let begun = std::time::Instant::now();
    window.harness.run_steps(10);
    let each = begun.elapsed() / 10;
    println!("a frame of the timeline with 200 000 tasks under a lock: {each:?}");
    // A generous limit, for unoptimised builds on a busy machine.
    assert!(each < std::time::Duration::from_millis(400), "{each:?}");
}

#[test]
fn models_of_python_stand_beside_the_native_ones_and_interpreters_can_be_chosen() {
    let mut window = Window::with(Some(with_steps(vec![Step::wait(5.0)])));
    window.until(|app| app.lab().interpreters.is_some());
    window.harness.run();
    window.harness.get_by_role_and_label(Role::CheckBox, "threading, Python 3.11").click_accesskit();
    let trio = window.harness.get_by_role_and_label(Role::CheckBox, "trio, Python 3.11");
    assert!(trio.accesskit_node().is_disabled());
    let description = trio.accesskit_node().description().expect("the reason");
    assert!(description.contains("trio is not installed"), "{description}");
    window.harness.get_by_role_and_label(Role::Button, "Interpreters…").click_accesskit();
    window.harness.run();
    assert!(has(&window, "/opt/pypy3 (PATH): it is PyPy"));
    window.harness.get_by_role_and_label(Role::CheckBox, "Column for 3.14t").click_accesskit();
    window.harness.run();
    click(&mut window, "Close");
    let name = "InterpreterPoolExecutor, Python 3.14t";
    window.harness.get_by_role_and_label(Role::CheckBox, name).click_accesskit();
    window.harness.run();
    click(&mut window, "Run");
    let request = window.script.played()[0].request.clone();
    let names: Vec<String> = request.experiment.models.iter().map(ToString::to_string).collect();
    assert!(names.ends_with(&["py-threads".to_owned(), "py-interpreters@3.14t".to_owned()]), "{names:?}");
    assert_eq!(request.interpreters.usable.len(), 2);
}

#[test]
fn another_first_interpreter_takes_the_models_along() {
    let mut experiment = with_steps(vec![Step::wait(5.0)]);
    experiment.models.push(Contender::of(ModelId::PyAsyncio));
    let mut window = Window::with(Some(experiment));
    window.until(|app| app.lab().interpreters.is_some());
    let title = |window: &Window| window.harness.state().lab().draft.chosen().last().map(Contender::title);
    assert_eq!(title(&window).as_deref(), Some("asyncio 3.11"));
    window.harness.get_by_role_and_label(Role::Button, "Interpreters…").click_accesskit();
    window.harness.run();
    window.harness.get_by_role_and_label(Role::RadioButton, "Python 3.14t").click_accesskit();
    window.harness.run();
    assert_eq!(title(&window).as_deref(), Some("asyncio 3.14t"));
    assert!(!window.harness.state().lab().draft.edited(), "the experiment is the same");
}
