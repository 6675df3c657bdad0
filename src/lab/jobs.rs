//! Work that may block: files, dialogs, spans on disk. Each job runs on its own named thread and reports through one
//! channel; the window is woken to read it. What a report changes is in `reports`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::code_jobs::{CodeRead, ListError};
use super::draft_picture::DraftPicture;
use super::history::HistoryReport;
use super::lane_details::{LaneDetails, TaskPlace};
use super::lanes::{Lanes, LanesKey};
use super::lesson::Lesson;
use super::preset_changes::PresetReport;

use super::run_picker::{CompareError, ComparedRuns, RunChoices};
use super::services::{Examine, FindInterpreters, Wake};
use super::timeline_view::{Found, MomentTasks};
use crate::analysis::{Analysis, RunAnalysis, Scaling, TaskCost};
use crate::bounded_read::{self, ReadError};
use crate::chart::Pixels;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::experiment::file::{self, LoadError, Origin};
use crate::export::CsvDialect;
use crate::preset::{self, SaveError, UserPresets};
use crate::python::Interpreters;
use crate::record::{self, EXTENSION, RecordError, Recorder, ResolveError, Store, StoredRun};
use crate::replace_file;
use crate::report::{self as reports, Kind, Shown, ThemedChart};
use crate::results::RunResults;
use crate::session::Headroom;
use crate::session::interpreters::functions::Function;
use crate::trial::SpanStore;
use crate::units;
use crate::workload::task_list::TaskListError;
use crate::workload::{ListedTask, task_list};

/// Content of an opened file.
#[derive(Debug)]
pub enum Opened {
    /// An experiment.
    Experiment(Box<Experiment>),
    /// A stored run.
    Run(Box<StoredAnalysis>),
    /// A task list, and the path that it was read from.
    Tasks(Vec<ListedTask>, String),
}

/// A stored run with its analysis.
#[derive(Debug)]
pub struct StoredAnalysis {
    /// The run as it was stored.
    pub run: StoredRun,
    /// The analysis of its results.
    pub analysis: RunAnalysis,
}

impl From<StoredRun> for StoredAnalysis {
    fn from(run: StoredRun) -> Self {
        Self { analysis: RunAnalysis::of(&run.results), run }
    }
}

