//! Candidates for interpreters, in order of preference: the active virtual environment, nearby ones, PATH, then the
//! installations of version managers. Starts no candidate; that is done in `probe`.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bounded_read;

/// Largest list of conda environments that is read, bytes.
const LONGEST_LIST: u64 = 1_000_000;
/// Number of folders, the current one and its ancestors, in which a virtual environment is looked for.
const FOLDERS_UP: usize = 4;
/// Newest minor version that is looked for by name.
const NEWEST_MINOR: u32 = 20;

/// Program that may be an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Path of the program.
    pub(super) path: PathBuf,
    /// Place where it was found, as shown to the user.
    pub(super) found: String,
    /// True if it was found in or above the current folder, or through a path relative to it: another person may have
    /// written it, as in a cloned repository, and the user has not chosen it.
    pub(super) near: bool,
    /// True if the user put it on PATH, activated it or named it; other candidates are the lab's own finds.
    pub(super) own_choice: bool,
}

impl Candidate {
    /// Creates a candidate that the user named: a program, or the folder of an environment or installation.
    pub(super) fn named(path: &Path) -> Self {
        let path = absolute(if path.is_dir() { in_folder(path) } else { path.to_owned() });
        Self { path, found: "--python".to_owned(), near: false, own_choice: true }
    }
}

/// Makes a path absolute, since a program is started in another folder than the current one.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Existing candidates, in the order in which they are found.
#[derive(Default)]
struct Found(Vec<Candidate>);

impl Found {
    fn add(&mut self, path: PathBuf, found: &str) {
        self.push(path, found, false, false);
    }

    fn chosen(&mut self, path: PathBuf, found: &str) {
        self.push(path, found, false, true);
    }

    fn near(&mut self, path: PathBuf, found: &str) {
        self.push(path, found, true, false);
    }

    fn push(&mut self, path: PathBuf, found: &str, near: bool, own_choice: bool) {
        if path.is_file() {
            // An empty or relative entry of PATH or of another variable refers to the current folder.
            let near = near || !path.is_absolute();
            let own_choice = own_choice && !near;
            self.0.push(Candidate { path: absolute(path), found: found.to_owned(), near, own_choice });
        }
    }
}

fn in_folder(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        let scripts = folder.join("Scripts").join("python.exe");
        return if scripts.exists() { scripts } else { folder.join("python.exe") };
    }
    folder.join("bin").join("python3")
}

fn has_developer_tools() -> bool {
    let output = Command::new("/usr/bin/xcode-select").arg("-p").output();
    output.is_ok_and(|output| output.status.success())
}

/// Returns all candidates, each once as far as their paths show.
pub(super) fn candidates() -> Vec<Candidate> {
    let mut list = Found::default();
    if let Some(active) = folder_of("VIRTUAL_ENV") {
        list.chosen(in_folder(&active), "active virtual environment");
    }
    for folder in env::current_dir().iter().flat_map(|here| here.ancestors().take(FOLDERS_UP)) {
        for name in [".venv", "venv", "env"] {
            if folder.join(name).join("pyvenv.cfg").is_file() {
                list.near(in_folder(&folder.join(name)), "nearby virtual environment");
            }
        }
    }
    if let Some(conda) = folder_of("CONDA_PREFIX") {
        list.chosen(in_folder(&conda), "active conda environment");
    }
    for folder in env::var_os("PATH").iter().flat_map(|path| env::split_paths(path).collect::<Vec<_>>()) {
        // Without Apple's developer tools, python3 in that folder only asks to install them.
        if cfg!(target_os = "macos") && folder == Path::new("/usr/bin") && !has_developer_tools() {
            continue;
        }
        names_on_path().into_iter().for_each(|name| list.chosen(folder.join(name), "PATH"));
    }
    let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let at_home = |parts: &str| home.as_ref().map(|home| home.join(parts));
    let pyenv = folder_of("PYENV_ROOT").or_else(|| at_home(".pyenv"));
    versions(pyenv.map(|root| root.join("versions")))
        .into_iter()
        .for_each(|folder| list.add(in_folder(&folder), "pyenv"));
    let data = |variable: &str| folder_of(variable).map(|folder| folder.join("uv").join("python"));
    let uv = folder_of("UV_PYTHON_INSTALL_DIR").or_else(|| data("XDG_DATA_HOME")).or_else(|| data("APPDATA"));
    versions(uv.or_else(|| at_home(".local/share/uv/python")))
        .into_iter()
        .for_each(|folder| list.add(in_folder(&folder), "uv"));
    let listed = at_home(".conda/environments.txt").and_then(|path| bounded_read::file(&path, LONGEST_LIST).ok());
    let listed = String::from_utf8(listed.unwrap_or_default()).unwrap_or_default();
    listed.lines().for_each(|line| list.add(in_folder(Path::new(line.trim())), "conda"));
    for root in ["miniconda3", "anaconda3", "miniforge3", "mambaforge"].into_iter().filter_map(at_home) {
        list.add(in_folder(&root), "conda");
        versions(Some(root.join("envs"))).into_iter().for_each(|folder| list.add(in_folder(&folder), "conda"));
    }
    if cfg!(target_os = "macos") {
        let frameworks = PathBuf::from("/Library/Frameworks/Python.framework/Versions");
        versions(Some(frameworks)).into_iter().for_each(|folder| list.add(in_folder(&folder), "framework"));
        for folder in ["/opt/homebrew/bin", "/usr/local/bin"] {
            names_on_path().into_iter().for_each(|name| list.chosen(Path::new(folder).join(name), "Homebrew"));
        }
    }
    if cfg!(windows) {
        launcher_paths().into_iter().for_each(|path| list.chosen(path, "Python launcher"));
    }
    each_once(list.0)
}

