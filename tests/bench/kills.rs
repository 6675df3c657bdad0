//! The time until the window answers the pointer: with nothing to do, during a run, and during a run whose processes are killed at
//! random. An answer is the first change of a row of pixels after the pointer went onto it or left it.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::real::{Bench, Running, keys};
use super::screen::Screen;

/// Time for which the window is watched under each of the conditions.
const WATCHED: Duration = Duration::from_secs(40);
/// Answers that take longer are hangs.
const LIMIT_MS: f64 = 100.0;
/// Time after which a window that does not answer is given up.
const LOST: Duration = Duration::from_secs(20);
/// Time within which a window that is not busy has drawn what the pointer changes.
const SETTLES: Duration = Duration::from_secs(1);
/// Left end of the row of pixels that is watched, in the list of presets.
const LEFT: u16 = 24;
/// Its width.
const WIDTH: u16 = 160;

/// Trials of a moment each, which mostly wait: what is measured is the window, not the want of a core.
const EXPERIMENT: &str = r#"id = "kills"
title = "Kills"
[workload]
tasks = 40
[[workload.step]]
kind = "http"
latency_ms = 20
bytes = 100
[[workload.step]]
kind = "wait"
ms = 30.0
[trials]
count = 1000
warmups = 0
[models]
include = ["threads", "process-pool", "processes", "py-threads", "py-process-pool"]
reference = "threads"
"#;

pub fn measure(bench: &Bench) {
    let file = bench.folder.join("kills.toml");
    fs::write(&file, EXPERIMENT).expect("written");
    let (empty, _) = bench.open(bench.empty());
    thread::sleep(SETTLES);
    // What this machine's graphics need for any window.
    let floor = Answers::watched(&empty, || ()).report("a window that shows nothing", 0.0);
    drop(empty);
    // What is left of them beside the same trials, which a terminal runs.
    let mut terminal = bench.lab(None);
    terminal.arg("run").arg(&file).args(["--no-save", "--quiet", "--progress", "none"]);
    let beside = Running(terminal.spawn().expect("a run"));
    beside.wait_for_children(true);
    let (empty, _) = bench.open(bench.empty());
    thread::sleep(SETTLES);
    let loaded =
        Answers::watched(&empty, || ()).report("a window that shows nothing, beside a run in a terminal", floor);
    drop((empty, beside));
    let (idle, _) = bench.open(bench.lab(Some(&file)));
    idle.wait_until_alone();
    Answers::watched(&idle, || ()).report("nothing to do", floor);
    drop(idle);
    let window = bench.run_in_window(&file);
    Answers::watched(&window, || ()).report("during a run", loaded);
    drop(window);
    let window = bench.run_in_window(&file);
    let ends = AtomicBool::new(false);
    let (answers, kills) = thread::scope(|scope| {
        let killer = scope.spawn(|| kill_at_random(&window, &ends));
        let answers = Answers::watched(&window, || run_again(&window));
        ends.store(true, Ordering::Relaxed);
        (answers, killer.join().expect("no panic"))
    });
    answers.report(&format!("during runs with {kills} kills"), loaded);
}

/// Kills one process of the run after the other, each after a random time, until it is told to end. Returns how many.
fn kill_at_random(window: &Running, ends: &AtomicBool) -> u32 {
    let mut kills = 0;
    while !ends.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(fastrand::u64(50..800)));
        let processes = window.descendants();
        let Some(victim) = fastrand::choice(&processes) else { continue };
        let mut kill = Command::new("kill");
        kill.args(["-KILL", &victim.to_string()]).stderr(Stdio::null());
        kills += u32::from(kill.status().is_ok_and(|status| status.success()));
    }
    kills
}

/// Starts the next run where the last one has ended: its models have failed.
fn run_again(window: &Running) {
    if window.descendants().is_empty() {
        thread::sleep(Duration::from_millis(500));
        if window.descendants().is_empty() {
            keys(&["key", "ctrl+r"]);
        }
    }
}

/// Times in milliseconds that the window took to answer.
struct Answers(Vec<f64>);

impl Answers {
    /// Moves the pointer onto a row of the list and away from it, again and again, and calls `between` at times.
    fn watched(window: &Running, mut between: impl FnMut()) -> Self {
        let mut screen = Screen::of_display().expect("a display");
        let row = answering_row(&mut screen);
        let begun = Instant::now();
        let (mut times, mut is_on) = (Vec::new(), false);
        let mut last = Instant::now();
        while begun.elapsed() < WATCHED {
            thread::sleep(Duration::from_millis(fastrand::u64(20..180)));
            if last.elapsed() > Duration::from_secs(2) {
                between();
                last = Instant::now();
            }
            is_on = !is_on;
            times.push(answer(&mut screen, row, is_on).unwrap_or_else(|| {
                panic!("the window does not answer after {LOST:?}; it has {} processes", window.descendants().len())
            }));
        }
        Self(times)
    }

    /// Prints the times, and how many are over the limit beyond `floor` milliseconds. Returns the median.
    fn report(&self, condition: &str, floor: f64) -> f64 {
        let mut times = self.0.clone();
        times.sort_by(f64::total_cmp);
        let late = |limit: f64| times.iter().filter(|time| **time > limit).count();
        let at = |share: f64| times[((times.len() - 1) as f64 * share).ceil() as usize];
        println!(
            "answers, {condition}: median {:.0} ms, 99 % within {:.0} ms, at most {:.0} ms; {} of {} after more than \
             {LIMIT_MS:.0} ms; {} after more than {LIMIT_MS:.0} ms beyond {floor:.0} ms, the median of a window that shows nothing",
            at(0.5),
            at(0.99),
            at(1.0),
            late(LIMIT_MS),
            times.len(),
            late(LIMIT_MS + floor),
        );
        at(0.5)
    }
}

/// Moves the pointer onto the row or away from it. Returns the milliseconds until its pixels changed.
fn answer(screen: &mut Screen, row: u16, is_on: bool) -> Option<f64> {
    let before = screen.pixels(LEFT, row, WIDTH).expect("pixels");
    let begun = Instant::now();
    // Away from it is the line of the title, which shows nothing more under the pointer.
    screen.move_pointer(LEFT + WIDTH / 2, if is_on { row } else { 4 }).expect("moved");
    while screen.pixels(LEFT, row, WIDTH).expect("pixels") == before {
        if begun.elapsed() > LOST {
            return None;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Some(begun.elapsed().as_secs_f64() * 1e3)
}

/// Returns a row of pixels that changes under the pointer and changes back: one of the list of presets.
fn answering_row(screen: &mut Screen) -> u16 {
    let settled = |screen: &mut Screen, row, y| {
        screen.move_pointer(LEFT + WIDTH / 2, y).expect("moved");
        thread::sleep(SETTLES);
        screen.pixels(LEFT, row, WIDTH).expect("pixels")
    };
    let changes = |row: &u16| {
        let (away, on) = (settled(screen, *row, 4), settled(screen, *row, *row));
        away != on && away == settled(screen, *row, 4)
    };
    (140..420).step_by(20).find(changes).expect("a row of the list that answers the pointer")
}
