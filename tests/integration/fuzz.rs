//! Mutated experiment files, task lists and command lines in bounded time: no panic, no hang, no raw control
//! character, no message without end. `CONCURRENCY_LAB_FUZZ=10` multiplies the number of cases.

use std::fs;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use concurrency_lab::clock::StampClock;
use concurrency_lab::protocol::{Reply, Report, spans_to_bytes};
use concurrency_lab::trial::{Beat, Handover, Span, Spans, Usage};
use concurrency_lab::workload::{Lock, PlanStep, SectionWork};
use concurrency_lab::{preset, printable};
use fastrand::Rng;

use crate::entries;

/// Longest message of one mistake.
const LONGEST: usize = 2_200;
/// Time limit for a case on a busy machine.
const SLOWEST: Duration = Duration::from_secs(20);

fn times() -> usize {
    std::env::var("CONCURRENCY_LAB_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Reports the number of cases, not captured by the test harness.
fn report(kind: &str, cases: usize, slowest: Duration) {
    // Without a stderr the report is dropped.
    let _ = writeln!(io::stderr(), "FUZZED: {cases} {kind}, the slowest took {} ms", slowest.as_millis());
}

const SETTINGS: &str = "id = \"fuzzed\"\ntitle = \"Fuzzed ü\"\nsummary = \"one line\"\nexplanation = \"\"\"\n# Two\nlines\n\"\"\"\n
[workload]\ntasks = 20\nworkers = 4\nin_flight = 8\nseed = 7\nticker = true\nwork = \"same-time\"\n
spread = { kind = \"uniform\", percent = 20 }\n
[[workload.step]]\nkind = \"compute\"\nms = 2.5\nkernel = \"sha256\"\n
[[workload.step]]\nkind = \"http\"\nlatency_ms = 5\nbytes = 1000\n
[[workload.step]]\nkind = \"critical\"\nms = 1\nlock = \"semaphore\"\npermits = 3\nholds = \"wait\"\n
[trials]\ncount = 3\nminimum = 2\nwarmups = 0\nbudget_s = 5\ntimeout_s = 30\n
[models]\ninclude = [\"sequential\", \"threads\", \"async\"]\nreference = \"sequential\"\nleave_out = { processes = \"slow\" }\n";

const NASTY: [&str; 30] = [
    "\0",
    "\r",
    "\r\n",
    "\n\n\n",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[2J",
    "\u{9b}",
    "\u{7f}",
    "\t",
    "=",
    "[",
    "]]",
    "{",
    "\"",
    "\"\"\"",
    "'''",
    "#",
    "\\u0000",
    "\\",
    "-",
    "1e308",
    "-1",
    "nan",
    "inf",
    "99999999999999999999",
    "0x7fffffffffffffff",
    "1979-05-27",
    "true",
    "🎉",
];

/// Returns a text with one to four mutations: cuts, flips, insertions, copied lines, other line ends and encodings.
fn mutated(valid: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..random.usize(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let position = random.usize(..bytes.len());
        match random.u8(..12) {
            0 => bytes.truncate(position),
            1 => bytes[position] ^= 1 << random.u8(..8),
            2 => bytes[position] = random.u8(..),
            3 | 4 => {
                let nasty = NASTY[random.usize(..NASTY.len())];
                bytes.splice(position..position, nasty.bytes());
            }
            5 => {
                let end = (position + random.usize(..40)).min(bytes.len());
                bytes.drain(position..end);
            }
            6 | 7 => {
                let lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let line = lines[random.usize(..lines.len())].clone();
                bytes.splice(position..position, [b"\n", line.as_slice(), b"\n"].concat());
            }
            8 => bytes = String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes(),
            9 => bytes = String::from_utf8_lossy(&bytes).replace('\n', "\r").into_bytes(),
            10 => {
                let unit = if random.bool() { u16::to_le_bytes } else { u16::to_be_bytes };
                let marked = format!("\u{feff}{}", String::from_utf8_lossy(&bytes));
                bytes = marked.encode_utf16().flat_map(unit).collect();
            }
            _ => {
                let deep = "[".repeat(random.usize(1..3_000));
                bytes.splice(position..position, deep.bytes());
            }
        }
    }
    bytes
}

/// Returns handwritten files: deeply nested, huge, with other types.
fn hand_made() -> Vec<Vec<u8>> {
    let head = "id = \"a\"\ntitle = \"A\"\n";
    let huge = "x".repeat(3_000_000);
    let nested = |open: &str, close: &str| {
        format!("{head}[workload]\ntasks = {}1{}\n", open.repeat(50_000), close.repeat(50_000))
    };
    vec![
        Vec::new(),
        b"\xff\xfe".to_vec(),
        vec![0; 1_000_000],
        huge.clone().into_bytes(),
        nested("[", "]").into_bytes(),
        nested("{a=", "}").into_bytes(),
        format!("{head}[workload]\n{}\n", "[[workload.step]]\nkind = \"wait\"\nms = 1\n".repeat(50_000)).into_bytes(),
        format!("{head}[workload]\n{}\n", (0..50_000).map(|n| format!("k{n} = 1\n")).collect::<String>()).into_bytes(),
        format!("{head}[{}]\n", "a.".repeat(20_000) + "a").into_bytes(),
        format!("{head}[workload]\ntasks = {}\n", "9".repeat(1_000_000)).into_bytes(),
        format!("{head}explanation = '''{huge}'''\n[workload]\n").into_bytes(),
        format!("{head}[workload]\n[models]\ninclude = [{}]\n", "\"async\",".repeat(100_000)).into_bytes(),
        format!("{head}[workload]\n{}", "[[workload.task]]\nnam = 1\nwait_ms = -1\n".repeat(50_000)).into_bytes(),
        format!("{head}[workload]\n{}", "tasks = = 1\n".repeat(50_000)).into_bytes(),
        format!("{head}[workload]\nspread = {{ kind = {huge:?}, {huge} = 1 }}\n").into_bytes(),
        format!("{head}[[workload]]\n[[trials]]\n").into_bytes(),
        format!("workload = 3\n{head}").into_bytes(),
        format!("{head}workload = [[[]]]\n").into_bytes(),
    ]
}

fn check_message(message: &str, case: &str) {
    assert_eq!(printable::first_hidden_in_block(message), None, "{case}: {message:?}");
    let length = message.chars().count();
    assert!(length <= LONGEST, "{case}: a message of {length} characters");
    assert!(!message.trim().is_empty(), "{case}: an empty message");
}

/// Runs one case and returns its duration. Panics if it panicked or took too long.
fn bounded(case: &str, work: impl FnOnce() -> Option<String>) -> Duration {
    let start = Instant::now();
    let message = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| panic!("{case} panicked"));
    if let Some(message) = message {
        check_message(&message, case);
    }
    let took = start.elapsed();
    assert!(took < SLOWEST, "{case} took {took:?}");
    took
}

#[test]
fn mutated_experiment_files_are_read_or_refused() {
    let mut random = Rng::with_seed(673);
    let presets = ["quick-tour", "task-a-b", "lost-update"].map(|id| preset::source(id).expect("a preset"));
    let mut slowest = Duration::ZERO;
    let count = 1_500 * times();
    for case in 0..count {
        let source = if random.u8(..4) == 0 { presets[random.usize(..presets.len())] } else { SETTINGS };
        let bytes = mutated(source.as_bytes(), &mut random);
        let name = format!("experiment {case}");
        slowest = slowest.max(bounded(&name, || entries::experiment_file(bytes)));
    }
    let made = hand_made();
    let all = count + made.len();
    for (case, bytes) in made.into_iter().enumerate() {
        slowest = slowest.max(bounded(&format!("hand-made {case}"), || entries::experiment_file(bytes)));
    }
    report("experiment files", all, slowest);
}

#[test]
fn mutated_task_lists_are_read_or_refused() {
    let mut random = Rng::with_seed(207);
    let lists = [
        "name,compute_ms,wait_ms\nA,1.5,2\n\"B, b\",0,30\nC,12,0\n",
        "name;compute_ms;wait_ms\r\nMüller;1,5;2\r\nB;0,25;30\r\n",
        "sep=;\nname;compute_ms;wait_ms\nA;1;2\n",
        "wait_ms\tname\tcompute_ms\n1\tA\t2,5\n",
    ];
    let mut slowest = Duration::ZERO;
    let count = 2_000 * times();
    for case in 0..count {
        let bytes = mutated(lists[random.usize(..lists.len())].as_bytes(), &mut random);
        slowest = slowest.max(bounded(&format!("task list {case}"), || entries::task_list(bytes)));
    }
    report("task lists", count, slowest);
}

/// Spans of three tasks with everything that there can be beside them.
fn spans() -> Spans {
    let span = |at: u64| Span { submitted: at, started: at + 10, finished: at + 90, worker: 1, core: Some(2) };
    let handover = |at: u64| Handover { sent: Some(at + 5), read: at + 15, worked: at + 80, received: None };
    Spans {
        tasks: [0, 100, 200].map(span).to_vec(),
        steps: vec![PlanStep::Wait, PlanStep::critical(Lock::Mutex, 1, SectionWork::Wait)],
        step_ends: vec![40, 140, 240],
        inner_timestamps: vec![50, 60, 150, 160, 250, 260],
        gil_waits: vec![1, 2, 3],
        handovers: [0, 100, 200].map(handover).to_vec(),
        beats: vec![Beat { due: 10, late: 3 }],
        seen: vec![(1, 5)],
        ..Spans::default()
    }
}

fn trial_report() -> Report {
    Report {
        setup_nanos: 5,
        wall_nanos: 300,
        teardown_nanos: 2,
        repeat_nanos: 0,
        passes: 1,
        workers: Some(2),
        usage: Usage { user_nanos: Some(100), ..Usage::default() },
        tree_usage: Usage::default(),
        peak_memory_bytes: Some(4096),
        pss_bytes: None,
        record_bytes: 96,
        stamp_nanos: Some(20.5),
        first_stamp_nanos: Some(90.0),
        checksum: 77,
        stamp_clock: StampClock::OsClock,
        server: None,
        counted: None,
        runtime: None,
        results: None,
        left_processes: None,
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u64).to_le_bytes(), &[kind][..], payload].concat()
}

#[test]
fn mutated_frames_are_read_or_refused() {
    let mut random = Rng::with_seed(92);
    let mut spans_frame = Vec::new();
    Reply::Spans(Box::new(spans())).write(&mut spans_frame).expect("memory");
    assert_eq!(spans_frame, frame(16, &spans_to_bytes(&spans()).expect("JSON")));
    let mut report_frame = Vec::new();
    Reply::Report(Box::new(trial_report())).write(&mut report_frame).expect("memory");
    let valid = [frame(11, &[]), frame(12, &[3, 0, 0, 0]), report_frame, spans_frame].concat();
    let whole = entries::frames(&valid).expect("an end");
    assert!(whole.contains("fill whole buffer"), "all frames are read: {whole}");
    let mut slowest = Duration::ZERO;
    let count = 3_000 * times();
    for case in 0..count {
        let bytes = mutated(&valid, &mut random);
        slowest = slowest.max(bounded(&format!("frames {case}"), || entries::frames(&bytes)));
    }
    report("series of frames", count, slowest);
}

#[test]
fn mutated_answers_of_python_are_read_or_refused() {
    let mut random = Rng::with_seed(93);
    // One task with a wait, under threads, and its waits for the interpreter.
    let answer = |ended: &str| {
        let report = format!(
            "\u{19}{{\"version\":\"3.14.0\",\"gil\":true,\"start_method\":null,\"begun\":100,\"ended\":{ended},\
             \"repeated_until\":900,\"passes\":1,\"workers\":2,\"own\":1,\"teardown\":5,\"usage\":[1,2,3,4,5,6],\
             \"peak\":1000,\"stamp\":20.5,\"first_stamp\":30.5,\"workers_peak\":500,\"counted\":0,\"beats\":[[10,2]],\
             \"pressure\":7}}\n"
        );
        let words = [110_u64, 120, 255, 1, 7, 3, 254, 2].into_iter().flat_map(u64::to_le_bytes);
        report.into_bytes().into_iter().chain(words).collect::<Vec<u8>>()
    };
    let valid = answer("900");
    assert_eq!(entries::python_answer(&valid), None);
    assert_eq!(entries::python_answer(&answer("18446744073709551615")).as_deref(), Some("wall_nanos"));
    let mut slowest = Duration::ZERO;
    let count = 5_000 * times();
    for case in 0..count {
        let bytes = mutated(&valid, &mut random);
        slowest = slowest.max(bounded(&format!("answer {case}"), || entries::python_answer(&bytes)));
    }
    report("answers of Python", count, slowest);
}

#[test]
fn mutated_small_texts_are_read_or_refused() {
    let mut random = Rng::with_seed(94);
    let texts = [
        "py-threads@3.14t{gil=on,workers=4}#2",
        "thread-pool{workers=8,cpus=0-3+6}",
        "tasks=10..100000/9log",
        "step.1.bytes=1,2,4",
        "0-3,6",
        "12.5",
        "comparison=a.svg",
    ];
    let mut slowest = Duration::ZERO;
    let count = 300 * times();
    for case in 0..count {
        let bytes = mutated(texts[random.usize(..texts.len())].as_bytes(), &mut random);
        let text = String::from_utf8_lossy(&bytes);
        slowest = slowest.max(bounded(&format!("text {case}"), || {
            drop(entries::small_text(&text));
            None
        }));
    }
    report("small texts", count, slowest);
}

/// Runs the lab without interpreters on its PATH. Returns exit status, output and duration.
fn dry_run(home: &Path, arguments: &[String]) -> (Option<i32>, String, Duration) {
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_concurrency-lab"));
    command.args(arguments).current_dir(home).env_clear().env("HOME", home).env("PATH", home).env("TMPDIR", home);
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        // The receiver may have timed out.
        let _ = send.send(command.output());
    });
    let output =
        receive.recv_timeout(SLOWEST).unwrap_or_else(|_| panic!("{arguments:?} hangs")).expect("the lab starts");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code(), text, start.elapsed())
}

