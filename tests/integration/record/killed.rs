//! A lab that is killed at any moment: every trial that it had reported is in the record.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use concurrency_lab::record::{DATA_VARIABLE, RunStatus, Store};

use crate::common;

/// Number of times that a lab is killed.
fn kills() -> u32 {
    std::env::var("CONCURRENCY_LAB_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

#[test]
fn no_finished_trial_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = Store::at(folder.path().join("runs"));
    let mut random = fastrand::Rng::new();
    let mut most = 0;
    for _ in 0..kills() {
        let mut lab = common::lab()
            .args(["run", "io-bound", "--models", "sequential,threads,async", "--tasks", "40", "--task-ms", "0.1"])
            .args(["--trials", "500", "--warmups", "0", "--progress", "plain"])
            .env(DATA_VARIABLE, folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the lab starts");
        let stderr = BufReader::new(lab.stderr.take().expect("piped"));
        // Each line is printed when its trial has been stored.
        let reading = std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).filter(|line| line.starts_with("round ")).count()
        });
        std::thread::sleep(Duration::from_millis(random.u64(20..1_500)));
        lab.kill().expect("killed");
        lab.wait().expect("ended");
        let reported = reading.join().expect("read");
        most = most.max(reported);
        // Removes what has no tables yet.
        history.list().expect("readable");
        let Some(id) = history.ids().expect("readable").first().cloned() else {
            assert_eq!(reported, 0, "killed before there was a file");
            continue;
        };
        // A runner that was being started has the lock of its lab until it becomes another program.
        let gives_up = Instant::now() + Duration::from_secs(10);
        let run = loop {
            let run = history.open(&id).expect("readable");
            if run.head.status != RunStatus::Running || Instant::now() > gives_up {
                break run;
            }
            drop(run);
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(run.head.status, RunStatus::Interrupted);
        let stored = run.results.first().trials.len();
        assert!(stored == reported || stored == reported + 1, "{stored} stored, {reported} reported");
        for trial in &run.results.first().trials {
            assert_eq!(trial.completed().expect("completed").spans.load().expect("spans").tasks.len(), 40);
        }
        drop(run);
        history.delete(&id).expect("nobody uses it");
    }
    assert!(most > 0 || kills() < 3, "no lab lived long enough");
    let left = std::fs::read_dir(history.folder()).map_or(0, |entries| entries.count());
    assert_eq!(left, 0, "nothing is left of them");
}
