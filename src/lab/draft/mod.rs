//! The experiment as the user is editing it, where it came from, and how long it would take.

mod columns;
mod resolve;
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::command::Edit;
use super::describe;
use crate::analysis::estimate;
use crate::experiment::capabilities::unavailable;
use crate::experiment::{Excluded, Experiment};
use crate::model::{Contender, ModelInfo, Workers};
use crate::python::Interpreters;
use crate::units;
use crate::workload::{Kernel, Nominal, Step, Tasks, Workload};
use resolve::{named_tags, resolve_interpreters};

/// A model that takes longer than this for one trial is not run unless the user insists.
pub const SLOW_TRIAL_SECONDS: f64 = 60.0;

/// Above this many tasks the spread is drawn for so many only, and scaled: estimates need no more.
const ESTIMATED_TASKS: u32 = 50_000;

/// One box of the model matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The model and where it runs.
    pub contender: Contender,
    /// It will run.
    pub ticked: bool,
    /// Seconds that one trial will probably take.
    pub seconds: f64,
    /// It is not ticked because a trial would take too long.
    pub too_slow: bool,
    /// Why this experiment leaves it out on purpose.
    pub left_out: Option<String>,
    /// Why it can't do this workload here at all.
    pub unavailable: Option<String>,
}

/// The draft.
#[derive(Debug, Clone)]
pub struct Draft {
    experiment: Experiment,
    origin: Experiment,
    forced: BTreeSet<Contender>,
    nominal: Nominal,
    cells: Vec<Cell>,
    run_seconds: f64,
    logical_cpus: u32,
    interpreters: Arc<Interpreters>,
    /// Tags of the interpreters that have a column beside the first.
    shown: BTreeSet<String>,
    to_run: Arc<Experiment>,
}

