//! CPU affinity of a new process: a child inherits that of the thread that spawns it (Linux).

use std::io;
use std::process::{Child, Command};

/// Spawns a child on these CPUs. The calling thread is limited to them for the duration of the spawn.
#[cfg(target_os = "linux")]
pub(super) fn spawn_on(command: &mut Command, cpus: &[u32]) -> io::Result<Child> {
    let before = Mask::of_this_thread()?;
    Mask::of(cpus).apply()?;
    let child = command.spawn();
    match before.apply() {
        Ok(()) => child,
        // This thread would stay on the CPUs of the child.
        Err(error) => {
            if let Ok(mut child) = child {
                // It may have ended already.
                let _ = child.kill().and_then(|()| child.wait());
            }
            Err(error)
        }
    }
}

/// Refuses: the system has no CPU affinity.
#[cfg(not(target_os = "linux"))]
pub(super) fn spawn_on(_command: &mut Command, _cpus: &[u32]) -> io::Result<Child> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system can't limit a process to certain CPUs"))
}

/// A set of CPUs as the kernel takes it: a bit for each, with room for the most that it supports.
#[cfg(target_os = "linux")]
struct Mask([libc::c_ulong; Mask::WORDS]);

#[cfg(target_os = "linux")]
impl Mask {
    const BITS: usize = libc::c_ulong::BITS as usize;
    const WORDS: usize = (crate::cpus::HIGHEST_CPU as usize + 1) / Self::BITS;

    fn of(cpus: &[u32]) -> Self {
        let mut words = [0; Self::WORDS];
        for cpu in cpus.iter().map(|cpu| *cpu as usize) {
            if let Some(word) = words.get_mut(cpu / Self::BITS) {
                *word |= 1 << (cpu % Self::BITS);
            }
        }
        Self(words)
    }

    fn of_this_thread() -> io::Result<Self> {
        let mut mask = Self([0; Self::WORDS]);
        // SAFETY: the pointer is valid and exclusive for as many bytes as the call is told.
        let failed = unsafe { libc::sched_getaffinity(0, size_of_val(&mask.0), mask.0.as_mut_ptr().cast()) } < 0;
        if failed { Err(io::Error::last_os_error()) } else { Ok(mask) }
    }

    fn apply(&self) -> io::Result<()> {
        // SAFETY: the pointer is valid for as many bytes as the call is told.
        let failed = unsafe { libc::sched_setaffinity(0, size_of_val(&self.0), self.0.as_ptr().cast()) } < 0;
        if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::cpus;

    #[test]
    fn a_child_has_its_cpus_and_this_thread_keeps_its_own() {
        let before = Mask::of_this_thread().expect("known").0;
        let last = cpus::allowed().expect("Linux reports them").cpus().last().copied().expect("at least one");
        let mut grep = Command::new("grep");
        grep.args(["Cpus_allowed_list", "/proc/self/status"]).stdout(Stdio::piped());
        let output = spawn_on(&mut grep, &[last]).expect("grep").wait_with_output().expect("ended");
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(text.split_once(':').map(|(_, list)| list.trim()), Some(last.to_string().as_str()));
        assert_eq!(Mask::of_this_thread().expect("known").0, before);
        assert!(spawn_on(&mut Command::new("true"), &[cpus::HIGHEST_CPU]).is_err());
        assert_eq!(Mask::of_this_thread().expect("known").0, before);
    }
}
