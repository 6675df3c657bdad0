//! Tests of charts on fixed runs.

use super::*;
use crate::analysis::RunAnalysis;
use crate::analysis::distribution::TaskTime;
use crate::analysis::testing::{Synthetic, full, swept, workload_alike};
use crate::results::RunResults;

fn run() -> (RunResults, RunAnalysis) {
    let run = RunResults::from(full());
    let analysis = RunAnalysis::of(&run);
    (run, analysis)
}

fn sweep() -> (RunResults, RunAnalysis) {
    let models = ["sequential", "thread-pool", "rayon", "py-threads"];
    let run = swept("workers=1,2,4,8", &models, 8, 0.01, 3, |model, workers| match model {
        "sequential" => Some(200.0),
        "py-threads" => (workers < 8.0).then_some(180.0),
        "rayon" => Some(3.0 + 200.0 / workers),
        _ => Some(200.0 / workers.min(2.0)),
    });
    let analysis = RunAnalysis::of(&run);
    (run, analysis)
}

fn painted(kind: ChartKind, (run, analysis): &(RunResults, RunAnalysis)) -> String {
    svg(&chart(kind, run, analysis, &Part::default()).expect("there is one"), Target::File)
}

#[test]
fn the_charts_of_a_fixed_run_stay_as_they_are() {
    let run = run();
    for kind in
        [ChartKind::Comparison, ChartKind::Cpu, ChartKind::Timeline, ChartKind::TimeBudget, ChartKind::Distribution]
    {
        insta::assert_snapshot!(kind.name(), painted(kind, &run));
    }
    insta::assert_snapshot!("scaling", painted(ChartKind::Scaling, &sweep()));
}

#[test]
fn there_is_no_scaling_without_a_sweep() {
    let (run, analysis) = run();
    assert_eq!(chart(ChartKind::Scaling, &run, &analysis, &Part::default()), None);
    assert!(!ChartKind::Scaling.applies(&run) && ChartKind::Scaling.applies(&sweep().0));
    assert!(curve(&run, &analysis).is_empty());
}

#[test]
fn each_value_of_a_sweep_has_its_rows() {
    let sweep = sweep();
    let chart = chart(ChartKind::Comparison, &sweep.0, &sweep.1, &Part::default()).expect("there is one");
    let Body::Rows { groups, .. } = &chart.body else { panic!("{chart:?}") };
    let titles: Vec<&str> = groups.iter().filter_map(|group| group.title.as_deref()).collect();
    assert_eq!(titles, ["Workers 1", "Workers 2", "Workers 4", "Workers 8"]);
    assert!(groups.iter().all(|group| group.items.len() == 4));
    assert!(groups[3].items.iter().any(|row| row.absent.as_deref().is_some_and(|why| why.starts_with("failed: "))));
}

