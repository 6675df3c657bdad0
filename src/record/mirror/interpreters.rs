//! The interpreters of a run as rows of `interpreter`. Paths below the home folder begin with `~`; nothing opens them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::row::{RowIn, RowOut};
use crate::printable;
use crate::python::{Interpreter, Interpreters, NotStarted, Rejected};
use crate::record::error::Problem;

const USABLE: &str = "usable";
const REJECTED: &str = "rejected";
const NOT_STARTED: &str = "not-started";

fn head(kind: &'static str, path: &Path, found: &str) -> RowOut {
    let mut row = RowOut::default();
    row.text("kind", kind).put("path", printable::path(path)).put("found", without_home(found));
    row
}

fn without_home(text: &str) -> String {
    printable::without_home(text).into_owned()
}

/// One row each, in the order of the lists.
pub(in crate::record) fn write(all: &Interpreters) -> Result<Vec<RowOut>, Problem> {
    let mut rows = Vec::new();
    for one in &all.usable {
        let mut row = head(USABLE, &one.path, &one.found);
        row.text("tag", one.tag.as_str())
            .text("version", one.version.as_str())
            .put("series_major", one.series.0)
            .put("series_minor", one.series.1)
            .text("build", one.build.as_str())
            .put("prefix", printable::path(&one.prefix))
            .put("virtual_environment", one.virtual_environment)
            .put("free_threaded", one.free_threaded)
            .put("gil", one.gil)
            .put("sub_interpreters", one.sub_interpreters)
            .text("trio", one.trio.as_deref())
            .text("gevent", one.gevent.as_deref())
            .put("start_methods", list_to_text(&one.start_methods)?)
            .put("missing", list_to_text(&one.missing)?)
            .put("packages", packages_to_text(&one.packages)?);
        rows.push(row);
    }
    for one in &all.rejected {
        let mut row = head(REJECTED, &one.path, &one.found);
        row.put("reason", without_home(&one.reason)).put("passed_over", one.passed_over);
        rows.push(row);
    }
    for one in &all.not_started {
        let mut row = head(NOT_STARTED, &one.path, &one.found);
        row.put("reason", without_home(&one.reason)).put("may_be_confirmed", one.may_be_confirmed);
        rows.push(row);
    }
    Ok(rows)
}

fn packages_to_text(packages: &BTreeMap<String, String>) -> Result<String, Problem> {
    serde_json::to_string(packages).map_err(|error| Problem::Io(error.into()))
}

/// Names and versions, safe to show.
fn packages_from_text(text: &str) -> Option<BTreeMap<String, String>> {
    let packages: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let shown = |text: &str| printable::line(text).into_owned();
    Some(packages.iter().map(|(name, version)| (shown(name), shown(version))).collect())
}

fn list_to_text(list: &[String]) -> Result<String, Problem> {
    serde_json::to_string(list).map_err(|error| Problem::Io(error.into()))
}

/// Adds one row to the interpreters.
pub(in crate::record) fn read(row: &RowIn<'_>, all: &mut Interpreters) -> Result<(), Problem> {
    let path = PathBuf::from(row.needed_line("path")?);
    let found = row.needed_line("found")?;
    let flag = |column| row.needed(column, row.flag(column)?);
    let list = |column| {
        let text = row.needed_text(column)?;
        serde_json::from_str::<Vec<String>>(&text).map_err(|_| row.wrong(column, "a JSON list of texts"))
    };
    match row.needed_line("kind")?.as_str() {
        USABLE => {
            let number = |column| row.needed(column, row.small(column)?);
            all.usable.push(Interpreter {
                tag: row.needed_line("tag")?,
                path,
                found,
                version: row.needed_line("version")?,
                series: (number("series_major")?, number("series_minor")?),
                build: row.needed_line("build")?,
                prefix: PathBuf::from(row.needed_line("prefix")?),
                virtual_environment: flag("virtual_environment")?,
                free_threaded: flag("free_threaded")?,
                gil: flag("gil")?,
                sub_interpreters: flag("sub_interpreters")?,
                trio: row.line("trio")?,
                gevent: row.line("gevent")?,
                start_methods: list("start_methods")?,
                missing: list("missing")?,
                packages: match row.text("packages")? {
                    None => BTreeMap::new(),
                    Some(text) => packages_from_text(&text)
                        .ok_or_else(|| row.wrong("packages", "a JSON object of names and versions"))?,
                },
            });
        }
        REJECTED => all.rejected.push(Rejected {
            path,
            found,
            reason: row.needed_line("reason")?,
            passed_over: row.flag("passed_over")?.unwrap_or(false),
        }),
        NOT_STARTED => all.not_started.push(NotStarted {
            path,
            found,
            reason: row.needed_line("reason")?,
            may_be_confirmed: flag("may_be_confirmed")?,
        }),
        _ => return Err(row.wrong("kind", "\"usable\", \"rejected\" or \"not-started\"")),
    }
    Ok(())
}
