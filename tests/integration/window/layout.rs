//! Layout: narrow windows, long names, the keyboard focus, dialogs, sorting by a click.

use concurrency_lab::analysis::metric::{CORES_USED, OS_SWITCHES, PEAK_MEMORY, TIMES_AS_FAST};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::lab::history::RunsCommand;
use concurrency_lab::lab::view::Sort;
use concurrency_lab::lab::{Action, Command, Dialog};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{CpuSample, Status};
use eframe::egui::{self, Key, Modifiers, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::pictures::{painted_texts, shapes};
use super::run_list::{history, stored_events};
use super::{click, has, run_all, scaling};
use crate::scripted::{Window, scraper, trial, whole_run};

#[test]
fn a_narrow_window_folds_the_panel_by_itself_until_it_is_asked_for() {
    let narrow = egui::vec2(853.0, 533.0);
    let mut window = Window::sized(preset::find("quick-tour").cloned(), narrow);
    assert!(window.harness.query_by_label("Tasks").is_none(), "the panel is folded");
    // Nothing is cut off at the right edge, the explanation neither.
    for (text, rect) in painted_texts(&window) {
        assert!(rect.right() <= narrow.x + 0.5, "{text:?} ends at {}", rect.right());
    }
    click(&mut window, "Show panel");
    assert!(window.harness.query_by_label("Tasks").is_some());
    click(&mut window, "Hide panel");
    assert!(window.harness.query_by_label("Tasks").is_none());
    assert!(!window.harness.state().lab().view.panel_folded, "a wide window has it still");
}

#[test]
fn tabs_and_choices_do_not_cover_each_other_at_any_width() {
    for width in [640.0, 853.0, 1024.0, 1100.0, 1200.0, 1280.0, 1500.0] {
        let mut window = Window::sized(Some(scraper()), egui::vec2(width, 533.0));
        run_all(&mut window);
        let shared = [
            (Role::Tab, "Compare"),
            (Role::Tab, "CPU"),
            (Role::Tab, "Timeline"),
            (Role::Tab, "Distribution"),
            (Role::Button, "What to look for"),
        ];
        let views =
            [("Compare", &["Order", "Axis"][..]), ("Distribution", &["Time of tasks", "Form", "Axis of trials"][..])];
        for (view, choices) in views {
            click(&mut window, view);
            let mut rects: Vec<egui::Rect> =
                shared.iter().map(|(role, name)| window.harness.get_by_role_and_label(*role, name).rect()).collect();
            rects.extend(choices.iter().map(|name| window.harness.get_by_label(name).rect()));
            for (index, one) in rects.iter().enumerate() {
                assert!(one.left() >= 0.0 && one.right() <= width, "{view} at {width}: {one:?}");
                for other in &rects[index + 1..] {
                    assert!(!one.shrink(1.0).intersects(other.shrink(1.0)), "{view} at {width}: {one:?} and {other:?}");
                }
            }
        }
    }
}

#[test]
fn the_focus_stays_on_screen_in_the_left_panel() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 640.0));
    click(&mut window, "More settings");
    window.harness.get_by_label("Tasks").focus();
    window.harness.run();
    for step in 0..40 {
        window.harness.key_press(Key::Tab);
        window.harness.run();
        let focused = window.harness.root().children_recursive().find(|node| node.is_focused());
        let focused = focused.expect("something has the focus");
        let (name, rect) = (focused.accesskit_node().label().unwrap_or_default(), focused.rect());
        assert!(rect.top() >= 0.0 && rect.bottom() <= 640.0, "{name} after {step} steps: {rect:?}");
    }
}

#[test]
fn names_of_models_keep_their_room_beside_four_interpreters() {
    let mut experiment = scraper();
    experiment.models.push(Contender::on(ModelId::PyThreads, "3.14t"));
    experiment.models.push(Contender::on(ModelId::PyThreads, "3.13"));
    experiment.models.push(Contender::on(ModelId::PyThreads, "3.12"));
    let mut window = Window::sized(Some(experiment), egui::vec2(1280.0, 2400.0));
    window.harness.run();
    let all = painted_texts(&window);
    for name in ["Async multi-thread", "Async blocking pool", "Process pool", "Sequential"] {
        let like: Vec<_> = all.iter().filter(|(text, _)| text.starts_with(&name[..8])).collect();
        assert!(all.iter().any(|(text, _)| text == name), "{name} is cut off: {like:?}");
    }
}

