//! The context that each view receives: the lab to read and the list of commands to push to. Draws nothing.

use eframe::egui::{Id, LayerId, Pos2, Response};

use crate::lab::{Action, Command, Lab};

/// State that a view draws, and the commands that it pushes.
pub struct ViewContext<'a> {
    /// The window's state, read-only.
    pub lab: &'a Lab,
    /// Commands of this frame, applied after drawing.
    pub commands: &'a mut Vec<Command>,
    /// Panes drawn in this frame, in the order in which F6 visits them.
    pub panes: Vec<Pane>,
    /// True where the page scrolls as a whole, and the view with it.
    pub page_scrolls: bool,
}

/// A part of the window that F6 moves the focus to.
#[derive(Debug, Clone, Copy)]
pub struct Pane {
    /// Id of its first widget, which receives the focus.
    pub first: Id,
    pub top_left: Pos2,
    pub layer: LayerId,
}

impl<'a> ViewContext<'a> {
    /// Creates the context of one frame.
    pub const fn new(lab: &'a Lab, commands: &'a mut Vec<Command>) -> Self {
        Self { lab, commands, panes: Vec::new(), page_scrolls: false }
    }

    /// Pushes a command.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Pushes the command of an action.
    pub fn act(&mut self, action: Action) {
        self.commands.push(Command::Do(action));
    }

    /// Registers a widget as the first one of a pane.
    pub fn pane(&mut self, first: &Response) {
        self.panes.push(Pane { first: first.id, top_left: first.rect.min, layer: first.layer_id });
    }
}
