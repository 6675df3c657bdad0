//! Colours of tasks by task, class or core, and what they mean.

use eframe::egui::Color32;

use super::drawn_shapes::ColourKey;
use crate::lab::timeline_view::ColourBy;
use crate::trial::{Common, Spans, TaskSums};
use crate::ui::theme::Palette;
use crate::workload::Workload;

/// Returns what the colour of a task stands for; `None` where it is the model's.
pub fn key_of(by: ColourBy, spans: &Spans, task: u32) -> Option<ColourKey> {
    match by {
        ColourBy::State => None,
        ColourBy::Task => Some(ColourKey::Task(task)),
        ColourBy::Class => {
            Some(spans.classes.of.get(task as usize).map_or(ColourKey::Unknown, |class| ColourKey::Class(*class)))
        }
        ColourBy::Core => Some(spans.tasks[task as usize].core.map_or(ColourKey::Unknown, ColourKey::Core)),
    }
}

/// Returns the same for tasks that are drawn as one.
pub fn key_of_several(by: ColourBy, sums: &TaskSums) -> Option<ColourKey> {
    match by {
        ColourBy::State => None,
        ColourBy::Task => Some(common(sums.task, ColourKey::Task)),
        ColourBy::Class => Some(common(sums.class, |class| class.map_or(ColourKey::Unknown, ColourKey::Class))),
        ColourBy::Core => Some(common(sums.core, |core| core.map_or(ColourKey::Unknown, ColourKey::Core))),
    }
}

fn common<T>(common: Common<T>, key: impl FnOnce(T) -> ColourKey) -> ColourKey {
    match common {
        Common::All(value) => key(value),
        Common::Nothing | Common::Several => ColourKey::Several,
    }
}

/// Returns the colour of a key.
pub fn colour(palette: &Palette, key: ColourKey) -> Color32 {
    match key {
        ColourKey::Task(task) => palette.category(task as usize),
        ColourKey::Class(class) => palette.category(usize::from(class)),
        ColourKey::Core(core) => palette.category(usize::from(core)),
        ColourKey::Unknown => palette.tertiary,
        ColourKey::Several => palette.queue,
    }
}

/// Returns the meaning of a key.
pub fn meaning(key: ColourKey, workload: &Workload) -> String {
    match key {
        ColourKey::Task(task) => crate::lab::lanes::task_name(workload, task),
        ColourKey::Class(class) => {
            let named = workload.classes().and_then(|classes| classes.list.get(usize::from(class)));
            named.map_or_else(|| format!("class {class}"), |class| class.name.clone())
        }
        ColourKey::Core(core) => format!("core {core}"),
        ColourKey::Unknown => "not known".to_owned(),
        ColourKey::Several => "several, too narrow to tell apart".to_owned(),
    }
}
