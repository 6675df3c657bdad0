//! Trace in the JSON of Chrome, for Perfetto and other viewers: each model is a process, each worker a thread, tasks and
//! their phases are slices, CPU usage is in counters. One trial of each model is written, the measured one nearest the
//! median; all begin at 0. Trials are read and written one by one.

mod event;
mod lanes;

use std::io::{self, Write};

use serde::Serialize;

use self::event::{Counter, Event, Micros, Name, NameArguments, Order, OrderArguments, Percent, TaskArguments};
use self::lanes::Lanes;
use super::environment;
use super::findings::Findings;
use crate::analysis::RunAnalysis;
use crate::experiment::sweep::SweepPoint;
use crate::experiment::validate::MOST_MODELS;
use crate::printable;
use crate::results::{Results, RunResults};
use crate::trial::{CpuSample, Measured, Phase, Spans, Trial};

/// Longest name of a task, characters.
const LONGEST_NAME: usize = 120;

/// Writes the trace.
pub(super) fn write(run: &RunResults, analysis: &RunAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let mut trace = TraceWriter {
        out: io::BufWriter::with_capacity(1 << 16, out),
        first: true,
        threads: run.points.len() as u32 * MOST_MODELS as u32,
    };
    trace.head(run, analysis)?;
    let mut process = 0;
    for results in &run.points {
        for contender in &results.experiment.models {
            let Some(trial) = results.typical_trial(contender) else { continue };
            let Some(measured) = trial.completed() else { continue };
            process += 1;
            let spans = measured.spans.load().map_err(|error| {
                let (contender, round) = (&trial.contender, trial.round);
                io::Error::new(
                    error.kind(),
                    format!("the tasks of {contender}, trial {round}, can't be read back: {error}"),
                )
            })?;
            trace.process(process, results, trial)?;
            trace.tasks(process, results, &spans)?;
            trace.usage(process, trial, measured)?;
        }
    }
    trace.out.write_all(b"\n]}\n")?;
    trace.out.flush()
}

/// Facts that every viewer ignores and every reader can find.
#[derive(Serialize)]
struct OtherData<'a> {
    experiment: &'a str,
    headline: &'a str,
    findings: &'a [&'a str],
    environment: Vec<[String; 2]>,
    caveats: Vec<String>,
}

struct TraceWriter<W: Write> {
    out: io::BufWriter<W>,
    first: bool,
    /// Threads so far; a thread's number is unique in the trace.
    threads: u32,
}

impl<W: Write> TraceWriter<W> {
    /// Writes everything before the first event.
    fn head(&mut self, run: &RunResults, analysis: &RunAnalysis) -> io::Result<()> {
        let findings = Findings::of(run, analysis);
        let line = |text: &str| printable::line(text).into_owned();
        let title = line(&run.experiment.title);
        let headline = line(findings.headline);
        let sentences: Vec<String> = findings.sentences.iter().map(|sentence| line(sentence)).collect();
        let facts = environment::facts(run, analysis).into_iter();
        let caveats = super::caveats::of_run(analysis);
        let other = OtherData {
            experiment: &title,
            headline: &headline,
            findings: &sentences.iter().map(String::as_str).collect::<Vec<_>>(),
            environment: facts.map(|(label, value)| [label.to_owned(), line(&value)]).collect(),
            caveats: caveats.iter().map(|caveat| line(&caveat.text())).collect(),
        };
        self.out.write_all(b"{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
        serde_json::to_writer(&mut self.out, &other)?;
        self.out.write_all(b",\"traceEvents\":[")
    }

    fn event(&mut self, event: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut self.out, event).map_err(io::Error::from)
    }

    /// Names a process after its model, in the order of the models.
    fn process(&mut self, pid: u32, results: &Results, trial: &Trial) -> io::Result<()> {
        let at = results.point.as_ref().map_or_else(String::new, |point: &SweepPoint| format!(", {}", point.title()));
        let round = if trial.is_warmup() { "warm-up".to_owned() } else { format!("trial {}", trial.round) };
        // Viewers write their own number behind a name: the parentheses keep it apart.
        let name = format!("{}{at} ({round})", trial.contender.full_name());
        let name = &printable::line(&name);
        self.event(&Name { ph: "M", name: "process_name", pid, tid: 0, args: NameArguments { name } })?;
        let args = OrderArguments { sort_index: pid };
        self.event(&Order { ph: "M", name: "process_sort_index", pid, tid: 0, args })
    }

