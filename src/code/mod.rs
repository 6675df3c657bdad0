//! Code of the user's that steps name: a Python function, or a program. It is read and hashed once before a run, shown
//! to the user, and passed on only after consent. Nothing here starts or imports it.

mod consent;
mod digest;
mod file_state;
mod read;
mod step_code;
mod trust;
pub mod words;

pub use consent::{Consents, Question};
pub use digest::Digest;
pub use file_state::FileState;
pub use read::{CodeError, LARGEST_SOURCE, absolute, folder_of, read};
pub use step_code::{CodeKind, OwnCode, StepCode, UsedCode};
pub use trust::{Doubt, doubt};
