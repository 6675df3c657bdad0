//! `processes`: one OS process per task, all started at once. Each appends its record to one
//! nameless file and exits; the runner reaps them all. A file, not a pipe: nobody has to be woken to
//! make room in it while the clock runs.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Model, TELL_EVERY};
use crate::process_tree::{Children, describe};
use crate::protocol::{Failure, Surroundings, TASK_ARGUMENT, TASK_VARIABLE};
use crate::runner::drive::Ended;
use crate::runner::job::Job;
use crate::runner::task_process::{RECORD_BYTES, TaskRecord, encode_plan};
use crate::trial::Usage;
use crate::usage;

pub(super) struct Processes {
    program: PathBuf,
    peak_bytes: Option<u64>,
    records: File,
    /// What tasks say on stderr: the reason where one fails.
    said: File,
    surroundings: Surroundings,
}

impl Processes {
    pub(super) fn build(surroundings: Surroundings) -> Result<Self, Failure> {
        let program = env::current_exe()
            .map_err(|error| Failure::new(format!("the runner can't find its own executable: {error}")))?;
        let file = || tempfile::tempfile().map_err(no_file);
        Ok(Self { program, peak_bytes: Some(0), records: file()?, said: file()?, surroundings })
    }

    /// Files all records into the job's, and empties the file for another pass.
    fn read_records(&mut self, job: &'static Job) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.records.rewind()?;
        self.records.read_to_end(&mut bytes)?;
        for record in bytes.as_chunks::<RECORD_BYTES>().0 {
            TaskRecord::from_bytes(record).file(job);
        }
        self.records.set_len(0)?;
        self.records.rewind()
    }

    /// Reaps the next process; one that failed is the trial's failure.
    fn reap(&mut self, children: &mut Children) -> Result<bool, Failure> {
        let reaped =
            children.reap_any().map_err(|error| Failure::new(format!("waiting for a process failed: {error}")))?;
        let Some(reaped) = reaped else { return Ok(false) };
        if !reaped.status.success() {
            let mut said = String::new();
            // Without its words the status has to do.
            let _ = self.said.rewind().and_then(|()| self.said.read_to_string(&mut said));
            let first = said.lines().next().map_or_else(String::new, |line| format!(". It said: {line}"));
            return Err(Failure::new(format!("the process of a task ended with {}{first}", describe(reaped.status))));
        }
        self.peak_bytes = self.peak_bytes.zip(reaped.peak_memory_bytes).map(|(sum, peak)| sum + peak);
        Ok(true)
    }
}

impl Model for Processes {
    fn pass(&mut self, job: &'static Job) -> Result<(), Failure> {
        self.peak_bytes = Some(0);
        let mut children = Children::default();
        let mut alive = 0;
        for task in 0..job.tasks() {
            while job.in_flight.is_some_and(|most| alive >= most) {
                self.reap(&mut children)?;
                alive -= 1;
            }
            let output = self.records.try_clone().map_err(no_file)?;
            let said = self.said.try_clone().map_err(no_file)?;
            let mut command = Command::new(&self.program);
            command.arg(TASK_ARGUMENT).env(TASK_VARIABLE, encode_plan(job.plan, job.ticks, task, &self.surroundings));
            command.stdout(Stdio::from(output)).stderr(Stdio::from(said));
            job.submit(task);
            if let Err(error) = children.spawn(&mut command) {
                return Err(Failure::at_limit(alive, "processes", &error));
            }
            alive += 1;
            if alive % TELL_EVERY == 0 {
                job.tell_reached(alive);
            }
        }
        while self.reap(&mut children)? {}
        Ok(())
    }

    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        Ok(Some(usage::of_reaped_children()))
    }

    fn collect(&mut self, job: &'static Job) -> Result<(), Failure> {
        self.read_records(job).map_err(no_file)
    }

    fn teardown(self: Box<Self>) -> Result<Ended, Failure> {
        Ok(Ended { workers_peak_bytes: Some(self.peak_bytes) })
    }
}

fn no_file(error: io::Error) -> Failure {
    Failure::new(format!("the temporary file for the tasks' records failed: {error}"))
}
