//! Reports of a run for people and other tools: Markdown, HTML, charts, traces. CSV and JSON are in `export`.
//!
//! Parts that several of them show are defined here once: the environment, the table of results, caveats and findings. The
//! terminal shows the same.

pub mod caveats;
pub mod class_table;
pub mod environment;
pub mod findings;
mod html;
mod kind;
mod markdown;
pub mod step_table;
pub mod sweep_table;
pub mod table;
#[cfg(test)]
mod tests;
mod trace;
mod write;

pub use kind::{Kind, Picture};
pub use write::{Shown, ThemedChart, write, write_file};
