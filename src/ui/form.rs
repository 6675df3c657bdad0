//! The workload form. It shows only what the workload has; a control that no chosen model uses is greyed.

mod fields;
mod steps;

use eframe::egui::{CollapsingHeader, ComboBox, RichText, ScrollArea, Slider, Ui};

use self::fields::{Number, row};
use super::left_panel::heading;
use super::widgets::{action_link, line};
use super::{Cx, theme};
use crate::experiment::{MOST_ROUNDS, TrialCount};
use crate::lab::{Action, Command, Edit};
use crate::units;
use crate::workload::{Kernel, ListedTask, MOST_TASKS, MOST_WORKERS, Spread, Tasks};

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, "WORKLOAD", |ui| {
        action_link(ui, cx, Action::ImportTaskList);
    });
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding.y = 3.0;
        match &cx.lab.draft.workload().tasks {
            Tasks::Alike { count, .. } => alike(ui, cx, *count),
            Tasks::List(list) => listed(ui, cx, list),
        }
        workers(ui, cx);
        trials(ui, cx);
        CollapsingHeader::new(RichText::new("More settings").font(theme::note()))
            .id_salt("more settings")
            .show(ui, |ui| more(ui, cx));
    });
}

fn alike(ui: &mut Ui, cx: &mut Cx<'_>, count: u32) {
    let number = Number { value: f64::from(count), range: 1.0..=f64::from(MOST_TASKS), logarithmic: true };
    let ((typed, dragged), response) = row(ui, "Tasks", "How many tasks, 1 to 1,000,000", true, |ui| {
        let (typed, response) = ui
            .scope(|ui| {
                ui.set_max_width(74.0);
                number.show(ui, |value| units::count(value as u64), fields::parse_count)
            })
            .inner;
        let mut dragged = count;
        ui.spacing_mut().slider_width = ui.available_width() - 8.0;
        let slider = Slider::new(&mut dragged, 1..=MOST_TASKS).logarithmic(true).show_value(false);
        let slider = ui.add(slider).on_hover_text(format!("{} tasks", units::count(u64::from(count))));
        let changed = slider.accessible_name("Tasks, logarithmic").changed();
        ((typed, changed.then(|| rounded(dragged))), response)
    });
    cx.pane(&response);
    if let Some(value) = typed {
        cx.push(Command::Edit(Edit::Tasks(value.round() as u32)));
    } else if let Some(value) = dragged {
        cx.push(Command::Edit(Edit::Tasks(value)));
    }
    duration(ui, cx);
    spread(ui, cx);
}

/// What a slider can point at: two significant digits, since a pixel is worth more than a task.
fn rounded(count: u32) -> u32 {
    let unit = 10_u32.pow(count.max(1).ilog10().saturating_sub(1));
    (count / unit * unit).max(1)
}

fn duration(ui: &mut Ui, cx: &mut Cx<'_>) {
    let draft = &cx.lab.draft;
    let steps = draft.workload().steps();
    if let Some(ms) = draft.workload().task_ms() {
        let number = Number { value: ms, range: 0.0..=crate::workload::LONGEST_STEP_MS, logarithmic: true };
        let tip = "Length of one task on an idle core: all its timed steps together; type a unit, as in 20 us or 2 s";
        let (changed, _) =
            row(ui, "Task duration", tip, true, |ui| number.show(ui, fields::milliseconds, fields::parse_ms));
        if let Some(value) = changed {
            cx.push(Command::Edit(Edit::TaskMs(value)));
        }
    }
    if let Some(share) = draft.compute_share() {
        let told = steps::told(steps);
        let tip = format!("How much of a task is computing; the rest is waiting. Now: {told}");
        let (changed, _) = row(ui, "Compute", &tip, true, |ui| {
            let palette = theme::palette(ui);
            let mut percent = share * 100.0;
            ui.spacing_mut().slider_width = ui.available_width() - 48.0;
            let response = ui.add(Slider::new(&mut percent, 0.0..=100.0).show_value(false));
            line(ui, units::percent(share * 100.0), theme::note(), palette.secondary);
            (response.changed().then(|| percent.round()), response)
        });
        if let Some(value) = changed {
            cx.push(Command::Edit(Edit::ComputeShare(value / 100.0)));
        }
    }
}