#[test]
fn long_labels_of_the_form_are_not_cut() {
    let mut experiment = preset::find("deadlock").expect("it ships").clone();
    experiment.models.push(Contender::of(ModelId::PyProcesses));
    let mut window = Window::sized(Some(experiment), egui::vec2(1280.0, 2000.0));
    click(&mut window, "More settings");
    super::step_strip::select(&mut window, 1);
    let all: Vec<String> = painted_texts(&window).into_iter().map(|(text, _)| text).collect();
    for name in ["Between locks", "How Python starts processes", "Most tasks at once", "Compare by"] {
        assert!(all.iter().any(|text| text == name), "{name}");
    }
}

#[test]
fn a_click_on_a_head_sorts_and_heads_stay_in_sight() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    for (head, sort) in [
        ("cores used", Sort::By(&CORES_USED)),
        ("times as fast", Sort::By(&TIMES_AS_FAST)),
        ("peak memory", Sort::By(&PEAK_MEMORY)),
        ("OS switches", Sort::By(&OS_SWITCHES)),
        ("wall time", Sort::Fastest),
    ] {
        let node = window.harness.get_by_role_and_label(Role::ColumnHeader, head);
        let centre = node.rect().center();
        window.harness.drag_at(centre);
        window.harness.drop_at(centre);
        window.harness.run();
        assert_eq!(window.harness.state().lab().view.sort, sort, "{head}");
    }
}

#[test]
fn a_new_run_is_shown_from_its_top() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 640.0));
    run_all(&mut window);
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    let first_row = |window: &Window| {
        let rows = window.harness.get_all_by_role(Role::Row).map(|row| row.rect().top());
        rows.fold(f32::INFINITY, f32::min)
    };
    let top = first_row(&window);
    window.harness.hover_at(egui::pos2(800.0, top + 60.0));
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -300.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    };
    window.harness.event(wheel);
    window.harness.run_ok();
    window.harness.run_steps(20);
    assert!(first_row(&window) < top - 100.0, "it is scrolled down");
    std::thread::sleep(std::time::Duration::from_millis(2));
    click(&mut window, "Run");
    window.script.send(whole_run());
    window.harness.run();
    assert!((first_row(&window) - top).abs() < 60.0, "the table is in sight: {} and {top}", first_row(&window));
}

#[test]
fn a_low_window_scrolls_as_one_page() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 420.0));
    run_all(&mut window);
    let tab = |window: &Window, name: &str| window.harness.get_by_role_and_label(Role::Tab, name).rect();
    let before = tab(&window, "CPU").top();
    window.harness.get_by_role_and_label(Role::Tab, "CPU").click_accesskit();
    window.harness.run_steps(30);
    let after = tab(&window, "CPU");
    assert!(after.top() < before - 50.0, "the view chosen comes into sight: {before} and {}", after.top());
    assert!(after.top() > 40.0, "its tabs with it: {after:?}");
    let mut tall = Window::sized(Some(scraper()), egui::vec2(1280.0, 800.0));
    run_all(&mut tall);
    let before = tab(&tall, "CPU");
    tall.harness.get_by_role_and_label(Role::Tab, "CPU").click_accesskit();
    tall.harness.run_steps(30);
    assert_eq!(tab(&tall, "CPU"), before, "with room for both nothing moves");
}

#[test]
fn a_run_in_a_low_window_is_shown_from_the_headline() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 420.0));
    run_all(&mut window);
    let tabs = |window: &Window| window.harness.get_by_role_and_label(Role::Tab, "CPU").rect().top();
    let first = tabs(&window);
    window.harness.get_by_role_and_label(Role::Tab, "CPU").click_accesskit();
    window.harness.run_steps(30);
    assert!(tabs(&window) < first - 50.0);
    std::thread::sleep(std::time::Duration::from_millis(2));
    click(&mut window, "Run");
    window.script.send(whole_run());
    window.harness.run_steps(30);
    assert!((tabs(&window) - first).abs() < 30.0, "{} and {first}", tabs(&window));
}

