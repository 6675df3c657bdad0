//! Presses of Tab, each at the beginning of a frame. egui moves the focus before widgets see the frame: an Enter or a letter
//! that was typed before Tab would reach the next widget, and of two presses in a slow frame one would be lost.

use eframe::egui::{Context, Event, Key, Plugin, RawInput};

/// Keeps what has to wait for the next frame.
#[derive(Debug, Default)]
pub struct TabPresses {
    waiting: Vec<Event>,
}

impl Plugin for TabPresses {
    fn debug_name(&self) -> &'static str {
        "presses of Tab"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let mut events = std::mem::take(&mut self.waiting);
        events.append(&mut input.events);
        let typed = events.iter().position(is_typed);
        let is_later_tab = |(index, event): (usize, &Event)| is_tab(event) && typed.is_some_and(|first| first < index);
        if let Some(later) = events.iter().enumerate().position(is_later_tab) {
            self.waiting = events.split_off(later);
            ctx.request_repaint();
        }
        input.events = events;
    }
}

fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Key { pressed: true, .. } | Event::Text(_) | Event::Paste(_) | Event::Ime(_))
}

const fn is_tab(event: &Event) -> bool {
    matches!(event, Event::Key { key: Key::Tab, pressed: true, .. })
}
