//! `processes`: one OS process per task, all started at once. Each appends its record to one unnamed temporary file and
//! exits; the runner reaps them all. A file, not a pipe: a pipe would need a reader that is woken while the clock runs.

use std::env;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeWriter, Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::model::{Model, REPORT_ALIVE_EVERY, Teardown};
use crate::failure::{Action, Failure, LimitedUnit};
use crate::private_files;
use crate::process_tree::Children;
use crate::protocol::{TASK_ARGUMENT, TASK_VARIABLE, TrialEnvironment};
use crate::runner::task_process::{RECORD_BYTES, TaskRecord, encode_plan};
use crate::runner::task_recorder::TaskRecorder;
use crate::trial::Usage;
use crate::usage;

/// Time within which the stderr of a task that has ended arrives.
const STDERR_ARRIVES_WITHIN: Duration = Duration::from_millis(500);
/// Lines of the tasks' stderr that are kept.
const STDERR_LINES_KEPT: usize = 16;
/// Bytes of one line that are kept.
const LONGEST_LINE: u64 = 4096;

pub(super) struct Processes {
    program: PathBuf,
    peak_bytes: Option<u64>,
    records: File,
    /// Write end of the pipe that tasks have as stderr.
    stderr: PipeWriter,
    /// First lines from that pipe: the reason if a task fails.
    stderr_lines: Receiver<String>,
    environment: TrialEnvironment,
}

impl Processes {
    pub(super) fn build(environment: TrialEnvironment) -> Result<Self, Failure> {
        let program = env::current_exe().map_err(|error| Failure::system(Action::FindExecutable, &error))?;
        let records = tempfile::tempfile_in(private_files::temporary_folder()).map_err(no_file)?;
        let (stderr, stderr_lines) = listen().map_err(|error| Failure::system(Action::ListenToTasks, &error))?;
        Ok(Self { program, peak_bytes: Some(0), records, stderr, stderr_lines, environment })
    }

    /// Copies all records into the recorder, and empties the file for another pass.
    fn read_records(&mut self, recorder: &'static TaskRecorder) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.records.rewind()?;
        self.records.read_to_end(&mut bytes)?;
        for record in bytes.as_chunks::<RECORD_BYTES>().0 {
            TaskRecord::from_bytes(record).copy_to(recorder);
        }
        self.records.set_len(0)?;
        self.records.rewind()
    }

    /// Reaps the next process; returns false if none is left. A process that failed fails the trial.
    fn reap(&mut self, children: &mut Children) -> Result<bool, Failure> {
        let reaped = children.reap_any().map_err(|error| Failure::system(Action::WaitForProcess, &error))?;
        let Some(reaped) = reaped else { return Ok(false) };
        if !reaped.status.success() {
            let first_words = self.stderr_lines.recv_timeout(STDERR_ARRIVES_WITHIN).ok();
            return Err(Failure::TaskProcessExited { exit: reaped.status.into(), first_words });
        }
        self.peak_bytes = self.peak_bytes.zip(reaped.peak_memory_bytes).map(|(sum, peak)| sum + peak);
        Ok(true)
    }
}

impl Model for Processes {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        self.peak_bytes = Some(0);
        let mut children = Children::default();
        let mut alive = 0;
        for task in 0..recorder.tasks() {
            while recorder.in_flight.is_some_and(|limit| alive >= limit) {
                self.reap(&mut children)?;
                alive -= 1;
            }
            let output = self.records.try_clone().map_err(no_file)?;
            let stderr = self.stderr.try_clone().map_err(no_file)?;
            let mut command = Command::new(&self.program);
            command
                .arg(TASK_ARGUMENT)
                .env(TASK_VARIABLE, encode_plan(recorder.plan, recorder.stamp_clock, task, &self.environment));
            command.stdout(Stdio::from(output)).stderr(Stdio::from(stderr));
            recorder.submit(task);
            if let Err(error) = children.spawn(&mut command) {
                return Err(Failure::limit(alive, LimitedUnit::Processes, &error));
            }
            alive += 1;
            if alive % REPORT_ALIVE_EVERY == 0 {
                recorder.report_alive(alive);
            }
        }
        while self.reap(&mut children)? {}
        Ok(())
    }

    fn workers_usage(&mut self) -> Result<Option<Usage>, Failure> {
        Ok(Some(usage::of_reaped_children()))
    }

    fn collect(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        self.read_records(recorder).map_err(no_file)
    }

    fn teardown(self: Box<Self>) -> Result<Teardown, Failure> {
        Ok(Teardown { workers_peak_bytes: Some(self.peak_bytes) })
    }
}

fn no_file(error: io::Error) -> Failure {
    Failure::system(Action::TaskRecords { folder: private_files::temporary_folder().into() }, &error)
}

/// Creates a pipe for the stderr of all tasks and a thread that reads its lines. Not a file: the reason may be a full
/// disk. The thread sleeps until a task fails.
fn listen() -> io::Result<(PipeWriter, Receiver<String>)> {
    let (reader, writer) = io::pipe()?;
    let (send, lines) = bounded(STDERR_LINES_KEPT);
    thread::Builder::new().name("task-stderr".into()).spawn(move || {
        let mut input = BufReader::new(reader);
        let mut line = Vec::new();
        while let Ok(1..) = (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            if !text.is_empty() {
                // Further lines are read and dropped, so that no task blocks on a full pipe.
                let _ = send.try_send(text);
            }
            line.clear();
        }
    })?;
    Ok((writer, lines))
}
