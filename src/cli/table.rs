//! The result table and the verdict, for a terminal.

use super::fit::{Cells, fitted};
use crate::analysis::{Analysis, Caveat, Summary};
use crate::printable;
use crate::results::Results;
use crate::trial::Status;
use crate::units;

/// Headline, cause and uncertainty, then one row per model, fastest first, then the caveats. The table is no
/// wider than `width` characters.
pub(super) fn render(results: &Results, analysis: &Analysis, width: Option<usize>) -> String {
    let mut text = String::new();
    let verdict = &analysis.verdict;
    let first = verdict.disturbance.iter().chain([&verdict.headline, &verdict.cause, &verdict.uncertainty]);
    let lines = first.chain(&verdict.remarks);
    for line in lines.filter(|line| !line.is_empty()) {
        text.push_str(&printable::line(line));
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&fitted(models(results, analysis), width));
    for note in notes(analysis) {
        text.push_str(&format!("\n{note}"));
    }
    for caveat in analysis.caveats.iter() {
        text.push_str(&printable_caveat(caveat));
    }
    for (who, caveat) in by_kind(analysis) {
        text.push_str(&format!("\n{}", printable::line(&format!("{}: {}: {}", who, caveat.label(), caveat.remedy()))));
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The models' own caveats, one entry for each kind with all models that have it: the strongest of a share.
fn by_kind(analysis: &Analysis) -> Vec<(String, &Caveat)> {
    let mut kinds: Vec<(Vec<String>, &Caveat)> = Vec::new();
    for summary in analysis.fastest_first() {
        // Without commas of their own, titles can stand in a list.
        let title = || summary.contender.title().replace(", ", " ");
        for caveat in &summary.caveats {
            let same =
                |known: &&mut (Vec<String>, &Caveat)| std::mem::discriminant(known.1) == std::mem::discriminant(caveat);
            // Counts differ from model to model, and are not merged.
            match kinds.iter_mut().find(same).filter(|_| caveat.percent().is_some()) {
                Some((names, strongest)) => {
                    names.push(title());
                    if caveat.percent() > strongest.percent() {
                        *strongest = caveat;
                    }
                }
                None => kinds.push((vec![title()], caveat)),
            }
        }
    }
    let upto = |names: Vec<String>| match names.as_slice() {
        [one] => one.clone(),
        several => format!("{} (largest share)", several.join(", ")),
    };
    kinds.into_iter().map(|(names, caveat)| (upto(names), caveat)).collect()
}

fn printable_caveat(caveat: &Caveat) -> String {
    format!("\n{}", printable::line(&format!("{}: {}", caveat.label(), caveat.remedy())))
}

/// What the table's figures are, where that is not the same for every model.
fn notes(analysis: &Analysis) -> Vec<String> {
    let mut notes = Vec::new();
    let measured = || analysis.summaries.iter().filter(|summary| summary.wall.is_some());
    if measured().any(|summary| summary.memory_is_a_sum() && summary.model_memory_bytes.is_some()) {
        let pss = if measured().any(|summary| summary.pss_bytes.is_some()) {
            "; PSS counts it once, right after the clock with all workers up"
        } else {
            ""
        };
        notes.push(format!(
            "Peak memory \"up to\": the sum over all processes, in which memory that they share counts for each{pss}."
        ));
    }
    if measured().any(|summary| summary.gil_wait_nanos.is_some() || summary.lock_wait_nanos.is_some()) {
        notes.push("GIL wait and lock wait: summed over all tasks of a trial.".to_owned());
    }
    let mut methods: Vec<&str> = measured().filter_map(|summary| summary.start_method.as_deref()).collect();
    methods.sort_unstable();
    methods.dedup();
    for method in methods {
        let by = measured().filter(|summary| summary.start_method.as_deref() == Some(method));
        let titles: Vec<String> = by.map(|summary| summary.contender.title()).collect();
        notes.push(format!("Start method {method}: {}.", titles.join(", ")));
    }
    notes
}

/// The table as texts: a header, and rows that may be shorter.
fn models(results: &Results, analysis: &Analysis) -> Cells {
    let extra = extra_columns(analysis);
    let mut header = vec![
        "model",
        "wall time",
        "95 % interval",
        "times as fast",
        "of ideal",
        "cores used",
        "CPU time",
        "peak memory",
        "OS switches",
    ];
    header.extend(extra.iter().map(|column| column.title));
    header.push("trials");
    let rows = analysis.fastest_first().into_iter().map(|summary| row(results, summary, &extra)).collect();
    Cells { header: header.into_iter().map(str::to_owned).collect(), rows }
}

/// A column for something that only some workloads have.
struct Column {
    title: &'static str,
    /// `None` where it was not measured.
    cell: fn(&Summary) -> Option<String>,
}

/// What the kinds of steps leave, in the order shown.
const COLUMNS: [Column; 9] = [
    Column { title: "PSS", cell: |summary| summary.pss_bytes.map(units::bytes) },
    Column { title: "lab's records", cell: records },
    Column { title: "lost updates", cell: lost_updates },
    Column { title: "lock wait", cell: |summary| summary.lock_wait_nanos.map(units::duration) },
    Column { title: "GIL wait", cell: |summary| summary.gil_wait_nanos.map(units::duration) },
    Column { title: "standstill", cell: |summary| summary.late_worst_nanos.map(units::duration) },
    Column { title: "server", cell: |summary| summary.server_share.map(|share| units::percent(share * 100.0)) },
    Column { title: "from storage", cell: |summary| summary.storage_read_bytes.map(units::bytes) },
    Column {
        title: "memory read",
        cell: |summary| summary.streamed_bytes_per_s.map(|bytes| format!("{}/s", units::bytes(bytes))),
    },
];

fn lost_updates(summary: &Summary) -> Option<String> {
    let (least, most) = summary.lost_range?;
    let lost = if summary.counts_apart() { "own memory".to_owned() } else { units::count_range(least, most) };
    Some(if summary.result_is_wrong() { format!("{lost}, wrong") } else { lost })
}

/// The lab's records beside the model's memory, where they are at least a hundredth of it.
fn records(summary: &Summary) -> Option<String> {
    let (records, memory) = (summary.record_bytes?, summary.model_memory_bytes?);
    (records >= memory / 100.0).then(|| units::bytes(records))
}

fn rounded(count: Option<f64>) -> Option<String> {
    count.map(|count| units::count(count.round() as u64))
}

/// The columns that say something about any of the models.
fn extra_columns(analysis: &Analysis) -> Vec<&'static Column> {
    let said = |column: &&Column| analysis.summaries.iter().any(|summary| (column.cell)(summary).is_some());
    COLUMNS.iter().filter(said).collect()
}

fn row(results: &Results, summary: &Summary, extra: &[&Column]) -> Vec<String> {
    let title = summary.contender.title();
    let Some(wall) = summary.wall else {
        let what = match summary.status {
            Some(status) => status.name(),
            None => "not run",
        };
        return vec![title, what.to_owned()];
    };
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let is_reference = summary.reference.as_ref() == Some(&summary.contender);
    let switches = summary.voluntary_switches.zip(summary.involuntary_switches).map(|(own, forced)| own + forced);
    let cpu = summary.cpu_user_nanos.zip(summary.cpu_system_nanos).map(|(user, system)| user + system);
    let failed = results.measured(&summary.contender).filter(|trial| trial.status == Status::Failed).count();
    let trials = if failed > 0 { format!("{} ({failed} failed)", summary.trials) } else { summary.trials.to_string() };
    let mut row = vec![
        title,
        units::duration(wall.median),
        or_dash(wall.ci95.map(|(low, high)| format!("{} to {}", units::duration(low), units::duration(high)))),
        if is_reference {
            "reference".to_owned()
        } else {
            or_dash(summary.times_as_fast.map(|ratio| units::ratio(ratio.median)))
        },
        or_dash(summary.efficiency.map(|share| units::percent(share * 100.0))),
        or_dash(summary.cpu_cores_used.map(|cores| format!("{cores:.2}"))),
        or_dash(cpu.map(units::duration)),
        or_dash(summary.memory_words()),
        or_dash(rounded(switches)),
    ];
    row.extend(extra.iter().map(|column| or_dash((column.cell)(summary))));
    row.push(trials);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{Synthetic, workload_of};
    use crate::trial::{Counted, Runtime};
    use crate::workload::{Holds, Lock, Protection, Step};

    fn rendered(built: &Synthetic) -> String {
        render(&built.results, &analyse(&built.results), None)
    }

    #[test]
    fn columns_come_with_what_the_workload_has() {
        let rows = [("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9)];
        let run =
            |step: Step| Synthetic::new(workload_of(8, vec![step]), &["sequential", "threads"]).rounds(2, 0.0, &rows);
        let plain = rendered(&run(Step::Wait { ms: 1.0 }));
        for column in COLUMNS {
            assert!(!plain.contains(column.title), "{}", column.title);
        }
        let mut counting = run(Step::Increment { count: 1_000, protection: Protection::None });
        counting.adjust("threads", |measured| measured.counted = Some(Counted { expected: 8_000, got: 5_000 }));
        let text = rendered(&counting);
        assert!(text.contains("lost updates") && text.contains("3,000, wrong"), "{text}");
        // One trial that lost nothing does not hide the other.
        let last = counting.results.trials.last_mut().expect("trials");
        last.measured.as_mut().expect("completed").counted = Some(Counted { expected: 8_000, got: 8_000 });
        assert!(rendered(&counting).contains("0 to 3,000, wrong"));
        assert!(text.lines().any(|line| line.starts_with(" Sequential") && line.contains('–')), "{text}");
        let section = Step::Critical { ms: 1.0, lock: Lock::Condvar, permits: 1, holds: Holds::Wait };
        assert!(rendered(&run(section)).contains("lock wait"));
        assert!(rendered(&run(Step::Memory { mib: 1 })).contains("memory read"));
    }

    #[test]
    fn memory_is_the_models_own_and_a_sum_is_said_to_be_one() {
        let models = ["sequential", "process-pool", "py-process-pool"];
        let rows = models.map(|model| (model, 10.0, 1, 1.0));
        let mut built = Synthetic::new(workload_of(8, vec![Step::Wait { ms: 1.0 }]), &models).rounds(2, 0.0, &rows);
        for model in models {
            built.adjust(model, |measured| {
                measured.peak_memory_bytes = Some(132_000_000);
                measured.record_bytes = 12_000_000;
            });
        }
        built.adjust("process-pool", |measured| measured.pss_bytes = Some(20_000_000));
        built.adjust("py-process-pool", |measured| {
            let start_method = Some("forkserver".to_owned());
            let version = "3.14.1".to_owned();
            measured.runtime = Some(Runtime { version, gil: true, start_method, gil_wait_error_nanos: None });
        });
        let text = rendered(&built).replace('\u{a0}', " ");
        let row = |title: &str| text.lines().find(|line| line.starts_with(&format!(" {title}"))).expect("a row");
        assert!(row("Sequential").contains(" 120 MB") && row("Sequential").contains(" 12 MB"), "{text}");
        assert!(!row("Sequential").contains("up to"), "{text}");
        let pool = row("Process pool");
        assert!(pool.contains("up to 120 MB") && pool.contains("20 MB"), "{text}");
        assert!(text.contains("\nPeak memory \"up to\": the sum over all processes"), "{text}");
        assert!(text.contains("\nStart method forkserver: ProcessPoolExecutor"), "{text}");
        let alone =
            Synthetic::new(workload_of(8, vec![Step::Wait { ms: 1.0 }]), &models[..1]).rounds(2, 0.0, &rows[..1]);
        let plain = rendered(&alone);
        for absent in ["up to", "PSS", "lab's records", "Start method"] {
            assert!(!plain.contains(absent), "{absent}: {plain}");
        }
    }

    #[test]
    fn a_model_that_can_not_run_is_listed_with_its_reason() {
        let section = Step::Critical { ms: 1.0, lock: Lock::Condvar, permits: 1, holds: Holds::Wait };
        let models = ["sequential", "process-pool"];
        let text = rendered(&Synthetic::new(workload_of(8, vec![section]), &models).rounds(
            2,
            0.0,
            &[("sequential", 8.0, 1, 0.0)],
        ));
        assert!(text.contains("unavailable"), "{text}");
        assert!(text.contains("Process pool is not available: a condition variable"), "{text}");
    }

    #[test]
    fn the_table_of_a_fixed_run_stays_as_it_is() {
        let results = crate::analysis::testing::full();
        let table = |width| render(&results, &analyse(&results), width);
        insta::assert_snapshot!("whole", table(None));
        insta::assert_snapshot!("narrow", table(Some(100)));
    }
}
