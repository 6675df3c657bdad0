//! Stored runs of the user's code: they keep the step and the hash, name no home folder, and compare with a run of changed
//! code.

use std::path::Path;
use std::process::Output;

use super::{call, module};
use crate::common::{self, experiment, python, write_experiment};
use concurrency_lab::analysis::run_comparison;
use concurrency_lab::model::ModelId;
use concurrency_lab::record::open_path;
use concurrency_lab::workload::Step;

fn lab(folder: &Path, arguments: &[&str]) -> Output {
    let output = common::lab().args(arguments).current_dir(folder).output().expect("the lab starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn a_stored_run_keeps_step_and_hash_and_changed_code_is_a_difference() {
    if python().is_none() {
        return;
    }
    let folder = module("def work(task): return task");
    let path = write_experiment(folder.path(), &experiment(2, vec![call("work")], &[ModelId::PySequential]));
    let run = |save: &str| {
        lab(folder.path(), &["run", path.to_str().expect("text"), "--allow-code", "--no-save", "--save", save]);
    };
    run("old.clab");
    std::fs::write(folder.path().join("work.py"), "def work(task): return -task").expect("written");
    run("new.clab");
    // Opening reads no path: the file is gone.
    std::fs::remove_file(folder.path().join("work.py")).expect("removed");
    let open = |name: &str| open_path(&folder.path().join(name), None).expect("readable").results;
    let (old, new) = (open("old.clab"), open("new.clab"));
    assert_eq!(old.experiment.workload.steps(), [call("work")]);
    let (before, after) = (&old.first().code, &new.first().code);
    assert_eq!((before.len(), before[0].step, before[0].sha256.len()), (1, 1, 64));
    assert_ne!(before, after);
    assert!(run_comparison::check(&old, &new).is_ok(), "changed code is compared");
    let compared = lab(folder.path(), &["compare", "old.clab", "new.clab"]);
    let text = String::from_utf8_lossy(&compared.stdout).into_owned();
    assert!(text.contains(&before[0].sha256[..12]) && text.contains(&after[0].sha256[..12]), "{text}");
}

#[test]
fn a_record_names_no_home_folder() {
    let Some(interpreters) = python() else { return };
    let Some(home) = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()) else { return };
    let Ok(folder) = tempfile::tempdir_in(&home) else { return };
    std::fs::write(folder.path().join("work.py"), "def work(task, text): raise ValueError(__file__)").expect("written");
    let file = folder.path().join("work.py").display().to_string();
    let step = Step::Call { file: file.clone(), function: "work".to_owned(), arguments: vec!["{index}".into(), file] };
    let path = write_experiment(folder.path(), &experiment(1, vec![step], &[ModelId::PySequential]));
    let program = interpreters.usable[0].path.to_str().expect("text");
    let saved = folder.path().join("run.clab");
    let arguments = ["run", path.to_str().expect("text"), "--allow-code", "--no-save", "--python", program];
    common::lab().args(arguments).arg("--save").arg(&saved).output().expect("the lab starts");
    let stored = std::fs::read(&saved).expect("saved");
    let name = home.to_str().expect("text").as_bytes();
    assert!(!stored.windows(name.len()).any(|part| part == name), "the home folder is in the file");
    let results = open_path(&saved, None).expect("readable").results;
    let Step::Call { file, .. } = &results.experiment.workload.steps()[0] else { panic!("a call") };
    assert!(file.starts_with("~/"), "{file}");
}
