//! A failure as two columns: its sentence for people, and the facts as JSON.

use super::row::{RowIn, RowOut};
use crate::failure::Failure;
use crate::printable;
use crate::record::error::Problem;

/// The sentence, and the facts.
pub(in crate::record) fn texts(failure: &Failure) -> Result<(String, String), Problem> {
    let facts = serde_json::to_string(failure).map_err(|error| Problem::Io(error.into()))?;
    Ok((failure.to_string(), printable::without_home(&facts).into_owned()))
}

/// Writes the columns `reason` and `failure`.
pub(in crate::record) fn write(failure: Option<&Failure>, row: &mut RowOut) -> Result<(), Problem> {
    let (sentence, facts) = failure.map(texts).transpose()?.unzip();
    row.put("reason", sentence).put("failure", facts);
    Ok(())
}

/// Reads them back. Facts that this version does not know are replaced by the sentence.
pub(in crate::record) fn read(row: &RowIn<'_>) -> Result<Option<Failure>, Problem> {
    let Some(facts) = row.text("failure")? else { return Ok(None) };
    let sentence = row.needed_text("reason")?;
    Ok(Some(serde_json::from_str(&facts).unwrap_or(Failure::Stored { sentence })))
}
