//! Tests that read exports back: fixed columns, figures that agree with each other, missing values.

use std::collections::HashMap;

use super::*;
use crate::analysis::metric::{summary_columns, trial_columns};
use crate::analysis::testing::{Synthetic, got_locks, workload_alike, workload_list, workload_of};
use crate::analysis::{RunAnalysis, statistics};
use crate::report;
use crate::results::Results;
use crate::trial::{Beat, Counted, CpuSample, ServerUse, SpanStore, Spans, SpooledSpans, Status};
use crate::workload::{Lock, Protection, SectionWork, Step};

type Row = HashMap<String, String>;

fn text(kind: Kind, results: &Results) -> String {
    let mut out = Vec::new();
    let run = RunResults::from(results.clone());
    write(kind, &run, &RunAnalysis::of(&run), CsvDialect::Standard, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn read(kind: Kind, results: &Results) -> Vec<Row> {
    let text = text(kind, results);
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .map(|row| row.expect("a row as long as the header"))
        .collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

fn built(rounds: i32) -> Synthetic {
    let mut built = Synthetic::new(workload_alike(6, 1.0, 3.0), &["sequential", "thread-pool"]).rounds(
        rounds,
        0.013_7,
        &[("sequential", 24.123_457, 1, 0.25), ("thread-pool", 12.7, 2, 0.5)],
    );
    built.failed("thread-pool", rounds + 1, Status::Failed, "=cmd|'/c calc'!A1, \"quoted\"");
    built
}

#[test]
fn the_headers_are_those_of_the_contract() {
    let header = |kind| text(kind, &built(1).results).lines().next().expect("a header").to_owned();
    assert_eq!(
        header(Kind::SummaryCsv),
        "experiment,model,host,runtime,tasks,workers,trials,status,wall_ms_median,wall_ms_mean,wall_ms_stddev,wall_ms_min,\
         wall_ms_max,wall_ms_ci95_low,wall_ms_ci95_high,speedup,speedup_ci95_low,speedup_ci95_high,ideal_ms,efficiency,\
         throughput_per_s,cpu_user_ms,cpu_system_ms,cpu_cores_used,voluntary_switches,involuntary_switches,\
         peak_memory_bytes,queue_ms_p50,queue_ms_p95,queue_ms_p99,latency_ms_p50,latency_ms_p95,latency_ms_p99,caveats,\
         reference,setup_ms_median,teardown_ms_median,work,seed,lock_wait_ms,gil_wait_ms,lost_updates,lab_version,started_at,\
         expected_updates,got_updates,ticker_late_ms_median,ticker_late_ms_worst,server_cpu_ms,storage_read_bytes,\
         storage_written_bytes,memory_gb_per_s,gil_wait_error_ms,pss_bytes,record_bytes,start_method,throttled_ms,\
         latency_ms_p999,latency_ms_max,sweep_key,sweep_value,settings,transfer_input_ms,transfer_output_ms,fairness,\
         step_ms_mean"
    );
    assert_eq!(
        header(Kind::TrialsCsv),
        "experiment,model,host,trial,position,status,setup_ms,wall_ms,teardown_ms,cpu_user_ms,cpu_system_ms,\
         voluntary_switches,involuntary_switches,peak_memory_bytes,lab_cpu_percent,checksum,started_at,reason,\
         lock_wait_ms,lost_updates,expected_updates,got_updates,ticker_late_ms_median,ticker_late_ms_worst,server_cpu_ms,\
         storage_read_bytes,storage_written_bytes,gil_wait_ms,gil_wait_error_ms,runtime,\
         pss_bytes,record_bytes,start_method,throttled_ms,sweep_key,sweep_value,settings,transfer_input_ms,transfer_output_ms"
    );
    assert_eq!(
        header(Kind::TasksCsv),
        "experiment,model,host,trial,task,name,worker,core,submitted_ns,started_ns,finished_ns,compute_ns,wait_ns,\
         lock_wait_ns,gil_wait_ns,file_ns,sweep_key,sweep_value,settings,payload_ns,transfer_input_ns,transfer_output_ns,\
         class"
    );
    assert_eq!(
        header(Kind::ClassesCsv),
        "experiment,model,host,settings,class,tasks,throughput_per_s,queue_ms_p50,queue_ms_p99,latency_ms_p50,\
         latency_ms_p95,latency_ms_p99,latency_ms_max,sweep_key,sweep_value"
    );
    assert_eq!(
        header(Kind::CpuCsv),
        "experiment,model,host,trial,at_ms,core,usage_percent,sweep_key,sweep_value,settings"
    );
}

#[test]
fn lines_end_as_rfc_4180_has_it() {
    for kind in [Kind::SummaryCsv, Kind::TrialsCsv, Kind::TasksCsv] {
        let text = text(kind, &built(1).results);
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert!(text.ends_with("\r\n"));
    }
}

#[test]
fn the_summary_can_be_recomputed_from_the_trials() {
    for rounds in [1, 6, 7] {
        let results = built(rounds).results;
        let trials = read(Kind::TrialsCsv, &results);
        assert_eq!(trials.len(), 2 * rounds as usize + 1, "no warm-up");
        assert!(trials.iter().all(|row| number(row, "trial") >= 1.0));
        let walls = |model: &str| -> Vec<f64> {
            let own = trials.iter().filter(|row| row["model"] == model && row["status"] == "completed");
            own.map(|row| number(row, "wall_ms")).collect()
        };
        for row in read(Kind::SummaryCsv, &results) {
            let walls = walls(&row["model"]);
            let near = |column: &str, expected: f64| {
                let found = number(&row, column);
                assert!((found / expected - 1.0).abs() < 1e-14, "{column}: {found} and {expected}");
            };
            assert_eq!(number(&row, "trials"), walls.len() as f64);
            near("wall_ms_median", statistics::median(&walls).expect("trials"));
            near("wall_ms_mean", statistics::mean(&walls).expect("trials"));
            near("wall_ms_min", walls.iter().copied().fold(f64::INFINITY, f64::min));
            near("efficiency", number(&row, "ideal_ms") / number(&row, "wall_ms_median"));
            assert_eq!(row["wall_ms_ci95_low"].is_empty(), rounds < 6, "no interval below six");
            assert_eq!(row["speedup_ci95_low"].is_empty(), rounds < 6);
            assert_eq!(row["wall_ms_stddev"].is_empty(), rounds < 2);
        }
    }
}

#[test]
fn what_was_not_measured_is_an_empty_cell() {
    let results = built(3).results;
    let summary = read(Kind::SummaryCsv, &results);
    let names: Vec<&str> =
        summary_columns().iter().filter(|column| column.order.is_some()).map(|one| one.name).collect();
    let first_of_steps = names.iter().position(|column| *column == "expected_updates").expect("there");
    let measured = ["record_bytes", "throttled_ms", "latency_ms_p999", "latency_ms_max", "step_ms_mean"];
    let of_steps = names[first_of_steps..].iter().filter(|column| !measured.contains(column));
    for column in ["involuntary_switches", "lock_wait_ms", "gil_wait_ms", "lost_updates"].iter().chain(of_steps) {
        let column = *column;
        assert!(summary.iter().all(|row| row[column].is_empty()), "{column}");
    }
    assert_eq!((summary[0]["workers"].as_str(), summary[1]["workers"].as_str()), ("", "2"));
    assert_eq!((summary[0]["speedup"].as_str(), summary[0]["status"].as_str()), ("1.0", "completed"));
    assert_eq!(summary[0]["work"], "same-time");
    assert_eq!(summary[0]["caveats"], "only 3 rounds");
    assert_eq!(summary[0]["runtime"], "concurrency-lab 1.2.3");
    assert_eq!(summary[0]["started_at"], "2026-11-21T04:00:05.123Z");
    let trials = read(Kind::TrialsCsv, &results);
    let failed = trials.last().expect("the failed one");
    for column in
        ["setup_ms", "wall_ms", "teardown_ms", "cpu_user_ms", "peak_memory_bytes", "lab_cpu_percent", "checksum"]
    {
        assert!(failed[column].is_empty(), "{column}");
    }
    assert_eq!(trials[0]["checksum"], "0x0000000000000abc");
    // The lab's own records and the throttled time are measured in every trial.
    for column in trial_columns()[18..].iter().map(|column| column.name).filter(|name| !measured.contains(name)) {
        assert!(trials.iter().all(|row| row[column].is_empty()), "{column}");
    }
}

#[test]
fn figures_of_particular_steps_are_in_both_tables() {
    let count = Step::Increment { count: 500, protection: Protection::None };
    let file = Step::file(1_000, false);
    let steps = vec![count, file, Step::http(0.0, 1), Step::memory(1)];
    let mut built = Synthetic::new(workload_of(4, steps), &["sequential", "threads"]).rounds(
        2,
        0.0,
        &[("sequential", 10.0, 1, 1.0), ("threads", 8.0, 4, 1.5)],
    );
    built.adjust("threads", |measured| {
        measured.counted = Some(Counted { expected: 2_000, got: 1_500 });
        measured.server = Some(ServerUse { cpu_nanos: Some(2_500_000), requests: 4, most_connections: 4 });
        measured.usage.storage_read_bytes = Some(0);
        measured.usage.storage_written_bytes = Some(4_096);
    });
    built.adjust_spans("threads", |spans| {
        spans.beats = [0, 1_000_000, 3_000_000].map(|late| Beat { due: 0, late }).to_vec();
    });
    let expected_cells = [
        ("lost_updates", "500"),
        ("expected_updates", "2000"),
        ("got_updates", "1500"),
        ("ticker_late_ms_median", "1"),
        ("ticker_late_ms_worst", "3"),
        ("server_cpu_ms", "2.5"),
        ("storage_read_bytes", "0"),
        ("storage_written_bytes", "4096"),
    ];
    for kind in [Kind::SummaryCsv, Kind::TrialsCsv] {
        for row in read(kind, &built.results) {
            for (column, value) in expected_cells {
                let expected = if row["model"] == "threads" { value } else { "" };
                // Figures with decimals have them always, counts never.
                let shown = row[column].strip_suffix(".0").unwrap_or(&row[column]);
                assert_eq!(shown, expected, "{kind:?}: {column} of {}", row["model"]);
            }
        }
    }
    let summary = read(Kind::SummaryCsv, &built.results);
    assert!((number(&summary[0], "memory_gb_per_s") - 4.0 * 1_048_576.0 / 10e6).abs() < 1e-9);
    let document: serde_json::Value = serde_json::from_str(&text(Kind::Json, &built.results)).expect("JSON");
    let model = &document["models"][1];
    for found in [model, &model["trials"][0]] {
        let [expected, got, lost] = ["expected_updates", "got_updates", "lost_updates"].map(|key| found[key].as_f64());
        assert_eq!((expected, got, lost), (Some(2000.0), Some(1500.0), Some(500.0)));
    }
    assert!(document["models"][0]["expected_updates"].is_null() && document["models"][0]["lost_updates"].is_null());
    let tasks = read(Kind::TasksCsv, &built.results);
    let row = tasks.iter().find(|row| row["model"] == "threads").expect("a task");
    let parts: f64 = ["compute_ns", "wait_ns", "file_ns"].iter().map(|column| number(row, column)).sum();
    assert_eq!(parts, number(row, "finished_ns") - number(row, "started_ns"));
    assert!(row["lock_wait_ns"].is_empty() && number(row, "file_ns") > 0.0 && number(row, "wait_ns") > 0.0);
}

#[test]
fn waiting_for_a_lock_has_its_own_column() {
    let critical = |holds| Step::critical(1.0, Lock::Mutex, 1, holds);
    for (holds, inside, empty) in
        [(SectionWork::Compute, "compute_ns", "wait_ns"), (SectionWork::Wait, "wait_ns", "compute_ns")]
    {
        let mut built = Synthetic::new(workload_of(2, vec![critical(holds)]), &["threads"]).rounds(
            1,
            0.0,
            &[("threads", 2.0, 2, 1.0)],
        );
        // The second task gets the lock when the first gives it back.
        built.adjust_spans("threads", |spans| got_locks(spans, &[0, 1_000_000]));
        let rows = read(Kind::TasksCsv, &built.results);
        assert_eq!([rows[0]["lock_wait_ns"].as_str(), rows[1]["lock_wait_ns"].as_str()], ["0", "1000000"]);
        assert_eq!((rows[1][inside].as_str(), rows[1][empty].as_str()), ("1000000", ""));
        assert!(rows[1]["file_ns"].is_empty());
        assert_eq!(read(Kind::SummaryCsv, &built.results)[0]["lock_wait_ms"], "1.0");
        assert_eq!(read(Kind::TrialsCsv, &built.results)[0]["lock_wait_ms"], "1.0");
    }
}

#[test]
fn a_model_without_a_trial_has_a_row() {
    let rows = read(Kind::SummaryCsv, &Synthetic::new(workload_alike(6, 1.0, 3.0), &["sequential", "async"]).results);
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0]["trials"].as_str(), rows[0]["status"].as_str(), rows[0]["wall_ms_median"].as_str()),
        ("0", "", "")
    );
    assert_eq!(rows[0]["ideal_ms"], "24.0");
}

