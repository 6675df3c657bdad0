//! The child: executes exactly one trial in a fresh process, records one span per task, and
//! reports over its stdout. It never calibrates on its own account and never draws random numbers.

mod drive;
mod job;
mod models;
mod perform;
mod raw_stdout;
mod task_process;
mod worker;

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::sync::Mutex;
use std::thread;

pub use task_process::{run_no_op, run_task};
pub use worker::run_worker;

use crate::process_tree;
use crate::protocol::{self, Failure, Hello, Order, Reply};
use crate::workload::calibration::calibrate;

/// The runner's voice: frames on stdout, from any thread.
#[derive(Debug)]
pub struct Voice(Mutex<File>);

impl Voice {
    fn open() -> io::Result<Self> {
        raw_stdout::open().map(|stdout| Self(Mutex::new(stdout)))
    }

    /// Sends a reply. A closed pipe means that the lab is gone: the tree ends.
    pub fn say(&self, reply: &Reply) {
        let mut out = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut *out);
        if reply.write(&mut buffered).and_then(|()| buffered.flush()).is_err() {
            process_tree::end_own_tree();
        }
    }
}

/// The hidden runner subcommand: one order from stdin, replies on stdout. Returns the exit code.
#[must_use]
pub fn run() -> u8 {
    process_tree::adopt_orphans();
    // Without a stdout there is nobody to tell.
    let Ok(voice) = Voice::open() else { return 1 };
    let voice: &'static Voice = Box::leak(Box::new(voice));
    voice.say(&Reply::Hello(Hello { protocol: protocol::VERSION, lab_version: env!("CARGO_PKG_VERSION").to_owned() }));
    let order = match protocol::read_order(&mut io::stdin().lock()) {
        Ok(order) => order,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return 0,
        Err(error) => {
            voice.say(&Reply::Failed(Failure::new(format!("the runner did not understand its order: {error}"))));
            return 1;
        }
    };
    if let Err(error) = end_when_stdin_closes() {
        voice.say(&Reply::Failed(Failure::new(format!(
            "the runner could not start the thread that watches the lab: {error}"
        ))));
        return 1;
    }
    match order {
        Order::Calibrate(kernels) => {
            voice.say(&Reply::Calibrated(kernels.into_iter().map(calibrate).collect()));
            0
        }
        Order::Trial(order) => match drive::trial(voice, order) {
            Ok(()) => 0,
            Err(failure) => {
                voice.say(&Reply::Failed(failure));
                1
            }
        },
    }
}

/// Nothing more is sent after the order: the next thing on stdin is its end, when the lab is done
/// with this runner or is no more.
fn end_when_stdin_closes() -> io::Result<()> {
    thread::Builder::new().name("stdin-watch".into()).spawn(|| {
        let mut rest = [0_u8; 64];
        while io::stdin().lock().read(&mut rest).is_ok_and(|count| count > 0) {}
        process_tree::end_own_tree();
    })?;
    Ok(())
}
