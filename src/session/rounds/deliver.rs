//! Delivers events: stored first if the run is stored, then sent.

use std::sync::Arc;

use super::Session;
use crate::session::spool::SPOOL_FROM_TASKS;
use crate::session::{NotStored, SessionEvent};
use crate::trial::{SpanStore, Trial};

impl Session {
    /// Stores and sends an event.
    pub(super) fn deliver(&mut self, event: SessionEvent) {
        if let Some(sink) = self.request.sink.clone() {
            let stored = sink.event(&event);
            self.report_storing(stored.err());
        }
        self.events.send(event);
    }

    /// Stores and sends a finished trial. Large spans leave the memory.
    pub(super) fn deliver_trial(&mut self, mut trial: Trial) {
        let sink = self.request.sink.clone();
        let stored = sink.as_ref().map_or(Ok(None), |sink| sink.trial(&trial));
        let (recorded, not_stored) = stored.map_or_else(|reason| (None, Some(reason)), |spans| (spans, None));
        if let Some(measured) = &mut trial.measured
            && let SpanStore::Memory(spans) = &measured.spans
            && spans.tasks.len() >= SPOOL_FROM_TASKS
        {
            measured.spans = recorded.unwrap_or_else(|| self.spool.store(Arc::clone(spans)));
        }
        if let Some(sink) = sink {
            if not_stored.is_some() {
                sink.keep(&trial);
            }
            self.report_storing(not_stored);
        }
        self.events.send(SessionEvent::TrialFinished(Box::new(trial)));
    }

    /// Reports the first failure to store, and that all of it was made good.
    fn report_storing(&mut self, not_stored: Option<NotStored>) {
        match not_stored {
            Some(reason) if !self.state.misses_storing => self.events.send(SessionEvent::NotStored(reason)),
            None if self.state.misses_storing => self.events.send(SessionEvent::StoredAgain),
            _ => return,
        }
        self.state.misses_storing = !self.state.misses_storing;
    }
}
