//! Values of flags: what is allowed is said with every value that is not.

use std::path::PathBuf;

use crate::chart::ChartKind;
use crate::cpus::{CpuSelection, InvalidCpus};
use crate::experiment::sweep::{Sweep, SweepProblem};
use crate::experiment::validate::{self, Allowed, Invalid, MOST_WARMUPS};
use crate::experiment::{MOST_ROUNDS, TrialCount};
use crate::export::CsvDialect;
use crate::python::StartMethod;
use crate::report::Picture;
use crate::workload::{MOST_TASKS, MOST_WORKERS, ValueType, Work, WorkerCount};

/// Reason why the value of a flag is refused. The flag and the value are in clap's part of the message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Refused {
    /// It is of the right type, but not allowed.
    #[error(transparent)]
    Invalid(Invalid),
    /// It is of another type, or none of the names.
    #[error("allowed are {0}")]
    Allowed(Allowed),
    /// It is no percentage.
    #[error("allowed are numbers from 0 to {MOST_PERCENT}")]
    Percent,
}

/// Largest percentage of a flag.
const MOST_PERCENT: u32 = 100_000;

pub(super) fn percent(text: &str) -> Result<f64, Refused> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().map_err(|_| Refused::Percent)?;
    if (0.0..=f64::from(MOST_PERCENT)).contains(&number) { Ok(number) } else { Err(Refused::Percent) }
}

fn whole(field: &'static str, text: &str, low: u32, high: u32) -> Result<u32, Refused> {
    let number = text.parse().map_err(|_| Refused::Allowed(validate::counts(low, high).into()))?;
    validate::whole(field, number, low, high).map_err(Refused::Invalid)
}

pub(super) fn tasks(text: &str) -> Result<u32, Refused> {
    whole("tasks", text, 1, MOST_TASKS)
}

pub(super) fn workers(text: &str) -> Result<WorkerCount, Refused> {
    if text == WorkerCount::DEFAULT {
        return Ok(WorkerCount::Default);
    }
    whole("workers", text, 1, MOST_WORKERS).map(WorkerCount::Number)
}

pub(super) fn cpus(text: &str) -> Result<CpuSelection, InvalidCpus> {
    text.parse()
}

pub(super) fn in_flight(text: &str) -> Result<u32, Refused> {
    whole("in_flight", text, 1, MOST_TASKS)
}

pub(super) fn sweep(text: &str) -> Result<Sweep, SweepProblem> {
    Sweep::parse(text)
}

pub(super) fn warmups(text: &str) -> Result<u32, Refused> {
    whole("warmups", text, 0, MOST_WARMUPS)
}

pub(super) fn trial_count(text: &str) -> Result<TrialCount, Refused> {
    if text == "auto" {
        return Ok(TrialCount::Auto);
    }
    match text.parse() {
        Ok(count @ 1..=MOST_ROUNDS) => Ok(TrialCount::Fixed(count)),
        _ => Err(Refused::Allowed(Allowed::CountOrAuto { most: MOST_ROUNDS })),
    }
}

pub(super) fn seed(text: &str) -> Result<u64, Refused> {
    // The largest seed that a file can hold.
    let most = i64::MAX as u64;
    text.parse().ok().filter(|seed| *seed <= most).ok_or(Refused::Allowed(Allowed::Seed))
}

pub(super) fn task_ms(text: &str) -> Result<f64, Refused> {
    number(text, ValueType::Milliseconds.into(), |ms| validate::step_ms("task-ms", ms))
}

pub(super) fn budget(text: &str) -> Result<f64, Refused> {
    number(text, Allowed::Seconds, |seconds| validate::seconds("budget", seconds))
}

pub(super) fn timeout(text: &str) -> Result<f64, Refused> {
    number(text, Allowed::Seconds, |seconds| validate::seconds("timeout", seconds))
}

fn number(text: &str, allowed: Allowed, check: impl Fn(f64) -> Result<f64, Invalid>) -> Result<f64, Refused> {
    let number = text.parse().map_err(|_| Refused::Allowed(allowed))?;
    check(number).map_err(Refused::Invalid)
}

/// One of a few names.
fn named<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Refused> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| Refused::Allowed(Allowed::Names(all.iter().map(|one| name(*one)).collect())))
}

