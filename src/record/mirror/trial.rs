//! A trial as a row of `trial`. Its spans and CPU samples are blocks in tables of their own.

use std::sync::Arc;

use super::row::{RowIn, RowOut};
use super::{classes, code, failure, span_summary};
use crate::clock::StampClock;
use crate::model::Contender;
use crate::record::blocks::Shape;
use crate::record::error::Problem;
use crate::record::limits::{Budget, MOST_BEATS};
use crate::record::seal::Check;
use crate::trial::{
    Background, Counted, ExternalScheduler, Measured, Runtime, ServerUse, SpanClasses, SpanSummary, Spans, Status,
    Trial, Usage,
};
use crate::units;
use crate::workload::{MOST_REPEATS_RECORDED, MOST_STEPS, MOST_TASKS, PlanStep};

/// Statuses that a trial can have.
const STATUSES: [Status; 3] = [Status::Completed, Status::Failed, Status::Cancelled];
const CPU_COUNTER: &str = "cpu-counter";
const OS_CLOCK: &str = "os-clock";

/// Writes a trial; `contender` is the row number of its contender. `spans` are those of `trial`.
pub(in crate::record) fn write(trial: &Trial, contender: i64, spans: Option<&Spans>) -> Result<RowOut, Problem> {
    let mut row = RowOut::default();
    row.put("point", i64::from(trial.point) + 1)
        .put("contender", contender)
        .put("model", trial.contender.to_string())
        .put("round", trial.round)
        .put("position", trial.position)
        .text("status", trial.status.name())
        .put("started_at", units::rfc3339(trial.started_at_ms))
        .number("started_at_ms", trial.started_at_ms);
    failure::write(trial.failure.as_ref(), &mut row)?;
    if let Some(background) = &trial.background {
        row.number("background_wall_nanos", background.wall_nanos)
            .put("background_cpus", background.cpus)
            .number("background_busy_nanos", background.busy_nanos)
            .number("background_tree_nanos", background.tree_nanos)
            .number("background_lab_nanos", background.lab_nanos)
            .number("background_steal_nanos", background.steal_nanos)
            .number("background_throttled", background.throttled)
            .number("background_throttled_nanos", background.throttled_nanos);
    }
    if let (Some(measured), Some(spans)) = (&trial.measured, spans) {
        write_measured(measured, &mut row);
        row.put("results", code::write_results(measured.results.as_ref())?);
        span_summary::write(&measured.span_summary, &mut row)?;
        classes::write(spans, &measured.span_summary.classes, &mut row)?;
        let shape = Shape::of(spans);
        let steps = serde_json::to_string(&spans.steps).map_err(|error| Problem::Io(error.into()))?;
        row.number("tasks", spans.tasks.len() as u64)
            .put("steps", steps)
            .number("step_ends", shape.step_ends as u64)
            .number("inner_stamps", shape.inner_stamps as u64)
            .put("gil_waits", shape.gil_waits)
            .put("handovers", shape.handovers)
            .number("heartbeats", spans.beats.len() as u64);
    }
    Ok(row)
}

