//! `models`: the catalogue, with availability on this machine.

use serde::Serialize;

use super::interpreters;
use super::terminal::{print, print_json};
use crate::experiment::capabilities;
use crate::model::{CATALOGUE, Contender, ModelInfo};
use crate::printable;
use crate::python::{Interpreters, code_of};
use crate::session::interpreters::Wanted;

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    info: ModelInfo,
    host: String,
    /// Its id on the command line: `py-interpreters@3.14` where the first interpreter can't run it.
    called: String,
    available: bool,
    reason: Option<String>,
    /// Kinds of steps that this model can't do.
    limits: Vec<Limit>,
}

#[derive(PartialEq, Serialize)]
struct Limit {
    steps: &'static str,
    reason: &'static str,
}

fn row(info: &'static ModelInfo, interpreters: &Interpreters) -> Row {
    let limits = capabilities::limits(info.id).into_iter().map(|(steps, reason)| Limit { steps, reason }).collect();
    let mut contender = Contender::of(info.id);
    interpreters.resolve_tag(&mut contender);
    // The native models need nothing but this executable; those of Python the first interpreter that can.
    let mut reason = None;
    if contender.host.is_python() {
        match interpreters.usable.iter().find(|one| one.lacks(info.id).is_none()) {
            Some(able) if Some(able) != interpreters.usable.first() => contender = Contender::on(info.id, &able.tag),
            Some(_) => {}
            None => {
                reason = interpreters
                    .of(&contender.host)
                    .map_or_else(|error| Some(error.to_string()), |first| first.lacks(info.id))
            }
        }
    }
    let code = if info.id.is_python() { code_of(info.id, false) } else { info.code };
    Row {
        info: ModelInfo { code, ..*info },
        host: contender.host.name(),
        called: contender.to_string(),
        available: reason.is_none(),
        reason,
        limits,
    }
}

pub(super) fn models(json: bool) -> u8 {
    let interpreters = interpreters::find(&Wanted::All);
    let rows: Vec<Row> = CATALOGUE.iter().map(|info| row(info, &interpreters)).collect();
    if json {
        return print_json(&rows);
    }
    let python = || rows.iter().filter(|row| row.info.id.is_python());
    let of_all = |limit: &&Limit| python().all(|row| row.limits.contains(limit));
    let of_all_python: Vec<&Limit> = python().flat_map(|row| &row.limits).take(4).filter(of_all).collect();
    let mut text = String::new();
    for row in &rows {
        let id = row.info.id.name();
        let availability = match &row.reason {
            None if row.called != id => format!("available as {}", row.called),
            None => "available".to_owned(),
            Some(reason) => format!("unavailable: {}", printable::line(reason)),
        };
        text.push_str(&format!(
            "{id:<20}{:<26}{:<14} {availability}\n{:20}{}\n",
            row.info.title, row.host, "", row.info.what
        ));
        for Limit { steps, reason } in row.limits.iter().filter(|limit| !of_all_python.contains(limit)) {
            text.push_str(&format!("{:20}no {steps}: {reason}\n", ""));
        }
    }
    for Limit { steps, reason } in of_all_python {
        text.push_str(&format!("{:<20}no {steps}: {reason}\n", "every py-* model"));
    }
    for one in &interpreters.not_started {
        text.push_str(&format!(
            "{:<20}{} ({}): {}\n",
            "not started",
            printable::path(&one.path),
            one.found,
            printable::line(&one.reason)
        ));
    }
    print(&text)
}
