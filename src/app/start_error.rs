//! Failures of the window, and the packages that provide what it needs to open. Opens no window.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use winit::error::{EventLoopError, OsError};

use super::settings_error::SettingsError;

/// Failure of the window: to open, to stay open, or to store its settings when it is closed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No window could be opened.
    #[error(
        "no window can be opened here: {0}\n\
         The lab also runs in the terminal: concurrency-lab run quick-tour"
    )]
    NoWindow(#[from] NoWindow),
    /// The display or the graphics adapter went away while the window was open.
    #[error(
        "the connection to the display was lost ({message}); \"concurrency-lab runs\" lists the runs that are stored"
    )]
    WindowLost {
        /// Message of the window system.
        message: String,
    },
    /// The window was closed and its settings could not be written.
    #[error(transparent)]
    SettingsNotStored(SettingsError),
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
/// is open, a panic is such an error, and its message is not printed. Later a panic of the window system means that the
/// display is lost.
pub(super) fn until_closed<T>(
    opened: &Arc<AtomicBool>,
    run: impl FnOnce() -> Result<T, eframe::Error>,
) -> Result<T, StartError> {
    let (default_hook, is_open) = (panic::take_hook(), Arc::clone(opened));
    let lost = Arc::new(AtomicBool::new(false));
    let is_lost = Arc::clone(&lost);
    panic::set_hook(Box::new(move |info| {
        let by_window_system = info.location().is_some_and(|place| is_window_system(place.file()));
        if by_window_system {
            is_lost.store(true, Ordering::Relaxed);
        } else if is_open.load(Ordering::Relaxed) {
            default_hook(info);
        }
    }));
    let ended = panic::catch_unwind(AssertUnwindSafe(run));
    let opened = opened.load(Ordering::Relaxed);
    match ended {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) if opened => Err(StartError::WindowLost { message: full_stop_removed(&error.to_string()) }),
        Ok(Err(error)) => Err(NoWindow::from(error).into()),
        Err(payload) if !opened => Err(NoWindow::MissingLibrary { message: panic_message(payload.as_ref()) }.into()),
        Err(payload) if lost.load(Ordering::Relaxed) => {
            Err(StartError::WindowLost { message: panic_message(payload.as_ref()) })
        }
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// Returns true for a source file of the crates that talk to the window system and the graphics adapter.
fn is_window_system(file: &str) -> bool {
    const CRATES: [&str; 6] = ["winit-", "x11", "wayland-", "smithay-", "wgpu-", "xkbcommon-"];
    file.split(['/', '\\']).any(|part| CRATES.iter().any(|name| part.starts_with(name)))
}

fn full_stop_removed(message: &str) -> String {
    message.trim_end_matches('.').to_owned()
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref().copied());
    full_stop_removed(text.unwrap_or("the window system failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_before_the_window_is_open_is_a_reason() {
        let opened = Arc::new(AtomicBool::new(false));
        let run = || -> Result<(), eframe::Error> { panic!("Library {} could not be loaded.", "libxkbcommon-x11.so") };
        let error = until_closed(&opened, run);
        let Err(StartError::NoWindow(NoWindow::MissingLibrary { message })) = error else {
            panic!("a library is missing")
        };
        assert_eq!(message, "Library libxkbcommon-x11.so could not be loaded");
        assert_eq!(until_closed(&opened, || Ok(7)).ok(), Some(7));
    }

    #[test]
    fn only_the_window_system_can_lose_the_window() {
        assert!(is_window_system("/home/me/.cargo/registry/src/index-1/winit-0.30.13/src/window.rs"));
        assert!(is_window_system(r"C:\cargo\wgpu-core-29.0.1\src\device.rs"));
        assert!(!is_window_system("src/ui/winit/mod.rs") && !is_window_system("/x/egui-0.34.0/src/context.rs"));
        let opened = Arc::new(AtomicBool::new(true));
        let closed = until_closed(&opened, || Err::<(), _>(eframe::Error::AppCreation("no more.".into())));
        assert!(matches!(closed, Err(StartError::WindowLost { .. })), "it was open");
    }

    #[test]
    fn messages_of_the_window_system_lose_their_source_location() {
        let library = parse_os_message("os error at src/a.rs:7: Failed to load one of xlib's shared libraries.");
        assert!(matches!(library, NoWindow::MissingLibrary { message } if message.starts_with("Failed to load")));
        let display = parse_os_message("os error at src/a.rs:7: neither WAYLAND_DISPLAY nor DISPLAY is set.");
        assert_eq!(display.to_string(), "there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)");
    }
}
