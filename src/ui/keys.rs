//! Keys: the table of actions translated for the widget library.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use crate::lab::command::{self, ACTIONS, Shortcut};
use crate::lab::{Action, Command, Lab};

/// The key combination as egui names it; `None` for a key that it does not know.
#[must_use]
pub fn shortcut(shortcut: Shortcut) -> Option<KeyboardShortcut> {
    let key = match shortcut.key {
        command::Key::Char(letter) => Key::from_name(&letter.to_string())?,
        command::Key::F(number) => Key::from_name(&format!("F{number}"))?,
        command::Key::Escape => Key::Escape,
    };
    Some(KeyboardShortcut::new(if shortcut.ctrl { Modifiers::COMMAND } else { Modifiers::NONE }, key))
}

/// Reads the keys of all actions. An open dialog or menu keeps them for itself.
pub fn read(ctx: &egui::Context, lab: &Lab, commands: &mut Vec<Command>) {
    if lab.dialog.is_some() || ctx.any_popup_open() {
        return;
    }
    for words in &ACTIONS {
        let Some(shortcut) = words.shortcut.and_then(shortcut) else { continue };
        if words.action == Action::Cancel && !lab.is_running() {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            commands.push(Command::Do(words.action));
        }
    }
}

/// A tooltip: what it does, and its key.
#[must_use]
pub fn tooltip(ctx: &egui::Context, action: Action) -> String {
    let words = action.info();
    match words.shortcut.and_then(shortcut) {
        Some(keys) => format!("{} ({})", words.tooltip, ctx.format_shortcut(&keys)),
        None => words.tooltip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_exists() {
        for words in &ACTIONS {
            assert_eq!(words.shortcut.is_some(), words.shortcut.and_then(shortcut).is_some(), "{}", words.label);
        }
    }
}