impl Draft {
    /// Starts from a preset.
    #[must_use]
    pub fn of(mut origin: Experiment, logical_cpus: u32, interpreters: Arc<Interpreters>) -> Self {
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
            logical_cpus,
            interpreters,
        };
        draft.estimate();
        draft
    }

    /// Another experiment on the same machine.
    #[must_use]
    pub fn with(&self, experiment: Experiment) -> Self {
        let mut other = Self::of(experiment, self.logical_cpus, Arc::clone(&self.interpreters));
        other.shown.extend(self.shown.iter().cloned());
        other.estimate();
        other
    }

    /// What Python models can run on.
    #[must_use]
    pub const fn interpreters(&self) -> &Arc<Interpreters> {
        &self.interpreters
    }

    /// The experiment as it stands, models that are too slow included.
    #[must_use]
    pub const fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The workload as it stands.
    #[must_use]
    pub const fn workload(&self) -> &Workload {
        &self.experiment.workload
    }

    /// Its title, with a word where it is not the preset's own any more.
    #[must_use]
    pub fn name(&self) -> String {
        let edited = if self.edited() { " (edited)" } else { "" };
        format!("{}{edited}", self.experiment.title)
    }

    /// What is done differs from what the preset does, so that its description does not hold any more.
    #[must_use]
    pub fn does_other_work(&self) -> bool {
        self.experiment.workload != self.origin.workload
    }

    /// One sentence: the preset's own while its work is as it was, else one made from the workload.
    #[must_use]
    pub fn summary(&self) -> String {
        match &self.experiment {
            changed if self.does_other_work() => describe::workload(&changed.workload),
            preset if preset.summary.is_empty() => preset.title.clone(),
            preset => preset.summary.clone(),
        }
    }

    /// Something differs from the preset.
    #[must_use]
    pub fn edited(&self) -> bool {
        self.experiment != self.origin || !self.forced.is_empty()
    }

    /// Takes all edits back.
    pub fn revert(&mut self) {
        *self = self.with(self.origin.clone());
    }

    /// The boxes of the matrix, in the order of the catalogue.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Seconds that the run will probably take.
    #[must_use]
    pub const fn run_seconds(&self) -> f64 {
        self.run_seconds
    }

    /// Logical CPUs that estimates assume.
    #[must_use]
    pub const fn logical_cpus(&self) -> u32 {
        self.logical_cpus
    }

    /// The session has looked at the machine.
    pub fn set_logical_cpus(&mut self, logical_cpus: u32) {
        if self.logical_cpus != logical_cpus {
            self.logical_cpus = logical_cpus;
            self.estimate();
        }
    }

    /// Models that will run, in the experiment's order.
    pub fn chosen(&self) -> impl Iterator<Item = &Contender> {
        self.to_run.models.iter()
    }

    /// What a run would run: without the models that take too long or can't do it, which it names as left out.
    #[must_use]
    pub const fn to_run(&self) -> &Arc<Experiment> {
        &self.to_run
    }

    fn made_to_run(&self) -> Experiment {
        let mut experiment = self.experiment.clone();
        experiment.models.retain(|one| self.unavailable(one).is_none() && !self.too_slow(one));
        for cell in &self.cells {
            // Of ten models on each interpreter, those that were not asked for need no reason.
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

    /// True where no model would run, and some only because they take too long.
    #[must_use]
    pub fn all_too_slow(&self) -> bool {
        let wanted = |cell: &&Cell| cell.too_slow && self.experiment.models.contains(&cell.contender);
        self.to_run.models.is_empty() && self.cells.iter().any(|cell| wanted(&cell))
    }

    /// Whether any chosen model satisfies `test`.
    #[must_use]
    pub fn any_chosen(&self, test: impl Fn(&ModelInfo) -> bool) -> bool {
        self.chosen().any(|contender| test(contender.model.info()))
    }

    /// Whether a chosen model has workers.
    #[must_use]
    pub fn uses_workers(&self) -> bool {
        self.any_chosen(|info| info.workers != Workers::None)
    }

    /// Share of computing in one task, 0 to 1; `None` for a list, where no step is timed, and where a
    /// timed step is neither computing nor waiting alone.
    #[must_use]
    pub fn compute_share(&self) -> Option<f64> {
        steps::share(self.workload())
    }

    /// The kernel of the compute steps, where there is one.
    #[must_use]
    pub fn kernel(&self) -> Option<Kernel> {
        self.workload().steps().iter().find_map(|step| match step {
            Step::Compute { kernel, ms } if *ms > 0.0 => Some(*kernel),
            _ => None,
        })
    }

    /// Makes one change.
    pub fn edit(&mut self, edit: Edit) {
        let workload = &mut self.experiment.workload;
        match edit {
            Edit::Tasks(count) => {
                if let Tasks::Alike { count: old, .. } = &mut workload.tasks {
                    *old = count;
                }
            }
            Edit::TaskMs(ms) => workload.set_task_ms(ms),
            Edit::ComputeShare(share) => steps::set_share(workload, share),
            Edit::Kernel(chosen) => steps::set_kernel(workload, chosen),
            Edit::Steps(steps) => {
                if let Tasks::Alike { steps: old, .. } = &mut workload.tasks {
                    *old = steps;
                }
            }
            Edit::Step(place, step) => {
                if let Tasks::Alike { steps, .. } = &mut workload.tasks
                    && let Some(old) = steps.get_mut(place)
                {
                    *old = step;
                }
            }
            Edit::Ticker(on) => workload.ticker = on,
            Edit::Spread(spread) => workload.spread = spread,
            Edit::Workers(workers) => workload.workers = workers,
            Edit::InFlight(in_flight) => workload.in_flight = in_flight,
            Edit::Seed(seed) => workload.seed = seed,
            Edit::TaskList(list) => workload.tasks = Tasks::List(list),
            Edit::Alike => {
                let steps = vec![Step::Wait { ms: 50.0 }];
                workload.tasks = Tasks::Alike { count: workload.task_count().max(1), steps };
            }
            Edit::Trials(count) => self.experiment.trials.count = count,
            Edit::Warmups(warmups) => self.experiment.trials.warmups = warmups,
            Edit::BudgetSeconds(seconds) => self.experiment.trials.budget_seconds = seconds,
            Edit::TimeoutSeconds(seconds) => self.experiment.trials.timeout_seconds = seconds,
            Edit::Reference(reference) => self.experiment.reference = reference,
            Edit::Work(work) => workload.work = work,
            Edit::StartMethod(method) => self.experiment.start_method = method,
            Edit::Select(contender, ticked) => self.tick(&contender, ticked),
            Edit::InsistOnSlow => {
                let slow = self.cells.iter().filter(|cell| cell.too_slow).map(|cell| cell.contender.clone());
                self.forced.extend(slow.filter(|one| self.experiment.models.contains(one)));
            }
        }
        steps::bound(&mut self.experiment.workload);
        self.estimate();
    }

    fn tick(&mut self, contender: &Contender, ticked: bool) {
        let wanted = self.experiment.models.contains(contender);
        if ticked && self.unavailable(contender).is_some() {
            return;
        }
        self.experiment.models_by_default = false;
        if ticked {
            if self.seconds_of(contender) > SLOW_TRIAL_SECONDS {
                self.forced.insert(contender.clone());
            }
            if !wanted {
                self.experiment.models.push(contender.clone());
                self.experiment.models.sort_by_key(|one| (one.host.clone(), one.model, one.copy));
            }
            self.experiment.left_out.retain(|left_out| !left_out.contender.is_like(contender));
        } else {
            self.forced.remove(contender);
            self.experiment.models.retain(|one| one != contender);
        }
        // An unticked model that had been ticked by the user alone is back where it began.
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
        estimate::trial_seconds(contender, self.workload(), &nominal, self.logical_cpus)
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
                    ticked: wanted && !slow && unavailable.is_none(),
                    too_slow: slow && left_out.is_none(),
                    left_out: left_out.map(|one| one.reason.clone()),
                    unavailable,
                    contender,
                    seconds,
                }
            })
            .collect();
        self.to_run = Arc::new(self.made_to_run());
        self.run_seconds = estimate::run_seconds(&self.to_run, &self.nominal, self.logical_cpus);
    }
}

/// The nominal durations, for a million tasks of a heavy tail too within a frame.
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
        Tasks::Alike { .. } | Tasks::List(_) => workload.nominal(),
    }
}

#[cfg(test)]
mod tests;
