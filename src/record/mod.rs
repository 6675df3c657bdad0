//! Stored runs: one SQLite file (`.clab`) for each, written trial by trial and read back exactly.
//!
//! [`Recorder`] is the `TrialSink` that a session hands each finished trial to; [`Store`] is the history, the folder of
//! this user's runs; [`open`] reads a run by what the user calls it. Statistics are not stored, but for the headline of
//! the verdict, which lists show: they follow from what was measured.
//!
//! # The file
//!
//! `PRAGMA application_id` is 0x434c6162 ("CLab"). `PRAGMA user_version` is 1000 × major + minor of the format
//! ([`FormatVersion`]): a new major version can't be read by older labs, a new minor version adds tables or columns. The
//! table `format` has the same numbers and the version of the lab that wrote the file, in every version.
//!
//! Durations are in nanoseconds, moments in milliseconds since the Unix epoch (`…_ms`) or as text in UTC (`…_at`). What
//! was not measured is NULL. The home folder is `~` in all paths; there are no names of users or hosts.
//!
//! | table | a row for |
//! | --- | --- |
//! | `run` | the run: id, name, state (`running`, `completed`, `cancelled`, `failed`, `interrupted`), why it failed as a sentence (`reason`) and as JSON (`failure`), headline and the version of the lab that made it (`headline_lab`), the user's `note`, the experiment as TOML |
//! | `machine` | the machine; none before the session has looked at it |
//! | `interpreter` | each CPython interpreter that was found, usable or not |
//! | `calibration` | the speed of each kernel on each host |
//! | `point` | each value of the swept key; one with NULL where nothing is swept |
//! | `contender` | each model that was run, in their order |
//! | `listed_task` | each task of a task list |
//! | `trial` | each trial, warm-ups included (`round` below 1): what was measured, and aggregates of its spans |
//! | `span_block` | up to 65,536 tasks of a trial |
//! | `heartbeat_block` | up to 65,536 heartbeats of a trial |
//! | `cpu_block` | up to 1,024 CPU samples of a trial |
//! | `seal` | each check value that covers more than one row |
//!
//! Median wall time by model:
//!
//! ```sql
//! WITH wall AS (
//!   SELECT model, wall_nanos / 1e6 AS ms,
//!     row_number() OVER (PARTITION BY model ORDER BY wall_nanos) AS position,
//!     count(*) OVER (PARTITION BY model) AS trials
//!   FROM trial WHERE round > 0 AND status = 'completed')
//! SELECT model, avg(ms) AS median_ms FROM wall
//! WHERE 2 * position BETWEEN trials AND trials + 2
//! GROUP BY model ORDER BY median_ms
//! ```
//!
//! In DuckDB, after `ATTACH 'run.clab' (TYPE sqlite)`, and in pandas it is shorter:
//! `SELECT model, median(wall_nanos) / 1e6 FROM run.trial WHERE round > 0 AND status = 'completed' GROUP BY model`;
//! `pandas.read_sql("SELECT * FROM trial WHERE round > 0 AND status = 'completed'", sqlite3.connect("run.clab"))
//! .groupby("model").wall_nanos.median() / 1e6`.
//!
//! # Blocks
//!
//! The column `data` is compressed by zlib. Integers have seven bits a byte, the lowest first, and the high bit set on
//! all bytes but the last (LEB128); signed ones are zigzag-coded before (0, -1, 1, -2 … are 0, 1, 2, 3 …).
//!
//! A `span_block` holds its columns one after the other, each with a signed integer for every task:
//!
//! 1. `submitted`, as the difference from the task before (from 0 for the first of the block)
//! 2. `started` − `submitted`
//! 3. `finished` − `started`
//! 4. the worker, as the difference from the task before
//! 5. the core plus 1, or 0 where it is not known, as the difference from the task before
//! 6. for each step but the last (`trial.step_ends` columns): its end − the end of the step before, or − `started`
//! 7. `trial.inner_stamps` columns: a stamp inside a step − `started`
//! 8. where `trial.gil_waits` is 1: the wait for the interpreter
//! 9. where `trial.handovers` is 1, four columns: `started` − the start of the transfer of the input + 1, or 0 where it
//!    was not measured; the end of reading the input − `started`; the end of the steps − that; the arrival of the output
//!    at the submitter − `finished` + 1, or 0 where it was not measured
//!
//! Times are nanoseconds since the clock of the trial was started. A `heartbeat_block` has the moments at which the
//! heartbeats were due, as differences from the one before, then how late each was, all as signed integers. A
//! `cpu_block` has for each sample, in little-endian order: the end of the interval and its length in milliseconds (two
//! 64-bit floats), the number of cores (32-bit), the usage by the lab and by the trial in percent of a core (two 32-bit
//! floats, NaN where not measured), and the usage of each core in percent (32-bit floats). `trial.queue_histogram` and
//! `trial.latency_histogram`: the number of buckets (unsigned), the upper end of each in nanoseconds as a signed
//! difference from the one before, then the number of tasks in each (unsigned).
//!
//! If the tasks have classes, `trial.classes` is a JSON list with a table for each: its steps (`first_step`, `steps`),
//! whether its tasks repeat, the number of tasks `done` and of those `recorded`, and the buckets of `queue` and `latency`.
//! Recorded repetitions follow the other tasks; `trial.class_of_span`, compressed, has a byte for each with the index of
//! its class.
//!
//! # Check values
//!
//! From format 1.5 on, CRC-32 (that of zlib) covers everything. A part that does not match is refused, or reported and
//! left out where it is a trial or its blocks. Whoever changes a file by other means has to compute them again.
//!
//! A *field* of a row is a column that is not NULL: its name, and its value. The fields of a row are taken in the
//! alphabetical order of their names. Names, texts and blocks of bytes are preceded by their length; lengths and counts
//! are unsigned 64-bit numbers, all numbers little-endian. A value begins with a letter: `n` for a number as a 64-bit float, `i` for an
//! integer of more than 2^53 in either direction as a signed 64-bit number, `t` for text in UTF-8, `b` for bytes.
//!
//! - `trial.crc`: the name `trial`, the count 1, and the fields of the row but `crc`.
//! - `trial.span_crc`, `trial.heartbeat_crc`, `trial.cpu_crc`: for each block of the trial in order, index of its first
//!   item and number of items as counts, and its `data`.
//! - `seal` has a row with `rows` and `crc` for each table that has one row or few: its name, the count 0, and for each row
//!   by `rowid` the letter `r` and the fields. Its row `trial` has the number of trials, numbered from 1, `measured` that
//!   without warm-ups; both cover their name and that count.
//!
//! # Trust
//!
//! A file from elsewhere is opened read-only and immutable, so that nothing beside it is read or written. Triggers and
//! views are off and refused with all else that a run does not have; every value is checked against the bounds in
//! `limits`; blocks are decompressed up to the size that their counts allow; a deadline ends what takes too long.

mod blocks;
mod codec;
mod companions;
mod connect;
mod cut_off;
mod damage;
mod deadline;
mod deleted;
mod error;
mod format;
mod id;
mod leftovers;
mod limits;
mod listing;
mod lock;
mod machine_facts;
mod mirror;
mod planned;
mod presence;
mod reader;
mod recorded;
mod recorder;
mod resolve;
mod retention;
mod samples;
mod schema;
mod seal;
mod source;
mod status;
mod store;
mod unmeasured;
mod version;
mod writer;

pub use damage::Damage;
pub use deleted::DeletedRun;
pub use error::{Problem, RecordError};
pub use listing::Listing;
pub use machine_facts::MachineFacts;
pub use reader::{Head, StoredRun, open_file};
pub use recorded::Recorded;
pub use recorder::{Recorder, Unstored};
pub use resolve::{ResolveError, RunReference, open, open_path, resolve};
pub use source::Source;
pub use status::RunStatus;
pub use store::{DATA_VARIABLE, EXTENSION, Entry, Retention, Store};
pub use version::{APPLICATION_ID, FormatVersion};
pub use writer::NewRun;
