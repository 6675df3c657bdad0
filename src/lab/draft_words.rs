//! Sentences about the picture of the draft: what limits a model, text alternatives, and what the reader has to know of it.

use super::draft_picture::{DraftPicture, Ideal, ModelPicture};
use super::guess::{DraftGuess, Question};
use crate::analysis::NoIdeal;
use crate::experiment::Experiment;
use crate::model::{Contender, Family};
use crate::units::{self, plural};

/// Title of the tasks by themselves.
pub const TASKS: &str = "The tasks, each by itself";

/// Share by which the drawn schedule of a model has to end after its ideal before that is said.
const LATER: f64 = 1.005;

/// Most settings that are all named.
const MOST_NAMED: usize = 4;

/// Says in a few words how a model takes the tasks: "2 at a time", "all at once, on 2 cores".
#[must_use]
pub fn how(picture: &DraftPicture, model: &ModelPicture) -> String {
    let capacity = model.capacity;
    let at_once = match capacity.slots {
        _ if model.contender.model.info().family == Family::Sequential => return "one after the other".to_owned(),
        Some(1) => return "one after the other".to_owned(),
        Some(slots) if slots < picture.all => format!("{} at a time", units::count(slots.into())),
        _ => "all at once".to_owned(),
    };
    match (picture.computes, capacity.cores) {
        (true, 1) => format!("{at_once}, on 1 core"),
        (true, cores) if capacity.slots.is_none_or(|slots| cores < slots) => format!("{at_once}, on {cores} cores"),
        _ => at_once,
    }
}

/// Says how many tasks the first lanes of a schedule show; `None` if they show all that are drawn.
#[must_use]
pub fn part_shown(picture: &DraftPicture, ideal: &Ideal, lanes: usize) -> Option<String> {
    let on_lanes = ideal.lanes.lanes.tasks_on(lanes);
    let is_part = lanes < ideal.lanes.lanes.len();
    is_part.then(|| format!("{} of {}", units::count(on_lanes as u64), plural(picture.all.into(), "task")))
}

/// Says which tasks the first lanes show.
#[must_use]
pub fn tasks_shown(picture: &DraftPicture, lanes: usize) -> String {
    let all = plural(picture.all.into(), "task");
    if lanes as u32 >= picture.all { all } else { format!("{lanes} of {all}") }
}

/// Returns the text alternative of the tasks.
#[must_use]
pub fn tasks_sentence(picture: &DraftPicture) -> String {
    let work = &picture.work;
    if picture.is_untimed {
        return format!("{TASKS}, without a scale: {work}");
    }
    if !picture.has_scale() {
        return format!("The tasks: {work}");
    }
    let longest = units::duration(picture.tasks.wall_nanos as f64);
    format!("{TASKS}: {work}; the longest takes {longest}")
}

/// Returns the text alternative of a model's schedule; `None` if the model has no ideal.
#[must_use]
pub fn ideal_sentence(picture: &DraftPicture, model: &ModelPicture) -> Option<String> {
    let ideal = model.ideal.as_ref().ok()?;
    let name = model.contender.full_name();
    let (least, tasks) = (units::duration(ideal.nanos), plural(picture.all.into(), "task"));
    let at_once = units::count(ideal.lanes.lanes.len() as u64);
    if picture.is_part() {
        let shown = units::count(picture.shown.into());
        return Some(format!(
            "Ideal of {name}, calculated: all {tasks} take {least} or more; {shown} of them are drawn"
        ));
    }
    let mut sentence = format!("Ideal of {name}, calculated: {tasks}, {at_once} at most at once, take {least} or more");
    if ends_later(ideal) {
        let end = units::duration(ideal.lanes.wall_nanos as f64);
        sentence.push_str(&format!("; drawn in their order they end after {end}"));
    }
    Some(sentence)
}

