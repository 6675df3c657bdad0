//! The receiver of finished trials: stores each one before the next one starts.

use std::error::Error;
use std::sync::Arc;

use super::SessionEvent;
use crate::trial::{SpanStore, Trial};

/// Stores a run while it is measured. Called from the session's thread between trials; may block.
///
/// After the first error the session calls it no more: a run that can't be stored goes on all the same.
pub trait TrialSink: Send + Sync {
    /// Stores what an event states, before the event is sent. Called for all events but those of trials under way and
    /// those of finished trials.
    ///
    /// # Errors
    /// The reason why it can't be stored.
    fn event(&self, event: &SessionEvent) -> Result<(), NotStored>;

    /// Stores a trial. The next one starts after this has returned. Returns where its spans can be read back, if they
    /// can be, so that they need not be written a second time to leave the memory.
    ///
    /// # Errors
    /// The reason why it can't be stored.
    fn trial(&self, trial: &Trial) -> Result<Option<SpanStore>, NotStored>;
}

/// The reason why a run, or the rest of it, is not being stored.
#[derive(Debug, Clone, thiserror::Error)]
#[error("this run is not being stored: {0}")]
pub struct NotStored(#[source] Arc<dyn Error + Send + Sync>);

impl NotStored {
    /// From the error of whoever stores.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}
