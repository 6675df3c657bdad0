//! SHA-256 of code and of what the user agreed to.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Bytes that are hashed at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Hashes everything that can be read, at most `most` bytes.
    ///
    /// # Errors
    /// The reader's error, and [`io::ErrorKind::FileTooLarge`] where there is more.
    pub fn of_reader(reader: impl Read, most: u64) -> io::Result<Self> {
        let (mut hash, mut block, mut read) = (Sha256::new(), vec![0; BLOCK_BYTES], 0_u64);
        let mut reader = reader.take(most.saturating_add(1));
        loop {
            match reader.read(&mut block)? {
                0 => return Ok(Self(hash.finalize().into())),
                count => {
                    read += count as u64;
                    if read > most {
                        return Err(io::ErrorKind::FileTooLarge.into());
                    }
                    hash.update(&block[..count]);
                }
            }
        }
    }

    /// Hashes texts and bytes so that no two lists of them are taken for each other.
    pub(super) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_sha256sum() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), abc);
        assert_eq!(Digest::of_reader(&b"abc"[..], 3).expect("read").to_string(), abc);
        assert!(Digest::of_reader(&b"abcd"[..], 3).is_err());
        let parts = |parts: &[&'static [u8]]| Digest::of_parts(parts.iter().copied());
        assert_ne!(parts(&[b"ab", b"c"]), parts(&[b"a", b"bc"]));
    }
}
