//! Tests of reports on fixed runs, and on runs whose every text is an attack.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::analysis::RunAnalysis;
use crate::analysis::testing::{Synthetic, failure, full, swept, workload_alike, workload_list};
use crate::chart::ChartKind;
use crate::export::CsvDialect;
use crate::model::ModelId;
use crate::results::RunResults;
use crate::trial::Status;

const EVIL: &str = "</script></title></svg><script>alert(1)</script> ]]> \"><img src=x onerror=alert(1)> `| [a](javascript:b) \
    ![c](data:d) <!-- &amp; \u{2028}\u{2029}\u{1b}[2J\u{202e}\r\n# x";

fn written(kind: Kind, run: &RunResults) -> String {
    let mut out = Vec::new();
    write(kind, run, &RunAnalysis::of(run), CsvDialect::default(), &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn sweep() -> RunResults {
    swept("workers=1,2,4", &["sequential", "thread-pool"], 7, 0.01, 3, |model, workers| {
        Some(if model == "sequential" { 200.0 } else { 200.0 / workers.min(2.0) })
    })
}

/// A run with attacks in every text that others can choose.
fn attacked() -> RunResults {
    let mut built = Synthetic::new(workload_list(&[(EVIL, 1.0, 2.0), ("b", 1.0, 2.0)]), &["sequential", "async"]);
    built = built.rounds(2, 0.01, &[("sequential", 6.0, 1, 0.5)]);
    built.failed_with("async", 1, Status::Failed, failure(EVIL));
    let mut results = built.results;
    let experiment = Arc::make_mut(&mut results.experiment);
    experiment.title = EVIL.to_owned();
    experiment.summary = EVIL.to_owned();
    experiment.explanation =
        format!("{EVIL}\n\n[a](javascript:alert(1)) ![b](https://example.org/c.png) <script>d</script>");
    let threads = "threads".parse().expect("known");
    experiment.left_out.push(crate::experiment::Excluded { contender: threads, reason: EVIL.to_owned() });
    let machine = Arc::make_mut(results.machine.as_mut().expect("a machine"));
    machine.cpu = Some(EVIL.to_owned());
    machine.governor = Some(EVIL.to_owned());
    machine.os = EVIL.to_owned();
    results.into()
}

#[test]
fn the_markdown_of_fixed_runs_stays_as_it_is() {
    insta::assert_snapshot!("markdown", written(Kind::Markdown, &full().into()));
    insta::assert_snapshot!("markdown_sweep", written(Kind::Markdown, &sweep()));
}

#[test]
fn markdown_is_text_and_tables_only() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for run in [attacked(), full().into(), sweep()] {
        let text = written(Kind::Markdown, &run);
        for event in Parser::new_ext(&text, Options::all()) {
            let active = matches!(
                event,
                Event::Html(_)
                    | Event::InlineHtml(_)
                    | Event::Code(_)
                    | Event::Start(Tag::Link { .. } | Tag::Image { .. })
            );
            assert!(!active, "{event:?} in {text}");
        }
        let columns = text.lines().filter(|line| line.starts_with('|'));
        for line in columns {
            assert!(line.ends_with('|'), "{line}");
        }
        assert!(!text.contains(['\u{2028}', '\u{1b}', '\u{202e}']), "{text}");
    }
}

#[test]
fn the_page_of_a_hostile_run_has_no_element_of_others() {
    for run in [attacked(), full().into(), sweep()] {
        let page = written(Kind::Html, &run);
        let (before, data) = page.split_once("<script type=\"application/json\" id=\"data\">").expect("the data");
        let (data, after) = data.split_once("</script>").expect("the end of the data");
        assert_eq!(after, "\n</body>\n</html>\n");
        let document: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(document["experiment"]["title"], run.experiment.title.as_str());
        assert!(!data.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}']));
        for part in ["<script", "<img", "<iframe", "<link", "<object", "javascript:alert(1)\"", "<!--", "]]>"] {
            assert!(!before.contains(part), "{part}");
        }
        assert!(!before.contains(['\u{2028}', '\u{2029}', '\u{1b}', '\u{202e}']));
        // Attributes that load or run something.
        for tag in before.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
            // Every other part is the value of an attribute.
            let names: String = tag.split('"').step_by(2).collect();
            assert!(![" on", "src", "xlink", "action"].iter().any(|part| names.contains(part)), "{tag}");
            assert!(!names.contains("href") || tag.starts_with("a href=\"http"), "{tag}");
        }
        assert!(before.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        assert!(!before.contains("@import") && !before.contains("url("));
    }
}

#[test]
fn elements_of_a_page_are_closed_and_ids_are_unique() {
    for run in [full().into(), sweep(), attacked()] {
        let page = written(Kind::Html, &run);
        let mut open: Vec<&str> = Vec::new();
        let mut ids: Vec<&str> = Vec::new();
        for part in page.split('<').skip(1) {
            let tag = part.split('>').next().expect("an end");
            let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().expect("a name");
            ids.extend(tag.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()));
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{tag}");
            } else if !tag.ends_with('/') && !["!DOCTYPE", "meta", "br", "hr"].contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

#[test]
fn a_page_has_time_budgets_as_a_chart_and_as_tables() {
    let page = written(Kind::Html, &full().into());
    assert!(
        page.contains("<title id=\"time-budget-title\">Core-seconds: cores that the model may use × wall time</title>")
    );
    // The caption names the largest parts of both totals.
    let caption = page.split("<figcaption>Largest part of the core-seconds: ").nth(1).expect("a caption");
    assert!(caption.split('<').next().is_some_and(|text| text.contains(" Largest part of the task-seconds: ")));
    let tables = page.split("<summary>Time budgets in figures</summary>").nth(1).expect("tables");
    let tables = tables.split("</details>").next().expect("an end");
    assert_eq!(tables.matches("<table").count(), 2);
    for head in ["total", "CPU of its processes", "HTTP server", "start-up", "queue", "GIL wait", "not attributed"] {
        assert!(tables.contains(&format!(">{head}</th>")), "{head}");
    }
    assert!(tables.contains("Start-up and teardown are outside the clock and in neither total."));
}

/// The events of a trace.
fn events(run: &RunResults) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&written(Kind::Trace, run)).expect("JSON");
    trace["traceEvents"].as_array().expect("a list").clone()
}

