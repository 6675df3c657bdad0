//! The classes of tasks: name, number of tasks or how many repeat at a time, workers of their own, and their steps.

use eframe::egui::{Id, TextEdit, Ui};

use super::fields::{self, Number, PartLabel};
use super::step_change::Possible;
use super::steps;
use crate::experiment::class_rules;
use crate::experiment::validate;
use crate::lab::typed::Quantity;
use crate::lab::{Command, Edit};
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{line, polite, small_button, text};
use crate::units;
use crate::workload::{Class, Classes, FEWEST_CLASSES, Kernel, MOST_CLASSES, MOST_STEPS, MOST_WORKERS, Step, Workload};

/// Duration of a computation that is added, milliseconds.
const FRESH_MS: f64 = 5.0;

/// Draws the classes.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, classes: &Classes) {
    let palette = theme::palette(ui);
    for (index, class) in classes.list.iter().enumerate() {
        ui.push_id(("class", index), |ui| one(ui, cx, classes, index, class));
    }
    let room = classes.list.len() < MOST_CLASSES && classes.steps.len() < MOST_STEPS;
    let add = fields::indented(ui, |ui| ui.add_enabled(room, small_button("Add class")));
    let add = add.on_hover_text("Adds a class that computes again and again beside the others");
    let full = format!("There are at most {MOST_CLASSES} classes, and {MOST_STEPS} steps in all");
    if add.on_disabled_hover_text(full).clicked() {
        let mut all = classes.clone();
        all.push(background(&all), vec![fresh_step()]);
        cx.push(Command::Edit(Edit::Classes(all)));
    }
    let tip = "Keeps the first class, and takes out the others";
    if fields::indented(ui, |ui| ui.small_button("Make all tasks the same").on_hover_text(tip).clicked()) {
        cx.push(Command::Edit(Edit::Alike));
    }
    fields::indented(ui, |ui| {
        let note = "Classes share the pool of a model, or have workers of their own";
        line(ui, note, theme::small(), palette.secondary);
    });
}

/// Draws the button that turns tasks that are all alike into two classes.
pub fn split(ui: &mut Ui, cx: &mut ViewContext<'_>, workload: &Workload) {
    let has_room = workload.steps().len() < MOST_STEPS;
    let button = fields::indented(ui, |ui| ui.add_enabled(has_room, small_button("Add a class of tasks")));
    let tip = "Adds tasks with steps of their own that compute again and again beside these";
    let full = format!("All classes together have at most {MOST_STEPS} steps");
    if button.on_hover_text(tip).on_disabled_hover_text(full).clicked() {
        let mut classes = Classes::default();
        let class =
            Class { name: "Requests".to_owned(), tasks: workload.task_count(), repeat: false, workers: None, steps: 0 };
        classes.push(class, workload.steps().to_vec());
        classes.push(background(&classes), vec![fresh_step()]);
        cx.push(Command::Edit(Edit::Classes(classes)));
    }
}

fn fresh_step() -> Step {
    Step::Compute { ms: FRESH_MS, kernel: Kernel::default() }
}

