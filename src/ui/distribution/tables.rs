//! The figures of both plots as tables.

use eframe::egui::{Grid, ScrollArea, Ui};

use super::series::Series;
use crate::analysis::distribution::{Distributions, TaskTime};
use crate::analysis::metric;
use crate::experiment::FEWEST_PAIRS;
use crate::lab::run::Run;
use crate::ui::theme;
use crate::ui::widgets::{line, uncut, uncut_right};
use crate::units;

/// Height of a row.
const ROW_HEIGHT: f32 = 22.0;
/// Text of a figure that was not measured.
const MISSING: &str = "–";

/// Draws both tables.
pub fn show(ui: &mut Ui, run: &Run, series: &[Series], distributions: &Distributions, time: TaskTime) {
    let palette = theme::palette(ui);
    line(ui, "Trials in figures", theme::title(), palette.text);
    let heads = ["trials", "median", "25 %", "75 %", "shortest", "longest", "outliers"];
    table(ui, "trials in figures", &heads, series, |one| trial_cells(run, one, distributions));
    ui.add_space(theme::STEP * 2.0);
    let title = match time {
        TaskTime::Latency => "Latency in figures",
        TaskTime::Queue => "Queue time in figures",
    };
    line(ui, title, theme::title(), palette.text);
    let heads = ["tasks", "50 %", "95 %", "99 %", "99.9 %", "longest"];
    table(ui, "tasks in figures", &heads, series, |one| task_cells(run, one, distributions, time));
}

fn trial_cells(run: &Run, series: &Series, distributions: &Distributions) -> Vec<Option<String>> {
    let spread = distributions.trials.iter().find(|spread| spread.contender == series.contender);
    let model = run.model(&series.contender);
    let of = |metric: &metric::Metric| metric.of_model(model.as_ref()?);
    let quartiles = spread.and_then(|spread| spread.quartiles);
    vec![
        spread.map(|spread| units::count(spread.dots.len() as u64)),
        of(&metric::WALL_TIME),
        quartiles.map(|(low, _)| units::duration(low)),
        quartiles.map(|(_, high)| units::duration(high)),
        of(&metric::WALL_MIN),
        of(&metric::WALL_MAX),
        spread
            // Of fewer trials nobody can tell.
            .filter(|spread| spread.dots.len() >= FEWEST_PAIRS)
            .map(|spread| units::count(spread.outliers().count() as u64)),
    ]
}

fn task_cells(run: &Run, series: &Series, distributions: &Distributions, time: TaskTime) -> Vec<Option<String>> {
    let times = distributions.tasks(time).models.iter().find(|times| times.contender == series.contender);
    let model = run.model(&series.contender);
    let percentiles = metric::percentiles_of(time).map(|metric| metric.of_model(model.as_ref()?));
    std::iter::once(times.map(|times| units::count(times.tasks))).chain(percentiles).collect()
}

fn table(ui: &mut Ui, id: &str, heads: &[&str], series: &[Series], cells: impl Fn(&Series) -> Vec<Option<String>>) {
    let palette = theme::palette(ui);
    ScrollArea::horizontal().id_salt(id).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        Grid::new(id).striped(true).spacing([20.0, 0.0]).show(ui, |ui| {
            uncut(ui, "model", theme::small(), palette.secondary);
            for head in heads {
                uncut_right(ui, head, theme::small(), palette.secondary);
            }
            ui.end_row();
            for one in series {
                uncut(ui, &one.contender.title(), theme::body(), palette.text);
                for cell in cells(one) {
                    uncut_right(ui, cell.as_deref().unwrap_or(MISSING), theme::figures(), palette.text);
                }
                ui.end_row();
            }
        });
    });
}
