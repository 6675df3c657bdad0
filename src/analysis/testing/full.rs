//! One fixed run with everything that a table can show: every kind of step, the heartbeat, both hosts, failures.

use std::sync::Arc;

use super::{Synthetic, got_locks};
use crate::failure::{Failure, LimitedUnit};
use crate::results::Results;
use crate::session::Outcome;
use crate::trial::{Background, Beat, Counted, CpuSample, Runtime, ServerUse, Status};
use crate::workload::{Kernel, Lock, Protection, SectionWork, Step};

/// Six models, seven rounds after a warm-up.
pub fn full() -> Results {
    let steps = vec![
        Step::Compute { ms: 1.0, kernel: Kernel::Sha256 },
        Step::wait(2.0),
        Step::http(1.5, 10_000),
        Step::file(100_000, true),
        Step::memory(2),
        Step::critical(0.5, Lock::Semaphore, 2, SectionWork::Wait),
        Step::Increment { count: 1_000, protection: Protection::None },
    ];
    let models = ["sequential", "threads", "process-pool", "py-threads", "py-process-pool", "async", "processes"];
    let rows = [
        ("sequential", 124.123_457, 1, 0.25),
        ("threads", 32.7, 8, 0.5),
        ("process-pool", 64.3, 2, 0.6),
        ("py-threads", 61.5, 8, 0.9),
        ("py-process-pool", 83.25, 2, 0.7),
    ];
    let mut workload = super::workload_of(8, steps);
    workload.ticker = true;
    workload.seed = 42;
    let mut built = Synthetic::new(workload, &models).rounds(7, 0.021, &rows);
    for (model, gil) in [("py-threads", true), ("py-process-pool", true)] {
        built.adjust(model, |measured| {
            measured.runtime = Some(Runtime {
                version: "3.13.5".to_owned(),
                gil,
                start_method: (model == "py-process-pool").then(|| "forkserver".to_owned()),
                gil_wait_error_nanos: Some(1_250_000),
                external: None,
                gil_wait_asleep_nanos: (model == "py-threads").then_some(1_000_000),
            });
        });
    }
    for (model, pss) in [("process-pool", 9_000_000), ("py-process-pool", 31_000_000)] {
        built.adjust(model, |measured| measured.pss_bytes = Some(pss));
    }
    for trial in &mut built.results.trials {
        let round = trial.round.unsigned_abs() as u64;
        let name = trial.contender.to_string();
        trial.background = Some(Background {
            wall_nanos: 400_000_000,
            cpus: 2,
            busy_nanos: 300_000_000 + round * 1_000_000,
            tree_nanos: 280_000_000,
            lab_nanos: 4_000_000,
            steal_nanos: Some(1_000_000),
            throttled: Some(0),
            throttled_nanos: Some(1_500_000),
        });
        trial.cpu = (1..=3_u32)
            .map(|at| CpuSample {
                at_ms: f64::from(at) * 10.5,
                width_ms: 10.5,
                usage_percent: vec![33.3 * at as f32, 12.3],
                lab_percent: Some(1.5),
                tree_percent: Some(80.25),
            })
            .collect();
        let Some(measured) = trial.measured.as_mut() else { continue };
        measured.usage.involuntary_switches = Some(3 + round);
        measured.usage.storage_read_bytes = Some(0);
        measured.usage.storage_written_bytes = Some(800_000 + 4096 * round);
        measured.file_system = Some("ext4".to_owned());
        measured.server = Some(ServerUse { cpu_nanos: Some(2_500_000 + round), requests: 8, most_connections: 4 });
        let lost = match name.as_str() {
            "threads" if round == 3 => 5,
            "process-pool" | "py-process-pool" => 8_000,
            _ => 0,
        };
        measured.counted = Some(Counted { expected: 8_000, got: 8_000 - lost });
    }
    for model in &models[..5] {
        let is_python_threads = *model == "py-threads";
        built.adjust_spans(model, |spans| {
            let got: Vec<u64> =
                spans.tasks.iter().map(|span| span.started + (span.finished - span.started) * 11 / 8).collect();
            got_locks(spans, &got);
            spans.beats = (0..10).map(|beat| Beat { due: beat * 1_000_000, late: 50_000 + beat * 10_000 }).collect();
            if is_python_threads {
                spans.gil_waits = vec![2_000_000; spans.tasks.len()];
            }
        });
    }
    built.failed("async", 1, Status::Failed, "=cmd|'/c calc'!A1, \"quoted\"");
    built.trial("async", 2, 21.5, 8, 0.3);
    let limit = Failure::limit(5, LimitedUnit::Processes, &std::io::Error::from(std::io::ErrorKind::WouldBlock));
    built.failed_with("processes", 1, Status::Failed, limit);
    built.results.outcome = Some(Outcome::Done);
    let calibrations = super::calibrated();
    built.results.calibrations.put(&crate::model::Host::Rust, calibrations);
    let experiment = Arc::make_mut(&mut built.results.experiment);
    experiment.summary = "Everything at once".to_owned();
    built.results
}