#[test]
fn a_view_in_a_low_window_has_no_scroll_bar_of_its_own() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 420.0));
    run_all(&mut window);
    let wheel = |window: &mut Window, at: egui::Pos2, delta: f32| {
        window.harness.hover_at(at);
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, delta),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        window.harness.run_ok();
        window.harness.run_steps(20);
    };
    for view in ["Compare", "CPU", "Time budget", "Distribution", "Learn"] {
        let tab = |window: &Window| window.harness.get_by_role_and_label(Role::Tab, view).rect();
        window.harness.get_by_role_and_label(Role::Tab, view).click_accesskit();
        window.harness.run_steps(30);
        let below = egui::vec2(0.0, 60.0);
        let at = tab(&window).left_bottom() + below;
        wheel(&mut window, at, 2_000.0);
        let top = tab(&window).top();
        let at = tab(&window).left_bottom() + below;
        wheel(&mut window, at, -30.0);
        assert!(tab(&window).top() < top - 10.0, "{view}: a wheel over the view moves the page");
    }
}

#[test]
fn the_buttons_of_a_dialog_stay_in_sight_in_a_low_window() {
    let room = egui::vec2(640.0, 400.0);
    let mut window = Window::sized(Some(scraper()), room);
    run_all(&mut window);
    let dialogs = [(Key::E, "Export results", "Save"), (Key::O, "Open a file", "Open")];
    for (key, title, button) in dialogs {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        window.harness.run();
        let dialog = window.harness.get_by_role_and_label(Role::Dialog, title);
        let rect = dialog.get_by_role_and_label(Role::Button, button).rect();
        assert!(rect.top() >= 0.0 && rect.bottom() <= room.y, "{title}: {rect:?}");
        window.harness.key_press(Key::Escape);
        window.harness.run();
    }
}

#[test]
fn dialogs_have_sizes_of_their_own() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    let height = |window: &mut Window, modifiers, key, title: &str| {
        window.harness.key_press_modifiers(modifiers, key);
        window.harness.run();
        let all = painted_texts(window);
        let rect_of =
            |wanted: &str| all.iter().rev().find(|(text, _)| text == wanted).map_or(egui::Rect::NAN, |one| one.1);
        let last = ["Close", "Cancel"].map(|name| rect_of(name).bottom()).into_iter().fold(f32::NAN, f32::max);
        let height = last - rect_of(title).top();
        window.harness.key_press(Key::Escape);
        window.harness.run();
        height
    };
    let export = |window: &mut Window| height(window, Modifiers::COMMAND, Key::E, "Export results");
    let open = |window: &mut Window| height(window, Modifiers::COMMAND, Key::O, "Open a file");
    let (first_export, first_open) = (export(&mut window), open(&mut window));
    assert!(first_open + 100.0 < first_export, "{first_export} {first_open}");
    assert!((export(&mut window) - first_export).abs() < 1.0);
    let again = open(&mut window);
    assert!((again - first_open).abs() < 1.0, "{again} {first_open}");
}

#[test]
fn importing_is_about_task_lists_alone() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Import task list…");
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Import a task list").is_some());
    assert!(!has(&window, ".toml"));
}

#[test]
fn the_list_in_the_left_panel_is_given_more_room_by_keys_and_by_dragging() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 1000.0));
    let handle = |window: &Window| window.harness.get_by_label("Height of the list, percent").rect();
    let first = handle(&window).top();
    window.harness.get_by_label("Height of the list, percent").focus();
    window.harness.run();
    window.harness.key_press(egui::Key::ArrowDown);
    window.harness.run();
    let lower = handle(&window).top();
    assert!(lower > first + 20.0, "{first} then {lower}");
    let from = handle(&window).center();
    window.harness.hover_at(from);
    window.harness.drag_at(from);
    for share in [0.3, 0.6, 1.0] {
        window.harness.hover_at(from - egui::vec2(0.0, 100.0 * share));
        window.harness.run_ok();
    }
    window.harness.drop_at(from - egui::vec2(0.0, 100.0));
    window.harness.run();
    let dragged = handle(&window).top();
    assert!((lower - dragged - 100.0).abs() < 12.0, "{lower} then {dragged}");
    window.harness.get_by_label("Height of the list, percent").focus();
    for _ in 0..40 {
        window.harness.key_press(egui::Key::ArrowDown);
        window.harness.run();
    }
    assert!(handle(&window).bottom() < 1000.0 - 90.0, "the form below keeps some room: {:?}", handle(&window));
}

