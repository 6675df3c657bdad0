//! The answer to the user's guess after a run: how it compares with what was measured.

use super::guess::{Event, Guess, Question};
use super::run::Run;
use crate::analysis::Summary;
use crate::analysis::guessed_order::{JudgedOrder, OrderedBy};
use crate::model::Contender;
use crate::session::Outcome;
use crate::trial::Status;
use crate::units::{self, plural};

/// Models of an answer that are named one by one.
const MOST_NAMED: usize = 2;

/// Returns the answer to the user's guess; `None` without a guess or before the end.
#[must_use]
pub fn answer(run: &Run) -> Option<String> {
    let guess = run.guess.as_ref().filter(|_| !run.is_running())?;
    run.analysis()?;
    Some(match guess.question {
        Question::Order(by) => of_order(run, guess, by),
        Question::Which(event) => of_marks(run, guess, event),
    })
}

fn of_order(run: &Run, guess: &Guess, by: OrderedBy) -> String {
    let judged = run.view_data.judged_guess(run.results(), &guess.order, by);
    let mut sentences = vec![verdict(judged, by)];
    if judged.right < judged.pairs && judged.level > 0 {
        sentences.push(match judged.level {
            1 => "One pair can't be told apart.".to_owned(),
            some => format!("{} pairs can't be told apart.", units::count(some.into())),
        });
    }
    if judged.hosts_apart && judged.pairs > 0 {
        sentences.push("Models on different hosts are not compared here.".to_owned());
    }
    sentences.extend(left_out(run, &judged.left_out.iter().collect::<Vec<_>>()));
    sentences.join(" ")
}

/// Compares the marks with what happened to each model.
fn of_marks(run: &Run, guess: &Guess, event: Event) -> String {
    let happened = |contender: &Contender| happened(run.summary(contender)?, event);
    let (known, unknown): (Vec<&Contender>, Vec<&Contender>) =
        guess.order.iter().partition(|one| happened(one).is_some());
    let is_right = |one: &&Contender| happened(one) == Some(guess.marked.contains(*one));
    let (right, wrong): (Vec<&Contender>, Vec<&Contender>) = known.into_iter().partition(is_right);
    let mut sentences = vec![match (right.len(), right.len() + wrong.len()) {
        (_, 0) => "Your guess can't be judged: none of its models has a result.".to_owned(),
        (right, all) if right == all => format!("You were right about {}.", all_of(all)),
        (0, all) => format!("You were wrong about {}.", all_of(all)),
        (right, all) => format!("You were right about {right} of {}.", plural(all as u64, "model")),
    }];
    for contender in wrong.iter().take(MOST_NAMED) {
        sentences.push(surprise(contender, event, !guess.marked.contains(*contender)));
    }
    sentences.extend(left_out(run, &unknown));
    sentences.join(" ")
}

fn all_of(count: usize) -> String {
    match count {
        1 => "the one model with a result".to_owned(),
        2 => "both models".to_owned(),
        many => format!("all {many} models"),
    }
}

/// Returns whether something happened to a model; `None` if it did neither complete a trial nor lock up.
fn happened(summary: &Summary, event: Event) -> Option<bool> {
    match event {
        Event::LocksUp if summary.deadlocks > 0 => Some(true),
        Event::LocksUp => (summary.trials > 0).then_some(false),
        Event::CountsWrong => (summary.trials > 0).then(|| summary.result_is_wrong()),
    }
}

fn surprise(contender: &Contender, event: Event, happened: bool) -> String {
    let title = contender.title();
    match (event, happened) {
        (Event::LocksUp, true) => format!("{title} locked up, which you did not expect."),
        (Event::LocksUp, false) => format!("{title} got through, though you expected it to lock up."),
        (Event::CountsWrong, true) => format!("{title} counted wrong, which you did not expect."),
        (Event::CountsWrong, false) => format!("{title} counted right, though you expected otherwise."),
    }
}

