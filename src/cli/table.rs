//! The result table and the verdict, for a terminal.

use super::fit::{Cells, Head, SUMMARY, fitted};
use super::{class_table, step_table};
use crate::analysis::RunAnalysis;
use crate::printable;
use crate::report::findings::Findings;
use crate::report::table::{ResultTable, RowContent, notes};
use crate::report::{caveats, environment};
use crate::results::RunResults;

/// The environment, headline, cause and uncertainty, then one row per model, fastest first, then the caveats. The table
/// is no wider than `width` characters.
pub fn render(run: &RunResults, analysis: &RunAnalysis, width: Option<usize>) -> String {
    let mut text = environment::line(run, width) + "\n";
    for line in Findings::of(run, analysis).lines() {
        text.push_str(&printable::line(line));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&fitted(models(run, analysis), width, SUMMARY));
    for note in notes(run.first(), analysis.first()) {
        text.push_str(&format!("\n{}", printable::line(&note)));
    }
    text.push_str(&step_table::render(run, analysis, width));
    text.push_str(&class_table::render(run, analysis, width));
    for caveat in caveats::of_run(analysis) {
        text.push_str(&format!("\n{}", printable::line(&caveat.text())));
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The table as texts: a header, and rows that may be shorter.
fn models(run: &RunResults, analysis: &RunAnalysis) -> Cells {
    let table = ResultTable::of(run.first(), analysis.first());
    let mut header = vec![Head { title: "model".to_owned(), rank: u8::MAX }];
    header
        .extend(table.columns.iter().map(|(metric, column)| Head { title: metric.head.to_owned(), rank: column.rank }));
    let rows = table.rows.into_iter().map(|row| {
        let title = printable::line(&row.summary.contender.title()).into_owned();
        match row.content {
            RowContent::Figures(figures) => std::iter::once(title).chain(figures).collect(),
            RowContent::Status(status) => vec![title, status.to_owned()],
        }
    });
    Cells { header, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::metric;
    use crate::analysis::testing::{Synthetic, workload_of};
    use crate::trial::{Counted, Runtime};
    use crate::workload::{Lock, Protection, SectionWork, Step};

    fn rendered(built: &Synthetic) -> String {
        let run = RunResults::from(built.results.clone());
        render(&run, &RunAnalysis::of(&run), None)
    }

    #[test]
    fn columns_come_with_what_the_workload_has() {
        let rows = [("sequential", 8.0, 1, 1.0), ("threads", 16.0, 8, 1.9)];
        let run =
            |step: Step| Synthetic::new(workload_of(8, vec![step]), &["sequential", "threads"]).rounds(2, 0.0, &rows);
        let plain = rendered(&run(Step::wait(1.0)));
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
        let section = Step::critical(1.0, Lock::Condvar, 1, SectionWork::Wait);
        assert!(rendered(&run(section)).contains("lock wait"));
        let section = Step::critical(1.0, Lock::Mutex, 1, SectionWork::Wait);
        let pool = Synthetic::new(workload_of(20, vec![section]), &["thread-pool"]);
        assert!(rendered(&pool.rounds(2, 0.0, &[("thread-pool", 20.0, 2, 1.0)])).contains("fairness"));
        assert!(rendered(&run(Step::memory(1))).contains("memory read"));
    }

    #[test]
    fn several_steps_have_a_table_of_their_times() {
        let run = |steps: Vec<Step>| {
            Synthetic::new(workload_of(8, steps), &["threads"]).rounds(2, 0.0, &[("threads", 16.0, 8, 1.9)])
        };
        let two = rendered(&run(vec![Step::wait(1.0), Step::memory(1)])).replace('\u{a0}', " ");
        assert!(two.contains("\nTime of each step, mean of the tasks, median of the trials:\n"), "{two}");
        assert!(two.contains("Step 1, ") && two.contains("Step 2, ") && two.contains("4.00 ms"), "{two}");
        assert!(!rendered(&run(vec![Step::wait(1.0)])).contains("Time of each step"));
    }

    #[test]
    fn memory_is_the_models_own_and_a_sum_is_said_to_be_one() {
        let models = ["sequential", "process-pool", "py-process-pool"];
        let rows = models.map(|model| (model, 10.0, 1, 1.0));
        let mut built = Synthetic::new(workload_of(8, vec![Step::wait(1.0)]), &models).rounds(2, 0.0, &rows);
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
            measured.runtime = Some(Runtime {
                version,
                gil: true,
                start_method,
                gil_wait_error_nanos: None,
                external: None,
                gil_wait_asleep_nanos: None,
            });
        });
        let text = rendered(&built).replace('\u{a0}', " ");
        let row = |title: &str| text.lines().find(|line| line.starts_with(&format!(" {title}"))).expect("a row");
        assert!(row("Sequential").contains(" 120 MB") && row("Sequential").contains(" 12 MB"), "{text}");
        assert!(!row("Sequential").contains("up to"), "{text}");
        let pool = row("Process pool");
        assert!(pool.contains("up to 120 MB") && pool.contains("20 MB"), "{text}");
        assert!(text.contains("\nPeak memory \"up to\": the sum over all processes"), "{text}");
        assert!(text.contains("\nStart method forkserver: ProcessPoolExecutor"), "{text}");
        let alone = Synthetic::new(workload_of(8, vec![Step::wait(1.0)]), &models[..1]).rounds(2, 0.0, &rows[..1]);
        let plain = rendered(&alone);
        for absent in ["up to", "PSS", "lab's records", "Start method"] {
            assert!(!plain.contains(absent), "{absent}: {plain}");
        }
    }

    #[test]
    fn a_model_that_can_not_run_is_listed_with_its_reason() {
        let section = Step::critical(1.0, Lock::Condvar, 1, SectionWork::Wait);
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
        let run = RunResults::from(crate::analysis::testing::full());
        let table = |width| render(&run, &RunAnalysis::of(&run), width);
        insta::assert_snapshot!("whole", table(None));
        insta::assert_snapshot!("narrow", table(Some(100)));
        let models = [("py-process-pool", 184, 5.3), ("py-thread-pool", 8, 140.0)];
        let run = RunResults::from(crate::analysis::testing::classes::run(&models).results);
        insta::assert_snapshot!("classes", render(&run, &RunAnalysis::of(&run), None));
    }
}
