//! Locks that tasks hold and wait for when a trial is stuck.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Blocked tasks of `two-locks` steps, and their locks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockGraph {
    /// Tasks that hold a lock, by index; limited to a readable number.
    pub holders: Vec<LockHolder>,
    /// Number of further tasks that hold a lock or wait for one.
    pub others: u32,
}

/// A task that holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// The task, from 0.
    pub task: u32,
    /// The step that takes the locks, from 0.
    pub step: u32,
    /// The lock that it holds.
    pub holds: HeldLock,
    /// The lock that it waits for.
    pub waits_for: Option<HeldLock>,
    /// Time since which it holds the one lock, nanoseconds since the trial's clock started; `None` in older stored runs.
    #[serde(default)]
    pub held_since: Option<u64>,
    /// Time since which it waits for the other one.
    #[serde(default)]
    pub waiting_since: Option<u64>,
}

/// One of the two locks of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldLock {
    /// The first lock.
    A,
    /// The second lock.
    B,
}

impl HeldLock {
    /// Both locks.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// Returns the name: "A" or "B".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

impl LockGraph {
    /// Returns true if no task holds a lock or waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.holders.is_empty() && self.others == 0
    }

    /// Adds the graph of another step.
    pub fn extend(&mut self, other: Self) {
        self.holders.extend(other.holders);
        self.others += other.others;
    }

    /// Returns true if two tasks each hold the lock that the other one waits for: a deadlock.
    #[must_use]
    pub fn has_cycle(&self) -> bool {
        self.holders.iter().any(|one| {
            self.holders.iter().any(|other| {
                one.step == other.step
                    && one.holds != other.holds
                    && one.waits_for == Some(other.holds)
                    && other.waits_for == Some(one.holds)
            })
        })
    }

    /// Returns the holders that wait for a lock, and those that don't.
    #[must_use]
    pub fn waiting_holders(&self) -> (Vec<&LockHolder>, Vec<&LockHolder>) {
        self.holders.iter().partition(|holder| holder.waits_for.is_some())
    }

    /// Describes the further tasks: "2 more tasks wait"; `None` if there are none.
    #[must_use]
    pub fn describe_others(&self) -> Option<String> {
        match self.others {
            0 => None,
            1 => Some("1 more task waits".to_owned()),
            many => Some(format!("{many} more tasks wait")),
        }
    }

    /// Describes a holder briefly: "task 0 holds A, waits for B".
    #[must_use]
    pub fn label(holder: &LockHolder) -> String {
        let LockHolder { task, holds, waits_for, .. } = holder;
        let waits = waits_for.map_or_else(String::new, |wanted| format!(", waits for {}", wanted.name()));
        format!("task {task} holds {}{waits}", holds.name())
    }

    /// Describes a holder: "task 0 holds lock A and waits for lock B". Names the step if locks of several steps are held.
    #[must_use]
    pub fn describe(&self, holder: &LockHolder) -> String {
        let several = self.holders.iter().any(|other| other.step != holder.step);
        let step = if several { format!(" of step {}", holder.step + 1) } else { String::new() };
        let LockHolder { task, holds, waits_for, .. } = holder;
        match waits_for {
            Some(wanted) => {
                format!("task {task} holds lock {}{step} and waits for lock {}", holds.name(), wanted.name())
            }
            None => format!("task {task} holds lock {}{step}", holds.name()),
        }
    }
}

impl fmt::Display for LockGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> =
            self.holders.iter().map(|holder| self.describe(holder)).chain(self.describe_others()).collect();
        f.write_str(&parts.join("; "))
    }
}
