//! The thread that reads the runner's stdin after the request: it answers questions about locks, and ends the process
//! tree when the lab closes the pipe or is gone.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;

use super::reply_writer::ReplyWriter;
use super::resources::TaskResources;
use crate::failure::LockGraph;
use crate::process_tree;
use crate::protocol::{self, Reply};

/// The resources of the running trial, once they are built: the locks that tasks hold are among them.
pub(super) static RESOURCES: OnceLock<&'static TaskResources> = OnceLock::new();

/// After the order the lab may ask who holds which lock; then stdin ends, when the lab is done with
/// this runner or is no more.
pub(super) fn end_when_stdin_closes(replies: &'static ReplyWriter, folder: Option<&Path>) -> io::Result<()> {
    let folder = folder.map(Path::to_owned);
    thread::Builder::new().name("stdin-watch".into()).spawn(move || {
        let mut asked = [0_u8];
        // Goes on where a signal interrupts it; fails at the end of stdin.
        while io::stdin().lock().read_exact(&mut asked).is_ok() {
            if asked[0] == protocol::ASK_FOR_LOCKS {
                replies.send(&Reply::Locks(
                    RESOURCES.get().map_or_else(LockGraph::default, |resources| resources.lock_graph()),
                ));
            }
        }
        // The folder of the tasks lies in the lab's, beside the sign of its owner.
        if let Some(folder) = folder.as_deref().and_then(Path::parent) {
            remove_folder(folder);
        }
        process_tree::end_own_tree();
    })?;
    Ok(())
}

/// How often the removal of a folder is tried in which tasks may still create files.
const REMOVALS: u32 = 20;

/// Removes the trial's folder although tasks may still be writing in it: under another name no new
/// file finds its way there. The lab does the same, if it is still there.
fn remove_folder(folder: &Path) {
    process_tree::remove_semaphores_of(folder);
    let mut aside = folder.as_os_str().to_owned();
    aside.push(".gone");
    let aside = PathBuf::from(aside);
    let folder = if std::fs::rename(folder, &aside).is_ok() { &aside } else { folder };
    // The owner's mark goes last: if this is interrupted, the next lab finds it and continues.
    // A task that is just creating a file makes one removal fail: the next one takes that file as well.
    let trial = folder.join("trial");
    let _ = (0..REMOVALS).find(|_| std::fs::remove_dir_all(&trial).is_ok() || !trial.exists());
    // Whatever can't be removed is in the system's folder for temporary files.
    let _ = std::fs::remove_dir_all(folder);
}
