//! Metrics of particular kinds of steps and of the heartbeat: lock waits, lost updates, standstills, server and storage.

use super::context::ModelContext;
use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::analysis::step_times::{StepTime, step_times};
use crate::trial::Counted;
use crate::units;
use crate::workload::Step;

const fn ms(id: &'static str, head: &'static str) -> Metric {
    Metric::new(id, head, Unit::Milliseconds).lower()
}

metrics! {
    /// Time that tasks waited for locks, summed over all tasks.
    LOCK_WAIT = ms("lock_wait_ms", "lock wait")
        .help("Time that all tasks together waited for locks")
        .summary(39, |model| Value::ms(model.summary.lock_wait_nanos))
        .trials(18, |trial| Value::integer_ms(trial.measured().and_then(|measured| measured.span_summary.lock_wait_nanos)))
        .terminal_if_measured(11, 10)
        .only_if(takes_locks)
        .detail(32, "Lock wait, all tasks", |model| LOCK_WAIT.of_model(model));
    /// Fairness: how evenly the workers of a pool got through a lock.
    FAIRNESS = Metric::new("fairness", "fairness", Unit::Number)
        .help(
            "Tasks of the worker that ran the fewest, divided by those of the worker that ran the most: 1 is even. \
            Where tasks take a lock, an unfair lock lets the same worker in again and again",
        )
        .higher()
        .summary(64, |model| fairness(model).into())
        .text(|model| fairness(model).map(|share| units::significant(share, 2)))
        .terminal_if_measured(18, 9)
        .only_if(takes_locks)
        .detail(41, "Slowest / fastest worker", |model| FAIRNESS.of_model(model));
    /// Mean time of each step, where a task has several.
    STEP_TIMES = Metric::new("step_ms_mean", "step times", Unit::Text)
        .help(
            "Mean time of each step over the tasks of a trial, median over the trials, in milliseconds, as \
            step.1=MS;step.2=MS; steps of classes as class.NAME.step.1=MS, with a NAME that has ; or = in it in quotation marks",
        )
        .summary(65, |model| {
            let times = step_times(model.results, model.summary);
            let text = |time: &StepTime| Some(format!("{}={}", time.label.key, time.nanos?.round() / 1e6));
            let texts: Vec<String> = times.iter().filter_map(text).collect();
            (!texts.is_empty()).then(|| texts.join(";")).into()
        })
        .only_if(|model| model.results.experiment.workload.steps().len() > 1);
    /// Number of updates of a shared counter that were lost.
    LOST_UPDATES = Metric::new("lost_updates", "lost updates", Unit::Count)
        .short("lost")
        .lower()
        .help(
            "Increments that were made and are missing from the counter, fewest and most of one trial: a finding, not \
            a failure",
        )
        .summary(41, |model| model.summary.lost_updates.into())
        .trials(19, |trial| trial.measured().and_then(|measured| measured.counted).map(Counted::lost).into())
        .text(|model| {
            let (least, most) = model.summary.lost_range?;
            let apart = model.summary.counts_apart();
            Some(if apart { "own memory".to_owned() } else { units::count_range(least, most) })
        })
        .terminal_if_measured(10, 14)
        .only_if(counts)
        .detail(35, "Updates lost", |model| {
            if model.summary.counts_apart() {
                return Some("none: every worker has a counter in memory of its own".to_owned());
            }
            model.summary.lost_range.map(|(least, most)| units::count_range(least, most))
        })
        .warning(|model| model.summary.result_is_wrong().then_some("wrong result"))
        .clause(lost_updates);
    /// Number of increments made in one trial.
    EXPECTED_UPDATES = Metric::new("expected_updates", "updates made", Unit::Count)
        .summary(44, |model| model.summary.expected_updates.into())
        .trials(20, |trial| trial.measured().and_then(|measured| measured.counted).map(|counted| counted.expected).into())
        .only_if(counts)
        .detail(33, "Updates made", |model| EXPECTED_UPDATES.of_model(model));
    /// Value of the counter after a trial.
    GOT_UPDATES = Metric::new("got_updates", "updates found", Unit::Count)
        .summary(45, |model| model.summary.got_updates.into())
        .trials(21, |trial| trial.measured().and_then(|measured| measured.counted).map(|counted| counted.got).into())
        .only_if(counts)
        .detail(34, "Updates found", |model| {
            model.summary.got_range.map(|(least, most)| units::count_range(least, most))
        });
    /// Median lateness of the heartbeat.
    LATE_MEDIAN = ms("ticker_late_ms_median", "ticker late")
        .summary(46, |model| Value::ms(model.summary.late_median_nanos))
        .trials(22, |trial| {
            Value::ms(trial.measured().and_then(|measured| measured.span_summary.lateness).map(|late| late.median as f64))
        })
        .only_if(|model| model.results.experiment.workload.ticker)
        .detail(36, "Ticker late 50/95/99 %", |model| {
            let summary = model.summary;
            let late = [summary.late_median_nanos, summary.late_p95_nanos, summary.late_p99_nanos];
            let late: Option<Vec<String>> = late.into_iter().map(|nanos| nanos.map(units::duration)).collect();
            late.map(|late| late.join(" / "))
        });
    /// Longest standstill of the heartbeat, median over trials.
    STANDSTILL = ms("ticker_late_ms_worst", "standstill")
        .help("The longest time that a ticker due every 10 ms beside the work was kept waiting, median over the trials")
        .summary(47, |model| Value::ms(model.summary.late_worst_nanos))
        .trials(23, |trial| {
            Value::ms(trial.measured().and_then(|measured| measured.span_summary.lateness).map(|late| late.worst as f64))
        })
        .terminal_if_measured(13, 13)
        .only_if(|model| model.results.experiment.workload.ticker)
        .detail(37, "Longest standstill", |model| STANDSTILL.of_model(model))
        .clause(|model| Some(format!("longest standstill {} (median of the trials)", STANDSTILL.of_model(model)?)));
    /// CPU time of the HTTP server while the clock ran.
    SERVER_CPU = ms("server_cpu_ms", "server")
        .help("Share of one core that the HTTP server used; it has one thread")
        .summary(48, |model| Value::ms(model.summary.server_cpu_nanos))
        .trials(24, |trial| Value::integer_ms(trial.measured().and_then(|measured| measured.server?.cpu_nanos)))
        .text(|model| model.summary.server_share.map(|share| units::percent(share * 100.0)))
        .terminal_if_measured(14, 5)
        .only_if(|model| model.has_step(|step| matches!(step, Step::Http { .. })))
        .detail(38, "Server CPU", |model| {
            let share = model.summary.server_share.map(|share| format!(", {} of a core", units::percent(share * 100.0)));
            Some(units::duration(model.summary.server_cpu_nanos?) + &share.unwrap_or_default())
        });
    /// Bytes read from storage; 0 if the page cache had them all.
    STORAGE_READ = Metric::new("storage_read_bytes", "from storage", Unit::Bytes)
        .help("Bytes read from storage, not from the page cache")
        .summary(49, |model| model.summary.storage_read_bytes.into())
        .trials(25, |trial| trial.of_files(trial.usage().storage_read_bytes).into())
        .terminal_if_measured(15, 4);
    /// Bytes written, or queued to be written, to storage.
    STORAGE_WRITTEN = Metric::new("storage_written_bytes", "to storage", Unit::Bytes)
        .summary(50, |model| model.summary.storage_written_bytes.into())
        .trials(26, |trial| trial.of_files(trial.usage().storage_written_bytes).into());
}

fn takes_locks(model: &ModelContext<'_>) -> bool {
    model.has_step(|step| matches!(step, Step::Critical { .. } | Step::TwoLocks { .. }))
}

/// Returns the fairness of a pool whose tasks take locks.
fn fairness(model: &ModelContext<'_>) -> Option<f64> {
    model.summary.fairness.filter(|_| takes_locks(model))
}

fn counts(model: &ModelContext<'_>) -> bool {
    model.has_step(|step| matches!(step, Step::Increment { .. }))
}

fn lost_updates(model: &ModelContext<'_>) -> Option<String> {
    let (summary, value) = (model.summary, LOST_UPDATES.of_model(model)?);
    if summary.counts_apart() {
        return Some("wrong result: updates made in memory of its own, the counter stays at 0".to_owned());
    }
    let expected = units::count(summary.expected_updates.map_or(0, |expected| expected.round() as u64));
    Some(if summary.result_is_wrong() {
        format!("wrong result: {value} of {expected} updates lost in a trial")
    } else {
        format!("{value} of {expected} updates lost")
    })
}
