//! The documents state how many crates the lab depends on, and why each direct one is there: both hold.

use std::collections::BTreeSet;
use std::path::Path;

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file of the repository")
}

fn table(name: &str) -> toml::Table {
    file(name).parse().expect("TOML")
}

/// Returns the names in these tables of the manifest, those of all platforms together.
fn named(manifest: &toml::Table, kinds: &[&str]) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let tables = platforms.filter_map(|(_, table)| table.as_table()).chain([manifest]);
    let lists = tables.flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    lists.flat_map(|list| list.keys().cloned()).collect()
}

#[test]
fn the_number_of_crates_is_as_stated() {
    let manifest = table("Cargo.toml");
    let shipped = named(&manifest, &["dependencies", "build-dependencies"]);
    let direct = named(&manifest, &["dependencies", "build-dependencies", "dev-dependencies"]);
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().expect("a list");
    let (others, own): (Vec<_>, Vec<_>) = packages.iter().partition(|package| package.get("source").is_some());
    assert_eq!(own.len(), 1, "the lab is one crate");
    let foreign = |package: &&&toml::Value| {
        package["source"].as_str() != Some("registry+https://github.com/rust-lang/crates.io-index")
            || package.get("checksum").is_none()
    };
    assert_eq!(others.iter().find(foreign), None, "all are of crates.io, with a checksum");
    let stated = format!(
        "The lab builds on {} crates of crates.io, counted in `Cargo.lock` over all platforms and with those of the tests. It names {} of them itself, {} only for tests and packages",
        others.len(),
        direct.len(),
        direct.len() - shipped.len()
    );
    assert!(file("SECURITY.md").contains(&stated), "SECURITY.md should state: {stated}");
}

#[test]
fn the_reason_for_each_direct_crate_is_given_and_for_no_other() {
    let text = file("ARCHITECTURE.md");
    let section =
        text.split("\n## Dependencies\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let explained: BTreeSet<String> =
        cells.flat_map(|cell| cell.split('`').step_by(2).map(str::to_owned)).filter(|name| !name.is_empty()).collect();
    let direct = named(&table("Cargo.toml"), &["dependencies", "build-dependencies", "dev-dependencies"]);
    let names: BTreeSet<String> = explained.into_iter().filter(|name| !name.starts_with([',', ' '])).collect();
    assert_eq!(names, direct);
}
