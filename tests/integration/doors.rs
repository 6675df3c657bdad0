//! Protection against other users and downloaded folders: private folders at any umask, interpreters near the current
//! folder, daemons, and environments that a parent process has changed. Runs the real executable.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use concurrency_lab::model::ModelId;
use concurrency_lab::workload::{Lock, SectionWork, Step};

use crate::common;
use crate::common::marked::{Marked, SOON, signal};

/// Writes an experiment whose tasks have a file, a lock and a wait.
fn write_experiment(folder: &Path, wait_ms: f64, timeout_seconds: f64, model: ModelId) -> PathBuf {
    let lock = Step::critical(0.1, Lock::Mutex, 1, SectionWork::Compute);
    let steps = vec![Step::file(1000, false), lock, Step::wait(wait_ms)];
    let mut experiment = common::experiment(3, steps, &[model]);
    experiment.trials.timeout_seconds = timeout_seconds;
    common::write_experiment(folder, &experiment)
}

/// Returns every file and folder below a folder, with its mode.
fn modes(folder: &Path) -> Vec<(PathBuf, u32, bool)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(found) = fs::symlink_metadata(entry.path()) else { continue };
        all.push((entry.path(), found.permissions().mode() & 0o7777, found.is_dir()));
        if found.is_dir() {
            all.extend(modes(&entry.path()));
        }
    }
    all
}

#[test]
fn the_folder_of_a_trial_is_private_at_any_umask() {
    let mut models = vec![ModelId::Processes];
    if crate::common::python().is_some() {
        models.push(ModelId::PyThreads);
    }
    for model in models {
        let name = model.name();
        for umask in ["000", "002", "022", "277"] {
            let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            let file = write_experiment(here.path(), 60_000.0, 100.0, model);
            let script = format!("umask {umask}; exec \"$LAB\" run '{}'", file.display());
            let lab = Marked::shell(&format!("umask-{name}-{umask}"), &script, &[("TMPDIR", temporary.path())]);
            let has_files =
                |_: &Marked| modes(temporary.path()).iter().any(|(path, ..)| path.ends_with("trial/file-0-2"));
            lab.wait_until("the tasks' files", has_files);
            let found = modes(temporary.path());
            signal(lab.child.id() as i32, "-TERM");
            assert_eq!(lab.finish().0, Some(143), "{name} at {umask}");
            // The lab's folder, the trial's, and that of the interpreter's program.
            let (mut folders, expected) = (0, if model == ModelId::PyThreads { 3 } else { 2 });
            for (path, mode, is_folder) in &found {
                let file = path.file_name().expect("a name").to_string_lossy().into_owned();
                if *is_folder && !file.starts_with("__pycache__") {
                    folders += 1;
                    assert_eq!(*mode, 0o700, "{name} at {umask}: {}", path.display());
                }
                // Files that the interpreter writes follow the umask, inside a folder that no other user can enter.
                if !*is_folder
                    && (model == ModelId::Processes
                        || file.ends_with(".py")
                        || ["records", "amounts", "owner"].contains(&&*file))
                {
                    assert_eq!(mode & 0o077, 0, "{name} at {umask}: {}", path.display());
                }
            }
            assert_eq!(folders, expected, "{name} at {umask}: {found:?}");
        }
    }
}

/// A folder with another person's virtual environment, three folders above `here`; starting its program writes `sprung`.
struct Trap {
    root: tempfile::TempDir,
    here: PathBuf,
    program: PathBuf,
    sprung: PathBuf,
}

