//! What the user can ask for: one command per intention, and one table with the words and keys of
//! those that stand behind a button. Commands are applied after drawing, in `lab`.

use std::path::PathBuf;

use super::view::{Axis, Sort, Tab, Theme, Zoom};
use crate::experiment::TrialCount;
use crate::export::{CsvDialect, Kind};
use crate::model::Contender;
use crate::python::StartMethod;
use crate::workload::{Kernel, ListedTask, Spread, Step, Work};

/// One intention of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Something that has a label and maybe a key.
    Do(Action),
    /// Take a preset as the new draft, by its place in the list.
    SelectPreset(usize),
    /// Change the draft.
    Edit(Edit),
    /// Name the model that will be fastest.
    Guess(Contender),
    /// Light, dark or as the system has it.
    Theme(Theme),
    /// Order of the rows.
    Sort(Sort),
    /// Linear or logarithmic.
    Axis(Axis),
    /// Show or hide the details of a row.
    ToggleRow(Contender),
    /// Show all lanes of a model on the timeline, or a few.
    ToggleLanes(Contender),
    /// Whose starts and ends are listed.
    OrderOf(Contender),
    /// Which trial the timeline shows; `None` for the one nearest the median.
    TimelineRound(Option<i32>),
    /// Move the shared time axis.
    Zoom(Zoom),
    /// The path field of the open dialog.
    DialogPath(String),
    /// What the export dialog writes.
    DialogKind(Kind),
    /// Separators of exported tables.
    Dialect(CsvDialect),
    /// The title field of the preset dialog.
    DialogTitle(String),
    /// The description field of the preset dialog.
    DialogSummary(String),
    /// Ask the system's file dialog for a path.
    BrowsePath,
    /// Do what the open dialog is for; `replace` after a warning.
    ConfirmDialog {
        /// Overwrite an existing file.
        replace: bool,
    },
    /// Read an experiment, a stored run or a task list.
    OpenFile(PathBuf),
    /// Ask whether to open a web page.
    AskLink(String),
    /// Copy the address of the web page asked about.
    CopyLink,
    /// Forget the notice.
    DismissNotice,
    /// The interpreter of this tag is the one that Python models without a named one run on.
    FirstPython(String),
    /// Start and use an interpreter that was found near the current folder, from now on.
    ConfirmPython(PathBuf),
    /// Show a column of models for the interpreter of this tag, or hide it.
    PythonColumn(String, bool),
    /// Whether the left panel is unfolded.
    Panel(bool),
    /// Whether it is so in a narrow window as well.
    PanelInNarrow(bool),
}

/// A change of the draft experiment.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Number of tasks.
    Tasks(u32),
    /// Milliseconds of one task, all timed steps together.
    TaskMs(f64),
    /// Share of computing in a task, 0 to 1.
    ComputeShare(f64),
    /// Kernel of all compute steps.
    Kernel(Kernel),
    /// All steps.
    Steps(Vec<Step>),
    /// One step, by its place.
    Step(usize, Step),
    /// Whether a ticker runs beside the work.
    Ticker(bool),
    /// How durations differ.
    Spread(Spread),
    /// Workers of the pools; `None` is one per CPU.
    Workers(Option<u32>),
    /// Tasks in flight of the per-task models; `None` is all.
    InFlight(Option<u32>),
    /// Seed of durations and order.
    Seed(u64),
    /// Measured rounds.
    Trials(TrialCount),
    /// Warm-up rounds.
    Warmups(u32),
    /// Seconds for measuring with automatic rounds.
    BudgetSeconds(f64),
    /// Seconds after which a trial is ended.
    TimeoutSeconds(f64),
    /// A list of named tasks.
    TaskList(Vec<ListedTask>),
    /// Tasks alike instead of a list.
    Alike,
    /// What the others are compared with.
    Reference(Contender),
    /// What is the same on all hosts.
    Work(Work),
    /// How Python starts processes.
    StartMethod(StartMethod),
    /// Choose a model or leave it out.
    Select(Contender, bool),
    /// Choose all models that are wanted and too slow to be run without asking.
    InsistOnSlow,
}

