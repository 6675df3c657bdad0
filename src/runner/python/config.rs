//! The request to an interpreter: one line of JSON, the amounts in a file, and the layout of a task's row in the shared
//! records. The counterparts are `protocol.py` and `row.py` in `python/concurrency_lab_program`.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::code::StepCode;
use crate::model::ModelId;
use crate::private_files;
use crate::protocol::{PythonRequest, ServerAddress, TrialRequest, TrialSettings};
use crate::python::StartMethod;
use crate::workload::{Amounts, Awaiting, Payload, Plan, PlanClass, PlanStep};

/// Indices of the words of a row.
pub(super) const SUBMITTED: usize = 0;
pub(super) const STARTED: usize = 1;
pub(super) const FINISHED: usize = 2;
/// worker << 32 | core + 1 (0 = unknown).
pub(super) const WORKER_AND_CORE: usize = 3;
pub(super) const STATE: usize = 4;
/// Nanoseconds for which the task waited for the interpreter while it computed.
pub(super) const WAITED: usize = 5;
/// Index of the first end of a step; the ends of all steps are followed by the timestamps inside steps.
pub(super) const STAMPS: usize = 6;
/// Indices of the words of a payload, from the first of them.
pub(super) const SENT: usize = 0;
pub(super) const READ: usize = 1;
pub(super) const WORKED: usize = 2;
pub(super) const RECEIVED: usize = 3;
/// Result of reading the output.
pub(super) const OUTPUT: usize = 4;
/// Number of words of a payload.
const PAYLOAD: usize = 5;
/// Number of words at the end of a row that hold the usage of the task's process, for models with one process per task.
const USED: usize = 7;

/// Layout of the row of one task, in 64-bit words.
pub(super) struct Layout {
    /// Words per row.
    pub(super) width: usize,
    /// Number of timestamps inside steps.
    pub(super) inner_timestamps: usize,
    /// Index of the first word of the payload, if there is one.
    pub(super) payload: Option<usize>,
    /// Index of the last word, where waits for the interpreter are recorded: nanoseconds by which sleeps ended late.
    pub(super) asleep: Option<usize>,
}

impl Layout {
    pub(super) fn of(model: ModelId, plan: &Plan, records_waits: bool) -> Self {
        let inner_timestamps = plan.steps.iter().map(|step| step.inner_timestamps()).sum();
        let used = if model == ModelId::PyProcesses { USED } else { 0 };
        let first = STAMPS + plan.steps.len() + inner_timestamps;
        let payload = plan.payload.map(|_| first);
        let words = payload.map_or(0, |_| PAYLOAD);
        let width = first + words + used + usize::from(records_waits);
        Self { width, inner_timestamps, payload, asleep: records_waits.then(|| width - 1) }
    }
}

/// First line to the interpreter: the request as JSON.
#[derive(Serialize)]
pub(super) struct Config<'a> {
    model: &'static str,
    tasks: u32,
    seed: u64,
    workers: u32,
    in_flight: Option<u32>,
    repeat_ms: Option<u64>,
    heartbeat: bool,
    steps: Vec<Value>,
    /// True if one row of amounts serves all tasks.
    same_amounts: bool,
    folder: &'a Path,
    /// Prefix of the names of semaphores between processes.
    semaphore_prefix: String,
    records: PathBuf,
    amounts: PathBuf,
    row_width: usize,
    record_waits: bool,
    record_cores: bool,
    start_method: Option<&'static str>,
    server: Option<&'a ServerAddress>,
    /// Classes of tasks; empty if all do all steps.
    classes: Vec<Value>,
    /// File with the class of each task.
    class_of_tasks: PathBuf,
    /// Class of each task that repeats.
    repeaters: Vec<usize>,
    /// Number of repetitions of each that have rows.
    recorded_repeats: u32,
    /// Number of rows of amounts that they take in turn.
    repeat_amounts: u32,
    payload: Option<PayloadConfig>,
    settings: Settings,
    /// True if event loops await each task before the next one is begun.
    in_turn: bool,
    /// Address of a dask scheduler that others run.
    scheduler: Option<&'a str>,
}

/// Payload of each task.
#[derive(Serialize)]
struct PayloadConfig {
    #[serde(flatten)]
    payload: Payload,
    /// Number of different inputs.
    distinct: u32,
    /// Index of its first word in a row.
    first_word: usize,
}

/// Settings of the contender that the program applies.
#[derive(Serialize)]
struct Settings {
    /// True if the library chooses the number of workers.
    library_workers: bool,
    chunk: Option<u32>,
    loops: Option<u32>,
    switch_interval_ms: Option<f64>,
    /// The GIL of a free-threaded build is to be on or off.
    gil: Option<bool>,
}

impl Settings {
    const fn of(settings: &TrialSettings) -> Self {
        let &TrialSettings { library_workers, chunk, loops, switch_interval_ms, gil, .. } = settings;
        Self { library_workers, chunk, loops, switch_interval_ms, gil }
    }
}

