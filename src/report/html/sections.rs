//! Sections of the page: findings, tables, caveats, environment.

use super::budgets;
use crate::analysis::metric::{Detail, ModelContext, details_of};
use crate::analysis::{Analysis, RunAnalysis};
use crate::chart::{Series, markup};
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::report::caveats::{self, CaveatLine};
use crate::report::class_table;
use crate::report::environment;
use crate::report::findings::Findings;
use crate::report::step_table;
use crate::report::sweep_table;
use crate::report::table::{self, ResultTable, RowContent};
use crate::results::{Results, RunResults};

/// Title, summary, environment in a line, and what was found.
pub(super) fn findings(run: &RunResults, analysis: &RunAnalysis) -> String {
    let mut out = format!("<header>\n<h1>{}</h1>\n", markup::line(&run.experiment.title));
    if !run.experiment.summary.is_empty() {
        out.push_str(&format!("<p class=\"summary\">{}</p>\n", markup::line(&run.experiment.summary)));
    }
    let line = environment::line(run, None);
    out.push_str(&format!("<p class=\"line\">{}</p>\n</header>\n<section>\n", markup::line(&line)));
    let findings = Findings::of(run, analysis);
    for disturbance in findings.incomplete.iter().chain(&findings.disturbance) {
        out.push_str(&format!("<p class=\"disturbed\">{}</p>\n", markup::line(disturbance)));
    }
    out.push_str(&format!("<p class=\"finding\">{}</p>\n", markup::line(findings.headline)));
    out.push_str(&list(findings.sentences.iter().map(|sentence| markup::line(sentence).into_owned())));
    out.push_str("</section>\n");
    out
}

/// Tables of results: one without a sweep, else one of all values and one of each.
pub(super) fn tables(run: &RunResults, analysis: &RunAnalysis) -> String {
    let mut out = String::from("<section>\n<h2>Results</h2>\n");
    match &analysis.scaling {
        None => out.push_str(&point(run.first(), analysis.first())),
        Some(scaling) => {
            out.push_str("<p class=\"note\">Wall time, median of the rounds.</p>\n<div class=\"wide\"><table class=\"figures\">\n");
            out.push_str(&format!("<tr><th>{}</th>", markup::line(&scaling.key.title())));
            for contender in &run.experiment.models {
                out.push_str(&format!("<th>{}</th>", named(contender, &run.experiment.models)));
            }
            out.push_str("</tr>\n");
            for row in sweep_table::rows(run, analysis, scaling) {
                let cells: String = row.iter().map(|cell| format!("<td>{}</td>", markup::line(cell))).collect();
                out.push_str(&format!("<tr>{cells}</tr>\n"));
            }
            out.push_str("</table></div>\n");
            for (results, analysis) in run.points.iter().zip(&analysis.points) {
                let title = results.point.as_ref().map(SweepPoint::title).unwrap_or_default();
                let own = list(caveats::of_models(analysis).iter().map(caveat));
                let point = point(results, analysis);
                let title = markup::line(&title);
                out.push_str(&format!("<details>\n<summary>{title}</summary>\n{point}{own}</details>\n"));
            }
        }
    }
    out.push_str("</section>\n");
    out
}

