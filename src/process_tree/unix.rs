//! Process trees on Unix: process groups, `wait4`, and on Linux the subreaper and the parent-death signal.

use std::collections::HashSet;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::affinity;
use super::reaped::Reaped;

#[derive(Debug)]
pub(super) struct Group {
    leader: libc::pid_t,
    /// `None` once all are gone.
    id: Option<libc::pid_t>,
    killed: bool,
}

impl Group {
    /// Returns false once the group was killed: the leader's id may then belong to another process.
    pub(super) const fn is_alive(&self) -> bool {
        self.id.is_some() && !self.killed
    }

    /// Kills the group, once only: afterwards another process may have its id.
    pub(super) fn kill(&mut self) {
        if let Some(group) = self.id.filter(|_| !self.killed) {
            self.killed = true;
            // SAFETY: plain system call. The group id is that of a child that leads its own group; it can't be
            // reused while members are left, and without members the call fails, which is what we want.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
    }

    /// Waits until no process of the group exists, once the leader was reaped. Reaps those that this process has adopted.
    pub(super) fn wait_until_gone(&mut self, within: Duration) {
        let Some(group) = self.id.take() else { return };
        let deadline = Instant::now() + within;
        loop {
            // SAFETY: a null pointer is allowed where the status is not wanted. Of the group only the leader was a child
            // that others wait for, and it was reaped before.
            while unsafe { libc::waitpid(-group, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
            // SAFETY: plain system call; signal 0 only asks whether there is a process.
            if unsafe { libc::kill(-group, 0) } != 0 || Instant::now() >= deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        leaders().forget(self.leader);
    }
}

/// Leaders of the live trees of this process. While there is one, orphans of the trees become children of this process
/// (Linux), which reaps those that it has killed: the system's first process may take seconds to do so, or not do it at
/// all in a container.
#[derive(Debug, Default)]
struct Leaders {
    ids: Vec<libc::pid_t>,
    /// True if this process adopts orphans for the trees only.
    adopts: bool,
}

static LEADERS: Mutex<Leaders> = Mutex::new(Leaders { ids: Vec::new(), adopts: false });

fn leaders() -> MutexGuard<'static, Leaders> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Leaders {
    fn adopt(&mut self) {
        if !self.adopts && !adopts_orphans() {
            self.adopts = true;
            set_adopts_orphans(true);
        }
    }

    fn forget(&mut self, id: libc::pid_t) {
        self.ids.retain(|leader| *leader != id);
        self.end_adoption();
    }

    fn end_adoption(&mut self) {
        if self.ids.is_empty() && std::mem::take(&mut self.adopts) {
            set_adopts_orphans(false);
        }
    }
}

/// Reaps killed processes that this process has adopted (Linux); the leaders of its trees are left to their owners.
#[cfg(target_os = "linux")]
pub(super) fn reap_adopted(killed: &[libc::pid_t], within: Duration) {
    let deadline = Instant::now() + within;
    let leaders = leaders().ids.clone();
    let mut left: Vec<libc::pid_t> = killed.iter().copied().filter(|id| !leaders.contains(id)).collect();
    loop {
        // SAFETY: a null pointer is allowed where the status is not wanted. Fails for processes that are not children.
        left.retain(|id| unsafe { libc::waitpid(*id, std::ptr::null_mut(), libc::WNOHANG) } == 0);
        if left.is_empty() || Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(super) fn spawn_leader(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<(Child, Group)> {
    let mut leaders = leaders();
    leaders.adopt();
    let child = spawn_on(command.process_group(0), cpus).inspect_err(|_| leaders.end_adoption())?;
    let leader = child.id() as libc::pid_t;
    leaders.ids.push(leader);
    Ok((child, Group { leader, id: Some(leader), killed: false }))
}

pub(super) fn spawn_on(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<Child> {
    match cpus {
        None => command.spawn(),
        Some(cpus) => affinity::spawn_on(command, cpus),
    }
}

pub(super) fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    child.wait()
}

/// Signal handler that does nothing. Unlike "ignore", it is not inherited by child processes.
extern "C" fn do_nothing(_signal: libc::c_int) {}

pub(super) fn reset_signals() {
    // SAFETY: an all-zero `sigaction` is a valid value of that plain C struct, with an empty mask; the handler
    // does nothing and so may interrupt anything; both structs are valid in-pointers for the calls.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(libc::SIGCHLD, &raw const action, std::ptr::null_mut());
        action.sa_sigaction = do_nothing as extern "C" fn(libc::c_int) as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGXFSZ, &raw const action, std::ptr::null_mut());
    }
}

pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| code == libc::EMFILE || code == libc::ENFILE)
}

pub(super) fn open_file_limit() -> Option<u64> {
    // SAFETY: the pointer is valid and exclusive for the call.
    limit(|limit| unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, limit) })
}

pub(super) fn file_size_limit() -> Option<u64> {
    // SAFETY: the pointer is valid and exclusive for the call.
    limit(|limit| unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, limit) })
}

