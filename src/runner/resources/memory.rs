//! Streaming memory: reading through a buffer that no cache holds, so that the memory itself has to
//! deliver every byte.

use std::hint::black_box;

/// The buffer of one process, filled before the clock.
#[derive(Debug)]
pub(super) struct Buffer(Vec<u64>);

impl Buffer {
    pub(super) fn of(bytes: u64) -> Self {
        Self((0..(bytes / 8).max(1)).map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect())
    }

    /// Reads `bytes` from a start that differs from task to task, wrapping around; returns the sum
    /// of all words. Tasks that run side by side are far apart in the buffer: one that followed closely
    /// behind another would find in the cache what that one has fetched.
    #[inline(never)]
    pub(super) fn stream(&self, task: u32, bytes: u64) -> u64 {
        let words = self.0.len();
        // The fractional part of a multiple of the golden ratio: successive starts never crowd.
        let fraction = u64::from(task).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut at = ((fraction * words as u64) >> 32) as usize;
        let mut left = (bytes / 8) as usize;
        let mut sum = 0_u64;
        while left > 0 {
            let piece = &self.0[at..words.min(at + left)];
            sum = sum.wrapping_add(piece_sum(black_box(piece)));
            left -= piece.len();
            at = 0;
        }
        sum
    }
}

fn piece_sum(words: &[u64]) -> u64 {
    // Sums that do not wait for each other, so that the memory is what is waited for.
    let (chunks, rest) = words.as_chunks::<8>();
    let mut lanes = [0_u64; 8];
    for chunk in chunks {
        for (lane, word) in lanes.iter_mut().zip(chunk) {
            *lane = lane.wrapping_add(*word);
        }
    }
    lanes.iter().chain(rest).fold(0, |sum, word| sum.wrapping_add(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_reads_every_word_that_it_should_and_wraps_around() {
        let buffer = Buffer::of(1000 * 8);
        let all: u64 = buffer.0.iter().fold(0, |sum, word| sum.wrapping_add(*word));
        for task in 0..20 {
            assert_eq!(buffer.stream(task, 8000), all, "task {task} reads the whole buffer once");
            assert_eq!(buffer.stream(task, 16_000), all.wrapping_mul(2));
        }
        assert_ne!(buffer.stream(1, 80), buffer.stream(2, 80), "tasks start at places of their own");
    }
}
