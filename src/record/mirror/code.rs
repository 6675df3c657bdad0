//! The user's code that a run used as a column of `run`, and the comparison of its results as a column of `trial`: JSON.

use super::row::RowIn;
use crate::code::UsedCode;
use crate::record::error::Problem;
use crate::trial::ResultCheck;
use crate::workload::MOST_STEPS;

fn to_json(value: &impl serde::Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::Io(error.into()))
}

/// The column `code`.
pub(in crate::record) fn write(code: &[UsedCode]) -> Result<String, Problem> {
    to_json(&code)
}

/// Reads it back; empty for a run without such code.
pub(in crate::record) fn read(row: &RowIn<'_>) -> Result<Vec<UsedCode>, Problem> {
    let Some(text) = row.text("code")? else { return Ok(Vec::new()) };
    let wrong = || row.wrong("code", "a JSON list of steps with SHA-256");
    let code: Vec<UsedCode> = serde_json::from_str(&text).map_err(|_| wrong())?;
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sound = |one: &UsedCode| (1..=MOST_STEPS as u32).contains(&one.step) && is_hash(&one.sha256);
    if code.len() <= MOST_STEPS && code.iter().all(sound) { Ok(code) } else { Err(wrong()) }
}

/// The column `results`.
pub(in crate::record) fn write_results(results: Option<&ResultCheck>) -> Result<Option<String>, Problem> {
    results.map(to_json).transpose()
}

/// Reads it back.
pub(in crate::record) fn read_results(row: &RowIn<'_>) -> Result<Option<ResultCheck>, Problem> {
    let Some(text) = row.text("results")? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|_| row.wrong("results", "a JSON comparison of results"))
}
