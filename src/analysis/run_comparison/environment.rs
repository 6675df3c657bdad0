//! Finds the differences of machine, versions and settings between two runs.

use super::contenders::counterpart;
use super::difference::EnvironmentDifference;
use super::drift::{CALIBRATION_SHARE, speed_changes};
use super::pair::{Changed, Side};
use crate::analysis::Incomplete;
use crate::analysis::background::{background, is_foreign};
use crate::model::Contender;
use crate::results::RunResults;
use crate::session::Machine;
use crate::trial::STEAL_PERCENT;
use crate::workload::Step;

/// Digits of a hash that are shown.
const SHOWN_DIGITS: usize = 12;

/// Returns all differences: machine, versions, calibrations, settings, disturbances.
pub(super) fn differences(old: &RunResults, new: &RunResults) -> Vec<EnvironmentDifference> {
    let mut all = Vec::new();
    match (&old.first().machine, &new.first().machine) {
        (Some(before), Some(after)) => machines(before, after, &mut all),
        (before, after) => {
            all.extend(before.is_none().then_some(EnvironmentDifference::MachineUnknown(Side::Old)));
            all.extend(after.is_none().then_some(EnvironmentDifference::MachineUnknown(Side::New)));
        }
    }
    interpreters(old, new, &mut all);
    code(old, new, &mut all);
    let beyond = |ratio: f64| ratio.ln().abs().exp_m1() > CALIBRATION_SHARE;
    all.extend(speed_changes(old, new).into_iter().filter(|change| beyond(change.ratio)).map(|change| {
        EnvironmentDifference::Calibration { kernel: change.kernel, host: change.host, ratio: change.ratio }
    }));
    let (before, after) = (&old.experiment, &new.experiment);
    all.extend(Changed::if_differs(before.workload.seed, after.workload.seed).map(EnvironmentDifference::Seed));
    all.extend(Changed::if_differs(rounds(old), rounds(new)).map(EnvironmentDifference::Rounds));
    all.extend(Changed::if_differs(before.trials.warmups, after.trials.warmups).map(EnvironmentDifference::Warmups));
    all.extend(disturbed(Side::Old, old));
    all.extend(disturbed(Side::New, new));
    for (side, run) in [(Side::Old, old), (Side::New, new)] {
        all.extend(Incomplete::of(run).map(|one| EnvironmentDifference::Incomplete(side, one)));
    }
    all
}

fn machines(old: &Machine, new: &Machine, all: &mut Vec<EnvironmentDifference>) {
    use EnvironmentDifference as D;
    let both = |of: fn(&Machine) -> Option<String>| Changed::if_differs(of(old), of(new));
    let found = [
        both(|one| one.cpu.clone()).map(D::Cpu),
        Changed::if_differs(old.arch.clone(), new.arch.clone()).map(D::Arch),
        Changed::if_differs(old.cpus.usable, new.cpus.usable).map(D::UsableCpus),
        Changed::if_differs(old.cpus.online, new.cpus.online).map(D::OnlineCpus),
        Changed::if_differs(old.cpu_quota, new.cpu_quota).map(D::CpuQuota),
        Changed::if_differs(old.memory_bytes, new.memory_bytes).filter(is_other_memory).map(D::Memory),
        Changed::if_differs(old.last_level_cache_bytes, new.last_level_cache_bytes).map(D::Cache),
        Changed::if_differs(old.virtual_machine, new.virtual_machine).map(D::VirtualMachine),
        Changed::if_differs(old.os.clone(), new.os.clone()).map(D::Os),
        both(|one| one.kernel.clone()).map(D::Kernel),
        both(|one| one.governor.clone()).map(D::Governor),
        Changed::if_differs(old.on_battery, new.on_battery).map(D::OnBattery),
        both(|one| one.clock_source.clone()).map(D::ClockSource),
        Changed::if_differs(old.span_clock.clone(), new.span_clock.clone()).map(D::SpanClock),
        Changed::if_differs(old.lab_version.clone(), new.lab_version.clone()).map(D::LabVersion),
        Changed::if_differs(old.debug_build, new.debug_build).map(D::DebugBuild),
    ];
    all.extend(found.into_iter().flatten());
}

/// Returns false for sizes that differ by what a kernel reserves for itself.
fn is_other_memory(change: &Changed<Option<u64>>) -> bool {
    let both = change.old.zip(change.new);
    both.is_none_or(|(old, new)| old.abs_diff(new) > old.max(new) / 50)
}

/// Interpreters that differ, each pair once with all of its contenders.
fn interpreters(old: &RunResults, new: &RunResults, all: &mut Vec<EnvironmentDifference>) {
    let mut found: Vec<(Vec<Contender>, Changed<String>)> = Vec::new();
    let runtime = |run: &RunResults, contender: &Contender| {
        run.points.iter().find_map(|results| results.runtime(contender).map(|runtime| runtime.describe()))
    };
    for contender in &new.experiment.models {
        let Some(own) = counterpart(old.first(), contender) else { continue };
        let Some((before, after)) = runtime(old, own).zip(runtime(new, contender)) else { continue };
        let Some(change) = Changed::if_differs(before, after) else { continue };
        match found.iter_mut().find(|(_, known)| *known == change) {
            Some((contenders, _)) => contenders.push(contender.clone()),
            None => found.push((vec![contender.clone()], change)),
        }
    }
    all.extend(found.into_iter().map(|(contenders, change)| EnvironmentDifference::Interpreter { contenders, change }));
}

/// Code of steps that differs, by its hash or by what is called in it.
fn code(old: &RunResults, new: &RunResults, all: &mut Vec<EnvironmentDifference>) {
    for (index, (before, after)) in
        old.experiment.workload.steps().iter().zip(new.experiment.workload.steps()).enumerate()
    {
        if !(before.is_own_code() && after.is_own_code()) {
            continue;
        }
        let step = index as u32 + 1;
        let described = |run: &RunResults, own: &Step| {
            let hash = run.first().code.iter().find(|code| code.step == step);
            let hash = hash.map_or("unknown", |code| code.sha256.get(..SHOWN_DIGITS).unwrap_or_default());
            format!("{} (SHA-256 {hash}…)", own.describe())
        };
        let change = Changed::if_differs(described(old, before), described(new, after));
        all.extend(change.map(|change| EnvironmentDifference::Code { step, change }));
    }
}

/// Most measured rounds of a contender at a point.
fn rounds(run: &RunResults) -> u32 {
    let rounds = run.points.iter().flat_map(|results| &results.trials).map(|trial| trial.round);
    rounds.max().unwrap_or(0).max(0).unsigned_abs()
}

fn disturbed(side: Side, run: &RunResults) -> Option<EnvironmentDifference> {
    let trials = run.points.iter().flat_map(|results| &results.trials).filter(|trial| !trial.is_warmup());
    let shares = background(trials)?;
    let foreign = Some(shares.foreign_percent).filter(is_foreign);
    let steal = shares.steal_percent.filter(|percent| *percent > STEAL_PERCENT);
    let percent = foreign.unwrap_or(0.0) + steal.unwrap_or(0.0);
    (percent > 0.0).then_some(EnvironmentDifference::Disturbed(side, percent))
}
