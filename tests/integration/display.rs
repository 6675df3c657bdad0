//! The display goes away while the real window runs trials: what was finished is stored, and nothing is left.

use std::fs;
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

#[test]
fn a_lost_display_loses_no_trial_and_leaves_no_process() {
    if Command::new("xdotool").arg("version").output().is_err() {
        common::skipped("a lost display needs Xvfb and xdotool");
        return;
    }
    let Some(mut display) = Display::start() else {
        common::skipped("a lost display needs Xvfb and xdotool");
        return;
    };
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mut experiment =
        common::experiment(4, vec![Step::file(20_000, false), Step::http(50.0, 100)], &[ModelId::Threads]);
    experiment.trials.count = TrialCount::Fixed(100);
    let file = common::write_experiment(here.path(), &experiment);
    let data = here.path().join("data");
    let script = format!(
        "export DISPLAY={} WAYLAND_DISPLAY= WGPU_BACKEND=vulkan; exec \"$LAB\" '{}'",
        display.name,
        file.display()
    );
    let home = here.path();
    let environment = [
        ("TMPDIR", temporary.path()),
        (DATA_VARIABLE, data.as_path()),
        ("HOME", home),
        ("XDG_DATA_HOME", home),
        ("XDG_CONFIG_HOME", home),
        ("XDG_CACHE_HOME", home),
    ];
    let mut lab = Marked::shell("lost-display", &script, &environment);
    let history = Store::at(data.join("runs"));
    let trials = || history.list().ok().and_then(|runs| Some(runs.first()?.head.as_ref().ok()?.trials)).unwrap_or(0);
    let begun = Instant::now();
    while trials() < 3 {
        if lab.child.try_wait().expect("its child").is_some() {
            let (_, _, stderr) = lab.finish();
            common::skipped(&format!("no window can be opened here: {}", stderr.lines().next().unwrap_or_default()));
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no run was started");
        if lab.with_argument("__runner").is_empty() && trials() == 0 {
            display.press("ctrl+r");
            std::thread::sleep(Duration::from_millis(300));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let before = trials();
    display.kill();
    let (code, _, stderr) = lab.finish();
    assert!(code.is_some_and(|code| code != 0 && code != 101), "{code:?} {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.trim().is_empty(), "{stderr}");
    let runs = history.list().expect("readable");
    let head = runs[0].head.as_ref().expect("readable");
    assert!(head.trials >= before, "{} of {before} are left", head.trials);
    assert_ne!(head.status, RunStatus::Running);
    assert!(fs::read_dir(temporary.path()).expect("there").next().is_none());
}
