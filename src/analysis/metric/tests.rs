//! Tests of the catalogue as a contract: ids, order, units; and missing values, which are never 0.

use std::collections::HashSet;

use super::*;
use crate::analysis::analyse;
use crate::analysis::testing::{Synthetic, full, workload_alike};

#[test]
fn ids_columns_and_units_are_frozen() {
    let mut text = String::new();
    for metric in all() {
        let column = |order: Option<usize>| order.map_or_else(|| "-".to_owned(), |order| order.to_string());
        text.push_str(&format!(
            "{} | {} | {:?} | {:?} | summary {} | trials {}\n",
            metric.id,
            metric.head,
            metric.unit,
            metric.better,
            column(metric.summary.and_then(|column| column.order)),
            column(metric.trials.and_then(|column| column.order)),
        ));
    }
    insta::assert_snapshot!("catalogue", text);
}

#[test]
fn no_id_or_position_is_used_twice_and_columns_have_no_gap() {
    let ids: Vec<&str> = all().map(|metric| metric.id).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let orders: Vec<usize> = summary_columns().iter().filter_map(|column| column.order).collect();
    assert_eq!(orders, (0..orders.len()).collect::<Vec<_>>());
    let orders: Vec<usize> = trial_columns().iter().filter_map(|column| column.order).collect();
    assert_eq!(orders, (0..orders.len()).collect::<Vec<_>>());
    let orders: Vec<usize> = terminal_columns().iter().map(|(_, column)| column.order).collect();
    assert_eq!(orders, (0..orders.len()).collect::<Vec<_>>());
    let details: Vec<usize> = all().filter_map(|metric| metric.detail).map(|detail| detail.order).collect();
    assert_eq!(details.iter().collect::<HashSet<_>>().len(), details.len());
}

#[test]
fn the_details_of_a_fixed_run_stay_as_they_are() {
    let results = full();
    let analysis = analyse(&results);
    let mut text = String::new();
    for summary in &analysis.summaries {
        let model = ModelContext::new(&results, &analysis, summary);
        text.push_str(&format!("{}\n", summary.contender));
        for detail in details_of(&model) {
            text.push_str(&format!("  {}: {}\n", detail.title, (detail.text)(&model).as_deref().unwrap_or("–")));
        }
    }
    insta::assert_snapshot!("details", text);
}

#[test]
fn nothing_measured_is_nothing_shown() {
    let built = Synthetic::new(workload_alike(2, 0.0, 5.0), &["threads"]);
    let analysis = analyse(&built.results);
    let model = ModelContext::new(&built.results, &analysis, &analysis.summaries[0]);
    for (metric, _) in terminal_columns().iter().filter(|(metric, _)| !["trials", "speedup"].contains(&metric.id)) {
        assert_eq!(metric.of_model(&model), None, "{}", metric.id);
    }
}

#[test]
fn memory_throughput_picks_its_unit() {
    let rate = |bytes: f64| Value::from(Some(bytes / 1e9)).text(Unit::GigabytesPerSecond);
    assert_eq!((rate(12_345e6).as_deref(), rate(0.0).as_deref()), (Some("12 GB/s"), Some("0 B/s")));
}
