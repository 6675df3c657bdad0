//! Texts by others in the window: links ask before they open, tables are written for spreadsheets, and messages
//! contain nothing invisible.

use concurrency_lab::app::App;
use concurrency_lab::export::CsvDialect;
use concurrency_lab::lab::{Action, Dialog, Services};
use concurrency_lab::printable;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::workload::{Step, Tasks};
use eframe::App as _;
use eframe::egui::{self, OutputCommand, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{click, has, run_all};
use crate::scripted::{MemoryStorage, Script, Window, failure, interpreters, scraper};

const ADDRESS: &str = "https://example.org/docs?page=1";

fn explained(explanation: &str) -> Window {
    Window::with(Some(concurrency_lab::experiment::Experiment { explanation: explanation.to_owned(), ..scraper() }))
}

/// Clicks, and returns the window's requests to the system in the next frames.
fn asked_for(window: &mut Window, role: Role, name: &str) -> Vec<OutputCommand> {
    window.harness.get_by_role_and_label(role, name).click();
    let mut asked = Vec::new();
    for _ in 0..4 {
        window.harness.step();
        asked.extend(window.harness.output().platform_output.commands.iter().cloned());
    }
    asked
}

fn opened(asked: &[OutputCommand]) -> Vec<&str> {
    asked
        .iter()
        .filter_map(|command| match command {
            OutputCommand::OpenUrl(open) => Some(open.url.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_link_shows_its_address_and_asks_before_it_opens() {
    let mut window = explained(&format!("See [the docs]({ADDRESS})."));
    assert_eq!(opened(&asked_for(&mut window, Role::Link, "the docs")), Vec::<&str>::new(), "nothing opens at once");
    assert!(has(&window, "Open a web page?") && has(&window, ADDRESS));
    let copied = asked_for(&mut window, Role::Button, "Copy address");
    let is_address = |command: &OutputCommand| matches!(command, OutputCommand::CopyText(text) if text == ADDRESS);
    assert!(copied.iter().any(is_address), "{copied:?}");
    assert_eq!(opened(&asked_for(&mut window, Role::Button, "Open page")), [ADDRESS]);
    assert!(window.harness.state().lab().dialog.is_none());
    asked_for(&mut window, Role::Link, "the docs");
    assert_eq!(opened(&asked_for(&mut window, Role::Button, "Cancel")), Vec::<&str>::new());
    assert!(!has(&window, "Open a web page?"));
}

#[test]
fn what_is_no_web_page_is_text() {
    let window =
        explained("[a](file:///etc/passwd) [b](javascript:alert\\(1\\)) [c](../../etc/hosts) ![d](file:///d.png)");
    assert!(window.harness.query_all_by_role(Role::Link).next().is_none());
    assert!(has(&window, "file:///etc/passwd") && has(&window, "../../etc/hosts"));
}

#[test]
fn a_table_for_a_spreadsheet_is_written_and_the_choice_kept() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    click(&mut window, "Separators");
    click(&mut window, CsvDialect::ExcelSemicolon.title());
    let path = window.folder.path().join("out.csv");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    click(&mut window, "Save");
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::Export(export)) if !export.written.is_empty()));
    let text = std::fs::read_to_string(&path).expect("written");
    assert!(text.starts_with("\u{feff}experiment;model;host;"), "{}", &text[..60]);
    let mut stored = MemoryStorage::default();
    window.harness.state_mut().save(&mut stored);
    let ctx = egui::Context::default();
    let services = Services {
        find_interpreters: std::sync::Arc::new(|_| interpreters()),
        preset_folder: None,
        history: None,
        ..App::services(&ctx, std::sync::Arc::new(Script::default()))
    };
    let next = App::new(&ctx, Some(&stored), services, None);
    assert_eq!(next.lab().view.csv_dialect, CsvDialect::ExcelSemicolon);
}

#[test]
fn an_export_to_nowhere_says_so_in_a_sentence() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    click(&mut window, "Export…");
    let folder = window.folder.path().join("none");
    let path = folder.join("out.csv");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run();
    click(&mut window, "Save");
    let problem = |app: &App| match &app.lab().dialog {
        Some(Dialog::Export(export)) => export.field.problem.clone(),
        _ => None,
    };
    window.until(|app| problem(app).is_some());
    assert_eq!(problem(window.harness.state()), Some(format!("There is no folder {}", folder.display())));
}

#[test]
fn reasons_of_others_arrive_as_visible_text() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "Run");
    window.script.send([SessionEvent::Finished(Outcome::Failed(failure("a\u{1b}[2J\u{202e}b")))]);
    window.harness.run();
    assert!(has(&window, "a\\u{1b}[2J\\u{202e}b"));
    for node in window.harness.get_all_by_label_contains("") {
        let label = node.accesskit_node().label().unwrap_or_default();
        assert_eq!(printable::first_hidden_in_block(&label), None, "{label:?}");
    }
}

#[test]
fn a_limit_that_a_draft_may_reach_is_named_before_the_run_which_can_be_started() {
    let mut experiment = scraper();
    let step = Step::wait(5_000.0);
    experiment.workload.tasks = Tasks::Alike { count: 100_000, steps: vec![step] };
    let mut window = Window::with(Some(experiment));
    let sentence =
        "The run may reach a limit: Threads may need about 100,000 threads at once; this system allows about 20,000.";
    let until = |window: &mut Window, shown: bool| {
        for _ in 0..500 {
            window.harness.run_ok();
            if has(window, sentence) == shown {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{shown}: {sentence}");
    };
    until(&mut window, true);
    assert!(window.harness.state().lab().can(Action::Run));
    // The check box may be below the visible part of the panel.
    window.harness.get_by_label("Threads, Rust").click_accesskit();
    until(&mut window, false);
}
