//! The verdict's sentences on synthetic runs.

use crate::analysis::testing::{Synthetic, failure, workload_alike, workload_list};
use crate::analysis::{Verdict, analyse};
use crate::model::Contender;
use crate::session::Outcome;
use crate::trial::Status;

fn verdict(built: &Synthetic) -> Verdict {
    analyse(&built.results).verdict
}

fn fastest(verdict: &Verdict) -> Vec<String> {
    verdict.fastest.iter().map(ToString::to_string).collect()
}

fn scraper(rounds: i32, noise: f64) -> Synthetic {
    Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "thread-pool", "async", "async-multi"]).rounds(
        rounds,
        noise,
        &[
            ("sequential", 4100.0, 1, 0.03),
            ("thread-pool", 826.0, 5, 0.12),
            ("async", 53.2, 80, 0.71),
            ("async-multi", 53.3, 80, 1.2),
        ],
    )
}

#[test]
fn waiting_together_beats_waiting_in_turn() {
    let verdict = verdict(&scraper(15, 0.01));
    assert_eq!(
        verdict.headline,
        "Async and Async multi-thread are 76 to 77 times as fast as Sequential, because waits overlap"
    );
    assert_eq!(
        verdict.cause,
        "Tasks in flight at once: 80 (all) under Async and Async multi-thread, 5 under Thread pool, 1 under Sequential. \
         The most that any model used was 1.2 cores on average: this work waits."
    );
    assert!(verdict.uncertainty.starts_with("Async is 7"), "{}", verdict.uncertainty);
    assert!(verdict.uncertainty.contains("times as fast as Sequential (95 % interval 7"), "{}", verdict.uncertainty);
    assert!(
        verdict.uncertainty.ends_with(", 15 rounds). Async and Async multi-thread can't be told apart."),
        "{}",
        verdict.uncertainty
    );
    assert_eq!(fastest(&verdict), ["async", "async-multi"]);
    assert!(verdict.remarks.is_empty(), "{:?}", verdict.remarks);
}

#[test]
fn with_few_rounds_the_range_is_told_and_how_many_are_missing() {
    let verdict = verdict(&scraper(3, 0.01));
    assert!(verdict.uncertainty.starts_with("Async multi-thread was 76.3 to 78.0 times"), "{verdict:?}");
    assert!(
        verdict.uncertainty.contains(" times as fast as Sequential in 3 rounds; 3 more give a 95 % interval."),
        "{verdict:?}"
    );
    assert!(
        verdict.uncertainty.ends_with("3 rounds are too few to tell Async multi-thread and Async apart."),
        "{}",
        verdict.uncertainty
    );
}

#[test]
fn who_is_level_with_the_fastest_is_said_to_be_ahead_only_where_it_is() {
    let mut built = Synthetic::new(workload_alike(20, 20.0, 0.0), &["sequential", "threads", "async", "rayon"]);
    // Async is as good as level with the fastest in one round, and behind the reference in another.
    let rounds = [(600.0, 460.0, 470.0, 481.0), (620.0, 470.0, 680.0, 481.0), (610.0, 450.0, 575.0, 490.0)];
    for (round, (sequential, threads, aside, rayon)) in (1..).zip(rounds) {
        built.trial("sequential", round, sequential, 1, 0.7);
        built.trial("threads", round, threads, 20, 0.9);
        built.trial("async", round, aside, 20, 0.7);
        built.trial("rayon", round, rayon, 2, 0.9);
    }
    built.results.rounds = Some(3);
    let verdict = verdict(&built);
    assert_eq!(verdict.headline, "Threads and Work stealing (rayon) are 1.2 to 1.3 times as fast as Sequential");
    assert!(
        verdict.uncertainty.ends_with("3 rounds are too few to tell Threads, Work stealing (rayon) and Async apart."),
        "{verdict:?}"
    );
}

#[test]
fn two_tasks_once() {
    let mut built =
        Synthetic::new(workload_list(&[("A", 0.0, 2000.0), ("B", 0.0, 3000.0)]), &["sequential", "threads"]);
    built.trial("sequential", 1, 5001.0, 1, 0.0);
    built.trial("threads", 1, 3000.2, 2, 0.0);
    built.results.outcome = Some(Outcome::Done);
    let verdict = verdict(&built);
    assert_eq!(
        verdict.headline,
        "Threads were 1.7 times as fast as Sequential in the only round, because waits overlap"
    );
    assert_eq!(
        verdict.cause,
        "Tasks in flight at once: 2 (all) under Threads, 1 under Sequential. Hardly any CPU was used."
    );
    assert_eq!(
        verdict.uncertainty,
        "Threads were 1.67 times as fast as Sequential in the only round; 5 more give a 95 % interval."
    );
}

