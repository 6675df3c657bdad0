//! Writes a run as a file of any kind.

use std::io::{self, Write};
use std::path::Path;

use super::kind::{Kind, Picture};
use super::{html, markdown, trace};
use crate::analysis::RunAnalysis;
use crate::chart::{self, Target, palette};
use crate::export::{self, CsvDialect};
use crate::replace_file::replace_file;
use crate::results::RunResults;

/// Writes one file to `out`; the dialect applies to tables only. May read spans back from disk, so call it off the UI
/// thread.
///
/// # Errors
/// The error of writing, or of reading the spans back; a chart that the run does not have.
pub fn write(
    kind: Kind,
    run: &RunResults,
    analysis: &RunAnalysis,
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    match kind {
        Kind::Export(kind) => export::write(kind, run, analysis, dialect, out),
        Kind::Markdown => out.write_all(markdown::report(run, analysis).as_bytes()),
        Kind::Html => html::write(run, analysis, out),
        Kind::Trace => trace::write(run, analysis, out),
        Kind::Chart(chart, picture) => {
            let missing = || io::Error::other(format!("there is no {} chart: nothing was swept", chart.name()));
            let chart = chart::chart(chart, run, analysis).ok_or_else(missing)?;
            match picture {
                Picture::Svg => out.write_all(chart::svg(&chart, Target::File).as_bytes()),
                Picture::Png => out.write_all(&chart::png(&chart, &palette::LIGHT).map_err(io::Error::other)?),
            }
        }
    }
}

/// Writes one file to a temporary file beside `path`, then renames it.
///
/// # Errors
/// The operating system's error, preceded by the path. `path` is then unchanged.
pub fn write_file(
    kind: Kind,
    run: &RunResults,
    analysis: &RunAnalysis,
    dialect: CsvDialect,
    path: &Path,
) -> io::Result<()> {
    replace_file(path, |out| write(kind.at(path), run, analysis, dialect, out))
}