impl Trap {
    fn set() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let here = root.path().join("a/b/c");
        fs::create_dir_all(&here).expect("created");
        let sprung = root.path().join("sprung");
        let bin = root.path().join(".venv/bin");
        fs::create_dir_all(&bin).expect("created");
        fs::write(root.path().join(".venv/pyvenv.cfg"), "home = /usr/bin\nversion = 3.11.7\n").expect("written");
        let program = bin.join("python3");
        fs::write(&program, format!("#!/bin/sh\necho \"$0\" >> '{}'\n", sprung.display())).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
        Self { root, here, program, sprung }
    }

    fn lab(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = common::lab();
        command.args(arguments).current_dir(&self.here).envs(environment.iter().copied());
        command.stdin(Stdio::null()).output().expect("the lab starts")
    }

    fn assert_not_sprung(&self, action: &str) {
        let by = fs::read_to_string(&self.sprung).unwrap_or_default();
        assert!(!self.sprung.exists(), "{action} started {by}");
    }
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn no_command_starts_an_environment_near_the_current_folder() {
    let trap = Trap::set();
    let run = ["run", "python-io", "--tasks", "2", "--task-ms", "1", "--trials", "1", "--warmups", "0"];
    let dry = [&run[..], &["--dry-run"]].concat();
    let of_python = [&run[..], &["--models", "py-threads"]].concat();
    let commands: [&[&str]; 5] = [&["models"], &["doctor"], &["doctor", "--json"], &dry, &of_python];
    for command in commands {
        let output = text_of(&trap.lab(command, &[]));
        trap.assert_not_sprung(&format!("{command:?}"));
        let path = trap.program.display().to_string();
        let reason = "found near the current folder; not started. Name it with --python PATH to use it";
        assert!(output.contains(&path) && output.contains(reason), "{command:?}: {output}");
    }
    for command in [&["presets"][..], &["presets", "python-io"], &["run", "no-such-preset"], &["--version"]] {
        trap.lab(command, &[]);
        trap.assert_not_sprung(&format!("{command:?}"));
    }
    // It is started when it is named, so the trap works.
    let named = trap.lab(&[&of_python[..], &["--python", "../../../.venv"]].concat(), &[]);
    assert!(trap.sprung.exists(), "{}", text_of(&named));
}

#[test]
fn a_relative_path_in_a_variable_is_near_and_an_absolute_one_is_the_users_own() {
    let trap = Trap::set();
    symlink(&trap.program, trap.here.join("python3")).expect("linked");
    let rest = std::env::var("PATH").expect("text");
    let absolute = trap.root.path().join(".venv");
    for (name, value) in [
        ("PATH", format!(":{rest}")),
        ("PATH", format!("{rest}:")),
        ("PATH", format!(".:{rest}")),
        ("PATH", format!("../../../.venv/bin:{rest}")),
        ("VIRTUAL_ENV", "../../../.venv".to_owned()),
        ("CONDA_PREFIX", "../../../.venv".to_owned()),
    ] {
        let output = text_of(&trap.lab(&["models"], &[(name, &value)]));
        trap.assert_not_sprung(&format!("{name}={value}"));
        assert!(output.contains("not started"), "{name}={value}: {output}");
    }
    trap.lab(&["models"], &[("VIRTUAL_ENV", absolute.to_str().expect("text"))]);
    assert!(trap.sprung.exists(), "the user has activated it");
}

#[test]
fn an_environment_that_another_user_can_change_is_not_offered() {
    let trap = Trap::set();
    fs::set_permissions(trap.root.path().join(".venv"), fs::Permissions::from_mode(0o777)).expect("set");
    let output = text_of(&trap.lab(&["models"], &[]));
    trap.assert_not_sprung("models");
    assert!(output.contains("other users can change"), "{output}");
}

#[test]
fn a_shim_does_not_see_what_the_current_folder_asks_for() {
    let trap = Trap::set();
    let shims = trap.root.path().join("shims");
    fs::create_dir(&shims).expect("created");
    let shim = shims.join("python3");
    // As asdf does with a path in `.tool-versions`.
    fs::write(&shim, "#!/bin/sh\n[ -x ./evil ] && exec ./evil\nexit 3\n").expect("written");
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).expect("set");
    symlink(&trap.program, trap.here.join("evil")).expect("linked");
    let path = format!("{}:{}", shims.display(), std::env::var("PATH").expect("text"));
    trap.lab(&["models"], &[("PATH", &path)]);
    trap.assert_not_sprung("a shim");
}

