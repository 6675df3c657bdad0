//! Keyboard shortcuts: the table of actions, translated for egui.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use crate::lab::command::{self, ACTIONS, Shortcut};
use crate::lab::{Action, Command, Lab};

/// Returns the key combination for egui; `None` for an unknown key.
#[must_use]
pub fn shortcut(shortcut: Shortcut) -> Option<KeyboardShortcut> {
    let key = match shortcut.key {
        command::Key::Char(letter) => Key::from_name(&letter.to_string())?,
        command::Key::F(number) => Key::from_name(&format!("F{number}"))?,
        command::Key::Escape => Key::Escape,
    };
    Some(KeyboardShortcut::new(if shortcut.ctrl { Modifiers::COMMAND } else { Modifiers::NONE }, key))
}

/// Pushes the commands of the keys pressed. An open dialog or menu has the keys for itself.
pub fn read(ctx: &egui::Context, lab: &Lab, commands: &mut Vec<Command>) {
    if lab.dialog.is_some() || ctx.any_popup_open() {
        return;
    }
    for info in &ACTIONS {
        let Some(shortcut) = info.shortcut.and_then(shortcut) else { continue };
        if info.action == Action::Cancel && !lab.is_running() {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            commands.push(Command::Do(info.action));
        }
    }
}

/// Returns the tooltip of an action with its key.
#[must_use]
pub fn tooltip(ctx: &egui::Context, action: Action) -> String {
    let info = action.info();
    match info.shortcut.and_then(shortcut) {
        Some(keys) => format!("{} ({})", info.tooltip, ctx.format_shortcut(&keys)),
        None => info.tooltip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_exists() {
        for info in &ACTIONS {
            assert_eq!(info.shortcut.is_some(), info.shortcut.and_then(shortcut).is_some(), "{}", info.label);
        }
    }
}
