//! Metrics of the memory that a trial's processes used, and of memory streamed.

use super::definition::{Metric, metrics};
use super::value::Unit;
use crate::units;
use crate::workload::Step;

metrics! {
    /// Peak resident memory; with worker processes the sum over all of them. Shown without the lab's records.
    PEAK_MEMORY = Metric::new("peak_memory_bytes", "peak memory", Unit::Bytes)
        .short("memory")
        .lower()
        .help(
            "Peak memory of the trial's processes, without the lab's records; \"up to\": a sum over processes, which \
            counts shared memory once for each",
        )
        .summary(26, |model| model.summary.peak_memory_bytes.into())
        .trials(13, |trial| trial.measured().and_then(|measured| measured.peak_memory_bytes).into())
        .text(|model| {
            let bytes = units::bytes(model.summary.model_memory_bytes?);
            Some(if model.summary.memory_is_a_sum() { format!("up to {bytes}") } else { bytes })
        })
        .terminal(6, 6)
        .curve(7, |model| model.summary.model_memory_bytes.into())
        .detail(18, "Peak memory", |model| PEAK_MEMORY.of_model(model));
    /// Proportional set size of all processes right after the clock stopped.
    PSS = Metric::new("pss_bytes", "PSS", Unit::Bytes)
        .lower()
        .summary(53, |model| model.summary.pss_bytes.into())
        .trials(30, |trial| trial.measured().and_then(|measured| measured.pss_bytes).into())
        .terminal_if_measured(8, 10)
        .detail(19, "PSS after the clock", |model| {
            PSS.of_model(model).or_else(|| (!model.summary.memory_is_a_sum()).then(|| "one process".to_owned()))
        });
    /// Size of the lab's records within the peak memory. The terminal shows it from 1 % of the peak on.
    RECORDS = Metric::new("record_bytes", "lab's records", Unit::Bytes)
        .summary(54, |model| model.summary.record_bytes.into())
        .trials(31, |trial| trial.measured().map(|measured| measured.record_bytes).into())
        .text(|model| {
            let (records, memory) = (model.summary.record_bytes?, model.summary.model_memory_bytes?);
            (records >= memory / 100.0).then(|| units::bytes(records))
        })
        .terminal_if_measured(9, 9)
        .detail(20, "Lab's records", |model| model.summary.record_bytes.map(units::bytes));
    /// Memory streamed per second of wall time.
    MEMORY_READ = Metric::new("memory_gb_per_s", "memory read", Unit::GigabytesPerSecond)
        .short("read")
        .higher()
        .help("Memory that all tasks together read per second of wall time")
        .summary(51, |model| model.summary.streamed_bytes_per_s.map(|bytes| bytes / 1e9).into())
        .terminal_if_measured(16, 3)
        .only_if(|model| model.has_step(|step| matches!(step, Step::Memory { .. })))
        .detail(39, "Memory read", |model| MEMORY_READ.of_model(model))
        .clause(|model| Some(format!("{} of memory read", MEMORY_READ.of_model(model)?)));
}