fn limit(read: impl FnOnce(*mut libc::rlimit) -> libc::c_int) -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let known = read(&raw mut limit) == 0;
    (known && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

pub(super) fn end_own_tree() -> ! {
    // SAFETY: plain system calls without pointers.
    unsafe {
        if libc::getpgrp() == libc::getpid() {
            libc::kill(0, libc::SIGKILL);
        }
        // Not the leader of a group (started by hand): the group belongs to the caller and must stay alive.
        libc::_exit(1)
    }
}

pub(super) fn end_tree_of(leader: u32) {
    // SAFETY: plain system calls without pointers. The group is this process's own, so that it exists.
    unsafe {
        if u32::try_from(libc::getpgrp()) == Ok(leader) {
            libc::kill(0, libc::SIGKILL);
        }
    }
}

pub(super) fn reap_orphans(within: Duration) {
    let deadline = Instant::now() + within;
    loop {
        // SAFETY: a null pointer is allowed where the status is not wanted.
        let id = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
        if id < 0 {
            return;
        }
        if id == 0 {
            if Instant::now() >= deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

pub(super) fn adopt_orphans() {
    set_adopts_orphans(true);
}

fn set_adopts_orphans(adopts: bool) {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl with a constant option and an integer argument.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, libc::c_ulong::from(adopts));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = adopts;
}

/// Returns true if orphans become children of this process (Linux).
fn adopts_orphans() -> bool {
    let mut adopts: libc::c_int = 0;
    #[cfg(target_os = "linux")]
    // SAFETY: prctl with a constant option and a valid, exclusive out-pointer for the call.
    unsafe {
        libc::prctl(libc::PR_GET_CHILD_SUBREAPER, &raw mut adopts);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = &mut adopts;
    adopts != 0
}

pub(super) fn end_trees_with_this_process() {
    // The leader of each sees its stdin close.
}

pub(super) fn die_with_parent() {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl with a constant option and an integer argument; getppid has none.
    unsafe {
        let parent = libc::getppid();
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // The parent may have died before the request took effect.
        if libc::getppid() != parent {
            libc::_exit(1);
        }
    }
}

/// Open files that macOS allows where it refuses what it reports as the limit (`OPEN_MAX`).
const ALWAYS_ALLOWED_FILES: libc::rlim_t = 10_240;

pub(super) fn allow_many_open_files() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive out-pointer for the first call and a valid in-pointer for the second.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            let before = limit.rlim_cur;
            limit.rlim_cur = limit.rlim_max;
            // Versions of macOS refuse more than they say is allowed; the old limit then remains.
            if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) != 0 {
                limit.rlim_cur = limit.rlim_max.min(ALWAYS_ALLOWED_FILES).max(before);
                libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
            }
        }
    }
}

pub(super) fn make_room_for_files(count: u32) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive out-pointer; the descriptor that is closed was made one call before.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) != 0 {
            return;
        }
        let highest = libc::rlim_t::from(count).min(limit.rlim_cur.saturating_sub(1));
        let copy = libc::fcntl(0, libc::F_DUPFD_CLOEXEC, highest as libc::c_int);
        if copy >= 0 {
            libc::close(copy);
        }
    }
}

pub(super) fn make_named_pipe(path: &Path) -> io::Result<()> {
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: `path` is a valid string with a terminating zero that lives through the call.
    if unsafe { libc::mkfifo(path.as_ptr(), 0o600) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[derive(Debug, Default)]
pub(super) struct Children {
    live: HashSet<u32>,
}

/// Exit statuses of children that [`Children::reap_any`] reaped for other owners, whose handles can no longer wait.
static OTHERS_REAPED: Mutex<Vec<(u32, ExitStatus)>> = Mutex::new(Vec::new());

pub(super) fn reaped_by_others(id: u32) -> Option<ExitStatus> {
    let reaped = OTHERS_REAPED.lock().unwrap_or_else(PoisonError::into_inner);
    reaped.iter().rev().find(|(other, _)| *other == id).map(|(_, status)| *status)
}

impl Children {
    pub(super) fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        // The handle is dropped: dropping neither kills nor waits, and `wait4` below reaps.
        let child = command.spawn()?;
        self.live.insert(child.id());
        Ok(child.id())
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.reap(0)
    }

    pub(super) fn try_reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.reap(libc::WNOHANG)
    }

    fn reap(&mut self, options: libc::c_int) -> io::Result<Option<Reaped>> {
        if self.live.is_empty() {
            return Ok(None);
        }
        loop {
            let mut status = 0;
            // SAFETY: an all-zero `rusage` is a valid value of that plain C struct.
            let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
            // SAFETY: both are valid, exclusive out-pointers for the call.
            let id = unsafe { libc::wait4(-1, &raw mut status, options, &raw mut usage) };
            if id > 0 && !self.live.remove(&(id as u32)) {
                let ended = (id as u32, ExitStatus::from_raw(status));
                OTHERS_REAPED.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
                continue;
            }
            if id > 0 {
                let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
                return Ok(Some(Reaped {
                    id: id as u32,
                    status: ExitStatus::from_raw(status),
                    peak_memory_bytes: u64::try_from(usage.ru_maxrss).ok().map(|peak| peak * unit),
                }));
            }
            if id == 0 {
                return Ok(None);
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }
}

pub(super) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

pub(super) fn killed(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGKILL)
}

pub(super) fn aborted(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGABRT)
}

pub(super) const fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGABRT => "aborted",
        libc::SIGKILL => "killed",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGBUS => "bus error",
        libc::SIGTERM => "terminated",
        libc::SIGXCPU => "CPU time limit",
        libc::SIGXFSZ => "limit on the size of files",
        _ => return None,
    })
}
