//! The quiz: questions, choices, and after a choice the answer with its evidence.

use eframe::egui::{Id, Role, Ui};

use super::choices::{self, Choice, Form};
use super::heading::section;
use crate::analysis::quiz::Question;
use crate::lab::Command;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{part, polite, text};

/// Draws the quiz.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let questions = cx.lab.questions();
    section(ui, "Quiz");
    if questions.is_empty() {
        let message = if cx.lab.is_running() {
            "The questions follow at the end of the run."
        } else if cx.lab.run.is_some() && cx.lab.lesson().is_none() {
            "Looking for questions"
        } else if cx.lab.run.is_some() {
            "The figures of this run support no question with one clear answer."
        } else {
            "Run the experiment: the questions are about its figures."
        };
        let response = text(ui, message, theme::body(), palette.tertiary);
        polite(ui, &response);
        return;
    }
    for (index, question) in questions.iter().enumerate() {
        one(ui, cx, index, question);
        ui.add_space(theme::STEP * 2.0);
    }
    score(ui, cx, &questions);
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, index: usize, question: &Question) {
    let palette = theme::palette(ui);
    let given = cx.lab.answer_given(index);
    let asked = question.text();
    text(ui, format!("{}. {asked}", index + 1), theme::strong(), palette.text);
    let shown: Vec<Choice> = (question.choices.iter().enumerate())
        .map(|(choice, one)| Choice { label: one.text(), selected: given == Some(choice) })
        .collect();
    let run = cx.lab.run.as_ref().map_or(0, |run| run.results().started_at_ms);
    let id = Id::unique(("quiz", index, run, &asked));
    let clicked = part(ui, Role::RadioGroup, &asked, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        choices::show(ui, id, Form::Radio, &shown).0
    });
    if let Some(choice) = clicked {
        cx.push(Command::Answer { question: index, choice });
    }
    let Some(given) = given else { return };
    let verdict = match given == question.answer {
        true => "Right.".to_owned(),
        false => format!("No: {}.", question.right()),
    };
    let response = text(ui, format!("{verdict} {}", question.evidence_text()), theme::body(), palette.secondary);
    polite(ui, &response);
}

/// States how many answers were right, once all questions were answered.
fn score(ui: &mut Ui, cx: &ViewContext<'_>, questions: &[Question]) {
    let given: Option<Vec<usize>> = (0..questions.len()).map(|index| cx.lab.answer_given(index)).collect();
    let Some(given) = given else { return };
    let right = given.iter().zip(questions).filter(|(choice, question)| **choice == question.answer).count();
    let message = format!("{right} of {} right", questions.len());
    let response = text(ui, message, theme::strong(), theme::palette(ui).text);
    polite(ui, &response);
}
