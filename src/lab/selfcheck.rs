//! The self-check in the window: started on request, its events collected, ended by the user. Measures nothing itself.

use std::sync::Arc;

use super::Lab;
use super::view::Sheet;
use crate::selfcheck::{Check, CheckId, Report, RunningSelfcheck, SelfcheckEvent};

/// The self-check of this session of the window.
#[derive(Debug, Default)]
pub struct LabSelfcheck {
    running: Option<RunningSelfcheck>,
    /// True once the user has ended it.
    pub cancelling: bool,
    /// The check being taken, its position from 1, and the number of all.
    pub now: Option<(CheckId, u32, u32)>,
    /// The checks taken so far.
    pub checks: Vec<Check>,
    /// The outcome, once it has ended.
    pub report: Option<Report>,
}

impl LabSelfcheck {
    /// Returns true while checks are taken.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Returns its state in one sentence; `None` before the first one.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        if self.cancelling {
            return Some("Ending the self-check".to_owned());
        }
        if let (true, Some((check, position, checks))) = (self.is_running(), self.now) {
            return Some(format!("Check {position} of {checks}: {}", check.title()));
        }
        match &self.report {
            Some(report) => Some(report.headline()),
            None if self.is_running() => Some("Starting the self-check".to_owned()),
            None => None,
        }
    }

    /// Applies what has arrived. Returns true if anything changed.
    fn drain(&mut self) -> bool {
        let Some(running) = &self.running else { return false };
        let mut changed = false;
        loop {
            let event = match running.events.try_recv() {
                Ok(event) => event,
                Err(crossbeam_channel::TryRecvError::Empty) => return changed,
                // Its thread has ended, with or without a report.
                Err(crossbeam_channel::TryRecvError::Disconnected) => break,
            };
            changed = true;
            match event {
                SelfcheckEvent::Started { check, position, checks } => self.now = Some((check, position, checks)),
                SelfcheckEvent::Finished(check) => self.checks.push(*check),
                SelfcheckEvent::Ended(report) => {
                    self.report = Some(*report);
                    break;
                }
            }
        }
        self.running = None;
        self.now = None;
        self.cancelling = false;
        true
    }
}

impl Lab {
    /// Returns true during a self-check.
    #[must_use]
    pub const fn is_selfchecking(&self) -> bool {
        self.selfcheck.is_running()
    }

    /// Returns true while anything is measured: a run, on the page or behind it, or a self-check.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        self.is_running() || self.is_selfchecking()
    }

    pub(super) fn start_selfcheck(&mut self) {
        self.view.sheet = Some(Sheet::Selfcheck);
        match (self.services.start_selfcheck)(self.services.observer()) {
            Ok(running) => self.selfcheck = LabSelfcheck { running: Some(running), ..LabSelfcheck::default() },
            Err(error) => self.problem(format!("The self-check could not be started: {error}")),
        }
    }

    pub(super) fn cancel_selfcheck(&mut self) {
        if let Some(running) = &self.selfcheck.running {
            running.cancel.cancel();
            self.selfcheck.cancelling = true;
        }
    }

    /// Applies what a self-check has sent. Returns true if anything changed.
    pub(super) fn drain_selfcheck(&mut self) -> bool {
        self.selfcheck.drain()
    }
}

/// Starts a self-check that draws in the breaks that it tells this observer of.
pub type StartSelfcheck =
    Arc<dyn Fn(Arc<dyn crate::session::Observer>) -> std::io::Result<RunningSelfcheck> + Send + Sync>;
