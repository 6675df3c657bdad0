//! The report as JSON.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::caveat::Caveat;
use super::check::{Check, CheckId, Details, Outcome, Unit};
use super::report::Report;
use super::verdict::Verdict;
use crate::analysis::Finding;
use crate::model::ModelId;
use crate::session::Machine;

/// Version of the format.
const FORMAT: u32 = 1;

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Nanos => "ns",
            Self::NanosPerTask => "ns_per_task",
            Self::AddedNanosPerTask => "added_ns_per_task",
            Self::Ratio => "ratio",
            Self::Percent => "percent",
        }
    }
}

impl Serialize for Caveat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut caveat = serializer.serialize_struct("caveat", 2)?;
        caveat.serialize_field("label", &self.label())?;
        caveat.serialize_field("remedy", &self.remedy())?;
        caveat.end()
    }
}

/// Row of the table. Missing figures are `null`.
#[derive(serde::Serialize)]
struct Row<'a> {
    check: &'static str,
    model: Option<&'static str>,
    kernel: Option<&'static str>,
    stamps: Option<u32>,
    title: String,
    meaning: &'static str,
    status: &'static str,
    reason: Option<String>,
    value: Option<f64>,
    unit: Option<&'static str>,
    ci95_low: Option<f64>,
    ci95_high: Option<f64>,
    repetitions: Option<u32>,
    floor: Option<f64>,
    limit: Option<f64>,
    verdict: Option<&'static str>,
    tasks: Option<u32>,
    units_per_task: Option<u64>,
    workers: Option<u32>,
    lab_ns_per_task: Option<f64>,
    bare_ns_per_task: Option<f64>,
    finding: Option<&'static str>,
    detectable_percent: Option<f64>,
    caveats: &'a [Caveat],
}

impl<'a> Row<'a> {
    fn of(check: &'a Check) -> Self {
        let id = check.id;
        let model = id.model().map(ModelId::name);
        let kernel = if let CheckId::Calibration(kernel) = id { Some(kernel.name()) } else { None };
        let (status, reason) = match &check.outcome {
            Outcome::Measured(_) => ("measured", None),
            Outcome::NotMeasured(reason) => ("not-measured", Some(reason.reason())),
            Outcome::Failed(failure) => ("failed", Some(failure.to_string())),
        };
        let measured = check.measurement();
        let details = measured.map(|measured| measured.details);
        let tasks = match details {
            Some(Details::Tasks { tasks, units, workers, lab_nanos, bare_nanos }) => {
                Some((tasks, units, workers, lab_nanos, bare_nanos))
            }
            _ => None,
        };
        let finding = if let Some(Details::Compared(finding)) = details { Some(finding) } else { None };
        Self {
            check: id.name(),
            model,
            kernel,
            stamps: if let CheckId::Recording(stamps) = id { Some(stamps) } else { None },
            title: id.title(),
            meaning: id.meaning(),
            status,
            reason,
            value: measured.map(|measured| measured.value),
            unit: measured.map(|measured| measured.unit.name()),
            ci95_low: measured.and_then(|measured| measured.ci95).map(|(low, _)| low),
            ci95_high: measured.and_then(|measured| measured.ci95).map(|(_, high)| high),
            repetitions: measured.map(|measured| measured.repetitions),
            floor: measured.and_then(|measured| measured.floor),
            limit: measured.and_then(|measured| measured.limit),
            verdict: check.verdict.map(Verdict::name),
            tasks: tasks.map(|tasks| tasks.0),
            units_per_task: tasks.map(|tasks| tasks.1),
            workers: tasks.map(|tasks| tasks.2),
            lab_ns_per_task: tasks.map(|tasks| tasks.3),
            bare_ns_per_task: tasks.map(|tasks| tasks.4),
            finding: finding.map(|finding| match finding {
                Finding::NotDistinguishable { .. } => "no-difference",
                Finding::Faster | Finding::Slower => "false-alarm",
                Finding::TooFew { .. } => "too-few",
            }),
            detectable_percent: match finding {
                Some(Finding::NotDistinguishable { detectable_share }) => Some(detectable_share * 100.0),
                _ => None,
            },
            caveats: &check.caveats,
        }
    }
}

#[derive(serde::Serialize)]
struct Counts {
    supported: usize,
    with_caveat: usize,
    not_supported: usize,
    not_judged: usize,
    not_measured: usize,
    failed: usize,
}

/// Interpreter of the Python models.
#[derive(serde::Serialize)]
struct PythonUsed<'a> {
    description: &'a str,
    path: String,
}

#[derive(serde::Serialize)]
struct Document<'a> {
    format: u32,
    machine: &'a Machine,
    python: Option<PythonUsed<'a>>,
    seconds: f64,
    cancelled: bool,
    counts: Counts,
    checks: Vec<Row<'a>>,
    caveats: &'a [Caveat],
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.counts();
        Document {
            format: FORMAT,
            machine: &self.machine,
            python: self
                .python
                .as_ref()
                .map(|(description, path)| PythonUsed { description, path: path.display().to_string() }),
            seconds: self.seconds,
            cancelled: self.is_cancelled(),
            counts: Counts {
                supported: counts.supported,
                with_caveat: counts.with_caveat,
                not_supported: counts.not_supported,
                not_judged: counts.not_judged,
                not_measured: counts.not_measured,
                failed: counts.failed,
            },
            checks: self.checks.iter().map(Row::of).collect(),
            caveats: &self.caveats,
        }
        .serialize(serializer)
    }
}
