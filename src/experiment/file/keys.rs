//! The keys of experiment files outside of steps, whose keys are in the step table. Reading, the JSON schema
//! and the reference read these tables.

use crate::experiment::MOST_ROUNDS;
use crate::experiment::quiz::{FEWEST_CHOICES, MOST_CHOICES};
use crate::experiment::sweep::{MOST_POINTS, Scale};
use crate::experiment::validate::MOST_WARMUPS;
use crate::model::{SettingKey, StartMethod};
use crate::workload::{
    Awaiting, DurationDistribution, MOST_PAYLOAD_BYTES, MOST_TASKS, MOST_WORKERS, PayloadKind, Step, Work,
};

/// The newest format of files that this version reads. A file without the key has format 1.
pub const FORMAT: u32 = 1;

/// A table of a file.
pub struct Section {
    /// Its form in a file: `[workload]`.
    pub header: &'static str,
    /// Content, as one sentence.
    pub help: &'static str,
    /// Its keys, in the order written.
    pub keys: &'static [FileKey],
}

/// One key of a table.
pub struct FileKey {
    /// The name.
    pub name: &'static str,
    /// Meaning, as one sentence.
    pub help: &'static str,
    /// Type and bounds.
    pub value: FileValue,
    /// A file has to give it.
    pub required: bool,
    /// Default, as it would be written, or in words.
    pub default: &'static str,
}