/// A class that repeats, with a name that no other class has.
fn background(classes: &Classes) -> Class {
    let free = |name: &String| classes.list.iter().all(|class| class.name != *name);
    let names = std::iter::once("Computing".to_owned()).chain((2..).map(|number| format!("Computing {number}")));
    let name = names.take(MOST_CLASSES + 1).find(free).unwrap_or_default();
    Class { name, tasks: 1, repeat: true, workers: Some(1), steps: 0 }
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, classes: &Classes, index: usize, class: &Class) {
    let number = index + 1;
    let mut change = |edit: &dyn Fn(&mut Classes)| {
        let mut all = classes.clone();
        edit(&mut all);
        cx.push(Command::Edit(Edit::Classes(all)));
    };
    let head = format!("Class {number}");
    ui.add_space(theme::STEP);
    fields::indented(ui, |ui| {
        line(ui, format!("{head}: {}", class.name), theme::strong(), theme::palette(ui).text);
    });
    if let Some(name) = name_field(ui, &head, classes, index) {
        change(&|all| all.list[index].name.clone_from(&name));
    }
    let most = class_rules::most_tasks(class);
    let tasks = Number { value: f64::from(class.tasks), range: 1.0..=f64::from(most), logarithmic: true };
    let tip = if class.repeat { "How many of its tasks run at a time" } else { "How many tasks the class has" };
    let part = |field: &'static str| PartLabel { part: &head, field };
    let label = part(if class.repeat { "tasks at a time" } else { "tasks" });
    let count = |value: f64| units::count(value as u64);
    let (typed, _) = fields::part_row(ui, label, tip, |ui| tasks.show(ui, Quantity::Count, count));
    if let Some(value) = typed {
        change(&|all| all.list[index].tasks = value.round() as u32);
    }
    let others_end = classes.list.iter().enumerate().any(|(other, class)| other != index && !class.repeat);
    let repeatable = classes.steps_of(index).iter().all(|step| class_rules::unrepeatable(step).is_none());
    let may_repeat = class.repeat || (others_end && repeatable && class.steps > 0);
    let label = part("repeats");
    let tip = "Each task is submitted again when it ends, until the classes that do not repeat are done";
    let (picked, _) = fields::part_row(ui, label, tip, |ui| {
        ui.add_enabled_ui(may_repeat, |ui| fields::flag(ui, class.repeat, &label.name())).inner
    });
    if let Some(repeat) = picked {
        change(&|all| {
            let class = &mut all.list[index];
            class.repeat = repeat;
            class.tasks = if repeat { class.workers.unwrap_or(1) } else { class.tasks };
        });
    }
    let workers =
        Number { value: class.workers.map_or(0.0, f64::from), range: 0.0..=f64::from(MOST_WORKERS), logarithmic: true };
    let shown = |value: f64| if value < 0.5 { "shared".to_owned() } else { units::count(value as u64) };
    let tip = "Workers of its own: a pool, or threads or a runtime beside an event loop; with a thread or process per task, how many of the class run at a time. Shared means the model's own pool";
    let label = part("workers");
    let (typed, _) = fields::part_row(ui, label, tip, |ui| workers.show(ui, Quantity::CountOr("shared"), shown));
    if let Some(value) = typed {
        change(&|all| all.list[index].workers = (value >= 0.5).then(|| value.round() as u32));
    }
    let range = classes.range(index);
    for (step_number, step) in (1..).zip(range.clone()) {
        let field = format!("step {step_number}");
        let label = PartLabel { part: &head, field: &field };
        let possible = Possible::at(step - range.start, range.len(), classes.steps.len() < MOST_STEPS);
        let one = |ui: &mut Ui| steps::one(ui, cx, label, (step, &classes.steps[step]), possible);
        if let Some(change) = ui.push_id(("step", step), one).inner {
            let mut all = classes.clone();
            change.apply(&mut all.steps, step);
            all.list[index].steps = all.list[index].steps.saturating_add_signed(change.growth());
            cx.push(Command::Edit(Edit::Classes(all)));
        }
    }
    fields::indented(ui, |ui| {
        let room = classes.steps.len() < MOST_STEPS;
        let add = ui.add_enabled(room, small_button("Add step")).on_hover_text("Adds a step at the end of its tasks");
        let add = add.on_disabled_hover_text(format!("All classes together have at most {MOST_STEPS} steps"));
        let add = add.accessible_name(format!("Add step to class {number}"));
        if add.clicked() {
            let mut all = classes.clone();
            all.steps.insert(range.end, fresh_step());
            all.list[index].steps += 1;
            cx.push(Command::Edit(Edit::Classes(all)));
        }
        let left = || classes.list.iter().enumerate().filter(|(other, _)| *other != index);
        let removable = classes.list.len() > FEWEST_CLASSES && left().any(|(_, class)| !class.repeat);
        let remove = ui.add_enabled(removable, small_button("Remove class"));
        let remove = remove.accessible_name(format!("Remove class {number}"));
        let remove = remove.on_hover_text(format!("Takes out the class {}", class.name));
        if remove.on_disabled_hover_text("Two classes have to stay, and one that does not repeat").clicked() {
            let mut all = Classes::default();
            for (other, class) in left() {
                all.push(class.clone(), classes.steps_of(other).to_vec());
            }
            cx.push(Command::Edit(Edit::Classes(all)));
        }
    });
    ui.add_space(theme::STEP);
}

/// Draws the name of a class; returns a new one when the field is left with a name that is allowed.
fn name_field(ui: &mut Ui, head: &str, classes: &Classes, index: usize) -> Option<String> {
    let name = &classes.list[index].name;
    let typed_id = Id::unique(("name of a class", index));
    let mut typed = ui.data(|data| data.get_temp::<String>(typed_id)).unwrap_or_else(|| name.clone());
    let label = PartLabel { part: head, field: "name" };
    let (_, response) = fields::part_row(ui, label, "What its tasks are called in tables and files", |ui| {
        let response = ui.add(TextEdit::singleline(&mut typed).desired_width(ui.available_width()));
        ((), response)
    });
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(typed_id, typed.clone()));
    }
    let taken = classes.list.iter().enumerate().any(|(other, class)| other != index && class.name == typed);
    let problem = match validate::name("name", &typed) {
        Err(invalid) => Some(invalid.to_string()),
        Ok(()) if taken => Some("another class has this name".to_owned()),
        Ok(()) => None,
    };
    if let Some(problem) = &problem {
        let shown = text(ui, problem, theme::small(), theme::palette(ui).caveat);
        polite(ui, &shown);
    }
    if !response.lost_focus() {
        return None;
    }
    ui.data_mut(|data| data.remove::<String>(typed_id));
    (problem.is_none() && typed != *name).then_some(typed)
}
