//! The workload form. It has only the controls that the workload needs; those that no chosen model uses are disabled.

mod classes;
pub(super) mod fields;
mod knobs;
mod payload;
mod reset_row;
mod step_change;
mod step_selection;
mod steps;
mod strip;
mod sweep;
mod undo_links;

use eframe::egui::{CollapsingHeader, ComboBox, Id, Response, RichText, ScrollArea, Slider, Ui};

use self::fields::Number;
use self::reset_row::row;
use super::theme;
use super::view_context::ViewContext;
use super::widgets::{action_link, focus_ring, heading, line, list_entry};
use crate::experiment::describe;
use crate::experiment::payload_rules::payload_problem;
use crate::experiment::validate::{LONGEST_SECONDS, MOST_WARMUPS};
use crate::experiment::{MOST_ROUNDS, TrialCount};
use crate::lab::typed::Quantity;
use crate::lab::{Action, Command, Edit, step_format};
use crate::model::Family;
use crate::python::StartMethod;
use crate::units;
use crate::workload::{
    Awaiting, DurationDistribution, Kernel, LONGEST_STEP_MS, ListedTask, MOST_TASKS, MOST_WORKERS, Step, Tasks, Work,
    WorkerCount,
};

/// Draws the form.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    heading(ui, "WORKLOAD", |ui| {
        undo_links::show(ui, cx);
        action_link(ui, cx, Action::ImportTaskList);
    });
    // Remarks on refused texts belong to the experiment that they were typed for.
    let known = Id::unique("experiment in the form");
    let id = &cx.lab.draft.experiment().id;
    if ui.data(|data| data.get_temp::<String>(known)).as_ref() != Some(id) {
        ui.data_mut(|data| data.insert_temp(known, id.clone()));
        fields::forget_remarks(ui);
        step_selection::forget(ui);
        super::variants::forget_typed(ui);
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding.y = 3.0;
        match &cx.lab.draft.workload().tasks {
            Tasks::Alike { count, .. } => alike(ui, cx, *count),
            Tasks::List(list) => listed(ui, cx, list),
            Tasks::Classes(all) => {
                classes::show(ui, cx, all);
                if all.steps.iter().any(|step| step.ms().is_some()) {
                    spread(ui, cx);
                }
            }
        }
        if cx.lab.draft.workload().payload.is_some() {
            payload::show(ui, cx);
        }
        workers(ui, cx);
        trials(ui, cx);
        sweep::show(ui, cx);
        if cx.lab.draft.workload().ticker {
            ticker(ui, cx);
        }
        let more = CollapsingHeader::new(RichText::new("More settings").font(theme::note()))
            .id_salt("more settings")
            .show_unindented(ui, |ui| more(ui, cx));
        focus_ring(ui, &more.header_response);
    });
}

fn alike(ui: &mut Ui, cx: &mut ViewContext<'_>, count: u32) {
    let number = Number { value: f64::from(count), range: 1.0..=f64::from(MOST_TASKS), logarithmic: true };
    let ((typed, dragged), response) = row(ui, cx, "Tasks", "How many tasks, 1 to 1,000,000", true, |ui| {
        let (typed, response) = ui
            .scope(|ui| {
                ui.set_max_width(74.0);
                number.show(ui, Quantity::Count, |value| units::count(value as u64))
            })
            .inner;
        let mut dragged = count;
        ui.spacing_mut().slider_width = ui.available_width() - 8.0;
        let slider = Slider::new(&mut dragged, 1..=MOST_TASKS).logarithmic(true).show_value(false);
        let slider = ui.add(slider).on_hover_text(format!("{} tasks", units::count(u64::from(count))));
        let pointed = slider.dragged() || slider.clicked() || slider.drag_stopped();
        let slider = slider.accessible_name("Tasks, logarithmic");
        focus_ring(ui, &slider);
        // A key press means one step further; rounding down would undo it.
        let chosen = match dragged.abs_diff(count) {
            1 if !pointed => next_rounded(count, dragged),
            _ => rounded(dragged),
        };
        ((typed, slider.changed().then_some(chosen)), response)
    });
    cx.pane(&response);
    if let Some(value) = typed {
        cx.push(Command::Edit(Edit::Tasks(value.round() as u32)));
    } else if let Some(value) = dragged {
        cx.push(Command::Edit(Edit::Tasks(value)));
    }
    strip::show(ui, cx);
    duration(ui, cx);
    steps::direct(ui, cx);
    // The spread scales timed steps; without any it has no effect.
    if cx.lab.draft.workload().task_ms().is_some() {
        spread(ui, cx);
    }
}

