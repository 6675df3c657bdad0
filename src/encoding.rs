//! Bytes of a text file to text: UTF-8, and UTF-16 where a byte order mark says so. Anything else is an
//! error that names the encoding, the line and the remedy.

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Some other encoding of one byte a character.
    #[error("the byte {} is not UTF-8; save the file as UTF-8 (spreadsheets call it \"CSV UTF-8\")", in_windows_1252(*.byte))]
    NotUtf8 {
        /// Counted from 1.
        line: usize,
        /// The first byte that does not fit.
        byte: u8,
    },
    /// UTF-16, as far as its zero bytes tell.
    #[error("the file looks like UTF-16 without a byte order mark; save it as UTF-8")]
    UnmarkedUtf16,
    /// A byte order mark of UTF-16, and something else after it.
    #[error("the file begins like UTF-16, but half a character follows; save it as UTF-8")]
    BrokenUtf16 {
        /// Counted from 1.
        line: usize,
    },
    /// UTF-32 by its byte order mark.
    #[error("the file is UTF-32; save it as UTF-8")]
    Utf32,
}

impl EncodingError {
    /// The line of the first byte that does not fit, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::NotUtf8 { line, .. } | Self::BrokenUtf16 { line } => *line,
            Self::UnmarkedUtf16 | Self::Utf32 => 1,
        }
    }
}

/// A byte with the letter that it is in Windows-1252, the usual culprit.
fn in_windows_1252(byte: u8) -> String {
    match byte {
        // The same as in Latin-1, which is the beginning of Unicode.
        0xa0.. => format!("0x{byte:02X} (\"{}\" in Windows-1252)", char::from(byte)),
        0x80 => "0x80 (\"€\" in Windows-1252)".to_owned(),
        _ => format!("0x{byte:02X}"),
    }
}

/// Text without its byte order mark.
///
/// # Errors
/// [`EncodingError`] with the line of the first byte that does not fit.
pub fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(EncodingError::Utf32);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return decode_utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return decode_utf16(rest, u16::from_be_bytes);
    }
    if is_unmarked_utf16(&bytes) {
        return Err(EncodingError::UnmarkedUtf16);
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        EncodingError::NotUtf8 { line: line_at(&bytes[..valid]), byte: bytes.get(valid).copied().unwrap_or_default() }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
    let (pairs, half) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for letter in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match letter {
            Ok(letter) => text.push(letter),
            Err(_) => return Err(EncodingError::BrokenUtf16 { line: line_at(text.as_bytes()) }),
        }
    }
    if half.is_empty() { Ok(text) } else { Err(EncodingError::BrokenUtf16 { line: line_at(text.as_bytes()) }) }
}

/// True where every second byte of the beginning is zero, and none of the others is.
fn is_unmarked_utf16(bytes: &[u8]) -> bool {
    let beginning = &bytes[..bytes.len().min(512)];
    let zeros = |parity: usize| beginning.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    beginning.len() >= 4 && even.min(odd) == 0 && even.max(odd) * 4 >= beginning.len()
}

/// The line, counted from 1, that what follows these bytes is in. Ends of lines are `\n`, `\r\n` and a
/// single `\r`.
#[must_use]
pub fn line_at(before: &[u8]) -> usize {
    let ends = before.iter().enumerate().filter(|(place, byte)| match **byte {
        b'\n' => true,
        // The `\n` after it is the one that counts.
        b'\r' => before.get(place + 1) != Some(&b'\n'),
        _ => false,
    });
    1 + ends.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn utf_8_and_marked_utf_16_are_read() {
        let text = "name;ü\r\n🎉;1,5\r\n";
        assert_eq!(decode(text.into()).as_deref(), Ok(text));
        assert_eq!(decode(format!("\u{feff}{text}").into()).as_deref(), Ok(text));
        assert_eq!(decode(utf16(text, u16::to_le_bytes)).as_deref(), Ok(text));
        assert_eq!(decode(utf16(text, u16::to_be_bytes)).as_deref(), Ok(text));
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn other_encodings_are_named_with_line_and_remedy() {
        let error = decode(b"name\r\n\r\nM\xfcller\r\n".to_vec()).expect_err("Windows-1252");
        assert_eq!(error, EncodingError::NotUtf8 { line: 3, byte: 0xfc });
        assert!(error.to_string().contains("0xFC (\"ü\" in Windows-1252)") && error.to_string().contains("CSV UTF-8"));
        let unmarked = utf16("name,compute_ms", u16::to_le_bytes)[2..].to_vec();
        assert_eq!(decode(unmarked), Err(EncodingError::UnmarkedUtf16));
        let mut cut = utf16("a\nb", u16::to_le_bytes);
        cut.pop();
        assert_eq!(decode(cut), Err(EncodingError::BrokenUtf16 { line: 2 }));
        assert_eq!(decode(vec![0xff, 0xfe, 0, 0, 65, 0, 0, 0]), Err(EncodingError::Utf32));
    }

    #[test]
    fn lines_end_in_three_ways() {
        for (before, line) in [("", 1), ("a", 1), ("a\n", 2), ("a\r\nb", 2), ("a\rb\r\n\n", 4), ("a\r", 2)] {
            assert_eq!(line_at(before.as_bytes()), line, "{before:?}");
        }
    }
}