#[test]
fn text_that_looks_like_a_formula_is_escaped() {
    let results = built(1).results;
    let reason = &read(Kind::TrialsCsv, &results).pop().expect("the failed one")["reason"];
    assert_eq!(reason, "'=cmd|'/c calc'!A1, \"quoted\"");
    let named = Synthetic::new(workload_list(&[("=A1", 0.0, 2.0), ("-B", 0.0, 3.0)]), &["async"]).rounds(
        1,
        0.0,
        &[("async", 3.0, 2, 0.1)],
    );
    let names: Vec<String> = read(Kind::TasksCsv, &named.results).into_iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["'=A1", "'-B"]);
}

#[test]
fn no_text_reaches_a_table_or_json_raw() {
    let mut built = built(1);
    let attack = "\u{1b}]0;PWN\u{7}\u{9b}2J\u{202e}\u{2066}\0\r\n=1";
    built.failed("thread-pool", 9, Status::Failed, attack);
    for kind in [Kind::SummaryCsv, Kind::TrialsCsv, Kind::TasksCsv, Kind::CpuCsv, Kind::Json] {
        let text = text(kind, &built.results).replace("\r\n", "\n");
        let hidden = |letter: &char| crate::printable::is_hidden(*letter) && *letter != '\n';
        assert_eq!(text.chars().find(hidden), None, "{kind:?}");
    }
    let document: serde_json::Value = serde_json::from_str(&text(Kind::Json, &built.results)).expect("JSON");
    let trials = document["models"][1]["trials"].as_array().expect("a list");
    assert_eq!(trials.last().expect("the failed one")["reason"], *crate::printable::message(attack));
}