/// The type of a key's value, with its bounds.
#[derive(Clone, Copy)]
pub enum FileValue {
    /// An id.
    Id,
    /// A name that people read.
    Name,
    /// A text on one line.
    Line,
    /// A text of several lines.
    Block,
    /// The name of a file.
    FileName,
    /// A whole number within bounds.
    Whole {
        /// The smallest one.
        least: u32,
        /// The largest one.
        most: u32,
    },
    /// A whole number from 0.
    Seed,
    /// "auto", or a whole number.
    CountOrAuto,
    /// Nominal milliseconds of a task.
    Milliseconds,
    /// Seconds of a budget or time-out.
    Seconds,
    /// 0 to 100.
    Percent,
    /// Above 1, up to 100.
    Shape,
    /// True or false.
    Flag,
    /// One of a few names.
    Names(fn() -> Vec<&'static str>),
    /// A model.
    Model,
    /// A list of models, or of tables with a model and its settings.
    Models,
    /// A setting of a contender.
    Setting(SettingKey),
    /// A table from models to reasons.
    Reasons,
    /// Any finite number.
    Number,
    /// A setting that can be swept.
    SweepKey,
    /// A list of numbers, or a range.
    SweepValues,
    /// A table.
    Table(&'static Section),
    /// A list of tables. Those of the steps also have the keys of their kind in the step table.
    Tables(&'static Section),
    /// A list of texts, each on one line.
    Lines {
        /// The fewest texts.
        least: u32,
        /// The most texts.
        most: u32,
    },
}

const fn key(name: &'static str, value: FileValue, default: &'static str, help: &'static str) -> FileKey {
    FileKey { name, help, value, required: false, default }
}

const fn required(name: &'static str, value: FileValue, help: &'static str) -> FileKey {
    FileKey { name, help, value, required: true, default: "" }
}

/// The file itself.
pub static ROOT: Section = Section {
    header: "",
    help: "An experiment of Concurrency Lab: one workload, the models that run it, and how often.",
    keys: &[
        key("format", FileValue::Whole { least: 1, most: FORMAT }, "1", "The format of the file."),
        required("id", FileValue::Id, "The name in file names, on the command line and in exports."),
        required("title", FileValue::Name, "The name that people read."),
        key("summary", FileValue::Line, "\"\"", "What is run, on one line."),
        key("explanation", FileValue::Block, "\"\"", "What to look for, and why, as Markdown."),
        required("workload", FileValue::Table(&WORKLOAD), "What is run."),
        key("trials", FileValue::Table(&TRIALS), "all defaults", "How often each model runs."),
        key("models", FileValue::Table(&MODELS), "all defaults", "Which models run it."),
        key(
            "sweep",
            FileValue::Table(&SWEEP),
            "none",
            "The setting that is swept: the run has a point for each of its values.",
        ),
        key("quiz", FileValue::Tables(&QUIZ), "none", "Questions about the lesson, which the tab Learn asks."),
    ],
};

static WORKLOAD: Section = Section {
    header: "[workload]",
    help: "What is run: tasks that each do the same steps, or a list of named tasks.",
    keys: &[
        key("tasks", FileValue::Whole { least: 1, most: MOST_TASKS }, "20", "The number of tasks."),
        key(
            "workers",
            FileValue::Setting(SettingKey::Workers),
            "one per logical CPU",
            "Threads or processes of the pools; \"default\" means as many as each library chooses.",
        ),
        key(
            "in_flight",
            FileValue::Whole { least: 1, most: MOST_TASKS },
            "all tasks",
            "How many tasks the models without a pool may have under way at once.",
        ),
        key(
            "cpus",
            FileValue::Setting(SettingKey::Cpus),
            "all that the lab may use",
            "CPUs that the processes of every trial are limited to.",
        ),
        key("seed", FileValue::Seed, "1", "The seed of durations, start states and the order of trials."),
        key("ticker", FileValue::Flag, "false", "Runs a 10 ms timer beside the work and measures how late it is."),
        key(
            "work",
            FileValue::Names(|| Work::ALL.map(Work::name).to_vec()),
            "\"same-time\"",
            "What is the same on all hosts: the time that computing takes, or the number of iterations.",
        ),
        key(
            "await",
            FileValue::Names(|| Awaiting::ALL.map(Awaiting::name).to_vec()),
            "\"together\"",
            "How models with an event loop await their tasks: all at once, or each before the next one is begun.",
        ),
        key(
            "spread",
            FileValue::Table(&SPREAD),
            "{ kind = \"constant\" }",
            "How the durations of the tasks differ: one factor per task, with mean 1, on all timed steps.",
        ),
        key("step", FileValue::Tables(&STEP), "empty tasks", "The steps that each task does, in order; at most 8."),
        key(
            "class",
            FileValue::Tables(&CLASS),
            "none",
            "Two to four classes of tasks with steps of their own, in the same model, instead of tasks and steps.",
        ),
        key("task", FileValue::Tables(&TASK), "none", "Named tasks with durations of their own, instead of steps."),
        key("task_list", FileValue::FileName, "none", "A CSV file of named tasks, with name, compute_ms and wait_ms."),
        key("payload", FileValue::Table(&PAYLOAD), "none", "Data that each task is given and returns."),
    ],
};

static PAYLOAD: Section = Section {
    header: "[workload.payload]",
    help: "Data that each task is given and returns: by reference between threads, by copies to and from processes.",
    keys: &[
        key("input_bytes", PAYLOAD_BYTES, "0", "Bytes that each task is given, and reads once."),
        key("output_bytes", PAYLOAD_BYTES, "0", "Bytes that each task returns, which the submitter reads once."),
        key(
            "kind",
            FileValue::Names(|| PayloadKind::ALL.map(PayloadKind::name).to_vec()),
            "\"bytes\"",
            "One block of bytes, or a list of numbers, one for every 8 bytes.",
        ),
    ],
};

const PAYLOAD_BYTES: FileValue = FileValue::Whole { least: 0, most: MOST_PAYLOAD_BYTES as u32 };

static SPREAD: Section = Section {
    header: "[workload.spread]",
    help: "How the durations of the tasks differ.",
    keys: &[
        required("kind", FileValue::Names(|| DurationDistribution::NAMES.to_vec()), "The distribution of the factors."),
        key("percent", FileValue::Percent, "none", "uniform: the largest deviation from the mean."),
        key("shape", FileValue::Shape, "none", "pareto: the smaller, the heavier the tail."),
    ],
};

/// A step.
pub static STEP: Section = Section {
    header: "[[workload.step]]",
    help: "One thing that each task does. The kind decides which other keys there are.",
    keys: &[required(
        "kind",
        FileValue::Names(|| Step::KINDS.iter().map(|kind| kind.name).collect()),
        "The kind of step.",
    )],
};

/// A class of tasks.
pub static CLASS: Section = Section {
    header: "[[workload.class]]",
    help: "A class of tasks. The tasks of all classes are handed over in turn, each by its share.",
    keys: &[
        required("name", FileValue::Name, "The name of the class, which no other one has."),
        key(
            "tasks",
            FileValue::Whole { least: 1, most: MOST_TASKS },
            "20; with repeat as many as its workers, or 1",
            "The number of tasks; with repeat how many run at a time, at most 256.",
        ),
        key(
            "repeat",
            FileValue::Flag,
            "false",
            "Submits each task again when it ends, until the classes that do not repeat are done.",
        ),
        key(
            "workers",
            FileValue::Whole { least: 1, most: MOST_WORKERS },
            "none, the model's own",
            "A pool of its own of that size: threads, processes, or a runtime or threads beside an event loop. Models with a thread or process per task run as many of the class at a time.",
        ),
        key("step", FileValue::Tables(&STEP), "empty tasks", "The steps of its tasks; at most 8 in all classes."),
    ],
};

static TASK: Section = Section {
    header: "[[workload.task]]",
    help: "A named task: computes first, then waits.",
    keys: &[
        required("name", FileValue::Name, "The name on the timeline."),
        key("compute_ms", FileValue::Milliseconds, "0", "Milliseconds of computing on one otherwise idle core."),
        key("wait_ms", FileValue::Milliseconds, "0", "Milliseconds of waiting."),
    ],
};

static TRIALS: Section = Section {
    header: "[trials]",
    help: "How often each model runs.",
    keys: &[
        key("count", FileValue::CountOrAuto, "\"auto\"", "Measured rounds: a number, or as many as the budget allows."),
        key(
            "minimum",
            FileValue::Whole { least: 1, most: MOST_ROUNDS },
            "3",
            "The fewest rounds that \"auto\" chooses.",
        ),
        key(
            "warmups",
            FileValue::Whole { least: 0, most: MOST_WARMUPS },
            "1",
            "Rounds that run first and are in no statistic.",
        ),
        key("budget_s", FileValue::Seconds, "15", "Seconds that \"auto\" may spend on measured rounds."),
        key("timeout_s", FileValue::Seconds, "120", "Seconds after which a trial is ended."),
    ],
};

static MODELS: Section = Section {
    header: "[models]",
    help: "Which models run the workload.",
    keys: &[
        key(
            "include",
            FileValue::Models,
            "all Rust models, and three of Python where an interpreter is found",
            "The models, in the order shown: names, or tables with a model and settings of its own.",
        ),
        key("reference", FileValue::Model, "\"sequential\"", "The model that the others are compared with."),
        key(
            "start_method",
            FileValue::Names(|| StartMethod::ALL.map(StartMethod::name).to_vec()),
            "\"default\"",
            "How Python's multiprocessing starts processes.",
        ),
        key(
            "leave_out",
            FileValue::Reasons,
            "none",
            "Models that are left out on purpose, each with the reason shown.",
        ),
    ],
};

/// A model with settings of its own.
pub static CONTENDER: Section = Section {
    header: "{ model = … }",
    help: "A model with settings of its own. Another model has other settings.",
    keys: &[
        required("model", FileValue::Model, "The model."),
        setting(SettingKey::Workers),
        setting(SettingKey::InFlight),
        setting(SettingKey::StartMethod),
        setting(SettingKey::Chunk),
        setting(SettingKey::SwitchIntervalMs),
        setting(SettingKey::Gil),
        setting(SettingKey::Cpus),
        setting(SettingKey::Loops),
        key("label", FileValue::Name, "none", "Shown instead of the settings."),
    ],
};

const fn setting(key: SettingKey) -> FileKey {
    self::key(key.name(), FileValue::Setting(key), "none", key.help())
}

static SWEEP: Section = Section {
    header: "[sweep]",
    help: "One setting and the values that it takes. Each value is a point, measured under every model.",
    keys: &[
        required("key", FileValue::SweepKey, "The setting."),
        required("values", FileValue::SweepValues, "Its values."),
    ],
};

static QUIZ: Section = Section {
    header: "[[quiz]]",
    help: "A question about the lesson; at most 10. The answer must be true whatever a run measures.",
    keys: &[
        required("question", FileValue::Line, "The question."),
        required(
            "choices",
            FileValue::Lines { least: FEWEST_CHOICES, most: MOST_CHOICES },
            "The choices, in the order shown.",
        ),
        required("answer", FileValue::Line, "The right choice, letter for letter."),
        required("because", FileValue::Line, "Why it is right: shown once a choice is made."),
    ],
};

/// A range of values.
pub static SWEEP_RANGE: Section = Section {
    header: "values",
    help: "A range that is divided evenly; values of a count are rounded.",
    keys: &[
        required("from", FileValue::Number, "The first value."),
        required("to", FileValue::Number, "The last value."),
        required("points", FileValue::Whole { least: 2, most: MOST_POINTS as u32 }, "The number of values."),
        key(
            "scale",
            FileValue::Names(|| Scale::ALL.map(Scale::name).to_vec()),
            "\"linear\"",
            "Equal differences, or equal ratios.",
        ),
    ],
};

impl Section {
    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static FileKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The names of all keys.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}
