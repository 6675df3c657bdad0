//! The thread that reads the runner's stdin after the request: it answers questions about locks, and ends the process
//! tree when the lab closes the pipe or is gone.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;

use super::reply_writer::ReplyWriter;
use super::resources::TaskResources;
use super::trial_clock::TrialClock;
use crate::failure::LockGraph;
use crate::private_files;
use crate::process_tree;
use crate::protocol::{self, Reply};

/// The resources of the running trial, once they are built: the locks that tasks hold are among them.
pub(super) static RESOURCES: OnceLock<&'static TaskResources> = OnceLock::new();

/// The clock of the running trial, once it has started.
pub(super) static CLOCK: OnceLock<TrialClock> = OnceLock::new();

/// Starts the thread. After the request the lab may ask which task holds which lock; stdin ends when the lab is done
/// with this runner or has died. `replies`: `None` where there are no locks to ask about.
///
/// # Errors
/// Returns the system's error if the thread can't be started.
pub(super) fn end_when_stdin_closes(replies: Option<&'static ReplyWriter>, folder: Option<&Path>) -> io::Result<()> {
    let folder = folder.map(Path::to_owned);
    thread::Builder::new().name("stdin-watch".into()).spawn(move || {
        let mut question = [0_u8];
        // Continues after an interrupting signal; fails at the end of stdin.
        while io::stdin().lock().read_exact(&mut question).is_ok() {
            if question[0] == protocol::ASK_FOR_LOCKS
                && let Some(replies) = replies
            {
                let graph =
                    RESOURCES.get().map_or_else(LockGraph::default, |resources| resources.lock_graph(CLOCK.get()));
                // If the lab is gone, stdin ends next.
                let _ = replies.try_send(&Reply::Locks(graph));
            }
        }
        // The folder of the tasks is inside the lab's, beside the owner's mark.
        if let Some(tasks) = &folder
            && let Some(folder) = tasks.parent()
        {
            // Programs that create what is missing above their files would bring the folder back.
            process_tree::end_marked(protocol::TRIAL_VARIABLE, tasks.as_os_str());
            remove_folder(folder);
        }
        process_tree::end_own_tree();
    })?;
    Ok(())
}

/// Attempts to remove a folder in which tasks may still create files.
const REMOVAL_ATTEMPTS: u32 = 20;

/// Removes the trial's folder although tasks may still be writing to it: it is renamed first, so that no new file is
/// created in it. A live lab does the same.
fn remove_folder(folder: &Path) {
    process_tree::remove_semaphores_of(folder);
    let mut renamed = folder.as_os_str().to_owned();
    renamed.push(".gone");
    let renamed = PathBuf::from(renamed);
    let folder = if std::fs::rename(folder, &renamed).is_ok() { &renamed } else { folder };
    // The owner's mark goes last: if this is interrupted, the next lab finds it and continues.
    // A task that is just creating a file makes one attempt fail: the next one removes that file as well.
    let trial = folder.join("trial");
    if (0..REMOVAL_ATTEMPTS).any(|_| private_files::remove_all(&trial).is_ok()) {
        let _ = private_files::remove_all(folder);
    }
    // What can't be removed stays in the system's temporary folder, where the next run looks for it.
}