#[test]
fn a_trace_has_a_slice_for_each_task_on_a_thread_of_its_worker() {
    let results = full();
    let run = RunResults::from(results.clone());
    let events = events(&run);
    let phase = |event: &&Value, wanted: &str| event["ph"] == wanted;
    let mut workers: BTreeMap<u64, String> = BTreeMap::new();
    let mut processes: BTreeMap<u64, String> = BTreeMap::new();
    for event in events.iter().filter(|event| phase(event, "M")) {
        let name = event["args"]["name"].as_str().unwrap_or_default().to_owned();
        match event["name"].as_str() {
            Some("thread_name") => assert_eq!(workers.insert(event["tid"].as_u64().expect("a number"), name), None),
            Some("process_name") => assert_eq!(processes.insert(event["pid"].as_u64().expect("a number"), name), None),
            _ => {}
        }
    }
    assert_eq!(processes[&2], "Threads, Rust (trial 3)");
    let slices = || events.iter().filter(|event| phase(event, "X"));
    let mut process = 0;
    for contender in &results.experiment.models {
        let Some(trial) = results.typical_trial(contender) else { continue };
        process += 1;
        let spans = trial.completed().expect("completed").spans.load().expect("in memory");
        let mut expected: BTreeMap<u32, usize> = BTreeMap::new();
        for span in &spans.tasks {
            *expected.entry(span.worker).or_default() += 1;
        }
        for (worker, tasks) in expected {
            let own = |event: &&Value| {
                let thread = &workers[&event["tid"].as_u64().expect("a number")];
                event["pid"] == process && event["cat"] == "task" && *thread == format!("worker {worker} (track 1)")
            };
            assert_eq!(slices().filter(own).count(), tasks, "{contender}, worker {worker}");
        }
        let phases: usize = (0..spans.tasks.len()).map(|task| spans.phases(task).count()).sum();
        let steps = slices().filter(|event| event["pid"] == process && event["cat"] == "step").count();
        assert_eq!(steps, phases, "{contender}");
    }
    assert_eq!(usize::try_from(process), Ok(processes.len()));
    let counters = events.iter().filter(|event| phase(event, "C"));
    assert_eq!(counters.filter(|event| event["pid"] == 1 && event["name"] == "CPU 1").count(), 4, "with the end");
}

