//! Writes the man pages and the completions for bash, zsh and fish from the definition of the command
//! line, into the folder that is named, as they lie below `/usr`.
//!
//! `cargo run --example documents -- target/packaging/tree`

use std::path::Path;
use std::{env, fs, io};

use clap_complete::Shell;
use concurrency_lab::cli;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("name the folder to write to"))?;
    let share = Path::new(&folder).join("share");
    write_man_pages(&share.join("man/man1"))?;
    for (shell, folder) in [
        (Shell::Bash, "bash-completion/completions"),
        (Shell::Zsh, "zsh/site-functions"),
        (Shell::Fish, "fish/vendor_completions.d"),
    ] {
        let folder = share.join(folder);
        fs::create_dir_all(&folder)?;
        let mut command = cli::command();
        let path = clap_complete::generate_to(shell, &mut command, "concurrency-lab", &folder)?;
        if shell == Shell::Bash {
            // Completions of bash are looked up by the bare name of the program.
            fs::rename(path, folder.join("concurrency-lab"))?;
        }
    }
    Ok(())
}

/// One page for the program and one for each subcommand.
fn write_man_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let command = cli::command().disable_help_subcommand(true).propagate_version(true);
    clap_mangen::generate_to(command, folder)
}
