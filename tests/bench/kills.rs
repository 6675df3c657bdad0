//! The time until the window answers the pointer: with nothing to do, during a run, and during a run whose processes are killed at
//! random. An answer is the first change of a row of pixels after the pointer went onto it or left it.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
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
    let start = || {
        let mut terminal = bench.lab(None);
        terminal.arg("run").arg(&file).args(["--no-save", "--quiet", "--progress", "none"]);
        let run = Running(terminal.spawn().expect("a run"));
        run.wait_for_children(true);
        run
    };
    let beside = start();
    let (empty, _) = bench.open(bench.empty());
    thread::sleep(SETTLES);
    let loaded =
        Answers::watched(&empty, || ()).report("a window that shows nothing, beside a run in a terminal", floor);
    drop(beside);
    let beside = Mutex::new(start());
    let run = || beside.lock().expect("no panic");
    let (answers, kills) = with_kills(
        &empty,
        || run().descendants(),
        || {
            let mut run = run();
            if run.0.try_wait().expect("a child").is_some() {
                *run = start();
            }
        },
    );
    let condition = format!("a window that shows nothing, beside runs in a terminal with {kills} kills");
    let loaded_with_kills = answers.report(&condition, floor);
    drop((empty, beside));
    let (idle, _) = bench.open(bench.lab(Some(&file)));
    idle.wait_until_alone();
    Answers::watched(&idle, || ()).report("nothing to do", floor);
    drop(idle);
    let window = bench.run_in_window(&file);
    Answers::watched(&window, || ()).report("during a run", loaded);
    drop(window);
    let window = bench.run_in_window(&file);
    let (answers, kills) = with_kills(&window, || window.descendants(), || run_again(&window));
    answers.report(&format!("during runs with {kills} kills"), loaded_with_kills);
}

/// Watches a window while the processes of runs are killed, which `again` starts anew. Returns the number of kills, too.
fn with_kills(window: &Running, processes: impl Fn() -> Vec<u32> + Sync, again: impl FnMut()) -> (Answers, u32) {
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let killer = scope.spawn(|| kill_at_random(&processes, &ends));
        let answers = Answers::watched(window, again);
        ends.store(true, Ordering::Relaxed);
        (answers, killer.join().expect("no panic"))
    })
}

/// Kills one of these processes after the other, each after a random time, until it is told to end. Returns how many.
fn kill_at_random(processes: impl Fn() -> Vec<u32>, ends: &AtomicBool) -> u32 {
    let mut kills = 0;
    while !ends.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(fastrand::u64(50..800)));
        let running = processes();
        let Some(victim) = fastrand::choice(&running) else { continue };
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

/// Time that the window took to answer, in milliseconds.
struct Answer {
    /// From the pointer's move to the pixels.
    total: f64,
    /// Part of it for which the thread that draws computed; the rest it waited for the graphics, or for a core.
    computed: f64,
}

/// Times that the window took to answer.
struct Answers(Vec<Answer>);

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
            let before = window.drawing_ms();
            let total = answer(&mut screen, row, is_on).unwrap_or_else(|| {
                panic!("the window does not answer after {LOST:?}; it has {} processes", window.descendants().len())
            });
            times.push(Answer { total, computed: (window.drawing_ms() - before) as f64 });
        }
        Self(times)
    }

    /// Prints the times, and how many are over the limit beyond `floor` milliseconds. Returns the median.
    fn report(&self, condition: &str, floor: f64) -> f64 {
        let mut times: Vec<f64> = self.0.iter().map(|answer| answer.total).collect();
        times.sort_by(f64::total_cmp);
        let computed = self.0.iter().map(|answer| answer.computed).fold(0.0, f64::max);
        let late = |limit: f64| times.iter().filter(|time| **time > limit).count();
        let at = |share: f64| times[((times.len() - 1) as f64 * share).ceil() as usize];
        println!(
            "answers, {condition}: median {:.0} ms, 99 % within {:.0} ms, at most {:.0} ms; {} of {} after more than \
             {LIMIT_MS:.0} ms; {} after more than {LIMIT_MS:.0} ms beyond {floor:.0} ms, the median of a window that shows nothing; \
             the thread that draws computed for at most {:.0} ms of an answer",
            at(0.5),
            at(0.99),
            at(1.0),
            late(LIMIT_MS),
            times.len(),
            late(LIMIT_MS + floor),
            computed,
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
