//! The `memory` step: streams through a buffer larger than the caches, so that main memory delivers every byte. The size
//! of the buffer is chosen in `session/buffer`.

use std::hint::black_box;

/// Buffer of one process, filled before the clock.
#[derive(Debug)]
pub(super) struct Buffer(Vec<u64>);

impl Buffer {
    pub(super) fn of(bytes: u64) -> Self {
        Self((0..(bytes / 8).max(1)).map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect())
    }

    /// Reads `bytes` from a start that depends on the task, wrapping around; returns the sum of all words. Concurrent
    /// tasks are far apart in the buffer: one that followed closely behind another would find its data in the cache.
    #[inline(never)]
    pub(super) fn stream(&self, task: u32, bytes: u64) -> u64 {
        let words = self.0.len();
        // Fractional parts of multiples of the golden ratio: successive starts are far apart.
        let fraction = u64::from(task).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut position = ((fraction * words as u64) >> 32) as usize;
        let mut left = (bytes / 8) as usize;
        let mut sum = 0_u64;
        while left > 0 {
            let piece = &self.0[position..words.min(position + left)];
            sum = sum.wrapping_add(piece_sum(black_box(piece)));
            left -= piece.len();
            position = 0;
        }
        sum
    }
}

fn piece_sum(words: &[u64]) -> u64 {
    // Independent sums, so that memory and not the additions is the bottleneck.
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
            assert_eq!(buffer.stream(task, 8000), all, "task {task} reads the full buffer once");
            assert_eq!(buffer.stream(task, 16_000), all.wrapping_mul(2));
        }
        assert_ne!(buffer.stream(1, 80), buffer.stream(2, 80), "tasks start at different positions");
    }
}
