//! Computes a contender's summary from its trials. Only completed measured trials count; warm-ups and failed trials do
//! not.

use std::collections::BTreeMap;

use super::background::background;
use super::caveats;
use super::classes::ClassFigures;
use super::ideal::{ideal_nanos, usable_cpus};
use super::interpreter_lock::has_gil;
use super::no_ideal::{NoIdeal, is_calibrated};
use super::ratio::{paired_ratio, reference_of};
use super::statistics::{median, outliers};
use super::summary::{Summary, WallTime};
use crate::experiment::capabilities::unavailable;
use crate::failure::Failure;
use crate::model::{Contender, ModelId, Workers};
use crate::results::Results;
use crate::session::Outcome;
use crate::trial::{LEAST_COUNTED_NANOS, Measured, SpanSummary, Status, Trial};
use crate::workload::{Classes, Step};

/// Cores used, as a multiple of those there are, that can still come from the resolution of the CPU time.
const MOST_CORES: f64 = 1.05;

/// Fewest tasks for each worker with which a division among the workers is stated.
const FEWEST_TASKS_A_WORKER: u32 = 5;

/// Summarises one contender. Its caveats stay empty: they need the summaries of all contenders.
pub(super) fn summarise(results: &Results, contender: &Contender) -> Summary {
    let completed: Vec<(&Trial, &Measured)> =
        results.measured(contender).filter_map(|trial| Some((trial, trial.completed()?))).collect();
    let median_of = |figure: &dyn Fn(&Measured) -> Option<f64>| {
        // A figure that the system reported for some trials only would be the median of another set.
        let figures: Option<Vec<f64>> = completed.iter().map(|(_, measured)| figure(measured)).collect();
        median(&figures?)
    };
    let counted =
        |figure: fn(&Measured) -> Option<u64>| median_of(&|measured| figure(measured).map(|count| count as f64));
    let workload = &*results.workload_of(contender);
    let tasks = f64::from(workload.task_count().max(1));
    let per_task = |sum: fn(&Measured) -> Option<u64>| median_of(&|measured| Some(sum(measured)? as f64 / tasks));
    let walls: Vec<(i32, f64)> =
        completed.iter().map(|(trial, measured)| (trial.round, measured.wall_nanos as f64)).collect();
    let times: Vec<f64> = walls.iter().map(|(_, nanos)| *nanos).collect();
    let wall = WallTime::of(&times);
    let warm_up = results
        .trials
        .iter()
        .rfind(|trial| trial.contender == *contender && trial.is_warmup() && trial.completed().is_some())
        .and_then(Trial::completed);
    let has_pool = contender.model.info().workers != Workers::None;
    let workers = completed
        .last()
        .map(|(_, measured)| *measured)
        .or(warm_up)
        .and_then(|measured| measured.workers)
        .filter(|_| has_pool);
    let cpus = results.cpus_of(contender);
    let planned = workers.unwrap_or_else(|| results.planned_workers(contender));
    let usable = usable_cpus(contender.model, workload, has_gil(results, contender), cpus);
    let nominal = results.nominal_on(&contender.host);
    // Workers of others may be on machines of another speed, and as many as there are.
    let is_stated = is_calibrated(contender, workload)
        && !results.runs_elsewhere(contender)
        && NoIdeal::of_workload(workload, nominal).is_none();
    let ideal = ideal_nanos(contender.model, workload, nominal, planned, usable).filter(|_| is_stated);
    let has_files = workload.steps().iter().any(|step| matches!(step, Step::File { .. }));
    let streamed_bytes: f64 = workload
        .steps()
        .iter()
        .map(|step| if let Step::Memory { mib, .. } = step { f64::from(*mib) * 1_048_576.0 } else { 0.0 })
        .sum();
    let span_summaries = || completed.iter().map(|(_, measured)| &*measured.span_summary);
    let repeats = |step: usize| {
        let of = |classes: &Classes| classes.class_of_step(step).is_some_and(|class| classes.list[class].repeat);
        workload.classes().is_some_and(of)
    };
    let (status, reason) = status(results, contender);
    let failed = |trial: &&Trial| trial.status == Status::Failed && !trial.is_warmup();
    let failed_trials = own_trials(results, contender).filter(failed).count();
    let deadlocks = own_trials(results, contender).filter_map(|trial| trial.failure.as_ref()?.deadlock()).count();
    let shares = background(results.measured(contender));
    let reference = reference_of(results, contender).cloned();
    let mut summary = Summary {
        contender: contender.clone(),
        status,
        reason,
        failed_trials: failed_trials as u32,
        deadlocks: deadlocks as u32,
        workers,
        trials: completed.len() as u32,
        outliers: outliers(&times),
        walls,
        first_look: warm_up.map(|measured| measured.wall_nanos as f64),
        wall,
        times_as_fast: reference
            .as_ref()
            .and_then(|reference| paired_ratio(results, reference, contender, |measured| measured.wall_nanos as f64)),
        reference,
        ideal_nanos: ideal,
        efficiency: ideal.zip(wall).map(|(ideal, wall)| ideal / wall.median),
        throughput_per_s: wall.map(|wall| f64::from(workload.task_count()) * 1e9 / wall.median),
        cpu_user_nanos: counted(|measured| measured.usage.user_nanos),
        cpu_system_nanos: counted(|measured| measured.usage.system_nanos),
        // More than there are were not used: what was read is more than what ran within the clock.
        cpu_cores_used: median_of(&|measured| {
            measured.cores_used().filter(|_| measured.wall_nanos >= LEAST_COUNTED_NANOS)
        })
        .filter(|cores| *cores <= f64::from(cpus) * MOST_CORES),
        voluntary_switches: counted(|measured| measured.usage.voluntary_switches),
        involuntary_switches: counted(|measured| measured.usage.involuntary_switches),
        peak_memory_bytes: counted(|measured| measured.peak_memory_bytes),
        model_memory_bytes: counted(Measured::model_memory_bytes),
        pss_bytes: counted(|measured| measured.pss_bytes),
        record_bytes: counted(|measured| Some(measured.record_bytes)),
        stamp_nanos: median_of(&|measured| measured.stamp_nanos),
        first_stamp_nanos: median_of(&|measured| measured.first_stamp_nanos),
        queue: SpanSummary::queue_percentiles(span_summaries()),
        latency: SpanSummary::latency_percentiles(span_summaries()),
        throttled_nanos: median(
            &results
                .measured(contender)
                .filter_map(|trial| Some(trial.background?.throttled_nanos? as f64))
                .collect::<Vec<_>>(),
        ),
        setup_nanos: counted(|measured| Some(measured.setup_nanos)),
        teardown_nanos: counted(|measured| Some(measured.teardown_nanos)),
        peak_in_flight: middle_peak(span_summaries().map(|one| one.peak_in_flight).collect()),
        core_occupancy: None,
        gil_wait_nanos: counted(|measured| measured.span_summary.gil_wait_nanos),
        gil_wait_error_nanos: counted(|measured| measured.runtime.as_ref()?.gil_wait_error_nanos),
        runtime: results.runtime(contender).cloned(),
        start_method: completed.last().and_then(|(_, measured)| measured.runtime.as_ref()?.start_method.clone()),
        transfer_input_nanos: per_task(|measured| measured.span_summary.transfer.input_nanos),
        transfer_output_nanos: per_task(|measured| measured.span_summary.transfer.output_nanos),
        transfer_task_nanos: per_task(|measured| measured.span_summary.transfer.task_nanos),
        lock_wait_nanos: counted(|measured| measured.span_summary.lock_wait_nanos),
        expected_updates: counted(|measured| Some(measured.counted?.expected)),
        got_updates: counted(|measured| Some(measured.counted?.got)),
        lost_updates: counted(|measured| Some(measured.counted?.lost())),
        got_range: ends(&completed, |measured| Some(measured.counted?.got as f64)),
        lost_range: ends(&completed, |measured| Some(measured.counted?.lost() as f64)),
        late_median_nanos: counted(|measured| Some(measured.span_summary.lateness?.median)),
        late_p95_nanos: counted(|measured| Some(measured.span_summary.lateness?.p95)),
        late_p99_nanos: counted(|measured| Some(measured.span_summary.lateness?.p99)),
        late_worst_nanos: counted(|measured| Some(measured.span_summary.lateness?.worst)),
        server_cpu_nanos: counted(|measured| measured.server?.cpu_nanos),
        server_share: median_of(&|measured| {
            Some(measured.server?.cpu_nanos? as f64 / measured.wall_nanos as f64).filter(|share| share.is_finite())
        }),
        storage_read_bytes: counted(|measured| measured.usage.storage_read_bytes).filter(|_| has_files),
        storage_written_bytes: counted(|measured| measured.usage.storage_written_bytes).filter(|_| has_files),
        streamed_bytes_per_s: wall
            .filter(|_| streamed_bytes > 0.0)
            .map(|wall| streamed_bytes * f64::from(workload.task_count()) * 1e9 / wall.median),
        step_nanos: (0..workload.steps().len())
            .map_while(|step| {
                let nanos = |measured: &Measured| measured.span_summary.step_nanos.get(step).copied();
                let all = median_of(&nanos)?;
                // A class that repeats may have no repetition in a trial: then its steps have a mean of 0.
                Some(match repeats(step) {
                    true => median_of(&|measured| nanos(measured).filter(|nanos| *nanos > 0.0)).unwrap_or(f64::NAN),
                    false => all,
                })
            })
            .collect(),
        fairness: median_of(&|measured| fairness(contender.model, measured, workload.task_count())),
        foreign_percent: shares.map(|shares| shares.foreign_percent),
        lab_percent: shares.map(|shares| shares.lab_percent),
        caveats: Vec::new(),
        classes: ClassFigures::of(results, &completed.iter().map(|(_, measured)| *measured).collect::<Vec<_>>()),
    };
    // A wrong result has no speedup.
    summary.times_as_fast = summary.times_as_fast.filter(|_| !summary.result_is_wrong());
    if caveats::oversubscription(results, &summary).is_none() {
        summary.core_occupancy = core_occupancy(&completed);
    }
    summary
}