fn folder_of(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn names_on_path() -> Vec<String> {
    if cfg!(windows) {
        return vec!["python.exe".to_owned(), "pypy3.exe".to_owned()];
    }
    let series = (crate::python::OLDEST.1..=NEWEST_MINOR).rev();
    let numbered = series.flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")]);
    ["python3".to_owned(), "python".to_owned()].into_iter().chain(numbered).chain(["pypy3".to_owned()]).collect()
}

/// Returns the folders in a folder, the highest version first.
fn versions(folder: Option<PathBuf>) -> Vec<PathBuf> {
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    let mut found: Vec<PathBuf> =
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version_key(path)));
    found
}

/// Returns the numbers in a name, so that 3.13 is sorted after 3.9.
fn version_key(path: &Path) -> (Vec<u64>, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbers = name.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    (numbers, name)
}

/// Returns the interpreters that the Windows launcher lists (`py -0p`).
fn launcher_paths() -> Vec<PathBuf> {
    let Ok(output) = std::process::Command::new("py").arg("-0p").output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = |line: &str| line.find(":\\").and_then(|colon| line.get(colon.checked_sub(1)?..)).map(PathBuf::from);
    text.lines().filter_map(|line| path(line.trim())).collect()
}

/// Removes duplicates: the same program under two names in one folder, or a folder under two names, is one candidate. A
/// virtual environment's link to another interpreter is not a duplicate: it is in a different folder.
fn each_once(list: Vec<Candidate>) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    let key = |path: &Path| {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        (folder, path.canonicalize().ok())
    };
    // A shim starts the version in its name: one file under several names is several candidates.
    let is_shim = |path: &Path| path.parent().and_then(Path::file_name).is_some_and(|name| name == "shims");
    let mut is_new = |one: &Candidate| {
        let (folder, target) = key(&one.path);
        let name = is_shim(&one.path).then(|| one.path.file_name().map(std::ffi::OsStr::to_owned));
        seen.insert((folder, target, name))
    };
    // A candidate that is near and on PATH as well is the user's own choice.
    let kept: Vec<bool> = list.iter().map(|one| !one.near && is_new(one)).collect();
    let kept: Vec<bool> = list.iter().zip(kept).map(|(one, kept)| kept || (one.near && is_new(one))).collect();
    list.into_iter().zip(kept).filter_map(|(one, kept)| kept.then_some(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["3.9.18", "3.13.0", "3.10.13", "3.13.0t"] {
            fs::create_dir(folder.path().join(name)).expect("made");
        }
        let names: Vec<String> = versions(Some(folder.path().to_owned()))
            .iter()
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["3.13.0t", "3.13.0", "3.10.13", "3.9.18"]);
        assert!(versions(None).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn two_names_in_one_folder_are_one_candidate_and_an_environment_is_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |parts: &str| {
            let folder = folder.path().join(parts);
            fs::create_dir_all(&folder).expect("made");
            folder
        };
        let (system, environment) = (make("usr/bin"), make("venv/bin"));
        fs::write(system.join("python3.11"), "").expect("written");
        for link in [system.join("python3"), environment.join("python3")] {
            std::os::unix::fs::symlink(system.join("python3.11"), link).expect("linked");
        }
        let all = [system.join("python3"), system.join("python3.11"), environment.join("python3")];
        let candidate = |path, near| Candidate { path, found: String::new(), near, own_choice: !near };
        let kept = each_once(all.map(|path| candidate(path, false)).into());
        assert_eq!(
            kept.iter().map(|one| one.path.as_path()).collect::<Vec<_>>(),
            [system.join("python3"), environment.join("python3")]
        );
        let both = vec![candidate(environment.join("python3"), true), candidate(environment.join("python3"), false)];
        let kept = each_once(both);
        assert_eq!(kept.len(), 1);
        assert!(!kept[0].near, "also on PATH: the user's own choice");
    }

    #[test]
    fn relative_entries_are_near_and_not_the_users_choice() {
        let mut found = Found::default();
        // The tests run in the folder of the sources.
        found.chosen(PathBuf::from("Cargo.toml"), "PATH");
        found.chosen(absolute(PathBuf::from("Cargo.toml")), "PATH");
        found.chosen(PathBuf::from("no-such-file"), "PATH");
        let seen: Vec<_> = found.0.iter().map(|one| (one.near, one.own_choice, one.path.is_absolute())).collect();
        assert_eq!(seen, [(true, false, true), (false, true, true)]);
    }
}
