//! CPU time of the processes of the trial under way, read from outside while they run (Linux); elsewhere
//! not measured.

use std::fs;

/// Processes that are looked at; a model that has more at once is not followed.
const MOST_PROCESSES: usize = 512;
/// A process of more threads than this is taken to have no children: each thread has a list of its own, and
/// models with so many threads start no processes.
const MOST_THREADS: u64 = 256;
/// Milliseconds per tick of `/proc/PID/stat`: 1/100 s on every architecture that the lab supports.
const MS_PER_TICK: u64 = 10;

/// CPU time of all processes that this one has started and what those have started, milliseconds: the runner
/// of the trial and its tree. `None` where the system does not say, or where there are too many.
///
/// It counts in ticks of 10 ms for each process: good for a picture over a quarter of a second, not for a figure.
#[must_use]
pub fn of_descendants_ms() -> Option<u64> {
    let mut waiting = children_of("self")?;
    let (mut ticks, mut seen) = (0, 0);
    while let Some(process) = waiting.pop() {
        seen += 1;
        if seen > MOST_PROCESSES {
            return None;
        }
        // One that has ended meanwhile is counted with its parent, which has waited for it.
        let Some(stat) = fs::read_to_string(format!("/proc/{process}/stat")).ok().as_deref().and_then(stat) else {
            continue;
        };
        ticks += stat.ticks;
        if stat.threads <= MOST_THREADS {
            waiting.extend(children_of(&process.to_string()).unwrap_or_default());
        }
    }
    Some(ticks * MS_PER_TICK)
}

/// Processes that any thread of a process has started.
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
    /// Of the process and of the children that it has waited for.
    ticks: u64,
    threads: u64,
}

/// Reads `/proc/PID/stat`, whose second field is a name that may hold anything, `)` too.
fn stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // From field 3 on: utime, stime, cutime, cstime are 14 to 17, the number of threads is 20.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat { ticks: field(14)? + field(15)? + field(16)? + field(17)?, threads: field(20)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_counted_behind_the_name() {
        let text = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 4 10 5 20 0 3 0 100 1000 200";
        assert_eq!(stat(text), Some(Stat { ticks: 50, threads: 3 }));
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
