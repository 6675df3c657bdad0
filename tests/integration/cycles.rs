//! No two source files import each other in a circle. A name that a module re-exports counts as an import of the file
//! that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::layers::{SourceFile, sources};

/// A path as written, by segments.
type Path = Vec<String>;

/// The imports and re-exports of one file.
#[derive(Default)]
struct Names {
    uses: Vec<Path>,
    /// Re-exported name and its path.
    exports: BTreeMap<String, Path>,
}

/// Splits a use tree into its paths: "a::{b, c::{d, e}}" gives three.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Path>) {
    let tree = tree.trim();
    let segments = |text: &str| -> Vec<String> {
        text.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let Some((head, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(prefix.iter().cloned().chain(segments(path)).collect());
        return;
    };
    let prefix: Vec<String> = prefix.iter().cloned().chain(segments(head)).collect();
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut start) = (0_u32, 0);
    for (index, letter) in group.char_indices().chain([(group.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[start..index].trim().is_empty() {
                    expand(&prefix, &group[start..index], paths);
                }
                start = index + 1;
            }
            _ => {}
        }
    }
}

fn names(file: &SourceFile, all: &BTreeSet<Path>) -> Names {
    let mut names = Names::default();
    let mut rest = String::new();
    let mut code = file.code.replace('\n', " ");
    // A visibility is no import.
    while let Some(start) = code.find("pub(in ") {
        let end = code[start..].find(')').map_or(code.len(), |end| start + end + 1);
        code.replace_range(start..end, "pub(super)");
    }
    for item in code.split_inclusive(';') {
        let Some(at) = item.find("use ").filter(|at| !item[..*at].ends_with(|letter: char| letter.is_alphanumeric()))
        else {
            rest.push_str(item);
            continue;
        };
        let (before, tree) = item.split_at(at);
        rest.push_str(before);
        let mut paths = Vec::new();
        expand(&[], tree["use ".len()..].trim_end_matches(';'), &mut paths);
        let visibility = before.trim_end();
        if visibility.ends_with("pub") || visibility.ends_with("pub(super)") || visibility.ends_with("pub(crate)") {
            names.exports.extend(paths.into_iter().filter_map(|path| Some((path.last()?.clone(), path))));
        } else {
            names.uses.extend(paths);
        }
    }
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    for path in rest.split(|letter| !is_part(letter)).filter(|path| path.contains("::")) {
        let path: Path = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let own = |name: &String| all.contains(&[file.parts.as_slice(), std::slice::from_ref(name)].concat());
        match path.first() {
            Some(first) if ["crate", "super", "self"].contains(&first.as_str()) || own(first) => names.uses.push(path),
            _ => {}
        }
    }
    names
}

/// A path from the crate's root; `None` for paths of other crates.
fn absolute(from: &Path, path: &Path, all: &BTreeSet<Path>) -> Option<Path> {
    let first = path.first()?;
    let join = |base: &[String], rest: &[String]| [base, rest].concat();
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some(join(from, &path[1..])),
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            Some(join(&from[..from.len().saturating_sub(up)], &path[up..]))
        }
        _ => all.contains(&join(from, std::slice::from_ref(first))).then(|| join(from, path)),
    }
}

/// The file that defines what a path names.
fn defining(path: &Path, all: &BTreeSet<Path>, names: &BTreeMap<Path, Names>, depth: u32) -> Option<Path> {
    let length = (0..=path.len()).rev().find(|length| all.contains(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let module = module.to_vec();
    let export = rest.first().and_then(|name| names.get(&module)?.exports.get(name)).filter(|_| depth < 8);
    match export.and_then(|export| absolute(&module, export, all)) {
        Some(target) => defining(&[target, rest[1..].to_vec()].concat(), all, names, depth + 1),
        None => Some(module),
    }
}

/// One circle of files; `None` where there is none.
fn circle(graph: &BTreeMap<Path, BTreeSet<Path>>) -> Option<Vec<Path>> {
    let mut open: BTreeMap<&Path, usize> = graph.iter().map(|(file, imports)| (file, imports.len())).collect();
    // Files whose imports are all in no circle are in none themselves.
    loop {
        let done: Vec<&Path> = open.iter().filter(|(_, left)| **left == 0).map(|(file, _)| *file).collect();
        if done.is_empty() {
            break;
        }
        for file in done {
            open.remove(file);
            for (other, left) in &mut open {
                *left -= usize::from(graph[*other].contains(file));
            }
        }
    }
    let mut path: Vec<&Path> = vec![*open.keys().next()?];
    loop {
        let next = graph[path[path.len() - 1]].iter().find(|import| open.contains_key(import))?;
        if let Some(start) = path.iter().position(|file| *file == next) {
            return Some(path[start..].iter().map(|file| (*file).clone()).collect());
        }
        path.push(next);
    }
}

fn graph_of(files: &[SourceFile]) -> BTreeMap<Path, BTreeSet<Path>> {
    let all: BTreeSet<Path> = files.iter().map(|file| file.parts.clone()).collect();
    let names: BTreeMap<Path, Names> = files.iter().map(|file| (file.parts.clone(), names(file, &all))).collect();
    let imports = |file: &Path| -> BTreeSet<Path> {
        let absolute = names[file].uses.iter().filter_map(|path| absolute(file, path, &all));
        absolute.filter_map(|path| defining(&path, &all, &names, 0)).filter(|target| target != file).collect()
    };
    all.iter().map(|file| (file.clone(), imports(file))).collect()
}

#[test]
fn no_two_files_import_each_other_in_a_circle() {
    let graph = graph_of(&sources());
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 500, "hardly any import was found");
    let shown = circle(&graph).map(|circle| {
        let names: Vec<String> = circle.iter().map(|file| file.join("/")).collect();
        format!("{} → {}", names.join(" → "), names[0])
    });
    assert_eq!(shown, None);
}

#[test]
fn circles_are_found_through_groups_paths_and_re_exports() {
    let file = |name: &str, code: &str| SourceFile {
        path: name.into(),
        module: name.split('/').next().unwrap_or_default().to_owned(),
        depth: name.split('/').count(),
        parts: name.split('/').map(str::to_owned).collect(),
        code: code.to_owned(),
    };
    let found = |files: &[SourceFile]| circle(&graph_of(files)).map(|circle| circle.len());
    let facade = file("a", "mod x; pub use x::Thing;");
    let below = file("a/x", "pub struct Thing;");
    let user = file("a/y", "use super::Thing;");
    assert_eq!(found(&[facade, below, user]), None, "the parent only passes the name on");
    let parent = file("a", "mod x; use x::f; pub struct Thing;");
    assert_eq!(found(&[parent, file("a/x", "use super::Thing; pub fn f() {}")]), Some(2));
    let first = file("b", "use crate::{c::{self, C}, other};");
    assert_eq!(found(&[first, file("c", "fn f() { crate::b::g(); }")]), Some(2));
    assert_eq!(found(&[file("b", "pub(in crate::c) fn f() {}"), file("c", "use crate::b::f;")]), None);
}
