//! The measuring method in full, as the help states it. Plain text in sections.

/// A heading and its paragraphs.
pub struct Section {
    /// What it is about.
    pub heading: &'static str,
    /// In whole sentences.
    pub paragraphs: &'static [&'static str],
}

/// The method.
pub const METHOD: &[Section] = &[
    Section {
        heading: "The same work for every model",
        paragraphs: &[
            "A compute step is a fixed number of iterations of a dependent chain of instructions, not a time: before each run the lab measures, on one core and as the median of CPU time, how long one iteration takes, and divides. While that agrees within 1 % (3 % for an interpreter) with what an earlier run found, the earlier figure stays in force, so that the same work is the same number of iterations. A model that makes tasks compete for cores therefore takes longer, and that is the result.",
            "A wait step is a sleep in a thread and a timer in an event loop. Durations that differ between tasks are drawn once, from the seed, before any model runs; every model gets the identical list.",
            "Each task returns a checksum of what it computed. The sum over all tasks must be equal for all models of a host, or the trial has failed.",
        ],
    },
    Section {
        heading: "Requests, files and memory",
        paragraphs: &[
            "An HTTP step fetches a body from a server that the lab starts for the trial: a process of its own, on 127.0.0.1 only, that answers requests which carry the token of this trial and no others. It waits for the latency asked for, then sends the body. Connections are kept and used again, as programs do; only a process per task opens its own. The server's CPU time is accounted apart, never to the model. It has one thread: where that is busy for most of the time, the server is what was measured, and the details of a row tell its share.",
            "A file step writes a file in a private temporary folder, asks the system to bring it to the storage where the step says so (fsync), and reads it back; event loops use the file functions of tokio. Whether the storage had to do with it is judged by what the system counts: bytes fetched from it, and bytes that are on their way to it or have got there. Where no byte was fetched from a disk's file system, all reads came from the page cache. The file system is named with the result.",
            "A memory step reads, and only reads, through a buffer that is four times as large as the last-level cache (as far as the memory allows, and never less than twice; where the system does not say how large the cache is, 64 MiB are assumed), so that no cache holds it. The rate is all bytes read divided by the wall time.",
        ],
    },
    Section {
        heading: "Locks and shared counters",
        paragraphs: &[
            "A critical section is guarded by what programs use in that place: the mutex and condition variable of the standard library and a crossbeam channel of permits in threads, tokio's counterparts on event loops, a file lock and a pipe of tokens between processes. Lock wait lasts from asking for the lock to having it. What a model can't share is refused with the reason, not imitated.",
            "An unprotected increment is a plain load, an addition and a plain store of one shared word: two threads may load the same value, and one of the two updates is lost. Lost updates are a finding, not a failure, and no trial fails for them. Processes have counters of their own, so that the parent sees none of their updates: that, too, is what the model does.",
            "Counters per worker are summed up at the end. Side by side they share a cache line that the cores take from each other; padded, each has lines of its own. Both run the same machine code. What sharing costs is the time side by side / apart with workers at the same time, divided by the same ratio with one worker, paired by round; from 10 % on it is reported.",
        ],
    },
    Section {
        heading: "Python",
        paragraphs: &[
            "A model of Python runs on a real CPython of this machine: in a fresh process, isolated from variables and folders of the user (-I), started by a runner of the lab that supervises it. It does the same task list with the same steps, kernels and start states, and its spans are stamped by the monotonic clock that the native models use as well. What the interpreter prints can't be taken for an answer, and nothing of it outlives the trial. The details of a row show the code of the model: it is the code that ran.",
            "Same time, the default, calibrates each kernel on each interpreter: the median of five processes. A task of 10 ms is 10 ms of one core on each host, which compares models and says nothing of the languages. Same algorithm gives every host the iterations that take the time on the reference's host, which compares languages; then the checksums must be equal across hosts too. A run has one of the two, never both.",
            "The start of the interpreter and its imports are setup, as are pools and their workers, which have all come up before the clock starts. Threads of threading and processes of multiprocessing are made within the clock: making them is the model. Worker processes of a fork server are counted by what each says of itself.",
            "GIL wait is how long a task was ready to go on and waited for its interpreter: in computing, wall time less CPU time of its thread; after a sleep, how much later than asked it went on, less what a sleep is late by on an idle interpreter. Within requests and files it can't be told from waiting for them and is left out. It is stated for threads that share one interpreter whose lock is in force. Where in the task it was can't be seen, so it is drawn at its end. A thread that is ready and has no core looks the same: how long anything on the machine waited for a core (Linux counts that, as a mean over its cores) gives the error that is stated with the figure; it is an estimate as well.",
            "HTTP is what the standard library offers: http.client with kept connections in threads and processes, HTTP over streams in asyncio, which has no client of its own. asyncio hands files to a thread, trio has its own. gevent runs the blocking code with the standard library patched. Locks are those of threading, multiprocessing, asyncio or trio.",
            "An unprotected increment is x = x + 1. Since Python 3.10 threads under the interpreter lock are switched only at the end of a loop's round and at calls, so that nothing is lost in it; with a call in between, x = int(x) + 1, a switch can come between reading and writing, and updates are lost. On a free-threaded build both forms lose.",
        ],
    },
    Section {
        heading: "The ticker",
        paragraphs: &[
            "A ticker is due every 10 ms beside the work and stamps how late it comes: on the event loop itself where the model has one, otherwise on a thread of its own. The loop's timers count in whole milliseconds, so a beat of a loop that has nothing else to do comes up to about 1 ms late. It shows for how long the model keeps everything else waiting. Beats that fall due while one is late are left out, since they would only queue behind it: the longest standstill is the lateness of the latest beat, that is how long a duty waited that was due at the worst moment, and the percentiles count a long standstill as one beat. A beat that had not come when the work ended counts as late by at least so much.",
        ],
    },
    Section {
        heading: "One trial",
        paragraphs: &[
            "Every trial runs in a fresh process of its own. The process builds what the model needs (a pool, a runtime, worker processes) and runs one untimed empty task on every worker; that is the setup, shown apart. Then the clock starts, the first task is handed over, and the clock stops when the model knows that the last task is done. Taking the pool apart again is timed apart as teardown.",
            "Threads and processes that a model creates per task are created while the clock runs: creating them is what the model does.",
            "Each task writes when it was submitted, started and finished, when each of its steps ended, on which worker, and on which core, into memory reserved for it. Recording takes some tens of nanoseconds a task and needs no lock.",
        ],
    },
    Section {
        heading: "Rounds and their order",
        paragraphs: &[
            "A round runs every model once, in a new random order drawn from the seed. What drifts on the machine then meets all models alike, and two models are compared within the same round, as a pair.",
            "The first round is a warm-up: it is shown as a first look and is in no statistic. A workload shorter than a second is repeated in it until a second has passed, so that the CPU view has samples. With automatic trials the number of rounds follows from the time that this round took and from the time budget; it is fixed before measuring and is the same for all models.",
        ],
    },
    Section {
        heading: "What the figures mean",
        paragraphs: &[
            "Wall time is the median over the measured rounds, with every trial as a dot. An interval is the 95 % interval of the median; below six rounds there is none, and the range seen is given instead.",
            "Times as fast is the reference's time divided by the model's, as the median of the pairs. From six rounds on, two models count as different only where the whole interval lies beyond 1 %; otherwise the lab says that they can't be told apart.",
            "Below six rounds there is no interval. A lead is then claimed only where it shows in every round, by a factor of at least 1.5 in one round, 1.25 in two and 1.1 in three to five; where other programs or the host took CPU time, or the system does not say whether they did, 10, 3, 2, 1.75 and 1.5 in one to five rounds. It also has to exceed 2.5 standard deviations of the two models' own trials.",
            "Where each host computes its own calibrated number of iterations (the same time), times of different hosts are not compared: each host has its own ranking, and its plain loop is its reference. A model whose result is wrong (lost updates, or updates that nobody sees) is never called the fastest.",
            "The ideal is the least time that a model could take with its workers on this machine: a calculation from the nominal durations, not a measurement. Efficiency is the ideal divided by the median wall time.",
            "Cores used is CPU time, of the process and its workers, divided by wall time. Peak memory is that of the trial's process, less the lab's records of the tasks, which are stated beside it. For models with worker processes it is the sum over all of them, an upper bound (\"up to\"): memory that they share, as forked processes do, counts for each. Beside it stands the proportional set size (PSS), which counts shared memory once, where Linux states it: at one moment, right after the clock with all tasks done and all workers up, since there is no peak of it. Processes that end with their task have none. OS switches are the times that a thread gave up its core or lost it.",
            "Queue time lasts from submitted to started, latency from submitted to finished. Percentiles are over all tasks of all completed trials.",
            "Outliers are counted, never removed. A figure that the system does not deliver is left empty; it is never replaced by 0.",
        ],
    },
    Section {
        heading: "CPU usage per core",
        paragraphs: &[
            "While a trial runs, the usage of each core is read from the system's counters. Below 200 ms these are too coarse to draw, so short workloads show the samples of the repeated warm-up, or how long tasks computed on each core according to their own records; the view says which. The counters of a core see the whole machine, other programs and the lab itself included. On Linux the CPU time of the trial's own processes is read at the same moments, in steps of 10 ms a process, so that the view shows it apart from everything else, for all cores together; elsewhere it is not measured. The lab draws at most ten times a second during a trial and reports its own share.",
        ],
    },
    Section {
        heading: "Caveats",
        paragraphs: &[
            "Other programs' share of the CPU is the busy time of the cores that the run may use, less what the trial's own processes and the lab used, as a share of these cores; it is stated from a second of measuring on. Above 2 % it is a caveat, from 10 % on it comes before the result. The lab's own share is a caveat from 2 % on.",
            "The lab warns where other programs used the machine, where a quota or a virtual machine took time away, where the clock speed is hidden, and where the lab itself is an unoptimised build. Every caveat comes with what to do about it; the status line counts them.",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::comparison::{DISTURBED_LEADS, LEAD_DEVIATIONS, MARGIN, QUIET_LEADS};

    #[test]
    fn the_help_states_the_rules_that_the_code_follows() {
        let section = METHOD.iter().find(|section| section.heading == "What the figures mean").expect("a section");
        let text = section.paragraphs.concat();
        let [one, two, three, four, five] = DISTURBED_LEADS;
        for rule in [
            format!(
                "{} in one round, {} in two and {} in three to five",
                QUIET_LEADS[0], QUIET_LEADS[1], QUIET_LEADS[2]
            ),
            format!("{one}, {two}, {three}, {four} and {five} in one to five rounds"),
            format!("{LEAD_DEVIATIONS} standard deviations"),
            format!("beyond {:.0} %", (MARGIN - 1.0) * 100.0),
        ] {
            assert!(text.contains(&rule), "{rule}");
        }
        assert!(QUIET_LEADS[2..].iter().all(|lead| *lead == QUIET_LEADS[2]));
    }
}
