//! The chart of a draft, to be copied or saved: its tasks, and the ideal schedules of its models, as the page before a run
//! shows them.

use super::draft_picture::{DraftPicture, Ideal, MOST_LANES, ModelPicture};
use super::draft_words::{self, TASKS};
use super::lanes::Lanes;
use crate::chart::timeline::{bars, legend, time_axis};
use crate::chart::{Axis, Bar, Body, Chart, ColourBy, Group, LaneEnd, LaneGroup, LaneOwner, Legend, Series, Symbol};
use crate::model::Contender;
use crate::printable;

/// Id of the chart, and end of the names of its files.
const ID: &str = "before-run";

/// Choices of the page that the chart follows.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Title of the draft.
    pub title: &'a str,
    /// The models in the order of the page.
    pub order: &'a [Contender],
    /// True if the ideals may be seen.
    pub reveals: bool,
}

/// Builds the chart.
#[must_use]
pub fn chart(picture: &DraftPicture, shown: Shown<'_>) -> Chart {
    let range = (0.0, picture.axis_end(shown.reveals));
    let axis = if picture.has_scale() {
        time_axis("time, calculated", range)
    } else {
        Axis { ticks: Vec::new(), ..time_axis("no scale", range) }
    };
    let series = Series::of(&picture.models.iter().map(|model| model.contender.clone()).collect::<Vec<_>>());
    let models: Vec<(&ModelPicture, LaneOwner)> = shown
        .order
        .iter()
        .filter_map(|contender| {
            let index = picture.models.iter().position(|model| model.contender == *contender)?;
            Some((&picture.models[index], LaneOwner::Model(series[index].clone())))
        })
        .collect();
    let mut sentences = vec![draft_words::tasks_sentence(picture)];
    if shown.reveals {
        sentences.extend(picture.no_ideal().map(|reason| format!("No ideal is calculated: {reason}")));
        sentences.extend(models.iter().filter_map(|(model, _)| draft_words::ideal_sentence(picture, model)));
    } else {
        let titles: Vec<&str> = models.iter().map(|(_, owner)| owner.title()).collect();
        sentences.push(format!("Models: {}", titles.join(", ")));
    }
    let groups = vec![
        Group { title: Some(printable::line(&picture.work).into_owned()), items: vec![tasks(picture, range)] },
        Group {
            title: Some(draft_words::models_heading(picture, shown.reveals)),
            items: models
                .into_iter()
                .map(|(model, owner)| of_model(picture, model, owner, shown.reveals, range))
                .collect(),
        },
    ];
    let mut legend = legend(&groups, &picture.experiment.workload);
    if groups.iter().flat_map(|group| &group.items).any(|item| matches!(item.end, LaneEnd::Ideal(end) if !end.is_part))
    {
        legend.push(Legend { symbol: Symbol::Ideal, text: "ideal: least time of all tasks, calculated".into() });
    }
    Chart {
        id: ID.to_owned(),
        title: printable::line(shown.title).into_owned(),
        sentence: format!("{}.", sentences.join(". ")),
        body: Body::Lanes { axis, groups },
        legend,
        subtitle: Some(draft_words::subtitle(picture, shown.reveals)),
        below: None,
    }
}

/// Suggests a file name, without its ending, for the chart of an experiment of this id.
#[must_use]
pub fn file_stem(experiment: &str) -> String {
    format!("{experiment}-{ID}")
}

fn first_lanes(lanes: &Lanes, count: usize, range: (f64, f64)) -> Vec<Vec<Bar>> {
    (0..count).map(|lane| bars(&lanes.source(), lane, range, ColourBy::State)).collect()
}

fn tasks(picture: &DraftPicture, range: (f64, f64)) -> LaneGroup {
    let count = picture.task_lanes();
    let names = (0..count).filter_map(|lane| picture.named_task(lane));
    LaneGroup {
        owner: LaneOwner::Tasks(TASKS.to_owned()),
        note: draft_words::tasks_shown(picture, count),
        lanes: first_lanes(&picture.tasks, count, range),
        names: names.map(|(name, _)| printable::line(name).into_owned()).collect(),
        end: LaneEnd::Unmarked,
        absent: None,
    }
}

