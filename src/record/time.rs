//! Moments as text, in UTC.

/// "2026-11-26T16:42:10.123Z"; the epoch for what no calendar has.
pub(super) fn rfc3339(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(0);
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// "20261126-164210".
pub(super) fn compact(unix_ms: u64) -> String {
    rfc3339(unix_ms)
        .chars()
        .take(19)
        .filter(|letter| !matches!(letter, '-' | ':'))
        .collect::<String>()
        .replace('T', "-")
}
