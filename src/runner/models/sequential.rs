//! `sequential`: all tasks one after the other on the calling thread.

use super::model::Model;
use crate::failure::Failure;
use crate::runner::{run_task, task_recorder::TaskRecorder};

pub(super) struct Sequential;

impl Model for Sequential {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        for task in 0..recorder.tasks() {
            match recorder.payloads {
                None => run_task::blocking(recorder, task, 0),
                Some(payloads) => recorder.take_output(task, &run_task::returning(recorder, payloads, task, 0)),
            }
        }
        Ok(())
    }
}
