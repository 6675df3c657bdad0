//! Kills at random moments of every kind of process, while the terminal lab stores a run: nothing that was finished is lost,
//! nothing is left, nothing panics, and whoever survives ends in time. `CONCURRENCY_LAB_KILLS=100` for as many kills.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use concurrency_lab::experiment::{Experiment, TrialCount};
use concurrency_lab::model::ModelId;
use concurrency_lab::record::{DATA_VARIABLE, RunStatus, Store};
use concurrency_lab::workload::{Lock, SectionWork, Step};

use crate::common;
use crate::common::marked::{Marked, SOON, signal};

/// Kinds of processes, with an argument that only these have.
const KINDS: [(&str, &str); 7] = [
    ("lab", "run"),
    ("runner", "__runner"),
    ("worker", "__worker"),
    ("process of a task", "__task"),
    ("server", "__server"),
    ("interpreter", "-I"),
    ("guard", "__watch"),
];

/// An experiment whose trials have files, locks, connections, workers, interpreters and guards, and take a moment.
fn experiment(with_python: bool) -> Experiment {
    let lock = Step::critical(0.1, Lock::Mutex, 1, SectionWork::Wait);
    let steps = vec![Step::file(20_000, false), lock, Step::http(5.0, 100)];
    let native = [ModelId::Threads, ModelId::ProcessPool, ModelId::Processes];
    let python = [ModelId::PyThreads, ModelId::PyProcessPool];
    let models: Vec<ModelId> = native.into_iter().chain(python.into_iter().filter(|_| with_python)).collect();
    let mut experiment = common::experiment(6, steps, &models);
    experiment.trials.count = TrialCount::Fixed(50);
    experiment
}

