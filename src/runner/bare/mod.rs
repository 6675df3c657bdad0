//! The bare programs of the self-check: hidden subcommands that do by hand what the lab does, without the lab. They
//! record nothing, share no code with the models, and end by themselves after a fixed amount of work.

mod clocks;
mod models;
mod processes;
mod python;
mod task;

use std::ffi::OsStr;
use std::io::{self, Write as _};

use crate::protocol::{BareReply, BareRequest};

/// Runs the bare program that a request names and writes its reply to stdout. Returns the exit code.
#[must_use]
pub fn run_bare(request: Option<&OsStr>) -> u8 {
    let request = request.and_then(OsStr::to_str).and_then(|request| serde_json::from_str(request).ok());
    let Some(request) = request else { return 2 };
    match run(request).and_then(|reply| reply.map_or(Ok(()), |reply| write(&reply))) {
        Ok(()) => 0,
        Err(error) => {
            // Without a stderr there is nobody to write to.
            let _ = writeln!(io::stderr(), "{error}");
            1
        }
    }
}

/// Runs a bare program; a worker has no reply of its own, and a script writes it itself.
fn run(request: BareRequest) -> io::Result<Option<BareReply>> {
    Ok(Some(match request {
        BareRequest::Model { model, tasks, units, workers } => {
            BareReply::Wall { nanos: models::run(model, tasks, units, workers as usize)? }
        }
        BareRequest::Worker { units } => {
            processes::worker(units)?;
            return Ok(None);
        }
        BareRequest::Python { interpreter, script, model, tasks, units, workers } => {
            python::run(&interpreter, &script, model, [tasks.into(), units, workers.into()])?;
            return Ok(None);
        }
        BareRequest::Clock => BareReply::Clock(clocks::readings()),
        BareRequest::Stamps { per_task } => BareReply::Stamps { nanos_per_task: clocks::stamps(per_task) },
    }))
}

fn write(reply: &BareReply) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, reply)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
