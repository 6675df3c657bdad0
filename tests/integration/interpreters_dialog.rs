//! Interpreters near the current folder in the window: listed with a reason, started only after a click, remembered.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use concurrency_lab::app::App;
use concurrency_lab::lab::Services;
use concurrency_lab::python::{Interpreters, NotStarted};
use eframe::App as _;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::scripted::MemoryStorage;

const NEAR: &str = "/home/ada/project/.venv/bin/python3";
const DOUBTED: &str = "/home/ada/shared/.venv/bin/python3";

/// Interpreters that each search was allowed to start.
type Searches = Arc<Mutex<Vec<Vec<PathBuf>>>>;

fn found(confirmed: &[PathBuf]) -> Interpreters {
    let near = |path: &str, may_be_confirmed| NotStarted {
        path: PathBuf::from(path),
        found: "nearby virtual environment".to_owned(),
        reason: "found near the current folder; not started".to_owned(),
        may_be_confirmed,
    };
    let mut all = crate::scripted::interpreters();
    all.not_started = vec![near(NEAR, true), near(DOUBTED, false)];
    all.not_started.retain(|one| !confirmed.contains(&one.path));
    all
}

fn window(folder: &Path, storage: MemoryStorage, searches: &Searches) -> Harness<'static, App> {
    let (path, searches) = (folder.to_owned(), Arc::clone(searches));
    let mut harness = Harness::builder().with_size(eframe::egui::vec2(1280.0, 800.0)).with_max_steps(12).build_eframe(
        move |creation| {
            let find = move |confirmed: &[PathBuf]| {
                searches.lock().expect("no test thread panicked").push(confirmed.to_vec());
                found(confirmed)
            };
            let services = Services {
                cpus: 2.into(),
                preset_folder: Some(path.join("presets")),
                history: None,
                find_interpreters: Arc::new(find),
                start_folder: path,
                ..App::services(&creation.egui_ctx, Arc::new(crate::scripted::Script::default()))
            };
            App::new(&creation.egui_ctx, Some(&storage), services, Some(crate::scripted::scraper()))
        },
    );
    until_known(&mut harness);
    harness
}

fn until_known(harness: &mut Harness<'static, App>) {
    for _ in 0..500 {
        harness.run_ok();
        if harness.state().lab().interpreters.is_some() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("no interpreters were found within five seconds");
}

#[test]
fn an_interpreter_near_the_folder_is_started_after_a_click_and_remembered() {
    let (folder, searches) = (tempfile::tempdir().expect("a folder"), Searches::default());
    let mut first = window(folder.path(), MemoryStorage::default(), &searches);
    first.get_by_role_and_label(Role::Button, "Interpreters…").click_accesskit();
    first.run_ok();
    assert!(first.query_by_role_and_label(Role::Button, &format!("Use {DOUBTED}")).is_none(), "others can change it");
    first.get_by_role_and_label(Role::Button, &format!("Use {NEAR}")).click_accesskit();
    first.run_ok();
    until_known(&mut first);
    first.run_ok();
    assert!(first.query_by_role_and_label(Role::Button, &format!("Use {NEAR}")).is_none(), "it is in use");
    let mut memory = MemoryStorage::default();
    first.state_mut().save(&mut memory);
    let _again = window(folder.path(), memory, &searches);
    let searches = searches.lock().expect("no test thread panicked").clone();
    assert_eq!(searches, [vec![], vec![PathBuf::from(NEAR)], vec![PathBuf::from(NEAR)]]);
}
