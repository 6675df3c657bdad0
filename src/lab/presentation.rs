//! The presentation: results in large type, one model after the other, for an audience. The rows keep their order and
//! appear from the last to the first, so that the answer comes at the end.

use super::Lab;
use super::scale::Scale;
use super::view::{Presentation, Tab};

/// Number of models that are shown, and of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Models shown so far, at least one.
    pub shown: usize,
    /// All models of the run.
    pub all: usize,
}

impl Presented {
    /// Returns true once every model is shown.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.shown >= self.all
    }
}

impl Lab {
    /// Returns how far the presentation is; `None` outside of one. It ends where another run is on the page.
    #[must_use]
    pub fn presented(&self) -> Option<Presented> {
        let presentation = self.view.presentation?;
        let run = self.run.as_ref().filter(|run| run.number == presentation.run && !run.is_running())?;
        let all = run.results().experiment.models.len();
        Some(Presented { shown: presentation.shown.clamp(1, all.max(1)), all })
    }

    /// Returns true if models are still to come, so that nothing may tell the answer.
    #[must_use]
    pub fn keeps_secret(&self) -> bool {
        self.presented().is_some_and(|presented| !presented.is_complete())
    }

    /// Returns true if a view would tell what the presentation keeps for its end: it speaks of all models.
    #[must_use]
    pub fn hides(&self, tab: Tab) -> bool {
        self.keeps_secret() && !matches!(tab, Tab::Compare | Tab::Cpu | Tab::Timeline)
    }

    /// Returns the size of the window's contents: larger during a presentation.
    #[must_use]
    pub fn scale(&self) -> Scale {
        let chosen = self.view.scale;
        if self.presented().is_some() { chosen.max(Scale::PRESENTATION) } else { chosen }
    }

    /// Begins to present the run on the page.
    pub(super) fn begin_presentation(&mut self) {
        let Some(run) = &self.run else { return };
        self.view.presentation = Some(Presentation { run: run.number, shown: 1, before: self.view.tab });
        self.view.tab = Tab::Compare;
        self.view.sheet = None;
    }

    /// Ends the presentation; the view before it is shown again.
    pub(super) fn end_presentation(&mut self) {
        if let Some(presentation) = self.view.presentation.take() {
            self.view.tab = presentation.before;
        }
    }

    /// Returns the view to show at the next start: during a presentation the one before it.
    #[must_use]
    pub fn tab_to_keep(&self) -> Tab {
        self.view.presentation.map_or(self.view.tab, |presentation| presentation.before)
    }

    /// Shows one model more, or one less.
    pub(super) fn present(&mut self, forward: bool) {
        if let Some((Presented { shown, .. }, presentation)) = self.presented().zip(self.view.presentation.as_mut()) {
            presentation.shown = if forward { shown + 1 } else { shown - 1 };
        }
    }
}
