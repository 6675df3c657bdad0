//! The experiment that the user is editing, the preset that it came from, and its expected duration.

mod columns;
mod limits;
mod resets;
mod resolve;
mod selection;
mod state;
mod steps;
mod variants;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::command::Edit;
use crate::analysis::estimate;
use crate::analysis::preflight::{Outlook, Warning};
use crate::cpus::Cpus;
use crate::experiment::capabilities::unavailable;
use crate::experiment::describe;
use crate::experiment::{Excluded, Experiment};
use crate::model::{Contender, ModelInfo, Workers};
use crate::python::Interpreters;
use crate::session::Headroom;
use crate::units;
use crate::workload::{DurationDistribution, Kernel, Nominal, Step, Tasks, Workload};
use resolve::{named_tags, resolve_interpreters};
pub use state::DraftState;

/// Longest trial, in seconds, of a model that runs without being asked for explicitly.
pub const SLOW_TRIAL_SECONDS: f64 = 60.0;

/// Largest number of tasks whose durations are drawn for an estimate; more tasks are scaled up.
const ESTIMATED_TASKS: u32 = 50_000;

/// A check box of the model matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Model and host.
    pub contender: Contender,
    /// True if the model will run.
    pub selected: bool,
    /// Expected seconds of one trial.
    pub seconds: f64,
    /// True if it is not selected because a trial would take too long.
    pub too_slow: bool,
    /// Reason why the experiment excludes it on purpose.
    pub left_out: Option<String>,
    /// Reason why it can't run this workload on this machine.
    pub unavailable: Option<String>,
    /// True for work whose duration nobody can estimate.
    pub is_time_unknown: bool,
}

/// An experiment being edited.
#[derive(Debug, Clone)]
pub struct Draft {
    experiment: Experiment,
    origin: Experiment,
    forced: BTreeSet<Contender>,
    nominal: Nominal,
    cells: Vec<Cell>,
    run_seconds: f64,
    cpus: Cpus,
    interpreters: Arc<Interpreters>,
    /// Tags of the interpreters with a column, without the first.
    shown: BTreeSet<String>,
    to_run: Arc<Experiment>,
    /// Limits and free space of the machine; `None` until it was examined.
    headroom: Option<Arc<Headroom>>,
    warnings: Vec<Warning>,
    /// Expected extent of the sweep.
    outlook: Option<Outlook>,
}

impl Draft {
    /// Creates a draft of a preset.
    #[must_use]
    pub fn of(mut origin: Experiment, cpus: impl Into<Cpus>, interpreters: Arc<Interpreters>) -> Self {
        resolve_interpreters(&mut origin, &interpreters);
        let mut draft = Self {
            to_run: Arc::new(origin.clone()),
            shown: named_tags(&origin),
            experiment: origin.clone(),
            origin,
            forced: BTreeSet::new(),
            nominal: Nominal::default(),
            cells: Vec::new(),
            run_seconds: 0.0,
            cpus: cpus.into(),
            interpreters,
            headroom: None,
            warnings: Vec::new(),
            outlook: None,
        };
        draft.estimate();
        draft
    }

    /// Creates a draft of another experiment on the same machine.
    #[must_use]
    pub fn with(&self, experiment: Experiment) -> Self {
        let mut other = Self::of(experiment, self.cpus, Arc::clone(&self.interpreters));
        other.shown.extend(self.shown.iter().cloned());
        other.headroom.clone_from(&self.headroom);
        other.estimate();
        other
    }

    /// Returns the interpreters of this machine.
    #[must_use]
    pub const fn interpreters(&self) -> &Arc<Interpreters> {
        &self.interpreters
    }

    /// Returns the experiment, including models that are too slow.
    #[must_use]
    pub const fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Returns the workload.
    #[must_use]
    pub const fn workload(&self) -> &Workload {
        &self.experiment.workload
    }

    /// Returns the title, marked if it has been edited.
    #[must_use]
    pub fn name(&self) -> String {
        let title = &self.experiment.title;
        if self.edited() { edited_name(title) } else { title.clone() }
    }

