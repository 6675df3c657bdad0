//! The model matrix: one row per way to schedule, one column per host.

use eframe::egui::{Align, Align2, ComboBox, Id, Layout, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::at_the_right::at_the_right;
use super::view_context::ViewContext;
use super::widgets::{
    SEARCHING, action_link, grid_check_box, heading, hue, line, list_entry, mark, painted, part, quiet_button,
};
use super::{grid_focus, theme, variants};
use crate::lab::draft::Cell;
use crate::lab::{Action, Command, Edit, ModelSet};
use crate::model::{Contender, Family, Host, MATRIX, ModelId, Python};
use crate::units;

const ROW_HEIGHT: f32 = 24.0;
/// Width of a host's column.
const HOST_WIDTH: f32 = 44.0;
/// Width of a host's column if there are several interpreters.
const NARROW_HOST_WIDTH: f32 = 36.0;

/// Width of the longest names: "Async multi-thread", "sub-interpreters".
const NAME_WIDTH: f32 = 150.0;

/// Returns the width of the matrix for a number of hosts, including margins and a scroll bar.
pub fn width(hosts: usize) -> f32 {
    let each = if hosts > 2 { NARROW_HOST_WIDTH } else { HOST_WIDTH };
    NAME_WIDTH + hosts as f32 * each + 72.0
}

/// Draws the matrix.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let hosts = cx.lab.draft.hosts();
    let width = if hosts.len() > 2 { NARROW_HOST_WIDTH } else { HOST_WIDTH };
    heading(ui, "MODELS", |ui| heads(ui, &hosts, width));
    part(ui, Role::Group, "Models", |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        let rows: Vec<Vec<Option<&Cell>>> = MATRIX.iter().map(|models| cells(cx, *models, &hosts)).collect();
        let ids: Vec<Vec<Option<Id>>> =
            rows.iter().map(|row| row.iter().map(|cell| cell.and_then(cell_id)).collect()).collect();
        let stop = grid_focus::tab_stop(ui, Id::unique("model matrix"), &ids);
        for (models, cells) in MATRIX.iter().zip(&rows) {
            row(ui, cx, *models, (&hosts, cells), width, stop);
        }
    });
    sets(ui, cx);
    python(ui, cx);
    variants::show(ui, cx);
    reference(ui, cx);
}

/// Draws the buttons that choose several models at once.
fn sets(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        for (label, tip, set) in [
            (
                "All models",
                "Chooses every model that can run, but none that takes more than a minute a trial",
                ModelSet::All,
            ),
            ("No model", "Chooses none, to start anew", ModelSet::None),
            ("Only Rust", "Chooses the native models", ModelSet::Rust),
        ] {
            if quiet_button(ui, label).on_hover_text(tip).clicked() {
                cx.push(Command::Edit(Edit::SelectModels(set)));
            }
        }
    });
}

/// Draws the names of the hosts above their columns.
fn heads(ui: &mut Ui, hosts: &[Host], width: f32) {
    let palette = theme::palette(ui);
    for host in hosts {
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 16.0), Sense::hover());
        let label = match host {
            Host::Rust => "Rust".to_owned(),
            Host::Python(Python { tag, .. }) if tag.is_empty() => "Python".to_owned(),
            Host::Python(Python { tag, .. }) => tag.clone(),
        };
        let style = (theme::small(), palette.secondary);
        painted(ui.painter(), rect.center(), Align2::CENTER_CENTER, &label, style, width);
        response.on_hover_text(host.title());
    }
}

/// Returns the cells of a row, one for each host.
fn cells<'a>(
    cx: &ViewContext<'a>,
    (native, python): (Option<ModelId>, Option<ModelId>),
    hosts: &[Host],
) -> Vec<Option<&'a Cell>> {
    let lab = cx.lab;
    let cell_on = |host: &Host| {
        let model = if host.is_python() { python } else { native }?;
        lab.draft.cells().iter().find(|cell| {
            let one = &cell.contender;
            one.model == model && one.host == *host && !one.is_variant()
        })
    };
    hosts.iter().map(cell_on).collect()
}

/// Returns the id of a cell's check box; `None` for a model that can't run.
fn cell_id(cell: &Cell) -> Option<Id> {
    cell.unavailable.is_none().then(|| Id::unique(("model", &cell.contender)))
}

fn row(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    (native, python): (Option<ModelId>, Option<ModelId>),
    (hosts, cells): (&[Host], &[Option<&Cell>]),
    width: f32,
    stop: Option<Id>,
) {
    let palette = theme::palette(ui);
    let Some(head) = native.or(python) else { return };
    let info = head.info();
    // A row without a native model has the name of its family or library.
    let title = if info.family == Family::SubInterpreters { info.family.title() } else { info.title };
    ui.horizontal(|ui| {
        ui.set_min_height(ROW_HEIGHT);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(theme::STEP);
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        let contender = Contender::of(head);
        mark(ui.painter(), rect.center(), 10.0, hue(ui, &contender), &contender.host);
        let room = (ui.available_width() - hosts.len() as f32 * width - 6.0).max(0.0);
        ui.allocate_ui_with_layout(Vec2::new(room, ROW_HEIGHT), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(room);
            ui.spacing_mut().item_spacing.x = 0.0;
            let selected = cells.iter().flatten().any(|cell| cell.selected);
            let available = cells.iter().flatten().any(|cell| cell.unavailable.is_none());
            let colour = match (selected, available) {
                (true, _) => palette.text,
                (false, true) => palette.secondary,
                (false, false) => palette.tertiary,
            };
            line(ui, title, theme::body(), colour).on_hover_text(row_tooltip(native, python));
            if let Some(cell) = cells.iter().flatten().find(|cell| cell.too_slow) {
                ui.add_space(theme::STEP);
                line(ui, units::about(cell.seconds), theme::small(), palette.caveat).on_hover_text(cell_tooltip(cell));
            }
        });
        ui.spacing_mut().item_spacing.x = 0.0;
        for (host, cell) in hosts.iter().zip(cells) {
            match cell {
                Some(cell) => column(ui, cx, cell, width, stop),
                None => absent(ui, host, head, width),
            }
        }
    });
}

