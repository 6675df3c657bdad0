//! Decoding of text files: UTF-8, and UTF-16 with a byte order mark. Anything else is an error that names the encoding,
//! the line and the remedy.

/// Reason why bytes can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The text is in an encoding of one byte per character.
    #[error("the byte {} is not UTF-8; save the file as UTF-8 (spreadsheets call it \"CSV UTF-8\")", in_windows_1252(*.byte))]
    NotUtf8 {
        /// Line, from 1.
        line: usize,
        /// First byte that is not UTF-8.
        byte: u8,
    },
    /// The zero bytes suggest UTF-16 without a byte order mark.
    #[error("the file looks like UTF-16 without a byte order mark; save it as UTF-8")]
    UnmarkedUtf16,
    /// The text has a byte order mark of UTF-16 and is not UTF-16.
    #[error("the file begins like UTF-16, but half a character follows; save it as UTF-8")]
    BrokenUtf16 {
        /// Line, from 1.
        line: usize,
    },
    /// The text has a byte order mark of UTF-32.
    #[error("the file is UTF-32; save it as UTF-8")]
    Utf32,
}

impl EncodingError {
    /// Returns the line of the first invalid byte, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::NotUtf8 { line, .. } | Self::BrokenUtf16 { line } => *line,
            Self::UnmarkedUtf16 | Self::Utf32 => 1,
        }
    }
}

/// Formats a byte with its character in Windows-1252, the most common other encoding.
fn in_windows_1252(byte: u8) -> String {
    match byte {
        // From 0xa0 on the same as in Unicode; these two characters are invisible.
        0xa0 | 0xad => format!("0x{byte:02X}"),
        0xa0.. => format!("0x{byte:02X} (\"{}\" in Windows-1252)", char::from(byte)),
        0x80 => "0x80 (\"€\" in Windows-1252)".to_owned(),
        _ => format!("0x{byte:02X}"),
    }
}

/// Decodes text and removes its byte order mark.
///
/// # Errors
/// [`EncodingError`] with the line of the first invalid byte.
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

/// Returns true if many bytes at the beginning are zero, all of them at even or all at odd offsets.
fn is_unmarked_utf16(bytes: &[u8]) -> bool {
    let beginning = &bytes[..bytes.len().min(512)];
    let zeros = |parity: usize| beginning.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    beginning.len() >= 4 && even.min(odd) == 0 && even.max(odd) * 4 >= beginning.len()
}

/// Returns the line, from 1, of the byte that follows these bytes. Lines end in `\n`, `\r\n` or a single `\r`.
#[must_use]
pub fn line_at(before: &[u8]) -> usize {
    let ends = before.iter().enumerate().filter(|(index, byte)| match **byte {
        b'\n' => true,
        // Of `\r\n`, only the `\n` counts.
        b'\r' => before.get(index + 1) != Some(&b'\n'),
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
        for byte in 0x80..=0xff {
            let message = EncodingError::NotUtf8 { line: 1, byte }.to_string();
            assert!(message.chars().all(|letter| !letter.is_control() && letter != '\u{ad}'), "{message:?}");
        }
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
