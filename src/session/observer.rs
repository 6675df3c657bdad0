//! The observer of a session: is told when there is something to show, and when showing it disturbs no measurement.

/// Observer of a session, called on the session's threads. Every closure is one that only wants to know of events.
pub trait Observer: Send + Sync {
    /// Notes that an event was sent.
    fn event_sent(&self);

    /// Notes that a trial was announced and that no runner exists: the moment to show what has happened. The runner is
    /// started when this returns.
    fn before_trial(&self) {}

    /// Notes that the clock of the trial has started.
    fn clock_started(&self) {}

    /// Notes that the clock of the trial has stopped.
    fn clock_stopped(&self) {}

    /// Notes that the session has ended and sends no further event.
    fn ended(&self) {}
}

impl<F: Fn() + Send + Sync> Observer for F {
    fn event_sent(&self) {
        self();
    }
}
