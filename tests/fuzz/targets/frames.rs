//! Fuzz target: frames.

#![no_main]

use concurrency_lab_fuzz::entries;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drop(entries::frames(bytes)));
