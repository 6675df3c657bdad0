//! Undo and redo of changes to the draft: one step per change. The changes of one drag, or of typing into one field, are
//! one step. Draws nothing.

use std::mem::{Discriminant, discriminant};

use super::command::Edit;
use super::draft::DraftState;

/// Largest number of steps that can be undone.
const MOST_STEPS: usize = 100;

/// A change that can be undone or redone.
#[derive(Debug, Clone)]
struct Step {
    /// The draft that undoing or redoing brings back.
    state: DraftState,
    /// Name of what changed.
    what: String,
}

/// A field whose changes in one gesture are one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field(Discriminant<Edit>, String);

/// The changes of the draft so far.
#[derive(Debug, Default)]
pub struct Undo {
    past: Vec<Step>,
    future: Vec<Step>,
    /// Field of the newest step, and the gesture in which it changed.
    latest: Option<(Field, u64)>,
    /// Last undone or redone change, for the status line, until the next command.
    pub(super) message: Option<String>,
}

impl Undo {
    /// Returns the name of the change that undoing takes back.
    #[must_use]
    pub fn undoes(&self) -> Option<&str> {
        self.past.last().map(|step| step.what.as_str())
    }

    /// Returns the name of the change that redoing makes again.
    #[must_use]
    pub fn redoes(&self) -> Option<&str> {
        self.future.last().map(|step| step.what.as_str())
    }

    /// Returns what was undone or redone by the last command: "Undone: Tasks".
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Records a change. A further change of the same field in the same gesture belongs to the step before.
    pub(super) fn record(&mut self, before: DraftState, now: &DraftState, what: String, field: Option<(Field, u64)>) {
        if before == *now {
            return;
        }
        self.future.clear();
        if field.is_some() && field == self.latest && !self.past.is_empty() {
            // Dragged back to where it was.
            if self.past.last().is_some_and(|step| step.state == *now) {
                self.past.pop();
                self.latest = None;
            }
            return;
        }
        self.latest = field;
        self.past.push(Step { state: before, what });
        if self.past.len() > MOST_STEPS {
            self.past.remove(0);
        }
    }

    /// Takes the last change back. Returns the state before it.
    pub(super) fn undo(&mut self, now: DraftState) -> Option<DraftState> {
        let step = self.past.pop()?;
        self.message = Some(format!("Undone: {}", step.what));
        self.latest = None;
        self.future.push(Step { state: now, what: step.what });
        Some(step.state)
    }

    /// Makes the change again that was taken back last. Returns the state after it.
    pub(super) fn redo(&mut self, now: DraftState) -> Option<DraftState> {
        let step = self.future.pop()?;
        self.message = Some(format!("Redone: {}", step.what));
        self.latest = None;
        self.past.push(Step { state: now, what: step.what });
        Some(step.state)
    }
}

impl Edit {
    /// Returns the name of what the edit changes, as the form has it.
    #[must_use]
    pub fn what(&self) -> String {
        let name = match self {
            Self::Tasks(_) => "Tasks",
            Self::TaskMs(_) => "Task duration",
            Self::ComputeShare(_) => "Compute",
            Self::Kernel(_) => "Kind of computing",
            Self::Steps(_) => "Steps",
            Self::Step(index, _) => return format!("Step {}", index + 1),
            Self::Ticker(_) => "Ticker",
            Self::Await(_) => "Awaiting",
            Self::Spread(_) => "Spread",
            Self::Payload(_) => "Input and output of a task",
            Self::Workers(_) => "Workers",
            Self::InFlight(_) => "Most tasks at once",
            Self::Sweep(_) => "Sweep",
            Self::Seed(_) => "Seed",
            Self::Trials(_) => "Trials",
            Self::Warmups(_) => "Warm-ups",
            Self::BudgetSeconds(_) => "Time budget",
            Self::TimeoutSeconds(_) => "Time-out",
            Self::Classes(_) => "Classes of tasks",
            Self::TaskList(_) => "Task list",
            Self::Alike => "Make all tasks the same",
            Self::Reference(_) => "Reference",
            Self::Work(_) => "Compare by",
            Self::StartMethod(_) => "How Python starts processes",
            Self::Select(contender, true) => return format!("Select {}", contender.full_name()),
            Self::Select(contender, false) => return format!("Leave out {}", contender.full_name()),
            Self::Duplicate(contender) => return format!("Duplicate {}", contender.title()),
            Self::Setting(contender, key, _) => return format!("{} of {}", key.title(), contender.title()),
            Self::Label(contender, _) => return format!("Label of {}", contender.title()),
            Self::ForceSlow => "Choose them anyway",
            Self::SelectModels(_) => "Models",
        };
        name.to_owned()
    }

    /// Returns the field that is dragged or typed into; `None` for what is chosen or pressed, where every change counts.
    pub(super) fn field(&self) -> Option<Field> {
        let part = match self {
            Self::Tasks(_)
            | Self::TaskMs(_)
            | Self::ComputeShare(_)
            | Self::Workers(_)
            | Self::InFlight(_)
            | Self::Seed(_)
            | Self::Trials(_)
            | Self::Warmups(_)
            | Self::BudgetSeconds(_)
            | Self::TimeoutSeconds(_)
            | Self::Payload(_) => String::new(),
            Self::Spread(spread) => spread.name().to_owned(),
            Self::Step(index, step) => format!("{index} {}", step.kind().name),
            Self::Sweep(sweep) => sweep.as_ref()?.key.to_string(),
            // Settings are part of a contender's name, which changes with each letter typed.
            Self::Setting(contender, key, _) => format!("{} {}", contender.model.info().title, key.title()),
            Self::Label(contender, _) => contender.model.info().title.to_owned(),
            Self::Classes(classes) => format!("{} {}", classes.list.len(), classes.steps.len()),
            Self::Kernel(_)
            | Self::Steps(_)
            | Self::Ticker(_)
            | Self::Await(_)
            | Self::TaskList(_)
            | Self::Alike
            | Self::Reference(_)
            | Self::Work(_)
            | Self::StartMethod(_)
            | Self::Select(..)
            | Self::Duplicate(_)
            | Self::ForceSlow
            | Self::SelectModels(_) => return None,
        };
        Some(Field(discriminant(self), part))
    }
}