/// Something behind a button, a key, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start the experiment.
    Run,
    /// Stop it; finished trials remain.
    Cancel,
    /// Add rounds to the results shown.
    MoreRounds,
    /// Choose an export.
    Export,
    /// Open an experiment, a stored run or a task list.
    Open,
    /// Import a task list.
    ImportTaskList,
    /// Save the draft among the user's presets.
    SavePreset,
    /// The measuring method.
    Help,
    /// What to look for in this preset.
    Explanation,
    /// All caveats with their remedies.
    Caveats,
    /// Which interpreters Python models run on.
    Interpreters,
    /// Back to the preset as it was.
    Revert,
    /// Close the open dialog.
    CloseDialog,
    /// Move the focus to the next pane.
    NextPane,
    /// Copy the list of starts and ends.
    CopyOrder,
    /// Go to a view.
    Tab(Tab),
}

/// A key, named without a widget library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A letter or digit, upper case.
    Char(char),
    /// A function key.
    F(u8),
    /// Escape.
    Escape,
}

/// A key combination. `ctrl` is the command key on macOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// With the control (command) key.
    pub ctrl: bool,
    /// Which key.
    pub key: Key,
}

/// Label, tooltip and key of an action.
#[derive(Debug, Clone, Copy)]
pub struct CommandInfo {
    /// The action described.
    pub action: Action,
    /// Label of the button.
    pub label: &'static str,
    /// Effect of the action, as a sentence.
    pub tooltip: &'static str,
    /// Key combination, if there is one.
    pub shortcut: Option<Shortcut>,
}

const fn ctrl(key: char) -> Option<Shortcut> {
    Some(Shortcut { ctrl: true, key: Key::Char(key) })
}

const fn plain(key: Key) -> Option<Shortcut> {
    Some(Shortcut { ctrl: false, key })
}

const fn info(action: Action, label: &'static str, tooltip: &'static str, shortcut: Option<Shortcut>) -> CommandInfo {
    CommandInfo { action, label, tooltip, shortcut }
}

/// Every action with its label, tooltip and key.
pub const ACTIONS: [CommandInfo; 18] = [
    info(Action::Run, "Run", "Runs the experiment under every chosen model", ctrl('R')),
    info(Action::Cancel, "Cancel", "Stops the run; finished trials remain", plain(Key::Escape)),
    info(Action::MoreRounds, "More rounds", "Runs further rounds and adds them to these results", None),
    info(Action::Export, "Export…", "Writes the results as CSV or JSON", ctrl('E')),
    info(Action::Open, "Open…", "Opens an experiment file, a stored run or a task list", ctrl('O')),
    info(
        Action::ImportTaskList,
        "Import task list…",
        "Reads named tasks from a CSV with the columns name, compute_ms, wait_ms",
        None,
    ),
    info(Action::SavePreset, "Save preset…", "Keeps this experiment among your own presets", None),
    info(Action::Help, "Help", "How the lab measures, and all keys", plain(Key::F(1))),
    info(Action::Explanation, "What to look for", "What this preset shows, and why", None),
    info(Action::Caveats, "Caveats", "What limits these figures, and what to do about it", None),
    info(
        Action::Interpreters,
        "Interpreters…",
        "Which Python interpreters there are, and which of them are used",
        None,
    ),
    info(Action::Revert, "Revert", "Takes back all edits of this preset", None),
    info(Action::CloseDialog, "Close", "Closes the dialog", None),
    info(Action::NextPane, "Next pane", "Moves the keyboard focus to the next part of the window", plain(Key::F(6))),
    info(Action::CopyOrder, "Copy order", "Copies the list of starts and ends", None),
    info(Action::Tab(Tab::Compare), "Compare", "One row per model: times, interval, ideal, cost", ctrl('1')),
    info(Action::Tab(Tab::Cpu), "CPU", "Usage of each core over time, per model", ctrl('2')),
    info(
        Action::Tab(Tab::Timeline),
        "Timeline",
        "Every task on its worker's lane, all models on one time axis",
        ctrl('3'),
    ),
];

impl Action {
    /// Returns its label, tooltip and key.
    #[must_use]
    pub fn info(self) -> &'static CommandInfo {
        ACTIONS.iter().find(|info| info.action == self).unwrap_or(&ACTIONS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_no_final_period_and_keys_are_used_once() {
        for (place, info) in ACTIONS.iter().enumerate() {
            assert!(!info.label.ends_with('.') && !info.tooltip.ends_with('.'), "{}", info.label);
            assert_eq!(info.action.info().label, info.label);
            let again = ACTIONS[place + 1..].iter().find(|other| other.shortcut == info.shortcut);
            assert!(info.shortcut.is_none() || again.is_none(), "{}", info.label);
        }
    }
}
