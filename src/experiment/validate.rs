//! Limits of an experiment: one place for files, flags and the window's form.

use std::borrow::Cow;

use super::class_rules;
pub use super::invalid::{Allowed, Given, Invalid, LONGEST_NAME, LONGEST_SECONDS, MOST_MODELS, number};
use super::payload_rules::payload_problem;
use super::quiz::{MOST_QUESTIONS, QuizEntry, QuizProblem};
use super::sweep::SweepProblem;
use super::{Experiment, MOST_ROUNDS, TrialCount};
use crate::printable;
use crate::workload::{
    DurationDistribution, Key, LONGEST_STEP_MS, MOST_PAYLOAD_BYTES, MOST_STEPS, MOST_TASKS, MOST_WORKERS, Payload,
    Step, Tasks, Unit, ValueType, WorkerCount,
};

/// The seeds that a file can hold.
pub const SEEDS: ValueType = ValueType::Whole { least: 0, most: i64::MAX as u64, unit: Unit::Count };
/// Most warm-up rounds.
pub const MOST_WARMUPS: u32 = 10;
/// Longest id, in characters.
pub const LONGEST_ID: usize = 64;
/// Longest summary, and longest reason for leaving a model out, in characters.
pub const LONGEST_LINE: usize = 500;
/// Longest explanation, in characters.
pub const LONGEST_EXPLANATION: usize = 100_000;

/// Checks a whole number.
///
/// # Errors
/// Names field, value and bounds.
pub fn whole(field: &'static str, value: i64, low: u32, high: u32) -> Result<u32, Invalid> {
    u32::try_from(value)
        .ok()
        .filter(|value| (low..=high).contains(value))
        .ok_or_else(|| Invalid::not_allowed(field, value, counts(low, high)))
}

/// The whole numbers within these bounds.
#[must_use]
pub const fn counts(low: u32, high: u32) -> ValueType {
    ValueType::Whole { least: low as u64, most: high as u64, unit: Unit::Count }
}

/// Checks a number of milliseconds that a step may take.
///
/// # Errors
/// Names field, value and bounds.
pub fn step_ms(field: &'static str, value: f64) -> Result<f64, Invalid> {
    if (0.0..=LONGEST_STEP_MS).contains(&value) {
        Ok(value)
    } else {
        Err(Invalid::not_allowed(field, value, ValueType::Milliseconds))
    }
}

/// Checks a budget or time-out in seconds.
///
/// # Errors
/// Names field, value and bounds.
pub fn seconds(field: &'static str, value: f64) -> Result<f64, Invalid> {
    if value > 0.0 && value <= LONGEST_SECONDS {
        Ok(value)
    } else {
        Err(Invalid::not_allowed(field, value, Allowed::Seconds))
    }
}

/// Checks a name that people read.
///
/// # Errors
/// Names field and what is allowed.
pub fn name(field: &'static str, value: &str) -> Result<(), Invalid> {
    if value.trim().is_empty() || value.chars().count() > LONGEST_NAME {
        return Err(Invalid::not_allowed(field, value, Allowed::Name));
    }
    visible(field.into(), value)
}

/// Checks a text on one line, which may be empty.
///
/// # Errors
/// Names field and what is allowed.
pub fn line(field: impl Into<Cow<'static, str>>, value: &str) -> Result<(), Invalid> {
    let field = field.into();
    longest(field.clone(), value, LONGEST_LINE)?;
    visible(field, value)
}

/// Checks a text of several lines, which may be empty.
///
/// # Errors
/// Names field, character, and what is allowed.
pub fn explanation(value: &str) -> Result<(), Invalid> {
    longest("explanation".into(), value, LONGEST_EXPLANATION)?;
    match printable::first_hidden_in_block(value) {
        None => Ok(()),
        Some(letter) => Err(Invalid::InvisibleInBlock { field: "explanation".into(), letter }),
    }
}

fn longest(field: Cow<'static, str>, value: &str, most: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length <= most { Ok(()) } else { Err(Invalid::TooLong { field, length, most }) }
}

fn visible(field: Cow<'static, str>, value: &str) -> Result<(), Invalid> {
    match printable::first_hidden(value) {
        None => Ok(()),
        Some(letter) => Err(Invalid::Invisible { field, value: value.into(), letter }),
    }
}

