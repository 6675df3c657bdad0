//! Stored runs that were cut off, or whose bytes have changed: what is read is as it was written, and what is not is
//! reported. `CONCURRENCY_LAB_FUZZ=10` tries ten times as many.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use concurrency_lab::record::{Recorder, Store, StoredRun, open_file};
use concurrency_lab::results::Results;
use concurrency_lab::session::{Machine, SessionEvent};
use concurrency_lab::trial::{CpuSample, SpanStore, Spans, Trial};
use rusqlite::Connection;

use super::sealing::seal_again;
use super::{history, new_run, store};
use crate::scripted;

/// Longest time that reading a damaged file of this size may take on a busy machine.
const SLOWEST: Duration = Duration::from_secs(20);
/// Times that the trials of a scripted run are in the file.
const REPEATED: u32 = 5;

fn cases() -> usize {
    let factor = std::env::var("CONCURRENCY_LAB_FUZZ").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    1_000 * factor
}

/// A run with many trials, in a file of its own.
fn long_run(folder: &Path) -> PathBuf {
    let history = history(folder);
    let recorder = Recorder::in_history(history.clone(), new_run(&scripted::scraper()));
    let events = scripted::whole_run();
    let is_trial = |event: &&SessionEvent| matches!(event, SessionEvent::TrialFinished(_));
    let (trials, others): (Vec<_>, Vec<_>) = events.iter().partition(is_trial);
    let (end, begin) = others.split_last().expect("an end");
    store(&recorder, &SessionEvent::Machine(Arc::new(Machine::probe()))).expect("stored");
    begin.iter().for_each(|event| store(&recorder, event).expect("stored"));
    for time in 0..REPEATED {
        for event in &trials {
            let SessionEvent::TrialFinished(trial) = event else { unreachable!("filtered") };
            let mut trial = trial.clone();
            trial.position += time * trials.len() as u32;
            trial.started_at_ms += u64::from(time) * 1_000;
            let sample = |at: u32| CpuSample {
                at_ms: f64::from(at) * 50.0,
                width_ms: 50.0,
                usage_percent: vec![12.5, 80.0],
                lab_percent: Some(0.5),
                tree_percent: None,
            };
            trial.cpu = if trial.position % 2 == 0 { (0..9).map(sample).collect() } else { Vec::new() };
            store(&recorder, &SessionEvent::TrialFinished(trial)).expect("stored");
        }
    }
    store(&recorder, end).expect("stored");
    let path = folder.join("long.clab");
    fs::copy(history.path(&recorder.recorded().expect("recorded").id), &path).expect("copied");
    path
}

/// Everything that is stored of a trial but its spans, as text.
fn facts(trial: &Trial) -> String {
    let mut trial = trial.clone();
    if let Some(measured) = &mut trial.measured {
        measured.spans = SpanStore::Memory(Arc::default());
    }
    format!("{trial:?}")
}

fn spans(trial: &Trial) -> Option<Arc<Spans>> {
    trial.measured.as_ref()?.spans.load().ok()
}

/// Everything that is stored of a run but its trials, as text.
fn plan(results: &Results) -> String {
    let Results { experiment, interpreters, calibrations, machine, outcome, rounds, started_at_ms, .. } = results;
    let calibrations: Vec<_> = calibrations.iter().collect();
    format!("{experiment:?} {interpreters:?} {calibrations:?} {machine:?} {outcome:?} {rounds:?} {started_at_ms}")
}

/// Content of a file before it was damaged.
struct Whole {
    head: String,
    plan: String,
    /// Facts, spans and the trial itself by position.
    trials: HashMap<u32, (String, Option<Arc<Spans>>, Trial)>,
}

impl Whole {
    fn of(run: &StoredRun) -> Self {
        let results = run.results.first();
        let of = |trial: &Trial| (trial.position, (facts(trial), spans(trial), trial.clone()));
        let trials = results.trials.iter().map(of).collect();
        Self { head: format!("{:?}", run.head), plan: plan(results), trials }
    }

