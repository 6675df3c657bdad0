//! Messages to the user, the newest last. Each stays until it is dismissed; messages that report no problem go at the
//! next run.

use super::history::RunsCommand;
use super::preset_changes::PresetsCommand;
use crate::printable;

/// Most messages that are kept.
const MOST: usize = 20;

/// Action of the button beside a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Something with a run.
    Runs(RunsCommand),
    /// Something with a preset.
    Presets(PresetsCommand),
}

/// A message to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Number of the message in this session.
    pub number: u64,
    /// Text of the message.
    pub text: String,
    /// True for a problem, false for information.
    pub problem: bool,
    /// Label of a button beside it, and what it does.
    pub offer: Option<(&'static str, Offer)>,
}

/// A request about messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticesCommand {
    /// Dismiss the message of this number.
    Dismiss(u64),
    /// Dismiss all messages.
    DismissAll,
    /// Show the list, or only how many there are.
    Show(bool),
}

/// The messages.
#[derive(Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    latest: u64,
    folded: bool,
}

impl Notices {
    /// Returns the messages, the newest last.
    #[must_use]
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// Returns the newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Notice> {
        self.list.last()
    }

    /// Returns true if the list is shown, not only its number.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        !self.folded && !self.list.is_empty()
    }

    /// Returns true if a message in sight offers this.
    #[must_use]
    pub fn offers(&self, offered: &Offer) -> bool {
        self.is_shown()
            && self.list.iter().any(|notice| notice.offer.as_ref().is_some_and(|(_, offer)| offer == offered))
    }

    /// Adds a message and shows the list. A message that is there already moves to the end.
    pub(super) fn add(&mut self, text: &str, problem: bool, offer: Option<(&'static str, Offer)>) {
        let text = printable::message(text).into_owned();
        self.list.retain(|notice| notice.text != text || notice.offer != offer);
        self.latest += 1;
        self.list.push(Notice { number: self.latest, text, problem, offer });
        if self.list.len() > MOST {
            // Information before problems, the oldest first.
            let index = self.list.iter().position(|notice| !notice.problem).unwrap_or(0);
            self.list.remove(index);
        }
        self.folded = false;
    }

    pub(super) fn apply(&mut self, command: NoticesCommand) {
        match command {
            NoticesCommand::Dismiss(number) => self.list.retain(|notice| notice.number != number),
            NoticesCommand::DismissAll => self.list.clear(),
            NoticesCommand::Show(shown) => self.folded = !shown,
        }
    }

    /// Removes information without an offer: a new run begins.
    pub(super) fn remove_information(&mut self) {
        self.list.retain(|notice| notice.problem || notice.offer.is_some());
    }

    /// Removes the messages that offer this.
    pub(super) fn remove_offers(&mut self, offered: &Offer) {
        self.list.retain(|notice| notice.offer.as_ref().is_none_or(|(_, command)| command != offered));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_once_each_and_problems_longest() {
        let mut notices = Notices::default();
        notices.add("a problem", true, None);
        for number in 0..MOST + 5 {
            notices.add(&format!("message {number}"), false, None);
        }
        assert_eq!((notices.list().len(), notices.list()[0].text.as_str()), (MOST, "a problem"));
        notices.add("message 20", false, None);
        assert_eq!((notices.list().len(), notices.last().map(|last| last.text.as_str())), (MOST, Some("message 20")));
        notices.apply(NoticesCommand::Show(false));
        assert!(!notices.is_shown());
        let offer = ("Undo", Offer::Runs(RunsCommand::Restore("a".to_owned())));
        notices.add("Deleted a", false, Some(offer.clone()));
        assert!(notices.is_shown() && notices.offers(&offer.1), "a new message is seen");
        notices.remove_information();
        assert_eq!(notices.list().len(), 2, "the problem and the offer remain");
        notices.remove_offers(&offer.1);
        let number = notices.last().map(|last| last.number).expect("the problem");
        notices.apply(NoticesCommand::Dismiss(number));
        assert!(notices.list().is_empty() && !notices.is_shown());
    }
}
