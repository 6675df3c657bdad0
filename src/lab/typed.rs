//! Numbers as people type them: with a unit, a decimal point or comma, and separators of thousands. A text that can't
//! be read or is out of range is refused with the reason; no value is changed silently.

use std::ops::RangeInclusive;

/// Kind of quantity that a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// An integer.
    Count,
    /// An integer, or a word for the lab's own choice, whose value is 0.
    CountOr(&'static str),
    /// A number of any kind.
    Plain,
    /// A duration; the value is in milliseconds.
    Milliseconds,
    /// A duration; the value is in seconds.
    Seconds,
    /// A size in bytes.
    Bytes,
    /// A size in MiB, an integer.
    Mib,
}

/// A number that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// Value in the unit of the quantity.
    pub value: f64,
    /// True if the text has another meaning as well.
    pub ambiguous: bool,
}

/// Reason why a text is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The text contains no readable number.
    #[error("\"{text}\" is not {what}{example}")]
    Unreadable {
        /// The text as typed.
        text: String,
        /// Expected kind: "a duration".
        what: &'static str,
        /// Hint how to type one; may be empty.
        example: &'static str,
    },
    /// The text ends in an unknown unit.
    #[error("\"{text}\" has an unknown unit; known units are {units}")]
    Unit {
        /// The text as typed.
        text: String,
        /// Known units.
        units: String,
    },
    /// The number is not an integer.
    #[error("\"{text}\" is not a whole number")]
    Fraction {
        /// The text as typed.
        text: String,
    },
    /// The number is out of range.
    #[error("\"{text}\" is too {}", if *low { "small" } else { "large" })]
    OutOfRange {
        /// The text as typed.
        text: String,
        /// True if it is below the range, false if above.
        low: bool,
    },
}

/// Suffixes and their factors.
type Units = &'static [(&'static str, f64)];

