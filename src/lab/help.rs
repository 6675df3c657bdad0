//! The text of the help, read from `assets/help.md`: in short, then how the lab measures. Draws nothing.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::analysis::LAB_PERCENT;
use crate::analysis::finding::rank::LEVEL;
use crate::analysis::finding::{DISTURBED_LEADS, LEAD_DEVIATIONS, MARGIN, QUIET_LEADS};
use crate::analysis::patterns;
use crate::analysis::scaling::{COARSE, LEAST_EXPLAINED, MOST_RESIDUAL};
use crate::experiment::FEWEST_PAIRS;
use crate::model::{CATALOGUE, ModelInfo};
use crate::record::Retention;
use crate::trial::{FOREIGN_PERCENT, SHORTEST_COUNTED_NANOS};
use crate::units;
use crate::workload::MOST_REPEATS_RECORDED;

/// Markdown with second-level headings, plain paragraphs, and placeholders in braces.
const SOURCE: &str = include_str!("../../assets/help.md");

/// A heading and its paragraphs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Subject of the section.
    pub heading: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
}

/// Returns the sections of the help, with all figures filled in.
pub fn sections() -> &'static [Section] {
    static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| parse(&filled(SOURCE)));
    &SECTIONS
}

/// Returns the models to explain, in the order of the matrix.
pub fn glossary() -> &'static [ModelInfo] {
    &CATALOGUE
}

/// Placeholders with the figures that the code uses.
fn placeholders() -> Vec<(String, String)> {
    let mut all = vec![
        ("fewest_rounds".to_owned(), number_word(FEWEST_PAIRS)),
        ("margin_percent".to_owned(), units::significant((MARGIN - 1.0) * 100.0, 1)),
        ("rank_experiments".to_owned(), format!("{:.0}", 1.0 / LEVEL)),
        ("lead_deviations".to_owned(), LEAD_DEVIATIONS.to_string()),
        ("foreign_percent".to_owned(), FOREIGN_PERCENT.to_string()),
        ("coarse_percent".to_owned(), format!("{:.0}", COARSE * 100.0)),
        ("residual_percent".to_owned(), format!("{:.0}", MOST_RESIDUAL * 100.0)),
        ("explained_percent".to_owned(), format!("{:.0}", LEAST_EXPLAINED * 100.0)),
        ("lab_percent".to_owned(), LAB_PERCENT.to_string()),
        ("most_runs".to_owned(), Retention::default().most_runs.to_string()),
        ("most_run_bytes".to_owned(), units::bytes(Retention::default().most_bytes as f64)),
        ("repetitions".to_owned(), units::count(u64::from(MOST_REPEATS_RECORDED))),
        ("shortest_counted".to_owned(), units::duration(SHORTEST_COUNTED_NANOS as f64)),
    ];
    all.extend(patterns::criteria().map(|(name, figure)| (name.to_owned(), figure)));
    // Three, four and five rounds have the same lead.
    all.extend(QUIET_LEADS.iter().take(3).zip(1..).map(|(lead, rounds)| (format!("lead_{rounds}"), lead.to_string())));
    let disturbed = DISTURBED_LEADS.iter().zip(1..);
    all.extend(disturbed.map(|(lead, rounds)| (format!("disturbed_lead_{rounds}"), lead.to_string())));
    all
}

fn filled(source: &str) -> String {
    placeholders().iter().fold(source.to_owned(), |text, (name, figure)| text.replace(&format!("{{{name}}}"), figure))
}

/// Returns a small number as a word.
fn number_word(number: usize) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn parse(source: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut text = String::new();
    for event in Parser::new(source) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::Paragraph) => text.clear(),
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Heading(_)) => {
                sections.push(Section { heading: std::mem::take(&mut text), paragraphs: Vec::new() });
            }
            Event::End(TagEnd::Paragraph) => {
                if let Some(section) = sections.last_mut() {
                    section.paragraphs.push(std::mem::take(&mut text));
                }
            }
            _ => {}
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_in_and_used() {
        for (name, _) in placeholders() {
            assert!(SOURCE.contains(&format!("{{{name}}}")), "{name}");
        }
        for section in sections() {
            for paragraph in &section.paragraphs {
                assert!(!paragraph.contains(['{', '}']), "{paragraph}");
            }
        }
    }

    #[test]
    fn the_help_states_the_rules_that_the_code_follows() {
        let section = sections().iter().find(|section| section.heading == "What the figures mean").expect("a section");
        let text = section.paragraphs.concat();
        for rule in [
            "below six rounds there is none",
            "1.5 in one round, 1.25 in two and 1.1 in three to five",
            "10, 3, 2, 1.75 and 1.5 in one to five rounds",
            "2.5 standard deviations",
            "more than 0.5 % from 1",
            "at most 1 of 400 experiments",
        ] {
            assert!(text.contains(rule), "{rule}");
        }
        assert!(QUIET_LEADS[2..].iter().all(|lead| *lead == QUIET_LEADS[2]));
        assert_eq!(FEWEST_PAIRS, QUIET_LEADS.len() + 1, "leads are for one to five rounds");
    }

    #[test]
    fn the_text_is_plain_paragraphs_under_headings() {
        assert_eq!(sections().len(), SOURCE.matches("\n## ").count());
        let lines = SOURCE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '<'])).count();
        assert_eq!(sections().iter().map(|section| section.paragraphs.len()).sum::<usize>(), lines);
        let wrapped = parse("## One\n\nFirst\n`second`.\n");
        assert_eq!(wrapped, [Section { heading: "One".to_owned(), paragraphs: vec!["First second.".to_owned()] }]);
    }
}
