//! The presets that ship with the lab, and the user's own.

mod change;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::experiment::Experiment;
use crate::experiment::file::{self, LoadError, Origin};
use crate::experiment::validate::Invalid;
use crate::printable;
use crate::replace_file::replace_private_file;
pub use change::{ChangeError, DeletedPreset, delete_user, rename_user, restore_user};

/// Id and text of every preset, in the order shown; the first is the default. A test reads them all.
const SOURCES: [(&str, &str); 36] = [
    ("quick-tour", include_str!("../presets/quick-tour.toml")),
    ("task-a-b", include_str!("../presets/task-a-b.toml")),
    ("io-bound", include_str!("../presets/io-bound.toml")),
    ("web-scraper", include_str!("../presets/web-scraper.toml")),
    ("cpu-bound", include_str!("../presets/cpu-bound.toml")),
    ("cpu-fib", include_str!("../presets/cpu-fib.toml")),
    ("mixed", include_str!("../presets/mixed.toml")),
    ("blocked-loop", include_str!("../presets/blocked-loop.toml")),
    ("skewed", include_str!("../presets/skewed.toml")),
    ("tiny-tasks", include_str!("../presets/tiny-tasks.toml")),
    ("many-sleepers", include_str!("../presets/many-sleepers.toml")),
    ("file-io", include_str!("../presets/file-io.toml")),
    ("memory-bandwidth", include_str!("../presets/memory-bandwidth.toml")),
    ("lock-contention", include_str!("../presets/lock-contention.toml")),
    ("semaphore", include_str!("../presets/semaphore.toml")),
    ("producer-consumer", include_str!("../presets/producer-consumer.toml")),
    ("lost-update", include_str!("../presets/lost-update.toml")),
    ("false-sharing", include_str!("../presets/false-sharing.toml")),
    ("false-sharing-128", include_str!("../presets/false-sharing-128.toml")),
    ("deadlock", include_str!("../presets/deadlock.toml")),
    ("python-io", include_str!("../presets/python-io.toml")),
    ("python-cpu", include_str!("../presets/python-cpu.toml")),
    ("python-await", include_str!("../presets/python-await.toml")),
    ("python-scraper", include_str!("../presets/python-scraper.toml")),
    ("gil-convoy", include_str!("../presets/gil-convoy.toml")),
    ("threadpool-of-40", include_str!("../presets/threadpool-of-40.toml")),
    ("default-executor", include_str!("../presets/default-executor.toml")),
    ("pickling", include_str!("../presets/pickling.toml")),
    ("free-threading", include_str!("../presets/free-threading.toml")),
    ("shared-objects", include_str!("../presets/shared-objects.toml")),
    ("chunksize", include_str!("../presets/chunksize.toml")),
    ("sub-interpreters", include_str!("../presets/sub-interpreters.toml")),
    ("start-methods", include_str!("../presets/start-methods.toml")),
    ("switch-interval", include_str!("../presets/switch-interval.toml")),
    ("gil-on-off", include_str!("../presets/gil-on-off.toml")),
    ("blocking-workers", include_str!("../presets/blocking-workers.toml")),
];

static BUILT_IN: LazyLock<Vec<Experiment>> = LazyLock::new(|| {
    SOURCES.iter().filter_map(|(id, text)| file::parse(text, &format!("{id}.toml"), Path::new("")).ok()).collect()
});

/// The presets that ship with the lab, in the order shown; the first is the default.
#[must_use]
pub fn built_in() -> &'static [Experiment] {
    &BUILT_IN
}

/// A preset that ships with the lab.
#[must_use]
pub fn find(id: &str) -> Option<&'static Experiment> {
    built_in().iter().find(|preset| preset.id == id)
}

/// The file of a preset that ships with the lab, to edit and run.
#[must_use]
pub fn source(id: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(name, _)| *name == id).map(|(_, text)| *text)
}

/// The user's presets, and what was wrong with files that could not be read.
#[derive(Debug, Clone, Default)]
pub struct UserPresets {
    /// In order of their file names.
    pub presets: Vec<Experiment>,
    /// One for each file that is no preset.
    pub problems: Vec<PresetProblem>,
}

