//! The draft as a picture: its tasks, and the ideal schedule of each chosen model, on lanes. Calculated by a job and kept
//! until the draft is another.

use std::sync::Arc;

use super::lanes::Lanes;
use crate::analysis::NoIdeal;
use crate::analysis::estimate::locks_up;
use crate::analysis::ideal::{ideal_nanos, usable_cpus};
use crate::analysis::schedule::{Capacity, NominalTasks, Schedule};
use crate::chart::IdealEnd;
use crate::chart::timeline::fit;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::experiment::describe;
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::workload::{Nominal, Workload};

/// Most lanes shown of a model, and of the tasks by themselves.
pub const MOST_LANES: usize = 8;
/// Most lanes shown of tasks that are all alike.
const MOST_ALIKE: usize = 3;

/// A draft as a picture.
#[derive(Debug)]
pub struct DraftPicture {
    /// Draft that was drawn.
    pub experiment: Arc<Experiment>,
    /// CPUs that were assumed.
    pub cpus: Cpus,
    /// Point of the sweep that is drawn: the first; `None` without a sweep.
    pub point: Option<SweepPoint>,
    /// The workload in one sentence.
    pub work: String,
    /// True if a task computes.
    pub computes: bool,
    /// The tasks by themselves, one to a lane.
    pub tasks: Arc<Lanes>,
    /// Number of tasks drawn.
    pub shown: u32,
    /// Number of tasks of the workload.
    pub all: u32,
    /// True if a step has no duration that is known before a run: then the picture has no scale.
    pub is_untimed: bool,
    /// The chosen models, in the order of the experiment.
    pub models: Vec<ModelPicture>,
}

/// The ideal schedule of one model.
#[derive(Debug)]
pub struct ModelPicture {
    /// The model.
    pub contender: Contender,
    /// Limits of the picture.
    pub capacity: Capacity,
    /// True if its tasks can wait for each other for ever. The schedule leaves that out.
    pub may_lock_up: bool,
    /// Least time for all tasks, and the schedule of those drawn; or the reason why there is none.
    pub ideal: Result<Ideal, NoIdeal>,
}

/// The least time of a model, and a schedule.
#[derive(Debug)]
pub struct Ideal {
    /// Least wall time of all tasks.
    pub nanos: f64,
    /// Schedule of the tasks drawn, in the order of the workload.
    pub lanes: Arc<Lanes>,
}

impl DraftPicture {
    /// Calculates the picture of an experiment on a machine with these CPUs.
    #[must_use]
    pub fn of(experiment: Arc<Experiment>, cpus: Cpus) -> Self {
        let first = experiment.points().ok().and_then(|points| points.into_iter().next());
        let (point, at_point) = first.unwrap_or_else(|| (None, (*experiment).clone()));
        let workload = &at_point.workload;
        let tasks = NominalTasks::of(workload);
        let nominal = workload.nominal();
        let model = |contender: &Contender| {
            let capacity = Capacity::of(contender, workload, cpus);
            let ideal = match NoIdeal::before_run(contender, &at_point, &nominal) {
                Some(reason) => Err(reason),
                None => ideal_of(contender, workload, &nominal, cpus).ok_or(NoIdeal::Nothing).map(|nanos| {
                    let lanes = pack(tasks.under(capacity), contender.model.info().per_task);
                    Ideal { nanos, lanes }
                }),
            };
            let may_lock_up = locks_up(contender, workload, cpus);
            ModelPicture { contender: contender.clone(), capacity, may_lock_up, ideal }
        };
        Self {
            cpus,
            work: describe::workload(workload),
            computes: nominal.compute_nanos > 0.0,
            tasks: pack(tasks.alone(), true),
            shown: tasks.shown(),
            all: tasks.all,
            is_untimed: workload.steps().iter().any(|step| step.ms().is_none()),
            models: at_point.models.iter().map(model).collect(),
            point,
            experiment,
        }
    }

