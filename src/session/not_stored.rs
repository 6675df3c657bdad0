//! The error of a run that can't be stored.

use std::error::Error;
use std::sync::Arc;

/// The reason why a run, or the rest of it, is not being stored at the moment.
#[derive(Debug, Clone, thiserror::Error)]
#[error("this run is not being stored: {0}")]
pub struct NotStored(#[source] Arc<dyn Error + Send + Sync>);

impl NotStored {
    /// Wraps the error of a sink.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// Returns the error of the sink, for sentences of their own.
    #[must_use]
    pub fn reason(&self) -> &(dyn Error + Send + Sync) {
        &*self.0
    }
}
