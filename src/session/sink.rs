//! The receiver of finished trials: stores each one before the next one starts.

use super::{NotStored, SessionEvent};
use crate::trial::{SpanStore, Trial};

/// Stores a run while it is measured. Called from the session's thread between trials; may block.
///
/// A failure to store never stops a run. What could not be stored is kept, and tried again before the next event or trial.
pub trait TrialSink: Send + Sync {
    /// Stores what an event states, before the event is sent. Called for all events but those of trials under way and
    /// those of finished trials. Keeps the event if it can't be stored.
    ///
    /// # Errors
    /// The reason why it, or something before it, can't be stored.
    fn event(&self, event: &SessionEvent) -> Result<(), NotStored>;

    /// Stores a trial. The next one starts after this has returned. Returns where its spans can be read back, if they
    /// can be, so that they need not be written a second time to leave the memory.
    ///
    /// # Errors
    /// The reason why it can't be stored.
    fn trial(&self, trial: &Trial) -> Result<Option<SpanStore>, NotStored>;

    /// Keeps a trial that [`Self::trial`] could not store, by now without large spans in memory.
    fn keep(&self, trial: &Trial);
}
