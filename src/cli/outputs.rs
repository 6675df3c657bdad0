//! Output files of a run: checked before the first trial, written after the last one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::arguments::OutputArguments;
use super::exit::FAILED;
use super::signals::Abort;
use super::terminal::complain;
use crate::analysis::RunAnalysis;
use crate::chart::ChartKind;
use crate::export::{CsvDialect, Kind as ExportKind};
use crate::record::{EXTENSION, Source, Store};
use crate::replace_file;
use crate::report::{self, Kind};
use crate::results::RunResults;

/// Content of an output file.
#[derive(Clone, Copy)]
enum Content {
    Report(Kind),
    /// The whole run, to open again.
    Record,
}

/// One file to write.
struct Output {
    content: Content,
    flag: &'static str,
    path: PathBuf,
}

/// All files to write.
pub(super) struct Outputs {
    files: Vec<Output>,
    dialect: CsvDialect,
}

/// Nothing can be exported: why not.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error("{first} {first_path} and {second} {second_path} are the same file; each output needs one of its own")]
    Same { first: &'static str, first_path: String, second: &'static str, second_path: String },
    #[error("{flag} {path} is the {what} itself; choose another file")]
    Input { flag: &'static str, path: String, what: &'static str },
    #[error("{flag} {path}: this folder contains the stored runs, which no output may replace; choose another folder")]
    History { flag: &'static str, path: String },
    #[error("{flag} {path}: there is a stored run of this name, and only --save writes one; choose another file")]
    StoredRun { flag: &'static str, path: String },
    #[error("--chart {path}: there is no scaling chart, since nothing is swept")]
    NothingSwept { path: String },
    #[error("--save -: a stored run is no text; name a file that ends in .clab")]
    SaveToStdout,
    #[error("--save {path}: the name of a stored run ends in .clab")]
    SaveAsOther { path: String },
    #[error("{flag} {path}: {error}")]
    NotWritable { flag: &'static str, path: String, error: NotWritable },
}

impl Outputs {
    /// The outputs that were asked for. `inputs` are the files that are read, and what each is; `swept` is true for a
    /// sweep.
    pub(super) fn from(
        arguments: &OutputArguments,
        inputs: &[(PathBuf, &'static str)],
        swept: bool,
    ) -> Result<Self, OutputError> {
        let report = |kind, flag, path: &Option<PathBuf>| {
            Some(Output { content: Content::Report(kind), flag, path: path.clone()? })
        };
        let export = |kind, flag, path| report(Kind::Export(kind), flag, path);
        let save = arguments.save.clone();
        if save.as_deref().is_some_and(is_stdout) {
            return Err(OutputError::SaveToStdout);
        }
        let is_run = |path: &&PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EXTENSION));
        if let Some(other) = save.as_ref().filter(|path| !is_run(path)) {
            return Err(OutputError::SaveAsOther { path: other.display().to_string() });
        }
        let all = [
            export(ExportKind::SummaryCsv, "--summary-csv", &arguments.summary_csv),
            export(ExportKind::TrialsCsv, "--trials-csv", &arguments.trials_csv),
            export(ExportKind::TasksCsv, "--tasks-csv", &arguments.tasks_csv),
            export(ExportKind::CpuCsv, "--cpu-csv", &arguments.cpu_csv),
            export(ExportKind::ClassesCsv, "--classes-csv", &arguments.classes_csv),
            export(ExportKind::Json, "--json", &arguments.json),
            report(Kind::Markdown, "--markdown", &arguments.markdown),
            report(Kind::Html, "--html", &arguments.html),
            report(Kind::Trace, "--trace", &arguments.trace),
            save.map(|path| Output { content: Content::Record, flag: "--save", path }),
        ];
        let mut files: Vec<Output> = all.into_iter().flatten().collect();
        for chart in &arguments.chart {
            let kind = chart.kind.unwrap_or(ChartKind::usual(swept));
            if kind == ChartKind::Scaling && !swept {
                return Err(OutputError::NothingSwept { path: chart.path.display().to_string() });
            }
            let content = Content::Report(Kind::Chart(kind, chart.picture));
            files.push(Output { content, flag: "--chart", path: chart.path.clone() });
        }
        Self::of(files, inputs, arguments.csv_dialect)
    }

    /// One report.
    pub(super) fn one(kind: Kind, path: &Path, inputs: &[(PathBuf, &'static str)]) -> Result<Self, OutputError> {
        let output = Output { content: Content::Report(kind), flag: "-o", path: path.to_owned() };
        Self::of(vec![output], inputs, CsvDialect::default())
    }

    fn of(files: Vec<Output>, inputs: &[(PathBuf, &'static str)], dialect: CsvDialect) -> Result<Self, OutputError> {
        let history = Store::of_user();
        for (place, Output { content, flag, path }) in files.iter().enumerate() {
            let shown = path.display().to_string();
            if let Some((_, what)) = inputs.iter().find(|(input, _)| same_file(input, path)) {
                return Err(OutputError::Input { flag, path: shown, what });
            }
            if history.as_ref().is_some_and(|history| is_within(history.folder(), path)) {
                return Err(OutputError::History { flag, path: shown });
            }
            if !matches!(content, Content::Record) && is_stored_run(path) {
                return Err(OutputError::StoredRun { flag, path: shown });
            }
            if let Some(first) = files[..place].iter().find(|earlier| same_file(&earlier.path, path)) {
                let first_path = first.path.display().to_string();
                return Err(OutputError::Same { first: first.flag, first_path, second: flag, second_path: shown });
            }
        }
        Ok(Self { files, dialect })
    }

    /// Says that none of them is written, for there is nothing to write. Returns the exit status.
    pub(super) fn nothing_written(&self) -> u8 {
        if self.files.is_empty() {
            return FAILED;
        }
        let flags: Vec<&str> = self.files.iter().map(|output| output.flag).collect();
        complain(FAILED, &format!("nothing was measured and nothing is written ({})", flags.join(", ")))
    }

    /// True where one of them goes to stdout, so that the table has to make way.
    pub(super) fn to_stdout(&self) -> bool {
        self.files.iter().any(|output| is_stdout(&output.path))
    }

    /// Checks that every file can be written.
    pub(super) fn check(&self) -> Result<(), OutputError> {
        for Output { flag, path, .. } in self.files.iter().filter(|output| !is_stdout(&output.path)) {
            check(path).map_err(|error| OutputError::NotWritable { flag, path: path.display().to_string(), error })?;
        }
        Ok(())
    }

    /// Writes all; returns the messages of those that failed.
    pub(super) fn write(
        &self,
        run: &RunResults,
        analysis: &RunAnalysis,
        source: Option<&Source>,
        abort: &Abort,
    ) -> Vec<String> {
        let mut failures = Vec::new();
        for Output { content, flag, path } in &self.files {
            let write = |out: &mut dyn Write| {
                let out = &mut Abortable { out, abort };
                match (content, source) {
                    (Content::Report(kind), _) => report::write(*kind, run, analysis, self.dialect, out),
                    (Content::Record, Some(source)) => source.copy_to(out),
                    (Content::Record, None) => Err(io::Error::other("this run was not stored")),
                }
            };
            let written = if is_stdout(path) {
                let mut out = io::BufWriter::new(io::stdout().lock());
                write(&mut out).and_then(|()| out.flush())
            } else {
                replace_file::replace_file(path, write)
            };
            match written {
                Err(error) if is_stdout(path) && error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => failures.push(format!("{flag} {}: {error}", path.display())),
                Ok(()) => {}
            }
        }
        failures
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The reason why a file can't be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritable {
    #[error("can't be written: it names a folder")]
    Folder,
    #[error("can't be written: there is no folder {0}")]
    NoFolder(String),
    #[error("can't be written: {0}")]
    Io(#[from] io::Error),
}

fn check(path: &Path) -> Result<(), NotWritable> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let names_a_folder = bytes.last().is_some_and(|last| std::path::is_separator(char::from(*last)));
    if path.is_dir() || names_a_folder || bytes.ends_with(b"/.") {
        return Err(NotWritable::Folder);
    }
    if let Some(folder) = replace_file::missing_folder(path) {
        return Err(NotWritable::NoFolder(folder));
    }
    match std::fs::metadata(path) {
        // A device or a pipe is written to, not replaced.
        Ok(found) if !found.is_file() => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => {
            // Fails for a name that is too long, and in a folder where nothing may be written.
            let target = replace_file::target(path)?;
            tempfile::NamedTempFile::new_in(target.parent().unwrap_or(Path::new(".")))?;
            Ok(())
        }
    }
}

/// True where writing to the path writes a file in this folder.
fn is_within(folder: &Path, path: &Path) -> bool {
    let folder = Place::of(folder).path;
    !is_stdout(path) && Place::of(path).path.zip(folder).is_some_and(|(path, folder)| path.starts_with(folder))
}

/// True for an existing file that has the name of a stored run.
fn is_stored_run(path: &Path) -> bool {
    let named = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EXTENSION));
    let target = replace_file::target(path);
    path.is_file() && (named(path) || target.is_ok_and(|target| named(&target)))
}

/// True where writing to both paths writes one file: by the same name, through a link, or as two names of the
/// same file. On Windows two hard links count as two files, which they are after writing.
fn same_file(one: &Path, other: &Path) -> bool {
    let one = Place::of(one);
    let other = Place::of(other);
    one.identity.is_some() && one.identity == other.identity || one.path.is_some() && one.path == other.path
}

/// Destination of a path.
struct Place {
    /// With links followed.
    path: Option<PathBuf>,
    identity: Option<(u64, u64)>,
}

impl Place {
    fn of(path: &Path) -> Self {
        let path = if is_stdout(path) { Path::new("/dev/stdout") } else { path };
        let identity = identity(path);
        let path = replace_file::target(path).unwrap_or_else(|_| path.to_owned());
        // File systems of these two take upper and lower case for the same.
        let path = if cfg!(any(windows, target_os = "macos")) {
            PathBuf::from(path.to_string_lossy().to_lowercase())
        } else {
            path
        };
        Self { path: Some(path), identity }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// Fails once a signal has asked to end, so that a temporary file is removed by whoever made it.
struct Abortable<'a> {
    out: &'a mut dyn Write,
    abort: &'a Abort,
}

impl Write for Abortable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.abort.is_asked() {
            return Err(io::Error::other("ended by a signal"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
