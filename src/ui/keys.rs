//! Keyboard shortcuts: the table of actions, translated for egui, and the gestures that edits belong to.

use eframe::egui::{self, Event, Id, Key, KeyboardShortcut, Modifiers};

use super::focus;
use crate::lab::command_table::{self, ACTIONS, MORE_KEYS, Shortcut};
use crate::lab::{Action, Command, Dialog, Lab};

/// Returns the key combination for egui; `None` for an unknown key.
#[must_use]
pub fn shortcut(shortcut: Shortcut) -> Option<KeyboardShortcut> {
    let key = match shortcut.key {
        command_table::Key::Char(letter) => Key::from_name(&letter.to_string())?,
        command_table::Key::F(number) => Key::from_name(&format!("F{number}"))?,
        command_table::Key::Escape => Key::Escape,
    };
    let ctrl = if shortcut.ctrl { Modifiers::COMMAND } else { Modifiers::NONE };
    let shift = if shortcut.shift { Modifiers::SHIFT } else { Modifiers::NONE };
    Some(KeyboardShortcut::new(ctrl | shift, key))
}

/// All keys with their actions. Those with the shift key come first: egui ignores it where a shortcut does not ask for
/// it.
fn all() -> impl Iterator<Item = (Action, Shortcut)> {
    let listed = || ACTIONS.iter().filter_map(|info| Some((info.action, info.shortcut?))).chain(MORE_KEYS);
    let with_shift = listed().filter(|(_, shortcut)| shortcut.shift);
    with_shift.chain(listed().filter(|(_, shortcut)| !shortcut.shift))
}

/// Pushes the commands of the keys pressed. An open dialog or menu has the keys for itself, a text that is being typed
/// those for undo and redo.
pub fn read(ctx: &egui::Context, lab: &Lab, typing: bool, commands: &mut Vec<Command>) {
    if matches!(lab.dialog, Some(Dialog::Palette(_))) {
        begin_afresh(ctx, commands);
    }
    if lab.dialog.is_some() || ctx.any_popup_open() {
        return;
    }
    let focused = focus::before(ctx);
    let escapes_sheet = lab.view.sheet.is_some() && (focused.in_sheet || (!lab.is_measuring() && !focused.in_text));
    if escapes_sheet && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        commands.push(Command::Do(Action::CloseSheet));
    }
    if lab.is_selfchecking() && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        commands.push(Command::Do(Action::CancelSelfcheck));
    }
    if lab.presented().is_some() && focused.id.is_none_or(|id| focus::is_in_bar(ctx, id)) {
        presentation(ctx, lab, commands);
    }
    if lab.presented().is_some() && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        commands.push(Command::Do(Action::EndPresentation));
    }
    for (action, keys) in all() {
        let changes_form = matches!(action, Action::Undo | Action::Redo);
        if (action == Action::Cancel && !lab.is_running()) || (changes_form && typing) {
            continue;
        }
        let Some(keys) = shortcut(keys) else { continue };
        let presses = ctx.input_mut(|input| input.count_and_consume_key(keys.modifiers, keys.logical_key));
        if presses > 0 {
            // Each step counts, also those of one slow frame.
            let is_step = changes_form || matches!(action, Action::Larger | Action::Smaller);
            let times = if is_step { presses } else { 1 };
            commands.extend(std::iter::repeat_n(Command::Do(action), times));
            if action == Action::Palette {
                commands.push(Command::PaletteWords(typed_by_now(ctx)));
            }
        }
    }
}

/// Has the open palette begin afresh by the key that opens it.
fn begin_afresh(ctx: &egui::Context, commands: &mut Vec<Command>) {
    let Some(keys) = Action::Palette.info().shortcut.and_then(shortcut) else { return };
    if ctx.input_mut(|input| input.consume_shortcut(&keys)) {
        commands.push(Command::PaletteWords(typed_by_now(ctx)));
    }
}

/// Takes the text that was typed in the time of this frame: its field is drawn only now.
fn typed_by_now(ctx: &egui::Context) -> String {
    let mut words = String::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Text(text) => {
                words.push_str(text);
                false
            }
            _ => true,
        });
    });
    words
}

/// Pushes the commands of the keys that go on in a presentation. Lists and plots with the focus have them for themselves.
fn presentation(ctx: &egui::Context, lab: &Lab, commands: &mut Vec<Command>) {
    for (key, action) in [
        (Key::ArrowRight, Action::PresentNext),
        (Key::PageDown, Action::PresentNext),
        (Key::ArrowLeft, Action::PresentPrevious),
        (Key::PageUp, Action::PresentPrevious),
    ] {
        if lab.can(action) {
            let presses = ctx.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
            commands.extend(std::iter::repeat_n(Command::Do(action), presses));
        }
    }
}

/// Returns the tooltip of an action with its key.
#[must_use]
pub fn tooltip(ctx: &egui::Context, action: Action) -> String {
    with_key(ctx, action, action.info().tooltip)
}

/// Returns a text with the key of an action.
#[must_use]
pub fn with_key(ctx: &egui::Context, action: Action, text: &str) -> String {
    match action.info().shortcut.and_then(shortcut) {
        Some(keys) => format!("{text} ({})", ctx.format_shortcut(&keys)),
        None => text.to_owned(),
    }
}

/// Tells gestures of the user apart: a press of the pointer until the next one, the work in one field, a request of an
/// assistive client.
#[derive(Debug, Default)]
pub struct Gestures {
    number: u64,
    focused: Option<Id>,
    /// True if a text was typed into the field with the focus.
    typed: bool,
}

impl Gestures {
    /// Reads the input of a frame and returns the number of the gesture that it belongs to.
    pub fn follow(&mut self, ctx: &egui::Context) -> u64 {
        let focused = ctx.memory(|memory| memory.focused());
        let (pressed, held, asked, typed) = ctx.input(|input| {
            let pointer = &input.pointer;
            let asked = input.events.iter().any(|event| matches!(event, Event::AccessKitActionRequest(_)));
            (
                pointer.any_pressed(),
                pointer.any_down() || pointer.any_released(),
                asked,
                input.events.iter().any(changes_text),
            )
        });
        let moved = focused != self.focused;
        // A drag gives the focus to what it drags; that does not end it.
        if pressed || asked || (moved && !held) {
            self.number += 1;
        }
        if moved {
            self.typed = false;
        }
        self.typed |= typed && ctx.text_edit_focused();
        self.focused = focused;
        self.number
    }

    /// Returns true while the field with the focus contains a text that was changed and has an undo of its own.
    #[must_use]
    pub fn is_typing(&self, ctx: &egui::Context) -> bool {
        self.typed && ctx.text_edit_focused()
    }
}

fn changes_text(event: &Event) -> bool {
    let key = |key: &Key| matches!(key, Key::Backspace | Key::Delete);
    match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(_) => true,
        Event::Key { key: pressed, pressed: true, .. } => key(pressed),
        _ => false,
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
        assert!(MORE_KEYS.iter().all(|(_, keys)| shortcut(*keys).is_some()));
    }

    #[test]
    fn keys_with_shift_are_asked_for_first() {
        let position = |wanted: Action| all().position(|(action, _)| action == wanted);
        assert!(position(Action::Redo) < position(Action::Undo));
    }
}