/// Returns the number of kills, and the seed of their kinds and moments.
fn plan() -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = number("CONCURRENCY_LAB_KILLS").unwrap_or(3);
    (kills as usize, number("CONCURRENCY_LAB_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000)))
}

/// Kills any of the processes of this kind after this time, as soon as there is one. Returns false if the lab ended before.
fn kill_one(lab: &mut Marked, argument: &str, after: Duration, random: &mut fastrand::Rng) -> bool {
    std::thread::sleep(after);
    let begun = Instant::now();
    while lab.child.try_wait().expect("its child").is_none() {
        // A busy machine calibrates for long before the first trial.
        assert!(begun.elapsed() < SOON * 4, "no process with {argument}");
        if argument == "run" {
            lab.child.kill().expect("SIGKILL");
            return true;
        }
        // It may have ended since it was found.
        if let Some(id) = random.choice(lab.with_argument(argument))
            && std::process::Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .output()
                .is_ok_and(|kill| kill.status.success())
        {
            return true;
        }
    }
    false
}

/// Waits for the end of the lab and of all that it has started. Returns its stderr.
fn ended(mut lab: Marked, what: &str) -> String {
    let begun = Instant::now();
    while lab.child.try_wait().expect("its child").is_none() {
        assert!(begun.elapsed() < SOON, "{what}: the lab hangs");
        std::thread::sleep(Duration::from_millis(2));
    }
    lab.nothing_is_left();
    let mut stderr = String::new();
    lab.stderr.read_to_string(&mut stderr).expect("text");
    stderr
}

/// Returns what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Returns what is in a folder and in its folders, with sizes and the age of each.
fn tree(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let listed = entries.flat_map(|entry| {
        let found = entry.path().symlink_metadata();
        let facts = found.map(|found| (found.permissions(), found.len(), found.modified().map(|at| at.elapsed())));
        let below = if entry.path().is_symlink() { Vec::new() } else { tree(&entry.path()) };
        [format!("{} {facts:?}", entry.path().display())].into_iter().chain(below)
    });
    listed.collect()
}

#[test]
fn kills_at_random_moments_lose_nothing_and_leave_nothing() {
    let with_python = common::python().is_some();
    let (kills, seed) = plan();
    let say = |text: String| drop(writeln!(io::stderr(), "{text}"));
    say(format!("{kills} random kills, CONCURRENCY_LAB_SEED={seed}"));
    let mut random = fastrand::Rng::with_seed(seed);
    let kinds = if with_python { KINDS.len() } else { KINDS.len() - 2 };
    let first = random.usize(..kinds);
    let (here, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let file = common::write_experiment(here.path(), &experiment(with_python));
    let history = Store::at(here.path().join("data/runs"));
    let data = here.path().join("data");
    let environment = [("TMPDIR", temporary.path()), (DATA_VARIABLE, data.as_path())];
    let arguments = ["run", file.to_str().expect("text"), "--progress", "plain"];
    let (mut per_kind, mut finished, mut swept) = (BTreeMap::new(), 0, 0);
    for number in 0..kills {
        // In turn, from a random one on.
        let (kind, argument) = KINDS[(first + number) % kinds];
        let after = Duration::from_millis(random.u64(20..5_000));
        let what = format!("seed {seed}, kill {number} of a {kind} after {after:?}");
        let mut lab = Marked::start_in(&format!("random-{number}"), &arguments, &environment);
        assert!(kill_one(&mut lab, argument, after, &mut random), "{what}: the run was too short");
        if kind != "lab" {
            std::thread::sleep(Duration::from_millis(random.u64(0..600)));
            signal(lab.child.id() as i32, "-INT");
        }
        let stderr = ended(lab, &what);
        assert!(!stderr.contains("panicked"), "{what}: {stderr}");
        // Each line is printed when its trial has been stored.
        let trials: Vec<&str> = stderr.lines().filter(|line| line.starts_with("round ")).collect();
        let over = trials.iter().filter(|line| !line.ends_with(": cancelled")).count();
        history.list().expect("readable");
        let stored = match history.ids().expect("readable").first() {
            // Nothing is kept of a run that was stopped before a trial was over.
            None => 0,
            Some(id) => {
                let run = history.open(id).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert!(run.damage.is_none(), "{what}: {:?}", run.damage);
                assert_eq!(run.head.status == RunStatus::Interrupted, kind == "lab", "{what}: {:?}", run.head.status);
                for trial in run.results.first().trials.iter().filter_map(|trial| trial.completed()) {
                    assert_eq!(trial.spans.load().expect("spans").tasks.len(), 6, "{what}");
                }
                let stored = run.results.first().trials.len();
                drop(run);
                history.delete(id).expect("nobody uses it");
                stored
            }
        };
        let reported = if stored == 0 { over } else { trials.len() };
        let may_be_unreported = usize::from(kind == "lab");
        assert!((reported..=reported + may_be_unreported).contains(&stored), "{what}: {stored} stored, {stderr}");
        assert!(names(history.folder()).is_empty(), "{what}: {:?}", names(history.folder()));
        if !names(temporary.path()).is_empty() {
            // Killed between creating the folder of a trial and telling a runner of it.
            assert_eq!(kind, "lab", "{what}: {:?}", names(temporary.path()));
            swept += 1;
            let before = tree(temporary.path());
            // As if it were later: what was just being created is left alone for a while.
            for name in names(temporary.path()) {
                let folder = fs::File::open(temporary.path().join(name)).expect("there");
                folder.set_modified(std::time::SystemTime::now() - Duration::from_secs(120)).expect("set");
            }
            let short = ["run", arguments[1], "--models", "threads", "--trials", "1", "--no-save"];
            let stderr = ended(Marked::start_in(&format!("next-{number}"), &short, &environment), &what);
            let after = tree(temporary.path());
            assert!(after.is_empty(), "{what}: {before:#?}, and after the next run {after:#?}; {stderr}");
        }
        finished += reported;
        *per_kind.entry(kind).or_insert(0) += 1;
    }
    assert!(finished > 0, "no lab lived long enough");
    let left = names(Path::new("/dev/shm")).into_iter().filter(|name| name.starts_with("sem.concurrency-lab-"));
    let own: Vec<String> = left.filter(|_| kills >= 50).collect();
    say(format!(
        "{kills} kills {per_kind:?}: {finished} finished trials, none lost, no process, file or panic; \
         {swept} folders were left to the next run; semaphores there now: {own:?}"
    ));
}