fn spread(ui: &mut Ui, cx: &mut Cx<'_>) {
    let spread = cx.lab.draft.workload().spread;
    let told = |spread: Spread| match spread {
        Spread::Constant => "constant, all alike".to_owned(),
        Spread::Uniform { percent } => format!("uniform, ± {percent} %"),
        Spread::Exponential => "exponential".to_owned(),
        Spread::Pareto { shape } => format!("pareto, shape {shape}"),
    };
    let all = [Spread::Constant, Spread::Uniform { percent: 50.0 }, Spread::Exponential, Spread::Pareto { shape: 1.5 }];
    row(ui, "Spread", "How the durations of the tasks differ; their mean stays the same", true, |ui| {
        let combo = ComboBox::from_id_salt("spread").width(ui.available_width()).selected_text(told(spread));
        let response = combo.show_ui(ui, |ui| {
            for choice in all {
                if ui.selectable_label(choice.name() == spread.name(), choice.name()).clicked() {
                    cx.push(Command::Edit(Edit::Spread(choice)));
                }
            }
        });
        ((), response.response)
    });
    let (name, number, set): (_, _, fn(f64) -> Spread) = match spread {
        Spread::Uniform { percent } => {
            let number = Number { value: percent, range: 0.0..=100.0, logarithmic: false };
            ("Spread in percent", number, |percent| Spread::Uniform { percent })
        }
        Spread::Pareto { shape } => {
            let number = Number { value: shape, range: 1.01..=20.0, logarithmic: true };
            ("Tail shape", number, |shape| Spread::Pareto { shape })
        }
        Spread::Constant | Spread::Exponential => return,
    };
    let plain = |value: f64| format!("{}", (value * 100.0).round() / 100.0);
    let (changed, _) = row(ui, name, "Smaller shapes mean a heavier tail", true, |ui| {
        number.show(ui, plain, |typed| typed.trim().parse().ok())
    });
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::Spread(set(value))));
    }
}

fn kernel(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(kernel) = cx.lab.draft.kernel() else { return };
    row(ui, "Kernel", "What a compute step runs", true, |ui| {
        let response = ComboBox::from_id_salt("kernel").width(ui.available_width()).selected_text(kernel.name());
        let response = response.show_ui(ui, |ui| {
            for choice in Kernel::ALL {
                if ui.selectable_label(choice == kernel, choice.name()).clicked() {
                    cx.push(Command::Edit(Edit::Kernel(choice)));
                }
            }
        });
        ((), response.response)
    });
}

fn listed(ui: &mut Ui, cx: &mut Cx<'_>, list: &[ListedTask]) {
    let palette = theme::palette(ui);
    let height = (list.len() as f32).min(6.0) * 20.0 + 4.0;
    line(ui, format!("{} named tasks", list.len()), theme::note(), palette.secondary);
    ScrollArea::vertical().id_salt("listed tasks").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        14.0,
        list.len(),
        |ui, places| {
            for task in &list[places] {
                let mut parts = Vec::new();
                for (ms, what) in [(task.compute_ms, "compute"), (task.wait_ms, "wait")] {
                    if ms > 0.0 {
                        parts.push(format!("{what} {}", fields::milliseconds(ms)));
                    }
                }
                line(ui, format!("{}: {}", task.name, parts.join(", ")), theme::note(), palette.text);
            }
        },
    );
    if ui.small_button("Use alike tasks").on_hover_text("Replaces the list by tasks that all do the same").clicked() {
        cx.push(Command::Edit(Edit::Alike));
    }
}

