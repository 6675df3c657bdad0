//! Report as Markdown, for pull requests, issues and wikis (GitHub's dialect).

use std::fmt::Write as _;

use super::caveats::{self, CaveatLine};
use super::class_table;
use super::environment;
use super::findings::Findings;
use super::step_table;
use super::sweep_table;
use super::table::{self, ResultTable, RowContent};
use crate::analysis::{Analysis, RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::results::{Results, RunResults};

/// Returns the report.
pub(super) fn report(run: &RunResults, analysis: &RunAnalysis) -> String {
    let mut out = String::new();
    // Writing into a string can't fail.
    let _ = write(&mut out, run, analysis);
    out
}

fn write(out: &mut String, run: &RunResults, analysis: &RunAnalysis) -> std::fmt::Result {
    writeln!(out, "# {}\n", text(&run.experiment.title))?;
    if !run.experiment.summary.is_empty() {
        writeln!(out, "{}\n", text(&run.experiment.summary))?;
    }
    let findings = Findings::of(run, analysis);
    for disturbance in findings.incomplete.iter().chain(&findings.disturbance) {
        writeln!(out, "> {}\n", text(disturbance))?;
    }
    writeln!(out, "**{}**\n", text(findings.headline))?;
    list(out, findings.sentences.iter().map(|sentence| text(sentence)))?;
    match &analysis.scaling {
        None => {
            writeln!(out, "## Results\n")?;
            point(out, run.first(), analysis.first())?;
        }
        Some(scaling) => {
            writeln!(out, "## Wall time, median of the rounds\n")?;
            let titles = run.experiment.models.iter().map(|model| model.title());
            let header: Vec<String> = std::iter::once(scaling.key.title()).chain(titles).collect();
            table_of(out, &header, &sweep_table::rows(run, analysis, scaling))?;
            for (results, analysis) in run.points.iter().zip(&analysis.points) {
                let title = results.point.as_ref().map(SweepPoint::title).unwrap_or_default();
                writeln!(out, "## {}\n", text(&title))?;
                point(out, results, analysis)?;
                let own = caveats::of_models(analysis);
                if !own.is_empty() {
                    writeln!(out, "Caveats at this value:\n")?;
                }
                list(out, own.iter().map(caveat))?;
            }
        }
    }
    let all = caveats::of_run(analysis);
    if !all.is_empty() {
        writeln!(out, "## Caveats\n")?;
        list(out, all.iter().map(caveat))?;
    }
    if !run.experiment.left_out.is_empty() {
        writeln!(out, "## Left out\n")?;
        let left = run.experiment.left_out.iter();
        list(out, left.map(|left| text(&format!("{}: {}", left.contender.title(), left.reason))))?;
    }
    writeln!(out, "## Environment\n")?;
    let facts = environment::facts(run, analysis).into_iter();
    let rows: Vec<Vec<String>> = facts.map(|(label, value)| vec![label.to_owned(), value]).collect();
    table_of(out, &["fact".to_owned(), "value".to_owned()], &rows)
}

/// Table of one point, its notes, and why models have no figures.
fn point(out: &mut String, results: &Results, analysis: &Analysis) -> std::fmt::Result {
    let table = ResultTable::of(results, analysis);
    let heads = table.columns.iter().map(|(metric, _)| metric.head.to_owned());
    let header: Vec<String> = std::iter::once("model".to_owned()).chain(heads).collect();
    let rows = table.rows.iter().map(|row| {
        let title = row.summary.contender.title();
        match &row.content {
            // A figure and its unit stay on one line.
            RowContent::Figures(figures) => {
                let figures = figures.iter().map(|figure| figure.replace(' ', "\u{a0}"));
                std::iter::once(title).chain(figures).collect()
            }
            RowContent::Status(status) => vec![title, (*status).to_owned()],
        }
    });
    table_of(out, &header, &rows.collect::<Vec<_>>())?;
    let titled = |model: &Summary, cells: Vec<String>| std::iter::once(model.contender.title()).chain(cells).collect();
    let steps: Vec<Vec<String>> =
        step_table::rows(results, analysis).into_iter().map(|row| titled(row.summary, row.cells)).collect();
    if !steps.is_empty() {
        writeln!(out, "### {}\n", step_table::TITLE)?;
        let header: Vec<String> = std::iter::once("model".to_owned()).chain(step_table::heads(results)).collect();
        table_of(out, &header, &steps)?;
    }
    let classes: Vec<Vec<String>> =
        class_table::rows(analysis).into_iter().map(|row| titled(row.summary, row.cells.to_vec())).collect();
    if !classes.is_empty() {
        writeln!(out, "### {}\n", class_table::TITLE)?;
        let heads = class_table::HEADS.iter().map(|head| (*head).to_owned());
        let header: Vec<String> = std::iter::once("model".to_owned()).chain(heads).collect();
        table_of(out, &header, &classes)?;
    }
    let reason = |row: &table::ResultRow<'_>| {
        Some(format!("{}: {}", row.summary.contender.title(), row.summary.reason.as_ref()?))
    };
    let reasons: Vec<String> = table.rows.iter().filter_map(reason).collect();
    let notes = class_table::notes(analysis);
    list(out, table::notes(results, analysis).iter().chain(&notes).chain(&reasons).map(|note| text(note)))
}

