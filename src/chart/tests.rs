//! Tests of charts on fixed runs.

use super::*;
use crate::analysis::RunAnalysis;
use crate::analysis::testing::{full, swept};
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
    for kind in [ChartKind::Comparison, ChartKind::Cpu, ChartKind::Timeline, ChartKind::Distribution] {
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
fn nothing_measured_is_a_chart_without_marks() {
    let mut results = full();
    results.trials.clear();
    let run = RunResults::from(results);
    let analysis = RunAnalysis::of(&run);
    for kind in [ChartKind::Comparison, ChartKind::Cpu, ChartKind::Timeline, ChartKind::Distribution] {
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
