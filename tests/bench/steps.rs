//! Steps that need more than a core, against bare hand-written programs with the same crates: requests, files, memory and
//! locks, each step about 1 ms; and counters side by side and apart against a C program. Run like trials and interleaved.
//! Prints ratios; enforces no limit.
//!
//! `cargo bench --bench steps [-- KIND…] [--pairs N]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

mod bare_steps;
mod pairs;
mod sharing;

use concurrency_lab::model::{Host, ModelId};
use concurrency_lab::session::Machine;
use concurrency_lab::workload::{Kernel, Lock, LockAccess, MemoryAccess, SectionWork, Step};
use pairs::Placement;

/// Bytes of a file that take about 1 ms on an ordinary machine; below, the same for memory and responses.
const FILE_BYTES: u64 = 1_000_000;
const MEMORY_MIB: u32 = 16;
const HTTP_BYTES: u64 = 10_000;
const RANDOM_MIB: u32 = 1;
/// Locks among which the tasks of "locks" are divided.
const LOCKS: u32 = 4;

/// Returns the number of tasks. Files are fewer: more of them fill the page cache with dirty pages, and then writing back
/// to storage is measured.
fn tasks(kind: &str) -> u32 {
    if kind.starts_with("file") { 100 } else { 400 }
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == pairs::BARE) {
        bare_steps::main(&arguments.skip(1).collect::<Vec<_>>(), env!("CARGO_BIN_EXE_concurrency-lab").as_ref());
        return;
    }
    let (mut kinds, mut pairs) = (Vec::new(), 11);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--pairs" => pairs = arguments.next().and_then(|text| text.parse().ok()).expect("--pairs N"),
            "--bench" => {}
            kind => kinds.push(kind.to_owned()),
        }
    }
    if kinds.is_empty() {
        kinds = [
            "http",
            "file",
            "memory",
            "critical",
            "http-new",
            "file-read",
            "memory-random",
            "rwlock",
            "locks",
            "sharing",
        ]
        .map(str::to_owned)
        .to_vec();
    }
    println!(
        "{pairs} interleaved pairs each, 400 tasks (files: 100), {} workers; medians; a ratio is lab / bare",
        pairs::WORKERS
    );
    for kind in kinds {
        if kind == "sharing" {
            sharing::compare(pairs);
            continue;
        }
        for model in [ModelId::Sequential, ModelId::ThreadPool, ModelId::Async] {
            compare(&kind, model, pairs);
        }
    }
}

fn section(lock: Lock, access: LockAccess, locks: u32) -> Step {
    Step::Critical { ms: 1.0, lock, permits: 1, holds: SectionWork::Compute, access, locks }
}

fn compare(kind: &str, model: ModelId, pairs: u32) {
    let tasks = tasks(kind);
    let steps = || {
        vec![match kind {
            "http" => Step::http(1.0, HTTP_BYTES),
            "file" => Step::file(FILE_BYTES, false),
            "memory" => Step::memory(MEMORY_MIB),
            "http-new" => Step::Http { latency_ms: 1.0, bytes: HTTP_BYTES, keep_alive: false },
            "file-read" => Step::File { bytes: FILE_BYTES, sync: false, read_only: true },
            "memory-random" => Step::Memory { mib: RANDOM_MIB, access: MemoryAccess::Random },
            "rwlock" => section(Lock::Rwlock, LockAccess::Read, 1),
            "locks" => section(Lock::Mutex, LockAccess::Write, LOCKS),
            "critical" => Step::critical(1.0, Lock::Mutex, 1, SectionWork::Compute),
            other => panic!(
                "{other}: allowed are http, file, memory, critical, http-new, file-read, memory-random, rwlock, locks, sharing"
            ),
        }]
    };
    let amount = match kind {
        "http" | "http-new" => 1_000_000,
        "file" | "file-read" => FILE_BYTES,
        "memory-random" => u64::from(RANDOM_MIB) << 20,
        "memory" => u64::from(MEMORY_MIB) << 20,
        // The first lab run calibrates; the bare program uses the same number of units.
        _ => {
            let (_, results) = pairs::lab(model, steps(), tasks);
            results
                .calibrations
                .nanos_per_unit(&Host::Rust, Kernel::Splitmix)
                .map_or(0, |nanos| (1e6 / nanos).round() as u64)
        }
    };
    let cache = Machine::probe().last_level_cache_bytes.unwrap_or(64 << 20);
    let arguments = [kind, model.name(), &tasks.to_string(), &amount.to_string(), &(4 * cache).to_string()];
    let arguments = arguments.map(str::to_owned);
    let name = format!("{kind}, {}", model.name());
    let lab = || pairs::lab(model, steps(), tasks).0;
    pairs::compare((&name, tasks), Placement::DoesNotCount, pairs, lab, || pairs::bare_program(&arguments));
}
