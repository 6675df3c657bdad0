//! Metrics of CPU time, cores, context switches and the GIL wait.

use super::context::ModelContext;
use super::definition::{Metric, metrics};
use super::value::{Unit, Value};
use crate::trial::Runtime;
use crate::units;

metrics! {
    /// CPU time in user mode while the clock ran, of the runner and its workers.
    CPU_USER = Metric::new("cpu_user_ms", "CPU user", Unit::Milliseconds)
        .lower()
        .summary(21, |model| Value::ms(model.summary.cpu_user_nanos))
        .trials(9, |trial| Value::integer_ms(trial.usage().user_nanos))
        .detail(12, "CPU user", |model| CPU_USER.of_model(model));
    /// CPU time in kernel mode while the clock ran, of the runner and its workers.
    CPU_SYSTEM = Metric::new("cpu_system_ms", "CPU system", Unit::Milliseconds)
        .lower()
        .summary(22, |model| Value::ms(model.summary.cpu_system_nanos))
        .trials(10, |trial| Value::integer_ms(trial.usage().system_nanos))
        .detail(13, "CPU system", |model| CPU_SYSTEM.of_model(model));
    /// Sum of user and system time.
    CPU_TIME = Metric::new("cpu_time", "CPU time", Unit::Milliseconds)
        .lower()
        .help("CPU time of the runner and its workers while the clock ran")
        .text(|model| Some(units::duration(model.summary.cpu_user_nanos? + model.summary.cpu_system_nanos?)))
        .curve(6, |model| {
            Value::ms(model.summary.cpu_user_nanos.zip(model.summary.cpu_system_nanos).map(|(user, system)| user + system))
        })
        .terminal(5, 2);
    /// CPU time / wall time.
    CORES_USED = Metric::new("cpu_cores_used", "cores used", Unit::Number)
        .short("cores")
        .help("CPU time divided by wall time; empty for trials below 2 ms, where the readings themselves cost too much")
        .summary(23, |model| model.summary.cpu_cores_used.into())
        .text(|model| model.summary.cpu_cores_used.map(|cores| format!("{cores:.2}")))
        .terminal(4, 8)
        .detail(14, "Cores used", |model| {
            Some(format!("{} of {}", CORES_USED.of_model(model)?, model.results.cpus_of(&model.summary.contender)))
        });
    /// Number of voluntary context switches: a thread waited.
    VOLUNTARY_SWITCHES = Metric::new("voluntary_switches", "voluntary switches", Unit::Count)
        .lower()
        .summary(24, |model| model.summary.voluntary_switches.into())
        .trials(11, |trial| trial.usage().voluntary_switches.into())
        .detail(15, "Waited (voluntary switches)", |model| VOLUNTARY_SWITCHES.of_model(model));
    /// Number of involuntary context switches: the scheduler preempted a thread.
    INVOLUNTARY_SWITCHES = Metric::new("involuntary_switches", "involuntary switches", Unit::Count)
        .lower()
        .summary(25, |model| model.summary.involuntary_switches.into())
        .trials(12, |trial| trial.usage().involuntary_switches.into())
        .detail(16, "Was interrupted", |model| INVOLUNTARY_SWITCHES.of_model(model));
    /// Sum of voluntary and involuntary context switches.
    OS_SWITCHES = Metric::new("switches", "OS switches", Unit::Count)
        .short("switches")
        .lower()
        .help("Times that a thread waited or was interrupted")
        .text(|model| {
            let both = model.summary.voluntary_switches? + model.summary.involuntary_switches?;
            Some(units::count(both.round() as u64))
        })
        .ranked_by(|model| {
            let summary = model.summary;
            summary.voluntary_switches.zip(summary.involuntary_switches).map(|(own, forced)| own + forced).into()
        })
        .terminal(7, 1);
    /// The lab's own CPU time while the runner was alive, percent of one core.
    LAB_CPU = Metric::new("lab_cpu_percent", "lab's CPU", Unit::Percent).lower().trials(14, |trial| {
        let background = trial.trial.background.filter(|background| background.wall_nanos > 0);
        background.map(|background| background.lab_nanos as f64 / background.wall_nanos as f64 * 100.0).into()
    });
    /// Time for which a CPU quota stopped the trial, summed over the CPUs.
    THROTTLED = Metric::new("throttled_ms", "throttled", Unit::Milliseconds)
        .lower()
        .summary(56, |model| Value::ms(model.summary.throttled_nanos))
        .trials(33, |trial| {
            Value::integer_ms(trial.trial.background.and_then(|background| background.throttled_nanos))
        })
        .only_if(|model| model.summary.throttled_nanos.is_some_and(|nanos| nanos > 0.0))
        .detail(26, "Stopped by a CPU quota", |model| THROTTLED.of_model(model));
    /// Largest number of tasks in flight at once.
    MOST_IN_FLIGHT = Metric::new("most_in_flight", "most in flight", Unit::Count)
        .detail(17, "Most in flight", |model| model.summary.peak_in_flight.map(|tasks| units::count(tasks.into())));
    /// Time that tasks were ready and waited for the GIL, summed over all tasks.
    GIL_WAIT = Metric::new("gil_wait_ms", "GIL wait", Unit::Milliseconds)
        .lower()
        .help(
            "Time that all tasks together were ready to go on and waited for their interpreter: wall time less CPU \
             time of their threads. An estimate; the details of a row state its error",
        )
        .summary(40, |model| Value::ms(model.summary.gil_wait_nanos))
        .trials(27, |trial| Value::integer_ms(trial.measured().and_then(|measured| measured.span_summary.gil_wait_nanos)))
        .terminal_if_measured(12, 9)
        .only_if(|model| model.summary.contender.model.shares_an_interpreter())
        .detail(31, "GIL wait, all tasks", gil_wait)
        .clause(|model| Some(format!("{} of waiting for the interpreter, estimated", GIL_WAIT.of_model(model)?)));
    /// Upper bound on the error of the GIL wait.
    GIL_WAIT_ERROR = Metric::new("gil_wait_error_ms", "GIL wait error", Unit::Milliseconds)
        .summary(52, |model| Value::ms(model.summary.gil_wait_error_nanos))
        .trials(28, |trial| Value::integer_ms(trial.runtime().and_then(|runtime| runtime.gil_wait_error_nanos)));
}

/// Describes the GIL wait with its error, or the reason why there is none.
fn gil_wait(model: &ModelContext<'_>) -> Option<String> {
    let summary = model.summary;
    let error = summary.gil_wait_error_nanos.map_or_else(
        || ", error not known".to_owned(),
        |error| format!("; up to {} of it may be waiting for a core", units::duration(error)),
    );
    if let Some(nanos) = summary.gil_wait_nanos {
        return Some(format!("{}{error}", units::duration(nanos)));
    }
    summary.wall?;
    let no_lock = summary.runtime.as_ref().is_some_and(|runtime: &Runtime| !runtime.gil);
    Some(if no_lock { "no GIL" } else { "can't be told from waiting for what was asked" }.to_owned())
}