#[test]
fn slices_of_a_thread_nest_and_keep_the_nanosecond() {
    // All at once on one event loop.
    let built = Synthetic::new(workload_alike(20, 1.0, 2.0), &["async"]);
    let mut built = built.rounds(1, 0.0, &[("async", 6.0, 20, 0.5)]);
    built.adjust_spans("async", |spans| {
        for (task, span) in spans.tasks.iter_mut().enumerate() {
            span.worker = 0;
            span.started = 100 * task as u64 + 7;
            span.finished = span.started + 5_001;
        }
        for (task, end) in spans.step_ends.iter_mut().enumerate() {
            *end = 100 * task as u64 + 1_008;
        }
    });
    let run = RunResults::from(built.results);
    let mut threads: BTreeMap<u64, Vec<(u64, u64, bool)>> = BTreeMap::new();
    for event in events(&run).iter().filter(|event| event["ph"] == "X") {
        let nanos = |key: &str| (event[key].as_f64().expect("a number") * 1e3).round() as u64;
        let from = nanos("ts");
        threads.entry(event["tid"].as_u64().expect("a number")).or_default().push((
            from,
            from + nanos("dur"),
            event["cat"] == "task",
        ));
    }
    let tasks: Vec<(u64, u64)> =
        threads.values().flatten().filter(|(.., task)| *task).map(|(from, to, _)| (*from, *to)).collect();
    assert_eq!(tasks.len(), 20);
    assert!(tasks.iter().all(|(from, to)| from % 100 == 7 && to - from == 5_001));
    assert_eq!(threads.len(), 20, "each overlaps with every other");
    for slices in threads.values() {
        let mut open = (0, 0);
        for (from, to, is_task) in slices {
            if *is_task {
                assert!(*from >= open.1, "tasks overlap: {slices:?}");
                open = (*from, *to);
            }
            assert!(*from >= open.0 && *to <= open.1, "a step is outside of its task: {slices:?}");
        }
    }
}

#[test]
fn a_trace_of_a_sweep_has_a_process_for_each_value() {
    let run = sweep();
    let names: Vec<String> = events(&run)
        .iter()
        .filter(|event| event["name"] == "process_name")
        .filter_map(|event| Some(event["args"]["name"].as_str()?.to_owned()))
        .collect();
    assert_eq!(names.len(), 6);
    assert!(names[1].starts_with("Thread pool, Rust, Workers 1 (trial "), "{names:?}");
}

#[test]
fn texts_in_a_trace_are_visible() {
    let run = attacked();
    let text = written(Kind::Trace, &run);
    assert!(!text.contains(['\u{2028}', '\u{1b}', '\u{202e}']));
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let tasks = trace["traceEvents"].as_array().expect("a list");
    assert!(tasks.iter().any(|event| event["name"].as_str().is_some_and(|name| name.starts_with("</script>"))));
}

#[test]
fn the_ending_decides_the_kind() {
    let of = |path: &str| Kind::of_path(path.as_ref(), ChartKind::Cpu);
    assert_eq!(of("a/b.md"), Some(Kind::Markdown));
    assert_eq!(of("B.HTML"), Some(Kind::Html));
    assert_eq!(of("b.trace.json"), Some(Kind::Trace));
    assert_eq!(of("b.png"), Some(Kind::Chart(ChartKind::Cpu, Picture::Png)));
    for other in ["b.json", "md", "b.pdf", "", "b.svgz"] {
        assert_eq!(of(other), None, "{other}");
    }
    for kind in Kind::ALL {
        let name = kind.file_name("x");
        assert_eq!(kind.at(name.as_ref()), kind);
        if !matches!(kind, Kind::Export(_)) {
            let chart = if let Kind::Chart(chart, _) = kind { chart } else { ChartKind::Cpu };
            assert_eq!(Kind::of_path(name.as_ref(), chart), Some(kind), "{name}");
        }
    }
    let chart = Kind::Chart(ChartKind::Cpu, Picture::Svg);
    assert_eq!(chart.at("x.PNG".as_ref()), Kind::Chart(ChartKind::Cpu, Picture::Png));
}

