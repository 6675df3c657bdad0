//! The order of the modules, read from the table in `ARCHITECTURE.md`: each imports only from rows above its own, and modules
//! that share a row never import each other. Unit tests may
//! import anything; comments and string literals do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Crates that only some modules may name: `(prefix of the crate's name, modules)`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("egui", &["ui", "app"]),
    ("eframe", &["ui", "app"]),
    ("sysinfo", &["session"]),
    ("tokio", &["runner"]),
    ("rayon", &["runner"]),
    ("clap", &["cli"]),
    ("rusqlite", &["record"]),
    ("flate2", &["record", "runner"]),
    ("resvg", &["chart"]),
];

/// The modules with `unsafe` code: raw clocks and counters, resource usage, process trees.
const UNSAFE_IN: &[&str] = &["clock", "usage", "process_tree"];

pub struct SourceFile {
    pub path: PathBuf,
    /// The top-level module.
    pub module: String,
    /// Modules between the crate's root and this file.
    pub depth: usize,
    /// Its path as a module.
    pub parts: Vec<String>,
    /// Without comments, texts and unit tests.
    pub code: String,
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
pub fn sources() -> Vec<SourceFile> {
    let folder = root().join("src");
    let mut unit_tests = BTreeSet::new();
    let mut files = Vec::new();
    for path in rust_files(&folder) {
        let text = fs::read_to_string(&path).expect("readable");
        let mut code = without_comments_and_literals(&text);
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
        .map(|(parts, path, code)| SourceFile { path, module: parts[0].clone(), depth: parts.len(), parts, code })
        .collect()
}

/// Removes comments, and the content of string and character literals.
fn without_comments_and_literals(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let mut code = String::with_capacity(text.len());
    let mut index = 0;
    while index < letters.len() {
        let inside_word = index > 0 && (at(index - 1).is_alphanumeric() || at(index - 1) == '_');
        let hashes = letters[index + 1..].iter().take_while(|letter| **letter == '#').count();
        if at(index) == '/' && at(index + 1) == '/' {
            while index < letters.len() && at(index) != '\n' {
                index += 1;
            }
        } else if at(index) == '/' && at(index + 1) == '*' {
            index += 2;
            while index < letters.len() && !(at(index) == '*' && at(index + 1) == '/') {
                index += 1;
            }
            index += 2;
        } else if at(index) == 'r' && !inside_word && at(index + 1 + hashes) == '"' {
            let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            index += 2 + hashes;
            while index < letters.len() && !letters[index..].starts_with(&end) {
                index += 1;
            }
            index += end.len();
            code.push('"');
        } else if at(index) == '"' {
            index += 1;
            while index < letters.len() && at(index) != '"' {
                index += if at(index) == '\\' { 2 } else { 1 };
            }
            index += 1;
            code.push('"');
        } else if at(index) == '\'' && (at(index + 1) == '\\' || at(index + 2) == '\'') {
            index += if at(index + 1) == '\\' { 3 } else { 2 };
            while index < letters.len() && at(index) != '\'' {
                index += 1;
            }
            index += 1;
        } else {
            code.push(at(index));
            index += 1;
        }
    }
    code
}

/// Removes items under `#[cfg(test)]`. Returns the names of modules in separate files.
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
            item_end + close.map_or(rest.len() - item_end, |(index, _)| index + 1)
        } else {
            let item: Vec<&str> = rest[..item_end].split_whitespace().collect();
            if let Some(module) = item.iter().position(|word| *word == "mod") {
                names.extend(item.get(module + 1).map(|name| (*name).to_owned()));
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

/// Returns every identifier with the code that follows it.
fn identifiers(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.split_inclusive(|letter| !is_word(letter)).scan(0, move |end, piece| {
        *end += piece.len();
        let word = piece.trim_end_matches(|letter| !is_word(letter));
        Some((word, &code[*end - (piece.len() - word.len())..]))
    })
}

/// Returns the modules named after `crate::` or `concurrency_lab::`, also in groups.
fn imported_modules(code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (word, after) in identifiers(code) {
        let Some(path) = after.strip_prefix("::").filter(|_| word == "crate" || word == "concurrency_lab") else {
            continue;
        };
        let Some(group) = path.strip_prefix('{') else {
            modules.extend(identifiers(path).next().map(|(module, _)| module.to_owned()));
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

/// Returns true if a chain of `super::` leaves the module, past the inline modules of the file.
fn climbs_to_root(code: &str, depth: usize) -> bool {
    let mut braces = 0_usize;
    let mut modules: Vec<usize> = Vec::new();
    for (index, letter) in code.char_indices() {
        match letter {
            '{' => {
                braces += 1;
                let item = code[..index].rsplit([';', '{', '}']).next().unwrap_or_default();
                if item.split_whitespace().any(|word| word == "mod") {
                    modules.push(braces);
                }
            }
            '}' => {
                modules.retain(|module| *module < braces);
                braces = braces.saturating_sub(1);
            }
            's' if code[index..].starts_with(&"super::".repeat(depth + modules.len())) => return true,
            _ => {}
        }
    }
    false
}

/// Rows of the table of modules, top to bottom.
static LAYERS: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    let rows =
        include_str!("../../ARCHITECTURE.md").lines().skip_while(|line| *line != "| module | contains |").skip(2);
    let modules = |line: &'static str| {
        let cell = line.split('|').nth(1).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/')).collect()
    };
    rows.take_while(|line| line.starts_with('|')).map(modules).collect()
});

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
fn crates_are_named_only_by_their_modules() {
    let mut mistakes = Vec::new();
    for file in sources() {
        for (word, after) in identifiers(&file.code) {
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
fn every_file_opens_with_a_description() {
    let folders = ["src", "tests"].map(|folder| root().join(folder));
    for path in folders.iter().flat_map(|folder| rust_files(folder)) {
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
    }
}

/// The first lines of doc comments that begin with a question word. The help texts of the command line are sentences for
/// users, and begin as they like.
#[test]
fn doc_comments_begin_with_a_noun_or_a_verb() {
    const QUESTIONS: [&str; 9] = ["What", "Who", "Whom", "Whose", "Where", "Whether", "Which", "How", "Why"];
    let folders = ["src", "tests"].map(|folder| root().join(folder));
    let mut found = Vec::new();
    for path in folders.iter().flat_map(|folder| rust_files(folder)).filter(|path| !path.ends_with("cli/arguments.rs"))
    {
        let text = fs::read_to_string(&path).expect("readable");
        let mut before = "";
        for line in text.lines().map(str::trim_start) {
            let opens = !before.starts_with("//") || before.trim_end().len() == 3;
            let content = line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "));
            let first = content.and_then(|content| content.split([' ', ',', ':', '.']).next());
            if opens && first.is_some_and(|word| QUESTIONS.contains(&word)) {
                found.push(format!("{}: {line}", path.display()));
            }
            before = line;
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_scanner_finds_imports_and_nothing_else() {
    let mut code = without_comments_and_literals(
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
