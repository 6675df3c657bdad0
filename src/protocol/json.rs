//! JSON payloads, and the error of a payload that is not the lab's. The frames around them are in `frames`.

use std::io;

use serde::Deserialize;

use crate::printable;

/// Returns the error of data that is not the lab's protocol.
pub(super) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

/// Reads a payload.
pub(super) fn from_json<T: for<'de> Deserialize<'de>>(payload: &[u8]) -> io::Result<T> {
    serde_json::from_slice(payload).map_err(|error| {
        // It may quote the payload.
        let error = error.to_string();
        invalid(format!("a message that can't be read: {}", printable::line(&error)))
    })
}