#[test]
fn a_folder_for_temporary_files_may_be_relative_or_empty() {
    let models = if crate::common::python().is_some() { "py-threads,processes" } else { "processes" };
    for value in ["", "here"] {
        let here = tempfile::tempdir().expect("a folder");
        fs::create_dir(here.path().join("here")).expect("created");
        let output = common::lab()
            .args(["run", "python-io", "--models", models, "--tasks", "3", "--task-ms", "1", "--trials", "1"])
            .current_dir(here.path())
            .env("TMPDIR", value)
            .output()
            .expect("the lab starts");
        assert_eq!(output.status.code(), Some(0), "TMPDIR={value:?}: {}", text_of(&output));
        assert_eq!(fs::read_dir(here.path().join("here")).expect("there").count(), 0, "nothing is left");
    }
}

/// Creates a virtual environment whose interpreter starts a daemon: in a new session, forked twice.
fn environment_with_daemons(folder: &Path) -> Option<PathBuf> {
    let interpreters = crate::common::python()?;
    let environment = folder.join("environment");
    let made = Command::new(&interpreters.usable[0].path)
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status()
        .expect("it starts");
    if !made.success() {
        crate::common::skipped("this CPython can't make virtual environments");
        return None;
    }
    let library = fs::read_dir(environment.join("lib")).expect("there").flatten().next().expect("python3.x").path();
    let daemon = "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execvp('sleep', ['sleep', '1000'])\n    os._exit(0)\nos.wait()\n";
    fs::write(library.join("site-packages/sitecustomize.py"), daemon).expect("written");
    Some(environment)
}

#[test]
fn daemons_of_an_interpreter_end_with_its_trial_however_that_ends() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(environment) = environment_with_daemons(here.path()) else { return };
    let environment = environment.to_str().expect("text");
    for end in ["success", "time-out", "cancel", "runner", "lab", "failure"] {
        let (wait, timeout) = match end {
            "success" => (1.0, 100.0),
            "time-out" => (60_000.0, 1.0),
            _ => (60_000.0, 100.0),
        };
        let temporary = tempfile::tempdir().expect("a folder");
        let file = write_experiment(here.path(), wait, timeout, ModelId::PyThreads);
        let arguments = ["run", file.to_str().expect("text"), "--python", environment];
        let mut lab = Marked::start_in(&format!("daemon-{end}"), &arguments, &[("TMPDIR", temporary.path())]);
        if end == "success" || end == "time-out" {
            let (code, stdout, stderr) = lab.finish();
            assert_eq!(code, Some(i32::from(end == "time-out")), "{stdout}{stderr}");
            continue;
        }
        let sleeps = |lab: &Marked| !lab.with_argument("1000").is_empty() && !lab.with_argument("-I").is_empty();
        lab.wait_until("a daemon and its interpreter", sleeps);
        match end {
            "cancel" => signal(lab.child.id() as i32, "-INT"),
            "runner" => signal(lab.with_argument("__runner")[0], "-KILL"),
            "failure" => signal(lab.with_argument("-I")[0], "-KILL"),
            _ => {
                lab.child.kill().expect("SIGKILL");
                lab.child.wait().expect("it is dead");
                lab.nothing_is_left();
                continue;
            }
        }
        // Waits until no process with the lab's mark is left, daemons included.
        let (code, stdout, stderr) = lab.finish();
        assert_eq!(code, Some(if end == "cancel" { 130 } else { 1 }), "{end}: {stdout}{stderr}");
    }
}

