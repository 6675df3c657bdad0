//! The settings that can be swept: their names, ranges, and how one is set in a workload.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::problem::SweepProblem;
use super::range::ValueRange;
use crate::experiment::class_rules;
use crate::experiment::payload_rules::payload_problem;
use crate::model::{ModelId, SettingKey, Workers};
use crate::workload::{
    Key, MOST_PAYLOAD_BYTES, MOST_TASKS, MOST_WORKERS, Step, Tasks, Unit, Value, ValueType, WorkerCount, Workload,
    scale_steps,
};

/// A setting that can be swept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SweepKey {
    /// Workers of the pools.
    Workers,
    /// Number of tasks.
    Tasks,
    /// Sum of the timed steps of a task, milliseconds.
    TaskMs,
    /// Most tasks at once of the models without a pool.
    InFlight,
    /// Share of computing in the sum of computing and waiting, 0 to 1.
    ComputeShare,
    /// Bytes that each task is given.
    InputBytes,
    /// Bytes that each task returns.
    OutputBytes,
    /// A numeric key of a step.
    Step {
        /// Number of the step, from 1.
        step: usize,
        /// Name of the key.
        key: &'static str,
    },
    /// A numeric key of a step of a class.
    ClassStep {
        /// Name of the class.
        class: String,
        /// Number of the step in the class, from 1.
        step: usize,
        /// Name of the key.
        key: &'static str,
    },
    /// Tasks of a class; the number at a time if it repeats.
    ClassTasks(String),
    /// Workers of a class that has a pool of its own.
    ClassWorkers(String),
}

impl SweepKey {
    /// Keys that every experiment has, in the order shown.
    pub const GENERAL: [Self; 7] = [
        Self::Workers,
        Self::Tasks,
        Self::TaskMs,
        Self::InFlight,
        Self::ComputeShare,
        Self::InputBytes,
        Self::OutputBytes,
    ];

