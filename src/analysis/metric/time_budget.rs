//! Names and explanations of the parts of a time budget. They have no value of a model: the parts of one trial add up, and
//! medians of each part over several trials would not. `analysis/time_budget` computes them, and defines each exactly.

use super::definition::{Metric, metrics};
use super::value::Unit;

const fn part(id: &'static str, head: &'static str) -> Metric {
    Metric::new(id, head, Unit::Milliseconds)
}

metrics! {
    /// CPU time of tasks.
    CORE_TASKS = part("budget_core_tasks", "tasks computing")
        .help(
            "Cores that tasks kept busy: computing, reading memory, using shared objects, handling payloads. Up to 5 % \
            of it may be time in which other programs interrupted a task",
        );
    /// CPU time of the lab's stamps.
    CORE_STAMPS = part("budget_core_stamps", "the lab's stamps")
        .help("Taking and storing the lab's timestamps: their cost per task, measured before the clock, times the tasks");
    /// Remaining CPU time of the trial's processes.
    CORE_OVERHEAD = part("budget_core_overhead", "other CPU of its processes")
        .help(
            "CPU time of the runner, the interpreter and the workers that was neither computing of tasks nor stamps: \
            scheduling, starting threads and processes, pickling, the interpreter, system calls of fetches and files, \
            own code",
        );
    /// CPU time of the trial's processes where it can't be split.
    CORE_OWN = part("budget_core_own", "CPU of its processes")
        .help("CPU time of the runner, the interpreter and the workers, where computing of tasks can't be told from the rest");
    /// CPU time of the HTTP server.
    CORE_SERVER = part("budget_core_server", "HTTP server")
        .help("CPU time of the lab's own HTTP server, which counts for no model");
    /// CPU time of the lab.
    CORE_LAB = part("budget_core_lab", "the lab")
        .help("CPU time of the window or terminal that watches the trial");
    /// CPU time of everything else.
    CORE_OTHERS = part("budget_core_others", "other programs")
        .help(
            "Busy cores that neither the trial nor the lab used, from counters of 10 ms: other programs, the kernel's \
            own work, and what the host of a virtual machine took",
        );
    /// Time without work.
    CORE_IDLE = part("budget_core_idle", "idle").help("Cores with nothing to do, from the system's counters of 10 ms");
    /// Remainder.
    CORE_REST = part("budget_core_rest", "not attributed")
        .help("Core-seconds that no measurement accounts for: what was not sampled, and the disagreement of the counters");
    /// Time in the queue.
    TASK_QUEUE = part("budget_task_queue", "queue").help("From submission to the start, or to the transfer of the input");
    /// Computing.
    TASK_COMPUTE = part("budget_task_compute", "computing")
        .help(
            "Computing, also under a lock, without the wait for the GIL. CPU time is not measured per task: where a task \
            waited for a core, that time is part of it",
        );
    /// Waiting.
    TASK_WAIT = part("budget_task_wait", "waiting")
        .help("Sleeps and timers, also under a lock, until the task went on, without the wait for the GIL");
    /// HTTP.
    TASK_HTTP = part("budget_task_http", "HTTP").help("Fetches, from the request to the end of the response");
    /// Files.
    TASK_FILE = part("budget_task_file", "file").help("Writing, flushing and reading files");
    /// Memory.
    TASK_MEMORY = part("budget_task_memory", "memory")
        .help("Reading through memory. Where a task waited for a core, that time is part of it");
    /// Shared objects.
    TASK_SHARED = part("budget_task_shared", "shared object")
        .help("Using a counter or another object that tasks share; waiting for its lock is part of it");
    /// Lock wait.
    TASK_LOCK = part("budget_task_lock", "lock wait").help("Waiting for a lock that another task held");
    /// GIL wait.
    TASK_GIL = part("budget_task_gil", "GIL wait")
        .help("Ready and waiting for the interpreter's lock: wall time less CPU time of the thread. A wait for a core counts as well");
    /// Payload.
    TASK_PAYLOAD = part("budget_task_payload", "payload").help("Reading the input and making the output");
    /// Transfer.
    TASK_TRANSFER = part("budget_task_transfer", "transfer").help("Payloads on the way between submitter and worker");
    /// Own code.
    TASK_OWN_CODE = part("budget_task_own_code", "call or command")
        .help("Functions and programs of your own, which may compute or wait");
    /// Remainder.
    TASK_REST = part("budget_task_rest", "not attributed")
        .help("Time of tasks in no phase: giving back a lock, starting an empty task, and gaps between stamps");
}
