//! Shapes on screen, to be explained by the legend.

use std::collections::BTreeSet;

use crate::chart::ColourKey;
use crate::trial::{PHASES, Phase};

/// Most meanings of colours that are kept; the legend names fewer.
const MOST_KEYS: usize = 64;

/// Shapes and colours on screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    phases: [bool; PHASES],
    pub gil_wait: bool,
    /// True for tasks without steps.
    pub empty_task: bool,
    pub queue: bool,
    pub late_beat: bool,
    /// True for a line from the end of a section to the task that it let in.
    pub handover: bool,
    /// Meanings of the colours.
    pub keys: BTreeSet<ColourKey>,
    /// True if there are more than are kept.
    pub more_keys: bool,
}

impl Drawn {
    /// Returns true if a span of this phase is on screen.
    pub const fn has(&self, phase: Phase) -> bool {
        self.phases[phase as usize]
    }

    /// Records a phase.
    pub const fn mark(&mut self, phase: Phase) {
        self.phases[phase as usize] = true;
    }

    /// Records the meaning of a colour.
    pub fn mark_key(&mut self, key: ColourKey) {
        if self.keys.len() < MOST_KEYS || key >= ColourKey::Unknown || self.keys.contains(&key) {
            self.keys.insert(key);
        } else {
            self.more_keys = true;
        }
    }

    /// Adds what another model shows.
    pub fn add(&mut self, other: Self) {
        self.phases.iter_mut().zip(other.phases).for_each(|(mine, theirs)| *mine |= theirs);
        self.gil_wait |= other.gil_wait;
        self.empty_task |= other.empty_task;
        self.queue |= other.queue;
        self.late_beat |= other.late_beat;
        self.handover |= other.handover;
        self.more_keys |= other.more_keys;
        other.keys.into_iter().for_each(|key| self.mark_key(key));
    }
}