/// Checks an id: lower-case letters, digits and `-`.
///
/// # Errors
/// Names the value and what is allowed.
pub fn id(value: &str) -> Result<(), Invalid> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if (1..=LONGEST_ID).contains(&value.len()) && value.chars().all(fits) {
        return Ok(());
    }
    Err(Invalid::not_allowed("id", value, Allowed::Id))
}

/// Checks a spread's parameter.
///
/// # Errors
/// Names field, value and bounds.
pub fn spread(spread: DurationDistribution) -> Result<(), Invalid> {
    match spread {
        DurationDistribution::Constant | DurationDistribution::Exponential => Ok(()),
        DurationDistribution::Uniform { percent } if (0.0..=100.0).contains(&percent) => Ok(()),
        DurationDistribution::Uniform { percent } => Err(Invalid::not_allowed("percent", percent, Allowed::Percent)),
        DurationDistribution::Pareto { shape } if shape > 1.0 && shape <= 100.0 => Ok(()),
        DurationDistribution::Pareto { shape } => Err(Invalid::not_allowed("shape", shape, Allowed::Shape)),
    }
}

/// Checks all values of a step.
///
/// # Errors
/// The first that is not allowed.
pub fn step(step: &Step) -> Result<(), Invalid> {
    step.kind().keys.iter().try_for_each(|key| step_key(step, key))
}

/// Checks one value of a step.
///
/// # Errors
/// Names key, value and what is allowed.
pub fn step_key(step: &Step, key: &Key) -> Result<(), Invalid> {
    let Some(value) = key.get(step) else { return Ok(()) };
    if !key.value.allows(&value) {
        return Err(Invalid::not_allowed(key.name, value, key.value));
    }
    match key.condition {
        Some(condition) if !(condition.holds)(step) && step.kind().default_of(key).as_ref() != Some(&value) => {
            Err(Invalid::Fixed { field: key.name, value: value.into(), reason: condition.otherwise })
        }
        _ => Ok(()),
    }
}

/// Sizes that a payload can have.
pub const PAYLOAD_BYTES: ValueType = ValueType::Whole { least: 0, most: MOST_PAYLOAD_BYTES, unit: Unit::Bytes };

/// Checks the sizes of a payload.
///
/// # Errors
/// Names field, value and bounds.
pub fn payload(payload: &Payload) -> Result<(), Invalid> {
    let sizes = [("input_bytes", payload.input_bytes), ("output_bytes", payload.output_bytes)];
    match sizes.into_iter().find(|(_, bytes)| *bytes > MOST_PAYLOAD_BYTES) {
        Some((field, bytes)) => Err(Invalid::not_allowed(field, bytes, PAYLOAD_BYTES)),
        None => Ok(()),
    }
}

