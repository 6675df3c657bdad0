//! Failures to open the window, and the packages that provide what is missing. Opens no window.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use winit::error::{EventLoopError, OsError};

/// Failure to start the window.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No window could be opened.
    #[error(
        "no window can be opened here: {0}\n\
         The lab also runs in the terminal: concurrency-lab run quick-tour"
    )]
    NoWindow(#[from] NoWindow),
    /// The path of this executable is unknown. Runners are processes of it.
    #[error("the system does not say where this program is: {0}")]
    NoProgram(#[from] std::io::Error),
}

/// Reason why no window could be opened.
#[derive(Debug, thiserror::Error)]
pub enum NoWindow {
    /// A library that the window system opens at run time is missing.
    #[error("a library that windows need is missing ({message}){}", packages(&[LIBRARIES, DRIVERS]))]
    MissingLibrary {
        /// Message of the window system, without its source location.
        message: String,
    },
    /// There is no display.
    #[error("there is no display ({message})")]
    NoDisplay {
        /// Message of the window system, without its source location.
        message: String,
    },
    /// No graphics adapter or driver can draw.
    #[error("no graphics adapter can draw here ({error}){}{}", packages(&[DRIVERS]), other_backends())]
    NoAdapter {
        /// Error of the graphics library.
        error: Box<eframe::Error>,
    },
    /// Any other failure.
    #[error("{0}")]
    Other(Box<eframe::Error>),
}

impl From<eframe::Error> for NoWindow {
    fn from(error: eframe::Error) -> Self {
        match error {
            eframe::Error::Winit(os) | eframe::Error::WinitEventLoop(EventLoopError::Os(os)) => parse_os_error(&os),
            eframe::Error::WinitEventLoop(other) => {
                Self::NoDisplay { message: other.to_string().trim_end_matches('.').to_owned() }
            }
            eframe::Error::Wgpu(_) => Self::NoAdapter { error: Box::new(error) },
            other => Self::Other(Box::new(other)),
        }
    }
}

/// Finds the reason in winit's error. [`OsError`] hides its cause and has no source, so that its message is all
/// there is: "os error at FILE:LINE: MESSAGE.". A message about a missing library names it as "library".
fn parse_os_error(error: &OsError) -> NoWindow {
    parse_os_message(&error.to_string())
}

fn parse_os_message(full: &str) -> NoWindow {
    let message = full.rsplit(": ").next().unwrap_or(full).trim_end_matches('.').to_owned();
    if message.contains("librar") { NoWindow::MissingLibrary { message } } else { NoWindow::NoDisplay { message } }
}

/// Packages with the libraries that the window system opens at run time. They are recommended, not required:
/// a server does without.
const LIBRARIES: &str =
    "libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libwayland-egl1";
/// Packages with graphics drivers, one of them a software driver that needs no graphics card.
const DRIVERS: &str = "libvulkan1 libegl1 mesa-vulkan-drivers libgl1-mesa-dri";

/// Returns the remedy on Linux: the names of the packages to install. Empty elsewhere.
fn packages(groups: &[&str]) -> String {
    if cfg!(target_os = "linux") {
        format!("\nPackages on Debian and Ubuntu (names elsewhere are similar): {}", groups.join(" "))
    } else {
        String::new()
    }
}

/// Returns the remedy on Windows, where a machine may have several graphics interfaces of which one fails. Empty
/// elsewhere.
const fn other_backends() -> &'static str {
    if cfg!(windows) {
        "\nThe environment variable WGPU_BACKEND names the graphics interface to use: dx12, vulkan or gl"
    } else {
        ""
    }
}

/// Runs the window. The window system panics if a library that it opens at run time is missing: until the window
/// is open, a panic is such an error, and its message is not printed.
pub(super) fn until_open<T>(opened: &Arc<AtomicBool>, run: impl FnOnce() -> T) -> Result<T, NoWindow> {
    let (default_hook, is_open) = (panic::take_hook(), Arc::clone(opened));
    panic::set_hook(Box::new(move |info| {
        if is_open.load(Ordering::Relaxed) {
            default_hook(info);
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        if opened.load(Ordering::Relaxed) {
            panic::resume_unwind(payload)
        }
        NoWindow::MissingLibrary { message: panic_message(payload.as_ref()) }
    })
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref().copied());
    text.unwrap_or("the window system failed").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_before_the_window_is_open_is_a_reason() {
        let opened = Arc::new(AtomicBool::new(false));
        let error = until_open(&opened, || panic!("Library {} could not be loaded.", "libxkbcommon-x11.so"));
        let Err(NoWindow::MissingLibrary { message }) = error else { panic!("a library is missing") };
        assert_eq!(message, "Library libxkbcommon-x11.so could not be loaded");
        assert_eq!(until_open(&opened, || 7).ok(), Some(7));
    }

    #[test]
    fn messages_of_the_window_system_lose_their_source_location() {
        let library = parse_os_message("os error at src/a.rs:7: Failed to load one of xlib's shared libraries.");
        assert!(matches!(library, NoWindow::MissingLibrary { message } if message.starts_with("Failed to load")));
        let display = parse_os_message("os error at src/a.rs:7: neither WAYLAND_DISPLAY nor DISPLAY is set.");
        assert_eq!(display.to_string(), "there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)");
    }
}
