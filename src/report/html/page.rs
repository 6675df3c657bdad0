//! The page: its head, its sections in order, and the data.

use std::io::{self, Write};

use super::safe_json::SafeJson;
use super::{explanation, sections, style};
use crate::analysis::{Analysis, RunAnalysis};
use crate::chart::{self, Chart, ChartKind, Part, Target, markup};
use crate::experiment::{describe, file};
use crate::export::{self, CsvDialect};
use crate::results::RunResults;

/// Nothing may be loaded; styles and pictures are inside.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// Longest experiment file that is shown, bytes.
const LONGEST_FILE: usize = 200_000;
/// Most points of a sweep with charts of their own.
const MOST_CHARTED_POINTS: usize = 12;

/// Writes the page.
pub(crate) fn write(run: &RunResults, analysis: &RunAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    let title = markup::line(&run.experiment.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"concurrency-lab {}\">\n\
         <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        env!("CARGO_PKG_VERSION"),
        style::style(),
    )?;
    out.write_all(sections::findings(run, analysis).as_bytes())?;
    charts(run, analysis, &mut out)?;
    out.write_all(sections::tables(run, analysis).as_bytes())?;
    out.write_all(sections::caveats(run, analysis).as_bytes())?;
    out.write_all(sections::environment(run, analysis).as_bytes())?;
    if !run.experiment.explanation.is_empty() {
        let explanation = explanation::html(&run.experiment.explanation);
        // Of an edited preset this text may describe what was not run.
        let edited = run.experiment.summary == describe::experiment(&run.experiment);
        let note = if edited {
            "<p class=\"note\">This text was written for another workload than that of this run.</p>\n"
        } else {
            ""
        };
        write!(out, "<section>\n<h2>About this experiment</h2>\n{note}{explanation}</section>\n")?;
    }
    experiment_file(run, &mut out)?;
    write!(
        out,
        "<footer>The figures are in this page as JSON: the element with the id <code>data</code>.</footer>\n</main>\n\
         <script type=\"application/json\" id=\"data\">\n"
    )?;
    export::write(export::Kind::Json, run, analysis, CsvDialect::default(), &mut SafeJson(&mut out))?;
    out.write_all(b"</script>\n</body>\n</html>\n")?;
    out.flush()
}

fn charts(run: &RunResults, analysis: &RunAnalysis, out: &mut impl Write) -> io::Result<()> {
    let measured = |analysis: &Analysis| analysis.summaries.iter().any(|summary| summary.wall.is_some());
    if !analysis.points.iter().any(measured) {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Charts</h2>")?;
    let of_kind = |kind| chart::chart(kind, run, analysis, &Part::default());
    let by_point = [ChartKind::Comparison, ChartKind::TimeBudget, ChartKind::Distribution, ChartKind::Cpu];
    if analysis.scaling.is_none() {
        let kinds = [
            ChartKind::Comparison,
            ChartKind::Timeline,
            ChartKind::TimeBudget,
            ChartKind::Distribution,
            ChartKind::Cpu,
        ];
        for chart in kinds.into_iter().filter_map(of_kind) {
            figure(&chart, out)?;
        }
    } else {
        let mut curves = chart::curve(run, analysis).into_iter();
        if let Some(first) = curves.next() {
            figure(&first, out)?;
        }
        writeln!(out, "<details>\n<summary>Other figures over the swept setting</summary>")?;
        for chart in curves {
            figure(&chart, out)?;
        }
        writeln!(out, "</details>")?;
        if run.points.len() <= MOST_CHARTED_POINTS {
            writeln!(out, "<details>\n<summary>Trials, time budgets and CPU usage at each value</summary>")?;
            for chart in by_point.into_iter().filter_map(of_kind) {
                figure(&chart, out)?;
            }
            writeln!(out, "</details>")?;
        }
    }
    writeln!(out, "</section>")
}

fn figure(chart: &Chart, out: &mut impl Write) -> io::Result<()> {
    let svg = chart::svg(chart, Target::Inline);
    writeln!(out, "<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>", markup::line(&chart.sentences()))
}

fn experiment_file(run: &RunResults, out: &mut impl Write) -> io::Result<()> {
    let text = file::to_toml(&run.experiment);
    let end = (0..=LONGEST_FILE.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let cut = if end < text.len() {
        format!("<p class=\"note\">Only the first {LONGEST_FILE} bytes of {} are shown.</p>\n", text.len())
    } else {
        String::new()
    };
    write!(
        out,
        "<section>\n<h2>Experiment file</h2>\n\
         <p class=\"note\">Runs again with <code>concurrency-lab run FILE.toml</code>.</p>\n\
         {cut}<details>\n<summary>Show the file</summary>\n<pre><code>{}</code></pre>\n</details>\n</section>\n",
        markup::block(&text[..end])
    )
}
