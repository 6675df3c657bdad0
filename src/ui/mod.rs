//! The window's theme, panels and plots, one file per view. Views draw the lab and push commands; none
//! starts work, opens a file or holds a result.

mod appearance;
mod at_the_right;
mod before;
mod chips;
mod compare;
mod cpu;
mod dialogs;
mod distribution;
mod drop_target;
mod explain;
mod focus;
mod form;
mod frame_of_change;
mod grid_focus;
mod headline;
mod hint;
pub mod icon;
mod key_presses;
pub mod keys;
mod learn;
mod left_panel;
mod links;
mod list_box;
mod list_height;
mod matrix;
mod notices;
mod page;
mod panel_fold;
mod plot;
mod presentation;
mod presets;
mod run_notes;
mod running;
mod runs;
mod scaling;
mod search_field;
mod sheet;
mod sheet_rect;
mod status;
mod tab_button;
mod tab_presses;
mod tabs;
pub mod theme;
mod time_budget;
mod timeline;
mod top_bar;
mod variants;
mod view_context;
mod view_scroll;
mod widgets;

use eframe::egui::{self, CentralPanel, Frame, Margin};

pub use self::tab_presses::TabPresses;
use self::view_context::ViewContext;
use crate::lab::{Command, Lab};

/// Share of the window's height that a list of choices takes at most, and the height that it always may take.
const COMBO_SHARE: f32 = 0.5;
const COMBO_LEAST: f32 = 160.0;

/// Draws the window.
pub fn show(ui: &mut egui::Ui, lab: &Lab, commands: &mut Vec<Command>) {
    let mut cx = ViewContext::new(lab, commands);
    // The lists of choices are as long as they are, unless the window is lower.
    ui.spacing_mut().combo_height = (ui.ctx().content_rect().height() * COMBO_SHARE).max(COMBO_LEAST);
    ui.ctx().accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label("Concurrency Lab"));
    if lab.presented().is_some() {
        presentation::show(ui, &mut cx);
        sheet::beside(ui, &mut cx);
    } else {
        top_bar::show(ui, &mut cx);
        status::show(ui, &mut cx);
        hint::show(ui, &mut cx);
        sheet::beside(ui, &mut cx);
        left_panel::show(ui, &mut cx);
    }
    // Without a fill: the window is cleared with the background, and filling it once more by software took a third of a
    // frame.
    let frame = Frame::new().inner_margin(Margin { left: 24, right: 24, top: 12, bottom: 0 });
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if sheet::instead(ui, &mut cx) {
            return;
        }
        page::show(ui, &mut cx);
    });
    notices::show(ui, &mut cx);
    dialogs::show(ui, &mut cx);
    drop_target::show(ui, &mut cx);
    focus::show_on_edges(ui);
    focus::move_focus(ui.ctx(), &cx);
    focus::give_back(ui.ctx(), &cx);
    plot::lay_out_again(ui);
}