#[test]
fn a_single_thread_that_reads_as_more_than_a_core_shows_that_the_counters_are_too_coarse() {
    let built = Synthetic::new(workload_alike(20, 0.01, 0.0), &["sequential", "rayon"]).rounds(
        7,
        0.001,
        &[("sequential", 0.2, 1, 1.5), ("rayon", 0.11, 2, 1.9)],
    );
    assert!(!verdict(&built).cause.contains("Cores used"), "{}", verdict(&built).cause);
}

#[test]
fn cores_are_no_cause_of_a_ratio_that_cpu_time_makes() {
    // 1.6 times as many cores can't make it 20 times as fast.
    let built = Synthetic::new(workload_alike(20, 50.0, 0.0), &["sequential", "rayon"]).rounds(
        7,
        0.001,
        &[("sequential", 1000.0, 1, 1.0), ("rayon", 50.0, 2, 1.6)],
    );
    assert_eq!(verdict(&built).headline, "Work stealing (rayon) is 20 times as fast as Sequential");
}

#[test]
fn cores_are_unknown_of_short_trials_and_where_more_were_read_than_there_are() {
    let built = |ms: f64, cores: f64| {
        let rows = [("sequential", ms, 1, cores), ("threads", ms, 1, 1.0)];
        let built = Synthetic::new(workload_alike(20, 1.0, 0.0), &["sequential", "threads"]).rounds(7, 0.001, &rows);
        analyse(&built.results).summaries[0].cpu_cores_used
    };
    assert_eq!(built(0.5, 1.3), None);
    assert_eq!(built(20.0, 64.0), None);
    assert!(built(20.0, 1.0).is_some());
}

#[test]
fn a_cause_is_one_of_all_models_that_are_named() {
    let built = |threads_cores: f64| {
        let rows = [
            ("sequential", 400.0, 1, 0.25),
            ("async-multi", 78.0, 20, 1.31),
            ("threads", 78.0, 16, threads_cores),
            ("async", 78.0, 20, threads_cores),
        ];
        Synthetic::new(workload_alike(20, 5.0, 15.0), &["sequential", "async-multi", "threads", "async"])
            .rounds(7, 0.001, &rows)
    };
    let found = verdict(&built(0.85));
    assert!(found.headline.ends_with(" times as fast as Sequential, because waits overlap"), "{}", found.headline);
    let cores =
        "Cores used on average, of 2: 1.3 by Async multi-thread, 0.85 by Threads and Async, 0.25 by Sequential.";
    assert!(found.cause.ends_with(cores), "{}", found.cause);
    let found = verdict(&built(1.6));
    assert!(
        found.headline.ends_with("because waits overlap and 1.3 to 1.6 cores were used, not 0.25"),
        "{}",
        found.headline
    );
}

#[test]
fn computing_on_more_cores() {
    let built = Synthetic::new(workload_alike(20, 50.0, 0.0), &["sequential", "rayon", "async"]).rounds(
        7,
        0.001,
        &[("sequential", 1000.0, 1, 1.0), ("rayon", 510.0, 2, 1.9), ("async", 1001.0, 1, 1.0)],
    );
    let verdict = verdict(&built);
    assert_eq!(
        verdict.headline,
        "Work stealing (rayon) is 2.0 times as fast as Sequential, because 1.9 cores were used, not 1.0"
    );
    assert_eq!(
        verdict.cause,
        "Cores used on average, of 2: 1.9 by Work stealing (rayon), 1.0 by Sequential and Async."
    );
    assert_eq!(fastest(&verdict), ["rayon"]);
}

#[test]
fn nothing_beats_the_reference() {
    let built = Synthetic::new(workload_alike(20, 5.0, 0.0), &["sequential", "async", "processes"]).rounds(
        7,
        0.001,
        &[("sequential", 100.0, 1, 1.0), ("async", 103.0, 1, 1.0), ("processes", 310.0, 20, 1.1)],
    );
    let first = verdict(&built);
    assert_eq!(first.headline, "Nothing is faster than Sequential here: Processes take 3.1 times as long");
    assert!(first.uncertainty.starts_with("Processes take 3."), "{}", first.uncertainty);
    let close = Synthetic::new(workload_alike(20, 5.0, 0.0), &["sequential", "async", "processes"]).rounds(
        7,
        0.001,
        &[("sequential", 100.0, 1, 1.0), ("async", 100.2, 1, 1.0), ("processes", 310.0, 20, 1.1)],
    );
    assert_eq!(
        verdict(&close).headline,
        "Sequential and Async can't be told apart; Processes take 3.1 times as long as Sequential"
    );
}