fn write_measured(measured: &Measured, row: &mut RowOut) {
    let (usage, server) = (&measured.usage, measured.server);
    row.number("setup_nanos", measured.setup_nanos)
        .number("wall_nanos", measured.wall_nanos)
        .number("teardown_nanos", measured.teardown_nanos)
        .put("workers", measured.workers)
        .number("user_nanos", usage.user_nanos)
        .number("system_nanos", usage.system_nanos)
        .number("voluntary_switches", usage.voluntary_switches)
        .number("involuntary_switches", usage.involuntary_switches)
        .number("storage_read_bytes", usage.storage_read_bytes)
        .number("storage_written_bytes", usage.storage_written_bytes)
        .number("peak_memory_bytes", measured.peak_memory_bytes)
        .number("pss_bytes", measured.pss_bytes)
        .number("record_bytes", measured.record_bytes)
        .put("stamp_nanos", measured.stamp_nanos)
        .put("first_stamp_nanos", measured.first_stamp_nanos)
        .put("checksum", format!("0x{:016x}", measured.checksum))
        .put("passes", measured.passes)
        .text("span_clock", clock_name(measured.stamp_clock))
        .text("file_system", measured.file_system.as_deref())
        .number("server_cpu_nanos", server.and_then(|server| server.cpu_nanos))
        .number("server_requests", server.map(|server| server.requests))
        .number("server_most_connections", server.map(|server| server.most_connections))
        .put("left_processes", measured.left_processes)
        .number("expected_updates", measured.counted.map(|counted| counted.expected))
        .number("got_updates", measured.counted.map(|counted| counted.got));
    if let Some(runtime) = &measured.runtime {
        row.text("python_version", runtime.version.as_str())
            .put("gil", runtime.gil)
            .text("start_method", runtime.start_method.as_deref())
            .number("gil_wait_error_nanos", runtime.gil_wait_error_nanos)
            .number("gil_wait_asleep_nanos", runtime.gil_wait_asleep_nanos);
        if let Some(external) = &runtime.external {
            row.text("scheduler", external.address.as_str()).put("scheduler_same_clock", external.same_clock);
        }
    }
}

const fn clock_name(source: StampClock) -> &'static str {
    match source {
        StampClock::CpuCounter => CPU_COUNTER,
        StampClock::OsClock => OS_CLOCK,
    }
}

fn clock_named(name: &str) -> Option<StampClock> {
    [StampClock::CpuCounter, StampClock::OsClock].into_iter().find(|source| clock_name(*source) == name)
}

/// A trial that was read, and what is needed to read its spans.
pub(in crate::record) struct TrialRow {
    /// Without CPU samples; its spans are empty.
    pub(in crate::record) trial: Trial,
    /// Its row number.
    pub(in crate::record) id: i64,
    /// Layout of its spans.
    pub(in crate::record) layout: Option<Layout>,
    /// Check values of its blocks.
    pub(in crate::record) checks: BlockChecks,
}

/// Check values of the blocks of a trial; `None` in files of older formats.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::record) struct BlockChecks {
    pub(in crate::record) spans: Option<u32>,
    pub(in crate::record) beats: Option<u32>,
    pub(in crate::record) cpu: Option<u32>,
}

impl BlockChecks {
    pub(in crate::record) fn write(self, row: &mut RowOut) {
        row.put("span_crc", self.spans).put("heartbeat_crc", self.beats).put("cpu_crc", self.cpu);
    }

    fn read(row: &RowIn<'_>) -> Result<Self, Problem> {
        Ok(Self { spans: row.small("span_crc")?, beats: row.small("heartbeat_crc")?, cpu: row.small("cpu_crc")? })
    }

    /// Compares the value of blocks that were read with that of those that were written.
    pub(in crate::record) fn verify(expected: Option<u32>, check: Check, blocks: &'static str) -> Result<(), Problem> {
        match expected {
            Some(expected) if expected != check.finish() => Err(Problem::Damaged(blocks)),
            _ => Ok(()),
        }
    }
}

/// Layout of the spans of a trial.
#[derive(Debug, Clone)]
pub(in crate::record) struct Layout {
    pub(in crate::record) tasks: usize,
    pub(in crate::record) heartbeats: usize,
    pub(in crate::record) steps: Vec<PlanStep>,
    pub(in crate::record) shape: Shape,
    pub(in crate::record) classes: SpanClasses,
    pub(in crate::record) checks: BlockChecks,
}

impl Layout {
    /// That of spans in memory.
    pub(in crate::record) fn of(spans: &Spans, checks: BlockChecks) -> Self {
        let (tasks, heartbeats) = (spans.tasks.len(), spans.beats.len());
        let classes = spans.classes.clone();
        Self { tasks, heartbeats, steps: spans.steps.clone(), shape: Shape::of(spans), classes, checks }
    }
}