#[test]
fn every_figure_of_a_sweep_has_a_chart_of_its_own() {
    let (run, analysis) = sweep();
    let all = curve(&run, &analysis);
    let mut ids: Vec<&str> = all.iter().map(|chart| chart.id.as_str()).collect();
    assert_eq!(ids[0], "scaling-wall_ms_median");
    assert!(
        ids.len() > 4 && ids.iter().all(|id| id.chars().all(|one| one.is_ascii_alphanumeric() || "_-".contains(one)))
    );
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn of_many_values_a_picture_shows_some_and_says_so() {
    let models = ["sequential", "thread-pool", "rayon"];
    let run = swept("tasks=1..100/100", &models, 1, 0.0, 3, |_, tasks| Some(tasks));
    let analysis = RunAnalysis::of_points(&run);
    for kind in
        [ChartKind::Comparison, ChartKind::Cpu, ChartKind::Timeline, ChartKind::TimeBudget, ChartKind::Distribution]
    {
        let chart = chart(kind, &run, &analysis, &Part::default()).expect("there is one");
        assert!(chart.title.ends_with(" of 100 values"), "{}", chart.title);
        let svg = svg(&chart, Target::File);
        assert!(svg.contains(">Tasks 1</text>") && svg.contains(">Tasks 100</text>"), "{kind:?}");
        let height = svg.split(" height=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a height");
        assert!(height.parse::<f64>().expect("a number") < 3_500.0, "{kind:?}: {height}");
    }
}

#[test]
fn the_times_of_the_tasks_are_drawn_below_those_of_the_trials() {
    let (run, analysis) = run();
    for (time, histogram, title) in [
        (TaskTime::Latency, false, "Latency of the tasks, all measured trials together"),
        (TaskTime::Queue, true, "Queue time of the tasks, all measured trials together"),
    ] {
        let tasks = Some(TaskPart { time, histogram });
        let part = Part { wall_times: true, tasks, hidden: vec!["Sequential".to_owned()], ..Part::default() };
        let chart = chart(ChartKind::Distribution, &run, &analysis, &part).expect("there is one");
        let below = chart.below.as_ref().expect("the tasks");
        let Body::Shares { lines, .. } = &below.body else { panic!("{below:?}") };
        assert_eq!((below.title.as_str(), lines.len()), (title, 5), "all but the hidden model and those that failed");
        for line in lines {
            assert!(line.corners.iter().all(|(nanos, share)| *nanos > 0.0 && (0.0..=1.0).contains(share)), "{line:?}");
            assert_eq!((line.marks.len(), line.filled), (4, histogram));
            // A model whose tasks never waited has no bin.
            let last = line.corners.last().map(|corner| corner.1);
            assert!(last == Some(if histogram { 0.0 } else { 1.0 }) || histogram && last.is_none(), "{line:?}");
        }
        let svg = svg(&chart, Target::File);
        assert!(svg.contains(">Wall time of each trial</text>") && svg.contains(&format!(">{title}</text>")), "{svg}");
    }
}

#[test]
fn a_time_budget_has_both_totals_in_percent_or_in_seconds() {
    let (run, analysis) = run();
    for (seconds, end) in [(false, ">100 %<"), (true, " ms<")] {
        let part = Part { seconds, hidden: vec!["Sequential".to_owned()], ..Part::default() };
        let chart = chart(ChartKind::TimeBudget, &run, &analysis, &part).expect("there is one");
        let below = chart.below.as_ref().expect("the task-seconds");
        for (chart, fills) in [(&chart, 3), (&**below, 6)] {
            let Body::Stacks { axis, groups } = &chart.body else { panic!("{chart:?}") };
            let rows = &groups[0].items;
            assert!(rows.iter().all(|row| row.series.title != "Sequential") && rows.len() == 6);
            for row in rows.iter().filter(|row| row.absent.is_none()) {
                let length: f64 = row.segments.iter().map(|(_, length)| *length).sum();
                assert!(length <= axis.to && (seconds || (length - 100.0).abs() < 1e-6), "{row:?}");
                assert!(row.segments.iter().all(|(_, length)| *length > 0.0));
            }
            assert!(chart.legend.len() >= fills, "{:?}", chart.legend);
            assert!(chart.sentence.starts_with("Largest part of the "), "{}", chart.sentence);
        }
        let svg = svg(&chart, Target::File);
        assert!(svg.contains(end) && svg.contains("start-up 1.00 ms, teardown 500 µs"), "{svg}");
        assert!(svg.contains("no completed trial") || svg.contains("failed: "), "{svg}");
    }
}

#[test]
fn lanes_outside_the_range_say_where_they_are() {
    let (run, analysis) = run();
    let part = |nanos| Part { nanos: Some(nanos), ..Part::default() };
    let zoomed = |nanos| {
        let chart = chart(ChartKind::Timeline, &run, &analysis, &part(nanos)).expect("there is one");
        let Body::Lanes { groups, .. } = &chart.body else { panic!("{chart:?}") };
        let bars = groups.iter().flat_map(|group| &group.items).flat_map(|item| item.lanes.iter().flatten());
        assert!(bars.into_iter().all(|bar| bar.from >= nanos.0 && bar.to <= nanos.1), "bars are clipped");
        (svg(&chart, Target::File), chart.legend.len())
    };
    let (late, legend) = zoomed((500e6, 600e6));
    assert!(late.contains("← ended at ") && !late.contains("→ "), "{late}");
    assert_eq!(legend, 0, "nothing is drawn that a legend could explain");
}

#[test]
fn queues_of_short_tasks_are_drawn() {
    let mut built =
        Synthetic::new(workload_alike(4, 0.001, 0.0), &["threads"]).rounds(1, 0.0, &[("threads", 100.0, 4, 1.0)]);
    built.adjust_spans("threads", |spans| {
        for (index, span) in spans.tasks.iter_mut().enumerate() {
            let start = 20_000_000 * (index as u64 + 1);
            (span.submitted, span.started, span.finished) = (0, start, start + 1_000);
        }
    });
    let run = RunResults::from(built.results);
    let analysis = RunAnalysis::of(&run);
    let chart = chart(ChartKind::Timeline, &run, &analysis, &Part::default()).expect("there is one");
    assert!(chart.legend.iter().any(|entry| entry.symbol == Symbol::Bar(BarState::Queue)), "{:?}", chart.legend);
}

#[test]
fn colours_of_a_timeline_are_those_chosen_and_are_named() {
    let mut built =
        Synthetic::new(workload_alike(16, 1.0, 0.0), &["threads"]).rounds(1, 0.0, &[("threads", 100.0, 4, 1.0)]);
    built.adjust_spans("threads", |spans| {
        for (index, span) in spans.tasks.iter_mut().enumerate() {
            span.core = (index != 1).then_some(index as u16);
        }
    });
    let run = RunResults::from(built.results);
    let analysis = RunAnalysis::of(&run);
    let drawn = |colour| {
        let part = Part { colour, ..Part::default() };
        let chart = chart(ChartKind::Timeline, &run, &analysis, &part).expect("there is one");
        let texts: Vec<String> = chart.legend.iter().map(|entry| entry.text.to_string()).collect();
        (svg(&chart, Target::File), texts)
    };
    let (by_state, texts) = drawn(ColourBy::State);
    assert!(!texts.iter().any(|text| text.contains("core")), "{texts:?}");
    let (by_core, texts) = drawn(ColourBy::Core);
    assert_ne!(by_state, by_core);
    let named = texts.iter().filter(|text| text.starts_with("core ")).count();
    assert_eq!(named, 12, "{texts:?}");
    assert!(texts.last().is_some_and(|text| text.ends_with(", and 4 more")), "{texts:?}");
}

#[test]
fn a_timeline_begins_with_the_trial_that_ended_first_and_names_the_warm_up() {
    let mut built = Synthetic::new(workload_alike(4, 1.0, 0.0), &["sequential", "threads"]);
    for (round, sequential, threads) in [(0, 50.0, 50.0), (1, 10.0, 11.0), (2, 12.0, 9.0), (3, 10.0, 11.0)] {
        built.trial("sequential", round, sequential, 1, 1.0);
        built.trial("threads", round, threads, 4, 1.0);
    }
    let titles = |built: &Synthetic, round| {
        let run = RunResults::from(built.results.clone());
        let analysis = RunAnalysis::of(&run);
        let part = Part { round, ..Part::default() };
        let chart = chart(ChartKind::Timeline, &run, &analysis, &part).expect("there is one");
        let Body::Lanes { groups, .. } = chart.body else { panic!("no lanes") };
        groups[0].items.iter().map(|item| format!("{}, {}", item.owner.title(), item.note)).collect::<Vec<_>>()
    };
    assert_eq!(titles(&built, Some(1)), ["Sequential, 4 tasks", "Threads, 4 tasks"]);
    assert_eq!(titles(&built, Some(2)), ["Threads, 4 tasks", "Sequential, 4 tasks"]);
    built.results.trials.retain(|trial| trial.is_warmup());
    assert_eq!(titles(&built, None), ["Sequential, warm-up: 4 tasks", "Threads, warm-up: 4 tasks"]);
}

#[test]
fn where_all_failed_a_timeline_has_reasons_and_no_axis() {
    let mut built = Synthetic::new(workload_alike(4, 1.0, 0.0), &["threads"]);
    built.failed("threads", 1, crate::trial::Status::Failed, "no memory");
    let run = RunResults::from(built.results);
    let analysis = RunAnalysis::of(&run);
    for kind in [ChartKind::Timeline, ChartKind::Cpu] {
        let svg = painted(kind, &(run.clone(), analysis.clone()));
        assert!(svg.contains("no memory"), "{kind:?}: {svg}");
        assert!(!svg.contains(" ns<") && !svg.contains(">no completed trial<"), "{svg}");
    }
}

#[test]
fn nothing_measured_is_a_chart_without_marks() {
    let mut results = full();
    results.trials.clear();
    let run = RunResults::from(results);
    let analysis = RunAnalysis::of(&run);
    for kind in
        [ChartKind::Comparison, ChartKind::Cpu, ChartKind::Timeline, ChartKind::TimeBudget, ChartKind::Distribution]
    {
        let svg = painted(kind, &(run.clone(), analysis.clone()));
        assert!(svg.contains("Sequential") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn texts_of_failures_are_escaped() {
    let mut results = full();
    let evil = "</text></svg><script>alert(1)</script> ]]> \"><img onerror=x> &#x41; \u{2028}\u{1b}";
    let failure = crate::analysis::testing::failure(evil);
    for trial in results.trials.iter_mut().filter(|trial| trial.contender.to_string() == "processes") {
        trial.failure = Some(failure.clone());
    }
    let run = RunResults::from(results);
    let analysis = RunAnalysis::of(&run);
    let svg = painted(ChartKind::Comparison, &(run, analysis));
    assert!(svg.contains("&lt;script&gt;") || svg.contains("&lt;/text&gt;"), "{svg}");
    for part in ["<script", "<img", "]]>", "\u{2028}", "\u{1b}", "&#x41;"] {
        assert!(!svg.contains(part), "{part}: {svg}");
    }
    assert_eq!(svg.matches("</svg>").count(), 1);
}

#[test]
fn nothing_outside_the_file_is_referred_to() {
    let all = [
        painted(ChartKind::Comparison, &run()),
        painted(ChartKind::Cpu, &run()),
        painted(ChartKind::Scaling, &sweep()),
    ];
    for svg in all {
        let without_namespace = svg.replacen("http://www.w3.org/2000/svg", "", 1);
        for part in ["http", "href", "url(", "@import", "src"] {
            assert!(!without_namespace.contains(part), "{part}");
        }
        assert!(svg.contains("role=\"img\"") && svg.contains("<title id=") && svg.contains("<desc id="));
    }
}

#[test]
fn a_picture_has_the_size_of_its_chart_and_is_not_blank() {
    for (kind, data) in [(ChartKind::Comparison, run()), (ChartKind::Scaling, sweep())] {
        let chart = chart(kind, &data.0, &data.1, &Part::default()).expect("there is one");
        let svg = svg(&chart, Target::File);
        let size = |name: &str| -> u32 {
            let from = svg.find(&format!(" {name}=\"")).expect("a size") + name.len() + 3;
            svg[from..].split('"').next().expect("a value").parse().expect("a number")
        };
        for colours in [&palette::LIGHT, &palette::DARK] {
            let png = png(&chart, colours).expect("a picture");
            let pixels = resvg::tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
            assert_eq!((pixels.width(), pixels.height()), (2 * size("width"), 2 * size("height")));
            let mut colours: Vec<_> =
                pixels.pixels().iter().map(|pixel| (pixel.red(), pixel.green(), pixel.blue())).collect();
            colours.sort_unstable();
            colours.dedup();
            assert!(colours.len() > 100, "{kind:?}: only {} colours, so no text or marks", colours.len());
        }
    }
}

#[test]
fn titles_are_drawn_bold() {
    let (run, analysis) = run();
    let mut chart = chart(ChartKind::Comparison, &run, &analysis, &Part::default()).expect("there is one");
    let ink = |chart: &Chart| {
        let png = png(chart, &palette::LIGHT).expect("a picture");
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
        // The title alone.
        let rows = pixels.pixels().chunks(pixels.width() as usize).take(70);
        rows.flatten().filter(|pixel| pixel.red() < 128).count()
    };
    let titled = ink(&chart);
    chart.title.clear();
    assert_eq!(ink(&chart), 0);
    assert!(titled > 1_700, "{titled} dark pixels");
}
