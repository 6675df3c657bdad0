//! The list of stored runs: search, one row a run with time and finding, and a menu of what can be done with it. Only the
//! rows in sight are drawn.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Align2, Button, Color32, CornerRadius, Id, Key, Layout, Popup, Rect, Role, ScrollArea, Stroke, StrokeKind,
    Ui, pos2,
};

use super::list_box::{self, Row};
use super::view_context::ViewContext;
use super::widgets::{focus_ring, line, painted, part, polite, quiet_button, text};
use super::{list_height, search_field, theme};
use crate::lab::dialog::Named;
use crate::lab::history::RunsCommand;
use crate::lab::notices::Offer;
use crate::lab::run_row::RunRow;
use crate::lab::{Action, Command};
use crate::record::RunStatus;
use crate::units::{self, plural};

const ROW_HEIGHT: f32 = 52.0;
/// Width of the menu of a run, in points.
const MENU_WIDTH: f32 = 280.0;
/// Rows of the finding.
const FINDING_ROWS: usize = 2;
/// Share of the panel's height that the list takes where there are many runs.
const HEIGHT_SHARE: f32 = 0.4;
/// Rows in sight at least.
const LEAST_ROWS: f32 = 3.5;

/// Draws the list with its search field and its menu. Returns the height of its rows in sight; `None` without a row.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) -> Option<f32> {
    let history = &cx.lab.history;
    let (typed, entered) = search_field::show(ui, "Search runs", &history.search);
    if let Some(typed) = typed {
        cx.push(Command::Runs(RunsCommand::Search(typed)));
    }
    if entered && let Some(row) = history.row_at(0).filter(|row| row.is_readable()) {
        cx.push(Command::Runs(RunsCommand::Open(row.id.clone())));
    }
    if let Some(problem) = &history.problem {
        let response = text(ui, problem, theme::note(), theme::palette(ui).caveat);
        polite(ui, &response);
    }
    let count = history.listed().map(|rows| rows.len());
    let (current, height) = match count {
        Some(count) if count > 0 => {
            let by_default = (ui.clip_rect().height() * HEIGHT_SHARE).max(ROW_HEIGHT * LEAST_ROWS);
            let height = list_height::of_list(ui, cx, by_default, count as f32 * ROW_HEIGHT);
            (rows(ui, cx, count, height), Some(height))
        }
        _ => {
            let all = history.all().next().is_some();
            let message = match (cx.lab.stores_runs(), count) {
                (false, _) => "Runs are not stored: there is no home folder",
                (true, None) => "Reading the stored runs",
                (true, Some(_)) if all => "No run has these words",
                (true, Some(_)) => "No run is stored yet. Each run that is started appears here.",
            };
            let response = text(ui, message, theme::note(), theme::palette(ui).secondary);
            polite(ui, &response);
            (None, None)
        }
    };
    below(ui, cx, current);
    height
}

fn id_of(row: &RunRow) -> Id {
    Id::unique(("stored run", &row.id))
}