/// Reads a trial of one of these contenders, at one of `points` points.
pub(in crate::record) fn read(
    row: &RowIn<'_>,
    points: usize,
    contenders: &[Contender],
    budget: &mut Budget,
) -> Result<TrialRow, Problem> {
    let point = u32::try_from(row.signed("point")?).ok().and_then(|number| number.checked_sub(1));
    let point = point.filter(|index| (*index as usize) < points);
    let contender =
        usize::try_from(row.signed("contender")?).ok().and_then(|number| contenders.get(number.checked_sub(1)?));
    let contender = contender.ok_or_else(|| row.wrong("contender", "the number of a contender"))?;
    if row.needed_text("model")? != contender.to_string() {
        return Err(row.wrong("model", "the model of its contender"));
    }
    let round = i32::try_from(row.signed("round")?).ok().filter(|round| (-20..=1_000_000).contains(round));
    let status = row.named(
        "status",
        |name| STATUSES.into_iter().find(|status| status.name() == name),
        "\"completed\", \"failed\" or \"cancelled\"",
    )?;
    let (position, started_at_ms) = (row.small("position")?, row.count("started_at_ms")?);
    budget.take(size_of::<Trial>() + size_of::<SpanSummary>())?;
    let checks = BlockChecks::read(row)?;
    let (measured, layout) = measured(row, checks, budget)?.unzip();
    Ok(TrialRow {
        id: row.number,
        layout,
        checks,
        trial: Trial {
            point: point.ok_or_else(|| row.wrong("point", "the number of a point"))?,
            contender: contender.clone(),
            round: round.ok_or_else(|| row.wrong("round", "the number of a round"))?,
            position: row.needed("position", position)?,
            status: row.needed("status", status)?,
            failure: failure::read(row)?,
            started_at_ms: row.needed("started_at_ms", started_at_ms)?,
            measured,
            cpu: Vec::new(),
            background: background(row)?,
        },
    })
}

fn background(row: &RowIn<'_>) -> Result<Option<Background>, Problem> {
    let Some(wall_nanos) = row.nanos("background_wall_nanos")? else { return Ok(None) };
    let nanos = |column| row.needed(column, row.cpu_nanos(column)?);
    let cpus = row.small("background_cpus")?;
    Ok(Some(Background {
        wall_nanos,
        cpus: row.needed("background_cpus", cpus)?,
        busy_nanos: nanos("background_busy_nanos")?,
        tree_nanos: nanos("background_tree_nanos")?,
        lab_nanos: nanos("background_lab_nanos")?,
        steal_nanos: row.cpu_nanos("background_steal_nanos")?,
        throttled: row.count("background_throttled")?,
        throttled_nanos: row.cpu_nanos("background_throttled_nanos")?,
    }))
}

fn measured(row: &RowIn<'_>, checks: BlockChecks, budget: &mut Budget) -> Result<Option<(Measured, Layout)>, Problem> {
    let Some(wall_nanos) = row.nanos("wall_nanos")? else { return Ok(None) };
    let mut layout = layout(row, checks)?;
    let mut span_summary = span_summary::read(row, layout.steps.len(), budget)?;
    (layout.classes, span_summary.classes) = classes::read(row, layout.steps.len(), layout.tasks, budget)?;
    let nanos = |column| row.needed(column, row.nanos(column)?);
    let checksum = row.named(
        "checksum",
        |text| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok(),
        "0x and hexadecimal digits",
    )?;
    let (passes, record_bytes) = (row.small("passes")?, row.large("record_bytes")?);
    let clock = row.named("span_clock", clock_named, "\"cpu-counter\" or \"os-clock\"")?;
    let measured = Measured {
        setup_nanos: nanos("setup_nanos")?,
        wall_nanos,
        teardown_nanos: nanos("teardown_nanos")?,
        workers: row.small("workers")?,
        usage: Usage {
            user_nanos: row.cpu_nanos("user_nanos")?,
            system_nanos: row.cpu_nanos("system_nanos")?,
            voluntary_switches: row.count("voluntary_switches")?,
            involuntary_switches: row.count("involuntary_switches")?,
            storage_read_bytes: row.large("storage_read_bytes")?,
            storage_written_bytes: row.large("storage_written_bytes")?,
        },
        peak_memory_bytes: row.large("peak_memory_bytes")?,
        pss_bytes: row.large("pss_bytes")?,
        record_bytes: row.needed("record_bytes", record_bytes)?,
        stamp_nanos: row.real("stamp_nanos")?,
        first_stamp_nanos: row.real("first_stamp_nanos")?,
        checksum: row.needed("checksum", checksum)?,
        spans: crate::trial::SpanStore::Memory(Arc::default()),
        span_summary: Arc::new(span_summary),
        passes: row.needed("passes", passes)?,
        stamp_clock: row.needed("span_clock", clock)?,
        server: server(row)?,
        counted: match row.large("expected_updates")? {
            None => None,
            Some(expected) => {
                let got = row.large("got_updates")?;
                Some(Counted { expected, got: row.needed("got_updates", got)? })
            }
        },
        runtime: runtime(row)?,
        file_system: row.line("file_system")?,
        results: code::read_results(row)?,
        left_processes: row.small("left_processes")?,
    };
    Ok(Some((measured, layout)))
}

