//! Parts of the page that follow the draft before a run: the models to put in order, and the picture. Computes none of
//! it.

use std::sync::Arc;

use super::Lab;
use super::draft_picture::DraftPicture;

impl Lab {
    /// Lets the guess follow the models of the draft, and draws the draft if it is another than the one drawn. One job at a
    /// time; the last edit is drawn when the job before has ended.
    pub(super) fn follow_draft(&mut self) {
        let models = self.draft.chosen().cloned().collect::<Vec<_>>();
        self.guess.follow(models.iter());
        if self.run.is_some() || self.drawing_picture || self.shows_picture_of_draft() {
            return;
        }
        let started = self.jobs.draw_draft(Arc::clone(self.draft.to_run()), self.draft.cpus());
        self.drawing_picture = started.is_ok();
        self.check(started);
    }

    /// Returns true if the picture is that of the draft as it is now.
    #[must_use]
    pub fn shows_picture_of_draft(&self) -> bool {
        let is_current = |picture: &DraftPicture| {
            picture.cpus == self.draft.cpus() && Arc::ptr_eq(&picture.experiment, self.draft.to_run())
        };
        self.picture.as_ref().is_some_and(is_current)
    }

    pub(super) fn apply_picture(&mut self, picture: DraftPicture) {
        self.drawing_picture = false;
        self.picture = Some(picture);
    }
}
