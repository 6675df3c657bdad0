//! The order of the modules: which part of the sources may know which. `ARCHITECTURE.md` says why.
//! Unit tests may look anywhere; comments and texts do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, bottom-up. A module imports only from rows above its own; modules that share a row never
/// import each other.
const LAYERS: &[&[&str]] = &[
    &["units", "clock", "cpus", "printable", "bounded_read", "encoding"],
    &["workload"],
    &["model"],
    &["python"],
    &["experiment"],
    &["process_tree"],
    &["failure"],
    &["trial"],
    &["usage"],
    &["private_files"],
    &["replace_file"],
    &["preset"],
    &["protocol"],
    &["runner", "session"],
    &["results"],
    &["record"],
    &["analysis"],
    &["export"],
    &["lab"],
    &["ui"],
    &["app"],
    &["cli"],
    &["main"],
];

/// Where alone a crate, or a keyword, may be named: `(what it starts with, modules)`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("egui", &["ui", "app"]),
    ("eframe", &["ui", "app"]),
    ("sysinfo", &["session"]),
    ("tokio", &["runner"]),
    ("rayon", &["runner"]),
    ("clap", &["cli"]),
    ("rusqlite", &["record"]),
    ("flate2", &["record"]),
];

/// The modules with `unsafe` code: raw clocks and counters, resource usage, process trees.
const UNSAFE_IN: &[&str] = &["clock", "usage", "process_tree"];

