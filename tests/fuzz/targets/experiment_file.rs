//! Fuzz target: experiment file.

#![no_main]

use concurrency_lab_fuzz::entries;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: Vec<u8>| drop(entries::experiment_file(bytes)));
