//! Entries of the tests with mutated inputs and of the fuzz targets (`tests/fuzz`): read an input, use what was read, and
//! check that it survives. Each panics where the lab is wrong, and returns the message of an input that is refused.

use std::io::Cursor;
use std::path::Path;

use concurrency_lab::analysis::RunAnalysis;
use concurrency_lab::cpus::CpuSelection;
use concurrency_lab::experiment::file;
use concurrency_lab::experiment::sweep::{Sweep, SweepKey, SweepValues};
use concurrency_lab::export::{self, CsvDialect, Kind};
use concurrency_lab::lab::lanes::Lanes;
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::protocol::{
    Reply, Report, failure_from_json, impossible_figure, read_request, spans_from_bytes, spans_to_bytes, write_request,
};
use concurrency_lab::record::StoredRun;
use concurrency_lab::trial::SpanSummary;
use concurrency_lab::workload::{Plan, PlanStep, task_list};
use concurrency_lab::{encoding, runner};

/// Reads an experiment file.
pub fn experiment_file(bytes: Vec<u8>) -> Option<String> {
    match encoding::decode(bytes) {
        Err(error) => Some(error.to_string()),
        Ok(text) => match file::parse(&text, "fuzz.toml", Path::new("/nonexistent")) {
            Err(error) => Some(error.to_string()),
            // An experiment that was read can be validated, written, and read again.
            Ok(read) => read.validate().err().map(|invalid| invalid.to_string()).or_else(|| {
                let written = file::to_toml(&read);
                assert_eq!(file::parse(&written, "again.toml", Path::new("")), Ok(read), "{written}");
                None
            }),
        },
    }
}

/// Reads a task list.
pub fn task_list(bytes: Vec<u8>) -> Option<String> {
    match task_list::parse(bytes, "list.csv") {
        Err(error) => Some(error.to_string()),
        Ok(tasks) => {
            let again = task_list::parse(task_list::to_csv(&tasks).into_bytes(), "again.csv");
            assert_eq!(again, Ok(tasks));
            None
        }
    }
}

/// Does with a run what terminal and window do with it. Blocks may turn out to be damaged.
pub fn use_run(run: &StoredRun) {
    let analysis = RunAnalysis::of(&run.results);
    for kind in Kind::ALL {
        // Nothing is wrong with an output that can't be written.
        let _ = export::write(kind, &run.results, &analysis, CsvDialect::default(), &mut std::io::sink());
    }
    for trial in &run.results.first().trials {
        if let Some(measured) = trial.completed()
            && let Ok(spans) = measured.spans.load()
        {
            let _ = Lanes::pack(spans, measured.wall_nanos, trial.contender.model.info().per_task);
        }
    }
}

/// Reads what a runner sends, or what is sent to it: each frame until one can't be read.
pub fn frames(bytes: &[u8]) -> Option<String> {
    let mut input = Cursor::new(bytes);
    let mut report: Option<Box<Report>> = None;
    let refused = loop {
        match Reply::read(&mut input) {
            Err(error) => break error.to_string(),
            Ok(Reply::Spans(spans)) => {
                let written = spans_to_bytes(&spans).expect("JSON");
                assert_eq!(spans_from_bytes(&written).expect("spans that were written"), *spans);
                if let Some(report) = report.take()
                    && impossible_figure(&report, &spans).is_none()
                {
                    let _ = SpanSummary::of(&spans);
                }
            }
            Ok(reply) => {
                let mut written = Vec::new();
                reply.write(&mut written).expect("memory");
                if let Reply::Report(found) = reply {
                    report = Some(found);
                } else {
                    Reply::read(&mut Cursor::new(written)).expect("a reply that was written");
                }
            }
        }
    };
    if let Ok(request) = read_request(&mut Cursor::new(bytes)) {
        let mut written = Vec::new();
        write_request(&mut written, &request).expect("memory");
        read_request(&mut Cursor::new(written)).expect("a request that was written");
    }
    if let Ok(failure) = failure_from_json(bytes) {
        let _ = failure.to_string();
    }
    Some(refused)
}

/// Reads the answer of the Python program: a byte that chooses the work, its report as a line of JSON, and the words of its
/// records.
pub fn python_answer(bytes: &[u8]) -> Option<String> {
    let (choice, rest) = bytes.split_first()?;
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let (report, words) = rest.split_at(line);
    let rows: Vec<u64> = words[1..].as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let steps = match choice % 3 {
        0 => Vec::new(),
        1 => vec![PlanStep::Wait],
        _ => vec![PlanStep::Wait, PlanStep::Memory, PlanStep::Wait],
    };
    let models = [ModelId::PySequential, ModelId::PyThreads, ModelId::PyProcessPool, ModelId::PyProcesses];
    let (amounts, classes) = Default::default();
    let plan = Plan { tasks: u32::from(choice / 16), seed: 1, steps, amounts, classes, payload: None };
    let gil_wait = choice & 8 == 8;
    match runner::read_answer(models[usize::from(choice % 4)], &plan, gil_wait, report, &rows) {
        Err(failure) => Some(failure.to_string()),
        Ok((report, spans)) => {
            let figure = impossible_figure(&report, &spans);
            if figure.is_none() {
                let _ = SpanSummary::of(&spans);
            }
            figure.map(str::to_owned)
        }
    }
}

/// Reads a small text as everything that small texts can be: models with settings, sweeps, CPUs, and arguments.
pub fn small_text(text: &str) -> Option<String> {
    let mut refused = None;
    match text.parse::<Contender>() {
        Ok(read) => assert_eq!(read.to_string().parse::<Contender>().as_ref(), Ok(&read), "{text:?}"),
        Err(error) => refused = Some(error.to_string()),
    }
    let _ = text.parse::<ModelId>();
    if let Ok(read) = text.parse::<CpuSelection>() {
        assert_eq!(read.to_string().parse::<CpuSelection>().as_ref(), Ok(&read), "{text:?}");
    }
    if let Ok(read) = text.parse::<SweepKey>() {
        assert_eq!(read.to_string().parse::<SweepKey>().as_ref(), Ok(&read), "{text:?}");
    }
    let _ = text.parse::<SweepValues>();
    match Sweep::parse(text) {
        Ok(_) => {}
        Err(error) => refused = Some(error.to_string()),
    }
    for flag in FLAGS {
        let arguments = ["concurrency-lab", "run", "quick-tour", flag, text];
        if let Err(error) = concurrency_lab::cli::command().try_get_matches_from(arguments) {
            refused = Some(error.to_string());
        }
    }
    refused
}

/// Flags of `run` whose values have a form of their own.
const FLAGS: [&str; 12] = [
    "--tasks",
    "--task-ms",
    "--workers",
    "--cpus",
    "--sweep",
    "--in-flight",
    "--trials",
    "--budget",
    "--seed",
    "--timeout",
    "--chart",
    "--models",
];