impl<'a> Config<'a> {
    pub(super) fn of(
        request: &'a TrialRequest,
        python: &'a PythonRequest,
        layout: &Layout,
        folder: &'a Path,
        server: Option<&'a ServerAddress>,
    ) -> Self {
        let has_code = request.environment.code.iter().any(Option::is_some);
        let own_folder = if has_code { folder } else { Path::new("") };
        Self {
            model: request.model.name(),
            tasks: request.plan.tasks,
            seed: request.plan.seed,
            workers: request.workers.max(1),
            in_flight: request.in_flight,
            repeat_ms: request.repeat_ms,
            heartbeat: request.ticker,
            steps: steps(&request.plan, &request.environment.code),
            same_amounts: matches!(request.plan.amounts, Amounts::Same(_)),
            folder,
            semaphore_prefix: parent_name(folder),
            // Relative where the interpreter's current folder is the trial's. Code of the user's has one of its own.
            records: own_folder.join("records"),
            amounts: own_folder.join("amounts"),
            row_width: layout.width,
            record_waits: python.gil_wait,
            record_cores: cfg!(target_os = "linux"),
            start_method: (python.start_method != StartMethod::Default).then(|| python.start_method.name()),
            server,
            classes: classes(&request.plan),
            class_of_tasks: own_folder.join(CLASSES),
            repeaters: {
                let classes = &request.plan.classes;
                (0..classes.repeaters()).map(|repeater| classes.of_repeater(repeater)).collect()
            },
            recorded_repeats: request.plan.classes.recorded_per_repeater(),
            repeat_amounts: request.plan.classes.repeat_amounts().max(1),
            payload: request.plan.payload.zip(layout.payload).map(|(payload, first_word)| PayloadConfig {
                payload,
                distinct: payload.distinct_inputs(request.plan.tasks),
                first_word,
            }),
            settings: Settings::of(&request.settings),
            in_turn: request.awaits == Awaiting::InTurn,
            scheduler: python.dask_scheduler.as_deref(),
        }
    }
}

/// File with a byte per task, relative to the interpreter's current folder.
const CLASSES: &str = "classes";

fn classes(plan: &Plan) -> Vec<Value> {
    let class =
        |class: &PlanClass| json!({ "first_step": class.first_step, "steps": class.steps, "workers": class.workers });
    plan.classes.list.iter().map(class).collect()
}

