//! The question before a run, and the answer to the user's guess after it.

use super::run::Run;
use crate::analysis::Summary;
use crate::analysis::comparable;
use crate::model::Contender;
use crate::session::Outcome;
use crate::trial::Status;
use crate::units;
use crate::workload::{LockOrder, Step, Workload};

/// Returns the question of workloads whose finding is the fastest model; `None` if it is another: lost updates,
/// lateness of the ticker, a deadlock, memory bandwidth, the cost of sharing an object.
#[must_use]
pub fn question(workload: &Workload) -> Option<&'static str> {
    let other_finding = |step: &Step| {
        matches!(
            step,
            Step::Increment { .. }
                | Step::Memory { .. }
                | Step::Shared { .. }
                | Step::TwoLocks { order: LockOrder::Opposite, .. }
        )
    };
    let other = workload.ticker || workload.steps().iter().any(other_finding);
    (!other).then_some("Which model will be fastest?")
}

/// Returns the answer to the user's guess; `None` without a guess or a result.
#[must_use]
pub fn answer(run: &Run) -> Option<String> {
    let guess = run.guess.as_ref()?;
    let analysis = run.analysis()?;
    let fastest = &analysis.verdict.fastest;
    if run.is_running() || fastest.is_empty() {
        return None;
    }
    let title = guess.title();
    if fastest.first() == Some(guess) {
        return Some(format!("You guessed {title}: right"));
    }
    if fastest.contains(guess) {
        return Some(format!("You guessed {title}: right, it can't be told apart from the fastest"));
    }
    // The rank counts only models that are comparable with the guess.
    let beside = analysis
        .fastest_first()
        .into_iter()
        .filter(|summary| comparable(run.results(), guess, &summary.contender) && !summary.result_is_wrong());
    let medians: Vec<(&Contender, f64)> =
        beside.filter_map(|summary| Some((&summary.contender, summary.wall?.median))).collect();
    let Some(index) = medians.iter().position(|(contender, _)| *contender == guess) else {
        return Some(format!("You guessed {title}; {}", why_none(run, guess)));
    };
    if index == 0 {
        return Some(format!("You guessed {title}: right among the models on {}", guess.host.title()));
    }
    let times = medians[index].1 / medians[0].1;
    Some(format!(
        "You guessed {title}: it came {} of {} and took {} times as long as {}",
        ordinal(index + 1),
        medians.len(),
        units::ratio(times),
        medians[0].0.title()
    ))
}

/// Returns the reason why a model has no result.
fn why_none(run: &Run, contender: &Contender) -> &'static str {
    let summary = run.summary(contender);
    match (summary.and_then(|summary| summary.status), run.outcome()) {
        _ if summary.is_some_and(Summary::result_is_wrong) => "its result was wrong",
        (Some(Status::Failed), _) => "it failed",
        (Some(Status::Unavailable), _) => "it can't run here",
        (_, Some(Outcome::Cancelled)) if summary.is_none_or(|summary| summary.first_look.is_none()) => {
            "the run was cancelled before it had run"
        }
        (_, Some(Outcome::Cancelled)) => "the run was cancelled before it was measured",
        _ => "it has no result",
    }
}

fn ordinal(rank: usize) -> String {
    let ending = match (rank % 10, rank % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{rank}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_is_asked_for_only_where_that_is_the_finding() {
        let others = [
            "blocked-loop",
            "deadlock",
            "lost-update",
            "false-sharing",
            "false-sharing-128",
            "memory-bandwidth",
            "shared-objects",
            "switch-interval",
        ];
        for preset in crate::preset::built_in() {
            let asked = question(&preset.workload).is_some();
            assert_eq!(asked, !others.contains(&preset.id.as_str()), "{}", preset.id);
        }
    }

    #[test]
    fn ranks_have_their_endings() {
        let all: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 102].into_iter().map(ordinal).collect();
        assert_eq!(all, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd"]);
    }
}
