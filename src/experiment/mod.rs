//! An experiment: a workload, the chosen models and a trial plan; and the order in which its
//! trials run. Reading and writing it as TOML is `experiment/file`.

pub mod capabilities;
mod class_problem;
pub mod class_rules;
pub mod describe;
pub mod file;
mod invalid;
mod own_code;
pub mod payload_rules;
mod points;
pub mod quiz;
mod row_names;
mod source_text;
pub mod sweep;
pub mod validate;

use serde::Serialize;
pub use source_text::{Source, SourceText};

use crate::model::{Contender, Host, ModelId};
use crate::python::{Interpreters, StartMethod};
use crate::workload::{Tasks, Workload};

/// Seconds that measuring may take where nothing else is said.
pub const DEFAULT_BUDGET_SECONDS: f64 = 15.0;
/// Seconds that one trial may take before it is ended, where nothing else is said.
pub const DEFAULT_TIMEOUT_SECONDS: f64 = 120.0;
/// Most rounds that `auto` chooses.
pub const MOST_AUTO_ROUNDS: u32 = 30;
/// Most rounds that may be asked for.
pub const MOST_ROUNDS: u32 = 10_000;
/// Below this number of pairs no 95 % interval of a median exists.
pub const FEWEST_PAIRS: usize = 6;

/// A named, complete description of what to run. A preset is one with an explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Experiment {
    /// Lower-case letters, digits and `-`.
    pub id: String,
    /// Shown in lists.
    pub title: String,
    /// One line.
    pub summary: String,
    /// Markdown: what to look for, and why. May be empty.
    pub explanation: String,
    /// Workload to run.
    pub workload: Workload,
    /// Number of rounds.
    pub trials: SamplingPlan,
    /// Under which models, in the order given.
    pub models: Vec<Contender>,
    /// Models that this experiment leaves out on purpose, with the reason shown.
    pub left_out: Vec<Excluded>,
    /// Reference for ratios.
    pub reference: Contender,
    /// Start method of Python's `multiprocessing`.
    pub start_method: StartMethod,
    /// The models were not named: those of Python join in where an interpreter is found.
    pub models_by_default: bool,
    /// The setting that is swept, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<sweep::Sweep>,
    /// Questions about its lesson.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quiz: Vec<quiz::QuizEntry>,
    /// The text that it was read from.
    #[serde(skip)]
    pub source: SourceText,
}

/// Defaults of a file that names neither workload nor models: 20 empty tasks under all Rust models.
impl Default for Experiment {
    fn default() -> Self {
        Self {
            id: "experiment".to_owned(),
            title: "Experiment".to_owned(),
            summary: String::new(),
            explanation: String::new(),
            workload: Workload::default(),
            trials: SamplingPlan::default(),
            models: native_models().collect(),
            left_out: Vec::new(),
            reference: Contender::of(ModelId::Sequential),
            start_method: StartMethod::default(),
            models_by_default: true,
            sweep: None,
            quiz: Vec::new(),
            source: SourceText::default(),
        }
    }
}

/// All models of Rust, in the order of the catalogue.
pub(crate) fn native_models() -> impl Iterator<Item = Contender> {
    ModelId::all().filter(|model| !model.is_python()).map(Contender::of)
}

/// Python models of an experiment that names none.
const PYTHON_BY_DEFAULT: [ModelId; 3] = [ModelId::PyThreads, ModelId::PyProcessPool, ModelId::PyAsyncio];

impl Experiment {
    /// Fills in which interpreter each model without a named one is run on, and lets Python models
    /// join an experiment that names none.
    pub fn resolve_interpreters(&mut self, interpreters: &Interpreters) {
        if self.models_by_default && !interpreters.usable.is_empty() {
            self.models_by_default = false;
            let joining = PYTHON_BY_DEFAULT.map(Contender::of);
            let left_out = |one: &Contender| self.left_out.iter().any(|left| left.contender.model == one.model);
            let joining: Vec<Contender> = joining.into_iter().filter(|one| !left_out(one)).collect();
            self.models.extend(joining);
        }
        for contender in &mut self.models {
            interpreters.resolve_tag(contender);
        }
        for left in &mut self.left_out {
            interpreters.resolve_tag(&mut left.contender);
        }
        interpreters.resolve_tag(&mut self.reference);
    }

    /// Returns true if a model runs on the first interpreter, since it names none.
    #[must_use]
    pub fn uses_first_python(&self) -> bool {
        self.models.iter().any(|one| matches!(&one.host, Host::Python(python) if !python.named))
    }

    /// Returns true if both measure the same, whatever their texts.
    #[must_use]
    pub fn measures_same(&self, other: &Self) -> bool {
        self.models_by_default == other.models_by_default && self.differing(other).is_empty()
    }

