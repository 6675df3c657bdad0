//! Writes a run as a file of any kind.

use std::io::{self, Write};
use std::path::Path;

use super::kind::{Kind, Picture};
use super::{environment, html, markdown, trace};
use crate::analysis::RunAnalysis;
use crate::chart::palette::{Colours, DARK, LIGHT};
use crate::chart::{self, Chart, ChartKind, Part, Pixels, Target};
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
        Kind::Chart(chart, picture) => Shown::of(chart).build(run, analysis)?.write(picture, out),
    }
}

/// A chart of a run as it is to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Kind of chart.
    pub chart: ChartKind,
    /// Part of the run.
    pub part: Part,
    /// True for pixels in the dark theme; SVG has both.
    pub dark: bool,
}

impl Shown {
    /// Returns the whole chart in the light theme.
    #[must_use]
    pub fn of(chart: ChartKind) -> Self {
        Self { chart, part: Part::default(), dark: false }
    }

    /// Builds the chart. May read spans back from disk, so call it off the UI thread.
    ///
    /// # Errors
    /// A chart that the run does not have.
    pub fn build(&self, run: &RunResults, analysis: &RunAnalysis) -> io::Result<ThemedChart> {
        let missing = || io::Error::other(format!("there is no {} chart: nothing was swept", self.chart.name()));
        let mut chart = chart::chart(self.chart, run, analysis, &self.part).ok_or_else(missing)?;
        chart.subtitle = Some(environment::caption(run));
        Ok(ThemedChart { chart, dark: self.dark })
    }
}

/// A finished chart, of a run or of a draft, with the theme of its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct ThemedChart {
    /// The chart.
    pub chart: Chart,
    /// True for pixels in the dark theme; SVG has both.
    pub dark: bool,
}

impl ThemedChart {
    fn colours(&self) -> &'static Colours {
        if self.dark { &DARK } else { &LIGHT }
    }

    /// Renders it. Takes tenths of a second, so call it off the UI thread.
    ///
    /// # Errors
    /// A chart too large for a picture.
    pub fn pixels(&self) -> io::Result<Pixels> {
        chart::pixels(&self.chart, self.colours()).map_err(io::Error::other)
    }

    fn write(&self, picture: Picture, out: &mut dyn Write) -> io::Result<()> {
        match picture {
            Picture::Svg => out.write_all(chart::svg(&self.chart, Target::File).as_bytes()),
            Picture::Png => out.write_all(&chart::png(&self.chart, self.colours()).map_err(io::Error::other)?),
        }
    }

    /// Writes it in the format of the path's ending.
    ///
    /// # Errors
    /// As [`write_file`]; another ending than .png or .svg.
    pub fn write_file(&self, path: &Path) -> io::Result<()> {
        let picture = picture_of(path)?;
        replace_file(path, |out| self.write(picture, out))
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
    if let Kind::Chart(..) = kind {
        picture_of(path)?;
    }
    replace_file(path, |out| write(kind.at(path), run, analysis, dialect, out))
}

/// Returns the format of a picture by the ending of its path.
fn picture_of(path: &Path) -> io::Result<Picture> {
    let unknown = || io::Error::other(format!("{}: a picture is a file that ends in .png or .svg", path.display()));
    Picture::of_path(path).ok_or_else(unknown)
}
