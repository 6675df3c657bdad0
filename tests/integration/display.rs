//! The display goes away, or the window is killed, while the real window runs trials: what was finished is stored, nothing
//! is left, and the next window starts. `CONCURRENCY_LAB_KILLS=100` for as many kills.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use concurrency_lab::experiment::TrialCount;
use concurrency_lab::model::ModelId;
use concurrency_lab::record::{DATA_VARIABLE, RunStatus, Store};
use concurrency_lab::workload::Step;

use crate::common;
use crate::common::marked::Marked;

/// A virtual display of its own. Killed when dropped.
struct Display {
    server: std::process::Child,
    name: String,
}

impl Display {
    fn start() -> Option<Self> {
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-noreset", "-nolisten", "tcp"]);
        let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut number = String::new();
        let mut stdout = std::io::BufReader::new(server.stdout.take().expect("piped"));
        std::io::BufRead::read_line(&mut stdout, &mut number).ok()?;
        Some(Self { server, name: format!(":{}", number.trim()) })
    }

    fn kill(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    /// Presses keys in the window. Returns false if there is no window.
    fn press(&self, keys: &str) -> bool {
        let find = ["search", "--onlyvisible", "--name", "Concurrency Lab", "windowfocus", "key", keys];
        Command::new("xdotool").args(find).env("DISPLAY", &self.name).output().is_ok_and(|done| done.status.success())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.kill();
        let number = self.name.trim_start_matches(':');
        // A killed server leaves them.
        let _ = fs::remove_file(format!("/tmp/.X11-unix/X{number}"));
        let _ = fs::remove_file(format!("/tmp/.X{number}-lock"));
    }
}

/// Starts the window of an experiment of many short trials.
struct Start {
    here: tempfile::TempDir,
    temporary: tempfile::TempDir,
    file: std::path::PathBuf,
    data: std::path::PathBuf,
}

impl Start {
    fn of(models: &[ModelId]) -> Self {
        let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let mut experiment = common::experiment(4, vec![Step::file(20_000, false), Step::http(50.0, 100)], models);
        experiment.trials.count = TrialCount::Fixed(100);
        let file = common::write_experiment(here.path(), &experiment);
        let data = here.path().join("data");
        Self { here, temporary, file, data }
    }

    fn history(&self) -> Store {
        Store::at(self.data.join("runs"))
    }