    /// Writes the slices of all tasks, worker by worker.
    fn tasks(&mut self, pid: u32, results: &Results, spans: &Spans) -> io::Result<()> {
        let mut lanes = Lanes::default();
        let mut name = String::new();
        for task in lanes::order(spans) {
            let span = spans.tasks[task as usize];
            let lane = lanes.place(&span);
            if lane.is_new {
                self.threads += 1;
                lanes.set_thread(lane.index, self.threads);
                self.thread(pid, self.threads, span.worker, lane.index)?;
            }
            let tid = lanes.thread(lane.index);
            name.clear();
            let class = spans.classes.class_of(task as usize);
            let class = class.and_then(|class| results.experiment.workload.classes()?.list.get(class));
            let own = class.map(|class| class.name.as_str());
            match own.or(results.experiment.workload.task_name(task)).filter(|name| !name.is_empty()) {
                Some(own) => name.push_str(&printable::shortened(own, LONGEST_NAME)),
                None => {
                    // Writing into a string can't fail.
                    let _ = std::fmt::Write::write_fmt(&mut name, format_args!("task {task}"));
                }
            }
            let queue = spans.queue_nanos(task as usize);
            let (input, output) = spans.transfer_nanos(task as usize);
            let args = TaskArguments {
                task,
                worker: span.worker,
                core: span.core.map(u32::from),
                queue_us: Micros(queue),
                input_transfer_us: input.map(Micros),
                output_transfer_us: output.map(Micros),
            };
            self.event(&Event::new(&name, "task", pid, tid, (span.started, span.finished), Some(args)))?;
            // A transfer is no part of the task and may overlap the next one: slices of a track must nest.
            let phases = spans.phases(task as usize).filter(|(_, phase, _, _)| *phase != Phase::Transfer);
            for (_, phase, from, to) in phases {
                self.event(&Event::new(phase_name(phase), "step", pid, tid, (from, to), None))?;
            }
        }
        Ok(())
    }

    fn thread(&mut self, pid: u32, tid: u32, worker: u32, lane: usize) -> io::Result<()> {
        // Tasks that overlap on one worker, as on an event loop, need several tracks.
        let name = if lane == 0 {
            format!("worker {worker} (track 1)")
        } else {
            format!("worker {worker} (track {})", lane + 1)
        };
        self.event(&Name { ph: "M", name: "thread_name", pid, tid, args: NameArguments { name: &name } })?;
        let args = OrderArguments { sort_index: tid };
        self.event(&Order { ph: "M", name: "thread_sort_index", pid, tid, args })
    }

    /// Writes the usage of each core, of the model's processes and of the lab. A repeated warm-up is sampled beyond its
    /// first pass, so its samples do not belong to these tasks.
    fn usage(&mut self, pid: u32, trial: &Trial, measured: &Measured) -> io::Result<()> {
        if measured.passes > 1 {
            return Ok(());
        }
        for sample in &trial.cpu {
            let at = start_nanos(sample);
            for (core, percent) in sample.usage_percent.iter().enumerate() {
                self.counter(pid, &format!("CPU {core}"), at, Some(*percent))?;
            }
            self.counter(pid, "own processes", at, sample.tree_percent)?;
            self.counter(pid, "the lab", at, sample.lab_percent)?;
        }
        // Viewers draw a counter on to the end of the trace unless it ends.
        let Some(last) = trial.cpu.last() else { return Ok(()) };
        let end = (last.at_ms.max(0.0) * 1e6).round() as u64;
        let own = trial.cpu.iter().any(|sample| sample.tree_percent.is_some());
        let lab = trial.cpu.iter().any(|sample| sample.lab_percent.is_some());
        for core in 0..last.usage_percent.len() {
            self.counter(pid, &format!("CPU {core}"), end, Some(0.0))?;
        }
        self.counter(pid, "own processes", end, own.then_some(0.0))?;
        self.counter(pid, "the lab", end, lab.then_some(0.0))
    }

    fn counter(&mut self, pid: u32, name: &str, at: u64, percent: Option<f32>) -> io::Result<()> {
        let Some(percent) = percent.filter(|percent| percent.is_finite()) else { return Ok(()) };
        self.event(&Counter { ph: "C", name, pid, tid: 0, ts: Micros(at), args: Percent { percent } })
    }
}

/// Returns the start of a sample's interval, nanoseconds.
fn start_nanos(sample: &CpuSample) -> u64 {
    ((sample.at_ms - sample.width_ms).max(0.0) * 1e6).round() as u64
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Compute => "compute",
        Phase::Wait => "wait",
        Phase::Http => "http",
        Phase::File => "file",
        Phase::LockWait => "lock wait",
        Phase::Payload => "payload",
        Phase::Transfer => "transfer",
        Phase::OwnCode => "own code",
    }
}
