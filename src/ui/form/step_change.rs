//! Changes of the order and number of steps: a menu beside each step.

use eframe::egui::{Button, Ui};

use crate::workload::Step;

/// A change of a list of steps at one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepChange {
    /// Exchange it with the step before.
    Earlier,
    /// Exchange it with the step after.
    Later,
    /// Add the same step after it.
    Duplicate,
    /// Take it out.
    Remove,
}

/// Changes that are possible at a step, besides taking it out.
#[derive(Debug, Clone, Copy)]
pub struct Possible {
    /// True if there is a step before.
    pub earlier: bool,
    /// True if there is a step after.
    pub later: bool,
    /// True if there is room for one more.
    pub duplicate: bool,
}

impl Possible {
    /// Returns what is possible at the step of this index among so many.
    pub const fn at(index: usize, count: usize, room: bool) -> Self {
        Self { earlier: index > 0, later: index + 1 < count, duplicate: room }
    }
}

impl StepChange {
    /// Applies the change to the steps, at an index among them.
    pub fn apply(self, steps: &mut Vec<Step>, index: usize) {
        match self {
            Self::Earlier => steps.swap(index, index - 1),
            Self::Later => steps.swap(index, index + 1),
            Self::Duplicate => steps.insert(index + 1, steps[index].clone()),
            Self::Remove => {
                steps.remove(index);
            }
        }
    }

    /// Returns by how much the number of steps changes.
    pub const fn growth(self) -> isize {
        match self {
            Self::Earlier | Self::Later => 0,
            Self::Duplicate => 1,
            Self::Remove => -1,
        }
    }
}

/// Draws the menu of a step, named "Edit step 1", and returns the change that was picked.
pub fn menu(ui: &mut Ui, step: &str, possible: Possible) -> Option<StepChange> {
    let mut picked = None;
    let entries = [
        ("Move up", "Does this step before the one above it", possible.earlier, StepChange::Earlier),
        ("Move down", "Does this step after the one below it", possible.later, StepChange::Later),
        ("Duplicate step", "Adds the same step after this one", possible.duplicate, StepChange::Duplicate),
        ("Remove step", "Takes this step out of each task", true, StepChange::Remove),
    ];
    let menu = ui.menu_button("Edit", |ui| {
        for (label, tip, enabled, change) in entries {
            if ui.add_enabled(enabled, Button::new(label)).on_hover_text(tip).clicked() {
                picked = Some(change);
                ui.close();
            }
        }
    });
    let name = format!("Edit {}", step.to_lowercase());
    menu.response.accessible_name(&name).on_hover_text("Moves, duplicates or removes this step");
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_moved_duplicated_and_removed() {
        let before: Vec<Step> = [1.0, 2.0, 3.0].map(Step::wait).to_vec();
        let after = |change: StepChange, index: usize| {
            let mut steps = before.clone();
            change.apply(&mut steps, index);
            assert_eq!(steps.len() as isize, before.len() as isize + change.growth());
            steps.iter().filter_map(Step::ms).collect::<Vec<_>>()
        };
        assert_eq!(after(StepChange::Earlier, 2), [1.0, 3.0, 2.0]);
        assert_eq!(after(StepChange::Later, 0), [2.0, 1.0, 3.0]);
        assert_eq!(after(StepChange::Duplicate, 1), [1.0, 2.0, 2.0, 3.0]);
        assert_eq!(after(StepChange::Remove, 1), [1.0, 3.0]);
        let ends = [Possible::at(0, 1, true), Possible::at(1, 3, false)];
        assert!(!ends[0].earlier && !ends[0].later && ends[1].earlier && ends[1].later && !ends[1].duplicate);
    }
}
