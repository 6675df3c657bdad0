//! The question before a run, and the user's guess: an order of the models, or some of them. The answer is in
//! `guess_answer`.

use std::collections::BTreeSet;

use crate::analysis::guessed_order::OrderedBy;
use crate::experiment::Experiment;
use crate::model::Contender;
use crate::workload::{LockOrder, Protection, Step};

/// A question about the models before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// In which order do they come?
    Order(OrderedBy),
    /// To which of them does something happen?
    Which(Event),
}

/// Something that happens to some models and not to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its tasks wait for each other for ever.
    LocksUp,
    /// Its count is wrong, because updates are lost or not seen.
    CountsWrong,
}

impl Question {
    /// Returns the question of an experiment; `None` if its finding is about none of these: memory bandwidth, the cost of
    /// sharing an object, latencies of classes, a curve over a swept setting.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Option<Self> {
        let workload = &experiment.workload;
        let any = |kind: fn(&Step) -> bool| workload.steps().iter().any(kind);
        let is_free =
            |step: &Step| matches!(step, Step::Increment { protection: Protection::None | Protection::NoneCall, .. });
        if experiment.sweep.is_some() || experiment.models.len() < 2 || workload.classes().is_some() {
            None
        } else if any(|step| matches!(step, Step::TwoLocks { order: LockOrder::Opposite, .. })) {
            Some(Self::Which(Event::LocksUp))
        } else if any(is_free) {
            Some(Self::Which(Event::CountsWrong))
        } else if any(|step| matches!(step, Step::Increment { .. } | Step::Memory { .. } | Step::Shared { .. })) {
            None
        } else if workload.ticker {
            Some(Self::Order(OrderedBy::Standstill))
        } else {
            Some(Self::Order(OrderedBy::WallTime))
        }
    }

    /// Returns the question in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Order(OrderedBy::WallTime) => "In which order will the models be done?",
            Self::Order(OrderedBy::Standstill) => "Which model keeps the ticker waiting least, and which longest?",
            Self::Which(Event::LocksUp) => "Which models will lock up?",
            Self::Which(Event::CountsWrong) => "Under which models will the count be wrong?",
        }
    }

    /// Returns what to do.
    #[must_use]
    pub const fn invitation(self) -> &'static str {
        match self {
            Self::Order(OrderedBy::WallTime) => {
                "Drag the models into the order that you expect, the first one done on top; or select one and move it."
            }
            Self::Order(OrderedBy::Standstill) => {
                "Drag the models into the order that you expect, the shortest standstill on top; or select one and move it."
            }
            Self::Which(Event::LocksUp) => "Mark the models whose tasks you expect to wait for each other for ever.",
            Self::Which(Event::CountsWrong) => "Mark the models whose count you expect to be wrong.",
        }
    }

    /// Returns true if the ideals are a hint at the answer, and so come after the guess.
    #[must_use]
    pub const fn is_answered_by_ideals(self) -> bool {
        matches!(self, Self::Order(_))
    }
}

/// A change of the guess.
#[derive(Debug, Clone, PartialEq)]
pub enum GuessEdit {
    /// Select a model of the list.
    Select(Contender),
    /// Move a model to a position of the list.
    Move(Contender, usize),
    /// Mark a model, or take the mark away.
    Toggle(Contender),
    /// Take order or marks as they are for the guess.
    Place,
    /// Show the ideals without a guess.
    Show,
}

/// The models of the draft in the order that the user guesses, with the user's marks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DraftGuess {
    /// The models; at first in the order of the experiment.
    pub order: Vec<Contender>,
    /// Position of the selected model.
    pub selected: usize,
    /// Models that the user has marked.
    marked: BTreeSet<Contender>,
    /// True once the user has moved or marked a model.
    changed: bool,
    /// True once the user has said that this is the guess.
    placed: bool,
    /// True once the user wanted to see the ideals.
    shown: bool,
}

impl DraftGuess {
    /// Returns true once the ideals may be seen.
    #[must_use]
    pub const fn reveals(&self) -> bool {
        self.placed || self.shown
    }

    /// Returns true for a marked model.
    #[must_use]
    pub fn is_marked(&self, contender: &Contender) -> bool {
        self.marked.contains(contender)
    }

    /// Returns true once there is a guess.
    #[must_use]
    pub const fn is_made(&self) -> bool {
        self.placed || self.changed
    }

    /// Returns true once the user has said that this is the guess.
    #[must_use]
    pub const fn is_placed(&self) -> bool {
        self.placed
    }

    /// Returns true while nobody has begun to guess or to look.
    #[must_use]
    pub const fn is_untouched(&self) -> bool {
        !self.changed && !self.placed && !self.shown
    }

