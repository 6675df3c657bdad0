//! Chart of time budgets: where the core-seconds and, below, the task-seconds of a trial of each model went.

use super::axis::Axis;
use super::comparison::{absent, nanos_label};
use super::description::{Body, Chart, Fill, Group, Legend, StackRow, Symbol};
use super::kind::ChartKind;
use super::part::Part;
use super::series::Series;
use crate::analysis::time_budget::{self, TimeBudget, Total};
use crate::analysis::{RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::printable;
use crate::results::RunResults;
use crate::units;

/// Budgets of the models of a point, fastest first.
type Budgets<'a> = Vec<(&'a Summary, Option<TimeBudget>)>;

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Chart {
    let budgets: Vec<Budgets<'_>> = run
        .points
        .iter()
        .zip(&analysis.points)
        .map(|(results, analysis)| {
            let of = |summary: &Summary| TimeBudget::of_model(results, &summary.contender);
            analysis.fastest_first().into_iter().map(|summary| (summary, of(summary))).collect()
        })
        .collect();
    let below = one(run, &budgets, Total::TaskSeconds, part);
    Chart { below: Some(Box::new(below)), ..one(run, &budgets, Total::CoreSeconds, part) }
}

fn one(run: &RunResults, budgets: &[Budgets<'_>], total: Total, part: &Part) -> Chart {
    let series = Series::of(&run.experiment.models);
    let all = || budgets.iter().flatten().filter_map(|(_, budget)| budget.as_ref());
    let groups: Vec<Group<StackRow>> = run
        .points
        .iter()
        .zip(budgets)
        .map(|(results, budgets)| {
            let items = budgets.iter().filter_map(|(summary, budget)| {
                let index = run.experiment.models.iter().position(|one| *one == summary.contender)?;
                Some(row(series.get(index)?.clone(), summary, budget.as_ref(), total, part.seconds))
            });
            Group { title: results.point.as_ref().map(SweepPoint::title), items: items.collect() }
        })
        .collect();
    let title = total.title();
    let axis = if part.seconds {
        let most = all().filter_map(|budget| budget.stack(total)).map(|stack| stack.total).max().unwrap_or(0);
        Axis::linear(title, 0.0, most.max(1) as f64 * 1.02, &nanos_label)
    } else {
        Axis::linear(&format!("share of the {}", title.to_lowercase()), 0.0, 100.0, &units::percent)
    };
    let shown = time_budget::parts_of(&all().collect::<Vec<_>>(), total);
    let legend =
        shown.into_iter().map(|part| Legend { symbol: Symbol::Fill(Fill::of(part)), text: part.title().into() });
    // Each point of a sweep has largest parts of its own.
    let sentences = budgets.iter().zip(&run.points).map(|(budgets, results)| {
        let largest = time_budget::largest(budgets.iter().filter_map(|(_, budget)| budget.as_ref()), total);
        match &results.point {
            Some(point) => format!("{}: {largest}", point.title()),
            None => largest,
        }
    });
    let sentence = sentences.collect::<Vec<_>>().join(" ");
    let name = ChartKind::TimeBudget.name();
    Chart {
        id: if total == Total::CoreSeconds { name.to_owned() } else { format!("{name}-tasks") },
        title: time_budget::heading(total).to_owned(),
        sentence: printable::line(&sentence).into_owned(),
        body: Body::Stacks { axis, groups },
        legend: legend.collect(),
        subtitle: None,
        below: None,
    }
}

fn row(series: Series, summary: &Summary, budget: Option<&TimeBudget>, total: Total, seconds: bool) -> StackRow {
    let without = |series, reason: String| StackRow {
        series,
        segments: Vec::new(),
        note: String::new(),
        figure: String::new(),
        absent: Some(reason),
    };
    let Some(budget) = budget else {
        return without(series, absent(summary).unwrap_or_else(|| "no completed trial".to_owned()));
    };
    let Some(stack) = budget.stack(total) else {
        return without(series, "not recorded".to_owned());
    };
    let length = |nanos: u64| if seconds { nanos as f64 } else { stack.percent(nanos) };
    let warmup = if budget.is_warmup() { "warm-up: " } else { "" };
    let outside = match total {
        Total::CoreSeconds => format!("; outside the clock: {}", time_budget::outside_clock(budget)),
        Total::TaskSeconds => String::new(),
    };
    StackRow {
        series,
        segments: stack.shown().map(|(part, nanos)| (Fill::of(part), length(nanos))).collect(),
        note: format!("{warmup}{}{outside}", time_budget::listing(stack, 1.0)),
        figure: units::duration(stack.total as f64),
        absent: None,
    }
}