    fn environment(&self) -> [(&'static str, &Path); 6] {
        let home = self.here.path();
        [
            ("TMPDIR", self.temporary.path()),
            (DATA_VARIABLE, self.data.as_path()),
            ("HOME", home),
            ("XDG_DATA_HOME", home),
            ("XDG_CONFIG_HOME", home),
            ("XDG_CACHE_HOME", home),
        ]
    }

    /// Opens the window on a display.
    fn open(&self, name: &str, display: &Display) -> Marked {
        let script = format!(
            "export DISPLAY={} WAYLAND_DISPLAY= WGPU_BACKEND=vulkan; exec \"$LAB\" '{}'",
            display.name,
            self.file.display()
        );
        Marked::shell(name, &script, &self.environment())
    }

    /// Measured trials of the newest run.
    fn trials(&self) -> u64 {
        let newest = self.history().list().ok().and_then(|runs| Some(runs.first()?.head.as_ref().ok()?.trials));
        newest.unwrap_or(0)
    }

    /// Presses Run in the window and waits for three trials. Returns false, visibly, where no window can be opened.
    fn run(&self, lab: &mut Marked, display: &Display) -> bool {
        let begun = Instant::now();
        while self.trials() < 3 {
            if lab.child.try_wait().expect("its child").is_some() {
                let mut stderr = String::new();
                std::io::Read::read_to_string(&mut lab.stderr, &mut stderr).expect("text");
                let reason = stderr.lines().next().unwrap_or_default();
                common::skipped(&format!("no window can be opened here: {reason}"));
                return false;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no run was started");
            if lab.with_argument("__runner").is_empty() && self.trials() == 0 {
                display.press("ctrl+r");
                std::thread::sleep(Duration::from_millis(300));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

/// Starts a display; `None`, visibly, where there is none.
fn display() -> Option<Display> {
    let display = Command::new("xdotool").arg("version").output().ok().and_then(|_| Display::start());
    if display.is_none() {
        common::skipped("the real window needs Xvfb and xdotool");
    }
    display
}

#[test]
fn a_lost_display_loses_no_trial_and_leaves_no_process() {
    let Some(mut display) = display() else { return };
    let start = Start::of(&[ModelId::Threads]);
    let mut lab = start.open("lost-display", &display);
    if !start.run(&mut lab, &display) {
        return;
    }
    let before = start.trials();
    display.kill();
    let (code, _, stderr) = lab.finish();
    assert!(code.is_some_and(|code| code != 0 && code != 101), "{code:?} {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.trim().is_empty(), "{stderr}");
    let runs = start.history().list().expect("readable");
    let head = runs[0].head.as_ref().expect("readable");
    assert!(head.trials >= before, "{} of {before} are left", head.trials);
    assert_ne!(head.status, RunStatus::Running);
    assert!(fs::read_dir(start.temporary.path()).expect("there").next().is_none());
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_killed_window_loses_no_trial_leaves_no_process_and_the_next_one_starts() {
    let Some(display) = display() else { return };
    let kills: usize = std::env::var("CONCURRENCY_LAB_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(2);
    let mut models = vec![ModelId::Threads, ModelId::ProcessPool, ModelId::Processes];
    if common::python().is_some() {
        models.extend([ModelId::PyThreads, ModelId::PyProcessPool]);
    }
    let start = Start::of(&models);
    let history = start.history();
    let mut random = fastrand::Rng::new();
    for number in 0..kills {
        let after = Duration::from_millis(random.u64(..2_000));
        let what = format!("kill {number}, {after:?} after the third trial");
        let mut lab = start.open(&format!("killed-window-{number}"), &display);
        if !start.run(&mut lab, &display) {
            return;
        }
        std::thread::sleep(after);
        let before = start.trials();
        lab.child.kill().expect("SIGKILL");
        lab.child.wait().expect("it is dead");
        lab.nothing_is_left();
        let runs = history.list().expect("readable");
        assert_eq!(runs.len(), 1, "{what}");
        let head = runs[0].head.as_ref().expect("readable");
        assert_eq!(head.status, RunStatus::Interrupted, "{what}");
        let run = history.open(&runs[0].id).expect("readable");
        assert!(run.damage.is_none(), "{what}: {:?}", run.damage);
        let trials = &run.results.first().trials;
        assert!(trials.len() as u64 >= before, "{what}: {} of {before} are left", trials.len());
        for trial in trials.iter().filter_map(|trial| trial.completed()) {
            assert_eq!(trial.spans.load().expect("spans").tasks.len(), 4, "{what}");
        }
        let id = runs[0].id.clone();
        drop(run);
        assert_eq!(names(history.folder()), [format!("{id}.clab")], "{what}: no log and no lock");
        history.delete(&id).expect("nobody uses it");
        // A folder of a trial that no runner knew of goes with a later run, once it is not new any more.
        for name in names(start.temporary.path()) {
            let folder = fs::File::open(start.temporary.path().join(name)).expect("there");
            folder.set_modified(std::time::SystemTime::now() - Duration::from_secs(120)).expect("set");
        }
    }
    // The next window starts, and its run is cancelled as ever.
    let mut lab = start.open("window-after-kills", &display);
    assert!(start.run(&mut lab, &display), "it starts");
    assert!(display.press("Escape"), "the run is cancelled");
    lab.wait_until("the end of the run", |lab| lab.with_argument("__runner").is_empty());
    lab.wait_until("the end in the file", |_| {
        history.list().is_ok_and(|runs| runs[0].head.as_ref().is_ok_and(|head| head.status == RunStatus::Cancelled))
    });
    lab.child.kill().expect("SIGKILL");
    lab.child.wait().expect("it is dead");
    lab.nothing_is_left();
    assert!(names(start.temporary.path()).is_empty(), "{:?}", names(start.temporary.path()));
}