#[test]
fn dialects_for_spreadsheets_carry_the_same_values() {
    let results = built(6).results;
    let written = |kind, dialect| {
        let mut out = Vec::new();
        let run = RunResults::from(results.clone());
        write(kind, &run, &RunAnalysis::of(&run), dialect, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    };
    for kind in [Kind::SummaryCsv, Kind::TrialsCsv, Kind::TasksCsv, Kind::CpuCsv] {
        let standard = text(kind, &results);
        assert!(!standard.starts_with('\u{feff}'));
        assert_eq!(written(kind, CsvDialect::ExcelComma), format!("\u{feff}{standard}"));
        let semicolons = written(kind, CsvDialect::ExcelSemicolon);
        assert_eq!(semicolons.matches('\n').count(), semicolons.matches("\r\n").count());
        let rows = |text: &str, delimiter| -> Vec<csv::StringRecord> {
            let text = text.trim_start_matches('\u{feff}').as_bytes();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text);
            reader.records().map(|row| row.expect("a row")).collect()
        };
        for (row, other) in rows(&standard, b',').iter().zip(rows(&semicolons, b';')) {
            assert_eq!(row.len(), other.len());
            for (cell, other) in row.iter().zip(&other) {
                let number = cell.parse::<f64>().is_ok();
                assert_eq!(if number { cell.replace('.', ",") } else { cell.to_owned() }, other, "{kind:?}");
            }
        }
    }
    assert_eq!(written(Kind::Json, CsvDialect::ExcelSemicolon), text(Kind::Json, &results));
}

