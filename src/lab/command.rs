//! The user's commands, and the table of actions with label, tooltip and key. Commands are applied after drawing, in
//! `update`.

use std::path::PathBuf;

use super::guess::GuessEdit;
use super::history::RunsCommand;
use super::notices::NoticesCommand;
use super::preset_changes::PresetsCommand;
use super::timeline_view::TimelineCommand;
use super::view::{Axis, BudgetUnit, LeftTab, Sort, Tab, TaskPlot, Theme, TrialScale, Zoom};
use crate::analysis::distribution::TaskTime;
use crate::experiment::TrialCount;
use crate::experiment::sweep::Sweep;
use crate::export::CsvDialect;
use crate::model::{Contender, SettingKey};
use crate::python::StartMethod;
use crate::report::Kind;
use crate::workload::{Awaiting, Classes, DurationDistribution, Kernel, ListedTask, Payload, Step, Work, WorkerCount};

/// A request of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Perform an action of the table.
    Do(Action),
    /// Load a preset, by its index in the list.
    SelectPreset(usize),
    /// Change the draft.
    Edit(Edit),
    /// Change the guess.
    Guess(GuessEdit),
    /// List the presets that have these words alone.
    SearchPresets(String),
    /// Choose the theme.
    Theme(Theme),
    /// Choose the order of the rows.
    Sort(Sort),
    /// Choose the scale of the wall times.
    Axis(Axis),
    /// Show the point of this index.
    Point(usize),
    /// Hide or show the curves of a model.
    ToggleCurve(Contender),
    /// Choose the metric of the scaling view by its id.
    Curve(&'static str),
    /// Choose the time of the tasks that the distribution view shows.
    TaskTime(TaskTime),
    /// Choose the form of its distribution.
    TaskPlot(TaskPlot),
    /// Choose the values on the axis of the trials.
    TrialScale(TrialScale),
    /// Choose the unit of the time budgets.
    BudgetUnit(BudgetUnit),
    /// Show a model in the plots of the distribution view, or leave it out.
    ToggleDistribution(Contender),
    /// Show or hide the details of a row.
    ToggleRow(Contender),
    /// Show all lanes of a model on the timeline, or only a few.
    ToggleLanes(Contender),
    /// List the starts and ends of this model's tasks.
    OrderOf(Contender),
    /// Choose the round that the timeline shows; `None` is the one nearest the median.
    TimelineRound(Option<i32>),
    /// Move the shared time axis.
    Zoom(Zoom),
    /// Set the path in the open dialog.
    DialogPath(String),
    /// Choose the file that the export dialog writes.
    DialogKind(Kind),
    /// Choose the separators of exported tables.
    Dialect(CsvDialect),
    /// Set the title in the preset dialog.
    DialogTitle(String),
    /// Set the description in the preset dialog.
    DialogSummary(String),
    /// Open the system's file dialog.
    BrowsePath,
    /// Confirm the open dialog.
    ConfirmDialog {
        /// Overwrite an existing file. Set only after a warning.
        replace: bool,
    },
    /// Read an experiment, a stored run or a task list.
    OpenFile(PathBuf),
    /// Open the dialog that asks before a web page is opened.
    AskLink(String),
    /// Copy the address in that dialog.
    CopyLink,
    /// Compare the run shown with the stored run of this id.
    CompareWithRun(String),
    /// Show the stored runs to compare with again.
    ChooseOtherRun,
    /// List the functions of the file in the open dialog.
    ListFunctions,
    /// Choose one of them.
    ChooseFunction(String),
    /// Set the arguments in the open dialog.
    DialogArguments(String),
    /// Dismiss messages, or show them.
    Notices(NoticesCommand),
    /// Make the interpreter with this tag the first: Python models run on it unless they name another one.
    FirstPython(String),
    /// Trust an interpreter near the current folder: start it now and in later sessions.
    ConfirmPython(PathBuf),
    /// Show or hide the model column of the interpreter with this tag.
    PythonColumn(String, bool),
    /// Unfold or fold the left panel.
    Panel(bool),
    /// Unfold or fold the left panel in a narrow window.
    PanelInNarrow(bool),
    /// Do something with stored runs.
    Runs(RunsCommand),
    /// Do something with the user's presets.
    Presets(PresetsCommand),
    /// Show a list in the left panel.
    LeftTab(LeftTab),
    /// Ask before the window is closed in the middle of a run.
    AskToClose,
    /// Answer a question of the tab Learn by the index of a choice.
    Answer {
        /// Index of the question.
        question: usize,
        /// Index of the choice.
        choice: usize,
    },
    /// Show the card of a model.
    ShowCard(Contender),
    /// Search, select or colour tasks on the timeline.
    Timeline(TimelineCommand),
}

