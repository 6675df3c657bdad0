//! All integration tests in one binary: it links once. Each module is one subject.
#![expect(clippy::expect_used, reason = "a failed expectation is how a test fails")]

mod classes;
mod common;
mod scripted;

mod compare_runs;
mod cycles;
#[cfg(target_os = "linux")]
mod dask_scheduler;
mod dependencies;
#[cfg(target_os = "linux")]
mod display;
#[cfg(target_os = "linux")]
mod doors;
mod entries;
#[cfg(target_os = "linux")]
mod fault_kinds;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod full_disk;
mod fuzz;
mod hostile;
mod interpreters_dialog;
mod layers;
mod leaving;
#[cfg(target_os = "linux")]
mod leftovers;
mod observer;
mod own_code;
#[cfg(target_os = "linux")]
mod payload;
mod preflight;
mod python;
mod python_steps;
#[cfg(target_os = "linux")]
mod random_kills;
mod record;
mod reports;
mod runs;
mod selfcheck;
mod settings;
mod steps;
mod sweep;
mod terminal;
mod time_budget;
mod window;
