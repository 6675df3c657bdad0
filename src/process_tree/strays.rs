//! Descendants that left their process group (Linux): daemons that called `setsid` survive a signal to the group, so
//! they are found by their ancestry or by an environment variable. Does nothing on other systems.

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::fs;
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

/// Processes that were killed outside their group.
#[must_use]
#[derive(Debug, Default)]
pub(super) struct Killed(#[cfg(target_os = "linux")] Vec<libc::pid_t>);

#[cfg(target_os = "linux")]
impl Killed {
    /// Returns their ids.
    pub(super) fn ids(&self) -> &[libc::pid_t] {
        &self.0
    }
}

/// Kills all descendants of `leader` that are outside its process group. The leader must be alive: its children get
/// another parent when it ends.
pub(super) fn end_strays(leader: u32) -> Killed {
    #[cfg(target_os = "linux")]
    {
        let mut killed = Killed::default();
        // A process may start another between being found and being killed: repeat until none is left.
        for _ in 0..16 {
            let strays: Vec<libc::pid_t> = descendants(leader as libc::pid_t)
                .into_iter()
                .filter(|id| group_of(*id) != leader as libc::pid_t)
                .collect();
            if strays.is_empty() {
                break;
            }
            strays.iter().copied().for_each(kill);
            killed.0.extend(strays);
        }
        killed
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = leader;
        Killed::default()
    }
}

/// Counts the descendants of this process that are still running after a moment, but for helpers of Python's own; `None` if
/// the system does not list them.
#[cfg(target_os = "linux")]
pub(super) fn left_behind() -> Option<u32> {
    let gives_up = Instant::now() + END_BY_THEMSELVES;
    loop {
        let own = std::process::id() as libc::pid_t;
        let left = descendants(own).into_iter().filter(|id| is_running(*id) && !is_helper(*id)).count();
        if left == 0 || Instant::now() >= gives_up {
            return u32::try_from(left).ok();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns `None`: this system lists no descendants.
#[cfg(not(target_os = "linux"))]
pub(super) const fn left_behind() -> Option<u32> {
    None
}

/// Returns true for a process that has not ended, whether or not it was waited for.
#[cfg(target_os = "linux")]
fn is_running(id: libc::pid_t) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, fields)| fields.trim_start().chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Returns true for a process that Python's `multiprocessing` or joblib's loky keeps beside others until these have ended.
#[cfg(target_os = "linux")]
fn is_helper(id: libc::pid_t) -> bool {
    let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command);
    ["resource_tracker", "multiprocessing.forkserver"].iter().any(|name| command.contains(name))
}

/// Kills all other processes whose environment has this variable with this value.
pub(super) fn end_marked(name: &str, value: &OsStr) -> Killed {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let mut mark = name.as_bytes().to_vec();
        mark.push(b'=');
        mark.extend(value.as_bytes());
        let gives_up = Instant::now() + LOOKS_FOR;
        let mut killed: Vec<libc::pid_t> = Vec::new();
        // A process can escape one look while it changes its program, but not several in a row.
        let mut clean_looks = 0;
        while clean_looks < 3 && Instant::now() < gives_up {
            let mut hidden = false;
            let marked: Vec<libc::pid_t> = processes()
                .filter(|id| *id as u32 != std::process::id() && !killed.contains(id))
                .filter(|id| {
                    // Fails for processes of other users.
                    let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
                    let is_marked = environment.split(|byte| *byte == 0).any(|entry| entry == mark);
                    hidden |= !is_marked && changed_its_program(*id, environment.len());
                    is_marked
                })
                .collect();
            clean_looks = if marked.is_empty() && !hidden { clean_looks + 1 } else { 0 };
            if marked.is_empty() {
                std::thread::sleep(Duration::from_millis(1));
            }
            marked.iter().copied().for_each(kill);
            killed.extend(marked);
        }
        Killed(killed)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (name, value);
        Killed::default()
    }
}

/// Time within which processes that are about to end do so.
#[cfg(target_os = "linux")]
const END_BY_THEMSELVES: Duration = Duration::from_millis(100);
/// Longest time that is spent on looking for processes.
#[cfg(target_os = "linux")]
const LOOKS_FOR: Duration = Duration::from_secs(2);

/// Returns true for a process of this user of whose environment other than these bytes were to be read: it changed its
/// program meanwhile. In the middle of `execve` new memory has no environment yet, and reading the old one ends early.
/// Kernel threads and processes that have ended have no program.
#[cfg(target_os = "linux")]
fn changed_its_program(id: libc::pid_t, read: usize) -> bool {
    let range = || {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Fields 50 and 51: start and end. The name before field 3 may contain anything, also brackets.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(47);
        Some((fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?))
    };
    let differs = |(start, end): (u64, u64)| end == 0 || end.saturating_sub(start) != read as u64;
    fs::read_link(format!("/proc/{id}/exe")).is_ok() && range().is_some_and(differs)
}

#[cfg(target_os = "linux")]
fn processes() -> impl Iterator<Item = libc::pid_t> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(target_os = "linux")]
fn descendants(of: libc::pid_t) -> Vec<libc::pid_t> {
    let mut found = children(of);
    let mut next = 0;
    while let Some(one) = found.get(next).copied() {
        next += 1;
        for child in children(one) {
            // An id that was reused meanwhile must not cause an endless loop.
            if child != of && !found.contains(&child) {
                found.push(child);
            }
        }
    }
    found
}