fn layout(row: &RowIn<'_>, checks: BlockChecks) -> Result<Layout, Problem> {
    let steps: Vec<PlanStep> = serde_json::from_str(&row.needed_text("steps")?)
        .map_err(|_| row.wrong("steps", "a JSON list of the steps that this version has"))?;
    let bounded = |column: &'static str, most: usize| {
        let value = row.needed(column, row.small(column)?)? as usize;
        if value <= most { Ok(value) } else { Err(row.wrong(column, "a number that a trial can have")) }
    };
    let (ends, stamps) = (steps.len().saturating_sub(1), steps.iter().map(|step| step.inner_timestamps()).sum());
    if steps.len() > MOST_STEPS || bounded("step_ends", ends)? != ends || bounded("inner_stamps", stamps)? != stamps {
        return Err(row.wrong("step_ends", "the number that its steps have"));
    }
    let gil_waits = row.flag("gil_waits")?;
    let shape = Shape {
        step_ends: ends,
        inner_stamps: stamps,
        gil_waits: row.needed("gil_waits", gil_waits)?,
        // Older files have no payloads.
        handovers: row.flag("handovers")?.unwrap_or(false),
    };
    let (tasks, heartbeats) =
        (bounded("tasks", (MOST_TASKS + MOST_REPEATS_RECORDED) as usize)?, bounded("heartbeats", MOST_BEATS)?);
    Ok(Layout { tasks, heartbeats, steps, shape, classes: SpanClasses::default(), checks })
}

fn server(row: &RowIn<'_>) -> Result<Option<ServerUse>, Problem> {
    let Some(requests) = row.count("server_requests")? else { return Ok(None) };
    let most_connections = row.count("server_most_connections")?;
    Ok(Some(ServerUse {
        cpu_nanos: row.nanos("server_cpu_nanos")?,
        requests,
        most_connections: row.needed("server_most_connections", most_connections)?,
    }))
}

fn runtime(row: &RowIn<'_>) -> Result<Option<Runtime>, Problem> {
    let Some(version) = row.line("python_version")? else { return Ok(None) };
    let gil = row.flag("gil")?;
    Ok(Some(Runtime {
        version,
        gil: row.needed("gil", gil)?,
        start_method: row.line("start_method")?,
        gil_wait_error_nanos: row.cpu_nanos("gil_wait_error_nanos")?,
        external: match row.line("scheduler")? {
            None => None,
            Some(address) => {
                let same_clock = row.flag("scheduler_same_clock")?;
                Some(ExternalScheduler { address, same_clock: row.needed("scheduler_same_clock", same_clock)? })
            }
        },
        gil_wait_asleep_nanos: row.cpu_nanos("gil_wait_asleep_nanos")?,
    }))
}