impl Quantity {
    const fn units(self) -> Units {
        match self {
            Self::Count | Self::CountOr(_) => &[("k", 1e3), ("m", 1e6)],
            Self::Plain => &[("%", 1.0)],
            Self::Milliseconds => {
                &[("ns", 1e-6), ("µs", 1e-3), ("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("min", 6e4), ("h", 3.6e6)]
            }
            Self::Seconds => &[("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0)],
            Self::Bytes => &[
                ("b", 1.0),
                ("kb", 1e3),
                ("mb", 1e6),
                ("gb", 1e9),
                ("kib", 1024.0),
                ("mib", 1_048_576.0),
                ("gib", 1_073_741_824.0),
                ("k", 1e3),
                ("m", 1e6),
                ("g", 1e9),
            ],
            Self::Mib => &[("mib", 1.0), ("gib", 1024.0), ("m", 1.0), ("g", 1024.0)],
        }
    }

    fn what(self) -> (&'static str, &'static str) {
        match self {
            Self::Count | Self::Plain => ("a number", ""),
            Self::CountOr("auto") => ("a number", ", nor auto"),
            Self::CountOr(_) => ("a number", ", nor all"),
            Self::Milliseconds | Self::Seconds => ("a duration, as in 20 us, 1.5 ms or 2 s", ""),
            Self::Bytes => ("a size, as in 512, 10 kB or 1 MiB", ""),
            Self::Mib => ("a size, as in 64 MiB or 2 GiB", ""),
        }
    }

    const fn is_integer(self) -> bool {
        matches!(self, Self::Count | Self::CountOr(_) | Self::Bytes | Self::Mib)
    }

    /// Reads a typed text.
    ///
    /// # Errors
    /// [`Refused`] if it is not such a quantity or not within `range`.
    pub fn read(self, text: &str, range: &RangeInclusive<f64>) -> Result<Typed, Refused> {
        let typed = text.trim();
        if let Self::CountOr(word) = self
            && (typed.is_empty() || typed.to_lowercase().starts_with(word))
        {
            return Ok(Typed { value: 0.0, ambiguous: false });
        }
        let typed_text = || typed.to_owned();
        let (what, example) = self.what();
        let unreadable = || Refused::Unreadable { text: typed_text(), what, example };
        let folded = typed.to_lowercase().replace('μ', "µ").replace('−', "-");
        let is_unit = |letter: char| letter.is_alphabetic() || letter == '%';
        let number = folded.trim_end_matches(is_unit);
        let unit = &folded[number.len()..];
        let Number { value, ambiguous } = number_in(number.trim(), self.is_integer()).ok_or_else(unreadable)?;
        let factor = match self.units().iter().find(|(name, _)| *name == unit) {
            Some((_, factor)) => *factor,
            None if unit.is_empty() => 1.0,
            None => {
                let units: Vec<&str> = self.units().iter().map(|(name, _)| *name).collect();
                return Err(Refused::Unit { text: typed_text(), units: units.join(", ") });
            }
        };
        let value = value * factor;
        // 1.5 k and 1.5 kB are integers, 1.5 tasks are not. Sizes are rounded to bytes.
        let value = if matches!(self, Self::Bytes) { value.round() } else { value };
        if self.is_integer() && (value - value.round()).abs() > 1e-6 {
            return Err(Refused::Fraction { text: typed_text() });
        }
        // The lab's own choice is typed as a word, not as the number 0.
        let least = if matches!(self, Self::CountOr(_)) { range.start().max(1.0) } else { *range.start() };
        if value < least {
            return Err(Refused::OutOfRange { text: typed_text(), low: true });
        }
        if value > *range.end() {
            return Err(Refused::OutOfRange { text: typed_text(), low: false });
        }
        Ok(Typed { value, ambiguous })
    }

    /// Describes the range: "allowed is 1 to 4,096, or auto".
    #[must_use]
    pub fn allowed(self, range: &RangeInclusive<f64>, format: impl Fn(f64) -> String) -> String {
        let (least, or) = match self {
            Self::CountOr(word) => (range.start().max(1.0), format!(", or {word}")),
            _ => (*range.start(), String::new()),
        };
        format!("allowed is {} to {}{or}", format(least), format(*range.end()))
    }
}

struct Number {
    value: f64,
    ambiguous: bool,
}

/// Reads a number with `.` or `,` as decimal sign and thousands separated by spaces, `_`, `'`, or the other sign.
fn number_in(text: &str, integer: bool) -> Option<Number> {
    let plain = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let signed = |value: f64| if negative { -value } else { value };
    if digits.contains('e') {
        return plain(digits).map(|value| Number { value: signed(value), ambiguous: false });
    }
    // Treat all separators of thousands alike.
    let is_gap = |letter: char| letter.is_whitespace() || matches!(letter, '_' | '\'' | '’');
    let digits: String = digits.chars().map(|letter| if is_gap(letter) { ' ' } else { letter }).collect();
    if !digits.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' ')) {
        return None;
    }
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    let mut ambiguous = false;
    let decimal = match (commas, points) {
        (0, 0) => None,
        // The last sign is the decimal sign, the other separates thousands.
        (1.., 1..) => Some(if digits.rfind(',') > digits.rfind('.') { ',' } else { '.' }),
        (2.., 0) | (0, 2..) => None,
        (1, _) => {
            let thousands = separates_thousands(&digits, ',');
            ambiguous = thousands && !integer;
            (!thousands).then_some(',')
        }
        (_, _) => (!(integer && separates_thousands(&digits, '.'))).then_some('.'),
    };
    let (before, after) = decimal.and_then(|sign| digits.rsplit_once(sign)).unwrap_or((&digits, ""));
    if after.contains([',', '.', ' ']) {
        return None;
    }
    let groups: Vec<&str> = before.split([' ', ',', '.']).collect();
    let in_threes =
        groups.iter().skip(1).all(|group| group.len() == 3) && groups.first().is_some_and(|first| first.len() <= 3);
    if groups.len() > 1 && !in_threes {
        return None;
    }
    let value = plain(&format!("{}.{after}0", if before.is_empty() { "0".to_owned() } else { groups.concat() }))?;
    // A sign alone is not a number.
    if before.is_empty() && after.is_empty() {
        return None;
    }
    Some(Number { value: signed(value), ambiguous })
}

/// Returns true if the sign may separate thousands, as in "1,000"; in "0,125" and "1,5" it can only be a decimal
/// sign.
fn separates_thousands(digits: &str, sign: char) -> bool {
    digits
        .split_once(sign)
        .is_some_and(|(before, after)| after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(quantity: Quantity, text: &str) -> Option<f64> {
        quantity.read(text, &(0.0..=1e18)).ok().map(|typed| typed.value)
    }

    fn refusal(quantity: Quantity, text: &str, range: RangeInclusive<f64>) -> String {
        quantity.read(text, &range).expect_err(text).to_string()
    }

    #[test]
    fn numbers_are_typed_as_people_do() {
        for text in ["100 000", "100,000", "100.000", "100_000", "100'000", "100\u{a0}000", "1e5", "100k", "0.1 M"] {
            assert_eq!(read(Quantity::Count, text), Some(100_000.0), "{text}");
        }
        assert_eq!(read(Quantity::Count, "1,000,000"), Some(1_000_000.0));
        assert_eq!(read(Quantity::Count, "2k"), Some(2000.0));
        assert_eq!(read(Quantity::CountOr("auto"), "Automatic, 2"), Some(0.0));
        assert_eq!(read(Quantity::CountOr("all"), "all"), Some(0.0));
        for (text, ms) in [
            ("2 s", 2000.0),
            ("20 us", 0.02),
            ("20 μs", 0.02),
            ("50", 50.0),
            ("1.5 min", 90_000.0),
            ("2h", 7_200_000.0),
            ("1,5 ms", 1.5),
            ("0,125", 0.125),
            ("1.000,5", 1000.5),
            ("1,000.5", 1000.5),
            (".5", 0.5),
            (",5", 0.5),
            ("1,25 s", 1250.0),
        ] {
            assert_eq!(read(Quantity::Milliseconds, text), Some(ms), "{text}");
        }
        assert_eq!(read(Quantity::Seconds, "500 ms"), Some(0.5));
        assert_eq!(read(Quantity::Bytes, "10 kB"), Some(10_000.0));
        assert_eq!(read(Quantity::Bytes, "1 MiB"), Some(1_048_576.0));
        assert_eq!(read(Quantity::Bytes, "512"), Some(512.0));
        assert_eq!(read(Quantity::Mib, "2 GiB"), Some(2048.0));
        assert_eq!(read(Quantity::Mib, "64"), Some(64.0));
        assert_eq!(read(Quantity::Plain, "12,5 %"), Some(12.5));
    }

    #[test]
    fn a_comma_and_three_digits_are_thousands_and_said_to_be_so() {
        let typed = |text: &str| Quantity::Milliseconds.read(text, &(0.0..=1e9)).expect(text);
        assert_eq!(typed("1,000 ms"), Typed { value: 1000.0, ambiguous: true });
        assert_eq!(typed("1,50 ms"), Typed { value: 1.5, ambiguous: false });
        assert_eq!(typed("1.000 ms"), Typed { value: 1.0, ambiguous: false });
        let count = Quantity::Count.read("1,000", &(1.0..=1e6)).expect("a count");
        assert_eq!(count, Typed { value: 1000.0, ambiguous: false }, "there are no fractions of tasks");
    }

    #[test]
    fn what_can_not_be_read_is_refused_with_the_reason() {
        assert_eq!(refusal(Quantity::Count, "abc", 1.0..=1e6), "\"abc\" is not a number");
        assert_eq!(refusal(Quantity::Count, "-5", 1.0..=1e6), "\"-5\" is too small");
        assert_eq!(refusal(Quantity::Count, "0", 1.0..=1e6), "\"0\" is too small");
        assert_eq!(refusal(Quantity::Count, "99 999 999", 1.0..=1e6), "\"99 999 999\" is too large");
        assert_eq!(refusal(Quantity::Count, "1.5", 1.0..=1e6), "\"1.5\" is not a whole number");
        assert_eq!(refusal(Quantity::CountOr("auto"), "0", 0.0..=4096.0), "\"0\" is too small");
        assert_eq!(refusal(Quantity::CountOr("auto"), "many", 0.0..=4096.0), "\"many\" is not a number, nor auto");
        let refused = refusal(Quantity::Milliseconds, "-5 ms", 0.0..=1e6);
        assert_eq!(refused, "\"-5 ms\" is too small");
        let refused = refusal(Quantity::Milliseconds, "2 m", 0.0..=1e6);
        assert_eq!(refused, "\"2 m\" has an unknown unit; known units are ns, µs, us, ms, s, min, h");
        for text in
            ["", ",", ".", "1 5 ms", "1,00,5", "1.2.3", "--1", "1..5", "ms", "nan", "inf", "1e999", "0x10", "1e"]
        {
            assert!(Quantity::Milliseconds.read(text, &(0.0..=1e9)).is_err(), "{text}");
        }
        let allowed = Quantity::CountOr("auto").allowed(&(0.0..=4096.0), |value| format!("{value}"));
        assert_eq!(allowed, "allowed is 1 to 4096, or auto");
    }
}