/// Says what stands in place of the lanes of a model: the reason why it has no ideal, if that is not the same for all, or
/// what the model is.
#[must_use]
pub fn instead_of_lanes(picture: &DraftPicture, contender: &Contender, missing: Option<NoIdeal>) -> String {
    match missing.filter(|_| picture.no_ideal().is_none()) {
        Some(reason) => format!("No ideal: {reason}"),
        None => contender.model.info().what.to_owned(),
    }
}

/// Returns the heading of the models in a picture.
#[must_use]
pub fn models_heading(picture: &DraftPicture, reveals: bool) -> String {
    if let Some(reason) = picture.no_ideal().filter(|_| reveals) {
        let hidden = if reason == NoIdeal::Repeats { "; its tasks are not drawn" } else { "" };
        return format!("No ideal is calculated: {reason}{hidden}");
    }
    let mut heading = if reveals {
        "Ideal schedules: the least that each model could take, calculated".to_owned()
    } else {
        "The models".to_owned()
    };
    if let Some(point) = &picture.point {
        heading.push_str(&format!("; at {}, the first value of the sweep", point.words()));
    }
    if reveals && picture.is_part() {
        let (shown, all) = (units::count(picture.shown.into()), plural(picture.all.into(), "task"));
        heading.push_str(&format!("; {shown} of {all} drawn"));
    }
    if reveals && picture.models.iter().any(|model| model.may_lock_up) {
        heading.push_str("; both locks are taken at once");
    }
    heading
}

/// Returns the line below the title of a picture: what its figures are, and that none of them is measured.
#[must_use]
pub fn subtitle(picture: &DraftPicture, reveals: bool) -> String {
    if !reveals || picture.models.iter().all(|model| model.ideal.is_err()) {
        return "Before a run: nothing measured".to_owned();
    }
    let cpus = plural(picture.cpus.usable.into(), "CPU");
    format!("Ideal schedules, calculated for {cpus}; nothing measured")
}

fn ends_later(ideal: &Ideal) -> bool {
    ideal.lanes.wall_nanos as f64 > ideal.nanos * LATER
}

/// Says in which settings the draft of this name differs from what was run: "The form differs in Tasks and Workers."
#[must_use]
pub fn differs(ran: &Experiment, draft: &Experiment, name: &str) -> String {
    // Presets may have one workload, and other models.
    if ran.id != draft.id && ran.workload != draft.workload {
        return format!("The form has another workload: \"{name}\"");
    }
    let names = ran.differing(draft);
    match names.len() {
        0 => "The form differs from these results.".to_owned(),
        1..=MOST_NAMED => format!("The form differs in {}.", units::join(&names)),
        many => format!("The form differs in {} and {} other settings.", names[..2].join(", "), many - 2),
    }
}

/// Returns what to do, or what is shown.
#[must_use]
pub fn guide(picture: Option<&DraftPicture>, question: Option<Question>, guess: &DraftGuess) -> String {
    let mut sentences: Vec<String> = Vec::new();
    let reason = picture.and_then(DraftPicture::no_ideal);
    match question {
        Some(_) if guess.is_placed() => {
            sentences.push("Your guess is taken; you can change it until the run begins.".to_owned());
        }
        Some(question) => sentences.push(question.invitation().to_owned()),
        None => {}
    }
    let Some(picture) = picture else { return sentences.join(" ") };
    if let Some(reason) = reason {
        sentences.push(format!("No ideal is calculated: {reason}."));
        if reason == NoIdeal::Repeats {
            sentences.push("The tasks of such a class are not drawn.".to_owned());
        }
    } else if question.is_some_and(Question::is_answered_by_ideals) && !guess.reveals() {
        sentences.push("Then the ideals appear: the least that each model could take, calculated.".to_owned());
    } else if !picture.models.is_empty() {
        sentences.extend(about_ideals(picture));
    }
    if picture.is_untimed {
        sentences.push("The bars have no scale.".to_owned());
    }
    sentences.join(" ")
}

