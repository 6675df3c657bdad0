//! Leaders at the other points of a sweep.

use super::finding::{Change, Choice};
use crate::analysis::scaling::{COARSE, Crossover, Scaling};
use crate::experiment::FEWEST_PAIRS;

/// Returns the crossovers and knees of the leaders that have an interval.
pub(super) fn changes(choice: &Choice, scaling: &Scaling) -> Vec<Change> {
    let key = &scaling.key;
    let shown = |value: f64| {
        let index = scaling.values.iter().position(|known| *known == value)?;
        scaling.shown.get(index).cloned()
    };
    let range = |(first, last): (f64, f64)| Some([shown(first)?, shown(last)?]);
    let leads = |one: &&Crossover| choice.leads(&one.below) || choice.leads(&one.above);
    let crossovers = scaling.crossovers.iter().filter(|one| one.ci95.is_some()).filter(leads).filter_map(|one| {
        Some(Change::Crossover {
            key: key.clone(),
            below: (one.below.clone(), range(one.clear_below)?),
            above: (one.above.clone(), range(one.clear_above)?),
        })
    });
    let knees = scaling.knees.iter().filter(|knee| {
        let measured = knee.rounds as usize >= FEWEST_PAIRS && knee.detectable_share < COARSE;
        measured && !knee.beyond.is_empty() && choice.leads(&knee.contender)
    });
    let knees = knees.filter_map(|knee| {
        Some(Change::Knee {
            contender: knee.contender.clone(),
            key: key.clone(),
            value: scaling.shown.get(knee.point)?.clone(),
            largest: scaling.shown.get(*knee.beyond.last()?)?.clone(),
            detectable_share: knee.detectable_share,
        })
    });
    crossovers.chain(knees).collect()
}
