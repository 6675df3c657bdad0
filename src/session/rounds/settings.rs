//! Settings of a contender as a runner receives them: resolved on this machine.

use crate::cpus;
use crate::model::{Contender, Gil, SwitchInterval};
use crate::protocol::TrialSettings;
use crate::workload::Workload;

/// Returns the contender's settings that have no field of their own in the request.
pub(super) fn of(contender: &Contender, workload: &Workload) -> TrialSettings {
    let settings = &contender.settings;
    // A selection that this machine does not have makes the contender unavailable.
    let selected = contender.cpu_selection(workload).and_then(|selection| cpus::select(selection).ok());
    let lab_cpus = selected.as_ref().and_then(|_| cpus::allowed());
    TrialSettings {
        library_workers: contender.has_library_workers(workload),
        chunk: settings.chunk,
        loops: settings.loops,
        switch_interval_ms: settings.switch_interval.map(SwitchInterval::ms),
        gil: settings.gil.map(|gil| gil == Gil::On),
        cpus: selected.map(|list| list.cpus().to_vec()),
        lab_cpus: lab_cpus.map(|list| list.cpus().to_vec()),
    }
}
