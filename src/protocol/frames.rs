//! Frames on the pipes: length, kind, payload. Control messages are JSON (`json`), amounts and spans (`spans`)
//! little-endian binary.

use std::io::{self, Read, Write};

use serde::Serialize;

use super::json::{from_json, invalid};
use super::spans::{spans_from_bytes, spans_to_bytes, u64s};
use super::{Reply, RunnerRequest};
use crate::failure::Failure;
use crate::workload::{Amounts, Plan};

/// Longest frame: amounts of 1,000,000 tasks of 8 steps, or their spans, with room to spare.
const LONGEST_FRAME: u64 = 1 << 29;

const REQUEST: u8 = 1;
const AMOUNTS: u8 = 2;
const HELLO: u8 = 10;
const CLOCK_STARTED: u8 = 11;
const PROGRESS: u8 = 12;
const REACHED: u8 = 13;
const CLOCK_STOPPED: u8 = 14;
const REPORT: u8 = 15;
const SPANS: u8 = 16;
const CALIBRATED: u8 = 17;
const FAILED: u8 = 18;
const LOCKS: u8 = 19;

fn write_frame(out: &mut impl Write, kind: u8, payload: &[u8]) -> io::Result<()> {
    // One write for head and small payloads, so that no reader sees half a message for long.
    let mut frame = Vec::with_capacity(9 + payload.len());
    frame.extend((payload.len() as u64).to_le_bytes());
    frame.push(kind);
    frame.extend(payload);
    out.write_all(&frame)?;
    out.flush()
}

fn read_frame(input: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0_u8; 9];
    input.read_exact(&mut head)?;
    let mut length = [0_u8; 8];
    length.copy_from_slice(&head[..8]);
    let length = u64::from_le_bytes(length);
    if length > LONGEST_FRAME {
        return Err(invalid(format!("a frame of {length} bytes: not the lab's protocol")));
    }
    let mut payload = vec![0; length as usize];
    input.read_exact(&mut payload)?;
    Ok((head[8], payload))
}

fn write_json(out: &mut impl Write, kind: u8, message: &impl Serialize) -> io::Result<()> {
    write_frame(out, kind, &serde_json::to_vec(message)?)
}

/// Reads a failure that a worker process reported.
///
/// # Errors
/// Returns [`io::ErrorKind::InvalidData`] for anything but a failure.
pub fn failure_from_json(payload: &[u8]) -> io::Result<Failure> {
    from_json(payload)
}

/// Sends a request with its amounts.
///
/// # Errors
/// Returns the error of the pipe.
pub fn write_request(out: &mut impl Write, request: &RunnerRequest) -> io::Result<()> {
    write_json(out, REQUEST, request)?;
    if let RunnerRequest::Trial(trial) = request {
        write_amounts(out, &trial.plan.amounts)?;
    }
    Ok(())
}

/// Receives a request with its amounts.
///
/// # Errors
/// Returns the error of the pipe, or [`io::ErrorKind::InvalidData`] for anything but a request.
pub fn read_request(input: &mut impl Read) -> io::Result<RunnerRequest> {
    let (kind, payload) = read_frame(input)?;
    if kind != REQUEST {
        return Err(invalid(format!("frame kind {kind} where a request was expected")));
    }
    let mut request: RunnerRequest = from_json(&payload)?;
    if let RunnerRequest::Trial(trial) = &mut request {
        trial.plan.amounts = read_amounts(input, &trial.plan)?;
    }
    Ok(request)
}

fn write_amounts(out: &mut impl Write, amounts: &Amounts) -> io::Result<()> {
    let (tag, values) = match amounts {
        Amounts::Same(row) => (0, row),
        Amounts::PerTask(rows) => (1, rows),
    };
    let mut payload = Vec::with_capacity(1 + values.len() * 8);
    payload.push(tag);
    for value in values {
        payload.extend(value.to_le_bytes());
    }
    write_frame(out, AMOUNTS, &payload)
}

fn read_amounts(input: &mut impl Read, plan: &Plan) -> io::Result<Amounts> {
    let (kind, payload) = read_frame(input)?;
    let Some((tag, values)) = payload.split_first().filter(|_| kind == AMOUNTS) else {
        return Err(invalid("amounts were expected"));
    };
    let values = u64s(values)?;
    let (amounts, expected) = match tag {
        0 => (Amounts::Same(values), plan.steps.len()),
        _ => (Amounts::PerTask(values), plan.steps.len() * plan.rows() as usize),
    };
    let (Amounts::Same(values) | Amounts::PerTask(values)) = &amounts;
    if values.len() == expected {
        Ok(amounts)
    } else {
        Err(invalid(format!("{} amounts where {expected} were expected", values.len())))
    }
}

