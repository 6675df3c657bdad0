//! What a metric is: names, unit, columns, and how its value is taken.

use super::context::{ModelContext, TrialContext};
use super::value::{Unit, Value};

/// Which direction of a metric is better for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Lower values.
    Lower,
    /// Higher values.
    Higher,
    /// Neither by itself.
    Neither,
}

/// A column of an exported table.
#[derive(Debug, Clone, Copy)]
pub struct Column<C> {
    /// Name in CSV.
    pub name: &'static str,
    /// Key in JSON.
    pub key: &'static str,
    /// Position from 0; fixed for good. `None`: only in JSON.
    pub order: Option<usize>,
    /// The exported value.
    pub value: C,
}

/// The value of a metric for a model.
pub type OfModel = fn(&ModelContext<'_>) -> Value;
/// The value of a metric for a trial.
pub type OfTrial = fn(&TrialContext<'_>) -> Value;
/// The value of a metric for a model as people read it; `None` where it was not measured.
pub type Words = fn(&ModelContext<'_>) -> Option<String>;

/// A column of the terminal's table.
#[derive(Debug, Clone, Copy)]
pub struct TerminalColumn {
    /// Position from the left.
    pub order: usize,
    /// The column with the least rank is hidden first where the terminal is narrow.
    pub rank: u8,
    /// Shown even where no model has a value.
    pub always: bool,
}

/// A row among the details of a model.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Position among the details.
    pub order: usize,
    /// Name of the row.
    pub title: &'static str,
    /// The value; `None` where it was not measured.
    pub words: Words,
}

/// A defined figure.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Stable name.
    pub id: &'static str,
    /// Head of its column.
    pub head: &'static str,
    /// The same where columns are narrow.
    pub short_head: &'static str,
    /// What it is, for tooltips.
    pub help: &'static str,
    /// Unit in exports.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// Its column in the summary table.
    pub summary: Option<Column<OfModel>>,
    /// Its column in the trials table.
    pub trials: Option<Column<OfTrial>>,
    /// Its column in the terminal.
    pub terminal: Option<TerminalColumn>,
    /// Its row among the details.
    pub detail: Option<Detail>,
    /// False for models and workloads that don't have it.
    pub applies: fn(&ModelContext<'_>) -> bool,
    words: Option<Words>,
    /// The value as part of a sentence about the model; `None` where it was not measured.
    pub clause: Option<Words>,
    /// A warning beside the value: "wrong result".
    pub warning: Option<fn(&ModelContext<'_>) -> Option<&'static str>>,
}

impl Metric {
    /// A metric with an id, the head of its column and a unit.
    pub(super) const fn new(id: &'static str, head: &'static str, unit: Unit) -> Self {
        Self {
            id,
            head,
            short_head: head,
            help: "",
            unit,
            better: Better::Neither,
            summary: None,
            trials: None,
            terminal: None,
            detail: None,
            applies: |_| true,
            words: None,
            clause: None,
            warning: None,
        }
    }

    pub(super) const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    pub(super) const fn short(self, short_head: &'static str) -> Self {
        Self { short_head, ..self }
    }

    pub(super) const fn lower(self) -> Self {
        Self { better: Better::Lower, ..self }
    }

    pub(super) const fn higher(self) -> Self {
        Self { better: Better::Higher, ..self }
    }

    /// Column `order` of the summary table.
    pub(super) const fn summary(self, order: usize, value: OfModel) -> Self {
        let column = Column { name: self.id, key: self.id, order: Some(order), value };
        Self { summary: Some(column), ..self }
    }

    /// A key of a model in JSON, without a column.
    pub(super) const fn json(self, value: OfModel) -> Self {
        Self { summary: Some(Column { name: self.id, key: self.id, order: None, value }), ..self }
    }

    /// Another key in JSON than in CSV.
    pub(super) const fn key(self, key: &'static str) -> Self {
        let summary = match self.summary {
            Some(column) => Some(Column { key, ..column }),
            None => None,
        };
        Self { summary, ..self }
    }

    /// Column `order` of the trials table.
    pub(super) const fn trials(self, order: usize, value: OfTrial) -> Self {
        self.trials_as(self.id, order, value)
    }

    /// Column `order` of the trials table under a name of its own.
    pub(super) const fn trials_as(self, name: &'static str, order: usize, value: OfTrial) -> Self {
        Self { trials: Some(Column { name, key: name, order: Some(order), value }), ..self }
    }

    /// Column `order` of the terminal's table.
    pub(super) const fn terminal(self, order: usize, rank: u8) -> Self {
        Self { terminal: Some(TerminalColumn { order, rank, always: true }), ..self }
    }

    /// The same, shown only where a model has a value.
    pub(super) const fn terminal_if_measured(self, order: usize, rank: u8) -> Self {
        Self { terminal: Some(TerminalColumn { order, rank, always: false }), ..self }
    }

    /// Row `order` of the details.
    pub(super) const fn detail(self, order: usize, title: &'static str, words: Words) -> Self {
        Self { detail: Some(Detail { order, title, words }), ..self }
    }

    pub(super) const fn words(self, words: Words) -> Self {
        Self { words: Some(words), ..self }
    }

    pub(super) const fn only_if(self, applies: fn(&ModelContext<'_>) -> bool) -> Self {
        Self { applies, ..self }
    }

    pub(super) const fn clause(self, clause: Words) -> Self {
        Self { clause: Some(clause), ..self }
    }

    pub(super) const fn warning(self, warning: fn(&ModelContext<'_>) -> Option<&'static str>) -> Self {
        Self { warning: Some(warning), ..self }
    }

    /// The value for a model as people read it; `None` where it was not measured.
    #[must_use]
    pub fn of_model(&self, model: &ModelContext<'_>) -> Option<String> {
        match (self.words, self.summary) {
            (Some(words), _) => words(model),
            (None, Some(column)) => (column.value)(model).words(self.unit),
            (None, None) => None,
        }
    }

    /// The warning beside the value; `None` where there is nothing to warn of.
    #[must_use]
    pub fn warning_of(&self, model: &ModelContext<'_>) -> Option<&'static str> {
        self.warning.and_then(|warning| warning(model))
    }

    /// The value as part of a sentence; `None` where it was not measured.
    #[must_use]
    pub fn clause_of(&self, model: &ModelContext<'_>) -> Option<String> {
        self.clause.and_then(|clause| clause(model))
    }
}

/// Defines metrics as statics, and a list of them all in this order.
macro_rules! metrics {
    ($($(#[$attribute:meta])* $name:ident = $metric:expr;)*) => {
        $($(#[$attribute])* pub static $name: $crate::analysis::metric::definition::Metric = $metric;)*
        /// All metrics of this file.
        pub(super) static ALL: &[&$crate::analysis::metric::definition::Metric] = &[$(&$name),*];
    };
}
pub(super) use metrics;
