//! The runner, a child process of the lab: executes exactly one trial in a fresh process, records one span per task,
//! and reports over its stdout. Never decides what to measure: plan, workers and random numbers come with the request.
//!
//! Entry points: [`run`] reads the request, then `execute_trial::trial` (native models) or `python::trial`;
//! `models::build` makes the model, `Model::pass` runs the work inside the clock, `run_task` runs one task,
//! `task_recorder` holds its record.

mod bare;
mod execute_trial;
mod heartbeat;
mod models;
mod payload;
mod python;
mod raw_stdout;
mod repeats;
mod repetition;
mod reply_writer;
mod resources;
mod run_task;
mod server;
mod stamps;
mod stdin_watch;
mod task_process;
mod task_recorder;
mod trial_clock;
mod worker;

use std::io;

pub use bare::run_bare;
pub use python::{read_answer, run_guard};
pub use server::run_server;
pub use task_process::{run_no_op, run_task};
pub use worker::run_worker;

use self::reply_writer::ReplyWriter;
use self::stdin_watch::end_when_stdin_closes;
use crate::failure::{Action, Failure};
use crate::process_tree;
use crate::protocol::{self, Hello, Reply, RunnerRequest};
use crate::workload::calibration::calibrate;

/// Runs the hidden runner subcommand: one request from stdin, replies on stdout. Returns the exit code.
#[must_use]
pub fn run() -> u8 {
    process_tree::adopt_orphans();
    process_tree::allow_many_open_files();
    // Without a stdout no reply can be sent.
    let Ok(replies) = ReplyWriter::open() else { return 1 };
    let replies: &'static ReplyWriter = Box::leak(Box::new(replies));
    replies
        .send(&Reply::Hello(Hello { protocol: protocol::VERSION, lab_version: env!("CARGO_PKG_VERSION").to_owned() }));
    let request = match protocol::read_request(&mut io::stdin().lock()) {
        Ok(request) => request,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return 0,
        Err(error) => {
            replies.send(&Reply::Failed(Failure::system(Action::ReadRequest, &error)));
            return 1;
        }
    };
    let folder = match &request {
        RunnerRequest::Trial(trial) => trial.environment.folder.clone(),
        RunnerRequest::Calibrate { .. } => None,
    };
    if let Err(error) = end_when_stdin_closes(Some(replies), folder.as_deref()) {
        replies.send(&Reply::Failed(Failure::system(Action::WatchLab, &error)));
        return 1;
    }
    match request {
        RunnerRequest::Calibrate { kernels, python: None } => {
            replies.send(&Reply::Calibrated(kernels.into_iter().map(calibrate).collect()));
            0
        }
        RunnerRequest::Calibrate { kernels, python: Some(location) } => match python::calibrate(&location, &kernels) {
            Ok(list) => {
                replies.send(&Reply::Calibrated(list));
                0
            }
            Err(failure) => give_up(replies, failure),
        },
        RunnerRequest::Trial(mut request) => {
            let result = match request.python.take() {
                Some(python) => python::trial(replies, request, &python),
                None => execute_trial::trial(replies, request),
            };
            result.map_or_else(|failure| give_up(replies, failure), |()| 0)
        }
    }
}

fn give_up(replies: &ReplyWriter, failure: Failure) -> u8 {
    replies.send(&Reply::Failed(failure));
    1
}
