//! `models`: the catalogue, with availability.

use serde::Serialize;

use super::{print, print_json};
use crate::model::{CATALOGUE, Host, ModelInfo};

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    info: &'static ModelInfo,
    host: &'static str,
    available: bool,
    reason: Option<String>,
}

pub(super) fn models(json: bool) -> u8 {
    // The native models need nothing but this executable.
    let rows: Vec<Row> =
        CATALOGUE.iter().map(|info| Row { info, host: Host::Rust.name(), available: true, reason: None }).collect();
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
    }
    print(&text)
}
