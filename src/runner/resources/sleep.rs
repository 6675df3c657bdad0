//! Waiting for a step's nanoseconds; none is no wait at all.

/// Blocks the thread. No time at all is no call.
pub fn sleep(nanos: u64) {
    if nanos > 0 {
        std::thread::sleep(std::time::Duration::from_nanos(nanos));
    }
}

/// Awaits a timer. No time at all is no timer.
pub async fn sleep_async(nanos: u64) {
    if nanos > 0 {
        tokio::time::sleep(std::time::Duration::from_nanos(nanos)).await;
    }
}