#[test]
fn tasks_have_the_columns_of_their_steps_and_leave_others_empty() {
    let rows = read(Kind::TasksCsv, &built(2).results);
    assert_eq!(rows.len(), 2 * 2 * 6, "completed measured trials only");
    for row in &rows {
        let total = number(row, "finished_ns") - number(row, "started_ns");
        assert_eq!(number(row, "compute_ns") + number(row, "wait_ns"), total);
        assert!(number(row, "compute_ns") > 0.0 && row["name"].is_empty() && row["lock_wait_ns"].is_empty());
    }
    let waits = Synthetic::new(workload_alike(2, 0.0, 3.0), &["async"]).rounds(1, 0.0, &[("async", 3.0, 2, 0.1)]);
    let rows = read(Kind::TasksCsv, &waits.results);
    assert_eq!((rows[0]["compute_ns"].as_str(), rows[0]["wait_ns"].as_str()), ("", "3000000"));
}

#[derive(Debug)]
struct Lost;

impl SpooledSpans for Lost {
    fn load(&self) -> io::Result<Spans> {
        Err(io::Error::other("the file is gone"))
    }
}

#[test]
fn lost_spans_are_an_error_that_names_the_trial() {
    let mut built = built(1);
    let trial = built.results.trials.iter_mut().find(|trial| trial.round == 1).expect("measured");
    trial.measured.as_mut().expect("completed").spans = SpanStore::Spooled(std::sync::Arc::new(Lost));
    let run = RunResults::from(built.results);
    let error = write(Kind::TasksCsv, &run, &RunAnalysis::of(&run), CsvDialect::Standard, &mut Vec::new())
        .expect_err("lost")
        .to_string();
    assert_eq!(error, "the tasks of sequential, trial 1, can't be read back: the file is gone");
}

