//! Ids of runs: the moment of the start, so that they sort by time, and four random characters.

use crate::units;

/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new id: "20261126-164210-k3f9".
pub(super) fn new(unix_ms: u64) -> String {
    let mut random = fastrand::Rng::new();
    let suffix: String = (0..4).map(|_| char::from(ALPHABET[random.usize(..ALPHABET.len())])).collect();
    format!("{}-{suffix}", units::utc(unix_ms, "%Y%m%d-%H%M%S"))
}

/// True for what can be an id, and nothing else: the name of its file is made of it.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ() {
        let (first, second) = (new(1_795_233_605_123), new(1_795_233_606_000));
        assert!(first.starts_with("20261121-") && first < second, "{first} {second}");
        assert!(is_id(&first) && first.len() == 20, "{first}");
        for other in ["", "../x", "A", "a.b", "a/b"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