    /// Checks that everything in a damaged run is as it was, or is reported. Returns how many trials were read.
    fn check(&self, run: &StoredRun, case: &str) -> usize {
        let results = run.results.first();
        assert_eq!((format!("{:?}", run.head), plan(results)), (self.head.clone(), self.plan.clone()), "{case}");
        let mut without_samples = 0;
        for trial in &results.trials {
            let (facts_before, spans_before, before) = &self.trials[&trial.position];
            if trial.cpu.is_empty() && !before.cpu.is_empty() {
                without_samples += 1;
                let without = Trial { cpu: Vec::new(), ..before.clone() };
                assert_eq!(facts(trial), facts(&without), "{case}");
            } else {
                assert_eq!(&facts(trial), facts_before, "{case}");
            }
            // Those of all trials would take most of the time.
            if trial.position % 5 == 0
                && let Some(read) = spans(trial)
            {
                assert_eq!(Some(&read), spans_before.as_ref(), "{case}");
            }
        }
        let positions: std::collections::HashSet<u32> = results.trials.iter().map(|trial| trial.position).collect();
        assert_eq!(positions.len(), results.trials.len(), "{case}: no trial twice");
        let lost = self.trials.len() - results.trials.len();
        let damage = run.damage.as_ref().map_or((0, 0), |damage| (damage.trials, damage.without_samples));
        assert_eq!(damage.0, lost, "{case}: {:?}", run.damage);
        // Of trials that had none it can't be known that they had none.
        assert!(damage.1 >= without_samples, "{case}: {:?}", run.damage);
        assert_eq!(run.results.lost_trials as usize, lost, "{case}");
        results.trials.len()
    }
}

/// Opens a damaged file in bounded time and checks what is read. Returns the number of trials; `None` if it is refused.
fn opened(path: &Path, whole: &Whole, case: &str) -> Option<usize> {
    let begun = Instant::now();
    let read = match open_file(path) {
        Ok(run) => Some(whole.check(&run, case)),
        Err(error) => {
            assert!(error.to_string().contains("damaged.clab"), "{case}: {error}");
            None
        }
    };
    assert!(begun.elapsed() < SLOWEST, "{case} took {:?}", begun.elapsed());
    read
}

#[test]
fn a_file_that_is_cut_off_keeps_the_trials_before_the_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let valid = fs::read(long_run(folder.path())).expect("readable");
    let whole = Whole::of(&open_file(&folder.path().join("long.clab")).expect("readable"));
    let path = folder.path().join("damaged.clab");
    let mut random = fastrand::Rng::with_seed(81);
    let (mut some, mut read) = (0, 0);
    for case in 0..cases() {
        let length = random.usize(..valid.len());
        fs::write(&path, &valid[..length]).expect("written");
        if let Some(trials) = opened(&path, &whole, &format!("cut {case} at {length}")) {
            assert!(
                trials < whole.trials.len() || length + 4096 > valid.len(),
                "cut at {length}: a trial was there twice"
            );
            some += 1;
            read += trials;
        }
    }
    // The first pages have what every run needs; then trial follows trial.
    assert!(some * 3 > cases(), "{some} files could be read");
    assert!(read * 6 > whole.trials.len() * cases(), "{read} trials could be read");
}

/// Changes some bytes, anywhere or where the structure is: single bits, runs of zeros or noise, pages in the place of
/// others.
fn corrupt(bytes: &mut [u8], random: &mut fastrand::Rng) {
    let pages = bytes.len() / 4096;
    let at = |random: &mut fastrand::Rng, length: usize| match random.bool() {
        true => random.usize(..pages) * 4096 + random.usize(..100),
        false => random.usize(..length - 5_000),
    };
    match random.u8(..6) {
        0 => {
            let (from, to) = (random.usize(..pages) * 4096, random.usize(..pages) * 4096);
            bytes.copy_within(from..from + 4096, to);
        }
        1 => {
            let (start, length) = (at(random, bytes.len()), random.usize(1..4096));
            bytes[start..start + length].fill(0);
        }
        2 => {
            let (start, length) = (at(random, bytes.len()), random.usize(1..600));
            bytes[start..start + length].fill_with(|| random.u8(..));
        }
        3 => {
            let at = at(random, bytes.len());
            bytes[at] = random.u8(..);
        }
        _ => {
            let at = at(random, bytes.len());
            bytes[at] ^= 1 << random.u8(..8);
        }
    }
}

#[test]
fn a_file_with_other_bytes_is_read_as_it_was_written_or_the_damage_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let valid = fs::read(long_run(folder.path())).expect("readable");
    let whole = Whole::of(&open_file(&folder.path().join("long.clab")).expect("readable"));
    let path = folder.path().join("damaged.clab");
    let mut random = fastrand::Rng::with_seed(82);
    let (mut some, mut all, mut read) = (0, 0, 0);
    for case in 0..cases() {
        let mut bytes = valid.clone();
        for _ in 0..random.usize(1..3) {
            corrupt(&mut bytes, &mut random);
        }
        fs::write(&path, &bytes).expect("written");
        if let Some(trials) = opened(&path, &whole, &format!("corruption {case}")) {
            some += 1;
            read += trials;
            all += usize::from(trials == whole.trials.len());
        }
    }
    assert!(all < some && some * 3 > cases(), "{some} files could be read, {all} of them whole");
    assert!(read * 10 > some * whole.trials.len() * 8, "{read} trials of {some} files could be read");
}