/// Start method of Python's multiprocessing.
pub(super) fn start_method(text: &str) -> Result<StartMethod, Refused> {
    named(text, &StartMethod::ALL, StartMethod::name)
}

pub(super) fn work(text: &str) -> Result<Work, Refused> {
    named(text, &Work::ALL, Work::name)
}

pub(super) fn dialect(text: &str) -> Result<CsvDialect, Refused> {
    named(text, &CsvDialect::ALL, CsvDialect::name)
}

/// A chart and the file that it is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChartFile {
    /// The kind; `None` for the usual one of the run.
    pub(super) kind: Option<ChartKind>,
    pub(super) picture: Picture,
    pub(super) path: PathBuf,
}

pub(super) fn chart_kind(text: &str) -> Result<ChartKind, Refused> {
    named(text, &ChartKind::ALL, ChartKind::name)
}

/// Reads "cpu=usage.svg", or "usage.svg" for the usual kind.
pub(super) fn chart_file(text: &str) -> Result<ChartFile, ChartFileError> {
    // What has a dot or a separator before the sign is a file name with a sign in it.
    let kind = text.split_once('=').filter(|(kind, _)| !kind.contains(['.', '/', '\\']));
    let (kind, path) = match kind {
        Some((kind, path)) => (Some(chart_kind(kind)?), PathBuf::from(path)),
        None => (None, PathBuf::from(text)),
    };
    let picture = Picture::of_path(&path).ok_or(ChartFileError::Ending)?;
    Ok(ChartFile { kind, picture, path })
}

/// Reason why a chart can't be written to a file.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ChartFileError {
    #[error("unknown chart; {0}")]
    Kind(#[from] Refused),
    #[error("the file of a chart ends in .svg or .png")]
    Ending,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_allowed_name_what_is() {
        for wrong in ["-1", "0", "1e3", "abc", "", "99999999999", "1.5"] {
            let message = tasks(wrong).expect_err(wrong).to_string();
            assert!(message.ends_with("allowed are whole numbers from 1 to 1,000,000"), "{wrong}: {message}");
        }
        for wrong in ["abc", "-1", "nan", "inf", "1e308"] {
            let message = task_ms(wrong).expect_err(wrong).to_string();
            assert!(message.ends_with("allowed are 0 to 3600000 milliseconds"), "{wrong}: {message}");
            let message = timeout(wrong).expect_err(wrong).to_string();
            assert!(message.ends_with("allowed are seconds above 0, up to 86400"), "{wrong}: {message}");
        }
        let message = |refused: Refused| refused.to_string();
        assert_eq!(
            seed("-1").map_err(message),
            Err("allowed are whole numbers from 0 to 9223372036854775807".to_owned())
        );
        assert_eq!(
            dialect("xls").map_err(message),
            Err("allowed are standard, excel, excel-comma, excel-semicolon".to_owned())
        );
        assert_eq!((tasks("1000000"), task_ms("1e3"), seed("0")), (Ok(1_000_000), Ok(1000.0), Ok(0)));
    }

    #[test]
    fn a_chart_has_a_kind_and_a_picture() {
        let file = |kind, picture, path: &str| Ok(ChartFile { kind, picture, path: path.into() });
        assert_eq!(chart_file("cpu=a.svg"), file(Some(ChartKind::Cpu), Picture::Svg, "a.svg"));
        assert_eq!(chart_file("out/a=b.PNG"), file(None, Picture::Png, "out/a=b.PNG"));
        for (wrong, message) in [
            ("cpus=a.svg", "unknown chart; allowed are comparison, cpu, timeline, time-budget, distribution, scaling"),
            ("cpu=a.jpg", "the file of a chart ends in .svg or .png"),
            ("-", "the file of a chart ends in .svg or .png"),
            ("", "the file of a chart ends in .svg or .png"),
        ] {
            assert_eq!(chart_file(wrong).map_err(|error| error.to_string()), Err(message.to_owned()), "{wrong}");
        }
    }

    #[test]
    fn trials_are_auto_or_a_number() {
        assert!(trial_count("auto").is_ok() && trial_count("12").is_ok());
        for wrong in ["0", "-1", "many", "10001"] {
            assert!(trial_count(wrong).is_err(), "{wrong}");
        }
    }
}
