//! Variants below the matrix: copies of models with settings of their own, and the menu that adds one.

use eframe::egui::{Id, Response, Role, TextEdit, Ui};

use super::at_the_right::at_the_right;
use super::form::fields::{PartLabel, choice, part_row};
use super::theme;
use super::view_context::ViewContext;
use super::widgets::{heading, hue, line, mark, part, polite, quiet_button, text};
use crate::lab::{Command, Edit};
use crate::model::{Contender, ContenderSettings, Gil, SettingKey, StartMethod};

/// Text being typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
struct Typed {
    text: String,
    problem: Option<String>,
}

/// Draws the variants and the menu.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let variants: Vec<Contender> = cx.lab.draft.variants().cloned().collect();
    heading(ui, "VARIANTS", |ui| add(ui, cx));
    if variants.is_empty() {
        return;
    }
    part(ui, Role::Group, "Variants", |ui| {
        for (index, variant) in variants.iter().enumerate() {
            self::variant(ui, cx, variant, index + 1);
        }
    });
}

/// Draws the menu of chosen models to duplicate.
fn add(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let can_run = |one: &&Contender| {
        !cx.lab.draft.cells().iter().any(|cell| cell.contender == **one && cell.unavailable.is_some())
    };
    let chosen: Vec<Contender> = cx.lab.draft.experiment().models.iter().filter(can_run).cloned().collect();
    let enabled = cx.lab.draft.has_room() && !chosen.is_empty();
    ui.add_enabled_ui(enabled, |ui| {
        let menu = ui.menu_button("Duplicate…", |ui| {
            for contender in &chosen {
                entry(ui, cx, contender);
            }
        });
        menu.response
            .on_hover_text("Adds a copy of a chosen model, to run it with other settings in the same comparison");
    });
}

fn entry(ui: &mut Ui, cx: &mut ViewContext<'_>, contender: &Contender) {
    if ui.button(format!("Duplicate {}", contender.title())).clicked() {
        cx.push(Command::Edit(Edit::Duplicate(contender.clone())));
        ui.close();
    }
}

/// Adds the entry to the context menu of a model's check box.
pub fn context_menu(cx: &mut ViewContext<'_>, contender: &Contender, check_box: &Response) {
    if cx.lab.draft.has_room() && cx.lab.draft.experiment().models.contains(contender) {
        check_box.context_menu(|ui| entry(ui, cx, contender));
    }
}

/// Draws one variant: its title, the fields of the settings that its model has, and its label.
fn variant(ui: &mut Ui, cx: &mut ViewContext<'_>, contender: &Contender, number: usize) {
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        ui.add_space(theme::STEP);
        let (rect, _) = ui.allocate_exact_size(eframe::egui::Vec2::splat(10.0), eframe::egui::Sense::hover());
        mark(ui.painter(), rect.center(), 10.0, hue(ui, contender), &contender.host);
        let name = |ui: &mut Ui| {
            line(ui, format!("Variant {number}: {}", contender.title()), theme::strong(), palette.text)
                .on_hover_text(contender.full_name())
        };
        at_the_right(ui, name, |ui| {
            if quiet_button(ui, &format!("Remove variant {number}")).clicked() {
                cx.push(Command::Edit(Edit::Select(contender.clone(), false)));
            }
        });
    });
    let cell = cx.lab.draft.cells().iter().find(|cell| cell.contender == *contender);
    if let Some(reason) = cell.and_then(|cell| cell.unavailable.as_ref()) {
        let response = text(ui, format!("Can't run it: {reason}"), theme::small(), palette.caveat);
        polite(ui, &response);
    }
    let part = format!("Variant {number}:");
    for key in SettingKey::of(contender.model) {
        let label = PartLabel { part: &part, field: key.title() };
        let value = contender.settings.get(key);
        let tip = format!("{} Allowed: {}", key.help(), key.allowed());
        let changed = match key {
            SettingKey::StartMethod => {
                let all = StartMethod::ALL.map(StartMethod::name);
                pick(ui, label, &tip, contender.settings.start_method.map(StartMethod::name), &all)
            }
            SettingKey::Gil => pick(ui, label, &tip, contender.settings.gil.map(Gil::name), &Gil::ALL.map(Gil::name)),
            _ => typed(ui, label, &tip, value.unwrap_or_default(), unset(key), |text| {
                ContenderSettings::default().set(key, text).map_err(|error| error.to_string())
            }),
        };
        if let Some(value) = changed {
            cx.push(Command::Edit(Edit::Setting(contender.clone(), key, value)));
        }
    }
    let label = contender.label.as_deref().unwrap_or_default().to_owned();
    let tip = "Shown instead of the settings";
    let check = |text: &str| crate::experiment::validate::name("label", text).map_err(|error| error.to_string());
    if let Some(label) = typed(ui, PartLabel { part: &part, field: "Label" }, tip, label, "the settings", check) {
        cx.push(Command::Edit(Edit::Label(contender.clone(), label)));
    }
}

/// Words for a setting that is not set.
const NOT_SET: &str = "not set";

/// Returns the words for a setting that is not set: what then applies.
const fn unset(key: SettingKey) -> &'static str {
    match key {
        SettingKey::Workers | SettingKey::InFlight | SettingKey::Cpus => "as for all",
        _ => NOT_SET,
    }
}

/// Draws a choice of names, or none of them; returns the new one if another was picked.
fn pick(
    ui: &mut Ui,
    label: PartLabel<'_>,
    tip: &str,
    current: Option<&'static str>,
    all: &[&'static str],
) -> Option<Option<String>> {
    let options: Vec<Option<&'static str>> = std::iter::once(None).chain(all.iter().copied().map(Some)).collect();
    let title = |one: Option<&'static str>| one.unwrap_or(NOT_SET).to_owned();
    let (picked, _) = part_row(ui, label, tip, |ui| choice(ui, &label.name(), current, &options, title));
    picked.map(|one| one.map(str::to_owned))
}

/// Draws a field for a text that may be empty; returns the new one if it was changed and is allowed.
fn typed(
    ui: &mut Ui,
    label: PartLabel<'_>,
    tip: &str,
    value: String,
    empty: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Option<Option<String>> {
    let id = Id::unique(("variant", label.name()));
    let mut typed = ui.data(|data| data.get_temp::<Typed>(id)).unwrap_or(Typed { text: value.clone(), problem: None });
    let (_, response) = part_row(ui, label, tip, |ui| {
        let edit = TextEdit::singleline(&mut typed.text).hint_text(empty).desired_width(ui.available_width());
        ((), ui.add(edit))
    });
    let mut changed = None;
    if response.changed() {
        let text = typed.text.trim();
        match if text.is_empty() { Ok(()) } else { check(text) } {
            Ok(()) => {
                typed.problem = None;
                changed = Some((!text.is_empty()).then(|| text.to_owned()));
            }
            Err(problem) => typed.problem = Some(problem),
        }
    } else if !response.has_focus() && typed.problem.is_none() {
        // Another experiment, or a value set elsewhere.
        typed.text = value;
    }
    if let Some(problem) = &typed.problem {
        let response = text(ui, problem.clone(), theme::small(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
    ui.data_mut(|data| data.insert_temp(id, typed));
    changed
}

/// Forgets what was typed, because it concerns another experiment.
pub fn forget_typed(ui: &Ui) {
    ui.data_mut(|data| data.remove_by_type::<Typed>());
}