/// A change of the draft experiment.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Number of tasks.
    Tasks(u32),
    /// Duration of one task in milliseconds, over all timed steps.
    TaskMs(f64),
    /// Share of computing in a task, 0 to 1.
    ComputeShare(f64),
    /// Kernel of all compute steps.
    Kernel(Kernel),
    /// All steps.
    Steps(Vec<Step>),
    /// One step, by its index.
    Step(usize, Step),
    /// Ticker beside the work, on or off.
    Ticker(bool),
    /// How event loops await their tasks.
    Await(Awaiting),
    /// Distribution of durations.
    Spread(DurationDistribution),
    /// Data that each task is given and returns.
    Payload(Option<Payload>),
    /// Workers of the pools; `None` means one per CPU.
    Workers(Option<WorkerCount>),
    /// Limit of tasks in flight for per-task models; `None` means all.
    InFlight(Option<u32>),
    /// Setting that is swept; `None` measures one point.
    Sweep(Option<Sweep>),
    /// Seed of durations and order.
    Seed(u64),
    /// Measured rounds.
    Trials(TrialCount),
    /// Warm-up rounds.
    Warmups(u32),
    /// Time budget for automatic rounds, seconds.
    BudgetSeconds(f64),
    /// Time-out of a trial, seconds.
    TimeoutSeconds(f64),
    /// All classes of tasks.
    Classes(Classes),
    /// A list of named tasks.
    TaskList(Vec<ListedTask>),
    /// Identical tasks instead of a list.
    Alike,
    /// The model that the others are compared with.
    Reference(Contender),
    /// Property that all hosts share: the time or the algorithm.
    Work(Work),
    /// Start method of Python's multiprocessing.
    StartMethod(StartMethod),
    /// Add a model to the experiment, or remove it.
    Select(Contender, bool),
    /// Add a copy of a chosen model, whose settings can then be changed.
    Duplicate(Contender),
    /// Set or remove a setting of one model alone.
    Setting(Contender, SettingKey, Option<String>),
    /// Set or remove the label of a model.
    Label(Contender, Option<String>),
    /// Run the wanted models that take more than a minute a trial as well.
    ForceSlow,
}