#[test]
fn a_failed_export_says_what_is_missing_and_nothing_of_an_earlier_one() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    let save = |window: &mut Window, path: std::path::PathBuf| {
        window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
        window.harness.run();
        click(window, "Save");
        window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.field.busy));
        window.harness.run();
    };
    let folder = window.folder.path().to_owned();
    save(&mut window, folder.join("out.csv"));
    assert!(has(&window, "Wrote "));
    save(&mut window, folder.join("none/out.csv"));
    assert!(has(&window, &format!("There is no folder {}", folder.join("none").display())));
    assert!(!has(&window, "Wrote "), "that was another file");
    save(&mut window, folder);
    assert!(has(&window, "is a folder: add a file name"));
    assert!(window.harness.query_by_label("Replace").is_none());
}

#[test]
fn the_window_has_a_name() {
    let window = Window::with(Some(scraper()));
    assert_eq!(window.harness.root().accesskit_node().label().as_deref(), Some("Concurrency Lab"));
}

/// Returns samples of 250 ms of two busy cores; the model used `own` percent of a core.
fn busy(count: u32, own: Option<f32>) -> Vec<CpuSample> {
    (1..=count)
        .map(|number| CpuSample {
            at_ms: f64::from(number) * 250.0,
            width_ms: 250.0,
            usage_percent: vec![100.0, 100.0],
            lab_percent: None,
            tree_percent: own,
        })
        .collect()
}

#[test]
fn the_cpu_view_separates_own_from_other_programs_and_cancelled_from_measured() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    let mut idle = trial(ModelId::Threads, 1, 1, 1000, 80);
    idle.cpu = busy(4, Some(0.0));
    let mut working = trial(ModelId::Async, 1, 2, 2000, 80);
    working.cpu = busy(7, Some(150.0));
    let mut stopped = trial(ModelId::Sequential, 1, 3, 1000, 80);
    (stopped.status, stopped.measured, stopped.cpu) = (Status::Cancelled, None, busy(4, None));
    let trials = [idle, working, stopped].map(|one| SessionEvent::TrialFinished(Box::new(one)));
    window.script.send(trials.into_iter().chain([SessionEvent::Finished(Outcome::Cancelled)]));
    window.harness.run();
    click(&mut window, Action::Tab(concurrency_lab::lab::view::Tab::Cpu).info().label);
    assert!(has(&window, "CPU usage of Threads, Rust: its own processes used 0.00 of 2 cores, everything else 2.00"));
    assert!(has(&window, "CPU usage of Async, Rust: its own processes used 1.50 of 2 cores, everything else 0.50"));
    assert!(!has(&window, "CPU usage of Sequential"), "a trial that was cancelled is none");
    assert!(painted_texts(&window).iter().any(|(text, _)| text == "cancelled"));
    for mark in ["50 %", "100 %", "0.0 s", "2.0 s"] {
        assert!(painted_texts(&window).iter().any(|(text, _)| text == mark), "{mark}");
    }
    // Areas in a model's colour: none for the one that used nothing; the other's on the common axis.
    let threads = window.harness.get_by_label_contains("CPU usage of Threads").rect();
    let asynchronous = window.harness.get_by_label_contains("CPU usage of Async").rect();
    let hue = |within: egui::Rect, colour: egui::Color32| -> Vec<egui::Pos2> {
        let meshes = shapes(&window).into_iter().filter_map(|shape| match shape {
            Shape::Mesh(mesh) => Some(mesh),
            _ => None,
        });
        let corners = meshes.flat_map(|mesh| mesh.vertices.clone());
        corners
            .filter(|corner| corner.color == colour && within.contains(corner.pos))
            .map(|corner| corner.pos)
            .collect()
    };
    let orange = egui::Color32::from_rgb(0xE8, 0x68, 0x3A);
    let blue = egui::Color32::from_rgb(0x62, 0xB5, 0xF5);
    let dark = window.harness.ctx.theme() == egui::Theme::Dark;
    assert!(dark, "the colours below are those of the dark theme");
    assert!(hue(threads, orange).is_empty(), "it used nothing");
    let area = hue(asynchronous, blue);
    let right = area.iter().map(|corner| corner.x).fold(0.0, f32::max);
    // 7 samples end at 1.75 s of a trial of 2 s: the rest is a gap.
    let share = (right - asynchronous.left()) / asynchronous.width();
    assert!((share - 0.875).abs() < 0.01, "{share}");
}

