//! The table of actions: label, tooltip and key of each, read by buttons, keys, help and command palette.

use super::command::Action;
use super::view::Tab;

/// A key, named without a widget library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A letter, upper case, a digit or a sign.
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
    /// Held together with the shift key.
    pub shift: bool,
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
    Some(Shortcut { ctrl: true, shift: false, key: Key::Char(key) })
}

const fn ctrl_shift(key: char) -> Option<Shortcut> {
    Some(Shortcut { ctrl: true, shift: true, key: Key::Char(key) })
}

const fn plain(key: Key) -> Option<Shortcut> {
    Some(Shortcut { ctrl: false, shift: false, key })
}

const fn info(action: Action, label: &'static str, tooltip: &'static str, shortcut: Option<Shortcut>) -> CommandInfo {
    CommandInfo { action, label, tooltip, shortcut }
}

/// Every action with its label, tooltip and key.
pub const ACTIONS: [CommandInfo; 48] = [
    info(Action::Run, "Run", "Runs the experiment under every chosen model", ctrl('R')),
    info(
        Action::RunWhenQuiet,
        "Run when quiet",
        "Waits until other programs leave the CPUs alone, then runs the experiment",
        None,
    ),
    info(Action::RunNow, "Run now", "Stops waiting for other programs: the run starts at once", None),
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
    info(
        Action::OwnCommand,
        "Own command…",
        "Measures a command of yours under every native model and three of Python",
        None,
    ),
    info(Action::Help, "Help", "What the views show, all keys, and how the lab measures", plain(Key::F(1))),
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
    info(Action::CopyTable, "Copy table", "Copies the table of results, for a spreadsheet", None),
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
    info(Action::Undo, "Undo", "Takes the last change of the form back", ctrl('Z')),
    info(Action::Redo, "Redo", "Makes the change again that was taken back last", ctrl_shift('Z')),
    info(Action::Palette, "Commands…", "Finds every command, preset and model by its name", ctrl('K')),
    info(Action::Larger, "Larger", "Shows texts, controls and plots larger", ctrl('+')),
    info(Action::Smaller, "Smaller", "Shows texts, controls and plots smaller", ctrl('-')),
    info(Action::ActualSize, "Normal size", "Shows texts, controls and plots at 100 %", ctrl('0')),
    info(
        Action::Selfcheck,
        "Self-check",
        "What the lab itself costs on this machine, and what this machine can't support",
        None,
    ),
    info(Action::StartSelfcheck, "Start self-check", "Takes all checks; nothing is stored", None),
    info(Action::CancelSelfcheck, "Stop self-check", "Ends the self-check; what was measured remains", None),
    info(
        Action::Present,
        "Presentation",
        "Shows the results in large type, one model after the other and the answer at the end",
        plain(Key::F(5)),
    ),
    info(Action::PresentNext, "Next model", "Shows one model more: also Right, Page down", None),
    info(Action::PresentPrevious, "Previous model", "Shows one model less: also Left, Page up", None),
    info(Action::EndPresentation, "End presentation", "Shows the whole window again: also Escape", None),
    info(Action::CloseSheet, "Close sheet", "Closes the text beside the results", None),
    info(
        Action::BeforeRun,
        "Before the run",
        "Shows the page before a run: the workload and the question; these results stay in Runs",
        None,
    ),
    info(Action::ShowIdeals, "Show the ideals", "Shows the ideals without a guess", None),
];

/// Further keys of actions that have another key in the table.
pub const MORE_KEYS: [(Action, Shortcut); 2] = [
    (Action::Redo, Shortcut { ctrl: true, shift: false, key: Key::Char('Y') }),
    // The key of "+" without shift on many keyboards.
    (Action::Larger, Shortcut { ctrl: true, shift: false, key: Key::Char('=') }),
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
            assert!(MORE_KEYS.iter().all(|(_, key)| info.shortcut != Some(*key)), "{}", info.label);
        }
    }
}
