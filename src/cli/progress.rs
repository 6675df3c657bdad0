//! Progress on stderr: a line that is redrawn, a line per trial, or nothing.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::ProgressKind;
use crate::analysis::{waited_for_quiet, waiting_for_quiet};
use crate::printable;
use crate::record::Unstored;
use crate::session::{Outcome, SessionEvent};
use crate::trial::{Status, Trial};
use crate::units;

/// Shows the events of a session.
pub(super) struct Progress {
    kind: ProgressKind,
    bar: ProgressBar,
    rounds: Option<u32>,
    running: String,
    /// True once it was said that the run waits for other programs.
    waits: bool,
    /// Titles of the points of a sweep.
    points: Vec<Option<String>>,
    /// Measured trials that were over.
    measured: u64,
}

impl Progress {
    pub(super) fn new(kind: Option<ProgressKind>, quiet: bool, points: Vec<Option<String>>) -> Self {
        let kind = match kind {
            _ if quiet => ProgressKind::None,
            Some(kind) => kind,
            None if io::stderr().is_terminal() => ProgressKind::Bar,
            None => ProgressKind::Plain,
        };
        let bar = match kind {
            ProgressKind::Bar => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)),
            _ => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self { kind, bar, rounds: None, running: String::new(), waits: false, measured: 0, points }
    }

    fn line(&self, text: &str) {
        let text = printable::shortened(text, printable::LONGEST_MESSAGE);
        if self.kind == ProgressKind::Plain {
            // Without a stderr there is nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
        if self.kind == ProgressKind::Bar {
            self.bar.println(&text);
        }
    }

    /// Names the round, and the point of a sweep.
    fn round(&self, round: i32, point: u32) -> String {
        let round = match (round, self.rounds) {
            (..1, _) => "warm-up".to_owned(),
            (round, Some(rounds)) => format!("round {round} of {rounds}"),
            (round, None) => format!("round {round}"),
        };
        match self.points.get(point as usize) {
            Some(Some(title)) => format!("{round}, {title}"),
            _ => round,
        }
    }

    /// Shows one event.
    pub(super) fn show(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::WaitingForQuiet(waited) => {
                let text = waiting_for_quiet(&waited.shares);
                // A line for the wait, not for each of its seconds.
                if self.kind == ProgressKind::Plain
                    && waited.shares.is_disturbed()
                    && !std::mem::replace(&mut self.waits, true)
                {
                    self.line(&text);
                }
                self.say(&waited_for_quiet(waited));
            }
            SessionEvent::Calibrating => self.say("calibrating"),
            SessionEvent::RoundsFixed { rounds } => self.rounds = Some(*rounds),
            SessionEvent::TrialStarted { point, contender, round, seconds_left, .. } => {
                let left = seconds_left.map_or_else(String::new, |seconds| format!(", {} left", units::about(seconds)));
                self.running = format!("{}: {}{left}", self.round(*round, *point), contender.title());
                let running = self.running.clone();
                self.say(&running);
            }
            SessionEvent::Progress { done, tasks } => {
                let text = format!(
                    "{}, {} of {} tasks",
                    self.running,
                    units::count((*done).into()),
                    units::count((*tasks).into())
                );
                self.say(&text);
            }
            SessionEvent::TrialFinished(trial) => {
                self.measured += u64::from(trial.counts());
                self.trial(trial);
            }
            SessionEvent::Finished(outcome) => {
                self.bar.finish_and_clear();
                match outcome {
                    // The reason is the last line of all, not one of the progress.
                    Outcome::Done | Outcome::Failed(_) => {}
                    Outcome::Cancelled if self.measured == 0 => self.line("cancelled before a trial was measured"),
                    Outcome::Cancelled => {
                        self.line(&format!("cancelled after {}", units::plural(self.measured, "measured trial")));
                    }
                }
            }
            SessionEvent::Machine(_)
            | SessionEvent::CodeUsed(_)
            | SessionEvent::Began { .. }
            | SessionEvent::Calibrated { .. }
            | SessionEvent::ClockStarted { .. }
            | SessionEvent::CpuSampled(_) => {}
            // Not progress: stated also where none is shown.
            SessionEvent::NotStored(reason) => {
                self.complain(&format!("{reason}; storing it is tried again after each trial"));
            }
            SessionEvent::StoredAgain => self.complain("what could not be stored before is stored now"),
        }
    }

    fn complain(&self, message: &str) {
        self.bar.suspend(|| super::terminal::complain(super::exit::SUCCESS, message));
    }

    /// States where the run is kept.
    pub(super) fn stored(&self, id: &str) {
        if !id.is_empty() {
            self.line(&format!("stored as {id}; \"concurrency-lab show {id}\" prints it again"));
        }
    }

    /// States at the end which of the measured trials are not stored, and why.
    pub(super) fn not_stored(&self, unstored: &Unstored, measured: usize) {
        let trials = match unstored.trials {
            _ if measured == 0 => return,
            0 => "the end of this run is not stored".to_owned(),
            trials => format!("{trials} of {} are not stored", units::plural(measured as u64, "measured trial")),
        };
        let rest = match &unstored.id {
            Some(id) if unstored.trials < measured => format!("the rest is stored as {id}; "),
            _ => String::new(),
        };
        let reason = unstored.reason.reason();
        self.complain(&format!("{trials}: {reason}; {rest}what is printed and written now contains all of them"));
    }

    fn say(&self, text: &str) {
        self.bar.set_message(printable::line(text).into_owned());
        self.bar.tick();
    }

    fn trial(&self, trial: &Trial) {
        let name = trial.contender.title();
        let what = match (trial.status, trial.completed()) {
            (_, Some(measured)) => units::duration(measured.wall_nanos as f64),
            (Status::Cancelled, _) => "cancelled".to_owned(),
            _ => format!("failed: {}", trial.reason().as_deref().unwrap_or("no reason was given")),
        };
        // On a terminal only failures are worth a line of their own.
        if self.kind == ProgressKind::Plain || trial.status == Status::Failed {
            self.line(&format!("{}: {name}: {what}", self.round(trial.round, trial.point)));
        }
    }
}
