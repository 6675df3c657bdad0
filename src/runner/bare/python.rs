//! The bare program of a Python model: a plain script on an interpreter, which belongs to the tree of this process and ends
//! with the lab as the interpreter of a trial does.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::model::ModelId;
use crate::private_files;
use crate::process_tree;
use crate::protocol::TRIAL_VARIABLE;
use crate::runner::python::{EndDaemons, Guard};
use crate::runner::stdin_watch::end_when_stdin_closes;

/// Runs the script, whose folder is that of a trial; it writes the reply to the stdout of this process. `amounts`: tasks,
/// units of each, workers.
pub(super) fn run(interpreter: &Path, script: &Path, model: ModelId, amounts: [u64; 3]) -> io::Result<()> {
    let folder = script.parent().unwrap_or(script);
    process_tree::adopt_orphans();
    end_when_stdin_closes(None, None)?;
    let _guard = Guard::start(folder).map_err(io::Error::other)?;
    let _daemons = EndDaemons;
    // Isolated, as the interpreter of a trial.
    let mut command = Command::new(interpreter);
    command.args(["-I", "-u"]).arg(script).arg(model.name()).args(amounts.map(|amount| amount.to_string()));
    command.env(TRIAL_VARIABLE, folder).env("TMPDIR", private_files::temporary_folder_within(folder));
    let status = command.current_dir(folder).stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("the interpreter ended with {status}"))) }
}