/// Draws the rows in sight. Returns the row that the menu is about.
fn rows<'a>(ui: &mut Ui, cx: &mut ViewContext<'a>, count: usize, height: f32) -> Option<&'a RunRow> {
    let lab = cx.lab;
    let history = &lab.history;
    let shown = history.listed()?.position(|row| lab.shows_record(&row.id, row.started_at_ms));
    let marked = history.marked.as_ref().and_then(|id| history.listed()?.position(|row| row.id == *id));
    let row_id = |index: usize| history.row_at(index).map_or(Id::NULL, id_of);
    let page = (height / ROW_HEIGHT) as usize;
    let stop = list_box::tab_stop(ui, count, row_id, marked.or(shown).unwrap_or(0), page);
    let mut without_headline = Vec::new();
    ScrollArea::vertical().id_salt("stored runs").max_height(height).auto_shrink([false, true]).show_viewport(
        ui,
        |ui, viewport| {
            ui.set_height(count as f32 * ROW_HEIGHT);
            let (top, x) = (ui.max_rect().top(), ui.max_rect().x_range());
            let first = (viewport.min.y / ROW_HEIGHT).floor().max(0.0) as usize;
            let last = ((viewport.max.y / ROW_HEIGHT).ceil() as usize).min(count);
            part(ui, Role::ListBox, "Stored runs", |ui| {
                // The row that Tab reaches has to be there even where it is out of sight.
                let outside = Some(stop).filter(|stop| !(first..last).contains(stop));
                for index in (first..last).chain(outside) {
                    let Some(row) = history.row_at(index) else { continue };
                    let at = top + index as f32 * ROW_HEIGHT;
                    let rect = Rect::from_x_y_ranges(x, at..=at + ROW_HEIGHT);
                    one(ui, cx, row, rect, (index, count), index == stop);
                    if history.lacks_headline(row) {
                        without_headline.push(row.id.clone());
                    }
                }
            });
        },
    );
    if !without_headline.is_empty() && !lab.is_running() {
        cx.push(Command::Runs(RunsCommand::Headlines(without_headline)));
    }
    history.row_at(stop)
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &RunRow, rect: Rect, position: (usize, usize), is_tab_stop: bool) {
    let history = &cx.lab.history;
    let is_selected = cx.lab.shows_record(&row.id, row.started_at_ms);
    let finding = row.finding(history.headline(row));
    let pinned = if row.pinned { "pinned · " } else { "" };
    let description = format!("{pinned}{finding}");
    let label = row.label();
    let listed = Row { id: id_of(row), name: &label, description: &description, is_selected, position };
    let response = list_box::row(ui, rect, &listed, is_tab_stop);
    if is_tab_stop {
        cx.pane(&response);
    }
    if ui.is_rect_visible(rect) {
        let is_marked = history.marked.as_ref() == Some(&row.id);
        paint(ui, rect, row, &finding, (is_selected, is_marked || response.hovered(), is_opening(cx, row)));
    }
    focus_ring(ui, &response);
    if response.clicked() {
        let command = if row.is_readable() { RunsCommand::Open } else { RunsCommand::Mark };
        cx.push(Command::Runs(command(row.id.clone())));
    }
    if response.gained_focus() || response.secondary_clicked() {
        cx.push(Command::Runs(RunsCommand::Mark(row.id.clone())));
    }
    if response.has_focus() {
        keys(ui, cx, row);
    }
    response.context_menu(|ui| menu(ui, cx, row));
    response.on_hover_text(format!("{label}\n{description}"));
}

fn is_opening(cx: &ViewContext<'_>, row: &RunRow) -> bool {
    cx.lab.history.opening.as_ref().is_some_and(|opening| opening.id == row.id)
}

/// Handles the keys of a focused row beside the arrows and Enter.
fn keys(ui: &Ui, cx: &mut ViewContext<'_>, row: &RunRow) {
    let (delete, rename) =
        ui.input(|input| (input.key_pressed(Key::Delete) && input.modifiers.is_none(), input.key_pressed(Key::F2)));
    if delete {
        cx.push(Command::Runs(RunsCommand::Delete(row.id.clone())));
    }
    if rename {
        cx.push(Command::Runs(RunsCommand::Ask(Named::Run(row.id.clone()))));
    }
}

fn paint(ui: &Ui, rect: Rect, row: &RunRow, finding: &str, (selected, marked, opening): (bool, bool, bool)) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    list_box::ground(ui, rect, selected, false);
    if marked && !selected {
        let corner = CornerRadius::same(theme::CORNER);
        painter.rect_stroke(rect.shrink(0.5), corner, Stroke::new(1.0, palette.hairline), StrokeKind::Inside);
    }
    let (left, width) = (rect.left() + 12.0, rect.width() - 20.0);
    let top = rect.top() + 3.0;
    let when = match (opening, row.pinned) {
        (true, _) => "opening".to_owned(),
        (false, true) => format!("pinned · {}", row.when()),
        (false, false) => row.when(),
    };
    let colour = if opening { palette.accent } else { palette.secondary };
    let style = (theme::small(), colour);
    let right = painted(painter, pos2(left + width, top + 1.0), Align2::RIGHT_TOP, &when, style, width);
    let style = (theme::strong(), palette.text);
    painted(painter, pos2(left, top), Align2::LEFT_TOP, &row.name, style, width - right.width() - 8.0);
    let colour: Color32 = match &row.state {
        Err(_) => palette.caveat,
        Ok(RunStatus::Running) => palette.accent,
        Ok(_) => palette.secondary,
    };
    let mut job = LayoutJob::simple(finding.to_owned(), theme::small(), colour, width);
    job.wrap = TextWrapping { max_width: width, max_rows: FINDING_ROWS, ..TextWrapping::default() };
    painter.galley(pos2(left, rect.top() + 20.0), painter.layout_job(job), colour);
}