    /// Returns the number of lanes shown of the tasks by themselves.
    #[must_use]
    pub fn task_lanes(&self) -> usize {
        let most = if self.is_named() || !self.are_alike() { MOST_LANES } else { MOST_ALIKE };
        self.tasks.lanes.len().min(most)
    }

    /// Returns true if the tasks have names.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.workload().task_name(0).is_some()
    }

    /// Returns the task by itself on a lane: its name, and its end.
    #[must_use]
    pub fn named_task(&self, lane: usize) -> Option<(&str, u64)> {
        let task = self.tasks.lanes.tasks(lane).first().copied()?;
        Some((self.workload().task_name(task)?, self.tasks.spans.tasks.get(task as usize)?.finished))
    }

    /// Returns true if the first tasks take the same time.
    fn are_alike(&self) -> bool {
        let spans = &self.tasks.spans;
        let mut ends = spans.tasks.iter().take(MOST_LANES).map(|span| span.finished);
        let first = ends.next();
        ends.all(|end| Some(end) == first) && spans.classes.is_empty()
    }

    fn workload(&self) -> &Workload {
        &self.experiment.workload
    }

    /// Returns the least time of a model beside what is drawn of its schedule.
    #[must_use]
    pub fn ideal_end(&self, ideal: &Ideal) -> IdealEnd {
        IdealEnd { nanos: ideal.nanos, drawn_nanos: ideal.lanes.wall_nanos as f64, is_part: self.is_part() }
    }

    /// Returns the picture of a model.
    #[must_use]
    pub fn model(&self, contender: &Contender) -> Option<&ModelPicture> {
        self.models.iter().find(|one| one.contender == *contender)
    }

    /// Returns the reason why no model has an ideal, if it is the same for all.
    #[must_use]
    pub fn no_ideal(&self) -> Option<NoIdeal> {
        let mut reasons = self.models.iter().map(|model| model.ideal.as_ref().err().copied());
        let first = reasons.next()??;
        reasons.all(|reason| reason == Some(first)).then_some(first)
    }

    /// Returns true if only a part of the tasks is drawn.
    #[must_use]
    pub const fn is_part(&self) -> bool {
        self.shown < self.all
    }

    /// Returns true if lengths mean times.
    #[must_use]
    pub fn has_scale(&self) -> bool {
        !self.is_untimed && self.tasks.wall_nanos > 0
    }

    /// Returns the end of the time axis: that of the tasks by themselves, or with the schedules as well.
    #[must_use]
    pub fn axis_end(&self, with_ideals: bool) -> f64 {
        let alone = self.tasks.wall_nanos as f64;
        let ideals = self.models.iter().filter_map(|model| model.ideal.as_ref().ok());
        let ends = ideals.map(|ideal| {
            let end = self.ideal_end(ideal);
            // The ideal of all tasks is beside the axis of those drawn.
            if end.is_part { end.drawn_nanos } else { end.last_nanos() }
        });
        let ends: Vec<f64> = ends.filter(|_| with_ideals).collect();
        if ends.is_empty() { alone.max(1.0) * 1.02 } else { fit(ends.iter().copied()).max(alone * 1.02) }
    }
}

/// Returns the least time of a contender with its own settings.
fn ideal_of(contender: &Contender, workload: &Workload, nominal: &Nominal, cpus: Cpus) -> Option<f64> {
    let workers = contender.workers(workload, cpus);
    let usable = usable_cpus(contender.model, workload, contender.expects_gil(), contender.cpus(workload, cpus));
    ideal_nanos(contender.model, &contender.workload(workload), nominal, workers, usable)
}

