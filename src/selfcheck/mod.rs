//! The self-check: what the lab itself costs on this machine, and which of its claims the machine can't support. Measures
//! trials beside bare programs that do the same by hand, in the same run; prints and stores nothing.
//!
//! Entry points: [`Selfcheck::run`] measures the checks one after the other and returns a [`Report`]; [`Selfcheck::start`]
//! does so on a thread and delivers [`SelfcheckEvent`]s. `measure` takes the figures, `judge` decides what they support,
//! `phrasing` makes the sentences.

mod amounts;
mod caveat;
mod check;
mod json;
mod judge;
mod limits;
mod measure;
pub mod phrasing;
mod report;
mod run;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod trials;
mod verdict;

pub use amounts::Amounts;
pub use caveat::Caveat;
pub use check::{Check, CheckId, Details, Measurement, NotMeasured, Outcome, Unit};
pub use report::{Report, VerdictCounts};
pub use run::{RunningSelfcheck, Selfcheck, SelfcheckEvent};
pub use verdict::Verdict;
