//! Fuzz target: stored run.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use concurrency_lab_fuzz::folder;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FILE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = folder();
    let path = folder.path().join("run.clab");
    (folder, path)
});

fuzz_target!(|bytes: &[u8]| {
    let (_, path) = &*FILE;
    std::fs::write(path, bytes).expect("written");
    drop(concurrency_lab_fuzz::stored_run(path));
});
