//! The real window on a display: whether it disturbs what is measured, how soon it is there, what it does while nothing
//! happens, how fast a run is cancelled, and how soon it answers while the processes of a run are killed. Needs `DISPLAY`
//! (a local display, for example Xvfb) and `xdotool`; what can't be measured is named. Prints figures with the limits that
//! they are held against; enforces none.
//!
//! `cargo bench --bench window [-- observer | start | idle | cancel | kills | size …] [--pairs N]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and a broken one should stop")]

#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod screen;

use std::fs;

use eframe::egui;

/// First argument of this executable when it is started as an empty window.
const EMPTY_WINDOW: &str = "empty-window";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut parts, mut pairs) = (Vec::new(), 15);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            EMPTY_WINDOW => return empty_window(),
            "--pairs" => pairs = arguments.next().and_then(|text| text.parse().ok()).expect("--pairs N"),
            "--bench" => {}
            _ => parts.push(argument),
        }
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    if wanted("size") {
        let bytes = fs::metadata(env!("CARGO_BIN_EXE_concurrency-lab")).expect("the executable").len();
        println!("size: executable {:.2} MB (limit 30)", bytes as f64 / 1e6);
    }
    #[cfg(unix)]
    real::measure(&wanted, pairs);
    #[cfg(not(unix))]
    println!("SKIPPED: the other parts ({pairs} pairs) need an X display");
}

/// A window of the lab's size that shows nothing but a rectangle, where the lab has its list, that answers the pointer.
struct Empty;

impl eframe::App for Empty {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::CentralPanel::default().frame(egui::Frame::new().fill(egui::Color32::DARK_BLUE)).show(ui, |ui| {
            let rect = egui::Rect::from_min_size(egui::pos2(16.0, 130.0), egui::vec2(200.0, 300.0));
            let is_on = ui.interact(rect, ui.scope_id().with("list"), egui::Sense::HOVER).hovered();
            ui.painter().rect_filled(rect, 0.0, if is_on { egui::Color32::BLUE } else { egui::Color32::BLACK });
        });
    }
}

fn empty_window() {
    let viewport = egui::ViewportBuilder::default().with_title("Empty").with_inner_size([1280.0, 800.0]);
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    eframe::run_native("empty-window", options, Box::new(|_| Ok(Box::new(Empty)))).expect("a window");
}

#[cfg(unix)]
mod real {
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::screen::Screen;
    use super::{EMPTY_WINDOW, fs};
    use concurrency_lab::analysis::statistics::{bootstrap_median_interval, median};
    use concurrency_lab::model::Host;
    use concurrency_lab::record::{self, Store};
    use concurrency_lab::results::RunResults;
    use concurrency_lab::workload::Kernel;

    const LAB: &str = env!("CARGO_BIN_EXE_concurrency-lab");
    /// Time after the first picture until the window has finished everything that belongs to its start.
    const SETTLES: Duration = Duration::from_secs(3);
    /// Time for which an idle window is watched.
    const IDLE: Duration = Duration::from_secs(10);
    /// Time without a process of the window after which its run, or its search for interpreters, is over.
    const OVER: Duration = Duration::from_millis(1500);

    pub fn measure(wanted: &dyn Fn(&str) -> bool, pairs: u32) {
        // A server without clients starts anew, so one stays connected.
        let _connected = match Screen::of_display() {
            Ok(screen) => screen,
            Err(error) => {
                println!("SKIPPED: the window was not measured: {error}");
                return;
            }
        };
        let folder = tempfile::tempdir().expect("a folder");
        let bench = Bench { folder: folder.path().to_owned() };
        if wanted("start") {
            bench.start(pairs);
        }
        if wanted("idle") {
            bench.idle();
        }
        let has_xdotool = Command::new("xdotool").arg("version").stdout(Stdio::null()).status().is_ok();
        if !has_xdotool {
            println!("SKIPPED: without xdotool no run can be started in the window");
            return;
        }
        if wanted("cancel") {
            bench.cancel();
        }
        if wanted("kills") {
            super::kills::measure(&bench);
        }
        if wanted("observer") {
            // Trials below a second are to see no frame at all, longer ones one a second.
            bench.observer("trials of 0.5 s", 500, pairs);
            bench.observer("trials of 3 s", 3000, pairs);
        }
    }

    pub struct Bench {
        pub folder: PathBuf,
    }

    /// A program that ends with this value.
    pub struct Running(pub Child);

    /// Returns the CPU time in a file of `/proc`, in milliseconds.
    fn cpu_ms(stat: &str) -> u64 {
        let stat = fs::read_to_string(stat).expect("Linux");
        let rest = stat.rsplit(')').next().expect("fields");
        rest.split_whitespace().skip(11).take(2).filter_map(|jiffies| jiffies.parse::<u64>().ok()).sum::<u64>() * 10
    }

    impl Drop for Running {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }

    impl Running {
        /// Returns the processes that the program has started.
        fn children(&self) -> usize {
            children_of(self.0.id()).len()
        }

