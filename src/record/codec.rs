//! The bytes of blocks: variable-length integers and zlib. Decoding never allocates more than the caller allows.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// Bytes of the longest encoded integer.
pub(super) const LONGEST_INTEGER: usize = 10;

/// Bytes that can't be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Appends an unsigned integer: seven bits a byte, the lowest first, the high bit set on all but the last byte (LEB128).
#[inline]
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the difference of two integers as a zigzag integer: 0, -1, 1, -2 … become 0, 1, 2, 3 ….
#[inline]
pub(super) fn put_difference(out: &mut Vec<u8>, value: u64, base: u64) {
    let difference = value.wrapping_sub(base) as i64;
    put(out, ((difference << 1) ^ (difference >> 63)) as u64);
}

/// Bytes to decode, from the front.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl Input<'_> {
    /// The next unsigned integer.
    #[inline]
    pub(super) fn integer(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for at in 0..LONGEST_INTEGER {
            let (byte, rest) = self.0.split_first().ok_or(Malformed)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if at == LONGEST_INTEGER - 1 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// The next difference, added to `base`.
    #[inline]
    pub(super) fn difference(&mut self, base: u64) -> Result<u64, Malformed> {
        let zigzag = self.integer()?;
        Ok(base.wrapping_add((zigzag >> 1) ^ (zigzag & 1).wrapping_neg()))
    }

    /// The next `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// Checks that nothing is left.
    pub(super) const fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Compresses by zlib, at the fastest level.
pub(super) fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2 + 64), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Decompresses a block that has at most `most` bytes.
pub(super) fn decompress(bytes: &[u8], most: usize) -> Result<Vec<u8>, Malformed> {
    // Grows with what is really there: a short block that claims much takes no memory.
    let mut out = Vec::with_capacity(most.min(bytes.len().saturating_mul(4)));
    let mut decoder = ZlibDecoder::new(bytes).take(most as u64 + 1);
    decoder.read_to_end(&mut out).map_err(|_| Malformed)?;
    if out.len() > most { Err(Malformed) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_and_differences_survive(value in any::<u64>(), base in any::<u64>(), small in 0..300_u64) {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            put_difference(&mut bytes, value, base);
            put_difference(&mut bytes, base, base.wrapping_add(small));
            let mut input = Input(&bytes);
            prop_assert_eq!(input.integer(), Ok(value));
            prop_assert_eq!(input.difference(base), Ok(value));
            prop_assert_eq!(input.difference(base.wrapping_add(small)), Ok(base));
            prop_assert_eq!(input.end(), Ok(()));
        }

        #[test]
        fn noise_is_an_error_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut input = Input(&noise);
            while input.integer().is_ok() {}
            let _ = decompress(&noise, 1_000);
        }
    }

    #[test]
    fn a_block_that_grows_beyond_its_bound_is_an_error() {
        let bomb = compress(&vec![0; 1_000_000]).expect("memory");
        assert!(bomb.len() < 10_000);
        assert_eq!(decompress(&bomb, 999_999), Err(Malformed));
        assert_eq!(decompress(&bomb, 1_000_000).map(|bytes| bytes.len()), Ok(1_000_000));
    }

    #[test]
    fn small_differences_take_one_byte() {
        let mut bytes = Vec::new();
        for value in [100_u64, 163, 37] {
            put_difference(&mut bytes, value, 100);
        }
        assert_eq!(bytes, [0, 126, 125]);
    }
}
