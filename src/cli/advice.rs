//! The advice on a stored run, for a terminal.

use super::exit::SUCCESS;
use super::outputs::Outputs;
use super::terminal::{print, print_aside};
use crate::analysis::RunAnalysis;
use crate::analysis::advisor::{Advice, Part, advise};
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::results::RunResults;

/// Prints the advice where the table goes, below it if there is one. False where it can't be printed.
pub(super) fn print_advice(run: &RunResults, analysis: &RunAnalysis, outputs: &Outputs, below_table: bool) -> bool {
    let gap = if below_table { "\n" } else { "" };
    let text = format!("{gap}{}", render(run, analysis));
    if outputs.to_stdout() {
        print_aside(&text);
        return true;
    }
    print(&text) == SUCCESS
}

/// The advice at each point, a line for each sentence.
pub(super) fn render(run: &RunResults, analysis: &RunAnalysis) -> String {
    let mut text = format!("{}\n", Advice::QUESTION);
    for (results, own) in run.points.iter().zip(&analysis.points) {
        if let Some(title) = results.point.as_ref().map(SweepPoint::title) {
            text.push_str(&format!("\n{}\n", printable::line(&title)));
        }
        let mut changes = false;
        for line in advise(results, own, analysis.scaling.as_ref()).lines() {
            let is_change = line.part == Part::Change;
            if is_change && !changes {
                text.push_str(&format!("{}:\n", Advice::CHANGES));
            }
            changes = is_change;
            let mark = if is_change { "- " } else { "" };
            text.push_str(&format!("{mark}{}\n", printable::line(&line.text)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::session::Outcome;

    #[test]
    fn the_answer_is_a_line_and_changes_are_a_list() {
        let rows = [("sequential", 4100.0, 1, 0.03), ("thread-pool", 826.0, 5, 0.12), ("async", 53.2, 80, 0.71)];
        let names = rows.map(|(name, ..)| name);
        let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &names).rounds(7, 0.004, &rows);
        built.results.outcome = Some(Outcome::Done);
        let run = RunResults::from(built.results);
        let text = render(&run, &RunAnalysis::of(&run));
        assert!(
            text.starts_with("Which model for a workload like this one?\nAsync (53.2 ms), 15 times as fast"),
            "{text}"
        );
        assert!(text.contains("What would change the answer:\n- More workers: with 80 instead of 2,"), "{text}");
    }
}
