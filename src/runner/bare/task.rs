//! The work of a task of the bare programs, and the time of all of them.

use std::hint::black_box;
use std::io;
use std::time::Instant;

use crate::failure::Failure;
use crate::workload::Kernel;
use crate::workload::kernel::start_state;

/// Does the work of one task.
#[inline]
pub(super) fn task(index: u32, units: u64) -> u64 {
    black_box(Kernel::Splitmix.run(units, start_state(1, index)))
}

/// Returns the wall nanoseconds of some work.
pub(super) fn timed(work: impl FnOnce() -> io::Result<()>) -> io::Result<u64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_nanos() as u64)
}

/// Returns the error of a thread or task that panicked.
pub(super) fn panicked<E>(_: E) -> io::Error {
    io::Error::other(Failure::ThreadPanicked.to_string())
}