    /// Follows the models that are chosen: what is there keeps its place, what is new comes last.
    pub fn follow<'a>(&mut self, chosen: impl Iterator<Item = &'a Contender> + Clone) {
        let selected = self.order.get(self.selected).cloned();
        self.order.retain_mut(|known| match chosen.clone().find(|one| one.is_same(known)) {
            Some(one) => {
                known.clone_from(one);
                true
            }
            None => false,
        });
        for one in chosen {
            if !self.order.contains(one) {
                self.order.push(one.clone());
            }
        }
        let position = selected.and_then(|selected| self.order.iter().position(|one| one.is_same(&selected)));
        self.selected = position.unwrap_or(self.selected).min(self.order.len().saturating_sub(1));
    }

    /// Applies a change.
    pub fn edit(&mut self, edit: GuessEdit) {
        let position = |contender: &Contender| self.order.iter().position(|one| one == contender);
        match edit {
            GuessEdit::Select(contender) => self.selected = position(&contender).unwrap_or(self.selected),
            GuessEdit::Move(contender, to) => {
                let Some(from) = position(&contender) else { return };
                let to = to.min(self.order.len() - 1);
                self.selected = to;
                if from != to {
                    let moved = self.order.remove(from);
                    self.order.insert(to, moved);
                    self.changed = true;
                }
            }
            GuessEdit::Toggle(contender) => {
                self.changed = true;
                if !self.marked.remove(&contender) {
                    self.marked.insert(contender);
                }
            }
            GuessEdit::Place => self.placed = true,
            GuessEdit::Show => self.shown = true,
        }
    }
}

/// A guess that a run was started with.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The question.
    pub question: Question,
    /// The models, first one first.
    pub order: Vec<Contender>,
    /// Those that were marked.
    pub marked: BTreeSet<Contender>,
}

impl Guess {
    /// Returns the guess for an experiment; `None` if the user made none, or if there is no question.
    #[must_use]
    pub fn of(guess: &DraftGuess, experiment: &Experiment) -> Option<Self> {
        let question = Question::of(experiment)?;
        let order = guess.order.iter().filter(|one| experiment.models.contains(one)).cloned().collect();
        guess.is_made().then(|| Self { question, order, marked: guess.marked.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelId, contenders};

    #[test]
    fn the_question_is_about_the_finding() {
        for preset in crate::preset::built_in() {
            let expected = match preset.id.as_str() {
                "deadlock" => Some(Question::Which(Event::LocksUp)),
                "lost-update" => Some(Question::Which(Event::CountsWrong)),
                "false-sharing" | "false-sharing-128" | "memory-bandwidth" | "shared-objects" => None,
                // Curves, and latencies of classes.
                _ if preset.sweep.is_some() || preset.workload.classes().is_some() => None,
                "blocked-loop" | "switch-interval" => Some(Question::Order(OrderedBy::Standstill)),
                _ => Some(Question::Order(OrderedBy::WallTime)),
            };
            assert_eq!(Question::of(preset), expected, "{}", preset.id);
        }
    }

    fn guess(names: &[&str]) -> DraftGuess {
        let mut guess = DraftGuess::default();
        guess.follow(contenders(names.iter().copied()).expect("known").iter());
        guess
    }

    fn names(guess: &DraftGuess) -> Vec<String> {
        guess.order.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_guess_begins_neutral_and_follows_the_models_that_are_chosen() {
        let mut guess = guess(&["sequential", "threads", "async"]);
        assert_eq!(names(&guess), ["sequential", "threads", "async"]);
        assert!(!guess.is_made() && !guess.reveals());
        guess.edit(GuessEdit::Move(Contender::of(ModelId::Async), 0));
        assert_eq!((names(&guess), guess.selected), (vec!["async".into(), "sequential".into(), "threads".into()], 0));
        assert!(guess.is_made() && !guess.reveals(), "moving is not yet the end of it");
        let chosen = contenders(["sequential", "rayon", "async"]).expect("known");
        guess.follow(chosen.iter());
        assert_eq!(names(&guess), ["async", "sequential", "rayon"]);
        let mut labelled = chosen;
        labelled[0].label = Some("plain".into());
        guess.follow(labelled.iter());
        assert_eq!(guess.order[1].label.as_deref(), Some("plain"), "a label is no other model");
        guess.edit(GuessEdit::Place);
        assert!(guess.reveals());
        guess.edit(GuessEdit::Move(Contender::of(ModelId::Async), 99));
        assert_eq!((names(&guess)[2].as_str(), guess.selected), ("async", 2));
        guess.follow([].iter());
        guess.edit(GuessEdit::Move(Contender::of(ModelId::Async), 0));
        assert_eq!((guess.order.len(), guess.selected), (0, 0));
    }

    #[test]
    fn showing_the_ideals_is_no_guess() {
        let mut shown = guess(&["sequential", "threads"]);
        shown.edit(GuessEdit::Show);
        let models = contenders(["sequential", "threads"]).expect("known");
        let experiment = Experiment { models, ..Experiment::default() };
        assert!(shown.reveals() && Guess::of(&shown, &experiment).is_none());
        shown.edit(GuessEdit::Place);
        assert_eq!(Guess::of(&shown, &experiment).map(|guess| guess.order.len()), Some(2));
        let mut marks = guess(&["sequential", "threads"]);
        let threads = Contender::of(ModelId::Threads);
        marks.edit(GuessEdit::Toggle(threads.clone()));
        assert!(marks.is_marked(&threads) && marks.is_made());
        marks.edit(GuessEdit::Toggle(threads.clone()));
        assert!(!marks.is_marked(&threads), "none of them is a guess as well");
    }
}