#[test]
fn a_parent_that_ignores_the_end_of_children_changes_nothing() {
    let models = if crate::common::python().is_some() {
        "processes,process-pool,py-processes"
    } else {
        "processes,process-pool"
    };
    let script = format!(
        "trap '' CHLD; exec \"$LAB\" run quick-tour --models {models} --tasks 4 --task-ms 1 --trials 1 --warmups 0"
    );
    let (code, stdout, stderr) = Marked::shell("sigchld", &script, &[]).finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn a_limit_on_the_size_of_files_is_a_stated_reason() {
    let run = "run quick-tour --tasks 4 --task-ms 1 --trials 1 --warmups 0";
    let python = if crate::common::python().is_some() { ",py-threads" } else { "" };
    let script = format!("ulimit -f 0; exec \"$LAB\" {run} --models sequential,processes{python}");
    let (code, stdout, stderr) = Marked::shell("file-size", &script, &[]).finish();
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("File too large") && stderr.contains("ulimit -f"), "{stderr}");
    assert!(stdout.contains("Sequential"), "the rest went on: {stdout}");
    // The table itself goes to a file.
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("table");
    let script = format!("ulimit -f 0; exec \"$LAB\" {run} --models sequential > '{}'", table.display());
    let (code, _, stderr) = Marked::shell("table-size", &script, &[]).finish();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("stdout can't be written: File too large"), "{stderr}");
}

#[test]
fn a_full_folder_for_temporary_files_is_named() {
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path().join("full");
    fs::create_dir(&folder).expect("created");
    let path = folder.display();
    let python = if crate::common::python().is_some() { ",py-threads" } else { "" };
    let script = format!(
        "exec unshare -m sh -c 'mount -t tmpfs -o size=64k none {path} && dd if=/dev/zero of={path}/x bs=1k count=60 \
         2>/dev/null; dd if=/dev/zero of={path}/y bs=1k 2>/dev/null; mountpoint -q {path} || exit 77; \
         exec \"$LAB\" run quick-tour --tasks 4 --task-ms 1 --trials 1 --warmups 0 --models processes{python}'"
    );
    let (code, stdout, stderr) = Marked::shell("full", &script, &[("TMPDIR", &folder)]).finish();
    if code != Some(1) {
        crate::common::skipped("mounting a small file system needs root and unshare");
        return;
    }
    for model in if python.is_empty() { vec!["Processes"] } else { vec!["Processes", "threading"] } {
        let failed = stderr.lines().find(|line| line.contains(model) && line.contains("failed"));
        let failed = failed.unwrap_or_else(|| panic!("{model}: {stdout}{stderr}"));
        assert!(failed.contains("No space left on device"), "{model}: {failed}");
        assert!(failed.contains(&folder.display().to_string()) && failed.contains("set TMPDIR"), "{model}: {failed}");
    }
}

#[test]
fn a_shared_memory_that_python_can_not_use_is_named() {
    if crate::common::python().is_none() {
        return;
    }
    for (options, expected) in
        [("-o ro", "/dev/shm, which has to exist, be writable"), ("-o size=4k", "/dev/shm is full")]
    {
        let run = "run python-io --models sequential,py-process-pool --tasks 2 --task-ms 1 --trials 1 --warmups 0";
        let mount = format!("mount -t tmpfs {options} none /dev/shm || exit 77");
        let script = format!("exec unshare -m sh -c '{mount}; exec \"$LAB\" {run}'");
        let (code, stdout, stderr) = Marked::shell("shared-memory", &script, &[]).finish();
        if code != Some(1) {
            crate::common::skipped("mounting a small file system needs root and unshare");
            return;
        }
        assert!(stderr.contains(expected), "{options}: {stderr}");
        assert!(stdout.contains("Sequential"), "the rest went on: {stdout}");
    }
}

#[test]
fn a_fifo_as_calibration_cache_does_not_stop_a_run() {
    let cache = tempfile::tempdir().expect("a folder");
    let folder = cache.path().join("concurrencylab");
    fs::create_dir(&folder).expect("created");
    let made = Command::new("mkfifo").arg(folder.join("calibrations.json")).status().expect("mkfifo");
    assert!(made.success());
    let begun = std::time::Instant::now();
    let output = common::lab()
        .args(["run", "cpu-bound", "--models", "sequential", "--tasks", "2", "--task-ms", "1", "--trials", "1"])
        .env("XDG_CACHE_HOME", cache.path())
        .output()
        .expect("the lab starts");
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    assert!(begun.elapsed() < SOON);
}
