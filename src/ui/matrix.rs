//! The model matrix: rows are ways to schedule, columns are hosts.

use eframe::egui::{Align, Align2, ComboBox, Layout, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::left_panel::heading;
use super::widgets::{check_box, hue, line, mark, painted, part};
use super::{Cx, theme};
use crate::lab::draft::Cell;
use crate::lab::text::full_name;
use crate::lab::{Command, Edit};
use crate::model::Host;
use crate::units;

const ROW_HEIGHT: f32 = 24.0;
const HOST_WIDTH: f32 = 44.0;

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let palette = theme::palette(ui);
    heading(ui, "MODELS", |ui| {
        ui.add_space(6.0);
        line(ui, Host::Rust.title(), theme::small(), palette.secondary);
    });
    part(ui, Role::Group, "Models", |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        for (place, cell) in cx.lab.draft.cells().iter().enumerate() {
            row(ui, cx, cell, place == 0);
        }
    });
    reference(ui, cx);
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, cell: &Cell, first: bool) {
    let palette = theme::palette(ui);
    let info = cell.contender.model.info();
    ui.horizontal(|ui| {
        ui.set_min_height(ROW_HEIGHT);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(theme::STEP);
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        mark(ui.painter(), rect.center(), 10.0, hue(ui, &cell.contender), &cell.contender.host);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space((HOST_WIDTH - 22.0) / 2.0);
            let mut ticked = cell.ticked;
            let name = full_name(&cell.contender);
            let response = match cell.unavailable {
                Some(_) => dash(ui, &name),
                None => check_box(ui, &mut ticked, &name),
            };
            let response = response.on_hover_text(told(cell));
            if first {
                cx.pane(&response);
            }
            if response.changed() {
                cx.push(Command::Edit(Edit::Tick(cell.contender.clone(), ticked)));
            }
            ui.add_space(8.0);
            if cell.unavailable.is_some() {
                line(ui, "not possible", theme::small(), palette.tertiary).on_hover_text(told(cell));
            } else if cell.too_slow {
                let words = units::about(cell.seconds);
                line(ui, words, theme::small(), palette.caveat).on_hover_text(told(cell));
            } else if cell.left_out.is_some() {
                line(ui, "left out", theme::small(), palette.tertiary).on_hover_text(told(cell));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let colour = match (cell.ticked, &cell.unavailable) {
                    (true, _) => palette.text,
                    (false, None) => palette.secondary,
                    (false, Some(_)) => palette.tertiary,
                };
                line(ui, info.title, theme::body(), colour)
                    .on_hover_text(format!("{}: {}. {}", info.title, info.what, info.good_for));
            });
        });
    });
}

/// Where a box would stand if the model could do it: not to be ticked, but there, with its reason.
fn dash(ui: &mut Ui, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, false, false, name));
    let style = (theme::body(), theme::palette(ui).tertiary);
    painted(ui.painter(), rect.center(), Align2::CENTER_CENTER, "–", style, rect.width());
    response
}

fn told(cell: &Cell) -> String {
    if let Some(reason) = &cell.unavailable {
        return format!("Can't run it: {reason}");
    }
    let time = format!("One trial takes {}", units::about(cell.seconds));
    match (&cell.left_out, cell.too_slow) {
        (Some(reason), _) => format!("Left out by this preset: {reason}. {time}"),
        (None, true) => format!("{time}, more than a minute: tick it to run it all the same"),
        (None, false) => time,
    }
}

fn reference(ui: &mut Ui, cx: &mut Cx<'_>) {
    let experiment = cx.lab.draft.experiment();
    let tip = "The model that \"times as fast\" compares the others with";
    ui.add_space(theme::STEP);
    super::form::labelled(ui, "Reference", tip, |ui| {
        let combo = ComboBox::from_id_salt("reference");
        let combo = combo.width(ui.available_width()).truncate().selected_text(experiment.reference.title());
        let response = combo.show_ui(ui, |ui| {
            for contender in cx.lab.draft.chosen() {
                if ui.selectable_label(*contender == experiment.reference, contender.title()).clicked() {
                    cx.commands.push(Command::Edit(Edit::Reference(contender.clone())));
                }
            }
        });
        response.response
    });
}