fn check_run(home: &Path, arguments: &[String]) -> Duration {
    let (status, text, took) = dry_run(home, arguments);
    assert!(matches!(status, Some(0 | 2)), "{arguments:?}: {status:?}: {text}");
    assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    assert_eq!(printable::first_hidden_in_block(&text), None, "{arguments:?}: {text:?}");
    assert!(text.chars().count() < 5_000, "{arguments:?}: {} characters", text.chars().count());
    assert!(status == Some(0) || !text.trim().is_empty(), "{arguments:?}: no message");
    took
}

#[test]
fn command_lines_are_obeyed_or_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let mut random = Rng::with_seed(395);
    let flags = [
        "--models",
        "--tasks",
        "--task-ms",
        "--workers",
        "--trials",
        "--warmups",
        "--budget",
        "--seed",
        "--work",
        "--reference",
        "--timeout",
        "--summary-csv",
        "--json",
        "--csv-dialect",
        "--progress",
        "--quiet",
        "-q",
        "--nonsense",
    ];
    let mut values: Vec<String> =
        ["0", "1", "auto", "async", "async,async", "threads", "same-time", "x.csv", "-", "excel"]
            .iter()
            .chain(NASTY.iter().filter(|nasty| !nasty.contains('\0')))
            .map(ToString::to_string)
            .collect();
    values.extend(["async".repeat(3_000), "9".repeat(400), "a,".repeat(200), String::new()]);
    let mut slowest = Duration::ZERO;
    let count = 90 * times();
    for _ in 0..count {
        let mut arguments = vec!["run".to_owned(), "quick-tour".to_owned(), "--dry-run".to_owned()];
        for _ in 0..random.usize(1..4) {
            arguments.push(flags[random.usize(..flags.len())].to_owned());
            if random.u8(..8) > 0 {
                arguments.push(values[random.usize(..values.len())].clone());
            }
        }
        slowest = slowest.max(check_run(home.path(), &arguments));
    }
    report("command lines", count, slowest);
}

#[test]
fn mutated_files_end_a_dry_run_in_order() {
    let home = tempfile::tempdir().expect("a folder");
    let path: PathBuf = home.path().join("fuzz.toml");
    let mut random = Rng::with_seed(48);
    let mut slowest = Duration::ZERO;
    let count = 60 * times();
    let mutations = (0..count).map(|_| mutated(SETTINGS.as_bytes(), &mut random)).collect::<Vec<_>>();
    let hand_made = hand_made();
    let made = hand_made.len();
    for bytes in mutations.into_iter().chain(hand_made) {
        fs::write(&path, bytes).expect("written");
        let arguments = ["run", "fuzz.toml", "--dry-run"].map(str::to_owned);
        slowest = slowest.max(check_run(home.path(), &arguments));
    }
    report("dry runs of mutated files", count + made, slowest);
}
