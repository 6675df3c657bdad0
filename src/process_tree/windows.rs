//! Process trees on Windows: job objects that end all their processes when the last handle closes, and waits for many
//! children by the system's thread pool. Run under Wine only.

use std::collections::HashMap;
use std::ffi::c_void;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::os::windows::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use win32job::{ExtendedLimitInfo, Job};
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::JobObjects::{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JobObjectBasicAccountingInformation, QueryInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEONLYONCE,
};
use windows_sys::core::BOOL;

use super::accounting;
use super::console_event::ConsoleEvent;
use super::reaped::Reaped;

/// Exit code of a process that called `abort` (`STATUS_STACK_BUFFER_OVERRUN`, the code of a fast fail).
const ABORT: Option<i32> = Some(0xC000_0409_u32 as i32);
/// Exit code of what the lab kills.
const KILLED: u32 = 1;
/// Time that the system leaves a program whose console closes, before it ends it.
const CONSOLE_CLOSES_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Group {
    job: Option<Job>,
    killed: bool,
}

impl Group {
    pub(super) const fn is_alive(&self) -> bool {
        self.job.is_some() && !self.killed
    }

    pub(super) fn kill(&mut self) {
        let Some(job) = self.job.as_ref().filter(|_| !self.killed) else { return };
        self.killed = true;
        // SAFETY: the handle is that of a job which lives.
        unsafe { TerminateJobObject(job.handle() as HANDLE, KILLED) };
    }

