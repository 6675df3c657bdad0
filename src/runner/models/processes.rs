//! `processes`: one OS process per task, all started at once. Each appends its record to one unnamed temporary file and
//! exits; the runner reaps them all. A file, not a pipe: a pipe would need a reader that is woken while the clock runs.
//! A payload needs pipes: a thread per process then hands it over and receives output and record.

use std::env;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeReader, PipeWriter, Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::model::{Model, REPORT_ALIVE_EVERY, Teardown, no_thread};
use crate::failure::{Action, Failure, LimitedUnit};
use crate::private_files;
use crate::process_tree::Children;
use crate::protocol::{TASK_ARGUMENT, TASK_VARIABLE, TrialEnvironment};
use crate::runner::payload::{Data, Payloads};
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
        let mut handing_over = Vec::new();
        let mut alive = 0;
        for task in 0..recorder.tasks() {
            while recorder.in_flight.is_some_and(|limit| alive >= limit) {
                self.reap(&mut children)?;
                alive -= 1;
            }
            let stderr = self.stderr.try_clone().map_err(no_file)?;
            let mut command = Command::new(&self.program);
            command
                .arg(TASK_ARGUMENT)
                .env(TASK_VARIABLE, encode_plan(recorder.plan, recorder.stamp_clock, task, &self.environment));
            command.stderr(Stdio::from(stderr));
            let pipes = if recorder.payloads.is_some() {
                Some(TaskPipes::of(&mut command).map_err(|error| Failure::system(Action::OpenPipes, &error))?)
            } else {
                command.stdout(Stdio::from(self.records.try_clone().map_err(no_file)?));
                None
            };
            recorder.submit(task);
            if let Err(error) = children.spawn(&mut command) {
                return Err(Failure::limit(alive, LimitedUnit::Processes, &error));
            }
            // Closes this process's copies of the ends of the pipes that the task has.
            drop(command);
            if let Some((pipes, payloads)) = pipes.zip(recorder.payloads) {
                let thread = pipes.start(task, payloads, recorder);
                handing_over.push(thread.map_err(|error| no_thread(alive, &error))?);
            }
            alive += 1;
            if alive % REPORT_ALIVE_EVERY == 0 {
                recorder.report_alive(alive);
            }
        }
        while self.reap(&mut children)? {}
        for thread in handing_over {
            thread.join().map_err(|_| Failure::ThreadPanicked)?;
        }
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

/// Ends of the pipes to and from the process of one task with a payload.
struct TaskPipes {
    input: PipeWriter,
    output: PipeReader,
}

impl TaskPipes {
    /// Makes the other ends the stdin and stdout of a command.
    fn of(command: &mut Command) -> io::Result<Self> {
        let ((stdin, input), (output, stdout)) = (io::pipe()?, io::pipe()?);
        command.stdin(Stdio::from(stdin)).stdout(Stdio::from(stdout));
        Ok(Self { input, output })
    }

    /// Starts the thread that hands the payload over.
    fn start(
        self,
        task: u32,
        payloads: &'static Payloads,
        recorder: &'static TaskRecorder,
    ) -> io::Result<JoinHandle<()>> {
        let Self { input, output } = self;
        thread::Builder::new().name("payload".into()).spawn(move || {
            // A process that ends early is noticed, and explained, by whoever reaps it.
            let _ = hand_over(task, input, output, payloads, recorder);
        })
    }
}

fn hand_over(
    task: u32,
    mut input: PipeWriter,
    mut output: PipeReader,
    payloads: &Payloads,
    recorder: &TaskRecorder,
) -> io::Result<()> {
    let payload = payloads.payload;
    payloads.input(task).write_to(&mut input)?;
    drop(input);
    let data = Data::read_from(payload.kind, payload.output_bytes, &mut output)?;
    let mut record = [0; RECORD_BYTES];
    output.read_exact(&mut record)?;
    recorder.received(task);
    TaskRecord::from_bytes(&record).copy_to(recorder);
    recorder.take_output(task, &data);
    Ok(())
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
