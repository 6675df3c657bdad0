//! Holds the order of the rooms: a file imports only from rooms above its own, and what only one
//! room may know stays there.
#![expect(clippy::expect_used, reason = "a failed expectation is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up. Rooms on one line never import each other.
const ROOMS: &[&[&str]] = &[
    &["units", "clock"],
    &["workload"],
    &["model"],
    &["experiment"],
    &["preset"],
    &["trial"],
    &["usage", "process_tree"],
    &["protocol"],
    &["runner", "session"],
    &["results"],
    &["analysis"],
    &["export"],
    &["lab"],
    &["ui"],
    &["app"],
    &["cli"],
    &["main"],
];

/// Words that only these rooms may use in code.
const RESERVED: &[(&str, &[&str])] = &[
    ("egui", &["ui", "app"]),
    ("eframe", &["ui", "app"]),
    ("sysinfo", &["session"]),
    ("rayon::", &["runner"]),
    ("tokio::", &["runner"]),
    ("unsafe {", &["clock", "usage", "process_tree"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// The code of a file without comments, strings and its test module.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let mut out = String::new();
    for line in lines {
        // Every other part between quotes is a string.
        for (place, part) in line.split('"').enumerate() {
            if place % 2 == 0 {
                out.push_str(part);
            }
        }
        out.push('\n');
    }
    out
}

fn each_file(mut visit: impl FnMut(&str, &str, &str)) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for path in &files {
        let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        if name == "lib.rs" || name.contains("test") {
            continue;
        }
        let room = name.split(['/', '.']).next().expect("a first part").to_owned();
        visit(&name, &room, &fs::read_to_string(path).expect("readable"));
    }
    files.len()
}

/// Rooms that a file names, as `crate::room` or inside `use crate::{room, …}`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "concurrency_lab::"] {
        for part in code.split(start).skip(1) {
            let inside = part.strip_prefix('{').and_then(|rest| rest.split('}').next());
            let names: Vec<&str> = match inside {
                Some(list) => list.split(',').collect(),
                None => vec![part],
            };
            for name in names {
                let name: String =
                    name.trim().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                if !name.is_empty() {
                    found.push(name);
                }
            }
        }
    }
    found
}

#[test]
fn every_file_imports_only_from_rooms_above_its_own() {
    let mut wrong = Vec::new();
    let files = each_file(|name, room, text| {
        let own = floor(room).unwrap_or_else(|| panic!("{name} is in no room of the table"));
        for import in imports(&code(text)) {
            let other =
                floor(&import).unwrap_or_else(|| panic!("{name} imports {import}, which is in no room of the table"));
            if import != room && other >= own {
                wrong.push(format!("{name} ({room}) imports {import}"));
            }
        }
    });
    assert!(files > 50, "only {files} files were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_one_room_may_know_stays_there() {
    let mut wrong = Vec::new();
    each_file(|name, room, text| {
        let code = code(text);
        for (word, rooms) in RESERVED {
            if code.contains(word) && !rooms.contains(&room) {
                wrong.push(format!("{name} names {word}, which belongs to {}", rooms.join(" and ")));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_in_it() {
    each_file(|name, _, text| assert!(text.starts_with("//!"), "{name} has no opening //! line"));
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::{clock, units::bytes};\nlet a = crate::model::all(); // crate::ui\n";
    assert_eq!(imports(&code(text)), ["clock", "units", "model"]);
}
