//! Fuzz target: forged run.

#![no_main]

use std::sync::LazyLock;

use concurrency_lab_fuzz::{Forgery, entries, folder};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static RUN: LazyLock<(TempDir, Forgery)> = LazyLock::new(|| {
    let folder = folder();
    let forgery = Forgery::new(folder.path());
    (folder, forgery)
});

fuzz_target!(|bytes: &[u8]| drop(entries::stored_run(RUN.1.forge(bytes))));