/// Rounds to two significant digits: a pixel of the slider is worth more than one task.
fn rounded(count: u32) -> u32 {
    (count / unit(count) * unit(count)).max(1)
}

/// Returns the next rounded value from `count` on, in the direction of `towards`.
fn next_rounded(count: u32, towards: u32) -> u32 {
    let below = rounded(count);
    let next = match towards > count {
        true => below + unit(count),
        false if below < count => below,
        false => count - unit(count - 1),
    };
    next.clamp(1, MOST_TASKS)
}

/// Returns the value of the second significant digit.
const fn unit(count: u32) -> u32 {
    10_u32.pow(if count < 10 { 0 } else { count.ilog10() - 1 })
}

fn duration(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let draft = &cx.lab.draft;
    let steps = draft.workload().steps();
    let each_task = step_format::steps(steps);
    if let Some(ms) = draft.workload().task_ms() {
        let timed = steps.iter().filter(|step| step.ms().is_some());
        let number =
            Number { value: ms, range: 0.0..=LONGEST_STEP_MS * timed.clone().count() as f64, logarithmic: true };
        let what = match timed.collect::<Vec<_>>()[..] {
            [Step::Http { .. }] => "How long the server waits before it answers".to_owned(),
            [Step::Critical { .. }] => "How long a task is inside the section that the lock guards".to_owned(),
            [Step::TwoLocks { .. }] => "How long a task holds one lock before it asks for the other".to_owned(),
            _ => "Length of one task on an idle core: all its timed steps together".to_owned(),
        };
        let tip = format!("{what}; type a unit, as in 20 us or 2 s. Each task does: {each_task}");
        let (changed, _) = row(ui, cx, "Task duration", &tip, true, |ui| {
            number.show(ui, Quantity::Milliseconds, fields::milliseconds)
        });
        if let Some(value) = changed {
            cx.push(Command::Edit(Edit::TaskMs(value)));
        }
    }
    if let Some(share) = draft.compute_share() {
        let tip = format!("How much of a task is computing; the rest is waiting. Each task does: {each_task}");
        let (changed, _) = row(ui, cx, "Compute", &tip, true, |ui| {
            let palette = theme::palette(ui);
            let mut percent = share * 100.0;
            ui.spacing_mut().slider_width = ui.available_width() - 48.0;
            let response = ui.add(Slider::new(&mut percent, 0.0..=100.0).show_value(false));
            focus_ring(ui, &response);
            line(ui, units::percent(share * 100.0), theme::note(), palette.secondary);
            (response.changed().then(|| percent.round()), response)
        });
        if let Some(value) = changed {
            cx.push(Command::Edit(Edit::ComputeShare(value / 100.0)));
        }
    }
}

fn spread(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let spread = cx.lab.draft.workload().spread;
    let mut picked = None;
    let label_of = |spread: DurationDistribution| match spread {
        DurationDistribution::Constant => "constant, all alike".to_owned(),
        DurationDistribution::Uniform { percent } => format!("uniform, ± {percent} %"),
        DurationDistribution::Exponential => "exponential".to_owned(),
        DurationDistribution::Pareto { shape } => format!("pareto, shape {shape}"),
    };
    let all = [
        DurationDistribution::Constant,
        DurationDistribution::Uniform { percent: 50.0 },
        DurationDistribution::Exponential,
        DurationDistribution::Pareto { shape: 1.5 },
    ];
    row(ui, cx, "Spread", "How the durations of the tasks differ; their mean stays the same", true, |ui| {
        let combo =
            ComboBox::from_id_salt("spread").width(ui.available_width()).truncate().selected_text(label_of(spread));
        let response = combo.show_ui(ui, |ui| {
            for choice in all {
                if list_entry(ui, choice.name() == spread.name(), choice.name()) {
                    picked = Some(choice);
                }
            }
        });
        ((), response.response)
    });
    if let Some(choice) = picked {
        cx.push(Command::Edit(Edit::Spread(choice)));
    }
    let (name, number, set): (_, _, fn(f64) -> DurationDistribution) = match spread {
        DurationDistribution::Uniform { percent } => {
            let number = Number { value: percent, range: 0.0..=100.0, logarithmic: false };
            ("Spread in percent", number, |percent| DurationDistribution::Uniform { percent })
        }
        DurationDistribution::Pareto { shape } => {
            let number = Number { value: shape, range: 1.001..=100.0, logarithmic: true };
            ("Tail shape", number, |shape| DurationDistribution::Pareto { shape })
        }
        DurationDistribution::Constant | DurationDistribution::Exponential => return,
    };
    let (changed, _) = row(ui, cx, name, "Smaller shapes mean a heavier tail", true, |ui| {
        number.show(ui, Quantity::Plain, units::short)
    });
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::Spread(set(value))));
    }
}

