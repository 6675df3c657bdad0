//! Formatters of durations, bytes, counts and ratios for people, used by window, terminal and reports. Files and the
//! wire carry plain integers instead.

use std::borrow::Borrow;

/// Nanoseconds per millisecond.
pub const NANOS_PER_MS: f64 = 1e6;

/// Formats a duration in nanoseconds with three significant digits and its unit: `53.2 ms`, `4.10 s`.
#[must_use]
pub fn duration(nanos: f64) -> String {
    let magnitude = nanos.abs();
    let (value, unit) = if magnitude < 999.5 {
        (nanos, "ns")
    } else if magnitude < 999.5e3 {
        (nanos / 1e3, "µs")
    } else if magnitude < 999.5e6 {
        (nanos / 1e6, "ms")
    } else if magnitude < 119.5e9 {
        (nanos / 1e9, "s")
    } else {
        (nanos / 60e9, "min")
    };
    format!("{} {unit}", significant(value, 3))
}

/// Formats an estimated duration: `about 15 s`, `under 1 s`, `about 2 min`.
#[must_use]
pub fn about(seconds: f64) -> String {
    if seconds < 1.0 {
        "under 1 s".to_owned()
    } else if seconds < 99.5 {
        format!("about {seconds:.0} s")
    } else if seconds < 5400.0 {
        format!("about {:.0} min", seconds / 60.0)
    } else {
        format!("about {:.1} h", seconds / 3600.0)
    }
}

/// Formats bytes in powers of ten: `3.3 MB`, `464 B`.
#[must_use]
pub fn bytes(count: f64) -> String {
    let magnitude = count.abs();
    let (value, unit) = if magnitude < 999.5 {
        return format!("{count:.0} B");
    } else if magnitude < 999.5e3 {
        (count / 1e3, "kB")
    } else if magnitude < 999.5e6 {
        (count / 1e6, "MB")
    } else {
        (count / 1e9, "GB")
    };
    format!("{} {unit}", significant(value, 2))
}

/// Formats milliseconds with a suitable unit and without trailing zeros: "2 s", "1.5 ms".
#[must_use]
pub fn milliseconds(ms: f64) -> String {
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    trimmed(&duration(ms * NANOS_PER_MS))
}