fn pack(schedule: Schedule, per_task: bool) -> Arc<Lanes> {
    Arc::new(Lanes::pack(Arc::new(schedule.spans), schedule.end_nanos, per_task))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelId, contenders};
    use crate::workload::{Step, Tasks};

    fn drawn(preset: &str, models: &[&str]) -> DraftPicture {
        let mut experiment = crate::preset::find(preset).expect("it ships").clone();
        experiment.models = contenders(models.iter().copied()).expect("known");
        DraftPicture::of(Arc::new(experiment), 2.into())
    }

    #[test]
    fn the_quick_tour_is_drawn_as_its_ideals_say() {
        let picture = drawn("quick-tour", &["sequential", "threads", "thread-pool", "async"]);
        let ends: Vec<(f64, u64)> = picture
            .models
            .iter()
            .map(|model| model.ideal.as_ref().map(|ideal| (ideal.nanos / 1e6, ideal.lanes.wall_nanos / 1_000_000)))
            .map(|ideal| ideal.expect("all is timed"))
            .collect();
        assert_eq!(ends, [(160.0, 160), (24.0, 24), (80.0, 80), (40.0, 40)]);
        assert_eq!((picture.shown, picture.all, picture.tasks.lanes.len()), (16, 16, 16));
        assert_eq!(picture.tasks.wall_nanos, 10_000_000);
        assert!((picture.axis_end(false) - 10.2e6).abs() < 1.0 && (picture.axis_end(true) - 163.2e6).abs() < 1.0);
        let pool = picture.model(&Contender::of(ModelId::ThreadPool)).expect("drawn");
        assert_eq!(pool.ideal.as_ref().expect("timed").lanes.lanes.len(), 2, "a lane for each worker");
        assert_eq!(picture.no_ideal(), None);
    }

    #[test]
    fn a_million_tasks_are_drawn_in_part_and_their_ideal_is_that_of_all() {
        let mut experiment = crate::preset::find("quick-tour").expect("it ships").clone();
        experiment.workload.tasks = Tasks::Alike { count: 1_000_000, steps: vec![Step::wait(1.0)] };
        experiment.models = contenders(["thread-pool", "async"]).expect("known");
        let picture = DraftPicture::of(Arc::new(experiment), 2.into());
        assert!(picture.is_part() && picture.shown == crate::analysis::schedule::MOST_TASKS);
        let ideal = picture.models[0].ideal.as_ref().expect("timed");
        assert_eq!(ideal.nanos, 500e9, "a million tasks of 1 ms on two workers");
        assert_eq!(ideal.lanes.wall_nanos, 1_000_000_000, "2,000 of them");
        assert!(picture.axis_end(true) < 2e9, "the axis is that of the tasks drawn");
    }

    #[test]
    fn without_durations_only_the_tasks_are_drawn() {
        let picture = drawn("file-io", &["sequential", "async"]);
        assert_eq!(picture.no_ideal(), Some(NoIdeal::Untimed("a file step")));
        assert!(picture.is_untimed && picture.shown == 64);
        let deadlock = drawn("deadlock", &["sequential", "threads"]);
        let [alone, threads] = [&deadlock.models[0], &deadlock.models[1]];
        assert!(!alone.may_lock_up && threads.may_lock_up);
        assert_eq!(threads.ideal.as_ref().expect("timed").nanos, 80e6);
    }

    #[test]
    fn a_sweep_is_drawn_at_its_first_value() {
        let picture = drawn("blocking-workers", &["thread-pool"]);
        assert_eq!(picture.point.as_ref().map(SweepPoint::words).as_deref(), Some("1 worker"));
        assert_eq!(picture.models[0].ideal.as_ref().expect("timed").nanos, 320e6);
    }

    #[test]
    fn every_preset_has_a_picture() {
        for preset in crate::preset::built_in() {
            let picture = DraftPicture::of(Arc::new(preset.clone()), 2.into());
            assert_eq!(picture.models.len(), preset.models.len(), "{}", preset.id);
            assert!(picture.shown > 0 && picture.axis_end(true).is_finite(), "{}", preset.id);
            for model in &picture.models {
                let Ok(ideal) = &model.ideal else { continue };
                assert!(ideal.lanes.wall_nanos as f64 >= ideal.nanos * 0.999 || picture.is_part(), "{}", preset.id);
            }
        }
    }
}
