//! Delivers events: stored first if the run is stored, then sent.

use std::sync::Arc;

use super::Session;
use crate::session::spool::SPOOL_FROM_TASKS;
use crate::session::{NotStored, SessionEvent};
use crate::trial::{SpanStore, Trial};

impl Session {
    /// Stores and sends an event.
    pub(super) fn deliver(&mut self, event: SessionEvent) {
        if let Some(sink) = self.request.sink.clone()
            && let Err(reason) = sink.event(&event)
        {
            self.stop_storing(reason);
        }
        self.events.send(event);
    }

    /// Stores and sends a finished trial. Large spans leave the memory.
    pub(super) fn deliver_trial(&mut self, mut trial: Trial) {
        let mut recorded = None;
        if let Some(sink) = self.request.sink.clone() {
            match sink.trial(&trial) {
                Ok(spans) => recorded = spans,
                Err(reason) => self.stop_storing(reason),
            }
        }
        if let Some(measured) = &mut trial.measured
            && let SpanStore::Memory(spans) = &measured.spans
            && spans.tasks.len() >= SPOOL_FROM_TASKS
        {
            measured.spans = recorded.unwrap_or_else(|| self.spool.store(Arc::clone(spans)));
        }
        self.events.send(SessionEvent::TrialFinished(Box::new(trial)));
    }

    /// Stops storing after an error, and reports it once. The run goes on.
    fn stop_storing(&mut self, reason: NotStored) {
        self.request.sink = None;
        self.events.send(SessionEvent::NotStored(reason));
    }
}