    /// Returns true if the workload differs from the preset's, so that the preset's description no longer applies.
    #[must_use]
    pub fn does_other_work(&self) -> bool {
        self.experiment.workload != self.origin.workload || self.experiment.sweep != self.origin.sweep
    }

    /// Returns the preset's description while its workload is unchanged, else a description of the workload.
    #[must_use]
    pub fn summary(&self) -> String {
        match &self.experiment {
            changed if self.does_other_work() => describe::experiment(changed),
            preset if preset.summary.is_empty() => preset.title.clone(),
            preset => preset.summary.clone(),
        }
    }

    /// Returns true if anything differs from the preset.
    #[must_use]
    pub fn edited(&self) -> bool {
        self.experiment != self.origin || !self.forced.is_empty()
    }

    /// Undoes all edits.
    pub fn revert(&mut self) {
        *self = self.with(self.origin.clone());
    }

    /// Returns the check boxes of the matrix, in the order of the catalogue.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the expected seconds of the run.
    #[must_use]
    pub const fn run_seconds(&self) -> f64 {
        self.run_seconds
    }

    /// Returns the numbers of CPUs that estimates assume.
    #[must_use]
    pub const fn cpus(&self) -> Cpus {
        self.cpus
    }

    /// Sets the numbers of CPUs, once a session has inspected the machine.
    pub fn set_cpus(&mut self, cpus: Cpus) {
        if self.cpus != cpus {
            self.cpus = cpus;
            self.estimate();
        }
    }

    /// Returns the models that will run, in the experiment's order.
    pub fn chosen(&self) -> impl Iterator<Item = &Contender> {
        self.to_run.models.iter()
    }

    /// Returns the experiment to run: without the models that take too long or can't run, which it lists as excluded.
    #[must_use]
    pub const fn to_run(&self) -> &Arc<Experiment> {
        &self.to_run
    }

    fn runnable_experiment(&self) -> Experiment {
        let mut experiment = self.experiment.clone();
        if self.does_other_work() {
            experiment.summary = self.summary();
            // Its questions are about the preset's workload.
            experiment.quiz.clear();
        }
        experiment.models.retain(|one| self.unavailable(one).is_none() && !self.too_slow(one));
        for cell in &self.cells {
            // An interpreter has ten models; those that were not asked for need no reason.
            if cell.contender.host.is_python() && !self.experiment.models.contains(&cell.contender) {
                continue;
            }
            let reason = match &cell.unavailable {
                Some(reason) => reason.clone(),
                None if cell.too_slow => format!("one trial would take {}", units::about(cell.seconds)),
                None => continue,
            };
            experiment.left_out.retain(|left_out| !left_out.contender.is_like(&cell.contender));
            experiment.left_out.push(Excluded { contender: cell.contender.clone(), reason });
        }
        experiment
    }

    /// Returns true if no model would run, and some only because they take too long.
    #[must_use]
    pub fn all_too_slow(&self) -> bool {
        let wanted = |cell: &&Cell| cell.too_slow && self.experiment.models.contains(&cell.contender);
        self.to_run.models.is_empty() && self.cells.iter().any(|cell| wanted(&cell))
    }

    /// Returns true if a chosen model satisfies `test`.
    #[must_use]
    pub fn any_chosen(&self, test: impl Fn(&ModelInfo) -> bool) -> bool {
        self.chosen().any(|contender| test(contender.model.info()))
    }

    /// Returns true if a chosen model has workers.
    #[must_use]
    pub fn uses_workers(&self) -> bool {
        self.any_chosen(|info| info.workers != Workers::None)
    }

    /// Returns the fraction of computing in one task, 0 to 1. `None` for a list, without timed steps, and if a timed
    /// step is neither plain computing nor plain waiting.
    #[must_use]
    pub fn compute_share(&self) -> Option<f64> {
        steps::share(self.workload())
    }

