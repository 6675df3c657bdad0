//! Fuzz target: small text.

#![no_main]

use concurrency_lab_fuzz::entries;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| drop(entries::small_text(text)));
