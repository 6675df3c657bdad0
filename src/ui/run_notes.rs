//! Lines about other runs than the one on the page: the one under way behind it, and the last one of the preset; and the
//! way back to the page before a run.

use eframe::egui::Ui;

use super::theme;
use super::view_context::ViewContext;
use super::widgets::{small_button, text};
use crate::clock;
use crate::lab::descriptions::doing_and_progress;
use crate::lab::history::RunsCommand;
use crate::lab::{Action, Command};
use crate::printable;
use crate::units;

/// Names the run that goes on behind the page.
pub fn running_elsewhere(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.background else { return };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let state = if run.cancelling { "stopping".to_owned() } else { doing_and_progress(run) };
        let verb = if run.waits_for_quiet() { "is waiting" } else { "is running" };
        let message = format!("\"{}\" {verb}: {state}", printable::line(&run.name));
        text(ui, message, theme::note(), palette.secondary);
        let tip = "Shows the run that is under way; this page stays as it is";
        if ui.add(small_button("Show the run")).on_hover_text(tip).clicked() {
            cx.push(Command::Runs(RunsCommand::ShowRunning));
        }
    });
}

/// Offers the last results of the draft's preset on the page before a run.
pub fn last_run(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some((name, started_at_ms)) = cx.lab.last_run() else { return };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let when = units::wall_clock(started_at_ms, clock::unix_millis());
        let message = format!("Last results: \"{}\", run at {when}", printable::line(name));
        text(ui, message, theme::note(), palette.secondary);
        if ui.add(small_button("Show results")).on_hover_text("Shows the results of that run").clicked() {
            cx.push(Command::Runs(RunsCommand::ShowLast));
        }
    });
}

/// Offers the page before a run.
pub fn way_back(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let action = Action::BeforeRun;
    if cx.lab.can(action) && ui.add(small_button(action.info().label)).on_hover_text(action.info().tooltip).clicked() {
        cx.act(action);
    }
}