/// Returns the name of the lab's folder, which contains that of the tasks.
fn parent_name(folder: &Path) -> String {
    let name = folder.parent().and_then(Path::file_name);
    name.map_or_else(|| "concurrency-lab".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn steps(plan: &Plan, code: &[Option<StepCode>]) -> Vec<Value> {
    let mut first_timestamp = 0;
    let shared = plan.shared_steps();
    let mut steps = Vec::with_capacity(plan.steps.len());
    for (index, step) in plan.steps.iter().enumerate() {
        let mut sent = match step {
            PlanStep::Compute(kernel) => json!({ "kernel": kernel.name() }),
            PlanStep::Http { bytes, keep_alive } => json!({ "bytes": bytes, "keep_alive": keep_alive }),
            PlanStep::File { sync, read_only } => {
                json!({ "sync": sync, "read_only": read_only, "largest": plan.largest(index) })
            }
            PlanStep::Critical { lock, permits, holds, locks, .. } => json!({
                "lock": lock.name(),
                "permits": permits,
                "locks": locks,
                "holds": holds.name(),
                "first_timestamp": first_timestamp,
                "shared": shared[index],
            }),
            PlanStep::Increment(protection) => json!({ "protection": protection.name() }),
            PlanStep::Wait => json!({ "blocking": false }),
            PlanStep::BlockingWait => json!({ "blocking": true }),
            PlanStep::Shared(object) => json!({ "object": object.name() }),
            PlanStep::Call | PlanStep::Command => match code.get(index).and_then(Option::as_ref) {
                Some(StepCode::Function { source, path, folder, function, arguments }) => json!({
                    "source": source,
                    "path": path,
                    "folder": folder,
                    "function": function,
                    "arguments": arguments,
                }),
                Some(StepCode::Program { program, arguments, folder }) => {
                    json!({ "program": program, "arguments": arguments, "folder": folder })
                }
                None => json!({}),
            },
            // Python models can't run these: the step table has the reason.
            PlanStep::Memory | PlanStep::MemoryRandom | PlanStep::TwoLocks(_) => json!({}),
        };
        sent["kind"] = json!(step.kind().name);
        steps.push(sent);
        first_timestamp += step.inner_timestamps();
    }
    steps
}

/// Writes the plan's amounts as little-endian words, and the class of each task where there are any.
pub(super) fn write_amounts(folder: &Path, plan: &Plan) -> io::Result<()> {
    if !plan.classes.is_empty() {
        private_files::write_new(&folder.join(CLASSES), plan.classes.of_tasks())?;
    }
    let (Amounts::Same(amounts) | Amounts::PerTask(amounts)) = &plan.amounts;
    let bytes: Vec<u8> = amounts.iter().flat_map(|amount| amount.to_le_bytes()).collect();
    private_files::write_new(&folder.join("amounts"), &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::PROGRAM;
    use crate::workload::{Kernel, Lock, Protection, SectionWork, SharedObject, Template};

    #[test]
    fn the_program_lays_out_rows_as_they_are_read() {
        let (_, source) = PROGRAM.iter().find(|(name, _)| *name == "row.py").expect("a file of the program");
        let constant = |line: &'static str| {
            let (name, value) = line.split_once(" = ")?;
            let number = value.split_once('#').map_or(value, |(number, _)| number).trim();
            Some((name, number.parse::<usize>().unwrap_or_else(|_| panic!("{line}"))))
        };
        let found: Vec<_> = source.lines().filter_map(constant).collect();
        let expected = [
            ("SUBMITTED", SUBMITTED),
            ("STARTED", STARTED),
            ("FINISHED", FINISHED),
            ("WORKER_AND_CORE", WORKER_AND_CORE),
            ("STATE", STATE),
            ("WAITED", WAITED),
            ("STAMPS", STAMPS),
            ("SENT", SENT),
            ("READ", READ),
            ("WORKED", WORKED),
            ("RECEIVED", RECEIVED),
            ("OUTPUT", OUTPUT),
            ("PAYLOAD", PAYLOAD),
            ("USED", USED),
        ];
        assert_eq!(found, expected);
    }

    /// The fields of a class of `protocol.py`, up to the first empty line.
    fn fields_of(class: &str) -> Vec<&'static str> {
        let (_, source) = PROGRAM.iter().find(|(name, _)| *name == "protocol.py").expect("a file of the program");
        let (_, body) = source.split_once(&format!("class {class}(TypedDict")).expect("the class");
        let (_, body) = body.split_once("\"\"\"\n\n").expect("its docstring");
        let (body, _) = body.split_once("\n\n").expect("an empty line");
        let mut fields: Vec<&str> =
            body.lines().filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name).collect();
        fields.sort_unstable();
        fields
    }

    fn keys_of(value: &Value) -> Vec<&str> {
        let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn the_program_declares_what_it_is_sent() {
        let server = ServerAddress { port: 1, token: "t".to_owned() };
        let config = Config {
            model: "py-threads",
            tasks: 1,
            seed: 1,
            workers: 1,
            in_flight: None,
            repeat_ms: None,
            heartbeat: false,
            steps: Vec::new(),
            same_amounts: true,
            folder: Path::new("/x"),
            semaphore_prefix: String::new(),
            records: PathBuf::from("records"),
            amounts: PathBuf::from("amounts"),
            row_width: 6,
            record_waits: false,
            record_cores: false,
            start_method: None,
            server: Some(&server),
            classes: Vec::new(),
            class_of_tasks: PathBuf::from("classes"),
            repeaters: Vec::new(),
            recorded_repeats: 0,
            repeat_amounts: 1,
            payload: Some(PayloadConfig { payload: Payload::default(), distinct: 1, first_word: 6 }),
            settings: Settings::of(&TrialSettings::default()),
            in_turn: false,
            scheduler: None,
        };
        let sent = serde_json::to_value(config).expect("serialisable");
        assert_eq!(keys_of(&sent), fields_of("Config"));
        assert_eq!(keys_of(&sent["server"]), fields_of("Server"));
        assert_eq!(keys_of(&sent["payload"]), fields_of("PayloadConfig"));
        assert_eq!(keys_of(&sent["settings"]), fields_of("Settings"));
        let all = [
            PlanStep::Compute(Kernel::Fib),
            PlanStep::Wait,
            PlanStep::http(1),
            PlanStep::file(false),
            PlanStep::critical(Lock::Mutex, 1, SectionWork::Wait),
            PlanStep::Increment(Protection::None),
            PlanStep::Shared(SharedObject::Method),
            PlanStep::Call,
            PlanStep::Command,
        ];
        let (path, arguments) = (PathBuf::from("/x"), vec![Template::parse("{index}").expect("a template")]);
        let function = StepCode::Function {
            source: path.clone(),
            path: path.clone(),
            folder: path.clone(),
            function: "f".to_owned(),
            arguments: arguments.clone(),
        };
        let program = StepCode::Program { program: path.clone(), arguments, folder: path };
        let code: Vec<Option<StepCode>> = (0..7).map(|_| None).chain([Some(function), Some(program)]).collect();
        let plan = Plan {
            steps: all.to_vec(),
            amounts: Amounts::Same(vec![1; all.len()]),
            tasks: 1,
            seed: 1,
            classes: Box::default(),
            payload: None,
        };
        let steps = steps(&plan, &code);
        let mut keys: Vec<&str> = steps.iter().flat_map(keys_of).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys, fields_of("StepConfig"));
    }
}
