//! `models`: the catalogue, with availability.

use serde::Serialize;

use super::{print, print_json};
use crate::experiment::support;
use crate::model::{CATALOGUE, Host, ModelInfo};

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    info: &'static ModelInfo,
    host: &'static str,
    available: bool,
    reason: Option<String>,
    /// Kinds of steps that this model can't do.
    limits: Vec<Limit>,
}

#[derive(Serialize)]
struct Limit {
    steps: &'static str,
    reason: &'static str,
}

pub(super) fn models(json: bool) -> u8 {
    // The native models need nothing but this executable.
    let row = |info: &'static ModelInfo| {
        let limits = support::limits(info.id).into_iter().map(|(steps, reason)| Limit { steps, reason }).collect();
        Row { info, host: Host::Rust.name(), available: true, reason: None, limits }
    };
    let rows: Vec<Row> = CATALOGUE.iter().map(row).collect();
    if json {
        return print_json(&rows);
    }
    let mut text = String::new();
    for row in &rows {
        let id = row.info.id.name();
        let availability = row.reason.as_deref().unwrap_or("available");
        text.push_str(&format!(
            "{id:<16}{:<24}{:<8}{availability}\n{:16}{}\n",
            row.info.title, row.host, "", row.info.what
        ));
        for Limit { steps, reason } in &row.limits {
            text.push_str(&format!("{:16}no {steps}: {reason}\n", ""));
        }
    }
    print(&text)
}