#[test]
fn a_run_that_was_cancelled_says_so_above_the_headline() {
    let mut run = swept("workers=1,2", &["sequential", "thread-pool"], 4, 0.01, 1, |_, workers| Some(100.0 / workers));
    for point in &mut run.points {
        (point.outcome, point.rounds) = (Some(crate::session::Outcome::Cancelled), Some(6));
    }
    run.points[1].trials.retain(|trial| trial.round < 3);
    let headline = RunAnalysis::of(&run).headline().to_owned();
    for kind in [Kind::Markdown, Kind::Html] {
        let text = written(kind, &run);
        let (said, headline) =
            (text.find("This run was cancelled with 2 to 4 of 6 rounds made."), text.find(&headline));
        assert!(said.is_some() && said < headline, "{kind:?}: {said:?} {headline:?}");
        assert!(text.contains("2 to 4 of 6 rounds made, 1 warm-up"), "{kind:?}");
    }
}

#[test]
fn caveats_of_a_sweep_count_the_values_and_do_not_list_them() {
    let models = ["thread-pool", "rayon"];
    let mut run = swept("workers=1,2,3,4,5,6,7,8,9,10,11,12", &models, 6, 0.0, 1, |_, _| Some(1_000.0));
    for (index, point) in run.points.iter_mut().enumerate() {
        for trial in &mut point.trials {
            let is_pool = trial.contender.model == ModelId::ThreadPool;
            let Some(background) = trial.background.as_mut() else { continue };
            if is_pool || index == 2 {
                background.busy_nanos += background.wall_nanos / 5;
            }
            background.throttled = is_pool.then_some(index as u64 + 1);
        }
    }
    let lines = caveats::of_points(&run, &RunAnalysis::of_points(&run));
    let who = |label: &str| -> Vec<&str> {
        let lines = lines.iter().filter(|line| line.label.starts_with(label));
        lines.filter_map(|line| line.who.as_deref()).collect()
    };
    assert_eq!(
        who("other programs used"),
        ["Thread pool at 12 of 12 values, Work stealing (rayon) at 3 workers (largest share)"]
    );
    assert_eq!(who("stopped by CPU quota"), ["Thread pool at 12 of 12 values, here at 12 workers"]);
}

#[test]
fn a_ratio_that_the_times_beside_it_do_not_make_has_a_note() {
    let note = |walls: [[f64; 2]; 3]| {
        let mut built = Synthetic::new(workload_alike(4, 1.0, 0.0), &["sequential", "threads"]);
        for (round, [sequential, threads]) in (1..).zip(walls) {
            built.trial("sequential", round, sequential, 1, 1.0);
            built.trial("threads", round, threads, 2, 1.0);
        }
        built.results.rounds = Some(3);
        let run = RunResults::from(built.results);
        let notes = table::notes(run.first(), &RunAnalysis::of(&run).points[0]);
        notes.into_iter().find(|note| note.contains("Times as fast"))
    };
    assert_eq!(note([[10.0, 5.0], [11.0, 5.5], [12.0, 6.0]]), None);
    // Ratios of 1, 1.25 and 2; the medians of the times make 1.5.
    let apart = note([[10.0, 10.0], [15.0, 12.0], [20.0, 10.0]]).expect("a note");
    assert!(apart.ends_with("the ratio of the median times is another for Threads."), "{apart}");
}

#[test]
fn the_note_on_waits_names_the_columns_that_are_there() {
    let note = |gil: bool, lock: bool| {
        let run = RunResults::from(full());
        let mut analysis = RunAnalysis::of(&run);
        for summary in &mut analysis.points[0].summaries {
            summary.gil_wait_nanos = gil.then_some(1e6);
            summary.lock_wait_nanos = lock.then_some(1e6);
        }
        let notes = table::notes(run.first(), &analysis.points[0]);
        notes.into_iter().find(|note| note.contains("summed over all tasks"))
    };
    assert_eq!(note(true, false).as_deref(), Some("GIL wait: summed over all tasks of a trial."));
    assert_eq!(note(false, true).as_deref(), Some("Lock wait: summed over all tasks of a trial."));
    assert_eq!(note(true, true).as_deref(), Some("GIL wait and lock wait: summed over all tasks of a trial."));
    assert_eq!(note(false, false), None);
}