struct SourceFile {
    path: PathBuf,
    module: String,
    /// Modules between the crate's root and this file.
    depth: usize,
    /// Without comments, texts and unit tests.
    code: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// All of `src/` but `lib.rs`, which names every module, and files that are unit tests as a whole.
fn sources() -> Vec<SourceFile> {
    let folder = root().join("src");
    let mut unit_tests = BTreeSet::new();
    let mut files = Vec::new();
    for path in rust_files(&folder) {
        let text = fs::read_to_string(&path).expect("readable");
        let mut code = without_comments_and_texts(&text);
        let parts: Vec<String> = path
            .strip_prefix(&folder)
            .expect("below src")
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .filter(|part| part != "mod")
            .collect();
        for name in cut_unit_tests(&mut code) {
            unit_tests.insert(parts.iter().cloned().chain([name]).collect::<Vec<_>>());
        }
        if parts != ["lib"] {
            files.push((parts, path, code));
        }
    }
    files.retain(|(parts, _, _)| !unit_tests.iter().any(|test| parts.starts_with(test)));
    files
        .into_iter()
        .map(|(parts, path, code)| SourceFile { path, module: parts[0].clone(), depth: parts.len(), code })
        .collect()
}

/// Blanks comments, texts and character literals.
fn without_comments_and_texts(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |place: usize| letters.get(place).copied().unwrap_or('\0');
    let mut code = String::with_capacity(text.len());
    let mut place = 0;
    while place < letters.len() {
        let inside_word = place > 0 && (at(place - 1).is_alphanumeric() || at(place - 1) == '_');
        let hashes = letters[place + 1..].iter().take_while(|letter| **letter == '#').count();
        if at(place) == '/' && at(place + 1) == '/' {
            while place < letters.len() && at(place) != '\n' {
                place += 1;
            }
        } else if at(place) == '/' && at(place + 1) == '*' {
            place += 2;
            while place < letters.len() && !(at(place) == '*' && at(place + 1) == '/') {
                place += 1;
            }
            place += 2;
        } else if at(place) == 'r' && !inside_word && at(place + 1 + hashes) == '"' {
            let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            place += 2 + hashes;
            while place < letters.len() && !letters[place..].starts_with(&end) {
                place += 1;
            }
            place += end.len();
            code.push('"');
        } else if at(place) == '"' {
            place += 1;
            while place < letters.len() && at(place) != '"' {
                place += if at(place) == '\\' { 2 } else { 1 };
            }
            place += 1;
            code.push('"');
        } else if at(place) == '\'' && (at(place + 1) == '\\' || at(place + 2) == '\'') {
            place += if at(place + 1) == '\\' { 3 } else { 2 };
            while place < letters.len() && at(place) != '\'' {
                place += 1;
            }
            place += 1;
        } else {
            code.push(at(place));
            place += 1;
        }
    }
    code
}

/// Takes out what stands under `#[cfg(test)]`; returns the names of modules that are files of their own.
fn cut_unit_tests(code: &mut String) -> Vec<String> {
    const MARK: &str = "#[cfg(test)]";
    let mut names = Vec::new();
    while let Some(start) = code.find(MARK) {
        let rest = &code[start + MARK.len()..];
        let item_end = rest.find([';', '{']).unwrap_or(rest.len());
        let end = if rest[item_end..].starts_with('{') {
            let mut depth = 0_u32;
            let close = rest[item_end..].char_indices().find(|(_, letter)| {
                match letter {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            item_end + close.map_or(rest.len() - item_end, |(place, _)| place + 1)
        } else {
            let words: Vec<&str> = rest[..item_end].split_whitespace().collect();
            if let Some(module) = words.iter().position(|word| *word == "mod") {
                names.extend(words.get(module + 1).map(|name| (*name).to_owned()));
            }
            (item_end + 1).min(rest.len())
        };
        code.replace_range(start..start + MARK.len() + end, "");
    }
    names
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Every identifier with what follows it.
fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.split_inclusive(|letter| !is_word(letter)).scan(0, move |end, piece| {
        *end += piece.len();
        let word = piece.trim_end_matches(|letter| !is_word(letter));
        Some((word, &code[*end - (piece.len() - word.len())..]))
    })
}

/// The modules named after `crate::` or `concurrency_lab::`, in groups too.
fn imported_modules(code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (word, after) in words(code) {
        let Some(path) = after.strip_prefix("::").filter(|_| word == "crate" || word == "concurrency_lab") else {
            continue;
        };
        let Some(group) = path.strip_prefix('{') else {
            modules.extend(words(path).next().map(|(module, _)| module.to_owned()));
            continue;
        };
        let mut depth = 1;
        let mut name = String::new();
        for letter in group.chars().chain(['}']) {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && letter == ',') {
                let module = name.trim().split("::").next().unwrap_or_default();
                modules.extend((!module.is_empty()).then(|| module.to_owned()));
                name.clear();
                if depth == 0 {
                    break;
                }
            } else {
                name.push(letter);
            }
        }
    }
    modules
}

/// Whether a chain of `super::` leaves the module, past the modules written out within the file.
fn climbs_to_root(code: &str, depth: usize) -> bool {
    let mut braces = 0_usize;
    let mut modules: Vec<usize> = Vec::new();
    for (place, letter) in code.char_indices() {
        match letter {
            '{' => {
                braces += 1;
                let item = code[..place].rsplit([';', '{', '}']).next().unwrap_or_default();
                if item.split_whitespace().any(|word| word == "mod") {
                    modules.push(braces);
                }
            }
            '}' => {
                modules.retain(|module| *module < braces);
                braces = braces.saturating_sub(1);
            }
            's' if code[place..].starts_with(&"super::".repeat(depth + modules.len())) => return true,
            _ => {}
        }
    }
    false
}

fn row(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

#[test]
fn modules_import_only_from_below() {
    let mut mistakes = Vec::new();
    let files = sources();
    assert!(files.len() > 50, "only {} files were found", files.len());
    for file in files {
        let Some(own) = row(&file.module) else {
            mistakes.push(format!("{}: the module {} is not in the table", file.path.display(), file.module));
            continue;
        };
        for other in imported_modules(&file.code).into_iter().filter(|other| *other != file.module) {
            if row(&other).is_none_or(|other| other >= own) {
                mistakes.push(format!("{}: {} must not import {other}", file.path.display(), file.module));
            }
        }
        if climbs_to_root(&file.code, file.depth) {
            mistakes.push(format!("{}: super:: reaches the root of the crate; write crate::", file.path.display()));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn crates_are_known_only_where_they_belong() {
    let mut mistakes = Vec::new();
    for file in sources() {
        for (word, after) in words(&file.code) {
            let path = after.starts_with("::") || after.starts_with(';');
            let stray = |(name, modules): &&(&str, &[&str])| {
                path && word.starts_with(name) && !modules.contains(&file.module.as_str())
            };
            if let Some((name, modules)) = ONLY_IN.iter().find(stray).filter(|_| row(word).is_none()) {
                mistakes.push(format!("{}: {word}: {name} belongs to {modules:?} only", file.path.display()));
            }
            if word == "unsafe" && !UNSAFE_IN.contains(&file.module.as_str()) {
                mistakes.push(format!("{}: unsafe belongs to {UNSAFE_IN:?} only", file.path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_file_says_what_lives_in_it() {
    let folders = ["src", "tests"].map(|folder| root().join(folder));
    for path in folders.iter().flat_map(|folder| rust_files(folder)) {
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
    }
}

#[test]
fn the_scanner_sees_imports_and_nothing_else() {
    let mut code = without_comments_and_texts(
        "//! crate::lab\nuse crate::{clock, model::{Host, ui}, units};\n/* crate::app */\n\
         fn quote<'a>(text: &'a str) -> char { let _ = r#\"crate::cli \" \"#; crate::trial::mix(text); '\"' }\n\
         const TEXT: &str = \"\\\"crate::ui\";\n#[cfg(test)]\nmod tests { use crate::session; fn f() {} }\n\
         #[cfg(test)]\npub(super) mod testing;\nuse crate::workload::Plan;\n",
    );
    assert_eq!(cut_unit_tests(&mut code), ["testing"]);
    let modules: Vec<String> = imported_modules(&code).into_iter().collect();
    assert_eq!(modules, ["clock", "model", "trial", "units", "workload"]);
    let nested = "mod a { use super::b; fn f() { super::c() } } fn g() { }";
    assert!(!climbs_to_root(nested, 1) && climbs_to_root("mod a { use super::super::b; }", 1));
    assert!(climbs_to_root("mod a { } use super::b;", 1) && !climbs_to_root("use super::b;", 2));
}
