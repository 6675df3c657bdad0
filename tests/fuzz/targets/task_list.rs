//! Fuzz target: task list.

#![no_main]

use concurrency_lab_fuzz::entries;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: Vec<u8>| drop(entries::task_list(bytes)));