#[test]
fn cpu_samples_of_measured_trials_only() {
    let mut built = built(1);
    for trial in &mut built.results.trials {
        trial.cpu = vec![CpuSample {
            at_ms: 250.5,
            width_ms: 250.0,
            usage_percent: vec![12.3, 100.0],
            lab_percent: None,
            tree_percent: None,
        }];
    }
    let rows = read(Kind::CpuCsv, &built.results);
    assert_eq!(rows.len(), 3 * 2);
    assert_eq!(
        (rows[0]["at_ms"].as_str(), rows[0]["core"].as_str(), rows[0]["usage_percent"].as_str()),
        ("250.5", "0", "12.3")
    );
    assert_eq!(rows[1]["core"], "1");
}

#[test]
fn the_json_document_has_the_columns_as_keys_and_numbers_as_numbers() {
    let text_of_it = text(Kind::Json, &built(6).results);
    let document: serde_json::Value = serde_json::from_str(&text_of_it).expect("JSON");
    assert_eq!(text_of_it.matches("\"trials\":").count(), 2 + 1, "one list a model and the plan: no key twice");
    assert_eq!(document["format"], serde_json::json!({"name": "concurrency-lab", "version": 1}));
    assert_eq!(document["machine"]["logical_cpus"], 2);
    assert_eq!(document["experiment"]["id"], "synthetic");
    assert!(document["calibrations"].is_array());
    let models = document["models"].as_array().expect("a list");
    for model in models {
        let trials = model["trials"].as_array().expect("a list");
        for column in summary_columns() {
            assert!(model.get(column.key).is_some(), "{}", column.key);
        }
        for column in trial_columns() {
            assert!(trials[0].get(column.key).is_some(), "{}", column.key);
        }
        assert!(model["wall_ms_median"].is_f64() && trials[0]["wall_ms"].is_f64());
        assert!(model["involuntary_switches"].is_null());
        assert_eq!(model["completed_trials"], 6);
        // Every other name is the CSV's own.
        assert!(summary_columns().iter().all(|column| column.name == "trials" || column.key == column.name));
    }
    assert_eq!(models[1]["trials"].as_array().map(Vec::len), Some(7));
    assert!(models[1]["reason"].as_str().expect("text").contains("=cmd|"), "no escape in JSON");
    let rows = read(Kind::SummaryCsv, &built(6).results);
    assert_eq!(models[0]["wall_ms_median"].as_f64(), rows[0]["wall_ms_median"].parse().ok());
}

#[test]
fn every_kind_can_be_written_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = built(1).results;
    let run = RunResults::from(results.clone());
    let analysis = RunAnalysis::of(&run);
    for kind in Kind::ALL {
        let path = folder.path().join(kind.file_name("synthetic"));
        report::write_file(report::Kind::Export(kind), &run, &analysis, CsvDialect::Standard, &path).expect("written");
        assert_eq!(std::fs::read_to_string(path).expect("readable"), text(kind, &results));
    }
}