fn kernel(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(kernel) = cx.lab.draft.kernel() else { return };
    // A single compute step shows this field itself.
    let steps = cx.lab.draft.workload().steps();
    if steps.iter().filter(|step| matches!(step, Step::Compute { .. })).count() < 2 {
        return;
    }
    let (picked, _) = row(ui, cx, "Kind of computing", "What all compute steps run", true, |ui| {
        fields::choice(ui, "kernel", kernel, &Kernel::ALL, |one| one.title().to_owned())
    });
    if let Some(kernel) = picked {
        cx.push(Command::Edit(Edit::Kernel(kernel)));
    }
}

fn awaiting(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let tip = "How models with an event loop await their tasks: all together, or each before the next one is begun, as an await in a loop does";
    let has_loop = cx.lab.draft.experiment().models.iter().any(|one| one.model.has_event_loop());
    let now = cx.lab.draft.workload().awaits;
    let (picked, _) = row(ui, cx, "Awaiting", tip, has_loop, |ui| {
        fields::choice(ui, "awaiting", now, &Awaiting::ALL, |one| one.title().to_owned())
    });
    if let Some(awaits) = picked {
        cx.push(Command::Edit(Edit::Await(awaits)));
    }
}

fn ticker(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let tip = "Runs a ticker every 10 ms beside the work, on the event loop or on a separate thread, and measures how late each beat comes: for how long the model keeps everything else waiting";
    let now = cx.lab.draft.workload().ticker;
    let (selected, _) = row(ui, cx, "Ticker", tip, true, |ui| fields::flag(ui, now, "Ticker"));
    if let Some(on) = selected {
        cx.push(Command::Edit(Edit::Ticker(on)));
    }
}

fn listed(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &[ListedTask]) {
    let palette = theme::palette(ui);
    let height = (list.len() as f32).min(6.0) * 20.0 + 4.0;
    fields::indented(ui, |ui| {
        line(ui, format!("{} named tasks", units::count(list.len() as u64)), theme::note(), palette.secondary);
    });
    ScrollArea::vertical().id_salt("listed tasks").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        14.0,
        list.len(),
        |ui, range| {
            for task in &list[range] {
                line(ui, format!("{}: {}", task.name, describe::listed_task(task)), theme::note(), palette.text);
            }
        },
    );
    let tip = "Replaces the list by tasks that all do the same";
    if fields::indented(ui, |ui| ui.small_button("Make all tasks the same").on_hover_text(tip).clicked()) {
        cx.push(Command::Edit(Edit::Alike));
    }
}

fn workers(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let draft = &cx.lab.draft;
    let cpus = draft.cpus().usable;
    let value = draft.workload().workers.and_then(WorkerCount::number).map_or(0.0, f64::from);
    let number = Number { value, range: 0.0..=f64::from(MOST_WORKERS), logarithmic: true };
    let tip = "Workers of the pools; automatic means one per logical CPU. Models without a pool ignore it";
    let label_of =
        move |value: f64| if value < 0.5 { format!("automatic, {cpus}") } else { units::count(value as u64) };
    let (changed, _) =
        row(ui, cx, "Workers", tip, draft.uses_workers(), |ui| number.show(ui, Quantity::CountOr("auto"), label_of));
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::Workers((value >= 0.5).then(|| WorkerCount::Number(value.round() as u32)))));
    }
}

/// A number of the form: label, tooltip, value, largest value, integer, and the edit that it makes.
type PlainNumber = (&'static str, &'static str, f64, f64, bool, fn(f64) -> Edit);

fn trials(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let value = match cx.lab.draft.experiment().trials.count {
        TrialCount::Auto => 0.0,
        TrialCount::Fixed(count) => f64::from(count),
    };
    let number = Number { value, range: 0.0..=f64::from(MOST_ROUNDS), logarithmic: true };
    let label_of = |value: f64| if value < 0.5 { "automatic".to_owned() } else { units::count(value as u64) };
    let tip = "Measured trials of each model; automatic fits as many as the time budget allows";
    let (changed, _) = row(ui, cx, "Trials", tip, true, |ui| number.show(ui, Quantity::CountOr("auto"), label_of));
    if let Some(value) = changed {
        let count = if value < 0.5 { TrialCount::Auto } else { TrialCount::Fixed(value.round() as u32) };
        cx.push(Command::Edit(Edit::Trials(count)));
    }
}

