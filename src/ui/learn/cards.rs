//! The cards of the models: a list to choose from, and the facts and the code of the chosen one.

use eframe::egui::{Frame, Id, Label, Margin, RichText, Role, Ui, Vec2, WidgetInfo};

use super::choices::{self, Choice, Form};
use super::heading::section;
use crate::lab::model_card::{COST, Cost, ModelCard};
use crate::lab::{Action, Command};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{SEARCHING, action_button, hue, mark, part, text};

/// Width of the names of the facts.
const NAMES: f32 = 112.0;

/// Draws list and card.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    section(ui, "Models");
    let lab = cx.lab;
    let contenders = lab.card_contenders();
    let Some(shown) = lab.card_shown() else {
        let reason = match lab.waits_for_python() {
            true => SEARCHING,
            false => "No model is selected: select at least one in the list of models.",
        };
        text(ui, reason, theme::body(), palette.tertiary);
        return;
    };
    let options: Vec<Choice> = contenders
        .iter()
        .map(|contender| Choice { label: contender.name_on_host(), selected: *contender == shown })
        .collect();
    let (clicked, first) = part(ui, Role::ListBox, "Model cards", |ui| {
        choices::show(ui, Id::unique("model cards"), Form::Options, &options)
    });
    if let Some(first) = &first {
        cx.pane(first);
    }
    if let Some(contender) = clicked.and_then(|index| contenders.get(index)) {
        cx.push(Command::ShowCard((*contender).clone()));
    }
    let card = lab.model_card(shown);
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke((1.0, palette.hairline))
        .corner_radius(theme::CORNER)
        .inner_margin(Margin::symmetric(16, 12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), eframe::egui::Sense::hover());
            mark(ui.painter(), rect.center(), 12.0, hue(ui, shown), &shown.host);
            text(ui, &card.title, theme::strong(), palette.text);
        });
        text(ui, card.what, theme::body(), palette.secondary);
        let unknown = matches!(lab.cost_of(shown), Cost::Unknown);
        part(ui, Role::List, &format!("Facts about {}", card.title), |ui| {
            for (name, sentence) in &card.rows {
                fact(ui, name, sentence);
                if *name == COST && unknown {
                    ui.horizontal(|ui| {
                        ui.add_space(NAMES + ui.spacing().item_spacing.x);
                        action_button(ui, cx, Action::LoadTinyTasks);
                    });
                }
            }
        });
        code(ui, cx, &card);
    });
}

/// Draws a fact: its name, and its sentence beside it.
fn fact(ui: &mut Ui, name: &str, sentence: &str) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        let width = ui.available_width();
        let names = NAMES.min(width * 0.4);
        ui.allocate_ui(Vec2::new(names, 0.0), |ui| {
            ui.set_width(names);
            text(ui, name, theme::note(), palette.tertiary);
        });
        ui.vertical(|ui| {
            text(ui, sentence, theme::body(), palette.secondary);
        });
    });
}

fn code(ui: &mut Ui, cx: &mut ViewContext<'_>, card: &ModelCard) {
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    text(ui, card.code_note, theme::note(), palette.tertiary);
    Frame::new().fill(palette.raised).corner_radius(theme::CORNER).inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let label = Label::new(RichText::new(card.code).font(theme::figures()).color(palette.text)).wrap();
        let response = ui.add(label);
        response.widget_info(|| WidgetInfo::labeled(Role::Code, true, card.code));
    });
    action_button(ui, cx, Action::CopyCode);
}
