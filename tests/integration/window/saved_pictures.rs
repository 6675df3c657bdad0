//! Pictures of views: copied to the clipboard and saved, as the view shows them.

use concurrency_lab::analysis::distribution::TaskTime;
use concurrency_lab::lab::guess::GuessEdit;
use concurrency_lab::lab::view::{Sort, TaskPlot, TrialScale};
use concurrency_lab::lab::{Action, Command, Dialog};
use concurrency_lab::preset;
use eframe::egui::{OutputCommand, Role};
use egui_kittest::kittest::Queryable as _;

use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

/// Saves the picture of the view shown and returns the file's text.
fn saved(window: &mut Window, name: &str) -> String {
    click(window, "Save picture…");
    assert!(window.harness.query_by_role_and_label(Role::Dialog, "Save picture").is_some());
    assert!(window.harness.query_by_label("Report (HTML)").is_none(), "only the picture is offered");
    let path = window.folder.path().join(name);
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    click(window, "Save");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.written.is_empty()));
    click(window, "Close");
    std::fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).expect("written")
}

#[test]
fn each_view_is_saved_as_its_own_picture() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    for (tab, title) in [
        ("Compare", "Wall time by model"),
        ("CPU", "CPU usage over time"),
        ("Timeline", "Timeline of the tasks"),
        ("Time budget", "Core-seconds: cores that the model may use × wall time"),
        ("Distribution", "Wall time of each trial"),
    ] {
        window.harness.get_by_role_and_label(Role::Tab, tab).click();
        window.harness.run();
        let svg = saved(&mut window, &format!("{tab}.svg"));
        assert!(svg.starts_with("<svg") && svg.contains(&format!(">{title}</text>")), "{tab}: {svg}");
    }
    // The task plot is the one chosen.
    let latency = saved(&mut window, "latency.svg");
    assert!(latency.contains(">Latency of the tasks, all measured trials together</text>"), "{latency}");
    assert!(latency.contains(">share of the tasks, at most so long</text>"), "{latency}");
    let app = window.harness.state_mut();
    app.apply(Command::TaskTime(TaskTime::Queue));
    app.apply(Command::TaskPlot(TaskPlot::Histogram));
    app.apply(Command::TrialScale(TrialScale::FromMedian));
    window.harness.run();
    let queue = saved(&mut window, "queue.svg");
    assert!(queue.contains(">Spread of the trials</text>"), "{queue}");
    assert!(queue.contains(">Queue time of the tasks, all measured trials together</text>"), "{queue}");
    assert!(queue.contains(">share of the tasks in a bin</text>"), "{queue}");
    assert!(queue.contains(" UTC"), "the picture says when it was measured: {queue}");
    let png = saved(&mut window, "picture.png");
    assert!(png.starts_with("\u{fffd}PNG"), "{:?}", png.get(..8));
}

#[test]
fn a_picture_has_the_order_of_its_view() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    let places = |svg: &str| ["Sequential", "Threads", "Async"].map(|title| svg.find(&format!(">{title}</text>")));
    let fastest = places(&saved(&mut window, "fastest.svg"));
    assert!(fastest.iter().all(Option::is_some) && fastest[2] < fastest[0], "{fastest:?}");
    window.harness.state_mut().apply(Command::Sort(Sort::Experiment));
    window.harness.run();
    let listed = places(&saved(&mut window, "listed.svg"));
    assert!(listed[0] < listed[2], "{listed:?}");
}

#[test]
fn a_picture_of_an_unknown_format_is_refused() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    for name in ["picture.jpg", "picture"] {
        click(&mut window, "Save picture…");
        let path = window.folder.path().join(name);
        window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
        window.harness.run();
        click(&mut window, "Save");
        window.until(|app| match &app.lab().dialog {
            Some(Dialog::Export(export)) => export.field.problem.is_some(),
            _ => false,
        });
        let message = format!("{}: a picture is a file that ends in .png or .svg", path.display());
        assert!(window.harness.query_by_label_contains(&message).is_some(), "{name}");
        assert!(!path.exists());
        click(&mut window, "Close");
    }
}

