//! Ideals under other settings than those measured.

use crate::analysis::caveat::Caveat;
use crate::analysis::ideal::{ideal_nanos, usable_cpus};
use crate::analysis::summary::Summary;
use crate::model::{Contender, Gil};
use crate::results::Results;

/// Settings of an ideal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conditions {
    /// Size of the pool.
    pub(super) workers: u32,
    /// Logical CPUs.
    pub(super) cpus: u32,
    /// True if the interpreter has its GIL.
    pub(super) gil: bool,
}

/// Returns the ideal of a contender under these conditions; `None` where [`Summary::ideal_nanos`] states none either.
pub(super) fn ideal(results: &Results, contender: &Contender, conditions: Conditions) -> Option<f64> {
    let workload = &*results.workload_of(contender);
    if workload.classes().is_some() || contender.settings.gil == Some(Gil::On) && !workload.kernels().is_empty() {
        return None;
    }
    let usable = usable_cpus(contender.model, workload, conditions.gil, conditions.cpus);
    ideal_nanos(contender.model, workload, results.nominal_on(&contender.host), conditions.workers, usable)
}

/// Returns true if ideals can be trusted: no contender took less than its own.
pub(super) fn are_bounds(summaries: &[&Summary]) -> bool {
    let caveats = summaries.iter().flat_map(|summary| &summary.caveats);
    !caveats.into_iter().any(|caveat| matches!(caveat, Caveat::BeyondIdeal { .. }))
}
