//! The answer first: before a run what the preset shows and a question, then the finding, its
//! cause, its uncertainty, and whether the guess was right.

use eframe::egui::{ProgressBar, RichText, Role, Ui, Vec2, accesskit};

use super::widgets::{line, part, polite, text};
use super::{Cx, theme};
use crate::lab::Command;
use crate::lab::run::{Doing, Run};
use crate::lab::text::{guess_answer, progress};
use crate::session::Outcome;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    match &cx.lab.run {
        None => before(ui, cx),
        Some(run) => after(ui, cx, run),
    }
    notice(ui, cx);
    ui.add_space(theme::STEP);
}

fn before(ui: &mut Ui, cx: &mut Cx<'_>) {
    let palette = theme::palette(ui);
    let experiment = cx.lab.draft.experiment();
    let words = if experiment.summary.is_empty() { &experiment.title } else { &experiment.summary };
    let response = text(ui, words, theme::headline(), palette.text);
    polite(ui, &response);
    if cx.lab.waits_for_python() {
        text(ui, "Looking for Python interpreters", theme::note(), palette.tertiary);
    }
    text(ui, "Which model will be fastest?", theme::lead(), palette.secondary);
    part(ui, Role::RadioGroup, "Which model will be fastest?", |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(6.0);
            for contender in cx.lab.draft.chosen() {
                let chosen = cx.lab.guess.as_ref() == Some(contender);
                let words = RichText::new(contender.title()).font(theme::body());
                let button = eframe::egui::Button::selectable(chosen, words).frame_when_inactive(true);
                let response = ui.add(button);
                // A choice of several, not a button: a guess can be changed until the run begins.
                ui.ctx().accesskit_node_builder(response.id, |node| {
                    node.set_role(Role::RadioButton);
                    node.set_toggled(accesskit::Toggled::from(chosen));
                });
                if response.clicked() {
                    cx.commands.push(Command::Guess(contender.clone()));
                }
            }
        });
    });
}

fn after(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run) {
    let palette = theme::palette(ui);
    let verdict = run.analysis.as_ref().map(|analysis| &analysis.verdict);
    let found = verdict.map(|verdict| verdict.headline.as_str()).filter(|words| !words.is_empty());
    let words = match (found, run.outcome(), &run.doing) {
        (Some(found), _, _) => found.to_owned(),
        (None, Some(Outcome::Failed(_)), _) => "The run failed".to_owned(),
        (None, Some(Outcome::Cancelled), _) => "Cancelled before the first result".to_owned(),
        (None, _, Some(Doing::Calibrating)) => "Measuring how fast this machine computes".to_owned(),
        (None, _, Some(_)) => "First round".to_owned(),
        (None, _, None) => "No result".to_owned(),
    };
    let response = text(ui, words, theme::headline(), palette.text);
    polite(ui, &response);
    if let Some(Outcome::Failed(reason)) = run.outcome() {
        text(ui, reason, theme::lead(), palette.caveat);
    }
    if let Some(verdict) = verdict {
        if !verdict.cause.is_empty() {
            text(ui, &verdict.cause, theme::lead(), palette.secondary);
        }
        let mut fine: Vec<&str> = vec![&verdict.uncertainty];
        fine.extend(verdict.remarks.iter().map(String::as_str));
        fine.retain(|words| !words.is_empty());
        if !fine.is_empty() {
            text(ui, fine.join(" "), theme::note(), palette.tertiary);
        }
    }
    if run.is_running() {
        running(ui, run);
    }
    if let Some(answer) = guess_answer(run) {
        let response = line(ui, answer, theme::note(), palette.text);
        polite(ui, &response);
    }
    if !run.is_running() && !cx.lab.shows_draft() {
        line(ui, "These results are from before the last edit", theme::note(), palette.caveat);
    }
}

fn running(ui: &mut Ui, run: &Run) {
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    ui.scope(|ui| {
        // The part that is still to come is there to be seen.
        ui.visuals_mut().extreme_bg_color = palette.hairline;
        let bar = ProgressBar::new(run.share_done() as f32).desired_height(4.0).fill(palette.accent);
        ui.add(bar.desired_width(ui.available_width())).accessible_name("Progress of the run");
    });
    let words = if run.cancelling { "Stopping".to_owned() } else { format!("{} · {}", doing(run), progress(run)) };
    line(ui, words, theme::note(), palette.secondary);
}

fn doing(run: &Run) -> String {
    match &run.doing {
        Some(Doing::Trial { contender, .. }) => contender.title(),
        Some(Doing::Calibrating) => "calibrating".to_owned(),
        Some(Doing::Starting) | None => "starting".to_owned(),
    }
}

fn notice(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(notice) = &cx.lab.notice else { return };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let colour = if notice.problem { palette.caveat } else { palette.secondary };
        let response = text(ui, &notice.text, theme::note(), colour);
        polite(ui, &response);
        if ui.small_button("Dismiss").clicked() {
            cx.push(Command::DismissNotice);
        }
    });
}
