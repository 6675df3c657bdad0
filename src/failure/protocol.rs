//! Violations of the protocol between the lab and its child processes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::shown_path::ShownPath;
use crate::units;

/// Violation of the protocol by a child process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum ProtocolFailure {
    /// It sent spans and no report.
    NoReport,
    /// It sent an unexpected message.
    Unexpected,
    /// Its message can't be decoded.
    Unreadable {
        /// Error of the decoder.
        detail: String,
    },
    /// Its report has a figure that can't have been measured.
    Impossible {
        /// Name of the figure.
        figure: String,
    },
    /// The process belongs to another version of the lab.
    OtherVersion {
        /// Version of its lab.
        lab_version: String,
        /// Version of its protocol.
        protocol: u32,
        /// Version of this lab's protocol.
        own_protocol: u32,
    },
    /// The executable is not the lab.
    NotARunner {
        /// The executable.
        program: ShownPath,
    },
    /// It sent no greeting.
    NoHello {
        /// Time limit, seconds.
        seconds: u64,
    },
    /// It did not read its request.
    RequestNotRead {
        /// Time limit, seconds.
        seconds: f64,
    },
    /// The calibration took too long.
    CalibrationTooLong {
        /// Time limit, seconds.
        seconds: u64,
    },
    /// The calibration has no entry for the kernel.
    KernelMissing,
    /// A request lacks something that the work needs.
    Incomplete {
        /// The missing part.
        missing: MissingPart,
    },
}

/// A part of a trial's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingPart {
    /// The private folder of the trial.
    Folder,
    /// The address of the HTTP server.
    Server,
    /// The interpreter of a Python model.
    Interpreter,
    /// The pipes of a child process.
    Pipes,
    /// A live feeder thread of the process pool.
    Feeder,
    /// A lock that works across processes.
    SharedCondvar,
    /// The code of a step.
    Code,
}

impl fmt::Display for ProtocolFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReport => f.write_str("the runner sent spans without a report"),
            Self::Unexpected => f.write_str("the runner sent an unexpected message"),
            Self::Unreadable { detail } => write!(f, "the runner's message can't be decoded: {detail}"),
            Self::Impossible { figure } => {
                write!(f, "the runner reported a value of {figure} that can't have been measured")
            }
            Self::OtherVersion { lab_version, protocol, own_protocol } => write!(
                f,
                "the runner is of version {lab_version} (protocol {protocol}), this is {} (protocol {own_protocol}): \
                 the program was replaced while it ran; start it again",
                env!("CARGO_PKG_VERSION")
            ),
            Self::NotARunner { program } => write!(f, "{} is not a runner of the lab", program),
            Self::NoHello { seconds } => write!(f, "the runner sent no greeting within {seconds} s"),
            Self::RequestNotRead { seconds } => write!(
                f,
                "the runner did not read its request within {} s: it was stopped, or the system is out of memory",
                units::significant(*seconds, 3)
            ),
            Self::CalibrationTooLong { seconds } => write!(f, "calibration took more than {seconds} s"),
            Self::KernelMissing => f.write_str("the calibration has no entry for it"),
            Self::Incomplete { missing } => f.write_str(match missing {
                MissingPart::Folder => "the lab gave the runner no folder for its files and locks",
                MissingPart::Server => "the trial's HTTP server is not known",
                MissingPart::Interpreter => "a Python model was requested without an interpreter",
                MissingPart::Pipes => "a child process was started without pipes",
                MissingPart::Feeder => "a feeder thread of the process pool has ended",
                MissingPart::Code => "the runner got no code for a step that runs some",
                MissingPart::SharedCondvar => "a condition variable can't be shared between processes",
            }),
        }
    }
}
