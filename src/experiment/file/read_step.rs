//! One `[[workload.step]]` of a file: which keys belong to which kind, and their bounds.

use serde::Deserialize;
use toml::Spanned;

use super::FileError;
use super::read::Reader;
use crate::experiment::validate::{self, Invalid};
use crate::printable;
use crate::workload::{
    Holds, Kernel, Lock, LockOrder, MOST_FILE_BYTES, MOST_HTTP_BYTES, MOST_INCREMENTS, MOST_MEMORY_MIB, MOST_TASKS,
    Protection, Step,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    kind: Spanned<String>,
    ms: Option<Spanned<f64>>,
    kernel: Option<Spanned<String>>,
    latency_ms: Option<Spanned<f64>>,
    bytes: Option<Spanned<i64>>,
    sync: Option<Spanned<bool>>,
    mib: Option<Spanned<i64>>,
    lock: Option<Spanned<String>>,
    permits: Option<Spanned<i64>>,
    holds: Option<Spanned<String>>,
    count: Option<Spanned<i64>>,
    protection: Option<Spanned<String>>,
    order: Option<Spanned<String>>,
}

/// The keys of each kind beside `kind`.
fn keys_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "compute" => &["ms", "kernel"],
        "http" => &["latency_ms", "bytes"],
        "file" => &["bytes", "sync"],
        "memory" => &["mib"],
        "critical" => &["ms", "lock", "permits", "holds"],
        "increment" => &["count", "protection"],
        "two-locks" => &["ms", "order"],
        _ => &["ms"],
    }
}

impl RawStep {
    /// The keys that were given, with their places.
    fn given(&self) -> Vec<(&'static str, std::ops::Range<usize>)> {
        fn place<T>(value: &Option<Spanned<T>>) -> Option<std::ops::Range<usize>> {
            value.as_ref().map(Spanned::span)
        }
        let all = [
            ("ms", place(&self.ms)),
            ("kernel", place(&self.kernel)),
            ("latency_ms", place(&self.latency_ms)),
            ("bytes", place(&self.bytes)),
            ("sync", place(&self.sync)),
            ("mib", place(&self.mib)),
            ("lock", place(&self.lock)),
            ("permits", place(&self.permits)),
            ("holds", place(&self.holds)),
            ("count", place(&self.count)),
            ("protection", place(&self.protection)),
            ("order", place(&self.order)),
        ];
        all.into_iter().filter_map(|(key, place)| Some((key, place?))).collect()
    }
}

impl Reader<'_> {
    /// One of a few names; the default where none is given.
    fn choice<T: Copy + Default>(
        &self,
        field: &str,
        given: &Option<Spanned<String>>,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, FileError> {
        let Some(given) = given else { return Ok(T::default()) };
        all.iter().copied().find(|one| name(*one) == given.get_ref()).ok_or_else(|| {
            let allowed = all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
            self.error(
                given.span(),
                &format!("{field} is \"{}\": allowed are {allowed}", printable::value(given.get_ref())),
            )
        })
    }

    pub(super) fn step(&self, raw: &Spanned<RawStep>) -> Result<Step, FileError> {
        let step = raw.get_ref();
        let kind = step.kind.get_ref().as_str();
        if !Step::KINDS.contains(&kind) {
            let message = format!("kind is \"{}\": allowed are {}", printable::value(kind), Step::KINDS.join(", "));
            return Err(self.error(step.kind.span(), &message));
        }
        if let Some((key, place)) = step.given().into_iter().find(|(key, _)| !keys_of(kind).contains(key)) {
            let owners = Step::KINDS.iter().copied().filter(|kind| keys_of(kind).contains(&key));
            let owners = owners.collect::<Vec<_>>().join(" and ");
            let message = format!("{key} belongs to {owners} steps; a {kind} step has {}", keys_of(kind).join(", "));
            return Err(self.error(place, &message));
        }
        let lacks = |key: &str, what: &str| self.error(raw.span(), &format!("a {kind} step needs {key}, {what}"));
        let ms = |field: &str, value: &Option<Spanned<f64>>| match value {
            Some(ms) => self.check(ms, |ms| validate::step_ms(field, *ms)),
            None => Err(lacks(field, "its duration in milliseconds")),
        };
        let amount = |field: &str, value: &Option<Spanned<i64>>, low: u64, high: u64, what: &str| match value {
            Some(value) => self.check(value, |number| match u64::try_from(*number) {
                Ok(number) => validate::amount(field, number, low, high),
                Err(_) => Err(Invalid::new(format!("{field} is {number}: allowed are whole numbers from {low}"))),
            }),
            None => Err(lacks(field, what)),
        };
        let made = match kind {
            "compute" => Step::Compute {
                ms: ms("ms", &step.ms)?,
                kernel: self.choice("kernel", &step.kernel, &Kernel::ALL, Kernel::name)?,
            },
            "http" => Step::Http {
                latency_ms: ms("latency_ms", &step.latency_ms)?,
                bytes: amount("bytes", &step.bytes, 0, MOST_HTTP_BYTES, "the length of the body")?,
            },
            "file" => Step::File {
                bytes: amount("bytes", &step.bytes, 0, MOST_FILE_BYTES, "the length of the file")?,
                sync: step.sync.as_ref().is_some_and(|sync| *sync.get_ref()),
            },
            "memory" => Step::Memory {
                mib: amount("mib", &step.mib, 1, MOST_MEMORY_MIB.into(), "how many MiB to stream")? as u32,
            },
            "critical" => Step::Critical {
                ms: ms("ms", &step.ms)?,
                lock: self.choice("lock", &step.lock, &Lock::ALL, Lock::name)?,
                permits: self.whole("permits", step.permits.as_ref(), 1, MOST_TASKS)?.unwrap_or(1),
                holds: self.choice("holds", &step.holds, &Holds::ALL, Holds::name)?,
            },
            "increment" => Step::Increment {
                count: amount("count", &step.count, 1, MOST_INCREMENTS, "how often to add 1")?,
                protection: self.choice("protection", &step.protection, &Protection::ALL, Protection::name)?,
            },
            "two-locks" => Step::TwoLocks {
                ms: ms("ms", &step.ms)?,
                order: self.choice("order", &step.order, &LockOrder::ALL, LockOrder::name)?,
            },
            _ => Step::Wait { ms: ms("ms", &step.ms)? },
        };
        let place = step.permits.as_ref().map_or_else(|| raw.span(), Spanned::span);
        validate::step(&made).map_err(|invalid| self.error(place, &invalid.message))?;
        Ok(made)
    }
}
