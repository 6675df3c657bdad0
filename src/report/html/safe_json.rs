//! JSON inside a page: no character of it can end the element that it is in. U+2028 and U+2029 are escaped by
//! `export::json_writer` already, as all invisible characters.

use std::io::{self, Write};

/// Writer that escapes what is markup in HTML. These
/// characters occur in strings of JSON only, where the escape means the same.
pub(super) struct SafeJson<W>(pub(super) W);

/// Bytes that are escaped alone.
const SINGLE: [(u8, &[u8]); 3] = [(b'<', b"\\u003c"), (b'>', b"\\u003e"), (b'&', b"\\u0026")];

impl<W: Write> Write for SafeJson<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut from = 0;
        for (index, byte) in bytes.iter().enumerate() {
            let Some((_, escape)) = SINGLE.iter().find(|(special, _)| special == byte) else { continue };
            self.0.write_all(&bytes[from..index])?;
            self.0.write_all(escape)?;
            from = index + 1;
        }
        self.0.write_all(&bytes[from..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::json_writer;

    #[test]
    fn no_markup_is_left_and_the_text_reads_back_the_same() {
        let text = "</script><!--<script>&amp;]]>\u{2028}\u{2029}ü";
        let mut out = Vec::new();
        json_writer::write(&mut SafeJson(&mut out), &[text]).expect("memory");
        let written = String::from_utf8(out).expect("UTF-8");
        assert!(!written.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{written}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&written).expect("JSON"), [text]);
    }
}