    /// Names the settings in which two experiments differ, as the form does.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        // All named, so that the compiler asks for a new field.
        let Self {
            id: _,
            title: _,
            summary: _,
            explanation: _,
            left_out: _,
            quiz: _,
            source: _,
            workload,
            trials,
            models,
            reference,
            start_method,
            models_by_default: _,
            sweep,
        } = self;
        let Workload { tasks, workers, in_flight, seed, spread, ticker, work, awaits, cpus, payload } = workload;
        let SamplingPlan { count: rounds, minimum, warmups, budget_seconds, timeout_seconds } = trials;
        let (its, plan) = (&other.workload, &other.trials);
        let (count, steps) = match (tasks, &its.tasks) {
            (Tasks::Alike { count, steps }, Tasks::Alike { count: its_count, steps: its_steps }) => {
                (count != its_count, steps != its_steps)
            }
            (one, another) => (one != another, false),
        };
        let all = [
            ("Tasks", count),
            ("Steps", steps),
            ("Spread", *spread != its.spread),
            ("Input and output of a task", *payload != its.payload),
            ("Workers", *workers != its.workers),
            ("Most tasks at once", *in_flight != its.in_flight),
            ("Awaiting", *awaits != its.awaits),
            ("Ticker", *ticker != its.ticker),
            ("Trials", (*rounds, *minimum) != (plan.count, plan.minimum)),
            ("Warm-ups", *warmups != plan.warmups),
            ("Time budget", *budget_seconds != plan.budget_seconds),
            ("Time-out", *timeout_seconds != plan.timeout_seconds),
            ("Seed", *seed != its.seed),
            ("Sweep", *sweep != other.sweep),
            ("CPUs", *cpus != its.cpus),
            ("Models", *models != other.models),
            ("Reference", *reference != other.reference),
            ("Compare by", *work != its.work),
            ("How Python starts processes", *start_method != other.start_method),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// True where a model of Python is chosen.
    #[must_use]
    pub fn uses_python(&self) -> bool {
        self.models.iter().any(|one| one.host.is_python())
    }
}

/// A model that a preset leaves out on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// The model.
    pub contender: Contender,
    /// Reason, in words for the user.
    pub reason: String,
}

/// Number of rounds of each model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SamplingPlan {
    /// Measured rounds.
    pub count: TrialCount,
    /// At least so many with [`TrialCount::Auto`].
    pub minimum: u32,
    /// Rounds that run first and are in no statistic.
    pub warmups: u32,
    /// Seconds that [`TrialCount::Auto`] may spend on measured rounds.
    pub budget_seconds: f64,
    /// Seconds after which a trial is ended.
    pub timeout_seconds: f64,
}

/// A fixed number of measured rounds, or as many as the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialCount {
    /// budget / duration of a plain pass, between `minimum` and [`MOST_AUTO_ROUNDS`].
    Auto,
    /// So many.
    Fixed(u32),
}

impl Default for SamplingPlan {
    fn default() -> Self {
        Self {
            count: TrialCount::Auto,
            minimum: 3,
            warmups: 1,
            budget_seconds: DEFAULT_BUDGET_SECONDS,
            timeout_seconds: DEFAULT_TIMEOUT_SECONDS,
        }
    }
}

impl SamplingPlan {
    /// Measured rounds, once the first plain pass over all models has taken `pass_seconds`
    /// (`None` where there was no warm-up round to time). Fixed before measuring, equal for all models.
    #[must_use]
    pub fn rounds(&self, pass_seconds: Option<f64>) -> u32 {
        match (self.count, pass_seconds) {
            (TrialCount::Fixed(count), _) => count,
            (TrialCount::Auto, None) => self.minimum,
            (TrialCount::Auto, Some(seconds)) => {
                let affordable =
                    (self.budget_seconds / seconds.max(1e-6)).floor().min(f64::from(MOST_AUTO_ROUNDS)) as u32;
                affordable.max(self.minimum)
            }
        }
    }
}

/// The order of one round: a permutation of `0..count` drawn from the experiment's seed. What is counted are the models, or
/// in a sweep all pairs of a point and a model.
#[must_use]
pub fn round_order(seed: u64, round: u32, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = fastrand::Rng::with_seed(crate::workload::kernel::mix(seed ^ 0x0de7 ^ (u64::from(round) << 20)));
    random.shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_differ_are_named_as_in_the_form() {
        let one = Experiment::default();
        let mut other = one.clone();
        assert!(one.differing(&other).is_empty());
        other.workload.tasks = Tasks::Alike { count: 7, steps: Vec::new() };
        other.trials.count = TrialCount::Fixed(3);
        other.models.pop();
        assert_eq!(one.differing(&other), ["Tasks", "Trials", "Models"]);
        assert!(!one.measures_same(&other));
    }

    #[test]
    fn every_round_runs_every_model_once_in_an_order_of_its_own() {
        let orders: Vec<Vec<usize>> = (0..20).map(|round| round_order(1, round, 7)).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..7).collect::<Vec<_>>());
        }
        assert!(orders.windows(2).any(|pair| pair[0] != pair[1]));
        assert_eq!(orders[3], round_order(1, 3, 7));
        assert_ne!(orders, (0..20).map(|round| round_order(2, round, 7)).collect::<Vec<_>>());
    }

    #[test]
    fn auto_rounds_fit_the_budget_between_minimum_and_thirty() {
        let plan = SamplingPlan::default();
        assert_eq!(plan.rounds(Some(1.0)), 15);
        assert_eq!(plan.rounds(Some(0.001)), 30);
        assert_eq!(plan.rounds(Some(100.0)), 3);
        assert_eq!(plan.rounds(None), 3);
        assert_eq!(SamplingPlan { count: TrialCount::Fixed(7), ..plan }.rounds(Some(100.0)), 7);
    }
}
