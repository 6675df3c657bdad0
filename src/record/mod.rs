//! Stored runs: one SQLite file (`.clab`) for each, written trial by trial and read back whole.

mod blocks;
mod codec;
mod connect;
mod error;
mod format;
mod id;
mod limits;
mod lock;
mod mirror;
mod reader;
mod resolve;
mod retention;
mod samples;
mod schema;
mod source;
mod status;
mod store;
mod time;
mod writer;

pub use error::{Problem, RecordError};
pub use format::{APPLICATION_ID, FormatVersion};
pub use reader::{Head, StoredRun, open_file};
pub use resolve::{ResolveError, RunReference, open, open_path, resolve};
pub use source::Source;
pub use status::RunStatus;
pub use store::{DATA_VARIABLE, EXTENSION, Entry, Retention, Store};
pub use writer::{NewRun, Recorded, Recorder};