    /// Waits until no process of the job runs: until then its files are open and can't be removed.
    pub(super) fn wait_until_gone(&mut self, within: Duration) {
        // Dropping the job ends what a refused call has left.
        let Some(job) = self.job.take() else { return };
        let deadline = Instant::now() + within;
        while active_processes(&job).is_some_and(|active| active > 0) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Returns the number of processes of a job that have not ended.
fn active_processes(job: &Job) -> Option<u32> {
    let mut counts = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
    // SAFETY: the handle is that of a job which lives, `counts` is an exclusive out-pointer of the size given, and the
    // length that is returned may be null.
    let known = unsafe {
        QueryInformationJobObject(
            job.handle() as HANDLE,
            JobObjectBasicAccountingInformation,
            (&raw mut counts).cast(),
            size_of_val(&counts) as u32,
            std::ptr::null_mut(),
        )
    };
    (known != 0).then_some(counts.ActiveProcesses)
}

fn job(cpus: Option<&[u32]>) -> io::Result<Job> {
    let mut limits = ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    if let Some(cpus) = cpus {
        let bit = |cpu: &u32| 1_usize.checked_shl(*cpu).unwrap_or(0);
        limits.limit_affinity(cpus.iter().map(bit).fold(0, std::ops::BitOr::bitor));
    }
    Job::create_with_limit_info(&limits).map_err(io::Error::other)
}

pub(super) fn spawn_on(command: &mut Command, _cpus: Option<&[u32]>) -> io::Result<Child> {
    command.spawn()
}

/// The job of a process that ends its trees with itself: all that it starts while the job holds its children.
static OWN_JOB: OnceLock<Mutex<Job>> = OnceLock::new();

/// Limits of [`OWN_JOB`]: children are in it or not. Those that are not may outlive this process, such as a browser.
fn own_limits(holds_children: bool) -> ExtendedLimitInfo {
    let mut limits = ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    if !holds_children {
        limits.limit_silent_breakaway_ok();
    }
    limits
}

pub(super) fn end_trees_with_this_process() {
    let Ok(job) = Job::create_with_limit_info(&own_limits(false)) else { return };
    // The static is never dropped: closing the only handle would end this process. The system closes it at its end.
    if job.assign_current_process().is_ok()
        && let Err(second) = OWN_JOB.set(Mutex::new(job))
    {
        std::mem::forget(second);
    }
}

/// Starts a process that is in [`OWN_JOB`], if there is one, from its first moment: a process that is killed while it starts
/// another leaves it suspended, and not yet in the job of its tree.
fn spawn_in_own_job(command: &mut Command) -> io::Result<Child> {
    let Some(job) = OWN_JOB.get() else { return command.spawn() };
    let job = job.lock().unwrap_or_else(PoisonError::into_inner);
    // Without the change it is as safe as without the job.
    let _ = job.set_extended_limit_info(&own_limits(true));
    let child = command.spawn();
    let _ = job.set_extended_limit_info(&own_limits(false));
    child
}

pub(super) fn spawn_leader(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<(Child, Group)> {
    let job = job(cpus)?;
    // Ctrl+C in the console is for the lab, which ends its trees itself.
    let mut child = spawn_in_own_job(command.creation_flags(CREATE_NEW_PROCESS_GROUP))?;
    if let Err(error) = job.assign_process(child.as_raw_handle() as isize) {
        let _ = child.kill();
        return Err(io::Error::other(error));
    }
    Ok((child, Group { job: Some(job), killed: false }))
}

pub(super) fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let status = child.wait()?;
    accounting::count(accounting::cpu_times_of(child.as_raw_handle()));
    Ok(status)
}

pub(super) fn reset_signals() {}

pub(super) fn is_out_of_files(_error: &io::Error) -> bool {
    false
}

pub(super) fn open_file_limit() -> Option<u64> {
    None
}

pub(super) fn file_size_limit() -> Option<u64> {
    None
}

pub(super) fn end_own_tree() -> ! {
    // The lab's job object ended with the lab, and this process's workers see their pipes close.
    std::process::exit(1)
}

pub(super) fn end_tree_of(_leader: u32) {
    // The job object ends the tree when the lab ends.
}

pub(super) fn reap_orphans(_within: Duration) {}

pub(super) fn adopt_orphans() {}

pub(super) fn die_with_parent() {}

pub(super) fn allow_many_open_files() {}

pub(super) fn make_room_for_files(_count: u32) {}

pub(super) fn make_named_pipe(_path: &std::path::Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no named pipes in folders"))
}

/// A registration for the end of a process, which the system's thread pool watches: a call that waits takes at most 64
/// processes.
#[derive(Debug)]
struct Wait(HANDLE);

// SAFETY: any thread may unregister a wait, and a handle is only a number.
unsafe impl Send for Wait {}

/// Message that a registration sends when its process ends.
struct Ends {
    process: u32,
    ended: Sender<u32>,
}

/// Called once by the thread pool, when the process has ended.
unsafe extern "system" fn process_ended(context: *mut c_void, _timed_out: bool) {
    // SAFETY: `context` is the box that `Wait::register` has given away for this one call.
    let ends = unsafe { Box::from_raw(context.cast::<Ends>()) };
    // Fails if nobody waits for the children any more.
    let _ = ends.ended.send(ends.process);
}

impl Wait {
    fn register(child: &Child, ended: Sender<u32>) -> io::Result<Self> {
        let context = Box::into_raw(Box::new(Ends { process: child.id(), ended }));
        let mut wait: HANDLE = std::ptr::null_mut();
        // SAFETY: `wait` is an exclusive out-pointer; the process's handle is open until the registration is dropped,
        // for `Children` drops it first; the callback takes the box, and is called once.
        let registered = unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                child.as_raw_handle(),
                Some(process_ended),
                context.cast::<c_void>(),
                INFINITE,
                WT_EXECUTEONLYONCE,
            )
        };
        if registered == 0 {
            let error = io::Error::last_os_error();
            // SAFETY: nothing was registered, so that the box is still this function's.
            drop(unsafe { Box::from_raw(context) });
            return Err(error);
        }
        Ok(Self(wait))
    }
}

impl Drop for Wait {
    /// Returns when no call of the callback runs. If there was none, its box is leaked: a few bytes of a process that a
    /// runner gives up with, which ends then.
    fn drop(&mut self) {
        // SAFETY: the wait is registered, and is not unregistered elsewhere.
        unsafe { UnregisterWaitEx(self.0, INVALID_HANDLE_VALUE) };
    }
}

/// A child and its registration, which is dropped before the handle of the process.
#[derive(Debug)]
struct Live {
    _wait: Wait,
    child: Child,
}

#[derive(Debug)]
pub(super) struct Children {
    live: HashMap<u32, Live>,
    ended: Receiver<u32>,
    send: Sender<u32>,
}

impl Default for Children {
    fn default() -> Self {
        let (send, ended) = unbounded();
        Self { live: HashMap::new(), ended, send }
    }
}

impl Children {
    pub(super) fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        let mut child = command.spawn()?;
        let wait = Wait::register(&child, self.send.clone()).inspect_err(|_| {
            // It may have ended already.
            let _ = child.kill();
        })?;
        let id = child.id();
        self.live.insert(id, Live { _wait: wait, child });
        Ok(id)
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn reap_any(&mut self) -> io::Result<Option<Reaped>> {
        if self.live.is_empty() {
            return Ok(None);
        }
        // This end has a sender, too: the channel stays open.
        self.ended.recv().map_or(Ok(None), |id| self.reap(id))
    }