/// Formats bytes to four digits and without trailing zeros: "10 kB", "1.5 MB".
#[must_use]
pub fn size(count: u64) -> String {
    let value = count as f64;
    let (factor, unit) = match count {
        0..1_000 => return format!("{count} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    trimmed(&format!("{} {unit}", significant(value / factor, 4)))
}

/// Takes away zeros at the end of the decimals of a number with a unit: "90.0 ms" is "90 ms".
#[must_use]
pub fn trimmed(text: &str) -> String {
    match text.split_once(' ') {
        // The last digit of an exponent is none of the decimals.
        Some((number, unit)) if number.contains('.') && !number.contains('e') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.to_owned(),
    }
}

/// Formats an integer in groups of three digits: `100,000`. Commas, since a line may break at a space.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Formats a count, to two digits from 100,000 on: `39 million`, `0.12 million`, `2,800`.
#[must_use]
pub fn rough_count(number: f64) -> String {
    let (figure, unit) = rough_parts(number);
    figure + unit
}

/// Returns the figure of a rough count and its suffix.
fn rough_parts(number: f64) -> (String, &'static str) {
    if number >= 1e5 { (significant(number / 1e6, 2), " million") } else { (count(number.round().max(0.0) as u64), "") }
}

/// Formats a range of counts, or a single figure if both are the same: `2.9 to 3.8 million`, `0 to 512`.
#[must_use]
pub fn count_range(least: f64, most: f64) -> String {
    let ((low, low_unit), (high, high_unit)) = (rough_parts(least), rough_parts(most));
    match (low == high, low_unit == high_unit) {
        (true, true) => high + high_unit,
        (false, true) => format!("{low} to {high}{high_unit}"),
        (_, false) => format!("{low}{low_unit} to {high}{high_unit}"),
    }
}

/// Formats a throughput: "12 GB/s", "780 MB/s".
#[must_use]
pub fn bytes_per_second(number: f64) -> String {
    format!("{}/s", bytes(number))
}

/// Formats a number to at most two decimals, without trailing zeros: `1.5`, `2`, `0.25`.
#[must_use]
pub fn short(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

/// Formats a count with a noun: "1 round", "3 rounds".
#[must_use]
pub fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// Joins texts: "a", "a and b", "a, b and c".
#[must_use]
pub fn join<S: Borrow<str>>(parts: &[S]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        [first @ .., last] => format!("{} and {}", first.join(", "), last.borrow()),
    }
}

/// Writes a range, or a single figure if both are the same: "18 ns to 20 ns".
#[must_use]
pub fn from_to(least: String, most: &str) -> String {
    if least == most { least } else { format!("{least} to {most}") }
}

/// Returns a text with its first letter in upper case.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Returns a text with its first letter in lower case, as it goes on within a sentence.
#[must_use]
pub fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Formats a number as a message quotes it: 1e308 in three characters, not in 309.
#[must_use]
pub fn quoted(value: f64) -> String {
    if value == 0.0 || (1e-3..1e15).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

/// Formats a ratio to three significant digits (two below a tenth), without an exponent: `0.981`, `4.96`, `77.1`,
/// `1,240`.
#[must_use]
pub fn ratio(value: f64) -> String {
    match value {
        large if large.is_finite() && large >= 999.5 => count(large.round() as u64),
        small if small < 0.0995 => significant(small, 2),
        other => significant(other, 3),
    }
}

/// Formats a percentage: `12 %`, `0.4 %`.
#[must_use]
pub fn percent(value: f64) -> String {
    if value.abs() >= 9.95 || value == 0.0 { format!("{value:.0} %") } else { format!("{value:.1} %") }
}

/// Formats a number with this many significant digits and no exponent. Digits before the point are never dropped:
/// 1234.5 with three digits is `1234` (or `1235`), not `1230`.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() < 1e-9 {
        // Hundreds of zeros would say less.
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let magnitude = value.abs().log10().floor();
    let mut decimals = (digits as f64 - 1.0 - magnitude).max(0.0) as usize;
    let mut text = format!("{value:.decimals$}");
    // Rounding up to the next power of ten gains a digit: 9.996 with three is 10.0, not 10.00.
    let shown: f64 = text.parse().unwrap_or(value);
    if shown.abs().log10().floor() > magnitude && decimals > 0 {
        decimals -= 1;
        text = format!("{value:.decimals$}");
    }
    text
}

/// Formats a moment in local time: `11:40`, with the date if it was not today: `21 Nov, 11:40`, and with the year if it
/// was another one: `21 Nov 2025, 11:40`. Both moments are milliseconds since the Unix epoch.
#[must_use]
pub fn wall_clock(unix_ms: u64, now_unix_ms: u64) -> String {
    wall_clock_in(&jiff::tz::TimeZone::system(), unix_ms, now_unix_ms)
}

/// Formats milliseconds since the Unix epoch in UTC as RFC 3339: `2026-11-21T04:05:43.123Z`; the epoch for a moment
/// beyond the calendar.
#[must_use]
pub fn rfc3339(unix_ms: u64) -> String {
    utc(unix_ms, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// Formats milliseconds since the Unix epoch in UTC by a pattern of `strftime`.
#[must_use]
pub fn utc(unix_ms: u64, pattern: &str) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(0);
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime(pattern).to_string()
}

fn wall_clock_in(zone: &jiff::tz::TimeZone, unix_ms: u64, now_unix_ms: u64) -> String {
    let at = |ms: u64| {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned_datetime(zone.clone())
    };
    let (moment, now) = (at(unix_ms), at(now_unix_ms));
    let format = match (moment.date() == now.date(), moment.year() == now.year()) {
        (true, _) => "%H:%M",
        (false, true) => "%-d %b, %H:%M",
        (false, false) => "%-d %b %Y, %H:%M",
    };
    moment.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_counts_are_one_figure_where_both_ends_read_the_same() {
        assert_eq!(count_range(0.0, 39e6), "0 to 39 million");
        assert_eq!(count_range(2.9e6, 3.8e6), "2.9 to 3.8 million");
        assert_eq!(count_range(2800.0, 2800.0), "2,800");
        assert_eq!(count_range(0.0, 0.0), "0");
        assert_eq!(count_range(512.0, 120_000.0), "512 to 0.12 million");
    }

    #[test]
    fn a_moment_is_shown_in_local_time_and_with_its_date_unless_today() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let moment = 1_795_233_605_123; // 2026-11-21 04:00:05 UTC
        assert_eq!(wall_clock_in(&zone, moment, moment + 3_600_000), "06:00");
        assert_eq!(wall_clock_in(&zone, moment, moment + 86_400_000), "21 Nov, 06:00");
        assert_eq!(wall_clock_in(&zone, moment, moment + 366 * 86_400_000), "21 Nov 2026, 06:00");
    }

    #[test]
    fn durations_keep_three_digits_and_pick_their_unit() {
        assert_eq!(duration(18.0), "18.0 ns");
        assert_eq!(duration(999.6), "1.00 µs");
        assert_eq!(duration(53_210_000.0), "53.2 ms");
        assert_eq!(duration(4_104_000_000.0), "4.10 s");
        assert_eq!(duration(999_960_000.0), "1.00 s");
        assert_eq!(duration(600e9), "10.0 min");
        assert_eq!(duration(0.0), "0 ns");
        assert_eq!(milliseconds(1.5), "1.5 ms");
        assert_eq!(milliseconds(1e-300), "1.00e-294 ns");
        assert_eq!(milliseconds(1e-316), "1.00e-310 ns");
    }

    #[test]
    fn moments_are_in_utc_to_the_millisecond() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_233_605_123), "2026-11-21T04:00:05.123Z");
        assert_eq!(rfc3339(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(rfc3339(u64::MAX), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1110), "1,110");
        assert_eq!(count(1_000_000), "1,000,000");
    }

    #[test]
    fn only_the_first_letter_changes() {
        assert_eq!([capitalised("no CPU"), capitalised("äußere"), capitalised("")], ["No CPU", "Äußere", ""]);
        assert_eq!([uncapitalised("You put A first"), uncapitalised("1 of B")], ["you put A first", "1 of B"]);
    }

    #[test]
    fn ratios_never_use_an_exponent() {
        assert_eq!(ratio(0.9812), "0.981");
        assert_eq!(ratio(4.962), "4.96");
        assert_eq!(ratio(77.12), "77.1");
        assert_eq!(ratio(9.996), "10.0");
        assert_eq!(ratio(0.003_56), "0.0036");
        assert_eq!(ratio(1239.6), "1,240");
    }

    #[test]
    fn bytes_and_percentages() {
        assert_eq!(bytes(464.0), "464 B");
        assert_eq!(bytes(3_290_000.0), "3.3 MB");
        assert_eq!(bytes(18_400_000.0), "18 MB");
        assert_eq!(percent(0.42), "0.4 %");
        assert_eq!(percent(12.3), "12 %");
        assert_eq!(percent(0.0), "0 %");
    }
}
