//! The process of a supervised child: the leader of its own tree, or a member of this process's tree.

use std::process::ExitStatus;
use std::time::Duration;

use crossbeam_channel::{Receiver, never};

use crate::failure::Exit;
use crate::process_tree::Tree;

/// Result of waiting for a child's exit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// It has exited; `None` if the system did not report how.
    Exited(Option<Exit>),
    /// It has not exited by itself. A child with a process tree of its own has been killed.
    StillRunning,
}

/// Process of a supervised child.
#[derive(Debug)]
pub struct ChildProcess {
    /// `None` for a member of this process's tree.
    tree: Option<Tree>,
    /// Exit status from the waiting thread of a member.
    exit: Receiver<Option<ExitStatus>>,
    /// Set once the exit of a member was received; the inner `None` if the system did not report a status.
    exited: Option<Option<ExitStatus>>,
}

impl ChildProcess {
    pub(super) fn leader(tree: Tree) -> Self {
        Self { tree: Some(tree), exit: never(), exited: None }
    }

    pub(super) const fn member(exit: Receiver<Option<ExitStatus>>) -> Self {
        Self { tree: None, exit, exited: None }
    }

    pub(super) const fn is_leader(&self) -> bool {
        self.tree.is_some()
    }

    pub(super) const fn has_exited(&self) -> bool {
        self.exited.is_some()
    }

    pub(super) const fn exit(&self) -> &Receiver<Option<ExitStatus>> {
        &self.exit
    }

    pub(super) const fn record_exit(&mut self, status: Option<ExitStatus>) {
        self.exited = Some(status);
    }

    /// Kills the process tree that the child leads, and waits for the child. Does nothing for a member of this process's
    /// tree, which ends with that.
    pub fn kill(&mut self) {
        if let Some(tree) = &mut self.tree {
            // An error means that it has exited.
            let _ = tree.kill();
        }
    }

    /// Waits for the exit of a leader; returns the recorded exit of a member.
    pub(super) fn wait_within(&mut self, within: Duration) -> Waited {
        let Some(tree) = &mut self.tree else {
            return self.exited.map_or(Waited::StillRunning, |status| Waited::Exited(status.map(Into::into)));
        };
        match tree.wait_within(within) {
            Ok(None) => Waited::StillRunning,
            Ok(Some(status)) => Waited::Exited(Some(status.into())),
            Err(_) => Waited::Exited(None),
        }
    }
}