/// Explains the ideals that are drawn.
fn about_ideals(picture: &DraftPicture) -> Vec<String> {
    let ideals = || picture.models.iter().filter_map(|model| model.ideal.as_ref().ok());
    let mut sentences = vec![
        "The lanes are ideals: the least that each model could take, calculated. They leave out what scheduling costs."
            .to_owned(),
    ];
    if let Some(point) = &picture.point {
        sentences.push(format!("They are drawn at {}, the first value of the sweep.", point.words()));
    }
    if picture.is_part() {
        let (shown, all) = (units::count(picture.shown.into()), units::count(picture.all.into()));
        sentences.push(format!("Only {shown} of the {all} tasks are drawn; the times are those of all."));
    } else if ideals().any(ends_later) {
        sentences.push(
            "Where lanes end after the ideal, another order of the tasks, or sharing the cores, might do better."
                .to_owned(),
        );
    }
    if picture.models.iter().any(|model| model.may_lock_up) {
        sentences.push("They take both locks at once; whether a model gets through is what the run shows.".to_owned());
    }
    sentences
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lab::guess::GuessEdit;
    use crate::model::contenders;
    use crate::preset;
    use crate::workload::{Step, Tasks, WorkerCount, Workload};

    fn text(picture: &DraftPicture) -> String {
        let mut lines = vec![tasks_sentence(picture)];
        for model in &picture.models {
            let sentence = ideal_sentence(picture, model);
            let reason = || format!("no ideal: {}", model.ideal.as_ref().expect_err("no sentence"));
            lines.push(format!("{}: {}", how(picture, model), sentence.unwrap_or_else(reason)));
        }
        let experiment = &picture.experiment;
        let question = Question::of(experiment);
        let mut guess = DraftGuess::default();
        for edit in [None, Some(GuessEdit::Show), Some(GuessEdit::Place)] {
            edit.into_iter().for_each(|edit| guess.edit(edit));
            lines.push(guide(Some(picture), question, &guess));
        }
        lines.dedup();
        lines.join("\n")
    }

    #[test]
    fn the_form_is_said_to_differ_in_what_differs() {
        let ran = preset::find("quick-tour").expect("it ships").clone();
        let mut draft = ran.clone();
        draft.workload.workers = Some(WorkerCount::Number(3));
        draft.workload.seed += 1;
        assert_eq!(differs(&ran, &draft, "Quick tour"), "The form differs in Workers and Seed.");
        let copy = Experiment { id: "copy".to_owned(), models: ran.models[..1].to_vec(), ..ran.clone() };
        assert_eq!(differs(&ran, &copy, "Copy"), "The form differs in Models.");
        let other = preset::find("deadlock").expect("it ships");
        assert_eq!(differs(&ran, other, "Deadlock"), "The form has another workload: \"Deadlock\"");
        let many = Experiment { id: ran.id.clone(), ..other.clone() };
        assert!(differs(&ran, &many, "Quick tour").ends_with(" other settings."));
    }

    #[test]
    fn words_of_presets() {
        for id in ["quick-tour", "skewed", "deadlock", "file-io", "blocking-workers", "gil-convoy", "tiny-tasks"] {
            let preset = crate::preset::find(id).expect("it ships").clone();
            insta::assert_snapshot!(id, text(&DraftPicture::of(Arc::new(preset), 2.into())));
        }
    }

    #[test]
    fn words_of_a_million_tasks_with_settings() {
        let mut experiment = crate::preset::find("quick-tour").expect("it ships").clone();
        let steps = vec![Step::wait(1.0)];
        experiment.workload =
            Workload { tasks: Tasks::Alike { count: 1_000_000, steps }, in_flight: Some(1_000), ..experiment.workload };
        let models = ["thread-pool{workers=8}", "async", "py-pool{chunk=10}", "sequential"];
        experiment.models = contenders(models).expect("known");
        insta::assert_snapshot!(text(&DraftPicture::of(Arc::new(experiment), 2.into())));
    }
}
