//! Exports of a run of a million tasks against bare programs that write the same rows: the `csv` crate for the table of
//! tasks, `serde_json` for the trace. Prints ratios and the memory above that of the loaded run; enforces no limit.
//!
//! `cargo bench --bench exports [-- PAIRS]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde::Serialize;

use concurrency_lab::analysis::RunAnalysis;
use concurrency_lab::analysis::statistics::median;
use concurrency_lab::export::{self, CsvDialect, Kind};
use concurrency_lab::record;
use concurrency_lab::report;
use concurrency_lab::results::RunResults;

const EXPERIMENT: &str = "id = \"million\"\ntitle = \"Million\"\n[workload]\ntasks = 1000000\n[[workload.step]]\n\
                          kind = \"compute\"\nms = 0.001\n[trials]\ncount = 1\nwarmups = 0\n[models]\ninclude = [\"async\"]\n";

/// Counts bytes and keeps none.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {
    let pairs = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(7);
    let folder = tempfile::tempdir().expect("a folder");
    let (file, run) = (folder.path().join("million.toml"), folder.path().join("million.clab"));
    std::fs::write(&file, EXPERIMENT).expect("written");
    let mut lab = Command::new(env!("CARGO_BIN_EXE_concurrency-lab"));
    lab.args([Path::new("run"), &file, Path::new("--quiet"), Path::new("--no-save"), Path::new("--save"), &run]);
    assert!(lab.status().expect("the lab runs").success());
    let stored = record::open_file(&run).expect("readable");
    let (results, analysis) = (&stored.results, RunAnalysis::of(&stored.results));
    // Loaded, as the window has it while it shows the tasks.
    let loaded = results.first().trials[0].completed().expect("completed").spans.load().expect("spans");
    println!("{} tasks, {pairs} interleaved pairs, medians; a ratio is lab / bare", loaded.tasks.len());
    let before = peak_bytes();
    let ratio = compare(pairs, || lab_csv(results, &analysis), || bare_csv(results));
    println!("  tasks CSV            {ratio}");
    let ratio = compare(pairs, || lab_trace(results, &analysis), || bare_trace(results));
    println!("  trace                {ratio}");
    if let (Some(before), Some(after)) = (before, peak_bytes()) {
        println!("  peak memory above the loaded run and its second copy: {} MiB", (after - before.min(after)) >> 20);
    }
}

fn compare(pairs: u32, lab: impl Fn() -> u64, bare: impl Fn() -> u64) -> String {
    let timed = |write: &dyn Fn() -> u64| {
        let begun = Instant::now();
        let bytes = write();
        (begun.elapsed().as_secs_f64(), bytes)
    };
    let (mut ratios, mut seconds, mut bytes) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..pairs {
        let ((own, own_bytes), (other, other_bytes)) = (timed(&lab), timed(&bare));
        ratios.push(own / other);
        seconds.push(own);
        bytes = (own_bytes, other_bytes);
    }
    let middle = |values: &[f64]| median(values).expect("pairs");
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    format!(
        "ratio {:.2} ({least:.2} to {most:.2})  {:.0} ms  {} and {} bytes",
        middle(&ratios),
        middle(&seconds) * 1e3,
        bytes.0,
        bytes.1
    )
}

fn lab_csv(results: &RunResults, analysis: &RunAnalysis) -> u64 {
    let mut out = Count::default();
    export::write(Kind::TasksCsv, results, analysis, CsvDialect::Standard, &mut out).expect("written");
    out.0
}

/// The same rows by a program that knows nothing of the lab's export.
fn bare_csv(results: &RunResults) -> u64 {
    let results = results.first();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Count::default());
    writer.write_record(["experiment", "model", "host", "trial", "task", "name", "worker", "core"]).ok();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .has_headers(false)
        .from_writer(writer.into_inner().unwrap_or_default());
    for trial in &results.trials {
        let Some(measured) = trial.completed() else { continue };
        let spans = measured.spans.load().expect("spans");
        let (model, host) = (trial.contender.to_string(), trial.contender.host.name());
        for (task, span) in spans.tasks.iter().enumerate() {
            let computed = span.finished - span.started;
            let identity = (&results.experiment.id, &model, &host, trial.round, task, "");
            let times = (span.worker, span.core, span.submitted, span.started, span.finished, computed);
            let rest = (None::<u64>, None::<u64>, None::<u64>, None::<u64>, "", "");
            writer.serialize((identity, times, rest)).expect("written");
        }
    }
    writer.into_inner().map_or(0, |out| out.0)
}

fn lab_trace(results: &RunResults, analysis: &RunAnalysis) -> u64 {
    let mut out = Count::default();
    report::write(report::Kind::Trace, results, analysis, CsvDialect::Standard, &mut out).expect("written");
    out.0
}

/// A slice in Chrome's format.
#[derive(Serialize)]
struct Slice<'a, T> {
    ph: &'static str,
    name: &'a str,
    cat: &'static str,
    pid: u32,
    tid: u32,
    ts: f64,
    dur: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<T>,
}

/// Arguments of a task's slice.
#[derive(Serialize)]
struct Arguments {
    task: usize,
    worker: u32,
    core: Option<u32>,
    queue_us: f64,
}

/// The same slices, a task and its step, by a program that only knows `serde_json`. It sorts nothing.
fn bare_trace(results: &RunResults) -> u64 {
    let mut out = io::BufWriter::with_capacity(1 << 16, Count::default());
    out.write_all(b"{\"traceEvents\":[").expect("written");
    let micros = |nanos: u64| nanos as f64 / 1e3;
    for trial in &results.first().trials {
        let Some(measured) = trial.completed() else { continue };
        let spans = measured.spans.load().expect("spans");
        for (task, span) in spans.tasks.iter().enumerate() {
            let name = format!("task {task}");
            let (ts, dur) = (micros(span.started), micros(span.finished - span.started));
            let queue_us = micros(span.started - span.submitted);
            let args = Some(Arguments { task, worker: span.worker, core: span.core.map(u32::from), queue_us });
            let slice = Slice { ph: "X", name: &name, cat: "task", pid: 1, tid: 1000, ts, dur, args };
            serde_json::to_writer(&mut out, &slice).expect("written");
            out.write_all(b",\n").expect("written");
            let args = None::<Arguments>;
            let slice = Slice { ph: "X", name: "compute", cat: "step", pid: 1, tid: 1000, ts, dur, args };
            serde_json::to_writer(&mut out, &slice).expect("written");
            out.write_all(b",\n").expect("written");
        }
    }
    out.into_inner().map_or(0, |out| out.0)
}

/// Peak resident memory of this process (Linux).
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kib| kib << 10)
}
