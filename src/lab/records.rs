//! Stored runs in the window: each run is recorded, and one that was stored is opened.

use std::sync::Arc;

use super::Lab;
use super::jobs::StoredAnalysis;
use super::run::Run;
use crate::analysis::{Analysis, Scaling};
use crate::record::{NewRun, Recorder};
use crate::results::RunResults;
use crate::units;

impl Lab {
    /// Recorder of a run; `None` where there is no folder for it.
    pub(super) fn recorder(&self, run: NewRun) -> Option<Arc<Recorder>> {
        self.services.history.clone().map(|history| Arc::new(Recorder::in_history(history, run)))
    }

    /// Reports once that a run is not being stored, and stores the headline of one that has just ended.
    pub(super) fn follow_record(&mut self) {
        let follow = |run: &mut Run| {
            run.find_record();
            let stored_again = std::mem::take(&mut run.stored_again);
            (run.not_stored.take(), stored_again, run.headline_to_store(), run.findings_to_compute())
        };
        let due: Vec<_> = self.runs_mut().map(follow).collect();
        for (not_stored, stored_again, headline, findings) in due {
            if let Some(reason) = not_stored {
                let reason = units::capitalised(&reason.to_string());
                self.problem(format!("{reason}; while the run goes on, storing it is tried again after each trial"));
            }
            if stored_again {
                self.inform("What could not be stored before is stored now".to_owned());
            }
            if let Some((recorder, headline)) = headline {
                let started = self.jobs.store_headline(recorder, headline);
                self.check(started);
            }
            if let Some((number, all, points)) = findings {
                let started = self.jobs.compute_findings(number, all, points);
                self.check(started);
            }
        }
    }

    /// Shows a stored run, with its experiment as the draft. A run that is under way goes on behind it.
    pub fn show_stored(&mut self, stored: StoredAnalysis) {
        let run = self.stored_run(stored);
        self.show_run_with_draft(run);
    }
}

impl Run {
    /// A run that was read back.
    #[must_use]
    pub fn stored(stored: StoredAnalysis) -> Self {
        let StoredAnalysis { run, analysis } = stored;
        let lasted_seconds = lasted_seconds(&run.results);
        Self {
            analyses: Some(analysis),
            stored: Some(run.source),
            lasted_seconds,
            ..Self::without_session(run.head.name, run.results)
        }
    }

    /// Finds out the id of its record. Never waits for a trial that is being stored.
    fn find_record(&mut self) {
        if self.misses_storing {
            // What is in memory is more than what is on disk.
            self.record_id = None;
        } else if let Some(id) = self.recorder.as_ref().and_then(|recorder| recorder.id_now()) {
            self.record_id = id;
        }
    }

    /// True while its trials go into a record.
    #[must_use]
    pub const fn is_being_stored(&self) -> bool {
        self.recorder.is_some() && !self.misses_storing
    }

    /// True for a run that can be read from the disk again.
    #[must_use]
    pub const fn is_on_disk(&self) -> bool {
        self.record_id.is_some() || self.stored.is_some()
    }

    /// True if a stored run is this one.
    #[must_use]
    pub fn is_record(&self, id: &str, started_at_ms: Option<u64>) -> bool {
        match &self.record_id {
            Some(own) => own == id,
            None => self.recorder.is_some() && Some(self.all.first().started_at_ms) == started_at_ms,
        }
    }

    /// True for a run that was read back: it can't go on, since the machine may be another.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        self.stored.is_some()
    }

    /// Input of what the points of a sweep show together, once after each end of the session.
    fn findings_to_compute(&mut self) -> Option<(u64, RunResults, Vec<Analysis>)> {
        let due = std::mem::take(&mut self.findings_due);
        due.then(|| Some((self.number, self.all.clone(), self.analyses.as_ref()?.points.clone())))?
    }

    /// Applies what the points of a sweep show together, unless another session of the run has begun.
    pub(super) fn apply_findings(&mut self, scaling: Option<Scaling>) {
        if self.is_running() {
            return;
        }
        if let Some(analyses) = &mut self.analyses {
            analyses.scaling = scaling;
            self.headline_due = true;
        }
    }

    /// The headline to store, once after each end of the session.
    fn headline_to_store(&mut self) -> Option<(Arc<Recorder>, String)> {
        if !std::mem::take(&mut self.headline_due) {
            return None;
        }
        Some((self.recorder.clone()?, self.analyses.as_ref()?.headline().to_owned()))
    }
}

/// From the start to the end of the last trial.
fn lasted_seconds(run: &RunResults) -> f64 {
    let end = |trial: &crate::trial::Trial| {
        let measured = trial.completed().map_or(0, |one| one.setup_nanos + one.wall_nanos + one.teardown_nanos);
        trial.started_at_ms.saturating_sub(run.first().started_at_ms) as f64 / 1e3 + measured as f64 / 1e9
    };
    run.points.iter().flat_map(|results| &results.trials).map(end).fold(0.0, f64::max)
}