    /// Returns the kernel of the first compute step with a duration.
    #[must_use]
    pub fn kernel(&self) -> Option<Kernel> {
        kernel_of(self.workload())
    }

    /// Applies one edit.
    pub fn edit(&mut self, edit: Edit) {
        let workload = &mut self.experiment.workload;
        match edit {
            Edit::Tasks(count) => {
                if let Tasks::Alike { count: old, .. } = &mut workload.tasks {
                    *old = count;
                }
            }
            Edit::TaskMs(ms) => {
                workload.set_task_ms(ms);
                steps::snap(workload, &self.origin.workload);
            }
            Edit::ComputeShare(share) => {
                steps::set_share(workload, share);
                steps::snap(workload, &self.origin.workload);
            }
            Edit::Kernel(chosen) => steps::set_kernel(workload, chosen),
            Edit::Steps(steps) => {
                if let Tasks::Alike { steps: old, .. } = &mut workload.tasks {
                    *old = steps;
                }
            }
            Edit::Step(index, step) => {
                if let Some(old) = workload.steps_mut().and_then(|steps| steps.get_mut(index)) {
                    *old = step;
                }
            }
            Edit::Ticker(on) => workload.ticker = on,
            Edit::Await(awaits) => workload.awaits = awaits,
            Edit::Spread(spread) => workload.spread = spread,
            Edit::Payload(payload) => workload.payload = payload,
            Edit::Workers(workers) => workload.workers = workers,
            Edit::InFlight(in_flight) => workload.in_flight = in_flight,
            Edit::Sweep(sweep) => self.experiment.sweep = sweep,
            Edit::Seed(seed) => workload.seed = seed,
            Edit::Classes(classes) => workload.tasks = Tasks::Classes(classes),
            Edit::TaskList(list) => workload.tasks = Tasks::List(list.into()),
            Edit::Alike => {
                let steps = match &workload.tasks {
                    Tasks::Classes(classes) => classes.steps_of(0).to_vec(),
                    Tasks::Alike { .. } | Tasks::List(_) => vec![Step::wait(50.0)],
                };
                workload.tasks = Tasks::Alike { count: workload.task_count().max(1), steps };
            }
            Edit::Trials(count) => self.experiment.trials.count = count,
            Edit::Warmups(warmups) => self.experiment.trials.warmups = warmups,
            Edit::BudgetSeconds(seconds) => self.experiment.trials.budget_seconds = seconds,
            Edit::TimeoutSeconds(seconds) => self.experiment.trials.timeout_seconds = seconds,
            Edit::Reference(reference) => self.experiment.reference = reference,
            Edit::Work(work) => workload.work = work,
            Edit::StartMethod(method) => self.experiment.start_method = method,
            Edit::Select(contender, selected) => self.select(&contender, selected),
            Edit::SelectModels(set) => self.select_models(set),
            Edit::Duplicate(contender) => self.duplicate(&contender),
            Edit::Setting(contender, key, value) => self.set(&contender, key, value.as_deref()),
            Edit::Label(contender, label) => self.set_label(&contender, label.as_deref()),
            Edit::ForceSlow => {
                let slow = self.cells.iter().filter(|cell| cell.too_slow).map(|cell| cell.contender.clone());
                self.forced.extend(slow.filter(|one| self.experiment.models.contains(one)));
            }
        }
        steps::bound(&mut self.experiment.workload);
        self.estimate();
    }

