//! Events of a console on Windows.

/// Event of a console on Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleEvent {
    /// Ctrl+C or Ctrl+Break.
    Interrupt,
    /// Its window closes: the system ends the program within seconds.
    Close,
    /// The user logs off or the machine shuts down: the system ends the program within seconds.
    Shutdown,
}
