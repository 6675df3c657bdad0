//! Definition of a metric: names, unit, columns and functions that compute its value. The metrics are in sibling files.

use super::context::{ModelContext, TrialContext};
use super::value::{Unit, Value};

/// Direction in which a metric improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
    /// Neither direction is better by itself.
    Neither,
}

/// A column of an exported table.
#[derive(Debug, Clone, Copy)]
pub struct Column<C> {
    /// Name in CSV.
    pub name: &'static str,
    /// Key in JSON.
    pub key: &'static str,
    /// Position from 0, which never changes; `None` for a value that only JSON has.
    pub order: Option<usize>,
    /// Function that returns the exported value.
    pub value: C,
}

/// Function that returns the value of a metric for a model.
pub type OfModel = fn(&ModelContext<'_>) -> Value;
/// Function that returns the value of a metric for a trial.
pub type OfTrial = fn(&TrialContext<'_>) -> Value;
/// Function that formats the value of a metric for people; `None` if it was not measured.
pub type ModelText = fn(&ModelContext<'_>) -> Option<String>;

/// A column of the terminal's table.
#[derive(Debug, Clone, Copy)]
pub struct TerminalColumn {
    /// Position from the left.
    pub order: usize,
    /// Priority in a narrow terminal: the column with the lowest rank is hidden first.
    pub rank: u8,
    /// True if the column is shown even if no model has a value.
    pub always: bool,
}

/// A row among the details of a model.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Position among the details.
    pub order: usize,
    /// Label of the row.
    pub title: &'static str,
    /// Function that formats the value.
    pub text: ModelText,
}

/// An axis of the scaling view.
#[derive(Debug, Clone, Copy)]
pub struct CurveAxis {
    /// Position in the list of choices.
    pub order: usize,
    /// Function that returns the plotted value in the unit of the metric.
    pub value: OfModel,
    /// Function that returns the ends of its 95 % interval.
    pub interval: fn(&ModelContext<'_>) -> Option<(f64, f64)>,
}

/// A figure of a run, with everything that tables, exports and views need to show it.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Stable identifier.
    pub id: &'static str,
    /// Heading of the column.
    pub head: &'static str,
    /// Heading in narrow columns.
    pub short_head: &'static str,
    /// Explanation for tooltips.
    pub help: &'static str,
    /// Unit in exports.
    pub unit: Unit,
    /// Direction that is better.
    pub better: Better,
    /// Column in the summary table.
    pub summary: Option<Column<OfModel>>,
    /// Column in the trials table.
    pub trials: Option<Column<OfTrial>>,
    /// Column in the terminal.
    pub terminal: Option<TerminalColumn>,
    /// Row among the details.
    pub detail: Option<Detail>,
    /// Axis of the scaling view.
    pub curve: Option<CurveAxis>,
    /// Function that returns false for models and workloads without this figure.
    pub applies: fn(&ModelContext<'_>) -> bool,
    text: Option<ModelText>,
    rank_value: Option<OfModel>,
    /// Function that formats the value as part of a sentence about the model.
    pub clause: Option<ModelText>,
    /// Function that returns a warning to show beside the value: "wrong result".
    pub warning: Option<fn(&ModelContext<'_>) -> Option<&'static str>>,
}

/// Metrics are the same if their ids are.
impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Metric {}

impl Metric {
    /// Defines a metric with an id, the heading of its column and a unit.
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
            curve: None,
            applies: |_| true,
            text: None,
            rank_value: None,
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

    /// Adds column `order` of the summary table.
    pub(super) const fn summary(self, order: usize, value: OfModel) -> Self {
        let column = Column { name: self.id, key: self.id, order: Some(order), value };
        Self { summary: Some(column), ..self }
    }

    /// Adds a key of a model in JSON, without a column.
    pub(super) const fn json(self, value: OfModel) -> Self {
        Self { summary: Some(Column { name: self.id, key: self.id, order: None, value }), ..self }
    }

    /// Sets a key in JSON that differs from the name in CSV.
    pub(super) const fn key(self, key: &'static str) -> Self {
        let summary = match self.summary {
            Some(column) => Some(Column { key, ..column }),
            None => None,
        };
        Self { summary, ..self }
    }

    /// Adds column `order` of the trials table.
    pub(super) const fn trials(self, order: usize, value: OfTrial) -> Self {
        self.trials_as(self.id, order, value)
    }

    /// Adds column `order` of the trials table under another name.
    pub(super) const fn trials_as(self, name: &'static str, order: usize, value: OfTrial) -> Self {
        Self { trials: Some(Column { name, key: name, order: Some(order), value }), ..self }
    }

    /// Adds column `order` of the terminal's table.
    pub(super) const fn terminal(self, order: usize, rank: u8) -> Self {
        Self { terminal: Some(TerminalColumn { order, rank, always: true }), ..self }
    }

    /// Adds column `order` of the terminal's table, shown only if a model has a value.
    pub(super) const fn terminal_if_measured(self, order: usize, rank: u8) -> Self {
        Self { terminal: Some(TerminalColumn { order, rank, always: false }), ..self }
    }

    /// Adds row `order` of the details.
    pub(super) const fn detail(self, order: usize, title: &'static str, text: ModelText) -> Self {
        Self { detail: Some(Detail { order, title, text }), ..self }
    }

    /// Makes it an axis of the scaling view, without an interval.
    pub(super) const fn curve(self, order: usize, value: OfModel) -> Self {
        self.curve_with_interval(order, value, |_| None)
    }

    /// Makes it an axis of the scaling view.
    pub(super) const fn curve_with_interval(
        self,
        order: usize,
        value: OfModel,
        interval: fn(&ModelContext<'_>) -> Option<(f64, f64)>,
    ) -> Self {
        Self { curve: Some(CurveAxis { order, value, interval }), ..self }
    }

    pub(super) const fn text(self, text: ModelText) -> Self {
        Self { text: Some(text), ..self }
    }

    /// Sets the value by which models are ordered, where no column has it.
    pub(super) const fn ranked_by(self, value: OfModel) -> Self {
        Self { rank_value: Some(value), ..self }
    }

    pub(super) const fn only_if(self, applies: fn(&ModelContext<'_>) -> bool) -> Self {
        Self { applies, ..self }
    }

    pub(super) const fn clause(self, clause: ModelText) -> Self {
        Self { clause: Some(clause), ..self }
    }

    pub(super) const fn warning(self, warning: fn(&ModelContext<'_>) -> Option<&'static str>) -> Self {
        Self { warning: Some(warning), ..self }
    }

    fn rank(&self) -> Option<OfModel> {
        let exported = self.summary.filter(|_| self.unit != Unit::Text).map(|column| column.value);
        self.rank_value.or(self.curve.map(|axis| axis.value)).or(exported)
    }

    /// Returns true if models can be ordered by it.
    #[must_use]
    pub fn is_ranked(&self) -> bool {
        self.rank().is_some()
    }

    /// Returns the value as a number to order models by; `None` if it was not measured.
    #[must_use]
    pub fn number_of(&self, model: &ModelContext<'_>) -> Option<f64> {
        self.rank()?(model).number()
    }

    /// Formats the value for people; `None` if it was not measured.
    #[must_use]
    pub fn of_model(&self, model: &ModelContext<'_>) -> Option<String> {
        match (self.text, self.summary) {
            (Some(text), _) => text(model),
            (None, Some(column)) => (column.value)(model).text(self.unit),
            (None, None) => None,
        }
    }

    /// Returns the warning to show beside the value, if any.
    #[must_use]
    pub fn warning_of(&self, model: &ModelContext<'_>) -> Option<&'static str> {
        self.warning.and_then(|warning| warning(model))
    }

    /// Formats the value as part of a sentence; `None` if it was not measured.
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