/// A command with a button, a key, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start the experiment.
    Run,
    /// Cancel the run; finished trials remain.
    Cancel,
    /// Add rounds to the results shown.
    MoreRounds,
    /// Open the export dialog.
    Export,
    /// Open the dialog that compares the results shown with a stored run.
    CompareWith,
    /// Open the dialog for experiments, stored runs and task lists.
    Open,
    /// Open the dialog for task lists.
    ImportTaskList,
    /// Open the dialog that saves the draft as a preset.
    SavePreset,
    /// Open the dialog that makes an experiment of a Python function.
    OwnFunction,
    /// Open the dialog that makes an experiment of a command.
    OwnCommand,
    /// Show the help.
    Help,
    /// Show the preset's explanation.
    Explanation,
    /// Show all caveats with their remedies.
    Caveats,
    /// Show the interpreters.
    Interpreters,
    /// Undo all edits of the preset.
    Revert,
    /// Close the open dialog.
    CloseDialog,
    /// Move the focus to the next pane.
    NextPane,
    /// Copy the list of starts and ends to the clipboard.
    CopyOrder,
    /// Copy a picture of the view shown to the clipboard.
    CopyPicture,
    /// Open the dialog that saves a picture of the view shown.
    SavePicture,
    /// Show a view.
    Tab(Tab),
    /// Copy the code of the model whose card is shown.
    CopyCode,
    /// Load the preset that measures the cost of a task.
    LoadTinyTasks,
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
    /// Held together with the control key (the command key on macOS).
    pub ctrl: bool,
    /// The key.
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
pub const ACTIONS: [CommandInfo; 29] = [
    info(Action::Run, "Run", "Runs the experiment under every chosen model", ctrl('R')),
    info(Action::Cancel, "Cancel", "Stops the run; finished trials remain", plain(Key::Escape)),
    info(Action::MoreRounds, "More rounds", "Runs further rounds and adds them to these results", None),
    info(Action::Export, "Export…", "Writes the results as tables, reports, charts or a trace", ctrl('E')),
    info(Action::CompareWith, "Compare with…", "Compares these results with a stored run of the same workload", None),
    info(Action::Open, "Open…", "Opens an experiment file, a stored run or a task list", ctrl('O')),
    info(
        Action::ImportTaskList,
        "Import task list…",
        "Reads named tasks from a CSV with the columns name, compute_ms, wait_ms",
        None,
    ),
    info(Action::SavePreset, "Save preset…", "Saves this experiment as one of your presets", None),
    info(Action::OwnFunction, "Own function…", "Measures a Python function of yours under every model of Python", None),
    info(Action::OwnCommand, "Own command…", "Measures a command of yours under every model", None),
    info(Action::Help, "Help", "How the lab measures, and all keys", plain(Key::F(1))),
    info(Action::Explanation, "What to look for", "What this preset shows, and why", None),
    info(Action::Caveats, "Caveats", "What limits these figures, and what to do about it", None),
    info(
        Action::Interpreters,
        "Interpreters…",
        "Which Python interpreters there are, and which of them are used",
        None,
    ),
    info(Action::Revert, "Revert", "Undoes all edits of this preset", None),
    info(Action::CloseDialog, "Close", "Closes the dialog", None),
    info(Action::NextPane, "Next pane", "Moves the keyboard focus to the next part of the window", plain(Key::F(6))),
    info(Action::CopyPicture, "Copy picture", "Copies this view as a picture to the clipboard", None),
    info(Action::SavePicture, "Save picture…", "Saves this view as a picture: .png or .svg", None),
    info(Action::CopyOrder, "Copy order", "Copies the list of starts and ends", None),
    info(Action::Tab(Tab::Compare), "Compare", "One row per model: times, interval, ideal, cost", ctrl('1')),
    info(Action::Tab(Tab::Cpu), "CPU", "Usage of each core over time, per model", ctrl('2')),
    info(
        Action::Tab(Tab::Timeline),
        "Timeline",
        "Every task on its worker's lane, all models on one time axis",
        ctrl('3'),
    ),
    info(
        Action::Tab(Tab::TimeBudget),
        "Time budget",
        "Where the time of the cores and of the tasks went, per model",
        ctrl('4'),
    ),
    info(
        Action::Tab(Tab::Distribution),
        "Distribution",
        "How the times of trials and tasks spread, per model",
        ctrl('5'),
    ),
    info(Action::Tab(Tab::Scaling), "Scaling", "Curves over the swept setting, one per model", ctrl('6')),
    info(Action::Tab(Tab::Learn), "Learn", "Advice, a quiz, the lesson, and a card of each model", ctrl('7')),
    info(Action::CopyCode, "Copy code", "Copies the code of this model to the clipboard", None),
    info(
        Action::LoadTinyTasks,
        "Load Tiny tasks",
        "Loads the preset that measures what each model costs per task; a run of it fills this in",
        None,
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
        for (index, info) in ACTIONS.iter().enumerate() {
            assert!(!info.label.ends_with('.') && !info.tooltip.ends_with('.'), "{}", info.label);
            assert_eq!(info.action.info().label, info.label);
            let again = ACTIONS[index + 1..].iter().find(|other| other.shortcut == info.shortcut);
            assert!(info.shortcut.is_none() || again.is_none(), "{}", info.label);
        }
    }
}
