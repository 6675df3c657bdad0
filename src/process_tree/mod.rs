//! Process trees: each starts in a new process group (a job object on Windows), is ended completely and reaped to the
//! last descendant, so that no process outlives the lab. Contains no policy on when to end a tree.

#![expect(unsafe_code, reason = "process groups, reaping and parent-death signals are system calls")]

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

#[cfg(windows)]
mod accounting;
#[cfg(unix)]
mod affinity;
#[cfg(windows)]
mod console_event;
mod reaped;
mod strays;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

#[cfg(windows)]
pub use accounting::{CpuTimes, cpu_times_of_children, own_cpu_times, own_peak_memory};
#[cfg(windows)]
pub use console_event::ConsoleEvent;
pub use reaped::Reaped;

/// Environment variable that names the folder for temporary files, for this process and those that it starts.
pub const TEMPORARY_FOLDER_VARIABLE: &str = if cfg!(windows) { "TMP" } else { "TMPDIR" };

/// Time that thousands of killed processes get to disappear. While they exist, the system may refuse to start others.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Reaps those of the killed processes that became children of this process.
fn reap(killed: &strays::Killed) {
    #[cfg(target_os = "linux")]
    if !killed.ids().is_empty() {
        platform::reap_adopted(killed.ids(), GONE_WITHIN);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = killed;
}

/// A child process and all its descendants.
#[derive(Debug)]
pub struct Tree {
    child: Child,
    group: platform::Group,
}

impl Tree {
    /// Starts `command` as the leader of a new tree. No `pre_exec`: that would turn the spawn into a fork.
    ///
    /// # Errors
    /// The operating system's error from the spawn.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        Self::spawn_on(command, None)
    }

    /// The same, on these CPUs only; the tree inherits them.
    ///
    /// # Errors
    /// As [`Self::spawn`]; also if the CPUs can't be used.
    pub fn spawn_on(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<Self> {
        let (child, group) = platform::spawn_leader(command, cpus)?;
        Ok(Self { child, group })
    }

    /// Returns the leader, for its pipes.
    pub const fn leader(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Returns the process id of the leader.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the tree, including descendants that left its group (Linux), and waits for the leader, and at most
    /// ten seconds for the rest of its group. Does nothing if it has ended already.
    ///
    /// # Errors
    /// The operating system's error from the wait.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        // The leader is not reaped yet, so the id still belongs to it.
        let strays = if self.group.is_alive() { strays::end_strays(self.child.id()) } else { Default::default() };
        self.group.kill();
        let status = self.child.wait();
        self.group.wait_until_gone(GONE_WITHIN);
        reap(&strays);
        status
    }

    /// Waits for the leader for at most `within`, then kills the tree. Returns the leader's exit status, or `None` if it
    /// had to be killed.
    ///
    /// # Errors
    /// The operating system's error from the wait.
    pub fn wait_within(&mut self, within: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.group.kill();
                self.group.wait_until_gone(GONE_WITHIN);
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                self.kill()?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // Also after a panic of the owner no runner may remain. An error means that it has ended.
        let _ = self.kill();
    }
}

/// Starts a child of this process on these CPUs only, whatever those of this process are. On Windows it has those of this
/// process.
///
/// # Errors
/// The operating system's error from the spawn, or if the CPUs can't be used.
pub fn spawn_child_on(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<Child> {
    platform::spawn_on(command, cpus)
}

/// Waits for the end of a child. On Windows, where nothing else does, it counts the child's CPU time among that of the
/// children that were waited for.
///
/// # Errors
/// The operating system's error from the wait.
pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    platform::wait(child)
}

/// Handles the events of this process's console from now on: returns where they arrive. Once for each process.
///
/// # Errors
/// The operating system's error.
#[cfg(windows)]
pub fn console_events() -> io::Result<crossbeam_channel::Receiver<ConsoleEvent>> {
    platform::console_events()
}

/// Resets signals that a parent process may have changed: SIGCHLD is no longer ignored, so that exits of children are
/// reported, and exceeding the file size limit becomes a write error instead of a fatal SIGXFSZ. Two system calls.
pub fn reset_signals() {
    platform::reset_signals();
}

/// Kills descendants of this process that left its process group: daemons (Linux, after [`adopt_orphans`]).
pub fn end_daemons() {
    // Those that are children of this process are reaped by whoever waits for them.
    let _ = strays::end_strays(std::process::id());
}

/// Counts the descendants of this process that are still running after a moment; `None` if the system does not list them
/// (Linux, after [`adopt_orphans`]). Helpers of Python's `multiprocessing`, which end by themselves, are not counted.
#[must_use]
pub fn left_behind() -> Option<u32> {
    strays::left_behind()
}

/// Kills all other processes whose environment has this variable with this value (Linux), and reaps those that this
/// process has adopted.
pub fn end_marked(name: &str, value: &std::ffi::OsStr) {
    reap(&strays::end_marked(name, value));
}

/// Returns true if a call failed because the process or the system is out of file descriptors.
#[must_use]
pub fn is_out_of_files(error: &io::Error) -> bool {
    platform::is_out_of_files(error)
}

/// Returns the limit on open files of this process; `None` if there is none or it is unknown.
#[must_use]
pub fn open_file_limit() -> Option<u64> {
    platform::open_file_limit()
}

/// Returns the most bytes that a file of this process may have; `None` if there is no limit or it is unknown.
#[must_use]
pub fn file_size_limit() -> Option<u64> {
    platform::file_size_limit()
}

/// Kills this process and everything that it has started. For a runner whose stdin closes.
pub fn end_own_tree() -> ! {
    end_daemons();
    platform::end_own_tree()
}

/// Kills the tree that `leader` led if this process belongs to it; else does nothing.
pub fn end_tree_of(leader: u32) {
    platform::end_tree_of(leader);
}

/// Waits for children that this process has adopted, for at most `within`.
pub fn reap_orphans(within: Duration) {
    platform::reap_orphans(within);
}

/// Makes orphaned descendants children of this process, so that [`Children::reap_any`] sees them (Linux).
pub fn adopt_orphans() {
    platform::adopt_orphans();
}

/// Asks the system to kill this process when the thread that spawned it ends (Linux). For workers that are not needed
/// longer than their spawner.
pub fn die_with_parent() {
    platform::die_with_parent();
}

/// Makes the system end each tree that this process starts from now on when this process ends, however it ends, even while
/// it starts one (Windows: until a new process is in the job of its tree, nothing else would).
pub fn end_trees_with_this_process() {
    platform::end_trees_with_this_process();
}

/// Raises this process's limit of open files to the maximum that the system allows: a thousand connections need a
/// thousand descriptors.
pub fn allow_many_open_files() {
    platform::allow_many_open_files();
}

/// Makes the table of open files large enough for `count` of them, as far as the limit allows.
///
/// On Linux, growing the table in a process with several threads waits for an RCU grace period (`synchronize_rcu`):
/// 10 to 20 ms during the 256th connection.
pub fn make_room_for_files(count: u32) {
    platform::make_room_for_files(count);
}

/// Creates a named pipe (FIFO), for processes to pass tokens through (Unix).
///
/// # Errors
/// The operating system's error; `Unsupported` on Windows.
pub fn make_named_pipe(path: &std::path::Path) -> io::Result<()> {
    platform::make_named_pipe(path)
}

/// Removes the semaphores (Linux) named after a trial's folder: Python's multiprocessing leaves them behind when it is
/// killed.
pub fn remove_semaphores_of(folder: &std::path::Path) {
    let Some(name) = folder.file_name() else { return };
    let prefix = format!("sem.{}-", name.to_string_lossy());
    for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            // Removed already, or owned by another user.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Children of this process, waited for in the order in which they end.
#[derive(Debug, Default)]
pub struct Children(platform::Children);

impl Children {
    /// Starts another child.
    ///
    /// # Errors
    /// The operating system's error from the spawn: too many processes, no memory, no such program.
    pub fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        self.0.spawn(command)
    }

    /// Waits for the next of these children to end; `None` if none is left. Also reaps other children of this process that
    /// end meanwhile; [`reaped_by_others`] returns their exit status.
    ///
    /// # Errors
    /// The operating system's error from the wait.
    pub fn reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.0.reap_any()
    }

    /// Returns the number of children that were not reaped.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a child that has ended; `None` if all are running, or none is left.
    ///
    /// # Errors
    /// The operating system's error from the wait.
    pub fn try_reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.0.try_reap_any()
    }
}

/// Returns the exit status of a child that [`Children::reap_any`] reaped for another owner; `None` if there is none with
/// this id.
#[must_use]
pub fn reaped_by_others(id: u32) -> Option<ExitStatus> {
    platform::reaped_by_others(id)
}

/// Returns the signal that ended a process; `None` if it ended by itself, and on Windows.
#[must_use]
pub fn signal(status: ExitStatus) -> Option<i32> {
    platform::signal(status)
}

/// Returns the name of a signal, such as "killed" for SIGKILL; `None` for less common signals.
#[must_use]
pub const fn signal_name(signal: i32) -> Option<&'static str> {
    platform::signal_name(signal)
}

/// Returns true if the process called `abort` (Unix: SIGABRT).
#[must_use]
pub fn aborted(status: ExitStatus) -> bool {
    platform::aborted(status)
}

/// Returns true if another process killed the process (Unix: SIGKILL). Never on Windows, where nothing tells.
#[must_use]
pub fn killed(status: ExitStatus) -> bool {
    platform::killed(status)
}
