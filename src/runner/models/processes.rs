//! `processes`: one OS process per task, all started at once. Each writes its record into one
//! shared pipe and exits; the runner reaps them all.

use std::env;
use std::io::{self, PipeReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use super::{Model, TELL_EVERY};
use crate::process_tree::{Children, describe};
use crate::protocol::{Failure, TASK_ARGUMENT};
use crate::runner::drive::Ended;
use crate::runner::job::Job;
use crate::runner::task_process::{RECORD_BYTES, TaskRecord, encode_plan};
use crate::trial::Usage;
use crate::usage;

pub(super) struct Processes {
    program: PathBuf,
    peak_bytes: Option<u64>,
    records: Vec<TaskRecord>,
}

impl Processes {
    pub(super) fn build(job: &'static Job) -> Result<Self, Failure> {
        let program = env::current_exe()
            .map_err(|error| Failure::new(format!("the runner can't find its own executable: {error}")))?;
        let records = Vec::with_capacity(job.tasks() as usize);
        Ok(Self { program, peak_bytes: Some(0), records })
    }

    /// Reaps the next process; one that failed is the trial's failure.
    fn reap(&mut self, children: &mut Children) -> Result<bool, Failure> {
        let reaped =
            children.reap_any().map_err(|error| Failure::new(format!("waiting for a process failed: {error}")))?;
        let Some(reaped) = reaped else { return Ok(false) };
        if !reaped.status.success() {
            return Err(Failure::new(format!("the process of a task ended with {}", describe(reaped.status))));
        }
        self.peak_bytes = self.peak_bytes.zip(reaped.peak_memory_bytes).map(|(sum, peak)| sum + peak);
        Ok(true)
    }
}

impl Model for Processes {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        let pipe = |error: io::Error| Failure::new(format!("the pipe for the tasks' records failed: {error}"));
        let (reader, writer) = io::pipe().map_err(pipe)?;
        let records = std::mem::take(&mut self.records);
        // Drains the pipe while tasks run, so that none waits for room in it.
        let drain = thread::Builder::new()
            .name("records".into())
            .spawn(move || drain(reader, records))
            .map_err(|error| Failure::new(format!("the thread that reads the records could not start: {error}")))?;
        self.peak_bytes = Some(0);
        let mut children = Children::default();
        let mut alive = 0;
        for task in 0..job.tasks() {
            while job.in_flight.is_some_and(|most| alive >= most) {
                self.reap(&mut children)?;
                alive -= 1;
            }
            let output = writer.try_clone().map_err(pipe)?;
            let mut command = Command::new(&self.program);
            command.arg(TASK_ARGUMENT).arg(encode_plan(job.plan, job.ticks, task)).stdout(Stdio::from(output));
            job.submit(task);
            if let Err(error) = children.spawn(&mut command) {
                return Err(Failure::new(format!(
                    "the system allows about {alive} processes here: starting one more failed with an error ({error})"
                )));
            }
            alive += 1;
            if alive % TELL_EVERY == 0 {
                job.tell_reached(alive);
            }
        }
        drop(writer);
        while self.reap(&mut children)? {}
        self.records = match drain.join() {
            Ok(records) => records.map_err(pipe)?,
            Err(_) => return Err(Failure::new("the thread that reads the tasks' records panicked")),
        };
        Ok(())
    }

    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        Ok(Some(usage::of_reaped_children()))
    }

    fn collect(&mut self, job: &'static Job) -> Result<(), Failure> {
        for record in self.records.drain(..) {
            record.file(job);
        }
        Ok(())
    }

    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        Ok(Ended { workers_peak_bytes: Some(self.peak_bytes) })
    }
}

fn drain(mut reader: PipeReader, mut records: Vec<TaskRecord>) -> io::Result<Vec<TaskRecord>> {
    let mut buffer = vec![0_u8; RECORD_BYTES * 512];
    let mut filled = 0;
    loop {
        let count = reader.read(&mut buffer[filled..])?;
        if count == 0 {
            return Ok(records);
        }
        filled += count;
        let (whole, _) = buffer[..filled].as_chunks::<RECORD_BYTES>();
        records.extend(whole.iter().map(TaskRecord::from_bytes));
        let used = whole.len() * RECORD_BYTES;
        buffer.copy_within(used..filled, 0);
        filled -= used;
    }
}
