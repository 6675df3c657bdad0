//! The `memory` step: reads a buffer larger than the caches, in order or at random, so that main memory delivers every byte. The size
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

/// Words of 8 bytes in a cache line.
const LINE_WORDS: usize = 8;

impl Buffer {
    /// Reads `bytes` in cache lines at random; returns the sum of all words. Each position follows from the line before
    /// it, so that neither the core nor its prefetcher can fetch ahead.
    #[inline(never)]
    pub(super) fn read_at_random(&self, task: u32, bytes: u64) -> u64 {
        let (lines, _) = self.0.as_chunks::<LINE_WORDS>();
        let mut state = crate::workload::kernel::mix(u64::from(task).wrapping_add(0x9E37_79B9_7F4A_7C15));
        let mut sum = 0_u64;
        for _ in 0..bytes.div_ceil(8 * LINE_WORDS as u64) {
            let line = ((state >> 32) * lines.len() as u64) >> 32;
            let Some(line) = lines.get(line as usize) else { break };
            let together = line.iter().fold(0_u64, |sum, word| sum.wrapping_add(*word));
            sum = sum.wrapping_add(together);
            // The multiplier and increment of a common linear congruential generator.
            state = (state ^ together).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
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

    #[test]
    fn random_reads_differ_by_task_and_repeat() {
        let buffer = Buffer::of(1 << 20);
        assert_eq!(buffer.read_at_random(3, 64_000), buffer.read_at_random(3, 64_000));
        assert_ne!(buffer.read_at_random(3, 64_000), buffer.read_at_random(4, 64_000));
        assert_ne!(buffer.read_at_random(3, 64), buffer.read_at_random(3, 128), "one line more");
        assert_eq!(buffer.read_at_random(3, 0), 0);
    }
}
