//! Values of flags: what is allowed is said with every value that is not.

use crate::experiment::validate::{self, MOST_WARMUPS};
use crate::experiment::{MOST_ROUNDS, TrialCount};
use crate::export::CsvDialect;
use crate::python::StartMethod;
use crate::units;
use crate::workload::{MOST_TASKS, MOST_WORKERS, Work};

fn whole(field: &str, text: &str, low: u32, high: u32) -> Result<u32, String> {
    match text.parse() {
        Ok(number) => validate::whole(field, number, low, high).map_err(|invalid| invalid.message),
        Err(_) => {
            let (low, high) = (units::count(low.into()), units::count(high.into()));
            Err(format!("allowed are whole numbers from {low} to {high}").replace('\u{a0}', " "))
        }
    }
}

pub(super) fn tasks(text: &str) -> Result<u32, String> {
    whole("tasks", text, 1, MOST_TASKS)
}

pub(super) fn workers(text: &str) -> Result<u32, String> {
    whole("workers", text, 1, MOST_WORKERS)
}

pub(super) fn warmups(text: &str) -> Result<u32, String> {
    whole("warmups", text, 0, MOST_WARMUPS)
}

pub(super) fn trial_count(text: &str) -> Result<TrialCount, String> {
    if text == "auto" {
        return Ok(TrialCount::Auto);
    }
    match text.parse() {
        Ok(count @ 1..=MOST_ROUNDS) => Ok(TrialCount::Fixed(count)),
        _ => Err(format!("allowed are auto and whole numbers from 1 to {MOST_ROUNDS}")),
    }
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    // What a file can hold.
    let most = i64::MAX as u64;
    let seed = text.parse().ok().filter(|seed| *seed <= most);
    seed.ok_or_else(|| format!("allowed are whole numbers from 0 to {most}"))
}

pub(super) fn task_ms(text: &str) -> Result<f64, String> {
    number(text, |ms| validate::step_ms("task-ms", ms))
}

pub(super) fn budget(text: &str) -> Result<f64, String> {
    number(text, |seconds| validate::seconds("budget", seconds))
}

pub(super) fn timeout(text: &str) -> Result<f64, String> {
    number(text, |seconds| validate::seconds("timeout", seconds))
}

/// A number as `check` allows it; no number at all is as wrong as one out of bounds.
fn number(text: &str, check: impl Fn(f64) -> Result<f64, validate::Invalid>) -> Result<f64, String> {
    match text.parse() {
        Ok(number) => check(number).map_err(|invalid| invalid.message),
        Err(_) => {
            let allowed = check(f64::NAN).map(|_| String::new()).unwrap_or_else(|invalid| invalid.message);
            Err(allowed.split_once(": ").map_or_else(|| allowed.clone(), |(_, allowed)| allowed.to_owned()))
        }
    }
}

/// How Python's multiprocessing starts processes.
pub(super) fn start_method(text: &str) -> Result<StartMethod, String> {
    StartMethod::ALL
        .into_iter()
        .find(|one| one.name() == text)
        .ok_or_else(|| format!("allowed are {}", StartMethod::ALL.map(StartMethod::name).join(", ")))
}

pub(super) fn work(text: &str) -> Result<Work, String> {
    Work::ALL
        .into_iter()
        .find(|one| one.name() == text)
        .ok_or_else(|| format!("allowed are {}", Work::ALL.map(Work::name).join(" and ")))
}

pub(super) fn dialect(text: &str) -> Result<CsvDialect, String> {
    CsvDialect::ALL
        .into_iter()
        .find(|one| one.name() == text)
        .ok_or_else(|| format!("allowed are {}", CsvDialect::ALL.map(CsvDialect::name).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_allowed_name_what_is() {
        for wrong in ["-1", "0", "1e3", "abc", "", "99999999999", "1.5"] {
            let message = tasks(wrong).expect_err(wrong);
            assert!(message.ends_with("allowed are whole numbers from 1 to 1,000,000"), "{wrong}: {message}");
        }
        for wrong in ["abc", "-1", "nan", "inf", "1e308"] {
            let message = task_ms(wrong).expect_err(wrong);
            assert!(message.ends_with("allowed are 0 to 3600000 milliseconds"), "{wrong}: {message}");
            let message = timeout(wrong).expect_err(wrong);
            assert!(message.ends_with("allowed are seconds above 0, up to 86400"), "{wrong}: {message}");
        }
        assert_eq!(seed("-1"), Err("allowed are whole numbers from 0 to 9223372036854775807".to_owned()));
        assert_eq!(dialect("xls"), Err("allowed are standard, excel, excel-comma, excel-semicolon".to_owned()));
        assert_eq!((tasks("1000000"), task_ms("1e3"), seed("0")), (Ok(1_000_000), Ok(1000.0), Ok(0)));
    }

    #[test]
    fn trials_are_auto_or_a_number() {
        assert!(trial_count("auto").is_ok() && trial_count("12").is_ok());
        for wrong in ["0", "-1", "many", "10001"] {
            assert!(trial_count(wrong).is_err(), "{wrong}");
        }
    }
}