#[test]
fn mixed_work_tells_waits_and_cores_apart() {
    let models = ["sequential", "async", "async-multi"];
    let rows = [("sequential", 400.0, 1, 0.5), ("async", 202.0, 20, 1.0), ("async-multi", 105.0, 20, 1.9)];
    let all = Synthetic::new(workload_alike(20, 10.0, 10.0), &models).rounds(7, 0.001, &rows);
    assert_eq!(
        verdict(&all).headline,
        "Async multi-thread is 3.8 times as fast as Sequential, because waits overlap and 1.9 cores were used, not 0.50"
    );
    let one = Synthetic::new(workload_alike(20, 10.0, 10.0), &models[..2]).rounds(
        7,
        0.001,
        &[("sequential", 400.0, 1, 0.8), ("async", 202.0, 20, 1.0)],
    );
    assert_eq!(verdict(&one).headline, "Async is 2.0 times as fast as Sequential, because waits overlap");
}

#[test]
fn without_a_clear_difference_no_model_leads() {
    let rows = [("sequential", 2000.0, 1, 0.0), ("threads", 2001.0, 1, 0.0), ("async", 2002.0, 1, 0.0)];
    let models = ["sequential", "threads", "async"];
    let three = verdict(&Synthetic::new(workload_alike(1, 0.0, 2000.0), &models).rounds(9, 0.002, &rows));
    assert_eq!(three.headline, "No model is clearly ahead: all 3 took 2.00 s");
    assert!(three.uncertainty.contains("can't be told apart in 9 rounds"), "{}", three.uncertainty);
    assert!(three.uncertainty.contains("% or more would have shown"), "{}", three.uncertainty);
    assert_eq!(three.fastest.len(), 3);
    let two = verdict(&Synthetic::new(workload_alike(1, 0.0, 2000.0), &models[..2]).rounds(2, 0.002, &rows[..2]));
    assert!(two.headline.ends_with("can't be told apart: both took 2.00 s"), "{}", two.headline);
    assert!(two.uncertainty.ends_with("in 2 rounds; 4 more give a 95 % interval."), "{}", two.uncertainty);
}

#[test]
fn no_figure_ever_reads_once_as_fast() {
    for b_ms in [100.0, 100.4, 101.0, 101.3, 103.0, 109.0, 130.0] {
        for rounds in [1, 3, 8] {
            let rows = [("sequential", b_ms, 1, 0.0), ("async", 100.0, 4, 0.0)];
            let built =
                Synthetic::new(workload_alike(4, 0.0, 25.0), &["sequential", "async"]).rounds(rounds, 0.0, &rows);
            let headline = verdict(&built).headline;
            assert!(!headline.contains("1.00 times") && !headline.contains("1.0 times"), "{b_ms}: {headline}");
        }
    }
}

#[test]
fn a_first_look_before_the_first_measured_round() {
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "async"]);
    assert_eq!(verdict(&built).headline, "Nothing measured yet");
    built.trial("sequential", 0, 4100.0, 1, 0.1);
    built.trial("async", 0, 53.2, 80, 0.1);
    assert_eq!(verdict(&built).headline, "First look: Async 53.2 ms, Sequential 4.10 s; measuring goes on");
    built.trial("async", 1, 53.0, 80, 0.1);
    assert!(verdict(&built).headline.starts_with("First look"), "half a round is none");
    assert!(verdict(&built).fastest.is_empty());
    built.trial("sequential", 1, 4100.0, 1, 0.1);
    assert!(verdict(&built).headline.starts_with("Async was 77 times as fast"));
}

#[test]
fn a_cancelled_run_says_what_there_is() {
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "async"]);
    built.results.outcome = Some(Outcome::Cancelled);
    assert_eq!(verdict(&built).headline, "Cancelled before anything was measured");
    built.trial("async", 0, 53.2, 80, 0.1);
    let headline = verdict(&built).headline;
    assert_eq!(headline, "Only a first look: Async 53.2 ms; cancelled before a measured trial was complete");
    built.trial("async", 1, 53.2, 80, 0.1);
    let one = verdict(&built);
    assert_eq!(one.headline, "Async took 53.2 ms for 80 tasks");
    assert_eq!(one.uncertainty, "Async ran once (53.2 ms), so its spread is not known.");
    assert!(one.remarks.iter().any(|remark| *remark == "Sequential was cancelled."), "{:?}", one.remarks);
}

#[test]
fn where_all_failed_the_reasons_are_told() {
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["threads", "async"]);
    built.failed("threads", 1, Status::Failed, "the system allows about 16,000 threads.");
    built.failed("async", 1, Status::Unavailable, "not built in");
    built.results.outcome = Some(Outcome::Done);
    let verdict = verdict(&built);
    assert_eq!(verdict.headline, "No model completed a trial");
    assert_eq!(
        verdict.remarks,
        ["Threads failed: the system allows about 16,000 threads.", "Async is not available: not built in."]
    );
    built.results.trials.clear();
    built.results.outcome = Some(Outcome::Failed(failure("calibration did not end.")));
    assert_eq!(super::super::analyse(&built.results).verdict.headline, "The run failed: calibration did not end");
}