/// Returns how evenly the workers of a pool, which take the next task when they are done, got tasks. Not stated where
/// tasks are dealt out beforehand, and for so few tasks that no division could be even.
fn fairness(model: ModelId, measured: &Measured, tasks: u32) -> Option<f64> {
    let workers = measured.workers.filter(|workers| *workers > 1 && tasks / workers >= FEWEST_TASKS_A_WORKER)?;
    let divided = measured.span_summary.worker_tasks?;
    let competes = !matches!(model, ModelId::PyAsyncioMulti | ModelId::PyPool | ModelId::PyJoblib);
    let fewest = if divided.workers < workers { 0 } else { divided.fewest };
    (competes && divided.most > 0).then(|| f64::from(fewest) / f64::from(divided.most))
}

/// Returns the smallest and largest value of a figure over the trials; `None` if a trial lacks it.
fn ends(completed: &[(&Trial, &Measured)], figure: impl Fn(&Measured) -> Option<f64>) -> Option<(f64, f64)> {
    let figures: Option<Vec<f64>> = completed.iter().map(|(_, measured)| figure(measured)).collect();
    let ends = |ends: Option<(f64, f64)>, figure: &f64| match ends {
        None => Some((*figure, *figure)),
        Some((least, most)) => Some((least.min(*figure), most.max(*figure))),
    };
    figures?.iter().fold(None, ends)
}

