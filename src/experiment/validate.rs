//! What is allowed in an experiment: one place for files, flags and the window's form.

use super::{Experiment, MOST_ROUNDS, TrialCount};
use crate::printable;
use crate::units;
use crate::workload::{
    LONGEST_STEP_MS, Lock, MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_INCREMENTS, MOST_MEMORY_MIB, MOST_STEPS, MOST_TASKS,
    MOST_WORKERS, Spread, Step, Tasks,
};

/// Most warm-up rounds.
pub const MOST_WARMUPS: u32 = 10;
/// Longest budget and time-out, seconds: a day.
pub const LONGEST_SECONDS: f64 = 86_400.0;
/// Most columns of a comparison, copies included.
pub const MOST_MODELS: usize = 64;
/// Longest name of a task, title or id, in characters.
pub const LONGEST_NAME: usize = 100;
/// Longest summary, and longest reason for leaving a model out, in characters.
pub const LONGEST_LINE: usize = 500;
/// Longest explanation, in characters.
pub const LONGEST_EXPLANATION: usize = 100_000;

/// A value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// Field, value, and what is allowed.
    pub message: String,
}

impl Invalid {
    /// From words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// A whole number within its bounds.
///
/// # Errors
/// Names field, value and bounds.
pub fn whole(field: &str, value: i64, low: u32, high: u32) -> Result<u32, Invalid> {
    u32::try_from(value).ok().filter(|value| (low..=high).contains(value)).ok_or_else(|| {
        let (low, high) = (units::count(low.into()), units::count(high.into()));
        Invalid::new(format!("{field} is {value}: allowed are whole numbers from {low} to {high}"))
    })
}

/// A finite number of milliseconds that a step may take.
///
/// # Errors
/// Names field, value and bounds.
pub fn step_ms(field: &str, value: f64) -> Result<f64, Invalid> {
    if (0.0..=LONGEST_STEP_MS).contains(&value) {
        Ok(value)
    } else {
        let value = number(value);
        Err(Invalid::new(format!("{field} is {value}: allowed are 0 to {LONGEST_STEP_MS} milliseconds")))
    }
}

/// A budget or time-out in seconds.
///
/// # Errors
/// Names field, value and bounds.
pub fn seconds(field: &str, value: f64) -> Result<f64, Invalid> {
    if value > 0.0 && value <= LONGEST_SECONDS {
        Ok(value)
    } else {
        let value = number(value);
        Err(Invalid::new(format!("{field} is {value}: allowed are seconds above 0, up to {LONGEST_SECONDS}")))
    }
}

/// A name that people read.
///
/// # Errors
/// Names field and what is allowed.
pub fn name(field: &str, value: &str) -> Result<(), Invalid> {
    if value.trim().is_empty() || value.chars().count() > LONGEST_NAME {
        return Err(Invalid::new(format!(
            "{field} is \"{}\": allowed are 1 to {LONGEST_NAME} characters, not all blank",
            printable::value(value)
        )));
    }
    visible(field, value)
}

/// A text on one line, which may be empty.
///
/// # Errors
/// Names field and what is allowed.
pub fn line(field: &str, value: &str) -> Result<(), Invalid> {
    longest(field, value, LONGEST_LINE)?;
    visible(field, value)
}

/// A text of several lines, which may be empty.
///
/// # Errors
/// Names field, character, and what is allowed.
pub fn explanation(value: &str) -> Result<(), Invalid> {
    longest("explanation", value, LONGEST_EXPLANATION)?;
    match printable::first_hidden_in_block(value) {
        None => Ok(()),
        Some(letter) => Err(Invalid::new(format!(
            "explanation holds the invisible character {}: allowed are visible characters, line ends and tabs",
            letter.escape_default()
        ))),
    }
}

fn longest(field: &str, value: &str, most: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(Invalid::new(format!("{field} has {length} characters: allowed are at most {most}")))
}

fn visible(field: &str, value: &str) -> Result<(), Invalid> {
    match printable::first_hidden(value) {
        None => Ok(()),
        Some(letter) => Err(Invalid::new(format!(
            "{field} is \"{}\", with the invisible character {}: allowed are visible characters",
            printable::value(value),
            letter.escape_default()
        ))),
    }
}

/// An id: lower-case letters, digits and `-`.
///
/// # Errors
/// Names the value and what is allowed.
pub fn id(value: &str) -> Result<(), Invalid> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if (1..=64).contains(&value.len()) && value.chars().all(fits) {
        return Ok(());
    }
    let value = printable::value(value);
    Err(Invalid::new(format!("id is \"{value}\": allowed are 1 to 64 lower-case letters, digits and -")))
}

