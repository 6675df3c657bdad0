//! Texts of the sheet: the help, a preset's explanation, caveats and remedies.

use eframe::egui::{Grid, Sense, Ui, Vec2};

use crate::lab::command_table::{ACTIONS, MORE_KEYS};
use crate::lab::descriptions::full_name;
use crate::lab::help::{self, Section};
use crate::lab::{self, Action};
use crate::model::Contender;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{action_link, hue, mark, text, uncut};
use crate::ui::{explain, keys, theme};

/// Keys that belong to no action.
const OTHER_KEYS: [(&str, &str); 7] = [
    ("Ctrl and scroll", "Zoom the timeline"),
    ("Arrows, + and −", "Move and zoom the focused plot"),
    ("Tab and Space", "Next control, press it"),
    ("Alt and arrows", "Move the selected model or step"),
    ("Delete", "Remove the selected step, run or preset of yours"),
    ("Arrows, Page keys", "Scroll the focused sheet"),
    ("Right, Left, Escape", "In a presentation: one model more, one less, its end"),
];

/// Draws the help: in short, the models, all keys, then the method.
pub fn help(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let mut sections = help::sections().iter();
    if let Some(first) = sections.next() {
        section(ui, first);
    }
    action_link(ui, cx, Action::Palette);
    action_link(ui, cx, Action::Selfcheck);
    models(ui);
    all_keys(ui);
    for one in sections {
        section(ui, one);
    }
}

fn heading(ui: &mut Ui, label: &str) {
    ui.add_space(theme::STEP * 2.0);
    text(ui, label, theme::strong(), theme::palette(ui).text);
}

fn section(ui: &mut Ui, section: &Section) {
    heading(ui, &section.heading);
    for paragraph in &section.paragraphs {
        text(ui, paragraph, theme::body(), theme::palette(ui).secondary);
    }
}

/// Draws the glossary of the models, each with its mark.
fn models(ui: &mut Ui) {
    let palette = theme::palette(ui);
    heading(ui, "The models");
    text(ui, "Filled marks are Rust, hollow ones Python.", theme::note(), palette.secondary);
    for info in help::glossary() {
        let contender = Contender::of(info.id);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
            mark(ui.painter(), rect.center(), 10.0, hue(ui, &contender), &contender.host);
            let sentence = format!("{}: {}. {}", info.title, info.what, info.good_for);
            text(ui, sentence, theme::body(), palette.secondary);
        });
    }
}

fn all_keys(ui: &mut Ui) {
    let palette = theme::palette(ui);
    heading(ui, "Keys");
    Grid::new("keys").num_columns(2).min_row_height(18.0).spacing((16.0, 2.0)).show(ui, |ui| {
        let row = |ui: &mut Ui, keys: &str, effect: &str| {
            uncut(ui, keys, theme::figures(), palette.text);
            text(ui, effect, theme::body(), palette.secondary);
            ui.end_row();
        };
        for info in &ACTIONS {
            let more = MORE_KEYS.iter().filter(|(action, _)| *action == info.action).map(|(_, shortcut)| *shortcut);
            let all = info.shortcut.into_iter().chain(more).filter_map(keys::shortcut);
            let all: Vec<String> = all.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).collect();
            if !all.is_empty() {
                row(ui, &all.join(", "), info.label);
            }
        }
        for (keys, effect) in OTHER_KEYS {
            row(ui, keys, effect);
        }
    });
}

/// Draws the explanation.
pub fn explanation(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let lab = cx.lab;
    explain::markdown(ui, cx, &lab.explained().explanation);
}

/// Draws every caveat with its remedy.
pub fn caveats(ui: &mut Ui, cx: &ViewContext<'_>) {
    let palette = theme::palette(ui);
    let mut all = cx.lab.run.iter().flat_map(lab::caveats).peekable();
    if all.peek().is_none() {
        text(ui, "These results have no caveats.", theme::body(), palette.secondary);
    }
    for (contender, caveat) in all {
        let head = match contender {
            Some(contender) => format!("{}: {}", full_name(contender), caveat.label()),
            None => caveat.label(),
        };
        text(ui, head, theme::strong(), palette.caveat);
        text(ui, caveat.remedy(), theme::body(), palette.secondary);
    }
}
