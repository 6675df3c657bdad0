//! Concurrency Lab: the user describes a workload once, the lab runs exactly that workload under
//! each concurrency model and shows side by side what it cost, and why.
//!
//! `ARCHITECTURE.md` lists the modules and the order in which they may import each other:
//! a module imports only from those before it.

pub mod analysis;
pub mod app;
pub mod bounded_read;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod code;
pub mod cpus;
pub mod encoding;
pub mod experiment;
pub mod export;
pub mod failure;
pub mod lab;
pub mod model;
pub mod preset;
pub mod printable;
pub mod private_files;
pub mod process_tree;
pub mod protocol;
pub mod python;
pub mod record;
pub mod replace_file;
pub mod report;
pub mod results;
pub mod runner;
pub mod selfcheck;
pub mod session;
pub mod supervised_child;
pub mod trial;
pub mod ui;
pub mod units;
pub mod usage;
pub mod workload;