fn verdict(judged: &JudgedOrder, by: OrderedBy) -> String {
    let JudgedOrder { pairs, right, level, .. } = *judged;
    let wrong = pairs - right;
    // Pairs that can't be told apart are right either way, and tell nothing.
    let (told, as_guessed) = (pairs - level, right - level);
    let surprise = judged.surprise.as_ref().map(|surprise| {
        let (first, later) = (surprise.guessed_first.title(), surprise.guessed_later.title());
        let times = units::ratio(surprise.times);
        match by {
            OrderedBy::WallTime => format!("You put {first} before {later}, but it took {times} times as long."),
            OrderedBy::Standstill => {
                format!("You put {first} before {later}, but it kept the ticker waiting {times} times as long.")
            }
        }
    });
    let surprise = surprise.unwrap_or_default();
    if judged.ranked.len() < 2 {
        return "Your order can't be judged: fewer than two of its models have a result.".to_owned();
    }
    if pairs == 0 {
        return "Your order can't be judged: these models are not compared with each other.".to_owned();
    }
    match (wrong, level) {
        (0, 0) if pairs == 1 => "Your order was right.".to_owned(),
        (0, 0) => format!("Your order was right, all {} pairs of it.", units::count(pairs.into())),
        (0, level) if level == pairs && judged.few_rounds => {
            let level = match pairs {
                1 => "the two models can't be told apart yet",
                _ => "no two of these models can be told apart yet",
            };
            format!("Your order can't be judged after so few rounds: {level}.")
        }
        (0, level) if level == pairs && pairs > 1 => {
            "No two of these models can be told apart, so any order is right, yours too.".to_owned()
        }
        (0, 1) if pairs == 1 => {
            "The two models can't be told apart, so your order is right, and so is the other.".to_owned()
        }
        (0, level) => {
            let told = match pairs - level {
                1 => "the one pair that can be told apart is".to_owned(),
                told => format!("the {told} pairs that can be told apart are"),
            };
            let level = if level == 1 { "one".to_owned() } else { units::count(level.into()) };
            format!("Nothing contradicts your order: {told} as you said, {level} can't be told apart.")
        }
        (_, 0) if right == 0 && pairs > 1 => {
            format!(
                "Turned upside down, your order would be right: all {pairs} pairs came the other way round. {surprise}"
            )
        }
        (_, _) if pairs == 1 => format!("It came the other way round. {surprise}"),
        _ if told == 1 => format!("The one pair that can be told apart came the other way round. {surprise}"),
        (1, 0) => format!("Nearly: {as_guessed} of the {told} pairs in your order are right. {surprise}"),
        _ => {
            let verb = if as_guessed == 1 { "is" } else { "are" };
            let which = if level == 0 { "in your order" } else { "that can be told apart" };
            let largest = if wrong == 1 {
                surprise
            } else {
                format!("The largest surprise: {}", units::uncapitalised(&surprise))
            };
            format!("{} of the {told} pairs {which} {verb} right. {largest}", none_or(as_guessed))
        }
    }
}

fn none_or(count: u32) -> String {
    if count == 0 { "None".to_owned() } else { units::count(count.into()) }
}

/// Returns the sentence on models of the guess without a result.
fn left_out(run: &Run, models: &[&Contender]) -> Option<String> {
    match models {
        [] => None,
        few if few.len() <= MOST_NAMED => {
            let each = few.iter().map(|one| format!("{} is left out: {}.", one.title(), why_none(run, one)));
            Some(each.collect::<Vec<_>>().join(" "))
        }
        many => Some(format!("{} without a result are left out.", plural(many.len() as u64, "model"))),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::guessed_order::Surprise;
    use crate::model::ModelId;

    #[test]
    fn answers() {
        let [threads, pool, event_loop] = [ModelId::Threads, ModelId::ThreadPool, ModelId::Async].map(Contender::of);
        let surprise =
            || Some(Surprise { guessed_first: threads.clone(), guessed_later: event_loop.clone(), times: 3.2 });
        let judged = |pairs: u32, right: u32, level: u32| JudgedOrder {
            ranked: vec![threads.clone(), pool.clone(), event_loop.clone()],
            pairs,
            right,
            level,
            surprise: if right < pairs { surprise() } else { None },
            ..JudgedOrder::default()
        };
        let mut lines = Vec::new();
        for (pairs, right, level) in [
            (3, 3, 0),
            (3, 3, 1),
            (6, 6, 2),
            (3, 3, 3),
            (3, 2, 0),
            (6, 2, 1),
            (6, 1, 0),
            (3, 0, 0),
            (1, 1, 0),
            (1, 1, 1),
            (1, 0, 0),
            (0, 0, 0),
        ] {
            lines.push(format!(
                "{pairs} {right} {level}: {}",
                verdict(&judged(pairs, right, level), OrderedBy::WallTime)
            ));
        }
        for pairs in [1, 3] {
            lines.push(verdict(&JudgedOrder { few_rounds: true, ..judged(pairs, pairs, pairs) }, OrderedBy::WallTime));
        }
        lines.push(verdict(&judged(3, 2, 0), OrderedBy::Standstill));
        lines.push(verdict(&JudgedOrder::default(), OrderedBy::WallTime));
        insta::assert_snapshot!(lines.join("\n"));
    }
}
