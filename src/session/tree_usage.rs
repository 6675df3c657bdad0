//! CPU time of the running trial's processes, read from outside while they run (Linux only).

use std::fs;

/// Most processes that are read; a model with more of them at once is not measured.
const MOST_PROCESSES: usize = 512;
/// Number of threads above which the children of a process are not read: each thread has a separate list, and models
/// with so many threads start no processes.
const MOST_THREADS: u64 = 256;
/// Milliseconds per jiffy of `/proc/PID/stat`: 1/100 s on every architecture that the lab supports.
const MS_PER_JIFFY: u64 = 10;

/// Returns the CPU time of all descendants of this process, milliseconds: the runner of the trial and its tree. `None` if
/// the system doesn't report it, or if there are too many processes.
///
/// The resolution is 10 ms per process: enough for a plot over a quarter of a second, not for a figure.
#[must_use]
pub fn of_descendants_ms() -> Option<u64> {
    let mut waiting = children_of("self")?;
    let (mut jiffies, mut seen) = (0, 0);
    while let Some(process) = waiting.pop() {
        seen += 1;
        if seen > MOST_PROCESSES {
            return None;
        }
        // A process that has ended meanwhile is counted with its parent, which has waited for it.
        let Some(stat) = fs::read_to_string(format!("/proc/{process}/stat")).ok().as_deref().and_then(stat) else {
            continue;
        };
        jiffies += stat.jiffies;
        if stat.threads <= MOST_THREADS {
            waiting.extend(children_of(&process.to_string()).unwrap_or_default());
        }
    }
    Some(jiffies * MS_PER_JIFFY)
}

/// Returns the processes that any thread of a process has started.
fn children_of(process: &str) -> Option<Vec<u32>> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut all = Vec::new();
    let mut readable = false;
    for thread in threads.flatten() {
        if let Ok(children) = fs::read_to_string(thread.path().join("children")) {
            readable = true;
            all.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
    }
    readable.then_some(all)
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    /// CPU time of the process and of the children that it has waited for.
    jiffies: u64,
    threads: u64,
}

/// Parses `/proc/PID/stat`, whose second field is a name that may contain anything, also `)`.
fn stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // From field 3 on: utime, stime, cutime, cstime are 14 to 17, the number of threads is 20.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat { jiffies: field(14)? + field(15)? + field(16)? + field(17)?, threads: field(20)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_counted_behind_the_name() {
        let text = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 4 10 5 20 0 3 0 100 1000 200";
        assert_eq!(stat(text), Some(Stat { jiffies: 50, threads: 3 }));
        assert_eq!(stat("7 (short) S 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_that_computes_is_seen_while_it_runs() {
        let Some(before) = of_descendants_ms() else { return };
        let mut child = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("a shell");
        let begun = std::time::Instant::now();
        let mut after = before;
        while after < before + 50 && begun.elapsed().as_secs() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            after = of_descendants_ms().expect("it could be read before");
        }
        child.kill().and_then(|()| child.wait()).expect("it ends");
        assert!(after >= before + 50, "{before} {after}");
    }
}
