//! Blocks of CPU samples and of histogram buckets, laid out as the documentation of [`super`] states.

use std::io;

use super::codec::{Input, LONGEST_INTEGER, Malformed, compress, decompress, put, put_difference};
use super::limits::{MOST_BUCKETS, MOST_CORES, MOST_NANOS};
use crate::trial::CpuSample;

/// Samples in a block.
pub(super) const SAMPLES_A_BLOCK: usize = 1_024;
/// Bytes of a sample without the usage of its cores.
const SAMPLE_BYTES: usize = 28;
/// Bytes of the largest block of samples decoded.
const LARGEST_BLOCK: usize = 64 << 20;

/// Encodes CPU samples. What was not measured is NaN.
pub(super) fn encode_samples(samples: &[CpuSample]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for sample in samples {
        out.extend(sample.at_ms.to_le_bytes());
        out.extend(sample.width_ms.to_le_bytes());
        out.extend((sample.usage_percent.len() as u32).to_le_bytes());
        out.extend(sample.lab_percent.unwrap_or(f32::NAN).to_le_bytes());
        out.extend(sample.tree_percent.unwrap_or(f32::NAN).to_le_bytes());
        sample.usage_percent.iter().for_each(|usage| out.extend(usage.to_le_bytes()));
    }
    compress(&out)
}

/// Decodes a block of `count` samples and appends them. Returns the bytes of memory they take.
pub(super) fn decode_samples(data: &[u8], count: usize, samples: &mut Vec<CpuSample>) -> Result<usize, Malformed> {
    if count == 0 || count > SAMPLES_A_BLOCK {
        return Err(Malformed);
    }
    let most = (count * (SAMPLE_BYTES + MOST_CORES as usize * 4)).min(LARGEST_BLOCK);
    let raw = decompress(data, most)?;
    let mut input = Input(&raw);
    let time = |bytes: [u8; 8]| Some(f64::from_le_bytes(bytes)).filter(|ms| ms.abs() <= 1e9).ok_or(Malformed);
    // A NaN is a missing value; anything else has to be a share.
    let share = |bytes: [u8; 4]| match f32::from_le_bytes(bytes) {
        missing if missing.is_nan() => Ok(None),
        percent if (0.0..=1e9).contains(&percent) => Ok(Some(percent)),
        _ => Err(Malformed),
    };
    for _ in 0..count {
        let (at_ms, width_ms) = (time(input.bytes()?)?, time(input.bytes()?)?);
        let cores = u32::from_le_bytes(input.bytes()?) as usize;
        let (lab_percent, tree_percent) = (share(input.bytes()?)?, share(input.bytes()?)?);
        if cores.saturating_mul(4) > input.0.len() {
            return Err(Malformed);
        }
        let usage_percent = (0..cores).map(|_| share(input.bytes()?)?.ok_or(Malformed)).collect::<Result<_, _>>()?;
        samples.push(CpuSample { at_ms, width_ms, usage_percent, lab_percent, tree_percent });
    }
    input.end()?;
    Ok(raw.len() + count * size_of::<CpuSample>())
}

/// Encodes the buckets of a histogram: the number of buckets, the values as differences from the one before, then how
/// many tasks each has.
pub(super) fn encode_buckets(buckets: &[(u64, u64)]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    put(&mut out, buckets.len() as u64);
    let mut before = 0;
    for (value, _) in buckets {
        put_difference(&mut out, *value, before);
        before = *value;
    }
    buckets.iter().for_each(|(_, count)| put(&mut out, *count));
    compress(&out)
}

/// Decodes what [`encode_buckets`] wrote.
pub(super) fn decode_buckets(data: &[u8]) -> Result<Vec<(u64, u64)>, Malformed> {
    let raw = decompress(data, (1 + 2 * MOST_BUCKETS) * LONGEST_INTEGER)?;
    let mut input = Input(&raw);
    let count = input.integer()? as usize;
    // Two integers a bucket, of a byte each at least.
    if count > MOST_BUCKETS || count * 2 > input.0.len() {
        return Err(Malformed);
    }
    let mut buckets = Vec::with_capacity(count);
    let mut before = 0;
    for _ in 0..count {
        before = input.difference(before)?;
        // The upper end of a bucket may lie above the largest value, by one part in a thousand.
        if before > 2 * MOST_NANOS {
            return Err(Malformed);
        }
        buckets.push((before, 0));
    }
    for (_, tasks) in &mut buckets {
        *tasks = input.integer()?;
        if *tasks > crate::workload::MOST_TASKS.into() {
            return Err(Malformed);
        }
    }
    input.end()?;
    Ok(buckets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arbitrary_sample() -> impl Strategy<Value = CpuSample> {
        let percent = || 0.0..100.0_f32;
        (
            0.0..1e6_f64,
            0.0..1e4_f64,
            proptest::collection::vec(percent(), 0..8),
            proptest::option::of(percent()),
            proptest::option::of(percent()),
        )
            .prop_map(|(at_ms, width_ms, usage_percent, lab_percent, tree_percent)| CpuSample {
                at_ms,
                width_ms,
                usage_percent,
                lab_percent,
                tree_percent,
            })
    }

    proptest! {
        #[test]
        fn samples_and_buckets_survive(
            samples in proptest::collection::vec(arbitrary_sample(), 1..20),
            buckets in proptest::collection::vec((0..=MOST_NANOS, 0..1_000_u64), 0..50),
        ) {
            let mut read = Vec::new();
            let data = encode_samples(&samples).expect("memory");
            prop_assert!(decode_samples(&data, samples.len(), &mut read).is_ok());
            prop_assert_eq!(read, samples);
            prop_assert_eq!(decode_buckets(&encode_buckets(&buckets).expect("memory")), Ok(buckets));
        }

        #[test]
        fn other_bytes_are_errors_and_no_panics(
            raw in proptest::collection::vec(any::<u8>(), 0..200), count in 0..2_000_usize
        ) {
            let data = compress(&raw).expect("memory");
            let _ = decode_samples(&data, count, &mut Vec::new());
            let _ = decode_buckets(&data);
        }
    }
}
