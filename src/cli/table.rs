//! The result table and the verdict, for a terminal.

use super::fit::{Cells, Head, SUMMARY, fitted};
use crate::analysis::metric::{self, Metric, ModelContext};
use crate::analysis::{Analysis, Caveat, Summary};
use crate::printable;
use crate::results::Results;

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
    text.push_str(&fitted(models(results, analysis), width, SUMMARY));
    for note in notes(analysis) {
        text.push_str(&format!("\n{note}"));
    }
    for caveat in analysis.caveats.iter() {
        text.push_str(&printable_caveat(caveat));
    }
    text.push_str(&caveats_of_models(&analysis.fastest_first()));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// A line for each kind of the models' own caveats.
pub(super) fn caveats_of_models(summaries: &[&Summary]) -> String {
    let line = |(who, caveat): (String, &Caveat)| {
        format!("\n{}", printable::line(&format!("{}: {}: {}", who, caveat.label(), caveat.remedy())))
    };
    by_kind(summaries).into_iter().map(line).collect()
}

/// One entry for each kind of caveat with all models that have it: the strongest of a share.
fn by_kind<'a>(summaries: &[&'a Summary]) -> Vec<(String, &'a Caveat)> {
    let mut kinds: Vec<(Vec<String>, &Caveat)> = Vec::new();
    for summary in summaries {
        // Without commas of their own, titles can stand in a list.
        let title = || summary.contender.title().replace(", ", " ");
        for caveat in &summary.caveats {
            let same =
                |known: &&mut (Vec<String>, &Caveat)| std::mem::discriminant(known.1) == std::mem::discriminant(caveat);
            // Counts differ from model to model, and are not merged.
            match kinds.iter_mut().find(same).filter(|_| caveat.percent().is_some()) {
                Some((names, strongest)) => {
                    if !names.contains(&title()) {
                        names.push(title());
                    }
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

/// Notes on figures that do not mean the same for every model.
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
    let context = |summary| ModelContext::new(results, analysis, summary);
    let measured = |metric: &Metric| {
        let has_value = |summary| metric.of_model(&context(summary)).is_some();
        analysis.summaries.iter().any(has_value)
    };
    let columns: Vec<_> =
        metric::terminal_columns().into_iter().filter(|(metric, column)| column.always || measured(metric)).collect();
    let mut header = vec![Head { title: "model".to_owned(), rank: u8::MAX }];
    header.extend(columns.iter().map(|(metric, column)| Head { title: metric.head.to_owned(), rank: column.rank }));
    let columns: Vec<&Metric> = columns.into_iter().map(|(metric, _)| metric).collect();
    let rows = analysis.fastest_first().into_iter().map(|summary| row(&context(summary), &columns)).collect();
    Cells { header, rows }
}

fn row(model: &ModelContext<'_>, columns: &[&Metric]) -> Vec<String> {
    let title = model.summary.contender.title();
    if model.summary.wall.is_none() {
        let status = model.summary.status.map_or("not run", |status| status.name());
        return vec![title, status.to_owned()];
    }
    let cell = |metric: &&Metric| match (metric.of_model(model), metric.warning_of(model)) {
        (None, _) => "–".to_owned(),
        (Some(value), None) => value,
        (Some(value), Some(_)) => format!("{value}, wrong"),
    };
    [title].into_iter().chain(columns.iter().map(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{Synthetic, workload_of};
    use crate::trial::{Counted, Runtime};
    use crate::workload::{Lock, Protection, SectionWork, Step};

    fn rendered(built: &Synthetic) -> String {
        render(&built.results, &analyse(&built.results), None)
    }

    #[test]
    fn columns_come_with_what_the_workload_has() {
        let rows = [("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9)];
        let run =
            |step: Step| Synthetic::new(workload_of(8, vec![step]), &["sequential", "threads"]).rounds(2, 0.0, &rows);
        let plain = rendered(&run(Step::Wait { ms: 1.0 }));
        for (metric, _) in metric::terminal_columns().iter().filter(|(_, column)| !column.always) {
            assert!(!plain.contains(metric.head), "{}", metric.head);
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
        let section = Step::Critical { ms: 1.0, lock: Lock::Condvar, permits: 1, holds: SectionWork::Wait };
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
        let section = Step::Critical { ms: 1.0, lock: Lock::Condvar, permits: 1, holds: SectionWork::Wait };
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
