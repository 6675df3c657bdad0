//! The figures of time budgets as a table, for window and reports.

use super::parts::Part;
use super::{TimeBudget, Total};
use crate::model::Contender;
use crate::units;

/// A column: its heading and explanation.
pub type Head = (&'static str, &'static str);

/// One of the totals of several models with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetTable {
    /// Columns after the model.
    pub heads: Vec<Head>,
    /// Models with their cells; `None` if a part was not measured or does not apply.
    pub rows: Vec<(Contender, Vec<Option<String>>)>,
}

impl BudgetTable {
    /// Makes the table of these models: the total, the parts that a model has, and what is outside the clock.
    #[must_use]
    pub fn of(budgets: &[&TimeBudget], total: Total) -> Self {
        let parts = parts_of(budgets, total);
        let title = match total {
            Total::CoreSeconds => "Cores that the model may use × wall time",
            Total::TaskSeconds => "From submission to completion, all tasks together",
        };
        let mut heads = vec![("total", title)];
        heads.extend(parts.iter().map(|part| (part.title(), part.metric().help)));
        if total == Total::CoreSeconds {
            heads.extend(["start-up", "teardown"].map(|head| (head, "Outside the clock, and not in the total")));
        }
        let time = |nanos: u64| units::duration(nanos as f64);
        let rows = budgets.iter().map(|budget| {
            let stack = budget.stack(total);
            let cell = |part: &Part| {
                let (stack, nanos) = stack.and_then(|stack| Some((stack, stack.nanos(*part)?)))?;
                Some(format!("{}, {}", time(nanos), units::percent(stack.percent(nanos))))
            };
            let mut cells = vec![stack.map(|stack| time(stack.total))];
            cells.extend(parts.iter().map(cell));
            if total == Total::CoreSeconds {
                cells.extend([budget.setup_nanos, budget.teardown_nanos].map(|nanos| Some(time(nanos))));
            }
            (budget.contender.clone(), cells)
        });
        Self { rows: rows.collect(), heads }
    }
}

/// Returns the parts that a model has, in the order drawn.
#[must_use]
pub fn parts_of(budgets: &[&TimeBudget], total: Total) -> Vec<Part> {
    let stacks = budgets.iter().filter_map(|budget| budget.stack(total));
    let mut parts: Vec<Part> = stacks.flat_map(|stack| stack.shown().map(|(part, _)| part)).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}
