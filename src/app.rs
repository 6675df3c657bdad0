//! The window itself: event loop, storage, and who gets which event.