/// Checks the questions of an experiment.
///
/// # Errors
/// The first rule that is broken.
pub fn quiz(quiz: &[QuizEntry]) -> Result<(), Invalid> {
    if quiz.len() > MOST_QUESTIONS {
        return Err(QuizProblem::TooManyQuestions(quiz.len()).into());
    }
    for entry in quiz {
        let texts = [("question", &entry.question), ("answer", &entry.answer), ("because", &entry.because)];
        let choices = entry.choices.iter().map(|choice| ("choices", choice));
        texts.into_iter().chain(choices).try_for_each(|(key, text)| line(key, text))?;
        entry.check()?;
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
        quiz(&self.quiz)?;
        let workload = &self.workload;
        match &workload.tasks {
            Tasks::Alike { count, steps } => {
                whole("tasks", (*count).into(), 1, MOST_TASKS)?;
                if steps.len() > MOST_STEPS {
                    return Err(Invalid::TooManySteps(steps.len()));
                }
                for one in steps {
                    step(one)?;
                }
            }
            Tasks::List(list) => {
                if list.is_empty() || list.len() > MOST_TASKS as usize {
                    return Err(Invalid::TaskListLength(list.len()));
                }
                for task in list.iter() {
                    name("name", &task.name)?;
                    step_ms("compute_ms", task.compute_ms)?;
                    step_ms("wait_ms", task.wait_ms)?;
                }
            }
            Tasks::Classes(classes) => {
                for (index, one) in classes.list.iter().enumerate() {
                    name("name", &one.name)?;
                    let steps = classes.steps_of(index);
                    steps.iter().try_for_each(step)?;
                    class_rules::class(one, steps)?;
                }
                class_rules::together(classes)?;
            }
        }
        spread(workload.spread)?;
        if let Some(data) = &workload.payload {
            payload(data)?;
            if let Some(problem) = payload_problem(workload) {
                return Err(problem.into());
            }
        }
        if let Some(WorkerCount::Number(workers)) = workload.workers {
            whole("workers", workers.into(), 1, MOST_WORKERS)?;
        }
        if let Some(in_flight) = workload.in_flight {
            whole("in_flight", in_flight.into(), 1, MOST_TASKS)?;
        }
        if i64::try_from(workload.seed).is_err() {
            return Err(Invalid::not_allowed("seed", workload.seed, Allowed::Seed));
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
            return Err(Invalid::NoModel);
        }
        if self.models.len() > MOST_MODELS {
            return Err(Invalid::TooManyModels(self.models.len()));
        }
        for (place, contender) in self.models.iter().enumerate() {
            if self.models[..place].iter().any(|one| one.is_same(contender)) {
                return Err(Invalid::ChosenTwice(Box::new(contender.clone())));
            }
            contender.settings.check(contender.model)?;
            if let Some(label) = &contender.label {
                name("label", label)?;
            }
            if self.left_out.iter().any(|left| left.contender.is_like(contender)) {
                return Err(Invalid::IncludedAndLeftOut(Box::new(contender.clone())));
            }
        }
        if let Some(sweep) = &self.sweep {
            sweep.values(&self.workload)?;
            sweep.check_contenders(&self.models)?;
            // Python models may still join an experiment that names none.
            if !self.models_by_default && !self.models.iter().any(|one| sweep.key.is_used_by(one.model)) {
                return Err(SweepProblem::Unused { key: sweep.key.to_string() }.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Excluded;
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
        let wait = Tasks::Alike { count: 1, steps: vec![Step::wait(f64::INFINITY)] };
        assert!(message(|draft| draft.workload.tasks = wait).starts_with("ms is inf: allowed are 0 to 3600000"));
        assert!(message(|draft| draft.workload.in_flight = Some(0)).starts_with("in_flight is 0"));
        let huge = crate::workload::Payload { output_bytes: MOST_PAYLOAD_BYTES + 1, ..Default::default() };
        let huge = message(|draft| draft.workload.payload = Some(huge));
        assert!(huge.starts_with("output_bytes is 1073741825: allowed are"), "{huge}");
        let with_code = message(|draft| {
            let command = Step::Command { argv: vec!["true".to_owned()] };
            draft.workload.tasks = Tasks::Alike { count: 1, steps: vec![Step::wait(1.0), command] };
            draft.workload.payload = Some(Payload::default());
        });
        assert!(with_code.starts_with("step 2 runs code of your own"), "{with_code}");
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
                    draft.left_out.push(Excluded { contender, reason: text.clone() });
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
    fn questions_are_few_bounded_and_visible() {
        let entry = |because: &str| QuizEntry {
            question: "Which?".to_owned(),
            choices: vec!["a".to_owned(), "b".to_owned()],
            answer: "b".to_owned(),
            because: because.to_owned(),
        };
        assert_eq!(quiz(&[entry("It is.")]), Ok(()));
        assert!(message(|draft| draft.quiz = vec![entry(&"x".repeat(501))]).contains("at most 500"));
        assert!(message(|draft| draft.quiz = vec![entry("a\u{202e}")]).contains("invisible"));
        assert!(message(|draft| draft.quiz = vec![entry("It is."); 11]).contains("at most 10"));
    }

    #[test]
    fn a_model_is_chosen_once_and_not_left_out_as_well() {
        assert!(message(|draft| draft.models.clear()).contains("at least one"));
        let twice = message(|draft| draft.models = vec![Contender::of(ModelId::Async); 2]);
        assert!(twice.starts_with("async is chosen twice"), "{twice}");
        let both = message(|draft| {
            let reason = "slow".to_owned();
            draft.left_out.push(Excluded { contender: Contender::of(ModelId::Sequential), reason });
        });
        assert_eq!(both, "sequential is included and left out at once");
        let crowd = |copy| Contender { copy, ..Contender::of(ModelId::Async) };
        let many = message(|draft| draft.models = (1..=65).map(crowd).collect());
        assert!(many.contains("at most 64"), "{many}");
    }
}