/// A number as a message quotes it: 1e308 in three characters, not in 309.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e15).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

/// A spread's parameter.
///
/// # Errors
/// Names field, value and bounds.
pub fn spread(spread: Spread) -> Result<(), Invalid> {
    match spread {
        Spread::Constant | Spread::Exponential => Ok(()),
        Spread::Uniform { percent } if (0.0..=100.0).contains(&percent) => Ok(()),
        Spread::Uniform { percent } => {
            Err(Invalid::new(format!("percent is {}: allowed are 0 to 100", number(percent))))
        }
        Spread::Pareto { shape } if shape > 1.0 && shape <= 100.0 => Ok(()),
        Spread::Pareto { shape } => {
            Err(Invalid::new(format!("shape is {}: allowed are numbers above 1, up to 100", number(shape))))
        }
    }
}

/// A whole number of bytes, increments or the like within its bounds.
///
/// # Errors
/// Names field, value and bounds.
pub fn amount(field: &str, value: u64, low: u64, high: u64) -> Result<u64, Invalid> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    let (low, high) = (units::count(low), units::count(high));
    Err(Invalid::new(format!("{field} is {value}: allowed are whole numbers from {low} to {high}")))
}

/// The numbers of a step.
///
/// # Errors
/// The first that is not allowed.
pub fn step(step: &Step) -> Result<(), Invalid> {
    match step {
        Step::Compute { ms, .. } | Step::Wait { ms } | Step::TwoLocks { ms, .. } => {
            step_ms("ms", *ms)?;
        }
        Step::Http { latency_ms, bytes } => {
            step_ms("latency_ms", *latency_ms)?;
            amount("bytes", *bytes, 0, MOST_HTTP_BYTES)?;
        }
        Step::File { bytes, .. } => {
            amount("bytes", *bytes, 0, MOST_FILE_BYTES)?;
        }
        Step::Memory { mib } => {
            whole("mib", (*mib).into(), 1, MOST_MEMORY_MIB)?;
        }
        Step::Critical { ms, lock, permits, .. } => {
            step_ms("ms", *ms)?;
            whole("permits", (*permits).into(), 1, MOST_TASKS)?;
            if *lock == Lock::Mutex && *permits != 1 {
                return Err(Invalid::new(format!(
                    "permits is {permits}: a mutex lets in one at a time; a semaphore or a condvar lets in more"
                )));
            }
        }
        Step::Increment { count, .. } => {
            amount("count", *count, 1, MOST_INCREMENTS)?;
        }
    }
    Ok(())
}

