//! The state behind the window: draft experiment, running session, results.
