//! Process trees on Windows: job objects that end all their processes when the last handle closes. Not yet run.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::process::{Child, Command, ExitStatus};

use win32job::{ExtendedLimitInfo, Job};

use super::reaped::Reaped;

const ABORT: Option<i32> = Some(0xC000_0409_u32 as i32);
const KILL: Option<i32> = Some(1);

#[derive(Debug)]
pub(super) struct Group(Option<Job>);

impl Group {
    pub(super) const fn is_alive(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn kill(&mut self) {
        // Closing the last handle ends every process in the job.
        self.0 = None;
    }

    /// Does nothing: the system has no way to ask for the processes of a job that is closed.
    pub(super) fn wait_until_gone(&mut self, _within: std::time::Duration) {}
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

pub(super) fn spawn_leader(command: &mut Command, cpus: Option<&[u32]>) -> io::Result<(Child, Group)> {
    let job = job(cpus)?;
    let mut child = command.spawn()?;
    if let Err(error) = job.assign_process(child.as_raw_handle() as isize) {
        let _ = child.kill();
        return Err(io::Error::other(error));
    }
    Ok((child, Group(Some(job))))
}

pub(super) fn reset_signals() {}

pub(super) fn is_out_of_files(_error: &io::Error) -> bool {
    false
}

pub(super) fn open_file_limit() -> Option<u64> {
    None
}

pub(super) fn end_own_tree() -> ! {
    // The lab's job object ended with the lab, and this process's workers see their pipes close.
    std::process::exit(1)
}

pub(super) fn end_tree_of(_leader: u32) {
    // The job object ends the tree when the lab ends.
}

pub(super) fn reap_orphans(_within: std::time::Duration) {}

pub(super) fn adopt_orphans() {}

pub(super) fn die_with_parent() {}

pub(super) fn allow_many_open_files() {}

pub(super) fn make_room_for_files(_count: u32) {}

pub(super) fn make_named_pipe(_path: &std::path::Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no named pipes in folders"))
}

#[derive(Debug, Default)]
pub(super) struct Children(std::collections::VecDeque<Child>);

impl Children {
    pub(super) fn spawn(&mut self, command: &mut Command) -> io::Result<u32> {
        let child = command.spawn()?;
        let id = child.id();
        self.0.push_back(child);
        Ok(id)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn reap_any(&mut self) -> io::Result<Option<Reaped>> {
        let Some(mut child) = self.0.pop_front() else { return Ok(None) };
        let status = child.wait()?;
        Ok(Some(Reaped { id: child.id(), status, peak_memory_bytes: None }))
    }

    pub(super) fn try_reap_any(&mut self) -> io::Result<Option<Reaped>> {
        for index in 0..self.0.len() {
            if let Some(status) = self.0[index].try_wait()? {
                let id = self.0.remove(index).map(|child| child.id());
                return Ok(id.map(|id| Reaped { id, status, peak_memory_bytes: None }));
            }
        }
        Ok(None)
    }
}

pub(super) fn reaped_by_others(_id: u32) -> Option<ExitStatus> {
    None
}

pub(super) const fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

pub(super) fn killed(status: ExitStatus) -> bool {
    status.code() == KILL
}

pub(super) fn aborted(status: ExitStatus) -> bool {
    status.code() == ABORT
}

pub(super) const fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}