/// Failure to open a file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is not a valid experiment.
    #[error(transparent)]
    Experiment(#[from] LoadError),
    /// The file is not a readable run.
    #[error(transparent)]
    Run(#[from] ResolveError),
    /// The task list could not be read.
    #[error("{} can't be read: {error}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        error: ReadError,
    },
    /// The file is not a valid task list.
    #[error(transparent)]
    Tasks(#[from] TaskListError),
}

impl OpenError {
    /// Returns the message for the window: below the name of the file, its mistakes by line.
    #[must_use]
    pub fn in_window(&self) -> String {
        match self {
            Self::Experiment(LoadError::Mistakes(mistakes)) => {
                let name = Path::new(&mistakes.source).file_name().unwrap_or_default().to_string_lossy();
                match mistakes.count() {
                    1 => format!("{name}, {}", mistakes.by_line()),
                    count => format!("{name} has {count} mistakes:\n{}", mistakes.by_line()),
                }
            }
            other => other.to_string(),
        }
    }
}

/// Failure to save a preset.
#[derive(Debug, thiserror::Error)]
#[error("Could not save the preset in {}: {error}", .folder.display())]
pub struct SavePresetError {
    /// Folder of the user's presets.
    pub folder: PathBuf,
    /// The reason.
    pub error: SaveError,
}

/// Failure to write an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The path names a folder.
    #[error("{} is a folder: add a file name", .0.display())]
    IsFolder(PathBuf),
    /// The folder of the path does not exist.
    #[error("There is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// The file could not be written. The reason names the path.
    #[error("{}", units::capitalised(&.0.to_string()))]
    Write(#[source] io::Error),
}

/// Failure to pack the lanes of a trial.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The job could not start.
    #[error(transparent)]
    NoThread(#[from] NoThread),
    /// The spans could not be read from the disk.
    #[error("Could not read the tasks back: {0}")]
    Spans(#[source] io::Error),
}

/// Failure of the system to start a job's thread.
#[derive(Debug, thiserror::Error)]
#[error("The system could not start a thread: {0}")]
pub struct NoThread(#[from] io::Error);

/// Outcome of writing an export.
#[derive(Debug)]
pub enum Written {
    /// The file was written.
    Done(PathBuf),
    /// The file exists and was left as it is, because replacing it was not asked for.
    Exists(PathBuf),
    /// The file was not written.
    Failed(ExportError),
}

/// A run with its analysis, to be written or drawn.
#[derive(Debug)]
pub struct AnalysedRun {
    /// The run.
    pub results: RunResults,
    /// The analysis of it.
    pub analysis: RunAnalysis,
}

/// Content of a picture.
#[derive(Debug)]
pub enum PictureContent {
    /// A view of a run.
    Run(Shown, AnalysedRun),
    /// The page before a run.
    Draft(ThemedChart),
}

impl PictureContent {
    fn build(self) -> io::Result<ThemedChart> {
        match self {
            Self::Run(shown, run) => shown.build(&run.results, &run.analysis),
            Self::Draft(chart) => Ok(chart),
        }
    }
}

/// Content of an export.
#[derive(Debug)]
pub enum ExportContent {
    /// A file of a kind; the dialect applies to tables.
    File(Kind, CsvDialect, AnalysedRun),
    /// A chart as a view shows it, in the format of the path's ending.
    Picture(PictureContent),
}

/// The report of a job.
#[derive(Debug)]
pub enum Report {
    /// The user's presets were read.
    UserPresets(UserPresets),
    /// The machine was examined.
    Examined(Box<Headroom>),
    /// The search for interpreters has ended.
    Interpreters(Interpreters),
    /// A preset was saved to this path, or not; the user's presets are then read again.
    PresetSaved(Result<(PathBuf, UserPresets), SavePresetError>),
    /// An export was written, or not.
    Exported(Written),
    /// A picture for the clipboard was rendered, or not.
    Pictured(std::io::Result<Pixels>),
    /// A file was read, or not.
    Opened {
        /// The path.
        path: PathBuf,
        /// True if there is a file.
        exists: bool,
        /// Its content.
        content: Result<Opened, OpenError>,
    },
    /// The system's dialog was closed, with or without a path.
    Browsed(Option<PathBuf>),
    /// The findings over all points of the sweep with this number were computed.
    Findings(u64, Box<Option<Scaling>>),
    /// The headline of a run was stored, or not.
    HeadlineStored(Result<(), RecordError>),
    /// The stored runs that can be compared were listed, for the dialog of this number.
    Comparable(u64, Result<RunChoices, RecordError>),
    /// A run was compared with a stored one, for the dialog of this number.
    Compared(u64, Result<ComparedRuns, CompareError>),
    /// The functions of a file were listed.
    FunctionsListed(PathBuf, Result<Vec<Function>, ListError>),
    /// The code of an experiment was read before its run.
    CodeRead(CodeRead),
    /// A consent was stored, or not.
    ConsentStored(io::Result<()>),
    /// The lanes of a trial were packed.
    Packed(LanesKey, Result<Arc<Lanes>, PackError>),
    /// The draft was drawn.
    DraftDrawn(Box<DraftPicture>),
    /// The stored runs were read or changed.
    History(HistoryReport),
    /// A preset of the user's was changed, or not.
    PresetChanged(PresetReport),
    /// A stored run was read for the request of this number, or not.
    RunOpened(u64, Result<Box<StoredAnalysis>, RecordError>),
    /// Advice and questions of a run were made.
    Lesson(Arc<Lesson>),
    /// The costs of a task were looked for in the stored runs.
    TaskCosts(Vec<TaskCost>),
    /// The details beside the lanes of a trial were computed.
    Detailed(LanesKey, Arc<LaneDetails>),
    /// The search of this number has ended, with the place of the task under one model.
    TaskFound(u64, Found, Option<TaskPlace>),
    /// The tasks of a part of the time were counted.
    MomentCounted(MomentTasks),
}

/// Starts jobs and collects their reports.
pub struct Jobs {
    send: Sender<Report>,
    reports: Receiver<Report>,
    wake: Wake,
    /// Wakes the window where that disturbs no measurement, for work that nobody has asked for.
    pace: Wake,
}

impl Jobs {
    /// Creates the channel of the reports.
    #[must_use]
    pub fn new(wake: Wake, pace: Wake) -> Self {
        let (send, reports) = unbounded();
        Self { send, reports, wake, pace }
    }

    /// Returns the next report, if there is one.
    pub fn next_report(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    /// Returns what a thread needs to send several reports.
    pub(super) fn reporter(&self) -> (Sender<Report>, Wake) {
        (self.send.clone(), Arc::clone(&self.wake))
    }

    pub(super) fn spawn(&self, name: &str, work: impl FnOnce() -> Report + Send + 'static) -> Result<(), NoThread> {
        self.spawn_and(Arc::clone(&self.wake), name, work)
    }

    fn spawn_and(
        &self,
        wake: Wake,
        name: &str,
        work: impl FnOnce() -> Report + Send + 'static,
    ) -> Result<(), NoThread> {
        let send = self.send.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // The channel is closed with the window; the work is done nevertheless.
            let _ = send.send(work());
            wake();
        })?;
        Ok(())
    }

    /// Reads the user's presets.
    pub fn load_presets(&self, folder: PathBuf) -> Result<(), NoThread> {
        self.spawn("lab-presets", move || Report::UserPresets(preset::load_user(&folder)))
    }

    /// Examines the machine.
    pub fn examine(&self, examine: Examine, history: Option<PathBuf>) -> Result<(), NoThread> {
        self.spawn("lab-machine", move || Report::Examined(Box::new(examine(history.as_deref()))))
    }

    /// Searches for interpreters.
    pub fn find_interpreters(&self, find: FindInterpreters, confirmed: Vec<PathBuf>) -> Result<(), NoThread> {
        self.spawn("lab-interpreters", move || Report::Interpreters(find(&confirmed)))
    }

    /// Saves a preset and reads them all again.
    pub fn save_preset(&self, folder: PathBuf, experiment: Experiment) -> Result<(), NoThread> {
        self.spawn("lab-save-preset", move || {
            let saved = preset::save_user(&folder, &experiment);
            Report::PresetSaved(match saved {
                Ok(path) => Ok((path, preset::load_user(&folder))),
                Err(error) => Err(SavePresetError { folder, error }),
            })
        })
    }

    /// Writes one export.
    pub fn export(&self, content: ExportContent, path: PathBuf, replace: bool) -> Result<(), NoThread> {
        self.spawn("lab-export", move || {
            if path.is_dir() {
                return Report::Exported(Written::Failed(ExportError::IsFolder(path)));
            }
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
                return Report::Exported(Written::Failed(ExportError::NoFolder(folder.to_owned())));
            }
            if !replace && path.exists() {
                return Report::Exported(Written::Exists(path));
            }
            let written = match content {
                ExportContent::File(kind, dialect, run) => {
                    reports::write_file(kind, &run.results, &run.analysis, dialect, &path)
                }
                ExportContent::Picture(content) => content.build().and_then(|chart| chart.write_file(&path)),
            };
            Report::Exported(match written {
                Ok(()) => Written::Done(path),
                Err(error) => Written::Failed(match replace_file::missing_folder(&path) {
                    Some(folder) => ExportError::NoFolder(folder.into()),
                    None => ExportError::Write(error),
                }),
            })
        })
    }

    /// Renders a picture for the clipboard.
    pub fn picture(&self, content: PictureContent) -> Result<(), NoThread> {
        self.spawn("lab-picture", move || Report::Pictured(content.build().and_then(|chart| chart.pixels())))
    }

    /// Reads an experiment (`.toml`), a stored run (`.clab`) or a task list (anything else).
    pub fn open(&self, path: PathBuf, history: Option<Store>) -> Result<(), NoThread> {
        self.spawn("lab-open", move || {
            let content = read(&path, history.as_ref());
            Report::Opened { exists: path.exists(), path, content }
        })
    }

    /// Computes what the points of a sweep show together.
    pub fn compute_findings(&self, number: u64, all: RunResults, points: Vec<Analysis>) -> Result<(), NoThread> {
        self.spawn("lab-findings", move || Report::Findings(number, Box::new(RunAnalysis::scaling_of(&all, &points))))
    }

    /// Stores the headline of a run.
    pub fn store_headline(&self, recorder: Arc<Recorder>, headline: String) -> Result<(), NoThread> {
        self.spawn("lab-headline", move || Report::HeadlineStored(recorder.set_headline(&headline)))
    }

    /// Opens the system's dialog for a path to open or save. Reports `None` if the user closes it or if the system
    /// has none.
    pub fn browse(&self, save: bool, path: PathBuf) -> Result<(), NoThread> {
        self.spawn("lab-browse", move || {
            let mut dialog = rfd::FileDialog::new();
            let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
            if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
                dialog = dialog.set_directory(folder);
            }
            if save {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                Report::Browsed(dialog.set_file_name(name.unwrap_or_default()).save_file())
            } else {
                dialog = dialog.add_filter("Experiments, runs, task lists, Python", &["toml", EXTENSION, "csv", "py"]);
                Report::Browsed(dialog.pick_file())
            }
        })
    }

    /// Packs the lanes of a trial; reads its spans from disk if they are there.
    pub fn pack(&self, key: LanesKey, spans: SpanStore, wall_nanos: u64) -> Result<(), NoThread> {
        self.spawn_and(Arc::clone(&self.pace), "lab-lanes", move || {
            let per_task = key.contender.model.info().per_task;
            let lanes =
                spans.load().map(|spans| Arc::new(Lanes::pack(spans, wall_nanos, per_task))).map_err(PackError::Spans);
            Report::Packed(key, lanes)
        })
    }

    /// Draws a draft: its tasks, and the ideal schedules of its models.
    pub fn draw_draft(&self, experiment: Arc<Experiment>, cpus: Cpus) -> Result<(), NoThread> {
        self.spawn("lab-draft", move || Report::DraftDrawn(Box::new(DraftPicture::of(experiment, cpus))))
    }
}

