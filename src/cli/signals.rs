//! SIGINT, SIGTERM and SIGHUP end a run in order: the process tree goes, finished trials are
//! exported. Also where they were inherited as ignored.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use crate::session::CancelFlag;

/// Remembers which signal came.
#[derive(Debug, Clone, Default)]
pub(super) struct Caught(Arc<AtomicI32>);

impl Caught {
    /// The exit status of a run that a signal ended: 128 + its number.
    pub(super) fn exit_status(&self) -> Option<u8> {
        match self.0.load(Ordering::Acquire) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}

/// From now on a signal cancels the session; a second one ends this process at once (and with it,
/// through their closed stdin, its runners).
#[cfg(unix)]
pub(super) fn cancel_on_signal(cancel: CancelFlag) -> std::io::Result<Caught> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let caught = Caught::default();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let remembered = caught.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if remembered.0.swap(signal, Ordering::AcqRel) != 0 {
                std::process::exit(128 + signal);
            }
            cancel.cancel();
        }
    })?;
    Ok(caught)
}

/// From now on Ctrl+C cancels the session. Not yet run.
#[cfg(windows)]
pub(super) fn cancel_on_signal(cancel: CancelFlag) -> std::io::Result<Caught> {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;
    let caught = Caught::default();
    let flag = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&flag))?;
    let remembered = caught.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        // The C runtime offers no way to wait for a signal on Windows.
        while !flag.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(50));
        }
        remembered.0.store(signal_hook::consts::SIGINT, Ordering::Release);
        cancel.cancel();
    })?;
    Ok(caught)
}