    pub(super) fn try_reap_any(&mut self) -> io::Result<Option<Reaped>> {
        self.ended.try_recv().map_or(Ok(None), |id| self.reap(id))
    }

    fn reap(&mut self, id: u32) -> io::Result<Option<Reaped>> {
        let Some(mut live) = self.live.remove(&id) else { return Ok(None) };
        let status = wait(&mut live.child)?;
        let peak_memory_bytes = accounting::peak_memory_of(live.child.as_raw_handle());
        Ok(Some(Reaped { id, status, peak_memory_bytes }))
    }
}

pub(super) fn reaped_by_others(_id: u32) -> Option<ExitStatus> {
    None
}

/// Receives the events of the console.
static EVENTS: OnceLock<Sender<ConsoleEvent>> = OnceLock::new();

/// Called by the system on a thread of its own.
unsafe extern "system" fn console_event(event: u32) -> BOOL {
    let (event, closes) = match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => (ConsoleEvent::Interrupt, false),
        CTRL_CLOSE_EVENT => (ConsoleEvent::Close, true),
        CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => (ConsoleEvent::Shutdown, true),
        _ => return 0,
    };
    let Some(events) = EVENTS.get() else { return 0 };
    if events.send(event).is_err() {
        return 0;
    }
    if closes {
        // The system ends the program when this returns.
        thread::sleep(CONSOLE_CLOSES_WITHIN);
    }
    1
}

pub(super) fn console_events() -> io::Result<Receiver<ConsoleEvent>> {
    let (send, events) = unbounded();
    EVENTS.set(send).map_err(|_| io::Error::from(io::ErrorKind::AlreadyExists))?;
    // SAFETY: the handler may be called at any time on any thread, and only uses a channel.
    if unsafe { SetConsoleCtrlHandler(Some(console_event), 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(events)
}

pub(super) const fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// Returns false: the code of a process that was killed is chosen by its killer, mostly 1, which programs return, too.
pub(super) const fn killed(_status: ExitStatus) -> bool {
    false
}

pub(super) fn aborted(status: ExitStatus) -> bool {
    status.code() == ABORT
}

pub(super) const fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    /// A command of the shell; its stdin stays open.
    fn shell(line: &str) -> Command {
        let mut command = Command::new("cmd");
        command.args(["/C", line]).stdin(Stdio::piped()).stdout(Stdio::null());
        command
    }

    /// A command that ends at once.
    fn ends() -> Command {
        shell("exit 0")
    }

    /// A command that waits for a key that nobody presses.
    fn waits() -> Command {
        shell("pause")
    }

    #[test]
    fn children_are_reaped_in_the_order_in_which_they_end() {
        let mut children = Children::default();
        let last = children.spawn(&mut waits()).expect("started");
        let first = children.spawn(&mut ends()).expect("started");
        let reaped = children.reap_any().expect("waited").expect("one ended");
        assert_eq!((reaped.id, reaped.status.success(), children.len()), (first, true, 1));
        assert!(reaped.peak_memory_bytes.is_some_and(|peak| peak > 100_000), "{reaped:?}");
        assert!(children.try_reap_any().expect("waited").is_none(), "the other one sleeps");
        children.live.get_mut(&last).expect("alive").child.kill().expect("killed");
        let reaped = children.reap_any().expect("waited").expect("the other one");
        assert_eq!((reaped.id, killed(reaped.status)), (last, false));
        assert!(children.reap_any().expect("waited").is_none());
    }

    #[test]
    fn more_children_than_one_call_waits_for_are_reaped() {
        let mut children = Children::default();
        for _ in 0..70 {
            children.spawn(&mut ends()).expect("started");
        }
        let mut reaped = 0;
        while children.reap_any().expect("waited").is_some() {
            reaped += 1;
        }
        assert_eq!(reaped, 70);
    }

    #[test]
    fn a_killed_tree_has_no_process_left() {
        let (mut child, mut group) = spawn_leader(&mut waits(), None).expect("started");
        assert_eq!(active_processes(group.job.as_ref().expect("alive")), Some(1));
        group.kill();
        child.wait().expect("ended");
        let job = job(None).expect("made");
        assert_eq!(active_processes(&job), Some(0));
        group.wait_until_gone(Duration::from_secs(10));
        assert!(!group.is_alive());
    }
}
