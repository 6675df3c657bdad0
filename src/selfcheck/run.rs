//! Takes the checks one after the other, and reports them as events.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, unbounded};

use super::amounts::Amounts;
use super::caveat;
use super::check::{Check, CheckId, NotMeasured, Outcome};
use super::measure::Measuring;
use super::report::Report;
use crate::model::ModelId;
use crate::python::Interpreters;
use crate::session::{CancelFlag, Machine, NotDone, Observer, RealSessions};

/// A self-check to run.
#[derive(Clone)]
pub struct Selfcheck {
    /// Sessions whose runners are measured; the native bare programs are the same executable.
    pub sessions: RealSessions,
    /// Interpreters that were found; Python models are checked on the first one.
    pub interpreters: Arc<Interpreters>,
    /// Checks to take, in this order.
    pub checks: Vec<CheckId>,
    /// Number of repetitions and tasks.
    pub amounts: Amounts,
    /// Told of the moments between measurements, as by a session: the window draws then. `None` without a window.
    pub window: Option<Arc<dyn Observer>>,
}

/// Event of a self-check.
#[derive(Debug, Clone)]
pub enum SelfcheckEvent {
    /// A check is being taken.
    Started {
        /// The check.
        check: CheckId,
        /// Its position, from 1.
        position: u32,
        /// Number of all checks.
        checks: u32,
    },
    /// A check was taken, or could not be.
    Finished(Box<Check>),
    /// The self-check has ended; the last event.
    Ended(Box<Report>),
}

/// A self-check under way. Dropping it cancels it.
#[derive(Debug)]
pub struct RunningSelfcheck {
    /// Its events. The channel closes after [`SelfcheckEvent::Ended`].
    pub events: Receiver<SelfcheckEvent>,
    /// Flag that ends it; what was measured is reported.
    pub cancel: CancelFlag,
}

impl Drop for RunningSelfcheck {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Observer of a self-check without a window.
struct NoWindow;

impl Observer for NoWindow {
    fn event_sent(&self) {}
}

impl Selfcheck {
    /// Creates the whole self-check; takes one to three minutes on two cores.
    #[must_use]
    pub fn new(sessions: RealSessions, interpreters: Arc<Interpreters>, window: Option<Arc<dyn Observer>>) -> Self {
        Self { sessions, interpreters, checks: CheckId::all(), amounts: Amounts::default(), window }
    }

    /// Takes all checks until `cancel` is set. Blocks.
    pub fn run(&self, cancel: &CancelFlag, mut notify: impl FnMut(SelfcheckEvent)) -> Report {
        let begun = Instant::now();
        let observer = self.window.clone().unwrap_or_else(|| Arc::new(NoWindow));
        let machine = Machine::probe();
        let mut measuring = Measuring::new(
            (&self.sessions, &self.interpreters),
            self.amounts,
            (Arc::clone(&observer), self.window.is_some()),
            &machine,
            cancel.clone(),
        );
        let mut checks = Vec::with_capacity(self.checks.len());
        for (index, id) in self.checks.iter().enumerate() {
            let started =
                SelfcheckEvent::Started { check: *id, position: index as u32 + 1, checks: self.checks.len() as u32 };
            let outcome = if cancel.is_cancelled() {
                Outcome::NotMeasured(NotMeasured::Cancelled)
            } else {
                notify(started);
                observer.event_sent();
                match measuring.take(*id) {
                    Ok(outcome) => outcome,
                    Err(NotDone::Cancelled) => Outcome::NotMeasured(NotMeasured::Cancelled),
                    Err(NotDone::Failed(failure)) => Outcome::Failed(failure),
                }
            };
            let check = Check::judged(*id, outcome, &machine);
            notify(SelfcheckEvent::Finished(Box::new(check.clone())));
            observer.event_sent();
            checks.push(check);
        }
        let caveats = caveat::of_machine(&machine, measuring.background());
        let uses_python =
            |check: &Check| check.measurement().is_some() && check.id.model().is_some_and(ModelId::is_python);
        let first = self.interpreters.usable.first().filter(|_| checks.iter().any(uses_python));
        let python = first.map(|first| (first.describe(), first.path.clone()));
        let report = Report { machine, python, checks, caveats, seconds: begun.elapsed().as_secs_f64() };
        notify(SelfcheckEvent::Ended(Box::new(report.clone())));
        observer.ended();
        report
    }

    /// Takes all checks on a thread.
    ///
    /// # Errors
    /// Returns the system's error if the thread can't be started.
    pub fn start(self) -> std::io::Result<RunningSelfcheck> {
        let (send, events) = unbounded();
        let cancel = CancelFlag::default();
        let flag = cancel.clone();
        thread::Builder::new().name("selfcheck".into()).spawn(move || {
            self.run(&flag, |event| {
                // Fails if the receiver was dropped; then the flag is set.
                let _ = send.send(event);
            });
        })?;
        Ok(RunningSelfcheck { events, cancel })
    }
}