fn read(path: &Path, history: Option<&Store>) -> Result<Opened, OpenError> {
    let is_run = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case(EXTENSION);
    if path.extension().is_some_and(is_run) {
        let run = record::open_path(path, history)?;
        return Ok(Opened::Run(Box::new(run.into())));
    }
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        return Ok(Opened::Experiment(Box::new(file::load(path, Origin::Elsewhere)?)));
    }
    let bytes = bounded_read::file(path, task_list::LARGEST_FILE)
        .map_err(|error| OpenError::Unreadable { path: path.to_owned(), error })?;
    let file = path.display().to_string();
    Ok(Opened::Tasks(task_list::parse(bytes, &file)?, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_names_the_file_once_and_every_mistake_by_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mine.toml");
        let shown = |text: &str| {
            std::fs::write(&path, text).expect("written");
            read(&path, None).expect_err("mistakes").in_window()
        };
        let one = shown("id = \"a\"\ntitle = \"A\"\n[workload]\ntasks = 0\n");
        assert_eq!(one, "mine.toml, line 4: tasks is 0: allowed are whole numbers from 1 to 1,000,000");
        let two = shown("id = \"a\"\ntitle = \"A\"\n[workload]\ntasks = 0\nwork = \"same-tim\"\n");
        let lines: Vec<&str> = two.lines().collect();
        assert_eq!(lines[0], "mine.toml has 2 mistakes:");
        assert!(lines[1].starts_with("line 4: ") && lines[2].starts_with("line 5: "), "{two}");
        assert!(two.ends_with("did you mean \"same-time\"?"), "{two}");
        let many: String = (0..500).map(|number| format!("key{number} = 1\n")).collect();
        let many = shown(&format!("id = \"a\"\ntitle = \"A\"\n[workload]\n{many}"));
        assert!(many.ends_with(" more mistakes") && many.chars().count() < 2_000, "{many}");
    }
}