/// Returns the share of the wall time in which each core computed, over all trials together.
fn core_occupancy(completed: &[(&Trial, &Measured)]) -> Option<Vec<(u32, f64)>> {
    let wall: u64 = completed.iter().map(|(_, measured)| measured.wall_nanos).sum();
    let mut busy: BTreeMap<u32, u64> = BTreeMap::new();
    for (_, measured) in completed {
        for (core, nanos) in measured.span_summary.core_busy_nanos.as_ref()? {
            *busy.entry(*core).or_default() += nanos;
        }
    }
    (wall > 0 && !busy.is_empty())
        .then(|| busy.into_iter().map(|(core, nanos)| (core, nanos as f64 / wall as f64)).collect())
}

/// Returns all trials of a contender, warm-ups included.
fn own_trials<'a>(results: &'a Results, contender: &'a Contender) -> impl Iterator<Item = &'a Trial> {
    results.trials.iter().filter(move |trial| trial.contender == *contender)
}

/// Returns the status of a contender over all its trials, and the reason why some did not complete.
fn status(results: &Results, contender: &Contender) -> (Option<Status>, Option<String>) {
    let own = || own_trials(results, contender);
    let with = |status| own().filter(move |trial: &&Trial| trial.status == status);
    let reason = |status| with(status).find_map(Trial::reason);
    if results.measured(contender).any(|trial| trial.completed().is_some()) {
        return (Some(Status::Completed), lost_trials(own().collect()));
    }
    for status in [Status::Unavailable, Status::Failed, Status::Cancelled] {
        if with(status).next().is_some() {
            return (Some(status), reason(status));
        }
    }
    if let Some(reason) = unavailable(contender, &results.experiment, &results.interpreters) {
        return (Some(Status::Unavailable), Some(reason));
    }
    match &results.outcome {
        Some(Outcome::Cancelled) => (Some(Status::Cancelled), None),
        // The lab ended before its turn: nothing of it failed.
        Some(Outcome::Failed(Failure::LabEnded | Failure::SessionLost)) => (None, None),
        Some(Outcome::Failed(failure)) => (Some(Status::Failed), Some(failure.to_string())),
        Some(Outcome::Done) | None => (None, None),
    }
}