/// Draws what can be done with a run.
fn menu(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &RunRow) {
    let shown = cx.lab.shows_record(&row.id, row.started_at_ms);
    let running = row.is_readable() && !row.is_over();
    // Below the list it is not clear by itself which run the menu is about.
    ui.set_max_width(MENU_WIDTH);
    line(ui, row.label(), theme::small(), theme::palette(ui).secondary);
    let unreadable = (!row.is_readable()).then_some("This run can't be read");
    let id = || row.id.clone();
    let open = unreadable.or(shown.then_some("This run is shown"));
    item(ui, cx, "Open", "Shows these results", open, RunsCommand::Open(id()));
    let no_results = (!cx.lab.can(Action::CompareWith)).then_some("There are no results to compare with on the page");
    let compare = unreadable.or(shown.then_some("This run is shown: open another one first")).or(no_results);
    let tip = "Compares the results on the page with this run";
    item(ui, cx, "Compare with the results shown", tip, compare, RunsCommand::Compare(id()));
    item(ui, cx, "Rename…", "Gives the run another name (F2)", unreadable, RunsCommand::Ask(Named::Run(id())));
    let tip = "Adds a line of your own to the run, for example what was changed before it. It is searched, and it is part \
               of the run's file";
    item(ui, cx, "Note…", tip, unreadable, RunsCommand::Ask(Named::Note(id())));
    let (label, tip) = if row.pinned {
        ("Unpin", "Lets the run go when there are too many")
    } else {
        ("Pin", "Keeps the run however many there are; it has to be unpinned before it can be deleted")
    };
    item(ui, cx, label, tip, unreadable, RunsCommand::Pin(id(), !row.pinned));
    let tip = "Shows the results and writes them as tables, reports, charts or a trace";
    item(ui, cx, "Export this run…", tip, unreadable, RunsCommand::Export(id()));
    let pinned = row.pinned.then_some("The run is pinned: unpin it first");
    let delete = pinned.or(running.then_some("The run is under way"));
    let tip = "Deletes the run; this can be undone until the window is closed (Delete)";
    item(ui, cx, "Delete", tip, delete, RunsCommand::Delete(id()));
}

fn item(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    label: &str,
    tip: &str,
    disabled: Option<&'static str>,
    command: RunsCommand,
) {
    let response = ui.add_enabled(disabled.is_none(), Button::new(label));
    let response = response.on_hover_text(tip).on_disabled_hover_text(disabled.unwrap_or_default());
    if response.clicked() {
        cx.push(Command::Runs(command));
        ui.close();
    }
}

/// Draws the line below the list: the menu of the row that Tab reaches, undo, and how much there is.
fn below(ui: &mut Ui, cx: &mut ViewContext<'_>, current: Option<&RunRow>) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::STEP;
        if let Some(row) = current {
            let tip = format!("What can be done with the run \"{}\"", row.label());
            let response = quiet_button(ui, "More…").on_hover_text(tip);
            Popup::menu(&response).show(|ui| menu(ui, cx, row));
        }
        if let Some((id, name)) = cx.lab.history.deleted().next_back() {
            let restore = RunsCommand::Restore(id.to_owned());
            let tip = format!("Brings back the run \"{name}\"");
            // Once only: the message about it has the same button.
            if !cx.lab.notices.offers(&Offer::Runs(restore.clone()))
                && quiet_button(ui, "Bring back").on_hover_text(tip).clicked()
            {
                cx.push(Command::Runs(restore));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (count, bytes) = cx.lab.history.all().fold((0, 0), |(count, sum), row| (count + 1, sum + row.bytes));
            if count > 0 {
                let amount = format!("{}, {}", plural(count, "run"), units::bytes(bytes as f64));
                line(ui, amount, theme::small(), palette.tertiary);
            }
        });
    });
}
