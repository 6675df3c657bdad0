//! The head of the central panel. Before a run: what the draft does. Afterwards: which results these are, what disturbed
//! them, the finding, its cause, its uncertainty, and the answer to the guess.

use eframe::egui::{Align, Layout, TextStyle, Ui};

use super::view_context::ViewContext;
use super::widgets::{SEARCHING, keep_together, line, polite, small_button, text};
use super::{chips, run_notes, running, theme};
use crate::analysis::{RemarkKind, RunAnalysis};
use crate::experiment::describe;
use crate::lab::descriptions::name_and_start;
use crate::lab::run::{Activity, Run};
use crate::lab::{Action, Command, Edit, draft_words, guess_answer};
use crate::printable;
use crate::session::Outcome;
use crate::units;

/// Draws the head.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    run_notes::running_elsewhere(ui, cx);
    match &cx.lab.run {
        None => before(ui, cx),
        Some(run) if cx.lab.keeps_secret() => question(ui, run),
        Some(run) => after(ui, cx, run),
    }
    ui.add_space(theme::STEP);
}

fn before(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let response = text(ui, cx.lab.draft.summary(), theme::headline(), palette.text);
    polite(ui, &response);
    run_notes::last_run(ui, cx);
    if cx.lab.waits_for_python() {
        text(ui, SEARCHING, theme::note(), palette.tertiary);
    } else if cx.lab.draft.chosen().next().is_none() {
        no_model(ui, cx);
        return;
    }
    limits(ui, cx);
}

/// Says during a presentation what was measured, and not what was found.
fn question(ui: &mut Ui, run: &Run) {
    let palette = theme::palette(ui);
    let response = text(ui, &run.all.experiment.title, theme::headline(), palette.text);
    polite(ui, &response);
    let at = run.results().point.as_ref().map_or_else(String::new, |point| format!(" · at {}", point.words()));
    text(ui, format!("{}{at}", describe::experiment(&run.all.experiment)), theme::lead(), palette.secondary);
}

fn after(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let palette = theme::palette(ui);
    let scaling = run.scaling();
    let verdict = run.analysis().map(|analysis| &analysis.verdict);
    let headline = scaling.map(|scaling| &scaling.headline).or(verdict.map(|verdict| &verdict.headline));
    let found = headline.map(String::as_str).filter(|message| !message.is_empty());
    let message = match (found, run.outcome(), &run.doing) {
        (Some(found), _, _) => found.to_owned(),
        (None, Some(Outcome::Failed(_)), _) => "The run failed".to_owned(),
        (None, Some(Outcome::Cancelled), _) => "Cancelled before the first result".to_owned(),
        (None, _, Some(Activity::WaitingForQuiet(_))) => "Waiting until other programs are quiet".to_owned(),
        (None, _, Some(Activity::Calibrating)) => "Measuring how fast this machine computes".to_owned(),
        (None, _, Some(_)) => "First round".to_owned(),
        (None, _, None) => "No result".to_owned(),
    };
    results_line(ui, cx, run);
    disturbance(ui, cx, run);
    let response = text(ui, message, theme::headline(), palette.text);
    polite(ui, &response);
    if let Some(Outcome::Failed(failure)) = run.outcome() {
        text(ui, failure.to_string(), theme::lead(), palette.failure);
    }
    if let Some(scaling) = scaling {
        if !scaling.sentences.is_empty() {
            text(ui, scaling.sentences.join(" "), theme::note(), palette.tertiary);
        }
    } else if let Some(verdict) = verdict {
        if !verdict.cause.is_empty() {
            text(ui, &verdict.cause, theme::lead(), palette.secondary);
        }
        let paragraph = |ui: &mut Ui, kind: RemarkKind, first: &str| {
            let remarks = verdict.remarks.iter().filter(|remark| remark.kind == kind);
            let sentences: Vec<&str> =
                [first].into_iter().chain(remarks.map(|remark| &**remark)).filter(|one| !one.is_empty()).collect();
            if !sentences.is_empty() {
                text(ui, sentences.join(" "), theme::note(), chips::colour(ui, kind));
            }
        };
        paragraph(ui, RemarkKind::Failure, "");
        paragraph(ui, RemarkKind::Doubt, "");
        paragraph(ui, RemarkKind::Note, &verdict.uncertainty);
    }
    if run.is_running() {
        running::show(ui, cx, run);
    }
    if let Some(answer) = guess_answer::answer(run) {
        let response = text(ui, answer, theme::note(), palette.text);
        polite(ui, &response);
    }
}