fn caveat(line: &CaveatLine) -> String {
    let who = line.who.as_ref().map_or_else(String::new, |who| format!("{}: ", text(who)));
    format!("{who}**{}**: {}", text(&line.label), text(&line.remedy))
}

fn list(out: &mut String, items: impl Iterator<Item = String>) -> std::fmt::Result {
    let mut any = false;
    for item in items {
        writeln!(out, "- {item}")?;
        any = true;
    }
    if any { writeln!(out) } else { Ok(()) }
}

fn table_of(out: &mut String, header: &[String], rows: &[Vec<String>]) -> std::fmt::Result {
    let line = |cells: &[String]| {
        let cell = |index: usize| cells.get(index).map_or_else(String::new, |cell| text(cell));
        (0..header.len()).map(|index| format!(" {} |", cell(index))).collect::<String>()
    };
    writeln!(out, "|{}", line(header))?;
    // Figures are right, names left.
    let is_text = header.first().is_some_and(|first| first == "fact");
    let rule = |index: usize| if index == 0 || is_text { " --- |" } else { " ---: |" };
    writeln!(out, "|{}", (0..header.len()).map(rule).collect::<String>())?;
    for row in rows {
        writeln!(out, "|{}", line(row))?;
    }
    writeln!(out)
}

/// Longest text, characters.
const LONGEST: usize = 2_000;

/// Returns a text on one line that means nothing but itself in Markdown.
pub(super) fn text(source: &str) -> String {
    let shown = printable::shortened(source, LONGEST);
    let mut out = String::with_capacity(shown.len() + 8);
    let mut before = None;
    let mut letters = shown.chars().peekable();
    let mut only_digits = true;
    while let Some(letter) = letters.next() {
        let begins_block = before.is_none() && matches!(letter, '#' | '+' | '-' | '=' | '>');
        // "1. " and "1) " at the start begin a list.
        let ends_number = matches!(letter, '.' | ')')
            && only_digits
            && before.is_some()
            && letters.peek().is_none_or(|next| next.is_whitespace());
        only_digits &= letter.is_ascii_digit();
        // Web and mail addresses become links by themselves.
        let in_address = letter == '/' && before == Some(':')
            || letter == '@'
            || letter == '.' && out.to_ascii_lowercase().ends_with("www");
        let special = matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '!');
        if special || begins_block || ends_number || in_address {
            out.push('\\');
        }
        out.push(letter);
        before = Some(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_in_a_text_is_markup() {
        for (source, wanted) in [
            ("a|b", "a\\|b"),
            ("`rm -rf`", "\\`rm -rf\\`"),
            ("<img src=x>", "\\<img src=x\\>"),
            ("[a](javascript:b)", "\\[a\\](javascript:b)"),
            ("![a](b)", "\\!\\[a\\](b)"),
            ("# title", "\\# title"),
            ("- item", "\\- item"),
            ("12. item", "12\\. item"),
            ("1.5 ms", "1.5 ms"),
            ("https://example.org", "https:\\//example.org"),
            ("www.example.org", "www\\.example.org"),
            ("a@b.c &amp; x", "a\\@b.c \\&amp; x"),
            ("two\nlines\u{2028}", "two\\\\nlines\\\\u{2028}"),
            ("2 - 1 = 1", "2 - 1 = 1"),
        ] {
            assert_eq!(text(source), wanted, "{source}");
        }
    }

    #[test]
    fn a_reader_of_markdown_sees_the_same_text() {
        use pulldown_cmark::{Event, Options, Parser};
        for source in ["a|b `c` *d* _e_ ~f~ $g$ <h> [i](j) ![k](l) \\ & &lt; # - 1. http://x @y", "<!-- -->", "```x"] {
            let line = text(source);
            let shown: String = Parser::new_ext(&line, Options::all().difference(Options::ENABLE_SMART_PUNCTUATION))
                .filter_map(|event| match event {
                    Event::Text(text) => Some(text.into_string()),
                    Event::Start(pulldown_cmark::Tag::Paragraph) | Event::End(_) => None,
                    other => panic!("{source}: {other:?}"),
                })
                .collect();
            assert_eq!(shown, source);
        }
    }
}
