//! The details of a row: all figures of one model, its caveats, and its code.

use eframe::egui::{Frame, Grid, Margin, RichText, Ui};

use crate::analysis::Summary;
use crate::analysis::metric::details_of;
use crate::analysis::step_times::step_times;
use crate::lab::run::Run;
use crate::model::Contender;
use crate::python::code_of_contender;
use crate::report::class_table;
use crate::ui::theme;
use crate::ui::time_budget;
use crate::ui::widgets::{text, uncut};
use crate::units;
use crate::workload::Step;

const NOT_MEASURED: &str = "not measured";

/// Draws the details.
pub fn show(ui: &mut Ui, run: &Run, contender: &Contender) {
    let palette = theme::palette(ui);
    let info = contender.model.info();
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke((1.0, palette.hairline))
        .corner_radius(theme::CORNER)
        .inner_margin(Margin::symmetric(16, 12))
        .outer_margin(Margin { left: 20, right: 0, top: 2, bottom: 8 });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        text(ui, format!("{}: {}. {}", info.title, info.what, info.good_for), theme::body(), palette.secondary);
        let summary = run.summary(contender);
        if let Some(summary) = summary {
            if let Some(reason) = &summary.reason {
                text(ui, reason, theme::body(), palette.failure);
            }
            facts(ui, run, summary);
            classes(ui, summary);
            time_budget::of_model(ui, run, contender);
            if let Some(message) = files(run, summary) {
                text(ui, message, theme::note(), palette.secondary);
            }
            for caveat in &summary.caveats {
                text(ui, format!("{}: {}", caveat.label(), caveat.remedy()), theme::note(), palette.caveat);
            }
        }
        let workload = &run.results().experiment.workload;
        let code = code_of_contender(contender, workload.awaits, workload.payload.is_some());
        Frame::new().fill(palette.raised).corner_radius(theme::CORNER).inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(code).font(theme::figures()).color(palette.text));
        });
    });
}

fn facts(ui: &mut Ui, run: &Run, summary: &Summary) {
    let palette = theme::palette(ui);
    let all = groups(run, &summary.contender);
    let columns = if ui.available_width() > 940.0 { 3 } else { 2 };
    Grid::new(("facts", &summary.contender)).num_columns(columns * 2).min_row_height(18.0).spacing((16.0, 2.0)).show(
        ui,
        |ui| {
            for row in all.chunks(columns) {
                for (name, value) in row {
                    uncut(ui, name, theme::note(), palette.tertiary);
                    let known = value.as_deref();
                    let colour = if known.is_some() { palette.text } else { palette.tertiary };
                    uncut(ui, known.unwrap_or(NOT_MEASURED), theme::figures(), colour);
                }
                ui.end_row();
            }
        },
    );
}

/// Draws a table with a row per class of tasks.
fn classes(ui: &mut Ui, summary: &Summary) {
    if summary.classes.is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    ui.add_space(theme::STEP);
    let grid = Grid::new(("classes", &summary.contender)).num_columns(class_table::HEADS.len()).spacing((16.0, 2.0));
    grid.show(ui, |ui| {
        for head in class_table::HEADS {
            uncut(ui, head, theme::note(), palette.tertiary);
        }
        ui.end_row();
        for class in &summary.classes {
            for cell in class_table::cells(class) {
                uncut(ui, &cell, theme::figures(), palette.text);
            }
            ui.end_row();
        }
    });
}

/// Returns names and values of all figures that apply to the model.
fn groups(run: &Run, contender: &Contender) -> Vec<(String, Option<String>)> {
    let Some(model) = run.model(contender) else { return Vec::new() };
    let details = details_of(&model).into_iter();
    let mut all: Vec<_> = details.map(|detail| (detail.title.to_owned(), (detail.text)(&model))).collect();
    let times = step_times(run.results(), model.summary);
    all.extend(times.into_iter().map(|time| (time.label.title(), time.nanos.map(units::duration))));
    all
}

/// Describes the file system and the storage's part in it; `None` without files.
fn files(run: &Run, summary: &Summary) -> Option<String> {
    let steps = run.results().experiment.workload.steps();
    if summary.wall.is_none() || !steps.iter().any(|step| matches!(step, Step::File { .. })) {
        return None;
    }
    let systems = run.results().measured(&summary.contender).filter_map(|trial| trial.completed()?.file_system.clone());
    let file_system = systems.last().unwrap_or_else(|| "an unknown file system".to_owned());
    let read = match summary.storage_read_bytes {
        Some(0.0) => "all reads came from the page cache".to_owned(),
        Some(bytes) => format!("{} were read from the storage", units::bytes(bytes)),
        None => "reads from the storage were not measured".to_owned(),
    };
    let written = match summary.storage_written_bytes {
        Some(bytes) => format!("{} were written to the storage", units::bytes(bytes)),
        None => "writes to it were not measured".to_owned(),
    };
    Some(format!("Files on {file_system}: {read}; {written}"))
}
