//! `sequential`: one after the other on the calling thread.

use super::Model;
use crate::failure::Failure;
use crate::runner::{job::Job, perform};

pub(super) struct Sequential;

impl Model for Sequential {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        for task in 0..job.tasks() {
            perform::blocking(job, task, 0);
        }
        Ok(())
    }
}
