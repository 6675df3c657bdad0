//! Payloads of the tasks: inputs that exist before the clock, outputs that the tasks make, and how both are read, written
//! to a pipe and read from one. Handing them over is the models' work, running a task with one that of `run_task`.

use std::io::{self, Read, Write};

use crossbeam_channel::{Receiver, Sender, unbounded};
use flate2::Crc;

use crate::workload::payload::{NUMBER_BYTES, first_number, input_word, read_bytes_result, read_list_result};
use crate::workload::{Payload, PayloadKind};

/// Length of the block that content is copied from.
const BLOCK: usize = 4096;

/// What a task is given or returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    Bytes(Vec<u8>),
    List(Vec<i64>),
}

impl Data {
    /// Allocates and fills data of a size; the content follows from `word`.
    #[inline(never)]
    pub(super) fn make(kind: PayloadKind, bytes: u64, word: u64) -> Self {
        match kind {
            PayloadKind::Bytes => {
                let length = bytes as usize;
                let mut made = Vec::with_capacity(length);
                for _ in 0..length.min(BLOCK).div_ceil(8) {
                    made.extend_from_slice(&word.to_le_bytes());
                }
                made.truncate(length);
                while made.len() < length {
                    made.extend_from_within(..BLOCK.min(length - made.len()));
                }
                Self::Bytes(made)
            }
            PayloadKind::List => {
                let first = first_number(word) as i64;
                Self::List((first..first + (bytes / NUMBER_BYTES) as i64).collect())
            }
        }
    }

    /// Reads every byte once; the result differs if one is another or lacks.
    #[inline(never)]
    pub(super) fn read(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => {
                let mut crc = Crc::new();
                crc.update(bytes);
                read_bytes_result(bytes.len() as u64, crc.sum())
            }
            Self::List(numbers) => {
                let sum = numbers.iter().fold(0_i64, |sum, number| sum.wrapping_add(*number));
                read_list_result(numbers.len() as u64, sum as u64)
            }
        }
    }

    /// Serialises the data into a pipe; its length is known to the other end.
    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::List(numbers) => {
                let mut bytes = Vec::with_capacity(numbers.len() * NUMBER_BYTES as usize);
                numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
                out.write_all(&bytes)
            }
        }
    }

    /// Reads data of a size from a pipe.
    pub(super) fn read_from(kind: PayloadKind, bytes: u64, input: &mut impl Read) -> io::Result<Self> {
        let length = match kind {
            PayloadKind::Bytes => bytes,
            PayloadKind::List => bytes / NUMBER_BYTES * NUMBER_BYTES,
        };
        let mut read = vec![0; length as usize];
        input.read_exact(&mut read)?;
        Ok(match kind {
            PayloadKind::Bytes => Self::Bytes(read),
            PayloadKind::List => {
                let (numbers, _) = read.as_chunks::<{ NUMBER_BYTES as usize }>();
                Self::List(numbers.iter().map(|number| i64::from_le_bytes(*number)).collect())
            }
        })
    }
}

/// Payloads of a trial, with the submitter.
#[derive(Debug)]
pub(super) struct Payloads {
    pub(super) payload: Payload,
    inputs: Vec<Data>,
    /// Way back of the outputs for tasks that run in threads of their own.
    send: Sender<(u32, Data)>,
    receive: Receiver<(u32, Data)>,
}

impl Payloads {
    /// Makes all inputs.
    pub(super) fn prepare(payload: Payload, tasks: u32) -> Self {
        let input = |index| Data::make(payload.kind, payload.input_bytes, input_word(index));
        let (send, receive) = unbounded();
        Self { payload, inputs: (0..payload.distinct_inputs(tasks)).map(input).collect(), send, receive }
    }

    /// Returns the input of a task, which is shared by reference.
    #[inline]
    pub(super) fn input(&self, task: u32) -> &Data {
        &self.inputs[task as usize % self.inputs.len()]
    }

    /// Makes the output of a task with this result.
    pub(super) fn output(payload: Payload, state: u64) -> Data {
        Data::make(payload.kind, payload.output_bytes, state)
    }

    /// Moves an output to the submitter.
    pub(super) fn give_back(&self, task: u32, output: Data) {
        // The receiver lives as long as the sender.
        let _ = self.send.send((task, output));
    }

    /// Waits for the next output and its task; `None` never happens while the tasks have a way back.
    pub(super) fn next_output(&self) -> Option<(u32, Data)> {
        self.receive.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn data_survives_a_pipe_and_has_the_size_that_was_asked_for(
            bytes in 0..20_000_u64, word in any::<u64>(), list in any::<bool>()
        ) {
            let kind = if list { PayloadKind::List } else { PayloadKind::Bytes };
            let data = Data::make(kind, bytes, word);
            let mut pipe = Vec::new();
            data.write_to(&mut pipe).expect("memory");
            let length = if list { bytes / 8 * 8 } else { bytes };
            prop_assert_eq!(pipe.len() as u64, length);
            let mut input = pipe.as_slice();
            let read = Data::read_from(kind, bytes, &mut input).expect("all of it");
            prop_assert!(input.is_empty());
            prop_assert_eq!(read.read(), data.read());
            prop_assert_eq!(read, data);
            if let Some(short) = pipe.len().checked_sub(1) {
                prop_assert!(Data::read_from(kind, bytes, &mut &pipe[..short]).is_err(), "a byte lacks");
            }
        }

        #[test]
        fn a_byte_that_is_another_or_lacks_changes_what_is_read(
            bytes in 1..10_000_usize, at in any::<prop::sample::Index>(), bits in 1..=255_u8, word in any::<u64>()
        ) {
            let Data::Bytes(whole) = Data::make(PayloadKind::Bytes, bytes as u64, word) else { panic!("bytes") };
            let read = Data::Bytes(whole.clone()).read();
            let mut other = whole.clone();
            other[at.index(bytes)] ^= bits;
            prop_assert_ne!(Data::Bytes(other).read(), read);
            let mut short = whole;
            short.remove(at.index(bytes));
            prop_assert_ne!(Data::Bytes(short).read(), read);
        }

        #[test]
        fn a_number_that_is_another_or_lacks_changes_what_is_read(
            count in 1..1_000_usize, at in any::<prop::sample::Index>(), bits in 1..i64::MAX, word in any::<u64>()
        ) {
            let Data::List(whole) = Data::make(PayloadKind::List, count as u64 * 8, word) else { panic!("a list") };
            let read = Data::List(whole.clone()).read();
            let mut other = whole.clone();
            other[at.index(count)] ^= bits;
            prop_assert_ne!(Data::List(other).read(), read);
            let mut short = whole;
            short.remove(at.index(count));
            prop_assert_ne!(Data::List(short).read(), read);
        }
    }

    #[test]
    fn different_tasks_have_different_inputs() {
        let payloads = Payloads::prepare(Payload { input_bytes: 100, output_bytes: 8, kind: PayloadKind::Bytes }, 3);
        assert_ne!(payloads.input(0), payloads.input(1));
        assert_eq!(payloads.input(3), payloads.input(0));
        assert_eq!(Payloads::output(payloads.payload, 5), Data::Bytes(5_u64.to_le_bytes().to_vec()));
    }
}
