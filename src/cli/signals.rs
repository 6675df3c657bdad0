//! SIGINT, SIGTERM and SIGHUP, also where they were inherited as ignored, and the events of a console of Windows: before a session they end the
//! program at once, during one they end it in order, and while results are written they end the writing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::session::CancelFlag;

/// Longest time that a cancelled session may take to end. Its processes are gone within a second; more is only needed
/// by a program that is stuck, such as one whose stderr nobody reads.
const SESSION_ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Longest time in which writing notices that it shall end.
const WRITING_ENDS_WITHIN: Duration = Duration::from_secs(1);

/// State of the program, which decides what a signal does.
enum Phase {
    /// Reading files, looking for interpreters.
    Preparing,
    /// Running trials.
    Session(CancelFlag),
    /// Writing results.
    Writing,
}

/// Asks the writing of results to end. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Abort(Arc<AtomicBool>);

impl Abort {
    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Shared {
    phase: Mutex<Phase>,
    /// The first signal of the session.
    caught: Mutex<Option<i32>>,
    abort: Abort,
    while_writing: Sender<i32>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn handle(self: &Arc<Self>, signal: i32) {
        match &*locked(&self.phase) {
            Phase::Preparing => end(signal),
            Phase::Session(cancel) => {
                if locked(&self.caught).replace(signal).is_some() {
                    // Its runners end by themselves, through their closed stdin.
                    end(signal);
                }
                cancel.cancel();
                let shared = Arc::clone(self);
                let watch = move || {
                    thread::sleep(SESSION_ENDS_WITHIN);
                    if matches!(*locked(&shared.phase), Phase::Session(_)) {
                        end(signal);
                    }
                };
                // Without a watch a second signal ends the program.
                let _ = thread::Builder::new().name("signal-watch".into()).spawn(watch);
            }
            Phase::Writing => {
                self.abort.0.store(true, Ordering::Release);
                // The receiver is there for as long as results are written.
                let _ = self.while_writing.send(signal);
            }
        }
    }
}

/// The exit status of a program that a signal ended: 128 and its number.
fn status(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

fn end(signal: i32) -> ! {
    std::process::exit(status(signal).into())
}

/// Handles signals from [`install`] on.
pub(super) struct Signals {
    shared: Arc<Shared>,
    while_writing: Receiver<i32>,
}

impl Signals {
    /// From now on the first signal cancels this session; a second one ends the program at once.
    pub(super) fn session(&self, cancel: CancelFlag) {
        *locked(&self.shared.phase) = Phase::Session(cancel);
    }

    /// Writes results by `write`, on a thread of its own: a signal ends it even where it is stuck on a pipe that
    /// nobody reads. Returns the exit status: that of the first signal, if any came.
    pub(super) fn write_results(self, write: impl FnOnce(&Abort) -> u8 + Send) -> u8 {
        *locked(&self.shared.phase) = Phase::Writing;
        let (done, finished) = unbounded();
        let abort = self.shared.abort.clone();
        let written = thread::scope(|scope| {
            let work = move || {
                // The receiver outlives this thread.
                let _ = done.send(write(&abort));
            };
            if let Err(error) = thread::Builder::new().name("results".into()).spawn_scoped(scope, work) {
                return super::terminal::complain(
                    super::exit::FAILED,
                    &format!("the system could not start a thread: {error}"),
                );
            }
            crossbeam_channel::select! {
                recv(finished) -> written => written.unwrap_or(super::exit::FAILED),
                recv(self.while_writing) -> signal => {
                    let signal = signal.unwrap_or_default();
                    let _ = finished.recv_timeout(WRITING_ENDS_WITHIN);
                    end(signal)
                }
            }
        });
        locked(&self.shared.caught).map_or(written, status)
    }
}

/// From now on signals are handled.
///
/// # Errors
/// If the system does not let handlers be set.
pub(super) fn install() -> std::io::Result<Signals> {
    let (send, while_writing) = unbounded();
    let shared = Arc::new(Shared {
        phase: Mutex::new(Phase::Preparing),
        caught: Mutex::new(None),
        abort: Abort::default(),
        while_writing: send,
    });
    listen(Arc::clone(&shared))?;
    Ok(Signals { shared, while_writing })
}

#[cfg(unix)]
fn listen(shared: Arc<Shared>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            shared.handle(signal);
        }
    })?;
    Ok(())
}

/// The events of the console, as the signals that they correspond to.
#[cfg(windows)]
fn listen(shared: Arc<Shared>) -> std::io::Result<()> {
    use crate::process_tree::{ConsoleEvent, console_events};
    /// Numbers of SIGHUP, SIGINT and SIGTERM, for the exit status.
    const fn number(event: ConsoleEvent) -> i32 {
        match event {
            ConsoleEvent::Close => 1,
            ConsoleEvent::Interrupt => 2,
            ConsoleEvent::Shutdown => 15,
        }
    }
    let events = console_events()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for event in events {
            shared.handle(number(event));
        }
    })?;
    Ok(())
}
