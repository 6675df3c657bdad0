//! Theme, panels and plots; one file per view. Draws the lab, pushes commands: no view starts
//! work, opens a file or holds a result.

mod compare;
mod cpu;
mod dialogs;
mod explain;
mod form;
mod headline;
pub mod icon;
pub mod keys;
mod left_panel;
mod links;
mod matrix;
mod presets;
mod status;
mod tabs;
pub mod theme;
mod timeline;
mod top_bar;
mod widgets;

use eframe::egui::{self, CentralPanel, Frame, Id, Margin, Rect, Response, ScrollArea};

use crate::lab::view::Tab;
use crate::lab::{Action, Command, Lab};

/// What a view draws from and answers with.
pub struct ViewContext<'a> {
    /// The state, for reading.
    pub lab: &'a Lab,
    /// What the user asked for, applied after drawing.
    pub commands: &'a mut Vec<Command>,
    panes: Vec<Pane>,
}

/// A part of the window that F6 goes to.
#[derive(Debug, Clone, Copy)]
struct Pane {
    first: Id,
    top_left: egui::Pos2,
    layer: egui::LayerId,
}

impl ViewContext<'_> {
    /// Pushes a command.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Pushes an action.
    pub fn act(&mut self, action: Action) {
        self.commands.push(Command::Do(action));
    }

    /// Marks a widget as the first one of a pane.
    fn pane(&mut self, first: &Response) {
        self.panes.push(Pane { first: first.id, top_left: first.rect.min, layer: first.layer_id });
    }
}

/// Draws the whole window.
pub fn show(ui: &mut egui::Ui, lab: &Lab, commands: &mut Vec<Command>) {
    let mut cx = ViewContext { lab, commands, panes: Vec::new() };
    let palette = theme::palette(ui);
    ui.ctx().accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label("Concurrency Lab"));
    top_bar::show(ui, &mut cx);
    status::show(ui, &mut cx);
    left_panel::show(ui, &mut cx);
    let frame = Frame::new().fill(palette.background).inner_margin(Margin { left: 24, right: 24, top: 12, bottom: 0 });
    CentralPanel::default().frame(frame).show(ui, |ui| {
        // At most this share of the height, so that the results stay in sight in a small window.
        let room = ui.available_height() * 0.42;
        ScrollArea::vertical().id_salt("headline").max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            headline::show(ui, &mut cx);
        });
        let shown = tabs::show(ui, &mut cx);
        match (lab.run.is_some(), shown) {
            (false, _) => explain::before(ui, &mut cx),
            (true, Tab::Compare) => compare::show(ui, &mut cx),
            (true, Tab::Cpu) => cpu::show(ui, &mut cx),
            (true, Tab::Timeline) => timeline::show(ui, &mut cx),
        }
    });
    dialogs::show(ui, &mut cx);
    move_focus(ui.ctx(), &cx);
}

/// Scrolls to the widget that has got the focus, where that is in the scroll area being filled. Called at
/// the end of what is scrolled.
fn follow_focus(ui: &egui::Ui) {
    let within = ui.min_rect();
    follow_focus_within(ui, within);
}

/// The same for a part of what is scrolled.
fn follow_focus_within(ui: &egui::Ui, within: Rect) {
    let Some(focused) = ui.memory(|memory| memory.focused()) else { return };
    let Some(response) = ui.ctx().read_response(focused) else { return };
    if response.gained_focus() && response.layer_id == ui.layer_id() && within.contains(response.rect.center()) {
        ui.scroll_to_rect(response.rect.expand(theme::STEP), None);
    }
}

/// F6: from the pane that has the focus to the first widget of the next one.
fn move_focus(ctx: &egui::Context, cx: &ViewContext<'_>) {
    let asked = Id::unique("pane requests served");
    let served = ctx.data(|data| data.get_temp::<u64>(asked)).unwrap_or(0);
    let requests = cx.lab.view.pane_requests;
    let memory = Id::unique("pane with focus");
    let current = ctx.data(|data| data.get_temp::<usize>(memory));
    if requests == served || cx.panes.is_empty() {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(asked, requests));
    let focused = ctx.memory(|memory| memory.focused());
    let inside = focused.and_then(|id| {
        let rect = ctx.read_response(id)?.rect;
        cx.panes.iter().position(|pane| pane.first == id).or_else(|| nearest_pane(cx, rect))
    });
    let next = inside.or(current).map_or(0, |place| (place + 1) % cx.panes.len());
    ctx.data_mut(|data| data.insert_temp(memory, next));
    ctx.memory_mut(|memory| memory.request_focus(cx.panes[next].first));
}

/// The pane whose first widget is the closest one above or left of a widget.
fn nearest_pane(cx: &ViewContext<'_>, rect: Rect) -> Option<usize> {
    let reach = |pane: &Pane| {
        (rect.min - pane.top_left).length() + if pane.layer.order > egui::Order::Middle { 1e6 } else { 0.0 }
    };
    (0..cx.panes.len()).min_by(|left, right| reach(&cx.panes[*left]).total_cmp(&reach(&cx.panes[*right])))
}
