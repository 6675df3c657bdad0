//! The lab's access to the outside: sessions, interpreters, folders, and redrawing. Tests replace it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::pace::FramePace;
use crate::code::Consents;
use crate::cpus::Cpus;
use crate::python::Interpreters;
use crate::record::Store;
use crate::selfcheck::RunningSelfcheck;
use crate::session::{Headroom, Machine, Observer, Sessions};

/// Wakes the window, from any thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Searches for interpreters. Of those near the current folder it starts only the ones it is given.
pub type FindInterpreters = Arc<dyn Fn(&[PathBuf]) -> Interpreters + Send + Sync>;

/// Examines the machine for a run whose record goes to this folder; blocks.
pub type Examine = Arc<dyn Fn(Option<&Path>) -> Headroom + Send + Sync>;

/// Examines what this machine is; blocks.
pub type ThisMachine = Arc<dyn Fn() -> Machine + Send + Sync>;

/// Starts a self-check with the first of these interpreters, which draws in the breaks that it tells this observer of.
pub type StartSelfcheck =
    Arc<dyn Fn(Arc<Interpreters>, Arc<dyn Observer>) -> std::io::Result<RunningSelfcheck> + Send + Sync>;

/// Everything that the lab needs from outside; scripted in tests.
#[derive(Clone)]
pub struct Services {
    /// Starts runs.
    pub sessions: Arc<dyn Sessions>,
    /// Starts a self-check.
    pub start_selfcheck: StartSelfcheck,
    /// Searches for interpreters, given the confirmed ones near the current folder; blocks.
    pub find_interpreters: FindInterpreters,
    /// Interpreters near the current folder that the user confirmed in earlier sessions.
    pub confirmed_interpreters: Vec<PathBuf>,
    /// Examines the limits of the machine.
    pub examine: Examine,
    /// Logical CPUs that estimates assume until a session has inspected the machine.
    pub cpus: Cpus,
    /// Folder of the user's presets; `None` without a home folder.
    pub preset_folder: Option<PathBuf>,
    /// Stored runs; `None` without a home folder.
    pub history: Option<Store>,
    /// Consents to run code that the user has given; `None` without a home folder.
    pub consents: Option<Consents>,
    /// Folder that file dialogs open in.
    pub start_folder: PathBuf,
    /// Redraws the window for events of a run, where that disturbs no measurement.
    pub pace: Arc<FramePace>,
    /// Redraws the window at once, for what the user has asked for.
    pub wake: Wake,
    /// Examines what this machine is, to mark stored runs of others.
    pub this_machine: ThisMachine,
}

impl Services {
    /// Returns the observer of sessions.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.pace) as Arc<dyn Observer>
    }
}