/// Reason why a file of the user's is no preset.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PresetProblem {
    /// The folder can't be read.
    #[error("{} can't be read: {error}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's own error.
        error: Arc<io::Error>,
    },
    /// The file can't be read, or holds no experiment.
    #[error(transparent)]
    File(Arc<LoadError>),
    /// Another preset has its id.
    #[error("{name}: the id \"{id}\" is that of {owner}; give this one an id of its own")]
    IdTaken {
        /// The path, printable.
        name: String,
        /// The id.
        id: String,
        /// Owner of the id.
        owner: IdOwner,
    },
}

impl From<LoadError> for PresetProblem {
    fn from(error: LoadError) -> Self {
        Self::File(Arc::new(error))
    }
}

/// Owner of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdOwner {
    /// A preset that ships with the lab.
    Lab,
    /// Another preset of the user's.
    User,
}

impl fmt::Display for IdOwner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Lab => "a preset that ships with the lab",
            Self::User => "another of your presets",
        })
    }
}

/// Folder of the user's presets: `presets` in the configuration folder. `None` without a home folder.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("io.github", "concurrency_lab", "ConcurrencyLab")?;
    Some(folders.config_dir().join("presets"))
}

/// Reads every `.toml` file of a folder. A missing folder is an empty one. Blocks.
#[must_use]
pub fn load_user(folder: &Path) -> UserPresets {
    let mut found = UserPresets::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => {
            let error = Arc::new(error);
            found.problems.push(PresetProblem::Folder { folder: folder.to_owned(), error });
            return found;
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    for path in paths {
        match load_one(&path, &found.presets) {
            Ok(preset) => found.presets.push(preset),
            Err(problem) => found.problems.push(problem),
        }
    }
    found
}

fn load_one(path: &Path, earlier: &[Experiment]) -> Result<Experiment, PresetProblem> {
    let preset = file::load(path, Origin::Elsewhere)?;
    let owner = if find(&preset.id).is_some() {
        IdOwner::Lab
    } else if earlier.iter().any(|other| other.id == preset.id) {
        IdOwner::User
    } else {
        return Ok(preset);
    };
    let name = printable::line(&path.display().to_string()).into_owned();
    Err(PresetProblem::IdTaken { name, id: preset.id, owner })
}

/// Reason why a preset was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The id belongs to a preset that ships with the lab.
    #[error("the id \"{0}\" is that of a preset that ships with the lab; choose another")]
    IdTaken(String),
    /// A value is not allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The file holds a preset with another id.
    #[error("{} holds the preset \"{id}\"; choose another id, or move that file away", .path.display())]
    HoldsAnother {
        /// The file.
        path: PathBuf,
        /// The id in it.
        id: String,
    },
    /// The file holds no preset.
    #[error("{} is no preset ({error}); choose another id, or move that file away", .path.display())]
    HoldsNoPreset {
        /// The file.
        path: PathBuf,
        /// Reason why it is none.
        error: LoadError,
    },
    /// The system's own error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes `ID.toml` into the folder, replacing one of the same id; returns its path. Blocks.
///
/// # Errors
/// [`SaveError`]. A file that holds anything but the preset of this id stays as it was.
pub fn save_user(folder: &Path, experiment: &Experiment) -> Result<PathBuf, SaveError> {
    if find(&experiment.id).is_some() {
        return Err(SaveError::IdTaken(experiment.id.clone()));
    }
    experiment.validate()?;
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.toml", experiment.id));
    let existing = keep_other(&path, &experiment.id)?;
    let text = text_to_save(experiment, existing.as_ref(), &path, folder);
    replace_private_file(&path, |out| out.write_all(text.as_bytes()))?;
    Ok(path)
}

/// The text of an experiment, with the comments of the file that it replaces, or of the one that it was opened from.
fn text_to_save(experiment: &Experiment, existing: Option<&Experiment>, path: &Path, folder: &Path) -> String {
    let opened = experiment.source.get();
    let replaced = existing.and_then(|existing| existing.source.get());
    // The file may have been edited since it was opened.
    let same_file = |name: &str| Path::new(name) == path;
    let base = match (opened, replaced) {
        (Some(opened), Some(replaced)) if same_file(&opened.name) => Some(replaced),
        (opened, replaced) => opened.or(replaced),
    };
    let edited = base.and_then(|base| file::edited(&base.text, &base.folder, experiment, Some(folder)));
    edited.unwrap_or_else(|| file::to_toml(experiment))
}

/// The preset that the file holds already. Refuses to write over a file that is not the preset of this id: a
/// half-written one, or another's.
fn keep_other(path: &Path, id: &str) -> Result<Option<Experiment>, SaveError> {
    if !path.try_exists()? {
        return Ok(None);
    }
    match file::load(path, Origin::Elsewhere) {
        Ok(preset) if preset.id == id => Ok(Some(preset)),
        Ok(other) => Err(SaveError::HoldsAnother { path: path.to_owned(), id: other.id }),
        Err(error) => Err(SaveError::HoldsNoPreset { path: path.to_owned(), error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::SourceText;
    use crate::workload::{Step, Tasks};

    #[test]
    fn every_preset_is_valid_explains_itself_and_carries_its_own_id() {
        for (id, text) in SOURCES {
            let preset = file::parse(text, id, Path::new("")).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(preset.id, id);
            assert_eq!(preset.validate(), Ok(()), "{id}");
            assert!(text.contains("include ="), "{id} names its models");
            assert!(preset.explanation.len() > 200 && !preset.summary.is_empty(), "{id}");
            assert!(preset.models.contains(&preset.reference), "{id} runs its reference");
            assert_eq!(preset.quiz.len(), 3, "{id} asks three questions");
        }
        assert_eq!(built_in().len(), SOURCES.len());
        assert_eq!(built_in().first().map(|preset| preset.id.as_str()), Some("quick-tour"));
    }

    #[test]
    fn explanations_name_what_the_window_shows_and_say_where_else_a_key_belongs() {
        for preset in built_in() {
            let text = &preset.explanation;
            for (place, code) in text.split('`').enumerate().filter(|(place, _)| place % 2 == 1) {
                let before = text.split('`').nth(place - 1).unwrap_or_default();
                let is_key = code.contains(" = ") && !code.starts_with("x = ");
                assert!(!is_key || before.ends_with("(in a file: "), "{}: `{code}` is a key of files", preset.id);
                assert!(!code.starts_with("--"), "{}: `{code}` is a flag", preset.id);
            }
            assert!(!text.contains("exit status"), "{}: a window has none", preset.id);
        }
    }

    /// Latencies of the first class, milliseconds, shortest first, if a pool takes the waits in their order.
    fn latencies_of_first_class(preset: &Experiment, workers: usize) -> Vec<f64> {
        let classes = preset.workload.classes().expect("classes").plan();
        let steps = preset.workload.steps();
        let ms = |class: u8| match &steps[classes.list[usize::from(class)].first_step] {
            Step::Wait { ms, .. } => *ms,
            other => panic!("{other:?}"),
        };
        let mut free = vec![0.0_f64; workers];
        let mut found = Vec::new();
        for class in classes.of_tasks() {
            let next = free.iter_mut().min_by(|one, other| one.total_cmp(other)).expect("a worker");
            *next += ms(*class);
            found.extend((*class == 0).then_some(*next));
        }
        found.sort_by(f64::total_cmp);
        found
    }

    #[test]
    fn the_figures_of_a_starved_executor_follow_from_its_size() {
        let preset = find("default-executor").expect("shipped");
        for (workers, above, last) in [(6, 300.0, 0.7), (12, 100.0, 0.3), (32, 0.0, 0.1)] {
            let found = latencies_of_first_class(preset, workers);
            assert_eq!(found.len(), 24);
            assert!(found[11] > above && found[11] < above + 20.0, "{workers}: {found:?}");
            assert_eq!((found[23] / 100.0).round() / 10.0, last, "{workers}: {found:?}");
        }
        let text = &preset.explanation;
        assert!(text.contains(
            "With 6 threads, on two CPUs, half of the quick calls take more than 0.3 s and the last one 0.7 s"
        ));
        assert!(text.contains("With 12 threads, on 8 CPUs, half take more than 0.1 s and the last one 0.3 s"));
        assert!(text.contains("With 32 threads half are back after a few milliseconds, and the last one after 0.1 s"));
    }

    #[test]
    fn a_saved_preset_is_found_again_and_a_bad_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(load_user(&folder.path().join("missing")).problems.is_empty());
        let mine = Experiment { id: "mine".into(), ..built_in()[0].clone() };
        save_user(folder.path(), &mine).expect("saved");
        fs::write(folder.path().join("bad.toml"), "id = 3\n").expect("written");
        fs::write(folder.path().join("twin.toml"), file::to_toml(&mine)).expect("written");
        fs::write(folder.path().join("notes.txt"), "no preset").expect("written");
        let found = load_user(folder.path());
        assert_eq!(found.presets, [mine]);
        assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
        let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        assert!(problems[0].contains("bad.toml:1:6") && problems[1].contains("another of your presets"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_skipped_with_a_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(path("a.toml")).status().expect("mkfifo").success());
        std::os::unix::fs::symlink("/dev/zero", path("b.toml")).expect("linked");
        fs::create_dir(path("c.toml")).expect("made");
        fs::File::create(path("d.toml")).and_then(|file| file.set_len(20_000_000_000)).expect("grown");
        fs::write(path("e.toml"), "id = \"a\"\ntitle = \"\u{1b}[2J\"\n[workload]\n").expect("written");
        fs::write(path("f.toml"), "id = \"a\"\r\ntitle = \"M\u{fffd}\"\n".replace('\u{fffd}', "ü").as_bytes())
            .expect("written");
        fs::write(path("g.toml"), b"id = \"a\"\ntitle = \"M\xfc\"\n").expect("written");
        let mine = Experiment { id: "mine".into(), ..built_in()[0].clone() };
        save_user(folder.path(), &mine).expect("saved");
        let found = load_user(folder.path());
        assert_eq!(found.presets, [mine]);
        let reasons =
            ["a pipe", "a device", "a folder", "larger than the 256 MB", "e.toml:2:", "workload", "g.toml:2:"];
        assert_eq!(found.problems.len(), reasons.len(), "{:#?}", found.problems);
        for (problem, reason) in found.problems.iter().map(ToString::to_string).zip(reasons) {
            assert!(problem.contains(reason), "{problem:?}, without {reason:?}");
            assert_eq!(printable::first_hidden(&problem), None, "{problem:?}");
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let mine = Experiment { id: "mine".into(), ..built_in()[0].clone() };
        let path = save_user(folder.path(), &mine).expect("saved");
        let again = Experiment { title: "Changed".into(), ..mine.clone() };
        assert_eq!(save_user(folder.path(), &again).expect("replaced"), path);
        let other = file::to_toml(&Experiment { id: "other".into(), ..mine.clone() });
        for text in ["half-written = ", other.as_str()] {
            fs::write(&path, text).expect("written");
            let error = save_user(folder.path(), &mine).expect_err("something else is there");
            assert!(matches!(error, SaveError::HoldsAnother { .. } | SaveError::HoldsNoPreset { .. }), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("still there"), text);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "no temporary file is left");
    }

    #[test]
    fn saving_keeps_the_comments_of_the_file_that_is_replaced_or_was_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mine.toml");
        let text = "# Of the file.\nid = \"mine\" # so called\ntitle = \"Mine\"\n\n[workload]\ntasks = 3 # few\n";
        fs::write(&path, text).expect("written");
        let opened = load_user(folder.path()).presets.remove(0);
        let more = |tasks: u32| {
            let mut changed = opened.clone();
            changed.workload.tasks = Tasks::Alike { count: tasks, steps: Vec::new() };
            changed
        };
        save_user(folder.path(), &more(4)).expect("saved");
        assert_eq!(fs::read_to_string(&path).expect("there"), text.replace("= 3", "= 4"));
        // Edited by hand since it was opened: what is in the file counts.
        fs::write(&path, text.replace("# few", "# not many")).expect("written");
        save_user(folder.path(), &more(5)).expect("saved");
        assert_eq!(fs::read_to_string(&path).expect("there"), text.replace("3 # few", "5 # not many"));
        // Under another id.
        let other = save_user(folder.path(), &Experiment { id: "other".into(), ..more(6) }).expect("saved");
        let expected = text.replace("\"mine\"", "\"other\"").replace("= 3", "= 6");
        assert_eq!(fs::read_to_string(other).expect("there"), expected);
        // Made in the window: the comments of the file that it replaces.
        let made = Experiment { source: SourceText::default(), ..more(7) };
        save_user(folder.path(), &made).expect("saved");
        assert_eq!(fs::read_to_string(&path).expect("there"), text.replace("3 # few", "7 # not many"));
    }

    #[test]
    fn the_ids_of_shipped_presets_are_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = save_user(folder.path(), &built_in()[0]).expect_err("taken");
        assert!(error.to_string().contains("quick-tour"), "{error}");
    }
}