#[test]
fn no_single_bit_of_a_value_changes_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = long_run(folder.path());
    let changes = [
        "UPDATE trial SET wall_nanos = wall_nanos + 1 WHERE id = 2",
        "UPDATE trial SET span_crc = span_crc + 1 WHERE id = 2",
        "UPDATE trial SET crc = NULL WHERE id = 2",
        "UPDATE trial SET id = 5000 WHERE id = 2",
        "DELETE FROM trial WHERE id = 2",
        "DELETE FROM trial WHERE id = (SELECT max(id) FROM trial)",
    ];
    let damaged = |sql: &str| {
        let copy = path.with_file_name("damaged.clab");
        fs::copy(&path, &copy).expect("copied");
        let connection = Connection::open(&copy).expect("opened");
        assert!(connection.execute(sql, []).expect("changed") > 0, "{sql} changes nothing");
        drop(connection);
        open_file(&copy)
    };
    let trials = open_file(&path).expect("readable").results.first().trials.len();
    for sql in changes {
        let run = damaged(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(run.results.first().trials.len(), trials - 1, "{sql}");
        let message = run.damage.expect("damaged").to_string();
        assert!(
            message.starts_with(&format!("1 of {trials} trials can't be read and are left out (")),
            "{sql}: {message}"
        );
    }
    let sampled = open_file(&path).expect("readable").results.first().trials.iter().position(|one| !one.cpu.is_empty());
    let sampled = sampled.expect("a trial with samples");
    for change in ["UPDATE cpu_block SET data = data || x'00'", "DELETE FROM cpu_block"] {
        let sql = &format!("{change} WHERE trial = {}", sampled + 1);
        let run = damaged(sql).expect("readable");
        let read = &run.results.first().trials;
        assert_eq!((read.len(), read[sampled].cpu.len()), (trials, 0), "{sql}");
        assert_eq!(run.damage.expect("damaged").without_samples, 1, "{sql}");
    }
    for sql in ["DELETE FROM span_block WHERE trial = 2", "UPDATE span_block SET data = data || x'00' WHERE trial = 2"]
    {
        let run = damaged(sql).expect("readable");
        assert!(run.damage.is_none(), "spans are read when they are wanted");
        let read = run.results.first().trials.iter().filter(|trial| spans(trial).is_some()).count();
        assert_eq!(read, trials - 1, "{sql}");
    }
    for sql in [
        "UPDATE run SET title = title || ' '",
        "UPDATE run SET rounds = rounds + 1",
        "UPDATE machine SET logical_cpus = logical_cpus + 1",
        "UPDATE contender SET title = 'x'",
        "DELETE FROM interpreter",
        "DELETE FROM seal",
        "UPDATE seal SET rows = rows + 1",
        "UPDATE seal SET crc = 'x'",
    ] {
        let message = damaged(sql).map(|_| ()).expect_err(sql).to_string();
        assert!(message.contains("damaged: ") && message.ends_with(" is not as it was written"), "{sql}: {message}");
    }
}

#[test]
fn a_change_of_the_name_does_not_make_a_damaged_run_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let (id, _) = super::record(&history(folder.path()), &scripted::scraper(), &scripted::whole_run());
    let history: Store = history(folder.path());
    history.rename(&id, "Another name").expect("renamed");
    history.pin(&id, true).expect("pinned");
    assert_eq!(history.open(&id).expect("readable").head.name, "Another name");
    let change = |sql: &str, seal: bool| {
        let connection = Connection::open(history.path(&id)).expect("opened");
        connection.execute_batch(sql).expect("changed");
        if seal {
            seal_again(&connection).expect("sealed");
        }
    };
    change("UPDATE run SET title = 'Another title'", false);
    let refused = history.rename(&id, "Yet another").expect_err("damaged").to_string();
    assert!(refused.contains("damaged: run is not as it was written"), "{refused}");
    assert!(history.head(&id).is_err() && history.open(&id).is_err());
    // The documented check values are those that the lab computes.
    change("", true);
    assert_eq!(history.open(&id).expect("readable").head.title, "Another title");
    history.rename(&id, "Yet another").expect("renamed");
}
