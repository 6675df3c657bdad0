//! The `wait` step. A wait of 0 ns does not call the system.

/// Blocks the thread for `nanos`; returns at once for 0.
pub fn sleep(nanos: u64) {
    if nanos > 0 {
        std::thread::sleep(std::time::Duration::from_nanos(nanos));
    }
}

/// Awaits a timer of `nanos`; returns at once for 0.
pub async fn sleep_async(nanos: u64) {
    if nanos > 0 {
        tokio::time::sleep(std::time::Duration::from_nanos(nanos)).await;
    }
}