/// Describes the trials that did not complete, for a contender with others that did: "1 of 7 trials failed: out of
/// memory".
fn lost_trials(own: Vec<&Trial>) -> Option<String> {
    // Warm-ups count nowhere, but one that failed is a fact, and the reason of an exit status.
    let (warmups, own): (Vec<&Trial>, Vec<&Trial>) = own.into_iter().partition(|trial| trial.is_warmup());
    let because = |reason: Option<String>| reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let failed_warmup = warmups.iter().find(|trial| trial.status == Status::Failed);
    let failed_warmup = failed_warmup.map(|trial| format!("a warm-up failed{}", because(trial.reason())));
    let lost = |status: Status, word: &str| {
        let count = own.iter().filter(|trial| trial.status == status).count();
        let first = own.iter().filter(|trial| trial.status == status).find_map(|trial| trial.reason());
        (count > 0).then(|| format!("{count} of {} trials {word}{}", own.len(), because(first)))
    };
    let parts = [lost(Status::Failed, "failed"), lost(Status::Cancelled, "cancelled"), failed_warmup];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Returns the median of what trials had, of an even number the upper one in the middle: a number that a trial had.
/// `None` where it is 0, which stands for unknown.
fn middle_peak(mut peaks: Vec<u32>) -> Option<u32> {
    peaks.sort_unstable();
    peaks.get(peaks.len() / 2).copied().filter(|peak| *peak > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::trial::Usage;

    fn built() -> Synthetic {
        Synthetic::new(workload_alike(80, 0.0, 50.0), &["sequential", "thread-pool", "async"]).rounds(
            7,
            0.0,
            &[("sequential", 4000.0, 1, 0.01), ("thread-pool", 2000.0, 2, 0.02), ("async", 50.0, 80, 0.3)],
        )
    }

    #[test]
    fn figures_of_a_calm_run() {
        let analysis = analyse(&built().results);
        let [sequential, pool, event_loop] = analysis.summaries.as_slice() else { panic!("three models") };
        assert_eq!((sequential.trials, sequential.workers, pool.workers), (7, None, Some(2)));
        assert_eq!(sequential.status, Some(Status::Completed));
        assert_eq!(event_loop.wall.expect("completed").ci95, Some((50e6, 50e6)));
        assert_eq!(event_loop.first_look, Some(50e6));
        assert!((event_loop.times_as_fast.expect("paired").median - 80.0).abs() < 1e-9);
        assert_eq!(sequential.times_as_fast.expect("paired").median, 1.0);
        assert_eq!((pool.ideal_nanos, pool.efficiency), (Some(2e9), Some(1.0)));
        assert_eq!(event_loop.throughput_per_s, Some(1600.0));
        assert_eq!((sequential.peak_in_flight, event_loop.peak_in_flight), (Some(1), Some(80)));
        assert!((event_loop.cpu_cores_used.expect("stated") - 0.3).abs() < 1e-6);
        assert_eq!((event_loop.voluntary_switches, event_loop.involuntary_switches), (Some(7.0), None));
        assert!((event_loop.latency.expect("tasks").p50 / 50e6 - 1.0).abs() < 0.002);
    }

    #[test]
    fn lost_updates_in_any_trial_make_a_result_wrong() {
        let count = |got| Some(crate::trial::Counted { expected: 160, got });
        let models = ["sequential", "threads", "process-pool"];
        let rows = models.map(|model| (model, 10.0, 1, 1.0));
        let mut built = Synthetic::new(workload_alike(8, 1.0, 0.0), &models).rounds(3, 0.0, &rows);
        built.adjust("sequential", |measured| measured.counted = count(160));
        built.adjust("threads", |measured| measured.counted = count(160));
        built.adjust("process-pool", |measured| measured.counted = count(0));
        let wrong = |built: &Synthetic| -> Vec<bool> {
            analyse(&built.results).summaries.iter().map(Summary::result_is_wrong).collect()
        };
        assert_eq!(wrong(&built), [false, false, true]);
        let one = built.results.trials.iter().rposition(|trial| trial.contender.to_string() == "threads");
        built.results.trials[one.expect("ran")].measured.as_mut().expect("completed").counted = count(121);
        assert_eq!(wrong(&built), [false, true, true], "the median is 0 lost, and one trial lost 39");
        let analysis = analyse(&built.results);
        let threads = &analysis.summaries[1];
        assert_eq!((threads.lost_updates, threads.lost_range), (Some(0.0), Some((0.0, 39.0))));
        assert!(analysis.summaries[0].times_as_fast.is_some() && threads.times_as_fast.is_none());
        assert_eq!(analysis.verdict.fastest, [analysis.summaries[0].contender.clone()], "a wrong result leads nowhere");
        assert_eq!(analysis.fastest_first()[0].contender, analysis.summaries[0].contender);
        assert_eq!(threads.got_range, Some((121.0, 160.0)));
        let plain = analyse(&self::built().results);
        assert!(plain.summaries.iter().all(|one| !one.result_is_wrong() && one.lost_range.is_none()));
    }

    /// Fairness of a pool of two workers whose first `first` of `tasks` tasks ran on one worker, the others on the other.
    fn fairness_of(model: &str, tasks: u32, first: u32) -> Option<f64> {
        let mut built =
            Synthetic::new(workload_alike(tasks, 1.0, 0.0), &[model]).rounds(3, 0.0, &[(model, 9.0, 2, 1.0)]);
        built.adjust_spans(model, |spans| {
            for (task, span) in spans.tasks.iter_mut().enumerate() {
                span.worker = u32::from(task as u32 >= first);
            }
        });
        analyse(&built.results).summaries[0].fairness
    }

    #[test]
    fn the_division_among_workers_is_that_of_the_least_by_that_of_the_most_used() {
        assert_eq!(fairness_of("thread-pool", 20, 10), Some(1.0));
        assert_eq!(fairness_of("thread-pool", 20, 15), Some(5.0 / 15.0));
        assert_eq!(fairness_of("thread-pool", 20, 1), Some(1.0 / 19.0));
        assert_eq!(fairness_of("process-pool", 20, 0), Some(0.0), "one worker of two got nothing");
        assert_eq!(fairness_of("thread-pool", 9, 4), None, "too few tasks to divide");
        // No pool, and a pool that deals out its tasks beforehand.
        assert_eq!((fairness_of("threads", 20, 10), fairness_of("py-pool", 20, 10)), (None, None));
    }

    #[test]
    fn of_workers_that_others_run_nothing_is_claimed_that_was_not_measured() {
        use crate::trial::{ExternalScheduler, Runtime};
        let rows = [("py-sequential", 80.0, 1, 1.0), ("py-dask", 20.0, 2, 1.0)];
        let mut built =
            Synthetic::new(workload_alike(8, 10.0, 0.0), &["py-sequential", "py-dask"]).rounds(3, 0.0, &rows);
        let external = ExternalScheduler { address: "tcp://192.0.2.1:8786".to_owned(), same_clock: false };
        built.adjust_spans("py-dask", |spans| {
            spans.seen = (0..8).map(|task| (0, 1_000_000 * (task + 1))).collect();
            spans.tasks.clear();
            spans.step_ends.clear();
        });
        built.adjust("py-dask", |measured| {
            (measured.usage, measured.peak_memory_bytes, measured.workers) = (Usage::default(), None, Some(64));
            measured.runtime = Some(Runtime {
                version: "3.13.5".to_owned(),
                gil: true,
                start_method: None,
                gil_wait_error_nanos: None,
                external: Some(external.clone()),
                gil_wait_asleep_nanos: None,
            });
        });
        let analysis = analyse(&built.results);
        let dask = &analysis.summaries[1];
        assert_eq!((dask.ideal_nanos, dask.efficiency, dask.cpu_cores_used), (None, None, None));
        assert_eq!((dask.peak_memory_bytes, dask.peak_in_flight, dask.fairness), (None, None, None));
        assert_eq!((dask.queue, dask.core_occupancy.is_none(), dask.step_nanos.len()), (None, true, 0));
        assert!(dask.latency.is_some_and(|latency| latency.max == 8e6) && dask.times_as_fast.is_some());
        let caveats: Vec<String> = dask.caveats.iter().map(crate::analysis::Caveat::label).collect();
        assert!(caveats.contains(&"ran on an external scheduler".to_owned()), "{caveats:?}");
        assert!(!caveats.iter().any(|label| label.contains("64")), "not too many for the cores of this machine");
        let remedy = dask.caveats.iter().map(crate::analysis::Caveat::remedy).find(|text| text.contains("192.0.2.1"));
        assert!(remedy.is_some_and(|text| text.contains("it is not known when tasks ran")));
    }

    #[test]
    fn a_figure_missing_in_one_trial_is_missing() {
        let mut built = built();
        built.results.trials[5].measured.as_mut().expect("completed").usage = Usage::default();
        let analysis = analyse(&built.results);
        let hit = analysis.summaries.iter().filter(|summary| summary.cpu_cores_used.is_none()).count();
        assert_eq!(hit, 1);
    }

    #[test]
    fn without_the_reference_nothing_is_times_as_fast() {
        let mut built = built();
        built.results.trials.retain(|trial| trial.contender.model != crate::model::ModelId::Sequential);
        let analysis = analyse(&built.results);
        assert!(analysis.summaries.iter().all(|summary| summary.times_as_fast.is_none()));
        assert_eq!(analysis.summaries[0].status, None, "not run yet");
    }

    #[test]
    fn the_status_summarises_all_trials() {
        let mut built = Synthetic::new(workload_alike(2, 0.0, 5.0), &["sequential", "threads", "async", "rayon"]);
        built.trial("sequential", 1, 10.0, 1, 0.1);
        built.failed("sequential", 2, Status::Failed, "time-out");
        built.failed("threads", 0, Status::Failed, "the system allows about 16,000 threads");
        built.failed("threads", 1, Status::Failed, "another");
        built.trial("async", 0, 5.0, 2, 0.1);
        built.failed("rayon", 0, Status::Failed, "the runner was killed");
        built.trial("rayon", 1, 5.0, 2, 0.1);
        let statuses = |built: &Synthetic| -> Vec<(Option<Status>, Option<String>)> {
            analyse(&built.results).summaries.into_iter().map(|summary| (summary.status, summary.reason)).collect()
        };
        assert_eq!(
            statuses(&built),
            [
                (Some(Status::Completed), Some("1 of 2 trials failed: time-out".to_owned())),
                (Some(Status::Failed), Some("the system allows about 16,000 threads".to_owned())),
                (None, None),
                (Some(Status::Completed), Some("a warm-up failed: the runner was killed".to_owned()))
            ]
        );
        built.results.outcome = Some(Outcome::Cancelled);
        assert_eq!(statuses(&built)[2], (Some(Status::Cancelled), None));
    }

    #[test]
    fn a_peak_is_one_that_a_trial_had() {
        assert_eq!(middle_peak(vec![15, 13]), Some(15));
        assert_eq!(middle_peak(vec![16, 13, 15]), Some(15));
        assert_eq!(middle_peak(vec![16, 12, 13, 15]), Some(15));
        assert_eq!((middle_peak(vec![0, 0, 3]), middle_peak(Vec::new())), (None, None));
    }
}