impl Experiment {
    /// Checks everything that files check, for experiments that were edited in a form or by flags.
    ///
    /// # Errors
    /// The first value that is not allowed.
    pub fn validate(&self) -> Result<(), Invalid> {
        id(&self.id)?;
        name("title", &self.title)?;
        line("summary", &self.summary)?;
        explanation(&self.explanation)?;
        for left in &self.left_out {
            line("leave_out", &left.reason)?;
        }
        let workload = &self.workload;
        match &workload.tasks {
            Tasks::Alike { count, steps } => {
                whole("tasks", (*count).into(), 1, MOST_TASKS)?;
                if steps.len() > MOST_STEPS {
                    return Err(Invalid::new(format!("{} steps: at most {MOST_STEPS} are allowed", steps.len())));
                }
                for one in steps {
                    step(one)?;
                }
            }
            Tasks::List(list) => {
                if list.is_empty() || list.len() > MOST_TASKS as usize {
                    let most = units::count(MOST_TASKS.into());
                    return Err(Invalid::new(format!(
                        "the task list has {} tasks: allowed are 1 to {most}",
                        list.len()
                    )));
                }
                for task in list {
                    name("name", &task.name)?;
                    step_ms("compute_ms", task.compute_ms)?;
                    step_ms("wait_ms", task.wait_ms)?;
                }
            }
        }
        spread(workload.spread)?;
        if let Some(workers) = workload.workers {
            whole("workers", workers.into(), 1, MOST_WORKERS)?;
        }
        if let Some(in_flight) = workload.in_flight {
            whole("in_flight", in_flight.into(), 1, MOST_TASKS)?;
        }
        if i64::try_from(workload.seed).is_err() {
            return Err(Invalid::new(format!(
                "seed is {}: allowed are whole numbers from 0 to {}",
                workload.seed,
                i64::MAX
            )));
        }
        let trials = &self.trials;
        if let TrialCount::Fixed(count) = trials.count {
            whole("trials", count.into(), 1, MOST_ROUNDS)?;
        }
        whole("minimum", trials.minimum.into(), 1, MOST_ROUNDS)?;
        whole("warmups", trials.warmups.into(), 0, MOST_WARMUPS)?;
        seconds("budget", trials.budget_seconds)?;
        seconds("timeout", trials.timeout_seconds)?;
        if self.models.is_empty() {
            return Err(Invalid::new("no model is chosen: at least one is needed"));
        }
        if self.models.len() > MOST_MODELS {
            let many = self.models.len();
            return Err(Invalid::new(format!("{many} models are chosen: at most {MOST_MODELS} are allowed")));
        }
        for (place, contender) in self.models.iter().enumerate() {
            if self.models[..place].contains(contender) {
                return Err(Invalid::new(format!("{contender} is chosen twice")));
            }
            if self.left_out.iter().any(|left| left.contender.is_like(contender)) {
                return Err(Invalid::new(format!("{contender} is included and left out at once")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::LeftOut;
    use crate::model::{Contender, ModelId};
    use crate::preset;

    fn message(edit: impl FnOnce(&mut Experiment)) -> String {
        let mut draft = preset::built_in()[0].clone();
        assert_eq!(draft.validate(), Ok(()));
        edit(&mut draft);
        draft.validate().expect_err("not allowed").to_string()
    }

    #[test]
    fn an_edited_draft_is_held_to_the_bounds_of_files() {
        let timeout = message(|draft| draft.trials.timeout_seconds = f64::NAN);
        assert_eq!(timeout, "timeout is NaN: allowed are seconds above 0, up to 86400");
        let wait = Tasks::Alike { count: 1, steps: vec![Step::Wait { ms: f64::INFINITY }] };
        assert!(message(|draft| draft.workload.tasks = wait).starts_with("ms is inf: allowed are 0 to 3600000"));
        assert!(message(|draft| draft.workload.in_flight = Some(0)).starts_with("in_flight is 0"));
        assert!(message(|draft| draft.trials.warmups = 11).starts_with("warmups is 11"));
        assert!(message(|draft| draft.title = "  ".into()).starts_with("title is"));
        let huge = message(|draft| draft.trials.budget_seconds = 1e308);
        assert_eq!(huge, "budget is 1e308: allowed are seconds above 0, up to 86400");
    }

    #[test]
    fn texts_are_visible_and_of_a_bounded_length() {
        let title = message(|draft| draft.title = "a\u{1b}[2J".into());
        assert_eq!(
            title,
            "title is \"a\\u{1b}[2J\", with the invisible character \\u{1b}: allowed are visible characters"
        );
        for hidden in ["\0", "\n", "\t", "\u{7f}", "\u{9b}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}"] {
            let text = format!("a{hidden}b");
            for found in [
                message(|draft| draft.title = text.clone()),
                message(|draft| draft.summary = text.clone()),
                message(|draft| draft.id = text.clone()),
                message(|draft| {
                    let contender = Contender::of(ModelId::PyTrio);
                    draft.left_out.push(LeftOut { contender, reason: text.clone() });
                }),
            ] {
                assert_eq!(printable::first_hidden(&found), None, "{found:?}");
            }
            let many_lines = message(|draft| draft.explanation = format!("a\n\tb\u{1b}{hidden}"));
            assert!(many_lines.starts_with("explanation holds the invisible character \\u{1b}"), "{many_lines}");
        }
        let long = message(|draft| draft.title = "x".repeat(10_000_000));
        assert!(long.contains("… (10000000 characters)") && long.len() < 300, "{long}");
        assert!(message(|draft| draft.summary = "x".repeat(501)).contains("at most 500"));
        assert!(message(|draft| draft.explanation = "x".repeat(100_001)).contains("at most 100000"));
        let mut draft = preset::built_in()[0].clone();
        draft.explanation = "- one\r\n\t- two\n".into();
        draft.title = "می\u{200c}خواهم 👩\u{200d}🚀".into();
        assert_eq!(draft.validate(), Ok(()));
    }

    #[test]
    fn a_model_is_chosen_once_and_not_left_out_as_well() {
        assert!(message(|draft| draft.models.clear()).contains("at least one"));
        let twice = message(|draft| draft.models = vec![Contender::of(ModelId::Async); 2]);
        assert!(twice.starts_with("async is chosen twice"), "{twice}");
        let both = message(|draft| {
            let reason = "slow".to_owned();
            draft.left_out.push(LeftOut { contender: Contender::of(ModelId::Sequential), reason });
        });
        assert_eq!(both, "sequential is included and left out at once");
        let crowd = |copy| Contender { copy, ..Contender::of(ModelId::Async) };
        let many = message(|draft| draft.models = (1..=65).map(crowd).collect());
        assert!(many.contains("at most 64"), "{many}");
    }
}
