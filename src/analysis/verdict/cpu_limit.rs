//! Affinity or a quota that leaves one core.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::caveats::{self, CpuLimit};
use crate::units;
use crate::workload::Step;

/// A single usable core.
pub(super) struct UsableCpus;

impl Topic for UsableCpus {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// Where affinity or a quota left one core: why no model can gain from a second. `None` where nothing is computed.
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let machine = ranking.results.machine.as_ref().filter(|machine| machine.cpus.usable == 1)?;
    let online = machine.cpus.online?;
    let computes = ranking.results.nominal.compute_nanos > 0.0
        || ranking.results.experiment.workload.steps().iter().any(Step::keeps_a_core);
    let why = match caveats::cpu_limit(machine).filter(|_| computes)? {
        CpuLimit::Affinity => "the CPU affinity of this process".to_owned(),
        CpuLimit::Quota(quota) => format!("a CPU quota of {}", units::significant(quota, 2)),
    };
    Some(format!("Only 1 of {online} cores may be used ({why}), so no model can gain from a second one."))
}