fn more(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let draft = &cx.lab.draft;
    let workload = draft.workload();
    if matches!(workload.tasks, Tasks::Alike { .. }) {
        kernel(ui, cx);
        classes::split(ui, cx, workload);
    }
    if !workload.ticker {
        ticker(ui, cx);
    }
    if workload.payload.is_none() && payload_problem(workload).is_none() {
        payload::show(ui, cx);
    }
    awaiting(ui, cx);
    python(ui, cx);
    let draft = &cx.lab.draft;
    let (workload, plan) = (draft.workload(), &draft.experiment().trials);
    let tip = "How many tasks models with one thread, process or coroutine per task may have in flight at once";
    let number = Number {
        value: workload.in_flight.map_or(0.0, f64::from),
        range: 0.0..=f64::from(MOST_TASKS),
        logarithmic: true,
    };
    let label_of = |value: f64| if value < 0.5 { "all".to_owned() } else { units::count(value as u64) };
    let used = draft.any_chosen(|info| info.per_task);
    let (changed, _) =
        row(ui, cx, "Most tasks at once", tip, used, |ui| number.show(ui, Quantity::CountOr("all"), label_of));
    if let Some(value) = changed {
        cx.push(Command::Edit(Edit::InFlight((value >= 0.5).then(|| value.round() as u32))));
    }
    let integer = |value: f64| format!("{value:.0}");
    let seconds = |value: f64| format!("{} s", units::significant(value, 3));
    let plain: [PlainNumber; 4] = [
        ("Seed", "Of durations, start states and the order of trials", workload.seed as f64, 9e15, true, |value| {
            Edit::Seed(value.round() as u64)
        }),
        (
            "Warm-ups",
            "Rounds that run first and are in no statistic",
            f64::from(plan.warmups),
            f64::from(MOST_WARMUPS),
            true,
            |value| Edit::Warmups(value.round() as u32),
        ),
        (
            "Time budget",
            "Seconds that automatic trials may take",
            plan.budget_seconds,
            LONGEST_SECONDS,
            false,
            Edit::BudgetSeconds,
        ),
        (
            "Time-out",
            "Seconds after which a trial is ended",
            plan.timeout_seconds,
            LONGEST_SECONDS,
            false,
            Edit::TimeoutSeconds,
        ),
    ];
    for (name, tip, value, most, is_integer, edit) in plain {
        let least = if is_integer { 0.0 } else { 0.1 };
        let number = Number { value, range: least..=most, logarithmic: true };
        let (changed, _) = row(ui, cx, name, tip, true, |ui| {
            let quantity = if is_integer { Quantity::Count } else { Quantity::Seconds };
            number.show(ui, quantity, if is_integer { integer } else { seconds })
        });
        if let Some(value) = changed {
            cx.push(Command::Edit(edit(value)));
        }
    }
}

/// Draws the settings of Python models.
fn python(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let experiment = cx.lab.draft.experiment();
    let used = cx.lab.draft.chosen().any(|one| one.host.is_python());
    let label_of = |work: Work| match work {
        Work::SameTime => "same time".to_owned(),
        Work::SameAlgorithm => "same algorithm".to_owned(),
    };
    let tip = "Same time: 10 ms are 10 ms of one core in Rust and in Python; this compares models. Same algorithm: every host runs the number of iterations that takes the time on the reference's host; this compares languages";
    let (work, _) = row(ui, cx, "Compare by", tip, used, |ui| {
        fields::choice(ui, "work", experiment.workload.work, &Work::ALL, label_of)
    });
    let processes = cx.lab.draft.any_chosen(|info| info.id.is_python() && info.family == Family::Processes);
    let tip = "How Python's multiprocessing starts processes; default is the interpreter's own choice";
    let method = experiment.start_method;
    let (method, _) = row(ui, cx, "How Python starts processes", tip, processes, |ui| {
        fields::choice(ui, "start method", method, &StartMethod::ALL, |one| one.name().to_owned())
    });
    if let Some(work) = work {
        cx.push(Command::Edit(Edit::Work(work)));
    }
    if let Some(method) = method {
        cx.push(Command::Edit(Edit::StartMethod(method)));
    }
}

/// Draws a labelled control of another section in the form's columns.
pub fn labelled(ui: &mut Ui, name: &str, tip: &str, add: impl FnOnce(&mut Ui) -> Response) {
    fields::row(ui, name, tip, true, |ui| ((), add(ui)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_on_the_slider_always_goes_on() {
        let after = |count: u32| (next_rounded(count, count - 1), next_rounded(count, count + 1));
        assert_eq!(after(100), (99, 110));
        assert_eq!(after(1234), (1200, 1300));
        assert_eq!(after(10), (9, 11));
        assert_eq!(after(1), (1, 2));
        assert_eq!(after(MOST_TASKS), (990_000, MOST_TASKS));
    }
}
