//! Fuzz target: forged run.

#![no_main]

use std::sync::LazyLock;

use concurrency_lab_fuzz::{Forgery, folder};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static RUN: LazyLock<(TempDir, Forgery)> = LazyLock::new(|| {
    let folder = folder();
    let forgery = Forgery::new(folder.path());
    (folder, forgery)
});

fuzz_target!(|bytes: &[u8]| drop(concurrency_lab_fuzz::stored_run(RUN.1.forge(bytes))));