        /// Returns the processes that the program, and each of these, has started.
        pub fn descendants(&self) -> Vec<u32> {
            let mut found = children_of(self.0.id());
            let mut next = 0;
            while let Some(process) = found.get(next) {
                found.extend(children_of(*process));
                next += 1;
            }
            found
        }

        /// Returns its CPU time in milliseconds.
        fn cpu_ms(&self) -> u64 {
            cpu_ms(&format!("/proc/{}/stat", self.0.id()))
        }

        /// Returns the CPU time of its first thread, which draws, in milliseconds; exact to 10.
        pub fn drawing_ms(&self) -> u64 {
            cpu_ms(&format!("/proc/{id}/task/{id}/stat", id = self.0.id()))
        }

        /// Waits until no process of the program has run for a while.
        pub fn wait_until_alone(&self) {
            let mut quiet_since = Instant::now();
            while quiet_since.elapsed() < OVER {
                thread::sleep(Duration::from_millis(100));
                if self.children() > 0 {
                    quiet_since = Instant::now();
                }
            }
        }

        pub fn wait_for_children(&self, some: bool) {
            let end = Instant::now() + Duration::from_secs(120);
            while (self.children() > 0) != some {
                assert!(Instant::now() < end, "the window did not follow the keys");
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    impl Bench {
        /// Returns the program with folders of its own.
        fn command(&self, program: &Path) -> Command {
            let mut command = Command::new(program);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.env(record::DATA_VARIABLE, self.folder.join("data")).env_remove("WAYLAND_DISPLAY");
            for (variable, folder) in [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "share")] {
                fs::create_dir_all(self.folder.join(folder)).expect("a folder");
                command.env(variable, self.folder.join(folder));
            }
            command.env("XDG_CACHE_HOME", self.folder.join("cache"));
            command
        }

        /// Starts a window. Returns it with the seconds until its first picture was on the screen.
        pub fn open(&self, mut command: Command) -> (Running, f64) {
            let mut screen = Screen::of_display().expect("a display");
            let before = screen.middle_row().expect("pixels");
            let begun = Instant::now();
            let window = Running(command.spawn().expect("a window"));
            loop {
                // A window is black until its first frame.
                let row = screen.middle_row().expect("pixels");
                let painted = row.iter().zip(&before).any(|(now, before)| *now != 0 && now != before);
                if painted {
                    return (window, begun.elapsed().as_secs_f64());
                }
                assert!(begun.elapsed() < Duration::from_secs(60), "no window appeared");
                thread::sleep(Duration::from_millis(1));
            }
        }

        pub fn lab(&self, file: Option<&Path>) -> Command {
            let mut command = self.command(LAB.as_ref());
            command.args(file);
            command
        }

        /// Returns the command of a window that shows nothing.
        pub fn empty(&self) -> Command {
            let mut command = self.command(&std::env::current_exe().expect("this executable"));
            command.arg(EMPTY_WINDOW);
            command
        }

        fn start(&self, pairs: u32) {
            let empty = || self.empty();
            // From the disk and into the caches of shaders.
            drop((self.open(self.lab(None)), self.open(empty())));
            let (mut labs, mut empties, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for pair in 0..pairs {
                let of = |command: Command| self.open(command).1;
                let (lab, bare) = if pair % 2 == 0 {
                    let lab = of(self.lab(None));
                    (lab, of(empty()))
                } else {
                    let bare = of(empty());
                    (of(self.lab(None)), bare)
                };
                labs.push(lab);
                empties.push(bare);
                ratios.push(lab / bare);
            }
            println!(
                "start: first picture after {:.0} ms, an empty window after {:.0} ms; {} (limit 1.25)",
                median(&labs).unwrap_or(0.0) * 1e3,
                median(&empties).unwrap_or(0.0) * 1e3,
                ratio(&ratios)
            );
        }

        fn idle(&self) {
            let (window, _) = self.open(self.lab(None));
            window.wait_until_alone();
            let mut screen = Screen::of_display().expect("a display");
            if let Err(error) = screen.watch() {
                println!("SKIPPED: frames while idle: {error}");
                return;
            }
            let before = window.cpu_ms();
            let drawn = screen.drawn_within(IDLE).expect("events");
            let used = window.cpu_ms() - before;
            println!("idle: {drawn} pictures and {used} ms of CPU time in {} s (limit 0 pictures)", IDLE.as_secs());
        }

        fn experiment(&self, steps: &str, tasks: u64, trials: u32) -> PathBuf {
            let file = self.folder.join("bench.toml");
            let text = format!(
                "id = \"bench\"\ntitle = \"Bench\"\n[workload]\ntasks = {tasks}\n[[workload.step]]\n{steps}\n\
                 [trials]\ncount = {trials}\nwarmups = 0\n[models]\ninclude = [\"thread-pool\"]\n\
                 reference = \"thread-pool\"\n"
            );
            fs::write(&file, text).expect("written");
            file
        }

        /// Opens the window with an experiment and starts it by its key.
        pub fn run_in_window(&self, file: &Path) -> Running {
            let (window, _) = self.open(self.lab(Some(file)));
            thread::sleep(SETTLES);
            keys(&["search", "--onlyvisible", "--class", "concurrency", "windowfocus"]);
            keys(&["key", "ctrl+r"]);
            window.wait_for_children(true);
            window
        }

        fn cancel(&self) {
            let file = self.experiment("kind = \"wait\"\nms = 50000.0", 1, 1);
            let mut times = Vec::new();
            for _ in 0..5 {
                let window = self.run_in_window(&file);
                thread::sleep(Duration::from_millis(2500));
                let begun = Instant::now();
                keys(&["key", "Escape"]);
                window.wait_for_children(false);
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            let most = times.iter().copied().fold(0.0, f64::max);
            println!(
                "cancel: from starting xdotool to the end of the runner {:.0} ms, at most {most:.0} ms in {} runs (limit 100)",
                median(&times).unwrap_or(0.0),
                times.len()
            );
        }

        /// Compares trials in the window with trials in the terminal, in interleaved pairs of runs.
        fn observer(&self, title: &str, wall_ms: u64, pairs: u32) {
            let cpus = thread::available_parallelism().map_or(1, |cpus| cpus.get() as u64);
            let file = self.experiment("kind = \"compute\"\nms = 5.0", cpus * wall_ms / 5, 3);
            let (mut ratios, mut lab_percent) = (Vec::new(), Vec::new());
            let mut in_window = || {
                let trials = self.window_trials(&file);
                lab_percent.extend(trials.lab_percent);
                trials.median
            };
            for pair in 0..pairs {
                let (window, terminal) = if pair % 2 == 0 {
                    let window = in_window();
                    (window, self.terminal_trials(&file).median)
                } else {
                    let terminal = self.terminal_trials(&file).median;
                    (in_window(), terminal)
                };
                ratios.push(window / terminal);
            }
            let most = lab_percent.iter().copied().fold(0.0, f64::max);
            let lab = match median(&lab_percent) {
                Some(lab) => {
                    format!("the lab's own CPU {lab:.2} % of a core, at most {most:.2} % in a trial (limit 3)")
                }
                None => "the lab's own CPU was not sampled".to_owned(),
            };
            println!("observer, {title}: window / terminal {} (limit 1.01); {lab}", ratio(&ratios));
        }

        fn window_trials(&self, file: &Path) -> Trials {
            let window = self.run_in_window(file);
            window.wait_until_alone();
            drop(window);
            let store = Store::at(self.folder.join("data").join("runs"));
            let newest = store.ids().expect("runs").into_iter().next().expect("the run was stored");
            let trials = Trials::of(&store.open(&newest).expect("readable").results);
            store.delete(&newest).expect("deleted");
            trials
        }

        fn terminal_trials(&self, file: &Path) -> Trials {
            let run = self.folder.join("terminal.clab");
            fs::remove_file(&run).ok();
            let mut command = self.command(LAB.as_ref());
            command.arg("run").arg(file).args(["--quiet", "--no-save", "--save"]).arg(&run);
            assert!(command.status().expect("the lab runs").success(), "the terminal's run failed");
            Trials::of(&record::open_file(&run).expect("readable").results)
        }
    }

    /// Measured trials of one run.
    struct Trials {
        /// Median of the wall times, in units of calibrated work: a new calibration changes the amount of work.
        median: f64,
        /// Mean CPU share of the lab in each trial, where it was sampled.
        lab_percent: Vec<f64>,
    }

    impl Trials {
        fn of(results: &RunResults) -> Self {
            let results = results.first();
            let speed = results.calibrations.nanos_per_unit(&Host::Rust, Kernel::Splitmix).expect("calibrated");
            let completed = results.trials.iter().filter_map(|trial| trial.completed());
            let walls: Vec<f64> = completed.map(|one| one.wall_nanos as f64 * speed).collect();
            let lab = results.trials.iter().filter_map(|trial| {
                let known = || trial.cpu.iter().filter_map(|one| Some((f64::from(one.lab_percent?), one.width_ms)));
                let width: f64 = known().map(|(_, width)| width).sum();
                (width > 0.0).then(|| known().map(|(percent, width)| percent * width).sum::<f64>() / width)
            });
            Self { median: median(&walls).expect("completed trials"), lab_percent: lab.collect() }
        }
    }

    /// Returns the processes that a process has started.
    fn children_of(process: u32) -> Vec<u32> {
        // Each thread of it has those that it has started; it may have ended.
        let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()).collect()
    }

    pub fn keys(arguments: &[&str]) {
        assert!(Command::new("xdotool").args(arguments).status().expect("xdotool").success(), "{arguments:?}");
    }

    fn ratio(ratios: &[f64]) -> String {
        let interval = match bootstrap_median_interval(ratios) {
            Some((low, high)) => format!("95 % interval {low:.3} to {high:.3}"),
            None => "too few pairs for an interval".to_owned(),
        };
        format!("ratio {:.3} ({interval}, {} pairs)", median(ratios).unwrap_or(f64::NAN), ratios.len())
    }
}