/// Names the results and the workload; if the form differs from them, says in what.
fn results_line(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let palette = theme::palette(ui);
    let run_name = name_and_start(run);
    let work = describe::experiment(&run.all.experiment);
    let note = cx.lab.note_of(run).map_or_else(String::new, |note| format!(" · Note: {}", printable::line(note)));
    let prefix = if run.is_running() { "" } else { "Results of " };
    let message = format!("{prefix}{run_name} · {work}{note}");
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            run_notes::way_back(ui, cx);
            chips::show(ui, run);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                line(ui, message, theme::note(), palette.secondary);
            });
        });
    });
    // Until the models are known, nothing can be said of the draft.
    if cx.lab.waits_for_python() || cx.lab.measures_draft(run) {
        return;
    }
    let draft = cx.lab.draft.name();
    let ran = &run.all.experiment;
    let to_run = cx.lab.draft.to_run();
    let is_same_preset = to_run.id == ran.id;
    ui.horizontal_wrapped(|ui| {
        let message = match run.is_running() {
            true => format!("The form on the left is for the next run: \"{draft}\""),
            false => draft_words::differs(ran, to_run, &draft),
        };
        let response = text(ui, message, theme::note(), palette.caveat);
        polite(ui, &response);
        if !run.is_running() {
            let label = if is_same_preset { "Run with the new settings".to_owned() } else { format!("Run {draft}") };
            let around = 2.0 * ui.spacing().button_padding.x;
            keep_together(ui, &[(label.as_str(), TextStyle::Button.resolve(ui.style()), around)]);
            if ui.add_enabled(cx.lab.can(Action::Run), small_button(label)).clicked() {
                cx.act(Action::Run);
            }
        }
    });
    if !run.is_running() {
        limits(ui, cx);
    }
}

/// Names the limits that the next run may reach, and the interpreters in whose place it uses another one; it can be
/// started nevertheless.
fn limits(ui: &mut Ui, cx: &ViewContext<'_>) {
    if let Some(passed_over) = cx.lab.draft.passed_over() {
        let sentence = format!("{}.", units::capitalised(&passed_over.to_string()));
        let response = text(ui, sentence, theme::note(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
    if let Some(sentence) = cx.lab.draft.limits_sentence() {
        let response = text(ui, sentence, theme::note(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
}

/// Warns about other programs if they put the figures in doubt.
fn disturbance(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let Some(message) = run.analyses.as_ref().and_then(RunAnalysis::disturbance) else { return };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let response = text(ui, message, theme::lead(), palette.caveat);
        polite(ui, &response);
        if !cx.lab.shows_draft() || cx.lab.presented().is_some() {
            return;
        }
        let (run_again, quiet) = ("Run again", Action::RunWhenQuiet);
        let around = 2.0 * ui.spacing().button_padding.x;
        let labels =
            [run_again, quiet.info().label].map(|label| (label, TextStyle::Button.resolve(ui.style()), around));
        keep_together(ui, &labels);
        let again = ui.add_enabled(cx.lab.can(Action::Run), small_button(run_again));
        if again.on_hover_text("Measures everything again").clicked() {
            cx.act(Action::Run);
        }
        let button = ui.add_enabled(cx.lab.can(quiet), small_button(quiet.info().label));
        if button.on_hover_text(quiet.info().tooltip).clicked() {
            cx.act(quiet);
        }
    });
}

/// Shows the reason why no model would run, instead of the question.
fn no_model(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let draft = &cx.lab.draft;
    let message = if draft.all_too_slow() {
        let timeout = units::duration(draft.experiment().trials.timeout_seconds * 1e9);
        format!(
            "Every chosen model would need more than a minute a trial. Make the tasks shorter or fewer, or run them anyway: a trial is ended after {timeout} (Time-out in More settings)."
        )
    } else {
        "No model is selected: select at least one in the list of models.".to_owned()
    };
    let slow = draft.all_too_slow();
    let response = text(ui, message, theme::lead(), palette.caveat);
    polite(ui, &response);
    if slow
        && ui.button("Choose them anyway").on_hover_text("Selects the models that take more than a minute").clicked()
    {
        cx.push(Command::Edit(Edit::ForceSlow));
    }
}
