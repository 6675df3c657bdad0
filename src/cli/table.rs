//! The result table and the verdict, for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::analysis::{Analysis, Summary};
use crate::results::Results;
use crate::trial::Status;
use crate::units;

/// Headline, cause and uncertainty, then one row per model, fastest first, then the caveats.
pub(super) fn render(results: &Results, analysis: &Analysis) -> String {
    let mut text = String::new();
    let verdict = &analysis.verdict;
    let lines = [&verdict.headline, &verdict.cause, &verdict.uncertainty].into_iter().chain(&verdict.remarks);
    for line in lines.filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&models(results, analysis).trim_fmt());
    text.push('\n');
    for caveat in analysis.caveats.iter() {
        text.push_str(&format!("\n{}: {}", caveat.label(), caveat.remedy()));
    }
    let own = analysis.summaries.iter().flat_map(|summary| summary.caveats.iter().map(move |caveat| (summary, caveat)));
    for (summary, caveat) in own {
        text.push_str(&format!("\n{}: {}: {}", summary.contender.title(), caveat.label(), caveat.remedy()));
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn models(results: &Results, analysis: &Analysis) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "model",
        "wall time",
        "95 % interval",
        "times as fast",
        "of ideal",
        "cores used",
        "CPU time",
        "peak memory",
        "OS switches",
        "trials",
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut rows: Vec<&Summary> = analysis.summaries.iter().collect();
    let order = |summary: &Summary| summary.wall.map_or(f64::INFINITY, |wall| wall.median);
    rows.sort_by(|a, b| order(a).total_cmp(&order(b)));
    for summary in rows {
        table.add_row(row(results, summary));
    }
    table
}

fn row(results: &Results, summary: &Summary) -> Vec<String> {
    let title = summary.contender.title();
    let Some(wall) = summary.wall else {
        let what = match summary.status {
            Some(status) => status.name(),
            None => "not run",
        };
        return vec![title, what.to_owned()];
    };
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let is_reference = summary.contender == results.experiment.reference;
    let switches = summary.voluntary_switches.zip(summary.involuntary_switches).map(|(own, forced)| own + forced);
    let cpu = summary.cpu_user_nanos.zip(summary.cpu_system_nanos).map(|(user, system)| user + system);
    let failed = results.measured(&summary.contender).filter(|trial| trial.status == Status::Failed).count();
    let trials = if failed > 0 { format!("{} ({failed} failed)", summary.trials) } else { summary.trials.to_string() };
    vec![
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
        or_dash(summary.peak_memory_bytes.map(units::bytes)),
        or_dash(switches.map(|switches| units::count(switches.round() as u64))),
        trials,
    ]
}