    /// Returns the keys that a workload has: the general ones that apply, then those of its steps.
    #[must_use]
    pub fn of(workload: &Workload) -> Vec<Self> {
        let mut keys: Vec<Self> = Self::GENERAL.to_vec();
        let numeric = |step: &'_ Step| {
            let keys = step.kind().keys.iter();
            keys.filter(|key| is_numeric(key) && key.applies(step)).map(|key| key.name).collect::<Vec<_>>()
        };
        if let Some(classes) = workload.classes() {
            for (index, class) in classes.list.iter().enumerate() {
                let name = || class.name.clone();
                keys.extend([Self::ClassTasks(name()), Self::ClassWorkers(name())]);
                for (step, one) in (1..).zip(classes.steps_of(index)) {
                    keys.extend(numeric(one).into_iter().map(|key| Self::ClassStep { class: name(), step, key }));
                }
            }
        } else {
            for (step, one) in (1..).zip(workload.steps()) {
                keys.extend(numeric(one).into_iter().map(|key| Self::Step { step, key }));
            }
        }
        keys.retain(|key| key.range(workload).is_ok());
        keys
    }

    /// Names a value in a sentence: "2 workers", "10 tasks at once".
    #[must_use]
    pub fn value_words(&self, shown: &str) -> String {
        let plural = |noun: &str| format!("{shown} {noun}{}", if shown == "1" { "" } else { "s" });
        match self {
            Self::Workers => plural("worker"),
            Self::Tasks => plural("task"),
            Self::TaskMs => format!("{shown} a task"),
            Self::InFlight => format!("{} at once", plural("task")),
            Self::ComputeShare => format!("{shown} computing"),
            Self::InputBytes => format!("{shown} given to each task"),
            Self::OutputBytes => format!("{shown} returned by each task"),
            Self::Step { .. } | Self::ClassStep { .. } => shown.to_owned(),
            Self::ClassTasks(class) => format!("{shown} {class}"),
            Self::ClassWorkers(class) => format!("{} for {class}", plural("worker")),
        }
    }

    /// Returns the title for people: "Workers", "Step 1: Duration".
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Workers => "Workers".to_owned(),
            Self::Tasks => "Tasks".to_owned(),
            Self::TaskMs => "Task duration".to_owned(),
            Self::InFlight => "Most tasks at once".to_owned(),
            Self::ComputeShare => "Share of computing".to_owned(),
            Self::InputBytes => "Input of a task".to_owned(),
            Self::OutputBytes => "Output of a task".to_owned(),
            Self::Step { step, key } => format!("Step {step}: {}", label_of(key)),
            Self::ClassStep { class, step, key } => format!("{class}, step {step}: {}", label_of(key)),
            Self::ClassTasks(class) => format!("{class}: Tasks"),
            Self::ClassWorkers(class) => format!("{class}: Workers"),
        }
    }

    /// Returns the index of a step that the key belongs to, among all steps of the workload.
    fn step_index(&self, workload: &Workload) -> Option<usize> {
        match self {
            Self::Step { step, .. } => Some(step.wrapping_sub(1)),
            Self::ClassStep { class, step, .. } => {
                let classes = workload.classes()?;
                let index = classes.list.iter().position(|one| one.name == *class)?;
                let range = classes.range(index);
                Some(range.start + step.wrapping_sub(1)).filter(|index| range.contains(index))
            }
            _ => None,
        }
    }

    /// Returns true for a model that uses the setting.
    #[must_use]
    pub fn is_used_by(&self, model: ModelId) -> bool {
        let info = model.info();
        match self {
            Self::Workers => info.workers != Workers::None,
            Self::InFlight => info.per_task,
            _ => true,
        }
    }

    /// Returns the setting of contenders that it sets; `None` if contenders have none of it.
    #[must_use]
    pub const fn setting(&self) -> Option<SettingKey> {
        match self {
            Self::Workers => Some(SettingKey::Workers),
            Self::InFlight => Some(SettingKey::InFlight),
            _ => None,
        }
    }

    /// Returns the values that the key may take in a workload.
    ///
    /// # Errors
    /// Reason why the workload can't be swept by this key.
    pub fn range(&self, workload: &Workload) -> Result<ValueRange, SweepProblem> {
        let counts = |most: u32| ValueRange::Whole { least: 1, most: most.into(), unit: Unit::Count };
        let is_list = matches!(workload.tasks, Tasks::List(_));
        match self {
            Self::Workers => Ok(counts(MOST_WORKERS)),
            Self::InFlight => Ok(counts(MOST_TASKS)),
            Self::InputBytes | Self::OutputBytes if workload.classes().is_none() => match payload_problem(workload) {
                Some(problem) => Err(SweepProblem::Payload { key: self.to_string(), problem }),
                None => Ok(ValueRange::Whole { least: 0, most: MOST_PAYLOAD_BYTES, unit: Unit::Bytes }),
            },
            _ if is_list => Err(SweepProblem::TaskList { key: self.to_string() }),
            Self::InputBytes | Self::OutputBytes => Err(SweepProblem::Classes { key: self.to_string() }),
            Self::Tasks | Self::TaskMs | Self::ComputeShare | Self::Step { .. } if workload.classes().is_some() => {
                Err(SweepProblem::Classes { key: self.to_string() })
            }
            Self::ClassTasks(name) | Self::ClassWorkers(name) | Self::ClassStep { class: name, .. } => {
                let unknown = || SweepProblem::NoSuchClass { name: name.clone() };
                let classes = workload.classes().ok_or_else(unknown)?;
                let index = classes.list.iter().position(|one| one.name == *name).ok_or_else(unknown)?;
                match self {
                    Self::ClassWorkers(_) => Ok(counts(MOST_WORKERS)),
                    Self::ClassStep { step, key, .. } => step_range(classes.steps_of(index), *step, key),
                    _ => Ok(counts(class_rules::most_tasks(&classes.list[index]))),
                }
            }
            Self::Tasks => Ok(counts(MOST_TASKS)),
            Self::TaskMs if workload.task_ms().is_none() => Err(SweepProblem::NothingTimed),
            Self::TaskMs => Ok(ValueRange::Milliseconds),
            Self::ComputeShare => {
                let any = |which: fn(&Step) -> bool| workload.steps().iter().any(which);
                match any(is_compute) && any(is_wait) {
                    true => Ok(ValueRange::Share),
                    false => Err(SweepProblem::NoMix),
                }
            }
            Self::Step { step, key } => step_range(workload.steps(), *step, key),
        }
    }

    /// Sets a value that is in the range of the key. Does nothing in a workload without the key.
    pub fn apply(&self, value: f64, workload: &mut Workload) {
        match self {
            Self::Workers => workload.workers = Some(WorkerCount::Number(value as u32)),
            Self::InFlight => workload.in_flight = Some(value as u32),
            Self::TaskMs => workload.set_task_ms(value),
            Self::InputBytes => workload.payload.get_or_insert_default().input_bytes = value as u64,
            Self::OutputBytes => workload.payload.get_or_insert_default().output_bytes = value as u64,
            Self::Tasks => {
                if let Tasks::Alike { count, .. } = &mut workload.tasks {
                    *count = value as u32;
                }
            }
            Self::ComputeShare => {
                if let Tasks::Alike { steps, .. } = &mut workload.tasks {
                    let total: f64 =
                        steps.iter().filter(|step| is_compute(step) || is_wait(step)).filter_map(Step::ms).sum();
                    scale_steps(steps, total * value, is_compute);
                    scale_steps(steps, total * (1.0 - value), is_wait);
                }
            }
            Self::ClassTasks(name) | Self::ClassWorkers(name) => {
                let Tasks::Classes(classes) = &mut workload.tasks else { return };
                let Some(class) = classes.list.iter_mut().find(|class| class.name == *name) else { return };
                match self {
                    Self::ClassWorkers(_) => class.workers = Some(value as u32),
                    _ => class.tasks = value as u32,
                }
            }
            Self::Step { key, .. } | Self::ClassStep { key, .. } => {
                let index = self.step_index(workload);
                let Some(step) = index.and_then(|index| workload.steps_mut()?.get_mut(index)) else { return };
                let Some(key) = step.kind().key(key) else { return };
                let value = match key.value {
                    ValueType::Milliseconds => Value::Number(value),
                    _ => Value::Whole(value as u64),
                };
                key.set(step, &value);
            }
        }
    }
}

