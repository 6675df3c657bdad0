//! Topic of a CPU affinity or quota that leaves one core.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::caveats::{self, CpuLimit};
use crate::units;
use crate::workload::Step;

/// Topic of a single usable core.
pub(super) struct UsableCpus;

impl Topic for UsableCpus {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// Explains why no model can gain from a second core if affinity or a quota left one. `None` if nothing is computed, or
/// where the quota leaves more.
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let machine = ranking.results.machine.as_ref().filter(|machine| machine.cpus.usable == 1)?;
    let online = machine.cpus.online?;
    let computes = ranking.results.nominal.compute_nanos > 0.0
        || ranking.results.experiment.workload.steps().iter().any(Step::keeps_a_core);
    let limit = match caveats::cpu_limit(machine).filter(|_| computes)? {
        CpuLimit::Affinity => "the CPU affinity of this process".to_owned(),
        // It allows a part of a second core.
        CpuLimit::Quota(quota) if quota > 1.0 => return None,
        CpuLimit::Quota(quota) => format!("a CPU quota of {}", units::significant(quota, 2)),
    };
    Some(format!("Only 1 of {online} cores may be used ({limit}), so no model can gain from a second one."))
}