fn of_model(
    picture: &DraftPicture,
    model: &ModelPicture,
    owner: LaneOwner,
    reveals: bool,
    range: (f64, f64),
) -> LaneGroup {
    match &model.ideal {
        Ok(ideal) if reveals => ideal_lanes(picture, model, ideal, owner, range),
        ideal => {
            let missing = ideal.as_ref().err().filter(|_| reveals).copied();
            LaneGroup::absent(owner, draft_words::instead_of_lanes(picture, &model.contender, missing))
        }
    }
}

fn ideal_lanes(
    picture: &DraftPicture,
    model: &ModelPicture,
    ideal: &Ideal,
    owner: LaneOwner,
    range: (f64, f64),
) -> LaneGroup {
    let how = draft_words::how(picture, model);
    let note = match draft_words::part_shown(picture, ideal, MOST_LANES) {
        Some(part) => format!("{how}; {part}"),
        None => how,
    };
    let count = ideal.lanes.lanes.len().min(MOST_LANES);
    let lanes = first_lanes(&ideal.lanes, count, range);
    let end = LaneEnd::Ideal(picture.ideal_end(ideal));
    LaneGroup { owner, note, lanes, names: Vec::new(), end, absent: None }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::chart::{Target, svg};
    use crate::experiment::Experiment;
    use crate::model::contenders;
    use crate::preset;
    use crate::workload::{Step, Tasks};

    fn preset(id: &str) -> Experiment {
        preset::find(id).expect("it ships").clone()
    }

    fn of(experiment: Experiment, reveals: bool) -> Chart {
        let (title, order) = (experiment.title.clone(), experiment.models.clone());
        let picture = DraftPicture::of(Arc::new(experiment), 2.into());
        chart(&picture, Shown { title: &title, order: &order, reveals })
    }

    fn with(id: &str, models: &[&str]) -> Experiment {
        Experiment { models: contenders(models.iter().copied()).expect("known"), ..preset(id) }
    }

    fn million() -> Experiment {
        let mut experiment = with("quick-tour", &["thread-pool", "async"]);
        experiment.workload.tasks = Tasks::Alike { count: 1_000_000, steps: vec![Step::wait(1.0)] };
        experiment
    }

    fn items(chart: &Chart) -> (&Axis, Vec<&LaneGroup>) {
        let Body::Lanes { axis, groups } = &chart.body else { panic!("{chart:?}") };
        (axis, groups.iter().flat_map(|group| &group.items).collect())
    }

    fn heading(chart: &Chart) -> &str {
        let Body::Lanes { groups, .. } = &chart.body else { panic!("{chart:?}") };
        groups[1].title.as_deref().expect("a heading")
    }

    fn titles(chart: &Chart) -> Vec<&str> {
        items(chart).1.iter().map(|item| item.owner.title()).collect()
    }

    #[test]
    fn the_quick_tour_stays_as_it_is() {
        let experiment = with("quick-tour", &["sequential", "threads", "thread-pool", "async"]);
        insta::assert_snapshot!(svg(&of(experiment, true), Target::File));
    }

    #[test]
    fn models_have_the_order_of_the_page_and_the_look_that_they_have_after_the_run() {
        let experiment = with("quick-tour", &["sequential", "threads", "thread-pool", "rayon"]);
        let order: Vec<Contender> = experiment.models.iter().rev().cloned().collect();
        let series = Series::of(&experiment.models);
        let picture = DraftPicture::of(Arc::new(experiment), 2.into());
        let chart = chart(&picture, Shown { title: "Mine", order: &order, reveals: true });
        let (_, items) = items(&chart);
        assert!(matches!(&items[0].owner, LaneOwner::Tasks(title) if title == TASKS));
        let owners: Vec<&LaneOwner> = items[1..].iter().map(|item| &item.owner).collect();
        let expected: Vec<LaneOwner> = series.into_iter().rev().map(LaneOwner::Model).collect();
        assert_eq!(owners, expected.iter().collect::<Vec<_>>());
        assert_eq!(chart.title, "Mine");
    }

    #[test]
    fn before_the_guess_no_ideal_is_in_the_picture() {
        let experiment = with("quick-tour", &["sequential", "threads", "async"]);
        let hidden = of(experiment.clone(), false);
        let (axis, items) = items(&hidden);
        assert_eq!(titles(&hidden), [TASKS, "Sequential", "Threads", "Async"]);
        assert!(items[1..].iter().all(|item| item.lanes.is_empty() && item.end == LaneEnd::Unmarked), "{items:?}");
        assert!(axis.to < 11e6, "the axis is that of the tasks by themselves: {}", axis.to);
        let shown = [svg(&hidden, Target::File), hidden.sentence.clone(), hidden.subtitle.clone().expect("one")];
        for text in &shown {
            assert!(!text.to_lowercase().contains("ideal") && !text.contains("160"), "{text}");
        }
        assert!(hidden.sentence.ends_with("Models: Sequential, Threads, Async."), "{}", hidden.sentence);
        let revealed = svg(&of(experiment, true), Target::File);
        assert!(revealed.contains(">ideal 160 ms<"), "{revealed}");
    }

    #[test]
    fn the_picture_says_that_nothing_was_measured() {
        let chart = of(preset("quick-tour"), true);
        let subtitle = chart.subtitle.as_deref();
        assert_eq!(subtitle, Some("Ideal schedules, calculated for 2 CPUs; nothing measured"));
        assert_eq!(items(&chart).0.label, "time, calculated");
    }

    #[test]
    fn a_sweep_names_its_value() {
        let chart = of(with("blocking-workers", &["thread-pool"]), true);
        assert!(heading(&chart).ends_with("; at 1 worker, the first value of the sweep"), "{}", heading(&chart));
        assert!(svg(&chart, Target::File).contains(">ideal 320 ms<"));
    }

    #[test]
    fn without_durations_there_is_no_scale_and_the_reason_is_given_once() {
        let chart = of(with("file-io", &["sequential", "async"]), true);
        let (axis, items) = items(&chart);
        assert_eq!((axis.label.as_str(), axis.ticks.len()), ("no scale", 0));
        assert_eq!(heading(&chart), "No ideal is calculated: how long a file step takes is only known after a run");
        assert!(!items[0].lanes.is_empty(), "the tasks are drawn");
        assert!(items[1..].iter().all(|item| item.absent.as_deref().is_some_and(|text| !text.contains("ideal"))));
        assert_eq!(chart.subtitle.as_deref(), Some("Before a run: nothing measured"));
        assert!(chart.sentence.contains("without a scale: ") && chart.sentence.contains(heading(&chart)));
    }

    #[test]
    fn tasks_that_repeat_are_said_not_to_be_drawn() {
        let chart = of(preset("gil-convoy"), true);
        assert!(heading(&chart).ends_with("; its tasks are not drawn"), "{}", heading(&chart));
    }

    #[test]
    fn a_model_without_an_ideal_has_its_reason() {
        let mut experiment = preset("quick-tour");
        experiment.workload.work = crate::workload::Work::SameAlgorithm;
        experiment.models = contenders(["sequential", "py-threads"]).expect("known");
        let chart = of(experiment, true);
        let (_, items) = items(&chart);
        assert!(matches!(items[1].end, LaneEnd::Ideal(_)));
        let reason = "No ideal: how long this host takes for the same iterations is only known after a run";
        assert_eq!(items[2].absent.as_deref(), Some(reason));
        assert!(heading(&chart).starts_with("Ideal schedules"), "{}", heading(&chart));
    }

    #[test]
    fn of_a_million_tasks_the_time_is_that_of_all() {
        let chart = of(million(), true);
        assert!(heading(&chart).ends_with("; 2,000 of 1,000,000 tasks drawn"), "{}", heading(&chart));
        let svg = svg(&chart, Target::File);
        assert!(svg.contains(">all: 8.33 min<") && !svg.contains(">ideal: least"), "no line is drawn: {svg}");
        assert!(svg.len() < 2_000_000, "{}", svg.len());
    }

    #[test]
    fn named_tasks_have_their_names() {
        let chart = of(preset("task-a-b"), true);
        let tasks = items(&chart).1[0];
        assert_eq!(tasks.names.len(), tasks.lanes.len());
        let name = &tasks.names[0];
        assert!(svg(&chart, Target::File).contains(&format!(">{name}</text>")), "{name}");
    }

    #[test]
    fn every_preset_has_a_picture_before_its_run() {
        for experiment in preset::built_in() {
            for reveals in [false, true] {
                let chart = of(experiment.clone(), reveals);
                let svg = svg(&chart, Target::File);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", experiment.id);
                assert_eq!(titles(&chart).len(), experiment.models.len() + 1, "{}", experiment.id);
            }
        }
    }
}