fn is_numeric(key: &Key) -> bool {
    matches!(key.value, ValueType::Milliseconds | ValueType::Whole { .. })
}

fn is_compute(step: &Step) -> bool {
    matches!(step, Step::Compute { .. })
}

fn is_wait(step: &Step) -> bool {
    matches!(step, Step::Wait { .. })
}

/// The name in files and on the command line.
impl fmt::Display for SweepKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers => out.write_str("workers"),
            Self::Tasks => out.write_str("tasks"),
            Self::TaskMs => out.write_str("task_ms"),
            Self::InFlight => out.write_str("in_flight"),
            Self::ComputeShare => out.write_str("compute_share"),
            Self::InputBytes => out.write_str("input_bytes"),
            Self::OutputBytes => out.write_str("output_bytes"),
            Self::Step { step, key } => write!(out, "step.{step}.{key}"),
            Self::ClassStep { class, step, key } => write!(out, "class.{class}.step.{step}.{key}"),
            Self::ClassTasks(class) => write!(out, "class.{class}.tasks"),
            Self::ClassWorkers(class) => write!(out, "class.{class}.workers"),
        }
    }
}

impl FromStr for SweepKey {
    type Err = SweepProblem;

    fn from_str(text: &str) -> Result<Self, SweepProblem> {
        // As the flags are written, too: task-ms.
        let name = text.replace('-', "_");
        if let Some(key) = Self::GENERAL.into_iter().find(|key| key.to_string() == name) {
            return Ok(key);
        }
        let unknown = || SweepProblem::UnknownKey { name: text.to_owned() };
        if let Some(rest) = text.strip_prefix("class.") {
            return class_key(rest).ok_or_else(unknown);
        }
        let (step, key) = text.strip_prefix("step.").and_then(|rest| rest.split_once('.')).ok_or_else(unknown)?;
        let (step, key) = step_and_key(step, key).ok_or_else(unknown)?;
        Ok(Self::Step { step, key })
    }
}

fn step_and_key(step: &str, key: &str) -> Option<(usize, &'static str)> {
    let step: usize = step.parse().ok().filter(|step| *step >= 1)?;
    let mut keys = Step::KINDS.iter().flat_map(|kind| kind.keys).filter(|known| is_numeric(known));
    Some((step, keys.find(|known| known.name == key)?.name))
}

/// Reads what follows `class.`: a name, which may have dots in it, and a setting.
fn class_key(text: &str) -> Option<SweepKey> {
    if let Some((class, rest)) = text.rsplit_once(".step.") {
        let (step, key) = rest.split_once('.')?;
        let (step, key) = step_and_key(step, key)?;
        return Some(SweepKey::ClassStep { class: class.to_owned(), step, key });
    }
    match text.rsplit_once('.')? {
        (class, "tasks") => Some(SweepKey::ClassTasks(class.to_owned())),
        (class, "workers") => Some(SweepKey::ClassWorkers(class.to_owned())),
        _ => None,
    }
}

fn label_of(key: &str) -> String {
    let known = Step::KINDS.iter().find_map(|kind| kind.key(key));
    known.map_or_else(|| key.to_owned(), |key| key.label.to_owned())
}

/// Returns the values that a key of the step with this number, from 1, may take.
fn step_range(steps: &[Step], step: usize, key: &str) -> Result<ValueRange, SweepProblem> {
    let found = steps.get(step.wrapping_sub(1));
    let found = found.ok_or(SweepProblem::NoSuchStep { step, steps: steps.len() })?;
    let known = found.kind().key(key).filter(|key| key.applies(found));
    let no_such_key = || SweepProblem::NoSuchStepKey {
        step,
        key: key.to_owned(),
        kind: found.kind().name,
        allowed: found.kind().keys.iter().filter(|key| is_numeric(key)).map(|key| key.name).collect(),
    };
    match known.ok_or_else(no_such_key)?.value {
        ValueType::Milliseconds => Ok(ValueRange::Milliseconds),
        ValueType::Whole { least, most, unit } => Ok(ValueRange::Whole { least, most, unit }),
        ValueType::Flag | ValueType::Choice(_) | ValueType::Text(_) | ValueType::Templates { .. } => Err(no_such_key()),
    }
}

impl Serialize for SweepKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
