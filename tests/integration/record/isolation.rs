//! No test stores anything in the history of whoever runs the tests.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn tests_start_the_lab_with_a_history_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration");
    let own = Path::new(file!()).file_name();
    let mut checked = 0;
    for path in sources(&root).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let text = fs::read_to_string(&path).expect("text");
        if path.file_name() == own || path.ends_with("common/mod.rs") {
            continue;
        }
        // Started by name it has the caller's environment; `common::lab` and `common::shell` set the variable.
        let starts = ["Command::new(LAB", "Command::new(program()", "Command::new(common::program()"];
        let by_name = text.contains("Command::new(env!(\"CARGO_BIN_EXE_concurrency-lab\"))");
        let with_own_home = text.contains(".env_clear().env(\"HOME\", home)");
        assert!(!by_name || with_own_home, "{}: use common::lab()", path.display());
        assert!(!starts.iter().any(|start| text.contains(start)), "{}: use common::lab()", path.display());
        let windows = text.matches("..App::services(").count();
        assert!(
            windows == 0 || text.contains("history: "),
            "{}: the window needs a history of its own",
            path.display()
        );
        checked += 1;
    }
    assert!(checked > 20, "{checked} files");
}