#[test]
fn a_hidden_model_and_a_zoomed_range_are_not_in_the_picture() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    window.harness.get_by_role_and_label(Role::Tab, "Distribution").click();
    window.harness.run();
    let before = saved(&mut window, "before.svg");
    assert!(before.contains(">Sequential</text>"), "{before}");
    window.harness.get_by_role_and_label(Role::CheckBox, "Sequential").click();
    window.harness.run();
    let svg = saved(&mut window, "hidden.svg");
    assert!(!svg.contains(">Sequential</text>") && svg.contains(">Async</text>"), "{svg}");
}

/// Waits for a picture on the clipboard, and returns its size.
fn copied_size(window: &mut Window) -> Option<[usize; 2]> {
    let copied = |window: &Window| {
        let commands = &window.harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            OutputCommand::CopyImage(image) => Some(image.size),
            _ => None,
        })
    };
    (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        window.harness.step();
        copied(window)
    })
}

#[test]
fn a_copied_picture_reaches_the_clipboard() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Copy picture");
    let size = copied_size(&mut window);
    let [width, height] = size.expect("an image for the clipboard");
    assert!(width == 1_800 && height > 300, "{width} x {height}");
    window.harness.run();
    assert!(has(&window, "Copied a picture of this view"));
}

/// Opens the page before a run, drawn.
fn before_run() -> Window {
    let mut window = Window::with(preset::find("quick-tour").cloned());
    window.until(|app| app.lab().interpreters.is_some() && app.lab().shows_picture_of_draft());
    window.harness.run();
    window
}

#[test]
fn before_a_run_the_picture_shows_the_tasks_and_after_the_guess_the_ideals() {
    let mut window = before_run();
    let hidden = saved(&mut window, "hidden.svg");
    assert!(hidden.starts_with("<svg") && hidden.contains(">The tasks, each by itself</text>"), "{hidden}");
    assert!(hidden.contains(">Sequential</text>") && !hidden.to_lowercase().contains("ideal"), "{hidden}");
    click(&mut window, "That is my guess");
    let shown = saved(&mut window, "shown.svg");
    assert!(shown.contains(">Quick tour</text>") && shown.contains(">ideal 160 ms</text>"), "{shown}");
    assert!(shown.contains("; nothing measured</text>"), "{shown}");
    let png = saved(&mut window, "picture.png");
    assert!(png.starts_with("\u{fffd}PNG"), "{:?}", png.get(..8));
}

#[test]
fn the_file_of_a_picture_before_a_run_is_named_after_its_draft() {
    let mut window = before_run();
    click(&mut window, "Save picture…");
    let Some(Dialog::Export(export)) = &window.harness.state().lab().dialog else { panic!("no dialog") };
    assert!(export.field.path.ends_with("quick-tour-before-run.png"), "{}", export.field.path);
}

#[test]
fn a_picture_before_a_run_has_the_order_of_the_page() {
    let mut window = before_run();
    let last = window.harness.state().lab().guess.order.last().cloned().expect("a model");
    window.harness.state_mut().apply(Command::Guess(GuessEdit::Move(last.clone(), 0)));
    window.harness.run();
    let svg = saved(&mut window, "order.svg");
    let at = |title: &str| svg.find(&format!(">{title}</text>")).expect("a row");
    assert!(at(&last.title()) < at("Sequential"), "{svg}");
}

#[test]
fn a_picture_before_a_run_can_be_copied() {
    let mut window = before_run();
    click(&mut window, "Copy picture");
    let [width, height] = copied_size(&mut window).expect("an image for the clipboard");
    assert!(width == 1_800 && height > 300, "{width} x {height}");
    window.harness.run();
    assert!(has(&window, "Copied a picture of this view"));
}

#[test]
fn learn_has_no_picture_before_a_run() {
    let mut window = before_run();
    let can =
        |window: &Window| [Action::SavePicture, Action::CopyPicture].map(|one| window.harness.state().lab().can(one));
    assert_eq!(can(&window), [true, true]);
    window.harness.get_by_role_and_label(Role::Tab, "Learn").click();
    window.harness.run();
    assert_eq!(can(&window), [false, false]);
    assert!(!has(&window, "Save picture…") && !has(&window, "Copy picture"));
}