    fn select(&mut self, contender: &Contender, selected: bool) {
        let wanted = self.experiment.models.contains(contender);
        if selected && self.unavailable(contender).is_some() {
            return;
        }
        self.experiment.models_by_default = false;
        if selected {
            if self.seconds_of(contender) > SLOW_TRIAL_SECONDS {
                self.forced.insert(contender.clone());
            }
            if !wanted {
                self.experiment.models.push(contender.clone());
                // Variants stay behind the model that they vary.
                self.experiment.models.sort_by_key(|one| (one.host.clone(), one.model, one.is_variant()));
            }
            self.experiment.left_out.retain(|left_out| !left_out.contender.is_like(contender));
        } else {
            self.forced.remove(contender);
            self.experiment.models.retain(|one| one != contender);
            if contender.is_variant()
                && self.experiment.reference == *contender
                && let Some(first) = self.experiment.models.first()
            {
                self.experiment.reference = first.clone();
            }
        }
        // Models that were added and removed again count as unedited.
        let same_models = {
            let mut before = self.origin.models.clone();
            let mut now = self.experiment.models.clone();
            before.sort();
            now.sort();
            before == now
        };
        if same_models {
            self.experiment.models.clone_from(&self.origin.models);
            self.experiment.models_by_default = self.origin.models_by_default;
            self.experiment.left_out.clone_from(&self.origin.left_out);
        }
    }

    fn too_slow(&self, contender: &Contender) -> bool {
        !self.forced.contains(contender) && self.seconds_of(contender) > SLOW_TRIAL_SECONDS
    }

    fn unavailable(&self, contender: &Contender) -> Option<String> {
        unavailable(contender, &self.experiment, &self.interpreters)
    }

    fn seconds_of(&self, contender: &Contender) -> f64 {
        let nominal = estimate::nominal_on(contender, &self.experiment, &self.nominal);
        estimate::trial_seconds(contender, self.workload(), &nominal, self.cpus)
    }

    fn estimate(&mut self) {
        self.nominal = nominal_for_estimates(&self.experiment.workload);
        self.cells = self
            .contenders()
            .into_iter()
            .map(|contender| {
                let seconds = self.seconds_of(&contender);
                let wanted = self.experiment.models.contains(&contender);
                let unavailable = self.unavailable(&contender);
                let slow = unavailable.is_none() && self.too_slow(&contender);
                let left_out = self.experiment.left_out.iter().find(|one| one.contender.is_like(&contender));
                Cell {
                    selected: wanted && !slow && unavailable.is_none(),
                    too_slow: slow && left_out.is_none(),
                    left_out: left_out.map(|one| one.reason.clone()),
                    unavailable,
                    contender,
                    seconds,
                    is_time_unknown: estimate::is_unknown(&self.experiment.workload),
                }
            })
            .collect();
        self.to_run = Arc::new(self.runnable_experiment());
        self.run_seconds = estimate::run_seconds(&self.to_run, &self.nominal, self.cpus);
        self.warn();
    }
}

fn kernel_of(workload: &Workload) -> Option<Kernel> {
    workload.steps().iter().find_map(|step| match step {
        Step::Compute { kernel, ms } if *ms > 0.0 => Some(*kernel),
        _ => None,
    })
}

/// Returns the nominal durations, fast enough for every frame even for a million tasks with a heavy tail.
fn nominal_for_estimates(workload: &Workload) -> Nominal {
    match &workload.tasks {
        Tasks::Alike { count, steps } if *count > ESTIMATED_TASKS => {
            let tasks = Tasks::Alike { count: ESTIMATED_TASKS, steps: steps.clone() };
            let mut nominal = Workload { tasks, ..workload.clone() }.nominal();
            let factor = f64::from(*count) / f64::from(ESTIMATED_TASKS);
            nominal.tasks = *count;
            nominal.compute_nanos *= factor;
            nominal.wait_nanos *= factor;
            nominal.locked_nanos *= factor;
            nominal
        }
        // With a spread, sums need a factor per task: a rough estimate does without.
        Tasks::Classes(_) if workload.task_count() > ESTIMATED_TASKS => {
            Workload { spread: DurationDistribution::Constant, ..workload.clone() }.nominal()
        }
        Tasks::Alike { .. } | Tasks::List(_) | Tasks::Classes(_) => workload.nominal(),
    }
}

/// Name of an edited experiment with this title.
pub(super) fn edited_name(title: &str) -> String {
    format!("{title} (edited)")
}

#[cfg(test)]
mod tests;