#[test]
fn every_export_of_a_fixed_run_stays_as_it_is() {
    let results = crate::analysis::testing::full();
    for (kind, name) in [
        (Kind::SummaryCsv, "summary"),
        (Kind::TrialsCsv, "trials"),
        (Kind::TasksCsv, "tasks"),
        (Kind::CpuCsv, "cpu"),
        (Kind::Json, "json"),
    ] {
        insta::assert_snapshot!(name, text(kind, &results));
    }
    let classes = crate::analysis::testing::classes::run(&[("py-asyncio", 184, 5.3), ("py-thread-pool", 8, 140.0)]);
    insta::assert_snapshot!("classes", text(Kind::ClassesCsv, &classes.results));
}

#[test]
fn the_document_has_the_classes_under_the_names_of_their_table() {
    let built = crate::analysis::testing::classes::run(&[("py-asyncio", 184, 5.3)]);
    let document: serde_json::Value = serde_json::from_str(&text(Kind::Json, &built.results)).expect("JSON");
    let requests = &document["models"][0]["classes"][0];
    assert_eq!(requests["class"], "Requests");
    assert_eq!((requests["tasks"].as_f64(), requests["throughput_per_s"].as_f64()), (Some(184.0), Some(184.0)));
    assert!((requests["latency_ms_p50"].as_f64().expect("a number") - 5.3).abs() < 0.01, "{requests}");
    let without: serde_json::Value =
        serde_json::from_str(&text(Kind::Json, &crate::analysis::testing::full())).expect("JSON");
    assert!(without["models"][0].get("classes").is_none());
}

#[test]
fn several_steps_have_their_times_in_summary_and_document() {
    let steps = vec![Step::http(1.0, 10), Step::wait(1.0)];
    let built = Synthetic::new(workload_of(4, steps), &["threads"]).rounds(2, 0.0, &[("threads", 8.0, 4, 1.0)]);
    let summary = read(Kind::SummaryCsv, &built.results);
    assert_eq!(summary[0]["step_ms_mean"], "step.1=2;step.2=6");
    let document: serde_json::Value = serde_json::from_str(&text(Kind::Json, &built.results)).expect("JSON");
    let steps = document["models"][0]["steps"].as_array().expect("a list");
    let found: Vec<_> = steps.iter().map(|step| (step["step"].as_str(), step["ms_mean"].as_f64())).collect();
    assert_eq!(found, [(Some("step.1"), Some(2.0)), (Some("step.2"), Some(6.0))]);
    let classes = crate::analysis::testing::classes::run(&[("py-asyncio", 184, 5.3)]);
    let of_classes = &read(Kind::SummaryCsv, &classes.results)[0]["step_ms_mean"];
    assert!(of_classes.starts_with("class.Requests.step.1=") && of_classes.contains(";class.Computing.step.1="));
    let one = Synthetic::new(workload_of(4, vec![Step::wait(1.0)]), &["threads"]);
    let one = one.rounds(2, 0.0, &[("threads", 8.0, 4, 1.0)]);
    assert_eq!(read(Kind::SummaryCsv, &one.results)[0]["step_ms_mean"], "");
    let document: serde_json::Value = serde_json::from_str(&text(Kind::Json, &one.results)).expect("JSON");
    assert!(document["models"][0].get("steps").is_none());
}

#[test]
fn fairness_is_stated_of_pools_whose_tasks_take_locks() {
    let of = |step: Step| {
        let models = ["thread-pool", "threads"];
        let rows = [("thread-pool", 8.0, 2, 1.0), ("threads", 8.0, 20, 1.0)];
        let built = Synthetic::new(workload_of(20, vec![step]), &models).rounds(2, 0.0, &rows);
        let rows = read(Kind::SummaryCsv, &built.results);
        [rows[0]["fairness"].clone(), rows[1]["fairness"].clone()]
    };
    assert_eq!(of(Step::critical(0.1, Lock::Mutex, 1, SectionWork::Wait)), ["1.0", ""]);
    assert_eq!(of(Step::wait(0.1)), ["", ""]);
}
