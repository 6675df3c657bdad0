//! The child: executes exactly one trial in a fresh process, records one span per task, and
//! reports over its stdout. It never calibrates on its own account and never draws random numbers.

mod execute_trial;
mod heartbeat;
mod models;
mod python;
mod raw_stdout;
mod reply_writer;
mod resources;
mod run_task;
mod server;
mod stamps;
mod stdin_watch;
mod task_process;
mod task_recorder;
mod worker;

use std::io;

pub use python::run_guard;
pub use server::run_server;
pub use task_process::{run_no_op, run_task};
pub use worker::run_worker;

use self::reply_writer::ReplyWriter;
use self::stdin_watch::end_when_stdin_closes;
use crate::failure::{Action, Failure};
use crate::process_tree;
use crate::protocol::{self, Hello, Reply, RunnerRequest};
use crate::workload::calibration::calibrate;

/// The hidden runner subcommand: one order from stdin, replies on stdout. Returns the exit code.
#[must_use]
pub fn run() -> u8 {
    process_tree::adopt_orphans();
    process_tree::allow_many_open_files();
    // Without a stdout there is nobody to tell.
    let Ok(replies) = ReplyWriter::open() else { return 1 };
    let replies: &'static ReplyWriter = Box::leak(Box::new(replies));
    replies
        .send(&Reply::Hello(Hello { protocol: protocol::VERSION, lab_version: env!("CARGO_PKG_VERSION").to_owned() }));
    let order = match protocol::read_request(&mut io::stdin().lock()) {
        Ok(order) => order,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return 0,
        Err(error) => {
            replies.send(&Reply::Failed(Failure::system(Action::ReadRequest, &error)));
            return 1;
        }
    };
    let folder = match &order {
        RunnerRequest::Trial(trial) => trial.environment.folder.clone(),
        RunnerRequest::Calibrate { .. } => None,
    };
    if let Err(error) = end_when_stdin_closes(replies, folder.as_deref()) {
        replies.send(&Reply::Failed(Failure::system(Action::WatchLab, &error)));
        return 1;
    }
    match order {
        RunnerRequest::Calibrate { kernels, python: None } => {
            replies.send(&Reply::Calibrated(kernels.into_iter().map(calibrate).collect()));
            0
        }
        RunnerRequest::Calibrate { kernels, python: Some(place) } => match python::calibrate(&place, &kernels) {
            Ok(list) => {
                replies.send(&Reply::Calibrated(list));
                0
            }
            Err(failure) => give_up(replies, failure),
        },
        RunnerRequest::Trial(mut order) => {
            let done = match order.python.take() {
                Some(python) => python::trial(replies, order, &python),
                None => execute_trial::trial(replies, order),
            };
            done.map_or_else(|failure| give_up(replies, failure), |()| 0)
        }
    }
}

fn give_up(replies: &ReplyWriter, failure: Failure) -> u8 {
    replies.send(&Reply::Failed(failure));
    1
}
