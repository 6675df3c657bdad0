//! Meanings of the colours of tasks on a timeline, the same in the window and in files.

use crate::model::Family;
use crate::trial::{Common, Spans, TaskSums};
use crate::workload::Workload;

/// Meaning of a task's colour. Its shape shows the state of the task in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourBy {
    /// The family of the model.
    #[default]
    State,
    /// The task: neighbours differ.
    Task,
    /// The class of the task.
    Class,
    /// The core on which the task ended.
    Core,
}

impl ColourBy {
    /// All choices, in the order offered.
    pub const ALL: [Self; 4] = [Self::State, Self::Task, Self::Class, Self::Core];

    /// Label in the menu.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Task => "task",
            Self::Class => "class",
            Self::Core => "core",
        }
    }

    /// Returns what the colour of a task stands for; `None` where it is the model's.
    #[must_use]
    pub fn key_of(self, spans: &Spans, task: u32) -> Option<ColourKey> {
        match self {
            Self::State => None,
            Self::Task => Some(ColourKey::Task(task)),
            Self::Class => {
                Some(spans.classes.of.get(task as usize).map_or(ColourKey::Unknown, |class| ColourKey::Class(*class)))
            }
            Self::Core => Some(spans.tasks[task as usize].core.map_or(ColourKey::Unknown, ColourKey::Core)),
        }
    }

    /// Returns the same for tasks that are drawn as one.
    #[must_use]
    pub fn key_of_several(self, sums: &TaskSums) -> Option<ColourKey> {
        match self {
            Self::State => None,
            Self::Task => Some(common(sums.task, ColourKey::Task)),
            Self::Class => Some(common(sums.class, |class| class.map_or(ColourKey::Unknown, ColourKey::Class))),
            Self::Core => Some(common(sums.core, |core| core.map_or(ColourKey::Unknown, ColourKey::Core))),
        }
    }
}

fn common<T>(common: Common<T>, key: impl FnOnce(T) -> ColourKey) -> ColourKey {
    match common {
        Common::All(value) => key(value),
        Common::Nothing | Common::Several => ColourKey::Several,
    }
}

/// Meaning of a span's colour, where it is not the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourKey {
    /// A task.
    Task(u32),
    /// A class, by its position.
    Class(u8),
    /// A core.
    Core(u16),
    /// Not known.
    Unknown,
    /// Neighbours that differ and are too narrow to be drawn one by one.
    Several,
}

impl ColourKey {
    /// Returns its colour. Neighbours of what is counted differ; after 15 the colours begin again.
    #[must_use]
    pub fn ink(self) -> KeyInk {
        match self {
            Self::Task(task) => KeyInk::counted(task as usize),
            Self::Class(class) => KeyInk::counted(usize::from(class)),
            Self::Core(core) => KeyInk::counted(usize::from(core)),
            Self::Unknown => KeyInk::Tertiary,
            Self::Several => KeyInk::Queue,
        }
    }

    /// Returns what it means.
    #[must_use]
    pub fn meaning(self, workload: &Workload) -> String {
        match self {
            Self::Task(task) => workload.task_title(task),
            Self::Class(class) => {
                let named = workload.classes().and_then(|classes| classes.list.get(usize::from(class)));
                named.map_or_else(|| format!("class {class}"), |class| class.name.clone())
            }
            Self::Core(core) => format!("core {core}"),
            Self::Unknown => "not known".to_owned(),
            Self::Several => "several, too narrow to tell apart".to_owned(),
        }
    }
}

/// Colour of a key, in the terms of a theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeyInk {
    /// A family's hue, and its opacity: fainter, not darker, moves it towards the surface in both themes.
    Hue(Family, f32),
    /// The colour of text of least weight.
    Tertiary,
    /// The colour of time that belongs to no model.
    Queue,
}

impl KeyInk {
    fn counted(index: usize) -> Self {
        let families = [Family::EventLoops, Family::Threads, Family::Processes, Family::Pools, Family::SubInterpreters];
        Self::Hue(families[index % 5], [1.0, 0.7, 0.45][index / 5 % 3])
    }
}
