//! The child: executes exactly one trial in a fresh process, records one span per task, and
//! reports over its stdout. It never calibrates on its own account and never draws random numbers.

mod drive;
mod job;
mod means;
mod models;
mod perform;
mod python;
mod raw_stdout;
mod server;
mod stamps;
mod task_process;
mod ticker;
mod worker;

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::thread;

use means::Means;
pub use python::run_watch;
pub use server::run_server;
pub use task_process::{run_no_op, run_task};
pub use worker::run_worker;

use crate::failure::{Action, Failure, LockGraph};
use crate::process_tree;
use crate::protocol::{self, Hello, Order, Reply};
use crate::workload::calibration::calibrate;

/// The runner's voice: frames on stdout, from any thread.
#[derive(Debug)]
pub struct Voice(Mutex<File>);

impl Voice {
    fn open() -> io::Result<Self> {
        raw_stdout::open().map(|stdout| Self(Mutex::new(stdout)))
    }

    /// Sends a reply. A closed pipe means that the lab is gone: the tree ends.
    pub fn say(&self, reply: &Reply) {
        let mut out = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut *out);
        if reply.write(&mut buffered).and_then(|()| buffered.flush()).is_err() {
            process_tree::end_own_tree();
        }
    }
}

/// The hidden runner subcommand: one order from stdin, replies on stdout. Returns the exit code.
#[must_use]
pub fn run() -> u8 {
    process_tree::adopt_orphans();
    process_tree::allow_many_open_files();
    // Without a stdout there is nobody to tell.
    let Ok(voice) = Voice::open() else { return 1 };
    let voice: &'static Voice = Box::leak(Box::new(voice));
    voice.say(&Reply::Hello(Hello { protocol: protocol::VERSION, lab_version: env!("CARGO_PKG_VERSION").to_owned() }));
    let order = match protocol::read_order(&mut io::stdin().lock()) {
        Ok(order) => order,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return 0,
        Err(error) => {
            voice.say(&Reply::Failed(Failure::system(Action::ReadRequest, &error)));
            return 1;
        }
    };
    let folder = match &order {
        Order::Trial(trial) => trial.surroundings.folder.clone(),
        Order::Calibrate { .. } => None,
    };
    if let Err(error) = end_when_stdin_closes(voice, folder.as_deref()) {
        voice.say(&Reply::Failed(Failure::system(Action::WatchLab, &error)));
        return 1;
    }
    match order {
        Order::Calibrate { kernels, python: None } => {
            voice.say(&Reply::Calibrated(kernels.into_iter().map(calibrate).collect()));
            0
        }
        Order::Calibrate { kernels, python: Some(place) } => match python::calibrate(&place, &kernels) {
            Ok(list) => {
                voice.say(&Reply::Calibrated(list));
                0
            }
            Err(failure) => give_up(voice, failure),
        },
        Order::Trial(mut order) => {
            let done = match order.python.take() {
                Some(python) => python::trial(voice, order, &python),
                None => drive::trial(voice, order),
            };
            done.map_or_else(|failure| give_up(voice, failure), |()| 0)
        }
    }
}

fn give_up(voice: &Voice, failure: Failure) -> u8 {
    voice.say(&Reply::Failed(failure));
    1
}

/// What the tasks of the trial need, once it is known: who holds which lock stands in there.
static MEANS: OnceLock<&'static Means> = OnceLock::new();

/// After the order the lab may ask who holds which lock; then stdin ends, when the lab is done with
/// this runner or is no more.
fn end_when_stdin_closes(voice: &'static Voice, folder: Option<&Path>) -> io::Result<()> {
    let folder = folder.map(Path::to_owned);
    thread::Builder::new().name("stdin-watch".into()).spawn(move || {
        let mut asked = [0_u8];
        // Goes on where a signal interrupts it; fails at the end of stdin.
        while io::stdin().lock().read_exact(&mut asked).is_ok() {
            if asked[0] == protocol::ASK_FOR_LOCKS {
                voice.say(&Reply::Locks(MEANS.get().map_or_else(LockGraph::default, |means| means.lock_graph())));
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
