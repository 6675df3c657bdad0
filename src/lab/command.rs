//! The user's commands. They are applied after drawing, in `update`; `command_table` has the label, tooltip and key of
//! each action.

use std::path::PathBuf;

use super::guess::GuessEdit;
use super::history::RunsCommand;
use super::notices::NoticesCommand;
use super::preset_changes::PresetsCommand;
use super::scale::Scale;
use super::timeline_view::TimelineCommand;
use super::view::{Axis, BudgetUnit, LeftTab, Sort, Tab, TaskPlot, Theme, TrialScale, Zoom};
use crate::analysis::distribution::TaskTime;
use crate::analysis::metric::Metric;
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
    /// Shows a metric as a column of the comparison, or no longer.
    Column(&'static Metric),
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
    /// Show a list of the left panel, and the panel if it is folded.
    ShowList(LeftTab),
    /// Give the list in the left panel a share of its height; `None` for the height by default.
    ListShare(Option<f32>),
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
    /// Choose the size of the window's contents.
    Scale(Scale),
    /// Search for these words in the command palette.
    PaletteWords(String),
    /// Select the entry of this index in the command palette.
    PaletteSelect(usize),
    /// Open what was dropped onto the window.
    Drop(Vec<PathBuf>),
    /// Never show the hint for the first start again.
    DismissHint,
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
    /// Way in which event loops await their tasks.
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
    /// Choose a set of models.
    SelectModels(ModelSet),
}

/// A set of models to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelSet {
    /// All that can run and take at most a minute a trial.
    All,
    /// None.
    None,
    /// Those of [`ModelSet::All`] that are native.
    Rust,
}

/// A command with a button, a key, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start the experiment.
    Run,
    /// Start the experiment once other programs leave the CPUs alone.
    RunWhenQuiet,
    /// Ends that wait.
    RunNow,
    /// Cancel the run; finished trials remain.
    Cancel,
    /// Add rounds to the results shown.
    MoreRounds,
    /// Open the export dialog.
    Export,
    /// Show the self-check, or close it.
    Selfcheck,
    /// Start a self-check.
    StartSelfcheck,
    /// End the self-check; what was measured remains.
    CancelSelfcheck,
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
    /// Copy the table of results.
    CopyTable,
    /// Open the dialog that saves a picture of the view shown.
    SavePicture,
    /// Show a view.
    Tab(Tab),
    /// Copy the code of the model whose card is shown.
    CopyCode,
    /// Load the preset that measures the cost of a task.
    LoadTinyTasks,
    /// Take the last change of the form back.
    Undo,
    /// Make the change again that was taken back last.
    Redo,
    /// Open the command palette.
    Palette,
    /// Show everything larger.
    Larger,
    /// Show everything smaller.
    Smaller,
    /// Show everything at its normal size.
    ActualSize,
    /// Close the text beside the results.
    CloseSheet,
    /// Show the results in large type, one model after the other.
    Present,
    /// Show one model more of the presentation.
    PresentNext,
    /// Show one model less of the presentation.
    PresentPrevious,
    /// End the presentation.
    EndPresentation,
    /// Show the page before a run.
    BeforeRun,
    /// Show the ideals without a guess.
    ShowIdeals,
}