#[test]
fn an_export_opens_with_its_choices_and_its_path_in_sight() {
    let room = egui::vec2(640.0, 400.0);
    let mut window = Window::sized(Some(scraper()), room);
    run_all(&mut window);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.harness.run();
    window.harness.run();
    let dialog = window.harness.get_by_role_and_label(Role::Dialog, "Export results");
    let chosen = dialog.get_all_by_role(Role::RadioButton).next().expect("choices").rect();
    let path = dialog.get_by_role_and_label(Role::TextInput, "File");
    assert!(chosen.top() > 0.0 && chosen.bottom() < path.rect().top(), "{chosen:?} {:?}", path.rect());
    assert!(path.rect().bottom() < room.y && path.is_focused());
    let texts = painted_texts(&window);
    let first = texts.iter().find(|(text, _)| text.starts_with("Summary")).expect("the first choice is painted").1;
    let clip = texts.iter().find(|(text, _)| text == "Export results").expect("a title").1;
    assert!(first.top() > clip.bottom(), "below the title: {first:?} {clip:?}");
}

#[test]
fn lists_of_choices_are_as_long_as_they_are() {
    let mut window = scaling::swept();
    window.harness.get_by_role_and_label(Role::ComboBox, "Figure").click();
    window.harness.run();
    let shown = painted_texts(&window);
    for head in ["tasks per second", "latency, 99 %", "peak memory"] {
        let found = shown.iter().filter(|(text, _)| text.contains(head)).count();
        assert!(found > 0, "{head}: {shown:?}");
    }
}

#[test]
fn the_preset_of_a_run_that_is_opened_is_in_sight() {
    let last = preset::built_in().last().expect("presets").clone();
    let (_folder, history) = history();
    let experiment = Experiment { id: last.id.clone(), title: last.title.clone(), ..scraper() };
    let id = stored_events(&history, "Latest", 5, &experiment, &whole_run());
    let mut window = Window::on_history(None, &history);
    window.harness.state_mut().apply(Command::Runs(RunsCommand::Open(id)));
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.name == "Latest"));
    window.harness.run();
    let in_list = |text: &str, rect: &egui::Rect| text == last.title && rect.left() < 200.0 && rect.top() > 120.0;
    let texts = painted_texts(&window);
    let row = texts.iter().find(|(text, rect)| in_list(text, rect));
    let row = row.unwrap_or_else(|| panic!("{} is not drawn: {texts:?}", last.title)).1;
    let links = texts.iter().find(|(text, _)| text == "Open…").expect("the links below the list").1;
    assert!(row.bottom() < links.top(), "{row:?} {links:?}");
}

#[test]
fn a_list_of_choices_closes_when_one_is_chosen_by_key() {
    let mut window = Window::with(Some(scraper()));
    window.harness.get_by_role_and_label(Role::ComboBox, "Sweep").focus();
    window.harness.run();
    for key in [Key::Enter, Key::ArrowDown, Key::ArrowDown, Key::Enter] {
        window.harness.key_press(key);
        window.harness.run();
    }
    assert!(window.harness.state().lab().draft.experiment().sweep.is_some(), "a setting is chosen");
    let entries = painted_texts(&window).into_iter().filter(|(text, _)| text == "nothing").count();
    assert_eq!(entries, 0, "the list is closed");
}

#[test]
fn enter_after_a_click_on_a_choice_saves_the_export() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.harness.run();
    let choice = window.harness.get_by_role_and_label(Role::RadioButton, "Trials (CSV)").rect().center();
    window.harness.drag_at(choice);
    window.harness.drop_at(choice);
    window.harness.run();
    window.harness.key_press(Key::Enter);
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.written.is_empty()));
}

#[test]
fn tabs_go_on_in_the_next_line_of_a_narrow_window() {
    let mut window = scaling::swept();
    window.harness.set_size(egui::vec2(512.0, 640.0));
    window.harness.run();
    for tab in ["Compare", "Distribution", "Scaling", "Learn"] {
        let rect = window.harness.get_by_role_and_label(Role::Tab, tab).rect();
        assert!(rect.right() <= 512.0 && rect.left() >= 0.0, "{tab}: {rect:?}");
    }
}
