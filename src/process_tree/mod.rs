//! Process trees: started in a group (a job object on Windows) of their own, ended as a whole,
//! and reaped to the last descendant. Nothing that the lab starts may outlive it.

#![expect(unsafe_code, reason = "process groups, reaping and parent-death signals are system calls")]

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

mod strays;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

/// A child process that leads a tree of its own.
#[derive(Debug)]
pub struct Tree {
    child: Child,
    group: platform::Group,
}

impl Tree {
    /// Starts `command` as the leader of a new tree. No `pre_exec`: that would turn the spawn into a fork.
    ///
    /// # Errors
    /// Whatever the system says to the spawn.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let (child, group) = platform::spawn_leader(command)?;
        Ok(Self { child, group })
    }

    /// The leader, for its pipes.
    pub const fn leader(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The leader's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the whole tree at once, descendants that left its group included (Linux), and waits for the leader.
    /// Harmless if it is gone already.
    ///
    /// # Errors
    /// Whatever the system says to the wait.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        // Not reaped yet, so that the id is still this child's.
        if self.group.is_alive() {
            strays::end_strays(self.child.id());
        }
        self.group.kill();
        self.child.wait()
    }

    /// Waits for the leader for at most `within`, then ends the whole tree. Returns how the leader ended by itself,
    /// or `None` where it had to be ended.
    ///
    /// # Errors
    /// Whatever the system says to the wait.
    pub fn wait_within(&mut self, within: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.group.kill();
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
        // Also after a panic of the owner: no runner may stay behind. Errors mean that it is gone.
        let _ = self.kill();
    }
}

/// Puts back what a parent process may have changed: the end of a child is reported again where SIGCHLD was
/// inherited as ignored, and a file that reaches the limit on its size is a write error instead of a silent end
/// (SIGXFSZ). Two system calls.
pub fn reset_signals() {
    platform::reset_signals();
}

/// Ends descendants of this process that left its process group: daemons (Linux, after [`adopt_orphans`]).
pub fn end_daemons() {
    strays::end_strays(std::process::id());
}

/// Ends all other processes whose environment has this variable with this value (Linux).
pub fn end_marked(name: &str, value: &std::ffi::OsStr) {
    strays::end_marked(name, value);
}

/// True where a call failed because the process or the system is out of file descriptors.
#[must_use]
pub fn is_out_of_files(error: &io::Error) -> bool {
    platform::is_out_of_files(error)
}

/// Returns the limit on open files of this process; `None` where there is none, or it is unknown.
#[must_use]
pub fn open_file_limit() -> Option<u64> {
    platform::open_file_limit()
}

/// Ends this process and everything it has started: what a runner does when its stdin closes.
pub fn end_own_tree() -> ! {
    end_daemons();
    platform::end_own_tree()
}

/// Ends the tree that `leader` led, where this process belongs to it; else does nothing.
pub fn end_tree_of(leader: u32) {
    platform::end_tree_of(leader);
}

/// Waits for children that this process has adopted, for so long at most.
pub fn reap_orphans(within: Duration) {
    platform::reap_orphans(within);
}

/// Makes orphaned descendants children of this process, so that [`Children::reap_any`] sees them (Linux).
pub fn adopt_orphans() {
    platform::adopt_orphans();
}

/// Asks the system to end this process when the thread that spawned it ends (Linux). For workers
/// whose spawner lives as long as they are needed.
pub fn die_with_parent() {
    platform::die_with_parent();
}

/// Raises this process's limit of open files to what the system allows it: a thousand connections
/// need as many.
pub fn allow_many_open_files() {
    platform::allow_many_open_files();
}

/// Makes the table of open files large enough for `count` of them, as far as the limit allows.
///
/// On Linux a table that grows in a process of several threads waits for all cores to come to rest
/// (`synchronize_rcu`): 10 to 20 ms in the midst of the 256th connection.
pub fn make_room_for_files(count: u32) {
    platform::make_room_for_files(count);
}

/// Makes a pipe with a name, for processes to pass tokens through (Unix).
///
/// # Errors
/// Whatever the system says; on systems without such pipes, that.
pub fn make_named_pipe(path: &std::path::Path) -> io::Result<()> {
    platform::make_named_pipe(path)
}

/// Removes the semaphores (Linux) that are named after a trial's folder: Python's multiprocessing leaves them
/// behind when it is killed.
pub fn remove_semaphores_of(folder: &std::path::Path) {
    let Some(name) = folder.file_name() else { return };
    let prefix = format!("sem.{}-", name.to_string_lossy());
    for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            // Gone already, or somebody else's: nothing is lost.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A child that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Reaped {
    /// Its process id.
    pub id: u32,
    /// Exit code or signal.
    pub status: ExitStatus,
    /// Peak memory in bytes; on Linux it may include the spawner's: an upper bound.
    pub peak_memory_bytes: Option<u64>,
}

/// Children started by one process and waited for in whatever order they end.
#[derive(Debug, Default)]
pub struct Children(platform::Children);

impl Children {
    /// Starts one more.
    ///
    /// # Errors
    /// Whatever the system says to the spawn: too many processes, no memory, no such program.
    pub fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        self.0.spawn(command)
    }

    /// Waits for the next of these children to end; `None` when there is none left. Other children of this process
    /// that end meanwhile are reaped as well; [`reaped_by_others`] tells how they ended.
    ///
    /// # Errors
    /// Whatever the system says to the wait.
    pub fn reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.0.reap_any()
    }
}

/// How a child ended that [`Children::reap_any`] met although it was not one of its own; `None` where it met none of
/// this id.
#[must_use]
pub fn reaped_by_others(id: u32) -> Option<ExitStatus> {
    platform::reaped_by_others(id)
}

/// The signal that ended a process; `None` where it ended by itself, and on Windows.
#[must_use]
pub fn signal(status: ExitStatus) -> Option<i32> {
    platform::signal(status)
}

/// "killed" for SIGKILL; `None` for less common signals.
#[must_use]
pub const fn signal_name(signal: i32) -> Option<&'static str> {
    platform::signal_name(signal)
}

/// True where the process ended itself by `abort` (Unix: SIGABRT).
#[must_use]
pub fn aborted(status: ExitStatus) -> bool {
    platform::aborted(status)
}

/// True where somebody else ended the process by force (Unix: SIGKILL).
#[must_use]
pub fn killed(status: ExitStatus) -> bool {
    platform::killed(status)
}
