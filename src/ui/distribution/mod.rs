//! The distribution view: wall times of the trials as box and dots, times of the tasks as cumulative curve or histogram,
//! and both as tables.

mod choices;
mod curves;
mod legend;
mod series;
mod tables;
mod trials;
mod words;

use eframe::egui::Ui;

pub use self::choices::choices;
use self::series::Series;
use super::plot::{KEYS_HINT, series_styles};
use super::view_context::ViewContext;
use super::widgets::{line, text};
use super::{theme, view_scroll};
use crate::lab::row_order::rows;
use crate::lab::view::{DistributionChoices, TaskPlot};
use crate::model::Contender;

/// Draws the view.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = &cx.lab.run else { return };
    let palette = theme::palette(ui);
    let distributions = run.distributions();
    if distributions.trials.is_empty() {
        text(ui, "Distributions appear with the first measured trials", theme::body(), palette.secondary);
        return;
    }
    let view: &DistributionChoices = &cx.lab.view.distribution;
    let all = &run.results().experiment.models;
    let styles = series_styles(ui, all);
    let style_of = |contender: &Contender| all.iter().position(|one| one == contender).map(|index| styles[index]);
    let measured = |contender: &Contender| distributions.trials.iter().any(|one| one.contender == *contender);
    let series: Vec<Series> = rows(cx.lab, run)
        .into_iter()
        .filter(measured)
        .filter_map(|contender| {
            let (style, shown) = (style_of(&contender)?, !view.hidden.contains(&contender));
            Some(Series { contender, style, shown })
        })
        .collect();
    let run_id = run.results().started_at_ms;
    let tasks = distributions.tasks(view.time);
    view_scroll::show(ui, cx, ("distribution", run_id), |ui, cx| {
        legend::show(ui, cx, &series);
        ui.add_space(theme::STEP);
        line(ui, "Wall time of each trial", theme::title(), palette.text);
        trials::show(ui, run_id, &series, &distributions.trials, view.trials);
        text(ui, words::outliers(&distributions.trials), theme::note(), palette.secondary);
        let hint = "Box: the middle half of the trials, from 4 on; line in it: the median; whiskers: shortest and longest. Below each box a mark per trial, in a larger ring where it is an outlier.";
        text(ui, hint, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 2.0);
        line(ui, words::task_heading(view.time), theme::title(), palette.text);
        curves::show(ui, cx, run_id, &series, tasks);
        if let Some(note) = words::zeros(tasks) {
            text(ui, note, theme::note(), palette.secondary);
        }
        text(ui, task_hint(view.plot), theme::small(), palette.tertiary);
        let keys = format!(
            "Both plots: drag to move, Ctrl and the wheel to zoom, a double click shows all; {KEYS_HINT}. A click on a model above the plots leaves it out."
        );
        text(ui, keys, theme::small(), palette.tertiary);
        ui.add_space(theme::STEP * 2.0);
        tables::show(ui, run, &series, distributions, view.time);
        ui.add_space(theme::STEP * 4.0);
    });
}

const fn task_hint(plot: TaskPlot) -> &'static str {
    match plot {
        TaskPlot::Curve => {
            "All tasks of all measured trials of a model together: the share of them that took at most so long. Marks: 50, 95, 99 and 99.9 %."
        }
        TaskPlot::Histogram => {
            "All tasks of all measured trials of a model together: the share of them in each bin. Bins are equally wide on this axis. Marks: 50, 95, 99 and 99.9 %."
        }
    }
}