/// Table of one point with its notes, and all figures of each model.
fn point(results: &Results, analysis: &Analysis) -> String {
    let table = ResultTable::of(results, analysis);
    let mut out = String::from("<div class=\"wide\"><table class=\"figures\">\n<tr><th>model</th>");
    for (metric, _) in &table.columns {
        let help =
            if metric.help.is_empty() { String::new() } else { format!(" title=\"{}\"", markup::line(metric.help)) };
        out.push_str(&format!("<th{help}>{}</th>", markup::line(metric.head)));
    }
    out.push_str("</tr>\n");
    for row in &table.rows {
        out.push_str(&format!("<tr><td>{}</td>", named(&row.summary.contender, &results.experiment.models)));
        match &row.content {
            RowContent::Figures(figures) => {
                for figure in figures {
                    out.push_str(&format!("<td>{}</td>", markup::line(figure)));
                }
            }
            RowContent::Status(status) => {
                let reason = row.summary.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
                let text = format!("{status}{reason}");
                let columns = table.columns.len();
                out.push_str(&format!("<td class=\"status\" colspan=\"{columns}\">{}</td>", markup::line(&text)));
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
    for note in table::notes(results, analysis) {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", markup::line(&note)));
    }
    out.push_str(&steps(results, analysis));
    out.push_str(&classes(results, analysis));
    out.push_str(&details(results, analysis));
    out.push_str(&budgets::tables(results, analysis));
    out
}

/// Table of the times of single steps; empty where a task has one step or none.
fn steps(results: &Results, analysis: &Analysis) -> String {
    let rows = step_table::rows(results, analysis);
    if rows.is_empty() {
        return String::new();
    }
    let heads: String =
        step_table::heads(results).iter().map(|head| format!("<th>{}</th>", markup::line(head))).collect();
    let mut out = format!(
        "<h3>{}</h3>\n<div class=\"wide\"><table class=\"figures\">\n<tr><th>model</th>{heads}</tr>\n",
        step_table::TITLE
    );
    for row in rows {
        let cells: String = row.cells.iter().map(|cell| format!("<td>{}</td>", markup::line(cell))).collect();
        let model = named(&row.summary.contender, &results.experiment.models);
        out.push_str(&format!("<tr><td>{model}</td>{cells}</tr>\n"));
    }
    out.push_str("</table></div>\n");
    out
}

/// Table of the classes of tasks; empty without any.
fn classes(results: &Results, analysis: &Analysis) -> String {
    let rows = class_table::rows(analysis);
    if rows.is_empty() {
        return String::new();
    }
    let heads: String = class_table::HEADS.iter().map(|head| format!("<th>{head}</th>")).collect();
    let mut out = format!(
        "<h3>{}</h3>\n<div class=\"wide\"><table class=\"figures\">\n<tr><th>model</th>{heads}</tr>\n",
        class_table::TITLE
    );
    for row in rows {
        let cells: String = row.cells.iter().map(|cell| format!("<td>{}</td>", markup::line(cell))).collect();
        out.push_str(&format!(
            "<tr><td>{}</td>{cells}</tr>\n",
            named(&row.summary.contender, &results.experiment.models)
        ));
    }
    out.push_str("</table></div>\n");
    for note in class_table::notes(analysis) {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", markup::line(&note)));
    }
    out
}

/// All figures of all models: a row for each figure that a model has.
fn details(results: &Results, analysis: &Analysis) -> String {
    let models: Vec<ModelContext<'_>> = analysis
        .fastest_first()
        .into_iter()
        .filter(|summary| summary.wall.is_some())
        .map(|summary| ModelContext::new(results, analysis, summary))
        .collect();
    if models.is_empty() {
        return String::new();
    }
    let mut rows: Vec<Detail> = Vec::new();
    for detail in models.iter().flat_map(details_of) {
        if rows.iter().all(|known| known.order != detail.order) {
            rows.push(detail);
        }
    }
    rows.sort_by_key(|row| row.order);
    let heads: String = models
        .iter()
        .map(|model| format!("<th>{}</th>", named(&model.summary.contender, &results.experiment.models)))
        .collect();
    let mut out = format!(
        "<details>\n<summary>All figures of each model</summary>\n<div class=\"wide\"><table class=\"figures\">\n\
         <tr><th>figure</th>{heads}</tr>\n"
    );
    for row in rows {
        let cell = |model: &ModelContext<'_>| {
            let applies = details_of(model).iter().any(|known| known.order == row.order);
            (row.text)(model).filter(|_| applies).unwrap_or_else(|| "–".to_owned())
        };
        let cells: Vec<String> = models.iter().map(cell).collect();
        if cells.iter().all(|cell| cell == "–") {
            continue;
        }
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", markup::line(cell))).collect();
        out.push_str(&format!("<tr><th>{}</th>{cells}</tr>\n", markup::line(row.title)));
    }
    out.push_str("</table></div>\n</details>\n");
    out
}

/// The title of a model behind its mark, which has the form that it has in charts.
fn named(contender: &Contender, models: &[Contender]) -> String {
    let index = models.iter().position(|one| one == contender);
    let mark = index.and_then(|index| Series::of(models).into_iter().nth(index)).map(|series| markup::mark(&series));
    format!("{}{}", mark.unwrap_or_default(), markup::line(&contender.title()))
}

/// Caveats with their remedies, and models that the experiment leaves out.
pub(super) fn caveats(run: &RunResults, analysis: &RunAnalysis) -> String {
    let mut out = String::new();
    let all = caveats::of_run(analysis);
    if !all.is_empty() {
        out.push_str(&format!("<section>\n<h2>Caveats</h2>\n{}</section>\n", list(all.iter().map(caveat))));
    }
    let left_out = &run.experiment.left_out;
    if !left_out.is_empty() {
        let items = left_out
            .iter()
            .map(|left| markup::line(&format!("{}: {}", left.contender.title(), left.reason)).into_owned());
        out.push_str(&format!("<section>\n<h2>Left out</h2>\n{}</section>\n", list(items)));
    }
    out
}

/// The facts that the figures depend on.
pub(super) fn environment(run: &RunResults, analysis: &RunAnalysis) -> String {
    let facts: String = environment::facts(run, analysis)
        .iter()
        .map(|(label, value)| format!("<tr><th>{label}</th><td>{}</td></tr>\n", markup::line(value)))
        .collect();
    format!(
        "<section>\n<h2>Environment</h2>\n<div class=\"wide\"><table class=\"facts\">\n{facts}</table></div>\n</section>\n"
    )
}

fn caveat(line: &CaveatLine) -> String {
    let who = line.who.as_ref().map_or_else(String::new, |who| format!("{}: ", markup::line(who)));
    format!("{who}<strong>{}</strong>: {}", markup::line(&line.label), markup::line(&line.remedy))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>\n")).collect();
    if items.is_empty() { String::new() } else { format!("<ul>\n{items}</ul>\n") }
}