/// Returns the tooltip of a row: the model on each kind of host.
fn row_tooltip(native: Option<ModelId>, python: Option<ModelId>) -> String {
    let describe = |model: ModelId| format!("{}: {}. {}", model.info().title, model.info().what, model.info().good_for);
    [native, python].into_iter().flatten().map(describe).collect::<Vec<_>>().join("\n\n")
}

/// Draws a check box in the middle of its column, or a dash if the model can't run.
fn column(ui: &mut Ui, cx: &mut ViewContext<'_>, cell: &Cell, width: f32, stop: Option<Id>) {
    let margin = (width - 18.0) / 2.0;
    ui.add_space(margin);
    let mut selected = cell.selected;
    let name = cell.contender.full_name();
    let response = match cell_id(cell) {
        None => dash(ui, &name),
        Some(id) => grid_check_box(ui, &mut selected, &name, (id, stop == Some(id))),
    };
    if stop == Some(response.id) {
        cx.pane(&response);
    }
    let response = response.on_hover_text(cell_tooltip(cell));
    if response.changed() {
        cx.push(Command::Edit(Edit::Select(cell.contender.clone(), selected)));
    }
    variants::context_menu(cx, &cell.contender, &response);
    ui.add_space(margin);
}

/// Draws a dash for a model that can't run: disabled, with the reason in its tooltip.
fn dash(ui: &mut Ui, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, false, false, name));
    paint_dash(ui, rect);
    response
}

/// Draws a dash for a model that does not exist on this host.
fn absent(ui: &mut Ui, host: &Host, model: ModelId, width: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 18.0), Sense::hover());
    let middle = Rect::from_center_size(pos2(rect.center().x, rect.center().y), Vec2::splat(18.0));
    paint_dash(ui, middle);
    let why = match (host.is_python(), model) {
        (true, ModelId::Rayon) => "Python's standard library has no work-stealing pool",
        (false, ModelId::PyInterpreters) => "Rust has no interpreter and no GIL",
        (false, _) => "This is a library for Python",
        (true, _) => "There is no such model in Python",
    };
    response.on_hover_text(why);
}

fn paint_dash(ui: &Ui, rect: Rect) {
    let style = (theme::body(), theme::palette(ui).tertiary);
    painted(ui.painter(), rect.center(), Align2::CENTER_CENTER, "–", style, rect.width());
}

fn cell_tooltip(cell: &Cell) -> String {
    if let Some(reason) = &cell.unavailable {
        return format!("Can't run it: {reason}");
    }
    let time = match cell.is_time_unknown {
        true => "How long a trial takes is unknown until the first round".to_owned(),
        false => format!("One trial takes {}", units::about(cell.seconds)),
    };
    match (&cell.left_out, cell.too_slow) {
        (Some(reason), _) => format!("Left out by this preset: {reason}. {time}"),
        (None, true) => format!("{time}, more than a minute: select it to run it anyway"),
        (None, false) => time,
    }
}

/// Draws the first interpreter and the button of the interpreters' dialog.
fn python(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = theme::palette(ui);
    let label = match cx.lab.interpreters.as_deref() {
        None => SEARCHING.to_owned(),
        Some(found) => match (found.usable.first(), found.usable.len()) {
            (None, _) => "No Python was found".to_owned(),
            (Some(first), 1) => format!("Python {}", first.version),
            (Some(first), many) => format!("Python {} of {many} found", first.version),
        },
    };
    ui.add_space(theme::STEP);
    ui.horizontal(|ui| {
        ui.add_space(theme::STEP);
        let label = |ui: &mut Ui| line(ui, label, theme::note(), palette.secondary);
        at_the_right(ui, label, |ui| {
            action_link(ui, cx, Action::Interpreters);
        });
    });
}

fn reference(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let experiment = cx.lab.draft.experiment();
    let tip = "The model that \"times as fast\" compares the others with";
    ui.add_space(theme::STEP);
    super::form::labelled(ui, "Reference", tip, |ui| {
        let combo = ComboBox::from_id_salt("reference");
        let combo = combo.width(ui.available_width()).truncate().selected_text(experiment.reference.title());
        let response = combo.show_ui(ui, |ui| {
            for contender in cx.lab.draft.chosen() {
                if list_entry(ui, *contender == experiment.reference, contender.title()) {
                    cx.commands.push(Command::Edit(Edit::Reference(contender.clone())));
                }
            }
        });
        response.response
    });
}