impl Reply {
    /// Sends the reply in one write.
    ///
    /// # Errors
    /// Returns the error of the pipe.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Hello(hello) => write_json(out, HELLO, hello),
            Self::ClockStarted => write_frame(out, CLOCK_STARTED, &[]),
            Self::Progress { done } => write_frame(out, PROGRESS, &done.to_le_bytes()),
            Self::Reached { alive } => write_frame(out, REACHED, &alive.to_le_bytes()),
            Self::ClockStopped => write_frame(out, CLOCK_STOPPED, &[]),
            Self::Report(report) => write_json(out, REPORT, report),
            Self::Spans(spans) => write_frame(out, SPANS, &spans_to_bytes(spans)?),
            Self::Calibrated(list) => write_json(out, CALIBRATED, list),
            Self::Locks(graph) => write_json(out, LOCKS, graph),
            Self::Failed(failure) => write_json(out, FAILED, failure),
        }
    }

    /// Receives a reply.
    ///
    /// # Errors
    /// Returns the error of the pipe, or [`io::ErrorKind::InvalidData`] for anything but a reply.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let (kind, payload) = read_frame(input)?;
        let number = || -> io::Result<u32> {
            payload
                .as_slice()
                .try_into()
                .map(u32::from_le_bytes)
                .map_err(|_| invalid("a number of four bytes was expected"))
        };
        Ok(match kind {
            HELLO => Self::Hello(from_json(&payload)?),
            CLOCK_STARTED => Self::ClockStarted,
            PROGRESS => Self::Progress { done: number()? },
            REACHED => Self::Reached { alive: number()? },
            CLOCK_STOPPED => Self::ClockStopped,
            REPORT => Self::Report(from_json(&payload)?),
            SPANS => Self::Spans(Box::new(spans_from_bytes(&payload)?)),
            CALIBRATED => Self::Calibrated(from_json(&payload)?),
            LOCKS => Self::Locks(from_json(&payload)?),
            FAILED => Self::Failed(from_json(&payload)?),
            _ => return Err(invalid(format!("unknown frame kind {kind}"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::ModelId;
    use crate::protocol::{TrialEnvironment, TrialRequest, TrialSettings};
    use crate::workload::{Kernel, Payload, PayloadKind, PlanStep};

    proptest! {
        #[test]
        fn noise_is_an_error_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reply::read(&mut noise.as_slice());
            let _ = read_request(&mut noise.as_slice());
        }

        #[test]
        fn amounts_survive_the_wire(all in proptest::collection::vec(any::<u64>(), 6), same in any::<bool>()) {
            let plan = Plan {
                tasks: 3,
                seed: 1,
                steps: vec![PlanStep::Compute(Kernel::Sha256), PlanStep::Wait],
                amounts: if same { Amounts::Same(all[..2].to_vec()) } else { Amounts::PerTask(all) },
                classes: Box::default(),
                payload: same.then_some(Payload { input_bytes: 7, output_bytes: 9, kind: PayloadKind::List }),
            };
            let settings = Box::new(TrialSettings { chunk: Some(8), cpus: Some(vec![0, 3]), ..TrialSettings::default() });
            let request = RunnerRequest::Trial(TrialRequest { model: ModelId::Rayon, plan, workers: 2, in_flight: None, repeat_ms: Some(1000), ticker: true, environment: TrialEnvironment::default(), python: None, settings, awaits: Default::default() });
            let mut wire = Vec::new();
            write_request(&mut wire, &request).expect("memory");
            prop_assert_eq!(read_request(&mut wire.as_slice()).expect("own writing"), request);
        }
    }

    #[test]
    fn amounts_that_do_not_fit_the_plan_are_refused() {
        let plan = Plan {
            tasks: 2,
            seed: 1,
            steps: vec![PlanStep::Wait],
            amounts: Amounts::PerTask(vec![1]),
            classes: Box::default(),
            payload: None,
        };
        let request = RunnerRequest::Trial(TrialRequest {
            model: ModelId::Async,
            plan,
            workers: 1,
            in_flight: None,
            repeat_ms: None,
            ticker: true,
            environment: TrialEnvironment::default(),
            python: None,
            settings: Box::default(),
            awaits: Default::default(),
        });
        let mut wire = Vec::new();
        write_request(&mut wire, &request).expect("memory");
        let error = read_request(&mut wire.as_slice()).expect_err("one amount for two tasks");
        assert!(error.to_string().contains("1 amounts where 2 were expected"), "{error}");
    }
}
