//! Choices of the distribution view, beside the tabs.

use eframe::egui::{ComboBox, Ui};

use crate::analysis::distribution::TaskTime;
use crate::lab::Command;
use crate::lab::view::{TaskPlot, TrialScale};
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::list_entry;

/// Draws time and form of the tasks, and the axis of the trials.
pub fn choices(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let view = cx.lab.view.distribution.clone();
    let shown = format!("tasks: {}", view.time.title());
    let options = TaskTime::ALL.map(|time| (time.title(), time == view.time, Command::TaskTime(time)));
    let tip = "Latency: from handing a task over to its end. Queue time: from handing it over to its start";
    choice(ui, cx, ("Time of tasks", 132.0), &shown, tip, options);
    let options = TaskPlot::ALL.map(|plot| (plot.title(), plot == view.plot, Command::TaskPlot(plot)));
    choice(ui, cx, ("Form", 128.0), view.plot.title(), "How the times of the tasks are drawn", options);
    let shown = format!("trials: {}", view.trials.title());
    let options = TrialScale::ALL.map(|scale| (scale.title(), scale == view.trials, Command::TrialScale(scale)));
    let tip = "Wall times on one axis, or the distance of each trial from the median of its model";
    choice(ui, cx, ("Axis of trials", 160.0), &shown, tip, options);
}

fn choice<const N: usize>(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    (name, width): (&str, f32),
    shown: &str,
    tip: &str,
    options: [(&str, bool, Command); N],
) {
    let combo = ComboBox::from_id_salt(name).width(width).selected_text(shown);
    let response = combo.show_ui(ui, |ui| {
        for (title, selected, command) in options {
            if list_entry(ui, selected, title) {
                cx.push(command);
            }
        }
    });
    response.response.accessible_name(name).on_hover_text(tip);
}
