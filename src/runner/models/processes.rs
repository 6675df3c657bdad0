//! `processes`: one OS process per task, all started at once. Each appends its record to one unnamed temporary file and
//! exits; the runner reaps them all. A file, not a pipe: a pipe would need a reader that is woken while the clock runs.
//! A payload needs pipes: a thread per process then hands it over and receives output and record.

use std::collections::{HashMap, VecDeque};
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
use crate::process_tree::{Children, Reaped};
use crate::protocol::{TASK_ARGUMENT, TASK_VARIABLE, TrialEnvironment};
use crate::runner::payload::{Data, Payloads};
use crate::runner::repetition::Repetition;
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
    children: Children,
    /// Repetitions under way, by process id.
    repeating: HashMap<u32, Repetition>,
}

/// Classes of one pass: which task each process runs, and the tasks that wait because their class is at its limit.
struct ClassPass {
    class_of_process: HashMap<u32, usize>,
    alive: Vec<u32>,
    waiting: Vec<VecDeque<u32>>,
    left: u32,
}

impl Processes {
    pub(super) fn build(environment: TrialEnvironment) -> Result<Self, Failure> {
        let program = env::current_exe().map_err(|error| Failure::system(Action::FindExecutable, &error))?;
        let records = tempfile::tempfile_in(private_files::temporary_folder()).map_err(no_file)?;
        let (stderr, stderr_lines) = listen().map_err(|error| Failure::system(Action::ListenToTasks, &error))?;
        Ok(Self {
            program,
            peak_bytes: Some(0),
            records,
            stderr,
            stderr_lines,
            environment,
            children: Children::default(),
            repeating: HashMap::new(),
        })
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

    /// Starts the process of a task. Its record is kept, or not.
    fn start(&mut self, recorder: &'static TaskRecorder, task: u32, recorded: bool) -> Result<u32, Failure> {
        let output = if recorded { Stdio::from(self.records.try_clone().map_err(no_file)?) } else { Stdio::null() };
        self.spawn(recorder, task, |command| {
            command.stdout(output);
            Ok(())
        })
    }

    /// Submits a task and starts its process, whose pipes are opened by `open`. This process's ends of those are closed.
    fn spawn(
        &mut self,
        recorder: &'static TaskRecorder,
        task: u32,
        open: impl FnOnce(&mut Command) -> Result<(), Failure>,
    ) -> Result<u32, Failure> {
        let stderr = self.stderr.try_clone().map_err(no_file)?;
        let mut command = Command::new(&self.program);
        command
            .arg(TASK_ARGUMENT)
            .env(TASK_VARIABLE, encode_plan(recorder.plan, recorder.stamp_clock, task, &self.environment));
        command.stderr(Stdio::from(stderr));
        if cfg!(windows) {
            // A read of the runner's stdin is always pending, and the process would wait for its end when it starts.
            command.stdin(Stdio::null());
        }
        open(&mut command)?;
        recorder.submit(task);
        self.children.spawn(&mut command).map_err(|error| {
            // Those that were reaped are gone; a limit counts the others.
            Failure::limit(self.children.len() as u32, LimitedUnit::Processes, &error)
        })
    }

    /// Reaps a process that `next` returns. A process that failed fails the trial.
    fn reap(&mut self, next: impl Fn(&mut Children) -> io::Result<Option<Reaped>>) -> Result<Option<Reaped>, Failure> {
        let reaped = next(&mut self.children);
        let reaped = reaped.map_err(|error| Failure::system(Action::WaitForProcess, &error))?;
        let Some(reaped) = reaped else { return Ok(None) };
        if !reaped.status.success() {
            let first_words = self.stderr_lines.recv_timeout(STDERR_ARRIVES_WITHIN).ok();
            return Err(Failure::TaskProcessExited { exit: reaped.status.into(), first_words });
        }
        self.peak_bytes = self.peak_bytes.zip(reaped.peak_memory_bytes).map(|(sum, peak)| sum + peak);
        Ok(Some(reaped))
    }

    fn start_repetition(&mut self, repetition: Repetition) -> Result<(), Failure> {
        let process = self.start(repetition.recorder, repetition.task(), repetition.is_recorded())?;
        self.repeating.insert(process, repetition);
        Ok(())
    }

    fn pass_of_classes(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        let classes = &recorder.plan.classes;
        let mut pass = ClassPass {
            class_of_process: HashMap::new(),
            alive: vec![0; classes.list.len()],
            waiting: vec![VecDeque::new(); classes.list.len()],
            left: recorder.tasks(),
        };
        for repetition in Repetition::all(recorder) {
            self.start_repetition(repetition)?;
        }
        for task in 0..recorder.tasks() {
            let class = classes.of(task);
            let shared = |pass: &ClassPass| -> u32 {
                let shared = classes.list.iter().zip(&pass.alive).filter(|(class, _)| class.workers.is_none());
                shared.map(|(_, alive)| *alive).sum()
            };
            if classes.list[class].workers.is_some_and(|workers| pass.alive[class] >= workers) {
                recorder.submit(task);
                pass.waiting[class].push_back(task);
            } else {
                while classes.list[class].workers.is_none()
                    && recorder.in_flight.is_some_and(|limit| shared(&pass) >= limit)
                {
                    self.one_ended(recorder, &mut pass, true)?;
                }
                self.start_task(recorder, task, class, &mut pass)?;
            }
            while self.one_ended(recorder, &mut pass, false)? {}
        }
        while pass.left > 0 {
            self.one_ended(recorder, &mut pass, true)?;
        }
        Ok(())
    }

    fn start_task(
        &mut self,
        recorder: &'static TaskRecorder,
        task: u32,
        class: usize,
        pass: &mut ClassPass,
    ) -> Result<(), Failure> {
        let process = self.start(recorder, task, true)?;
        pass.class_of_process.insert(process, class);
        pass.alive[class] += 1;
        if (self.children.len() as u32).is_multiple_of(REPORT_ALIVE_EVERY) {
            recorder.report_alive(self.children.len() as u32);
        }
        Ok(())
    }

    /// Reaps a process, if one has ended or with `wait`, and starts what follows it: the next repetition, or a task of its
    /// class that waits.
    fn one_ended(
        &mut self,
        recorder: &'static TaskRecorder,
        pass: &mut ClassPass,
        wait: bool,
    ) -> Result<bool, Failure> {
        let next = if wait { Children::reap_any } else { Children::try_reap_any };
        let Some(reaped) = self.reap(next)? else { return Ok(false) };
        if let Some(repetition) = self.repeating.remove(&reaped.id) {
            if let Some(next) = repetition.next() {
                self.start_repetition(next)?;
            }
        } else if let Some(class) = pass.class_of_process.remove(&reaped.id) {
            pass.left -= 1;
            pass.alive[class] -= 1;
            if let Some(task) = pass.waiting[class].pop_front() {
                // It was submitted when it began to wait.
                let submitted = recorder.submitted(task);
                self.start_task(recorder, task, class, pass)?;
                recorder.submitted_at(task, submitted);
            }
        }
        Ok(true)
    }
}

impl Model for Processes {
    fn pass(&mut self, recorder: &'static TaskRecorder) -> Result<(), Failure> {
        self.peak_bytes = Some(0);
        if !recorder.plan.classes.is_empty() {
            return self.pass_of_classes(recorder);
        }
        let mut handing_over = Vec::new();
        let mut alive = 0;
        for task in 0..recorder.tasks() {
            while recorder.in_flight.is_some_and(|limit| alive >= limit) {
                self.reap(Children::reap_any)?;
                alive -= 1;
            }
            if let Some(payloads) = recorder.payloads {
                let mut pipes = None;
                self.spawn(recorder, task, |command| {
                    pipes = Some(TaskPipes::of(command).map_err(|error| Failure::system(Action::OpenPipes, &error))?);
                    Ok(())
                })?;
                if let Some(pipes) = pipes {
                    let thread = pipes.start(task, payloads, recorder);
                    handing_over.push(thread.map_err(|error| no_thread(alive, &error))?);
                }
            } else {
                self.start(recorder, task, true)?;
            }
            alive += 1;
            if alive % REPORT_ALIVE_EVERY == 0 {
                recorder.report_alive(alive);
            }
        }
        while self.reap(Children::reap_any)?.is_some() {}
        for thread in handing_over {
            thread.join().map_err(|_| Failure::ThreadPanicked)?;
        }
        Ok(())
    }

    fn wait_for_repeats(&mut self, _: &'static TaskRecorder) -> Result<(), Failure> {
        while !self.repeating.is_empty() {
            let Some(reaped) = self.reap(Children::reap_any)? else { break };
            if let Some(repetition) = self.repeating.remove(&reaped.id) {
                repetition.next();
            }
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