/// Returns the children of all threads of a process. Without such lists in the kernel, compares the parent of each
/// process.
#[cfg(target_os = "linux")]
fn children(of: libc::pid_t) -> Vec<libc::pid_t> {
    let threads = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists: Vec<String> =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect();
    if !lists.is_empty() || fs::metadata("/proc/thread-self/children").is_ok() {
        return lists.iter().flat_map(|list| list.split_whitespace()).filter_map(|id| id.parse().ok()).collect();
    }
    processes().filter(|id| parent(*id) == Some(of)).collect()
}

/// Returns field 4 of `/proc/PID/stat`; the name before it may contain anything, also brackets.
#[cfg(target_os = "linux")]
fn parent(of: libc::pid_t) -> Option<libc::pid_t> {
    let stat = fs::read_to_string(format!("/proc/{of}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(target_os = "linux")]
fn group_of(id: libc::pid_t) -> libc::pid_t {
    // SAFETY: plain system call without pointers; -1 where the process is gone.
    unsafe { libc::getpgid(id) }
}

#[cfg(target_os = "linux")]
fn kill(id: libc::pid_t) {
    if id > 1 {
        // SAFETY: plain system call without pointers. The id was read from the kernel just now.
        unsafe { libc::kill(id, libc::SIGKILL) };
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::process_tree::{Tree, reap};

    fn is_gone(id: libc::pid_t) -> bool {
        let begun = Instant::now();
        let alive = || fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|command| !command.is_empty());
        while alive() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        !alive()
    }

    /// Starts a shell that starts a process in a new session and prints its id.
    fn with_daemon(variable: &str) -> (Tree, libc::pid_t) {
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 1000 & echo $!; exec sleep 1000"]).stdout(Stdio::piped());
        command.env("LAB_STRAY_TEST", variable);
        let mut tree = Tree::spawn(&mut command).expect("sh");
        let mut line = String::new();
        BufReader::new(tree.leader().stdout.take().expect("piped")).read_line(&mut line).expect("text");
        let daemon = line.trim().parse().expect("an id");
        let begun = Instant::now();
        while group_of(daemon) == tree.id() as libc::pid_t && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(1));
        }
        (tree, daemon)
    }

    #[test]
    fn a_daemon_ends_with_the_tree_that_started_it() {
        let (mut tree, daemon) = with_daemon("ancestry");
        assert_ne!(group_of(daemon), tree.id() as libc::pid_t, "it has a group of its own");
        tree.kill().expect("ended");
        assert!(is_gone(daemon));
    }

    #[test]
    fn a_daemon_is_found_by_its_mark() {
        let value = format!("mark-{}", std::process::id());
        let (_tree, daemon) = with_daemon(&value);
        reap(&end_marked("LAB_STRAY_TEST", OsStr::new("another")));
        assert!(fs::metadata(format!("/proc/{daemon}")).is_ok(), "another mark");
        reap(&end_marked("LAB_STRAY_TEST", OsStr::new(&value)));
        assert!(is_gone(daemon));
    }

    #[test]
    fn a_daemon_is_found_while_it_changes_its_program() {
        let value = format!("changing-{}", std::process::id());
        let marked = || {
            let mark = format!("LAB_STRAY_TEST={value}");
            let has = |id: &libc::pid_t| {
                let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
                environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
            };
            processes().filter(has).count()
        };
        for _ in 0..60 {
            // The shell ends at once; what it started becomes `setsid`, then `sleep`.
            let mut command = Command::new("sh");
            command.args(["-c", "setsid sleep 1000 >/dev/null 2>&1 &"]).env("LAB_STRAY_TEST", &value);
            assert!(command.status().expect("sh").success());
            reap(&end_marked("LAB_STRAY_TEST", OsStr::new(&value)));
            // On a busy machine a killed process takes its time to end; one that was not found sleeps on.
            let gives_up = Instant::now() + Duration::from_secs(10);
            while marked() > 0 {
                assert!(Instant::now() < gives_up, "a process was not found");
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    #[test]
    fn orphans_of_a_tree_are_reaped_by_this_process() {
        // A leader that ends by itself, one that is killed, and a daemon: their children have no parent that reaps them.
        for ended in [true, false] {
            let mut command = Command::new("sh");
            let end = if ended { "" } else { "exec sleep 1000" };
            let script = format!("sleep 1000 & echo $!; sh -c 'setsid sleep 1000 & echo $!; exec sleep 1000' & {end}");
            command.args(["-c", &script]).stdout(Stdio::piped());
            let mut tree = Tree::spawn(&mut command).expect("sh");
            let mut lines = BufReader::new(tree.leader().stdout.take().expect("piped")).lines();
            let ids: Vec<libc::pid_t> =
                (0..2).map(|_| lines.next().expect("a line").expect("text").parse().expect("an id")).collect();
            if ended {
                tree.wait_within(Duration::from_secs(10)).expect("waited");
                // The leader had gone before its descendants could be found.
                ids.iter().copied().for_each(kill);
                reap(&Killed(ids.clone()));
            } else {
                tree.kill().expect("ended");
            }
            for id in ids {
                assert!(fs::metadata(format!("/proc/{id}")).is_err(), "ended: {ended}, no zombie either");
            }
        }
    }

    #[test]
    fn a_tree_that_was_killed_has_no_process_left() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "for i in $(seq 200); do sleep 1000 & done; echo up; exec sleep 1000"])
            .stdout(Stdio::piped());
        let mut tree = Tree::spawn(&mut command).expect("sh");
        let group = tree.id() as libc::pid_t;
        let mut line = String::new();
        BufReader::new(tree.leader().stdout.take().expect("piped")).read_line(&mut line).expect("text");
        assert!(processes().filter(|id| group_of(*id) == group).count() > 200);
        tree.kill().expect("ended");
        // Without waiting: what still exists counts against the limit on processes.
        assert_eq!(processes().filter(|id| group_of(*id) == group).count(), 0);
    }
}
