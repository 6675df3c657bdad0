//! Presses of keys in one frame. A slow frame has several of the same key, and each counts.

use eframe::egui::{Event, InputState, Key, Modifiers, Ui};

/// Returns the keys pressed without a modifier in this frame, in their order.
pub fn plain(input: &InputState) -> Vec<Key> {
    let of = |event: &Event| match event {
        Event::Key { key, pressed: true, modifiers, .. } if modifiers.is_none() => Some(*key),
        _ => None,
    };
    input.events.iter().filter_map(of).collect()
}

/// Takes the presses of these keys without a modifier or with Alt, in their order; true stands for Alt.
pub fn take(ui: &Ui, keys: [Key; 2]) -> Vec<(bool, Key)> {
    let mut taken = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
            let alt = modifiers.matches_exact(Modifiers::ALT);
            let is_one = keys.contains(key) && (alt || modifiers.is_none());
            if is_one {
                taken.push((alt, *key));
            }
            !is_one
        });
    });
    taken
}
