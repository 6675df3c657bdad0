//! Files held over the window and dropped onto it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use concurrency_lab::lab::Dialog;
use eframe::egui;
use egui_kittest::kittest::Queryable as _;

use super::{click, has, run_all};
use crate::scripted::{Window, scraper};

fn hold(window: &mut Window, paths: &[PathBuf]) {
    let files = paths.iter().map(|path| egui::HoveredFile { path: Some(path.clone()), ..Default::default() });
    window.harness.input_mut().hovered_files = files.collect();
    window.harness.run_ok();
}

/// A file on disk.
#[derive(Debug)]
struct File(PathBuf);

impl egui::DroppedFile for File {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop(window: &mut Window, paths: &[PathBuf]) {
    window.harness.input_mut().hovered_files.clear();
    let files = paths.iter().map(|path| Arc::new(File(path.clone())) as egui::DroppedFileHandle);
    window.harness.input_mut().dropped_files = files.collect();
    window.harness.run_ok();
}

fn written(window: &Window, name: &str, text: &str) -> PathBuf {
    let path = window.folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    path
}

const LIST: &str = "name,compute_ms,wait_ms\nA,1,2\nB,3,4\n";

#[test]
fn a_task_list_says_what_it_will_do_and_does_it() {
    let mut window = Window::with(Some(scraper()));
    let list = [written(&window, "tasks.csv", LIST)];
    hold(&mut window, &list);
    assert!(has(&window, "Drop to replace the tasks by the list tasks.csv"));
    drop(&mut window, &list);
    window.until(|app| app.lab().draft.workload().task_count() == 2);
    assert!(!has(&window, "Drop to"));
    assert!(has(&window, "Took 2 tasks from ") && has(&window, "tasks.csv; Undo in the form brings back those before"));
    window.harness.get_by_label("Undo").click();
    window.harness.run();
    assert_eq!(window.harness.state().lab().draft.workload().task_count(), 80);
}

#[test]
fn an_experiment_is_opened_and_a_python_file_offers_its_functions() {
    let mut window = Window::with(Some(scraper()));
    let preset = concurrency_lab::preset::find("web-scraper").expect("it ships").clone();
    let text = concurrency_lab::experiment::file::to_toml_with_comments(&preset, None);
    let file = [written(&window, "mine.toml", &text)];
    hold(&mut window, &file);
    assert!(has(&window, "Drop to open the experiment mine.toml"));
    drop(&mut window, &file);
    window.until(|app| app.lab().draft.experiment().title == "Web scraper");
    let file = [written(&window, "fetch.py", "def fetch(index):\n    return index\n")];
    hold(&mut window, &file);
    assert!(has(&window, "Drop to measure a function of fetch.py"));
    drop(&mut window, &file);
    let path = file[0].display().to_string();
    window.until(|app| matches!(&app.lab().dialog, Some(Dialog::OwnCode(own)) if own.field.path == path));
}

#[test]
fn a_stored_run_is_shown() {
    let mut window = Window::with(Some(scraper()));
    let run = [window.folder.path().join("old.clab")];
    hold(&mut window, &run);
    assert!(has(&window, "Drop to show the stored run old.clab"));
    drop(&mut window, &run);
    // There is no such file: the message names it.
    for _ in 0..500 {
        window.harness.run_ok();
        if has(&window, "old.clab") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing was said about old.clab");
}

#[test]
fn several_files_and_files_of_another_kind_are_refused_with_the_reason() {
    let mut window = Window::with(Some(scraper()));
    run_all(&mut window);
    let two = [written(&window, "a.csv", LIST), written(&window, "b.csv", LIST)];
    hold(&mut window, &two);
    assert!(has(&window, "2 files: drop one at a time"));
    drop(&mut window, &two);
    window.harness.run();
    assert!(has(&window, "2 files: drop one at a time"), "said again when they are dropped");
    assert_eq!(window.harness.state().lab().draft.workload().task_count(), 80);
    let picture = [PathBuf::from("/somewhere/picture.png")];
    hold(&mut window, &picture);
    assert!(has(&window, "picture.png can't be opened. Allowed are experiments (.toml)"));
    window.harness.input_mut().hovered_files.clear();
    window.harness.run();
    assert!(!has(&window, "picture.png can't be opened"), "nothing was dropped");
    // What is typed in a dialog is not lost.
    click(&mut window, "Save preset…");
    drop(&mut window, &two);
    drop(&mut window, &two[..1]);
    window.harness.run();
    assert!(matches!(window.harness.state().lab().dialog, Some(Dialog::SavePreset(_))));
    assert!(has(&window, "Close the dialog first, then drop the file again"));
    assert_eq!(window.harness.state().lab().draft.workload().task_count(), 80);
}
