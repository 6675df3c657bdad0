//! Settings of the C library's heap for a window that stays open for days.

/// Bytes from which a block is a mapping of its own, which goes back to the system when it is freed.
const OWN_MAPPING_FROM: libc::c_int = 256 << 10;
/// Free bytes at the end of the heap from which it shrinks.
const SHRINKS_FROM: libc::c_int = 256 << 10;
/// Heaps at most. By default each of up to eight threads a core has its own, and keeps what a job has needed once.
const HEAPS: libc::c_int = 2;

pub(super) fn give_back_what_is_freed() {
    for (setting, value) in
        [(libc::M_MMAP_THRESHOLD, OWN_MAPPING_FROM), (libc::M_TRIM_THRESHOLD, SHRINKS_FROM), (libc::M_ARENA_MAX, HEAPS)]
    {
        // SAFETY: the call takes numbers and changes how later blocks are placed. A refused setting stays as it was.
        unsafe { libc::mallopt(setting, value) };
    }
}
