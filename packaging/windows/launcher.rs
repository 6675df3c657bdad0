//! Opens the window on Windows: starts `concurrency-lab.exe`, which lies beside it, without a console.
//!
//! A program of the console subsystem shows a console when it is started from the menu, and one of the
//! window subsystem can't print to the terminal it was started from. So there are two. The hidden console
//! is inherited by runners and interpreters, which therefore open none either.

#![windows_subsystem = "windows"]

use std::process::{Command, ExitCode};
use std::{env, io};

fn main() -> ExitCode {
    match start() {
        Ok(code) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

fn start() -> io::Result<u8> {
    let mut command = Command::new(env::current_exe()?.with_file_name("concurrency-lab.exe"));
    command.args(env::args_os().skip(1));
    hide_console(&mut command);
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

#[cfg(windows)]
fn hide_console(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    /// `CREATE_NO_WINDOW`: a console that is never shown.
    const NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(NO_WINDOW);
}

#[cfg(not(windows))]
fn hide_console(_command: &mut Command) {}