#[test]
fn a_failed_reference_leaves_the_others_compared() {
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["threads", "thread-pool", "async"]).rounds(
        6,
        0.001,
        &[("thread-pool", 800.0, 5, 0.1), ("async", 53.0, 80, 0.2)],
    );
    built.failed("threads", 1, Status::Failed, "no memory");
    let verdict = verdict(&built);
    assert_eq!(verdict.headline, "Async is 15 times as fast as Thread pool, because 80 tasks wait at once, not 5");
    assert!(verdict.remarks[0].starts_with("Threads, the reference, completed no trial"), "{:?}", verdict.remarks);
    assert_eq!(verdict.remarks[1], "Threads failed: no memory.");
    let models = &mut std::sync::Arc::make_mut(&mut built.results.experiment).models;
    models.retain(|one| one.model != crate::model::ModelId::Threads);
    let remarks = super::super::analyse(&built.results).verdict.remarks;
    assert!(remarks[0].starts_with("Threads, the reference, is not among the models"), "{remarks:?}");
}

#[test]
fn a_cold_start_that_changes_the_order_is_told() {
    let mut built = Synthetic::new(workload_alike(20, 1.0, 0.0), &["sequential", "process-pool"]).rounds(
        7,
        0.001,
        &[("sequential", 20.0, 1, 1.0), ("process-pool", 11.0, 2, 1.8)],
    );
    assert!(verdict(&built).remarks.is_empty());
    for trial in built
        .results
        .trials
        .iter_mut()
        .filter(|trial| trial.contender == Contender::of(crate::model::ModelId::ProcessPool))
    {
        trial.measured.as_mut().expect("completed").setup_nanos = 15_000_000;
    }
    let remarks = verdict(&built).remarks;
    assert_eq!(
        remarks,
        ["A cold start changes the order: setup included, Sequential takes 21.0 ms and Process pool 26.0 ms."]
    );
}

#[test]
fn copies_that_differ_warn_of_the_noise() {
    let models = ["threads", "threads"];
    let apart = Synthetic::new(workload_alike(4, 0.0, 25.0), &models).rounds(
        8,
        0.001,
        &[("threads", 25.0, 4, 0.0), ("threads#2", 27.0, 4, 0.0)],
    );
    let remarks = verdict(&apart).remarks;
    assert!(
        remarks[0].starts_with("Threads and Threads (2) are the same model, yet their times differ"),
        "{remarks:?}"
    );
    let same = Synthetic::new(workload_alike(4, 0.0, 25.0), &models).rounds(
        8,
        0.01,
        &[("threads", 25.0, 4, 0.0), ("threads#2", 25.0, 4, 0.0)],
    );
    assert!(verdict(&same).remarks.is_empty());
}

#[test]
fn many_models_are_told_in_groups() {
    let names = ["sequential", "threads", "thread-pool", "rayon", "async", "async-multi", "async-blocking"];
    let rows = [
        ("sequential", 400.0, 1, 0.5),
        ("threads", 106.0, 40, 1.9),
        ("thread-pool", 208.0, 2, 1.0),
        ("rayon", 207.0, 2, 1.0),
        ("async", 206.0, 40, 1.0),
        ("async-multi", 105.0, 38, 1.9),
        ("async-blocking", 209.0, 2, 1.0),
    ];
    let built = Synthetic::new(workload_alike(40, 5.0, 5.0), &names).rounds(9, 0.001, &rows);
    assert_eq!(
        verdict(&built).cause,
        "Tasks in flight at once: 40 (all) under Threads and Async; 38 under Async multi-thread; \
         2 under Work stealing (rayon), Thread pool and Async blocking pool; 1 under Sequential. \
         Cores used on average, of 2: 1.9 by Async multi-thread and Threads; \
         1.0 by Async, Work stealing (rayon) and 2 others; 0.50 by Sequential."
    );
}

#[test]
fn what_befell_several_models_is_told_once() {
    let mut built = Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "threads", "thread-pool", "async"]);
    for model in ["sequential", "threads"] {
        built.failed(model, 1, Status::Failed, "no memory");
    }
    built.failed("thread-pool", 1, Status::Failed, "no threads");
    built.failed("async", 1, Status::Unavailable, "no memory");
    built.results.outcome = Some(Outcome::Done);
    let told = [
        "Sequential and Threads failed: no memory.",
        "Thread pool failed: no threads.",
        "Async is not available: no memory.",
    ];
    assert_eq!(verdict(&built).remarks, told);
}
