//! State of the self-check in the window: its events are collected here. Measures nothing; starting and ending it is in
//! `selfcheck_update`.

use crossbeam_channel::TryRecvError;

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
    /// Creates the state of one that was started.
    pub(super) fn of(running: RunningSelfcheck) -> Self {
        Self { running: Some(running), ..Self::default() }
    }

    /// Asks the one under way to end.
    pub(super) fn cancel(&mut self) {
        if let Some(running) = &self.running {
            running.cancel.cancel();
            self.cancelling = true;
        }
    }

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
    pub(super) fn drain(&mut self) -> bool {
        let Some(running) = &self.running else { return false };
        let mut changed = false;
        loop {
            let event = match running.events.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Empty) => return changed,
                // Its thread has ended, with or without a report.
                Err(TryRecvError::Disconnected) => break,
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