fn workers(ui: &mut Ui, cx: &mut Cx<'_>) {
    let draft = &cx.lab.draft;
    let cpus = draft.logical_cpus();
    let value = draft.workload().workers.map_or(0.0, f64::from);
    let number = Number { value, range: 0.0..=f64::from(MOST_WORKERS), logarithmic: true };
    let tip = "Workers of the pools; automatic means one per logical CPU. Models without a pool ignore it";
    let told = move |value: f64| if value < 0.5 { format!("automatic, {cpus}") } else { format!("{value:.0}") };
    let (changed, _) =
        row(ui, "Workers", tip, draft.uses_workers(), |ui| number.show(ui, told, fields::parse_count_or_auto));
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::Workers((value >= 0.5).then(|| value.round() as u32))));
    }
}

fn trials(ui: &mut Ui, cx: &mut Cx<'_>) {
    let value = match cx.lab.draft.experiment().trials.count {
        TrialCount::Auto => 0.0,
        TrialCount::Fixed(count) => f64::from(count),
    };
    let number = Number { value, range: 0.0..=f64::from(MOST_ROUNDS), logarithmic: true };
    let told = |value: f64| if value < 0.5 { "automatic".to_owned() } else { format!("{value:.0}") };
    let tip = "Measured trials of each model; automatic fits as many as the time budget allows";
    let (changed, _) = row(ui, "Trials", tip, true, |ui| number.show(ui, told, fields::parse_count_or_auto));
    if let Some(value) = changed {
        let count = if value < 0.5 { TrialCount::Auto } else { TrialCount::Fixed(value.round() as u32) };
        cx.push(Command::Edit(Edit::Trials(count)));
    }
}

fn more(ui: &mut Ui, cx: &mut Cx<'_>) {
    let draft = &cx.lab.draft;
    let (workload, plan) = (draft.workload(), &draft.experiment().trials);
    if matches!(workload.tasks, Tasks::Alike { .. }) {
        kernel(ui, cx);
        steps::show(ui, cx, workload.steps());
    }
    let tip = "How many tasks models with one thread, process or coroutine per task may have in flight at once";
    let number = Number {
        value: workload.in_flight.map_or(0.0, f64::from),
        range: 0.0..=f64::from(MOST_TASKS),
        logarithmic: true,
    };
    let told = |value: f64| if value < 0.5 { "all".to_owned() } else { units::count(value as u64) };
    let used = draft.any_chosen(|info| info.per_task);
    let (changed, _) = row(ui, "In flight", tip, used, |ui| number.show(ui, told, fields::parse_count_or_auto));
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::InFlight((value >= 0.5).then(|| value.round() as u32))));
    }
    let whole = |value: f64| format!("{value:.0}");
    let seconds = |value: f64| format!("{} s", units::significant(value, 3));
    let plain = [
        ("Seed", "Of durations, start states and the order of trials", workload.seed as f64, 9e15, true),
        ("Warm-up rounds", "Rounds that run first and are in no statistic", f64::from(plan.warmups), 100.0, true),
        ("Time budget", "Seconds that automatic trials may take", plan.budget_seconds, 86_400.0, false),
        ("Time-out", "Seconds after which a trial is ended", plan.timeout_seconds, 86_400.0, false),
    ];
    for (name, tip, value, most, is_whole) in plain {
        let least = if is_whole { 0.0 } else { 0.1 };
        let number = Number { value, range: least..=most, logarithmic: true };
        let (changed, _) = row(ui, name, tip, true, |ui| {
            number.show(ui, if is_whole { whole } else { seconds }, fields::parse_seconds)
        });
        if let Some(value) = changed {
            cx.push(Command::Edit(match name {
                "Seed" => Edit::Seed(value.round() as u64),
                "Warm-up rounds" => Edit::Warmups(value.round() as u32),
                "Time budget" => Edit::BudgetSeconds(value),
                _ => Edit::TimeoutSeconds(value),
            }));
        }
    }
}

/// A labelled control of another part of the panel, in the form's columns.
pub fn labelled(ui: &mut Ui, name: &str, tip: &str, add: impl FnOnce(&mut Ui) -> eframe::egui::Response) {
    row(ui, name, tip, true, |ui| ((), add(ui)));
}
