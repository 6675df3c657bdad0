//! The table `[sweep]` of a file.

use toml::Spanned;
use toml::de::DeValue;

use super::cursor::Table;
use super::keys::SWEEP_RANGE;
use crate::experiment::Experiment;
use crate::experiment::sweep::{Scale, Sweep, SweepKey, SweepProblem, SweepValues};

/// Reads the sweep of a file; `None` where there is none, and where something is wrong, which is reported.
pub(super) fn sweep(root: &Table<'_, '_>) -> Option<Sweep> {
    let table = root.table("sweep")?;
    // Both are read, so that the mistakes of both are found.
    let (key, values) = (key(&table), table.get("values").and_then(|written| values(&table, written)));
    Some(Sweep { key: key?, values: values? })
}

/// Reports a sweep that the experiment can't be run with.
pub(super) fn check(root: &Table<'_, '_>, experiment: &Experiment) {
    let checked = |sweep: &Sweep| {
        sweep.values(&experiment.workload)?;
        sweep.check_contenders(&experiment.models)
    };
    let Some(Err(problem)) = experiment.sweep.as_ref().map(checked) else { return };
    let Some(table) = root.table("sweep") else { return };
    let of_values =
        matches!(problem, SweepProblem::Points { .. } | SweepProblem::NotAllowed { .. } | SweepProblem::LogOfZero);
    let name = if of_values { "values" } else { "key" };
    let span = table.get(name).map_or_else(|| table.span(), Spanned::span);
    table.wrong_at(name, span, || problem.into());
}

fn key(table: &Table<'_, '_>) -> Option<SweepKey> {
    let value = table.get("key")?;
    let Some(name) = value.get_ref().as_str() else {
        table.mistyped("key", value, "a string");
        return None;
    };
    name.parse().map_err(|problem: SweepProblem| table.wrong_at("key", value.span(), || problem.into())).ok()
}

fn values(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<SweepValues> {
    match value.get_ref() {
        DeValue::Array(list) => {
            let numbers: Vec<Option<f64>> = list.iter().map(|one| finite(table, one)).collect();
            numbers.into_iter().collect::<Option<_>>().map(SweepValues::List)
        }
        DeValue::Table(_) => {
            let range = table.table_of("values", value, &SWEEP_RANGE)?;
            let number = |name: &'static str| finite(&range, range.get(name)?);
            let (from, to, points) = (number("from"), number("to"), range.whole("points"));
            let scale = range.one_of("scale", &Scale::ALL, Scale::name).unwrap_or(Scale::Linear);
            Some(SweepValues::Range { from: from?, to: to?, points: points?, scale })
        }
        _ => {
            table.mistyped("values", value, "a list of numbers, or a range { from, to, points }");
            None
        }
    }
}

/// A number that is not infinite.
fn finite(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<f64> {
    let number = table.any_number("values", value)?;
    if !number.is_finite() {
        table.mistyped("values", value, "a finite number");
        return None;
    }
    Some(number)
}
